//! Symmetric operators: what the methods of spectra see of a Hessian.
//!
//! The Hessian of a cost at one θ, the same by differences, a part of it that belongs to one layer,
//! or a matrix: each is only asked for its product with a vector.

use core::ops::Range;

use crate::cost::{Gradient, HessianVector};
use crate::difference;
use crate::length::{WrongLength, expect_length};
use crate::real::Real;

/// A symmetric linear map of n numbers onto n numbers.
pub trait SymmetricOperator {
    /// The precision of the vectors.
    type Real: Real;

    /// The number of entries n.
    fn dimension(&self) -> usize;

    /// Writes H·v into `out`.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice does not have n entries; nothing is written then.
    fn apply(&mut self, v: &[Self::Real], out: &mut [Self::Real]) -> Result<(), WrongLength>;

    /// Writes H·v for several vectors, one after another in memory. An operator that can share work
    /// between them does so.
    ///
    /// # Errors
    /// [`WrongLength`] if the slices are not of the same length, a multiple of n.
    fn apply_block(&mut self, v: &[Self::Real], out: &mut [Self::Real]) -> Result<(), WrongLength> {
        let n = self.dimension().max(1);
        expect_length("out", out, v.len())?;
        expect_length("v", v, v.len() / n * n)?;
        for (v, out) in v.chunks_exact(n).zip(out.chunks_exact_mut(n)) {
            self.apply(v, out)?;
        }
        Ok(())
    }
}

impl<O: SymmetricOperator> SymmetricOperator for &mut O {
    type Real = O::Real;

    fn dimension(&self) -> usize {
        (**self).dimension()
    }

    fn apply(&mut self, v: &[O::Real], out: &mut [O::Real]) -> Result<(), WrongLength> {
        (**self).apply(v, out)
    }

    fn apply_block(&mut self, v: &[O::Real], out: &mut [O::Real]) -> Result<(), WrongLength> {
        (**self).apply_block(v, out)
    }
}

/// The Hessian of a cost at θ, by its exact products.
///
/// # Examples
/// ```
/// use thalweg_core::closed_form::saddle;
/// use thalweg_core::operator::{HessianAt, SymmetricOperator};
/// let mut hessian = HessianAt { cost: saddle(), theta: &[1.0, 1.0] };
/// let mut out = [0.0; 2];
/// hessian.apply(&[1.0, 1.0], &mut out).unwrap();
/// assert_eq!(out, [10.0, -2.0]);
/// ```
#[derive(Debug)]
pub struct HessianAt<'a, C: HessianVector> {
    /// The cost.
    pub cost: C,
    /// θ, one entry per parameter.
    pub theta: &'a [C::Real],
}

impl<C: HessianVector> SymmetricOperator for HessianAt<'_, C> {
    type Real = C::Real;

    fn dimension(&self) -> usize {
        self.cost.dimension()
    }

    fn apply(&mut self, v: &[C::Real], out: &mut [C::Real]) -> Result<(), WrongLength> {
        self.cost.hessian_vector(self.theta, v, out)
    }
}

/// The Hessian of a cost at θ, by central differences of the gradient along each v.
///
/// Not exactly linear nor symmetric: its error is that of [`difference::hessian_vector`].
#[derive(Debug)]
pub struct DifferencedAt<'a, C: Gradient> {
    /// The cost.
    pub cost: C,
    /// θ, one entry per parameter.
    pub theta: &'a [C::Real],
    /// The relative step, such as [`difference::balanced_step`].
    pub step: f64,
    /// 2n entries, overwritten.
    pub scratch: &'a mut [C::Real],
}

impl<C: Gradient> SymmetricOperator for DifferencedAt<'_, C> {
    type Real = C::Real;

    fn dimension(&self) -> usize {
        self.cost.dimension()
    }

    fn apply(&mut self, v: &[C::Real], out: &mut [C::Real]) -> Result<(), WrongLength> {
        difference::hessian_vector(&mut self.cost, self.theta, v, self.step, out, self.scratch)
    }
}

/// The block of an operator that belongs to a run of parameters, such as one layer's: the other
/// parameters are held.
#[derive(Debug)]
pub struct Block<'a, O: SymmetricOperator> {
    inner: O,
    range: Range<usize>,
    scratch: &'a mut [O::Real],
}

impl<'a, O: SymmetricOperator> Block<'a, O> {
    /// The block of `inner` over the parameters in `range`; `scratch` has 2n entries, n that of `inner`.
    ///
    /// # Errors
    /// [`WrongLength`] if the range passes the last parameter, or `scratch` is not of that length.
    pub fn new(inner: O, range: Range<usize>, scratch: &'a mut [O::Real]) -> Result<Self, WrongLength> {
        let n = inner.dimension();
        if range.start > range.end || range.end > n {
            return Err(WrongLength { argument: "range", needed: n, found: range.end.max(range.start) });
        }
        expect_length("scratch", scratch, 2 * n)?;
        Ok(Self { inner, range, scratch })
    }
}

