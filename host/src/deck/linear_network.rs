//! The two-layer linear network 3-h-3, whose critical points are all known.

use anyhow::Result;
use thalweg_core::cost::Cost;
use thalweg_core::cost::mean_cost::{Ability, MeanCost};
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Examples, Targets};
use thalweg_core::network::{Network, View};
use thalweg_core::random::Random;
use thalweg_core::spectrum::decomposition::ByProducts;

use crate::curvature::decomposed;

/// The singular values of the map that is learned.
pub const STRENGTHS: [f64; 3] = [3.0, 2.0, 1.0];

/// The networks 3-h-3 without biases, h = 2, 3, 4.
const NETWORKS: [Network<3>; 3] = [
    Network::input(3).linear(2).linear(3).squared_error(),
    Network::input(3).linear(3).linear(3).squared_error(),
    Network::input(3).linear(4).linear(3).squared_error(),
];

/// Three whitened inputs, √3·eᵢ, and their targets, √3·sᵢ·eᵢ: J = ½·Σ(sᵢ − uᵢ)² over the modes.
#[must_use]
pub fn data(strengths: [f64; 3]) -> (Vec<f64>, Vec<f64>) {
    let (mut inputs, mut targets) = (vec![0.0; 9], vec![0.0; 9]);
    for (mode, strength) in strengths.into_iter().enumerate() {
        inputs[4 * mode] = 3.0_f64.sqrt();
        targets[4 * mode] = 3.0_f64.sqrt() * strength;
    }
    (inputs, targets)
}

