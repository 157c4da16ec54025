//! What the second-order Taylor series promises for a step along the gradient.

use crate::cost::{HessianVector, dot};
use crate::length::{WrongLength, expect_length};
use crate::real::Real;
use crate::rows::rows;

/// The three numbers from which the promise for every step size follows.
///
/// For θ − ε·g the series gives J − ε·gᵀg + ½ε²·gᵀHg; the rest is O(ε³), and 0 on a quadratic.
///
/// # Examples
/// ```
/// use thalweg_core::cost::closed_form::Quadratic;
/// use thalweg_core::descent::taylor::promise;
/// let (mut gradient, mut product) = ([0.0; 2], [0.0; 2]);
/// let mut bowl = Quadratic { curvatures: &[1.0_f64, 3.0] };
/// let promise = promise(&mut bowl, &[1.0, 1.0], &mut gradient, &mut product).unwrap();
/// assert_eq!(promise.best_step(), Some(10.0 / 28.0)); // gᵀg = 1 + 9, gᵀHg = 1 + 27
/// ```
/// # Source
/// Goodfellow, Bengio, Courville, *Deep Learning* (2016), §4.3.1, equations 4.9 and 4.10.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Promise {
    /// J(θ).
    pub cost: f64,
    /// gᵀg.
    pub gradient_square: f64,
    /// gᵀHg.
    pub curvature: f64,
}

impl Promise {
    /// The promised change of the cost, −ε·gᵀg + ½ε²·gᵀHg.
    #[must_use]
    pub const fn change(self, step_size: f64) -> f64 {
        step_size * (0.5 * step_size * self.curvature - self.gradient_square)
    }

    /// The promised cost after a step.
    #[must_use]
    pub const fn cost_after(self, step_size: f64) -> f64 {
        self.cost + self.change(step_size)
    }

    /// ε* = gᵀg/gᵀHg, the step size of the deepest promise; `None` where gᵀHg is not above 0, for there the
    /// promise has no lowest point (or the gradient is 0).
    #[must_use]
    pub fn best_step(self) -> Option<f64> {
        let step = self.gradient_square / self.curvature;
        (self.curvature > 0.0 && step.is_finite()).then_some(step)
    }

    /// ½(gᵀg)²/gᵀHg, the fall of the cost that ε* promises.
    #[must_use]
    pub fn best_gain(self) -> Option<f64> {
        self.best_step().map(|step| 0.5 * step * self.gradient_square)
    }

    /// gᵀHg/gᵀg, the curvature along the gradient; 0 where the gradient is 0.
    #[must_use]
    pub fn curvature_along_gradient(self) -> f64 {
        if self.gradient_square > 0.0 { self.curvature / self.gradient_square } else { 0.0 }
    }

    /// ½ε·gᵀHg/gᵀg: above 1 the step is promised to go uphill.
    #[must_use]
    pub fn uphill_ratio(self, step_size: f64) -> f64 {
        0.5 * step_size * self.curvature_along_gradient()
    }

    /// The least fall that is promised for a step when nothing is known of the gradient's direction but that
    /// no curvature exceeds `largest`: (ε − ½ε²·λ_max)·gᵀg, above 0 exactly for 0 < ε < 2/λ_max.
    #[must_use]
    pub const fn worst_fall(self, step_size: f64, largest: f64) -> f64 {
        step_size * (1.0 - 0.5 * step_size * largest) * self.gradient_square
    }
}

/// Measures the promise at θ; takes one gradient and one Hessian–vector product.
///
/// | argument   | shape | unit                                             |
/// |------------|-------|--------------------------------------------------|
/// | `theta`    | n     | parameters                                       |
/// | `gradient` | n     | cost per parameter; holds g at the end           |
/// | `product`  | n     | cost² per parameter³; holds H·g at the end       |
///
/// # Errors
/// [`WrongLength`] if a slice does not have n entries; nothing is written then.
pub fn promise<C: HessianVector>(
    cost: &mut C,
    theta: &[C::Real],
    gradient: &mut [C::Real],
    product: &mut [C::Real],
) -> Result<Promise, WrongLength> {
    let n = cost.dimension();
    expect_length("theta", theta, n)?;
    expect_length("gradient", gradient, n)?;
    expect_length("product", product, n)?;
    let value = cost.gradient(theta, gradient)?;
    cost.hessian_vector(theta, gradient, product)?;
    Ok(Promise { cost: value, gradient_square: dot(gradient, gradient), curvature: dot(gradient, product) })
}

