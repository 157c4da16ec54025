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
