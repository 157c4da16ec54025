//! "3-D plots without obstacles": a larger factored linear network.

use anyhow::Result;
use faer::Mat;
use rayon::prelude::*;
use thalweg_core::cost::{Cost, Gradient};
use thalweg_core::descent::step;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::network::operation::Loss;
use thalweg_core::random::Random;

use super::check::Check;
use super::report::Report;
use super::setting::Setting;
use super::sheet::{Laid, checks, lay_out, pictures};
use crate::engine::batch::{Answers, Batch};
use crate::files::model::{Activation, LayerShape, Model};
use crate::objective::Objective;
use crate::results::summary::number;

const WIDTHS: [usize; 4] = [32, 32, 32, 10];
const EXAMPLES: usize = 256;
const STEP_SIZE: f64 = 0.1;
const STEPS: u64 = 60;

/// A random matrix with orthonormal columns, `rows` ≥ `columns`.
fn orthonormal(random: &mut Random, rows: usize, columns: usize) -> Mat<f64> {
    let drawn: Vec<f64> = (0..rows * columns).map(|_| random.normal()).collect();
    let drawn = Mat::from_fn(rows, columns, |row, column| drawn[row * columns + column]);
    drawn.qr().compute_thin_Q()
}

/// Whitened inputs (their second moments are the identity) and what an orthogonal teacher answers.
fn examples(model: &Model, seed: u64) -> Result<Batch<f64>> {
    let (input, output) = (WIDTHS[0], WIDTHS[3]);
    let mut random = Random::stream(seed, 0x5445_4143);
    let inputs = orthonormal(&mut random, EXAMPLES, input) * faer::Scale((EXAMPLES as f64).sqrt());
    let teacher = orthonormal(&mut random, input, output);
    let answers = &inputs * &teacher;
    let flat = |matrix: &Mat<f64>| {
        let rows = (0..matrix.nrows()).flat_map(|row| (0..matrix.ncols()).map(move |column| (row, column)));
        rows.map(|place| matrix[place]).collect::<Vec<f64>>()
    };
    Ok(Batch::new(&model.view(), &flat(&inputs), Answers::Values(flat(&answers)))?)
}

/// The snapshots of a full-batch descent.
fn descend(model: &Model, batch: &Batch<f64>, setting: &Setting, seed: u64) -> Result<Vec<Vec<f64>>> {
    let network = model.view();
    let mut objective = Objective::new(network, batch, setting.choice, 0.0);
    let mut theta = vec![0.0; network.parameters()];
    initialise(&network, Initialiser::ScaledGlorot(0.5), seed, &mut theta)?;
    let (mut velocity, mut gradient) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let mut snapshots = vec![theta.clone()];
    for _ in 0..STEPS {
        objective.gradient(&theta, &mut gradient)?;
        step(&mut theta, &mut velocity, &gradient, STEP_SIZE, 0.0)?;
        snapshots.push(theta.clone());
    }
    Ok(snapshots)
}

/// Three linear layers that learn an orthogonal teacher by full-batch descent.
///
/// # Source
/// Goodfellow, Vinyals, Saxe (2015), the factored linear model of figure 8.
///
/// # Errors
/// A message, if descent diverges.
pub fn factored_network(setting: &Setting) -> Result<Report> {
    let layer = |width| LayerShape { width, bias: false, activation: Activation::Identity, tied: None };
    let layers = [layer(WIDTHS[1]), layer(WIDTHS[2]), layer(WIDTHS[3])];
    let model = Model::new("32-32-32-10", WIDTHS[0], &layers, Loss::SquaredError)?;
    let runs = setting
        .seeds()
        .into_par_iter()
        .map(|seed| {
            let batch = examples(&model, seed)?;
            let snapshots = descend(&model, &batch, setting, seed)?;
            let mut objective = Objective::new(model.view(), &batch, setting.choice, 0.0);
            let laid = lay_out(&objective.clone(), &mut objective, &snapshots)?;
            let trained = objective.cost(&snapshots[snapshots.len() - 1])? <= 0.5 * laid.costs[0];
            Ok((batch, laid, trained))
        })
        .collect::<Result<Vec<_>>>()?;
    let mut report = Report::new(format!(
        "{} without biases or nonlinearity ({} parameters), squared error against a random orthogonal teacher \
         on {EXAMPLES} whitened inputs, half of Glorot's start, {STEPS} full-batch steps of {STEP_SIZE}; {} seeds, \
         double precision.",
        model.spec(),
        model.view().parameters(),
        runs.len()
    ));
    let head = setting
        .table()
        .setting("model", model.spec())
        .setting("activation", model.activation())
        .setting("loss", model.loss_name())
        .setting("data", "whitened Gaussian inputs, orthogonal teacher")
        .setting("examples", EXAMPLES)
        .setting("step-size", STEP_SIZE)
        .setting("steps", STEPS)
        .setting("precision", "f64");
    let (batch, first, _) = &runs[0];
    let objective = Objective::new(model.view(), batch, setting.choice, 0.0);
    let names = ("factored-network", "Factored linear network");
    pictures(&mut report, names, &head, &objective, first, setting.scale.surface)?;
    let trained: Vec<bool> = runs.iter().map(|run| run.2).collect();
    let laid: Vec<Laid<f64>> = runs.into_iter().map(|run| run.1).collect();
    let list =
        |of: fn(&Laid<f64>) -> f64| laid.iter().map(|laid| number(of(laid))).collect::<Vec<_>>().join(", ");
    report.number("β_max/L, by seed", list(|laid| laid.trajectory.residual_max()));
    report.number("J at the end, by seed", list(|laid| laid.costs.last().copied().unwrap_or(f64::NAN)));
    report.check(Check::of_seeds("trained, J(1) ≤ ½·J(0)", &trained));
    checks("factored network", &laid).into_iter().for_each(|check| report.check(check));
    let free: Vec<bool> = laid.iter().map(|laid| laid.obstacle <= 1e-3).collect();
    report.check(Check::of_seeds("no obstacle between line and path above 10⁻³·J(0)", &free));
    Ok(report)
}
