//! Descent whose step size is measured: ε* = gᵀg/gᵀHg, the lowest point of the parabola along the gradient.

use crate::cost::DirectionalCurvature;
use crate::descent::StepError;
use crate::descent::taylor::Promise;
use crate::length::expect_length;
use crate::real::Real;

/// The rule that makes a step size of a promise.
///
/// # Source
/// Cauchy, *Méthode générale pour la résolution des systèmes d'équations simultanées* (1847), for the step to
/// the lowest point; Raydan and Svaiter, *Relaxed steepest descent and Cauchy–Barzilai–Borwein method* (2002),
/// for the shorter one, which keeps steps from crossing the valley for ever.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params {
    /// The share of ε* that is taken.
    pub share: f64,
    /// No step is larger.
    pub largest: f64,
    /// The step while no curvature above 0 has been met.
    pub first: f64,
}

impl Default for Params {
    /// Nine tenths of ε*, at most 1; 0.01 before any curvature is known.
    fn default() -> Self {
        Self { share: 0.9, largest: 1.0, first: 0.01 }
    }
}

/// What decided a step size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The curvature.
    Curvature,
    /// The cap.
    Largest,
    /// The step before, since gᵀHg was not above 0 and the parabola has no lowest point.
    NotConvex,
}

/// What a step saw, and the size that it took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// The cost, gᵀg and gᵀHg before the step.
    pub promise: Promise,
    /// The step size that was taken.
    pub step_size: f64,
    /// What decided it.
    pub limit: Limit,
}

/// Descent by measured steps, one at a time.
///
/// It holds two numbers of its own; a step takes one gradient and one curvature, in memory of the caller.
///
/// # Examples
/// ```
/// use thalweg_core::cost::closed_form::Quadratic;
/// use thalweg_core::descent::curvature_step::{CurvatureStep, Limit, Params};
/// let mut bowl = Quadratic { curvatures: &[4.0_f64] };
/// let mut descent = CurvatureStep::new(Params { share: 1.0, ..Params::default() });
/// let (mut theta, mut gradient) = ([3.0], [0.0]);
/// let report = descent.step(&mut bowl, &mut theta, &mut gradient).unwrap();
/// assert_eq!((report.step_size, report.limit), (0.25, Limit::Curvature));
/// assert_eq!(theta, [0.0]); // in one dimension a parabola is left at its lowest point
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvatureStep {
    params: Params,
    previous: f64,
}

impl CurvatureStep {
    /// A descent that has seen nothing yet.
    #[must_use]
    pub const fn new(params: Params) -> Self {
        Self { params, previous: params.first }
    }

    /// The step size for a promise, and what decided it.
    pub fn size(&mut self, promise: Promise) -> (f64, Limit) {
        let (size, limit) = match promise.best_step() {
            None => (self.previous, Limit::NotConvex),
            Some(best) if self.params.share * best > self.params.largest => {
                (self.params.largest, Limit::Largest)
            }
            Some(best) => (self.params.share * best, Limit::Curvature),
        };
        self.previous = size;
        (size, limit)
    }

    /// Takes one step: θ ← θ − ε·g.
    ///
    /// | argument   | shape | unit                             |
    /// |------------|-------|----------------------------------|
    /// | `theta`    | n     | parameters                       |
    /// | `gradient` | n     | cost per parameter; overwritten  |
    ///
    /// # Errors
    /// [`StepError::Diverged`] if the gradient or the curvature is not finite; θ is left as it was then.
    pub fn step<C: DirectionalCurvature>(
        &mut self,
        cost: &mut C,
        theta: &mut [C::Real],
        gradient: &mut [C::Real],
    ) -> Result<Report, StepError> {
        expect_length("theta", theta, cost.dimension())?;
        let value = cost.gradient(theta, gradient)?;
        let gradient_square = square(gradient);
        if !gradient_square.is_finite() {
            return Err(StepError::Diverged);
        }
        let curvature = cost.curvature(theta, gradient)?;
        if !curvature.is_finite() {
            return Err(StepError::Diverged);
        }
        let promise = Promise { cost: value, gradient_square, curvature };
        let (step_size, limit) = self.size(promise);
        let size = C::Real::from_f64(step_size);
        for (theta, g) in theta.iter_mut().zip(&*gradient) {
            *theta -= size * *g;
        }
        Ok(Report { promise, step_size, limit })
    }
}

/// |v|²: sixteen squares at a time in the vector's own precision, and their sums in double precision, which a
/// device without such floats adds slowly.
fn square<T: Real>(v: &[T]) -> f64 {
    let mut sum = 0.0;
    for part in v.chunks(16) {
        let mut squares = T::ZERO;
        for entry in part {
            squares += *entry * *entry;
        }
        sum += squares.to_f64();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Cost;
    use crate::cost::closed_form::{Quadratic, saddle};

    #[test]
    fn each_step_on_a_bowl_falls_by_what_the_parabola_promises() {
        let mut bowl = Quadratic { curvatures: &[1.0, 30.0] };
        let (mut theta, mut gradient) = ([2.0, -1.0], [0.0; 2]);
        let mut descent = CurvatureStep::new(Params::default());
        for _ in 0..40 {
            let report = descent.step(&mut bowl, &mut theta, &mut gradient).unwrap();
            let promised = report.promise.cost_after(report.step_size);
            assert!((bowl.cost(&theta).unwrap() - promised).abs() <= 1e-14 * report.promise.cost);
        }
        assert!(bowl.cost(&theta).unwrap() < 1e-6);
    }

    #[test]
    fn where_the_curvature_is_not_above_0_the_step_before_is_taken() {
        let mut descent = CurvatureStep::new(Params { first: 0.125, ..Params::default() });
        let (mut theta, mut gradient) = ([0.0, 1.0], [0.0; 2]);
        let report = descent.step(&mut saddle(), &mut theta, &mut gradient).unwrap();
        assert!(report.promise.curvature < 0.0);
        assert_eq!((report.step_size, report.limit), (0.125, Limit::NotConvex));
        assert_eq!(descent.size(Promise { cost: 1.0, gradient_square: 1.0, curvature: 2.0 }).0, 0.45);
        let lost = Promise { cost: 1.0, gradient_square: 1.0, curvature: 0.0 };
        assert_eq!(descent.size(lost), (0.45, Limit::NotConvex));
    }

    #[test]
    fn squares_are_added_up_over_every_length() {
        for length in [0, 1, 15, 16, 17, 40] {
            let v = [3.0_f32; 40];
            assert_eq!(square(&v[..length]), 9.0 * length as f64);
        }
    }

    #[test]
    fn no_step_passes_the_cap() {
        let mut descent = CurvatureStep::new(Params::default());
        let flat = Promise { cost: 1.0, gradient_square: 1.0, curvature: 1e-9 };
        assert_eq!(descent.size(flat), (1.0, Limit::Largest));
    }

    #[test]
    fn a_gradient_that_is_not_finite_moves_nothing() {
        let mut descent = CurvatureStep::new(Params::default());
        let (mut theta, mut gradient) = ([f64::INFINITY, 1.0], [0.0; 2]);
        let error = descent.step(&mut saddle(), &mut theta, &mut gradient).unwrap_err();
        assert_eq!((error, theta), (StepError::Diverged, [f64::INFINITY, 1.0]));
    }
}
