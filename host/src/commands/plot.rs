//! `plot`: draw again from the data.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use super::Outcome;
use crate::figure;
use crate::results::output::OutputFolder;
use crate::results::summary::Summary;
use crate::table::Table;

/// Options of `plot`.
#[derive(Args, Clone, Debug)]
pub struct Plot {
    /// Draw the table in FILE
    #[arg(value_name = "FILE.csv")]
    pub file: PathBuf,
    /// Write the PNG and SVG into DIR [default: out/plot]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write into DIR even if it holds results of another command
    #[arg(long)]
    pub force: bool,
    /// Print the summary as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Draws a table as PNG and SVG.
///
/// # Errors
/// A message that names the file.
pub fn plot(options: &Plot) -> Result<Outcome> {
    let table = Table::read_csv_file(&options.file)?;
    let beside = options.file.parent().unwrap_or(Path::new("."));
    let drawn = figure::draw(&table, beside).with_context(|| options.file.display().to_string())?;
    let path = options.out.clone().unwrap_or_else(|| PathBuf::from("out").join("plot"));
    let out = OutputFolder::create(&path, "plot", options.force)?;
    let stem = options.file.file_stem().map_or("figure".into(), |stem| stem.to_string_lossy());
    let png = out.write(&format!("{stem}.png"), &drawn.png()?)?;
    let svg = out.write(&format!("{stem}.svg"), drawn.svg()?.as_bytes())?;
    let mut summary = Summary::new("plot", table.settings.clone());
    summary.figure("png", png.display().to_string().as_str());
    summary.figure("svg", svg.display().to_string().as_str());
    Ok(Outcome::new(summary, 0))
}
