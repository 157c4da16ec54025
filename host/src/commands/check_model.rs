//! `check-model`: is my model read rightly?

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use thalweg_core::cost::norm;

use super::{Outcome, settings};
use crate::engine::Scalar;
use crate::options::problem::Problem;
use crate::options::{DataOptions, ModelOptions, RunOptions};
use crate::results::summary::Summary;

/// Options of `check-model`.
#[derive(Args, Clone, Debug)]
pub struct CheckModel {
    /// Read parameters from FILE: .npy (flat) or .safetensors
    #[arg(long, value_name = "FILE")]
    pub theta: PathBuf,
    /// Which network.
    #[command(flatten)]
    pub model: ModelOptions,
    /// Which examples.
    #[command(flatten)]
    pub data: DataOptions,
    /// How to compute.
    #[command(flatten)]
    pub run: RunOptions,
}

/// Reads a model and measures it.
///
/// # Errors
/// A message that names the option or the file.
pub fn check_model<T: Scalar>(options: &CheckModel) -> Result<Outcome> {
    let problem = Problem::<T>::load(&options.model, &options.data, &options.run, None)?;
    problem.expect_room(3 + rayon::current_num_threads(), 0, "")?;
    let mut notes = Vec::new();
    let theta = problem.theta(&options.theta, &mut notes)?;
    let mut gradient = vec![T::ZERO; theta.len()];
    let objective = problem.objective();
    let tally = objective.gradient_and_tally(&theta, &mut gradient)?;
    let own = [("theta", options.theta.display().to_string()), ("notes", notes.join("; "))];
    let mut summary = Summary::new("check-model", settings(&problem.settings, "check-model", &own));
    notes.into_iter().for_each(|note| summary.note(note));
    summary.figure("parameters", theta.len());
    summary.figure("cost", objective.with_decay(&tally, &theta));
    summary.figure("accuracy", problem.accuracy(tally.accuracy()));
    summary.figure("theta_norm", norm(&theta));
    summary.figure("gradient_norm", norm(&gradient));
    Ok(Outcome::new(summary, 0))
}
