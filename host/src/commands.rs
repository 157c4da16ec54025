//! One file per command: options in, files and a summary out.

pub mod check_model;
pub mod critical;
pub mod deck;
pub mod export;
pub mod hessian;
pub mod line;
pub mod path;
pub mod plane;
pub mod plot;
pub mod size;
pub mod step;
pub mod train;

use std::path::PathBuf;

use anyhow::Result;

use crate::options::OutOptions;
use crate::results::output::OutputFolder;
use crate::results::summary::Summary;
use crate::table::Table;
use crate::work::{Forecast, Work, progress};

/// What a command did: its summary, the costs in its files that are not finite, and whether a result
/// is flagged.
#[derive(Debug)]
pub struct Outcome {
    /// What is printed.
    pub summary: Summary,
    /// Costs in the files that are not finite.
    pub non_finite: u64,
    /// Whether the exit is 1 although all files are written.
    pub flagged: bool,
}

impl Outcome {
    fn new(summary: Summary, non_finite: u64) -> Self {
        Self { summary, non_finite, flagged: false }
    }
}

/// The folder of a command's results.
fn folder(options: &OutOptions, command: &str) -> Result<OutputFolder> {
    let path = options.out.clone().unwrap_or_else(|| PathBuf::from("out").join(command));
    Ok(OutputFolder::create(&path, command, options.force)?)
}

/// Tells a person where the files are.
fn written(summary: &mut Summary, folder: &OutputFolder) {
    summary.closing(format!("written to {}", folder.path().display()));
}

/// The settings of a result with those of its command.
fn settings(base: &[(String, String)], command: &str, own: &[(&str, String)]) -> Vec<(String, String)> {
    let line: Vec<String> = std::env::args().skip(1).collect();
    let mut settings =
        vec![("command".to_owned(), command.to_owned()), ("command-line".to_owned(), line.join(" "))];
    settings.extend_from_slice(base);
    settings.extend(
        own.iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| ((*key).to_owned(), value.clone())),
    );
    settings
}

/// A table that begins with settings.
fn table(settings: &[(String, String)]) -> Table {
    let mut table = Table::new();
    for (key, value) in settings {
        table = table.setting(key.as_str(), value);
    }
    table
}

/// How many numbers are not finite.
fn non_finite(numbers: &[f64]) -> u64 {
    numbers.iter().filter(|number| !number.is_finite()).count() as u64
}
