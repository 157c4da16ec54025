//! The cost of a network over a batch, by all threads, with all its derivatives.
//!
//! Losses are added up example by example, and gradients in fixed groups of examples that are added
//! in order, so that no result depends on the number of threads. The exact engine has one group: the
//! sum runs through all examples in order, as on a microcontroller.

mod curvature;
mod full_hessian;
mod linearised;

use rayon::prelude::*;
use thalweg_core::cost::{Cost, Gradient, HessianVector};
use thalweg_core::decay::{add_decay, penalty};
use thalweg_core::length::{WrongLength, expect_length};
use thalweg_core::loss::Tally;
use thalweg_core::mean_cost::divide;
use thalweg_core::network::View;
use thalweg_core::restriction::{Plane, restrict};
use thalweg_core::sweep::Sweep;

use crate::batch::Batch;
use crate::engine::{Choice, Machine, Scalar};
use crate::tile::{LANES, Lane};

pub use curvature::CurvatureAt;
pub use linearised::Linearised;

/// Chunks whose gradients are added up before they join the whole, in the fast engine.
const GROUP: usize = 4;

/// The bytes of cached products that are kept at a time.
const CACHE: usize = 256 << 20;

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

/// The memory of one thread.
struct Memory<T: Scalar> {
    engine: Machine<T>,
    registers: Vec<Lane<T>>,
    deltas: Vec<Lane<T>>,
    tangents: Vec<Lane<T>>,
    delta_tangents: Vec<Lane<T>>,
}

impl<T: Scalar> Memory<T> {
    fn new(choice: Choice) -> Self {
        Self {
            engine: Machine::new(choice),
            registers: Vec::new(),
            deltas: Vec::new(),
            tangents: Vec::new(),
            delta_tangents: Vec::new(),
        }
    }
}

