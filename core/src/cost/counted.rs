//! A cost that counts how often it is asked.

use crate::cost::{Cost, Gradient, HessianVector};
use crate::length::WrongLength;

/// A cost and the number of times each of its abilities was used.
#[derive(Clone, Copy, Debug)]
pub struct Counted<C> {
    /// The cost that is counted.
    pub inner: C,
    /// Costs without a gradient.
    pub costs: u64,
    /// Gradients.
    pub gradients: u64,
    /// Hessian–vector products.
    pub products: u64,
}

impl<C> Counted<C> {
    /// Starts all counts at 0.
    pub const fn new(inner: C) -> Self {
        Self { inner, costs: 0, gradients: 0, products: 0 }
    }
}

impl<C: Cost> Cost for Counted<C> {
    type Real = C::Real;

    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn cost(&mut self, theta: &[C::Real]) -> Result<f64, WrongLength> {
        self.costs += 1;
        self.inner.cost(theta)
    }
}

impl<C: Gradient> Gradient for Counted<C> {
    fn gradient(&mut self, theta: &[C::Real], gradient: &mut [C::Real]) -> Result<f64, WrongLength> {
        self.gradients += 1;
        self.inner.gradient(theta, gradient)
    }
}

impl<C: HessianVector> HessianVector for Counted<C> {
    fn hessian_vector(
        &mut self,
        theta: &[C::Real],
        v: &[C::Real],
        hv: &mut [C::Real],
    ) -> Result<(), WrongLength> {
        self.products += 1;
        self.inner.hessian_vector(theta, v, hv)
    }
}
