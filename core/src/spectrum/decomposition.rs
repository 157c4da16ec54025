//! The Hessian at a point taken apart into eigenvalues and eigenvectors, and the memory that this needs.

use crate::cost::difference::symmetrise;
use crate::cost::{Cost, Gradient, HessianVector, dot};
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::real::Real;
use crate::rows::rows;
use crate::spectrum::symmetric::{self, EigenError};

/// A cost whose Hessian can be taken apart: what the methods for few parameters ask for.
pub trait Decompose: Gradient {
    /// Writes the eigenvalues of H(θ), the largest first, and its unit eigenvectors one after the other.
    ///
    /// | argument  | shape  | unit                                     |
    /// |-----------|--------|------------------------------------------|
    /// | `theta`   | n      | parameters                               |
    /// | `values`  | n      | cost per parameter²                      |
    /// | `vectors` | n × n  | row k is the eigenvector to `values[k]`  |
    /// | `scratch` | n² + n | overwritten                              |
    ///
    /// # Errors
    /// [`EigenError`]; after an error of length nothing is written.
    fn decompose(
        &mut self,
        theta: &[Self::Real],
        values: &mut [Self::Real],
        vectors: &mut [Self::Real],
        scratch: &mut [Self::Real],
    ) -> Result<(), EigenError>;
}

/// Any cost with exact products, taken apart by n of them and the eigen-solver for small matrices.
///
/// # Examples
/// ```
/// use thalweg_core::cost::closed_form::FactoredLinear;
/// use thalweg_core::spectrum::decomposition::{Decompose, ByProducts};
/// let (mut values, mut vectors, mut scratch) = ([0.0; 2], [0.0; 4], [0.0; 6]);
/// let mut cost = ByProducts(FactoredLinear);
/// cost.decompose(&[2.0, 0.5], &mut values, &mut vectors, &mut scratch).unwrap();
/// assert!((values[0] - 4.25).abs() < 1e-14 && values[1].abs() < 1e-14); // w₁² + w₂² and 0
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByProducts<C>(pub C);

impl<C: Cost> Cost for ByProducts<C> {
    type Real = C::Real;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn cost(&mut self, theta: &[C::Real]) -> Result<f64, WrongLength> {
        self.0.cost(theta)
    }
}

impl<C: Gradient> Gradient for ByProducts<C> {
    fn gradient(&mut self, theta: &[C::Real], gradient: &mut [C::Real]) -> Result<f64, WrongLength> {
        self.0.gradient(theta, gradient)
    }
}

impl<C: HessianVector> Decompose for ByProducts<C> {
    fn decompose(
        &mut self,
        theta: &[C::Real],
        values: &mut [C::Real],
        vectors: &mut [C::Real],
        scratch: &mut [C::Real],
    ) -> Result<(), EigenError> {
        let n = self.dimension();
        expect_length("theta", theta, n)?;
        expect_length("values", values, n)?;
        expect_length("vectors", vectors, n * n)?;
        expect_at_least("scratch", scratch, n * n + n)?;
        let (matrix, rest) = scratch.split_at_mut_checked(n * n).unwrap_or((&mut [], &mut []));
        let unit = rest.get_mut(..n).unwrap_or(&mut []);
        unit.fill(C::Real::ZERO);
        for (index, row) in matrix.chunks_exact_mut(n.max(1)).enumerate() {
            set(unit, index, C::Real::ONE);
            self.0.hessian_vector(theta, unit, row)?;
            set(unit, index, C::Real::ZERO);
        }
        symmetrise(matrix, n);
        symmetric::eigen(matrix, values, vectors, unit)?;
        Ok(())
    }
}

fn set<T>(entries: &mut [T], index: usize, value: T) {
    if let Some(entry) = entries.get_mut(index) {
        *entry = value;
    }
}

/// How a step weighs the eigen-directions of the Hessian: δ = −Σ vᵢ·(vᵢᵀg)·weight(λᵢ).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// 1/(λ + damping): to the critical point of the quadratic model, whatever its kind. A direction with
    /// |λ + damping| ≤ `flat` is left as it is (the pseudo-inverse).
    Newton {
        /// Added to every curvature.
        damping: f64,
        /// What counts as no curvature.
        flat: f64,
    },
    /// 1/(|λ| + damping): Newton's lengths, but away from a saddle along its negative curvatures. A
    /// direction with |λ| + damping ≤ `flat` is left as it is.
    ///
    /// # Source
    /// Dauphin et al., *Identifying and attacking the saddle point problem* (2014), §6.
    SaddleFree {
        /// Added to every |curvature|.
        damping: f64,
        /// What counts as no curvature.
        flat: f64,
    },
    /// λ/(λ² + damping): the Levenberg–Marquardt step on ½|g|², to critical points of any kind.
    LevenbergMarquardt {
        /// Added to every squared curvature, above 0.
        damping: f64,
    },
}

impl Rule {
    /// What a unit slope along curvature λ is multiplied by.
    #[must_use]
    pub fn weight(self, curvature: f64) -> f64 {
        let inverse = |stiffness: f64, flat: f64| if stiffness.abs() <= flat { 0.0 } else { 1.0 / stiffness };
        match self {
            Self::Newton { damping, flat } => inverse(curvature + damping, flat),
            Self::SaddleFree { damping, flat } => inverse(curvature.abs() + damping, flat),
            Self::LevenbergMarquardt { damping } => curvature / (curvature * curvature + damping),
        }
    }

