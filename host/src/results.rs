//! The files of a result: tables as CSV, and the figures made from them.

pub mod output;
pub mod summary;

use anyhow::{Context, Result};

use crate::figure;
use crate::results::output::OutputFolder;
use crate::table::Table;

/// Writes `name.csv`.
///
/// # Errors
/// A message that names the file.
pub fn write_table(folder: &OutputFolder, name: &str, table: &Table) -> Result<()> {
    let mut bytes = Vec::new();
    table.write_csv(&mut bytes).with_context(|| format!("{name}.csv"))?;
    folder.write(&format!("{name}.csv"), &bytes)?;
    Ok(())
}

/// Writes `name.png` and `name.svg`, drawn from a table; overlays are read from the same folder.
///
/// # Errors
/// A message that names the file.
pub fn write_figure(folder: &OutputFolder, name: &str, table: &Table) -> Result<()> {
    let drawn = figure::draw(table, folder.path()).with_context(|| format!("{name}: cannot be drawn"))?;
    folder.write(&format!("{name}.png"), &drawn.png()?)?;
    folder.write(&format!("{name}.svg"), drawn.svg()?.as_bytes())?;
    Ok(())
}

/// Takes away the figure of an earlier run, where there is nothing to draw.
///
/// # Errors
/// A message that names the file.
pub fn remove_figure(folder: &OutputFolder, name: &str) -> Result<()> {
    folder.remove(&format!("{name}.png"))?;
    folder.remove(&format!("{name}.svg"))?;
    Ok(())
}

/// Writes the table and its figure.
///
/// # Errors
/// A message that names the file.
pub fn write(folder: &OutputFolder, name: &str, table: &Table) -> Result<()> {
    write_table(folder, name, table)?;
    write_figure(folder, name, table)
}
