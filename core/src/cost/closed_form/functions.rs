//! Named functions of one, two or a few parameters, in double precision.

use crate::cost::{Cost, Gradient, HessianVector};
use crate::length::{WrongLength, expect_length};

/// Implements the three abilities from a value, a gradient and a Hessian in two parameters.
macro_rules! of_two_parameters {
    ($name:ident) => {
        impl Cost for $name {
            type Real = f64;

            fn dimension(&self) -> usize {
                2
            }

            fn cost(&mut self, theta: &[f64]) -> Result<f64, WrongLength> {
                let &[x, y] = theta else {
                    return Err(WrongLength { argument: "theta", needed: 2, found: theta.len() });
                };
                Ok(self.value(x, y))
            }
        }

        impl Gradient for $name {
            fn gradient(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, WrongLength> {
                expect_length("gradient", gradient, 2)?;
                let &[x, y] = theta else {
                    return Err(WrongLength { argument: "theta", needed: 2, found: theta.len() });
                };
                gradient.copy_from_slice(&self.slopes(x, y));
                Ok(self.value(x, y))
            }
        }

        impl HessianVector for $name {
            fn hessian_vector(
                &mut self,
                theta: &[f64],
                v: &[f64],
                hv: &mut [f64],
            ) -> Result<(), WrongLength> {
                expect_length("hv", hv, 2)?;
                let &[x, y] = theta else {
                    return Err(WrongLength { argument: "theta", needed: 2, found: theta.len() });
                };
                let &[p, q] = v else { return Err(WrongLength { argument: "v", needed: 2, found: v.len() }) };
                let [xx, xy, yy] = self.curvatures(x, y);
                hv.copy_from_slice(&[xx * p + xy * q, xy * p + yy * q]);
                Ok(())
            }
        }
    };
}
pub(super) use of_two_parameters;

/// x³ − 3xy²: a critical point at the origin where the Hessian is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MonkeySaddle;

impl MonkeySaddle {
    fn value(self, x: f64, y: f64) -> f64 {
        x * x * x - 3.0 * x * y * y
    }

    fn slopes(self, x: f64, y: f64) -> [f64; 2] {
        [3.0 * x * x - 3.0 * y * y, -6.0 * x * y]
    }

    fn curvatures(self, x: f64, y: f64) -> [f64; 3] {
        [6.0 * x, -6.0 * y, -6.0 * x]
    }
}
of_two_parameters!(MonkeySaddle);

/// (1 − x)² + steepness·(y − x²)²: a curved valley with its minimum at (1, 1).
///
/// # Source
/// Rosenbrock, *An automatic method for finding the greatest or least value of a function* (1960).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rosenbrock {
    /// The factor before the valley's wall; 100 in the original.
    pub steepness: f64,
}

impl Default for Rosenbrock {
    fn default() -> Self {
        Self { steepness: 100.0 }
    }
}

impl Rosenbrock {
    fn value(self, x: f64, y: f64) -> f64 {
        (1.0 - x) * (1.0 - x) + self.steepness * (y - x * x) * (y - x * x)
    }

    fn slopes(self, x: f64, y: f64) -> [f64; 2] {
        let wall = 2.0 * self.steepness * (y - x * x);
        [-2.0 * (1.0 - x) - 2.0 * x * wall, wall]
    }

    fn curvatures(self, x: f64, y: f64) -> [f64; 3] {
        let s = self.steepness;
        [2.0 - 4.0 * s * (y - 3.0 * x * x), -4.0 * s * x, 2.0 * s]
    }
}
of_two_parameters!(Rosenbrock);

/// ½(1 − xy)²: the deep linear network of two weights, with input and target 1.
///
/// A saddle at the origin with J = ½ and eigenvalues ±1; all minima on xy = 1, with eigenvalues 0
/// and x² + y².
///
/// # Source
/// Goodfellow, Vinyals, Saxe, *Qualitatively characterizing neural network optimization problems* (2015).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactoredLinear;

impl FactoredLinear {
    fn value(self, x: f64, y: f64) -> f64 {
        0.5 * (1.0 - x * y) * (1.0 - x * y)
    }

    fn slopes(self, x: f64, y: f64) -> [f64; 2] {
        let rest = x * y - 1.0;
        [rest * y, rest * x]
    }

    fn curvatures(self, x: f64, y: f64) -> [f64; 3] {
        [y * y, 2.0 * x * y - 1.0, x * x]
    }
}
of_two_parameters!(FactoredLinear);

/// ½(1 − Π wᵢ)² of n weights: the deeper the product, the flatter the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeepLinear {
    /// The number of weights n.
    pub depth: usize,
}

impl DeepLinear {
    /// The product of all weights but those in `left_out`.
    fn product(theta: &[f64], left_out: [usize; 2]) -> f64 {
        let kept = theta.iter().enumerate().filter(|(index, _)| !left_out.contains(index));
        kept.fold(1.0, |product, (_, w)| product * w)
    }
}

/// No entry: the product leaves nothing out.
const NOTHING: usize = usize::MAX;

impl Cost for DeepLinear {
    type Real = f64;

    fn dimension(&self) -> usize {
        self.depth
    }

    fn cost(&mut self, theta: &[f64]) -> Result<f64, WrongLength> {
        expect_length("theta", theta, self.depth)?;
        let rest = 1.0 - Self::product(theta, [NOTHING; 2]);
        Ok(0.5 * rest * rest)
    }
}

