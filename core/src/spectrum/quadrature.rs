//! Spectral density by stochastic Lanczos quadrature.
//!
//! A random vector of signs z sees the spectrum of H with weights (z·qₖ)²/n, which are 1/n each in the
//! mean. A few Lanczos steps from z give the Gauss quadrature of that weighted spectrum: nodes and
//! weights that carry its first 2·steps − 1 moments exactly. The spread over probes is the error.
//!
//! # Source
//! Golub and Meurant, *Matrices, moments and quadrature* (1994); for Hessians: Ghorbani, Krishnan,
//! Xiao, *An investigation into neural net optimization via Hessian eigenvalue density* (2019).

use crate::cost::operator::SymmetricOperator;
use crate::length::{expect_at_least, expect_length};
use crate::random::Random;
use crate::real::Real;
use crate::spectrum::basis::{divide, dot, next, norm, orthogonalise};
use crate::spectrum::krylov::LanczosError;
use crate::spectrum::tridiagonal::{self, put};

/// The entries of `basis` for an operator of n entries and a number of steps.
#[must_use]
pub const fn basis_length(n: usize, steps: usize) -> usize {
    (steps + 1) * n
}

/// Writes the nodes and weights that one probe sees, and returns their number.
///
/// Lanczos with full reorthogonalisation, one product per step. It ends early, with an exact
/// quadrature, where the probe's Krylov space is exhausted. The nodes come in descending order, the
/// weights are at least 0 and add up to 1.
///
/// | argument  | shape                             | unit            |
/// |-----------|-----------------------------------|-----------------|
/// | `probe`   | which of the probes of the seed   |                 |
/// | `nodes`   | steps                             | of the operator |
/// | `weights` | steps                             | 1               |
/// | `scratch` | steps                             | overwritten     |
/// | `basis`   | [`basis_length`]                  | overwritten     |
///
/// # Errors
/// [`LanczosError`] if a slice is too short or a product is not finite.
///
/// # Examples
/// ```
/// use thalweg_core::spectrum::dense::Dense;
/// use thalweg_core::spectrum::quadrature;
/// let matrix = [2.0_f64, 1.0, 1.0, 2.0]; // 3 along (1, 1), 1 along (1, −1): a sign vector sees one
/// let (mut nodes, mut weights, mut scratch, mut basis) = ([0.0; 2], [0.0; 2], [0.0; 2], [0.0; 6]);
/// let mut operator = Dense::new(&matrix, 2).unwrap();
/// let found = quadrature::probe(&mut operator, (2015, 0), &mut nodes, &mut weights, &mut scratch, &mut basis);
/// assert_eq!(found.unwrap(), 1);
/// assert!((nodes[0] - 3.0).abs() < 1e-15 || (nodes[0] - 1.0).abs() < 1e-15);
/// ```
pub fn probe<O: SymmetricOperator>(
    operator: &mut O,
    (seed, probe): (u64, u64),
    nodes: &mut [O::Real],
    weights: &mut [O::Real],
    scratch: &mut [O::Real],
    basis: &mut [O::Real],
) -> Result<usize, LanczosError> {
    let (n, steps) = (operator.dimension(), nodes.len());
    expect_length("weights", weights, steps)?;
    expect_length("scratch", scratch, steps)?;
    expect_at_least("basis", basis, basis_length(n, steps))?;
    if n == 0 || steps == 0 {
        return Ok(0);
    }
    let start = basis.get_mut(..n).unwrap_or(&mut []);
    Random::stream(seed, probe).fill_signs(start);
    divide(start, libm::sqrt(n as f64));
    let (mut count, mut scale) = (0, 0.0_f64);
    while count < steps {
        let (rows, w) = next(basis, n, count + 1);
        let last = rows.get(count * n..).unwrap_or(&[]);
        operator.product(last, w)?;
        let length = norm(w);
        if !length.is_finite() {
            return Err(LanczosError::NotFinite);
        }
        scale = scale.max(length);
        put(nodes, count, O::Real::from_f64(dot(last, w)));
        let rest = orthogonalise(rows, (w, length), count.saturating_sub(1), |_, _| {});
        put(scratch, count, O::Real::from_f64(rest));
        count += 1;
        if count == n || rest <= 16.0 * O::Real::EPSILON.to_f64() * scale {
            break;
        }
        divide(w, rest);
    }
    let (nodes, weights) =
        (nodes.get_mut(..count).unwrap_or(&mut []), weights.get_mut(..count).unwrap_or(&mut []));
    weights.fill(O::Real::ZERO);
    put(weights, 0, O::Real::ONE);
    let scratch = scratch.get_mut(..count).unwrap_or(&mut []);
    tridiagonal::eigen(nodes, scratch, weights).map_err(LanczosError::Small)?;
    for weight in weights.iter_mut() {
        *weight = *weight * *weight;
    }
    Ok(count)
}

