//! A Krylov basis with its projected matrix: growing, cut back, and solved.

use core::fmt;

use crate::cost::operator::SymmetricOperator;
use crate::length::WrongLength;
use crate::random::Random;
use crate::real::Real;
use crate::spectrum::basis::{combine, divide, fresh, next, norm, orthogonalise};
use crate::spectrum::symmetric::{self, EigenError};
use crate::spectrum::tridiagonal::{at, put};

/// Why there is no spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LanczosError {
    /// A slice is too short, or `rows` cannot hold the pairs and a block beside them.
    Length(WrongLength),
    /// A product holds a NaN or an infinity.
    NotFinite,
    /// The small projected matrix has no spectrum.
    Small(EigenError),
}

impl fmt::Display for LanczosError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(error) => fmt::Display::fmt(error, formatter),
            Self::NotFinite => formatter.write_str("a product with the operator is not finite"),
            Self::Small(error) => write!(formatter, "the projected matrix: {error}"),
        }
    }
}

impl core::error::Error for LanczosError {}

impl From<WrongLength> for LanczosError {
    fn from(error: WrongLength) -> Self {
        Self::Length(error)
    }
}

/// Moves `count` entries towards the front, from `from` to `to`.
fn shift<T: Copy>(entries: &mut [T], from: usize, count: usize, to: usize) {
    for index in 0..count {
        if let Some(&entry) = entries.get(from + index) {
            put(entries, to + index, entry);
        }
    }
}

/// The projected matrix and its eigenpairs, in memory of the caller.
pub(crate) struct Small<'m, T> {
    /// Vᵀ·H·V, rows of `stride` entries.
    pub(crate) matrix: &'m mut [T],
    packed: &'m mut [T],
    vectors: &'m mut [T],
    values: &'m mut [T],
    scratch: &'m mut [T],
    /// The part of H·V outside the basis: pending row i of expanded row j of the last block.
    coupling: &'m mut [T],
    pub(crate) stride: usize,
}

/// Where the basis stands.
pub(crate) struct State {
    pub(crate) n: usize,
    /// Rows of which the product is known.
    pub(crate) expanded: usize,
    /// Rows after those, of which it is not.
    pub(crate) pending: usize,
    /// Rows that the last products were for.
    last: usize,
    pub(crate) products: u64,
    pub(crate) restarts: u32,
    pub(crate) breakdowns: u32,
    random: Random,
}

impl State {
    pub(crate) const fn new(n: usize, seed: u64) -> Self {
        let random = Random::stream(seed, u64::from_be_bytes(*b"lanczos\0"));
        Self { n, expanded: 0, pending: 0, last: 0, products: 0, restarts: 0, breakdowns: 0, random }
    }

    /// Draws a fresh pending block, orthogonal to all rows of which the product is known.
    pub(crate) fn start<T: Real>(&mut self, basis: &mut [T], width: usize) {
        self.pending = 0;
        while self.pending < width && fresh(basis, self.n, self.expanded + self.pending, &mut self.random) {
            self.pending += 1;
        }
    }

    /// Takes the products of the pending rows, and makes what is new in them the next pending rows.
    pub(crate) fn expand<O: SymmetricOperator>(
        &mut self,
        operator: &mut O,
        basis: &mut [O::Real],
        small: &mut Small<'_, O::Real>,
        scale: f64,
    ) -> Result<(), LanczosError> {
        let (n, first, width) = (self.n, self.expanded, self.pending);
        let known = first + width;
        let (rows, products) = basis.split_at_mut_checked(known * n).unwrap_or((&mut [], &mut []));
        let products = products.get_mut(..width * n).unwrap_or(&mut []);
        operator.products(rows.get(first * n..).unwrap_or(&[]), products)?;
        self.products += width as u64;
        small.clear(first, known);
        let mut scale = scale;
        for (index, w) in products.chunks_exact_mut(n.max(1)).enumerate() {
            let length = norm(w);
            if !length.is_finite() {
                return Err(LanczosError::NotFinite);
            }
            scale = scale.max(length);
            orthogonalise(rows, w, |row, share| small.add(row, first + index, share));
        }
        small.mirror(first, known);
        (self.expanded, self.last) = (known, width);
        self.take_over(basis, small, scale, width);
        Ok(())
    }

