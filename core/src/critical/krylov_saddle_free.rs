//! Saddle-free Newton within a Krylov space: for more parameters than a Hessian has room for.

use core::ops::ControlFlow;

use crate::cost::{HessianVector, dot, norm};
use crate::critical::classification::largest;
use crate::critical::saddle_free::{DAMPINGS, Model};
use crate::critical::search::{End, Report, SearchError};
use crate::length::{WrongLength, copy, expect_at_least, expect_length};
use crate::real::Real;
use crate::rows::rows;
use crate::spectrum::decomposition::Rule;
use crate::spectrum::symmetric;
use crate::subspace::direction::{orthogonalise, unit};

/// Each outer step spans g, Hg, H²g … and the last outer step by at most `directions` orthonormal vectors V,
/// takes VᵀHV apart, and makes `inner` saddle-free steps on a ↦ J(θ + V·a).
///
/// An outer step takes one product for each direction, and for each inner step one gradient and at most
/// eight costs. With n directions and one inner step it is the exact method.
///
/// # Source
/// Dauphin et al. (2014), §6 and appendix; k up to 500 there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KrylovSaddleFree {
    /// Which curvatures a step divides by.
    pub model: Model,
    /// k, the vectors of the space; at least 1.
    pub directions: usize,
    /// Saddle-free steps within one space.
    pub inner: u32,
    /// A curvature counts as none up to this share of the largest |λ|.
    pub flat: f64,
    /// The largest number of outer steps.
    pub steps: u64,
    /// |g| at which it ends.
    pub tolerance: f64,
}

impl Default for KrylovSaddleFree {
    fn default() -> Self {
        Self { model: Model::SaddleFree, directions: 40, inner: 3, flat: 1e-10, steps: 100, tolerance: 1e-8 }
    }
}

/// A vector is taken as spanned by the others when less than this share of it is left: rounding.
const SPANNED: f64 = 1e-6;

/// The entries of memory that the method takes for n parameters and k directions.
#[must_use]
pub const fn workspace(n: usize, directions: usize) -> usize {
    let rows = directions.saturating_add(5).saturating_mul(n);
    let small = directions.saturating_mul(directions).saturating_mul(2);
    rows.saturating_add(small).saturating_add(directions.saturating_mul(5))
}

/// The parts of the memory.
struct Parts<'m, T> {
    gradient: &'m mut [T],
    product: &'m mut [T],
    origin: &'m mut [T],
    trial: &'m mut [T],
    last: &'m mut [T],
    basis: &'m mut [T],
    reduced: &'m mut [T],
    vectors: &'m mut [T],
    values: &'m mut [T],
    slopes: &'m mut [T],
    step: &'m mut [T],
    place: &'m mut [T],
    scratch: &'m mut [T],
}

impl<'m, T: Real> Parts<'m, T> {
    fn new(n: usize, k: usize, memory: &'m mut [T]) -> Result<Self, WrongLength> {
        expect_at_least("memory", memory, workspace(n, k))?;
        let mut rest = memory;
        let mut take = |count: usize| {
            let (head, tail) =
                core::mem::take(&mut rest).split_at_mut_checked(count).unwrap_or((&mut [], &mut []));
            rest = tail;
            head
        };
        Ok(Self {
            gradient: take(n),
            product: take(n),
            origin: take(n),
            trial: take(n),
            last: take(n),
            basis: take(n * k),
            reduced: take(k * k),
            vectors: take(k * k),
            values: take(k),
            slopes: take(k),
            step: take(k),
            place: take(k),
            scratch: take(k),
        })
    }

    /// Spans the space at `theta`: fills `basis` and `reduced` (VᵀHV, k × k with its first `spanned` rows
    /// used), and returns how many vectors it took.
    fn span<C: HessianVector<Real = T>>(
        &mut self,
        cost: &mut C,
        theta: &[T],
        k: usize,
    ) -> Result<usize, WrongLength> {
        let n = theta.len();
        copy(self.gradient, self.product);
        for spanned in 0..k {
            // the last place is kept for the last step's direction
            let moved = spanned > 0 && spanned + 1 == k && self.last.iter().any(|&entry| entry != T::ZERO);
            if moved {
                copy(self.last, self.product);
            }
            let (before, after) = self.basis.split_at_mut_checked(spanned * n).unwrap_or((&mut [], &mut []));
            let next = after.get_mut(..n).unwrap_or(&mut []);
            copy(self.product, next);
            let length = unit(next);
            for _ in 0..2 {
                for other in rows(before, n) {
                    orthogonalise(next, other)?;
                }
            }
            if !(length > 0.0 && unit(next) > SPANNED) {
                return Ok(spanned);
            }
            cost.hessian_vector(theta, next, self.product)?;
            for (row, vector) in rows(self.basis, n).take(spanned + 1).enumerate() {
                let entry = T::from_f64(dot(vector, self.product));
                for place in [row * k + spanned, spanned * k + row] {
                    if let Some(reduced) = self.reduced.get_mut(place) {
                        *reduced = entry;
                    }
                }
            }
        }
        Ok(k)
    }

