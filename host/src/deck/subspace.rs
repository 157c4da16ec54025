//! "2-D subspace visualization": planes through the solution.

use anyhow::Result;
use rayon::prelude::*;
use thalweg_core::cost::{Cost, dot, norm};
use thalweg_core::subspace::direction::{self, Normalisation};

use super::check::Check;
use super::report::Report;
use super::setting::{Run, Setting, Trained};
use crate::results::summary::number;
use crate::subspace::frame::Frame;
use crate::table::Table;

/// `count` numbers from `min` to `max`, both included.
fn spaced(min: f64, max: f64, count: usize) -> Vec<f64> {
    (0..count).map(|index| min + (max - min) * index as f64 / (count - 1) as f64).collect()
}

/// A plane in two directions drawn from the seed, filter by filter as long as θ's.
fn random_plane(network: &Trained, run: &Run) -> Result<Frame<f32>> {
    let theta = run.end();
    let made = |purpose| {
        let mut made = vec![0.0_f32; theta.len()];
        direction::random(run.seed, purpose, &mut made);
        direction::normalise(&network.model.view(), Normalisation::Filter, false, theta, &mut made)?;
        Ok::<_, anyhow::Error>(made)
    };
    Ok(Frame {
        origin: theta.to_vec(),
        x: made(1)?,
        y: made(2)?,
        axes: ["x (filter-normalised random direction)".to_owned(), "y (another)".to_owned()],
        notes: Vec::new(),
    })
}

/// The largest relative difference between the lengths of a direction's filters and θ's.
fn filter_mismatch(network: &Trained, theta: &[f32], direction: &[f32]) -> f64 {
    let blocks = network.model.view();
    let weights = blocks.blocks().filter(|block| !block.is_bias);
    let rows = weights.flat_map(|block| {
        let (theta, direction) = (&theta[block.range()], &direction[block.range()]);
        theta.chunks(block.columns).zip(direction.chunks(block.columns))
    });
    rows.map(|(theta, direction)| (norm(direction) / norm(theta) - 1.0).abs()).fold(0.0, f64::max)
}

/// The costs over a plane, row by row from the lowest y.
fn costs(network: &Trained, frame: &Frame<f32>, xs: &[f64], ys: &[f64]) -> Result<Vec<f64>> {
    let points: Vec<(f32, f32)> =
        ys.iter().flat_map(|&y| xs.iter().map(move |&x| (x as f32, y as f32))).collect();
    let objective = network.objective();
    let tallies = objective.tallies(frame.plane(), &points, &|_| ())?;
    Ok(objective.costs(frame.plane(), &points, &tallies))
}

fn table(head: Table, frame: &Frame<f32>, xs: &[f64], ys: &[f64], costs: Vec<f64>) -> Table {
    head.setting("figure", "contour")
        .setting("x-axis", &frame.axes[0])
        .setting("y-axis", &frame.axes[1])
        .setting("z-axis", "J (nats per example)")
        .column("x", ys.iter().flat_map(|_| xs.iter().copied()).collect::<Vec<f64>>())
        .column("y", ys.iter().flat_map(|&y| xs.iter().map(move |_| y)).collect::<Vec<f64>>())
        .column("train_cost", costs)
}

/// The largest relative difference between J at points of the plane and J at the points themselves.
fn largest_error(network: &Trained, frame: &Frame<f32>, points: &[(f64, f64, &[f32])]) -> Result<f64> {
    let mut largest = 0.0_f64;
    for &(x, y, theta) in points {
        let found = costs(network, frame, &[x], &[y])?[0];
        let wanted = network.objective().cost(theta)?;
        largest = largest.max((found - wanted).abs() / wanted);
    }
    Ok(largest)
}

/// Planes through the solution: in random directions, and through start, end and largest residual.
///
/// # Source
/// The first after Li et al. (2018); the second after the authors' own earlier code for Goodfellow,
/// Vinyals, Saxe (2015).
///
/// # Errors
/// A message, if a run diverges.
pub fn subspace(setting: &Setting) -> Result<Report> {
    let network = setting.rectified()?;
    let run = &network.runs[0];
    let side = setting.scale.plane;
    let mut report = Report::new(format!("Planes of the first seed. {}", setting.words(&network)));

    let random = random_plane(&network, run)?;
    let grid = spaced(-1.0, 1.0, side);
    let head =
        setting.digits_table(&network).setting("title", "Around the solution, in two random directions");
    let surface = costs(&network, &random, &grid, &grid)?;
    report.picture(
        "random-plane",
        table(head, &random, &grid, &grid, surface),
        "The plane through the solution in two random directions, each filter as long as the solution's own.",
    );

    let through = Frame::through_run(&run.snapshots, None)?;
    let places = through.coordinates(&run.snapshots);
    let (xs, ys) = (spaced(-0.25, 1.25, side), spaced(-0.75, 1.5, side));
    let head = setting
        .digits_table(&network)
        .setting("title", "Through start, end and largest residual: the path in its own plane")
        .setting(
            "subtitle",
            format!("{:.1} % of the path's squared length lies in this plane", 100.0 * places.share),
        )
        .setting("equal-aspect", false);
    let surface = costs(&network, &through, &xs, &ys)?;
    let path = setting
        .digits_table(&network)
        .column("x", places.x)
        .column("y", places.y)
        .column("train_cost", run.costs.clone());
    report.picture_with_path(
        "run-plane",
        table(head, &through, &xs, &ys, surface),
        (path, ["x", "y", "train_cost"]),
        "The flat plane through the first parameters (0, 0), the last (1, 0) and the snapshot farthest from \
         the line between them (y = 1), with the training path coloured by its true cost.",
    );

    report
        .number("share of the path's squared length in the plane of the run", format!("{:.4}", places.share));
    let shares = network.runs.par_iter().map(|run| {
        let inside = random_plane(&network, run)?.coordinates(&run.snapshots).share;
        Ok::<f64, anyhow::Error>(inside)
    });
    let shares: Vec<f64> = shares.collect::<Result<_>>()?;
    report.number(
        "largest share of a path in a random plane, over seeds",
        number(shares.iter().copied().fold(0.0, f64::max)),
    );
    let (theta, end) = (run.end(), run.end());
    report.check(Check::at_most(
        "each filter of a random direction is as long as the solution's, relative difference",
        filter_mismatch(&network, theta, &random.x).max(filter_mismatch(&network, theta, &random.y)),
        1e-6,
    ));
    report.check(Check::at_most(
        "random plane: J at its centre is J(θ_f), relative difference",
        largest_error(&network, &random, &[(0.0, 0.0, end)])?,
        1e-5,
    ));
    let farthest = &run.snapshots[crate::subspace::path::Trajectory::new(&run.snapshots)?.farthest()];
    let ends = [(0.0, 0.0, run.start()), (1.0, 0.0, end)];
    report.check(Check::at_most(
        "run plane: J at (0, 0) and (1, 0) is J of start and end, relative difference",
        largest_error(&network, &through, &ends)?,
        1e-5,
    ));
    let place = through.coordinates(std::slice::from_ref(farthest));
    report.check(Check::at_most(
        "run plane: J at the farthest snapshot is its true J, relative difference",
        largest_error(&network, &through, &[(place.x[0], place.y[0], farthest)])?,
        1e-5,
    ));
    report.check(Check::at_most(
        "run plane: the axes are orthogonal, |cos|",
        (dot(&through.x, &through.y) / (norm(&through.x) * norm(&through.y))).abs(),
        1e-6,
    ));
    Ok(report)
}
