//! Weight decay: ½·λ·|θ|² over the weights, not the biases.

use crate::cost::{Cost, Gradient, HessianVector};
use crate::length::WrongLength;
use crate::network::View;
use crate::real::Real;

/// A cost J(θ) + ½·λ·Σ w² over the weights w of a network.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "L2")]
pub struct Decayed<'a, C> {
    /// The cost without decay.
    pub inner: C,
    network: View<'a>,
    decay: f64,
}

/// ½·λ·Σ w² over the weights of `network`, in double precision; 0 for λ = 0.
pub fn penalty<T: Real>(network: &View<'_>, decay: f64, theta: &[T]) -> f64 {
    let mut sum = 0.0;
    if decay != 0.0 {
        for block in network.blocks().filter(|block| !block.is_bias) {
            for &weight in theta.get(block.range()).unwrap_or(&[]) {
                sum += weight.to_f64() * weight.to_f64();
            }
        }
    }
    0.5 * decay * sum
}

/// out ← out + λ·w for each weight: the gradient of the penalty at w = θ, and its Hessian times w = v.
pub fn add_decay<T: Real>(network: &View<'_>, decay: f64, w: &[T], out: &mut [T]) {
    if decay != 0.0 {
        let decay = T::from_f64(decay);
        for block in network.blocks().filter(|block| !block.is_bias) {
            let weights = w.get(block.range()).unwrap_or(&[]);
            for (out, weight) in out.get_mut(block.range()).unwrap_or(&mut []).iter_mut().zip(weights) {
                *out += decay * *weight;
            }
        }
    }
}

impl<'a, C> Decayed<'a, C> {
    /// Adds ½·`decay`·|weights|² to `inner`, a cost of `network`.
    pub const fn new(inner: C, network: View<'a>, decay: f64) -> Self {
        Self { inner, network, decay }
    }
}

impl<C: Cost> Cost for Decayed<'_, C> {
    type Real = C::Real;

    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn cost(&mut self, theta: &[C::Real]) -> Result<f64, WrongLength> {
        Ok(self.inner.cost(theta)? + penalty(&self.network, self.decay, theta))
    }
}

impl<C: Gradient> Gradient for Decayed<'_, C> {
    fn gradient(&mut self, theta: &[C::Real], gradient: &mut [C::Real]) -> Result<f64, WrongLength> {
        let cost = self.inner.gradient(theta, gradient)?;
        add_decay(&self.network, self.decay, theta, gradient);
        Ok(cost + penalty(&self.network, self.decay, theta))
    }
}

impl<C: HessianVector> HessianVector for Decayed<'_, C> {
    fn hessian_vector(
        &mut self,
        theta: &[C::Real],
        v: &[C::Real],
        hv: &mut [C::Real],
    ) -> Result<(), WrongLength> {
        self.inner.hessian_vector(theta, v, hv)?;
        add_decay(&self.network, self.decay, v, hv);
        Ok(())
    }
}
