//! "Lessons from visualizations": the factored linear model, the simplest cost with the same shapes.

use anyhow::Result;
use thalweg_core::cost::closed_form::{DeepLinear, FactoredLinear};
use thalweg_core::cost::{Cost, HessianVector};
use thalweg_core::descent::Descent;

use super::check::Check;
use super::report::Report;
use super::setting::Setting;
use crate::subspace::curve::Curve;
use crate::subspace::lines::{LineCosts, PointByPoint};

/// The two eigenvalues of the Hessian of ½(1 − xy)², the smaller first.
fn eigenvalues(x: f64, y: f64) -> Result<[f64; 2]> {
    let (mut first, mut second) = ([0.0; 2], [0.0; 2]);
    FactoredLinear.hessian_vector(&[x, y], &[1.0, 0.0], &mut first)?;
    FactoredLinear.hessian_vector(&[x, y], &[0.0, 1.0], &mut second)?;
    let (mean, half) = (0.5 * (first[0] + second[1]), 0.5 * (first[0] - second[1]));
    let radius = half.hypot(first[1]);
    Ok([mean - radius, mean + radius])
}

/// The curvature of the line (0, 0) + α·(1, 1) at α.
fn curvature(alpha: f64) -> Result<f64> {
    let mut product = [0.0; 2];
    FactoredLinear.hessian_vector(&[alpha, alpha], &[1.0, 1.0], &mut product)?;
    Ok(product[0] + product[1])
}

/// Where a rising function passes zero between `low` and `high`.
fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> Result<f64>) -> Result<f64> {
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if f(middle)? < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(0.5 * (low + high))
}

/// Where descent with step size ε is after t = ε·steps.
fn descend(start: [f64; 2], step_size: f64, time: f64) -> Result<[f64; 2]> {
    let (mut theta, mut velocity, mut gradient) = (start, [0.0; 2], [0.0; 2]);
    let steps = (time / step_size).round() as u64;
    let descent = Descent { step_size, momentum: 0.0, steps, tolerance: 0.0 };
    descent.run(&mut FactoredLinear, &mut theta, &mut velocity, &mut gradient)?;
    Ok(theta)
}

/// The product of equal factors under gradient flow, u(t) from u₀ (input, target and rate 1).
fn logistic(u0: f64, time: f64) -> f64 {
    let growth = (2.0 * time).exp();
    growth / (growth - 1.0 + 1.0 / u0)
}

fn line(start: [f64; 2], end: [f64; 2]) -> Result<Curve> {
    let alphas: Vec<f64> = (0..=100).map(|step| f64::from(step) / 100.0).collect();
    let costs = PointByPoint(FactoredLinear).between(&start, &end, &alphas)?;
    Ok(Curve { start: costs[0], end: costs[100], alphas, costs })
}

/// Contours of ½(1 − w₁w₂)² with a descent path over them.
fn plane(setting: &Setting, report: &mut Report) -> Result<()> {
    let side = 81;
    let grid: Vec<f64> = (0..side).map(|index| -2.0 + 4.0 * f64::from(index) / 80.0).collect();
    let points: Vec<[f64; 2]> = grid.iter().flat_map(|&y| grid.iter().map(move |&x| [x, y])).collect();
    let costs = points.iter().map(|point| FactoredLinear.cost(point)).collect::<Result<Vec<f64>, _>>()?;
    let mut path = vec![[-1.05, 1.8]];
    for _ in 0..60 {
        path.push(descend(path[path.len() - 1], 0.05, 0.1)?);
    }
    let along = path.iter().map(|point| FactoredLinear.cost(point)).collect::<Result<Vec<f64>, _>>()?;
    let entry =
        |points: &[[f64; 2]], index: usize| points.iter().map(|point| point[index]).collect::<Vec<f64>>();
    let table = setting
        .table()
        .setting("figure", "contour")
        .setting("title", "½(1 − w₁w₂)²: a saddle at the origin, two valleys of minima")
        .setting("subtitle", "every point with w₁w₂ = 1 is a global minimum; descent flows by the saddle")
        .setting("x-axis", "w₁")
        .setting("y-axis", "w₂")
        .setting("z-axis", "J = ½(1 − w₁w₂)²")
        .setting("equal-aspect", true)
        .setting("log-floor", 0.002)
        .setting("footer", "closed form; gradient descent from (−1.05, 1.8), step size 0.05")
        .column("x", entry(&points, 0))
        .column("y", entry(&points, 1))
        .column("cost", costs);
    let overlay =
        setting.table().column("x", entry(&path, 0)).column("y", entry(&path, 1)).column("cost", along);
    report.picture_with_path(
        "factored-linear",
        table,
        (overlay, ["x", "y", "cost"]),
        "Contours of the cost of two factors. The dark hyperbolas are its global minima, the origin its only \
         saddle; the path of gradient descent bends round it.",
    );
    Ok(())
}

