//! Long work, made bearable: a bar on a terminal, and a word beforehand to anybody.
//!
//! Work that will take more than five seconds says so once on stderr, terminal or not, after its first
//! second: how long it will take at the rate of that second, and how much memory it needs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use crate::memory::bytes;

/// Seconds beyond which work announces itself.
const LONG: f64 = 5.0;

/// Seconds after which the rate is believed.
const FIRST: f64 = 1.0;

/// Work of a known length.
#[derive(Debug)]
pub struct Work {
    bar: ProgressBar,
    what: String,
    memory: u128,
    started: Instant,
    announced: AtomicBool,
}

/// A progress bar on a terminal's stderr, and nothing elsewhere.
#[must_use]
pub fn progress(length: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = "{prefix} {wide_bar} {percent}% {per_sec} {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar.set_prefix(what.to_owned());
    bar
}

impl Work {
    /// Work of `length` parts on `what`, in a run that needs `memory` bytes.
    #[must_use]
    pub fn new(length: u64, what: &str, memory: u128) -> Self {
        Self {
            bar: progress(length, what),
            what: what.to_owned(),
            memory,
            started: Instant::now(),
            announced: AtomicBool::new(false),
        }
    }

    /// Counts parts that are done.
    pub fn done(&self, parts: u64) {
        self.bar.inc(parts);
        if self.announced.load(Ordering::Relaxed) {
            return;
        }
        let passed = self.started.elapsed().as_secs_f64();
        if passed >= FIRST && !self.announced.swap(true, Ordering::Relaxed) {
            let share = self.bar.position() as f64 / self.bar.length().unwrap_or(1).max(1) as f64;
            if let Some(line) = announcement(&self.what, passed, share, self.memory) {
                self.bar.suspend(|| eprintln!("{line}"));
            }
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// What there is to say after `passed` seconds and a `share` of the work.
fn announcement(what: &str, passed: f64, share: f64, memory: u128) -> Option<String> {
    let total = passed / share;
    (total.is_finite() && total > LONG)
        .then(|| format!("{what}: takes about {}, and {} of memory", duration(total), bytes(memory)))
}

/// Seconds as a person says them.
fn duration(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("{seconds:.0} s"),
        ..5400.0 => format!("{:.0} min", seconds / 60.0),
        ..172_800.0 => format!("{:.1} h", seconds / 3600.0),
        _ => format!("{:.0} days", seconds / 86400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_work_is_announced_and_short_work_is_not() {
        let said = announcement("surface", 1.0, 0.01, 3_000_000_000).unwrap();
        assert_eq!(said, "surface: takes about 2 min, and 3.0 GB of memory");
        assert_eq!(announcement("surface", 1.0, 0.25, 1), None);
        assert_eq!(announcement("surface", 1.0, 0.0, 1), None);
        assert_eq!([7.4, 600.0, 7200.0, 1e6].map(duration), ["7 s", "10 min", "2.0 h", "12 days"]);
    }
}
