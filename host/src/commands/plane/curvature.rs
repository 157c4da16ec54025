//! The smallest and largest eigenvalue of the Hessian at each point of a plane.

use anyhow::{Context, Result};
use thalweg_core::spectrum::lanczos::{Lanczos, Pair};

use crate::commands::{progress, table};
use crate::curvature::spectrum;
use crate::engine::Scalar;
use crate::objective::Objective;
use crate::results::summary::{Figure, Summary};
use crate::subspace::frame::Frame;
use crate::table::Table;

/// The residual at which an eigenvalue of the map counts as found.
///
/// A map is read by colour: the error of an eigenvalue is at most this share of the largest, and
/// usually its square.
const TOLERANCE: f64 = 1e-3;
/// The most products for one point.
const PRODUCTS: u64 = 300;
/// The products that a point takes where nothing is hard: the basis of Lanczos' method, filled twice.
pub const TYPICAL_PRODUCTS: usize = 60;

/// The outermost eigenvalues over a grid.
pub struct Map {
    grid: Vec<(f64, f64)>,
    largest: Vec<Pair>,
    smallest: Vec<Pair>,
    /// Points with an eigenvalue that has not converged.
    pub unconverged: usize,
}

/// Measures both ends of the spectrum at each point of a grid.
pub fn map<T: Scalar>(
    objective: &Objective<'_, T>,
    frame: &Frame<T>,
    grid: &[(f64, f64)],
    seed: u64,
) -> Result<Map> {
    let lanczos = Lanczos {
        tolerance: TOLERANCE,
        products: PRODUCTS,
        confirm: 0,
        rows: 30,
        seed,
        ..Lanczos::default()
    };
    let mut map = Map { grid: grid.to_vec(), largest: Vec::new(), smallest: Vec::new(), unconverged: 0 };
    let bar = progress(grid.len() as u64, "curvature");
    for &(x, y) in grid {
        let (a, b) = (T::from_f64(x), T::from_f64(y));
        let steps = frame.x.iter().zip(&frame.y).map(|(&x, &y)| a * x + b * y);
        let theta: Vec<T> = frame.origin.iter().zip(steps).map(|(&origin, step)| origin + step).collect();
        let ends = spectrum::ends(&mut objective.linearise(&theta)?, &lanczos)
            .with_context(|| format!("--curvature: the Hessian at x = {x}, y = {y}"))?;
        let largest = ends.top.first().copied().unwrap_or_default();
        let smallest = ends.bottom.last().copied().unwrap_or(largest);
        map.unconverged += usize::from(!largest.converged || !smallest.converged);
        map.largest.push(largest);
        map.smallest.push(smallest);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(map)
}

impl Map {
    /// |λ_min/λ_max|: 0 in a valley without negative curvature as large as to be seen, 1 at an even saddle.
    fn ratios(&self) -> Vec<f64> {
        let pairs = self.smallest.iter().zip(&self.largest);
        pairs.map(|(smallest, largest)| (smallest.value / largest.value).abs()).collect()
    }

    /// Whether there is a ratio to draw.
    pub fn is_drawable(&self) -> bool {
        self.ratios().iter().any(|ratio| ratio.is_finite())
    }

    /// `curvature.csv`.
    pub fn table(&self, settings: &[(String, String)], frame: &Frame<impl Scalar>) -> Table {
        let values = |pairs: &[Pair]| pairs.iter().map(|pair| pair.value).collect::<Vec<f64>>();
        let worst = self.largest.iter().zip(&self.smallest);
        table(settings)
            .setting("tolerance", TOLERANCE)
            .setting("figure", "contour")
            .setting("title", "Negative curvature over a plane through parameter space")
            .setting(
                "subtitle",
                "|λ_min/λ_max| of the Hessian at each point: near 0 where the cost is nearly convex, larger where it is not",
            )
            .setting("x-axis", &frame.axes[0])
            .setting("y-axis", &frame.axes[1])
            .setting("z", "ratio")
            .setting("z-axis", "|λ_min/λ_max|")
            .column("x", self.grid.iter().map(|point| point.0).collect::<Vec<f64>>())
            .column("y", self.grid.iter().map(|point| point.1).collect::<Vec<f64>>())
            .column("largest", values(&self.largest))
            .column("smallest", values(&self.smallest))
            .column("ratio", self.ratios())
            .column("residual", worst.map(|(a, b)| a.residual.max(b.residual)).collect::<Vec<f64>>())
    }

    /// The extremes of the map.
    pub fn summarise(&self, summary: &mut Summary) {
        let extreme = |pairs: &[Pair], pick: fn(f64, f64) -> f64| {
            pairs.iter().map(|pair| pair.value).reduce(pick).unwrap_or(f64::NAN)
        };
        summary.figure(
            "curvature",
            Figure::group([
                ("largest", extreme(&self.largest, f64::max)),
                ("smallest", extreme(&self.smallest, f64::min)),
                ("largest_ratio", self.ratios().into_iter().fold(f64::NAN, f64::max)),
            ]),
        );
        if self.unconverged > 0 {
            summary.note(format!(
                "at {} of {} points an eigenvalue has not converged to {TOLERANCE} in {PRODUCTS} products; see the column residual",
                self.unconverged,
                self.grid.len()
            ));
        }
    }
}
