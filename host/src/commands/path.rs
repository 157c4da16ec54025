//! `path`: where did training go? Projection, residual, and the surface around the path.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use thalweg_core::subspace::restriction::Plane;

use super::{Forecast, Outcome, Work, folder, non_finite, settings, table, written};
use crate::engine::Scalar;
use crate::files::record::Record;
use crate::options::forecast::Sample;
use crate::options::problem::Problem;
use crate::options::{Counts, DataOptions, ModelOptions, OutOptions, RunOptions};
use crate::results;
use crate::results::summary::Summary;
use crate::subspace::path::{OBSTACLE_STEPS, Trajectory, random_walk, step_lengths};

/// Options of `path`.
#[derive(Args, Clone, Debug)]
pub struct Path {
    /// Follow the path of this `train` result
    #[arg(long = "run", value_name = "DIR")]
    pub folder: PathBuf,
    /// Evaluate the surface at COUNT projections by COUNT residuals
    #[arg(long, value_name = "COUNTxCOUNT", default_value = "25x25")]
    pub surface: Counts,
    /// Follow a random walk with the same step lengths instead
    #[arg(long)]
    pub walk: bool,
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

/// `count` numbers from `min` to `max`, both included.
fn spaced(min: f64, max: f64, count: usize) -> Vec<f64> {
    let last = (count - 1).max(1) as f64;
    (0..count).map(|index| min + (max - min) * index as f64 / last).collect()
}

/// Lays out a training path and evaluates the surface around it.
///
/// # Errors
/// A message that names the option or the file.
pub fn path<T: Scalar>(options: &Path) -> Result<Outcome> {
    let record = Record::read(&options.folder)?;
    let problem = Problem::<T>::load_training(&options.model, &options.data, &options.run, Some(&record))?;
    let Counts { columns, rows } = options.surface;
    let points = columns as u128 * rows as u128;
    // every snapshot and its residual
    let kept = 2 * record.snapshots.len() + 4;
    let memory = problem.expect_room(kept, points, &format!("--surface {columns}x{rows}"))?;
    let out = folder(&options.out, "path")?;
    let mut snapshots = record.snapshots::<T>(&options.folder, &problem.model)?;
    if options.walk {
        snapshots = random_walk(&snapshots[0], &step_lengths(&snapshots), options.run.seed);
    }
    let trajectory = Trajectory::new(&snapshots)?;
    if trajectory.length == 0.0 {
        bail!(
            "--run {}: the path ends where it starts, so there is no line to lay it along",
            options.folder.display()
        );
    }
    let objective = problem.objective();
    let line = Plane { origin: &snapshots[0], x: &snapshots[snapshots.len() - 1], y: None };
    let grid = Sample::new(&problem)?.grid(line, columns * rows)?;
    let seconds = columns as f64 * grid.seconds(rows)
        + snapshots.len() as f64 * (grid.seconds(OBSTACLE_STEPS + 1) + grid.seconds(1));
    let announced = Forecast::of(seconds).announce("path", memory);
    let mut costs = Vec::new();
    for theta in &snapshots {
        costs.push(objective.with_decay(&objective.tally(theta)?, theta));
    }
    let farthest = trajectory.residual_max() * trajectory.length;
    let alphas = spaced(0.0, trajectory.length, options.surface.columns);
    let betas = spaced(0.0, 1.25 * farthest.max(1e-3 * trajectory.length), options.surface.rows);
    let evaluations = alphas.len() * betas.len() + snapshots.len() * (OBSTACLE_STEPS + 1);
    let work =
        Work::new(evaluations as u64 * objective.examples() as u64, "surface", memory).announced(announced);
    let surface = trajectory.surface(&objective, &alphas, &betas, &|done| work.done(done))?;
    let obstacles = trajectory.obstacles(&objective, OBSTACLE_STEPS, &|done| work.done(done))?;
    work.finish();
    let obstacle = obstacles.iter().copied().fold(0.0, f64::max);
    let what = if options.walk { "a random walk with the run's step lengths" } else { "training" };
    let own = [
        ("run", options.folder.display().to_string()),
        ("path", what.to_owned()),
        ("surface", format!("{}x{}", options.surface.columns, options.surface.rows)),
        ("length", trajectory.length.to_string()),
    ];
    let settings = settings(&problem.settings, "path", &own);
    let step =
        |index: usize| record.snapshots.get(index).map_or(index as f64, |snapshot| snapshot.step as f64);
    let axes = [
        "α (projection on the line from start to end, in parameter units)",
        "β (distance from that line, in parameter units)",
    ];
    let trajectory_table = table(&settings)
        .setting("figure", "scatter")
        .setting("title", format!("How far {what} goes along the straight line to its end, and off it"))
        .setting("x-axis", axes[0])
        .setting("y-axis", axes[1])
        .setting("z-axis", format!("J ({})", problem.model.cost_unit()))
        .setting("x", "projection")
        .setting("y", "residual")
        .setting("z", "train_cost")
        .setting("half-circle", format!("{0},0,{0}", trajectory.length / 2.0))
        .setting("half-circle-label", "half circle over start and end, where a random walk goes")
        .setting("equal-aspect", true)
        .column("step", (0..snapshots.len()).map(step).collect::<Vec<f64>>())
        .column("projection", trajectory.places.iter().map(|place| place.projection).collect::<Vec<f64>>())
        .column("residual", trajectory.places.iter().map(|place| place.residual).collect::<Vec<f64>>())
        .column("train_cost", costs.clone());
    let surface_table = table(&settings)
        .setting("figure", "surface")
        .setting("title", format!("The cost surface that holds the path of {what}"))
        .setting("x-axis", "α, projection")
        .setting("y-axis", "β, residual")
        .setting("z-axis", format!("J ({})", problem.model.cost_unit()))
        .setting("overlay", "path.csv")
        .setting("overlay-x", "projection")
        .setting("overlay-y", "residual")
        .setting("overlay-z", "train_cost")
        .column(
            "projection",
            alphas.iter().flat_map(|&alpha| betas.iter().map(move |_| alpha)).collect::<Vec<f64>>(),
        )
        .column("residual", alphas.iter().flat_map(|_| betas.iter().copied()).collect::<Vec<f64>>())
        .column("train_cost", surface.clone());
    results::write_table(&out, "path", &trajectory_table)?;
    results::write_table(&out, "surface", &surface_table)?;
    results::write_figure(&out, "path", &trajectory_table)?;
    results::write_figure(&out, "surface", &surface_table)?;
    let mut summary = Summary::new("path", settings);
    summary.figure("length", trajectory.length);
    summary.figure("residual_max", trajectory.residual_max());
    summary.figure("obstacle", obstacle);
    written(&mut summary, &out);
    Ok(Outcome::new(summary, non_finite(&costs) + non_finite(&surface)))
}
