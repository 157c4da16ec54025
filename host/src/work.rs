//! Long work, made bearable: a word beforehand to anybody, and a bar on a terminal.
//!
//! Before work that will take more than five seconds, stderr is told once, terminal or not, how long it will take
//! and how much memory it needs. How long comes from a sample of the work that is timed first; where there was no
//! sample, or it told too little, from the rate of the first second.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use crate::memory::bytes;

/// Seconds beyond which work announces itself.
const LONG: f64 = 5.0;

/// Seconds after which the rate is believed.
pub const FIRST: f64 = 1.0;

/// Seconds for which a sample is repeated where its first run says that the work is long.
const SAMPLED: f64 = 0.03;

/// How long work takes, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Forecast {
    /// What is expected.
    pub expected: f64,
    /// What it takes at most, where a method ends when it has converged.
    pub most: f64,
}

impl Forecast {
    /// Work that takes `seconds`.
    #[must_use]
    pub const fn of(seconds: f64) -> Self {
        Self { expected: seconds, most: seconds }
    }

    /// Says it on stderr if the work is long, and answers whether it is.
    pub fn announce(self, what: &str, memory: u128) -> bool {
        let line = announcement(what, self, memory);
        line.iter().for_each(|line| eprintln!("{line}"));
        line.is_some()
    }
}

impl std::ops::Add for Forecast {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { expected: self.expected + other.expected, most: self.most + other.most }
    }
}

/// The seconds that work takes which is `times` as long as `sample`: of its first run if that says that the work is
/// short, and else of the quickest of several, as the first finds no memory at hand and no thread awake.
///
/// # Errors
/// The first of the sample.
pub fn forecast<E>(times: f64, mut sample: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let started = Instant::now();
    let mut best = f64::INFINITY;
    loop {
        let before = Instant::now();
        sample()?;
        best = best.min(before.elapsed().as_secs_f64());
        if best * times < 0.2 * LONG || started.elapsed().as_secs_f64() > SAMPLED {
            return Ok(best * times);
        }
    }
}

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

    /// The same, of which it was said beforehand how long it takes, if it is long.
    #[must_use]
    pub fn announced(self, beforehand: bool) -> Self {
        Self { announced: AtomicBool::new(beforehand), ..self }
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
            self.bar.suspend(|| Forecast::of(passed / share).announce(&self.what, self.memory));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// What there is to say of work that is foreseen.
fn announcement(what: &str, forecast: Forecast, memory: u128) -> Option<String> {
    let Forecast { expected, most } = forecast;
    if !most.is_finite() || most <= LONG {
        return None;
    }
    let bound = if most > 1.5 * expected { format!(", at most {}", duration(most)) } else { String::new() };
    Some(format!("{what}: takes about {}{bound}, and {} of memory", duration(expected), bytes(memory)))
}

/// Seconds as a person says them.
fn duration(seconds: f64) -> String {
    match seconds {
        ..9.5 => format!("{seconds:.1} s"),
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
        let said = announcement("surface", Forecast::of(100.0), 3_000_000_000).unwrap();
        assert_eq!(said, "surface: takes about 2 min, and 3.0 GB of memory");
        let searched = Forecast::of(2.0) + Forecast { expected: 1.0, most: 300.0 };
        let said = announcement("searches", searched, 1000).unwrap();
        assert_eq!(said, "searches: takes about 3.0 s, at most 5 min, and 1.0 kB of memory");
        assert_eq!(announcement("surface", Forecast::of(4.0), 1), None);
        assert_eq!(announcement("surface", Forecast::of(f64::INFINITY), 1), None);
        assert_eq!(
            [7.4, 50.0, 600.0, 7200.0, 1e6].map(duration),
            ["7.4 s", "50 s", "10 min", "2.0 h", "12 days"]
        );
    }

    #[test]
    fn a_sample_is_repeated_only_where_the_work_is_long() {
        for (times, long) in [(1e-12, false), (1e15, true)] {
            let mut runs = 0;
            let run = || {
                runs += 1;
                Ok::<(), ()>(())
            };
            assert!(forecast(times, run).unwrap() > 0.0);
            assert_eq!(runs > 1, long, "{runs} runs");
        }
        assert_eq!(forecast(1.0, || Err("broken")), Err("broken"));
    }
}
