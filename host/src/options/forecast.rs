//! How long a problem's work will take, from a sample on its first examples.

use std::hint::black_box;

use anyhow::Result;
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::cost::{Gradient, HessianVector, dot};
use thalweg_core::descent::StepError;
use thalweg_core::length::WrongLength;
use thalweg_core::spectrum::lanczos::Lanczos;
use thalweg_core::subspace::restriction::Plane;

use crate::curvature::eigen::{self, FullError};
use crate::engine::Scalar;
use crate::engine::batch::Batch;
use crate::objective::Objective;
use crate::options::problem::Problem;
use crate::training::Descent;
use crate::work::{Forecast, forecast};

/// The most examples in a sample: enough for every thread to have some.
const EXAMPLES: usize = 2048;

/// The points of a grid in a sample, for each thread.
const POINTS: usize = 16;

/// The first examples of a problem, standing for all.
#[derive(Debug)]
pub struct Sample<'p, T> {
    problem: &'p Problem<T>,
    batch: Batch<T>,
    times: f64,
}

/// What a line or a plane takes, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// For the products that all points share.
    pub once: f64,
    /// For each point.
    pub point: f64,
}

impl Grid {
    /// For so many points.
    #[must_use]
    pub fn seconds(&self, points: usize) -> f64 {
        self.once + self.point * points as f64
    }
}

impl<'p, T: Scalar> Sample<'p, T> {
    /// Takes a sample of the training examples.
    ///
    /// # Errors
    /// If they do not fit the network.
    pub fn new(problem: &'p Problem<T>) -> Result<Self> {
        let batch = problem.train.first(&problem.model.view(), EXAMPLES)?;
        let times = problem.train.count() as f64 / batch.count() as f64;
        Ok(Self { problem, batch, times })
    }

    /// The seconds with the test examples, for one second with the training examples.
    #[must_use]
    pub fn with_test(&self) -> f64 {
        let test = self.problem.test.as_ref().map_or(0, Batch::count);
        1.0 + test as f64 / self.problem.train.count() as f64
    }

