//! Levenberg–Marquardt on ½|g|²: to critical points of any kind, or to where the search must admit defeat.

use crate::cost::{dot, norm};
use crate::critical::classification::largest;
use crate::critical::search::{End, Report, SearchError};
use crate::length::{copy, expect_length};
use crate::real::Real;
use crate::rows::rows;
use crate::spectrum::decomposition::{Decompose, Rule, Workspace};
use crate::subspace::along;

/// Minimises ½|g|², whose slope is H·g and whose Gauss–Newton matrix is H².
///
/// A step is δ = −(H² + μ)⁻¹·H·g; μ falls where the step keeps what it promises, and rises until |g| falls.
/// It ends at critical points of every kind, and also where H·g = 0 though g is not: there it says
/// [`End::Flat`].
///
/// # Examples
/// ```
/// use thalweg_core::cost::closed_form::FactoredLinear;
/// use thalweg_core::spectrum::decomposition::{ByProducts, workspace};
/// use thalweg_core::critical::levenberg_marquardt::LevenbergMarquardt;
/// use thalweg_core::critical::search::End;
/// let (mut theta, mut memory) = ([0.3, -0.2], [0.0; workspace(2)]);
/// let report = LevenbergMarquardt::default().run(&mut ByProducts(FactoredLinear), &mut theta, &mut memory);
/// let report = report.unwrap();
/// assert_eq!(report.end, End::Critical);
/// assert!((report.cost - 0.5).abs() < 1e-12); // the saddle
/// ```
/// # Source
/// Marquardt, *An algorithm for least-squares estimation of nonlinear parameters* (1963); on |g|² as in Frye
/// et al. (2021).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevenbergMarquardt {
    /// The first μ, in units of the largest λ².
    pub damping: f64,
    /// Ends as flat where |H·g| ≤ this share of λ_max·|g|.
    pub flat: f64,
    /// The largest number of steps.
    pub steps: u64,
    /// |g| at which it ends.
    pub tolerance: f64,
}

impl Default for LevenbergMarquardt {
    /// μ = 10⁻³ as in Madsen, Nielsen, Tingleff, *Methods for non-linear least squares problems* (2004), §3.2.
    fn default() -> Self {
        Self { damping: 1e-3, flat: 1e-6, steps: 200, tolerance: 1e-10 }
    }
}

/// μ may be raised so often for one step: 4³⁰ is 10¹⁸.
const RAISES: u32 = 30;

impl LevenbergMarquardt {
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
        let (mut steps, mut share) = (0, self.damping);
        let end = loop {
            if length <= self.tolerance {
                break End::Critical;
            }
            if steps == self.steps {
                break End::Steps;
            }
            cost.decompose(theta, values, vectors, scratch)?;
            let stiffest = largest(values);
            if slope(gradient, values, vectors) <= self.flat * stiffest * length {
                break End::Flat;
            }
            let mut raises = 0;
            let taken = loop {
                let damping = share * stiffest * stiffest;
                Rule::LevenbergMarquardt { damping }.step(gradient, values, vectors, step)?;
                along(theta, C::Real::ONE, step, trial)?;
                let found = cost.gradient(trial, other)?;
                let reached = norm(other);
                if found.is_finite() && reached < length {
                    let promised = length * length - promise(gradient, values, vectors, damping);
                    break Some((found, reached, (length * length - reached * reached) / promised));
                }
                if raises == RAISES {
                    break None;
                }
                raises += 1;
                share *= 4.0;
            };
            let Some((found, reached, kept)) = taken else { break End::Stalled };
            if kept > 0.75 {
                // below ε the squares of curvatures that are rounding alone would count
                share = (share * 0.1).max(C::Real::EPSILON.to_f64());
            } else if kept < 0.25 {
                share *= 2.0;
            }
            (value, length) = (found, reached);
            copy(trial, theta);
            copy(other, gradient);
            steps += 1;
        };
        Ok(Report { steps, cost: value, gradient_norm: length, end })
    }
}

/// |H·g|, the slope of ½|g|².
fn slope<T: Real>(gradient: &[T], values: &[T], vectors: &[T]) -> f64 {
    over_directions(gradient, values, vectors, |curvature| curvature)
}

/// |g + H·δ|² of the linear model of g, with its damping.
fn promise<T: Real>(gradient: &[T], values: &[T], vectors: &[T], damping: f64) -> f64 {
    let left =
        over_directions(gradient, values, vectors, |curvature| damping / (curvature * curvature + damping));
    left * left
}

