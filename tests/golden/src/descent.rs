//! A golden run of descent, step by step, by the core and by the host.

use thalweg::engine::{Choice, Scalar};
use thalweg::objective::Objective;
use thalweg_core::cost::Gradient;
use thalweg_core::decay::Decayed;
use thalweg_core::descent::step;
use thalweg_core::engine::Exact;
use thalweg_core::mean_cost::{Ability, MeanCost};
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

/// By the host.
pub fn by_host<T: Scalar>(case: &DescentCase, network: View<'_>, choice: Choice) -> Vec<Distance> {
    let rows = rows(&data::<T>(case));
    let mut batch = sure(rows.pack(&network));
    run(case, |part, theta, out| {
        rows.gather(&network, part, &mut batch);
        sure(Objective::new(network, &batch, choice, case.decay).gradient(theta, out))
    })
}
