//! `critical`: find and classify critical points.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use thalweg_core::critical::classification::Kind;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::random::Random;
use thalweg_core::spectrum::decomposition::workspace;

use super::{Forecast, Outcome, folder, progress, settings, table};
use crate::curvature::critical::{Method, Point, Search, Verdict, merge, search};
use crate::curvature::decomposed::Decomposed;
use crate::engine::Scalar;
use crate::files::record::Record;
use crate::memory::expect_room;
use crate::options::forecast::{Sample, spectra};
use crate::options::problem::Problem;
use crate::options::{DataOptions, ModelOptions, OutOptions, RunOptions, at_least_one};
use crate::results;
use crate::results::summary::{Figure, Summary, number};

/// Options of `critical`.
#[derive(Args, Clone, Debug)]
pub struct Critical {
    /// Search with METHOD; saddle-free finds minima alone
    #[arg(long, value_name = "METHOD", value_enum, default_value = "levenberg-marquardt")]
    pub method: Method,
    /// Search from N starts: draws, or places along --run, or around
    /// --theta, each with noise of 0, 0.001, 0.01 and 0.1 in turn
    #[arg(long, value_name = "N", default_value = "20", value_parser = at_least_one)]
    pub starts: usize,
    /// Take at most NUM steps from each start
    #[arg(long, value_name = "NUM", default_value = "200", value_parser = at_least_one)]
    pub steps: usize,
    /// Start around the parameters in FILE
    #[arg(long, value_name = "FILE", conflicts_with = "from_run")]
    pub theta: Option<PathBuf>,
    /// Start along the path of this `train` result, with its network
    /// and data where no option names others
    #[arg(long = "run", value_name = "DIR")]
    pub from_run: Option<PathBuf>,
    /// Which network.
    #[command(flatten)]
    pub model: ModelOptions,
    /// Which examples.
    #[command(flatten)]
    pub data: DataOptions,
    /// How to compute.
    #[command(flatten)]
    pub run: RunOptions,
    /// Where to write.
    #[command(flatten)]
    pub out: OutOptions,
}

/// Uniform noise of these amplitudes is added to the starts in turn.
///
/// # Source
/// Dauphin et al. (2014), §4, use 10⁻⁴ to 10⁻¹.
const NOISE: [f64; 4] = [0.0, 1e-3, 1e-2, 1e-1];

/// The most memory that the searches may take.
const LARGEST: u64 = 4 << 30;

/// Refuses a network whose Hessians would not fit, before anything is allocated.
fn check_memory<T>(spec: &str, parameters: usize, starts: usize) -> Result<u64> {
    let threads = rayon::current_num_threads().min(starts) as u64;
    // a search holds the Hessian, its vectors, and what the eigen-solver copies of both in double precision
    let own = workspace(parameters) as u64 * size_of::<T>() as u64;
    let copies = (parameters as u64).saturating_mul(parameters as u64).saturating_mul(24);
    let bytes = own.saturating_add(copies).saturating_mul(threads);
    if bytes > LARGEST {
        bail!(
            "--model {spec}: {parameters} parameters need {bytes} bytes for their Hessians on {threads} threads, \
             more than this command takes on ({LARGEST}); take a smaller network (--pool makes its input smaller)"
        );
    }
    Ok(bytes)
}

/// The starts: along a run, around a θ, or drawn.
fn starts<T: Scalar>(
    options: &Critical,
    problem: &Problem<T>,
    record: Option<&Record>,
    notes: &mut Vec<String>,
) -> Result<(Vec<Vec<T>>, String)> {
    let view = problem.model.view();
    let (places, words): (Vec<Vec<T>>, String) = match (&options.theta, record, &options.from_run) {
        (Some(path), _, _) => (vec![problem.theta(path, notes)?], format!("around {}", path.display())),
        (None, Some(record), Some(folder)) => {
            (record.snapshots(folder, &problem.model)?, format!("along {}", folder.display()))
        }
        _ => {
            let mut drawn = Vec::new();
            for start in 0..options.starts {
                let mut theta = vec![T::ZERO; view.parameters()];
                initialise(
                    &view,
                    Initialiser::Glorot,
                    options.run.seed.wrapping_add(start as u64),
                    &mut theta,
                )?;
                drawn.push(theta);
            }
            return Ok((drawn, "Glorot draws".to_owned()));
        }
    };
    let rounds = options.starts.div_ceil(NOISE.len()).max(1);
    let made = (0..options.starts).map(|start| {
        let (round, noise) = (start / NOISE.len(), NOISE[start % NOISE.len()]);
        // spread evenly from the first place to the last
        let place = if rounds > 1 { round * (places.len() - 1) / (rounds - 1) } else { places.len() - 1 };
        let mut random = Random::stream(options.run.seed, 0x6372_6974_0000_0000 | start as u64);
        let moved = |entry: &T| T::from_f64(entry.to_f64() + random.symmetric(noise));
        places[place].iter().map(moved).collect()
    });
    Ok((made.collect(), format!("{words}, noise 0, 0.001, 0.01, 0.1")))
}

/// How many of the points have no weight worth mentioning: the trivial critical point of many networks.
fn trivial<T: Scalar>(problem: &Problem<T>, points: &[&Point<T>]) -> usize {
    let view = problem.model.view();
    let is_trivial = |point: &&&Point<T>| {
        let weights = view.blocks().filter(|block| !block.is_bias);
        let mut entries = weights.flat_map(|block| &point.theta[block.range()]);
        entries.all(|entry| entry.to_f64().abs() < 1e-3)
    };
    points.iter().filter(is_trivial).count()
}

