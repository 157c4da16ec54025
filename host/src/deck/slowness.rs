//! "Why is optimization so slow?": local information that disagrees with the global way, against a bad local step.

use anyhow::Result;
use rayon::prelude::*;
use thalweg_core::cost::closed_form::{HillBeforeTail, Quadratic};
use thalweg_core::cost::{Cost, Gradient, dot, norm};
use thalweg_core::descent::Descent;

use super::check::{Check, median};
use super::report::Report;
use super::setting::{Run, Setting, Trained};
use super::straight_line::labels;
use crate::results::summary::number;
use crate::subspace::curve::Curve;
use crate::subspace::lines::{LineCosts, PointByPoint};

const HILL: HillBeforeTail = HillBeforeTail { depth: 8.0, place: -4.0 };
/// Starts behind the hill.
const STARTS: [f64; 4] = [-1.0, 0.0, 1.0, 4.0];
/// The condition number of the bowl.
const CONDITION: f64 = 100.0;

/// cos∠(−g, θ* − θ): 1 where the gradient points straight to the solution, below 0 where it points away.
fn agreement<C: Gradient>(cost: &mut C, theta: &[C::Real], solution: &[C::Real]) -> Result<f64> {
    let mut gradient = theta.to_vec();
    cost.gradient(theta, &mut gradient)?;
    let way: Vec<C::Real> = solution.iter().zip(theta).map(|(&end, &here)| end - here).collect();
    Ok(-dot(&gradient, &way) / (norm(&gradient) * norm(&way)))
}

/// Where descent from (x, 1) is after so many steps.
fn descend(x: f64, steps: u64) -> Result<[f64; 2]> {
    let (mut theta, mut velocity, mut gradient) = ([x, 1.0], [0.0; 2], [0.0; 2]);
    let descent = Descent { step_size: 0.1, momentum: 0.0, steps, tolerance: 0.0 };
    descent.run(&mut HILL.clone(), &mut theta, &mut velocity, &mut gradient)?;
    Ok(theta)
}

/// The hill along y = 0, on a fine grid.
fn hill() -> Result<Curve> {
    let alphas: Vec<f64> = (0..=2_400).map(|step| -12.0 + f64::from(step) / 100.0).collect();
    let costs = PointByPoint(HILL).on_line(&[0.0, 0.0], &[1.0, 0.0], &alphas, &|_| ())?;
    Ok(Curve { start: costs[0], end: costs[costs.len() - 1], alphas, costs })
}

fn on_paper(setting: &Setting, report: &mut Report) -> Result<()> {
    let curve = hill()?;
    let minima = curve.local_minima();
    let (place, lowest) = minima.first().copied().unwrap_or((f64::NAN, f64::NAN));
    let behind: Vec<(f64, f64)> = curve
        .alphas
        .iter()
        .copied()
        .zip(curve.costs.iter().copied())
        .filter(|point| point.0 > place)
        .collect();
    let top = behind.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((f64::NAN, f64::NAN));
    report.picture(
        "hill-before-tail",
        setting
            .table()
            .setting("title", "One minimum, and descent from behind the hill never comes to it")
            .setting("x-axis", "x, at y = 0")
            .setting("y-axis", "J")
            .setting("mark-x", format!("{place} minimum; {} hilltop", top.0))
            .setting("footer", "closed form: ½y² + ln(1 + e⁻ˣ) − 8·exp(−(x + 4)²/2)")
            .column("x", curve.alphas.clone())
            .column("cost", curve.costs.clone()),
        "To the right of the hill the cost falls for ever. The gradient there says nothing of the minimum behind: \
         local information disagrees with global, without any local minimum.",
    );
    report.check(Check::new(
        "hill: the line y = 0 holds one local minimum, and it is global",
        format!("{} at x = {}, J = {}", minima.len(), number(place), number(lowest)),
        minima.len() == 1 && curve.costs.iter().all(|&cost| cost >= lowest),
    ));
    let steps = 100_000;
    let ends = STARTS.iter().map(|&x| descend(x, steps)).collect::<Result<Vec<[f64; 2]>>>()?;
    let costs = ends.iter().map(|end| HILL.clone().cost(end)).collect::<Result<Vec<f64>, _>>()?;
    let away = STARTS
        .iter()
        .zip(&ends)
        .zip(&costs)
        .all(|((start, end), cost)| end[0] > *start && cost - lowest >= 3.5);
    let list = |values: &[f64]| values.iter().map(|&value| number(value)).collect::<Vec<String>>().join(", ");
    report.number(
        format!("hill: x after {steps} steps of 0.1 from x = {}", list(&STARTS)),
        list(&ends.iter().map(|end| end[0]).collect::<Vec<f64>>()),
    );
    report.check(Check::new(
        "hill: descent from behind it moves away from the minimum and stays 3.5 above it",
        format!("J = {}", list(&costs)),
        away,
    ));
    let before = descend(-2.5, steps)?;
    report.check(Check::at_most(
        "hill: descent from its other side comes to the minimum, J above the grid's lowest",
        HILL.clone().cost(&before)? - lowest,
        0.0,
    ));
    report.check(Check::equals(
        "hill: cos∠(−g, way to the minimum) at (0, 0)",
        agreement(&mut HILL.clone(), &[0.0, 0.0], &[place, 0.0])?,
        -1.0,
        1e-12,
    ));
    let mut bowl = Quadratic { curvatures: &[1.0, CONDITION] };
    let start = [CONDITION, 1.0];
    let worst = agreement(&mut bowl, &[CONDITION.sqrt(), 1.0], &[0.0, 0.0])?;
    report.check(Check::equals(
        &format!("bowl of condition κ = {CONDITION}: the least cos∠(−g, way to the minimum), 2√κ/(1 + κ)"),
        worst,
        2.0 * CONDITION.sqrt() / (1.0 + CONDITION),
        1e-12,
    ));
    let (mut theta, mut velocity, mut gradient) = (start, [0.0; 2], [0.0; 2]);
    let count = 50;
    let descent = Descent { step_size: 2.0 / (1.0 + CONDITION), momentum: 0.0, steps: count, tolerance: 0.0 };
    descent.run(&mut bowl, &mut theta, &mut velocity, &mut gradient)?;
    let rate = ((CONDITION - 1.0) / (CONDITION + 1.0)).powi(2 * count as i32);
    report.check(Check::equals(
        &format!("bowl: J after {count} best steps, in ((κ − 1)/(κ + 1))^{} of its start", 2 * count),
        bowl.cost(&theta)? / bowl.cost(&start)? / rate,
        1.0,
        1e-10,
    ));
    Ok(())
}

