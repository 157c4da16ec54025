//! `line`: cost along a line, between two θ or along a direction.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use thalweg_core::subspace::restriction::Plane;

use super::{Forecast, Outcome, Work, folder, non_finite, settings, table, written};
use crate::engine::Scalar;
use crate::files::record::Record;
use crate::objective::Objective;
use crate::options::forecast::Sample;
use crate::options::problem::Problem;
use crate::options::{
    DataOptions, DirectionOptions, DirectionSource, ModelOptions, OutOptions, Range, RunOptions,
};
use crate::results;
use crate::results::summary::{Figure, Summary, number};
use crate::subspace::curve::Curve;
use crate::subspace::directions;
use crate::subspace::frame::Frame;

/// Options of `line`.
#[derive(Args, Clone, Debug)]
pub struct Line {
    /// Start from the parameters in FILE (α = 0)
    #[arg(long, value_name = "FILE", required_unless_present = "run")]
    pub theta: Option<PathBuf>,
    /// Go to the parameters in FILE (α = 1)
    #[arg(long, value_name = "FILE", conflicts_with = "direction_x")]
    pub theta2: Option<PathBuf>,
    /// Go along the direction in FILE, as it is unless --normalise says
    #[arg(long, value_name = "FILE")]
    pub direction_x: Option<PathBuf>,
    /// Evaluate COUNT values of α from MIN to MAX, both included
    #[arg(long = "x", value_name = "MIN:MAX:COUNT", default_value = "0:1:50", allow_hyphen_values = true)]
    pub range: Range,
    /// Which network.
    #[command(flatten)]
    pub model: ModelOptions,
    /// Which examples.
    #[command(flatten)]
    pub data: DataOptions,
    /// Which directions.
    #[command(flatten)]
    pub directions: DirectionOptions,
    /// How to compute.
    #[command(flatten)]
    pub run: RunOptions,
    /// Where to write.
    #[command(flatten)]
    pub out: OutOptions,
}

/// The costs and accuracies of an objective at values of α, with J(0) and J(1) behind them.
fn along<T: Scalar>(
    objective: &Objective<'_, T>,
    origin: &[T],
    x: &[T],
    alphas: &[f64],
    (what, memory, announced): (&str, u128, bool),
) -> Result<(Vec<f64>, Vec<f64>)> {
    let with_ends = alphas.iter().chain(&[0.0, 1.0]);
    let points: Vec<(T, T)> = with_ends.map(|&alpha| (T::from_f64(alpha), T::ZERO)).collect();
    let work =
        Work::new(points.len() as u64 * objective.examples() as u64, what, memory).announced(announced);
    let plane = Plane { origin, x, y: None };
    let tallies = objective.tallies(plane, &points, &|done| work.done(done))?;
    work.finish();
    let accuracies = tallies.iter().map(thalweg_core::rules::loss::Tally::accuracy).collect();
    Ok((objective.costs(plane, &points, &tallies), accuracies))
}

