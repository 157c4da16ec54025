//! "Poor conditioning": the zig-zag of steepest descent on a narrow bowl.

use anyhow::Result;
use thalweg_core::cost::Cost;
use thalweg_core::cost::closed_form::Quadratic;
use thalweg_core::critical::newton::Newton;
use thalweg_core::descent::taylor::promise;
use thalweg_core::spectrum::decomposition::{ByProducts, workspace};
use thalweg_core::subspace::along;

use super::check::Check;
use super::plane_of_two::{contours, over};
use super::report::Report;
use super::setting::Setting;
use crate::results::summary::number;

/// Steepest descent with the best step along each gradient, from (κ, 1).
fn steepest(condition: f64, steps: usize) -> Result<(Vec<[f64; 2]>, Vec<f64>)> {
    let curvatures = [1.0, condition];
    let mut cost = Quadratic { curvatures: &curvatures };
    let mut theta = [condition, 1.0];
    let (mut gradient, mut product) = ([0.0; 2], [0.0; 2]);
    let (mut path, mut costs) = (vec![theta], vec![cost.cost(&theta)?]);
    for _ in 0..steps {
        let promise = promise(&mut cost, &theta, &mut gradient, &mut product)?;
        let Some(best) = promise.best_step() else { break };
        let mut next = [0.0; 2];
        along(&theta, -best, &gradient, &mut next)?;
        theta = next;
        path.push(theta);
        costs.push(cost.cost(&theta)?);
    }
    Ok((path, costs))
}

/// Steepest descent with exact line search on diag(1, κ).
///
/// # Source
/// Goodfellow, Bengio, Courville (2016), figure 4.6; the factor per step is the classical worst case,
/// Luenberger, *Linear and nonlinear programming*, §8.6.
///
/// # Errors
/// None but a fault of the program.
pub fn zig_zag(setting: &Setting) -> Result<Report> {
    let mut report = Report::new(
        "½(x² + κy²) from (κ, 1), the worst start; each step goes to the lowest point along the gradient, \
         ε* = gᵀg/gᵀHg.",
    );
    let condition = 5.0;
    let curvatures = [1.0, condition];
    let mut cost = Quadratic { curvatures: &curvatures };
    let (path, _) = steepest(condition, 14)?;
    let head = setting.table().setting("z-axis", "J = ½(x² + 5y²)");
    report.picture_with_path(
        "zig-zag",
        contours(head, &mut cost, [-1.0, -1.6], [5.5, 1.6])?
            .setting("title", "Condition number 5: steepest descent zig-zags")
            .setting("footer", "closed form; exact line search from (5, 1)"),
        (over(setting.table(), &path, &mut cost)?, ["x", "y", "cost"]),
        "Every step is at a right angle to the one before, though the way down is straight.",
    );
    let conditions = [2.0, 5.0, 20.0, 100.0];
    let curves =
        conditions.iter().map(|&condition| Ok(steepest(condition, 60)?.1)).collect::<Result<Vec<_>>>()?;
    let names: Vec<String> = conditions.iter().map(|condition| format!("cost_{condition}")).collect();
    let labels: Vec<String> = conditions.iter().map(|condition| format!("κ = {condition}")).collect();
    let table = setting
        .table()
        .setting("title", "The larger the condition number, the slower steepest descent")
        .setting("x-axis", "step")
        .setting("y-axis", "J in units of J(0)")
        .setting("log-y", true)
        .setting("y", names.join(", "))
        .setting("labels", labels.join("; "))
        .setting("footer", "closed form; exact line search from (κ, 1)")
        .column("step", (0..=60).map(f64::from).collect::<Vec<f64>>());
    let table = names.iter().zip(&curves).fold(table, |table, (name, costs)| {
        let shares: Vec<f64> = costs.iter().map(|cost| (cost / costs[0]).max(1e-12)).collect();
        table.column(name.clone(), shares)
    });
    report.picture("zig-zag-rates", table, "J against steps, cut off at 10⁻¹².");
    for (&condition, costs) in conditions.iter().zip(&curves) {
        let wanted = ((condition - 1.0) / (condition + 1.0)).powi(2);
        let factors = costs.windows(2).take(12).map(|pair| (pair[1] / pair[0] - wanted).abs());
        report.check(Check::at_most(
            &format!(
                "κ = {condition}: each step multiplies J by ((κ − 1)/(κ + 1))² = {}, difference",
                number(wanted)
            ),
            factors.fold(0.0, f64::max),
            1e-10,
        ));
        let steps = costs.iter().position(|cost| *cost <= 1e-6 * costs[0]);
        report.number(
            format!("κ = {condition}: steps to 10⁻⁶·J(0)"),
            steps.map_or("more than 60".to_owned(), |steps| steps.to_string()),
        );
    }
    let (mut theta, mut memory) = ([condition, 1.0], [0.0; workspace(2)]);
    let done = Newton::default().run(&mut ByProducts(cost), &mut theta, &mut memory)?;
    report.number("the same bowl with the Hessian known, Newton's method: steps", done.steps.to_string());
    Ok(report)
}