    /// Packs the first `spanned` rows and columns of `reduced` together and takes them apart.
    fn take_apart(&mut self, k: usize, spanned: usize) -> Result<(), SearchError> {
        for (row, column) in (0..spanned).flat_map(|row| (0..spanned).map(move |column| (row, column))) {
            let entry = self.reduced.get(row * k + column).copied().unwrap_or(T::ZERO);
            if let Some(place) = self.reduced.get_mut(row * spanned + column) {
                *place = entry;
            }
        }
        let (values, vectors) = (self.values.get_mut(..spanned), self.vectors.get_mut(..spanned * spanned));
        symmetric::eigen(
            self.reduced.get(..spanned * spanned).unwrap_or(&[]),
            values.unwrap_or(&mut []),
            vectors.unwrap_or(&mut []),
            self.scratch.get_mut(..spanned).unwrap_or(&mut []),
        )?;
        Ok(())
    }

    /// trial ← origin + V·(place + step).
    fn try_step(&mut self, spanned: usize) {
        copy(self.origin, self.trial);
        let n = self.origin.len().max(1);
        let moves = self.place.iter().zip(&*self.step).take(spanned);
        for ((place, step), vector) in moves.zip(rows(self.basis, n)) {
            for (trial, v) in self.trial.iter_mut().zip(vector) {
                *trial += (*place + *step) * *v;
            }
        }
    }

    /// The damping whose step within the space has the lowest cost, if one lies below `value`.
    fn best_damping<C: HessianVector<Real = T>>(
        &mut self,
        cost: &mut C,
        (model, spanned, flat): (Model, usize, f64),
        value: f64,
    ) -> Result<Option<f64>, WrongLength> {
        let mut best = None;
        let mut lowest = value;
        for damping in DAMPINGS {
            let values = self.values.get(..spanned).unwrap_or(&[]);
            if damping == 0.0 && values.iter().any(|value| value.abs().to_f64() <= flat) {
                continue;
            }
            self.damped_step(spanned, model.rule(damping, flat))?;
            self.try_step(spanned);
            let found = cost.cost(self.trial)?;
            if found < lowest {
                lowest = found;
                best = Some(damping);
            }
        }
        Ok(best)
    }

    fn damped_step(&mut self, spanned: usize, rule: Rule) -> Result<(), WrongLength> {
        rule.step(
            self.slopes.get(..spanned).unwrap_or(&[]),
            self.values.get(..spanned).unwrap_or(&[]),
            self.vectors.get(..spanned * spanned).unwrap_or(&[]),
            self.step.get_mut(..spanned).unwrap_or(&mut []),
        )
    }
}

impl KrylovSaddleFree {
    /// Runs the method from `theta`, which it moves. `memory` holds [`workspace`]`(n, directions)` entries.
    ///
    /// # Errors
    /// [`SearchError`]; θ is then where the last good step left it.
    pub fn run<C: HessianVector>(
        &self,
        cost: &mut C,
        theta: &mut [C::Real],
        memory: &mut [C::Real],
    ) -> Result<Report, SearchError> {
        self.run_seen(cost, theta, memory, |_, _| ControlFlow::Continue(()))
    }

