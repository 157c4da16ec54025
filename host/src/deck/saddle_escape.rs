//! "Gradient descent flees saddle points": the flow near a saddle in closed form.

use anyhow::Result;
use thalweg_core::cost::closed_form::saddle;
use thalweg_core::cost::{Cost, Gradient};
use thalweg_core::descent::flow::{Motion, discrete_reach, escape_time, fall, reach};
use thalweg_core::network::operation::Map;
use thalweg_core::spectrum::decomposition::{Decompose, Workspace, workspace};

use super::check::Check;
use super::plane_of_two::{contours, descent, over};
use super::report::Report;
use super::setting::Setting;
use super::small::{Kind, Small};
use crate::curvature::decomposed::Decomposed;
use crate::files::model::Activation;
use crate::results::summary::number;

const CURVATURES: [f64; 4] = [2.0, 1e-9, 0.0, -1.0];

/// One step of the classical Runge–Kutta rule for θ̇ = rate(θ).
fn runge_kutta(
    theta: &mut [f64],
    h: f64,
    mut rate: impl FnMut(&[f64], &mut [f64]) -> Result<()>,
) -> Result<()> {
    let n = theta.len();
    let mut rates = vec![vec![0.0; n]; 4];
    let mut place = theta.to_vec();
    for (stage, weight) in [0.0, 0.5, 0.5, 1.0].into_iter().enumerate() {
        if stage > 0 {
            for index in 0..n {
                place[index] = theta[index] + weight * h * rates[stage - 1][index];
            }
        }
        rate(&place, &mut rates[stage])?;
    }
    for index in 0..n {
        theta[index] +=
            h / 6.0 * (rates[0][index] + 2.0 * rates[1][index] + 2.0 * rates[2][index] + rates[3][index]);
    }
    Ok(())
}

/// The largest relative difference between the closed form and integration, over curvatures and times.
fn against_integration() -> Result<f64> {
    let mut worst = 0.0_f64;
    for curvature in CURVATURES {
        let mut x = [0.0];
        for step in 1..=4000 {
            runge_kutta(&mut x, 1e-3, |x, rate| {
                rate[0] = -0.7 - curvature * x[0];
                Ok(())
            })?;
            if step % 500 == 0 {
                let wanted = -0.7 * reach(curvature, f64::from(step) * 1e-3);
                worst = worst.max((x[0] / wanted - 1.0).abs());
            }
        }
    }
    Ok(worst)
}

/// The same for descent itself, and for its cost.
fn against_descent() -> (f64, f64) {
    let (mut worst, mut worst_cost) = (0.0_f64, 0.0_f64);
    for curvature in CURVATURES {
        let mut x: f64 = 0.0;
        for step in 1..=60 {
            x -= 0.05 * (0.7 + curvature * x);
            let wanted = -0.7 * discrete_reach(curvature, 0.05, step);
            worst = worst.max((x / wanted - 1.0).abs());
        }
        let time = 1.5;
        let moved = -0.7 * reach(curvature, time);
        let lost = -moved * (0.7 + 0.5 * curvature * moved);
        worst_cost = worst_cost.max((lost / fall(0.7, curvature, time) - 1.0).abs());
    }
    (worst, worst_cost)
}

/// Steps of descent from (x, δ) on 5x² − y² until |y| ≥ 1, times ε, for a small ε.
fn measured_escape(distance: f64) -> Result<f64> {
    let step_size = 1e-4;
    let (mut theta, mut gradient) = ([1.0, distance], [0.0; 2]);
    let mut steps = 0_u32;
    while theta[1] < 1.0 {
        saddle().gradient(&theta, &mut gradient)?;
        theta = [theta[0] - step_size * gradient[0], theta[1] - step_size * gradient[1]];
        steps += 1;
    }
    Ok(f64::from(steps) * step_size)
}

/// The figure of the reach over time, one line per curvature.
fn reaches(setting: &Setting, report: &mut Report) {
    let times: Vec<f64> = (0..=60).map(|index| f64::from(index) / 20.0).collect();
    let column = |curvature: f64| times.iter().map(|&time| reach(curvature, time)).collect::<Vec<f64>>();
    let table = setting
        .table()
        .setting("title", "A bowl stops the flow, a plain lets it run, a saddle throws it out")
        .setting("x-axis", "time t (step size × steps)")
        .setting("y-axis", "(1 − e^(−λt))/λ, way per unit slope")
        .setting("y", "bowl, plain, saddle")
        .setting("labels", "λ = 2; λ = 0; λ = −1")
        .setting("footer", "closed form")
        .column("time", times.clone())
        .column("bowl", column(2.0))
        .column("plain", column(0.0))
        .column("saddle", column(-1.0));
    report.picture(
        "saddle-escape-reach",
        table,
        "How far a unit slope carries: along λ > 0 it ends at 1/λ, along λ < 0 it grows exponentially.",
    );
}

