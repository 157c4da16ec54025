//! What the experiments on paths share: projection and residual, the sheet through a path, its checks.

use anyhow::Result;
use thalweg_core::cost::Cost;

use super::check::Check;
use super::report::Report;
use crate::engine::Scalar;
use crate::subspace::lines::LineCosts;
use crate::subspace::path::{OBSTACLE_STEPS, Trajectory};
use crate::table::Table;

/// A path laid out along the line from its start to its end, and how well its parts agree.
#[derive(Clone, Debug)]
pub struct Laid<T> {
    /// The layout.
    pub trajectory: Trajectory<T>,
    /// J of each snapshot.
    pub costs: Vec<f64>,
    /// The largest obstacle between a snapshot and the line, in units of J(0).
    pub obstacle: f64,
    /// How far α and β of both ends are off 0 and L, in units of L.
    pub ends: f64,
    /// The largest relative difference between |θ − θᵢ|² and α² + β².
    pub pythagoras: f64,
    /// The largest relative difference between the sheet at (α(t), β(t)) and J(θ(t)).
    pub on_path: f64,
    /// The largest relative difference between the sheet's edge β = 0 and the straight line.
    pub on_line: f64,
}

fn relative(found: f64, wanted: f64) -> f64 {
    (found - wanted).abs() / wanted.abs()
}

/// Lays out a path and measures the sheet through it against the path, the line and Pythagoras.
///
/// `cost` answers for J by way of lines, `plain` point by point.
///
/// # Errors
/// A message, if lengths differ.
pub fn lay_out<T: Scalar, P: Cost<Real = T>>(
    cost: &impl LineCosts<T>,
    plain: &mut P,
    snapshots: &[Vec<T>],
) -> Result<Laid<T>> {
    let trajectory = Trajectory::new(snapshots)?;
    let costs = snapshots.iter().map(|theta| plain.cost(theta)).collect::<Result<Vec<f64>, _>>()?;
    let length = trajectory.length;
    let (first, last) = (trajectory.places[0], trajectory.places[snapshots.len() - 1]);
    let off = [first.projection, first.residual, last.projection - length, last.residual];
    let (start, mut pythagoras, mut on_path) = (&trajectory.start, 0.0_f64, 0.0_f64);
    for ((theta, place), wanted) in snapshots.iter().zip(&trajectory.places).zip(&costs) {
        let square: f64 = theta.iter().zip(start).map(|(a, b)| (a.to_f64() - b.to_f64()).powi(2)).sum();
        let legs = place.projection.powi(2) + place.residual.powi(2);
        if square > 0.0 {
            pythagoras = pythagoras.max(relative(legs, square));
        }
        let found = trajectory.surface(cost, &[place.projection], &[place.residual], &|_| ())?[0];
        on_path = on_path.max(relative(found, *wanted));
    }
    let alphas: Vec<f64> = (0..=20).map(|step| f64::from(step) / 20.0).collect();
    let projections: Vec<f64> = alphas.iter().map(|alpha| alpha * length).collect();
    let edge = trajectory.surface(cost, &projections, &[0.0], &|_| ())?;
    let line = cost.between(start, &snapshots[snapshots.len() - 1], &alphas)?;
    let obstacles = trajectory.obstacles(cost, OBSTACLE_STEPS, &|_| ())?;
    Ok(Laid {
        obstacle: obstacles.into_iter().fold(0.0, f64::max) / costs[0],
        ends: off.iter().map(|off| off.abs() / length).fold(0.0, f64::max),
        pythagoras,
        on_path,
        on_line: edge.iter().zip(&line).map(|(edge, line)| relative(*edge, *line)).fold(0.0, f64::max),
        trajectory,
        costs,
    })
}

