//! The curvature of one layer alone.

use core::ops::Range;

use crate::cost::operator::SymmetricOperator;
use crate::length::{WrongLength, expect_length};
use crate::real::Real;

/// The block of an operator that belongs to a run of parameters, such as one layer's: the other
/// parameters are held.
#[derive(Debug)]
pub struct Block<'a, O: SymmetricOperator> {
    inner: O,
    range: Range<usize>,
    scratch: &'a mut [O::Real],
}

impl<'a, O: SymmetricOperator> Block<'a, O> {
    /// The block of `inner` over the parameters in `range`; `scratch` has 2n entries, n that of `inner`.
    ///
    /// # Errors
    /// [`WrongLength`] if the range passes the last parameter, or `scratch` is not of that length.
    pub fn new(inner: O, range: Range<usize>, scratch: &'a mut [O::Real]) -> Result<Self, WrongLength> {
        let n = inner.dimension();
        if range.start > range.end || range.end > n {
            return Err(WrongLength { argument: "range", needed: n, found: range.end.max(range.start) });
        }
        expect_length("scratch", scratch, 2 * n)?;
        Ok(Self { inner, range, scratch })
    }
}

impl<O: SymmetricOperator> SymmetricOperator for Block<'_, O> {
    type Real = O::Real;

    fn dimension(&self) -> usize {
        self.range.len()
    }

    fn product(&mut self, v: &[O::Real], out: &mut [O::Real]) -> Result<(), WrongLength> {
        expect_length("v", v, self.range.len())?;
        expect_length("out", out, self.range.len())?;
        let half = self.scratch.len() / 2;
        let (whole, product) = self.scratch.split_at_mut_checked(half).unwrap_or((&mut [], &mut []));
        whole.fill(O::Real::ZERO);
        for (entry, v) in whole.iter_mut().skip(self.range.start).zip(v) {
            *entry = *v;
        }
        self.inner.product(whole, product)?;
        for (out, entry) in out.iter_mut().zip(product.iter().skip(self.range.start)) {
            *out = *entry;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::dense::Dense;

    #[test]
    fn a_block_is_the_corner_of_the_matrix() {
        let matrix = [1.0, 2.0, 3.0, 2.0, 5.0, 6.0, 3.0, 6.0, 9.0];
        let (mut scratch, mut out) = ([7.0; 6], [0.0; 2]);
        let mut block = Block::new(Dense::new(&matrix, 3).unwrap(), 1..3, &mut scratch).unwrap();
        block.product(&[1.0, -1.0], &mut out).unwrap();
        assert_eq!(out, [-1.0, -3.0]);
        let error = Block::new(Dense::new(&matrix, 3).unwrap(), 1..4, &mut scratch).unwrap_err();
        assert_eq!(error, WrongLength { argument: "range", needed: 3, found: 4 });
    }
}
