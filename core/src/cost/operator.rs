//! A symmetric matrix that is known by its products: the Hessian at one θ, for instance.

use crate::cost::HessianVector;
use crate::length::{WrongLength, expect_length};
use crate::real::Real;

/// A symmetric n×n matrix A, as an eigenvalue method sees it.
pub trait SymmetricOperator {
    /// The precision of the vectors.
    type Real: Real;

    /// n.
    fn dimension(&self) -> usize;

    /// Writes A·v into `out` (n entries each).
    ///
    /// # Errors
    /// [`WrongLength`] if a slice does not have n entries; nothing is written then.
    fn product(&mut self, v: &[Self::Real], out: &mut [Self::Real]) -> Result<(), WrongLength>;

    /// Writes A·vᵢ for several vectors, which follow one another (k·n entries each).
    ///
    /// # Errors
    /// [`WrongLength`] if the slices do not hold the same whole number of vectors.
    fn products(&mut self, vs: &[Self::Real], outs: &mut [Self::Real]) -> Result<(), WrongLength> {
        let n = self.dimension().max(1);
        expect_length("vs", vs, vs.len() / n * n)?;
        expect_length("outs", outs, vs.len())?;
        for (v, out) in vs.chunks_exact(n).zip(outs.chunks_exact_mut(n)) {
            self.product(v, out)?;
        }
        Ok(())
    }
}

impl<O: SymmetricOperator + ?Sized> SymmetricOperator for &mut O {
    type Real = O::Real;

    fn dimension(&self) -> usize {
        (**self).dimension()
    }

    fn product(&mut self, v: &[O::Real], out: &mut [O::Real]) -> Result<(), WrongLength> {
        (**self).product(v, out)
    }

    fn products(&mut self, vs: &[O::Real], outs: &mut [O::Real]) -> Result<(), WrongLength> {
        (**self).products(vs, outs)
    }
}

/// The Hessian of a cost at a fixed θ.
///
/// # Examples
/// ```
/// use thalweg_core::cost::closed_form::saddle;
/// use thalweg_core::cost::operator::{HessianAt, SymmetricOperator};
/// let mut hessian = HessianAt::new(saddle(), &[1.0, 1.0]).unwrap();
/// let mut out = [0.0; 2];
/// hessian.product(&[1.0, 1.0], &mut out).unwrap();
/// assert_eq!(out, [10.0, -2.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HessianAt<'t, C: HessianVector> {
    cost: C,
    theta: &'t [C::Real],
}

impl<'t, C: HessianVector> HessianAt<'t, C> {
    /// H(θ) of `cost`.
    ///
    /// # Errors
    /// [`WrongLength`] if `theta` does not have one entry per parameter.
    pub fn new(cost: C, theta: &'t [C::Real]) -> Result<Self, WrongLength> {
        expect_length("theta", theta, cost.dimension())?;
        Ok(Self { cost, theta })
    }
}

impl<C: HessianVector> SymmetricOperator for HessianAt<'_, C> {
    type Real = C::Real;

    fn dimension(&self) -> usize {
        self.cost.dimension()
    }

    fn product(&mut self, v: &[C::Real], out: &mut [C::Real]) -> Result<(), WrongLength> {
        self.cost.hessian_vector(self.theta, v, out)
    }
}
