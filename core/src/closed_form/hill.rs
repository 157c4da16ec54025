//! A Gaussian hill, alone and beside a valley: the obstacle that is known on paper.

use super::functions::of_two_parameters;
use crate::cost::{Cost, Gradient, HessianVector};
use crate::length::{WrongLength, expect_length};

/// height·exp(−(x² + y²)/(2·width²)): a maximum at the origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianHill {
    /// The cost at the top.
    pub height: f64,
    /// The distance from the top at which the slope is steepest.
    pub width: f64,
}

impl GaussianHill {
    fn value(self, x: f64, y: f64) -> f64 {
        self.height * libm::exp(-(x * x + y * y) / (2.0 * self.width * self.width))
    }

    fn slopes(self, x: f64, y: f64) -> [f64; 2] {
        let factor = -self.value(x, y) / (self.width * self.width);
        [factor * x, factor * y]
    }

    fn curvatures(self, x: f64, y: f64) -> [f64; 3] {
        let square = self.width * self.width;
        let value = self.value(x, y) / square;
        [value * (x * x / square - 1.0), value * x * y / square, value * (y * y / square - 1.0)]
    }
}
of_two_parameters!(GaussianHill);

/// ½y² with a Gaussian hill on it at (`centre`, 0): a straight way along y = 0 must climb it, a
/// curved one goes round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HillBesideValley {
    /// The height of the hill.
    pub height: f64,
    /// The width of the hill.
    pub width: f64,
    /// The place of the hill along x.
    pub centre: f64,
}

impl HillBesideValley {
    fn hill(self) -> GaussianHill {
        GaussianHill { height: self.height, width: self.width }
    }

    fn value(self, x: f64, y: f64) -> f64 {
        0.5 * y * y + self.hill().value(x - self.centre, y)
    }

    fn slopes(self, x: f64, y: f64) -> [f64; 2] {
        let [along, across] = self.hill().slopes(x - self.centre, y);
        [along, y + across]
    }

    fn curvatures(self, x: f64, y: f64) -> [f64; 3] {
        let [xx, xy, yy] = self.hill().curvatures(x - self.centre, y);
        [xx, xy, yy + 1.0]
    }
}
of_two_parameters!(HillBesideValley);
