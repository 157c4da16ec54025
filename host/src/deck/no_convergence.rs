//! "Why convergence may not happen": four runs that stop, each with the control that removes its cause.

mod runs;

use anyhow::Result;
use thalweg_core::cost::{Cost, Gradient};
use thalweg_core::critical::examine;
use thalweg_core::spectrum::decomposition::{Decompose, Workspace, workspace};

use self::runs::{STEPS, descend, end, kind, noisy, picture};
use super::check::Check;
use super::report::Report;
use super::setting::Setting;
use super::small::{Kind, Small};
use crate::curvature::decomposed::Decomposed;
use crate::engine::batch::{Answers, Batch, Rows};
use crate::files::data;
use crate::objective::Objective;
use crate::results::summary::number;

/// From weights of 0 only the last biases learn: the run ends at a saddle. Control: Glorot's start.
fn critical_point(setting: &Setting, report: &mut Report) -> Result<()> {
    let small = Small::new(setting, kind(8, 500))?;
    let mut objective = small.objective();
    let n = objective.dimension();
    let mut stuck = vec![0.0; n];
    let run = descend(&mut objective, &mut stuck, 0.5, STEPS)?;
    let control = descend(&mut objective, &mut small.start(setting.seed)?, 0.5, STEPS)?;
    let mut memory = vec![0.0; workspace(n)];
    let mut memory = Workspace::new(n, &mut memory)?;
    let finding = examine(&mut Decomposed(objective), &stuck, 1e-6, &mut memory)?;
    report.picture(
        "no-convergence-saddle",
        picture(
            small.table(setting),
            "A critical point: from weights of 0 descent ends on a saddle",
            ["all weights 0 at the start", "control: Glorot's start"],
            [&run, &control],
        ),
        "With all weights 0 no hidden unit has a slope; only the last biases learn.",
    );
    report.number(
        "saddle: |g| at the end, eigenvalues below, at and above 0; J of the control",
        format!(
            "{}; {}, {}, {}; {}",
            number(finding.gradient_norm),
            finding.signs.negative,
            finding.signs.zero,
            finding.signs.positive,
            number(end(&control))
        ),
    );
    report.check(Check::new(
        "critical point: |g| ≤ 10⁻⁶ with negative curvature, and J above 2; the control ends below half of it",
        format!(
            "|g| {}, {} negative, J {} against {}",
            number(finding.gradient_norm),
            finding.signs.negative,
            number(finding.cost),
            number(end(&control))
        ),
        finding.gradient_norm <= 1e-6
            && finding.signs.negative > 0
            && finding.cost > 2.0
            && end(&control) < 0.5 * finding.cost,
    ));
    Ok(())
}

/// λ_max of a cost at θ.
fn stiffest(objective: Objective<'_, f64>, theta: &[f64]) -> Result<f64> {
    let n = theta.len();
    let mut memory = vec![0.0; workspace(n)];
    let memory = Workspace::new(n, &mut memory)?;
    Decomposed(objective).decompose(theta, memory.values, memory.vectors, memory.scratch)?;
    Ok(memory.values[0])
}

/// Logistic regression with half of the pixels fifty times brighter: the step that the stiff half allows is
/// too short for the other. Control: the same pixels on one scale. Both start from 0 with ε = 1/λ_max.
fn conditioning(setting: &Setting, report: &mut Report) -> Result<()> {
    let small = Small::new(setting, kind(0, 500))?;
    let view = small.model.view();
    let width = view.input_width();
    let scaled =
        |(place, pixel): (usize, &f64)| if place % width < width / 2 { 50.0 * pixel } else { *pixel };
    let inputs: Vec<f64> = small.rows.inputs.iter().enumerate().map(scaled).collect();
    let batch = Batch::new(&view, &inputs, small.rows.answers.clone())?;
    let mut runs = Vec::new();
    for batch in [&batch, &small.batch] {
        let mut objective = Objective::new(view, batch, setting.choice, 0.0);
        let mut theta = vec![0.0; view.parameters()];
        let step_size = 1.0 / stiffest(objective, &theta)?;
        let costs = descend(&mut objective, &mut theta, step_size, STEPS)?;
        let mut gradient = vec![0.0; theta.len()];
        objective.gradient(&theta, &mut gradient)?;
        runs.push((step_size, costs, thalweg_core::cost::norm(&gradient)));
    }
    let [(narrow_step, narrow, slope), (step_size, control, _)] = &runs[..] else {
        anyhow::bail!("two runs were made")
    };
    report.picture(
        "no-convergence-conditioning",
        picture(
            small.table(setting),
            "Poor conditioning: half of the pixels fifty times brighter",
            ["pixels on two scales", "control: pixels on one scale"],
            [narrow, control],
        ),
        "Logistic regression by descent with the longest step that is sure to go down at the start, 1/λ_max.",
    );
    report.number(
        "conditioning: step sizes; J at the end; |g| of the run there",
        format!(
            "{}, control {}; {}, control {}; {}",
            number(*narrow_step),
            number(*step_size),
            number(end(narrow)),
            number(end(control)),
            number(*slope)
        ),
    );
    report.check(Check::new(
        "conditioning: the run ends above the control by more than 30 %, though the model is the same",
        format!("{} against {}", number(end(narrow)), number(end(control))),
        end(narrow) > 1.3 * end(control),
    ));
    Ok(())
}

