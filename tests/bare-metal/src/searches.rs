//! Searches for critical points: each a few steps from the same θ.

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

type Problem<'m> = ByProducts<MeanCost<'m, f32, Exact, 1>>;
type Method = fn(&mut Problem, &mut [f32], &mut [f32]) -> Result<Report, SearchError>;

fn newton(cost: &mut Problem, theta: &mut [f32], memory: &mut [f32]) -> Result<Report, SearchError> {
    Newton { steps: STEPS, ..Newton::default() }.run(cost, theta, memory)
}

fn saddle_free(cost: &mut Problem, theta: &mut [f32], memory: &mut [f32]) -> Result<Report, SearchError> {
    SaddleFree { steps: STEPS, ..SaddleFree::default() }.run(cost, theta, memory)
}

fn least_squares(cost: &mut Problem, theta: &mut [f32], memory: &mut [f32]) -> Result<Report, SearchError> {
    LevenbergMarquardt { steps: STEPS, ..LevenbergMarquardt::default() }.run(cost, theta, memory)
}

fn krylov(cost: &mut Problem, theta: &mut [f32], memory: &mut [f32]) -> Result<Report, SearchError> {
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
    let mut memory = [0.0; larger(workspace(N), krylov_saddle_free::workspace(N, DIRECTIONS))];
    let (inputs, targets) = first(EXAMPLES, TINY.task);
    let examples = Examples::new(&TINY.network, inputs, targets).expect("the digits fit the network");
    let mut cost = ByProducts(MeanCost::new(TINY.network, Exact, examples, &mut rows));
    let methods: [Method; 4] = [newton, saddle_free, least_squares, krylov];
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
