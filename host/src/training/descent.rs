//! Descent with momentum from a θ, step by step.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use thalweg_core::descent::{StepError, step as core_step};

use crate::engine::Scalar;
use crate::engine::transpose::ALONE;
use crate::engine::turned::all_finite;
use crate::objective::{Moves, Objective, Workspace};

/// A θ that descends.
///
/// It is whole once this is gone; to look at it before, see [`Descent::seen`].
#[derive(Debug)]
pub struct Descent<'t, T: Scalar> {
    theta: &'t mut [T],
    velocity: Vec<T>,
    keeps_velocity: bool,
    moves: Moves<T>,
    /// For steps that take a whole gradient.
    gradient: Vec<T>,
    workspace: Workspace<T>,
}

/// A θ at a moment of its descent, for somebody who may look at it.
#[derive(Debug)]
pub struct Seen<'s, T>(Source<'s, T>);

#[derive(Debug)]
enum Source<'s, T> {
    Whole(&'s [T]),
    Moving { theta: &'s mut [T], velocity: &'s mut [T], moves: &'s mut Moves<T> },
}

impl<'s, T> From<&'s [T]> for Seen<'s, T> {
    fn from(theta: &'s [T]) -> Self {
        Self(Source::Whole(theta))
    }
}

impl<T: Scalar> Seen<'_, T> {
    /// θ, made whole where it is not.
    pub fn theta(&mut self) -> &[T] {
        match &mut self.0 {
            Source::Whole(theta) => theta,
            Source::Moving { theta, velocity, moves } => {
                moves.write_back(theta, velocity);
                theta
            }
        }
    }
}

impl<'t, T: Scalar> Descent<'t, T> {
    /// From `theta` at rest; `with_momentum` unless μ will be 0 in all steps.
    pub fn new(theta: &'t mut [T], with_momentum: bool) -> Self {
        let velocity = if with_momentum { vec![T::ZERO; theta.len()] } else { Vec::new() };
        let (gradient, workspace) = (Vec::new(), Workspace::default());
        Self { theta, velocity, keeps_velocity: with_momentum, moves: Moves::default(), gradient, workspace }
    }

    /// Takes a step of descent with momentum: as [`core_step`] with the objective's gradient, to the same bits.
    ///
    /// # Errors
    /// [`StepError`]; θ and the velocity are then as they were.
    pub fn step(
        &mut self,
        objective: &Objective<'_, T>,
        step_size: f64,
        momentum: f64,
    ) -> Result<(), StepError> {
        let velocity = if self.keeps_velocity { &mut self.velocity[..] } else { &mut [] };
        if self.moves.step(objective, self.theta, velocity, (step_size, momentum))? {
            return Ok(());
        }
        self.moves.leave(self.theta, velocity);
        self.velocity.resize(self.theta.len(), T::ZERO);
        self.gradient.resize(self.theta.len(), T::ZERO);
        objective.gradient_within(self.theta, &mut self.gradient, &mut self.workspace)?;
        step(self.theta, &mut self.velocity, &self.gradient, step_size, momentum)
    }

    /// θ as it is now.
    pub fn seen(&mut self) -> Seen<'_, T> {
        let velocity = if self.keeps_velocity { &mut self.velocity[..] } else { &mut [] };
        Seen(Source::Moving { theta: self.theta, velocity, moves: &mut self.moves })
    }
}

impl<T: Scalar> Drop for Descent<'_, T> {
    fn drop(&mut self) {
        self.seen().theta();
    }
}

/// [`core_step`], with the widest instructions of the machine.
///
/// # Errors
/// [`StepError`], as there.
fn step<T: Scalar>(
    theta: &mut [T],
    velocity: &mut [T],
    gradient: &[T],
    step_size: f64,
    momentum: f64,
) -> Result<(), StepError> {
    let arch = Arch::new();
    if gradient.len() < ALONE || velocity.len() != gradient.len() || theta.len() != gradient.len() {
        return arch.dispatch(Step { theta, velocity, gradient, step_size, momentum });
    }
    if !gradient.par_chunks(ALONE / 4).all(|part| arch.dispatch(Finite(part))) {
        return Err(StepError::Diverged);
    }
    let moving = theta.par_chunks_mut(ALONE / 4).zip(velocity.par_chunks_mut(ALONE / 4));
    moving.zip(gradient.par_chunks(ALONE / 4)).try_for_each(|((theta, velocity), gradient)| {
        arch.dispatch(Step { theta, velocity, gradient, step_size, momentum })
    })
}