    fn objective(&self) -> Objective<'_, T> {
        let Problem { model, choice, decay, .. } = self.problem;
        Objective::new(model.view(), &self.batch, *choice, *decay)
    }

    /// The seconds of a plane or a line of which `points` points are wanted.
    ///
    /// # Errors
    /// If a direction does not fit the network.
    pub fn grid(&self, plane: Plane<'_, T>, points: usize) -> Result<Grid> {
        let objective = self.objective();
        let count = (POINTS * rayon::current_num_threads()).min(points).max(1);
        let at = |place: usize| {
            let along = T::from_f64(place as f64 / count as f64);
            (along, if plane.y.is_some() { along } else { T::ZERO })
        };
        let places: Vec<(T, T)> = (0..count).map(at).collect();
        let times = self.times * points as f64 / count as f64;
        let take = |places: &[(T, T)]| {
            forecast(times, || objective.tallies(plane, places, &|_| ()).map(drop))
                .map(|seconds| seconds / times)
        };
        let (one, many) = (take(&places[..1])?, take(&places)?);
        let point = (many - one).max(0.0) / (count - 1).max(1) as f64;
        Ok(Grid { once: self.times * (one - point).max(0.0), point: self.times * point })
    }

    /// The seconds of `count` gradients at θ.
    ///
    /// # Errors
    /// If θ does not fit the network.
    pub fn gradients(&self, theta: &[T], count: usize) -> Result<f64> {
        let mut objective = self.objective();
        let mut gradient = vec![T::ZERO; theta.len()];
        Ok(forecast(self.times * count as f64, || objective.gradient(theta, &mut gradient).map(drop))?)
    }

    /// The seconds of products with the Hessian at θ that Lanczos' method takes, each `factor` times as long as the
    /// exact one, and of the most it may take.
    ///
    /// # Errors
    /// If θ does not fit the network.
    pub fn search(&self, theta: &[T], lanczos: &Lanczos, factor: f64) -> Result<Forecast> {
        let (expected, most) = lanczos_products(lanczos);
        let products = most.max(1) as f64;
        // every row of the basis is twice taken out of a new one: a dot product and a sum
        let dots = 4.0 * lanczos.rows as f64 * products;
        let taken_out = forecast(dots, || {
            black_box(dot(theta, theta));
            Ok::<(), WrongLength>(())
        })?;
        let each = (factor * self.products(theta, most)? + taken_out) / products;
        Ok(Forecast { expected: each * expected as f64, most: each * most as f64 })
    }

    /// The seconds of `count` products with the Hessian at a fixed θ.
    ///
    /// # Errors
    /// If θ does not fit the network.
    pub fn products(&self, theta: &[T], count: usize) -> Result<f64> {
        let mut operator = self.objective().linearise(theta)?;
        let mut out = vec![T::ZERO; theta.len()];
        Ok(forecast(self.times * count as f64, || operator.product(theta, &mut out))?)
    }

    /// The seconds of `count` whole Hessians at θ.
    ///
    /// # Errors
    /// If θ does not fit the network.
    pub fn hessians(&self, theta: &[T], count: usize) -> Result<f64> {
        let objective = self.objective();
        let mut hessian = vec![T::ZERO; theta.len() * theta.len()];
        Ok(forecast(self.times * count as f64, || objective.full_hessian(theta, &mut hessian))?)
    }

    /// The seconds of `count` steps over mini-batches of `batch` examples, with a product of each where `curved`.
    ///
    /// # Errors
    /// If θ does not fit the network.
    pub fn steps(&self, theta: &[T], (batch, count): (usize, u64), curved: bool) -> Result<f64> {
        let batch = self.problem.train.first(&self.problem.model.view(), batch)?;
        let Problem { model, choice, decay, .. } = self.problem;
        let mut objective = Objective::new(model.view(), &batch, *choice, *decay);
        let (mut gradient, mut product) = (vec![T::ZERO; theta.len()], vec![T::ZERO; theta.len()]);
        if !curved {
            let mut theta = theta.to_vec();
            let mut descent = Descent::new(&mut theta, true);
            return Ok(forecast(count as f64, || match descent.step(&objective, 0.0, 0.0) {
                Err(StepError::Length(error)) => Err(error),
                // training itself says where it diverges
                Ok(()) | Err(StepError::Diverged) => Ok(()),
            })?);
        }
        Ok(forecast(count as f64, || {
            objective.gradient(theta, &mut gradient)?;
            objective.hessian_vector(theta, theta, &mut product)
        })?)
    }
}

/// The rows of the matrix whose spectrum is timed.
const ROWS: usize = 200;

/// The seconds of `count` whole spectra of matrices of n rows: they grow with n³.
///
/// # Errors
/// If the spectrum of the sample is not found.
pub fn spectra(n: usize, count: usize) -> Result<f64, FullError> {
    let rows = ROWS.min(n).max(1);
    let entry = |place: usize| 1.0 / (1.0 + (place / rows).abs_diff(place % rows) as f64);
    let matrix: Vec<f64> = (0..rows * rows).map(entry).collect();
    let times = (n as f64 / rows as f64).powi(3) * count as f64;
    forecast(times, || eigen::eigen(&matrix, rows).map(drop))
}

/// The products that Lanczos' method takes: `rows` of its basis, filled three times in most searches, and those that
/// confirm; at most as many as are allowed.
#[must_use]
pub fn lanczos_products(lanczos: &Lanczos) -> (usize, usize) {
    let expected = 3 * lanczos.rows as u64 + lanczos.confirm;
    (expected.min(lanczos.products) as usize, lanczos.products as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_expected_to_take_no_more_products_than_are_allowed() {
        let lanczos = Lanczos { rows: 40, confirm: 20, products: 1000, ..Lanczos::default() };
        assert_eq!(lanczos_products(&lanczos), (140, 1000));
        assert_eq!(lanczos_products(&Lanczos { products: 5, ..lanczos }), (5, 5));
    }

    #[test]
    fn a_grid_pays_once_for_what_all_points_share() {
        assert_eq!(Grid { once: 2.0, point: 0.5 }.seconds(10), 7.0);
    }
}
