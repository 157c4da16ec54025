//! "Derivatives and second derivatives" and "Directional curvature": gradient and Hessian of a small
//! network by two routes, and the curvature along a direction with its parts along eigenvectors.

use anyhow::{Context, Result};
use thalweg_core::cost::difference;
use thalweg_core::cost::{Gradient, HessianVector, dot, norm};
use thalweg_core::descent::taylor::shares;
use thalweg_core::network::operation::Map;
use thalweg_core::random::Random;
use thalweg_core::subspace::direction::unit;

use super::check::Check;
use super::report::Report;
use super::setting::Setting;
use super::small::{Kind, Small};
use crate::curvature::eigen::{Full, eigen};
use crate::curvature::spectrum::density;
use crate::files::model::Activation;
use crate::results::summary::number;
use crate::subspace::lines::LineCosts;

/// Steps of descent before the derivatives are taken: somewhere on the way.
const STEPS: usize = 60;
/// The step size of that descent.
const STEP_SIZE: f64 = 0.5;
/// Random directions whose curvature is measured.
const DIRECTIONS: usize = 200;
/// Probes and steps of the density that is held against the exact spectrum.
const QUADRATURE: (u64, usize) = (10, 60);

/// The largest |a − b|, over the largest |b|.
fn apart(found: &[f64], wanted: &[f64]) -> f64 {
    let difference = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    difference / wanted.iter().map(|entry| entry.abs()).fold(0.0, f64::max)
}

/// dᵀHd by a second difference of the cost, of fourth order in the step.
fn second_difference(small: &Small, theta: &[f64], d: &[f64]) -> Result<f64> {
    let h = 1e-3;
    let costs = small.objective().on_line(theta, d, &[-2.0 * h, -h, 0.0, h, 2.0 * h], &|_| ())?;
    let [a, b, c, d, e] = costs[..] else { anyhow::bail!("five costs on the line were asked for") };
    Ok((-(a + e) + 16.0 * (b + d) - 30.0 * c) / (12.0 * h * h))
}

/// A direction with its curvature, taken apart along the eigenvectors.
struct Parts {
    direction: Vec<f64>,
    curvature: f64,
    shares: Vec<f64>,
}

fn take_apart(small: &Small, theta: &[f64], full: &Full, mut direction: Vec<f64>) -> Result<Parts> {
    let n = theta.len();
    unit(&mut direction);
    let mut product = vec![0.0; n];
    small.objective().hessian_vector(theta, &direction, &mut product)?;
    let vectors: Vec<f64> = (0..n).flat_map(|index| full.vector(index)).collect();
    let mut parts = vec![0.0; n];
    shares(&vectors, &direction, &mut parts)?;
    Ok(Parts { curvature: dot(&direction, &product), direction, shares: parts })
}

impl Parts {
    /// Σ λᵢcos²: the curvature again, from its parts.
    fn sum(&self, full: &Full) -> f64 {
        full.values.iter().zip(&self.shares).map(|(value, share)| value * share).sum()
    }

    /// λᵢcos² added up from the largest eigenvalue on, in λ_max.
    fn growing(&self, full: &Full) -> Vec<f64> {
        let mut sum = 0.0;
        let parts = full.values.iter().zip(&self.shares);
        parts
            .map(|(value, share)| {
                sum += value * share / full.values[0];
                sum
            })
            .collect()
    }
}

