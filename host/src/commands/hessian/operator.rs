//! The matrix that the options name, as an operator.

use anyhow::Result;
use indicatif::ProgressBar;
use thalweg_core::cost::difference::{DifferencedAt, balanced_step};
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::length::WrongLength;
use thalweg_core::network::operation::{Kind, Map, Operation};
use thalweg_core::sweep::Curvature;

use super::pace::Pace;
use super::{Hessian, Matrix, Method};
use crate::commands::progress;
use crate::engine::Scalar;
use crate::options::problem::Problem;

/// The matrix of the options at θ. `differences` holds 2n entries.
pub fn at<'a, T: Scalar>(
    options: &Hessian,
    problem: &'a Problem<T>,
    theta: &'a [T],
    differences: &'a mut [T],
) -> Result<Box<dyn SymmetricOperator<Real = T> + 'a>> {
    let objective = problem.objective();
    Ok(match (options.matrix, options.method) {
        (Matrix::Ggn, _) => Box::new(objective.curvature(Curvature::GaussNewton, theta)?),
        (Matrix::Fisher, _) => Box::new(objective.curvature(Curvature::Fisher, theta)?),
        (Matrix::Hessian, Method::Exact) => Box::new(objective.linearise(theta)?),
        (Matrix::Hessian, Method::Difference) => {
            Box::new(DifferencedAt::new(objective, theta, balanced_step::<T>(), differences)?)
        }
    })
}

/// Whether the block of each layer's own parameters has no eigenvalue below 0: with Gauss–Newton and Fisher, and where
/// the outputs between kinks are linear in the parameters of one layer, for its block is that of Gauss–Newton then.
pub fn is_semidefinite_by_layer<T: Scalar>(options: &Hessian, problem: &Problem<T>) -> bool {
    let view = problem.model.view();
    let kinds = || view.operations().iter().map(Operation::kind);
    let straight = |kind: Kind| match kind {
        Kind::Map(map) => map == Map::Relu,
        Kind::Product { .. } => false,
        _ => true,
    };
    // a weight that is used twice is multiplied with itself
    let once = kinds().filter(|kind| matches!(kind, Kind::Affine(_))).count()
        == view.blocks().filter(|block| !block.is_bias).count();
    options.matrix != Matrix::Hessian || (options.method == Method::Exact && once && kinds().all(straight))
}

/// The whole matrix in double precision, made symmetric, and max|H − Hᵀ|/max|H| before that.
pub fn whole<T: Scalar>(
    options: &Hessian,
    problem: &Problem<T>,
    theta: &[T],
    operator: &mut Box<dyn SymmetricOperator<Real = T> + '_>,
    pace: &Pace,
) -> Result<(Vec<f64>, f64)> {
    let n = theta.len();
    let mut matrix = vec![T::ZERO; n * n];
    if (options.matrix, options.method) == (Matrix::Hessian, Method::Exact) {
        problem.objective().full_hessian(theta, &mut matrix)?;
    } else {
        let mut watched = Watched::new(&mut **operator, (n as u64, "rows of the matrix"), pace);
        let mut unit = vec![T::ZERO; n];
        for (index, row) in matrix.chunks_exact_mut(n).enumerate() {
            unit[index] = T::ONE;
            watched.product(&unit, row)?;
            unit[index] = T::ZERO;
        }
    }
    let mut double: Vec<f64> = matrix.iter().map(|entry| entry.to_f64()).collect();
    drop(matrix);
    let (mut apart, mut largest) = (0.0_f64, 0.0_f64);
    for row in 0..n {
        for column in row..n {
            let (a, b) = (double[row * n + column], double[column * n + row]);
            (apart, largest) = (apart.max((a - b).abs()), largest.max(a.abs()).max(b.abs()));
            let mean = 0.5 * (a + b);
            (double[row * n + column], double[column * n + row]) = (mean, mean);
        }
    }
    Ok((double, if apart == 0.0 { 0.0 } else { apart / largest }))
}

/// An operator whose products move a progress bar.
pub struct Watched<'o, T> {
    inner: &'o mut dyn SymmetricOperator<Real = T>,
    bar: ProgressBar,
    pace: &'o Pace,
}

impl<'o, T: Scalar> Watched<'o, T> {
    /// Watches `inner`, of which about `products` products are expected.
    pub fn new(
        inner: &'o mut dyn SymmetricOperator<Real = T>,
        (products, what): (u64, &str),
        pace: &'o Pace,
    ) -> Self {
        Self { inner, bar: progress(products, what), pace }
    }

    fn done(&self, products: u64) {
        self.bar.inc(products);
        self.pace.done(products, &self.bar);
    }
}

impl<T> Drop for Watched<'_, T> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl<T: Scalar> SymmetricOperator for Watched<'_, T> {
    type Real = T;

    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn product(&mut self, v: &[T], out: &mut [T]) -> Result<(), WrongLength> {
        self.inner.product(v, out)?;
        self.done(1);
        Ok(())
    }

    fn products(&mut self, vs: &[T], outs: &mut [T]) -> Result<(), WrongLength> {
        self.inner.products(vs, outs)?;
        self.done((vs.len() / self.dimension().max(1)) as u64);
        Ok(())
    }
}
