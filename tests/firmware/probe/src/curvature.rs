//! Eigenvalues, spectra, traces, Taylor's promise and gradient flow.

use core::hint::black_box;

use thalweg_core::cost::operator::HessianAt;
use thalweg_core::critical::classification::{self, Kind, Signs};
use thalweg_core::descent::curvature_step::{CurvatureStep, Params};
use thalweg_core::descent::flow::{self, Motion};
use thalweg_core::descent::taylor::{self, Promise};
use thalweg_core::real::Real;
use thalweg_core::spectrum::block::Block;
use thalweg_core::spectrum::dense::Dense;
use thalweg_core::spectrum::estimate::{self, Estimate};
use thalweg_core::spectrum::lanczos::Lanczos;
use thalweg_core::spectrum::unseen::Unseen;
use thalweg_core::spectrum::{quadrature, symmetric, trace, tridiagonal};

use crate::opaque::{AnyCost, count, number, operate, slice};

fn small<T: Real>() {
    _ = black_box(symmetric::eigen::<T>(slice(), slice(), slice(), slice()));
    black_box(symmetric::residual::<T>(slice(), slice(), slice()));
    _ = black_box(tridiagonal::eigen::<T>(slice(), slice(), slice()));
    if let Ok(matrix) = Dense::<T>::new(slice(), count()) {
        operate(matrix);
    }
    if let Ok(block) = Block::new(AnyCost::<T>::new(), count()..count(), slice()) {
        operate(block);
    }
    if let Ok(hessian) = HessianAt::new(AnyCost::<T>::new(), slice()) {
        operate(hessian);
    }
    let signs = black_box(classification::signs::<T>(slice(), number()));
    black_box(classification::largest::<T>(slice()));
    black_box((Signs::kind(signs), Signs::index_fraction(signs)));
    black_box(Kind::name(black_box(Kind::Saddle)));
    black_box(classification::is_gradient_flat(number(), number(), number(), number(), number()));
}

fn large<T: Real>() {
    let mut operator = AnyCost::<T>::new();
    let lanczos = black_box(Lanczos::default());
    black_box(Lanczos::basis_length(&lanczos, count()));
    black_box(Lanczos::small_length(&lanczos, count()));
    black_box(Lanczos::wanted(&lanczos, count()));
    for mut unseen in [Unseen::above(number()), Unseen::below(number())] {
        Unseen::step(&mut unseen, number(), number());
        black_box(Unseen::probability(&unseen, count()));
    }
    _ = black_box(Lanczos::run(&lanczos, &mut operator, slice(), slice(), slice()));
    black_box(quadrature::basis_length(count(), count()));
    let seeds = black_box((1, 2));
    _ = black_box(quadrature::probe(&mut operator, seeds, slice(), slice(), slice(), slice()));
    black_box(quadrature::moment::<T>(slice(), slice(), black_box(2)));
    black_box(quadrature::density::<T>(slice(), slice(), number(), number()));
    _ = black_box(trace::hutchinson(&mut operator, black_box(2), black_box(3), slice()));
    _ = black_box(trace::reduced(&mut operator, count(), black_box(2), black_box(3), slice()));
    _ = black_box(trace::diagonal(&mut operator, slice(), slice()));
    _ = black_box(trace::estimated_diagonal(&mut operator, seeds, slice(), slice(), slice()));
    let mut estimate = black_box(Estimate::default());
    Estimate::add(&mut estimate, number());
    Estimate::shift(&mut estimate, number());
    black_box(Estimate::count(&estimate));
    black_box((Estimate::mean(&estimate), Estimate::standard_error(&estimate)));
    black_box(Estimate::half_width(&estimate, number()));
    black_box(estimate::student(black_box(4), number()));
}

fn steps<T: Real>() {
    let mut cost = AnyCost::<T>::new();
    _ = black_box(taylor::promise(&mut cost, slice(), slice(), slice()));
    _ = black_box(taylor::shares::<T>(slice(), slice(), slice()));
    let promise = black_box(Promise { cost: number(), gradient_square: number(), curvature: number() });
    black_box((Promise::change(promise, number()), Promise::cost_after(promise, number())));
    black_box((Promise::best_step(promise), Promise::best_gain(promise)));
    black_box(Promise::curvature_along_gradient(promise));
    black_box((Promise::uphill_ratio(promise, number()), Promise::worst_fall(promise, number(), number())));
    let mut step = black_box(CurvatureStep::new(black_box(Params::default())));
    black_box(CurvatureStep::size(&mut step, promise));
    _ = black_box(CurvatureStep::step(&mut step, &mut cost, slice(), slice()));
    black_box((flow::reach(number(), number()), flow::discrete_reach(number(), number(), black_box(3))));
    black_box((flow::fall(number(), number(), number()), flow::escape_time(number(), number(), number())));
    for motion in [Motion::Flow { time: number() }, Motion::Descent { step_size: number(), steps: 3 }] {
        let motion = black_box(motion);
        black_box(Motion::reach(motion, number()));
        _ = black_box(Motion::follow::<T>(motion, slice(), slice(), slice(), slice(), slice()));
    }
}

/// All of these.
pub fn call<T: Real>() {
    small::<T>();
    large::<T>();
    steps::<T>();
}
