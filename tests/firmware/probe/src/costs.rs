//! Costs of networks, costs in closed form, wrappers, differences and descent.

use core::hint::black_box;

use thalweg_core::cost::closed_form::{self, *};
use thalweg_core::cost::counted::Counted;
use thalweg_core::cost::decay::{self, Decayed};
use thalweg_core::cost::difference::{self, DifferencedAt};
use thalweg_core::cost::mean_cost::{self, MeanCost};
use thalweg_core::cost::{self, DirectionalCurvature};
use thalweg_core::descent::{self, Descent};
use thalweg_core::real::Real;
use thalweg_core::sweep::Curvature;

use crate::opaque::{AnyCost, ask, ask_gradient, count, network, number, operate, slice};

fn of_networks<T: Real>() {
    let Some(mut cost) = crate::opaque::cost::<T>() else { return };
    _ = black_box(MeanCost::tally(&mut cost, slice()));
    _ = black_box(MeanCost::losses(&mut cost, slice(), slice()));
    _ = black_box(MeanCost::input_gradient(&mut cost, slice(), slice()));
    _ = black_box(MeanCost::slope(&mut cost, slice(), slice()));
    let curvature = black_box(Curvature::GaussNewton);
    _ = black_box(MeanCost::curvature_vector(&mut cost, curvature, slice(), slice(), slice()));
    _ = black_box(MeanCost::gradient_over(&mut cost, slice(), (count(), count()), slice()));
    _ = black_box(cost.curvature(slice(), slice()));
    ask(cost);
    mean_cost::divide::<T>(slice(), count());
}

/// All of these.
pub fn call<T: Real>() {
    of_networks::<T>();
    black_box((cost::dot::<T>(slice(), slice()), cost::norm::<T>(slice())));
    ask(Counted::new(AnyCost::<T>::new()));
    ask(Decayed::new(AnyCost::<T>::new(), network(), number()));
    black_box(decay::penalty::<T>(&network(), number(), slice()));
    decay::add_decay::<T>(&network(), number(), slice(), slice());

    let mut any = AnyCost::<T>::new();
    black_box(difference::balanced_step::<T>());
    _ = black_box(difference::gradient(&mut any, slice(), number(), slice()));
    _ = black_box(difference::hessian_vector(&mut any, slice(), slice(), number(), slice(), slice()));
    _ = black_box(difference::hessian(&mut any, slice(), number(), slice(), slice()));
    if let Ok(hessian) = DifferencedAt::new(AnyCost::<T>::new(), slice(), number(), slice()) {
        operate(hessian);
    }
    _ = black_box(descent::step::<T>(slice(), slice(), slice(), number(), number()));
    let descent =
        Descent { step_size: number(), momentum: number(), steps: black_box(3), tolerance: number() };
    _ = black_box(Descent::run(black_box(&descent), &mut any, slice(), slice(), slice()));
    ask(Quadratic::<T> { curvatures: slice() });
    _ = black_box(Quadratic::<T> { curvatures: slice() }.curvature(slice(), slice()));
}

/// The costs in closed form, which know double precision only.
pub fn closed_forms() {
    ask(closed_form::bowl());
    ask(closed_form::saddle());
    ask(MonkeySaddle);
    ask(black_box(Rosenbrock::default()));
    ask(FactoredLinear);
    ask(DeepLinear { depth: count() });
    ask(DoubleWell);
    ask(Exponential);
    ask(HillBeforeTail { depth: number(), place: number() });
    ask(Softplus);
    ask_gradient(&mut black_box(GaussianHill { height: number(), width: number() }));
    ask_gradient(&mut black_box(HillBesideValley {
        height: number(),
        width: number(),
        centre: [number(); 2],
    }));
    let mountain = black_box(WrongSideOfTheMountain { place: number(), scale: number() });
    black_box((WrongSideOfTheMountain::height(mountain), WrongSideOfTheMountain::drop(mountain)));
    ask_gradient(&mut black_box(mountain));
}
