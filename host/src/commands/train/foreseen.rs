//! How long training will take, said before it begins.

use anyhow::Result;

use super::options::Train;
use crate::engine::Scalar;
use crate::options::forecast::{Sample, lanczos_products};
use crate::options::problem::Problem;
use crate::training::method::{Method, saddle_free};
use crate::training::watch::Watch;
use crate::work::Forecast;

/// How long training takes: its steps, and the measurements between epochs.
pub fn foreseen<T: Scalar>(
    options: &Train,
    problem: &Problem<T>,
    theta: &[T],
    steps: u64,
) -> Result<Forecast> {
    let sample = Sample::new(problem)?;
    let epochs = options.epochs as usize;
    let mut seconds = match options.method {
        Method::Sgd => sample.steps(theta, (options.batch, steps), false)?,
        Method::CurvatureStep => sample.steps(theta, (options.batch, steps), true)?,
        Method::SaddleFree => sample.products(theta, epochs * saddle_free(options.epochs).directions)?,
    };
    seconds += sample.with_test() * sample.gradients(theta, epochs + 1)?;
    if options.watch.is_some() {
        // a cost after each step, and both ends of the spectrum after each epoch
        seconds += sample.gradients(theta, steps as usize)? / 3.0;
        let watch = Watch::new(problem.objective(), problem.model.view().output_width(), options.run.seed);
        seconds += sample.products(theta, (epochs + 1) * lanczos_products(watch.lanczos()).0)?;
    }
    Ok(Forecast::of(seconds))
}
