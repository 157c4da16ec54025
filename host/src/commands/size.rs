//! `size`: will it fit? Parameters, memory and flash per target and task.

mod flash;

use anyhow::Result;
use clap::Args;
use thalweg_core::device::footprint::Task;

use super::{Outcome, export::base, settings};
use crate::options::ModelOptions;
use crate::results::summary::{Figure, Summary};
use flash::TARGETS;

/// The bytes of a number in single precision.
const NUMBER: usize = 4;

/// Options of `size`.
#[derive(Args, Clone, Debug)]
pub struct Size {
    /// Which network.
    #[command(flatten)]
    pub model: ModelOptions,
    /// Say which tasks fit a device with BYTES of RAM, K for 1024
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub ram: Option<usize>,
    /// Say which tasks fit a device with BYTES of flash, K for 1024
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub flash: Option<usize>,
    /// Print the summary as one JSON object
    #[arg(long)]
    pub json: bool,
}

fn bytes(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.strip_suffix(['K', 'k']) {
        Some(digits) => (digits, 1024),
        None => (text, 1),
    };
    let wrong = || format!("`{text}` is no number of bytes, such as 16384 or 16K");
    digits.parse::<usize>().ok().and_then(|count| count.checked_mul(unit)).ok_or_else(wrong)
}

/// Prints what a network needs on a device.
///
/// # Errors
/// A message that names the option.
pub fn size(options: &Size) -> Result<Outcome> {
    let model = options.model.parse()?;
    let view = model.view();
    let mut own = Vec::new();
    own.extend(options.ram.map(|bytes| ("ram", bytes.to_string())));
    own.extend(options.flash.map(|bytes| ("flash", bytes.to_string())));
    let mut summary = Summary::new("size", settings(&base(&model), "size", &own));
    summary.note("bytes in f32; RAM: parameters that move, working memory and one example, no stack; flash:");
    summary.note("parameters that do not move, and code at -Os with ReLU and squared error alone linked");
    summary.note(row("task", "RAM", TARGETS.iter().map(|target| target.name.to_owned())));
    let mut tasks = Vec::new();
    for task in Task::ALL {
        let ram = NUMBER * view.numbers_in_memory(task);
        let fixed = NUMBER * view.numbers_in_flash(task);
        let flash = TARGETS.map(|target| target.code(task).map(|code| fixed + code));
        let too_small = |limit: Option<usize>, needed| limit.is_some_and(|limit| needed > limit);
        let mark = |needed, limit| format!("{needed}{}", if too_small(limit, needed) { "!" } else { "" });
        let cells =
            flash.iter().map(|needed| needed.map_or("?".to_owned(), |needed| mark(needed, options.flash)));
        summary.note(row(task.name(), &mark(ram, options.ram), cells));
        let targets = TARGETS.iter().zip(flash);
        let per_target =
            targets.clone().map(|(target, needed)| (target.triple.to_owned(), Figure::from(needed)));
        let fits = targets.map(|(target, flash)| {
            let fits = flash.map(|flash| !too_small(options.ram, ram) && !too_small(options.flash, flash));
            (target.triple.to_owned(), Figure::from(fits.map(|fits| if fits { "yes" } else { "no" })))
        });
        let mut parts = vec![
            ("ram".to_owned(), Figure::from(ram)),
            ("flash".to_owned(), Figure::Group(per_target.collect())),
        ];
        if options.ram.is_some() || options.flash.is_some() {
            parts.push(("fits".to_owned(), Figure::Group(fits.collect())));
        }
        tasks.push((task.name().to_owned(), Figure::Group(parts)));
    }
    if options.ram.is_some() || options.flash.is_some() {
        summary.note("!: more than there is");
    }
    summary.figure("parameters", view.parameters());
    summary.detail("tasks", Figure::Group(tasks));
    Ok(Outcome::new(summary, 0))
}

/// A line of the table.
fn row(task: &str, ram: &str, flash: impl Iterator<Item = String>) -> String {
    flash.fold(format!("{task:<15}{ram:>10}"), |line, cell| format!("{line}{cell:>11}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_counted_in_ones_or_kilobytes() {
        assert_eq!((bytes("16384"), bytes("16K"), bytes("2k")), (Ok(16384), Ok(16384), Ok(2048)));
        for wrong in ["16M", "K", "-1", "", "99999999999999999999K"] {
            assert!(bytes(wrong).unwrap_err().contains(&format!("`{wrong}`")), "{wrong}");
        }
    }
}
