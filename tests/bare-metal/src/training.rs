//! Training on the digits: the cost and the right answers after every epoch, and θ at the end.

use thalweg_core::cost::mean_cost::MeanCost;
use thalweg_core::descent::schedule::Schedule;
use thalweg_core::descent::step;
use thalweg_core::engine::Exact;
use thalweg_core::examples::Examples;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::random::Random;
use thalweg_core::rules::loss::Tally;

use crate::digits::{COUNT, first};
use crate::networks::Model;
use crate::numbers::Numbers;

/// How the digits are learned.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// ε, by the step.
    pub step_size: Schedule,
    /// μ, by the step.
    pub momentum: Schedule,
}

/// With the momentum of 1964, rising at the start.
pub const MOMENTUM: Recipe = Recipe {
    step_size: Schedule::Geometric { from: 0.4, factor: 0.97, least: 0.1 },
    momentum: Schedule::Linear { from: 0.5, to: 0.9, steps: 20 },
};
/// Without momentum, at one step size.
pub const PLAIN: Recipe = Recipe { step_size: Schedule::Constant(0.6), momentum: Schedule::Constant(0.0) };

/// Passes over the digits.
pub const EPOCHS: u32 = 6;
/// Examples in a mini-batch; the last of an epoch is shorter.
pub const BATCH: usize = 12;
/// What the first parameters and the orders follow from.
pub const SEED: u64 = 2015;

/// The order in which an epoch takes the digits, as the host shuffles.
#[must_use]
pub fn order(epoch: u32) -> [u32; COUNT] {
    let mut order = [0; COUNT];
    for (place, entry) in (0..).zip(&mut order) {
        *entry = place;
    }
    Random::stream(SEED, 0x5348_5546_0000_0000 | u64::from(epoch)).shuffle(&mut order);
    order
}

/// Takes a tally: the sum of losses and the right answers.
pub fn tally(tally: &Tally, numbers: &mut dyn Numbers) {
    numbers.double(tally.losses);
    numbers.bits(tally.correct as u32);
}

/// Trains a network with `N` parameters in `ROWS` rows of memory.
///
/// # Panics
/// If a step diverges.
pub fn training<const N: usize, const ROWS: usize>(
    model: &Model,
    recipe: &Recipe,
    numbers: &mut dyn Numbers,
) {
    let (mut theta, mut velocity, mut gradient) = ([0.0_f32; N], [0.0; N], [0.0; N]);
    let mut memory = [[0.0; 1]; ROWS];
    let (inputs, targets) = first(COUNT, model.task);
    let examples = Examples::new(&model.network, inputs, targets).expect("the digits fit the network");
    initialise(&model.network, Initialiser::Glorot, SEED, &mut theta).expect("N is the number of parameters");
    let mut steps = 0;
    for epoch in 1..=EPOCHS {
        for part in order(epoch).chunks(BATCH) {
            let part = examples.in_order(part).expect("the order is of the digits");
            let batch = MeanCost::new(model.network, Exact, part, &mut memory)
                .gradient_over(&theta, (0, part.count()), &mut gradient)
                .expect("the memory holds an example");
            tally(&batch, numbers);
            let (step_size, momentum) = (recipe.step_size.at(steps), recipe.momentum.at(steps));
            step(&mut theta, &mut velocity, &gradient, step_size, momentum).expect("the step is finite");
            steps += 1;
        }
        let whole = MeanCost::new(model.network, Exact, examples, &mut memory).tally(&theta);
        tally(&whole.expect("the memory holds an example"), numbers);
    }
    numbers.singles(&theta);
}
