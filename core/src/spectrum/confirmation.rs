//! Whether the outermost pairs are all there are: another start, in the complement of what was found.
//!
//! Of the found Ritz vectors, some are set aside: the wanted ones, and others beside them (`aside` in all) that have
//! nearly converged. Let A′ be A in their complement, and rᵢ the residual of the pair (θᵢ, yᵢ) set aside. If A′ has no
//! eigenvalue of `limit` − s or above, with s = Σ |rᵢ|²/(`limit` − θᵢ) over the θᵢ below `limit`, then A has no more
//! eigenvalues above `limit` than there are θᵢ: by Haynsworth, A − `limit` has as many positive eigenvalues as
//! Θ − `limit` + Rᵀ(`limit` − A′)⁻¹R, in which the rows of those θᵢ have none, as Rᵀ(`limit` − A′)⁻¹R < RᵀR/s. So the
//! more is set aside, the further off are the eigenvalues that the other start has to tell from `limit`.
//!
//! Whether A′ has one is what [`Unseen`] says, from a start that is random in the complement.
//!
//! # Source
//! Haynsworth, *Determination of the inertia of a partitioned Hermitian matrix* (1968).

use crate::real::Real;
use crate::spectrum::krylov::State;
use crate::spectrum::projected::Projected;
use crate::spectrum::tridiagonal::at;
use crate::spectrum::unseen::{RARELY, Unseen, beyond};

/// How much narrower s may make the gap, for one that setting aside makes wider.
const PRICE: f64 = 16.0;

/// What one confirmation may take of the probability of a miss that those before it have left.
const SHARE: f64 = 0.9;

/// A search for what the first one may have missed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confirmation {
    /// The Ritz vectors set aside at the top and at the bottom.
    pub(crate) aside: (usize, usize),
    /// The spread of the wanted values when it began.
    pub(crate) spread: f64,
    /// Products so far.
    pub(crate) products: u64,
    /// What A′ must not reach, at the ends where pairs are wanted.
    ends: [Option<Unseen>; 2],
    /// Its share of the probability of a miss.
    share: f64,
    /// How far outside the wanted values `limit` lies.
    margin: f64,
}

