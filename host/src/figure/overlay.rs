//! A path laid over a plane, from a second table.

use super::FigureError;
use super::colour::{Colour, INK};
use super::frame::colour;
use super::page::{Entry, Symbol, stride};
use super::plan::Plan;
use super::scale::{Scale, plain};
use crate::table::Table;
use std::path::Path;

/// A path with its true cost.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// x, y and cost of each point in order; the cost is NaN if the table has none.
    pub points: Vec<[f64; 3]>,
    /// Points of the table that have no finite place.
    pub lost: usize,
}

impl Overlay {
    /// The path that the plan's table names, from a file in the folder `beside`.
    pub fn new(plan: &Plan, beside: &Path) -> Result<Option<Self>, FigureError> {
        let Some(file) = plan.text("overlay") else { return Ok(None) };
        let path = beside.join(file);
        let named = |source| {
            FigureError::Overlay(crate::table::TableError::File {
                path: path.clone(),
                source: Box::new(source),
            })
        };
        let table = Table::read_csv_file(&path).map_err(FigureError::Overlay)?;
        let column = |key, default| table.number(plan.text(key).unwrap_or(default)).map_err(named);
        let (xs, ys) = (column("overlay-x", &plan.x)?, column("overlay-y", plan.upwards()?)?);
        let shown = plan.shown()?;
        let has_cost = plan.text("overlay-z").is_some() || table.cells(shown).is_some();
        let costs = if has_cost { column("overlay-z", shown)? } else { &[] };
        let costs = costs.iter().copied().chain(std::iter::repeat(f64::NAN));
        let all = xs.iter().zip(ys).zip(costs).map(|((x, y), cost)| [*x, *y, cost]);
        let points: Vec<[f64; 3]> = all.filter(|[x, y, _]| x.is_finite() && y.is_finite()).collect();
        let lost = xs.len() - points.len();
        Ok(Some(Self { points, lost }))
    }

    /// The costs of the points inside a rectangle of the plane.
    pub fn costs_within(&self, x: &Scale, y: &Scale) -> impl Iterator<Item = f64> {
        let inside = |[u, v, _]: &&[f64; 3]| holds(x, *u) && holds(y, *v);
        self.points.iter().filter(inside).map(|[.., cost]| *cost)
    }

    /// What the footer should say of points that are not shown or marked.
    pub fn notes(&self, x: &Scale, y: &Scale) -> Vec<String> {
        let outside = self.points.len() - self.costs_within(x, y).count();
        let mut notes = Vec::new();
        if outside > 0 {
            notes.push(format!("{outside} of {} points of the path lie outside", self.points.len()));
        }
        let stride = stride(self.points.len());
        if stride > 1 {
            notes.push(format!("one in {stride} points of the path marked"));
        }
        if self.lost > 0 {
            notes.push(format!("{} points of the path are not finite", self.lost));
        }
        notes
    }

    /// The legend of the path's ends, with their costs.
    pub fn legend(&self, cost_name: &str) -> Vec<Entry> {
        let end = |name: &str, point: Option<&[f64; 3]>, symbol| {
            point.map(|[.., cost]| {
                let cost =
                    if cost.is_finite() { format!(": {cost_name} {}", plain(*cost)) } else { String::new() };
                Entry { symbol, text: format!("{name}{cost}") }
            })
        };
        let start = end("start of the path", self.points.first(), Symbol::Start);
        start.into_iter().chain(end("end of the path", self.points.last(), Symbol::End)).collect()
    }
}

/// The colour of a cost on a path; a dark dot without one.
pub fn dot(scale: &Scale, cost: f64) -> Colour {
    colour(scale, cost).unwrap_or(INK)
}

/// Whether a scale reaches to a value, with room for rounding.
pub fn holds(scale: &Scale, value: f64) -> bool {
    (-1e-9..=1.0 + 1e-9).contains(&scale.fraction(value))
}
