//! The gradient flow of a quadratic model in closed form, and its discrete twin, gradient descent.
//!
//! About θ₀, with gradient g and Hessian QΛQᵀ, the flow θ̇ = −g − H(θ − θ₀) moves each eigen-direction
//! on its own: by −gᵢ·[`reach`]`(λᵢ, t)`. A positive λ stops at gᵢ/λ; a negative one escapes
//! exponentially.

use crate::cost::dot;
use crate::length::{WrongLength, copy, expect_length};
use crate::real::Real;
use crate::rows::rows;

/// Below this |λt| the quotient is replaced by its series, whose next term is below 1e-19.
const SMALL: f64 = 1e-6;

/// (1 − e^(−λt))/λ: how far a unit slope carries in time t along curvature λ; t for λ = 0.
///
/// Error: a few units in the last place, for every sign and size of λ.
///
/// # Examples
/// ```
/// use thalweg_core::descent::flow::reach;
/// assert_eq!(reach(0.0, 3.0), 3.0);
/// assert!((reach(2.0, 100.0) - 0.5).abs() < 1e-15); // a bowl stops it
/// assert!((reach(-1.0, 1.0) - (1.0_f64.exp() - 1.0)).abs() < 1e-15); // a saddle does not
/// ```
/// # Source
/// The deck's slide "Gradient descent flees saddle points"; the limit is left out there.
#[must_use]
pub fn reach(curvature: f64, time: f64) -> f64 {
    let turns = curvature * time;
    if turns.abs() < SMALL {
        time * (1.0 - turns * (0.5 - turns / 6.0))
    } else {
        -libm::expm1(-turns) / curvature
    }
}

/// (1 − (1 − ελ)ᵏ)/λ: the same for k steps of descent with step size ε; k·ε for λ = 0.
#[must_use]
pub fn discrete_reach(curvature: f64, step_size: f64, steps: u32) -> f64 {
    let (turn, k) = (step_size * curvature, f64::from(steps));
    if turn == 0.0 {
        k * step_size
    } else if turn < 1.0 {
        -libm::expm1(k * libm::log1p(-turn)) / curvature
    } else {
        let power = libm::pow(turn - 1.0, k);
        let signed = if steps.is_multiple_of(2) { power } else { -power };
        (1.0 - signed) / curvature
    }
}

/// The fall of the quadratic model's cost along an eigen-direction with slope g and curvature λ, when the
/// flow has run for t: g²·(1 − e^(−2λt))/(2λ).
#[must_use]
pub fn fall(slope: f64, curvature: f64, time: f64) -> f64 {
    slope * slope * reach(2.0 * curvature, time)
}

/// The time that the flow needs from a distance δ off a saddle to a distance `far`, along curvature
/// λ < 0: ln(far/δ)/|λ|; infinite from δ = 0, and where λ does not flee.
#[must_use]
pub fn escape_time(curvature: f64, distance: f64, far: f64) -> f64 {
    if curvature < 0.0 && distance > 0.0 { libm::log(far / distance) / -curvature } else { f64::INFINITY }
}

/// How long, and in which way, the quadratic model is followed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Motion {
    /// The flow, for a time.
    Flow {
        /// t.
        time: f64,
    },
    /// Gradient descent.
    Descent {
        /// ε.
        step_size: f64,
        /// k.
        steps: u32,
    },
}

impl Motion {
    /// How far a unit slope carries along curvature λ.
    #[must_use]
    pub fn reach(self, curvature: f64) -> f64 {
        match self {
            Self::Flow { time } => reach(curvature, time),
            Self::Descent { step_size, steps } => discrete_reach(curvature, step_size, steps),
        }
    }

