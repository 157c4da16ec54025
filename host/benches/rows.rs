//! The rows of the table in the README, one run at a time, for `peers/compare.py`.
//!
//! Reads lines from standard input and answers each. The name of a row is answered with `seconds
//! processor-seconds answer operations`: the time of one run, the processor time of all threads in it, a number that
//! the peers must find as well, and the floating-point operations of its products. `memory` is answered with the
//! most memory that this process has had, in bytes; `peak` with the operations per second that this machine can do
//! for the engine, in single and in double precision. θ, directions and data come from the folder named as the first
//! argument; the second is `fast` or `exact`.

mod peak;
mod setting;

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::Instant;

use peak::{Kind, peak};
use setting::work::Work;
use setting::{Outcome, Setting};

/// The processor time of all threads of this process so far, in seconds.
fn processor() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let times = threads.filter_map(|thread| {
        let schedule = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedule.split_whitespace().next()?.parse::<f64>().ok()
    });
    times.sum::<f64>() / 1e9
}

/// The most memory that this process has had, in bytes.
fn memory() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(1024 * line.trim().trim_end_matches(" kB").parse::<u64>()?)
}

/// The work of a row.
fn row(setting: &Setting, name: &str, method: &str) -> Outcome<Work> {
    let (kind, size) = name.split_once('-').unwrap_or((name, "small"));
    let of = |whole: usize| match size {
        "half" => whole / 2,
        "quarter" => whole / 4,
        _ => whole,
    };
    let network = if size == "large" { "large" } else { "small" };
    let all = setting.most()?;
    match kind {
        "plane" => {
            setting.work("plane", (network, of(10_000)), if size == "large" { 25 } else { 51 }, method)
        }
        "trick" => setting.work("plane", ("small", 10_000), 51, method),
        "line" => setting.work("line", ("small", all), 50, method),
        "gradient" => setting.work("gradient", (network, of(10_000)), 0, method),
        "product" => setting.work("hessian_vector", (network, 10_000), 0, method),
        "hessian" if size == "f64" => setting.work("full_hessian_f64", ("tanh", 5_000), 0, method),
        "hessian" => setting.work("full_hessian", ("tanh", of(5_000)), 0, method),
        "lanczos" => setting.work("lanczos", ("small", 10_000), 0, method),
        "epoch" => setting.work("epoch", (if size == "maxout" { "maxout" } else { "small" }, all), 0, method),
        other => Err(format!("there is no row {other}").into()),
    }
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        println!("run peers/compare.py, which starts this program");
        return Ok(());
    };
    let method = arguments.next().unwrap_or("fast".to_owned());
    let setting = Setting::new(Some(folder))?;
    let mut known: Option<(String, Work)> = None;
    for line in std::io::stdin().lock().lines() {
        let name = line?;
        match name.as_str() {
            "memory" => println!("{}", memory()?),
            "peak" => {
                let (threads, fused) = (rayon::current_num_threads(), method == "fast");
                let [single, double] = [false, true].map(|double| peak(Kind { double, fused }, threads));
                println!("{single} {double}");
            }
            _ => {
                // the memory of the row before is free before that of the next is taken
                let work = match known.take() {
                    Some((row, work)) if row == name => work,
                    _ => row(&setting, &name, &method)?,
                };
                let (_, (run, operations)) = known.insert((name, work));
                let (started, before) = (Instant::now(), processor());
                let answer = run(None)?;
                let (seconds, processor) = (started.elapsed().as_secs_f64(), processor() - before);
                println!("{seconds} {processor} {answer} {operations}");
            }
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}