/// Gradient, Hessian and curvature along directions, each by two routes.
///
/// # Source
/// The deck's two slides; Goodfellow, Bengio, Courville (2016), §4.3.1.
///
/// # Errors
/// A message, if descent diverges.
pub fn second_derivatives(setting: &Setting) -> Result<Report> {
    let kind = Kind { pool: 7, hidden: 6, activation: Activation::Map(Map::Tanh), examples: 500, decay: 0.0 };
    let small = Small::new(setting, kind)?;
    let mut theta = small.descend(setting.seed, STEP_SIZE, STEPS)?.pop().context("no step was taken")?;
    let n = theta.len();
    let mut objective = small.objective();
    let mut report = Report::new(format!(
        "{}; derivatives after {STEPS} steps of full-batch descent with step size {STEP_SIZE}.",
        small.words()
    ));

    let (mut gradient, mut differenced) = (vec![0.0; n], vec![0.0; n]);
    objective.gradient(&theta, &mut gradient)?;
    difference::gradient(&mut objective, &mut theta, difference::balanced_step::<f64>(), &mut differenced)?;
    report.check(Check::at_most(
        "gradient: sweeps against differences of the cost, relative",
        apart(&differenced, &gradient),
        1e-7,
    ));
    let (mut hessian, mut other, mut scratch) = (vec![0.0; n * n], vec![0.0; n * n], vec![0.0; 2 * n]);
    objective.full_hessian(&theta, &mut hessian)?;
    let asymmetry = difference::hessian(&mut objective, &mut theta, 1e-5, &mut other, &mut scratch)?;
    report.check(Check::at_most(
        "Hessian: tangent sweeps against differences of the gradient, relative",
        apart(&other, &hessian),
        1e-6,
    ));
    report.check(Check::at_most(
        "asymmetry of the differenced Hessian, max|H − Hᵀ|/max|H|",
        asymmetry.difference / asymmetry.largest,
        1e-5,
    ));

    let full = eigen(&hessian, n)?;
    let mut random = vec![0.0; n];
    Random::stream(setting.seed, 0x6375_7276).fill_normal(&mut random);
    let along = take_apart(&small, &theta, &full, gradient.clone())?;
    let across = take_apart(&small, &theta, &full, random)?;
    let (mut parts_apart, mut cosines) = (0.0_f64, 0.0_f64);
    let mut routes = 0.0_f64;
    for parts in [&along, &across] {
        let scale = full.values[0].abs();
        parts_apart = parts_apart.max((parts.sum(&full) - parts.curvature).abs() / scale);
        cosines = cosines.max((parts.shares.iter().sum::<f64>() - 1.0).abs());
        let difference = second_difference(&small, &theta, &parts.direction)?;
        routes = routes.max((difference / parts.curvature - 1.0).abs());
    }
    report.check(Check::at_most("|Σcos² − 1| over all eigenvectors", cosines, 1e-10));
    report.check(Check::at_most("|Σλᵢcos² − dᵀHd|/λ_max", parts_apart, 1e-10));
    report.check(Check::at_most("dᵀHd: product against a second difference of J, relative", routes, 1e-6));

    let mut generator = Random::stream(setting.seed, 0x6d61_6e79);
    let (mut lowest, mut highest, mut product) = (f64::INFINITY, f64::NEG_INFINITY, vec![0.0; n]);
    let mut linearised = objective.linearise(&theta)?;
    for _ in 0..DIRECTIONS {
        let mut d = vec![0.0; n];
        generator.fill_normal(&mut d);
        unit(&mut d);
        thalweg_core::cost::operator::SymmetricOperator::product(&mut linearised, &d, &mut product)?;
        let curvature = dot(&d, &product);
        (lowest, highest) = (lowest.min(curvature), highest.max(curvature));
    }
    let (smallest, largest) = (full.values[n - 1], full.values[0]);
    report.check(Check::new(
        format!("the curvature along {DIRECTIONS} random directions lies within [λ_min, λ_max]"),
        format!(
            "[{}, {}] within [{}, {}]",
            number(lowest),
            number(highest),
            number(smallest),
            number(largest)
        ),
        smallest <= lowest && highest <= largest,
    ));
    let found = density(&mut linearised, QUADRATURE, setting.seed)?;
    report.check(Check::at_most(
        "distance of the quadrature's density from the exact spectrum, shares of its range",
        found.distance(&full.values) / (largest - smallest),
        0.02,
    ));
    let [negative, zero, positive] = full.index(1e-10);
    report.number("eigenvalues below, at and above zero", format!("{negative}, {zero}, {positive}"));
    report.number("|g|; curvature along g, in λ_max", {
        format!("{}; {}", number(norm(&gradient)), number(along.curvature / largest))
    });
    report.number("curvature along a random direction, in λ_max", number(across.curvature / largest));

    let index: Vec<f64> = (0..n).map(|index| (index + 1) as f64).collect();
    let table = small
        .table(setting)
        .setting("figure", "lines")
        .setting("title", "Which eigenvectors the curvature along a direction comes from")
        .setting("x", "eigenvectors")
        .setting("log-x", true)
        .setting("x-axis", "eigenvectors counted, those of the largest eigenvalues first")
        .setting("y-axis", "Σ λᵢ·cos², in λ_max")
        .setting("labels", "d along the gradient; d at random")
        .column("eigenvectors", index.clone())
        .column("gradient", along.growing(&full))
        .column("random", across.growing(&full));
    report.picture(
        "directional-curvature",
        table,
        if along.curvature < across.curvature {
            "Each curve ends at the curvature dᵀHd along its direction. A random direction takes a little of \
             every eigenvector. Descent has already taken the gradient's parts along the stiff ones: what is \
             left of it lies where the cost curves less, or downwards."
        } else {
            "Each curve ends at the curvature dᵀHd along its direction. A random direction takes a little of \
             every eigenvector; the gradient leans towards the stiff ones."
        },
    );
    let table = small
        .table(setting)
        .setting("figure", "scatter")
        .setting("title", "Every eigenvalue of the Hessian of a small network, part of the way down")
        .setting("x-axis", "index (1: the largest)")
        .setting("y-axis", "eigenvalue λ (cost per squared parameter)")
        .column("index", index)
        .column("eigenvalue", full.values.clone());
    report.picture(
        "second-derivatives",
        table,
        "A few large eigenvalues, many near zero, and some below: on the way down, the cost curves upwards \
         along few directions, and downwards along others.",
    );
    Ok(report)
}
