//! "Do neural nets have saddle points? Dauphin et al.": saddle-free Newton beside descent and damped Newton.

use std::ops::ControlFlow;

use anyhow::Result;
use rayon::prelude::*;
use thalweg_core::cost::{Cost, Gradient};
use thalweg_core::critical::krylov_saddle_free::{self, KrylovSaddleFree};
use thalweg_core::critical::newton::Newton;
use thalweg_core::critical::saddle_free::{Model, SaddleFree};
use thalweg_core::descent::step;
use thalweg_core::network::operation::Map;
use thalweg_core::spectrum::decomposition::workspace;

use super::check::{Check, median};
use super::linear_network::{STRENGTHS, beside, critical_point, with_cost};
use super::report::Report;
use super::setting::Setting;
use super::small::{Kind, Small};
use crate::curvature::remembered::Remembered;
use crate::files::model::Activation;
use crate::results::summary::number;

/// A map whose weakest mode bends the saddle fifteen times less than its strongest.
const SPREAD: [f64; 3] = [3.0, 1.0, 0.2];

/// Steps until J < 10⁻³·J(0) from beside the saddle at the origin of the linear network, if they come.
struct Escapes {
    descent: usize,
    saddle_free: usize,
    newton_cost: f64,
    start: f64,
    curves: [Vec<f64>; 2],
}

fn escapes(strengths: [f64; 3], seed: u64) -> Result<Escapes> {
    let origin = critical_point(3, &[]);
    let start = beside(&origin, 1e-3, seed);
    with_cost(3, strengths, |cost| {
        let first = cost.cost(&start)?;
        let low = 1e-3 * first;
        let mut best = (usize::MAX, Vec::new());
        for step_size in (0..8).map(|power| 0.01 * 2.0_f64.powi(power)) {
            let (mut theta, mut gradient, mut costs) = (start.clone(), vec![0.0; start.len()], vec![first]);
            while costs[costs.len() - 1] >= low && costs.len() <= 2_000 && costs[costs.len() - 1].is_finite()
            {
                cost.gradient(&theta, &mut gradient)?;
                theta.iter_mut().zip(&gradient).for_each(|(theta, gradient)| *theta -= step_size * gradient);
                costs.push(cost.cost(&theta)?);
            }
            if costs[costs.len() - 1] < low && costs.len() - 1 < best.0 {
                best = (costs.len() - 1, costs);
            }
        }
        let mut memory = vec![0.0; workspace(start.len())];
        let (mut theta, mut costs) = (start.clone(), vec![first]);
        let once = SaddleFree { steps: 1, tolerance: 0.0, ..SaddleFree::default() };
        while costs[costs.len() - 1] >= low && costs.len() <= 200 {
            costs.push(once.run(cost, &mut theta, &mut memory)?.cost);
        }
        let mut stays = start.clone();
        let newton = Newton { damping: 1e-3, steps: 100, ..Newton::default() };
        let newton = newton.run(cost, &mut stays, &mut memory)?;
        Ok(Escapes {
            descent: best.0,
            saddle_free: costs.len() - 1,
            newton_cost: newton.cost,
            start: first,
            curves: [best.1, costs],
        })
    })
}

/// J after each epoch, of descent with the best step size of a grid, damped Newton and saddle-free Newton.
struct Race {
    descent: Vec<f64>,
    damped: Vec<f64>,
    saddle_free: Vec<f64>,
    step_size: f64,
}

/// What one epoch of the Krylov method costs in gradients: 40 products of two each, 3 inner steps.
const DIRECTIONS: usize = 40;
const INNER: u32 = 3;