/// The line from the saddle to the solution, for products of 2, 3, 5 and 10 factors.
fn depths(setting: &Setting, report: &mut Report) -> Result<()> {
    let alphas: Vec<f64> = (0..=42).map(|step| f64::from(step) / 40.0).collect();
    let mut table = setting
        .table()
        .setting("title", "The deeper the product, the flatter the start of the line")
        .setting("x-axis", "α (0: all factors 0, 1: solution)")
        .setting("y-axis", "J = ½(1 − αⁿ)²")
        .setting("mark-x", "0 saddle; 1 solution")
        .setting("labels", "2 factors; 3 factors; 5 factors; 10 factors")
        .setting("footer", "closed form")
        .column("alpha", alphas.clone());
    let mut middle = Vec::new();
    for depth in [2, 3, 5, 10] {
        let costs = PointByPoint(DeepLinear { depth });
        let costs = costs.between(&vec![0.0; depth], &vec![1.0; depth], &alphas)?;
        middle.push((depth, costs[20]));
        table = table.column(format!("cost_{depth}"), costs);
    }
    report.picture(
        "factored-linear-depth",
        table.setting("y", "cost_2, cost_3, cost_5, cost_10"),
        "The plateau of the line near the origin, on paper: a product of n factors starts like αⁿ.",
    );
    for (depth, found) in middle {
        let wanted = 0.5 * (1.0 - 0.5_f64.powi(depth as i32)).powi(2);
        report.check(Check::equals(&format!("{depth} factors, J at α = ½"), found, wanted, 1e-6));
    }
    Ok(())
}

/// The factored linear model with all its numbers.
///
/// # Source
/// Goodfellow, Vinyals, Saxe (2015), §5; the numbers are derived from J = ½(1 − w₁w₂)².
///
/// # Errors
/// None but a fault of the program.
pub fn factored_linear(setting: &Setting) -> Result<Report> {
    let mut report = Report::new("J(w₁, w₂) = ½(1 − w₁w₂)², in closed form and double precision.");
    plane(setting, &mut report)?;
    depths(setting, &mut report)?;
    let rise = line([0.0, 0.0], [1.0, 1.0])?;
    let minima = line([1.0, 1.0], [-1.0, -1.0])?;
    let branch = line([2.0, 0.5], [0.5, 2.0])?;
    let (at_saddle, at_one, at_two) =
        (eigenvalues(0.0, 0.0)?, eigenvalues(1.0, 1.0)?, eigenvalues(2.0, 0.5)?);
    let inflection = root(0.1, 0.9, curvature)?;
    let conserved = |theta: [f64; 2]| theta[0] * theta[0] - theta[1] * theta[1];
    let start = [-1.05, 1.8];
    let drift = conserved(descend(start, 1e-6, 4.0)?) - conserved(start);
    let grown = descend([0.1, 0.1], 1e-6, 2.0)?;
    let equals = [
        ("J at the saddle (0, 0)", rise.start, 0.5),
        ("smaller eigenvalue at the saddle", at_saddle[0], -1.0),
        ("larger eigenvalue at the saddle", at_saddle[1], 1.0),
        ("J at the minimum (1, 1)", rise.end, 0.0),
        ("smaller eigenvalue at (1, 1)", at_one[0], 0.0),
        ("larger eigenvalue at (1, 1), w₁² + w₂²", at_one[1], 2.0),
        ("smaller eigenvalue at (2, ½)", at_two[0], 0.0),
        ("larger eigenvalue at (2, ½), w₁² + w₂²", at_two[1], 4.25),
        ("(0, 0) to (1, 1): J at α = ½", rise.costs[50], 0.28125),
        ("(0, 0) to (1, 1): inflection, 1/√3", inflection, 1.0 / 3.0_f64.sqrt()),
        ("(1, 1) to (−1, −1): barrier", minima.barrier(), 0.5),
        ("(1, 1) to (−1, −1): J at α = ½", minima.costs[50], 0.5),
        ("(2, ½) to (½, 2): J at α = ½", branch.costs[50], 0.158_203_125),
    ];
    for (what, found, wanted) in equals {
        report.check(Check::equals(what, found, wanted, 1e-6));
    }
    report.check(Check::equals(
        "w₁² − w₂² is conserved by the flow: its change over t = 4 (descent with ε = 10⁻⁶)",
        drift,
        0.0,
        1e-5,
    ));
    report.check(Check::equals(
        "w₁w₂ follows the logistic curve: its value from 0.01 at t = 2 (descent with ε = 10⁻⁶)",
        grown[0] * grown[1],
        logistic(0.01, 2.0),
        1e-5,
    ));
    Ok(report)
}
