//! What a random start may not have seen of a spectrum.
//!
//! # Source
//! Kuczyński and Woźniakowski, *Estimating the largest eigenvalue by the power and Lanczos algorithms
//! with a random start* (1992), theorem 4.2.

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
/// use thalweg_core::unseen::{missed, unseen_share};
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

#[cfg(test)]
mod tests {
    use super::*;

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