/// The checks of SGD's paths, one per seed: the layout is right, and the paths stay near their lines.
#[must_use]
pub fn checks<T>(name: &str, paths: &[Laid<T>]) -> Vec<Check>
where
    T: Scalar,
{
    let worst = |of: fn(&Laid<T>) -> f64| paths.iter().map(of).fold(0.0, f64::max);
    let near: Vec<bool> = paths.iter().map(|laid| laid.trajectory.residual_max() < 0.4).collect();
    vec![
        Check::at_most(
            &format!("{name}: α and β of both ends are 0 and L, in L"),
            worst(|laid| laid.ends),
            1e-5,
        ),
        Check::at_most(
            &format!("{name}: |θ − θᵢ|² = α² + β², relative difference"),
            worst(|laid| laid.pythagoras),
            1e-4,
        ),
        Check::at_most(
            &format!("{name}: the sheet at (α(t), β(t)) is J(θ(t)), relative difference"),
            worst(|laid| laid.on_path),
            1e-5,
        ),
        Check::at_most(
            &format!("{name}: the sheet's edge β = 0 is the straight line, relative difference"),
            worst(|laid| laid.on_line),
            1e-5,
        ),
        Check::of_seeds(&format!("{name}: β_max/L < 0.40"), &near),
    ]
}

/// Adds two figures of a path: α against β, and the surface of the sheet with the path on it.
///
/// # Errors
/// A message, if lengths differ.
pub fn pictures<T: Scalar>(
    report: &mut Report,
    (name, words): (&str, &str),
    head: &Table,
    cost: &impl LineCosts<T>,
    laid: &Laid<T>,
    side: usize,
) -> Result<()> {
    let trajectory = &laid.trajectory;
    let projections: Vec<f64> = trajectory.places.iter().map(|place| place.projection).collect();
    let residuals: Vec<f64> = trajectory.places.iter().map(|place| place.residual).collect();
    let farthest = residuals.iter().copied().fold(0.0, f64::max);
    let half = trajectory.length / 2.0;
    let path = head
        .clone()
        .setting("x-axis", "α, projection on the line from start to end (parameter units)")
        .setting("y-axis", "β, distance from the line")
        .setting("z-axis", "J")
        .column("step", (0..projections.len()).map(|index| index as f64).collect::<Vec<f64>>())
        .column("projection", projections)
        .column("residual", residuals)
        .column("train_cost", laid.costs.clone());
    let flat = path
        .clone()
        .setting("title", format!("{words}: how far along the line, and how far off it"))
        .setting("figure", "scatter")
        .setting("half-circle", format!("{half},0,{half}"))
        .setting("equal-aspect", true);
    report.picture(
        &format!("{name}-path"),
        flat,
        "How far along the line from start to end, and how far off it; a random walk of equal length would \
         follow the half circle.",
    );
    let at = |index: usize, last: usize| index as f64 / last as f64;
    let alphas: Vec<f64> = (0..side).map(|index| trajectory.length * at(index, side - 1)).collect();
    let betas: Vec<f64> = (0..side).map(|index| 1.25 * farthest * at(index, side - 1)).collect();
    let surface = trajectory.surface(cost, &alphas, &betas, &|_| ())?;
    let table = head
        .clone()
        .setting("title", format!("{words}: the surface that holds the path"))
        .setting("figure", "surface")
        .setting("x-axis", "α (projection)")
        .setting("y-axis", "β (residual)")
        .setting("z-axis", "J")
        .column(
            "projection",
            alphas.iter().flat_map(|&alpha| betas.iter().map(move |_| alpha)).collect::<Vec<f64>>(),
        )
        .column("residual", alphas.iter().flat_map(|_| betas.iter().copied()).collect::<Vec<f64>>())
        .column("train_cost", surface);
    report.picture_with_path(
        &format!("{name}-surface"),
        table,
        (path, ["projection", "residual", "train_cost"]),
        "J(θᵢ + α·u + β·v), where v is the residual direction of the snapshot nearest in α: a curved sheet \
         that holds the whole path and the straight line.",
    );
    Ok(())
}
