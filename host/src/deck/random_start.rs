//! The line to the solution from points that training never saw: random ones, zero, noise.

use anyhow::Result;
use thalweg_core::cost::norm;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::random::Random;

use super::check::{Check, median};
use super::report::Report;
use super::setting::{Run, Setting, Trained};
use super::straight_line::{curve, labels, table};
use crate::results::summary::number;
use crate::subspace::curve::Curve;

/// Where a line starts instead of at θᵢ.
struct Start {
    words: &'static str,
    point: fn(&Trained, &Run) -> Result<Vec<f32>>,
}

fn drawn(network: &Trained, run: &Run, initialiser: Initialiser) -> Result<Vec<f32>> {
    let mut theta = vec![0.0; run.start().len()];
    // another stream than the run's own start
    initialise(&network.model.view(), initialiser, run.seed ^ 0x5354_4152_5400, &mut theta)?;
    Ok(theta)
}

/// Normal noise in every parameter, as long as θᵢ.
fn noise(run: &Run) -> Vec<f32> {
    let mut noise = vec![0.0_f32; run.start().len()];
    Random::stream(run.seed, 0x4e4f_4953_4500).fill_normal(&mut noise);
    let factor = norm(run.start()) / norm(&noise);
    noise.iter().map(|&entry| (f64::from(entry) * factor) as f32).collect()
}

const CONTROLS: [Start; 3] = [
    Start { words: "zero", point: |_, run| Ok(vec![0.0; run.start().len()]) },
    Start {
        words: "a fresh Glorot start of another seed",
        point: |network, run| drawn(network, run, Initialiser::Glorot),
    },
    Start { words: "noise as long as the true start", point: |_, run| Ok(noise(run)) },
];

/// The line to the solution from a random point, with the controls.
///
/// # Source
/// Goodfellow, Vinyals, Saxe (2015), figure 3, right; the controls after Tao et al. (ICML 2024).
///
/// # Errors
/// A message, if a run diverges.
pub fn random_start(setting: &Setting) -> Result<Report> {
    let network = setting.rectified()?;
    let mut report =
        Report::new(format!("Lines that end in a solution but start elsewhere. {}", setting.words(&network)));
    let head = || {
        setting
            .digits_table(&network)
            .setting("x-axis", "α (0: another point, 1: end of training)")
            .setting("y-axis", format!("J ({})", network.model.cost_unit()))
            .setting("mark-x", "1 solution")
    };
    let alphas: Vec<f64> = (0..=40).map(|step| f64::from(step) / 20.0).collect();
    let from = |point: fn(&Trained, &Run) -> Result<Vec<f32>>| {
        let line = |run: &Run| curve(&network, &point(&network, run)?, run.end(), &alphas);
        network.runs.iter().map(line).collect::<Result<Vec<Curve>>>()
    };
    let far = from(|network, run| drawn(network, run, Initialiser::NormalEverywhere(1.0)))?;
    report.picture(
        "random-start",
        table(
            head()
                .setting("title", "From a random point, far away, to the solution and past it")
                .setting("log-y", true),
            &labels(&network.runs),
            &far,
        ),
        "Every parameter of the first point is drawn from N(0, 1): very far, very high. Is \
         there another minimum on the way?",
    );
    let one = |curve: &Curve| match curve.local_minima().as_slice() {
        [(alpha, _)] => (alpha - 1.0).abs() <= 0.1,
        _ => false,
    };
    report.number(
        "median J at the random point",
        number(median(&far.iter().map(|curve| curve.start).collect::<Vec<_>>())),
    );
    let trained = |holds: &dyn Fn(&Curve) -> bool| -> Vec<bool> {
        let runs = far.iter().zip(&network.runs);
        runs.filter(|(_, run)| run.trained()).map(|(curve, _)| holds(curve)).collect()
    };
    report.check(Check::of_seeds(
        "from N(0, 1): exactly one minimum on [0, 2], within 0.1 of α = 1",
        &trained(&one),
    ));
    let mut curves = Vec::new();
    let mut names = Vec::new();
    for control in CONTROLS {
        let lines = from(control.point)?;
        let monotone = lines.iter().filter(|curve| curve.is_monotone()).count();
        let rises: Vec<f64> = lines.iter().map(|curve| curve.rise() / (curve.start - curve.end)).collect();
        report.number(
            format!("start replaced by {}: monotone lines; median rise in drops", control.words),
            format!("{monotone} of {}; {}", lines.len(), number(median(&rises))),
        );
        names.push(control.words);
        curves.extend(lines.into_iter().next());
    }
    report.picture(
        "random-start-controls",
        table(
            head().setting("title", "The line to the solution from starts that training never saw"),
            &names.join("; "),
            &curves,
        ),
        "Controls, for the first seed: the start replaced by zero, by a fresh start of another seed, by noise \
         of the start's length. Where these curves fall as well, the shape of the line says little about the \
         way that training took.",
    );
    Ok(report)
}
