//! Searches for critical points: each a few steps from the same θ.

use thalweg_core::cost::HessianVector;
use thalweg_core::cost::mean_cost::MeanCost;
use thalweg_core::critical::krylov_saddle_free::{self, KrylovSaddleFree};
use thalweg_core::critical::levenberg_marquardt::LevenbergMarquardt;
use thalweg_core::critical::newton::Newton;
use thalweg_core::critical::saddle_free::SaddleFree;
use thalweg_core::critical::search::{Report, SearchError};
use thalweg_core::critical::{Finding, examine};
use thalweg_core::engine::Exact;
use thalweg_core::examples::Examples;
use thalweg_core::spectrum::decomposition::{ByProducts, Workspace, workspace};

use crate::derivatives::{EXAMPLES, point};
use crate::digits::first;
use crate::networks::TINY;
use crate::numbers::Numbers;

const N: usize = TINY.parameters();
const ROWS: usize = TINY.rows();
/// Steps of each search.
const STEPS: u64 = 4;
/// Directions of the Krylov subspace.
const DIRECTIONS: usize = 5;

const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

/// A cost known by products, in single precision.
pub trait Known: HessianVector<Real = f32> {}

impl<C: HessianVector<Real = f32>> Known for C {}

type Found = Result<Report, SearchError>;
type Method<C> = fn(&mut ByProducts<C>, &mut [f32], &mut [f32]) -> Found;

fn newton<C: Known>(cost: &mut ByProducts<C>, theta: &mut [f32], memory: &mut [f32]) -> Found {
    Newton { steps: STEPS, ..Newton::default() }.run(cost, theta, memory)
}

fn saddle_free<C: Known>(cost: &mut ByProducts<C>, theta: &mut [f32], memory: &mut [f32]) -> Found {
    SaddleFree { steps: STEPS, ..SaddleFree::default() }.run(cost, theta, memory)
}

fn least_squares<C: Known>(cost: &mut ByProducts<C>, theta: &mut [f32], memory: &mut [f32]) -> Found {
    LevenbergMarquardt { steps: STEPS, ..LevenbergMarquardt::default() }.run(cost, theta, memory)
}

fn krylov<C: Known>(cost: &mut ByProducts<C>, theta: &mut [f32], memory: &mut [f32]) -> Found {
    KrylovSaddleFree { directions: DIRECTIONS, steps: STEPS, ..KrylovSaddleFree::default() }.run(
        &mut cost.0,
        theta,
        memory,
    )
}

fn found(finding: &Finding, numbers: &mut dyn Numbers) {
    numbers.doubles(&[finding.cost, finding.gradient_norm, finding.slope, finding.largest]);
    for count in [finding.signs.negative, finding.signs.zero, finding.signs.positive] {
        numbers.bits(count as u32);
    }
}

/// Newton, saddle-free Newton, least squares of the gradient, and saddle-free Newton in a Krylov subspace.
///
/// # Panics
/// If a search cannot go on.
pub fn searches(numbers: &mut dyn Numbers) {
    let mut rows = [[0.0; 1]; ROWS];
    let (inputs, targets) = first(EXAMPLES, TINY.task);
    let examples = Examples::new(&TINY.network, inputs, targets).expect("the digits fit the network");
    searches_of(MeanCost::new(TINY.network, Exact, examples, &mut rows), numbers);
}

/// The same of any form of the cost of [`TINY`].
///
/// # Panics
/// If a search cannot go on.
pub fn searches_of<C: Known>(cost: C, numbers: &mut dyn Numbers) {
    let mut memory = [0.0; larger(workspace(N), krylov_saddle_free::workspace(N, DIRECTIONS))];
    let mut cost = ByProducts(cost);
    let methods: [Method<C>; 4] = [newton, saddle_free, least_squares, krylov];
    for method in methods {
        let (mut theta, mut v) = ([0.0; N], [0.0; N]);
        point(&TINY, &mut theta, &mut v);
        let report = method(&mut cost, &mut theta, &mut memory).expect("the search can go on");
        numbers.wide(report.steps);
        numbers.doubles(&[report.cost, report.gradient_norm]);
        numbers.bits(report.end as u32);
        numbers.singles(&theta);
        let mut parts = Workspace::new(N, &mut memory).expect("the memory holds the workspace");
        found(&examine(&mut cost, &theta, 1e-6, &mut parts).expect("the Hessian is finite"), numbers);
    }
}
