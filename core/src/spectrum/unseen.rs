//! What a random start may not have seen of a spectrum.
//!
//! From a unit vector v₁, Lanczos' method makes orthonormal vectors vⱼ₊₁ = pⱼ(A)·v₁, with polynomials of the recurrence
//! βⱼ₊₁·pⱼ(t) = (t − αⱼ)·pⱼ₋₁(t) − βⱼ·pⱼ₋₂(t), p₀ = 1. An eigenvector u of the eigenvalue μ has the parts
//! u·vⱼ₊₁ = pⱼ(μ)·(u·v₁), and their squares add up to 1 at most, so that |u·v₁| ≤ (Σ pⱼ(μ)²)^−½. Beyond all Ritz
//! values the |pⱼ| grow. So if there is an eigenvalue at t or beyond, the start happened to lie within an angle of
//! arcsin (Σ pⱼ(t)²)^−½ of the plane across its eigenvector.
//!
//! This holds whenever one looks, and however the number of steps was chosen, for the bound on u·v₁ is one of v₁ alone.
//! Where the vectors are kept orthogonal, the steps are those of a matrix that differs from A by rounding alone; what is
//! asked for has to lie further from the Ritz values than that.
//!
//! # Source
//! Van Dorsselaer, Hochstenbach, van der Vorst, *Computing probabilistic bounds for extreme eigenvalues of symmetric
//! matrices with the Lanczos method* (2000), who have the last of the sum's terms alone.

use core::f64::consts::PI;

/// The probability of a miss at which a search reports how far out it may lie.
pub const RARELY: f64 = 0.01;

/// A value, and what the steps from a random start say of eigenvalues at it or beyond.
///
/// # Examples
/// ```
/// use thalweg_core::spectrum::unseen::Unseen;
/// // a start that sees nothing but 0, up to a rest of 1e-9
/// let mut unseen = Unseen::above(1.0);
/// unseen.step(0.0, 1e-9);
/// assert!(unseen.probability(1000) < 1e-7);
/// // one that sees the value itself excludes nothing
/// unseen.step(1.0, 1e-9);
/// assert_eq!(unseen.probability(1000), 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unseen {
    value: f64,
    /// 1 for eigenvalues above the value, −1 for those below.
    side: f64,
    /// |pⱼ/pⱼ₋₁| at the value.
    growth: f64,
    /// |pⱼ|.
    size: f64,
    /// Σ pⱼ².
    squares: f64,
    /// βⱼ₊₁.
    coupling: f64,
    /// Whether all Ritz values are on the other side.
    apart: bool,
}

impl Unseen {
    const fn new(value: f64, side: f64) -> Self {
        Self { value, side, growth: 1.0, size: 1.0, squares: 1.0, coupling: 0.0, apart: true }
    }

    /// Eigenvalues of at least `value`.
    #[must_use]
    pub const fn above(value: f64) -> Self {
        Self::new(value, 1.0)
    }

    /// Eigenvalues of at most `value`.
    #[must_use]
    pub const fn below(value: f64) -> Self {
        Self::new(value, -1.0)
    }

    /// Takes another step of the recurrence: αⱼ, and βⱼ₊₁ > 0, the length of what was left of the product.
    pub fn step(&mut self, diagonal: f64, coupling: f64) {
        let rest = self.side * (self.value - diagonal) - self.coupling / self.growth;
        self.growth = rest / coupling;
        self.size *= self.growth;
        self.squares += self.size * self.size;
        self.coupling = coupling;
        // the pⱼ change sign as often as there are Ritz values on this side (Sturm)
        self.apart &= self.growth > 0.0;
    }

    /// The probability, at most, that a start drawn evenly from the sphere in n dimensions has seen so little of an
    /// eigenvector of such an eigenvalue; 1 where nothing follows.
    ///
    /// A part u·v₁ within ±c has a probability of at most √(2n/π)·c: the density of a part is √(n/2π) at most.
    #[must_use]
    pub fn probability(&self, n: usize) -> f64 {
        if self.apart { libm::sqrt(2.0 * n as f64 / PI / self.squares).min(1.0) } else { 1.0 }
    }
}