/// Mini-batches of 5 with a long step: J hovers. Control: all images from the run's end with the same step.
fn gradient_noise(setting: &Setting, report: &mut Report) -> Result<()> {
    let small = Small::new(setting, kind(8, 500))?;
    let step_size = 0.5;
    let mut theta = small.start(setting.seed)?;
    descend(&mut small.objective(), &mut theta, step_size, STEPS)?;
    let mut hovering = theta.clone();
    let run = noisy(setting, &small, &mut hovering, (step_size, 5))?;
    let control = descend(&mut small.objective(), &mut hovering, step_size, STEPS)?;
    let half = &run[STEPS / 2..];
    let level = half.iter().sum::<f64>() / half.len() as f64;
    report.picture(
        "no-convergence-noise",
        picture(
            small.table(setting),
            "Gradient noise: mini-batches of 5 keep the cost up",
            ["batch 5", "control: from its end, all images, same step size"],
            [&run, &control],
        ),
        "The cost over all images hovers where the noise of small batches balances the slope; the full gradient \
         goes on down from there.",
    );
    report.number(
        "noise: mean J of the run's second half; J of the control at its end",
        format!("{}; {}", number(level), number(end(&control))),
    );
    let quarter = |from: usize| run[from..from + STEPS / 4].iter().sum::<f64>() / (STEPS / 4) as f64;
    report.check(Check::new(
        "noise: J has stopped falling (last quarter at least 0.9 of the second), and the control ends below 0.8 of \
         the run's level",
        format!(
            "{} then {}; control {}",
            number(quarter(STEPS / 4)),
            number(quarter(3 * STEPS / 4)),
            number(end(&control))
        ),
        quarter(3 * STEPS / 4) >= 0.9 * quarter(STEPS / 4) && end(&control) < 0.8 * level,
    ));
    Ok(())
}

/// J over test images beside J over the images of training, after every tenth step.
fn with_test(setting: &Setting, examples: usize, decay: f64, test: &Batch<f64>) -> Result<[Vec<f64>; 2]> {
    let small = Small::new(setting, Kind { pool: 4, decay, ..kind(30, examples) })?;
    let mut objective = small.objective();
    let mut unseen = Objective::new(small.model.view(), test, setting.choice, 0.0);
    let mut theta = small.start(setting.seed)?;
    let (mut train, mut tested) = (Vec::new(), Vec::new());
    for _ in 0..=60 {
        train.push(objective.cost(&theta)?);
        tested.push(unseen.cost(&theta)?);
        descend(&mut objective, &mut theta, 1.0, 10)?;
    }
    Ok([train, tested])
}

/// Sixty images are learned by heart: J over them falls, over others it rises. Control: 2,000 images.
fn overfitting(setting: &Setting, report: &mut Report) -> Result<()> {
    let others = data::embedded()?.test.map_or_else(|| Ok(None), |test| test.pooled(4).map(Some))?;
    let Some(others) = others else { anyhow::bail!("the embedded digits have no test images") };
    let rows: Rows<f64> = others.rows();
    let first = Small::new(setting, Kind { pool: 4, ..kind(30, 60) })?;
    let view = first.model.view();
    let count = 1_000.min(others.count);
    let inputs = rows.inputs.get(..count * view.input_width()).unwrap_or(&rows.inputs);
    let Answers::Labels(labels) = &rows.answers else { anyhow::bail!("digits have labels") };
    let test = Batch::new(&view, inputs, Answers::Labels(labels.iter().copied().take(count).collect()))?;
    let [train, tested] = with_test(setting, 60, 0.0, &test)?;
    let [_, control] = with_test(setting, 2_000, 0.0, &test)?;
    let least = |costs: &[f64]| costs.iter().copied().fold(f64::INFINITY, f64::min);
    let table = first
        .table(setting)
        .setting("title", "Overfitting: 60 images are learned by heart")
        .setting("x-axis", "step")
        .setting("y-axis", "J")
        .setting("log-y", true)
        .setting("y", "train_cost, test_cost, control_test_cost")
        .setting("labels", "the 60 images; 1,000 others; control: the others after training on 2,000")
        .column("step", (0..=60).map(|look| 10.0 * f64::from(look)).collect::<Vec<f64>>())
        .column("train_cost", train.clone())
        .column("test_cost", tested.clone())
        .column("control_test_cost", control.clone());
    report.picture(
        "no-convergence-overfitting",
        table,
        "The cost that is minimised falls on and on; the cost that was meant rises again.",
    );
    report.number(
        "overfitting: J of others at its least and at the end; of the control",
        format!(
            "{}, {}; {}, {}",
            number(least(&tested)),
            number(end(&tested)),
            number(least(&control)),
            number(end(&control))
        ),
    );
    report.check(Check::new(
        "overfitting: J of the 60 images still falls at the end, of others it stands 10 % above its least; the \
         control's stands within 5 % of its own",
        format!(
            "{} against {}; control {} against {}",
            number(end(&tested)),
            number(least(&tested)),
            number(end(&control)),
            number(least(&control))
        ),
        train[60] < train[50]
            && end(&tested) > 1.1 * least(&tested)
            && end(&control) <= 1.05 * least(&control),
    ));
    Ok(())
}

/// Four runs that do not converge, one for each cause.
///
/// # Source
/// The deck's slide; the runs are made for the check.
///
/// # Errors
/// None but a fault of the program.
pub fn no_convergence(setting: &Setting) -> Result<Report> {
    let small = Small::new(setting, kind(8, 500))?;
    let mut report = Report::new(format!(
        "{}, and relatives of it; descent of {STEPS} steps. A run that has stopped may lie at a critical point, in \
         a narrow valley, in its own noise, or be at the end of what its examples can teach: each is made here on \
         purpose, with the control that takes the cause away.",
        small.words()
    ));
    critical_point(setting, &mut report)?;
    conditioning(setting, &mut report)?;
    gradient_noise(setting, &mut report)?;
    overfitting(setting, &mut report)?;
    Ok(report)
}
