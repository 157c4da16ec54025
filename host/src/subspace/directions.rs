//! Directions through parameter space, as the options name them.

use std::path::Path;

use anyhow::{Context, Result, bail};
use thalweg_core::cost::norm;
use thalweg_core::spectrum::lanczos::Lanczos;
use thalweg_core::subspace::direction::{self, Normalisation};

use crate::curvature::spectrum;
use crate::engine::Scalar;
use crate::files::model::Model;
use crate::files::parameters;
use crate::objective::Objective;
use crate::options::{DirectionOptions, DirectionSource, normalisation_name};
use crate::results::summary::number;

/// A drawn or read direction, normalised.
///
/// # Errors
/// A message that names the file.
pub fn one<T: Scalar>(
    model: &Model,
    theta: &[T],
    file: Option<&Path>,
    options: &DirectionOptions,
    (seed, purpose): (u64, u64),
) -> Result<Vec<T>> {
    let view = model.view();
    let mut made = match file {
        Some(path) => parameters::read_in(path, model)?.0,
        None => {
            let mut made = vec![T::ZERO; theta.len()];
            direction::random(seed, purpose, &mut made);
            made
        }
    };
    direction::normalise(&view, normalisation(options, file.is_some()), options.keep_bias, theta, &mut made)?;
    if let Some(path) = file
        && norm(&made) == 0.0
    {
        bail!("{}: the direction is zero; a line or plane needs one that is not", path.display());
    }
    Ok(made)
}

/// A direction along an eigenvector of the Hessian.
#[derive(Clone, Debug)]
pub struct Along<T> {
    /// The eigenvector, of length 1 unless the options scale it.
    pub direction: Vec<T>,
    /// Which eigenvalue, and its size.
    pub name: String,
    /// |Hx − λx| / max|λ|.
    pub residual: f64,
}

/// Directions along the eigenvectors of the largest and the smallest eigenvalue of the Hessian at θ.
///
/// # Errors
/// A message if the Hessian there is not finite, an eigenvalue does not converge to √ε, or there is
/// only one.
pub fn outermost<T: Scalar>(
    objective: &Objective<'_, T>,
    theta: &[T],
    options: &DirectionOptions,
    seed: u64,
) -> Result<[Along<T>; 2]> {
    let lanczos = Lanczos { tolerance: T::EPSILON.to_f64().sqrt(), seed, ..Lanczos::default() };
    let ends = spectrum::ends(&mut objective.linearise(theta)?, &lanczos)
        .context("--directions eigen: the Hessian at the centre")?;
    let pairs = ends.top.iter().chain(&ends.bottom);
    let names = ["largest", "smallest"];
    let mut found = Vec::new();
    for ((pair, mut direction), which) in pairs.zip(ends.vectors).zip(names) {
        let name = format!("eigenvector of the {which} eigenvalue, λ = {}", number(pair.value));
        if !pair.converged {
            bail!(
                "--directions eigen: the {which} eigenvalue {} has not converged, its residual is {}; take --precision f64",
                number(pair.value),
                number(pair.residual)
            );
        }
        let scaling = normalisation(options, false);
        direction::normalise(&objective.network(), scaling, options.keep_bias, theta, &mut direction)?;
        found.push(Along { direction, name, residual: pair.residual });
    }
    found.try_into().map_err(|_| anyhow::anyhow!("--directions eigen needs at least two parameters"))
}

/// Filter normalisation for random directions, none for others, unless the options say otherwise.
#[must_use]
pub fn normalisation(options: &DirectionOptions, is_file: bool) -> Normalisation {
    let is_random = options.directions == DirectionSource::Random && !is_file;
    options.normalise.unwrap_or(if is_random { Normalisation::Filter } else { Normalisation::None })
}

/// The name of a source on the command line.
#[must_use]
pub const fn source_name(source: DirectionSource) -> &'static str {
    match source {
        DirectionSource::Random => "random",
        DirectionSource::Pca => "pca",
        DirectionSource::Run => "run",
        DirectionSource::Eigen => "eigen",
    }
}

/// The words for the settings of a result.
#[must_use]
pub fn words(options: &DirectionOptions, is_file: bool) -> String {
    let source = if is_file { "file" } else { source_name(options.directions) };
    let bias = if options.keep_bias { ", biases scaled" } else { "" };
    format!("{source}, normalise {}{bias}", normalisation_name(normalisation(options, is_file)))
}