/// Whether all numbers are finite.
struct Finite<'a, T>(&'a [T]);

impl<T: Scalar> WithSimd for Finite<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        all_finite(self.0)
    }
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
        core_step(self.theta, self.velocity, self.gradient, self.step_size, self.momentum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Choice;
    use crate::engine::batch::{Answers, Batch};
    use thalweg_core::network::{Network, View};

    static NETWORK: Network<2> = Network::input(6).dense(3).squared_error();
    static CLASSES: Network<2> = Network::input(6).dense(3).softmax_cross_entropy();

    /// Steps of a descent and the plain ones beside it, θ looked at after each; answers how the last one ended.
    fn both_ways(theta: &[f32], inputs: &[f32], rates: (f64, f64), steps: usize) -> bool {
        both_ways_in(NETWORK.view(), theta, inputs, (rates.0, rates.1, 0.0), steps)
    }

    fn both_ways_in(
        network: View<'_>,
        theta: &[f32],
        inputs: &[f32],
        (step_size, momentum, decay): (f64, f64, f64),
        steps: usize,
    ) -> bool {
        let labels = (0..inputs.len() as u32 / 6).map(|index| index % 3).collect();
        let batch = Batch::new(&network, inputs, Answers::Labels(labels)).unwrap();
        let (mut theta, mut wanted) = (theta.to_vec(), theta.to_vec());
        let (mut velocity, mut gradient) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
        let mut descent = Descent::new(&mut theta, momentum != 0.0);
        let mut last = true;
        for _ in 0..steps {
            let objective = Objective::new(network, &batch, Choice::Exact, decay);
            objective.gradient_within(&wanted, &mut gradient, &mut Workspace::default()).unwrap();
            let plain = core_step(&mut wanted, &mut velocity, &gradient, step_size, momentum);
            assert_eq!(descent.step(&objective, step_size, momentum), plain);
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(descent.seen().theta()), bits(&wanted));
            last = plain.is_ok();
        }
        last
    }

    /// Most are zero, and two neighbours are throughout.
    fn inputs() -> Vec<f32> {
        (0..6 * 40)
            .map(|place| if place % 5 == 0 && place % 6 < 4 { 0.3 + place as f32 / 200.0 } else { 0.0 })
            .collect()
    }

    #[test]
    fn steps_of_any_kind_end_as_the_plain_ones() {
        let theta: Vec<f32> = (0..21).map(|index| 0.02 * index as f32 - 0.1).collect();
        for momentum in [0.0, 0.9] {
            assert!(both_ways(&theta, &inputs(), (0.05, momentum), 5));
            // beyond what is tame, then beyond what is finite
            assert!(both_ways(&theta, &inputs(), (1e5, momentum), 5));
            assert!(!both_ways(&theta, &inputs(), (1e5, momentum), 20));
            for wrong in [-0.0, f32::INFINITY, f32::NAN] {
                // of a weight whose input is always zero, of a weight, and of a bias
                for place in [5, 2, 19] {
                    let mut theta = theta.clone();
                    theta[place] = wrong;
                    assert_eq!(both_ways(&theta, &inputs(), (0.05, momentum), 3), wrong == 0.0);
                }
            }
            let mut inputs = inputs();
            inputs[7] = f32::INFINITY;
            assert!(!both_ways(&theta, &inputs, (0.05, momentum), 2));
        }
    }

    /// Under a large decay θ grows, and its part of the gradient overflows, while the deltas stay small.
    #[test]
    fn weights_that_grow_without_their_deltas_end_as_the_plain_ones() {
        let theta: Vec<f32> = (0..21).map(|index| 0.02 * index as f32 - 0.1).collect();
        let large: Vec<f32> = theta.iter().map(|entry| 1e34 * entry).collect();
        for momentum in [0.0, 0.9] {
            let rates = (1e3, momentum, 1e6);
            assert!(both_ways_in(CLASSES.view(), &theta, &inputs(), rates, 4));
            assert!(!both_ways_in(CLASSES.view(), &theta, &inputs(), rates, 5));
            assert!(!both_ways_in(CLASSES.view(), &large, &inputs(), rates, 1));
        }
    }
}
