//! "Random walk control experiment": what projection and residual look like where nothing is learned.

use anyhow::Result;
use rayon::prelude::*;
use thalweg_core::network::operation::Map;

use super::check::Check;
use super::report::Report;
use super::setting::{Run, Setting};
use crate::files::model::Activation;
use crate::results::summary::number;
use crate::subspace::components::principal;
use crate::subspace::path::{Trajectory, random_walk, step_lengths};

/// α/L and β/L of every place.
fn scaled(trajectory: &Trajectory<f32>) -> Vec<(f64, f64)> {
    let length = trajectory.length;
    trajectory.places.iter().map(|place| (place.projection / length, place.residual / length)).collect()
}

/// The largest distance of a path from the half circle of radius ½ about (½, 0).
fn off_circle(trajectory: &Trajectory<f32>) -> f64 {
    let off = |(alpha, beta): (f64, f64)| (((alpha - 0.5).powi(2) + beta * beta).sqrt() - 0.5).abs();
    scaled(trajectory).into_iter().map(off).fold(0.0, f64::max)
}

/// SGD's path, a plain random walk, and one with SGD's own step lengths.
struct Paths {
    trained: Trajectory<f32>,
    plain: Trajectory<f32>,
    alike: Trajectory<f32>,
    shares: [f64; 2],
    alike_shares: [f64; 2],
    own_shares: [f64; 2],
}

fn paths(run: &Run) -> Result<Paths> {
    let lengths = step_lengths(&run.snapshots);
    let mean = lengths.iter().sum::<f64>() / lengths.len() as f64;
    let plain = random_walk(run.start(), &vec![mean; lengths.len()], run.seed);
    let alike = random_walk(run.start(), &lengths, run.seed.wrapping_add(1 << 32));
    let shares = |snapshots: &[Vec<f32>]| principal(snapshots).map_or([f64::NAN; 2], |found| found.shares);
    Ok(Paths {
        trained: Trajectory::new(&run.snapshots)?,
        plain: Trajectory::new(&plain)?,
        alike: Trajectory::new(&alike)?,
        shares: shares(&plain),
        alike_shares: shares(&alike),
        own_shares: shares(&run.snapshots),
    })
}

/// Random walks from SGD's starts, of as many steps.
///
/// # Source
/// Goodfellow, Vinyals, Saxe (2015), the control of §4; the half circle is derived: in many dimensions
/// α/L = s and β/L = √(s(1 − s)). The shares after Antognini and Sohl-Dickstein (2018).
///
/// # Errors
/// A message, if a run diverges.
pub fn random_walk_control(setting: &Setting) -> Result<Report> {
    let network = setting.trained_with(Activation::Map(Map::Relu), 0.0)?;
    let all = network.runs.par_iter().map(paths).collect::<Result<Vec<Paths>>>()?;
    let steps = network.runs[0].snapshots.len() - 1;
    let mut report = Report::new(format!(
        "Walks of {steps} steps in {} dimensions, each from the start of a run: with steps of the run's mean \
         length, and with the run's own step lengths. {}",
        network.model.view().parameters(),
        setting.words(&network)
    ));
    let first = &all[0];
    let series =
        [("SGD", &first.trained), ("random walk", &first.plain), ("walk with SGD's steps", &first.alike)];
    let points: Vec<(&str, f64, f64)> = series
        .iter()
        .flat_map(|(name, path)| scaled(path).into_iter().map(move |(alpha, beta)| (*name, alpha, beta)))
        .collect();
    let table = setting
        .digits_table(&network)
        .setting("figure", "scatter")
        .setting("title", "SGD's path beside random walks of as many steps")
        .setting("x-axis", "α/L (projection on the line from start to end)")
        .setting("y-axis", "β/L (distance from it)")
        .setting("x", "projection")
        .setting("y", "residual")
        .setting("z", "")
        .setting("series", "path")
        .setting("half-circle", "0.5,0,0.5")
        .setting("equal-aspect", true)
        .column("path", points.iter().map(|point| point.0.to_owned()).collect::<Vec<String>>())
        .column("projection", points.iter().map(|point| point.1).collect::<Vec<f64>>())
        .column("residual", points.iter().map(|point| point.2).collect::<Vec<f64>>());
    report.picture(
        "random-walk",
        table,
        "The first seed's training path beside two random walks from the same start, all scaled to length 1.",
    );
    let residuals = |of: fn(&Paths) -> &Trajectory<f32>| -> Vec<f64> {
        all.iter().map(|paths| of(paths).residual_max()).collect()
    };
    let (trained, plain) = (residuals(|paths| &paths.trained), residuals(|paths| &paths.plain));
    let alike = residuals(|paths| &paths.alike);
    let list = |numbers: &[f64]| numbers.iter().map(|&n| number(n)).collect::<Vec<String>>().join(", ");
    report.number("SGD's β_max/L, by seed", list(&trained));
    report.number("the plain walk's", list(&plain));
    report.number("the walk's with SGD's own steps", list(&alike));
    let percent = |shares: [f64; 2]| format!("{:.1} % and {:.1} %", 100.0 * shares[0], 100.0 * shares[1]);
    report.number("two principal components, first seed: SGD", percent(first.own_shares));
    report.number("plain walk (in theory 60.8 % and 15.2 %)", percent(first.shares));
    report.number("walk with SGD's own steps", percent(first.alike_shares));
    let worst = |of: fn(&Paths) -> &Trajectory<f32>| {
        all.iter().map(|paths| off_circle(of(paths))).fold(0.0, f64::max)
    };
    report.check(Check::at_most(
        "plain walk: distance from the half circle at every step, every seed",
        worst(|paths| &paths.plain),
        0.05,
    ));
    report.check(Check::at_most(
        "walk with SGD's own steps: distance from the half circle",
        worst(|paths| &paths.alike),
        0.05,
    ));
    let all_in = |numbers: &[f64]| numbers.iter().all(|residual| (0.47..=0.53).contains(residual));
    report.check(Check::new(
        "both walks: β_max/L in [0.47, 0.53], every seed",
        format!("{}; {}", list(&plain), list(&alike)),
        all_in(&plain) && all_in(&alike),
    ));
    let below: Vec<bool> = trained.iter().zip(&plain).map(|(sgd, walk)| walk - sgd >= 0.1).collect();
    report.check(Check::of_seeds("SGD's β_max/L is at least 0.1 below the walk's", &below));
    let near =
        |paths: &Paths| (paths.shares[0] - 0.608).abs() <= 0.03 && (paths.shares[1] - 0.152).abs() <= 0.02;
    report.check(Check::of_seeds(
        "plain walk: two components hold 60.8 ± 3 % and 15.2 ± 2 %",
        &all.iter().map(near).collect::<Vec<bool>>(),
    ));
    Ok(report)
}
