//! The host's objective with either of its engines.

use thalweg::engine::batch::{Answers, Batch, MiniBatches, Rows};
use thalweg::engine::{Choice, Scalar};
use thalweg::objective::Objective;
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::cost::{Gradient, HessianVector};
use thalweg_core::network::View;
use thalweg_core::rules::loss::Tally;
use thalweg_core::subspace::restriction::Plane;
use thalweg_core::sweep::Curvature;

use crate::route::{Data, Grid, Measured, Route, sure};

/// The examples of `data` as the host takes them.
#[must_use]
pub fn rows<T: Scalar>(data: &Data<T>) -> Rows<T> {
    let answers = match &data.labels {
        Some(labels) => Answers::Labels(labels.clone()),
        None => Answers::Values(data.values.clone()),
    };
    Rows { inputs: data.inputs.clone(), answers }
}

/// The host with one of its engines.
#[derive(Clone, Debug)]
pub struct Host<'n, T> {
    network: View<'n>,
    rows: Rows<T>,
    batch: Batch<T>,
    choice: Choice,
    decay: f64,
}

impl<'n, T: Scalar> Host<'n, T> {
    /// The objective of `network` over `data`, plus ½·`decay`·|weights|².
    ///
    /// # Panics
    /// If the data does not fit the network.
    #[must_use]
    pub fn new(network: View<'n>, data: &Data<T>, decay: f64, choice: Choice) -> Self {
        let rows = rows(data);
        let batch = sure(rows.pack(&network));
        Self { network, rows, batch, choice, decay }
    }

    fn objective(&self) -> Objective<'_, T> {
        Objective::new(self.network, &self.batch, self.choice, self.decay)
    }
}

impl<T: Scalar> Route<T> for Host<'_, T> {
    fn name(&self) -> String {
        format!("host {} {}", T::NAME, self.choice.name())
    }

    /// The cost of a batch of one example is its loss.
    fn losses(&mut self, theta: &[T]) -> Vec<f64> {
        let mut batches = sure(MiniBatches::new(&self.network, &self.rows));
        let mut loss = |example| {
            sure(Objective::new(self.network, batches.gather(&[example]), self.choice, 0.0).tally(theta))
                .losses
        };
        (0..self.batch.count() as u32).map(&mut loss).collect()
    }

    fn measured(&mut self, theta: &[T]) -> Measured {
        let objective = self.objective();
        let tally = sure(objective.tally(theta));
        Measured { cost: objective.with_decay(&tally, theta), correct: tally.correct }
    }

    fn gradient(&mut self, theta: &[T]) -> (f64, Vec<T>) {
        let mut gradient = vec![T::ZERO; theta.len()];
        let cost = sure(self.objective().gradient(theta, &mut gradient));
        (cost, gradient)
    }

    fn product(&mut self, theta: &[T], v: &[T]) -> Vec<T> {
        let mut hv = vec![T::ZERO; theta.len()];
        sure(self.objective().hessian_vector(theta, v, &mut hv));
        hv
    }

    fn linearised(&mut self, theta: &[T], vs: &[Vec<T>]) -> Option<Vec<Vec<T>>> {
        let objective = self.objective();
        let mut outs = vec![T::ZERO; theta.len() * vs.len()];
        sure(sure(objective.linearise(theta)).products(&vs.concat(), &mut outs));
        Some(outs.chunks(theta.len()).map(<[T]>::to_vec).collect())
    }

    fn hessian(&mut self, theta: &[T]) -> Vec<T> {
        let mut hessian = vec![T::ZERO; theta.len() * theta.len()];
        sure(self.objective().full_hessian(theta, &mut hessian));
        hessian
    }

    fn curvature(&mut self, curvature: Curvature, theta: &[T], v: &[T]) -> Vec<T> {
        let mut product = vec![T::ZERO; theta.len()];
        let without_decay = Objective::new(self.network, &self.batch, self.choice, 0.0);
        sure(sure(without_decay.curvature(curvature, theta)).product(v, &mut product));
        product
    }

    fn restricted(&mut self, theta: &[T], grid: &Grid<'_, T>) -> Vec<Measured> {
        let objective = self.objective();
        let plane = Plane { origin: theta, x: grid.x, y: grid.y };
        let points: Vec<(T, T)> = grid.points().collect();
        let tallies = sure(objective.tallies(plane, &points, &|_| ()));
        let costs = objective.costs(plane, &points, &tallies);
        let measured = |(cost, tally): (f64, &Tally)| Measured { cost, correct: tally.correct };
        costs.into_iter().zip(&tallies).map(measured).collect()
    }

    fn on_the_fly(&mut self, _: &[T], _: &Grid<'_, T>) -> Option<Vec<Measured>> {
        None
    }

    fn input_gradient(&mut self, _: &[T]) -> Option<Vec<T>> {
        None
    }

    fn slope(&mut self, _: &[T], _: &[T]) -> Option<f64> {
        None
    }
}
