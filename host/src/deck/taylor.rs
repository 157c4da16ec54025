//! "Taylor series approximation" and "How much does a gradient step reduce the cost?"

use anyhow::{Context, Result};
use thalweg_core::cost::closed_form::Quadratic;
use thalweg_core::cost::{Cost, HessianVector, dot};
use thalweg_core::descent::taylor::{Promise, promise, shares};
use thalweg_core::network::operation::Map;
use thalweg_core::random::Random;
use thalweg_core::spectrum::decomposition::{Decompose, Workspace, workspace};
use thalweg_core::subspace::along;

use super::check::Check;
use super::report::Report;
use super::setting::Setting;
use super::small::{Kind, Small};
use crate::curvature::decomposed::Decomposed;
use crate::files::model::Activation;
use crate::results::summary::number;
use crate::subspace::lines::LineCosts;

/// The step size of the descent on whose path the promises are measured.
const STEP_SIZE: f64 = 0.5;

/// What is measured at a θ of the path.
struct Measured {
    step: usize,
    promise: Promise,
    actual: f64,
    largest: f64,
    smallest: f64,
    stiff_share: f64,
    shares: f64,
    /// Whether the cost after a step of 1/λ_max changes in the promised sense.
    agrees: bool,
}

fn measure(small: &Small, theta: &[f64], step: usize) -> Result<Measured> {
    let n = theta.len();
    let mut objective = small.objective();
    let (mut gradient, mut product) = (vec![0.0; n], vec![0.0; n]);
    let promise = promise(&mut objective, theta, &mut gradient, &mut product)?;
    let mut memory = vec![0.0; workspace(n)];
    let memory = Workspace::new(n, &mut memory)?;
    Decomposed(objective).decompose(theta, memory.values, memory.vectors, memory.scratch)?;
    let mut parts = vec![0.0; n];
    shares(memory.vectors, &gradient, &mut parts)?;
    let mut after = vec![0.0; n];
    along(theta, -STEP_SIZE, &gradient, &mut after)?;
    let actual = objective.cost(&after)? - promise.cost;
    let safe = 1.0 / memory.values[0];
    along(theta, -safe, &gradient, &mut after)?;
    let agrees = (objective.cost(&after)? - promise.cost) * promise.change(safe) > 0.0;
    Ok(Measured {
        step,
        promise,
        agrees,
        actual,
        largest: memory.values[0],
        smallest: memory.values[n - 1],
        stiff_share: parts.iter().take(10).sum(),
        shares: parts.iter().sum(),
    })
}

/// The rest of the series at ε = 2⁻⁶ … 2⁻¹⁰, and the slope of its logarithm over that of ε.
fn rest(small: &Small, theta: &[f64]) -> Result<f64> {
    let mut objective = small.objective();
    let (mut gradient, mut product) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let promise = promise(&mut objective, theta, &mut gradient, &mut product)?;
    let sizes: Vec<f64> = (6..=10).map(|power| 0.5_f64.powi(power)).collect();
    let down: Vec<f64> = sizes.iter().map(|size| -size).collect();
    let costs = objective.on_line(theta, &gradient, &down, &|_| ())?;
    let points: Vec<(f64, f64)> = sizes
        .iter()
        .zip(&costs)
        .map(|(&size, &cost)| (size.ln(), (cost - promise.cost_after(size)).abs().ln()))
        .collect();
    Ok(slope(&points))
}

/// The slope of the least-squares line through points.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (mut top, mut bottom) = (0.0, 0.0);
    for point in points {
        top += (point.0 - x) * (point.1 - y);
        bottom += (point.0 - x) * (point.0 - x);
    }
    top / bottom
}

