//! A criterion bench of one quantity: every method checked against the plain one, then timed.

#[path = "../setting/mod.rs"]
mod setting;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

use setting::{Outcome, Setting};

/// A size: network, examples, and points along a side where there is a grid.
pub type Size = (&'static str, usize, usize);

/// A method with its tolerance: |found − plain| / |plain| over all that the quantity finds.
pub type Method = (&'static str, f64);

/// The widths of a network, as `--model` names them.
fn widths(name: &str) -> &'static str {
    match name {
        "small" => "784-128-10",
        "smooth" => "784-128-10 tanh",
        "large" => "784-256-256-10",
        "tanh" => "100-25-10",
        _ => "784-240x5-240x5-10",
    }
}

/// The distance of two vectors, in lengths of the second.
fn error(found: &[f64], wanted: &[f64]) -> f64 {
    let length = |of: &mut dyn Iterator<Item = f64>| of.map(|x| x * x).sum::<f64>().sqrt();
    length(&mut found.iter().zip(wanted).map(|(a, b)| a - b)) / length(&mut wanted.iter().copied())
}

/// Checks and times `methods` at each size, against the plain one, which is timed as well.
pub fn measure(quantity: &str, sizes: &[Size], plain: &str, methods: &[Method]) -> Outcome<()> {
    let mut criterion = Criterion::default().configure_from_args();
    let setting = Setting::new(None)?;
    let mut group = criterion.benchmark_group(quantity);
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
    group.sampling_mode(SamplingMode::Flat);
    for &(name, examples, side) in sizes {
        let work = |method: &str| setting.work(quantity, (name, examples), side, method);
        let size = format!("{} {examples}", widths(name));
        let (mut wanted, mut found) = (Vec::new(), Vec::new());
        (work(plain)?.0)(Some(&mut wanted))?;
        for &(method, tolerance) in methods.iter().chain(&[(plain, 0.0)]) {
            let (mut run, _) = work(method)?;
            run(Some(&mut found))?;
            let error = error(&found, &wanted);
            if error > tolerance || found.len() != wanted.len() || error.is_nan() {
                let message =
                    format!("{quantity}/{method}/{size} is {error:e} off {plain}, more than {tolerance:e}");
                return Err(message.into());
            }
            group.throughput(Throughput::Elements(examples as u64));
            let mut failure = None;
            group.bench_function(BenchmarkId::new(method, &size), |bencher| {
                bencher.iter(|| run(None).map_err(|error| failure = Some(error.to_string())));
            });
            if let Some(message) = failure {
                return Err(message.into());
            }
        }
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
