//! Training: mini-batches in a shuffled order, momentum, and a look at every epoch.

mod descent;
pub mod method;
pub mod watch;

use std::ops::ControlFlow;

use thalweg_core::descent::StepError;
use thalweg_core::descent::schedule::Schedule;
use thalweg_core::examples::ExamplesError;
use thalweg_core::network::View;
use thalweg_core::random::Random;

use crate::engine::batch::{MiniBatches, Rows};
use crate::engine::{Choice, Scalar};
use crate::objective::Objective;

pub use descent::{Descent, Seen};

/// How a network is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Passes over the data.
    pub epochs: u32,
    /// Examples in a mini-batch; the last of an epoch may be shorter.
    pub batch: usize,
    /// The step size ε, by the step.
    pub step_size: Schedule,
    /// The momentum μ, by the step.
    pub momentum: Schedule,
    /// The seed of the shuffling.
    pub seed: u64,
    /// ½·decay·|weights|² is added to the cost of each mini-batch.
    pub decay: f64,
}

/// Why training ended early.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The examples do not fit the network.
    #[error(transparent)]
    Examples(#[from] ExamplesError),
    /// A step could not be taken.
    #[error("epoch {epoch}, step {step}: {source}")]
    Step {
        /// The epoch, from 1.
        epoch: u32,
        /// The step, from 0.
        step: u64,
        /// The reason.
        source: StepError,
    },
}

/// The order in which the examples of an epoch are taken: it follows from the seed and the epoch alone.
#[must_use]
pub fn order(seed: u64, epoch: u32, count: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
    Random::stream(seed, 0x5348_5546_0000_0000 | u64::from(epoch)).shuffle(&mut order);
    order
}

/// When θ is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The epoch, from 1; 0 before the first step.
    pub epoch: u32,
    /// The steps taken.
    pub step: u64,
    /// Whether this is the start of the training or the end of an epoch.
    pub between_epochs: bool,
}

/// Trains `theta` in place. `each` may look at θ before the first step and after every one, and may end the
/// training.
///
/// # Errors
/// [`TrainingError`]; θ is then where the last good step left it.
pub fn train<T: Scalar>(
    network: View<'_>,
    rows: &Rows<T>,
    recipe: &Recipe,
    choice: Choice,
    theta: &mut [T],
    mut each: impl FnMut(Moment, &mut Seen<'_, T>) -> ControlFlow<()>,
) -> Result<(), TrainingError> {
    let mut batches = MiniBatches::new(&network, rows)?;
    let count = batches.count();
    let mut descent = Descent::new(theta, recipe.momentum != Schedule::Constant(0.0));
    let mut steps = 0;
    if each(Moment { epoch: 0, step: 0, between_epochs: true }, &mut descent.seen()).is_break() {
        return Ok(());
    }
    for epoch in 1..=recipe.epochs {
        let order = order(recipe.seed, epoch, count);
        let size = recipe.batch.max(1);
        batches.gather(&order[..size.min(count)]);
        for next in order.chunks(size).skip(1).map(Some).chain([None]) {
            let (step_size, momentum) = (recipe.step_size.at(steps), recipe.momentum.at(steps));
            batches
                .work(next, |batch| {
                    let objective = Objective::new(network, batch, choice, recipe.decay);
                    descent.step(&objective, step_size, momentum)
                })
                .map_err(|source| TrainingError::Step { epoch, step: steps, source })?;
            steps += 1;
            let moment = Moment { epoch, step: steps, between_epochs: next.is_none() };
            if each(moment, &mut descent.seen()).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}
