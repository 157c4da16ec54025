//! Curvature along a training run: what second order says of θ after each epoch, and of the next step.

use thalweg_core::cost::{Cost, HessianVector, dot, norm};
use thalweg_core::descent::taylor::shares;
use thalweg_core::length::WrongLength;
use thalweg_core::spectrum::lanczos::{Lanczos, LanczosError};

use crate::curvature::spectrum::ends;
use crate::engine::Scalar;
use crate::objective::Objective;
use crate::table::Table;
use crate::training::Moment;

/// What second order says at the end of an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The epoch; 0 before the first step.
    pub epoch: u32,
    /// The steps taken.
    pub step: u64,
    /// J.
    pub cost: f64,
    /// |g|.
    pub gradient_norm: f64,
    /// gᵀHg.
    pub curvature: f64,
    /// λ_max.
    pub largest: f64,
    /// λ_min.
    pub smallest: f64,
    /// The larger residual of the two, in units of the largest |λ|.
    pub residual: f64,
    /// The share of |g|² in the space of as many top eigenvectors as there are classes.
    pub top_share: f64,
    /// gᵀδ + ½δᵀHδ for the next step δ; NaN after the last.
    pub predicted: f64,
    /// J(θ + δ) − J(θ).
    pub actual: f64,
    /// The share of the steps since the row before that raised J.
    pub uphill: f64,
}

/// Why a run cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// θ does not fit.
    #[error(transparent)]
    Length(#[from] WrongLength),
    /// The spectrum's ends were not found.
    #[error("--watch curvature: {0}")]
    Lanczos(#[from] LanczosError),
}

/// Watches a run. J, g and H are those of all its examples, whatever its mini-batches are.
#[derive(Debug)]
pub struct Watch<'m, T> {
    objective: Objective<'m, T>,
    lanczos: Lanczos,
    rows: Vec<Row>,
    /// θ and g of the last row, until the next step has been seen.
    pending: Option<(Vec<T>, Vec<T>)>,
    cost: f64,
    steps: u64,
    uphill: u64,
}

impl<'m, T: Scalar> Watch<'m, T> {
    /// Watches the cost `objective` of a network with `classes` outputs.
    #[must_use]
    pub fn new(objective: Objective<'m, T>, classes: usize, seed: u64) -> Self {
        // a thousandth of λ_max is enough for a curve, and within reach of single precision
        let lanczos = Lanczos {
            top: classes,
            bottom: 1,
            tolerance: 1e-3,
            rows: 3 * classes + 20,
            confirm: 0,
            seed,
            ..Lanczos::default()
        };
        Self { objective, lanczos, rows: Vec::new(), pending: None, cost: f64::NAN, steps: 0, uphill: 0 }
    }

    /// How the ends of the spectrum are found.
    #[must_use]
    pub const fn lanczos(&self) -> &Lanczos {
        &self.lanczos
    }

    /// Sees θ at a moment of the training: one cost for each step, and at the end of each epoch the ends of
    /// the spectrum.
    ///
    /// # Errors
    /// [`WatchError`].
    pub fn see(&mut self, moment: Moment, theta: &[T]) -> Result<(), WatchError> {
        let cost = self.objective.cost(theta)?;
        if moment.step > 0 {
            self.steps += 1;
            self.uphill += u64::from(cost > self.cost);
        }
        if let (Some((before, gradient)), Some(row)) = (self.pending.take(), self.rows.last_mut()) {
            let step: Vec<T> = theta.iter().zip(&before).map(|(&after, &before)| after - before).collect();
            let mut product = vec![T::ZERO; step.len()];
            self.objective.hessian_vector(&before, &step, &mut product)?;
            row.predicted = dot(&gradient, &step) + 0.5 * dot(&step, &product);
            row.actual = cost - row.cost;
        }
        self.cost = cost;
        if moment.between_epochs {
            self.look(moment, theta)?;
        }
        Ok(())
    }

