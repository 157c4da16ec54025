//! A hill with a long declining tail on its wrong side.

use super::functions::of_two_parameters;
use crate::cost::{Cost, Gradient, HessianVector};
use crate::length::{WrongLength, expect_length};

/// ½y² + ln(1 + e⁻ˣ) − depth·e^(−(x − place)²/2): one minimum, near (`place`, 0), and to its right a hill
/// behind which the cost falls for ever, towards 0.
///
/// With a `depth` above ln(1 + e^(−`place`)) the minimum lies below the tail. No point but the minimum is
/// a local one, and still descent from behind the hill never comes near it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HillBeforeTail {
    /// The depth of the well.
    pub depth: f64,
    /// The place of the well along x, some units left of 0.
    pub place: f64,
}

impl HillBeforeTail {
    fn well(self, x: f64) -> f64 {
        self.depth * libm::exp(-0.5 * (x - self.place) * (x - self.place))
    }

    fn value(self, x: f64, y: f64) -> f64 {
        // ln(1 + e⁻ˣ) without overflow to the left and with its digits to the right
        let tail = if x < 0.0 { libm::log1p(libm::exp(x)) - x } else { libm::log1p(libm::exp(-x)) };
        0.5 * y * y + tail - self.well(x)
    }

    fn slopes(self, x: f64, y: f64) -> [f64; 2] {
        [(x - self.place) * self.well(x) - 1.0 / (1.0 + libm::exp(x)), y]
    }

    fn curvatures(self, x: f64, _: f64) -> [f64; 3] {
        let (from, fall) = (x - self.place, 1.0 / (1.0 + libm::exp(x)));
        [(1.0 - from * from) * self.well(x) + fall * (1.0 - fall), 0.0, 1.0]
    }
}
of_two_parameters!(HillBeforeTail);
