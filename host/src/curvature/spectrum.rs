//! Spectra of symmetric operators: the core's methods with the memory they ask for.

use thalweg_core::cost::dot;
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::spectrum::estimate::Estimate;
use thalweg_core::spectrum::lanczos::{Lanczos, LanczosError, Pair, Report};
use thalweg_core::spectrum::{quadrature, trace, unseen};

use crate::engine::Scalar;

/// Both ends of a spectrum.
#[derive(Clone, Debug)]
pub struct Ends<T> {
    /// The largest eigenvalues, descending.
    pub top: Vec<Pair>,
    /// The smallest eigenvalues, descending.
    pub bottom: Vec<Pair>,
    /// The unit vectors of the top, then those of the bottom.
    pub vectors: Vec<Vec<T>>,
    /// What it took.
    pub report: Report,
}

/// The probability of a missed eigenvalue that is small enough for a confirmation to end.
pub const MISSED: f64 = unseen::RARELY;

/// The bytes up to which products are kept beside the basis.
const KEPT: u128 = 1 << 30;

/// The bytes of the basis of Lanczos' method for n parameters, and what is kept beside it.
#[must_use]
pub const fn basis_bytes<T>(lanczos: &Lanczos, n: usize) -> u128 {
    lanczos.basis_length(n) as u128 * size_of::<T>() as u128
}

/// The same search, which keeps its products where that does not take more than a gibibyte.
#[must_use]
pub const fn keeping<T>(lanczos: &Lanczos, n: usize) -> Lanczos {
    let kept = Lanczos { keep: true, ..*lanczos };
    if basis_bytes::<T>(&kept, n) <= KEPT { kept } else { *lanczos }
}

/// Both ends of the spectrum of an operator, with products kept where there is room ([`keeping`]).
///
/// # Errors
/// [`LanczosError`].
pub fn ends<T: Scalar, O: SymmetricOperator<Real = T>>(
    operator: &mut O,
    lanczos: &Lanczos,
) -> Result<Ends<T>, LanczosError> {
    let n = operator.dimension();
    let lanczos = keeping::<T>(lanczos, n);
    let (top, bottom) = lanczos.wanted(n);
    let mut pairs = vec![Pair::default(); top + bottom];
    let mut basis = vec![T::ZERO; lanczos.basis_length(n)];
    let mut small = vec![T::ZERO; lanczos.small_length(n)];
    let report = lanczos.run(operator, &mut basis, &mut small, &mut pairs)?;
    pairs.truncate(report.top + report.bottom);
    let vectors = basis.chunks_exact(n.max(1)).take(pairs.len()).map(<[T]>::to_vec).collect();
    let bottom = pairs.split_off(report.top);
    Ok(Ends { top: pairs, bottom, vectors, report })
}

/// A spectral density with its error.
#[derive(Clone, Debug)]
pub struct Density {
    /// Nodes and weights of each probe, the largest node first.
    pub probes: Vec<(Vec<f64>, Vec<f64>)>,
    /// Products with the operator.
    pub products: u64,
}

/// The density of an operator's spectrum by stochastic Lanczos quadrature.
///
/// # Errors
/// [`LanczosError`].
pub fn density<T: Scalar, O: SymmetricOperator<Real = T>>(
    operator: &mut O,
    (probes, steps): (u64, usize),
    seed: u64,
) -> Result<Density, LanczosError> {
    let n = operator.dimension();
    let steps = steps.min(n);
    let mut basis = vec![T::ZERO; quadrature::basis_length(n, steps)];
    let (mut nodes, mut weights, mut scratch) =
        (vec![T::ZERO; steps], vec![T::ZERO; steps], vec![T::ZERO; steps]);
    let mut density = Density { probes: Vec::new(), products: 0 };
    for probe in 0..probes {
        let found =
            quadrature::probe(operator, (seed, probe), &mut nodes, &mut weights, &mut scratch, &mut basis)?;
        let double = |entries: &[T]| entries[..found].iter().map(|entry| entry.to_f64()).collect();
        density.probes.push((double(&nodes), double(&weights)));
        density.products += found as u64;
    }
    Ok(density)
}

