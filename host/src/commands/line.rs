//! `line`: cost along a line, between two θ or along a direction.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use thalweg_core::restriction::Plane;

use super::{Outcome, folder, non_finite, progress, settings, table};
use crate::curve::Curve;
use crate::directions;
use crate::engine::Scalar;
use crate::objective::Objective;
use crate::options::{DataOptions, DirectionOptions, ModelOptions, OutOptions, Range, RunOptions};
use crate::problem::Problem;
use crate::record::Record;
use crate::results;
use crate::summary::{Figure, Summary};

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
    what: &str,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let with_ends = alphas.iter().chain(&[0.0, 1.0]);
    let points: Vec<(T, T)> = with_ends.map(|&alpha| (T::from_f64(alpha), T::ZERO)).collect();
    let bar = progress(points.len() as u64 * objective.examples() as u64, what);
    let plane = Plane { origin, x, y: None };
    let tallies = objective.tallies(plane, &points, &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let accuracies = tallies.iter().map(thalweg_core::loss::Tally::accuracy).collect();
    Ok((objective.costs(plane, &points, &tallies), accuracies))
}

/// Evaluates the cost along a line.
///
/// # Errors
/// A message that names the option or the file.
pub fn line<T: Scalar>(options: &Line) -> Result<Outcome> {
    let record = options.directions.run.as_deref().map(Record::read).transpose()?;
    let problem = Problem::<T>::load(&options.model, &options.data, &options.run, record.as_ref())?;
    let out = folder(&options.out, "line")?;
    let mut notes = Vec::new();
    let of_run = |name: &str| options.directions.run.as_ref().map(|run| run.join(name));
    let from_run = options.theta.is_none();
    let start = options.theta.clone().or_else(|| of_run("start.safetensors")).unwrap_or_default();
    let end = options
        .theta2
        .clone()
        .or_else(|| if from_run && options.direction_x.is_none() { of_run("end.safetensors") } else { None });
    let origin = problem.theta(&start, &mut notes)?;
    let direction = match &end {
        Some(end) => {
            let end = problem.theta(end, &mut notes)?;
            end.iter().zip(&origin).map(|(&end, &start)| end - start).collect()
        }
        None => directions::one(
            &problem.model,
            &origin,
            options.direction_x.as_deref(),
            &options.directions,
            (options.run.seed, 1),
        )?,
    };
    let way = end.as_ref().map_or_else(
        || format!("along {}", directions::words(&options.directions, options.direction_x.is_some())),
        |end| format!("from {} to {}", start.display(), end.display()),
    );
    let own = [("theta", start.display().to_string()), ("line", way), ("x-range", options.range.to_string())];
    let settings = settings(&problem.settings, "line", &own);
    let alphas = options.range.values();
    let count = alphas.len();
    let (costs, accuracies) = along(&problem.objective(), &origin, &direction, &alphas, "training examples")?;
    let curve = Curve {
        alphas: alphas.clone(),
        costs: costs[..count].to_vec(),
        start: costs[count],
        end: costs[count + 1],
    };
    let blank = |values: Vec<f64>| if problem.classes { values } else { vec![f64::NAN; values.len()] };
    let between = end.is_some();
    let mut result = table(&settings)
        .setting(
            "title",
            if between { "Cost on the straight line between two points" } else { "Cost along a direction" },
        )
        .setting(
            "subtitle",
            format!(
                "{} ({}), {} examples",
                problem.model.spec(),
                problem.model.activation(),
                problem.train.count()
            ),
        )
        .setting(
            "x-axis",
            if between { "α (0: first point, 1: second point)" } else { "α (in lengths of the direction)" },
        )
        .setting("y-axis", format!("J ({})", problem.model.cost_unit()))
        .column("alpha", alphas.clone())
        .column("train_cost", curve.costs.clone())
        .column("train_accuracy", blank(accuracies[..count].to_vec()));
    let mut bad = non_finite(&curve.costs);
    if let Some(test) = problem.test_objective() {
        let (costs, accuracies) = along(&test, &origin, &direction, &alphas, "test examples")?;
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
            summary.figure("minimum", Figure::Missing);
            summary.note("no cost on this line is finite: no figure is drawn");
        }
    }
    summary.figure("rise", curve.rise());
    summary.figure("barrier", curve.barrier());
    summary.figure("plateau_end", curve.plateau_end());
    Ok(Outcome::new(summary, bad))
}