/// The steps of a search that finds its point.
const TYPICAL_STEPS: usize = 50;

/// How long the searches take: each step writes out a Hessian, by all threads, and takes it apart by one.
fn foreseen<T: Scalar>(options: &Critical, problem: &Problem<T>, starts: &[Vec<T>]) -> Result<Forecast> {
    let theta = starts.first().map_or(&[][..], Vec::as_slice);
    let steps = starts.len().saturating_mul(options.steps);
    let threads = rayon::current_num_threads().min(starts.len()).max(1) as f64;
    let most = Sample::new(problem)?.hessians(theta, steps)? + spectra(theta.len(), steps)? / threads;
    let share = TYPICAL_STEPS.min(options.steps) as f64 / options.steps as f64;
    Ok(Forecast { expected: share * most, most })
}

/// Searches for critical points and classifies what it finds.
///
/// # Errors
/// A message that names the option or the file.
pub fn critical<T: Scalar>(options: &Critical) -> Result<Outcome> {
    let record = options.from_run.as_deref().map(Record::read).transpose()?;
    let problem = Problem::<T>::load_training(&options.model, &options.data, &options.run, record.as_ref())?;
    let memory = check_memory::<T>(problem.model.spec(), problem.model.view().parameters(), options.starts)?;
    // a search keeps where it starts and what it finds
    let kept =
        options.starts as u128 * 2 * (size_of::<T>() * problem.model.view().parameters().max(64)) as u128;
    expect_room(kept, "take fewer").with_context(|| format!("--starts {}", options.starts))?;
    let mut notes = Vec::new();
    let (starts, words) = starts(options, &problem, record.as_ref(), &mut notes)?;
    let out = folder(&options.out, "critical")?;
    let how = Search::new(options.method, options.steps as u64);
    let objective = problem.objective();
    foreseen(options, &problem, &starts)?.announce("searches", problem.held() + u128::from(memory));
    let bar = progress(starts.len() as u64, "searches");
    let points = merge(search(&Decomposed(objective), &starts, &how, &|| bar.inc(1))?);
    bar.finish_and_clear();

    let own = [
        ("method", options.method.name().to_owned()),
        ("starts", options.starts.to_string()),
        ("starts-from", words),
        ("steps", options.steps.to_string()),
        ("gradient-tolerance", how.tolerance.to_string()),
        ("zero-tolerance", how.zero.to_string()),
        ("flat-tolerance", how.flat.to_string()),
    ];
    let settings = settings(&problem.settings, "critical", &own);
    let errors = points
        .iter()
        .map(|point| Ok(1.0 - objective.tally(&point.theta)?.accuracy()))
        .collect::<Result<Vec<f64>>>()?;
    let column = |of: &dyn Fn(&Point<T>) -> f64| points.iter().map(of).collect::<Vec<f64>>();
    let names = points.iter().map(|point| point.verdict.name().to_owned()).collect::<Vec<String>>();
    let critical: Vec<&Point<T>> =
        points.iter().filter(|point| matches!(point.verdict, Verdict::Critical(_))).collect();
    let found: usize = critical.iter().map(|point| 1 + point.duplicates).sum();
    let result = table(&settings)
        .setting(
            "title",
            format!("{} distinct critical points from {} searches", critical.len(), starts.len()),
        )
        .setting(
            "subtitle",
            format!(
                "{} ({}), {} parameters, {} examples, {}",
                problem.model.spec(),
                problem.model.activation(),
                problem.model.view().parameters(),
                problem.train.count(),
                options.method.name()
            ),
        )
        .setting("x-axis", "fraction of negative eigenvalues")
        .setting("y-axis", format!("J ({})", problem.model.cost_unit()))
        .column("point", (0..points.len()).map(|point| point as f64).collect::<Vec<f64>>())
        .column("kind", names)
        .column("cost", column(&|point| point.finding.cost))
        .column("error", if problem.classes { errors } else { vec![f64::NAN; points.len()] })
        .column("index_fraction", column(&|point| point.finding.signs.index_fraction()))
        .column("gradient_norm", column(&|point| point.finding.gradient_norm))
        .column("start", column(&|point| point.start as f64))
        .column("duplicates", column(&|point| point.duplicates as f64));
    results::write(&out, "critical", &result)?;

    let mut summary = Summary::new("critical", settings);
    notes.into_iter().for_each(|note| summary.note(note));
    let of = |wanted: Verdict| points.iter().filter(|point| point.verdict == wanted).count();
    let unfinished = of(Verdict::Unfinished);
    if unfinished > 0 {
        summary.note(format!(
            "{unfinished} searches ended at no critical point; their rows say `unfinished` (more --steps may help)"
        ));
    }
    let trivial = trivial(&problem, &critical);
    if trivial > 0 {
        summary
            .note(format!("{trivial} of the distinct points have no weight above 0.001: the trivial point"));
    }
    if let Some(lowest) = critical.iter().map(|point| point.finding.cost).min_by(f64::total_cmp) {
        summary.note(format!("lowest cost of a critical point: {}", number(lowest)));
    }
    summary.figure("found", found);
    summary.figure("distinct", critical.len());
    summary.figure("flat", of(Verdict::Flat));
    let kinds = [Kind::Minimum, Kind::Maximum, Kind::Saddle, Kind::Degenerate];
    let group = kinds.map(|kind| (kind.name().to_owned(), Figure::from(of(Verdict::Critical(kind)))));
    summary.figure("kinds", Figure::Group(group.into()));
    Ok(Outcome { flagged: unfinished > 0 || found == 0, ..Outcome::new(summary, 0) })
}