impl Density {
    /// The smallest and the largest node.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        let nodes = self.probes.iter().flat_map(|(nodes, _)| nodes);
        nodes.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &node| (low.min(node), high.max(node)))
    }

    /// The mean over probes of Σ weight·nodeᵏ: tr(Hᵏ)/n.
    #[must_use]
    pub fn moment(&self, k: u32) -> Estimate {
        self.over_probes(|nodes, weights| quadrature::moment(nodes, weights, k))
    }

    /// The density at `x`, each node widened to a normal curve of standard deviation `width`.
    #[must_use]
    pub fn at(&self, x: f64, width: f64) -> Estimate {
        self.over_probes(|nodes, weights| quadrature::density(nodes, weights, width, x))
    }

    fn over_probes(&self, sample: impl Fn(&[f64], &[f64]) -> f64) -> Estimate {
        let mut estimate = Estimate::default();
        self.probes.iter().for_each(|(nodes, weights)| estimate.add(sample(nodes, weights)));
        estimate
    }

    /// The distance that mass must be carried from the mean quadrature to a spectrum (Wasserstein-1).
    #[must_use]
    pub fn distance(&self, eigenvalues: &[f64]) -> f64 {
        let share = 1.0 / self.probes.len() as f64;
        let nodes = self.probes.iter().flat_map(|(nodes, weights)| nodes.iter().zip(weights));
        let mut steps: Vec<(f64, f64)> = nodes.map(|(&node, weight)| (node, weight * share)).collect();
        steps.extend(eigenvalues.iter().map(|&value| (value, -1.0 / eigenvalues.len() as f64)));
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut ahead, mut distance) = (0.0_f64, 0.0);
        for pair in steps.windows(2) {
            ahead += pair[0].1;
            distance += ahead.abs() * (pair[1].0 - pair[0].0);
        }
        distance
    }
}

/// The trace from about `products` products: a third each for the sketch, its trace, and the probes.
///
/// # Errors
/// [`LanczosError`].
pub fn trace<T: Scalar, O: SymmetricOperator<Real = T>>(
    operator: &mut O,
    products: u64,
    seed: u64,
) -> Result<Estimate, LanczosError> {
    let n = operator.dimension();
    if n as u64 <= products {
        let (mut diagonal, mut scratch) = (vec![T::ZERO; n], vec![T::ZERO; 2 * n]);
        trace::diagonal(operator, &mut diagonal, &mut scratch)?;
        let mut exact = Estimate::default();
        let sum: f64 = diagonal.iter().map(|entry| entry.to_f64()).sum();
        (0..2).for_each(|_| exact.add(sum));
        return Ok(exact);
    }
    let sketch = usize::try_from(products / 3).unwrap_or(0);
    let mut basis = vec![T::ZERO; (sketch + 2) * n];
    trace::reduced(operator, sketch, products - 2 * sketch as u64, seed, &mut basis)
}

/// The eigenvalues that stand out: those above five times the 95th percentile.
///
/// # Source
/// Sagun, Bottou, LeCun, *Eigenvalues of the Hessian in deep learning* (2016), who see about as many
/// as there are classes; the factor is a choice of ours.
#[must_use]
pub fn outliers(eigenvalues: &[f64]) -> usize {
    let mut ascending = eigenvalues.to_vec();
    ascending.sort_by(f64::total_cmp);
    let place = (0.95 * ascending.len().saturating_sub(1) as f64).floor() as usize;
    let Some(percentile) = ascending.get(place) else { return 0 };
    ascending.iter().filter(|value| **value > 5.0 * percentile.max(0.0)).count()
}