fn krylov(small: &Small, start: &[f64], model: Model, epochs: usize) -> Result<Vec<f64>> {
    let mut cost = Remembered::new(small.objective());
    let mut measured = small.objective();
    let mut costs = vec![cost.cost(start)?];
    let method = KrylovSaddleFree {
        model,
        directions: DIRECTIONS,
        inner: INNER,
        steps: epochs as u64,
        ..KrylovSaddleFree::default()
    };
    let mut theta = start.to_vec();
    let mut memory = vec![0.0; krylov_saddle_free::workspace(start.len(), DIRECTIONS)];
    let mut failure = None;
    method.run_seen(&mut cost, &mut theta, &mut memory, |_, theta| match measured.cost(theta) {
        Ok(cost) => {
            costs.push(cost);
            ControlFlow::Continue(())
        }
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    })?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    // a method that has stalled stays where it is
    let last = costs[costs.len() - 1];
    costs.resize(epochs + 1, last);
    Ok(costs)
}

fn descent(small: &Small, start: &[f64], step_size: f64, epochs: usize) -> Result<Vec<f64>> {
    let mut objective = small.objective();
    let mut theta = start.to_vec();
    let (mut velocity, mut gradient) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let mut costs = Vec::with_capacity(epochs + 1);
    for _ in 0..epochs {
        costs.push(objective.gradient(&theta, &mut gradient)?);
        step(&mut theta, &mut velocity, &gradient, step_size, 0.0)?;
    }
    costs.push(objective.cost(&theta)?);
    Ok(costs)
}

fn race(small: &Small, seed: u64, epochs: usize) -> Result<Race> {
    let start = small.start(seed)?;
    let end = |costs: &[f64]| costs.last().copied().unwrap_or(f64::NAN);
    let mut best = (1.0, descent(small, &start, 1.0, epochs)?);
    for step_size in [0.25, 0.5, 2.0, 4.0] {
        let found = descent(small, &start, step_size, epochs)?;
        if end(&found) < end(&best.1) {
            best = (step_size, found);
        }
    }
    Ok(Race {
        descent: best.1,
        damped: krylov(small, &start, Model::DampedNewton, epochs)?,
        saddle_free: krylov(small, &start, Model::SaddleFree, epochs)?,
        step_size: best.0,
    })
}

fn on_digits(setting: &Setting, report: &mut Report, hidden: usize, epochs: usize) -> Result<()> {
    let kind = Kind { pool: 4, hidden, activation: Activation::Map(Map::Tanh), examples: 500, decay: 0.0 };
    let small = Small::new(setting, kind)?;
    let races =
        setting.seeds().into_par_iter().map(|seed| race(&small, seed, epochs)).collect::<Result<Vec<_>>>()?;
    let first = &races[0];
    let table = small
        .table(setting)
        .setting("title", format!("{hidden} hidden units: saddle-free Newton, damped Newton and descent"))
        .setting("x-axis", "epoch (one step over all images)")
        .setting("y-axis", format!("J ({})", small.model.cost_unit()))
        .setting("log-y", true)
        .setting("y", "descent, damped, saddle_free")
        .setting("labels", format!("descent, ε = {}; damped Newton; saddle-free Newton", first.step_size))
        .column("epoch", (0..=epochs).map(|epoch| epoch as f64).collect::<Vec<f64>>())
        .column("descent", first.descent.clone())
        .column("damped", first.damped.clone())
        .column("saddle_free", first.saddle_free.clone());
    report.picture(
        &format!("saddle-free-{hidden}"),
        table,
        format!(
            "{}, seed {}. Both Newtons work in a Krylov space of {DIRECTIONS} vectors, {INNER} steps in each.",
            small.words(),
            setting.seed
        ),
    );
    let end = |costs: &[f64]| costs.last().copied().unwrap_or(f64::NAN);
    let of = |get: &dyn Fn(&Race) -> f64| median(&races.iter().map(get).collect::<Vec<f64>>());
    report.number(
        format!(
            "{hidden} units, medians of J after {epochs} epochs: descent, damped Newton, saddle-free Newton"
        ),
        format!(
            "{}, {}, {}",
            number(of(&|race| end(&race.descent))),
            number(of(&|race| end(&race.damped))),
            number(of(&|race| end(&race.saddle_free)))
        ),
    );
    // a product is taken for two gradients, the line search of an inner step for four
    let work = epochs * (2 * DIRECTIONS + 5 * INNER as usize);
    let longer = descent(&small, &small.start(setting.seed)?, first.step_size, work)?;
    report.number(
        format!("{hidden} units, J of descent with as much work as a Newton's ({work} steps), first seed"),
        number(end(&longer)),
    );
    report.check(Check::of_seeds(
        &format!(
            "{hidden} units: J of saddle-free Newton ≤ J of descent (best of five step sizes) at equal epochs"
        ),
        &races.iter().map(|race| end(&race.saddle_free) <= end(&race.descent)).collect::<Vec<_>>(),
    ));
    Ok(())
}

