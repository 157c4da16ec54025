//! Full-batch descent at the edge of stability: λ_max rises to 2/ε and stays there, while the cost falls.

use anyhow::{Context, Result};
use thalweg_core::cost::Gradient;
use thalweg_core::descent::step;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::network::operation::{Loss, Map};
use thalweg_core::spectrum::lanczos::Lanczos;

use super::check::{Check, median};
use super::report::Report;
use super::setting::Setting;
use crate::curvature::spectrum::ends;
use crate::engine::batch::Batch;
use crate::files::data;
use crate::files::model::{Activation, Model};
use crate::objective::Objective;
use crate::results::summary::number;

/// Steps of each run.
const STEPS: usize = 2_000;
/// Steps between two measurements of λ_max.
const STRIDE: usize = 25;
/// Images.
const EXAMPLES: usize = 250;
/// ε·λ_max/2 at the start: of the run at the edge, and of the control below it.
const STARTS: [(f64, &str); 2] = [(1.5, "edge"), (0.3, "below")];

/// What is left of the cost at the end, at most. A trial on drawn strokes had 0.1; digits fit more slowly.
const LEFT: f64 = 0.15;

/// One run of descent.
struct Run {
    step_size: f64,
    costs: Vec<f64>,
    /// ε·λ_max/2, every [`STRIDE`] steps.
    sharpness: Vec<f64>,
}

fn sharpness(objective: &Objective<'_, f64>, theta: &[f64], seed: u64) -> Result<f64> {
    let lanczos =
        Lanczos { top: 1, bottom: 0, tolerance: 1e-4, products: 100, confirm: 0, seed, ..Lanczos::default() };
    let found = ends(&mut objective.linearise(theta)?, &lanczos)?;
    let pair = found.top.first().context("the network has no parameter")?;
    anyhow::ensure!(pair.converged, "λ_max has not converged: residual {}", number(pair.residual));
    Ok(pair.value)
}

fn descend(objective: &mut Objective<'_, f64>, start: &[f64], at: f64, seed: u64) -> Result<Run> {
    let mut theta = start.to_vec();
    let step_size = 2.0 * at / sharpness(objective, &theta, seed)?;
    let (mut velocity, mut gradient) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let mut run = Run { step_size, costs: Vec::new(), sharpness: Vec::new() };
    for index in 0..=STEPS {
        if index % STRIDE == 0 {
            run.sharpness.push(0.5 * step_size * sharpness(objective, &theta, seed)?);
        }
        run.costs.push(objective.gradient(&theta, &mut gradient)?);
        step(&mut theta, &mut velocity, &gradient, step_size, 0.0)?;
    }
    Ok(run)
}

impl Run {
    /// The share of steps that raise the cost, after the first tenth.
    fn uphill(&self) -> f64 {
        let late = &self.costs[STEPS / 10..];
        late.windows(2).filter(|pair| pair[1] > pair[0]).count() as f64 / (late.len() - 1) as f64
    }

    /// ε·λ_max/2, the middle of its values after the first tenth.
    fn middle(&self) -> f64 {
        median(&self.sharpness[STEPS / STRIDE / 10..])
    }

    fn at_strides(&self) -> Vec<f64> {
        self.costs.iter().step_by(STRIDE).copied().collect()
    }
}

/// Sharpness and cost of full-batch descent above and below the edge.
///
/// # Source
/// Cohen, Kaur, Li, Kolter, Talwalkar, *Gradient descent on neural networks typically occurs at the edge
/// of stability* (2021).
///
/// # Errors
/// A message, if descent diverges or λ_max is not found.
pub fn edge_of_stability(setting: &Setting) -> Result<Report> {
    let images = data::embedded()?.train.first(EXAMPLES)?.pooled(4)?;
    let model =
        Model::parse(&format!("{}-40-10", images.width()), Activation::Map(Map::Tanh), Loss::SquaredError)?;
    let view = model.view();
    let batch: Batch<f64> = images.rows::<f64>().pack(&view)?;
    let mut objective = Objective::new(view, &batch, setting.choice, 0.0);
    let mut start = vec![0.0; view.parameters()];
    initialise(&view, Initialiser::Glorot, setting.seed, &mut start)?;
    let mut report = Report::new(format!(
        "{} (tanh), {} parameters, ½·|ŷ − y|² on {EXAMPLES} MNIST images averaged to 7×7 pixels, double \
         precision; Glorot start (seed {}), {STEPS} steps of full-batch descent without momentum.",
        model.spec(),
        view.parameters(),
        setting.seed
    ));
    let mut runs = Vec::new();
    for (at, name) in STARTS {
        let run = descend(&mut objective, &start, at, setting.seed)?;
        report.number(
            format!("ε·λ_max/2 = {at} at the start (`{name}`): ε; median ε·λ_max/2 after a tenth; uphill steps; last J"),
            format!(
                "{}; {}; {:.1} %; {}",
                number(run.step_size),
                number(run.middle()),
                100.0 * run.uphill(),
                number(run.costs[STEPS])
            ),
        );
        runs.push(run);
    }
    let [edge, below] = &runs[..] else { anyhow::bail!("two runs were asked for") };
    let steps: Vec<f64> = (0..=STEPS).step_by(STRIDE).map(|step| step as f64).collect();
    let head = || {
        setting
            .table()
            .setting("model", model.spec())
            .setting("activation", model.activation())
            .setting("loss", model.loss_name())
            .setting("data", &images.name)
            .setting("examples", EXAMPLES)
            .setting("precision", "f64")
            .setting("figure", "lines")
            .setting("x", "step")
            .setting("x-axis", "steps of full-batch descent")
            .setting("labels", "step size that starts above 2/λ_max; a fifth of it")
    };
    report.picture(
        "edge-of-stability",
        head()
            .setting("title", "Descent settles where it is just not stable: ε·λ_max/2 = 1")
            .setting("y-axis", "ε·λ_max/2 (above 1: a quadratic would diverge)")
            .column("step", steps.clone())
            .column("edge", edge.sharpness.clone())
            .column("below", below.sharpness.clone()),
        "Above 1 a quadratic cost would send descent away. It is sent away at first, to where the cost curves \
         less, and then stays at the edge. The control, with a fifth of the step size, only feels the \
         curvature grow.",
    );
    report.picture(
        "edge-of-stability-cost",
        head()
            .setting("title", "The cost falls all the same, not at every step")
            .setting("y-axis", "J (½·|ŷ − y|² per example)")
            .setting("log-y", true)
            .column("step", steps)
            .column("edge", edge.at_strides())
            .column("below", below.at_strides()),
        "At the edge many steps go uphill, and over many steps the cost falls faster than with the small \
         step that never does.",
    );
    report.check(Check::new(
        "at the edge: median ε·λ_max/2 after a tenth of the steps in [0.95, 1.10]",
        number(edge.middle()),
        (0.95..=1.10).contains(&edge.middle()),
    ));
    report.check(Check::new(
        "at the edge: at least 5 % of the steps go uphill",
        format!("{:.1} %", 100.0 * edge.uphill()),
        edge.uphill() >= 0.05,
    ));
    report.check(Check::at_most("at the edge: last J over first J", edge.costs[STEPS] / edge.costs[0], LEFT));
    report.check(Check::at_most(
        "last J at the edge over last J of the control",
        edge.costs[STEPS] / below.costs[STEPS],
        1.0,
    ));
    report.check(Check::at_most("control below the edge: share of uphill steps", below.uphill(), 0.0));
    Ok(report)
}
