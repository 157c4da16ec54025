//! Why a table could not be drawn.

use crate::table::TableError;

/// Why a table could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// A column is missing or not of numbers.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table laid over the figure cannot be used.
    #[error("setting `overlay`: {0}")]
    Overlay(#[source] TableError),
    /// A setting has a value that means nothing.
    #[error("setting `{key} = {value}`: want {wanted}")]
    Setting {
        /// The key.
        key: String,
        /// Its value.
        value: String,
        /// What it may be.
        wanted: String,
    },
    /// There are not two columns of numbers.
    #[error("the table needs two columns of numbers to draw")]
    NoNumbers,
    /// A column has nothing to draw.
    #[error(
        "column `{column}` holds no value to draw: all are missing, not finite, or not positive on a log axis"
    )]
    Nothing {
        /// The name.
        column: String,
    },
    /// A place in the plane is not finite.
    #[error("column `{column}` must be finite to place a value on the grid; row {row} is not")]
    Place {
        /// The name.
        column: String,
        /// The row, from 1.
        row: usize,
    },
    /// A place in the plane has two values.
    #[error("the grid point x = {x}, y = {y} occurs twice; keep one row of it")]
    Repeated {
        /// To the right.
        x: f64,
        /// Upwards.
        y: f64,
    },
    /// A column of the grid has too few points.
    #[error("the grid has gaps: at x = {x} has {found} of {wanted} points; write a missing cost as NaN")]
    Incomplete {
        /// Where.
        x: f64,
        /// Points there.
        found: usize,
        /// Points elsewhere.
        wanted: usize,
    },
    /// The grid has no area.
    #[error(
        "a contour or surface needs at least 2x2 points, this grid has {columns}x{rows}; set `figure = lines` for one row"
    )]
    TooSmall {
        /// Points to the right.
        columns: usize,
        /// Points upwards.
        rows: usize,
    },
    /// The columns of a grid lie at different heights.
    #[error(
        "a contour needs the same y values in each column, but those at x = {x} differ; set `figure = surface`"
    )]
    Uneven {
        /// The first such column.
        x: f64,
    },
}

impl FigureError {
    pub(super) fn setting(key: &str, value: &str, wanted: &str) -> Self {
        Self::Setting { key: key.to_owned(), value: value.to_owned(), wanted: wanted.to_owned() }
    }
}
