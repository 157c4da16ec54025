//! The line between two solutions: a high barrier stands between them.

use anyhow::Result;

use super::check::{Check, median};
use super::report::Report;
use super::setting::Setting;
use super::straight_line::{at, curve, table};
use crate::results::summary::number;
use crate::subspace::curve::Curve;

/// The line between solutions of different seeds.
///
/// # Source
/// Goodfellow, Vinyals, Saxe (2015), figure 3, left.
///
/// # Errors
/// A message, if a run diverges.
pub fn two_solutions(setting: &Setting) -> Result<Report> {
    let network = setting.rectified()?;
    let runs = &network.runs;
    let alphas: Vec<f64> = (-10..=50).map(|step| f64::from(step) / 40.0).collect();
    let pairs: Vec<_> =
        (0..runs.len()).map(|index| (&runs[index], &runs[(index + 1) % runs.len()])).collect();
    let curves = pairs
        .iter()
        .map(|(a, b)| curve(&network, a.end(), b.end(), &alphas))
        .collect::<Result<Vec<Curve>>>()?;
    let label = |(a, b): &(&super::setting::Run, &super::setting::Run)| {
        let mark = if a.trained() && b.trained() { "" } else { " (not trained)" };
        format!("seeds {} and {}{mark}", a.seed, b.seed)
    };
    let labels: Vec<String> = pairs.iter().map(label).collect();
    let mut report = Report::new(format!(
        "Pairs of neighbouring seeds, each the end of a run. {}",
        setting.words(&network)
    ));
    let barriers: Vec<f64> = curves.iter().map(Curve::barrier).collect();
    let barrier = number(median(&barriers));
    let head = setting
        .digits_table(&network)
        .setting(
            "title",
            format!("Between two solutions stands a barrier of {barrier} (median of the pairs)"),
        )
        .setting("x-axis", "α (0: one solution, 1: another)")
        .setting("y-axis", format!("J ({})", network.model.cost_unit()))
        .setting("mark-x", "0 solution A; 1 solution B");
    report.picture(
        "two-solutions",
        table(head, &labels.join("; "), &curves),
        "The cost on the straight line between solutions of different seeds: each end lies in a valley of its \
         own.",
    );
    report.number("median barrier above the line between the ends' costs", barrier);
    let both: Vec<(&Curve, bool)> =
        curves.iter().zip(&pairs).map(|(curve, (a, b))| (curve, a.trained() && b.trained())).collect();
    let level = 0.3 * (network.model.view().output_width() as f64).ln();
    let high = |curve: &Curve| {
        let middle = at(curve, 0.5);
        middle >= 3.0 * curve.start.max(curve.end) && middle >= level
    };
    report.check(Check::of_seeds(
        "both runs of the pair trained",
        &both.iter().map(|pair| pair.1).collect::<Vec<_>>(),
    ));
    report.check(Check::of_seeds(
        "J(½) ≥ 3·max(J_A, J_B) and ≥ 0.3·ln 10 in trained pairs",
        &both.iter().filter(|pair| pair.1).map(|pair| high(pair.0)).collect::<Vec<_>>(),
    ));
    Ok(report)
}
