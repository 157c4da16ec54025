//! Training in place: one example at a time, each weight moved in the backward sweep itself.
//!
//! There is no gradient: the backward sweep reads a weight, hands its part of the delta on, and moves
//! the weight before it goes to the next. Beside the parameters a step takes one row for each register
//! and, in a network whose operations follow one another, two rows as wide as the widest register, which
//! take turns as the delta and the next delta. Where registers are read twice or weights are shared, the
//! deltas of all registers are kept, and a weight is moved when its last reader has passed.
//!
//! The bits are those of the buffered route, [`MeanCost::gradient_over`] on the one example and then
//! [`descent::step`]: each entry of the gradient is formed as there, multiplied by the step size, and
//! taken from the parameter. A parameter that is −0 may come out as either zero.
//!
//! [`MeanCost::gradient_over`]: crate::cost::mean_cost::MeanCost::gradient_over
//! [`descent::step`]: crate::descent::step

mod backward;

use core::fmt;

use self::backward::Backward;
use crate::device::update::{Momentum, Plain, Update};
use crate::engine::Exact;
use crate::examples::{Chunk, ExamplesError, Selection, Targets, check_targets};
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::network::{Network, View};
use crate::real::Real;
use crate::rules::loss;
use crate::sweep::{Sweep, part_mut};

/// What one step in place saw before it moved the parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report<T> {
    /// The loss of the example.
    pub loss: T,
    /// Whether its largest output is its label.
    pub correct: bool,
}

/// Why a step in place was not taken. Nothing was moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InPlaceError<T> {
    /// The example does not fit the network, or a slice is too short.
    Example(ExamplesError),
    /// The loss is NaN or infinite.
    Diverged {
        /// The loss.
        loss: T,
    },
}

impl<T: Real> fmt::Display for InPlaceError<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Example(error) => fmt::Display::fmt(error, formatter),
            Self::Diverged { loss } => {
                write!(formatter, "the loss is {loss}; take a smaller step size, or look for NaN in the data")
            }
        }
    }
}

impl<T: Real> core::error::Error for InPlaceError<T> {}

impl<T> From<ExamplesError> for InPlaceError<T> {
    fn from(error: ExamplesError) -> Self {
        Self::Example(error)
    }
}

impl<T> From<WrongLength> for InPlaceError<T> {
    fn from(error: WrongLength) -> Self {
        Self::Example(error.into())
    }
}

impl View<'_> {
    /// The numbers of memory that a step in place needs beside the parameters.
    #[must_use]
    pub const fn training_rows(&self) -> usize {
        let deltas = if self.is_chain() { 2 * self.widest_row() } else { self.register_rows() };
        self.register_rows() + deltas
    }
}

impl<const N: usize> Network<N> {
    /// The numbers of memory that a step in place needs beside the parameters.
    #[must_use]
    pub const fn training_rows(&self) -> usize {
        self.view().training_rows()
    }
}

/// Takes one step of descent on one example: θ ← θ − ε·g, with g the gradient of its loss.
///
/// | argument    | shape                        | unit                             |
/// |-------------|------------------------------|----------------------------------|
/// | `theta`     | n                            | parameters                       |
/// | `input`     | input width                  | as the network was trained on    |
/// | `target`    | 1 label, or output width     |                                  |
/// | `step_size` | 1                            | parameters² per cost (ε)         |
/// | `memory`    | [`View::training_rows`]      | overwritten                      |
///
/// # Errors
/// [`InPlaceError`]; nothing is moved then. A loss that is finite while its gradient overflows moves
/// the parameters to what the buffered route refuses.
///
/// # Examples
/// ```
/// use thalweg_core::examples::Targets;
/// use thalweg_core::device::in_place;
/// use thalweg_core::network::Network;
/// const NET: Network<2> = Network::input(2).dense(1).squared_error();
/// let mut theta = [0.5_f32, -1.0, 0.0];
/// let mut memory = [0.0; NET.training_rows()];
/// let report =
///     in_place::step(NET.view(), &mut theta, &[1.0, 2.0], Targets::Values(&[0.5]), 0.25, &mut memory).unwrap();
/// assert_eq!(report.loss, 2.0); // ½·(0.5 − 2 − 0.5)²
/// assert_eq!(theta, [1.0, 0.0, 0.5]); // the output's delta is −2
/// ```
pub fn step<T: Real>(
    network: View<'_>,
    theta: &mut [T],
    input: &[T],
    target: Targets<'_, T>,
    step_size: T,
    memory: &mut [T],
) -> Result<Report<T>, InPlaceError<T>> {
    take(network, theta, input, target, Plain { step_size }, memory)
}

