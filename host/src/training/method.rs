//! Other ways of training than SGD, seen step by step in the same way.

use std::ops::ControlFlow;

use thalweg_core::cost::{HessianVector, dot};
use thalweg_core::critical::krylov_saddle_free::{KrylovSaddleFree, workspace};
use thalweg_core::critical::search::SearchError;
use thalweg_core::descent::curvature_step::{CurvatureStep, Params};
use thalweg_core::descent::taylor::Promise;
use thalweg_core::descent::{StepError, step};
use thalweg_core::network::View;

use crate::curvature::remembered::Remembered;
use crate::engine::batch::{Batch, MiniBatches, Rows};
use crate::engine::{Choice, Scalar};
use crate::objective::Objective;
use crate::training::{Moment, Recipe, Seen, TrainingError, order};

/// What takes the steps of a training run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Method {
    /// Mini-batches with momentum.
    Sgd,
    /// Saddle-free Newton in a Krylov space, over all examples.
    SaddleFree,
    /// Mini-batches whose step size is nine tenths of gᵀg/gᵀHg.
    CurvatureStep,
}

impl Method {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::SaddleFree => "saddle-free",
            Self::CurvatureStep => "curvature-step",
        }
    }
}

/// What is allowed of saddle-free steps: one space of 40 vectors and three steps in it per epoch.
///
/// # Source
/// Dauphin et al. (2014) take up to 500 vectors on networks hundreds of times larger.
#[must_use]
pub fn saddle_free(epochs: u32) -> KrylovSaddleFree {
    KrylovSaddleFree { directions: 40, inner: 3, steps: u64::from(epochs), ..KrylovSaddleFree::default() }
}

