//! What can be wrong with a table or its file.

use std::path::PathBuf;

/// Why a table cannot be written, read or used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The bytes could not be read or written.
    #[error("{0}")]
    Bytes(#[from] std::io::Error),
    /// A file is not a table, or could not be opened.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<TableError>,
    },
    /// The text is not UTF-8.
    #[error("line {line} is not UTF-8 text; save the file as UTF-8")]
    Encoding {
        /// Line number, from 1.
        line: usize,
    },
    /// A line at the top starts with `#` but holds no setting.
    #[error("line {line} starts with `#` but does not read `# key = value`")]
    Setting {
        /// Line number, from 1.
        line: usize,
    },
    /// There is no line of column names.
    #[error("there is no header line of column names after the settings")]
    NoHeader,
    /// A row has more or fewer cells than the header.
    #[error("line {line} has {found} cells, but the header names {wanted} columns")]
    Ragged {
        /// Line number, from 1.
        line: usize,
        /// Cells wanted.
        wanted: usize,
        /// Cells found.
        found: usize,
    },
    /// Two columns have one name.
    #[error("two columns are called `{column}`; rename one")]
    Duplicate {
        /// The name.
        column: String,
    },
    /// A column has no usable name.
    #[error("column {number} is called `{name}`; a name is not empty, not `#…` and has no spaces around it")]
    ColumnName {
        /// The column, from 1.
        number: usize,
        /// The name.
        name: String,
    },
    /// A setting has no usable key.
    #[error("a setting is called `{key}`; a key is one line, not empty, without `=` and spaces around it")]
    SettingName {
        /// The key.
        key: String,
    },
    /// A column is not as long as the first.
    #[error("column `{column}` has {found} rows, but the first column has {wanted}")]
    Length {
        /// The name.
        column: String,
        /// Rows of the first column.
        wanted: usize,
        /// Rows found.
        found: usize,
    },
    /// A column is not there.
    #[error("there is no column `{column}`; {advice}")]
    Missing {
        /// The name asked for.
        column: String,
        /// The nearest name, and all names.
        advice: String,
    },
    /// A column of numbers holds something else.
    #[error("column `{column}` should hold numbers, but row {row} holds `{cell}`")]
    NotNumber {
        /// The name.
        column: String,
        /// The row, from 1.
        row: usize,
        /// What is there.
        cell: String,
    },
    /// The rows could not be split into cells, or joined.
    #[error("{0}")]
    Rows(#[from] csv::Error),
}
