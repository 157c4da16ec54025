//! Examples, losses, the engine, the sweeps, training in place and inference.

use core::hint::black_box;
use core::num::NonZeroUsize;

use thalweg_core::device::{in_place, inference};
use thalweg_core::engine::{Engine, Exact, Matrix, Pair};
use thalweg_core::examples::{self, Chunk, Examples, Selection, Targets};
use thalweg_core::network::operation::{Loss, Map};
use thalweg_core::real::Real;
use thalweg_core::rules::loss::{self, Tally};
use thalweg_core::rules::map;
use thalweg_core::sweep::{Curvature, Sweep, Traces};

use crate::opaque::{count, network, number, slice};

/// Any targets.
fn targets<T: Real>() -> Targets<'static, T> {
    if black_box(true) { Targets::Labels(slice()) } else { Targets::Values(slice()) }
}

/// A chunk of any examples.
#[must_use]
pub fn chunk<T: Real>() -> Chunk<'static, T, 1> {
    let targets = Selection { targets: targets(), order: Some(slice()), first: count() };
    Chunk { inputs: slice(), targets: black_box(targets), examples: count() }
}

fn given<T: Real>() {
    let network = network();
    _ = black_box(examples::check_targets::<T>(&network, targets(), count()));
    examples::pack::<T, 1>(count(), slice(), (0..count()).map(|_| &*slice()));
    let Ok(all) = Examples::<T>::new(&network, slice(), targets()) else { return };
    let Ok(some) = Examples::in_order(&all, slice()) else { return };
    let some = black_box(some);
    black_box(Examples::count(&some));
    black_box(Examples::targets_from(&some, count()));
    black_box(Selection::from_the_first(targets::<T>()));
    black_box(Examples::input(&some, count()));
    Examples::pack::<1>(&some, count(), count(), slice());
}

fn losses<T: Real>() {
    let mut tally = black_box(Tally::default());
    Tally::add(&mut tally, number(), black_box(true));
    black_box((Tally::cost(&tally), Tally::accuracy(&tally)));
    let selection = chunk::<T>().targets;
    let outputs: &[[T; 1]] = slice();
    black_box(Selection::label(&selection, count()));
    let kind = black_box(Loss::SquaredError);
    black_box(loss::loss(kind, outputs, &selection, count(), count()));
    let mut each = [black_box((number::<T>(), true))];
    let deltas: &mut [[T; 1]] = slice();
    loss::losses(kind, outputs, &selection, (count(), count()), &mut each);
    loss::delta(kind, outputs, &selection, count(), count(), deltas);
    loss::subtract_targets(&selection, count(), count(), deltas);
    loss::delta_tangent(kind, outputs, slice(), count(), deltas);
    loss::turn_probabilities(outputs, count(), deltas);
    black_box((each, deltas));
}

fn engine<T: Real>() {
    map::forward::<T, 1>(black_box(Map::Relu), slice());
    let Some(columns) = NonZeroUsize::new(count()) else { return };
    let pairs = [Pair::<T, 1> { left: slice(), right: slice() }, Pair { left: slice(), right: slice() }];
    Exact.outer(black_box(&pairs), count()..count(), slice(), columns);
    let Some(matrix) = Matrix::<T>::new(slice(), count(), count()) else { return };
    black_box((Matrix::entries(&matrix), Matrix::rows(&matrix), Matrix::columns(&matrix)));
    let rows: &mut [[T; 1]] = slice();
    Exact.affine(matrix, slice(), rows);
    Exact.affine_transposed(matrix, slice(), rows);
    Exact.map(black_box(Map::Tanh), rows);
    let map = if black_box(true) { Some(black_box(Map::Relu)) } else { None };
    Engine::<T, 1>::along(&mut Exact, slice(), number(), slice(), map, slice());
}

fn sweep<T: Real>() {
    let Ok(sweep) = Sweep::<T, 1>::new(network(), slice(), chunk()) else { return };
    let sweep = black_box(sweep);
    black_box(Sweep::examples(&sweep));
    _ = black_box(Sweep::forward(&sweep, &mut Exact, slice()));
    Sweep::losses(&sweep, &mut Exact, slice(), |example, loss, correct| {
        _ = black_box((example, loss, correct))
    });
    Sweep::tally(&sweep, &mut Exact, slice(), &mut black_box(Tally::default()));
    let inputs = if black_box(true) { Some(slice()) } else { None };
    _ = black_box(Sweep::backward(&sweep, &mut Exact, slice(), slice(), inputs));
    _ = black_box(Sweep::add_gradient(&sweep, &mut Exact, slice(), slice(), slice()));
    _ = black_box(Sweep::tangent_forward(&sweep, &mut Exact, slice(), slice(), slice()));
    _ = black_box(Sweep::slope(&sweep, &mut Exact, slice(), slice(), slice(), |slope| _ = black_box(slope)));
    _ = black_box(Sweep::tangent_backward(&sweep, &mut Exact, slice(), slice(), slice(), slice(), slice()));
    _ = black_box(Sweep::add_hessian_vector(&sweep, &mut Exact, slice(), slice(), slice(), slice(), slice()));
    _ = black_box(Sweep::curvature(&sweep, slice(), slice(), slice(), slice(), slice(), |curvature| {
        _ = black_box(curvature);
    }));
    let tangents = if black_box(true) { Some((&*slice(), &*slice())) } else { None };
    let traces = Traces { registers: slice(), deltas: slice(), tangents };
    Sweep::weight_pairs(&sweep, count(), traces, |pair| _ = black_box(pair));
    Sweep::bias_terms(&sweep, count(), traces, |terms| _ = black_box(terms));
    let curvature = black_box(Curvature::GaussNewton);
    _ = black_box(Sweep::curvature_backward(&sweep, &mut Exact, curvature, slice(), slice(), slice()));
}

fn on_the_device<T: Real>() {
    let network = network();
    _ = black_box(in_place::step::<T>(network, slice(), slice(), targets(), number(), slice()));
    let moved = (slice(), slice());
    _ = black_box(in_place::momentum_step::<T>(
        network,
        moved,
        slice(),
        targets(),
        (number(), number()),
        slice(),
    ));
    let registers = slice();
    if let Ok(outputs) = inference::answer::<T>(network, slice(), slice(), registers) {
        black_box(inference::class(outputs));
    }
}

/// All of these.
pub fn call<T: Real>() {
    given::<T>();
    losses::<T>();
    engine::<T>();
    sweep::<T>();
    on_the_device::<T>();
}
