//! Lines and planes: the products of the data with the first weights are computed once.

use rayon::prelude::*;
use thalweg_core::length::WrongLength;
use thalweg_core::loss::Tally;
use thalweg_core::restriction::{Plane, restrict};

use super::{Objective, Progress, grow};
use crate::batch::PANELS;
use crate::engine::{Machine, Scalar};
use crate::tile::Lane;

/// The bytes of cached products that are kept at a time.
const CACHE: usize = 256 << 20;

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
        let rows = self.network.product_rows(directions) + self.network.register_rows();
        let chunk_bytes = (PANELS * rows * size_of::<Lane<T>>()).max(1);
        let per_block = (CACHE / chunk_bytes).max(1);
        let mut tallies = vec![Tally::default(); points.len()];
        let segment = points.len().div_ceil(rayon::current_num_threads() * 4).clamp(1, 64);
        let chunks: Vec<usize> = (0..self.batch.chunks_of(PANELS)).collect();
        for block in chunks.chunks(per_block) {
            let mut buffers = vec![(Vec::new(), Vec::new()); block.len()];
            let restrictions = block
                .par_iter()
                .zip(&mut buffers)
                .map_init(
                    || Machine::new(self.choice, &[]),
                    |engine, (&index, (registers, products))| {
                        let chunk = self.batch.chunk_of(index, PANELS);
                        let panels = Self::panels(chunk.examples);
                        grow(registers, panels * self.network.register_rows());
                        grow(products, panels * self.network.product_rows(directions));
                        let restriction = restrict(self.network, engine, plane, chunk, registers, products)?;
                        Ok((restriction, &*registers))
                    },
                )
                .collect::<Result<Vec<_>, WrongLength>>()?;
            points.par_chunks(segment).zip(tallies.par_chunks_mut(segment)).try_for_each_init(
                || {
                    (
                        Machine::new(self.choice, &[]),
                        Vec::new(),
                        vec![T::ZERO; self.network.largest_later_block()],
                    )
                },
                |(engine, registers, weights), (points, tallies)| {
                    for (restriction, base) in &restrictions {
                        registers.clear();
                        registers.extend_from_slice(base);
                        for (&point, tally) in points.iter().zip(&mut *tallies) {
                            restriction.evaluate(engine, point, registers, weights)?;
                            restriction.sweep().tally(engine, registers, tally);
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