fn grow<T: Scalar>(memory: &mut Vec<Lane<T>>, rows: usize) {
    if memory.len() < rows {
        memory.resize(rows, [T::ZERO; LANES]);
    }
}

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

    fn panels(examples: usize) -> usize {
        examples.div_ceil(LANES)
    }

    /// The losses of one chunk, and which examples are answered rightly.
    fn chunk_losses(
        &self,
        theta: &[T],
        index: usize,
        memory: &mut Memory<T>,
    ) -> Result<Vec<(T, bool)>, WrongLength> {
        let chunk = self.batch.chunk(index);
        grow(&mut memory.registers, Self::panels(chunk.examples) * self.network.register_rows());
        let sweep = Sweep::new(self.network, theta, chunk)?;
        sweep.forward(&mut memory.engine, &mut memory.registers)?;
        let mut losses = Vec::with_capacity(chunk.examples);
        sweep.losses(&memory.registers, |_, loss, correct| losses.push((loss, correct)));
        Ok(losses)
    }

    /// The sum of losses (without decay), the right answers, and the examples.
    ///
    /// # Errors
    /// [`WrongLength`] if `theta` does not have one entry per parameter.
    pub fn tally(&self, theta: &[T]) -> Result<Tally, WrongLength> {
        expect_length("theta", theta, self.network.parameters())?;
        let chunks: Vec<Vec<(T, bool)>> = (0..self.batch.chunks())
            .into_par_iter()
            .map_init(|| Memory::new(self.choice), |memory, index| self.chunk_losses(theta, index, memory))
            .collect::<Result<_, _>>()?;
        let mut tally = Tally::default();
        for (loss, correct) in chunks.iter().flatten() {
            tally.add(loss.to_f64(), *correct);
        }
        Ok(tally)
    }

    /// J from the tally of the losses at θ.
    #[must_use]
    pub fn with_decay(&self, tally: &Tally, theta: &[T]) -> f64 {
        tally.cost() + penalty(&self.network, self.decay, theta)
    }

    /// Adds up `each` over the chunks: in one run for the exact engine, in fixed groups otherwise.
    fn add_up(
        &self,
        out: &mut [T],
        each: impl Fn(usize, &mut Memory<T>, &mut [T], &mut Tally) -> Result<(), WrongLength> + Sync,
    ) -> Result<Tally, WrongLength> {
        out.fill(T::ZERO);
        let mut tally = Tally::default();
        let chunks = self.batch.chunks();
        if self.choice == Choice::Exact || chunks <= GROUP {
            let mut memory = Memory::new(self.choice);
            for index in 0..chunks {
                each(index, &mut memory, out, &mut tally)?;
            }
            return Ok(tally);
        }
        let groups: Vec<usize> = (0..chunks).step_by(GROUP).collect();
        for wave in groups.chunks(rayon::current_num_threads().max(1)) {
            let parts: Vec<(Tally, Vec<T>)> = wave
                .par_iter()
                .map(|&first| {
                    let mut memory = Memory::new(self.choice);
                    let mut sums = vec![T::ZERO; out.len()];
                    let mut tally = Tally::default();
                    for index in first..(first + GROUP).min(chunks) {
                        each(index, &mut memory, &mut sums, &mut tally)?;
                    }
                    Ok((tally, sums))
                })
                .collect::<Result<_, WrongLength>>()?;
            for (part, sums) in parts {
                tally.losses += part.losses;
                tally.correct += part.correct;
                tally.examples += part.examples;
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out += sum;
                }
            }
        }
        Ok(tally)
    }

    fn forward_backward<'s>(
        &'s self,
        theta: &'s [T],
        index: usize,
        memory: &mut Memory<T>,
        tally: &mut Tally,
    ) -> Result<Sweep<'s, T, LANES>, WrongLength> {
        let chunk = self.batch.chunk(index);
        let rows = Self::panels(chunk.examples) * self.network.register_rows();
        grow(&mut memory.registers, rows);
        grow(&mut memory.deltas, rows);
        let sweep = Sweep::new(self.network, theta, chunk)?;
        sweep.forward(&mut memory.engine, &mut memory.registers)?;
        sweep.tally(&memory.registers, tally);
        sweep.backward(&mut memory.engine, &memory.registers, &mut memory.deltas, None)?;
        Ok(sweep)
    }

    /// Writes ∇J into `gradient`, and returns the tally of the losses.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice does not have one entry per parameter.
    pub fn gradient_and_tally(&self, theta: &[T], gradient: &mut [T]) -> Result<Tally, WrongLength> {
        expect_length("theta", theta, self.network.parameters())?;
        expect_length("gradient", gradient, self.network.parameters())?;
        let tally = self.add_up(gradient, |index, memory, out, tally| {
            let sweep = self.forward_backward(theta, index, memory, tally)?;
            sweep.add_gradient(&mut memory.engine, &memory.registers, &memory.deltas, out)
        })?;
        divide(gradient, self.batch.count());
        add_decay(&self.network, self.decay, theta, gradient);
        Ok(tally)
    }

    /// The tallies at points (a, b) of a plane, or (a, anything) of a line, in their order.
    ///
    /// The products of the data with the first weights are computed once; threads share out the
    /// points. `progress` hears of every example evaluated.
    ///
    /// # Errors
    /// [`WrongLength`] if a direction does not have one entry per parameter.
    pub fn tallies(
        &self,
        plane: Plane<'_, T>,
        points: &[(T, T)],
        progress: Progress<'_>,
    ) -> Result<Vec<Tally>, WrongLength> {
        let directions = if plane.y.is_some() { 2 } else { 1 };
        let rows = self.network.product_rows(directions) + self.network.register_rows();
        let chunk_bytes = (crate::batch::PANELS * rows * size_of::<Lane<T>>()).max(1);
        let per_block = (CACHE / chunk_bytes).max(1);
        let mut tallies = vec![Tally::default(); points.len()];
        let segment = points.len().div_ceil(rayon::current_num_threads() * 4).clamp(1, 64);
        let chunks: Vec<usize> = (0..self.batch.chunks()).collect();
        for block in chunks.chunks(per_block) {
            let mut buffers = vec![(Vec::new(), Vec::new()); block.len()];
            let restrictions = block
                .par_iter()
                .zip(&mut buffers)
                .map_init(
                    || Machine::new(self.choice),
                    |engine, (&index, (registers, products))| {
                        let chunk = self.batch.chunk(index);
                        let panels = Self::panels(chunk.examples);
                        grow(registers, panels * self.network.register_rows());
                        grow(products, panels * self.network.product_rows(directions));
                        let restriction = restrict(self.network, engine, plane, chunk, registers, products)?;
                        Ok((restriction, &*registers))
                    },
                )
                .collect::<Result<Vec<_>, WrongLength>>()?;
            points.par_chunks(segment).zip(tallies.par_chunks_mut(segment)).try_for_each_init(
                || (Machine::new(self.choice), Vec::new(), vec![T::ZERO; self.network.largest_later_block()]),
                |(engine, registers, weights), (points, tallies)| {
                    for (restriction, base) in &restrictions {
                        registers.clear();
                        registers.extend_from_slice(base);
                        for (&point, tally) in points.iter().zip(&mut *tallies) {
                            restriction.evaluate(engine, point, registers, weights)?;
                            restriction.sweep().tally(registers, tally);
                        }
                        progress(points.len() as u64 * restriction.sweep().examples() as u64);
                    }
                    Ok(())
                },
            )?;
        }
        Ok(tallies)
    }

    /// J at points of a plane, from their tallies: adds the decay of each point.
    #[must_use]
    pub fn costs(&self, plane: Plane<'_, T>, points: &[(T, T)], tallies: &[Tally]) -> Vec<f64> {
        if self.decay == 0.0 {
            return tallies.iter().map(Tally::cost).collect();
        }
        let y = plane.y.unwrap_or(&[]);
        let products = [
            (plane.origin, plane.origin),
            (plane.origin, plane.x),
            (plane.x, plane.x),
            (plane.origin, y),
            (y, y),
            (plane.x, y),
        ]
        .map(|(left, right)| self.weight_dot(left, right));
        let [oo, ox, xx, oy, yy, xy] = products;
        let square = |(a, b): (f64, f64)| {
            oo + 2.0 * a * ox + a * a * xx + 2.0 * b * oy + b * b * yy + 2.0 * a * b * xy
        };
        let cost = |(&(a, b), tally): (&(T, T), &Tally)| {
            tally.cost() + 0.5 * self.decay * square((a.to_f64(), b.to_f64()))
        };
        points.iter().zip(tallies).map(cost).collect()
    }

    /// The dot product over the weights, not the biases; 0 for an empty vector.
    fn weight_dot(&self, left: &[T], right: &[T]) -> f64 {
        if right.is_empty() || left.is_empty() {
            return 0.0;
        }
        let weights = self.network.blocks().filter(|block| !block.is_bias);
        weights.map(|block| thalweg_core::cost::dot(&left[block.range()], &right[block.range()])).sum()
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
        let this = *self;
        this.add_up(hv, |index, memory, out, tally| {
            let sweep = this.forward_backward(theta, index, memory, tally)?;
            let panels = Self::panels(this.batch.chunk(index).examples);
            grow(&mut memory.tangents, panels * this.network.tangent_rows());
            grow(&mut memory.delta_tangents, panels * this.network.register_rows());
            let Memory { engine, registers, deltas, tangents, delta_tangents } = memory;
            sweep.tangent_forward(engine, v, registers, tangents)?;
            sweep.tangent_backward(engine, v, registers, deltas, tangents, delta_tangents)?;
            sweep.add_hessian_vector(engine, registers, deltas, tangents, delta_tangents, out)
        })?;
        divide(hv, self.batch.count());
        add_decay(&self.network, self.decay, v, hv);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Answers;
    use thalweg_core::cost::norm;
    use thalweg_core::engine::Exact;
    use thalweg_core::examples::{Examples, Targets};
    use thalweg_core::initialise::{Initialiser, initialise};
    use thalweg_core::mean_cost::{Ability, MeanCost};
    use thalweg_core::network::Network;
    use thalweg_core::operator::SymmetricOperator;
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
        let value = gate.at(thalweg_core::operation::Register::INPUT).dense(5).tanh();
        let product = value.product(gate.last());
        product.sum(gate.last()).tanh().tanh().slice(1, 3).dense(3).softmax_cross_entropy()
    };

    pub(super) fn networks() -> [View<'static>; 6] {
        static NETWORKS: (Network<5>, Network<6>, Network<5>, Network<5>, Network<4>, Network<12>) =
            (RELU, TANH, SIGMOID, MAXOUT, TIED, MIXED);
        let (relu, tanh, sigmoid, maxout, tied, mixed) = &NETWORKS;
        [relu.view(), tanh.view(), sigmoid.view(), maxout.view(), tied.view(), mixed.view()]
    }

    /// Random examples, as many as make several chunks, and a θ.
    pub(super) struct Case<T> {
        pub(super) inputs: Vec<T>,
        pub(super) answers: Answers<T>,
        pub(super) theta: Vec<T>,
        pub(super) v: Vec<T>,
    }

    pub(super) fn case<T: Scalar>(network: &View<'_>, count: usize) -> Case<T> {
        let mut random = Random::new(5);
        let mut inputs = vec![T::ZERO; count * network.input_width()];
        random.fill_normal(&mut inputs);
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
        for network in networks() {
            for count in [7, 1100] {
                let case = case::<T>(&network, count);
                let (value, gradient, hv) = plain(network, &case);
                let batch = Batch::new(&network, &case.inputs, case.answers.clone()).unwrap();
                for choice in [Choice::Fast, Choice::Exact] {
                    let mut objective = Objective::new(network, &batch, choice, 0.0);
                    let mut found = vec![T::ZERO; network.parameters()];
                    let cost = objective.gradient(&case.theta, &mut found).unwrap();
                    let mut product = found.clone();
                    let mut linearised = objective.linearise(&case.theta).unwrap();
                    linearised.product(&case.v, &mut product).unwrap();
                    if choice == Choice::Exact {
                        assert_eq!((&found, &product), (&gradient, &hv));
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
