//! "SGD may not encounter critical points", and "the gradient's length grows while the cost falls".

use std::ops::ControlFlow;

use anyhow::Result;
use rayon::prelude::*;
use thalweg_core::cost::{Gradient, HessianVector, dot, norm};
use thalweg_core::descent::schedule::Schedule;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::network::operation::{Loss, Map};

use super::check::{Check, median};
use super::report::Report;
use super::setting::Setting;
use crate::engine::batch::{MiniBatches, Rows};
use crate::files::data;
use crate::files::model::{Activation, Model};
use crate::objective::Objective;
use crate::results::summary::number;
use crate::table::Table;
use crate::training::{Recipe, order, train};

const STEP_SIZE: f64 = 0.1;
const BATCH: usize = 100;

/// What is measured at the end of an epoch; the first is the start.
#[derive(Clone, Copy, Debug)]
struct Epoch {
    cost: f64,
    gradient: f64,
    batch_gradient: f64,
    curvature: f64,
}

impl Epoch {
    /// ½ε·gᵀHg/gᵀg: above 1 a step along the whole gradient is promised to go uphill.
    fn uphill_ratio(self) -> f64 {
        0.5 * STEP_SIZE * self.curvature / (self.gradient * self.gradient)
    }
}

/// The mean length of the gradients of the mini-batches of one epoch, all at θ.
fn batch_gradient(setting: &Setting, model: &Model, rows: &Rows<f32>, theta: &[f32]) -> Result<f64> {
    let mut batches = MiniBatches::new(&model.view(), rows)?;
    let order = order(setting.seed, 0, batches.count());
    let (mut gradient, mut sum, mut count) = (vec![0.0; theta.len()], 0.0, 0);
    for part in order.chunks(BATCH) {
        let objective = Objective::new(model.view(), batches.gather(part), setting.choice, 0.0);
        objective.gradient_and_tally(theta, &mut gradient)?;
        sum += norm(&gradient);
        count += 1;
    }
    Ok(sum / f64::from(count))
}

