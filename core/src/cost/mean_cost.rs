//! The mean loss of a network over examples, as a cost with all its derivatives.

mod memory;

pub use self::memory::Ability;
use self::memory::Parts;
use crate::cost::{Cost, DirectionalCurvature, Gradient, HessianVector};
use crate::engine::Engine;
use crate::examples::{Chunk, Examples};
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::network::View;
use crate::real::Real;
use crate::rules::loss::Tally;
use crate::sweep::{Curvature, Sweep};

/// J(θ) = mean loss of a network over examples, in memory of the caller.
///
/// It takes as many panels of `L` examples at a time as the memory holds; the length of a chunk
/// changes no bit of any result. `L` is 1 on a small device.
///
/// # Examples
/// ```
/// use thalweg_core::cost::{Cost, Gradient};
/// use thalweg_core::engine::Exact;
/// use thalweg_core::examples::{Examples, Targets};
/// use thalweg_core::cost::mean_cost::{Ability, MeanCost};
/// use thalweg_core::network::Network;
/// const NET: Network<2> = Network::input(2).dense(3).softmax_cross_entropy();
/// let examples = Examples::new(&NET.view(), &[0.5_f32, -0.5, 1.0, 2.0], Targets::Labels(&[0, 2])).unwrap();
/// let mut memory = [[0.0_f32; 1]; NET.memory_rows(Ability::Gradient)];
/// let mut cost = MeanCost::new(NET.view(), Exact, examples, &mut memory);
/// let mut gradient = [0.0; NET.parameters()];
/// let j = cost.gradient(&[0.0; NET.parameters()], &mut gradient).unwrap();
/// assert!((j - 3.0_f64.ln()).abs() < 1e-7);
/// ```
#[derive(Debug)]
pub struct MeanCost<'a, T, E, const L: usize> {
    network: View<'a>,
    engine: E,
    examples: Examples<'a, T>,
    memory: &'a mut [[T; L]],
}

impl<'a, T: Real, E: Engine<T, L>, const L: usize> MeanCost<'a, T, E, L> {
    /// The mean loss of `network` over `examples`. `memory` holds at least
    /// [`View::memory_rows`] rows for what will be asked; every call checks it.
    pub const fn new(
        network: View<'a>,
        engine: E,
        examples: Examples<'a, T>,
        memory: &'a mut [[T; L]],
    ) -> Self {
        Self { network, engine, examples, memory }
    }

    /// The examples of one chunk after another: calls `each` with the sweep and the memory.
    fn chunks(
        &mut self,
        theta: &[T],
        (first, count): (usize, usize),
        ability: Ability,
        mut each: impl FnMut(&mut E, Sweep<'_, T, L>, &mut Parts<'_, T, L>) -> Result<(), WrongLength>,
    ) -> Result<(), WrongLength> {
        expect_length("theta", theta, self.network.parameters())?;
        let per_panel = self.network.memory_rows(ability);
        expect_at_least("memory", self.memory, per_panel)?;
        let panels = (self.memory.len() / per_panel.max(1)).min(count.div_ceil(L.max(1))).max(1);
        let mut parts = Parts::new(&self.network, ability, panels, &mut *self.memory);
        let end = first + count;
        let mut start = first;
        while start < end {
            let examples = (panels * L.max(1)).min(end - start);
            let live = examples.div_ceil(L.max(1)) * self.network.input_width();
            let Some(packed) = parts.inputs.get_mut(..live) else { break };
            self.examples.pack(start, examples, packed);
            let targets = self.examples.targets_from(start);
            let packed = core::mem::take(&mut parts.inputs);
            let result = Sweep::new(
                self.network,
                theta,
                Chunk { inputs: packed.get(..live).unwrap_or(&[]), targets, examples },
            )
            .and_then(|sweep| {
                sweep.forward(&mut self.engine, parts.registers)?;
                each(&mut self.engine, sweep, &mut parts)
            });
            parts.inputs = packed;
            result?;
            start += examples;
        }
        Ok(())
    }

    /// The sum of losses, the number of right answers, the number of examples.
    ///
    /// # Errors
    /// [`WrongLength`] if `theta` or the memory is too short.
    pub fn tally(&mut self, theta: &[T]) -> Result<Tally, WrongLength> {
        let mut tally = Tally::default();
        self.chunks(theta, (0, self.examples.count()), Ability::Cost, |engine, sweep, parts| {
            sweep.tally(engine, parts.registers, &mut tally);
            Ok(())
        })?;
        Ok(tally)
    }

