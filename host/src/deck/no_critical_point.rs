//! "Some functions lack critical points": costs that fall for ever.

use anyhow::Result;
use thalweg_core::cost::closed_form::{Exponential, Softplus};
use thalweg_core::cost::decay::Decayed;
use thalweg_core::cost::mean_cost::{Ability, MeanCost};
use thalweg_core::cost::{Gradient, norm};
use thalweg_core::descent::step;
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Examples, Targets};
use thalweg_core::network::{Network, View};
use thalweg_core::random::Random;

use super::check::Check;
use super::report::Report;
use super::setting::Setting;
use super::taylor::slope;
use crate::results::summary::number;

/// Logistic regression on two numbers: the softmax of two classes.
const LOGISTIC: Network<2> = Network::input(2).linear(2).softmax_cross_entropy();

const EXAMPLES: usize = 20;
const STEP_SIZE: f64 = 1.0;

/// What descent does: t, J, |g| and |θ| at rising t.
#[derive(Default)]
struct Run {
    steps: Vec<f64>,
    costs: Vec<f64>,
    gradients: Vec<f64>,
    lengths: Vec<f64>,
}

/// Descends, and looks 24 times per decade of steps.
fn descend<C: Gradient<Real = f64>>(
    cost: &mut C,
    mut theta: Vec<f64>,
    step_size: f64,
    steps: u32,
) -> Result<Run> {
    let (mut velocity, mut gradient) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let (mut run, mut next) = (Run::default(), 1.0);
    for taken in 1..=steps {
        cost.gradient(&theta, &mut gradient)?;
        step(&mut theta, &mut velocity, &gradient, step_size, 0.0)?;
        if f64::from(taken) >= next || taken == steps {
            run.steps.push(f64::from(taken));
            run.costs.push(cost.gradient(&theta, &mut gradient)?);
            run.gradients.push(norm(&gradient));
            run.lengths.push(norm(&theta));
            next = f64::from(taken) * 10.0_f64.powf(1.0 / 24.0);
        }
    }
    Ok(run)
}

/// The slope of ln J over ln t in the last decade of steps.
fn rate(run: &Run) -> f64 {
    let last = run.steps.last().copied().unwrap_or(1.0);
    let points = run.steps.iter().zip(&run.costs).filter(|(step, _)| **step >= 0.1 * last);
    slope(&points.map(|(step, cost)| (step.ln(), cost.ln())).collect::<Vec<_>>())
}

/// Points on both sides of a line through the origin, at least a gap away from it.
fn separable(seed: u64) -> (Vec<f64>, Vec<u32>) {
    let mut random = Random::stream(seed, 0x7365_7061);
    let (mut points, mut labels) = (Vec::new(), Vec::new());
    while labels.len() < EXAMPLES {
        let point = [random.normal(), random.normal()];
        let side = 0.8 * point[0] - 0.6 * point[1];
        if side.abs() > 0.3 {
            points.extend(point);
            labels.push(u32::from(side > 0.0));
        }
    }
    (points, labels)
}

/// Logistic regression by descent from 0, with weight decay.
fn logistic(inputs: &[f64], labels: &[u32], decay: f64, steps: u32) -> Result<Run> {
    let view: View<'_> = LOGISTIC.view();
    let examples = Examples::new(&view, inputs, Targets::Labels(labels))?;
    let mut memory = vec![[0.0; 4]; view.memory_rows(Ability::Gradient) * EXAMPLES.div_ceil(4)];
    let mut cost = Decayed::new(MeanCost::new(view, Exact, examples, &mut memory), view, decay);
    descend(&mut cost, vec![0.0; view.parameters()], STEP_SIZE, steps)
}

