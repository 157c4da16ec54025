//! All derivatives of a network at one θ: by sweeps, and by differences of the cost and of the gradient.

use thalweg_core::cost::HessianVector;
use thalweg_core::cost::decay::Decayed;
use thalweg_core::cost::difference;
use thalweg_core::cost::mean_cost::MeanCost;
use thalweg_core::engine::Exact;
use thalweg_core::examples::Examples;
use thalweg_core::length::WrongLength;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::random::Random;

use crate::digits::{PIXELS, first};
use crate::networks::Model;
use crate::numbers::Numbers;

/// The digits over which derivatives are taken.
pub const EXAMPLES: usize = 6;

/// The point and the direction in which derivatives are taken, entry by entry normal.
///
/// # Panics
/// If the slices do not have one entry per parameter.
pub fn point(model: &Model, theta: &mut [f32], v: &mut [f32]) {
    initialise(&model.network, Initialiser::NormalEverywhere(0.4), 3, theta)
        .expect("θ has one entry per parameter");
    Random::stream(3, 2).fill_normal(v);
}

/// What any cost is asked for: its value, its gradient and its product, the latter by differences as well.
///
/// # Errors
/// [`WrongLength`] if `N` is not the number of parameters.
pub fn products<C: HessianVector<Real = f32>, const N: usize>(
    cost: &mut C,
    theta: &mut [f32; N],
    v: &[f32; N],
    numbers: &mut dyn Numbers,
) -> Result<(), WrongLength> {
    let mut out = [0.0; N];
    numbers.double(cost.cost(theta)?);
    numbers.double(cost.gradient(theta, &mut out)?);
    numbers.singles(&out);
    cost.hessian_vector(theta, v, &mut out)?;
    numbers.singles(&out);
    let step = difference::balanced_step::<f32>();
    let mut scratch = [[0.0; N]; 2];
    difference::hessian_vector(cost, theta, v, step, &mut out, scratch.as_flattened_mut())?;
    numbers.singles(&out);
    Ok(())
}

/// What is known example by example: the losses, and the gradients of the inputs; and the slope along `v`.
fn by_examples(
    cost: &mut MeanCost<'_, f32, Exact, 1>,
    theta: &[f32],
    v: &[f32],
    numbers: &mut dyn Numbers,
) -> Result<(), WrongLength> {
    let (mut losses, mut inputs) = ([0.0; EXAMPLES], [0.0; EXAMPLES * PIXELS]);
    cost.losses(theta, &mut losses)?;
    numbers.singles(&losses);
    cost.input_gradient(theta, &mut inputs)?;
    numbers.singles(&inputs);
    numbers.double(cost.slope(theta, v)?);
    Ok(())
}

/// The derivatives of a network with `N` parameters in `ROWS` rows of memory, alone and with weight decay.
///
/// # Panics
/// If `N` or `ROWS` are not those of the model.
pub fn derivatives<const N: usize, const ROWS: usize>(model: &Model, numbers: &mut dyn Numbers) {
    let (mut theta, mut v) = ([0.0; N], [0.0; N]);
    let mut memory = [[0.0; 1]; ROWS];
    let (inputs, targets) = first(EXAMPLES, model.task);
    let examples = Examples::new(&model.network, inputs, targets).expect("the digits fit the network");
    point(model, &mut theta, &mut v);
    let mut cost = MeanCost::new(model.network, Exact, examples, &mut memory);
    products(&mut cost, &mut theta, &v, numbers).expect("N and ROWS are those of the model");
    by_examples(&mut cost, &theta, &v, numbers).expect("N and ROWS are those of the model");
    let mut decayed = Decayed::new(cost, model.network, 0.01);
    products(&mut decayed, &mut theta, &v, numbers).expect("N and ROWS are those of the model");
}