impl<O: SymmetricOperator> SymmetricOperator for Block<'_, O> {
    type Real = O::Real;

    fn dimension(&self) -> usize {
        self.range.len()
    }

    fn apply(&mut self, v: &[O::Real], out: &mut [O::Real]) -> Result<(), WrongLength> {
        expect_length("v", v, self.range.len())?;
        expect_length("out", out, self.range.len())?;
        let half = self.scratch.len() / 2;
        let (whole, product) = self.scratch.split_at_mut_checked(half).unwrap_or((&mut [], &mut []));
        whole.fill(O::Real::ZERO);
        for (entry, v) in whole.iter_mut().skip(self.range.start).zip(v) {
            *entry = *v;
        }
        self.inner.apply(whole, product)?;
        for (out, entry) in out.iter_mut().zip(product.iter().skip(self.range.start)) {
            *out = *entry;
        }
        Ok(())
    }
}

/// A symmetric matrix in memory, row-major.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a, T> {
    matrix: &'a [T],
    n: usize,
}

impl<'a, T: Real> Dense<'a, T> {
    /// The operator of an n × n matrix, taken to be symmetric.
    ///
    /// # Errors
    /// [`WrongLength`] if `matrix` does not have n² entries.
    pub const fn new(matrix: &'a [T], n: usize) -> Result<Self, WrongLength> {
        match expect_length("matrix", matrix, n * n) {
            Ok(()) => Ok(Self { matrix, n }),
            Err(error) => Err(error),
        }
    }
}

impl<T: Real> SymmetricOperator for Dense<'_, T> {
    type Real = T;

    fn dimension(&self) -> usize {
        self.n
    }

    fn apply(&mut self, v: &[T], out: &mut [T]) -> Result<(), WrongLength> {
        expect_length("v", v, self.n)?;
        expect_length("out", out, self.n)?;
        for (out, row) in out.iter_mut().zip(self.matrix.chunks_exact(self.n.max(1))) {
            *out = row.iter().zip(v).fold(T::ZERO, |sum, (entry, v)| sum + *entry * *v);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::closed_form::Rosenbrock;

    const THETA: [f64; 2] = [0.5, -0.3];

    #[test]
    fn the_differenced_hessian_agrees_with_the_exact_one() {
        let (mut exact, mut differenced, mut scratch) = ([0.0; 2], [0.0; 2], [0.0; 4]);
        let v = [0.6, 0.8];
        HessianAt { cost: Rosenbrock::default(), theta: &THETA }.apply(&v, &mut exact).unwrap();
        let step = difference::balanced_step::<f64>();
        DifferencedAt { cost: Rosenbrock::default(), theta: &THETA, step, scratch: &mut scratch }
            .apply(&v, &mut differenced)
            .unwrap();
        for (exact, differenced) in exact.iter().zip(&differenced) {
            assert!((exact - differenced).abs() < 1e-6 * exact.abs(), "{exact} {differenced}");
        }
    }

    #[test]
    fn a_block_is_the_corner_of_the_matrix() {
        let matrix = [1.0, 2.0, 3.0, 2.0, 5.0, 6.0, 3.0, 6.0, 9.0];
        let (mut scratch, mut out) = ([7.0; 6], [0.0; 2]);
        let mut block = Block::new(Dense::new(&matrix, 3).unwrap(), 1..3, &mut scratch).unwrap();
        block.apply(&[1.0, -1.0], &mut out).unwrap();
        assert_eq!(out, [-1.0, -3.0]);
        let error = Block::new(Dense::new(&matrix, 3).unwrap(), 1..4, &mut scratch).unwrap_err();
        assert_eq!(error, WrongLength { argument: "range", needed: 3, found: 4 });
    }

    #[test]
    fn a_block_of_vectors_is_each_vector_alone() {
        let matrix = [1.0, 2.0, 2.0, -5.0];
        let (mut together, mut alone) = ([0.0; 4], [0.0; 2]);
        let mut dense = Dense::new(&matrix, 2).unwrap();
        dense.apply_block(&[1.0, 0.0, 3.0, 4.0], &mut together).unwrap();
        dense.apply(&[3.0, 4.0], &mut alone).unwrap();
        assert_eq!(together, [1.0, 2.0, alone[0], alone[1]]);
        assert!(dense.apply_block(&[1.0; 3], &mut [0.0; 3]).is_err());
    }
}
