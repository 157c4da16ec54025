//! `plane`: cost over a plane.

mod curvature;
mod options;
mod kind;

use anyhow::{Context, Result, bail};
use thalweg_core::rules::loss::Tally;
use thalweg_core::subspace::restriction::Plane as Restricted;

use self::kind::Kind;
pub use self::options::Plane;
use super::{Forecast, Outcome, Work, folder, non_finite, settings, table, written};
use crate::engine::Scalar;
use crate::files::record::Record;
use crate::objective::Objective;
use crate::options::DirectionSource;
use crate::options::forecast::Sample;
use crate::options::problem::Problem;
use crate::results;
use crate::results::summary::{Figure, Summary, number};
use crate::subspace::directions;
use crate::subspace::frame::Frame;
use crate::table::Table;

fn frame<T: Scalar>(options: &Plane, problem: &Problem<T>, snapshots: Option<&[Vec<T>]>) -> Result<Frame<T>> {
    let mut notes = Vec::new();
    let theta = options.theta.as_deref().map(|path| problem.theta(path, &mut notes)).transpose()?;
    let source = options.directions.directions;
    let given = options.theta2.is_some() || options.direction_x.is_some() || options.direction_y.is_some();
    if source != DirectionSource::Random && given {
        bail!(
            "--directions {}: leave out --theta2, --theta3, --direction-x and --direction-y",
            directions::source_name(source)
        );
    }
    if Kind::of(options) == Kind::Run {
        let snapshots = snapshots
            .context("--directions pca and run need --run DIR, a folder that `thalweg train` has written")?;
        let made = match source {
            DirectionSource::Run => Frame::through_run(snapshots, theta),
            _ => Frame::of_components(snapshots, theta),
        };
        let mut frame = made.with_context(|| format!("--directions {}", directions::source_name(source)))?;
        frame.notes.splice(0..0, notes);
        return Ok(frame);
    }
    let origin = match (theta, snapshots.and_then(<[Vec<T>]>::last)) {
        (Some(theta), _) => theta,
        (None, Some(end)) => end.clone(),
        (None, None) => bail!("--theta is needed"),
    };
    if let (Some(second), Some(third)) = (&options.theta2, &options.theta3) {
        let (second, third) = (problem.theta(second, &mut notes)?, problem.theta(third, &mut notes)?);
        return Ok(Frame { notes, ..Frame::through_points(origin, &second, &third) });
    }
    let seed = options.run.seed;
    if source == DirectionSource::Eigen {
        let [x, y] = directions::outermost(&problem.objective(), &origin, &options.directions, seed)?;
        notes.extend([&x, &y].map(|along| format!("{}, residual {}", along.name, number(along.residual))));
        let axes = [format!("x ({})", x.name), format!("y ({})", y.name)];
        return Ok(Frame { origin, x: x.direction, y: y.direction, axes, notes });
    }
    let x = directions::one(
        &problem.model,
        &origin,
        options.direction_x.as_deref(),
        &options.directions,
        (seed, 1),
    )?;
    let y = directions::one(
        &problem.model,
        &origin,
        options.direction_y.as_deref(),
        &options.directions,
        (seed, 2),
    )?;
    let axis = |name: &str, file: bool| {
        format!("{name} (1: one length of the direction; {})", directions::words(&options.directions, file))
    };
    let axes = [axis("x", options.direction_x.is_some()), axis("y", options.direction_y.is_some())];
    Ok(Frame { origin, x, y, axes, notes })
}

fn over<T: Scalar>(
    objective: &Objective<'_, T>,
    plane: Restricted<'_, T>,
    points: &[(T, T)],
    (what, memory, announced): (&str, u128, bool),
) -> Result<(Vec<f64>, Vec<f64>)> {
    let work =
        Work::new(points.len() as u64 * objective.examples() as u64, what, memory).announced(announced);
    let tallies = objective.tallies(plane, points, &|done| work.done(done))?;
    work.finish();
    Ok((objective.costs(plane, points, &tallies), tallies.iter().map(Tally::accuracy).collect()))
}