/// Calls `each` with the cost of the linear network with `hidden` units (2, 3 or 4) that learns a map with these
/// singular values.
///
/// # Errors
/// What `each` answers.
pub fn with_cost<R>(
    hidden: usize,
    strengths: [f64; 3],
    each: impl FnOnce(&mut ByProducts<MeanCost<'_, f64, Exact, 4>>) -> Result<R>,
) -> Result<R> {
    let view: View<'_> = NETWORKS[hidden - 2].view();
    let (inputs, targets) = data(strengths);
    let examples = Examples::new(&view, &inputs, Targets::Values(&targets))?;
    let mut memory = vec![[0.0; 4]; view.memory_rows(Ability::HessianVector)];
    each(&mut ByProducts(MeanCost::new(view, Exact, examples, &mut memory)))
}

/// The balanced critical point at which exactly the modes of `learned` are learned, each by a hidden unit of
/// its own.
#[must_use]
pub fn critical_point(hidden: usize, learned: &[usize]) -> Vec<f64> {
    let mut theta = vec![0.0; 6 * hidden];
    for (unit, &mode) in learned.iter().enumerate() {
        theta[3 * unit + mode] = STRENGTHS[mode].sqrt();
        theta[3 * hidden + hidden * mode + unit] = STRENGTHS[mode].sqrt();
    }
    theta
}

/// θ moved by `distance` in a random direction.
#[must_use]
pub fn beside(theta: &[f64], distance: f64, seed: u64) -> Vec<f64> {
    let mut direction = vec![0.0; theta.len()];
    Random::stream(seed, 0x6265_7369).fill_normal(&mut direction);
    thalweg_core::subspace::direction::unit(&mut direction);
    theta.iter().zip(&direction).map(|(theta, direction)| theta + distance * direction).collect()
}

/// The index on paper: (h − r)(R − r) + the pairs of an unlearned mode and a weaker learned one.
#[must_use]
pub fn index_on_paper(hidden: usize, learned: &[usize]) -> usize {
    let unlearned = (0..3).filter(|mode| !learned.contains(mode));
    let pairs = unlearned.map(|i| learned.iter().filter(|&&j| STRENGTHS[i] > STRENGTHS[j]).count());
    (hidden - learned.len()) * (3 - learned.len()) + pairs.sum::<usize>()
}

/// J on paper: ½·Σ sᵢ² over the unlearned modes.
#[must_use]
pub fn cost_on_paper(learned: &[usize]) -> f64 {
    (0..3).filter(|mode| !learned.contains(mode)).map(|mode| 0.5 * STRENGTHS[mode].powi(2)).sum()
}

/// The sets of at most `most` modes.
#[must_use]
pub fn subsets(most: usize) -> Vec<Vec<usize>> {
    let members = |bits: u32| (0..3_usize).filter(|&mode| bits & (1 << mode) != 0).collect::<Vec<usize>>();
    let mut sets: Vec<Vec<usize>> = (0..8).map(members).filter(|set| set.len() <= most).collect();
    sets.sort_by_key(Vec::len);
    sets
}

/// J on a way between two minima of the network with four hidden units that learn mode 3 with opposite signs:
/// its unit hands the mode over to the spare one, which hands it back turned round.
///
/// # Errors
/// None but a fault of the program.
pub fn along_the_minima() -> Result<Vec<f64>> {
    with_cost(4, STRENGTHS, |cost| {
        (0..=100)
            .map(|index| {
                let (sine, cosine) = (std::f64::consts::PI * f64::from(index) / 100.0).sin_cos();
                let mut theta = critical_point(4, &[0, 1, 2]);
                let length = STRENGTHS[2].sqrt();
                // the rows of units 3 and 4 in the first weight, and their columns in the second
                theta[8] = length * cosine;
                theta[11] = length * sine;
                theta[22] = length * cosine;
                theta[23] = length * sine;
                Ok(cost.cost(&theta)?)
            })
            .collect()
    })
}

/// J on the straight way between the minima of three hidden units whose weights of one mode differ in sign.
///
/// # Errors
/// None but a fault of the program.
pub fn straight_through() -> Result<Vec<(f64, f64)>> {
    with_cost(3, STRENGTHS, |cost| {
        (0..=100)
            .map(|index| {
                let alpha = f64::from(index) / 100.0;
                let mut theta = critical_point(3, &[0, 1, 2]);
                // the weakest mode, whose wall is the lowest
                theta[8] *= 1.0 - 2.0 * alpha;
                theta[17] *= 1.0 - 2.0 * alpha;
                Ok((alpha, cost.cost(&theta)?))
            })
            .collect()
    })
}

fn determinant(a: &[f64], size: usize) -> f64 {
    match size {
        2 => a[0] * a[3] - a[1] * a[2],
        _ => {
            a[0] * (a[4] * a[8] - a[5] * a[7]) - a[1] * (a[3] * a[8] - a[5] * a[6])
                + a[2] * (a[3] * a[7] - a[4] * a[6])
        }
    }
}

/// J of the first weight [A 0] (A of h × h) with the second weight that is best for it, M·W₁⁺.
fn best_second(hidden: usize, a: &[f64]) -> Result<f64> {
    let mut first = vec![0.0; 3 * hidden];
    for (row, entries) in a.chunks_exact(hidden).enumerate() {
        first[3 * row..3 * row + hidden].copy_from_slice(entries);
    }
    let mut gram = [0.0; 9];
    for (place, entry) in gram.iter_mut().enumerate() {
        let (i, j) = (place / 3, place % 3);
        *entry = (0..hidden).map(|row| first[3 * row + i] * first[3 * row + j]).sum();
    }
    let (mut values, mut vectors) = ([0.0; 3], [0.0; 9]);
    decomposed::eigen(&gram, &mut values, &mut vectors)?;
    let mut theta = first.clone();
    for mode in 0..3 {
        for unit in 0..hidden {
            // row `mode` of M·(W₁ᵀW₁)⁺·W₁ᵀ
            let parts = values.iter().zip(vectors.chunks_exact(3)).filter(|(value, _)| **value > 1e-9);
            let entry = parts.map(|(value, v)| {
                let along: f64 = (0..3).map(|j| v[j] * first[3 * unit + j]).sum();
                v[mode] * along / value
            });
            theta.push(STRENGTHS[mode] * entry.sum::<f64>());
        }
    }
    with_cost(hidden, STRENGTHS, |cost| Ok(cost.cost(&theta)?))
}

/// Random pairs of minima whose first weights have determinants of opposite signs: the lowest J, over pairs,
/// where the determinant passes 0 on the straight way, with the best second weight there.
///
/// # Errors
/// None but a fault of the program.
pub fn wall(hidden: usize, seed: u64) -> Result<f64> {
    let mut random = Random::stream(seed, 0x7761_6c6c);
    let (mut lowest, mut pairs) = (f64::INFINITY, 0);
    while pairs < 50 {
        let (mut a, mut b) = (vec![0.0; hidden * hidden], vec![0.0; hidden * hidden]);
        random.fill_normal(&mut a);
        random.fill_normal(&mut b);
        if determinant(&a, hidden) <= 0.0 || determinant(&b, hidden) >= 0.0 {
            continue;
        }
        pairs += 1;
        let between = |t: f64| a.iter().zip(&b).map(|(a, b)| a + t * (b - a)).collect::<Vec<f64>>();
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if determinant(&between(middle), hidden) > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        lowest = lowest.min(best_second(hidden, &between(low))?);
    }
    Ok(lowest)
}

/// The rank correlation of index and cost over distinct points.
#[must_use]
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let ranks = |of: &[f64]| -> Vec<f64> {
        let below = |x: f64| of.iter().filter(|other| **other < x).count() as f64;
        let equal = |x: f64| of.iter().filter(|other| **other == x).count() as f64;
        of.iter().map(|&x| below(x) + 0.5 * (equal(x) - 1.0)).collect()
    };
    let (a, b) = (ranks(a), ranks(b));
    let middle = (a.len() as f64 - 1.0) / 2.0;
    let product =
        |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum() };
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}