    /// The same; `seen` is shown the number of outer steps taken and θ after each, and may end the run.
    ///
    /// # Errors
    /// [`SearchError`]; θ is then where the last good step left it.
    pub fn run_seen<C: HessianVector>(
        &self,
        cost: &mut C,
        theta: &mut [C::Real],
        memory: &mut [C::Real],
        mut seen: impl FnMut(u64, &[C::Real]) -> ControlFlow<()>,
    ) -> Result<Report, SearchError> {
        let n = cost.dimension();
        expect_length("theta", theta, n)?;
        let k = self.directions.min(n).max(1);
        let mut parts = Parts::new(n, k, memory)?;
        parts.last.fill(C::Real::ZERO);
        let mut value = cost.gradient(theta, parts.gradient)?;
        if !(value.is_finite() && norm(parts.gradient).is_finite()) {
            return Err(SearchError::NotFinite);
        }
        let mut steps = 0;
        let end = loop {
            if norm(parts.gradient) <= self.tolerance {
                break End::Critical;
            }
            if steps == self.steps {
                break End::Steps;
            }
            copy(theta, parts.origin);
            let spanned = parts.span(cost, theta, k)?;
            parts.take_apart(k, spanned)?;
            let flat = self.flat * largest(parts.values.get(..spanned).unwrap_or(&[]));
            parts.place.fill(C::Real::ZERO);
            let before = value;
            for _ in 0..self.inner.max(1) {
                let slopes = parts.slopes.iter_mut().zip(rows(parts.basis, n));
                for (slope, vector) in slopes.take(spanned) {
                    *slope = C::Real::from_f64(dot(vector, parts.gradient));
                }
                let Some(damping) = parts.best_damping(cost, (self.model, spanned, flat), value)? else {
                    break;
                };
                parts.damped_step(spanned, self.model.rule(damping, flat))?;
                parts.try_step(spanned);
                let found = cost.gradient(parts.trial, parts.product)?;
                if !(found.is_finite() && norm(parts.product).is_finite()) {
                    break;
                }
                value = found;
                copy(parts.product, parts.gradient);
                copy(parts.trial, theta);
                for (place, step) in parts.place.iter_mut().zip(&*parts.step) {
                    *place += *step;
                }
            }
            if value >= before {
                break End::Stalled;
            }
            for ((last, theta), origin) in parts.last.iter_mut().zip(&*theta).zip(&*parts.origin) {
                *last = *theta - *origin;
            }
            steps += 1;
            if seen(steps, theta).is_break() {
                break End::Steps;
            }
        };
        Ok(Report { steps, cost: value, gradient_norm: norm(parts.gradient), end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Cost;
    use crate::cost::closed_form::{DeepLinear, Quadratic, saddle};
    use crate::cost::counted::Counted;
    use crate::critical::saddle_free::SaddleFree;
    use crate::spectrum::decomposition::{self, ByProducts};

    #[test]
    fn with_all_directions_and_one_inner_step_it_is_the_exact_method() {
        let start = [0.9, 0.4, -0.3, 1.2];
        let mut cost = DeepLinear { depth: 4 };
        let (mut theta, mut memory) = (start, [0.0; workspace(4, 4)]);
        let method = KrylovSaddleFree { directions: 4, inner: 1, steps: 3, ..KrylovSaddleFree::default() };
        method.run(&mut cost, &mut theta, &mut memory).unwrap();
        let (mut wanted, mut memory) = (start, [0.0; decomposition::workspace(4)]);
        let exact = SaddleFree { steps: 3, ..SaddleFree::default() };
        exact.run(&mut ByProducts(cost), &mut wanted, &mut memory).unwrap();
        for (found, wanted) in theta.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
        }
    }

    #[test]
    fn two_directions_are_enough_on_the_classical_saddle() {
        let (mut theta, mut memory) = ([3.0, 2.0], [0.0; workspace(2, 2)]);
        let method = KrylovSaddleFree { directions: 2, inner: 1, steps: 1, ..KrylovSaddleFree::default() };
        method.run(&mut saddle(), &mut theta, &mut memory).unwrap();
        assert!(theta[0].abs() < 1e-12 && (theta[1] - 4.0_f64).abs() < 1e-12, "{theta:?}");
    }

    #[test]
    fn a_space_that_is_spanned_early_ends_early_and_costs_no_more_products() {
        let curvatures = [1.0, 1.0, 4.0, 4.0, 4.0, 1.0];
        let mut cost = Counted::new(Quadratic { curvatures: &curvatures });
        let (mut theta, mut memory) = ([1.0, -2.0, 0.5, 1.5, -1.0, 2.0], [0.0; workspace(6, 6)]);
        let method = KrylovSaddleFree { directions: 6, steps: 1, inner: 1, ..KrylovSaddleFree::default() };
        let report = method.run(&mut cost, &mut theta, &mut memory).unwrap();
        assert!(report.gradient_norm < 1e-12, "{report:?}");
        assert_eq!(cost.products, 2); // two different curvatures span the gradient
    }

    #[test]
    fn it_goes_down_past_a_saddle_that_it_starts_beside() {
        let mut theta = [1e-3, 2e-3, -1e-3, 1.5e-3];
        let mut memory = [0.0; workspace(4, 3)];
        let method = KrylovSaddleFree { directions: 3, ..KrylovSaddleFree::default() };
        let mut cost = Quadratic { curvatures: &[1.0, -1.0, 2.0, -0.5] };
        let before = cost.cost(&theta).unwrap();
        let report = KrylovSaddleFree { steps: 8, ..method }.run(&mut cost, &mut theta, &mut memory).unwrap();
        assert!(report.cost < before - 1e-2, "{report:?}");
    }

    #[test]
    fn short_memory_is_named() {
        let error = KrylovSaddleFree { directions: 2, ..KrylovSaddleFree::default() }
            .run(&mut saddle(), &mut [1.0, 1.0], &mut [0.0; 3])
            .unwrap_err();
        let wanted = WrongLength { argument: "memory", needed: workspace(2, 2), found: 3 };
        assert_eq!(error, SearchError::Length(wanted));
    }
}