/// Writes how a direction is shared out among the eigenvectors: cos² of the angle to each.
///
/// The shares add up to 1 when the eigenvectors are a basis, and dᵀHd = |d|²·Σ λᵢ·shareᵢ. All 0 for a
/// direction of length 0.
///
/// | argument    | shape | unit                                       |
/// |-------------|-------|--------------------------------------------|
/// | `vectors`   | k × n | unit eigenvectors, one after the other     |
/// | `direction` | n     | any                                        |
/// | `shares`    | k     | 1                                          |
///
/// # Errors
/// [`WrongLength`] if a slice is not of the shape above; nothing is written then.
pub fn shares<T: Real>(vectors: &[T], direction: &[T], shares: &mut [f64]) -> Result<(), WrongLength> {
    let n = direction.len();
    expect_length("vectors", vectors, n * shares.len())?;
    let square = dot(direction, direction);
    for (share, vector) in shares.iter_mut().zip(rows(vectors, n)) {
        let along = dot(vector, direction);
        *share = if square > 0.0 { along * along / square } else { 0.0 };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Cost;
    use crate::cost::closed_form::{Quadratic, Rosenbrock, saddle};
    use crate::subspace::along;

    fn at<C: HessianVector<Real = f64>>(cost: &mut C, theta: [f64; 2]) -> (Promise, [f64; 2]) {
        let (mut gradient, mut product) = ([0.0; 2], [0.0; 2]);
        let promise = promise(cost, &theta, &mut gradient, &mut product).unwrap();
        (promise, gradient)
    }

    #[test]
    fn a_quadratic_keeps_every_promise() {
        let mut cost = Quadratic { curvatures: &[3.0, -0.7] };
        let theta = [0.4, -1.9];
        let (promise, gradient) = at(&mut cost, theta);
        for step_size in [1e-3, 0.1, 0.7, 5.0] {
            let mut after = [0.0; 2];
            along(&theta, -step_size, &gradient, &mut after).unwrap();
            let actual = cost.cost(&after).unwrap();
            assert!((promise.cost_after(step_size) - actual).abs() < 1e-12 * (1.0 + actual.abs()));
        }
    }

    #[test]
    fn the_rest_of_the_series_falls_with_the_third_power_of_the_step() {
        let theta = [-0.3, 0.4];
        let (promise, gradient) = at(&mut Rosenbrock::default(), theta);
        let rest = |step_size: f64| {
            let mut after = [0.0; 2];
            along(&theta, -step_size, &gradient, &mut after).unwrap();
            (Rosenbrock::default().cost(&after).unwrap() - promise.cost_after(step_size)).abs()
        };
        let slope = (rest(2e-5) / rest(1e-5)).log2();
        assert!((slope - 3.0).abs() < 0.05, "{slope}");
    }

    #[test]
    fn the_best_step_is_where_the_promise_is_deepest_and_is_missing_over_a_saddle() {
        let (promise, _) = at(&mut Quadratic { curvatures: &[2.0, 5.0] }, [1.0, 1.0]);
        let (best, gain) = (promise.best_step().unwrap(), promise.best_gain().unwrap());
        assert!((promise.change(best) + gain).abs() < 1e-12);
        assert!(promise.change(best * 1.01) > -gain && promise.change(best * 0.99) > -gain);
        assert_eq!(at(&mut saddle(), [0.0, 1.0]).0.best_step(), None);
        assert_eq!(at(&mut saddle(), [0.0, 0.0]).0.best_step(), None);
    }

    #[test]
    fn the_worst_fall_is_reached_along_the_stiffest_direction_and_ends_at_two_over_lambda() {
        let (promise, _) = at(&mut Quadratic { curvatures: &[1.0, 4.0] }, [0.0, 1.0]);
        assert!((promise.worst_fall(0.2, 4.0) + promise.change(0.2)).abs() < 1e-12);
        assert!(promise.worst_fall(0.499, 4.0) > 0.0 && promise.worst_fall(0.501, 4.0) < 0.0);
        assert!(promise.uphill_ratio(0.499) < 1.0 && promise.uphill_ratio(0.501) > 1.0);
    }

    #[test]
    fn shares_add_up_to_one_and_give_the_curvature() {
        let (c, s) = (0.6, 0.8);
        let vectors = [c, s, -s, c];
        let mut found = [0.0; 2];
        shares(&vectors, &[3.0, 0.0], &mut found).unwrap();
        assert!((found[0] - 0.36).abs() < 1e-15 && (found[0] + found[1] - 1.0).abs() < 1e-15);
        shares(&vectors, &[0.0, 0.0], &mut found).unwrap();
        assert_eq!(found, [0.0, 0.0]);
    }

    #[test]
    fn a_short_product_is_named_and_nothing_is_written() {
        let mut gradient = [7.0, 7.0];
        let error = promise(&mut saddle(), &[1.0, 1.0], &mut gradient, &mut [0.0]).unwrap_err();
        assert_eq!((error.argument, gradient), ("product", [7.0, 7.0]));
    }
}
