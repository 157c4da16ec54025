//! Curvature of a network small enough for its whole Hessian, and of one that is known by products alone.

use thalweg_core::cost::difference;
use thalweg_core::cost::mean_cost::MeanCost;
use thalweg_core::cost::operator::HessianAt;
use thalweg_core::cost::{Gradient, HessianVector};
use thalweg_core::critical::classification::{Signs, largest, signs};
use thalweg_core::descent::curvature_step::{CurvatureStep, Params};
use thalweg_core::descent::flow::Motion;
use thalweg_core::descent::taylor::{Promise, promise, shares};
use thalweg_core::engine::Exact;
use thalweg_core::examples::Examples;
use thalweg_core::spectrum::lanczos::{Lanczos, Pair};
use thalweg_core::spectrum::{quadrature, symmetric, trace};

use crate::derivatives::{EXAMPLES, point};
use crate::digits::first;
use crate::networks::{GATED, Model, TINY};
use crate::numbers::Numbers;

const N: usize = TINY.parameters();
const ROWS: usize = TINY.rows();

/// The cost of a model over the first digits.
fn cost<'m>(model: &'m Model, memory: &'m mut [[f32; 1]]) -> MeanCost<'m, f32, Exact, 1> {
    let (inputs, targets) = first(EXAMPLES, model.task);
    let examples = Examples::new(&model.network, inputs, targets).expect("the digits fit the network");
    MeanCost::new(model.network, Exact, examples, memory)
}

/// Takes the promise of a step along the gradient.
fn promised(promise: Promise, numbers: &mut dyn Numbers) {
    numbers.doubles(&[promise.cost, promise.gradient_square, promise.curvature]);
    numbers.double(promise.best_step().unwrap_or(f64::NAN));
    numbers.double(promise.best_gain().unwrap_or(f64::NAN));
    numbers.double(promise.curvature_along_gradient());
    for size in [0.01, 0.1, 1.0] {
        numbers.doubles(&[
            promise.cost_after(size),
            promise.uphill_ratio(size),
            promise.worst_fall(size, 3.0),
        ]);
    }
}

fn counted(signs: Signs, numbers: &mut dyn Numbers) {
    for count in [signs.negative, signs.zero, signs.positive, signs.kind() as usize] {
        numbers.bits(count as u32);
    }
    numbers.double(signs.index_fraction());
}

/// The whole Hessian, by products and by differences, its eigenvalues, what they say of the point, what the
/// Taylor series promises for a step, and where the flow of the quadratic model leads.
///
/// # Panics
/// If a slice does not have the length it needs.
pub fn spectrum(numbers: &mut dyn Numbers) {
    let (mut theta, mut other) = ([0.0; N], [0.0; N]);
    point(&TINY, &mut theta, &mut other);
    let mut memory = [[0.0; 1]; ROWS];
    let mut cost = cost(&TINY, &mut memory);
    let (mut matrix, mut vectors) = ([[0.0; N]; N], [[0.0; N]; N]);
    let mut scratch = [[0.0; N]; 2];

    let step = difference::balanced_step::<f32>();
    let asymmetry = difference::hessian(
        &mut cost,
        &mut theta,
        step,
        matrix.as_flattened_mut(),
        scratch.as_flattened_mut(),
    )
    .expect("the slices have their lengths");
    numbers.doubles(&[asymmetry.difference, asymmetry.largest]);
    numbers.singles(matrix.as_flattened());

    for (index, row) in matrix.iter_mut().enumerate() {
        let mut unit = [0.0; N];
        unit[index] = 1.0;
        cost.hessian_vector(&theta, &unit, row).expect("the slices have their lengths");
        numbers.singles(row);
    }
    let [values, rest] = &mut scratch;
    let report = symmetric::eigen(matrix.as_flattened(), values, vectors.as_flattened_mut(), rest)
        .expect("the matrix is finite");
    numbers.bits(report.iterations);
    numbers.double(report.residual);
    numbers.singles(values);
    numbers.singles(vectors.as_flattened());
    counted(signs(&*values, 1e-6 * largest(&*values)), numbers);

    let mut gradient = [0.0; N];
    promised(
        promise(&mut cost, &theta, &mut gradient, &mut other).expect("the slices have their lengths"),
        numbers,
    );
    let mut parts = [0.0; N];
    shares(vectors.as_flattened(), &gradient, &mut parts).expect("the slices have their lengths");
    numbers.doubles(&parts);
    for motion in [Motion::Flow { time: 2.0 }, Motion::Descent { step_size: 0.2, steps: 10 }] {
        let change = motion.follow(&theta, &gradient, values, vectors.as_flattened(), &mut other);
        numbers.double(change.expect("the slices have their lengths"));
        numbers.singles(&other);
    }
}

