//! The tables of `hessian`, with what is needed to draw them.

use thalweg_core::spectrum::lanczos::Pair;

use super::{Findings, Hessian, Layer, Matrix};
use crate::commands::table;
use crate::curvature::spectrum::Density;
use crate::options::problem::Problem;
use crate::results::summary::number;
use crate::table::Table;

/// Places at which the density is written.
const PLACES: usize = 801;

/// An eigenvalue and its place, 0 the largest.
pub struct Row {
    /// The place.
    pub index: usize,
    /// The eigenvalue.
    pub pair: Pair,
}

/// All eigenvalues found, the largest first.
pub fn rows<T>(options: &Hessian, findings: &Findings<T>) -> Vec<Row> {
    let n = findings.parameters;
    if let Some((full, _)) = &findings.full {
        let pairs = full.values.iter().zip(&full.residuals).enumerate();
        return pairs
            .map(|(index, (&value, &residual))| {
                let converged = residual <= options.tolerance;
                Row { index, pair: Pair { value, residual, converged } }
            })
            .collect();
    }
    let Some(ends) = &findings.ends else { return Vec::new() };
    let top = ends.top.iter().enumerate();
    let bottom = ends.bottom.iter().enumerate().map(|(index, pair)| (n - ends.bottom.len() + index, pair));
    top.chain(bottom).map(|(index, &pair)| Row { index, pair }).collect()
}

/// The name of the matrix in titles.
pub const fn name(matrix: Matrix) -> &'static str {
    match matrix {
        Matrix::Hessian => "Hessian",
        Matrix::Ggn => "Gauss-Newton matrix",
        Matrix::Fisher => "empirical Fisher matrix",
    }
}

fn subject<T: crate::engine::Scalar>(problem: &Problem<T>) -> String {
    let model = &problem.model;
    format!("{} ({}), {} examples", model.spec(), model.activation(), problem.train.count())
}

/// `hessian.csv`, or nothing if no eigenvalue was asked for.
pub fn eigenvalues<T: crate::engine::Scalar>(
    options: &Hessian,
    problem: &Problem<T>,
    findings: &Findings<T>,
    settings: &[(String, String)],
) -> Option<Table> {
    let rows = rows(options, findings);
    if rows.is_empty() {
        return None;
    }
    let column = |of: fn(&Row) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
    let residuals = column(|row| row.pair.residual);
    // ends alone say little over their index: they are laid against their residuals
    let against_residuals = findings.full.is_none() && residuals.iter().all(|residual| *residual > 0.0);
    let all = findings.full.is_some();
    let mut result = table(settings)
        .setting("figure", "scatter")
        .setting(
            "title",
            format!(
                "{} of the {}",
                if all { "All eigenvalues" } else { "Outermost eigenvalues" },
                name(options.matrix)
            ),
        )
        .setting("subtitle", subject(problem));
    result = if against_residuals {
        result
            .setting("x", "eigenvalue")
            .setting("y", "residual")
            .setting("x-axis", "eigenvalue λ (cost per squared parameter)")
            .setting("y-axis", "measured residual |Hx − λx| / max|λ|")
            .setting("log-y", "true")
            .setting("series", "converged")
    } else {
        result
            .setting("x-axis", "index (0: the largest)")
            .setting("y-axis", "eigenvalue λ (cost per squared parameter)")
    };
    let text = |converged: bool| if converged { "true" } else { "false" }.to_owned();
    Some(
        result
            .column("index", column(|row| row.index as f64))
            .column("eigenvalue", column(|row| row.pair.value))
            .column("residual", residuals)
            .column("converged", rows.iter().map(|row| text(row.pair.converged)).collect::<Vec<String>>()),
    )
}

/// `density.csv`.
pub fn density<T: crate::engine::Scalar>(
    options: &Hessian,
    problem: &Problem<T>,
    (density, width): (&Density, f64),
    settings: &[(String, String)],
) -> Table {
    let (low, high) = density.range();
    let (low, high) = (low - 4.0 * width, high + 4.0 * width);
    let places: Vec<f64> =
        (0..PLACES).map(|place| low + (high - low) * place as f64 / (PLACES - 1) as f64).collect();
    let estimates: Vec<_> = places.iter().map(|&x| density.at(x, width)).collect();
    let means: Vec<f64> = estimates.iter().map(thalweg_core::spectrum::estimate::Estimate::mean).collect();
    let errors = estimates
        .iter()
        .map(thalweg_core::spectrum::estimate::Estimate::standard_error)
        .collect::<Vec<f64>>();
    let most = means.iter().copied().fold(0.0, f64::max);
    table(settings)
        .setting("probes", density.probes.len())
        .setting("steps", options.steps)
        .setting("smoothing", width)
        .setting("figure", "lines")
        .setting("title", format!("Spectral density of the {}", name(options.matrix)))
        .setting(
            "subtitle",
            format!(
                "{}; {} probes of {} steps, each node widened to a normal curve of σ = {}; shaded: ± one standard error",
                subject(problem),
                density.probes.len(),
                options.steps,
                number(width)
            ),
        )
        .setting("x", "eigenvalue")
        .setting("y", "density")
        .setting("band", "standard_error")
        .setting("log-y", "true")
        .setting("log-floor", most * 1e-7)
        .setting("x-axis", "eigenvalue λ (cost per squared parameter)")
        .setting("y-axis", "share of eigenvalues per unit of λ")
        .column("eigenvalue", places)
        .column("density", means)
        .column("standard_error", errors)
}

/// `diagonal.csv`.
pub fn diagonal(mean: &[f64], error: &[f64], settings: &[(String, String)]) -> Table {
    table(settings)
        .setting("title", "Diagonal, in the flat order of θ")
        .column("index", (0..mean.len()).map(|index| index as f64).collect::<Vec<f64>>())
        .column("diagonal", mean.to_vec())
        .column("standard_error", error.to_vec())
}

/// `layers.csv`.
pub fn layers(layers: &[Layer], settings: &[(String, String)]) -> Table {
    let column = |of: &dyn Fn(&Layer) -> f64| layers.iter().map(of).collect::<Vec<f64>>();
    table(settings)
        .setting("title", "Curvature of each layer's own parameters")
        .column("layer", (0..layers.len()).map(|index| index as f64).collect::<Vec<f64>>())
        .column("first_parameter", column(&|layer| layer.first as f64))
        .column("parameters", column(&|layer| layer.count as f64))
        .column("largest", column(&|layer| layer.largest.value))
        .column("largest_residual", column(&|layer| layer.largest.residual))
        .column("smallest", column(&|layer| layer.smallest.value))
        .column("smallest_residual", column(&|layer| layer.smallest.residual))
        .column("trace", column(&|layer| layer.trace.mean()))
        .column("trace_standard_error", column(&|layer| layer.trace.standard_error()))
}
