//! Directions through parameter space, as the options name them.

use std::path::Path;

use anyhow::{Result, bail};
use thalweg_core::cost::norm;
use thalweg_core::direction::{self, Normalisation};

use crate::engine::Scalar;
use crate::model::Model;
use crate::options::{DirectionOptions, DirectionSource, normalisation_name};
use crate::parameters;

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
    }
}

/// The words for the settings of a result.
#[must_use]
pub fn words(options: &DirectionOptions, is_file: bool) -> String {
    let source = if is_file { "file" } else { source_name(options.directions) };
    let bias = if options.keep_bias { ", biases scaled" } else { "" };
    format!("{source}, normalise {}{bias}", normalisation_name(normalisation(options, is_file)))
}