const LANCZOS: Lanczos =
    Lanczos { top: 2, bottom: 2, tolerance: 1e-4, products: 200, confirm: 4, block: 1, rows: 10, seed: 2015 };

/// Both ends of the spectrum by Lanczos' method, from products.
///
/// # Panics
/// If a slice does not have the length it needs.
pub fn lanczos(numbers: &mut dyn Numbers) {
    const MANY: usize = GATED.parameters();
    let (mut theta, mut v) = ([0.0; MANY], [0.0; MANY]);
    point(&GATED, &mut theta, &mut v);
    let mut memory = [[0.0; 1]; GATED.rows()];
    let mut basis = [0.0; LANCZOS.basis_length(MANY)];
    let mut small = [0.0; LANCZOS.small_length(MANY)];
    let mut pairs = [Pair::default(); 4];
    let mut hessian =
        HessianAt::new(cost(&GATED, &mut memory), &theta).expect("θ has one entry per parameter");
    let report =
        LANCZOS.run(&mut hessian, &mut basis, &mut small, &mut pairs).expect("the lengths are its own");
    numbers.wide(report.products);
    numbers.bits(report.restarts);
    numbers.bits(report.breakdowns);
    numbers.double(report.scale);
    for pair in &pairs {
        numbers.doubles(&[pair.value, pair.residual]);
        numbers.bits(pair.converged.into());
    }
    numbers.singles(&basis[..4 * MANY]);
}

/// The trace, with its error, the diagonal and the density of the spectrum.
///
/// # Panics
/// If a slice does not have the length it needs.
pub fn estimates(numbers: &mut dyn Numbers) {
    const STEPS: usize = 5;
    let (mut theta, mut out) = ([0.0; N], [0.0; N]);
    point(&TINY, &mut theta, &mut out);
    let mut memory = [[0.0; 1]; ROWS];
    let mut basis = [0.0; quadrature::basis_length(N, STEPS)];
    let mut scratch = [[0.0; N]; 2];
    let mut hessian =
        HessianAt::new(cost(&TINY, &mut memory), &theta).expect("θ has one entry per parameter");
    let plain =
        trace::hutchinson(&mut hessian, 8, 3, scratch.as_flattened_mut()).expect("the lengths are its own");
    numbers.doubles(&[plain.mean(), plain.standard_error(), plain.half_width(0.99)]);
    trace::diagonal(&mut hessian, &mut out, scratch.as_flattened_mut()).expect("the lengths are its own");
    numbers.singles(&out);
    let (mut nodes, mut weights, mut rest) = ([0.0; STEPS], [0.0; STEPS], [0.0; STEPS]);
    let found = quadrature::probe(&mut hessian, (3, 0), &mut nodes, &mut weights, &mut rest, &mut basis)
        .expect("the lengths are its own");
    numbers.bits(found as u32);
    numbers.singles(&nodes);
    numbers.singles(&weights);
    numbers.double(quadrature::density(&nodes[..found], &weights[..found], 0.1, 0.5));
}

/// Descent whose step size is measured.
///
/// # Panics
/// If a step diverges.
pub fn measured_steps(numbers: &mut dyn Numbers) {
    let (mut theta, mut gradient) = ([0.0; N], [0.0; N]);
    point(&TINY, &mut theta, &mut gradient);
    let mut memory = [[0.0; 1]; ROWS];
    let mut cost = cost(&TINY, &mut memory);
    let mut descent = CurvatureStep::new(Params::default());
    for _ in 0..8 {
        let report = descent.step(&mut cost, &mut theta, &mut gradient).expect("the step is finite");
        promised(report.promise, numbers);
        numbers.double(report.step_size);
        numbers.bits(report.limit as u32);
    }
    numbers.double(cost.gradient(&theta, &mut gradient).expect("the slices have their lengths"));
    numbers.singles(&theta);
}