    /// Orthonormalises the rests of the products among themselves; where one has nothing left, the
    /// subspace is invariant, and a fresh vector takes its place.
    fn take_over<T: Real>(&mut self, basis: &mut [T], small: &mut Small<'_, T>, scale: f64, width: usize) {
        let n = self.n;
        small.coupling.fill(T::ZERO);
        let lost = 16.0 * T::EPSILON.to_f64() * scale;
        let nearly_lost = libm::sqrt(T::EPSILON.to_f64()) * scale;
        self.pending = 0;
        for index in 0..width {
            let place = self.expanded + self.pending;
            let from = (self.expanded + index) * n;
            if from != place * n {
                shift(basis, from, n, place * n);
            }
            let (before, w) = next(basis, n, place);
            let new = before.get(self.expanded * n..).unwrap_or(&[]);
            let (coupling, stride) = (&mut *small.coupling, width);
            orthogonalise(new, w, |row, share| {
                let entry = at(coupling, row * stride + index);
                put(coupling, row * stride + index, entry + T::from_f64(share));
            });
            let length = norm(w);
            if length > lost {
                divide(w, length);
                if length < nearly_lost {
                    // so small a rest still holds the rounding of what was taken from it
                    orthogonalise(before, w, |_, _| {});
                    let again = norm(w);
                    divide(w, again);
                }
                put(coupling, self.pending * stride + index, T::from_f64(length));
                self.pending += 1;
            } else {
                self.breakdowns += 1;
                let last = index + 1 == width;
                // a fresh row is written only where no product waits
                if last && fresh(basis, n, place, &mut self.random) {
                    self.pending += 1;
                }
            }
        }
    }
}

impl<'m, T: Real> Small<'m, T> {
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

    /// Empties the columns from `first` to `known`.
    fn clear(&mut self, first: usize, known: usize) {
        for row in self.matrix.chunks_exact_mut(self.stride.max(1)) {
            row.get_mut(first..known).unwrap_or(&mut []).fill(T::ZERO);
        }
    }

    fn add(&mut self, row: usize, column: usize, share: f64) {
        let place = row * self.stride + column;
        put(self.matrix, place, at(self.matrix, place) + T::from_f64(share));
    }

    /// Makes the columns from `first` to `known` into rows too; where both are there, their mean.
    fn mirror(&mut self, first: usize, known: usize) {
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
    pub(crate) fn solve(&mut self, k: usize) -> Result<(), LanczosError> {
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
        )
        .map_err(LanczosError::Small)?;
        Ok(())
    }

    /// The largest |λ| of the last solution of `k` rows.
    pub(crate) fn largest(&self, k: usize) -> f64 {
        let ends = [at(self.values, 0), at(self.values, k.wrapping_sub(1))];
        ends.iter().fold(0.0, |most, end| most.max(end.abs().to_f64()))
    }

    /// Σ of the largest values − Σ of the smallest, of the last solution of `k` rows.
    pub(crate) fn spread(&self, k: usize, (top, bottom): (usize, usize)) -> f64 {
        let sum =
            |values: Option<&[T]>| values.unwrap_or(&[]).iter().map(|value| value.to_f64()).sum::<f64>();
        sum(self.values.get(..top.min(k))) - sum(self.values.get(k.saturating_sub(bottom)..k))
    }

    /// Whether the outermost pairs have residuals within `bound`, by their part in the last block.
    pub(crate) fn all_within(&self, state: &State, (top, bottom): (usize, usize), bound: f64) -> bool {
        let (k, last) = (state.expanded, state.last);
        let inside = |index: usize| {
            let vector = self.vectors.get(index * k..(index + 1) * k).unwrap_or(&[]);
            let tail = vector.get(k - last..).unwrap_or(&[]);
            let mut square = 0.0;
            for row in self.coupling.chunks_exact(last.max(1)) {
                let part = row.iter().zip(tail).fold(0.0, |sum, (c, y)| sum + c.to_f64() * y.to_f64());
                square += part * part;
            }
            libm::sqrt(square) <= bound
        };
        (0..top).chain(k - bottom..k).all(inside)
    }

    /// Cuts the basis back to the outermost Ritz vectors, and moves the pending rows behind them.
    pub(crate) fn keep(&mut self, state: &mut State, basis: &mut [T], (top, bottom): (usize, usize)) {
        let (k, n) = (state.expanded, state.n);
        let kept = top + bottom;
        if kept > k {
            return;
        }
        shift(self.vectors, (k - bottom) * k, bottom * k, top * k);
        shift(self.values, k - bottom, bottom, top);
        combine(basis, n, k, self.vectors.get(..kept * k).unwrap_or(&[]), self.scratch);
        shift(basis, k * n, state.pending * n, kept * n);
        for (index, row) in self.matrix.chunks_exact_mut(self.stride.max(1)).enumerate().take(kept) {
            row.fill(T::ZERO);
            put(row, index, at(self.values, index));
        }
        state.expanded = kept;
    }
}
