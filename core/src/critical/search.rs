//! What the searches with second derivatives have in common: how they end, and why they cannot go on.

use core::fmt;

use crate::length::WrongLength;
use crate::spectrum::symmetric::EigenError;

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// |g| is within the tolerance.
    Critical,
    /// ½|g|² has no slope left although |g| is above the tolerance: a gradient-flat point.
    Flat,
    /// No step that the method allows itself improves on θ.
    Stalled,
    /// All steps are taken.
    Steps,
}

impl End {
    /// The name in a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Flat => "flat",
            Self::Stalled => "stalled",
            Self::Steps => "steps",
        }
    }
}

/// What a search did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Steps taken.
    pub steps: u64,
    /// J at the end.
    pub cost: f64,
    /// |g| at the end.
    pub gradient_norm: f64,
    /// Why it ended.
    pub end: End,
}

/// Why a search cannot go on; θ is where the last good step left it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SearchError {
    /// A slice is too short.
    Length(WrongLength),
    /// The Hessian could not be taken apart.
    Eigen(EigenError),
    /// The cost or gradient at the start is not finite.
    NotFinite,
}

impl fmt::Display for SearchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(error) => fmt::Display::fmt(error, formatter),
            Self::Eigen(error) => write!(formatter, "the Hessian: {error}"),
            Self::NotFinite => formatter.write_str("the cost or its gradient at the start is not finite"),
        }
    }
}

impl core::error::Error for SearchError {}

impl From<WrongLength> for SearchError {
    fn from(error: WrongLength) -> Self {
        Self::Length(error)
    }
}

impl From<EigenError> for SearchError {
    fn from(error: EigenError) -> Self {
        match error {
            EigenError::Length(error) => Self::Length(error),
            other => Self::Eigen(other),
        }
    }
}

/// ½(x − 2)² up to 0.8, and beyond it a cost and a slope of any kind, with the curvature 1 everywhere: what a search
/// meets that steps to where nothing is finite.
#[cfg(test)]
#[derive(Clone, Copy)]
pub(crate) struct Wall {
    pub(crate) cost: f64,
    pub(crate) slope: f64,
}

#[cfg(test)]
mod wall {
    use super::{Wall, WrongLength};
    use crate::cost::{Cost, Gradient, HessianVector};

    impl Cost for Wall {
        type Real = f64;
        fn dimension(&self) -> usize {
            1
        }
        fn cost(&mut self, theta: &[f64]) -> Result<f64, WrongLength> {
            Ok(if theta[0] > 0.8 { self.cost } else { 0.5 * (theta[0] - 2.0) * (theta[0] - 2.0) })
        }
    }

    impl Gradient for Wall {
        fn gradient(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, WrongLength> {
            gradient[0] = if theta[0] > 0.8 { self.slope } else { theta[0] - 2.0 };
            self.cost(theta)
        }
    }

    impl HessianVector for Wall {
        fn hessian_vector(&mut self, _: &[f64], v: &[f64], hv: &mut [f64]) -> Result<(), WrongLength> {
            hv[0] = v[0];
            Ok(())
        }
    }
}