impl Confirmation {
    /// A confirmation of the last solution, which looks for eigenvalues that lie outside the wanted ones by more than
    /// `margin`, after `before` others. At most `most` further Ritz vectors are set aside.
    pub(crate) fn new<T: Real>(
        (small, state): (&Projected<'_, T>, &State),
        (top, bottom): (usize, usize),
        margin: f64,
        most: usize,
        before: u32,
    ) -> Self {
        let k = state.expanded;
        let value = |index: usize| at(small.values(k), index).to_f64();
        // |rᵢ|²/(limit − θᵢ)
        let term = |limit: f64, index: usize| {
            let (residual, distance) = (small.residual((k, state.last), index), (limit - value(index)).abs());
            residual * residual / distance
        };
        let upper = (top > 0).then(|| value(top.saturating_sub(1)) + margin);
        let lower = (bottom > 0).then(|| value(k.saturating_sub(bottom)) - margin);
        let mut spare = if state.dropped { 0 } else { most.min(k.saturating_sub(top + bottom)) };
        // `index(i)` is the i-th Ritz value behind the wanted ones
        let mut further = |limit: Option<f64>, index: &dyn Fn(usize) -> usize| {
            let Some(limit) = limit else { return 0 };
            let (mut best, mut widest, mut sum) = (0, 0.0, 0.0);
            for count in 0..spare {
                let gap = (limit - value(index(count))).abs() - PRICE * sum;
                if gap > widest {
                    (best, widest) = (count, gap);
                }
                sum += term(limit, index(count));
            }
            spare -= best;
            best
        };
        let aside = (
            top + further(upper, &|count| top + count),
            bottom + further(lower, &|count| k.saturating_sub(bottom + 1 + count)),
        );
        let kept = || (0..aside.0).chain(k.saturating_sub(aside.1)..k);
        let inside = |limit: f64, side: f64| {
            let others = kept().filter(|&index| side * (limit - value(index)) > 0.0);
            limit - side * others.map(|index| term(limit, index)).sum::<f64>()
        };
        let ends = [
            upper.map(|limit| Unseen::above(inside(limit, 1.0))),
            lower.map(|limit| Unseen::below(inside(limit, -1.0))),
        ];
        let spread = small.spread(k, (top, bottom));
        let share = (0..before).fold(SHARE, |share, _| share * (1.0 - SHARE));
        Self { aside, spread, products: 0, ends, share, margin }
    }

    /// αⱼ and βⱼ₊₁ of the steps so far. What is lost in rounding counts as no less than that.
    fn steps<'s, 'm, T: Real>(
        &self,
        (small, state): (&'s Projected<'m, T>, &State),
        scale: f64,
    ) -> impl Iterator<Item = (f64, f64)> + Clone + use<'s, 'm, T> {
        let (first, last) = (self.aside.0 + self.aside.1, state.expanded);
        let least = (T::EPSILON.to_f64() * scale).max(f64::MIN_POSITIVE);
        (first..last).map(move |row| {
            let next =
                if row + 1 < last { small.entry(row + 1, row) } else { at(small.coupling, 0).to_f64() };
            (small.entry(row, row), next.abs().max(least))
        })
    }

    /// The dimension of the complement.
    const fn dimension(&self, state: &State) -> usize {
        state.n.saturating_sub(self.aside.0 + self.aside.1)
    }

    /// The probability, at most, that an eigenvalue was missed.
    pub(crate) fn missed<T: Real>(&self, (small, state): (&Projected<'_, T>, &State), scale: f64) -> f64 {
        let ends = self.ends.iter().flatten().map(|end| {
            let mut unseen = *end;
            self.steps((small, state), scale)
                .for_each(|(diagonal, coupling)| unseen.step(diagonal, coupling));
            unseen.probability(self.dimension(state))
        });
        (ends.sum::<f64>() / self.share).min(1.0)
    }

    /// How far outside the wanted values an eigenvalue may lie that was missed with a probability of [`RARELY`].
    pub(crate) fn beyond<T: Real>(&self, (small, state): (&Projected<'_, T>, &State), scale: f64) -> f64 {
        let ends = self.ends.iter().flatten();
        let probability = RARELY * self.share / ends.clone().count().max(1) as f64;
        let further = ends.map(|end| {
            beyond(*end, self.steps((small, state), scale), (self.dimension(state), probability), scale)
        });
        self.margin + further.fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::random::Random;
    use crate::spectrum::basis::{combine, turned};
    use crate::spectrum::dense::Dense;
    use crate::spectrum::projected;
    use crate::spectrum::symmetric;
    use std::vec;
    use std::vec::Vec;

    const N: usize = 14;
    const ROWS: usize = 9;

    fn values(matrix: &[f64], n: usize) -> Vec<f64> {
        let (mut values, mut vectors, mut scratch) = (vec![0.0; n], vec![0.0; n * n], vec![0.0; n]);
        symmetric::eigen(matrix, &mut values, &mut vectors, &mut scratch).unwrap();
        values
    }

    /// A in the complement of orthonormal rows: P·A·P, moved down along the rows to below all eigenvalues.
    fn in_complement(matrix: &[f64], rows: &[f64]) -> Vec<f64> {
        let projected = |matrix: &[f64]| {
            let mut out = matrix.to_vec();
            for row in rows.chunks_exact(N) {
                for column in 0..N {
                    let part: f64 = (0..N).map(|i| row[i] * out[i * N + column]).sum();
                    (0..N).for_each(|i| out[i * N + column] -= part * row[i]);
                }
            }
            out
        };
        let transposed = |matrix: Vec<f64>| -> Vec<f64> {
            (0..N * N).map(|place| matrix[place % N * N + place / N]).collect()
        };
        let mut out = transposed(projected(&transposed(projected(matrix))));
        for row in rows.chunks_exact(N) {
            for (place, entry) in out.iter_mut().enumerate() {
                *entry -= 1e3 * row[place / N] * row[place % N];
            }
        }
        out
    }

    /// Whole spectra decide whether the limit in the complement excludes what it should: where A′ lies below it, A has
    /// no more eigenvalues above the limit than Ritz values.
    #[test]
    fn what_the_complement_does_not_reach_the_whole_does_not_hold() {
        let (mut random, mut excluded, mut set_aside, mut missed) = (Random::new(8), 0, 0, 0);
        for seed in 0..400 {
            let mut spectrum = [0.0; N];
            random.fill_normal(&mut spectrum);
            if seed % 2 == 0 {
                // a copy, which one start does not see
                spectrum[1] = spectrum.iter().copied().fold(0.0, f64::max);
            }
            let matrix = turned(&spectrum, seed);
            let mut operator = Dense::new(&matrix, N).unwrap();
            let (mut basis, mut memory) = (vec![0.0; (ROWS + 1) * N], vec![0.0; projected::length(ROWS, 1)]);
            let mut small = Projected::new(&mut memory, ROWS, 1);
            let mut state = State::new(N, seed);
            state.start(&mut basis, 1);
            for _ in 0..5 + seed % 4 {
                state.expand(&mut operator, (&mut basis, &mut []), &mut small, 1.0).unwrap();
            }
            small.solve(state.expanded).unwrap();
            let (top, margin) = (2, 0.1);
            let found = Confirmation::new((&small, &state), (top, 0), margin, 4, 0);
            let ritz: Vec<f64> = small.values(state.expanded).to_vec();
            let limit = ritz[top - 1] + margin;
            let kept = found.aside.0;
            let factors: Vec<f64> = small.vectors[..kept * state.expanded].to_vec();
            combine(&mut basis, N, state.expanded, &factors, &mut vec![0.0; 64]);
            let below = values(&in_complement(&matrix, &basis[..kept * N]), N)[0];
            // a step whose Ritz value is the largest eigenvalue of A′ excludes others only if that lies below
            let mut unseen = found.ends[0].unwrap();
            unseen.step(below, 1e-9);
            if unseen.probability(N) < 1.0 {
                excluded += 1;
                set_aside += u32::from(kept > top);
                let above = |values: &[f64]| values.iter().filter(|&&value| value >= limit).count();
                assert_eq!(above(&spectrum), above(&ritz), "{spectrum:?} {ritz:?} {found:?}");
            } else {
                missed += u32::from(spectrum.iter().filter(|&&value| value >= limit).count() > 1);
            }
        }
        assert!(excluded > 50 && set_aside > 20 && missed > 20, "{excluded} {set_aside} {missed}");
    }
}
