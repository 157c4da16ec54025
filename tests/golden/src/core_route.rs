//! The core's mean cost with its exact engine, in chunks of any length.

use thalweg_core::cost::decay::{Decayed, penalty};
use thalweg_core::cost::mean_cost::{Ability, MeanCost};
use thalweg_core::cost::{Gradient, HessianVector};
use thalweg_core::device::on_the_fly;
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Examples, Targets};
use thalweg_core::network::View;
use thalweg_core::real::Real;
use thalweg_core::rules::loss::Tally;
use thalweg_core::subspace::restriction::{Plane, PlaneMemory, costs};
use thalweg_core::sweep::Curvature;

use crate::route::{Data, Grid, Measured, Route, sure};

/// The examples of `data` as the core takes them.
///
/// # Panics
/// If they do not fit the network.
#[must_use]
pub fn examples<'d, T: Real>(network: &View<'_>, data: &'d Data<T>) -> Examples<'d, T> {
    let targets = match &data.labels {
        Some(labels) => Targets::Labels(labels),
        None => Targets::Values(&data.values),
    };
    sure(Examples::new(network, &data.inputs, targets))
}

/// The core over panels of `L` examples, `panels` of them at a time.
#[derive(Clone, Copy, Debug)]
pub struct Core<'d, T, const L: usize> {
    network: View<'d>,
    examples: Examples<'d, T>,
    decay: f64,
    panels: usize,
}

impl<'d, T: Real, const L: usize> Core<'d, T, L> {
    /// The mean cost of `network` over `data`, plus ½·`decay`·|weights|².
    #[must_use]
    pub fn new(network: View<'d>, data: &'d Data<T>, decay: f64, panels: usize) -> Self {
        Self { network, examples: examples(&network, data), decay, panels }
    }

    fn ask<R>(&self, ability: Ability, ask: impl FnOnce(&mut MeanCost<'_, T, Exact, L>) -> R) -> R {
        let mut memory = vec![[T::ZERO; L]; self.panels * self.network.memory_rows(ability)];
        ask(&mut MeanCost::new(self.network, Exact, self.examples, &mut memory))
    }

    fn with_penalties(&self, theta: &[T], grid: &Grid<'_, T>, tallies: &[Tally]) -> Vec<Measured> {
        let penalty = |point| self.penalty(&grid.moved(theta, point));
        grid.points().zip(tallies).map(|(point, tally)| Measured::new(tally, penalty(point))).collect()
    }

    fn penalty(&self, theta: &[T]) -> f64 {
        penalty(&self.network, self.decay, theta)
    }
}

impl<T: Real, const L: usize> Route<T> for Core<'_, T, L> {
    fn name(&self) -> String {
        format!("core {} exact, {} panels of {L}", T::NAME, self.panels)
    }

    fn losses(&mut self, theta: &[T]) -> Vec<f64> {
        let mut losses = vec![T::ZERO; self.examples.count()];
        sure(self.ask(Ability::Cost, |cost| cost.losses(theta, &mut losses)));
        losses.iter().map(|loss| loss.to_f64()).collect()
    }

    fn measured(&mut self, theta: &[T]) -> Measured {
        let tally = sure(self.ask(Ability::Cost, |cost| cost.tally(theta)));
        Measured::new(&tally, self.penalty(theta))
    }

    fn gradient(&mut self, theta: &[T]) -> (f64, Vec<T>) {
        let mut gradient = vec![T::ZERO; theta.len()];
        let mut memory = vec![[T::ZERO; L]; self.panels * self.network.memory_rows(Ability::Gradient)];
        let mean = MeanCost::new(self.network, Exact, self.examples, &mut memory);
        let cost = sure(Decayed::new(mean, self.network, self.decay).gradient(theta, &mut gradient));
        (cost, gradient)
    }

    fn product(&mut self, theta: &[T], v: &[T]) -> Vec<T> {
        let mut hv = vec![T::ZERO; theta.len()];
        let mut memory = vec![[T::ZERO; L]; self.panels * self.network.memory_rows(Ability::HessianVector)];
        let mean = MeanCost::new(self.network, Exact, self.examples, &mut memory);
        sure(Decayed::new(mean, self.network, self.decay).hessian_vector(theta, v, &mut hv));
        hv
    }

    fn linearised(&mut self, _: &[T], _: &[Vec<T>]) -> Option<Vec<Vec<T>>> {
        None
    }

    /// One product for each axis.
    fn hessian(&mut self, theta: &[T]) -> Vec<T> {
        let mut axis = vec![T::ZERO; theta.len()];
        let mut hessian = Vec::with_capacity(theta.len() * theta.len());
        for index in 0..theta.len() {
            axis[index] = T::ONE;
            hessian.extend(self.product(theta, &axis));
            axis[index] = T::ZERO;
        }
        hessian
    }

    fn curvature(&mut self, curvature: Curvature, theta: &[T], v: &[T]) -> Vec<T> {
        let mut product = vec![T::ZERO; theta.len()];
        sure(
            self.ask(Ability::HessianVector, |cost| cost.curvature_vector(curvature, theta, v, &mut product)),
        );
        product
    }

    fn restricted(&mut self, theta: &[T], grid: &Grid<'_, T>) -> Vec<Measured> {
        let mut tallies = vec![Tally::default(); grid.xs.len() * grid.ys.len()];
        let mut rows = vec![[T::ZERO; L]; self.panels * self.network.plane_rows()];
        let mut weights = vec![T::ZERO; self.network.largest_later_block()];
        let plane = Plane { origin: theta, x: grid.x, y: grid.y };
        let memory = PlaneMemory { rows: &mut rows, weights: &mut weights };
        let points = (&grid.xs[..], &grid.ys[..]);
        sure(costs(self.network, &mut Exact, &self.examples, plane, points, memory, &mut tallies));
        self.with_penalties(theta, grid, &tallies)
    }

    fn on_the_fly(&mut self, theta: &[T], grid: &Grid<'_, T>) -> Option<Vec<Measured>> {
        let mut tallies = vec![Tally::default(); grid.xs.len() * grid.ys.len()];
        let plane = on_the_fly::Plane { origin: theta, x: grid.x, y: grid.y };
        let mut memory = vec![T::ZERO; self.network.on_the_fly_rows(1 + usize::from(grid.y.is_some()))];
        let points = (&grid.xs[..], &grid.ys[..]);
        sure(on_the_fly::costs(self.network, &self.examples, &plane, points, &mut memory, &mut tallies));
        Some(self.with_penalties(theta, grid, &tallies))
    }

    fn input_gradient(&mut self, theta: &[T]) -> Option<Vec<T>> {
        let mut gradient = vec![T::ZERO; self.examples.count() * self.network.input_width()];
        sure(self.ask(Ability::InputGradient, |cost| cost.input_gradient(theta, &mut gradient)));
        Some(gradient)
    }

    fn slope(&mut self, theta: &[T], v: &[T]) -> Option<f64> {
        Some(sure(self.ask(Ability::Slope, |cost| cost.slope(theta, v))))
    }
}