/// Takes one step with momentum on one example: v ← μ·v − ε·g, then θ ← θ + v.
///
/// Arguments as for [`step`]; `velocity` has n entries, zeros at the start.
///
/// # Errors
/// As for [`step`]; neither θ nor the velocity is moved then.
///
/// # Source
/// Polyak, *Some methods of speeding up the convergence of iteration methods* (1964).
pub fn momentum_step<T: Real>(
    network: View<'_>,
    (theta, velocity): (&mut [T], &mut [T]),
    input: &[T],
    target: Targets<'_, T>,
    (step_size, momentum): (T, T),
    memory: &mut [T],
) -> Result<Report<T>, InPlaceError<T>> {
    expect_length("velocity", velocity, network.parameters())?;
    take(network, theta, input, target, Momentum { velocity, step_size, momentum }, memory)
}

fn take<T: Real, U: Update<T>>(
    network: View<'_>,
    theta: &mut [T],
    input: &[T],
    target: Targets<'_, T>,
    mut update: U,
    memory: &mut [T],
) -> Result<Report<T>, InPlaceError<T>> {
    expect_length("theta", theta, network.parameters())?;
    expect_length("input", input, network.input_width())?;
    expect_at_least("memory", memory, network.training_rows())?;
    check_targets(&network, target, 1)?;
    let rows = network.register_rows();
    let (registers, deltas) = memory.split_at_mut_checked(rows).unwrap_or((&mut [], &mut []));
    let (registers, _) = registers.as_chunks_mut::<1>();
    let (inputs, _) = input.as_chunks::<1>();
    let targets = Selection::from_the_first(target);
    Sweep::new(network, theta, Chunk { inputs, targets, examples: 1 })?.forward(&mut Exact, registers)?;
    let Some((loss, last)) = network.loss() else { return Ok(Report { loss: T::ZERO, correct: false }) };
    let mut backward = Backward::new(network, inputs, registers);
    let outputs = backward.read(last);
    let (value, correct) = loss::loss(loss, outputs, &targets, 0, 0);
    if !value.is_finite() {
        return Err(InPlaceError::Diverged { loss: value });
    }
    if !backward.is_chain() {
        deltas.fill(T::ZERO);
    }
    let (deltas, _) = deltas.as_chunks_mut::<1>();
    loss::delta(loss, outputs, &targets, 0, 1, part_mut(deltas, backward.delta(last)));
    let moved = network.operations().iter().rev().skip(1).filter(|operation| operation.active);
    for operation in moved {
        backward.pass(operation, theta, &mut update, deltas);
    }
    Ok(Report { loss: value, correct })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    use super::*;
    use crate::cost::mean_cost::{Ability, MeanCost};
    use crate::descent;
    use crate::examples::Examples;
    use crate::network::builder::Builder;
    use crate::network::initialise::{Initialiser, initialise};
    use crate::network::operation::Register;
    use crate::random::Random;

    const RELU: Network<6> = Network::input(5).dense(9).relu().dense(6).relu().dense(3).squared_error();
    const ONE: Network<2> = Network::input(5).dense(3).softmax_cross_entropy();
    const LINEAR: Network<4> = Network::input(5).linear(7).sigmoid().linear(3).softmax_cross_entropy();
    const MAPS: Network<10> = Network::input(5)
        .tanh()
        .dense(4)
        .tanh()
        .sigmoid()
        .relu()
        .tanh_fast()
        .sigmoid_fast()
        .dense(3)
        .squared_error();
    const MAXOUT: Network<6> =
        Network::input(5).maxout(6, 3).slice(1, 4).maxout(3, 2).softmax_cross_entropy();
    const ENCODER: Builder<6> = Network::input(5).dense(3);
    const TIED: Network<6> = ENCODER.tanh().tied(ENCODER.last()).squared_error();
    const RECURRENT: Network<12> = {
        let start = Network::input(5).dense(5).tanh();
        let again = start.shared(Register(1)).tanh().shared(Register(1));
        let back = again.sigmoid().tied(Register(1));
        let twice = back.at(back.last()).tanh().shared(back.last());
        twice.dense(3).softmax_cross_entropy()
    };
    const GATED: Network<14> = {
        let gate = Network::input(5).dense(5).sigmoid();
        let value = gate.at(Register::INPUT).dense(5).tanh();
        let product = value.product(gate.last());
        let sum = product.sum(gate.last()).sum(Register::INPUT).product(Register::INPUT);
        sum.product(sum.last()).tanh().tanh().slice(1, 3).dense(3).softmax_cross_entropy()
    };

    /// θ after some steps on one example after another, by the buffered route and in place.
    fn both_routes<T: Real>(network: View<'_>, momentum: f64) -> (Vec<T>, Vec<T>) {
        let n = network.parameters();
        let (step_size, width, count) = (0.037, network.input_width(), 12);
        let mut inputs = vec![T::ZERO; count * width];
        Random::new(7).fill_normal(&mut inputs);
        let labels: Vec<u32> = (0..count as u32).map(|index| index % network.output_width() as u32).collect();
        let mut buffered = vec![T::ZERO; n];
        initialise(&network, Initialiser::NormalEverywhere(0.5), 3, &mut buffered).unwrap();
        let mut in_place = buffered.clone();
        let (mut velocity, mut fused, mut gradient) = (vec![T::ZERO; n], vec![T::ZERO; n], vec![T::ZERO; n]);
        let mut memory = vec![T::from_f64(f64::NAN); network.training_rows()];
        for (input, label) in inputs.chunks_exact(width).zip(labels.chunks_exact(1)) {
            let examples = Examples::new(&network, input, Targets::Labels(label)).unwrap();
            let mut rows = vec![[T::ZERO; 1]; network.memory_rows(Ability::Gradient)];
            let mut cost = MeanCost::new(network, Exact, examples, &mut rows);
            let tally = cost.gradient_over(&buffered, (0, 1), &mut gradient).unwrap();
            descent::step(&mut buffered, &mut velocity, &gradient, step_size, momentum).unwrap();
            let (size, factor) = (T::from_f64(step_size), T::from_f64(momentum));
            let target = Targets::Labels(label);
            let report = if momentum == 0.0 {
                step(network, &mut in_place, input, target, size, &mut memory)
            } else {
                let state = (&mut in_place[..], &mut fused[..]);
                momentum_step(network, state, input, target, (size, factor), &mut memory)
            };
            let report = report.unwrap();
            assert_eq!((report.loss.to_f64(), u64::from(report.correct)), (tally.losses, tally.correct));
        }
        (buffered, in_place)
    }

    #[test]
    fn every_operation_moves_to_the_bits_of_the_buffered_route() {
        let networks = [
            RELU.view(),
            ONE.view(),
            LINEAR.view(),
            MAPS.view(),
            MAXOUT.view(),
            TIED.view(),
            RECURRENT.view(),
            GATED.view(),
        ];
        for (index, network) in networks.into_iter().enumerate() {
            for momentum in [0.0, 0.9] {
                let bits = |theta: &[f32]| theta.iter().map(|entry| entry.to_bits()).collect::<Vec<_>>();
                let (buffered, in_place) = both_routes::<f32>(network, momentum);
                assert_eq!(bits(&buffered), bits(&in_place), "network {index}, momentum {momentum}");
                let (buffered, in_place) = both_routes::<f64>(network, momentum);
                assert_eq!(buffered, in_place, "network {index}, momentum {momentum}");
            }
        }
    }

    #[test]
    fn a_chain_takes_its_registers_and_two_widest_rows() {
        assert_eq!(RELU.training_rows(), (9 + 6 + 3) + 2 * 9);
        assert_eq!(TIED.training_rows(), 2 * (3 + 5));
        assert!(RELU.view().is_chain() && MAPS.view().is_chain() && MAXOUT.view().is_chain());
        assert!(!GATED.view().is_chain() && !RECURRENT.view().is_chain());
    }

    #[test]
    fn a_loss_that_is_not_finite_moves_nothing() {
        let mut theta = [1.0_f32; ONE.parameters()];
        let before = theta;
        let mut memory = [0.0; ONE.training_rows()];
        let input = [f32::INFINITY, 0.0, 0.0, 0.0, 0.0];
        let error =
            step(ONE.view(), &mut theta, &input, Targets::Labels(&[1]), 0.1, &mut memory).unwrap_err();
        assert!(matches!(error, InPlaceError::Diverged { loss } if !loss.is_finite()));
        assert_eq!(theta, before);
    }

    #[test]
    fn short_memory_and_wrong_labels_are_named_and_nothing_is_moved() {
        let mut theta = [1.0_f32; ONE.parameters()];
        let error =
            step(ONE.view(), &mut theta, &[0.0; 5], Targets::Labels(&[1]), 0.1, &mut [0.0; 8]).unwrap_err();
        assert_eq!(error, WrongLength { argument: "memory", needed: 9, found: 8 }.into());
        let error =
            step(ONE.view(), &mut theta, &[0.0; 5], Targets::Labels(&[3]), 0.1, &mut [0.0; 9]).unwrap_err();
        assert_eq!(error, ExamplesError::Label { example: 0, label: 3, classes: 3 }.into());
        assert_eq!(theta, [1.0; ONE.parameters()]);
    }
}
