//! A task that drifts: digits whose contrast changes, learned with a measured step and with the best fixed one.
//!
//! A device sees sixteen digits at a time and takes one step of descent on them. After [`PHASE`] steps the light
//! changes: all pixels are a quarter as bright, then four times as bright as at first. The curvature along the
//! gradient follows the contrast, and a step that was right is then too short, and then too long.

use core::fmt::{self, Write};

use heapless::HistoryBuf;
use thalweg_core::cost::Gradient;
use thalweg_core::cost::mean_cost::{Ability, MeanCost};
use thalweg_core::descent::curvature_step::{CurvatureStep, Params};
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Examples, Targets};
use thalweg_core::network::Network;
use thalweg_core::network::initialise::{Initialiser, initialise};

use crate::digits::{COUNT, INPUTS, LABELS, PIXELS};

/// The contrast of each phase.
pub const CONTRASTS: [f32; 3] = [1.0, 0.25, 4.0];
/// Steps in a phase.
pub const PHASE: u32 = 240;
/// Digits that a step sees.
const WINDOW: usize = 16;
/// Steps in one pass over the digits.
const PASS: usize = COUNT / WINDOW;

const NETWORK: Network<4> = Network::input(PIXELS).dense(8).relu().dense(4).softmax_cross_entropy();

/// Where the size of a step comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// gᵀg/gᵀHg, with the defaults of the core.
    Measured,
    /// Always the same.
    Fixed(f64),
}

/// What a step saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The phase, from 0.
    pub phase: usize,
    /// The step within the phase, from 0.
    pub step: u32,
    /// The cost of the digits in the window, before the step.
    pub cost: f64,
    /// gᵀHg/gᵀg, the curvature along the gradient; a fixed step does not look at it.
    pub curvature: Option<f64>,
    /// The size of the step.
    pub step_size: f64,
}

/// Learns through the first `phases` phases, tells every step, and returns the mean cost over the last pass of each.
/// A cost that is NaN or infinite stays so.
///
/// # Panics
/// If the digits do not fit the network, which a test would show.
pub fn learn(rule: Rule, phases: usize, mut tell: impl FnMut(Seen)) -> [f64; 3] {
    let mut theta = [0.0_f32; NETWORK.parameters()];
    let mut gradient = [0.0_f32; NETWORK.parameters()];
    let mut memory = [[0.0_f32; 1]; NETWORK.memory_rows(Ability::HessianVector)];
    initialise(&NETWORK.view(), Initialiser::Glorot, 2015, &mut theta).expect("θ has its length");
    let mut measured = CurvatureStep::new(Params::default());
    let mut ends = [f64::NAN; 3];
    for (phase, (&contrast, end)) in CONTRASTS.iter().zip(&mut ends).enumerate().take(phases) {
        let mut recent: HistoryBuf<f64, PASS> = HistoryBuf::new();
        for step in 0..PHASE {
            let first = step as usize % PASS * WINDOW;
            let mut inputs = [0.0; WINDOW * PIXELS];
            for (input, pixel) in inputs.iter_mut().zip(&INPUTS[first * PIXELS..]) {
                *input = contrast * *pixel;
            }
            let labels = Targets::Labels(&LABELS[first..first + WINDOW]);
            let examples =
                Examples::new(&NETWORK.view(), &inputs, labels).expect("the digits fit the network");
            let mut cost = MeanCost::new(NETWORK.view(), Exact, examples, &mut memory);
            let (value, curvature, step_size) = match rule {
                Rule::Measured => match measured.step(&mut cost, &mut theta, &mut gradient) {
                    Ok(report) => {
                        let along = report.promise.curvature_along_gradient();
                        (report.promise.cost, Some(along), report.step_size)
                    }
                    Err(_) => (f64::NAN, None, f64::NAN),
                },
                Rule::Fixed(size) => {
                    let value = cost.gradient(&theta, &mut gradient).unwrap_or(f64::NAN);
                    for (theta, g) in theta.iter_mut().zip(&gradient) {
                        *theta -= size as f32 * *g;
                    }
                    (value, None, size)
                }
            };
            recent.write(value);
            tell(Seen { phase, step, cost: value, curvature, step_size });
        }
        *end = recent.iter().sum::<f64>() / PASS as f64;
    }
    ends
}

/// The fixed step that ends the first phase with the lowest cost, among powers of two from 2⁻⁸ to 2⁴.
#[must_use]
pub fn best_fixed() -> (f64, f64) {
    let mut best = (f64::NAN, f64::INFINITY);
    let mut size = 1.0 / 256.0;
    while size <= 16.0 {
        let [end, ..] = learn(Rule::Fixed(size), 1, |_| {});
        if end < best.1 {
            best = (size, end);
        }
        size *= 2.0;
    }
    best
}

/// Steps between two lines of a report.
const EVERY: u32 = 40;

/// Learns by measured steps and by the best fixed one, and says what was seen: a line for every fortieth step
/// of the first, and the costs at the end of each phase of both.
///
/// # Errors
/// If `out` takes no more.
pub fn report(out: &mut impl Write) -> fmt::Result {
    let mut result = writeln!(out, "contrast  step      cost  curvature  step size");
    let measured = learn(Rule::Measured, 3, |seen| {
        if seen.step % EVERY == 0 {
            let (contrast, curvature) = (CONTRASTS[seen.phase], seen.curvature.unwrap_or(f64::NAN));
            result = result.and(writeln!(
                out,
                "{contrast:>8} {:>5} {:>9.6} {curvature:>10.6} {:>10.6}",
                seen.step, seen.cost, seen.step_size
            ));
        }
    });
    result?;
    let (size, _) = best_fixed();
    let fixed = learn(Rule::Fixed(size), 3, |_| {});
    writeln!(out, "cost at the end of each phase")?;
    writeln!(out, "measured step {:>9.6} {:>9.6} {:>9.6}", measured[0], measured[1], measured[2])?;
    writeln!(out, "fixed step {size:>2} {:>9.6} {:>9.6} {:>9.6}", fixed[0], fixed[1], fixed[2])
}
