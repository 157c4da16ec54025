//! Saddle-free Newton: Newton's step lengths, but downhill along every direction.

use crate::cost::norm;
use crate::critical::classification::largest;
use crate::critical::search::{End, Report, SearchError};
use crate::length::{copy, expect_length};
use crate::real::Real;
use crate::spectrum::decomposition::{Decompose, Rule, Workspace};
use crate::subspace::along;

/// The dampings that each step tries; the last one only where no curvature is 0.
///
/// # Source
/// Dauphin et al. (2014) choose the damping by a line search; these are its usual decades.
pub const DAMPINGS: [f64; 8] = [1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 0.0];

/// Which curvatures a step divides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// |λ| + damping.
    SaddleFree,
    /// λ + damping: the damped Newton method that it is compared with.
    DampedNewton,
}

impl Model {
    /// The rule of a step with this damping, which leaves out what is `flat`.
    #[must_use]
    pub const fn rule(self, damping: f64, flat: f64) -> Rule {
        match self {
            Self::SaddleFree => Rule::SaddleFree { damping, flat },
            Self::DampedNewton => Rule::Newton { damping, flat },
        }
    }
}

/// θ ← θ − (|H| + damping)⁻¹·g, with the damping whose step has the lowest cost.
///
/// Each step takes the Hessian apart and evaluates at most eight costs; the cost never rises by more than
/// rounding.
///
/// # Examples
/// ```
/// use thalweg_core::cost::closed_form::saddle;
/// use thalweg_core::spectrum::decomposition::{ByProducts, workspace};
/// use thalweg_core::critical::saddle_free::SaddleFree;
/// let (mut theta, mut memory) = ([3.0, 2.0], [0.0; workspace(2)]);
/// let once = SaddleFree { steps: 1, ..SaddleFree::default() };
/// once.run(&mut ByProducts(saddle()), &mut theta, &mut memory).unwrap();
/// assert_eq!(theta, [0.0, 4.0]); // 5x² − y²: away from the saddle, doubling y
/// ```
/// # Source
/// Dauphin et al., *Identifying and attacking the saddle point problem in high-dimensional non-convex
/// optimization* (2014), §6.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SaddleFree {
    /// Which curvatures a step divides by.
    pub model: Model,
    /// A curvature counts as none up to this share of the largest |λ|.
    pub flat: f64,
    /// The largest number of steps.
    pub steps: u64,
    /// |g| at which it ends.
    pub tolerance: f64,
}

impl Default for SaddleFree {
    fn default() -> Self {
        Self { model: Model::SaddleFree, flat: 1e-10, steps: 100, tolerance: 1e-10 }
    }
}

impl SaddleFree {
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
        if !(value.is_finite() && norm(gradient).is_finite()) {
            return Err(SearchError::NotFinite);
        }
        let mut steps = 0;
        let end = loop {
            if norm(gradient) <= self.tolerance {
                break End::Critical;
            }
            if steps == self.steps {
                break End::Steps;
            }
            cost.decompose(theta, values, vectors, scratch)?;
            let flat = self.flat * largest(values);
            let mut lowest = value;
            for damping in DAMPINGS {
                if damping == 0.0 && values.iter().any(|value| value.abs().to_f64() <= flat) {
                    continue;
                }
                let rule = self.model.rule(damping, flat);
                rule.step(gradient, values, vectors, step)?;
                along(theta, C::Real::ONE, step, trial)?;
                let found = cost.cost(trial)?;
                if found < lowest {
                    lowest = found;
                    copy(trial, other);
                }
            }
            // where costs differ by rounding alone, the last and longest step shows by its gradient
            let settled = lowest >= value;
            if settled {
                copy(trial, other);
            }
            let next = scratch.get_mut(..n).unwrap_or(&mut []);
            let found = cost.gradient(other, next)?;
            let (before, after) = (norm(gradient), norm(next));
            let rounding = 4.0 * C::Real::EPSILON.to_f64() * value.abs();
            let better = !settled || (found <= value + rounding && after < before);
            if !(better && found.is_finite() && after.is_finite()) {
                break End::Stalled;
            }
            copy(next, gradient);
            copy(other, theta);
            value = found;
            steps += 1;
        };
        Ok(Report { steps, cost: value, gradient_norm: norm(gradient), end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::closed_form::{DoubleWell, FactoredLinear, MonkeySaddle, Quadratic, saddle};
    use crate::spectrum::decomposition::{ByProducts, workspace};

    #[test]
    fn on_the_classical_saddle_y_doubles_each_step() {
        let (mut theta, mut memory) = ([0.7, 1e-3], [0.0; workspace(2)]);
        let method = SaddleFree { steps: 10, ..SaddleFree::default() };
        let report = method.run(&mut ByProducts(saddle()), &mut theta, &mut memory).unwrap();
        assert!(theta[0].abs() < 1e-15 && (theta[1] - 1.024_f64).abs() < 1e-12);
        assert_eq!(report.end, End::Steps);
    }

    #[test]
    fn it_leaves_the_maximum_that_newton_climbs() {
        let (mut theta, mut memory) = ([0.1], [0.0; workspace(1)]);
        let report = SaddleFree::default().run(&mut ByProducts(DoubleWell), &mut theta, &mut memory).unwrap();
        assert_eq!(report.end, End::Critical);
        assert!((theta[0].abs() - 1.0_f64).abs() < 1e-10 && (report.cost + 1.0).abs() < 1e-15);
    }

    #[test]
    fn from_near_the_saddle_of_two_factors_it_reaches_a_minimum() {
        let (mut theta, mut memory) = ([1e-3, 2e-3], [0.0; workspace(2)]);
        let report =
            SaddleFree::default().run(&mut ByProducts(FactoredLinear), &mut theta, &mut memory).unwrap();
        assert!(report.cost < 1e-15 && report.steps < 40, "{report:?}");
    }

    #[test]
    fn damped_newton_is_drawn_to_the_saddle_where_no_damping_outweighs_the_negative_curvature() {
        let (mut theta, mut memory) = ([0.7, 0.5], [0.0; workspace(2)]);
        let method = SaddleFree { model: Model::DampedNewton, steps: 1, ..SaddleFree::default() };
        let mut cost = ByProducts(Quadratic { curvatures: &[10.0, -8.0] });
        method.run(&mut cost, &mut theta, &mut memory).unwrap();
        assert!(theta[1].abs() < 0.08, "{theta:?}");
    }

    #[test]
    fn a_point_without_slope_or_curvature_is_critical_at_once() {
        let (mut theta, mut memory) = ([0.0, 0.0], [0.0; workspace(2)]);
        let report =
            SaddleFree::default().run(&mut ByProducts(MonkeySaddle), &mut theta, &mut memory).unwrap();
        assert_eq!((report.steps, report.end), (0, End::Critical));
    }
}
