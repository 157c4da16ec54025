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

/// ½y² with a Gaussian hill on it: a way through the hill must climb it, another goes round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HillBesideValley {
    /// The height of the hill.
    pub height: f64,
    /// The width of the hill.
    pub width: f64,
    /// The place (x, y) of the hill.
    pub centre: [f64; 2],
}

impl HillBesideValley {
    fn hill(self) -> GaussianHill {
        GaussianHill { height: self.height, width: self.width }
    }

    fn value(self, x: f64, y: f64) -> f64 {
        0.5 * y * y + self.hill().value(x - self.centre[0], y - self.centre[1])
    }

    fn slopes(self, x: f64, y: f64) -> [f64; 2] {
        let [along, across] = self.hill().slopes(x - self.centre[0], y - self.centre[1]);
        [along, y + across]
    }

    fn curvatures(self, x: f64, y: f64) -> [f64; 3] {
        let [xx, xy, yy] = self.hill().curvatures(x - self.centre[0], y - self.centre[1]);
        [xx, xy, yy + 1.0]
    }
}
of_two_parameters!(HillBesideValley);

/// ½y² + s·(x³/3 − (1 + c)·x²/2 + c·x) + s·(1 − 3c)/6: from the start at (0, 0) a bump at (c, 0) must be
/// climbed before the fall to the minimum at (1, 0), where J = 0.
///
/// The bump is s·c²(3 − c)/6 high and the whole drop s·(1 − 3c)/6, so a small c makes a bump that a
/// coarse grid does not show: the wrong side of the mountain, on paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WrongSideOfTheMountain {
    /// c, the place of the bump, below 1/3.
    pub place: f64,
    /// s, which scales the cost along x.
    pub scale: f64,
}

impl WrongSideOfTheMountain {
    /// How far the bump rises above the start.
    #[must_use]
    pub const fn height(self) -> f64 {
        self.scale * self.place * self.place * (3.0 - self.place) / 6.0
    }

    /// How far the minimum lies below the start.
    #[must_use]
    pub const fn drop(self) -> f64 {
        self.scale * (1.0 - 3.0 * self.place) / 6.0
    }

    fn value(self, x: f64, y: f64) -> f64 {
        let c = self.place;
        0.5 * y * y + self.scale * x * ((x / 3.0 - 0.5 * (1.0 + c)) * x + c) + self.drop()
    }

    fn slopes(self, x: f64, y: f64) -> [f64; 2] {
        [self.scale * (x - self.place) * (x - 1.0), y]
    }

    fn curvatures(self, x: f64, _: f64) -> [f64; 3] {
        [self.scale * (2.0 * x - 1.0 - self.place), 0.0, 1.0]
    }
}
of_two_parameters!(WrongSideOfTheMountain);
