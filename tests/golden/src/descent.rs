//! A golden run of descent, step by step, by the core and by the host.

use thalweg::engine::batch::MiniBatches;
use thalweg::engine::{Choice, Scalar};
use thalweg::objective::Objective;
use thalweg_core::cost::Gradient;
use thalweg_core::cost::decay::Decayed;
use thalweg_core::cost::mean_cost::{Ability, MeanCost};
use thalweg_core::descent::step;
use thalweg_core::device::in_place::momentum_step;
use thalweg_core::engine::Exact;
use thalweg_core::examples::Targets;
use thalweg_core::network::View;
use thalweg_core::real::Real;

use crate::case::{DescentCase, exactly};
use crate::compare::{Distance, error, vector_error};
use crate::core_route::examples;
use crate::host_route::rows;
use crate::route::{Data, sure};
use crate::tolerance;

/// The examples of each step, in their order.
pub fn parts(case: &DescentCase) -> impl Iterator<Item = &[u32]> {
    case.orders.iter().flat_map(|order| order.chunks(case.batch))
}

fn data<T: Real>(case: &DescentCase) -> Data<T> {
    Data::new(&case.inputs, case.labels.as_ref(), case.values.as_ref())
}

/// The run, with the gradient of each mini-batch from `gradient(examples, θ, out)`, which returns the cost.
fn run<T: Real>(
    case: &DescentCase,
    mut gradient: impl FnMut(&[u32], &[T], &mut [T]) -> f64,
) -> Vec<Distance> {
    let mut theta: Vec<T> = exactly(&case.theta);
    let (mut velocity, mut slope) = (vec![T::ZERO; theta.len()], vec![T::ZERO; theta.len()]);
    let mut distances = Vec::new();
    for (part, (cost, wanted)) in parts(case).zip(case.costs.iter().zip(&case.thetas)) {
        let found = gradient(part, &theta, &mut slope);
        sure(step(&mut theta, &mut velocity, &slope, case.step_size, case.momentum));
        distances.push(Distance::new::<T>(&tolerance::DESCENT_COST, error(&[found], &[*cost], *cost)));
        distances.push(Distance::new::<T>(&tolerance::DESCENT, vector_error(&theta, wanted)));
    }
    distances
}

/// By the core, over panels of `L` examples.
#[must_use]
pub fn by_core<T: Real, const L: usize>(case: &DescentCase, network: View<'_>) -> Vec<Distance> {
    let data: Data<T> = data(case);
    let all = examples(&network, &data);
    let mut memory = vec![[T::ZERO; L]; network.memory_rows(Ability::Gradient)];
    run(case, |part, theta, out| {
        let examples = sure(all.in_order(part));
        let mean = MeanCost::new(network, Exact, examples, &mut memory);
        sure(Decayed::new(mean, network, case.decay).gradient(theta, out))
    })
}

/// By the core in place: one example at a time, with no gradient and no decay.
///
/// # Panics
/// If the run has mini-batches of more than one, or decay.
#[must_use]
pub fn in_place<T: Real>(case: &DescentCase, network: View<'_>) -> Vec<Distance> {
    assert!(case.batch == 1 && case.decay == 0.0, "a step in place takes one example and no decay");
    let data: Data<T> = data(case);
    let all = examples(&network, &data);
    let mut theta: Vec<T> = exactly(&case.theta);
    let mut velocity = vec![T::ZERO; theta.len()];
    let mut memory = vec![T::ZERO; network.training_rows()];
    let rates = (T::from_f64(case.step_size), T::from_f64(case.momentum));
    let mut distances = Vec::new();
    for (part, (cost, wanted)) in parts(case).zip(case.costs.iter().zip(&case.thetas)) {
        let example = part[0] as usize;
        let label = data.labels.as_ref().map(|labels| [labels[example]]);
        let values =
            data.values.get(example * network.output_width()..(example + 1) * network.output_width());
        let target = match (&label, values) {
            (Some(label), _) => Targets::Labels(label),
            (None, values) => Targets::Values(values.unwrap_or(&[])),
        };
        let moving = (&mut theta[..], &mut velocity[..]);
        let report = momentum_step(network, moving, all.input(example), target, rates, &mut memory);
        let report = sure(report);
        let cost_error = error(&[report.loss.to_f64()], &[*cost], *cost);
        distances.push(Distance::new::<T>(&tolerance::DESCENT_COST, cost_error));
        distances.push(Distance::new::<T>(&tolerance::DESCENT, vector_error(&theta, wanted)));
    }
    distances
}

/// By the host.
#[must_use]
pub fn by_host<T: Scalar>(case: &DescentCase, network: View<'_>, choice: Choice) -> Vec<Distance> {
    let rows = rows(&data::<T>(case));
    let mut batches = sure(MiniBatches::new(&network, &rows));
    run(case, |part, theta, out| {
        sure(Objective::new(network, batches.gather(part), choice, case.decay).gradient(theta, out))
    })
}