/// Descent where no critical point is, and the two controls that bring one back.
///
/// # Source
/// The deck's slide; the rate J ∼ 1/t and |θ| ∼ ln t: Soudry et al., *The implicit bias of gradient descent
/// on separable data* (2018).
///
/// # Errors
/// None but a fault of the program.
pub fn no_critical_point(setting: &Setting) -> Result<Report> {
    let steps = if setting.scale.seeds > 5 { 1_000_000 } else { 100_000 };
    let mut report = Report::new(format!(
        "Logistic regression without bias on {EXAMPLES} points of two classes that a line separates, full-batch \
         descent from 0 with step size {STEP_SIZE}, {steps} steps, double precision; e^(−x) and ln(1 + e^(−x)) \
         from 0 likewise. Controls: weight decay 0.01, and one label turned round."
    ));
    let (inputs, labels) = separable(setting.seed);
    let run = logistic(&inputs, &labels, 0.0, steps)?;
    let decayed = logistic(&inputs, &labels, 0.01, steps / 10)?;
    let mut turned = labels.clone();
    let near = (0..EXAMPLES).min_by(|&a, &b| {
        let side = |index: usize| (0.8 * inputs[2 * index] - 0.6 * inputs[2 * index + 1]).abs();
        side(a).total_cmp(&side(b))
    });
    if let Some(label) = near.and_then(|index| turned.get_mut(index)) {
        *label = 1 - *label;
    }
    let mixed = logistic(&inputs, &turned, 0.0, steps)?;
    let exponential = descend(&mut Exponential, vec![0.0], 1.0, steps)?;
    let softplus = descend(&mut Softplus, vec![0.0], 1.0, steps)?;
    let table = setting
        .table()
        .setting("title", "No critical point: the cost falls like 1/t, the gradient is never 0")
        .setting("x-axis", "step t")
        .setting("y-axis", "value")
        .setting("log-x", true)
        .setting("log-y", true)
        .setting("y", "cost, gradient_norm, theta_norm")
        .setting("labels", "J; |g|; |θ|")
        .setting("footer", "logistic regression on separable points, full-batch descent")
        .column("step", run.steps.clone())
        .column("cost", run.costs.clone())
        .column("gradient_norm", run.gradients.clone())
        .column("theta_norm", run.lengths.clone());
    report.picture(
        "no-critical-point",
        table,
        "Cost and gradient go on falling as straight lines, while |θ| grows with the logarithm of t: the way \
         has no end.",
    );
    let end = |of: &[f64]| of.last().copied().unwrap_or(f64::NAN);
    let third = |run: &Run| {
        let first = run.steps.iter().position(|step| *step >= 0.01 * end(&run.steps)).unwrap_or(0);
        let points = run.steps.iter().zip(&run.lengths).skip(first);
        slope(&points.map(|(step, length)| (step.ln(), *length)).collect::<Vec<_>>())
    };
    report.number(
        "separable: J, |g| and |θ| at the end",
        format!(
            "{}, {}, {}",
            number(end(&run.costs)),
            number(end(&run.gradients)),
            number(end(&run.lengths))
        ),
    );
    report.number("separable: growth of |θ| per unit of ln t, last two decades", number(third(&run)));
    report.number(
        "with weight decay 0.01: |g| and |θ| at the end",
        format!("{}, {}", number(end(&decayed.gradients)), number(end(&decayed.lengths))),
    );
    report.number(
        "with one label turned round: |g| and |θ| at the end",
        format!("{}, {}", number(end(&mixed.gradients)), number(end(&mixed.lengths))),
    );
    for (what, run) in
        [("separable logistic regression", &run), ("e^(−x)", &exponential), ("ln(1 + e^(−x))", &softplus)]
    {
        let rate = rate(run);
        report.check(Check::new(
            format!("{what}: ln J over ln t has a slope in [−1.2, −0.8] in the last decade of steps"),
            number(rate),
            (-1.2..=-0.8).contains(&rate),
        ));
        report.check(Check::new(
            format!("{what}: |g| is never 0"),
            number(end(&run.gradients)),
            run.gradients.iter().all(|gradient| *gradient > 0.0),
        ));
    }
    report.check(Check::equals(
        "e^(−x): J·ε·t at the end, on paper 1",
        end(&exponential.costs) * f64::from(steps),
        1.0,
        1e-3,
    ));
    report.check(Check::at_most("control, weight decay: |g| at the end", end(&decayed.gradients), 1e-10));
    report.check(Check::at_most("control, one label turned: |g| at the end", end(&mixed.gradients), 1e-8));
    Ok(report)
}