    /// Writes the loss of every example.
    ///
    /// # Errors
    /// [`WrongLength`] if `losses` does not have one entry per example.
    pub fn losses(&mut self, theta: &[T], losses: &mut [T]) -> Result<(), WrongLength> {
        expect_length("losses", losses, self.examples.count())?;
        let mut entries = losses.iter_mut();
        self.chunks(theta, (0, self.examples.count()), Ability::Cost, |engine, sweep, parts| {
            sweep.losses(engine, parts.registers, |_, loss, _| {
                if let Some(entry) = entries.next() {
                    *entry = loss;
                }
            });
            Ok(())
        })
    }

    /// Writes ∂loss/∂x for every example (N × input width), as adversarial examples need it.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is not of that shape.
    pub fn input_gradient(&mut self, theta: &[T], gradient: &mut [T]) -> Result<(), WrongLength> {
        let width = self.network.input_width().max(1);
        expect_length("input_gradient", gradient, self.examples.count() * width)?;
        let mut rows = gradient.chunks_exact_mut(width);
        self.chunks(theta, (0, self.examples.count()), Ability::InputGradient, |engine, sweep, parts| {
            let wanted = sweep.chunk.inputs.len();
            let inputs = parts.tangents.get_mut(..wanted).unwrap_or(&mut []);
            sweep.backward(engine, parts.registers, parts.deltas, Some(inputs))?;
            for example in 0..sweep.chunk.examples {
                let (panel, lane) = (example / L.max(1), example % L.max(1));
                let columns = parts.tangents.iter().skip(panel * width);
                for (out, column) in rows.next().unwrap_or(&mut []).iter_mut().zip(columns) {
                    *out = column.get(lane).copied().unwrap_or(T::ZERO);
                }
            }
            Ok(())
        })
    }

    /// The slope ∇J(θ)·v by tangents alone: a route of its own beside the gradient.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice does not have n entries.
    #[doc(alias = "jvp")]
    pub fn slope(&mut self, theta: &[T], v: &[T]) -> Result<f64, WrongLength> {
        expect_length("v", v, self.network.parameters())?;
        let mut sum = 0.0;
        self.chunks(theta, (0, self.examples.count()), Ability::Slope, |engine, sweep, parts| {
            sweep.tangent_forward(engine, v, parts.registers, parts.tangents)?;
            sweep.slope(engine, parts.registers, parts.tangents, parts.deltas, |slope| sum += slope.to_f64())
        })?;
        Ok(sum / self.examples.count() as f64)
    }

    /// Writes G(θ)·v, G the mean over examples of the Gauss–Newton or the Fisher matrix.
    ///
    /// The memory is that of [`Ability::HessianVector`].
    ///
    /// # Errors
    /// [`WrongLength`] if a slice does not have n entries, or the memory is too short.
    pub fn curvature_vector(
        &mut self,
        curvature: Curvature,
        theta: &[T],
        v: &[T],
        out: &mut [T],
    ) -> Result<(), WrongLength> {
        expect_length("v", v, self.network.parameters())?;
        expect_length("out", out, self.network.parameters())?;
        out.fill(T::ZERO);
        let count = self.examples.count();
        self.chunks(theta, (0, count), Ability::HessianVector, |engine, sweep, parts| {
            sweep.tangent_forward(engine, v, parts.registers, parts.tangents)?;
            sweep.curvature_backward(engine, curvature, parts.registers, parts.tangents, parts.deltas)?;
            sweep.add_gradient(engine, parts.registers, parts.deltas, out)
        })?;
        divide(out, count);
        Ok(())
    }

    /// Writes the mean gradient over `count` examples from `first` on, and returns their tally.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is too short or the range passes the last example.
    pub fn gradient_over(
        &mut self,
        theta: &[T],
        (first, count): (usize, usize),
        gradient: &mut [T],
    ) -> Result<Tally, WrongLength> {
        expect_length("gradient", gradient, self.network.parameters())?;
        let found = self.examples.count();
        if count == 0 || first.checked_add(count).is_none_or(|end| end > found) {
            return Err(WrongLength {
                argument: "examples",
                needed: first.saturating_add(count).max(1),
                found,
            });
        }
        expect_length("theta", theta, self.network.parameters())?;
        expect_at_least("memory", self.memory, self.network.memory_rows(Ability::Gradient))?;
        gradient.fill(T::ZERO);
        let mut tally = Tally::default();
        self.chunks(theta, (first, count), Ability::Gradient, |engine, sweep, parts| {
            sweep.tally(engine, parts.registers, &mut tally);
            sweep.backward(engine, parts.registers, parts.deltas, None)?;
            sweep.add_gradient(engine, parts.registers, parts.deltas, gradient)
        })?;
        divide(gradient, count);
        Ok(tally)
    }
}

