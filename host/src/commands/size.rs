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

/// What one task needs on one target, in bytes; nothing where its code was not measured.
#[derive(Clone, Copy, Debug)]
struct Need {
    ram: Option<usize>,
    flash: Option<usize>,
}

impl Need {
    /// Whether each is at most what there is.
    fn fits(self, options: &Size) -> Option<bool> {
        let within = |needed: Option<usize>, limit: Option<usize>| match limit {
            Some(limit) => needed.map(|needed| needed <= limit),
            None => Some(true),
        };
        Some(within(self.ram, options.ram)? && within(self.flash, options.flash)?)
    }
}

/// A cell of the tables: a number, marked if it is more than there is.
fn cell(needed: Option<usize>, limit: Option<usize>) -> String {
    let mark = if limit.zip(needed).is_some_and(|(limit, needed)| needed > limit) { "!" } else { "" };
    needed.map_or("?".to_owned(), |needed| format!("{needed}{mark}"))
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
    let needs = Task::ALL.map(|task| {
        let (buffers, fixed) = (NUMBER * view.numbers_in_memory(task), NUMBER * view.numbers_in_flash(task));
        TARGETS.map(|target| Need {
            ram: target.stack(task).map(|stack| buffers + stack),
            flash: target.code(task).map(|code| fixed + code),
        })
    });
    summary.note("bytes in f32, at opt-level s with ReLU and squared error alone linked");
    let head = TARGETS.iter().map(|target| target.name.to_owned());
    summary.note(row("RAM", head.clone()));
    for (task, needs) in Task::ALL.iter().zip(&needs) {
        summary.note(row(task.name(), needs.iter().map(|need| cell(need.ram, options.ram))));
    }
    summary.note(row("flash", head));
    for (task, needs) in Task::ALL.iter().zip(&needs) {
        summary.note(row(task.name(), needs.iter().map(|need| cell(need.flash, options.flash))));
    }
    summary.note("RAM: parameters that move, working memory, one example, and the stack below the call;");
    summary.note("flash: parameters that do not move, and code");
    let limited = options.ram.is_some() || options.flash.is_some();
    if limited {
        summary.note("!: more than there is");
    }
    let mut tasks = Vec::new();
    for (task, needs) in Task::ALL.iter().zip(&needs) {
        let each = |figure: &dyn Fn(&Need) -> Figure| {
            let named = TARGETS.iter().zip(needs);
            Figure::Group(named.map(|(target, need)| (target.triple.to_owned(), figure(need))).collect())
        };
        let mut parts = vec![
            ("buffers".to_owned(), Figure::from(NUMBER * view.numbers_in_memory(*task))),
            ("ram".to_owned(), each(&|need| need.ram.into())),
            ("flash".to_owned(), each(&|need| need.flash.into())),
        ];
        if limited {
            let word = |fits| if fits { "yes" } else { "no" };
            parts.push(("fits".to_owned(), each(&|need| need.fits(options).map(word).into())));
        }
        tasks.push((task.name().to_owned(), Figure::Group(parts)));
    }
    summary.figure("parameters", view.parameters());
    summary.detail("tasks", Figure::Group(tasks));
    Ok(Outcome::new(summary, 0))
}

/// A line of a table.
fn row(first: &str, cells: impl Iterator<Item = String>) -> String {
    cells.fold(format!("{first:<15}"), |line, cell| format!("{line}{cell:>10}"))
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