/// How much further out than the value of `unseen` an eigenvalue would have to lie, to be missed by these steps (αⱼ and
/// βⱼ₊₁) with a probability of at most `probability`; infinite beyond a thousand times `scale`.
pub(crate) fn beyond(
    unseen: Unseen,
    steps: impl Iterator<Item = (f64, f64)> + Clone,
    (n, probability): (usize, f64),
    scale: f64,
) -> f64 {
    let excluded = |distance: f64| {
        let mut further = Unseen::new(unseen.value + unseen.side * distance, unseen.side);
        steps.clone().for_each(|(diagonal, coupling)| further.step(diagonal, coupling));
        further.probability(n) <= probability
    };
    if excluded(0.0) {
        return 0.0;
    }
    // from a thousandth of the scale to a thousand times as much
    let doubled = (0..21).map(|times| scale / 1024.0 * f64::from(1_u32 << times));
    let Some(mut far) = doubled.into_iter().find(|&distance| excluded(distance)) else {
        return f64::INFINITY;
    };
    let mut near = 0.0;
    for _ in 0..20 {
        let middle = 0.5 * (near + far);
        (near, far) = if excluded(middle) { (near, middle) } else { (middle, far) };
    }
    far
}

#[cfg(test)]
mod tests {
    use super::*;

    /// p₁ = (t − 1)/2 and p₂ = ((t − 3)·p₁ − 2)/4 at t = 9: 4 and 5.5.
    #[test]
    fn the_recurrence_is_that_of_the_polynomials() {
        for (mut unseen, side) in [(Unseen::above(9.0), 1.0), (Unseen::below(-9.0), -1.0)] {
            unseen.step(side, 2.0);
            unseen.step(side * 3.0, 4.0);
            let wanted = libm::sqrt(2.0 * 100.0 / PI / (1.0 + 16.0 + 5.5 * 5.5));
            assert!(
                (unseen.squares - 47.25).abs() < 1e-14
                    && (unseen.probability(100) - wanted.min(1.0)).abs() < 1e-15
            );
        }
    }

    /// Diagonal 0, couplings 1: the Ritz values of k steps are 2·cos(jπ/(k + 1)), all below 2.
    #[test]
    fn a_ritz_value_beyond_excludes_nothing() {
        let probability = |value: f64, steps: usize| {
            let mut unseen = Unseen::above(value);
            (0..steps).for_each(|_| unseen.step(0.0, 1.0));
            unseen.probability(10)
        };
        assert!(probability(2.1, 30) < 1e-3 && probability(2.1, 30) > probability(2.2, 30));
        // 2·cos(π/31) = 1.98974
        assert_eq!((probability(1.9897, 30), probability(1.5, 30)), (1.0, 1.0));
        assert!(probability(1.9898, 30) < 1.0);
    }

    #[test]
    fn how_far_beyond_is_where_the_probability_is_met() {
        let steps = [(1.0, 0.5), (-2.0, 0.7), (0.3, 0.4), (0.1, 0.2)];
        for unseen in [Unseen::above(2.0), Unseen::below(-3.0)] {
            let distance = beyond(unseen, steps.into_iter(), (500, RARELY), 2.0);
            let mut there = Unseen::new(unseen.value + unseen.side * distance, unseen.side);
            steps.iter().for_each(|(diagonal, coupling)| there.step(*diagonal, *coupling));
            assert!((there.probability(500) - RARELY).abs() < 1e-4 * RARELY, "{distance} {there:?}");
        }
        assert_eq!(beyond(Unseen::above(2.0), [(0.0, 1e-9)].into_iter(), (500, RARELY), 2.0), 0.0);
        assert_eq!(beyond(Unseen::above(2.0), [].into_iter(), (500, RARELY), 2.0), f64::INFINITY);
    }

    /// What is bounded is how often it happens: of 2000 starts in 3 dimensions, those that see no more of a given
    /// direction than c are at most √(2·3/π)·c.
    #[test]
    fn starts_that_see_as_little_are_as_rare_as_they_should_be() {
        use crate::random::Random;
        let (mut random, mut start) = (Random::new(3), [0.0_f64; 3]);
        for bound in [0.05, 0.2] {
            let mut seen = 0;
            for _ in 0..2000 {
                random.fill_normal(&mut start);
                let length = libm::sqrt(start.iter().map(|entry| entry * entry).sum::<f64>());
                seen += u32::from(start[0].abs() <= bound * length);
            }
            let limit = 2000.0 * libm::sqrt(6.0 / PI) * bound;
            assert!(f64::from(seen) < limit && f64::from(seen) > 0.5 * limit, "{seen} {limit}");
        }
    }
}