    /// Writes the step δ for a gradient and a Hessian taken apart.
    ///
    /// | argument   | shape | unit                                   |
    /// |------------|-------|----------------------------------------|
    /// | `gradient` | n     | cost per parameter                     |
    /// | `values`   | k     | eigenvalues                            |
    /// | `vectors`  | k × n | unit eigenvectors, one after the other |
    /// | `step`     | n     | parameters; overwritten                |
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is not of the shape above; nothing is written then.
    pub fn step<T: Real>(
        self,
        gradient: &[T],
        values: &[T],
        vectors: &[T],
        step: &mut [T],
    ) -> Result<(), WrongLength> {
        let n = gradient.len();
        expect_length("vectors", vectors, n * values.len())?;
        expect_length("step", step, n)?;
        step.fill(T::ZERO);
        for (value, vector) in values.iter().zip(rows(vectors, n)) {
            let moved = T::from_f64(-dot(vector, gradient) * self.weight(value.to_f64()));
            for (step, v) in step.iter_mut().zip(vector) {
                *step += moved * *v;
            }
        }
        Ok(())
    }
}

/// The memory of a method that takes the Hessian of n parameters apart.
#[derive(Debug)]
pub struct Workspace<'m, T> {
    /// g at θ.
    pub gradient: &'m mut [T],
    /// δ.
    pub step: &'m mut [T],
    /// θ + δ.
    pub trial: &'m mut [T],
    /// g at θ + δ, or the best θ + δ so far.
    pub other: &'m mut [T],
    /// The eigenvalues.
    pub values: &'m mut [T],
    /// The eigenvectors, one after the other.
    pub vectors: &'m mut [T],
    /// Memory of n² + n entries for the decomposition.
    pub scratch: &'m mut [T],
}

/// The entries of memory that a [`Workspace`] of n parameters takes: 2n² + 6n.
#[must_use]
pub const fn workspace(n: usize) -> usize {
    n.saturating_mul(n).saturating_mul(2).saturating_add(n.saturating_mul(6))
}

impl<'m, T: Real> Workspace<'m, T> {
    /// Shares out `memory`, of at least [`workspace`]`(n)` entries.
    ///
    /// # Errors
    /// [`WrongLength`] if it is shorter.
    pub fn new(n: usize, memory: &'m mut [T]) -> Result<Self, WrongLength> {
        expect_at_least("memory", memory, workspace(n))?;
        let mut rest = memory;
        let mut take = |count: usize| {
            let (head, tail) =
                core::mem::take(&mut rest).split_at_mut_checked(count).unwrap_or((&mut [], &mut []));
            rest = tail;
            head
        };
        Ok(Self {
            gradient: take(n),
            step: take(n),
            trial: take(n),
            other: take(n),
            values: take(n),
            vectors: take(n * n),
            scratch: take(n * n + n),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::closed_form::{Rosenbrock, saddle};

    #[test]
    fn the_parts_put_together_are_the_product() {
        let theta = [-0.4, 0.9];
        let (mut values, mut vectors, mut scratch) = ([0.0; 2], [0.0; 4], [0.0; 6]);
        ByProducts(Rosenbrock::default()).decompose(&theta, &mut values, &mut vectors, &mut scratch).unwrap();
        let v = [0.3, -1.1];
        let (mut wanted, mut found) = ([0.0; 2], [0.0; 2]);
        Rosenbrock::default().hessian_vector(&theta, &v, &mut wanted).unwrap();
        for (value, vector) in values.iter().zip(vectors.chunks_exact(2)) {
            let part = value * dot(vector, &v);
            found.iter_mut().zip(vector).for_each(|(found, entry)| *found += part * entry);
        }
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-11 * wanted.abs(), "{found} {wanted}");
        }
    }

    #[test]
    fn each_rule_takes_the_step_on_paper() {
        // 5x² − y² at (x, y) = (3, 2): slopes 30 and −4, curvatures 10 and −2
        let (values, vectors, gradient) = ([10.0, -2.0], [1.0, 0.0, 0.0, 1.0], [30.0, -4.0]);
        let step = |rule: Rule| {
            let mut step = [0.0; 2];
            rule.step(&gradient, &values, &vectors, &mut step).unwrap();
            step
        };
        assert_eq!(step(Rule::Newton { damping: 0.0, flat: 0.0 }), [-3.0, -2.0]);
        assert_eq!(step(Rule::Newton { damping: 2.0, flat: 1e-9 }), [-2.5, 0.0]);
        assert_eq!(step(Rule::SaddleFree { damping: 0.0, flat: 0.0 }), [-3.0, 2.0]);
        let found = step(Rule::LevenbergMarquardt { damping: 4.0 });
        assert!((found[0] + 300.0 / 104.0).abs() < 1e-14 && (found[1] + 1.0).abs() < 1e-14);
    }

    #[test]
    fn memory_is_shared_out_without_overlap_and_a_short_one_is_named() {
        let mut memory = [0.0_f32; workspace(3)];
        let parts = Workspace::new(3, &mut memory).unwrap();
        let lengths = [parts.gradient.len(), parts.values.len(), parts.vectors.len(), parts.scratch.len()];
        assert_eq!(lengths, [3, 3, 9, 12]);
        let error = Workspace::<f32>::new(3, &mut [0.0; 35]).unwrap_err();
        assert_eq!((error.argument, error.needed), ("memory", 36));
    }

    #[test]
    fn short_scratch_is_named_and_nothing_is_written() {
        let (mut values, mut vectors) = ([7.0; 2], [0.0; 4]);
        let error =
            ByProducts(saddle()).decompose(&[0.0; 2], &mut values, &mut vectors, &mut [0.0; 5]).unwrap_err();
        let wanted = WrongLength { argument: "scratch", needed: 6, found: 5 };
        assert_eq!((error, values), (EigenError::Length(wanted), [7.0; 2]));
    }
}
