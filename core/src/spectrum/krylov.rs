//! A Krylov basis with its projected matrix: growing, and cut back.

use core::fmt;

use crate::cost::operator::SymmetricOperator;
use crate::length::{WrongLength, copy};
use crate::random::Random;
use crate::real::Real;
use crate::spectrum::basis::{combine, divide, fresh, next, norm, orthogonalise};
use crate::spectrum::projected::{Projected, shift};
use crate::spectrum::symmetric::EigenError;
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

/// Where the basis stands.
pub(crate) struct State {
    pub(crate) n: usize,
    /// Rows of which the product is known.
    pub(crate) expanded: usize,
    /// Rows after those, of which it is not.
    pub(crate) pending: usize,
    /// Rows that the last products were for.
    pub(crate) last: usize,
    /// Whether a pending row was ever dropped, so that residuals may lie outside the last block.
    pub(crate) dropped: bool,
    pub(crate) products: u64,
    pub(crate) restarts: u32,
    pub(crate) breakdowns: u32,
    random: Random,
}

impl State {
    pub(crate) const fn new(n: usize, seed: u64) -> Self {
        let random = Random::stream(seed, u64::from_be_bytes(*b"lanczos\0"));
        Self {
            n,
            expanded: 0,
            pending: 0,
            last: 0,
            dropped: false,
            products: 0,
            restarts: 0,
            breakdowns: 0,
            random,
        }
    }

    /// Draws a fresh pending block, orthogonal to all rows of which the product is known.
    pub(crate) fn start<T: Real>(&mut self, basis: &mut [T], width: usize) {
        self.dropped |= self.pending > 0;
        self.pending = 0;
        while self.pending < width && fresh(basis, self.n, self.expanded + self.pending, &mut self.random) {
            self.pending += 1;
        }
    }

    /// Takes the products of the pending rows, and makes what is new in them the next pending rows; copies them
    /// to `images`, unless that is empty.
    pub(crate) fn expand<O: SymmetricOperator>(
        &mut self,
        operator: &mut O,
        (basis, images): (&mut [O::Real], &mut [O::Real]),
        small: &mut Projected<'_, O::Real>,
        scale: f64,
    ) -> Result<(), LanczosError> {
        let (n, first, width) = (self.n, self.expanded, self.pending);
        let known = first + width;
        let (rows, products) = basis.split_at_mut_checked(known * n).unwrap_or((&mut [], &mut []));
        let products = products.get_mut(..width * n).unwrap_or(&mut []);
        operator.products(rows.get(first * n..).unwrap_or(&[]), products)?;
        self.products += width as u64;
        copy(products, images.get_mut(first * n..known * n).unwrap_or(&mut []));
        small.clear(first, known);
        let mut scale = scale;
        for (index, w) in products.chunks_exact_mut(n.max(1)).enumerate() {
            let length = norm(w);
            if !length.is_finite() {
                return Err(LanczosError::NotFinite);
            }
            scale = scale.max(length);
            // the last block and this one: a product has hardly any part along the rows before
            let near = first.saturating_sub(self.last);
            orthogonalise(rows, (w, length), near, |row, share| small.add(row, first + index, share));
        }
        small.mirror(first, known);
        (self.expanded, self.last) = (known, width);
        self.take_over(basis, small, scale, width);
        Ok(())
    }

    /// Orthonormalises the rests of the products among themselves; where one has nothing left, the
    /// subspace is invariant, and a fresh vector takes its place.
    fn take_over<T: Real>(
        &mut self,
        basis: &mut [T],
        small: &mut Projected<'_, T>,
        scale: f64,
        width: usize,
    ) {
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
            let rest = norm(w);
            let length = orthogonalise(new, (w, rest), self.pending, |row, share| {
                let entry = at(coupling, row * stride + index);
                put(coupling, row * stride + index, entry + T::from_f64(share));
            });
            if length > lost {
                divide(w, length);
                if length < nearly_lost {
                    // so small a rest still holds the rounding of what was taken from it
                    let again = orthogonalise(before, (w, 1.0), place, |_, _| {});
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

    /// Cuts the basis, and the products of its rows, back to the outermost Ritz vectors of the last solution, and moves
    /// the pending rows behind them.
    pub(crate) fn keep<T: Real>(
        &mut self,
        (basis, images): (&mut [T], &mut [T]),
        small: &mut Projected<'_, T>,
        (top, bottom): (usize, usize),
    ) {
        let (k, n) = (self.expanded, self.n);
        let kept = top + bottom;
        if kept > k {
            return;
        }
        small.keep(k, (top, bottom));
        for rows in [&mut *basis, images] {
            combine(rows, n, k, small.vectors.get(..kept * k).unwrap_or(&[]), small.packed);
        }
        shift(basis, k * n, self.pending * n, kept * n);
        self.expanded = kept;
    }
}