/// Why saddle-free training ended early.
#[derive(Debug, thiserror::Error)]
pub enum MethodError {
    /// A step with a measured size could not be taken.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// A saddle-free step could not be taken.
    #[error("--method saddle-free: {0}")]
    Search(#[from] SearchError),
}

/// Trains `theta` in place by curvature steps; `each` as in [`crate::training::train`].
///
/// Each step takes a gradient and a Hessian–vector product of its mini-batch, and its size by the rule of
/// [`CurvatureStep`]; until a curvature above 0 is met it is the recipe's.
///
/// # Errors
/// [`MethodError`]; θ is then where the last good step left it.
pub fn train_by_curvature<T: Scalar>(
    network: View<'_>,
    rows: &Rows<T>,
    recipe: &Recipe,
    choice: Choice,
    theta: &mut [T],
    mut each: impl FnMut(Moment, &mut Seen<'_, T>) -> ControlFlow<()>,
) -> Result<(), MethodError> {
    let mut batches = MiniBatches::new(&network, rows).map_err(TrainingError::from)?;
    let count = batches.count();
    let n = theta.len();
    let (mut velocity, mut gradient, mut product) = (vec![T::ZERO; n], vec![T::ZERO; n], vec![T::ZERO; n]);
    let mut rule = CurvatureStep::new(Params { first: recipe.step_size.at(0), ..Params::default() });
    let mut steps = 0;
    if each(Moment { epoch: 0, step: 0, between_epochs: true }, &mut Seen::from(&*theta)).is_break() {
        return Ok(());
    }
    for epoch in 1..=recipe.epochs {
        let order = order(recipe.seed, epoch, count);
        let mut parts = order.chunks(recipe.batch.max(1)).peekable();
        while let Some(part) = parts.next() {
            let mut objective = Objective::new(network, batches.gather(part), choice, recipe.decay);
            let mut take = || -> Result<(), StepError> {
                let tally = objective.gradient_and_tally(theta, &mut gradient)?;
                objective.hessian_vector(theta, &gradient, &mut product)?;
                let promise = Promise {
                    cost: tally.cost(),
                    gradient_square: dot(&gradient, &gradient),
                    curvature: dot(&gradient, &product),
                };
                step(theta, &mut velocity, &gradient, rule.size(promise).0, 0.0)
            };
            take().map_err(|source| TrainingError::Step { epoch, step: steps, source })?;
            steps += 1;
            let moment = Moment { epoch, step: steps, between_epochs: parts.peek().is_none() };
            if each(moment, &mut Seen::from(&*theta)).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Trains `theta` in place by saddle-free Newton over all examples; an epoch is one outer step.
///
/// It ends before its last epoch where no step lowers the cost, or the gradient is 0.
///
/// # Errors
/// [`MethodError`]; θ is then where the last good step left it.
pub fn train_saddle_free<T: Scalar>(
    network: View<'_>,
    batch: &Batch<T>,
    recipe: &Recipe,
    choice: Choice,
    theta: &mut [T],
    mut each: impl FnMut(Moment, &mut Seen<'_, T>) -> ControlFlow<()>,
) -> Result<(), MethodError> {
    if each(Moment { epoch: 0, step: 0, between_epochs: true }, &mut Seen::from(&*theta)).is_break() {
        return Ok(());
    }
    let method = saddle_free(recipe.epochs);
    let mut memory = vec![T::ZERO; workspace(theta.len(), method.directions)];
    let mut cost = Remembered::new(Objective::new(network, batch, choice, recipe.decay));
    method.run_seen(&mut cost, theta, &mut memory, |steps, theta| {
        // epochs were counted in 32 bits
        let epoch = u32::try_from(steps).unwrap_or(u32::MAX);
        each(Moment { epoch, step: steps, between_epochs: true }, &mut Seen::from(theta))
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::batch::Answers;
    use thalweg_core::cost::Cost;
    use thalweg_core::descent::schedule::Schedule;
    use thalweg_core::network::Network;
    use thalweg_core::network::initialise::{Initialiser, initialise};
    use thalweg_core::random::Random;

    fn problem() -> (Network<4>, Rows<f64>, Recipe) {
        let network = Network::input(4).dense(6).tanh().dense(3).softmax_cross_entropy();
        let mut inputs = vec![0.0; 240];
        Random::new(5).fill_normal(&mut inputs);
        let label = |row: &[f64]| if row[0] * row[1] > 0.2 { 0 } else { 1 + u32::from(row[2] > 0.0) };
        let answers = Answers::Labels(inputs.chunks_exact(4).map(label).collect());
        let recipe = Recipe {
            epochs: 25,
            batch: 20,
            step_size: Schedule::Constant(0.05),
            momentum: Schedule::Constant(0.0),
            seed: 3,
            decay: 1e-3,
        };
        (network, Rows { inputs, answers }, recipe)
    }

    #[test]
    fn both_methods_train_and_are_seen_after_every_epoch() {
        let (network, rows, recipe) = problem();
        let view = network.view();
        let batch = rows.pack(&view).unwrap();
        let mut objective = Objective::new(view, &batch, Choice::Fast, recipe.decay);
        let mut start = vec![0.0; view.parameters()];
        initialise(&view, Initialiser::Glorot, 1, &mut start).unwrap();
        let before = objective.cost(&start).unwrap();
        for saddle_free in [false, true] {
            let (mut theta, mut epochs) = (start.clone(), 0);
            let each = |moment: Moment, _: &mut Seen<'_, f64>| {
                epochs += u32::from(moment.between_epochs);
                ControlFlow::Continue(())
            };
            if saddle_free {
                train_saddle_free(view, &batch, &recipe, Choice::Fast, &mut theta, each).unwrap();
            } else {
                train_by_curvature(view, &rows, &recipe, Choice::Fast, &mut theta, each).unwrap();
            }
            // saddle-free Newton ends where no step lowers the cost
            assert!(if saddle_free { (5..=26).contains(&epochs) } else { epochs == 26 }, "{epochs}");
            let after = objective.cost(&theta).unwrap();
            assert!(after < 0.5 * before, "saddle-free {saddle_free}: {before} {after}");
        }
    }
}