/// cos∠(−g, θ_f − θ) at every snapshot but the last, by seed.
fn along_runs(network: &Trained) -> Result<Vec<Vec<f64>>> {
    let of = |run: &Run| {
        let mut objective = network.objective();
        let before_the_end = &run.snapshots[..run.snapshots.len() - 1];
        before_the_end.iter().map(|theta| agreement(&mut objective, theta, run.end())).collect()
    };
    network.runs.par_iter().map(of).collect()
}

/// Two causes of slowness on paper, and how far the gradient points to the solution on MNIST.
///
/// # Source
/// The question is the deck's; the costs are made for it.
///
/// # Errors
/// A message, if a run diverges.
pub fn slowness(setting: &Setting) -> Result<Report> {
    let network = setting.rectified()?;
    let mut report = Report::new(format!(
        "A hill with a declining tail behind it and a bowl of condition {CONDITION}, both in closed form; and the \
         angle between the way downhill (full batch) and the way to where training ends. {}",
        setting.words(&network)
    ));
    on_paper(setting, &mut report)?;
    let cosines = along_runs(&network)?;
    let per_epoch = setting.steps_per_epoch() as f64;
    let steps = &network.runs[0].steps;
    let epochs: Vec<f64> = steps[..steps.len() - 1].iter().map(|&step| step as f64 / per_epoch).collect();
    let names: Vec<String> = network.runs.iter().map(|run| format!("cosine_{}", run.seed)).collect();
    let head = setting
        .digits_table(&network)
        .setting("title", "How far the gradient points to where training ends")
        .setting("x-axis", "epoch (passes over the data)")
        .setting("y-axis", "cos of the angle between −g and θ_f − θ")
        .setting("y", names.join(", "))
        .setting("labels", labels(&network.runs))
        .column("epoch", epochs);
    report.picture(
        "gradient-agreement",
        cosines.iter().zip(names).fold(head, |table, (cosines, name)| table.column(name, cosines.clone())),
        "1: the way downhill leads straight to the end of training; 0: it says nothing of it; below 0: away from it. \
         In thousands of dimensions a random direction has a cosine near 0.",
    );
    let middle: Vec<f64> = cosines.iter().map(|cosines| median(cosines)).collect();
    report.number(
        "median cosine along a run, by seed",
        middle.iter().map(|&value| number(value)).collect::<Vec<String>>().join(", "),
    );
    let away: usize = cosines.iter().flatten().filter(|&&cosine| cosine < 0.0).count();
    report.number(
        "snapshots where the way downhill leads away from the end",
        format!("{away} of {}", cosines.iter().map(Vec::len).sum::<usize>()),
    );
    report.check(Check::of_seeds(
        "MNIST: along a run the median cosine is above 0: local and global agree, weakly",
        &middle.iter().map(|&cosine| cosine > 0.0).collect::<Vec<bool>>(),
    ));
    Ok(report)
}
