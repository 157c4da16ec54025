//! Writing a table as CSV text.

use std::io::Write;

use super::number::number_text;
use super::{Cells, Table, TableError};

impl Table {
    /// Writes the table as CSV.
    ///
    /// # Errors
    /// What [`Table::check`] finds, before anything is written; then what `out` answers.
    pub fn write_csv(&self, mut out: impl Write) -> Result<(), TableError> {
        self.check()?;
        for (key, value) in &self.settings {
            let value = value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
            writeln!(out, "# {key} = {value}")?;
        }
        let mut rows = csv::Writer::from_writer(out);
        rows.write_record(self.columns.iter().map(|column| &column.name))?;
        for row in 0..self.rows() {
            let cells = self.columns.iter().map(|column| match &column.cells {
                Cells::Number(cells) => cells.get(row).copied().map(number_text).unwrap_or_default(),
                Cells::Text(cells) => cells.get(row).cloned().unwrap_or_default(),
            });
            rows.write_record(cells)?;
        }
        Ok(rows.flush()?)
    }
}