impl Gradient for DeepLinear {
    fn gradient(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, WrongLength> {
        expect_length("theta", theta, self.depth)?;
        expect_length("gradient", gradient, self.depth)?;
        let rest = Self::product(theta, [NOTHING; 2]) - 1.0;
        for (index, out) in gradient.iter_mut().enumerate() {
            *out = rest * Self::product(theta, [index, NOTHING]);
        }
        Ok(0.5 * rest * rest)
    }
}

impl HessianVector for DeepLinear {
    fn hessian_vector(&mut self, theta: &[f64], v: &[f64], hv: &mut [f64]) -> Result<(), WrongLength> {
        expect_length("theta", theta, self.depth)?;
        expect_length("v", v, self.depth)?;
        expect_length("hv", hv, self.depth)?;
        let rest = Self::product(theta, [NOTHING; 2]) - 1.0;
        for (i, out) in hv.iter_mut().enumerate() {
            let mine = Self::product(theta, [i, NOTHING]);
            *out = 0.0;
            for (j, v) in v.iter().enumerate() {
                let cross = if i == j { 0.0 } else { rest * Self::product(theta, [i, j]) };
                *out += (mine * Self::product(theta, [j, NOTHING]) + cross) * v;
            }
        }
        Ok(())
    }
}

/// x⁴ − 2x²: minima at ±1 with J = −1, a maximum at 0, and curvature 12x² − 4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoubleWell;

impl Cost for DoubleWell {
    type Real = f64;

    fn dimension(&self) -> usize {
        1
    }

    fn cost(&mut self, theta: &[f64]) -> Result<f64, WrongLength> {
        let &[x] = theta else {
            return Err(WrongLength { argument: "theta", needed: 1, found: theta.len() });
        };
        Ok(x * x * (x * x - 2.0))
    }
}

impl Gradient for DoubleWell {
    fn gradient(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, WrongLength> {
        expect_length("gradient", gradient, 1)?;
        let cost = self.cost(theta)?;
        for (out, x) in gradient.iter_mut().zip(theta) {
            *out = 4.0 * x * (x * x - 1.0);
        }
        Ok(cost)
    }
}

impl HessianVector for DoubleWell {
    fn hessian_vector(&mut self, theta: &[f64], v: &[f64], hv: &mut [f64]) -> Result<(), WrongLength> {
        expect_length("theta", theta, 1)?;
        expect_length("v", v, 1)?;
        expect_length("hv", hv, 1)?;
        for ((out, x), v) in hv.iter_mut().zip(theta).zip(v) {
            *out = (12.0 * x * x - 4.0) * v;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::closed_form::{Exponential, GaussianHill, HillBeforeTail, HillBesideValley, Softplus};
    use crate::cost::closed_form::{WrongSideOfTheMountain, bowl, saddle};
    use crate::cost::difference;

    /// Each derivative by an independent route, at several points.
    fn derivatives_agree<C: HessianVector<Real = f64>>(mut cost: C) {
        let n = cost.dimension();
        let points = [[0.3, -0.7, 0.9], [1.1, 0.4, -0.6], [-0.2, 0.9, 1.3]];
        let v = [0.6, -0.8, 0.5];
        for mut theta in points {
            let (mut exact, mut found, mut scratch) = ([0.0; 3], [0.0; 3], [0.0; 6]);
            cost.gradient(&theta[..n], &mut exact[..n]).unwrap();
            difference::gradient(&mut cost, &mut theta[..n], 1e-5, &mut found[..n]).unwrap();
            for (exact, found) in exact.iter().zip(found) {
                assert!((exact - found).abs() < 1e-6 * (1.0 + exact.abs()), "{exact} {found}");
            }
            cost.hessian_vector(&theta[..n], &v[..n], &mut exact[..n]).unwrap();
            difference::hessian_vector(
                &mut cost,
                &theta[..n],
                &v[..n],
                1e-5,
                &mut found[..n],
                &mut scratch[..2 * n],
            )
            .unwrap();
            for (exact, found) in exact.iter().zip(found) {
                assert!((exact - found).abs() < 1e-6 * (1.0 + exact.abs()), "{exact} {found}");
            }
        }
    }

    #[test]
    fn derivatives_of_every_closed_form_agree_with_differences() {
        derivatives_agree(MonkeySaddle);
        derivatives_agree(Rosenbrock::default());
        derivatives_agree(FactoredLinear);
        derivatives_agree(DeepLinear { depth: 3 });
        derivatives_agree(DoubleWell);
        derivatives_agree(Exponential);
        derivatives_agree(Softplus);
        derivatives_agree(GaussianHill { height: 2.0, width: 0.7 });
        derivatives_agree(HillBesideValley { height: 2.0, width: 0.4, centre: [0.5, 0.2] });
        derivatives_agree(WrongSideOfTheMountain { place: 0.1, scale: 3.0 });
        derivatives_agree(HillBeforeTail { depth: 8.0, place: -4.0 });
        derivatives_agree(bowl());
        derivatives_agree(saddle());
    }

    #[test]
    fn the_factored_linear_saddle_has_curvatures_plus_and_minus_one() {
        let mut hv = [0.0; 2];
        FactoredLinear.hessian_vector(&[0.0, 0.0], &[1.0, 1.0], &mut hv).unwrap();
        assert_eq!(hv, [-1.0, -1.0]);
        FactoredLinear.hessian_vector(&[0.0, 0.0], &[1.0, -1.0], &mut hv).unwrap();
        assert_eq!(hv, [1.0, -1.0]);
    }

    #[test]
    fn two_factors_are_the_deep_linear_cost_of_depth_two() {
        let theta = [0.3, 0.8];
        assert_eq!(FactoredLinear.cost(&theta), DeepLinear { depth: 2 }.cost(&theta));
    }
}