/// The largest relative difference between promise and cost on random quadratics, and between the promise
/// at ε* and the lowest cost along the gradient.
fn on_quadratics(seed: u64) -> Result<f64> {
    let mut random = Random::stream(seed, 0x7175_6164);
    let mut worst = 0.0_f64;
    for _ in 0..20 {
        let (mut curvatures, mut theta) = ([0.0; 6], [0.0; 6]);
        random.fill_normal(&mut curvatures);
        random.fill_normal(&mut theta);
        let mut cost = Quadratic { curvatures: &curvatures };
        let (mut gradient, mut product, mut after) = ([0.0; 6], [0.0; 6], [0.0; 6]);
        let promise = promise(&mut cost, &theta, &mut gradient, &mut product)?;
        let best = promise.best_step().unwrap_or(1.0);
        for step_size in [0.01, 0.3, best, 2.0] {
            along(&theta, -step_size, &gradient, &mut after)?;
            let actual = cost.cost(&after)?;
            let scale = promise.cost.abs() + promise.change(step_size).abs();
            worst = worst.max((promise.cost_after(step_size) - actual).abs() / scale);
        }
    }
    Ok(worst)
}

/// dᵀHd by the exact product and by a second difference of the cost, relative difference.
fn two_ways(small: &Small, theta: &[f64], seed: u64) -> Result<f64> {
    let mut objective = small.objective();
    let (mut d, mut product) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    Random::stream(seed, 0x6469_7265).fill_normal(&mut d);
    thalweg_core::subspace::direction::unit(&mut d);
    objective.hessian_vector(theta, &d, &mut product)?;
    let h = 1e-3;
    let costs = objective.on_line(theta, &d, &[-2.0 * h, -h, 0.0, h, 2.0 * h], &|_| ())?;
    let [a, b, c, d_, e] = costs[..] else { return Ok(f64::INFINITY) };
    let difference = (-(a + e) + 16.0 * (b + d_) - 30.0 * c) / (12.0 * h * h);
    Ok((difference / dot(&d, &product) - 1.0).abs())
}