/// Divides a sum over examples by their number.
pub fn divide<T: Real>(sums: &mut [T], count: usize) {
    let count = T::from_f64(count as f64);
    for entry in sums {
        *entry /= count;
    }
}

impl<T: Real, E: Engine<T, L>, const L: usize> Cost for MeanCost<'_, T, E, L> {
    type Real = T;

    fn dimension(&self) -> usize {
        self.network.parameters()
    }

    fn cost(&mut self, theta: &[T]) -> Result<f64, WrongLength> {
        Ok(self.tally(theta)?.cost())
    }
}

impl<T: Real, E: Engine<T, L>, const L: usize> Gradient for MeanCost<'_, T, E, L> {
    fn gradient(&mut self, theta: &[T], gradient: &mut [T]) -> Result<f64, WrongLength> {
        let all = (0, self.examples.count());
        Ok(self.gradient_over(theta, all, gradient)?.cost())
    }
}

impl<T: Real, E: Engine<T, L>, const L: usize> HessianVector for MeanCost<'_, T, E, L> {
    fn hessian_vector(&mut self, theta: &[T], v: &[T], hv: &mut [T]) -> Result<(), WrongLength> {
        let n = self.network.parameters();
        expect_length("theta", theta, n)?;
        expect_length("v", v, n)?;
        expect_length("hv", hv, n)?;
        expect_at_least("memory", self.memory, self.network.memory_rows(Ability::HessianVector))?;
        hv.fill(T::ZERO);
        self.chunks(theta, (0, self.examples.count()), Ability::HessianVector, |engine, sweep, parts| {
            sweep.backward(engine, parts.registers, parts.deltas, None)?;
            sweep.tangent_forward(engine, v, parts.registers, parts.tangents)?;
            sweep.tangent_backward(
                engine,
                v,
                parts.registers,
                parts.deltas,
                parts.tangents,
                parts.delta_tangents,
            )?;
            sweep.add_hessian_vector(
                engine,
                parts.registers,
                parts.deltas,
                parts.tangents,
                parts.delta_tangents,
                hv,
            )
        })?;
        divide(hv, self.examples.count());
        Ok(())
    }
}

