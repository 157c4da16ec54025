//! Training: mini-batches in a shuffled order, momentum, and a look at every epoch.

pub mod method;
pub mod watch;

use std::ops::ControlFlow;

use pulp::{Arch, Simd, WithSimd};
use thalweg_core::descent::schedule::Schedule;
use thalweg_core::descent::{self, StepError};
use thalweg_core::examples::ExamplesError;
use thalweg_core::network::View;
use thalweg_core::random::Random;

use crate::engine::batch::{MiniBatches, Rows};
use crate::engine::{Choice, Scalar};
use crate::objective::{Objective, Workspace};

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

/// [`descent::step`], with the widest instructions of the machine.
///
/// # Errors
/// [`StepError`], as there.
pub fn step<T: Scalar>(
    theta: &mut [T],
    velocity: &mut [T],
    gradient: &[T],
    step_size: f64,
    momentum: f64,
) -> Result<(), StepError> {
    Arch::new().dispatch(Step { theta, velocity, gradient, step_size, momentum })
}

struct Step<'a, T> {
    theta: &'a mut [T],
    velocity: &'a mut [T],
    gradient: &'a [T],
    step_size: f64,
    momentum: f64,
}

impl<T: Scalar> WithSimd for Step<'_, T> {
    type Output = Result<(), StepError>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Result<(), StepError> {
        descent::step(self.theta, self.velocity, self.gradient, self.step_size, self.momentum)
    }
}

/// Trains `theta` in place. `each` sees θ before the first step and after every one, and may end the
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
    mut each: impl FnMut(Moment, &[T]) -> ControlFlow<()>,
) -> Result<(), TrainingError> {
    let mut batches = MiniBatches::new(&network, rows)?;
    let count = batches.count();
    let (mut velocity, mut gradient) = (vec![T::ZERO; theta.len()], vec![T::ZERO; theta.len()]);
    let mut workspace = Workspace::default();
    let mut steps = 0;
    if each(Moment { epoch: 0, step: 0, between_epochs: true }, theta).is_break() {
        return Ok(());
    }
    for epoch in 1..=recipe.epochs {
        let order = order(recipe.seed, epoch, count);
        let mut parts = order.chunks(recipe.batch.max(1)).peekable();
        while let Some(part) = parts.next() {
            let objective = Objective::new(network, batches.gather(part), choice, recipe.decay);
            let (step_size, momentum) = (recipe.step_size.at(steps), recipe.momentum.at(steps));
            objective
                .gradient_within(theta, &mut gradient, &mut workspace)
                .map_err(StepError::from)
                .and_then(|_| step(theta, &mut velocity, &gradient, step_size, momentum))
                .map_err(|source| TrainingError::Step { epoch, step: steps, source })?;
            steps += 1;
            let moment = Moment { epoch, step: steps, between_epochs: parts.peek().is_none() };
            if each(moment, theta).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}
