//! Costs of one parameter that fall for ever, without a critical point.

use crate::cost::{Cost, Gradient, HessianVector};
use crate::length::{WrongLength, expect_length};
use crate::real::Real;

/// Implements the three abilities from a value, a slope and a curvature in one parameter.
macro_rules! of_one_parameter {
    ($name:ident) => {
        impl Cost for $name {
            type Real = f64;

            fn dimension(&self) -> usize {
                1
            }

            fn cost(&mut self, theta: &[f64]) -> Result<f64, WrongLength> {
                let &[x] = theta else {
                    return Err(WrongLength { argument: "theta", needed: 1, found: theta.len() });
                };
                Ok(self.value(x))
            }
        }

        impl Gradient for $name {
            fn gradient(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, WrongLength> {
                expect_length("gradient", gradient, 1)?;
                let value = self.cost(theta)?;
                for (out, x) in gradient.iter_mut().zip(theta) {
                    *out = self.slope(*x);
                }
                Ok(value)
            }
        }

        impl HessianVector for $name {
            fn hessian_vector(
                &mut self,
                theta: &[f64],
                v: &[f64],
                hv: &mut [f64],
            ) -> Result<(), WrongLength> {
                expect_length("theta", theta, 1)?;
                expect_length("v", v, 1)?;
                expect_length("hv", hv, 1)?;
                for ((out, x), v) in hv.iter_mut().zip(theta).zip(v) {
                    *out = self.curvature(*x) * v;
                }
                Ok(())
            }
        }
    };
}

/// e^(−x): it falls for ever, and has no critical point.
///
/// Gradient descent with step size ε reaches x ≈ ln(ε·t) after t steps, so J ≈ 1/(ε·t).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exponential;

impl Exponential {
    fn value(self, x: f64) -> f64 {
        libm::exp(-x)
    }

    fn slope(self, x: f64) -> f64 {
        -libm::exp(-x)
    }

    fn curvature(self, x: f64) -> f64 {
        libm::exp(-x)
    }
}
of_one_parameter!(Exponential);

/// ln(1 + e^(−x)): the logistic loss of one example, without a critical point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softplus;

impl Softplus {
    fn value(self, x: f64) -> f64 {
        libm::log1p(libm::exp(-x.abs())) + (-x).max(0.0)
    }

    fn slope(self, x: f64) -> f64 {
        -(-x).sigmoid()
    }

    fn curvature(self, x: f64) -> f64 {
        x.sigmoid() * (-x).sigmoid()
    }
}
of_one_parameter!(Softplus);
