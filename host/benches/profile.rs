//! Where the time goes in each row of the README's table, and what share of the machine's peak it reaches.
//!
//! `cargo bench --bench profile [-- ROW…]`, on a Unix system. A thousand times a second of processor time it is
//! looked which function runs; the parts are named by the files and types that the function and its callers come
//! from. Time in none of them stands with the file it was spent in.

#[cfg(unix)]
mod peak;
#[cfg(unix)]
mod setting;

#[cfg(not(unix))]
fn main() {
    println!("the profile needs a Unix system");
}

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    sampled::main()
}

#[cfg(unix)]
mod sampled {
    use std::collections::BTreeMap;
    use std::time::Instant;

    use pprof::{Frames, ProfilerGuardBuilder};

    use super::peak::{Kind, peak};
    use super::setting::{Outcome, Setting};

    /// A row: its name, quantity, network, examples, and points along a side.
    type Row = (&'static str, &'static str, &'static str, usize, usize);

    const ROWS: [Row; 10] = [
        ("plane", "plane", "small", 10_000, 51),
        ("plane-large", "plane", "large", 10_000, 9),
        ("line", "line", "small", 10_000, 50),
        ("gradient", "gradient", "small", 10_000, 0),
        ("gradient-large", "gradient", "large", 10_000, 0),
        ("product", "hessian_vector", "small", 10_000, 0),
        ("hessian", "full_hessian", "tanh", 5_000, 0),
        ("lanczos", "lanczos", "small", 10_000, 0),
        ("epoch", "epoch", "small", 10_000, 0),
        ("epoch-maxout", "epoch", "maxout", 2_560, 0),
    ];

    /// Seconds for which a row is run again and again.
    const SECONDS: f64 = 2.0;

    /// Looks for each second of processor time.
    const FREQUENCY: i32 = 997;

    /// The parts, in the order of the columns.
    const PARTS: [&str; 8] = [
        "products",
        "combination",
        "maps",
        "loss",
        "sums over examples",
        "gathering, turning",
        "threads",
        "descent",
    ];

    /// The part of what stands around all work.
    const THREADS: usize = 6;

    /// What the file or the name of a function says about the part it works on; the innermost caller that is listed
    /// decides.
    const SIGNS: [(&str, usize); 31] = [
        ("panel_loss.rs", 3),
        ("rules/loss.rs", 3),
        ("sums.rs", 4),
        ("moving", 4),
        ("maxima.rs", 2),
        ("blocks.rs", 4),
        ("gather::add", 4),
        ("gather::Add", 4),
        ("write_columns", 4),
        ("WriteColumns", 4),
        ("divide", 4),
        ("Target", 4),
        ("interleave", 4),
        ("Turned", 5),
        ("turned.rs", 5),
        ("sparse.rs", 5),
        ("TableOfExamples", 5),
        ("core/src/examples.rs", 5),
        ("engine/batch.rs", 5),
        ("Along", 1),
        ("subspace/restriction", 1),
        ("Mapped", 2),
        ("rules/map.rs", 2),
        ("rules/elementwise.rs", 2),
        ("rules/maximum.rs", 2),
        ("Forward", 0),
        ("engine::Product", 0),
        ("affine", 0),
        ("descent", 7),
        ("rayon", THREADS),
        ("crossbeam", THREADS),
    ];

    /// The part that a sample was taken in, or else the innermost file of this workspace.
    fn part(frames: &Frames) -> Result<usize, String> {
        let symbols = frames.frames.iter().flatten();
        let mut file = None;
        for symbol in symbols {
            let path = symbol.filename();
            if path.contains("/library/") {
                continue;
            }
            let place = format!("{path} {}", symbol.name());
            if let Some((_, part)) = SIGNS.iter().find(|(sign, _)| place.contains(sign)) {
                // a worker thread stands around whatever it works on
                return if *part == THREADS { file.map_or(Ok(THREADS), Err) } else { Ok(*part) };
            }
            let own = path.contains("core/src/") || path.contains("host/");
            if file.is_none() && own {
                file = path.rsplit('/').next().map(str::to_owned);
            }
        }
        Err(file.unwrap_or_else(|| "elsewhere".to_owned()))
    }

    pub fn main() -> Outcome<()> {
        let wanted: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
        let setting = Setting::new(None)?;
        let threads = rayon::current_num_threads();
        let peak = peak(Kind { double: false, fused: true }, threads);
        println!(
            "{:.0} GFLOP/s at most (f32, fused, {threads} threads); shares of the time in %\n",
            peak / 1e9
        );
        println!("| row | seconds | GFLOP/s | % of peak | {} | other |", PARTS.join(" | "));
        println!("|---|{}---|", "--:|".repeat(3 + PARTS.len()));
        for (name, quantity, network, examples, side) in ROWS {
            if !wanted.is_empty() && !wanted.iter().any(|row| row == name) {
                continue;
            }
            let (mut run, operations) = setting.work(quantity, (network, examples), side, "fast")?;
            run(None)?;
            let guard = ProfilerGuardBuilder::default().frequency(FREQUENCY).build()?;
            let started = Instant::now();
            let mut runs = 0;
            while runs == 0 || started.elapsed().as_secs_f64() < SECONDS {
                run(None)?;
                runs += 1;
            }
            let seconds = started.elapsed().as_secs_f64() / f64::from(runs);
            let report = guard.report().build()?;
            let (mut parts, mut others) = ([0; PARTS.len()], BTreeMap::<String, isize>::new());
            for (frames, &count) in &report.data {
                match part(frames) {
                    Ok(part) => parts[part] += count,
                    Err(file) => *others.entry(file).or_default() += count,
                }
            }
            let all = (parts.iter().sum::<isize>() + others.values().sum::<isize>()).max(1) as f64;
            let share = |count: isize| format!("{:.0}", 100.0 * count as f64 / all);
            let mut others: Vec<(String, isize)> = others.into_iter().collect();
            others.sort_by_key(|(_, count)| -count);
            let large = others.iter().take_while(|(_, count)| *count as f64 > 0.01 * all);
            let others: Vec<String> =
                large.map(|(file, count)| format!("{file} {}", share(*count))).collect();
            println!(
                "| {name} | {seconds:.4} | {:.0} | {:.0} | {} | {} |",
                operations / seconds / 1e9,
                100.0 * operations / seconds / peak,
                parts.map(share).join(" | "),
                others.join(", "),
            );
        }
        Ok(())
    }
}