/// √Σ (factor(λᵢ)·vᵢᵀg)².
fn over_directions<T: Real>(gradient: &[T], values: &[T], vectors: &[T], factor: impl Fn(f64) -> f64) -> f64 {
    let mut sum = 0.0;
    for (value, vector) in values.iter().zip(rows(vectors, gradient.len())) {
        let part = factor(value.to_f64()) * dot(vector, gradient);
        sum += part * part;
    }
    libm::sqrt(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::closed_form::{DoubleWell, Rosenbrock, saddle};
    use crate::cost::{Cost, Gradient, HessianVector};
    use crate::length::WrongLength;
    use crate::spectrum::decomposition::{ByProducts, workspace};

    #[test]
    fn saddles_and_minima_are_found_alike() {
        let mut memory = [0.0; workspace(2)];
        let mut theta = [3.0, -2.0];
        let report =
            LevenbergMarquardt::default().run(&mut ByProducts(saddle()), &mut theta, &mut memory).unwrap();
        assert!(report.end == End::Critical && theta.iter().all(|x| x.abs() < 1e-9), "{theta:?}");
        let mut theta = [0.8, 0.7];
        let mut cost = ByProducts(Rosenbrock::default());
        let report = LevenbergMarquardt::default().run(&mut cost, &mut theta, &mut memory).unwrap();
        assert!(report.end == End::Critical && (theta[0] - 1.0).abs() < 1e-9, "{theta:?} {report:?}");
    }

    #[test]
    fn a_maximum_is_a_critical_point_too() {
        let (mut theta, mut memory) = ([0.2], [0.0; workspace(1)]);
        let report =
            LevenbergMarquardt::default().run(&mut ByProducts(DoubleWell), &mut theta, &mut memory).unwrap();
        assert!(report.end == End::Critical && theta[0].abs() < 1e-9);
    }

    /// x³/3 + c·x: for c > 0 the slope x² + c is never 0, and smallest at 0, where the curvature is 0.
    struct Climb(f64);

    impl Cost for Climb {
        type Real = f64;
        fn dimension(&self) -> usize {
            1
        }
        fn cost(&mut self, theta: &[f64]) -> Result<f64, WrongLength> {
            Ok(theta[0] * (theta[0] * theta[0] / 3.0 + self.0))
        }
    }

    impl Gradient for Climb {
        fn gradient(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, WrongLength> {
            gradient[0] = theta[0] * theta[0] + self.0;
            self.cost(theta)
        }
    }

    impl HessianVector for Climb {
        fn hessian_vector(&mut self, theta: &[f64], v: &[f64], hv: &mut [f64]) -> Result<(), WrongLength> {
            hv[0] = 2.0 * theta[0] * v[0];
            Ok(())
        }
    }

    #[test]
    fn where_no_critical_point_is_the_search_does_not_claim_one() {
        let (mut theta, mut memory) = ([1.0], [0.0; workspace(1)]);
        let report =
            LevenbergMarquardt::default().run(&mut ByProducts(Climb(0.1)), &mut theta, &mut memory).unwrap();
        assert_ne!(report.end, End::Critical);
        assert!((report.gradient_norm - 0.1).abs() < 1e-6 && theta[0].abs() < 1e-3, "{report:?} {theta:?}");
    }

    /// x/10 + ½y²: the slope along x has no curvature, so ½|g|² is stationary all along y = 0.
    struct Gutter;

    impl Cost for Gutter {
        type Real = f64;
        fn dimension(&self) -> usize {
            2
        }
        fn cost(&mut self, theta: &[f64]) -> Result<f64, WrongLength> {
            Ok(0.1 * theta[0] + 0.5 * theta[1] * theta[1])
        }
    }

    impl Gradient for Gutter {
        fn gradient(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, WrongLength> {
            gradient.copy_from_slice(&[0.1, theta[1]]);
            self.cost(theta)
        }
    }

    impl HessianVector for Gutter {
        fn hessian_vector(&mut self, _: &[f64], v: &[f64], hv: &mut [f64]) -> Result<(), WrongLength> {
            hv.copy_from_slice(&[0.0, v[1]]);
            Ok(())
        }
    }

    #[test]
    fn a_slope_without_curvature_ends_as_flat() {
        let (mut theta, mut memory) = ([3.0, -2.0], [0.0; workspace(2)]);
        let report =
            LevenbergMarquardt::default().run(&mut ByProducts(Gutter), &mut theta, &mut memory).unwrap();
        assert_eq!((report.end, theta[0]), (End::Flat, 3.0));
        assert!((report.gradient_norm - 0.1).abs() < 1e-9 && theta[1].abs() <= 1e-6);
    }
}
