//! Gradient descent with momentum, one step at a time.

pub mod schedule;
pub mod taylor;
pub mod curvature_step;
pub mod flow;

use core::fmt;

use crate::cost::Gradient;
use crate::length::{WrongLength, expect_length};
use crate::real::Real;

/// Why a step of descent was not taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StepError {
    /// A slice does not have one entry per parameter.
    Length(WrongLength),
    /// The gradient holds a NaN or an infinity; θ is left as it was.
    Diverged,
}

impl fmt::Display for StepError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(error) => fmt::Display::fmt(error, formatter),
            Self::Diverged => {
                formatter.write_str("the gradient holds a NaN or an infinity; take a smaller step size")
            }
        }
    }
}

impl core::error::Error for StepError {}

impl From<WrongLength> for StepError {
    fn from(error: WrongLength) -> Self {
        Self::Length(error)
    }
}

/// Takes one step with momentum: v ← μ·v − ε·g, then θ ← θ + v.
///
/// | argument    | shape | unit                                     |
/// |-------------|-------|------------------------------------------|
/// | `theta`     | n     | parameters                               |
/// | `velocity`  | n     | parameters per step; zeros at the start  |
/// | `gradient`  | n     | cost per parameter                       |
/// | `step_size` | 1     | parameters² per cost (ε)                 |
/// | `momentum`  | 1     | 0 for plain descent (μ)                  |
///
/// # Errors
/// [`StepError::Diverged`] if the gradient is not finite; nothing is written then.
///
/// # Source
/// Polyak, *Some methods of speeding up the convergence of iteration methods* (1964).
#[inline]
pub fn step<T: Real>(
    theta: &mut [T],
    velocity: &mut [T],
    gradient: &[T],
    step_size: f64,
    momentum: f64,
) -> Result<(), StepError> {
    expect_length("velocity", velocity, theta.len())?;
    expect_length("gradient", gradient, theta.len())?;
    // no early end, so that several entries are looked at together
    if !gradient.iter().fold(true, |finite, entry| finite & entry.is_finite()) {
        return Err(StepError::Diverged);
    }
    let (step_size, momentum) = (T::from_f64(step_size), T::from_f64(momentum));
    for ((theta, v), g) in theta.iter_mut().zip(velocity).zip(gradient) {
        *v = momentum * *v - step_size * *g;
        *theta += *v;
    }
    Ok(())
}

/// What a run of full-batch descent did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Steps taken.
    pub steps: u64,
    /// The cost before the last step.
    pub cost: f64,
    /// |∇J| before the last step.
    pub gradient_norm: f64,
}

/// Full-batch gradient descent until |∇J| ≤ `tolerance` or `steps` are taken.
///
/// `velocity` and `gradient` are memory of n entries each; `velocity` starts from zeros.
///
/// # Errors
/// [`StepError`]; θ is then where the last good step left it.
///
/// # Examples
/// ```
/// use thalweg_core::cost::closed_form::{DoubleWell};
/// use thalweg_core::descent::{self, Descent};
/// let (mut theta, mut velocity, mut gradient) = ([0.1], [0.0], [0.0]);
/// let descent = Descent { step_size: 0.05, momentum: 0.0, steps: 1000, tolerance: 1e-9 };
/// descent.run(&mut DoubleWell, &mut theta, &mut velocity, &mut gradient).unwrap();
/// assert!((theta[0] - 1.0_f64).abs() < 1e-9); // where Newton's method goes to the maximum at 0
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Descent {
    /// ε.
    pub step_size: f64,
    /// μ.
    pub momentum: f64,
    /// The largest number of steps.
    pub steps: u64,
    /// The gradient's length at which it ends.
    pub tolerance: f64,
}

impl Descent {
    /// Runs the descent from `theta`, which it moves.
    ///
    /// # Errors
    /// [`StepError`]; θ is then where the last good step left it.
    pub fn run<C: Gradient>(
        &self,
        cost: &mut C,
        theta: &mut [C::Real],
        velocity: &mut [C::Real],
        gradient: &mut [C::Real],
    ) -> Result<Report, StepError> {
        velocity.fill(C::Real::ZERO);
        let mut steps = 0;
        loop {
            let value = cost.gradient(theta, gradient)?;
            let gradient_norm = crate::cost::norm(gradient);
            if gradient_norm <= self.tolerance || steps == self.steps {
                return Ok(Report { steps, cost: value, gradient_norm });
            }
            step(theta, velocity, gradient, self.step_size, self.momentum)?;
            steps += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::closed_form::{Quadratic, saddle};

    #[test]
    fn descent_on_the_saddle_follows_its_closed_form() {
        let (mut theta, mut velocity, mut gradient) = ([1.0, 1e-3], [0.0; 2], [0.0; 2]);
        let descent = Descent { step_size: 0.01, momentum: 0.0, steps: 50, tolerance: 0.0 };
        descent.run(&mut saddle(), &mut theta, &mut velocity, &mut gradient).unwrap();
        assert!((theta[0] - 0.9_f64.powi(50)).abs() < 1e-12);
        assert!((theta[1] - 1e-3 * 1.02_f64.powi(50)).abs() < 1e-12);
    }

    #[test]
    fn a_gradient_that_is_not_finite_moves_nothing() {
        let (mut theta, mut velocity) = ([1.0_f32, 2.0], [0.0; 2]);
        let error = step(&mut theta, &mut velocity, &[1.0, f32::NAN], 0.1, 0.9).unwrap_err();
        assert_eq!((error, theta, velocity), (StepError::Diverged, [1.0, 2.0], [0.0; 2]));
    }

    #[test]
    fn momentum_reaches_the_bowl_of_condition_100_sooner() {
        let steps = |momentum: f64, step_size: f64| {
            let (mut theta, mut velocity, mut gradient) = ([1.0, 1.0], [0.0; 2], [0.0; 2]);
            let descent = Descent { step_size, momentum, steps: 10_000, tolerance: 1e-6 };
            let mut cost = Quadratic { curvatures: &[1.0, 100.0] };
            descent.run(&mut cost, &mut theta, &mut velocity, &mut gradient).unwrap().steps
        };
        assert!(steps(0.67, 0.033) * 5 < steps(0.0, 2.0 / 101.0));
    }
}