/// The share of |g|² that lies in the span of orthonormal vectors.
///
/// # Source
/// Gur-Ari, Roberts, Dyer, *Gradient descent happens in a tiny subspace* (2018).
pub fn share_within<T: Scalar>(gradient: &[T], vectors: &[Vec<T>]) -> f64 {
    let square = dot(gradient, gradient);
    let inside: f64 = vectors.iter().map(|vector| dot(gradient, vector).powi(2)).sum();
    if square == 0.0 { 0.0 } else { inside / square }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curvature::eigen::eigen;
    use thalweg_core::random::Random;
    use thalweg_core::spectrum::dense::Dense;

    fn normal(n: usize, seed: u64) -> Vec<f64> {
        let mut g = vec![0.0; n * n];
        Random::new(seed).fill_normal(&mut g);
        g
    }

    /// `spikes` at the head of a diagonal, plus G·Gᵀ/n of a square normal G.
    ///
    /// The bulk fills (0, 4), and a spike ℓ > 2 stands out at ℓ + ℓ/(ℓ − 1): where the inverse of the
    /// bulk's Stieltjes transform takes 1/ℓ. Papyan, *The full spectrum of deepnet Hessians at scale*
    /// (2018), has this experiment.
    fn spiked(n: usize, spikes: &[f64]) -> Vec<f64> {
        let g = normal(n, 4);
        let factor = faer::MatRef::from_row_major_slice(&g, n, n);
        let product = factor * factor.transpose();
        let mut matrix: Vec<f64> =
            (0..n * n).map(|place| product[(place / n, place % n)] / n as f64).collect();
        spikes.iter().enumerate().for_each(|(index, spike)| matrix[index * (n + 1)] += spike);
        matrix
    }

    /// (G + Gᵀ)/√(8n) of a square normal G: the bulk fills (−1, 1).
    fn semicircle(n: usize) -> Vec<f64> {
        let g = normal(n, 6);
        let scale = (8.0 * n as f64).sqrt();
        (0..n * n).map(|place| (g[place] + g[place % n * n + place / n]) / scale).collect()
    }

    #[test]
    fn spikes_above_a_wishart_bulk_stand_where_free_probability_puts_them() {
        let matrix = spiked(2000, &[5.0, 4.0, 3.0]);
        let mut operator = Dense::new(&matrix, 2000).unwrap();
        let found =
            ends(&mut operator, &Lanczos { top: 4, bottom: 0, tolerance: 1e-6, ..Lanczos::default() });
        let found = found.unwrap();
        for (pair, wanted) in found.top.iter().zip([6.25, 5.333, 4.5]) {
            assert!(pair.converged && (pair.value - wanted).abs() < 0.3, "{:?}", found.top);
        }
        assert!(found.top[3].value < 4.1, "the bulk ends at 4: {:?}", found.top);
        let density = density(&mut operator, (5, 60), 2).unwrap();
        let outside = |(nodes, _): &(Vec<f64>, Vec<f64>)| nodes.iter().filter(|node| **node > 4.2).count();
        assert!(density.probes.iter().all(|probe| outside(probe) == 3), "the quadrature sees the three too");
    }

    #[test]
    fn both_ends_agree_with_the_full_spectrum() {
        let n = 300;
        let matrix = semicircle(n);
        let full = eigen(&matrix, n).unwrap();
        let lanczos = Lanczos { top: 5, bottom: 5, rows: 50, ..Lanczos::default() };
        let found = ends(&mut Dense::new(&matrix, n).unwrap(), &lanczos).unwrap();
        let wanted = full.values[..5].iter().chain(&full.values[n - 5..]);
        for (pair, wanted) in found.top.iter().chain(&found.bottom).zip(wanted) {
            assert!(pair.converged && (pair.value - wanted).abs() < 1e-12, "{pair:?} {wanted}");
        }
    }

    #[test]
    fn the_quadratures_density_lies_within_two_percent_of_the_spectrum() {
        let matrix = semicircle(300);
        let full = eigen(&matrix, 300).unwrap();
        let found = density(&mut Dense::new(&matrix, 300).unwrap(), (10, 60), 1).unwrap();
        let range = full.values[0] - full.values[299];
        let distance = found.distance(&full.values) / range;
        assert!(distance < 0.02, "{distance}");
        // and the measure does measure: another spectrum is far
        let shifted: Vec<f64> = full.values.iter().map(|value| value + 0.1 * range).collect();
        assert!((found.distance(&shifted) / range - 0.1).abs() < 0.02);
    }

    #[test]
    fn the_widened_density_has_the_mass_one() {
        let matrix = semicircle(100);
        let found = density(&mut Dense::new(&matrix, 100).unwrap(), (4, 20), 1).unwrap();
        let step = 0.01;
        let mass: f64 = (-300..=300).map(|i| found.at(f64::from(i) * step, 0.05).mean() * step).sum();
        assert!((mass - 1.0).abs() < 1e-6, "{mass}");
    }

    #[test]
    fn outliers_and_shares_are_counted_on_paper() {
        let mut spectrum = vec![9.0, 7.0, 5.2];
        spectrum.extend((0..97).map(|i| f64::from(i) / 96.0));
        assert_eq!(outliers(&spectrum), 3);
        assert_eq!(outliers(&[]), 0);
        let vectors = [vec![1.0, 0.0, 0.0], vec![0.0, 0.6, 0.8]];
        assert!((share_within(&[3.0, 4.0, 0.0], &vectors) - (9.0 + 2.4 * 2.4) / 25.0).abs() < 1e-15);
    }

    #[test]
    fn a_trace_that_fits_is_exact() {
        let matrix = semicircle(50);
        let wanted: f64 = (0..50).map(|index| matrix[index * 51]).sum();
        let mut operator = Dense::new(&matrix, 50).unwrap();
        let exact = trace(&mut operator, 60, 1).unwrap();
        assert_eq!((exact.mean(), exact.standard_error()), (wanted, 0.0));
        let estimated = trace(&mut operator, 45, 1).unwrap();
        assert!((estimated.mean() - wanted).abs() <= estimated.half_width(0.99));
    }
}