/// The second-order promise for a gradient step, against what happens.
///
/// # Source
/// The deck's two slides; Goodfellow, Bengio, Courville (2016), §4.3.1. The third slide-line's derivatives
/// belong at the point of expansion, and dᵀHd = Σλᵢcos² holds for unit d.
///
/// # Errors
/// A message, if descent diverges.
pub fn taylor(setting: &Setting) -> Result<Report> {
    let kind = Kind { pool: 7, hidden: 8, activation: Activation::Map(Map::Tanh), examples: 500, decay: 0.0 };
    let small = Small::new(setting, kind)?;
    let steps = if setting.scale.seeds > 5 { 2_000 } else { 400 };
    let mut report = Report::new(format!(
        "{}; Glorot start, full-batch descent with step size {STEP_SIZE}.",
        small.words()
    ));
    let path = small.descend(setting.seed, STEP_SIZE, steps)?;
    let places: Vec<usize> = (0..=20).map(|index| index * steps / 20).collect();
    let measured =
        places.iter().map(|&step| measure(&small, &path[step], step)).collect::<Result<Vec<_>>>()?;
    let (first, last) =
        (measured.first().context("nothing is measured")?, measured.last().context("nothing is measured")?);

    let mut gradient = vec![0.0; path[0].len()];
    // where gᵀHg ≤ 0 the series promises most for no step at all
    let with_best = measured.iter().zip(&places).find_map(|(measure, &place)| {
        measure.promise.best_step().map(|best| (&measure.promise, place, best))
    });
    let (promised, place, best) = with_best.context("gᵀHg is nowhere above 0")?;
    small.objective().gradient_and_tally(&path[place], &mut gradient)?;
    let sizes: Vec<f64> = (0..=50).map(|index| 2.4 * best * f64::from(index) / 50.0).collect();
    let down: Vec<f64> = sizes.iter().map(|size| -size).collect();
    let actual = small.objective().on_line(&path[place], &gradient, &down, &|_| ())?;
    let table = small
        .table(setting)
        .setting("title", "The second-order promise for one gradient step, and what happens")
        .setting("x-axis", "step size ε")
        .setting("y-axis", format!("J ({})", small.model.cost_unit()))
        .setting("labels", "promised, J − ε·gᵀg + ½ε²·gᵀHg; actual, J(θ − ε·g)")
        .setting("mark-x", format!("{best} ε* = gᵀg/gᵀHg"))
        .column("step_size", sizes.clone())
        .column("predicted_cost", sizes.iter().map(|&size| promised.cost_after(size)).collect::<Vec<f64>>())
        .column("actual_cost", actual);
    report.picture(
        "taylor-step",
        table,
        format!(
            "After {} steps: the parabola of the series, the cost it stands for, and the step size at which \
             it promises most.",
            place
        ),
    );
    let column = |of: &dyn Fn(&Measured) -> f64| measured.iter().map(of).collect::<Vec<f64>>();
    let table = small
        .table(setting)
        .setting("title", "How much does each gradient step reduce the cost?")
        .setting("x-axis", "steps taken")
        .setting("y-axis", format!("fall of J in one step of {STEP_SIZE}"))
        .setting("log-y", true)
        .setting("y", "promised, actual")
        .column("step", column(&|one| one.step as f64))
        .column("promised", column(&|one| -one.promise.change(STEP_SIZE)))
        .column("actual", column(&|one| -one.actual))
        .column("best_step", column(&|one| one.promise.best_step().unwrap_or(f64::NAN)))
        .column("curvature_along_gradient", column(&|one| one.promise.curvature_along_gradient()))
        .column("largest_eigenvalue", column(&|one| one.largest))
        .column("smallest_eigenvalue", column(&|one| one.smallest));
    report.picture(
        "taylor-descent",
        table,
        "The fall of the cost that the series promises for the next step, and the fall that it brings, along \
         a descent.",
    );
    let pair = |of: fn(&Measured) -> f64| format!("{} → {}", number(of(first)), number(of(last)));
    report.number("J, first → last", pair(|one| one.promise.cost));
    report.number("ε* = gᵀg/gᵀHg", pair(|one| one.promise.best_step().unwrap_or(f64::NAN)));
    report.number("gᵀHg/gᵀg", pair(|one| one.promise.curvature_along_gradient()));
    report.number("λ_max; a step is sure to go down below 2/λ_max", pair(|one| one.largest));
    report.number("λ_min", pair(|one| one.smallest));
    report.number("share of |g|² along the ten stiffest directions", pair(|one| one.stiff_share));
    report.check(Check::at_most(
        "20 random quadratics, 4 step sizes each: promise against cost, relative",
        on_quadratics(setting.seed)?,
        1e-10,
    ));
    let third = rest(&small, &path[steps / 10])?;
    report.check(Check::equals("the rest of the series falls as ε³: log–log slope", third, 3.0, 0.3));
    let off = measured.iter().map(|one| (one.shares - 1.0).abs()).fold(0.0, f64::max);
    report.check(Check::at_most("Σcos²∠(vᵢ, g) = 1, difference", off, 1e-10));
    report.check(Check::at_most(
        "dᵀHd of a random direction, exact product against second difference, relative",
        two_ways(&small, &path[steps / 10], setting.seed)?,
        1e-6,
    ));
    let agreeing = measured.iter().filter(|one| one.agrees).count();
    report.check(Check::new(
        "a step of 1/λ_max changes the cost in the promised sense, at 95 % of the points or more",
        format!("{agreeing} of {}", measured.len()),
        20 * agreeing >= 19 * measured.len(),
    ));
    let kept = measured.iter().all(|one| {
        let size = 1.0 / one.largest;
        -one.promise.change(size) >= one.promise.worst_fall(size, one.largest) * (1.0 - 1e-12)
    });
    report.check(Check::new(
        "the fall promised at ε = 1/λ_max is at least the worst case's ½·gᵀg/λ_max, at every point",
        format!("{} of {} points", if kept { measured.len() } else { 0 }, measured.len()),
        kept,
    ));
    Ok(report)
}