impl<T: Real, E: Engine<T, L>, const L: usize> DirectionalCurvature for MeanCost<'_, T, E, L> {
    fn curvature(&mut self, theta: &[T], v: &[T]) -> Result<f64, WrongLength> {
        expect_length("v", v, self.network.parameters())?;
        let mut sum = 0.0;
        self.chunks(theta, (0, self.examples.count()), Ability::HessianVector, |engine, sweep, parts| {
            let Parts { registers, deltas, tangents, delta_tangents, .. } = parts;
            sweep.backward(engine, registers, deltas, None)?;
            sweep.tangent_forward(engine, v, registers, tangents)?;
            sweep.tangent_backward(engine, v, registers, deltas, tangents, delta_tangents)?;
            sweep.curvature(v, registers, deltas, tangents, delta_tangents, |each| sum += each)
        })?;
        Ok(sum / self.examples.count() as f64)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec;

    use super::*;
    use crate::cost::{difference, dot, norm};
    use crate::engine::Exact;
    use crate::examples::Targets;
    use crate::network::Network;
    use crate::network::builder::Builder;
    use crate::network::initialise::{Initialiser, initialise};
    use crate::random::Random;

    const RELU: Network<5> = Network::input(4).dense(5).relu().dense(3).softmax_cross_entropy();
    const TANH: Network<6> =
        Network::input(4).dense(5).tanh().dense(4).tanh().dense(3).softmax_cross_entropy();
    const SIGMOID: Network<5> = Network::input(4).dense(5).sigmoid().dense(3).squared_error();
    const MAXOUT: Network<5> = Network::input(4).maxout(5, 3).dense(3).softmax_cross_entropy();
    const ENCODER: Builder<4> = Network::input(4).dense(3);
    const TIED: Network<4> = ENCODER.tanh().tied(ENCODER.last()).squared_error();
    const MIXED: Network<12> = {
        let gate = Network::input(4).dense(5).sigmoid();
        let value = gate.at(crate::network::operation::Register::INPUT).dense(5).tanh();
        let product = value.product(gate.last());
        product.sum(gate.last()).tanh().tanh().slice(1, 3).dense(3).softmax_cross_entropy()
    };

    /// The largest difference of two vectors, relative to the length of the second.
    fn error(found: &[f64], wanted: &[f64]) -> f64 {
        let largest = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        largest / norm(wanted)
    }

    fn derivatives_agree(network: View<'_>) {
        let n = network.parameters();
        let mut random = Random::new(5);
        let (mut theta, mut v, mut w) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        initialise(&network, Initialiser::NormalEverywhere(0.6), 3, &mut theta).unwrap();
        random.fill_normal(&mut v);
        random.fill_normal(&mut w);
        let mut inputs = vec![0.0_f64; 7 * 4];
        random.fill_normal(&mut inputs);
        let wide = network.output_width() == 4;
        let targets = if wide { Targets::Values(&inputs) } else { Targets::Labels(&[0, 2, 1, 1, 0, 2, 2]) };
        let examples = Examples::new(&network, &inputs, targets).unwrap();
        let mut memory = vec![[0.0; 2]; 3 * network.memory_rows(Ability::HessianVector)];
        let mut cost = MeanCost::new(network, Exact, examples, &mut memory);
        let (mut exact, mut found, mut scratch) = (vec![0.0; n], vec![0.0; n], vec![0.0; 2 * n]);
        cost.gradient(&theta, &mut exact).unwrap();
        difference::gradient(&mut cost, &mut theta, 1e-6, &mut found).unwrap();
        assert!(error(&found, &exact) < 1e-8, "gradient {}", error(&found, &exact));
        let slope = cost.slope(&theta, &v).unwrap();
        assert!((slope - dot(&exact, &v)).abs() < 1e-13 * norm(&exact) * norm(&v));
        let (mut hv, mut hw) = (vec![0.0; n], vec![0.0; n]);
        cost.hessian_vector(&theta, &v, &mut hv).unwrap();
        cost.hessian_vector(&theta, &w, &mut hw).unwrap();
        difference::hessian_vector(&mut cost, &theta, &v, 1e-6, &mut found, &mut scratch).unwrap();
        assert!(error(&found, &hv) < 1e-7, "product {}", error(&found, &hv));
        assert!((dot(&w, &hv) - dot(&v, &hw)).abs() < 1e-12 * norm(&w) * norm(&hv), "symmetry");
        let curvature = cost.curvature(&theta, &v).unwrap();
        assert!((curvature - dot(&v, &hv)).abs() < 1e-13 * norm(&v) * norm(&hv), "curvature");
        // the length of a chunk changes no bit
        let mut memory = vec![[0.0; 1]; network.memory_rows(Ability::HessianVector)];
        let mut single = MeanCost::new(network, Exact, examples, &mut memory);
        single.gradient(&theta, &mut found).unwrap();
        assert_eq!(found, exact);
        single.hessian_vector(&theta, &v, &mut found).unwrap();
        assert_eq!(found, hv);
        assert_eq!(single.curvature(&theta, &v), Ok(curvature));
        assert_eq!(single.cost(&theta), cost.cost(&theta));
    }

    #[test]
    fn exact_and_differenced_derivatives_agree_for_every_operation() {
        for network in [RELU.view(), TANH.view(), SIGMOID.view(), MAXOUT.view(), TIED.view(), MIXED.view()] {
            derivatives_agree(network);
        }
    }

    #[test]
    fn the_input_gradient_agrees_with_differences() {
        let mut theta = [0.0; TANH.parameters()];
        initialise(&TANH.view(), Initialiser::Glorot, 3, &mut theta).unwrap();
        let mut input = [0.3, -0.8, 0.5, 0.1];
        let mut memory = [[0.0; 1]; TANH.memory_rows(Ability::InputGradient)];
        let mut loss = |input: &[f64; 4]| {
            let examples = Examples::new(&TANH.view(), input, Targets::Labels(&[2])).unwrap();
            let mut cost = MeanCost::new(TANH.view(), Exact, examples, &mut memory);
            let mut gradient = [0.0; 4];
            cost.input_gradient(&theta, &mut gradient).unwrap();
            (cost.cost(&theta).unwrap(), gradient)
        };
        let exact = loss(&input).1;
        for (index, exact) in exact.into_iter().enumerate() {
            let kept = input[index];
            input[index] = kept + 1e-6;
            let above = loss(&input).0;
            input[index] = kept - 1e-6;
            let below = loss(&input).0;
            input[index] = kept;
            assert!(((above - below) / 2e-6 - exact).abs() < 1e-9);
        }
    }
}
