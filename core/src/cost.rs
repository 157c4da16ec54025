//! The traits in the middle: one per mathematical ability. Algorithms see only these.

pub mod operator;
pub mod counted;
pub mod decay;
pub mod closed_form;
pub mod difference;
pub mod mean_cost;

use crate::length::WrongLength;
use crate::real::Real;

/// A function of θ with one value: J(θ).
pub trait Cost {
    /// The precision of θ.
    type Real: Real;

    /// The number of parameters n.
    fn dimension(&self) -> usize;

    /// J(θ), accumulated in double precision. A cost that is NaN or infinite is returned as such.
    ///
    /// # Errors
    /// [`WrongLength`] if `theta` does not have n entries.
    fn cost(&mut self, theta: &[Self::Real]) -> Result<f64, WrongLength>;
}

/// A cost with a gradient.
pub trait Gradient: Cost {
    /// Writes ∇J(θ) into `gradient` (n entries), and returns J(θ).
    ///
    /// # Errors
    /// [`WrongLength`] if a slice does not have n entries; nothing is written then.
    fn gradient(&mut self, theta: &[Self::Real], gradient: &mut [Self::Real]) -> Result<f64, WrongLength>;
}

/// A cost with exact second derivatives.
pub trait HessianVector: Gradient {
    /// Writes H(θ)·v into `hv` (n entries).
    ///
    /// # Errors
    /// [`WrongLength`] if a slice does not have n entries; nothing is written then.
    #[doc(alias = "hvp")]
    fn hessian_vector(
        &mut self,
        theta: &[Self::Real],
        v: &[Self::Real],
        hv: &mut [Self::Real],
    ) -> Result<(), WrongLength>;
}

/// A cost whose curvature along a direction can be had without a Hessian–vector product in memory.
pub trait DirectionalCurvature: Gradient {
    /// vᵀH(θ)v, accumulated in double precision.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice does not have n entries.
    fn curvature(&mut self, theta: &[Self::Real], v: &[Self::Real]) -> Result<f64, WrongLength>;
}

/// a·b, in double precision, in the order of the index.
pub fn dot<T: Real>(a: &[T], b: &[T]) -> f64 {
    let mut sum = 0.0;
    for (a, b) in a.iter().zip(b) {
        sum += a.to_f64() * b.to_f64();
    }
    sum
}

/// |a|, in double precision.
pub fn norm<T: Real>(a: &[T]) -> f64 {
    libm::sqrt(dot(a, a))
}
