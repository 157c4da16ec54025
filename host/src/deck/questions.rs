//! "Questions for visualization": local minima? obstacles? bumps? a twisting canyon? One row per question.

use anyhow::Result;
use rayon::prelude::*;
use thalweg_core::cost::{Gradient, dot, norm};
use thalweg_core::network::operation::Map;

use super::check::{Check, median};
use super::report::Report;
use super::setting::{Run, Setting, Trained};
use super::straight_line::curve;
use crate::files::model::Activation;
use crate::results::summary::number;
use crate::subspace::curve::Curve;
use crate::subspace::path::{Trajectory, obstacle, random_walk, step_lengths};

/// What the questions ask of one run.
struct Answers {
    trained: bool,
    line: Curve,
    obstacle: f64,
    least_gradient: f64,
    last_gradient: f64,
    turning: Turning,
}

/// The angles between successive displacements of a path, in degrees.
struct Turning {
    mean: f64,
    largest: f64,
}

fn turning(snapshots: &[&Vec<f32>]) -> Turning {
    let displacement = |pair: &[&Vec<f32>]| -> Vec<f32> {
        pair[1].iter().zip(pair[0]).map(|(after, before)| after - before).collect()
    };
    let ways: Vec<Vec<f32>> = snapshots.windows(2).map(displacement).collect();
    let angle = |pair: &[Vec<f32>]| {
        let cosine = dot(&pair[0], &pair[1]) / (norm(&pair[0]) * norm(&pair[1]));
        cosine.clamp(-1.0, 1.0).acos().to_degrees()
    };
    let angles: Vec<f64> = ways.windows(2).map(angle).collect();
    Turning {
        mean: angles.iter().sum::<f64>() / angles.len() as f64,
        largest: angles.iter().copied().fold(0.0, f64::max),
    }
}

/// One snapshot per epoch, the start among them.
fn by_epoch(setting: &Setting, run: &Run) -> Vec<usize> {
    let per_epoch = setting.steps_per_epoch();
    (0..run.steps.len()).filter(|&index| run.steps[index].is_multiple_of(per_epoch)).collect()
}

fn answers(setting: &Setting, network: &Trained, run: &Run) -> Result<Answers> {
    let objective = network.objective();
    let alphas: Vec<f64> = (0..=300).map(|step| f64::from(step) / 200.0).collect();
    let line = curve(network, run.start(), run.end(), &alphas)?;
    let epochs = by_epoch(setting, run);
    // a third of the epochs is enough to see an obstacle, which spans many
    let chosen: Vec<Vec<f32>> = epochs.iter().step_by(3).map(|&index| run.snapshots[index].clone()).collect();
    let trajectory = Trajectory::new(&chosen)?;
    let obstacles = trajectory.obstacles(&objective, crate::subspace::path::OBSTACLE_STEPS, &|_| ())?;
    let mut gradient = run.start().to_vec();
    let mut lengths = Vec::new();
    for &index in &epochs {
        network.objective().gradient(&run.snapshots[index], &mut gradient)?;
        lengths.push(norm(&gradient));
    }
    let snapshots: Vec<&Vec<f32>> = epochs.iter().map(|&index| &run.snapshots[index]).collect();
    Ok(Answers {
        trained: run.trained(),
        obstacle: obstacles.into_iter().fold(0.0, f64::max) / line.start,
        least_gradient: lengths.iter().copied().fold(f64::INFINITY, f64::min),
        last_gradient: lengths.last().copied().unwrap_or(f64::NAN),
        turning: turning(&snapshots),
        line,
    })
}

/// The largest angle by which the mean turning angle of random walks differs from 90°.
fn walk_error(setting: &Setting, network: &Trained) -> f64 {
    let off = |run: &Run| {
        let chosen: Vec<Vec<f32>> =
            by_epoch(setting, run).into_iter().map(|index| run.snapshots[index].clone()).collect();
        let walk = random_walk(run.start(), &step_lengths(&chosen), run.seed);
        (turning(&walk.iter().collect::<Vec<_>>()).mean - 90.0).abs()
    };
    network.runs.iter().map(off).fold(0.0, f64::max)
}