/// Follows the flow of a network beside the closed form about its start: the time at which they differ by a
/// tenth of the way, and the curves of both costs.
fn network(setting: &Setting, report: &mut Report) -> Result<()> {
    let kind = Kind { pool: 7, hidden: 6, activation: Activation::Map(Map::Tanh), examples: 300, decay: 0.0 };
    let small = Small::new(setting, kind)?;
    let origin = small.start(setting.seed)?;
    let n = origin.len();
    let mut objective = small.objective();
    let mut gradient = vec![0.0; n];
    let start = objective.gradient(&origin, &mut gradient)?;
    let mut memory = vec![0.0; workspace(n)];
    let memory = Workspace::new(n, &mut memory)?;
    Decomposed(objective).decompose(&origin, memory.values, memory.vectors, memory.scratch)?;
    let (mut theta, mut model) = (origin.clone(), vec![0.0; n]);
    let (h, mut steps, mut tenth) = (0.05, 0, None);
    let (mut times, mut actual, mut promised) = (vec![0.0], vec![start], vec![start]);
    while steps < 240 {
        runge_kutta(&mut theta, h, |place, rate| {
            objective.gradient(place, rate)?;
            rate.iter_mut().for_each(|entry| *entry = -*entry);
            Ok(())
        })?;
        steps += 1;
        let time = h * f64::from(steps);
        let motion = Motion::Flow { time };
        let change = motion.follow(&origin, &gradient, memory.values, memory.vectors, &mut model)?;
        let distance =
            |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        let error = distance(&model, &theta) / distance(&theta, &origin);
        if tenth.is_none() && error >= 0.1 {
            tenth = Some(time);
        }
        if steps % 4 == 0 {
            times.push(time);
            actual.push(objective.cost(&theta)?);
            promised.push(start + change);
        }
    }
    let table = small
        .table(setting)
        .setting("title", "On a network the closed form holds for a while")
        .setting("x-axis", "time t (step size × steps)")
        .setting("y-axis", format!("J ({})", small.model.cost_unit()))
        .setting("y", "actual, closed_form")
        .setting("labels", "the flow itself; closed form about the start")
        .column("time", times)
        .column("actual", actual.clone())
        .column("closed_form", promised);
    let table = match tenth {
        Some(time) => table.setting("mark-x", format!("{time} 10 % off")),
        None => table,
    };
    report.picture(
        "saddle-escape-network",
        table,
        format!(
            "{}, from Glorot's start: the gradient flow and the flow of its second-order model.",
            small.words()
        ),
    );
    report.number(
        "network: time until the closed form is off by a tenth of the way; J then falls from",
        format!(
            "{}; {} to {}",
            tenth.map_or("not within the run".to_owned(), number),
            number(start),
            number(actual[actual.len() - 1])
        ),
    );
    Ok(())
}

/// The flow near a saddle against its closed form.
///
/// # Source
/// The deck's slide, right as printed; the limit for λ → 0 and the discrete twin are added.
///
/// # Errors
/// None but a fault of the program.
pub fn saddle_escape(setting: &Setting) -> Result<Report> {
    let mut report = Report::new(
        "θ(t) = θ(0) − Q·(1 − e^(−Λt))/Λ·Qᵀg for the flow, (1 − (1 − ελ)ᵏ)/λ for k steps of descent; \
         λ of 2, 10⁻⁹, 0 and −1.",
    );
    reaches(setting, &mut report);
    let path = descent(&mut saddle(), [1.0, 1e-3], 0.02, 180)?;
    let inside: Vec<[f64; 2]> = path.into_iter().filter(|theta| theta[1] <= 1.0).collect();
    let head = setting.table().setting("z-axis", "J = 5x² − y²");
    report.picture_with_path(
        "saddle-escape-path",
        contours(head, &mut saddle(), [-0.4, -0.4], [1.1, 1.1])?
            .setting("title", "Descent runs at the saddle, waits, and flees along the negative curvature")
            .setting("footer", "closed form; from (1, 0.001), step size 0.02"),
        (over(setting.table(), &inside, &mut saddle())?, ["x", "y", "cost"]),
        "Gradient descent on 5x² − y² from a start almost on the ridge: each mark is one step.",
    );
    network(setting, &mut report)?;
    report.check(Check::at_most(
        "the flow against Runge–Kutta, λ ∈ {2, 10⁻⁹, 0, −1}, t ≤ 4, relative",
        against_integration()?,
        1e-6,
    ));
    let (discrete, cost) = against_descent();
    report.check(Check::at_most("the discrete form against 60 steps of descent, relative", discrete, 1e-12));
    report.check(Check::at_most(
        "J(0) − J(t) = g²(1 − e^(−2λt))/(2λ) against the cost itself, relative",
        cost,
        1e-12,
    ));
    for distance in [1e-2, 1e-4, 1e-6] {
        let (found, wanted) = (measured_escape(distance)?, escape_time(-2.0, distance, 1.0));
        report.number(
            format!("5x² − y² from y = {distance}: time to flee to y = 1"),
            format!("{} (on paper ln(1/δ)/|λ| = {})", number(found), number(wanted)),
        );
        report.check(Check::at_most(
            &format!("time to flee from {distance}, descent with ε = 10⁻⁴ against paper, relative"),
            (found / wanted - 1.0).abs(),
            1e-3,
        ));
    }
    Ok(report)
}
