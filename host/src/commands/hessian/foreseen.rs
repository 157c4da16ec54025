//! How much work the options ask for, said before it begins or soon after.

use anyhow::Result;

use super::options::{Hessian, Matrix, Method, PROBES};
use super::pace::Products;
use crate::engine::Scalar;
use crate::options::forecast::{Sample, lanczos_products, spectra};
use crate::options::problem::Problem;
use crate::work::{FIRST, Forecast};

/// The products that the options ask for, beside those of a whole matrix.
pub fn products<T: Scalar>(options: &Hessian, problem: &Problem<T>, n: usize) -> Products {
    let search = |top: usize, bottom: usize| {
        let (expected, most) = lanczos_products(&options.lanczos(top, bottom));
        Products { expected: expected as u64, most: most as u64 }
    };
    let probes = options.probes.unwrap_or(PROBES);
    let mut all = Products::default();
    if !options.all && options.top + options.bottom() > 0 {
        all = all + search(options.top, options.bottom());
    }
    if !options.all && options.trace {
        all = all + Products::of(probes as u64);
    }
    if !options.all && options.diagonal {
        all = all + Products::of(probes.min(n) as u64);
    }
    if options.density {
        all = all + Products::of((options.probes.unwrap_or(10) * options.steps.min(n)) as u64);
    }
    if options.layers {
        for _ in problem.model.view().blocks().filter(|block| !block.is_bias) {
            all = all + search(1, 1) + Products::of(probes as u64);
        }
    }
    all
}

/// How long so many products take, by a sample of them if the work is not short; `began` are the seconds in which the
/// operator was made, about those of one product where sweeps at θ are kept.
pub fn beforehand<T: Scalar>(
    options: &Hessian,
    problem: &Problem<T>,
    theta: &[T],
    products: Products,
    began: f64,
) -> Result<Forecast> {
    let exact = (options.matrix, options.method) == (Matrix::Hessian, Method::Exact);
    if exact && problem.objective().keeps_sweeps() && began * (products.expected as f64) < FIRST {
        return Ok(Forecast::default());
    }
    let (sample, most) = (Sample::new(problem)?, products.most.max(1) as f64);
    let lanczos = options.lanczos(options.top, options.bottom());
    let one = if options.top + options.bottom() > 0 {
        let factor = difference_factor(options);
        sample.search(theta, &lanczos, factor)?.most / lanczos_products(&lanczos).1.max(1) as f64
    } else {
        difference_factor(options) * sample.products(theta, products.most as usize)? / most
    };
    Ok(Forecast { expected: one * products.expected as f64, most: one * most })
}

/// The length of a product, against that of the exact one: a difference takes two gradients.
const fn difference_factor(options: &Hessian) -> f64 {
    match options.method {
        Method::Difference => 2.0,
        Method::Exact => 1.0,
    }
}

/// How long the whole matrix and its spectrum take with all products, by a sample: there is no pace to go by.
pub fn whole<T: Scalar>(
    options: &Hessian,
    problem: &Problem<T>,
    theta: &[T],
    products: Products,
) -> Result<Forecast> {
    let (n, sample) = (theta.len(), Sample::new(problem)?);
    let factor = difference_factor(options);
    let structured = (options.matrix, options.method) == (Matrix::Hessian, Method::Exact);
    let hessian = if structured { sample.hessians(theta, 1)? } else { factor * sample.products(theta, n)? };
    let one = factor * sample.products(theta, 1)?;
    let besides = Forecast { expected: one * products.expected as f64, most: one * products.most as f64 };
    Ok(Forecast::of(hessian + spectra(n, 1)?) + besides)
}