/// Σ weight·nodeᵏ: what the probe says of tr(Hᵏ)/n, without bias for k < 2·steps.
pub fn moment<T: Real>(nodes: &[T], weights: &[T], k: u32) -> f64 {
    let mut sum = 0.0;
    for (node, weight) in nodes.iter().zip(weights) {
        let mut power = weight.to_f64();
        for _ in 0..k {
            power *= node.to_f64();
        }
        sum += power;
    }
    sum
}

/// The density at `x` that the probe says, each node widened to a normal curve of standard deviation
/// `width`.
pub fn density<T: Real>(nodes: &[T], weights: &[T], width: f64, x: f64) -> f64 {
    let height = 1.0 / (width * libm::sqrt(core::f64::consts::TAU));
    let mut sum = 0.0;
    for (node, weight) in nodes.iter().zip(weights) {
        let distance = (x - node.to_f64()) / width;
        sum += weight.to_f64() * libm::exp(-0.5 * distance * distance);
    }
    height * sum
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::spectrum::basis::turned;
    use crate::spectrum::dense::Dense;
    use crate::spectrum::estimate::Estimate;
    use std::vec;
    use std::vec::Vec;

    fn probes(matrix: &[f64], n: usize, steps: usize, count: u64, mut each: impl FnMut(&[f64], &[f64])) {
        let (mut nodes, mut weights, mut scratch) = (vec![0.0; steps], vec![0.0; steps], vec![0.0; steps]);
        let mut basis = vec![0.0; basis_length(n, steps)];
        let mut operator = Dense::new(matrix, n).unwrap();
        for index in 0..count {
            let found =
                probe(&mut operator, (1, index), &mut nodes, &mut weights, &mut scratch, &mut basis).unwrap();
            each(&nodes[..found], &weights[..found]);
        }
    }

    #[test]
    fn four_moments_are_within_four_standard_errors() {
        let spectrum: Vec<f64> = (1..=100).map(f64::from).collect();
        let matrix = turned(&spectrum, 5);
        let mut estimates = [Estimate::default(); 4];
        probes(&matrix, 100, 10, 200, |nodes, weights| {
            for (k, estimate) in (1..).zip(&mut estimates) {
                estimate.add(moment(nodes, weights, k));
            }
        });
        for (k, estimate) in (1..).zip(&estimates) {
            let wanted = spectrum.iter().map(|value| value.powi(k)).sum::<f64>() / 100.0;
            let error = (estimate.mean() - wanted).abs();
            assert!(error < 4.0 * estimate.standard_error(), "{k} {error} {estimate:?}");
            assert!(estimate.standard_error() < 0.02 * wanted, "{k} {estimate:?}");
        }
    }

    #[test]
    fn the_quadrature_of_one_probe_carries_its_moments_exactly() {
        let spectrum: Vec<f64> = (0..40).map(|i| f64::from(i) / 10.0 - 1.0).collect();
        let matrix = turned(&spectrum, 5);
        let mut z = vec![0.0; 40];
        Random::stream(1, 0).fill_signs(&mut z);
        let mut power = z.clone();
        let mut operator = Dense::new(&matrix, 40).unwrap();
        let mut seen = Vec::new();
        for _ in 0..9 {
            let mut product = vec![0.0; 40];
            operator.product(&power, &mut product).unwrap();
            power = product;
            seen.push(dot(&z, &power) / 40.0);
        }
        probes(&matrix, 40, 5, 1, |nodes, weights| {
            for (k, wanted) in (1..).zip(&seen) {
                assert!((moment(nodes, weights, k) - wanted).abs() < 1e-11 * wanted.abs().max(1.0), "{k}");
            }
        });
    }

    #[test]
    fn a_spectrum_of_three_values_ends_after_three_steps() {
        let mut spectrum = vec![2.0; 10];
        spectrum.extend([0.0; 30]);
        spectrum.extend([-1.0; 5]);
        probes(&turned(&spectrum, 5), 45, 20, 3, |nodes, weights| {
            assert_eq!(nodes.len(), 3);
            for (node, wanted) in nodes.iter().zip([2.0, 0.0, -1.0]) {
                assert!((node - wanted).abs() < 1e-13, "{nodes:?}");
            }
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-13);
        });
    }

    #[test]
    fn the_zero_operator_is_one_node_and_its_density_one_normal_curve() {
        probes(&[0.0; 25], 5, 4, 1, |nodes, weights| {
            assert_eq!((nodes, weights), (&[0.0][..], &[1.0][..]));
            assert!((density(nodes, weights, 0.5, 0.5) - 0.483_941_449_038_287).abs() < 1e-12);
        });
    }

    #[test]
    fn a_product_that_is_not_finite_is_named_as_such() {
        let matrix = [1.0, f64::NAN, f64::NAN, 1.0];
        let mut operator = Dense::new(&matrix, 2).unwrap();
        let (mut nodes, mut weights, mut scratch, mut basis) = ([0.0; 2], [0.0; 2], [0.0; 2], [0.0; 6]);
        let found = probe(&mut operator, (1, 0), &mut nodes, &mut weights, &mut scratch, &mut basis);
        assert_eq!(found, Err(LanczosError::NotFinite));
    }
}