/// A line θ₀ + α·d, and how it is called.
struct Way<T> {
    origin: Vec<T>,
    direction: Vec<T>,
    start: String,
    words: String,
    title: &'static str,
    axis: &'static str,
    /// What lies at α = 0 and α = 1, where these are points of their own.
    ends: [&'static str; 2],
}

impl<T> Way<T> {
    /// The ends that lie on the grid, as a figure marks them.
    fn marks(&self, range: &Range) -> String {
        let on_grid = |at: f64| range.min <= at && at <= range.max;
        let ends = self.ends.iter().zip([0.0, 1.0]).filter(|(name, at)| !name.is_empty() && on_grid(*at));
        ends.map(|(name, at)| format!("{at} {name}")).collect::<Vec<_>>().join("; ")
    }
}

/// The line that the options name; what a reader should know of it is added to `notes`.
fn way<T: Scalar>(
    options: &Line,
    problem: &Problem<T>,
    record: Option<&Record>,
    notes: &mut Vec<String>,
) -> Result<Way<T>> {
    let source = options.directions.directions;
    if source != DirectionSource::Random && (options.theta2.is_some() || options.direction_x.is_some()) {
        bail!("--directions {}: leave out --theta2 and --direction-x", directions::source_name(source));
    }
    let run = options.directions.run.as_deref().zip(record);
    let in_run = |name: &str| run.map(|(folder, _)| folder.join(name));
    let start = options.theta.clone().or_else(|| in_run("start.safetensors")).unwrap_or_default();
    let shown = start.display().to_string();
    if let (DirectionSource::Pca, Some((folder, record))) = (source, run) {
        let theta = options.theta.as_deref().map(|path| problem.theta(path, notes)).transpose()?;
        let start = options.theta.as_ref().map_or_else(|| "the run's end".to_owned(), |_| shown);
        let snapshots = record.snapshots::<T>(folder, &problem.model)?;
        let frame = Frame::of_components(&snapshots, theta).context("--directions pca")?;
        notes.extend(frame.notes);
        return Ok(Way {
            origin: frame.origin,
            direction: frame.x,
            start,
            words: "along pca".to_owned(),
            title: "Cost along the training path's main component",
            axis: "α (1: reach of the path along its main component)",
            ends: ["", ""],
        });
    }
    if source == DirectionSource::Eigen {
        // around the end of a run, where its curvature is of interest
        let centre = options.theta.clone().or_else(|| in_run("end.safetensors")).unwrap_or_default();
        let origin = problem.theta(&centre, notes)?;
        let [along, _] =
            directions::outermost(&problem.objective(), &origin, &options.directions, options.run.seed)?;
        notes.push(format!("{}, residual {}", along.name, number(along.residual)));
        return Ok(Way {
            origin,
            direction: along.direction,
            start: centre.display().to_string(),
            words: "along eigen".to_owned(),
            title: "Cost along the direction of largest curvature",
            axis: "α (1: one length of the eigenvector)",
            ends: ["", ""],
        });
    }
    let origin = problem.theta(&start, notes)?;
    let through_run = options.theta.is_none() && options.direction_x.is_none() && options.theta2.is_none();
    let end = options.theta2.clone().or_else(|| in_run("end.safetensors").filter(|_| through_run));
    if source == DirectionSource::Run
        && let (Some(first), Some(last)) = (in_run("start.safetensors"), in_run("end.safetensors"))
    {
        let (first, last) = (problem.theta(&first, notes)?, problem.theta(&last, notes)?);
        let direction = last.iter().zip(&first).map(|(&last, &first)| last - first).collect();
        let words = "along run".to_owned();
        let title = "Cost along the way from the start of training to its end";
        let (axis, ends) = ("α (1: length of the way)", ["", ""]);
        return Ok(Way { origin, direction, start: shown, words, title, axis, ends });
    }
    if let Some(end) = end {
        let last = problem.theta(&end, notes)?;
        let direction = last.iter().zip(&origin).map(|(&last, &first)| last - first).collect();
        let title = if through_run {
            "Cost on the straight line from the start of training to its end"
        } else {
            "Cost on the straight line between two points"
        };
        let axis = if through_run {
            "α (0: start, 1: end of training)"
        } else {
            "α (0: first point, 1: second point)"
        };
        let words = format!("from {shown} to {}", end.display());
        let ends = if through_run { ["start", "end"] } else { ["first point", "second point"] };
        return Ok(Way { origin, direction, start: shown, words, title, axis, ends });
    }
    let file = options.direction_x.as_deref();
    let direction =
        directions::one(&problem.model, &origin, file, &options.directions, (options.run.seed, 1))?;
    let words = format!("along {}", directions::words(&options.directions, file.is_some()));
    let title = if file.is_some() { "Cost along a direction" } else { "Cost along a random direction" };
    let (axis, ends) = ("α (1: one length of the direction)", ["", ""]);
    Ok(Way { origin, direction, start: shown, words, title, axis, ends })
}

/// Evaluates the cost along a line.
///
/// # Errors
/// A message that names the option or the file.
pub fn line<T: Scalar>(options: &Line) -> Result<Outcome> {
    let record = options.directions.run.as_deref().map(Record::read).transpose()?;
    let problem = Problem::<T>::load(&options.model, &options.data, &options.run, record.as_ref())?;
    let points = options.range.count as u128;
    let memory = problem.expect_room(6, points, &format!("--x: {points} points"))?;
    let out = folder(&options.out, "line")?;
    let mut notes = Vec::new();
    let way = way(options, &problem, record.as_ref(), &mut notes)?;
    let own = [
        ("theta", way.start.clone()),
        ("line", way.words.clone()),
        ("x-range", options.range.to_string()),
        ("notes", notes.join("; ")),
    ];
    let settings = settings(&problem.settings, "line", &own);
    let alphas = options.range.values();
    let count = alphas.len();
    let sample = Sample::new(&problem)?;
    let line = Plane { origin: &way.origin, x: &way.direction, y: None };
    let seconds = sample.with_test() * sample.grid(line, count)?.seconds(count);
    let announced = Forecast::of(seconds).announce("line", memory);
    let what = ("training examples", memory, announced);
    let (costs, accuracies) = along(&problem.objective(), &way.origin, &way.direction, &alphas, what)?;
    let curve = Curve {
        alphas: alphas.clone(),
        costs: costs[..count].to_vec(),
        start: costs[count],
        end: costs[count + 1],
    };
    let blank = |values: Vec<f64>| if problem.classes { values } else { vec![f64::NAN; values.len()] };
    let mut result = table(&settings)
        .setting("title", way.title)
        .setting(
            "subtitle",
            format!(
                "{} ({}), {} examples",
                problem.model.spec(),
                problem.model.activation(),
                problem.train.count()
            ),
        )
        .setting("x-axis", way.axis)
        .setting("mark-x", way.marks(&options.range))
        .setting("y-axis", format!("J ({})", problem.model.cost_unit()))
        .column("alpha", alphas.clone())
        .column("train_cost", curve.costs.clone())
        .column("train_accuracy", blank(accuracies[..count].to_vec()));
    let mut bad = non_finite(&curve.costs);
    if let Some(test) = problem.test_objective() {
        let what = ("test examples", memory, announced);
        let (costs, accuracies) = along(&test, &way.origin, &way.direction, &alphas, what)?;
        bad += non_finite(&costs[..count]);
        result = result
            .column("test_cost", costs[..count].to_vec())
            .column("test_accuracy", blank(accuracies[..count].to_vec()));
    }
    results::write_table(&out, "line", &result)?;
    let mut summary = Summary::new("line", settings);
    notes.into_iter().for_each(|note| summary.note(note));
    match curve.minimum() {
        Some((alpha, cost)) => {
            summary.figure("minimum", Figure::group([("alpha", alpha), ("cost", cost)]));
            results::write_figure(&out, "line", &result)?;
        }
        None => {
            results::remove_figure(&out, "line")?;
            summary.figure("minimum", Figure::Missing);
            summary.note("no cost on this line is finite: no figure is drawn");
        }
    }
    summary.figure("rise", curve.rise());
    summary.figure("barrier", curve.barrier());
    summary.figure("plateau_end", curve.plateau_end());
    written(&mut summary, &out);
    Ok(Outcome::new(summary, bad))
}
