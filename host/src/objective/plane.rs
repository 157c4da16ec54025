//! Lines and planes: the products of the data with the first weights are computed once.

use rayon::prelude::*;
use thalweg_core::length::WrongLength;
use thalweg_core::network::View;
use thalweg_core::rules::loss::Tally;
use thalweg_core::subspace::restriction::{
    Plane, Restriction, later_weights, later_weights_of_row, restrict,
};

use super::{Objective, Progress};
use crate::engine::lanes::Lanes;
use crate::engine::tile::{LANES, Lane};
use crate::engine::{Machine, Scalar};

/// The bytes of cached products that are kept at a time.
const CACHE: usize = 32 << 20;

/// The bytes of products that all points of a segment read before the next are taken: half of a near cache.
const NEAR: usize = 512 << 10;

/// A panel with the products that do not change over the plane, and its registers that do not depend on θ.
type Panel<'r, T> = (Restriction<'r, T, LANES>, &'r [Lane<T>]);

/// The memory of one thread.
struct Scratch<'p, T: Scalar> {
    network: View<'p>,
    plane: Plane<'p, T>,
    engine: Machine<'p, T>,
    registers: Lanes<T>,
    /// P₀ + b·P₂ of each panel of a group.
    rows: Lanes<T>,
    /// θ₀ + b·y of the later weights.
    weights_of_row: Vec<T>,
    /// The later weights at a point.
    weights: Vec<T>,
}

impl<'p, T: Scalar> Scratch<'p, T> {
    fn new(objective: &Objective<'p, T>, plane: Plane<'p, T>) -> Self {
        let network = objective.network;
        Self {
            network,
            plane,
            engine: Machine::new(objective.choice, &[]),
            registers: Lanes::default(),
            rows: Lanes::default(),
            weights_of_row: vec![T::ZERO; network.later_weights()],
            weights: vec![T::ZERO; network.later_weights()],
        }
    }

