//! What a random start may not have seen of a spectrum.
//!
//! # Source
//! Kuczyński and Woźniakowski, *Estimating the largest eigenvalue by the power and Lanczos algorithms
//! with a random start* (1992), theorem 4.2.

use crate::real::Real;
use crate::spectrum::tridiagonal::at;

/// √n·1.648, by which the theorem's bound is multiplied.
fn factor(n: usize) -> f64 {
    1.648 * libm::sqrt(n as f64)
}

/// An eigenvalue further out than the outermost seen by more than this share of the spectrum's width was missed
/// with probability at most `probability`.
///
/// √ε = ln(1.648·√n / probability) / (2k − 1) for k products from one random start; 1 where that
/// says nothing.
#[must_use]
pub fn unseen_share(n: usize, products: u64, probability: f64) -> f64 {
    if products < 2 {
        return 1.0;
    }
    let root = libm::log(factor(n) / probability) / (2 * products - 1) as f64;
    (root * root).min(1.0)
}

/// The probability, at most, that k products from one random start have missed an eigenvalue further out than the
/// outermost seen by `share` of the spectrum's width: 1.648·√n·exp(−√share·(2k − 1)).
///
/// # Examples
/// ```
/// use thalweg_core::spectrum::unseen::{missed, unseen_share};
/// let share = unseen_share(100_000, 20, 0.01);
/// assert!((missed(100_000, 20, share) - 0.01).abs() < 1e-15);
/// ```
#[must_use]
pub fn missed(n: usize, products: u64, share: f64) -> f64 {
    if products == 0 || share.is_nan() || share <= 0.0 {
        return 1.0;
    }
    let steps = (2 * products - 1) as f64;
    (factor(n) * libm::exp(-libm::sqrt(share) * steps)).min(1.0)
}

/// The smallest and the largest of descending values, or of those before.
pub(crate) fn widen<T: Real>(values: &[T], (least, most): (f64, f64)) -> (f64, f64) {
    match (values.first(), values.last()) {
        (Some(first), Some(last)) => (least.min(last.to_f64()), most.max(first.to_f64())),
        _ => (least, most),
    }
}

/// How far the next of descending values stand off from the outermost `top` and `bottom`, as a share of the width
/// that the rest would have if one more of the outermost were among them; the smaller share of the two ends.
///
/// `seen` are the smallest and the largest value ever seen. The true ends lie outside them, so the width is taken a
/// tenth larger.
pub(crate) fn gap<T: Real>(values: &[T], (top, bottom): (usize, usize), seen: (f64, f64)) -> f64 {
    const WIDER: f64 = 1.1;
    let k = values.len();
    if k <= top + bottom {
        return 0.0;
    }
    let share = |outermost: usize, next: usize, far: f64| {
        let value = |index: usize| at(values, index).to_f64();
        (value(outermost) - value(next)) / (WIDER * (value(outermost) - far))
    };
    let upper = if top > 0 { share(top - 1, top, seen.0) } else { 1.0 };
    let lower = if bottom > 0 { share(k - bottom, k - bottom - 1, seen.1) } else { 1.0 };
    upper.min(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrower_gap_counts() {
        let values = [10.0, 6.0, 5.0, 1.0, -4.0, -6.0];
        assert_eq!(widen(&values, (-8.0, 9.0)), (-8.0, 10.0));
        let near =
            |found: f64, wanted: f64| assert!((found - wanted / 1.1).abs() < 1e-15, "{found} {wanted}");
        near(gap(&values, (1, 0), (-8.0, 10.0)), 4.0 / 18.0);
        near(gap(&values, (0, 1), (-8.0, 10.0)), 2.0 / 16.0);
        near(gap(&values, (1, 1), (-8.0, 10.0)), 2.0 / 16.0);
        near(gap(&values, (2, 2), (-8.0, 10.0)), 1.0 / 14.0);
        assert_eq!(gap(&values, (3, 3), (-8.0, 10.0)), 0.0);
    }

    #[test]
    fn the_unseen_share_falls_with_the_products() {
        assert_eq!(unseen_share(100, 1, 0.01), 1.0);
        let share = unseen_share(100_000, 20, 0.01);
        assert!((share - 0.0776).abs() < 1e-3, "{share}");
        assert!(unseen_share(100_000, 60, 0.01) < share / 8.0);
    }

    #[test]
    fn a_wide_gap_is_sure_after_few_products_and_none_never() {
        // 1.648·√10000·e^(−½·19)
        assert!((missed(10_000, 10, 0.25) - 164.8 * (-9.5_f64).exp()).abs() < 1e-15);
        assert_eq!((missed(10_000, 10, 0.0), missed(10_000, 0, 0.5)), (1.0, 1.0));
        assert_eq!((missed(10_000, 1, 1e-3), missed(10_000, 10, f64::NAN)), (1.0, 1.0));
    }
}
