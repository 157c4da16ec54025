//! The matrix of an operator between the rows of a basis, with its eigenpairs.

use crate::real::Real;
use crate::spectrum::symmetric::{self, EigenError};
use crate::spectrum::tridiagonal::{at, put};

/// Moves `count` entries towards the front, from `from` to `to`.
pub(crate) fn shift<T: Copy>(entries: &mut [T], from: usize, count: usize, to: usize) {
    for index in 0..count {
        if let Some(&entry) = entries.get(from + index) {
            put(entries, to + index, entry);
        }
    }
}

/// The projected matrix and its eigenpairs, in memory of the caller.
pub(crate) struct Projected<'m, T> {
    /// Vᵀ·H·V, rows of `stride` entries.
    matrix: &'m mut [T],
    /// The matrix without gaps while it is taken apart; what else is needed in between.
    pub(crate) packed: &'m mut [T],
    /// The eigenvectors of the last solution, row by row.
    pub(crate) vectors: &'m mut [T],
    values: &'m mut [T],
    scratch: &'m mut [T],
    /// The part of H·V outside the basis: pending row i of expanded row j of the last block.
    pub(crate) coupling: &'m mut [T],
    stride: usize,
}

/// The entries that the matrix of `rows` rows, grown by `width` at a time, and its eigenpairs need.
pub(crate) const fn length(rows: usize, width: usize) -> usize {
    3 * rows * rows + 2 * rows + width * width
}

impl<'m, T: Real> Projected<'m, T> {
    pub(crate) fn new(memory: &'m mut [T], rows: usize, width: usize) -> Self {
        let mut rest = memory;
        let mut take = |count: usize| {
            let (head, tail) =
                core::mem::take(&mut rest).split_at_mut_checked(count).unwrap_or((&mut [], &mut []));
            rest = tail;
            head
        };
        Self {
            matrix: take(rows * rows),
            packed: take(rows * rows),
            vectors: take(rows * rows),
            values: take(rows),
            scratch: take(rows),
            coupling: take(width * width),
            stride: rows,
        }
    }

    /// The entry between two rows of the basis.
    pub(crate) fn entry(&self, row: usize, column: usize) -> f64 {
        at(self.matrix, row * self.stride + column).to_f64()
    }

    /// Empties the columns from `first` to `known`.
    pub(crate) fn clear(&mut self, first: usize, known: usize) {
        for row in self.matrix.chunks_exact_mut(self.stride.max(1)) {
            row.get_mut(first..known).unwrap_or(&mut []).fill(T::ZERO);
        }
    }

    pub(crate) fn add(&mut self, row: usize, column: usize, share: f64) {
        let place = row * self.stride + column;
        put(self.matrix, place, at(self.matrix, place) + T::from_f64(share));
    }

    /// Makes the columns from `first` to `known` into rows too; where both are there, their mean.
    pub(crate) fn mirror(&mut self, first: usize, known: usize) {
        for column in first..known {
            for row in 0..=column {
                let (upper, lower) = (row * self.stride + column, column * self.stride + row);
                let mut entry = at(self.matrix, upper);
                if row >= first {
                    entry = (entry + at(self.matrix, lower)) * T::from_f64(0.5);
                }
                put(self.matrix, upper, entry);
                put(self.matrix, lower, entry);
            }
        }
    }

    /// The eigenpairs of the leading `k` rows.
    pub(crate) fn solve(&mut self, k: usize) -> Result<(), EigenError> {
        for (out, row) in
            self.packed.chunks_exact_mut(k.max(1)).zip(self.matrix.chunks_exact(self.stride.max(1)).take(k))
        {
            for (out, entry) in out.iter_mut().zip(row) {
                *out = *entry;
            }
        }
        let square = k * k;
        symmetric::eigen(
            self.packed.get(..square).unwrap_or(&[]),
            self.values.get_mut(..k).unwrap_or(&mut []),
            self.vectors.get_mut(..square).unwrap_or(&mut []),
            self.scratch.get_mut(..k).unwrap_or(&mut []),
        )?;
        Ok(())
    }

    /// The values of the last solution of `k` rows, descending.
    pub(crate) fn values(&self, k: usize) -> &[T] {
        self.values.get(..k).unwrap_or(&[])
    }

    /// The largest |λ| of the last solution of `k` rows.
    pub(crate) fn largest(&self, k: usize) -> f64 {
        let values = self.values(k);
        let ends = [values.first(), values.last()];
        ends.iter().flatten().fold(0.0, |most, end| most.max(end.abs().to_f64()))
    }

    /// Σ of the largest values − Σ of the smallest, of the last solution of `k` rows.
    pub(crate) fn spread(&self, k: usize, (top, bottom): (usize, usize)) -> f64 {
        let sum =
            |values: Option<&[T]>| values.unwrap_or(&[]).iter().map(|value| value.to_f64()).sum::<f64>();
        let values = self.values(k);
        sum(values.get(..top.min(k))) - sum(values.get(k.saturating_sub(bottom)..))
    }

    /// |H·x − λ·x| of pair `index` of the last solution of `k` rows, by its part in the last block of `last` rows: all
    /// of it, unless something outside the basis was dropped.
    pub(crate) fn residual(&self, (k, last): (usize, usize), index: usize) -> f64 {
        let vector = self.vectors.get(index * k..(index + 1) * k).unwrap_or(&[]);
        let tail = vector.get(k.saturating_sub(last)..).unwrap_or(&[]);
        let mut square = 0.0;
        for row in self.coupling.chunks_exact(last.max(1)) {
            let part = row.iter().zip(tail).fold(0.0, |sum, (c, y)| sum + c.to_f64() * y.to_f64());
            square += part * part;
        }
        libm::sqrt(square)
    }

    /// Moves the outermost pairs of the last solution of `k` rows to the front, and makes the matrix that of their
    /// vectors.
    pub(crate) fn keep(&mut self, k: usize, (top, bottom): (usize, usize)) {
        let from = k.saturating_sub(bottom);
        shift(self.vectors, from * k, bottom * k, top * k);
        shift(self.values, from, bottom, top);
        for (index, row) in self.matrix.chunks_exact_mut(self.stride.max(1)).enumerate().take(top + bottom) {
            row.fill(T::ZERO);
            put(row, index, at(self.values, index));
        }
    }
}
