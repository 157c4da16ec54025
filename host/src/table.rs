//! A table: named columns of equal length, with the settings that shaped them, and its CSV text.
//!
//! The text is one `# key = value` line per setting, a header of column names, then the rows.
//! A number is written with the shortest text that reads back to the same bits (a NaN as `NaN`, without its payload).

use std::fmt::Display;

use number::{number, number_text};

mod error;
mod number;
mod read;
mod write;

pub use error::TableError;

/// Named columns of equal length, and the settings that shaped them.
///
/// Made column by column; [`Table::check`], which the writer calls, says whether the columns fit together.
///
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Key and value of each setting, in the order of the file.
    pub settings: Vec<(String, String)>,
    /// The columns, all equally long.
    pub columns: Vec<Column>,
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The name in the header.
    pub name: String,
    /// One cell per row.
    pub cells: Cells,
}

/// The cells of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Numbers; a missing one is NaN.
    Number(Vec<f64>),
    /// Texts. Cells that all read as numbers come back from a file as numbers.
    Text(Vec<String>),
}

impl From<Vec<f64>> for Cells {
    fn from(cells: Vec<f64>) -> Self {
        Self::Number(cells)
    }
}

impl From<Vec<String>> for Cells {
    fn from(cells: Vec<String>) -> Self {
        Self::Text(cells)
    }
}

impl Cells {
    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Number(cells) => cells.len(),
            Self::Text(cells) => cells.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Table {
    /// A table without settings and columns.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a setting; of two with one key, the later counts.
    #[must_use]
    pub fn setting(mut self, key: impl Into<String>, value: impl Display) -> Self {
        self.settings.push((key.into(), value.to_string()));
        self
    }

    /// Adds a column of numbers (`Vec<f64>`) or texts (`Vec<String>`), one per row.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>, cells: impl Into<Cells>) -> Self {
        self.columns.push(Column { name: name.into(), cells: cells.into() });
        self
    }

    /// The number of rows of the first column.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }

