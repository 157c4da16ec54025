//! The cost of a network over a batch, by all threads, with all its derivatives.
//!
//! Losses are added up example by example, and threads share out chunks of examples in the sweeps and columns
//! of the weights in the sums, so that no result depends on their number.

mod kept;
mod target;
mod workspace;
mod pass;
mod swept;
mod shares;
mod moves;
mod plane;
mod curvature;
mod linearised;
mod blocks;
mod full_hessian;

use rayon::prelude::*;
use thalweg_core::cost::decay::{add_decay, penalty};
use thalweg_core::cost::{Cost, Gradient, HessianVector};
use thalweg_core::examples::Chunk;
use thalweg_core::length::{WrongLength, expect_length};
use thalweg_core::network::View;
use thalweg_core::rules::loss::Tally;
use thalweg_core::sweep::Sweep;

use crate::engine::batch::Batch;
use crate::engine::lanes::Lanes;
use crate::engine::tile::{LANES, Lane};
use crate::engine::turned::Turned;
use crate::engine::{Choice, Machine, Scalar};
use pass::{Pass, Quantity};

pub use curvature::CurvatureAt;
pub use linearised::Linearised;
pub use moves::Moves;
pub use workspace::Workspace;

/// J(θ): the mean loss of a network over a batch, with weight decay.
#[derive(Clone, Copy, Debug)]
pub struct Objective<'m, T> {
    network: View<'m>,
    batch: &'m Batch<T>,
    choice: Choice,
    decay: f64,
}

/// Called with the amount of work done, in examples evaluated.
pub type Progress<'p> = &'p (dyn Fn(u64) + Sync);

impl<'m, T: Scalar> Objective<'m, T> {
    /// The mean loss of `network` over `batch`, plus ½·`decay`·|weights|².
    #[must_use]
    pub const fn new(network: View<'m>, batch: &'m Batch<T>, choice: Choice, decay: f64) -> Self {
        Self { network, batch, choice, decay }
    }

    /// The network.
    #[must_use]
    pub const fn network(&self) -> View<'m> {
        self.network
    }

    /// The number of examples.
    #[must_use]
    pub const fn examples(&self) -> usize {
        self.batch.count()
    }

    /// The weights of `theta` (θ, a tangent or a direction) as the products over this batch read them.
    fn turned<'t>(&self, theta: &'t [T]) -> Turned<'t, T> {
        match self.batch.sparse() {
            Some(_) => Turned::with_tables(&self.network, theta),
            None => Turned::new(&self.network, theta),
        }
    }

    /// One chunk, and an engine that knows of the zeros among its inputs; they are unpacked into `memory` if
    /// a product misses its table.
    fn chunk<'c>(
        &'c self,
        (index, panels): (usize, usize),
        prepared: &'c [Turned<'c, T>],
        memory: &'c mut Vec<Lane<T>>,
    ) -> (Chunk<'c, T, LANES>, Machine<'c, T>) {
        let unread = !prepared.is_empty() && prepared.iter().all(Turned::is_complete);
        let chunk = self.batch.chunk(index, panels, (!unread).then_some(memory));
        let engine = Machine::new(self.choice, prepared).reading(self.batch.inputs_of(&chunk));
        (chunk, engine)
    }

    fn panels(examples: usize) -> usize {
        examples.div_ceil(LANES)
    }

    /// The sum of losses (without decay), the right answers, and the examples.
    ///
    /// # Errors
    /// [`WrongLength`] if `theta` does not have one entry per parameter.
    pub fn tally(&self, theta: &[T]) -> Result<Tally, WrongLength> {
        expect_length("theta", theta, self.network.parameters())?;
        let prepared = [self.turned(theta)];
        let losses: Vec<Vec<(T, bool)>> = (0..self.batch.chunks())
            .into_par_iter()
            .map_init(
                || (Vec::new(), Lanes::default()),
                |(inputs, registers), index| {
                    let place = (index, self.batch.chunk_panels());
                    let (chunk, mut engine) = self.chunk(place, &prepared, inputs);
                    registers.grow(Self::panels(chunk.examples) * self.network.register_rows());
                    let sweep = Sweep::new(self.network, theta, chunk)?;
                    sweep.forward(&mut engine, registers)?;
                    let mut losses = Vec::with_capacity(chunk.examples);
                    sweep.losses(&mut engine, registers, |_, loss, correct| losses.push((loss, correct)));
                    Ok(losses)
                },
            )
            .collect::<Result<_, _>>()?;
        let mut tally = Tally::default();
        for (loss, correct) in losses.iter().flatten() {
            tally.add(loss.to_f64(), *correct);
        }
        Ok(tally)
    }

    /// J from the tally of the losses at θ.
    #[must_use]
    pub fn with_decay(&self, tally: &Tally, theta: &[T]) -> f64 {
        tally.cost() + penalty(&self.network, self.decay, theta)
    }

    /// Writes ∇J into `gradient`, and returns the tally of the losses.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice does not have one entry per parameter.
    pub fn gradient_and_tally(&self, theta: &[T], gradient: &mut [T]) -> Result<Tally, WrongLength> {
        Workspace::with(|workspace| self.gradient_within(theta, gradient, workspace))
    }

    /// The same, in memory that is used again: for many gradients over few examples.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice does not have one entry per parameter.
    pub fn gradient_within(
        &self,
        theta: &[T],
        gradient: &mut [T],
        workspace: &mut Workspace<T>,
    ) -> Result<Tally, WrongLength> {
        expect_length("theta", theta, self.network.parameters())?;
        expect_length("gradient", gradient, self.network.parameters())?;
        let prepared = [self.turned(theta)];
        let pass =
            Pass { objective: self, theta, prepared: &prepared, kept: &[], quantity: Quantity::Gradient };
        let tally = pass.run(workspace, gradient)?;
        add_decay(&self.network, self.decay, theta, gradient);
        Ok(tally)
    }
}

