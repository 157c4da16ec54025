//! Newton's method: to the critical point of the quadratic model, whatever its kind.

use crate::cost::norm;
use crate::critical::classification::largest;
use crate::critical::search::{End, Report, SearchError};
use crate::length::{copy, expect_length};
use crate::spectrum::decomposition::{Decompose, Rule, Workspace};
use crate::subspace::along;

/// θ ← θ − f·(H + damping)⁺·g, where f is 1, or is halved until |g| falls.
///
/// Directions without curvature are left out (pseudo-inverse). Each step takes the Hessian apart: n products
/// or their equal and about 10·n³ operations.
///
/// # Examples
/// ```
/// use thalweg_core::cost::closed_form::saddle;
/// use thalweg_core::spectrum::decomposition::{ByProducts, workspace};
/// use thalweg_core::critical::newton::Newton;
/// let (mut theta, mut memory) = ([3.0, 2.0], [0.0; workspace(2)]);
/// let report = Newton::default().run(&mut ByProducts(saddle()), &mut theta, &mut memory).unwrap();
/// assert_eq!((report.steps, theta), (1, [0.0, 0.0])); // onto the saddle, in one step
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Newton {
    /// Added to every curvature, in cost per parameter²; 0 for the plain method.
    pub damping: f64,
    /// How often a step may be halved until |g| falls; 0 takes every step as it is (the plain method).
    pub halvings: u32,
    /// A curvature counts as none up to this share of the largest |λ|.
    pub flat: f64,
    /// The largest number of steps.
    pub steps: u64,
    /// |g| at which it ends.
    pub tolerance: f64,
}

impl Default for Newton {
    /// The plain method; what counts as flat follows Dauphin et al. (2014)'s need to leave rounding alone.
    fn default() -> Self {
        Self { damping: 0.0, halvings: 0, flat: 1e-10, steps: 100, tolerance: 1e-10 }
    }
}

impl Newton {
    /// Runs the method from `theta`, which it moves. `memory` holds
    /// [`workspace`](crate::spectrum::decomposition::workspace)`(n)` entries.
    ///
    /// # Errors
    /// [`SearchError`]; θ is then where the last good step left it.
    pub fn run<C: Decompose>(
        &self,
        cost: &mut C,
        theta: &mut [C::Real],
        memory: &mut [C::Real],
    ) -> Result<Report, SearchError> {
        let n = cost.dimension();
        expect_length("theta", theta, n)?;
        let Workspace { gradient, step, trial, other, values, vectors, scratch } = Workspace::new(n, memory)?;
        let mut value = cost.gradient(theta, gradient)?;
        let mut length = norm(gradient);
        if !(value.is_finite() && length.is_finite()) {
            return Err(SearchError::NotFinite);
        }
        let mut steps = 0;
        let end = loop {
            if length <= self.tolerance {
                break End::Critical;
            }
            if steps == self.steps {
                break End::Steps;
            }
            cost.decompose(theta, values, vectors, scratch)?;
            let flat = self.flat * largest(values);
            Rule::Newton { damping: self.damping, flat }.step(gradient, values, vectors, step)?;
            let mut fraction = 1.0;
            let mut halvings = 0;
            let taken = loop {
                along(theta, real::<C>(fraction), step, trial)?;
                let found = cost.gradient(trial, other)?;
                let reached = norm(other);
                let finite = found.is_finite() && reached.is_finite();
                if finite && (self.halvings == 0 || reached < length) {
                    break Some((found, reached));
                }
                if halvings == self.halvings {
                    break None;
                }
                halvings += 1;
                fraction *= 0.5;
            };
            let Some(taken) = taken else { break End::Stalled };
            (value, length) = taken;
            copy(trial, theta);
            copy(other, gradient);
            steps += 1;
        };
        Ok(Report { steps, cost: value, gradient_norm: length, end })
    }
}

/// A factor in the precision of a cost.
fn real<C: crate::cost::Cost>(value: f64) -> C::Real {
    use crate::real::Real;
    C::Real::from_f64(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::closed_form::{DoubleWell, FactoredLinear, Quadratic, Rosenbrock};
    use crate::spectrum::decomposition::{ByProducts, workspace};

    #[test]
    fn the_critical_point_of_a_quadratic_is_reached_in_one_step_whatever_its_kind() {
        for curvatures in [[2.0, 3.0], [-2.0, -0.5], [4.0, -1.0]] {
            let (mut theta, mut memory) = ([1.7, -0.3], [0.0; workspace(2)]);
            let mut cost = ByProducts(Quadratic { curvatures: &curvatures });
            let report = Newton::default().run(&mut cost, &mut theta, &mut memory).unwrap();
            assert_eq!((report.steps, report.end), (1, End::Critical));
            assert!(theta.iter().all(|x: &f64| x.abs() < 1e-15));
        }
    }

    #[test]
    fn between_two_wells_it_climbs_to_the_maximum() {
        let (mut theta, mut memory) = ([0.1], [0.0; workspace(1)]);
        let newton = Newton { tolerance: 4e-6, ..Newton::default() };
        let report = newton.run(&mut ByProducts(DoubleWell), &mut theta, &mut memory).unwrap();
        assert!(theta[0].abs() < 1e-6 && report.steps <= 4, "{theta:?} {report:?}");
    }

    #[test]
    fn a_valley_without_curvature_is_left_as_it_is() {
        let (mut theta, mut memory) = ([1.0, 5.0], [0.0; workspace(2)]);
        let mut cost = ByProducts(Quadratic { curvatures: &[2.0, 0.0] });
        Newton::default().run(&mut cost, &mut theta, &mut memory).unwrap();
        assert_eq!(theta, [0.0, 5.0]);
    }

    #[test]
    fn halving_steps_reaches_the_minimum_of_the_curved_valley_with_a_falling_gradient() {
        let (mut theta, mut memory) = ([0.5, 0.1], [0.0; workspace(2)]);
        let newton = Newton { halvings: 30, ..Newton::default() };
        let report = newton.run(&mut ByProducts(Rosenbrock::default()), &mut theta, &mut memory).unwrap();
        assert_eq!(report.end, End::Critical);
        assert!((theta[0] - 1.0_f64).abs() < 1e-9 && (theta[1] - 1.0_f64).abs() < 1e-9);
    }

    #[test]
    fn near_the_saddle_of_two_factors_it_goes_to_the_saddle() {
        let (mut theta, mut memory) = ([0.1, -0.05], [0.0; workspace(2)]);
        let report = Newton::default().run(&mut ByProducts(FactoredLinear), &mut theta, &mut memory).unwrap();
        assert!((report.cost - 0.5).abs() < 1e-12 && report.end == End::Critical);
    }

    #[test]
    fn a_start_that_is_not_finite_is_an_error() {
        let (mut theta, mut memory) = ([f64::NAN], [0.0; workspace(1)]);
        let error = Newton::default().run(&mut ByProducts(DoubleWell), &mut theta, &mut memory).unwrap_err();
        assert_eq!(error, SearchError::NotFinite);
    }
}
