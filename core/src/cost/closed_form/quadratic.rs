//! Quadratics: the bowl, the saddle, the flat valley and any mixture.

use crate::cost::{Cost, DirectionalCurvature, Gradient, HessianVector};
use crate::length::{WrongLength, expect_length};
use crate::real::Real;

/// J(θ) = ½ Σ λᵢθᵢ²: the Hessian is diag(λ) everywhere, and the origin is the critical point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quadratic<'a, T> {
    /// The eigenvalues λ of the Hessian.
    pub curvatures: &'a [T],
}

/// x² + y²: a minimum at the origin.
#[must_use]
pub const fn bowl() -> Quadratic<'static, f64> {
    Quadratic { curvatures: &[2.0, 2.0] }
}

/// 5x² − y²: the classical saddle.
///
/// # Source
/// Dauphin et al., *Identifying and attacking the saddle point problem* (2014), figure 1.
#[must_use]
pub const fn saddle() -> Quadratic<'static, f64> {
    Quadratic { curvatures: &[10.0, -2.0] }
}

impl<T: Real> Cost for Quadratic<'_, T> {
    type Real = T;

    fn dimension(&self) -> usize {
        self.curvatures.len()
    }

    fn cost(&mut self, theta: &[T]) -> Result<f64, WrongLength> {
        expect_length("theta", theta, self.curvatures.len())?;
        let terms = theta.iter().zip(self.curvatures);
        Ok(0.5 * terms.fold(0.0, |sum, (x, l)| sum + l.to_f64() * x.to_f64() * x.to_f64()))
    }
}

impl<T: Real> Gradient for Quadratic<'_, T> {
    fn gradient(&mut self, theta: &[T], gradient: &mut [T]) -> Result<f64, WrongLength> {
        let cost = self.cost(theta)?;
        self.hessian_vector(theta, theta, gradient)?;
        Ok(cost)
    }
}

impl<T: Real> HessianVector for Quadratic<'_, T> {
    fn hessian_vector(&mut self, theta: &[T], v: &[T], hv: &mut [T]) -> Result<(), WrongLength> {
        expect_length("theta", theta, self.curvatures.len())?;
        expect_length("v", v, self.curvatures.len())?;
        expect_length("hv", hv, self.curvatures.len())?;
        for ((hv, v), l) in hv.iter_mut().zip(v).zip(self.curvatures) {
            *hv = *l * *v;
        }
        Ok(())
    }
}

impl<T: Real> DirectionalCurvature for Quadratic<'_, T> {
    fn curvature(&mut self, theta: &[T], v: &[T]) -> Result<f64, WrongLength> {
        expect_length("theta", theta, self.curvatures.len())?;
        expect_length("v", v, self.curvatures.len())?;
        let terms = v.iter().zip(self.curvatures);
        Ok(terms.fold(0.0, |sum, (v, l)| sum + l.to_f64() * v.to_f64() * v.to_f64()))
    }
}
