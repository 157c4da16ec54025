//! `step`: what does second-order Taylor promise for a gradient step, and what happens?

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use thalweg_core::descent::taylor::promise;
use thalweg_core::spectrum::lanczos::Lanczos;
use thalweg_core::subspace::restriction::Plane;

use super::{Forecast, Outcome, folder, non_finite, settings, table};
use crate::curvature::spectrum::{MISSED, ends};
use crate::engine::Scalar;
use crate::files::record::Record;
use crate::options::forecast::Sample;
use crate::options::problem::Problem;
use crate::options::{DataOptions, ModelOptions, OutOptions, Range, RunOptions};
use crate::results;
use crate::results::summary::{Summary, number};
use crate::subspace::lines::LineCosts;

/// Options of `step`.
#[derive(Args, Clone, Debug)]
pub struct Step {
    /// Step from the parameters in FILE
    #[arg(long, value_name = "FILE", required_unless_present = "from_run")]
    pub theta: Option<PathBuf>,
    /// Step from the end of this `train` result, with its network and
    /// data where no option names others
    #[arg(long = "run", value_name = "DIR")]
    pub from_run: Option<PathBuf>,
    /// Try COUNT step sizes 2^k, k from MIN to MAX, both included
    #[arg(
        long,
        value_name = "MIN:MAX:COUNT",
        default_value = "-10:4:29",
        allow_hyphen_values = true,
        value_parser = exponents
    )]
    pub sizes: Range,
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

/// Exponents whose powers of two are finite and not 0.
fn exponents(text: &str) -> Result<Range, String> {
    let range: Range = text.parse()?;
    let fits = |exponent: f64| (-126.0..=126.0).contains(&exponent);
    if fits(range.min) && fits(range.max) {
        Ok(range)
    } else {
        Err("the exponents of two must lie between -126 and 126".to_owned())
    }
}

/// Where λ_max is asked of products: single precision carries fewer digits.
fn lanczos<T: Scalar>(seed: u64) -> Lanczos {
    let tolerance = if T::NAME == "f32" { 1e-4 } else { 1e-8 };
    Lanczos { top: 1, bottom: 0, tolerance, seed, missed: MISSED, ..Lanczos::default() }
}

/// Measures what a gradient step promises and what it brings.
///
/// # Errors
/// A message that names the option or the file.
pub fn step<T: Scalar>(options: &Step) -> Result<Outcome> {
    let record = options.from_run.as_deref().map(Record::read).transpose()?;
    let problem = Problem::<T>::load_training(&options.model, &options.data, &options.run, record.as_ref())?;
    let mut notes = Vec::new();
    let end = options.from_run.as_ref().map(|run| run.join("end.safetensors"));
    let place = options.theta.clone().or(end).unwrap_or_default();
    let theta = problem.theta(&place, &mut notes)?;
    // θ, gradient, product and the basis of Lanczos' method
    let lanczos = lanczos::<T>(options.run.seed);
    let sizes = options.sizes.count.saturating_add(1);
    let grid = format!("--sizes: {} points", options.sizes.count);
    let memory = problem.expect_room(4 + lanczos.rows, sizes as u128, &grid)?;
    let out = folder(&options.out, "step")?;
    let sample = Sample::new(&problem)?;
    let line = Plane { origin: &theta, x: &theta, y: None };
    let seconds = sample.gradients(&theta, 1)? + sample.grid(line, sizes)?.seconds(sizes);
    (sample.search(&theta, &lanczos, 1.0)? + Forecast::of(seconds)).announce("step", memory);
    let mut objective = problem.objective();
    let (mut gradient, mut product) = (vec![T::ZERO; theta.len()], vec![T::ZERO; theta.len()]);
    let promise = promise(&mut objective, &theta, &mut gradient, &mut product)?;
    let stiffest =
        ends(&mut objective.linearise(&theta)?, &lanczos)?.top.first().copied().unwrap_or_default();
    let sizes: Vec<f64> = options.sizes.values().into_iter().map(f64::exp2).collect();
    let best = promise.best_step();
    let down: Vec<f64> = sizes.iter().chain(&best).map(|size| -size).collect();
    let costs = objective.on_line(&theta, &gradient, &down, &|_| ())?;
    let (costs, at_best) = costs.split_at(sizes.len());
    let promised: Vec<f64> = sizes.iter().map(|&size| promise.cost_after(size)).collect();

    let own = [
        ("theta", place.display().to_string()),
        ("sizes", options.sizes.to_string()),
        ("lanczos-tolerance", lanczos.tolerance.to_string()),
        ("largest-eigenvalue", stiffest.value.to_string()),
        ("largest-eigenvalue-residual", stiffest.residual.to_string()),
    ];
    let settings = settings(&problem.settings, "step", &own);
    let mut result = table(&settings)
        .setting("title", "What second order promises for a gradient step, and what happens")
        .setting(
            "subtitle",
            format!(
                "{} ({}), {} examples; |g| = {}, gᵀHg/gᵀg = {}, λ_max = {}",
                problem.model.spec(),
                problem.model.activation(),
                problem.train.count(),
                number(promise.gradient_square.sqrt()),
                number(promise.curvature_along_gradient()),
                number(stiffest.value),
            ),
        )
        .setting("x-axis", "step size ε")
        .setting("y-axis", format!("J ({})", problem.model.cost_unit()))
        .setting("labels", "promised, J − ε·gᵀg + ½ε²·gᵀHg; actual, J(θ − ε·g)")
        .setting("log-x", true)
        .column("step_size", sizes.clone())
        .column("predicted_cost", promised)
        .column("actual_cost", costs.to_vec());
    if let Some(best) =
        best.filter(|best| sizes.first() <= Some(best) && Some(best) <= sizes.last().as_ref().copied())
    {
        result = result.setting("mark-x", format!("{best} ε*"));
    }
    results::write_table(&out, "step", &result)?;
    let drawn = costs.iter().any(|cost| cost.is_finite());
    if drawn {
        results::write_figure(&out, "step", &result)?;
    }

    let mut summary = Summary::new("step", settings);
    notes.into_iter().for_each(|note| summary.note(note));
    if !drawn {
        summary.note("no cost after a step is finite: no figure is drawn");
    }
    if best.is_none() {
        summary.note("gᵀHg is not above 0: the parabola has no lowest point, and no step size is best");
    }
    if !stiffest.converged {
        summary.note(format!(
            "largest eigenvalue: not converged, residual {} of it after {} products",
            number(stiffest.residual),
            lanczos.products
        ));
    }
    summary.figure("cost", promise.cost);
    summary.figure("gradient_norm", promise.gradient_square.sqrt());
    summary.figure("ghg", promise.curvature);
    summary.figure("best_step", best);
    summary.figure("predicted_cost", best.map(|best| promise.cost_after(best)));
    summary.figure("actual_cost", at_best.first().copied());
    summary.figure("largest_eigenvalue", stiffest.value);
    Ok(Outcome { flagged: !stiffest.converged, ..Outcome::new(summary, non_finite(costs)) })
}