/// Evaluates the cost over a plane.
///
/// # Errors
/// A message that names the option or the file.
pub fn plane<T: Scalar>(options: &Plane) -> Result<Outcome> {
    let folder_of_run = options.directions.run.as_deref();
    let record = folder_of_run.map(Record::read).transpose()?;
    let problem = Problem::<T>::load(&options.model, &options.data, &options.run, record.as_ref())?;
    let (columns, rows) = (options.x.count as u128, options.y.count as u128);
    let kept = record.as_ref().map_or(0, |record| record.snapshots.len());
    let memory =
        problem.expect_room(6 + kept, columns * rows, &format!("--x, --y: {columns}×{rows} points"))?;
    let out = folder(&options.out, "plane")?;
    let snapshots = match (&record, folder_of_run) {
        (Some(record), Some(folder)) => Some(record.snapshots::<T>(folder, &problem.model)?),
        _ => None,
    };
    let frame = frame(options, &problem, snapshots.as_deref())?;
    let restricted = frame.plane();
    let (xs, ys) = (options.x.values(), options.y.values());
    let grid: Vec<(f64, f64)> = ys.iter().flat_map(|&y| xs.iter().map(move |&x| (x, y))).collect();
    // the centre is measured whether or not it lies on the grid
    let points: Vec<(T, T)> =
        grid.iter().chain(&[(0.0, 0.0)]).map(|&(x, y)| (T::from_f64(x), T::from_f64(y))).collect();
    let objective = problem.objective();
    let sample = Sample::new(&problem)?;
    let mut seconds = sample.with_test() * sample.grid(restricted, points.len())?.seconds(points.len());
    if options.curvature {
        seconds += sample.products(&frame.origin, grid.len() * curvature::TYPICAL_PRODUCTS)?;
    }
    let announced = Forecast::of(seconds).announce("plane", memory);
    let what = ("training examples", memory, announced);
    let (mut costs, mut accuracies) = over(&objective, restricted, &points, what)?;
    let centre = costs.pop().unwrap_or(f64::NAN);
    accuracies.pop();
    let kind = Kind::of(options);
    let own = [
        ("theta", options.theta.as_ref().map_or("the run's".to_owned(), |path| path.display().to_string())),
        ("directions", kind.words(options)),
        ("x-range", options.x.to_string()),
        ("y-range", options.y.to_string()),
        ("notes", frame.notes.join("; ")),
    ];
    let settings = settings(&problem.settings, "plane", &own);
    let blank = |values: Vec<f64>| if problem.classes { values } else { vec![f64::NAN; values.len()] };
    let mut bad = non_finite(&costs);
    let mut result = table(&settings)
        .setting("figure", "contour")
        .setting("title", kind.title(options))
        .setting("x-axis", &frame.axes[0])
        .setting("y-axis", &frame.axes[1])
        .setting("z-axis", format!("J ({})", problem.model.cost_unit()));
    let about = format!(
        "{} ({}), {} examples",
        problem.model.spec(),
        problem.model.activation(),
        problem.train.count()
    );
    let share = match &snapshots {
        None => {
            result = result.setting("subtitle", about);
            None
        }
        Some(snapshots) => {
            let (share, overlay) = overlay(&objective, &frame, snapshots, &settings)?;
            results::write_table(&out, "plane_path", &overlay)?;
            result = result
                .setting(
                    "subtitle",
                    format!(
                        "{about} · {:.1} % of the training path's squared length lies in this plane",
                        100.0 * share
                    ),
                )
                .setting("overlay", "plane_path.csv")
                .setting("overlay-x", "x")
                .setting("overlay-y", "y")
                .setting("overlay-z", "train_cost");
            Some(share)
        }
    };
    result = result
        .column("x", grid.iter().map(|point| point.0).collect::<Vec<f64>>())
        .column("y", grid.iter().map(|point| point.1).collect::<Vec<f64>>())
        .column("train_cost", costs.clone())
        .column("train_accuracy", blank(accuracies));
    if let Some(test) = problem.test_objective() {
        let what = ("test examples", memory, announced);
        let (test_costs, accuracies) = over(&test, restricted, &points[..grid.len()], what)?;
        bad += non_finite(&test_costs);
        result = result.column("test_cost", test_costs).column("test_accuracy", blank(accuracies));
    }
    results::write_table(&out, "plane", &result)?;
    let mut summary = Summary::new("plane", settings.clone());
    frame.notes.iter().for_each(|note| summary.note(note));
    let finite = grid.iter().zip(&costs).filter(|(_, cost)| cost.is_finite());
    match finite.min_by(|a, b| a.1.total_cmp(b.1)) {
        Some((&(x, y), &cost)) => {
            summary.figure("minimum", Figure::group([("x", x), ("y", y), ("cost", cost)]));
            if xs.len() > 1 && ys.len() > 1 {
                results::write_figure(&out, "plane", &result)?;
            } else {
                results::remove_figure(&out, "plane")?;
                summary.note("a contour needs at least 2×2 points: no figure is drawn");
            }
        }
        None => {
            results::remove_figure(&out, "plane")?;
            summary.figure("minimum", Figure::Missing);
            summary.note("no cost on this plane is finite: no figure is drawn");
        }
    }
    summary.figure("centre_cost", centre);
    summary.figure("in_plane_share", share);
    let mut flagged = false;
    if options.curvature {
        let map = curvature::map(&objective, &frame, &grid, options.run.seed)?;
        let table = map.table(&settings, &frame);
        results::write_table(&out, "curvature", &table)?;
        if xs.len() > 1 && ys.len() > 1 && map.is_drawable() {
            results::write_figure(&out, "curvature", &table)?;
        } else {
            results::remove_figure(&out, "curvature")?;
        }
        map.summarise(&mut summary);
        flagged = map.unconverged > 0;
    }
    written(&mut summary, &out);
    Ok(Outcome { flagged, ..Outcome::new(summary, bad) })
}

/// The path of a run in the plane, with its true cost at each snapshot.
fn overlay<T: Scalar>(
    objective: &Objective<'_, T>,
    frame: &Frame<T>,
    snapshots: &[Vec<T>],
    settings: &[(String, String)],
) -> Result<(f64, Table)> {
    let places = frame.coordinates(snapshots);
    let cost = |theta: &Vec<T>| Ok(objective.with_decay(&objective.tally(theta)?, theta));
    let costs: Vec<f64> = snapshots.iter().map(cost).collect::<Result<_>>()?;
    let table = table(settings)
        .setting("in-plane-share", places.share)
        .column("x", places.x)
        .column("y", places.y)
        .column("train_cost", costs);
    Ok((places.share, table))
}
