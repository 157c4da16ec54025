//! "The old view of SGD as difficult" and "The new view": where runs are when they end, and why.

use std::ops::ControlFlow;

use anyhow::Result;
use rayon::prelude::*;
use thalweg_core::cost::{Cost, Gradient, HessianVector, dot, norm};
use thalweg_core::critical::{Finding, examine};
use thalweg_core::descent::schedule::Schedule;
use thalweg_core::network::operation::Map;
use thalweg_core::spectrum::decomposition::{Workspace, workspace};

use super::check::{Check, median};
use super::report::Report;
use super::setting::Setting;
use super::small::{Kind, Small};
use crate::curvature::decomposed::Decomposed;
use crate::files::model::Activation;
use crate::results::summary::number;
use crate::table::Table;
use crate::training::{Recipe, train};

/// ε of both runs.
const STEP_SIZE: f64 = 0.5;

/// A point of a run.
struct Place {
    epoch: u32,
    finding: Finding,
    stiffest: f64,
    lowest: f64,
}

/// A run, seen at every step.
struct Watched {
    costs: Vec<f64>,
    gradients: Vec<f64>,
    places: Vec<Place>,
    end: Vec<f64>,
}

impl Watched {
    fn uphill(&self) -> f64 {
        let steps = self.costs.windows(2);
        let up = steps.clone().filter(|pair| pair[1] > pair[0]).count();
        up as f64 / steps.len() as f64
    }

