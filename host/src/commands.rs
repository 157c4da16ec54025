//! One file per command: options in, files and a summary out.

pub mod check_model;
pub mod deck;
pub mod hessian;
pub mod line;
pub mod path;
pub mod plane;
pub mod plot;
pub mod train;

use std::path::PathBuf;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

use crate::options::OutOptions;
use crate::output::OutputFolder;
use crate::summary::Summary;
use crate::table::Table;

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

/// A progress bar on a terminal's stderr, and nothing elsewhere.
fn progress(length: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = "{prefix} {wide_bar} {percent}% {per_sec} {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar.set_prefix(what.to_owned());
    bar
}

/// The settings of a result with those of its command.
fn settings(base: &[(String, String)], command: &str, own: &[(&str, String)]) -> Vec<(String, String)> {
    let line: Vec<String> = std::env::args().skip(1).collect();
    let mut settings =
        vec![("command".to_owned(), command.to_owned()), ("command-line".to_owned(), line.join(" "))];
    settings.extend_from_slice(base);
    settings.extend(own.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
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