impl<T: Scalar> Cost for Objective<'_, T> {
    type Real = T;

    fn dimension(&self) -> usize {
        self.network.parameters()
    }

    fn cost(&mut self, theta: &[T]) -> Result<f64, WrongLength> {
        Ok(self.with_decay(&self.tally(theta)?, theta))
    }
}

impl<T: Scalar> Gradient for Objective<'_, T> {
    fn gradient(&mut self, theta: &[T], gradient: &mut [T]) -> Result<f64, WrongLength> {
        let tally = self.gradient_and_tally(theta, gradient)?;
        Ok(self.with_decay(&tally, theta))
    }
}

impl<T: Scalar> HessianVector for Objective<'_, T> {
    fn hessian_vector(&mut self, theta: &[T], v: &[T], hv: &mut [T]) -> Result<(), WrongLength> {
        let n = self.network.parameters();
        expect_length("theta", theta, n)?;
        expect_length("v", v, n)?;
        expect_length("hv", hv, n)?;
        let prepared = [self.turned(theta), self.turned(v)];
        let pass =
            Pass { objective: self, theta, prepared: &prepared, kept: &[], quantity: Quantity::Product(v) };
        Workspace::with(|workspace| pass.run(workspace, hv))?;
        add_decay(&self.network, self.decay, v, hv);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::batch::Answers;
    use crate::engine::sparse;
    use thalweg_core::cost::mean_cost::{Ability, MeanCost};
    use thalweg_core::cost::norm;
    use thalweg_core::cost::operator::SymmetricOperator;
    use thalweg_core::engine::Exact;
    use thalweg_core::examples::{Examples, Targets};
    use thalweg_core::network::Network;
    use thalweg_core::network::initialise::{Initialiser, initialise};
    use thalweg_core::random::Random;

    pub(super) const RELU: Network<5> = Network::input(4).dense(5).relu().dense(3).softmax_cross_entropy();
    pub(super) const TANH: Network<6> =
        Network::input(4).dense(5).tanh().dense(4).tanh().dense(3).softmax_cross_entropy();
    pub(super) const SIGMOID: Network<5> = Network::input(4).dense(5).sigmoid().dense(3).squared_error();
    pub(super) const MAXOUT: Network<5> = Network::input(4).maxout(5, 3).dense(3).softmax_cross_entropy();
    pub(super) const TIED: Network<4> = {
        let encoder = Network::<4>::input(4).dense(3);
        encoder.tanh().tied(encoder.last()).squared_error()
    };
    pub(super) const MIXED: Network<12> = {
        let gate = Network::input(4).dense(5).sigmoid();
        let value = gate.at(thalweg_core::network::operation::Register::INPUT).dense(5).tanh();
        let product = value.product(gate.last());
        product.sum(gate.last()).tanh().tanh().slice(1, 3).dense(3).softmax_cross_entropy()
    };

    pub(super) fn networks() -> [View<'static>; 6] {
        static NETWORKS: (Network<5>, Network<6>, Network<5>, Network<5>, Network<4>, Network<12>) =
            (RELU, TANH, SIGMOID, MAXOUT, TIED, MIXED);
        let (relu, tanh, sigmoid, maxout, tied, mixed) = &NETWORKS;
        [relu.view(), tanh.view(), sigmoid.view(), maxout.view(), tied.view(), mixed.view()]
    }

    /// Reads its inputs twice, by weights of more rows than stand together in a table.
    pub(super) fn twice() -> View<'static> {
        static GATED: Network<8> = {
            let gate = Network::input(37).dense(161).sigmoid();
            let value = gate.at(thalweg_core::network::operation::Register::INPUT).dense(161).tanh();
            value.product(gate.last()).dense(3).softmax_cross_entropy()
        };
        GATED.view()
    }

    /// Random examples, as many as make several chunks, and a θ.
    pub(super) struct Case<T> {
        pub(super) inputs: Vec<T>,
        pub(super) answers: Answers<T>,
        pub(super) theta: Vec<T>,
        pub(super) v: Vec<T>,
    }

    pub(super) fn case<T: Scalar>(network: &View<'_>, count: usize) -> Case<T> {
        case_with(network, count, false)
    }

    /// The same, with inputs of which most are zero.
    pub(super) fn case_with<T: Scalar>(network: &View<'_>, count: usize, zeros: bool) -> Case<T> {
        let mut random = Random::new(5);
        let mut inputs = vec![T::ZERO; count * network.input_width()];
        random.fill_normal(&mut inputs);
        if zeros {
            inputs
                .iter_mut()
                .for_each(|input| *input = if *input < T::from_f64(0.8) { T::ZERO } else { *input });
        }
        let answers = if network.output_width() == network.input_width() {
            Answers::Values(inputs.clone())
        } else {
            let labels = (0..count as u32).map(|index| (index * index + index / 3) % 3);
            Answers::Labels(labels.collect())
        };
        let mut theta = vec![T::ZERO; network.parameters()];
        initialise(network, Initialiser::NormalEverywhere(0.6), 3, &mut theta).unwrap();
        let mut v = vec![T::ZERO; network.parameters()];
        random.fill_normal(&mut v);
        Case { inputs, answers, theta, v }
    }

    pub(super) fn error<T: Scalar>(found: &[T], wanted: &[T]) -> f64 {
        let largest =
            found.iter().zip(wanted).map(|(a, b)| (a.to_f64() - b.to_f64()).abs()).fold(0.0, f64::max);
        largest / norm(wanted)
    }

    /// Gradient and product of the core, one example after the other.
    pub(super) fn plain<T: Scalar>(network: View<'_>, case: &Case<T>) -> (f64, Vec<T>, Vec<T>) {
        let targets = match &case.answers {
            Answers::Labels(labels) => Targets::Labels(labels),
            Answers::Values(values) => Targets::Values(values),
        };
        let examples = Examples::new(&network, &case.inputs, targets).unwrap();
        let mut memory = vec![[T::ZERO; 1]; network.memory_rows(Ability::HessianVector)];
        let mut cost = MeanCost::new(network, Exact, examples, &mut memory);
        let n = network.parameters();
        let (mut gradient, mut hv) = (vec![T::ZERO; n], vec![T::ZERO; n]);
        let value = cost.gradient(&case.theta, &mut gradient).unwrap();
        cost.hessian_vector(&case.theta, &case.v, &mut hv).unwrap();
        (value, gradient, hv)
    }

    fn derivatives_agree<T: Scalar>(tolerance: f64) {
        // an odd width of more than a lane
        static WIDE: Network<4> = Network::input(37).dense(33).tanh().dense(3).softmax_cross_entropy();
        for network in networks().into_iter().chain([WIDE.view(), twice()]) {
            for (count, zeros) in [(7, false), (1100, false), (70, true), (1100, true)] {
                let case = case_with::<T>(&network, count, zeros);
                let (value, gradient, hv) = plain(network, &case);
                let batch = Batch::new(&network, &case.inputs, case.answers.clone()).unwrap();
                let tied = network.blocks().all(|block| !sparse::meets_inputs_alone(&network, &block));
                assert_eq!(batch.sparse().is_some(), zeros && !tied);
                for choice in [Choice::Fast, Choice::Exact] {
                    let mut objective = Objective::new(network, &batch, choice, 0.0);
                    let mut found = vec![T::ZERO; network.parameters()];
                    let cost = objective.gradient(&case.theta, &mut found).unwrap();
                    let mut product = found.clone();
                    let mut linearised = objective.linearise(&case.theta).unwrap();
                    linearised.product(&case.v, &mut product).unwrap();
                    if choice == Choice::Exact {
                        assert_eq!((cost, &found, &product), (value, &gradient, &hv));
                    }
                    assert!((cost / value - 1.0).abs() < tolerance, "cost of {choice:?}");
                    assert!(error(&found, &gradient) < tolerance, "gradient of {choice:?}");
                    assert!(error(&product, &hv) < tolerance, "product of {choice:?}");
                    objective.hessian_vector(&case.theta, &case.v, &mut found).unwrap();
                    assert_eq!(found, product);
                }
            }
        }
    }

    /// A product of a zero and an infinity is no zero, whoever leaves zeros out.
    #[test]
    fn what_is_not_finite_is_not_lost_among_zeros() {
        let network = networks()[0];
        let mut case = case_with::<f64>(&network, 70, true);
        // two neighbours are zero in all examples
        case.inputs.chunks_exact_mut(4).for_each(|inputs| inputs[2..].fill(0.0));
        let last = case.theta.len() - 1;
        for (place, value) in [(1, f64::INFINITY), (2, f64::NAN), (last, f64::NAN), (last, -0.0), (20, -0.0)]
        {
            let before = std::mem::replace(&mut case.theta[place], value);
            let (cost, gradient, hv) = plain(network, &case);
            let batch = Batch::new(&network, &case.inputs, case.answers.clone()).unwrap();
            assert!(batch.sparse().is_some());
            let mut objective = Objective::new(network, &batch, Choice::Exact, 0.0);
            let mut found = gradient.clone();
            let bits = |values: &[f64]| {
                let bits = values.iter().map(|value| if value.is_nan() { u64::MAX } else { value.to_bits() });
                bits.collect::<Vec<_>>()
            };
            assert_eq!(bits(&[objective.gradient(&case.theta, &mut found).unwrap()]), bits(&[cost]));
            assert_eq!(bits(&found), bits(&gradient), "θ[{place}] = {value}");
            objective.hessian_vector(&case.theta, &case.v, &mut found).unwrap();
            assert_eq!(bits(&found), bits(&hv), "θ[{place}] = {value}");
            case.theta[place] = before;
        }
    }

    #[test]
    fn both_engines_agree_with_the_core_in_double_precision() {
        derivatives_agree::<f64>(1e-12);
    }

    /// Sums of up to 1100 single-precision terms, in another order and with fused products.
    #[test]
    fn both_engines_agree_with_the_core_in_single_precision() {
        derivatives_agree::<f32>(2e-5);
    }
}