    fn look(&mut self, moment: Moment, theta: &[T]) -> Result<(), WatchError> {
        let (mut gradient, mut product) = (vec![T::ZERO; theta.len()], vec![T::ZERO; theta.len()]);
        self.objective.gradient_and_tally(theta, &mut gradient)?;
        self.objective.hessian_vector(theta, &gradient, &mut product)?;
        let found = ends(&mut self.objective.linearise(theta)?, &self.lanczos)?;
        let vectors: Vec<T> = found.vectors.iter().take(found.report.top).flatten().copied().collect();
        let mut parts = vec![0.0; found.report.top];
        shares(&vectors, &gradient, &mut parts)?;
        let outer = [found.top.first(), found.bottom.last()];
        let value =
            |pair: Option<&thalweg_core::spectrum::lanczos::Pair>| pair.map_or(f64::NAN, |pair| pair.value);
        self.rows.push(Row {
            epoch: moment.epoch,
            step: moment.step,
            cost: self.cost,
            gradient_norm: norm(&gradient),
            curvature: dot(&gradient, &product),
            largest: value(outer[0]),
            smallest: value(outer[1]),
            residual: outer.into_iter().flatten().map(|pair| pair.residual).fold(0.0, f64::max),
            top_share: parts.iter().sum(),
            predicted: f64::NAN,
            actual: f64::NAN,
            uphill: if self.steps > 0 { self.uphill as f64 / self.steps as f64 } else { f64::NAN },
        });
        (self.steps, self.uphill) = (0, 0);
        self.pending = Some((theta.to_vec(), gradient));
        Ok(())
    }

    /// What was seen, one row for each epoch.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The residual at which an eigenvalue counts as converged.
    #[must_use]
    pub const fn tolerance(&self) -> f64 {
        self.lanczos.tolerance
    }
}

/// Adds the columns of a watched run to a table.
#[must_use]
pub fn columns(head: Table, rows: &[Row]) -> Table {
    let column = |of: fn(&Row) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
    head.column("epoch", column(|row| f64::from(row.epoch)))
        .column("step", column(|row| row.step as f64))
        .column("train_cost", column(|row| row.cost))
        .column("gradient_norm", column(|row| row.gradient_norm))
        .column("ghg", column(|row| row.curvature))
        .column("largest_eigenvalue", column(|row| row.largest))
        .column("smallest_eigenvalue", column(|row| row.smallest))
        .column("residual", column(|row| row.residual))
        .column("top_share", column(|row| row.top_share))
        .column("predicted_change", column(|row| row.predicted))
        .column("actual_change", column(|row| row.actual))
        .column("uphill_share", column(|row| row.uphill))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Choice;
    use crate::engine::batch::{Answers, Batch};
    use thalweg_core::network::Network;
    use thalweg_core::random::Random;

    /// A linear map learned by the squared error is a quadratic cost: every promise is kept.
    #[test]
    fn on_a_quadratic_cost_the_next_step_does_what_is_predicted() {
        let network: Network<2> = Network::input(3).dense(2).squared_error();
        let (mut inputs, mut targets) = (vec![0.0; 60], vec![0.0; 40]);
        Random::new(1).fill_normal(&mut inputs);
        Random::new(2).fill_normal(&mut targets);
        let batch = Batch::new(&network.view(), &inputs, Answers::Values(targets)).unwrap();
        let objective = Objective::new(network.view(), &batch, Choice::Fast, 0.0);
        let mut watch = Watch::new(objective, 2, 7);
        let n = network.parameters();
        let (mut theta, mut gradient) = (vec![0.3; n], vec![0.0; n]);
        for step in 0..4 {
            watch.see(Moment { epoch: step, step: u64::from(step), between_epochs: true }, &theta).unwrap();
            objective.gradient_and_tally(&theta, &mut gradient).unwrap();
            let size = if step == 2 { 9.0 } else { 0.1 };
            theta.iter_mut().zip(&gradient).for_each(|(theta, gradient)| *theta -= size * gradient);
        }
        let rows = watch.rows();
        for row in &rows[..3] {
            assert!((row.predicted - row.actual).abs() < 1e-12 * (1.0 + row.actual.abs()), "{row:?}");
        }
        assert_eq!([rows[1].uphill, rows[3].uphill], [0.0, 1.0]);
        assert!(rows[3].predicted.is_nan() && rows[0].residual <= watch.tolerance());
        assert!((rows[0].largest - rows[2].largest).abs() < 2e-3 * rows[0].largest);
        assert!(rows[0].smallest > 0.0 && rows[0].smallest <= rows[0].largest);
    }
}
