//! Contours of a cost of two parameters, and paths over them.

use anyhow::Result;
use thalweg_core::cost::{Cost, Gradient};
use thalweg_core::descent::step;

use crate::table::Table;

/// Points along each side of the contours.
const SIDE: u32 = 61;

/// A table of the cost over a rectangle, from `low` to `high` in each parameter.
///
/// # Errors
/// A message, if the cost does not have two parameters.
pub fn contours<C: Cost<Real = f64>>(
    head: Table,
    cost: &mut C,
    low: [f64; 2],
    high: [f64; 2],
) -> Result<Table> {
    let at = |index: u32, of: usize| low[of] + (high[of] - low[of]) * f64::from(index) / f64::from(SIDE - 1);
    let points: Vec<[f64; 2]> =
        (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| [at(column, 0), at(row, 1)])).collect();
    let head = head.setting("figure", "contour").setting("log-levels", false);
    let head = head.setting("x-axis", "x").setting("y-axis", "y");
    over(head, &points, cost)
}

/// A table of points with their costs, in their order.
///
/// # Errors
/// A message, if the cost does not have two parameters.
pub fn over<C: Cost<Real = f64>>(head: Table, points: &[[f64; 2]], cost: &mut C) -> Result<Table> {
    let entry = |of: usize| points.iter().map(|point| point[of]).collect::<Vec<f64>>();
    let costs = points.iter().map(|point| cost.cost(point)).collect::<Result<Vec<f64>, _>>()?;
    Ok(head.column("x", entry(0)).column("y", entry(1)).column("cost", costs))
}

/// The path of gradient descent, its start first.
///
/// # Errors
/// A message, if it diverges.
pub fn descent<C: Gradient<Real = f64>>(
    cost: &mut C,
    start: [f64; 2],
    step_size: f64,
    steps: usize,
) -> Result<Vec<[f64; 2]>> {
    let (mut theta, mut velocity, mut gradient) = (start, [0.0; 2], [0.0; 2]);
    let mut path = vec![start];
    for _ in 0..steps {
        cost.gradient(&theta, &mut gradient)?;
        step(&mut theta, &mut velocity, &gradient, step_size, 0.0)?;
        path.push(theta);
    }
    Ok(path)
}
