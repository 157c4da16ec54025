//! A run of descent, with all examples or with noise, and its figure beside that of its control.

use anyhow::Result;
use thalweg_core::cost::{Cost, Gradient};
use thalweg_core::descent::step;
use thalweg_core::network::operation::Map;
use thalweg_core::random::Random;

use crate::deck::setting::Setting;
use crate::deck::small::{Kind, Small};
use crate::engine::batch::MiniBatches;
use crate::files::model::Activation;
use crate::objective::Objective;
use crate::table::Table;

/// The steps of a run.
pub const STEPS: usize = 300;

/// The small network of the runs.
pub fn kind(hidden: usize, examples: usize) -> Kind {
    Kind { pool: 7, hidden, activation: Activation::Map(Map::Tanh), examples, decay: 0.0 }
}

/// J before each step of full-batch descent and after the last; θ is moved.
pub fn descend(
    objective: &mut Objective<'_, f64>,
    theta: &mut [f64],
    step_size: f64,
    steps: usize,
) -> Result<Vec<f64>> {
    let (mut velocity, mut gradient) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let mut costs = Vec::with_capacity(steps + 1);
    for _ in 0..steps {
        costs.push(objective.gradient(theta, &mut gradient)?);
        step(theta, &mut velocity, &gradient, step_size, 0.0)?;
    }
    costs.push(objective.cost(theta)?);
    Ok(costs)
}

/// J before each step of mini-batches drawn with replacement, and after the last; θ is moved.
pub fn noisy(
    setting: &Setting,
    small: &Small,
    theta: &mut [f64],
    (step_size, batch_size): (f64, usize),
) -> Result<Vec<f64>> {
    let view = small.model.view();
    let mut batches = MiniBatches::new(&view, &small.rows)?;
    let mut random = Random::stream(setting.seed, 0x6e6f_6973);
    let count = u32::try_from(small.batch.count())?;
    let (mut velocity, mut gradient) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let mut costs = Vec::with_capacity(STEPS + 1);
    for _ in 0..STEPS {
        costs.push(small.objective().cost(theta)?);
        let drawn: Vec<u32> = (0..batch_size).map(|_| random.below(count)).collect();
        let objective = Objective::new(view, batches.gather(&drawn), setting.choice, 0.0);
        objective.gradient_and_tally(theta, &mut gradient)?;
        step(theta, &mut velocity, &gradient, step_size, 0.0)?;
    }
    costs.push(small.objective().cost(theta)?);
    Ok(costs)
}

/// J where a run ended.
pub fn end(costs: &[f64]) -> f64 {
    costs.last().copied().unwrap_or(f64::NAN)
}

/// The figure of a run and its control.
pub fn picture(head: Table, title: &str, labels: [&str; 2], runs: [&[f64]; 2]) -> Table {
    let table = head
        .setting("title", title)
        .setting("x-axis", "step")
        .setting("y-axis", "J")
        .setting("log-y", "auto")
        .setting("y", "run, control")
        .setting("labels", labels.join("; "))
        .column("step", (0..runs[0].len()).map(|step| step as f64).collect::<Vec<f64>>());
    table.column("run", runs[0].to_vec()).column("control", runs[1].to_vec())
}
