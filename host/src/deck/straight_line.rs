//! What the experiments on the straight line share: the grid, the curves of all seeds, their checks.

use anyhow::Result;
use rayon::prelude::*;

use super::check::Check;
use super::setting::{Run, Setting, Trained};
use crate::subspace::curve::Curve;
use crate::subspace::lines::LineCosts;
use crate::table::Table;

/// α from −0.25 to 2 in steps of 1/40, which holds 0, 1/2, 1 and 3/2.
fn extended() -> Vec<f64> {
    (-10..=80).map(|step| f64::from(step) / 40.0).collect()
}

/// J along the line from `start` to `end`, past both, at `alphas`.
///
/// # Errors
/// A message, if lengths differ.
pub fn curve(network: &Trained, start: &[f32], end: &[f32], alphas: &[f64]) -> Result<Curve> {
    let with_ends: Vec<f64> = alphas.iter().copied().chain([0.0, 1.0]).collect();
    let mut costs = network.objective().between(start, end, &with_ends)?;
    let (last, first) = (costs.pop().unwrap_or(f64::NAN), costs.pop().unwrap_or(f64::NAN));
    Ok(Curve { alphas: alphas.to_vec(), costs, start: first, end: last })
}

/// The line from start to solution of every run, from α = −0.25 to 2.
///
/// # Errors
/// A message, if lengths differ.
pub fn curves(network: &Trained) -> Result<Vec<Curve>> {
    let alphas = extended();
    network.runs.par_iter().map(|run| curve(network, run.start(), run.end(), &alphas)).collect()
}

/// The cost of a curve at the point of its grid nearest to α.
#[must_use]
pub fn at(curve: &Curve, alpha: f64) -> f64 {
    let nearest = thalweg_core::subspace::nearest(&curve.alphas, alpha);
    curve.costs.get(nearest).copied().unwrap_or(f64::NAN)
}

/// Names of runs, with those that did not train marked.
#[must_use]
pub fn labels<'r>(runs: impl IntoIterator<Item = &'r Run>) -> String {
    let label = |run: &Run| format!("seed {}{}", run.seed, if run.trained() { "" } else { " (not trained)" });
    runs.into_iter().map(label).collect::<Vec<String>>().join("; ")
}

/// A table with one column of costs per curve, all on the grid of the first.
#[must_use]
pub fn table(head: Table, labels: &str, curves: &[Curve]) -> Table {
    let alphas = curves.first().map_or(Vec::new(), |curve| curve.alphas.clone());
    let names: Vec<String> = (1..=curves.len()).map(|index| format!("train_cost_{index}")).collect();
    let table = head.setting("y", names.join(", ")).setting("labels", labels).column("alpha", alphas);
    curves.iter().zip(names).fold(table, |table, (curve, name)| table.column(name, curve.costs.clone()))
}

/// The figure of the learning curves of all runs.
#[must_use]
pub fn learning_curves(setting: &Setting, network: &Trained) -> Table {
    let per_epoch = setting.steps_per_epoch() as f64;
    let steps = network.runs.first().map_or(&[][..], |run| &run.steps);
    let names: Vec<String> = network.runs.iter().map(|run| format!("train_cost_{}", run.seed)).collect();
    let table = setting
        .digits_table(network)
        .setting("title", format!("Learning curves of {} on MNIST", network.model.activation()))
        .setting("x-axis", "epoch (passes over the data)")
        .setting("y-axis", format!("J ({})", network.model.cost_unit()))
        .setting("y", names.join(", "))
        .setting("log-y", true)
        .setting("labels", labels(&network.runs))
        .column("epoch", steps.iter().map(|&step| step as f64 / per_epoch).collect::<Vec<f64>>());
    let runs = network.runs.iter().zip(names);
    runs.fold(table, |table, (run, name)| table.column(name, run.costs.clone()))
}

/// How many of some curves never rise by more than 1 % of their drop, in words.
#[must_use]
pub fn falling(curves: &[Curve]) -> String {
    let monotone = curves.iter().filter(|curve| curve.is_monotone()).count();
    format!("{monotone} of {}", curves.len())
}

/// That enough runs trained, and that the curves of those that did are what Goodfellow saw: monotone,
/// lowest near the solution, rising past it.
#[must_use]
pub fn checks(name: &str, network: &Trained, curves: &[Curve]) -> Vec<Check> {
    let trained: Vec<bool> = network.runs.iter().map(Run::trained).collect();
    let of_trained = |property: &dyn Fn(&Curve) -> bool| -> Vec<bool> {
        curves
            .iter()
            .zip(&trained)
            .filter(|(_, trained)| **trained)
            .map(|(curve, _)| property(curve))
            .collect()
    };
    let lowest = |curve: &Curve| curve.minimum().is_some_and(|(alpha, _)| (0.85..=1.15).contains(&alpha));
    vec![
        Check::of_seeds(&format!("{name}: trained, J(1) ≤ ½·J(0)"), &trained),
        Check::of_seeds(
            &format!("{name}: monotone, no rise on [0, 1] above 1 % of the drop"),
            &of_trained(&Curve::is_monotone),
        ),
        Check::of_seeds(&format!("{name}: lowest at α in [0.85, 1.15]"), &of_trained(&lowest)),
        Check::of_seeds(
            &format!("{name}: past the solution J(1.5) > J(1)"),
            &of_trained(&|curve| at(curve, 1.5) > curve.end),
        ),
    ]
}
