//! The spectrum of a trained network's Hessian: bulk, outliers, and the gradient's share in them.

use anyhow::{Context, Result};
use thalweg_core::cost::Gradient;
use thalweg_core::network::operation::Map;
use thalweg_core::spectrum::estimate::Estimate;
use thalweg_core::spectrum::lanczos::Lanczos;

use super::check::{Check, median};
use super::report::Report;
use super::setting::{Run, Setting, Trained};
use crate::curvature::spectrum::{density, ends, share_within};
use crate::files::model::Activation;
use crate::results::summary::number;

/// The classes of the digits.
const CLASSES: usize = 10;
/// The bulk is taken to begin here, counted from the largest eigenvalue.
///
/// A rule that was tried on networks of some 600 parameters took the 95th percentile, which is the 30th
/// largest of those. On wider networks five of a hundred are hundreds, deep inside the bulk; the place
/// from the top stays.
const LARGEST: usize = 3 * CLASSES;
/// How far above the bulk's edge an outlier stands; tuned once on the digits of this deck.
const FACTOR: f64 = 3.0;
/// Probes and steps of the density that is drawn.
const DRAWN: (u64, usize) = (4, 60);
/// The standard deviation of the drawn curve, in widths of the spectrum.
const SMOOTHING: f64 = 0.01;

/// What is measured of one trained network.
struct Measured {
    trained: bool,
    cost: f64,
    largest: Vec<f64>,
    converged: bool,
    outliers: usize,
    share: f64,
}

fn measure(network: &Trained, run: &Run) -> Result<Measured> {
    let mut objective = network.objective();
    let mut operator = objective.linearise(run.end())?;
    let lanczos = Lanczos {
        top: LARGEST,
        bottom: 0,
        tolerance: 1e-3,
        products: 300,
        confirm: 0,
        rows: 100,
        seed: run.seed,
        ..Lanczos::default()
    };
    let found = ends(&mut operator, &lanczos)?;
    let largest: Vec<f64> = found.top.iter().map(|pair| pair.value).collect();
    let edge = largest.last().copied().unwrap_or(f64::NAN);
    let mut gradient = vec![0.0; run.end().len()];
    let cost = objective.gradient(run.end(), &mut gradient)?;
    Ok(Measured {
        trained: run.trained() && cost <= 0.3,
        cost,
        converged: found.top.iter().all(|pair| pair.converged),
        outliers: largest.iter().filter(|value| **value > FACTOR * edge).count(),
        share: share_within(&gradient, found.vectors.get(..CLASSES).unwrap_or(&[])),
        largest,
    })
}

/// The density of the Hessian's eigenvalues after training, its outliers, and where the gradient lies.
///
/// # Source
/// Sagun, Bottou, LeCun (2016); Ghorbani, Krishnan, Xiao (2019); Gur-Ari, Roberts, Dyer (2018).
///
/// # Errors
/// A message, if a run diverges.
pub fn hessian_density(setting: &Setting) -> Result<Report> {
    let network = setting.trained(Activation::Map(Map::Tanh))?;
    let first = network.runs.first().context("no network was trained")?;
    let mut report = Report::new(format!(
        "Eigenvalues of the Hessian of J (weight decay included) at the end of training. {}",
        setting.words(&network)
    ));
    let measured = network.runs.iter().map(|run| measure(&network, run)).collect::<Result<Vec<_>>>()?;
    let counted: Vec<&Measured> = measured.iter().filter(|measure| measure.trained).collect();

    let mut operator = network.objective().linearise(first.end())?;
    let found = density(&mut operator, DRAWN, setting.seed)?;
    let (low, high) = found.range();
    let width = SMOOTHING * (high - low);
    let places: Vec<f64> = (0..=600)
        .map(|place| low - 4.0 * width + (high - low + 8.0 * width) * f64::from(place) / 600.0)
        .collect();
    let estimates: Vec<Estimate> = places.iter().map(|&place| found.at(place, width)).collect();
    let means: Vec<f64> = estimates.iter().map(Estimate::mean).collect();
    let errors: Vec<f64> = estimates.iter().map(Estimate::standard_error).collect();
    let most = means.iter().copied().fold(0.0, f64::max);
    let table = setting
        .digits_table(&network)
        .setting("figure", "lines")
        .setting("title", "Spectral density of the Hessian after training: a bulk at zero, and outliers")
        .setting(
            "subtitle",
            format!(
                "seed {}; stochastic Lanczos quadrature, {} probes of {} steps, σ = {}; shaded: ± one standard error",
                first.seed,
                DRAWN.0,
                DRAWN.1,
                number(width)
            ),
        )
        .setting("x", "eigenvalue")
        .setting("y", "density")
        .setting("band", "standard_error")
        .setting("log-y", true)
        .setting("log-floor", most * 1e-7)
        .setting("x-axis", "eigenvalue λ (cost per squared parameter)")
        .setting("y-axis", "share of eigenvalues per unit of λ")
        .column("eigenvalue", places)
        .column("density", means)
        .column("standard_error", errors);
    report.picture(
        "hessian-density",
        table,
        "Nearly all eigenvalues crowd at zero. The few that stand off are about as many as there are classes; \
         each carries a share of one in the number of parameters.",
    );
    let mean = found.moment(1);
    report.number(
        "mean eigenvalue, tr(H)/P",
        format!("{} ± {} (one standard error)", number(mean.mean()), number(mean.standard_error())),
    );
    report
        .number("smallest and largest node of the quadrature", format!("{}, {}", number(low), number(high)));
    let list = |values: &[f64]| values.iter().map(|&value| number(value)).collect::<Vec<_>>().join(", ");
    if let Some(first) = measured.first() {
        report.number(format!("the {LARGEST} largest eigenvalues, first seed"), list(&first.largest));
    }
    report.number(
        "runs that reach J ≤ 0.3; median J",
        format!(
            "{} of {}; {}",
            counted.len(),
            measured.len(),
            number(median(&measured.iter().map(|measure| measure.cost).collect::<Vec<_>>()))
        ),
    );
    let outliers: Vec<String> = counted.iter().map(|measure| measure.outliers.to_string()).collect();
    let shares: Vec<f64> = counted.iter().map(|measure| measure.share).collect();
    report.number(
        format!("eigenvalues above {FACTOR} times the {LARGEST}th largest, per run"),
        outliers.join(", "),
    );
    report.number(format!("share of |g|² in the top {CLASSES} eigenvectors, per run"), list(&shares));
    report.check(Check::new(
        format!("all {LARGEST} eigenvalues of every run converge to 1e-3·λ_max"),
        format!("{} of {}", measured.iter().filter(|measure| measure.converged).count(), measured.len()),
        measured.iter().all(|measure| measure.converged),
    ));
    let near = |measure: &&&Measured| (CLASSES - 3..=CLASSES + 3).contains(&measure.outliers);
    let held = counted.iter().filter(near).count();
    let needed = (3 * measured.len()).div_ceil(5);
    report.check(Check::new(
        format!(
            "{} to {} outliers, in at least {needed} of {} seeds",
            CLASSES - 3,
            CLASSES + 3,
            measured.len()
        ),
        format!("{held} of {}", counted.len()),
        held >= needed,
    ));
    report.check(Check::new(
        format!("median share of |g|² in the top {CLASSES} eigenvectors ≥ 0.5"),
        number(median(&shares)),
        median(&shares) >= 0.5,
    ));
    Ok(report)
}
