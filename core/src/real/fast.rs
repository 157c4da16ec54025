//! The logistic function and the hyperbolic tangent from `micromath`'s exponential: named functions of
//! their own, for a device that has no time for libm's. They are quicker where floats are soft, and not where
//! the processor has them: `cargo run --release -p emulated --bin budget` counts both on every target.
//!
//! The exponential is a power of two times four terms of a series, and jumps where the power changes and
//! at ±1. So these functions are near the true ones, and are not smooth:
//!
//! | function      | largest error | largest jump | slope by the rule, against the true function's |
//! |---------------|---------------|--------------|------------------------------------------------|
//! | [`sigmoid`]   | 5.3e-4        | 5.3e-4       | 2.3e-4                                         |
//! | [`tanh`]      | 1.06e-3       | 1.06e-3      | 9.2e-4                                         |
//!
//! *When their derivatives may be trusted.* Gradients and Hessian–vector products take the rules
//! y·(1 − y) and 1 − y² at the value found: they are those of the true functions at a point nearby,
//! within the last column, and training may use them. They are not the derivatives of the functions as
//! they are: a difference over ±h that passes a jump is off by the jump over 2h, which at h = 5e-3 is
//! 0.05 for the logistic function, a fifth of its largest slope. So finite differences, and therefore
//! every check of one route by the other, need libm's functions.

use micromath::F32Ext;

/// Beyond this the exponential has no place for its power of two; the functions have long been flat.
const FLAT: f32 = 80.0;

/// 1 / (1 + e⁻ˣ), near enough for training; NaN stays NaN.
#[must_use]
pub fn sigmoid(x: f32) -> f32 {
    if x.is_nan() {
        return x;
    }
    let bounded = x.clamp(-FLAT, FLAT);
    1.0 / (1.0 + F32Ext::exp(-bounded))
}

/// tanh x = 2 / (1 + e⁻²ˣ) − 1, near enough for training; NaN stays NaN.
#[must_use]
pub fn tanh(x: f32) -> f32 {
    let y = sigmoid(x + x);
    (y + y) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest error, jump and difference of slopes from the true function, on ±20 in steps of 5e-5.
    fn measured(fast: fn(f32) -> f32, truth: fn(f64) -> f64, slope: fn(f64) -> f64) -> [f64; 3] {
        let mut largest = [0.0_f64; 3];
        let mut before = 0.0;
        for step in -400_000_i32..=400_000 {
            let x = step as f32 * 5e-5;
            let (found, wanted) = (f64::from(fast(x)), truth(f64::from(x)));
            let error = found - wanted;
            let values = [error, error - before, slope(found) - slope(wanted)];
            for (largest, value) in largest.iter_mut().zip(values) {
                *largest = largest.max(value.abs());
            }
            before = error;
        }
        largest
    }

    #[test]
    fn errors_jumps_and_slopes_are_those_of_the_table() {
        let sigmoid = measured(sigmoid, |x| 1.0 / (1.0 + libm::exp(-x)), |y| y * (1.0 - y));
        let tanh = measured(tanh, libm::tanh, |y| 1.0 - y * y);
        for (found, table) in
            sigmoid.iter().chain(&tanh).zip([5.3e-4, 5.3e-4, 2.3e-4, 1.06e-3, 1.06e-3, 9.2e-4])
        {
            assert!(*found <= table && *found > 0.98 * table, "{found:e} {table:e}");
        }
    }

    #[test]
    fn a_difference_over_a_jump_is_far_from_the_slope() {
        let h = 5e-3;
        let worst = (-4000_i32..4000).map(|step| step as f32 * 1e-3).fold(0.0_f32, |worst, x| {
            let difference = (sigmoid(x + h) - sigmoid(x - h)) / (2.0 * h);
            worst.max((difference - sigmoid(x) * (1.0 - sigmoid(x))).abs())
        });
        assert!((0.04..0.06).contains(&worst), "{worst}");
    }

    #[test]
    fn large_arguments_saturate_and_nan_stays() {
        for x in [80.0, 88.7, 89.0, 1e30, f32::INFINITY] {
            assert_eq!((sigmoid(x), tanh(x), tanh(-x)), (1.0, 1.0, -1.0), "{x}");
            assert!((0.0..1e-30).contains(&sigmoid(-x)), "{x}");
        }
        assert!(sigmoid(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
        assert_eq!((sigmoid(0.0), tanh(0.0)), (0.5, 0.0));
    }
}
