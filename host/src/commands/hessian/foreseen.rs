//! How long the work will take, said before it begins.

use anyhow::Result;

use super::options::{Hessian, Matrix, Method, PROBES};
use crate::engine::Scalar;
use crate::options::forecast::{Sample, spectra};
use crate::options::problem::Problem;
use crate::work::Forecast;

/// How long all that the options ask for takes.
pub fn foreseen<T: Scalar>(options: &Hessian, problem: &Problem<T>, theta: &[T]) -> Result<Forecast> {
    let (n, sample) = (theta.len(), Sample::new(problem)?);
    // a difference takes two gradients
    let factor = if options.method == Method::Difference { 2.0 } else { 1.0 };
    let mut forecast = Forecast::default();
    let mut products = 0;
    if options.all {
        let structured = (options.matrix, options.method) == (Matrix::Hessian, Method::Exact);
        let hessian =
            if structured { sample.hessians(theta, 1)? } else { factor * sample.products(theta, n)? };
        forecast = forecast + Forecast::of(hessian + spectra(n, 1)?);
    } else {
        if options.top + options.bottom() > 0 {
            let lanczos = options.lanczos(options.top, options.bottom());
            forecast = forecast + sample.search(theta, &lanczos, factor)?;
        }
        let probes = options.probes.unwrap_or(PROBES);
        products += if options.trace { probes } else { 0 } + if options.diagonal { probes.min(n) } else { 0 };
    }
    if options.density {
        products += options.probes.unwrap_or(10) * options.steps.min(n);
    }
    if options.layers {
        for _ in problem.model.view().blocks().filter(|block| !block.is_bias) {
            forecast = forecast + sample.search(theta, &options.lanczos(1, 1), factor)?;
            products += options.probes.unwrap_or(PROBES);
        }
    }
    Ok(forecast + Forecast::of(factor * sample.products(theta, products)?))
}