fn run(setting: &Setting, model: &Model, rows: &Rows<f32>, seed: u64) -> Result<Vec<Epoch>> {
    let view = model.view();
    let batch = rows.pack(&view)?;
    let mut objective = Objective::new(view, &batch, setting.choice, 0.0);
    let mut theta = vec![0.0_f32; view.parameters()];
    initialise(&view, Initialiser::Glorot, seed, &mut theta)?;
    let recipe = Recipe {
        epochs: setting.scale.epochs,
        batch: BATCH,
        step_size: Schedule::Constant(STEP_SIZE),
        momentum: Schedule::Constant(0.0),
        seed,
        decay: 0.0,
    };
    let (mut gradient, mut product) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let (mut epochs, mut failure) = (Vec::new(), None);
    train(view, rows, &recipe, setting.choice, &mut theta, |moment, seen| {
        let mut look = || -> Result<()> {
            let theta = seen.theta();
            let cost = objective.gradient(theta, &mut gradient)?;
            objective.hessian_vector(theta, &gradient, &mut product)?;
            epochs.push(Epoch {
                cost,
                gradient: norm(&gradient),
                batch_gradient: batch_gradient(setting, model, rows, theta)?,
                curvature: dot(&gradient, &product),
            });
            Ok(())
        };
        match if moment.between_epochs { look() } else { Ok(()) } {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failure.map_or(Ok(epochs), Err)
}

/// A table with one column per seed.
fn by_seed(head: Table, runs: &[Vec<Epoch>], seeds: &[u64], of: fn(&Epoch) -> f64) -> Table {
    let names: Vec<String> = seeds.iter().map(|seed| format!("seed_{seed}")).collect();
    let table = head
        .setting("x-axis", "epoch (passes over the data)")
        .setting("y", names.join(", "))
        .column("epoch", (0..runs[0].len()).map(|epoch| epoch as f64).collect::<Vec<f64>>());
    let columns = runs.iter().map(|run| run.iter().map(of).collect::<Vec<f64>>());
    names.into_iter().zip(columns).fold(table, |table, (name, column)| table.column(name, column))
}

/// The gradient along plain SGD on MNIST.
///
/// # Source
/// The deck's two slides; Goodfellow, Bengio, Courville (2016), figure 8.1, where a convolutional network shows
/// the same.
///
/// # Errors
/// A message, if a run diverges.
pub fn conditioning(setting: &Setting) -> Result<Report> {
    let data = data::embedded()?.train.first(setting.scale.examples)?.pooled(setting.scale.pool)?;
    let model = Model::parse(&setting.spec(), Activation::Map(Map::Relu), Loss::SoftmaxCrossEntropy)?;
    let rows = data.rows::<f32>();
    let seeds = setting.seeds();
    let runs = seeds.par_iter().map(|&seed| run(setting, &model, &rows, seed)).collect::<Result<Vec<_>>>()?;
    let mut report = Report::new(format!(
        "{} ({}), {} parameters, on {} MNIST images; Glorot start, SGD with batch {BATCH}, step size {STEP_SIZE}, no \
         momentum, no decay, {} epochs; {} seeds. J and g are those of all images, dropout none.",
        model.spec(),
        model.activation(),
        model.view().parameters(),
        setting.scale.examples,
        setting.scale.epochs,
        seeds.len()
    ));
    let head = setting
        .table()
        .setting("model", model.spec())
        .setting("activation", model.activation())
        .setting("data", &data.name)
        .setting("digest", data.digest())
        .setting("examples", setting.scale.examples)
        .setting("batch", BATCH)
        .setting("step-size", STEP_SIZE);
    report.picture(
        "conditioning-gradient",
        by_seed(head.clone(), &runs, &seeds, |epoch| epoch.gradient)
            .setting(
                "title",
                "The gradient does not shrink while the cost falls: SGD meets no critical point",
            )
            .setting("y-axis", "|g| over all images"),
        "The length of the full gradient after each epoch, one line per seed.",
    );
    report.picture(
        "conditioning-cost",
        by_seed(head.clone(), &runs, &seeds, |epoch| epoch.cost)
            .setting("title", "The cost of the same runs")
            .setting("log-y", true)
            .setting("y-axis", format!("J ({})", model.cost_unit())),
        "J over all images after each epoch.",
    );
    report.picture(
        "conditioning-ratio",
        by_seed(head, &runs, &seeds, |epoch| epoch.uphill_ratio())
            .setting("title", "How much of a step's promise curvature takes back")
            .setting("y-axis", "½ε·gᵀHg/gᵀg"),
        "Above 1 a step along the full gradient is promised to go uphill.",
    );
    let ends = |of: &dyn Fn(&[Epoch]) -> f64| runs.iter().map(|run| of(run)).collect::<Vec<f64>>();
    let last = |run: &[Epoch]| run[run.len() - 1];
    let list = |numbers: Vec<f64>| numbers.into_iter().map(number).collect::<Vec<_>>().join(", ");
    report.number("J at the start and at the end, medians", {
        let (start, end) = (ends(&|run| run[0].cost), ends(&|run| last(run).cost));
        format!("{}; {}", number(median(&start)), number(median(&end)))
    });
    report.number("|g| after the first epoch, by seed", list(ends(&|run| run[1].gradient)));
    report.number("|g| at the end, by seed", list(ends(&|run| last(run).gradient)));
    let least = ends(&|run| run.iter().map(|epoch| epoch.gradient).fold(f64::INFINITY, f64::min));
    report.number("smallest |g| after an epoch, by seed", list(least.clone()));
    report.number(
        "mean |g| of the mini-batches, first epoch → last, medians",
        format!(
            "{} → {}",
            number(median(&ends(&|run| run[1].batch_gradient))),
            number(median(&ends(&|run| last(run).batch_gradient)))
        ),
    );
    report.number(
        "½ε·gᵀHg/gᵀg, first epoch → last, medians",
        format!(
            "{} → {}",
            number(median(&ends(&|run| run[1].uphill_ratio()))),
            number(median(&ends(&|run| last(run).uphill_ratio())))
        ),
    );
    let tenth = |run: &[Epoch]| run.len() - 1 - (run.len() - 1).div_ceil(10);
    let drops = ends(&|run| 1.0 - last(run).cost / run[tenth(run)].cost);
    report.number("fall of J over the last tenth of the run, share of J, by seed", list(drops.clone()));
    let grows =
        |run: &Vec<Epoch>| last(run).gradient >= 0.5 * run[1].gradient && last(run).cost <= 0.2 * run[0].cost;
    let holding = runs.iter().filter(|run| grows(run)).count();
    report.check(Check::new(
        format!(
            "|g| at the end ≥ ½·|g| after the first epoch, with J at the end ≤ 0.2·J(0), in at least {} of {} seeds",
            (3 * runs.len()).div_ceil(5),
            runs.len()
        ),
        format!("{holding} of {}", runs.len()),
        5 * holding >= 3 * runs.len(),
    ));
    report.check(Check::of_seeds(
        "J still falls over the last tenth of the run",
        &drops.iter().map(|drop| *drop > 0.0).collect::<Vec<_>>(),
    ));
    let far: Vec<bool> = runs.iter().zip(&least).map(|(run, least)| *least > 0.1 * run[0].gradient).collect();
    report.check(Check::of_seeds("no critical point comes near: |g| stays above a tenth of its start", &far));
    Ok(report)
}