    /// Writes θ₀ − Q·reach(Λ)·Qᵀg into `theta`, and returns the model's change of cost.
    ///
    /// | argument   | shape | unit                                                |
    /// |------------|-------|-----------------------------------------------------|
    /// | `origin`   | n     | parameters (θ₀)                                     |
    /// | `gradient` | n     | cost per parameter, at θ₀                           |
    /// | `values`   | n     | eigenvalues of the Hessian at θ₀                    |
    /// | `vectors`  | n × n | unit eigenvectors, one after the other              |
    /// | `theta`    | n     | parameters; overwritten                             |
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is not of the shape above; nothing is written then.
    pub fn follow<T: Real>(
        self,
        origin: &[T],
        gradient: &[T],
        values: &[T],
        vectors: &[T],
        theta: &mut [T],
    ) -> Result<f64, WrongLength> {
        let n = origin.len();
        expect_length("gradient", gradient, n)?;
        expect_length("values", values, n)?;
        expect_length("vectors", vectors, n * n)?;
        expect_length("theta", theta, n)?;
        copy(origin, theta);
        let mut change = 0.0;
        for (value, vector) in values.iter().zip(rows(vectors, n)) {
            let (slope, curvature) = (dot(vector, gradient), value.to_f64());
            let moved = -slope * self.reach(curvature);
            change += moved * (slope + 0.5 * curvature * moved);
            let moved = T::from_f64(moved);
            for (theta, v) in theta.iter_mut().zip(vector) {
                *theta += moved * *v;
            }
        }
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::closed_form::Quadratic;
    use crate::cost::{Cost, Gradient};
    use crate::descent::Descent;

    /// x(t) of ẋ = −(g + λx), x(0) = 0, by the classical Runge–Kutta rule.
    fn integrated(slope: f64, curvature: f64, time: f64) -> f64 {
        let rate = |x: f64| -(slope + curvature * x);
        let (steps, mut x) = (2000, 0.0);
        let h = time / f64::from(steps);
        for _ in 0..steps {
            let a = rate(x);
            let b = rate(x + 0.5 * h * a);
            let c = rate(x + 0.5 * h * b);
            let d = rate(x + h * c);
            x += h / 6.0 * (a + 2.0 * b + 2.0 * c + d);
        }
        x
    }

    #[test]
    fn the_closed_form_agrees_with_integration_for_every_kind_of_curvature() {
        for curvature in [2.0, 1e-9, 0.0, -1.0] {
            for time in [0.1, 1.0, 4.0] {
                let (found, wanted) = (-0.7 * reach(curvature, time), integrated(0.7, curvature, time));
                assert!((found / wanted - 1.0).abs() < 1e-9, "{curvature} {time}: {found} {wanted}");
            }
        }
    }

    #[test]
    fn the_series_meets_the_quotient_where_they_change_places() {
        for turns in [SMALL, -SMALL] {
            let (inside, outside) = (reach(turns * 0.999_999, 1.0), reach(turns * 1.000_001, 1.0));
            let slope = (outside - inside) / (turns * 2e-6);
            assert!((slope + 0.5).abs() < 1e-3, "{slope}");
        }
    }

    #[test]
    fn the_discrete_form_is_descent_itself() {
        for curvature in [2.0, 1e-9, 0.0, -1.0, 15.0, 25.0] {
            let curvatures = [curvature];
            let mut cost = Quadratic { curvatures: &curvatures };
            // J = ½λx² has slope λx₀ at x₀ = 1; descent from there moves by −slope·reach
            let (mut theta, mut velocity, mut gradient) = ([1.0_f64], [0.0], [0.0]);
            let descent = Descent { step_size: 0.1, momentum: 0.0, steps: 7, tolerance: -1.0 };
            descent.run(&mut cost, &mut theta, &mut velocity, &mut gradient).unwrap();
            let wanted = 1.0 - curvature * discrete_reach(curvature, 0.1, 7);
            assert!((theta[0] - wanted).abs() < 1e-12 * wanted.abs().max(1.0), "{curvature}");
        }
    }

    #[test]
    fn following_lands_where_descent_lands_and_promises_its_cost() {
        let curvatures = [3.0, 0.0, -0.5];
        let mut cost = Quadratic { curvatures: &curvatures };
        let origin = [0.4, -1.0, 0.2];
        let mut gradient = [0.0; 3];
        let before = cost.gradient(&origin, &mut gradient).unwrap();
        let vectors = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        let mut found = [0.0; 3];
        let motion = Motion::Descent { step_size: 0.2, steps: 9 };
        let change = motion.follow(&origin, &gradient, &curvatures, &vectors, &mut found).unwrap();
        let (mut theta, mut velocity) = (origin, [0.0; 3]);
        let descent = Descent { step_size: 0.2, momentum: 0.0, steps: 9, tolerance: -1.0 };
        descent.run(&mut cost, &mut theta, &mut velocity, &mut gradient).unwrap();
        for (found, wanted) in found.iter().zip(theta) {
            assert!((found - wanted).abs() < 1e-12);
        }
        assert!((before + change - cost.cost(&theta).unwrap()).abs() < 1e-12);
    }

    #[test]
    fn the_flow_loses_the_cost_that_its_formula_says() {
        for curvature in [2.0, 0.0, -1.0] {
            let mut theta = [0.0];
            let motion = Motion::Flow { time: 1.3 };
            let change = motion.follow(&[0.0], &[0.7], &[curvature], &[1.0], &mut theta).unwrap();
            assert!((change + fall(0.7, curvature, 1.3)).abs() < 1e-14);
        }
    }

    #[test]
    fn a_saddle_is_left_after_the_time_on_paper() {
        let time = escape_time(-0.5, 1e-4, 1.0);
        let slope = -0.5 * 1e-4; // of J = −¼x² at x = 1e-4
        assert!((1e-4 - slope * reach(-0.5, time) - 1.0).abs() < 1e-12);
        assert_eq!(escape_time(-0.5, 0.0, 1.0), f64::INFINITY);
        assert_eq!(escape_time(0.5, 1e-4, 1.0), f64::INFINITY);
    }
}