    /// Adds the losses of all panels at some points to their tallies: for each point in the order of the
    /// examples.
    fn evaluate(
        &mut self,
        panels: &[Panel<'_, T>],
        points: &[(T, T)],
        tallies: &mut [Tally],
        progress: Progress<'_>,
    ) -> Result<(), WrongLength> {
        let Self { network, plane, engine, registers, rows, weights_of_row, weights } = self;
        let cached = network.cached_rows();
        let group = (NEAR / (2 * cached * size_of::<Lane<T>>()).max(1)).clamp(1, 32);
        let inherited =
            network.operations().iter().any(|operation| !operation.is_active() && operation.width() > 0);
        rows.resize(group * cached);
        for panels in panels.chunks(group) {
            let mut known = None;
            for (&(a, b), tally) in points.iter().zip(&mut *tallies) {
                if known != Some(b) {
                    later_weights_of_row(*network, engine, *plane, b, weights_of_row)?;
                    for ((restriction, _), row) in panels.iter().zip(rows.chunks_mut(cached.max(1))) {
                        restriction.products_of_row(engine, b, row)?;
                    }
                    known = Some(b);
                }
                later_weights(*network, engine, *plane, (a, weights_of_row), weights)?;
                for (index, (restriction, base)) in panels.iter().enumerate() {
                    if inherited || registers.len() != base.len() {
                        registers.resize(base.len());
                        registers.copy_from_slice(base);
                    }
                    let row = &rows[index * cached..(index + 1) * cached];
                    restriction.evaluate_shared(engine, a, (row, weights), registers)?;
                    restriction.sweep().tally(engine, registers, tally);
                }
            }
            let examples: usize = panels.iter().map(|(restriction, _)| restriction.sweep().examples()).sum();
            progress(points.len() as u64 * examples as u64);
        }
        Ok(())
    }
}

impl<T: Scalar> Objective<'_, T> {
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
        let network = self.network;
        let rows = network.product_rows(directions) + network.register_rows();
        let per_block = (CACHE / (rows * size_of::<Lane<T>>()).max(1)).max(1);
        let mut tallies = vec![Tally::default(); points.len()];
        let prepared: Vec<_> =
            [plane.origin, plane.x].into_iter().chain(plane.y).map(|theta| self.turned(theta)).collect();
        let segment = points.len().div_ceil(rayon::current_num_threads() * 4).clamp(1, 64);
        let panels: Vec<usize> = (0..self.batch.chunks_of(1)).collect();
        for block in panels.chunks(per_block) {
            let mut buffers = vec![(Vec::new(), Lanes::default(), Lanes::default()); block.len()];
            let restrictions = block
                .par_iter()
                .zip(&mut buffers)
                .map(|(&index, (inputs, registers, products))| {
                    let (chunk, mut engine) = self.chunk((index, 1), &prepared, inputs);
                    registers.grow(network.register_rows());
                    products.grow(network.product_rows(directions));
                    let restriction = restrict(network, &mut engine, plane, chunk, registers, products)?;
                    Ok((restriction, &**registers))
                })
                .collect::<Result<Vec<_>, WrongLength>>()?;
            points.par_chunks(segment).zip(tallies.par_chunks_mut(segment)).try_for_each_init(
                || Scratch::new(self, plane),
                |scratch, (points, tallies)| scratch.evaluate(&restrictions, points, tallies, progress),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Choice;
    use crate::engine::batch::Batch;
    use crate::objective::tests::{case_with, networks};

    /// Every point against the whole network at the moved θ, and the bits of the exact engine against the
    /// core's, one example at a time.
    #[test]
    fn a_plane_agrees_with_the_moved_network_and_keeps_the_bits_of_the_core() {
        use thalweg_core::engine::Exact;
        use thalweg_core::examples::{Examples, Targets};
        use thalweg_core::subspace::restriction::{PlaneMemory, costs};
        let (xs, ys) = ([-1.0, 0.0, 0.7], [0.25, -2.0]);
        for (network, zeros) in networks().into_iter().flat_map(|network| [(network, false), (network, true)])
        {
            let case = case_with::<f64>(&network, 70, zeros);
            let batch = Batch::new(&network, &case.inputs, case.answers.clone()).unwrap();
            let y: Vec<f64> = case.v.iter().rev().map(|v| 0.5 * v).collect();
            for y in [None, Some(y.as_slice())] {
                let plane = Plane { origin: &case.theta, x: &case.v, y };
                let ys = if y.is_some() { &ys[..] } else { &[0.0] };
                let points: Vec<(f64, f64)> =
                    ys.iter().flat_map(|&b| xs.iter().map(move |&a| (a, b))).collect();
                let targets = match &case.answers {
                    crate::engine::batch::Answers::Labels(labels) => Targets::Labels(labels),
                    crate::engine::batch::Answers::Values(values) => Targets::Values(values),
                };
                let examples = Examples::new(&network, &case.inputs, targets).unwrap();
                let mut rows = vec![[0.0; 1]; network.plane_rows()];
                let mut weights = vec![0.0; network.largest_later_block()];
                let mut wanted = vec![Tally::default(); points.len()];
                let memory = PlaneMemory { rows: &mut rows, weights: &mut weights };
                costs(network, &mut Exact, &examples, plane, (&xs, ys), memory, &mut wanted).unwrap();
                for choice in [Choice::Exact, Choice::Fast] {
                    let objective = Objective::new(network, &batch, choice, 0.0);
                    let found = objective.tallies(plane, &points, &|_| ()).unwrap();
                    if choice == Choice::Exact {
                        assert_eq!(found, wanted);
                    }
                    for (&(a, b), found) in points.iter().zip(&found) {
                        let zeros = vec![0.0; case.v.len()];
                        let y = y.unwrap_or(&zeros);
                        let moved: Vec<f64> =
                            (0..y.len()).map(|i| case.theta[i] + b * y[i] + a * case.v[i]).collect();
                        let plain = objective.tally(&moved).unwrap();
                        assert!((found.losses / plain.losses - 1.0).abs() < 1e-12, "({a}, {b})");
                        assert_eq!((found.correct, found.examples), (plain.correct, plain.examples));
                    }
                }
            }
        }
    }
}