/// Saddle-free Newton against descent and damped Newton.
///
/// # Source
/// Dauphin et al. (2014), §6 and figure 3; full batch and equal epochs here.
///
/// # Errors
/// A message, if a run diverges.
pub fn saddle_free(setting: &Setting) -> Result<Report> {
    let epochs = if setting.scale.seeds > 5 { 60 } else { 12 };
    let mut report = Report::new(format!(
        "The linear network 3-3-3, started 10⁻³ from its saddle at the origin: every step of saddle-free Newton \
         doubles the way off, along each negative curvature alike, while descent is held to the step that the \
         strongest mode allows. And networks of 5 and 25 tanh units on 500 MNIST images of 7×7 pixels, full batch, {epochs} epochs, {} seeds, double precision.",
        setting.scale.seeds
    ));
    let from = |strengths| {
        setting.seeds().into_iter().map(|seed| escapes(strengths, seed)).collect::<Result<Vec<_>>>()
    };
    let (found, spread) = (from(STRENGTHS)?, from(SPREAD)?);
    let first = &found[0];
    let length = first.curves[0].len();
    let saddle_free = (0..length).map(|step| first.curves[1].get(step).copied().unwrap_or(f64::NAN));
    let table = setting
        .table()
        .setting("title", "From beside a saddle: saddle-free Newton and the best descent")
        .setting("x-axis", "step")
        .setting("y-axis", "J")
        .setting("log-y", true)
        .setting("y", "descent, saddle_free")
        .setting("labels", "descent, best step size; saddle-free Newton")
        .setting("footer", "3-3-3 linear network, 10⁻³ from the saddle at the origin")
        .column("step", (0..length).map(|step| step as f64).collect::<Vec<f64>>())
        .column("descent", first.curves[0].clone())
        .column("saddle_free", saddle_free.collect::<Vec<f64>>());
    report.picture(
        "saddle-free-escape",
        table,
        "Descent waits at each saddle on its way; saddle-free Newton leaves at once. Newton's method with damping \
         10⁻³ returns to the saddle.",
    );
    let steps = |runs: &[Escapes], of: &dyn Fn(&Escapes) -> usize| {
        runs.iter().map(|one| of(one).to_string()).collect::<Vec<_>>().join(", ")
    };
    for (name, runs) in [("s = 3, 2, 1", &found), ("s = 3, 1, 0.2", &spread)] {
        report.number(
            format!("saddle, {name}: steps of descent and of saddle-free Newton, by seed"),
            format!("{}; {}", steps(runs, &|one| one.descent), steps(runs, &|one| one.saddle_free)),
        );
    }
    report.check(Check::of_seeds(
        "saddle, s = 3, 2, 1: saddle-free Newton reaches J < 10⁻³·J(0) in fewer steps than the best descent",
        &found.iter().map(|one| one.saddle_free < one.descent).collect::<Vec<_>>(),
    ));
    report.check(Check::of_seeds(
        "saddle, s = 3, 1, 0.2: in at most a fifth of them",
        &spread.iter().map(|one| 5 * one.saddle_free <= one.descent).collect::<Vec<_>>(),
    ));
    report.check(Check::of_seeds(
        "saddle: damped Newton stays at the saddle, J within 10⁻⁴ of J(0)",
        &found.iter().map(|one| (one.newton_cost / one.start - 1.0).abs() <= 1e-4).collect::<Vec<_>>(),
    ));
    for hidden in [5, 25] {
        on_digits(setting, &mut report, hidden, epochs)?;
    }
    Ok(report)
}
