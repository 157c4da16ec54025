//! A search for both ends of a spectrum: what is asked for, and what is found.

use crate::spectrum::projected;

/// What is asked for, and when to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lanczos {
    /// The number of largest eigenvalues.
    pub top: usize,
    /// The number of smallest eigenvalues.
    pub bottom: usize,
    /// The residual |H·x − λ·x| / max|λ| at which a pair counts as converged.
    pub tolerance: f64,
    /// The largest number of products, all told.
    pub products: u64,
    /// Products from a fresh start vector, orthogonal to all pairs found, before they are believed to
    /// be the outermost with all their copies.
    pub confirm: u64,
    /// Vectors that go through the operator together; eigenvalues repeated as often are then found at once.
    ///
    /// It seldom pays: on a trained 784-128-10 the ten largest, to 1e-3, take 29 products one at a time, 36 by twos and
    /// 46 by fours (78 and 112 against 56 before training), since each product then looks less deep; ten copies of
    /// one eigenvalue of 784-10, to 1e-8, take 97, 105 by twos and 83 by tens, for the confirmation finds copies as
    /// well. So a product for two must cost less than 1.4 to 1.6 products for one.
    pub block: usize,
    /// The most rows of the basis before it is restarted.
    pub rows: usize,
    /// The seed of the start vectors.
    pub seed: u64,
    /// The confirmation ends before its last product where an eigenvalue that lies outside the pairs by more than the
    /// tolerance was missed with at most this probability ([`Report::missed`]); 0 takes every product.
    pub missed: f64,
    /// Whether the products are kept beside the basis: twice the memory, and no products to measure residuals.
    pub keep: bool,
}

impl Default for Lanczos {
    /// One value at each end, to 1e-8, from at most 1000 products, in 40 rows, with 20 products that confirm.
    fn default() -> Self {
        Self {
            top: 1,
            bottom: 1,
            tolerance: 1e-8,
            products: 1000,
            confirm: 20,
            block: 1,
            rows: 40,
            seed: 2015,
            missed: 0.0,
            keep: false,
        }
    }
}

/// One eigenvalue with its error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pair {
    /// λ.
    pub value: f64,
    /// |H·x − λ·x| / max|λ|, measured by products with the operator; some eigenvalue lies within it.
    pub residual: f64,
    /// Whether the residual is within the tolerance.
    pub converged: bool,
}

/// What was found, and at what price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Pairs at the top; the vectors are the first rows of the basis.
    pub top: usize,
    /// Pairs at the bottom; the vectors are the rows after those.
    pub bottom: usize,
    /// Products with the operator.
    pub products: u64,
    /// How often the basis was cut back.
    pub restarts: u32,
    /// How often a subspace was invariant, and a fresh vector went on in its complement.
    pub breakdowns: u32,
    /// Confirming products after the last pair had converged; 0 if the basis spans the whole space.
    pub confirmed: u64,
    /// The probability, at most, that the confirmation has missed an eigenvalue (or a further copy of one) that lies
    /// outside the innermost pair of an end by more than tolerance·scale; 1 where it says nothing.
    pub missed: f64,
    /// How far outside the innermost pair of an end an eigenvalue may lie that was missed with a probability of 1 %
    /// ([`RARELY`](crate::spectrum::unseen::RARELY)); no less than tolerance·scale.
    pub beyond: f64,
    /// Whether the products that were allowed ended the search, or its confirmation.
    pub cut: bool,
    /// Whether the basis spans the whole space: the pairs are then all there are.
    pub complete: bool,
    /// The largest |λ| seen, by which residuals are divided.
    pub scale: f64,
}

impl Lanczos {
    /// Rows that an operator of n entries can fill: no more than n.
    pub(crate) const fn capacity(&self, n: usize) -> usize {
        if self.rows < n { self.rows } else { n }
    }

    pub(crate) const fn width(&self) -> usize {
        if self.block == 0 { 1 } else { self.block }
    }

    /// The entries of the basis itself.
    pub(crate) const fn rows_length(&self, n: usize) -> usize {
        (self.capacity(n) + self.width()) * n
    }

    /// The entries of `basis` for an operator of n entries.
    #[must_use]
    pub const fn basis_length(&self, n: usize) -> usize {
        self.rows_length(n) + if self.keep { self.capacity(n) * n } else { 0 }
    }

    /// The entries of `small` for an operator of n entries.
    #[must_use]
    pub const fn small_length(&self, n: usize) -> usize {
        projected::length(self.capacity(n), self.width())
    }

    /// How many pairs an operator of n entries has at the two ends, none counted twice.
    #[must_use]
    pub const fn wanted(&self, n: usize) -> (usize, usize) {
        let top = if self.top < n { self.top } else { n };
        let rest = n - top;
        (top, if self.bottom < rest { self.bottom } else { rest })
    }

    /// The products that confirm, where the basis has room for so many beside the wanted pairs.
    pub(crate) fn confirming(&self, rows: usize, wanted: usize) -> u64 {
        self.confirm.min(rows.saturating_sub(wanted) as u64)
    }
}
