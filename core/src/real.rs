//! The two scalars, and the one door through which transcendental functions come.

#[cfg(feature = "micromath")]
pub mod fast;

use core::fmt::{Debug, Display};
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A scalar of the core: `f32` or `f64`.
///
/// Addition, subtraction, multiplication, division and the square root are those of IEEE 754,
/// never fused. The transcendental functions are `libm`'s at one pinned version, on every machine,
/// so that they return the same bits on a desktop and on a microcontroller.
pub trait Real:
    sealed::Sealed
    + Copy
    + Default
    + Debug
    + Display
    + PartialEq
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
{
    /// The number 0.
    const ZERO: Self;
    /// The number 1.
    const ONE: Self;
    /// The distance from 1 to the next larger number.
    const EPSILON: Self;
    /// The name of the precision: `f32` or `f64`.
    const NAME: &'static str;

    /// The nearest number of this precision.
    fn from_f64(value: f64) -> Self;
    /// The same number in double precision; exact.
    fn to_f64(self) -> f64;
    /// Whether the number is not a number.
    fn is_nan(self) -> bool;
    /// Whether the number is neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// |x|.
    fn abs(self) -> Self;
    /// √x, correctly rounded.
    fn sqrt(self) -> Self;
    /// eˣ.
    fn exp(self) -> Self;
    /// ln(1 + x), accurate for small x.
    fn ln_1p(self) -> Self;
    /// tanh x.
    fn tanh(self) -> Self;

    /// 1 / (1 + e⁻ˣ).
    fn sigmoid(self) -> Self {
        Self::ONE / (Self::ONE + (-self).exp())
    }

    /// tanh x by [`fast::tanh`], in single precision whatever this one is.
    #[cfg(feature = "micromath")]
    fn tanh_fast(self) -> Self {
        Self::from_f64(f64::from(crate::real::fast::tanh(self.to_f64() as f32)))
    }

    /// 1 / (1 + e⁻ˣ) by [`fast::sigmoid`], in single precision whatever this one is.
    #[cfg(feature = "micromath")]
    fn sigmoid_fast(self) -> Self {
        Self::from_f64(f64::from(crate::real::fast::sigmoid(self.to_f64() as f32)))
    }
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const EPSILON: Self = f32::EPSILON;
    const NAME: &'static str = "f32";

    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn is_finite(self) -> bool {
        f32::is_finite(self)
    }
    fn is_nan(self) -> bool {
        f32::is_nan(self)
    }
    fn abs(self) -> Self {
        libm::fabsf(self)
    }
    fn sqrt(self) -> Self {
        libm::sqrtf(self)
    }
    fn exp(self) -> Self {
        libm::expf(self)
    }
    fn ln_1p(self) -> Self {
        libm::log1pf(self)
    }
    fn tanh(self) -> Self {
        libm::tanhf(self)
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const EPSILON: Self = f64::EPSILON;
    const NAME: &'static str = "f64";

    fn from_f64(value: f64) -> Self {
        value
    }
    fn to_f64(self) -> f64 {
        self
    }
    fn is_finite(self) -> bool {
        f64::is_finite(self)
    }
    fn is_nan(self) -> bool {
        f64::is_nan(self)
    }
    fn abs(self) -> Self {
        libm::fabs(self)
    }
    fn sqrt(self) -> Self {
        libm::sqrt(self)
    }
    fn exp(self) -> Self {
        libm::exp(self)
    }
    fn ln_1p(self) -> Self {
        libm::log1p(self)
    }
    fn tanh(self) -> Self {
        libm::tanh(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoid_saturates_without_overflow() {
        assert_eq!(Real::sigmoid(-1000.0_f32), 0.0);
        assert_eq!(Real::sigmoid(1000.0_f32), 1.0);
        assert_eq!(Real::sigmoid(0.0_f64), 0.5);
    }

    #[test]
    fn small_arguments_keep_their_digits() {
        assert_eq!(Real::ln_1p(1e-20_f64), 1e-20);
        assert_eq!(Real::ln_1p(1e-30_f32), 1e-30);
    }
}
