//! A symmetric matrix that is held whole, as an operator.

use crate::cost::operator::SymmetricOperator;
use crate::length::{WrongLength, expect_length};
use crate::real::Real;

/// A symmetric matrix in memory, row-major.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a, T> {
    matrix: &'a [T],
    n: usize,
}

impl<'a, T: Real> Dense<'a, T> {
    /// The operator of an n × n matrix, taken to be symmetric.
    ///
    /// # Errors
    /// [`WrongLength`] if `matrix` does not have n² entries.
    pub const fn new(matrix: &'a [T], n: usize) -> Result<Self, WrongLength> {
        match expect_length("matrix", matrix, n * n) {
            Ok(()) => Ok(Self { matrix, n }),
            Err(error) => Err(error),
        }
    }
}

impl<T: Real> SymmetricOperator for Dense<'_, T> {
    type Real = T;

    fn dimension(&self) -> usize {
        self.n
    }

    fn product(&mut self, v: &[T], out: &mut [T]) -> Result<(), WrongLength> {
        expect_length("v", v, self.n)?;
        expect_length("out", out, self.n)?;
        for (out, row) in out.iter_mut().zip(self.matrix.chunks_exact(self.n.max(1))) {
            *out = row.iter().zip(v).fold(T::ZERO, |sum, (entry, v)| sum + *entry * *v);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_vectors_are_each_vector_alone() {
        let matrix = [1.0, 2.0, 2.0, -5.0];
        let (mut together, mut alone) = ([0.0; 4], [0.0; 2]);
        let mut dense = Dense::new(&matrix, 2).unwrap();
        dense.products(&[1.0, 0.0, 3.0, 4.0], &mut together).unwrap();
        dense.product(&[3.0, 4.0], &mut alone).unwrap();
        assert_eq!(together, [1.0, 2.0, alone[0], alone[1]]);
        assert!(dense.products(&[1.0; 3], &mut [0.0; 3]).is_err());
    }
}