    /// The value of a setting, if it is there.
    #[must_use]
    pub fn setting_value(&self, key: &str) -> Option<&str> {
        self.settings.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The cells of a column, if it is there.
    #[must_use]
    pub fn cells(&self, name: &str) -> Option<&Cells> {
        self.columns.iter().find(|column| column.name == name).map(|column| &column.cells)
    }

    /// The numbers of a column.
    ///
    /// # Errors
    /// [`TableError::Missing`] with the nearest name, [`TableError::NotNumber`] with the first cell that is none.
    pub fn number(&self, name: &str) -> Result<&[f64], TableError> {
        match self.cells(name) {
            Some(Cells::Number(cells)) => Ok(cells),
            Some(Cells::Text(cells)) => {
                let other = cells.iter().enumerate().find(|(_, cell)| number(cell).is_none());
                let (row, cell) = other.map_or((1, ""), |(row, cell)| (row + 1, cell.as_str()));
                Err(TableError::NotNumber { column: name.to_owned(), row, cell: cell.to_owned() })
            }
            None => Err(self.missing(name)),
        }
    }

    /// The cells of a column as text, numbers as they are written.
    ///
    /// # Errors
    /// [`TableError::Missing`] with the nearest name.
    pub fn text(&self, name: &str) -> Result<Vec<String>, TableError> {
        match self.cells(name) {
            Some(Cells::Text(cells)) => Ok(cells.clone()),
            Some(Cells::Number(cells)) => Ok(cells.iter().map(|cell| number_text(*cell)).collect()),
            None => Err(self.missing(name)),
        }
    }

    fn missing(&self, name: &str) -> TableError {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let nearest = names
            .iter()
            .map(|other| (strsim::jaro_winkler(name, other), other))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let all = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let advice = nearest.map_or_else(
            || format!("the columns are {all}"),
            |(_, near)| format!("nearest: `{near}`, of {all}"),
        );
        TableError::Missing { column: name.to_owned(), advice }
    }

    /// Says whether the table can be written: usable, distinct names and columns of equal length.
    ///
    /// # Errors
    /// [`TableError`] naming the first setting or column at fault.
    pub fn check(&self) -> Result<(), TableError> {
        for (key, _) in &self.settings {
            if key.is_empty() || key.trim() != key || key.contains(['=', '\n', '\r']) {
                return Err(TableError::SettingName { key: key.clone() });
            }
        }
        if self.columns.is_empty() {
            return Err(TableError::NoHeader);
        }
        for (index, Column { name, cells }) in self.columns.iter().enumerate() {
            if name.is_empty() || name.trim() != name || name.starts_with('#') {
                return Err(TableError::ColumnName { number: index + 1, name: name.clone() });
            }
            if self.columns.iter().take(index).any(|other| other.name == *name) {
                return Err(TableError::Duplicate { column: name.clone() });
            }
            if cells.len() != self.rows() {
                let (wanted, found) = (self.rows(), cells.len());
                return Err(TableError::Length { column: name.clone(), wanted, found });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(table: &Table) -> Table {
        let mut bytes = Vec::new();
        table.write_csv(&mut bytes).unwrap();
        Table::read_csv(bytes.as_slice()).unwrap()
    }

    #[test]
    fn every_finite_number_comes_back_with_the_same_bits() {
        let mut state = 2015_u64;
        let mut values = vec![0.0, -0.0, 2.0, f64::MIN_POSITIVE, 5e-324, f64::MAX, 1e300, 0.1, f64::INFINITY];
        while values.len() < 5000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = f64::from_bits(state ^ (state >> 29));
            if !value.is_nan() {
                values.push(value);
            }
        }
        let table = Table::new().column("value", values.clone());
        let back = round(&table);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(back.number("value").unwrap()), bits(&values));
    }

    #[test]
    fn settings_and_texts_with_every_awkward_character_come_back() {
        let awkward =
            ["a,b", "say \"x\"", "two\nlines", "back\\slash\\n", " spaced ", "# no setting", "‖θ‖² = 3", ""];
        let mut table = Table::new().column("text", awkward.map(str::to_owned).to_vec());
        for (index, value) in awkward.iter().enumerate() {
            table = table.setting(format!("key {index}"), value);
        }
        assert_eq!(round(&table), table);
    }

    #[test]
    fn missing_and_infinite_cells_are_told_apart() {
        let table = Table::read_csv("a,b\n1,\n-inf,NaN\n".as_bytes()).unwrap();
        assert_eq!(table.number("a").unwrap(), [1.0, f64::NEG_INFINITY]);
        assert!(table.number("b").unwrap().iter().all(|value| value.is_nan()));
        let text = Table::new().column("a", vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 2.0, 1e-7]);
        let mut bytes = Vec::new();
        text.write_csv(&mut bytes).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "a\nNaN\ninf\n-inf\n2\n1e-7\n");
    }

    #[test]
    fn a_missing_column_is_answered_with_the_nearest_and_all() {
        let table = Table::new().column("alpha", vec![1.0]).column("train_cost", vec![1.0]);
        let message = table.number("train_cots").unwrap_err().to_string();
        assert_eq!(message, "there is no column `train_cots`; nearest: `train_cost`, of alpha, train_cost");
        assert!(table.number("q").unwrap_err().to_string().ends_with("the columns are alpha, train_cost"));
    }

    #[test]
    fn columns_of_unequal_length_are_not_written() {
        let mut bytes = Vec::new();
        let table = Table::new().column("a", vec![1.0, 2.0]).column("b", vec![1.0]);
        assert!(matches!(table.write_csv(&mut bytes), Err(TableError::Length { wanted: 2, found: 1, .. })));
        assert!(bytes.is_empty());
        assert!(matches!(Table::new().setting("a=b", 1).check(), Err(TableError::SettingName { .. })));
        assert!(matches!(Table::new().check(), Err(TableError::NoHeader)));
    }

    #[test]
    fn of_two_settings_with_one_key_the_later_counts() {
        assert_eq!(Table::new().setting("seed", 1).setting("seed", 2).setting_value("seed"), Some("2"));
    }
}