    fn least_gradient(&self) -> f64 {
        self.gradients.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The share of J that is lost over the last tenth of the run, by the means of both tenths' ends.
    fn last_drop(&self) -> f64 {
        let tenth = self.costs.len().div_ceil(10);
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        let all = self.costs.len();
        1.0 - mean(&self.costs[all - tenth..]) / mean(&self.costs[all - 2 * tenth..all - tenth])
    }

    fn last(&self) -> Option<&Place> {
        self.places.last()
    }
}

fn run(setting: &Setting, small: &Small, seed: u64, (batch, epochs): (usize, u32)) -> Result<Watched> {
    let mut objective = small.objective();
    let mut theta = small.start(seed)?;
    let n = theta.len();
    let recipe = Recipe {
        epochs,
        batch,
        step_size: Schedule::Constant(STEP_SIZE),
        momentum: Schedule::Constant(0.0),
        seed,
        decay: 0.0,
    };
    let mut memory = vec![0.0; workspace(n)];
    let mut gradient = vec![0.0; n];
    let mut watched =
        Watched { costs: Vec::new(), gradients: Vec::new(), places: Vec::new(), end: Vec::new() };
    let mut failure = None;
    train(small.model.view(), &small.rows, &recipe, setting.choice, &mut theta, |moment, seen| {
        let mut look = || -> Result<()> {
            let theta = seen.theta();
            watched.costs.push(objective.gradient(theta, &mut gradient)?);
            watched.gradients.push(norm(&gradient));
            if moment.between_epochs && (moment.epoch % (epochs / 5) == 0) {
                let mut shared = Workspace::new(n, &mut memory)?;
                let finding = examine(&mut Decomposed(objective), theta, 1e-6, &mut shared)?;
                let (stiffest, lowest) = (shared.values[0], shared.values[n - 1]);
                watched.places.push(Place { epoch: moment.epoch, finding, stiffest, lowest });
            }
            Ok(())
        };
        match look() {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    watched.end = theta;
    failure.map_or(Ok(watched), Err)
}

/// What the end of a run is: still falling, or stopped, and then why.
fn verdict(small: &Small, watched: &Watched) -> Result<&'static str> {
    let Some(place) = watched.last() else { return Ok("not seen") };
    if watched.last_drop() > 0.01 {
        return Ok("still falling");
    }
    if place.finding.gradient_norm <= 1e-4 {
        return Ok(if place.finding.signs.negative > 0 { "at a saddle" } else { "at a minimum" });
    }
    let (mut objective, mut theta) = (small.objective(), watched.end.clone());
    let (mut gradient, mut product) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let before = objective.gradient(&theta, &mut gradient)?;
    objective.hessian_vector(&theta, &gradient, &mut product)?;
    let ratio = 0.5 * STEP_SIZE * dot(&gradient, &product) / dot(&gradient, &gradient);
    for _ in 0..watched.costs.len() / 10 {
        objective.gradient(&theta, &mut gradient)?;
        theta.iter_mut().zip(&gradient).for_each(|(theta, gradient)| *theta -= STEP_SIZE * gradient);
    }
    let falls_on = objective.cost(&theta)? < 0.99 * before;
    Ok(match (falls_on, ratio > 1.0) {
        (true, _) => "in its own noise",
        (false, true) => "badly conditioned",
        (false, false) => "stopped without a cause that is known here",
    })
}

fn curves(head: Table, kinds: &[(&str, &[Watched])]) -> Table {
    let first = |of: fn(&Place) -> f64, run: &Watched| run.places.iter().map(of).collect::<Vec<f64>>();
    let (name, runs) = kinds[0];
    let table = head
        .setting("title", "Along a run: curvature of both signs, and no point without slope")
        .setting("x-axis", "epoch (passes over the data)")
        .setting("y-axis", "eigenvalue; |g|")
        .setting("y", "largest_eigenvalue, smallest_eigenvalue, gradient_norm")
        .setting("labels", format!("λ_max; λ_min; |g| ({name})"))
        .column("epoch", first(|place| f64::from(place.epoch), &runs[0]));
    table
        .column("largest_eigenvalue", first(|place| place.stiffest, &runs[0]))
        .column("smallest_eigenvalue", first(|place| place.lowest, &runs[0]))
        .column("gradient_norm", first(|place| place.finding.gradient_norm, &runs[0]))
}

/// Where SGD and full-batch descent are when they end.
///
/// # Source
/// The deck's two slides. "Stuck" is said of a run whose cost has stopped falling, and then it is said why.
///
/// # Errors
/// A message, if a run diverges.
pub fn views(setting: &Setting) -> Result<Report> {
    let kind = Kind { pool: 7, hidden: 6, activation: Activation::Map(Map::Tanh), examples: 300, decay: 0.0 };
    let small = Small::new(setting, kind)?;
    let epochs = if setting.scale.seeds > 5 { 400 } else { 60 };
    let mut report = Report::new(format!(
        "{}; Glorot start, step size {STEP_SIZE}, no momentum: SGD with batch 30 for {epochs} epochs, and full-batch \
         descent of as many steps; {} seeds. Every step is seen with J and g of all images.",
        small.words(),
        setting.scale.seeds
    ));
    let ways = [("SGD", 30, epochs), ("full batch", 300, 10 * epochs)];
    let mut kinds = Vec::new();
    for (name, batch, epochs) in ways {
        let runs = setting
            .seeds()
            .into_par_iter()
            .map(|seed| run(setting, &small, seed, (batch, epochs)))
            .collect::<Result<Vec<Watched>>>()?;
        kinds.push((name, runs));
    }
    let borrowed: Vec<(&str, &[Watched])> =
        kinds.iter().map(|(name, runs)| (*name, runs.as_slice())).collect();
    report.picture(
        "views-run",
        curves(small.table(setting), &borrowed),
        "The largest and smallest eigenvalue of the Hessian and the length of the gradient along a run of SGD.",
    );
    for (name, runs) in &kinds {
        let of = |get: &dyn Fn(&Watched) -> f64| median(&runs.iter().map(get).collect::<Vec<f64>>());
        let at_end = |get: fn(&Place) -> f64| of(&|run| run.last().map_or(f64::NAN, get));
        report.number(
            format!("{name}, medians: J at start and end; share of uphill steps; fall over the last tenth"),
            format!(
                "{}, {}; {}; {}",
                number(of(&|run| run.costs[0])),
                number(at_end(|place| place.finding.cost)),
                number(of(&Watched::uphill)),
                number(of(&Watched::last_drop))
            ),
        );
        report.number(
            format!("{name}, medians: |g| at the start, smallest |g|, |g| at the end; λ_min and λ_max there; index"),
            format!(
                "{}, {}, {}; {}, {}; {}",
                number(of(&|run| run.gradients[0])),
                number(of(&Watched::least_gradient)),
                number(at_end(|place| place.finding.gradient_norm)),
                number(at_end(|place| place.lowest)),
                number(at_end(|place| place.stiffest)),
                number(at_end(|place| place.finding.signs.index_fraction()))
            ),
        );
        let verdicts = runs.iter().map(|run| verdict(&small, run)).collect::<Result<Vec<_>>>()?;
        report.number(format!("{name}: the end of each run"), verdicts.join(", "));
        let stuck = verdicts.iter().filter(|verdict| **verdict == "at a saddle").count();
        report.check(Check::new(
            format!("{name}: no run of {} is stuck on a saddle", runs.len()),
            format!("{stuck}"),
            stuck == 0,
        ));
        report.check(Check::of_seeds(
            &format!("{name}: the run meets no critical point, |g| > 10⁻³ at every step"),
            &runs.iter().map(|run| run.least_gradient() > 1e-3).collect::<Vec<_>>(),
        ));
        report.check(Check::of_seeds(
            &format!("{name}: curvature is negative in some direction at the end, and yet J has halved"),
            &runs
                .iter()
                .map(|run| {
                    run.last().is_some_and(|end| end.lowest < 0.0 && end.finding.cost < 0.5 * run.costs[0])
                })
                .collect::<Vec<_>>(),
        ));
    }
    let uphill = |runs: &[Watched]| median(&runs.iter().map(Watched::uphill).collect::<Vec<f64>>());
    let (noisy, smooth) = (uphill(&kinds[0].1), uphill(&kinds[1].1));
    report.check(Check::new(
        "SGD goes uphill on more steps than full-batch descent, whose step is below 2/λ_max for most of the run",
        format!("{} against {}", number(noisy), number(smooth)),
        noisy > smooth,
    ));
    Ok(report)
}