/// A row: the question, and the answer of a run as a number.
type Row = (&'static str, fn(&Answers) -> f64);

const ROWS: [Row; 9] = [
    ("local minima on the line α ∈ [0, 1.5], the solution's among them", |run| {
        run.line.local_minima().len() as f64
    }),
    ("bumps: rise on the line, in drops J(0) − J(1)", |run| {
        run.line.rise() / (run.line.start - run.line.end)
    }),
    ("barrier above the chord of the line, in J(0)", |run| run.line.barrier() / run.line.start),
    ("plateau: first α with J < 0.9·J(0)", |run| run.line.plateau_end().unwrap_or(f64::NAN)),
    ("global obstacles: largest between line and path, in J(0)", |run| run.obstacle),
    ("critical points: smallest |g| at the end of an epoch", |run| run.least_gradient),
    ("|g| where training ended", |run| run.last_gradient),
    ("twisting canyon: mean angle between an epoch's way and the next (random walk: 90°)", |run| {
        run.turning.mean
    }),
    ("largest such angle", |run| run.turning.largest),
];

/// The deck's questions, answered by one column per trained network.
///
/// # Source
/// The questions are the deck's.
///
/// # Errors
/// A message, if a run diverges.
pub fn questions(setting: &Setting) -> Result<Report> {
    let kinds = [
        ("ReLU", Activation::Map(Map::Relu)),
        ("sigmoid", Activation::Map(Map::Sigmoid)),
        ("tanh", Activation::Map(Map::Tanh)),
        ("maxout", Activation::Maxout(3)),
    ];
    let mut all = Vec::new();
    let mut report = Report::default();
    let mut walks = 0.0_f64;
    for (name, activation) in kinds {
        let network = setting.trained(activation)?;
        if report.setting.is_empty() {
            report.setting = format!(
                "Medians over the seeds, for units of four kinds ({}). {}",
                kinds.map(|kind| kind.0).join(", "),
                setting.words(&network)
            );
            walks = walk_error(setting, &network);
        }
        let runs = network.runs.par_iter().map(|run| answers(setting, &network, run));
        all.push((name, runs.collect::<Result<Vec<Answers>>>()?));
    }
    for (question, answer) in ROWS {
        let of = |(name, runs): &(&str, Vec<Answers>)| {
            let values: Vec<f64> = runs.iter().map(answer).collect();
            format!("{name} {}", number(median(&values)))
        };
        report.number(question, all.iter().map(of).collect::<Vec<String>>().join(", "));
    }
    let untrained = all.iter().flat_map(|(_, runs)| runs).filter(|run| !run.trained).count();
    report.number("runs that did not train, counted above as the others", untrained.to_string());
    for (name, runs) in &all {
        let trained = || runs.iter().filter(|run| run.trained);
        report.check(Check::of_seeds(
            &format!("{name}: the solution's is the only local minimum of the line"),
            &trained().map(|run| run.line.local_minima().len() == 1).collect::<Vec<bool>>(),
        ));
        report.check(Check::of_seeds(
            &format!("{name}: the path turns less than a random walk, mean angle below 90°"),
            &trained().map(|run| run.turning.mean < 90.0).collect::<Vec<bool>>(),
        ));
    }
    report.check(Check::at_most(
        "control: a random walk's mean turning angle is 90°, difference",
        walks,
        2.0,
    ));
    // the measure itself must be able to see an obstacle
    report.check(Check::at_most(
        "control: a parabola that climbs ¼ between its ends is an obstacle of ¼, difference",
        (obstacle(&[0.0, 0.1875, 0.25, 0.1875, 0.0]) - 0.25).abs(),
        1e-12,
    ));
    Ok(report)
}
