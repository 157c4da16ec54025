//! The principal components of a path's snapshots.

use faer::{Mat, Side};
use rayon::prelude::*;

use crate::engine::Scalar;

/// The two leading principal components, with their shares of the path's variance.
#[derive(Clone, Debug)]
pub struct Components<T> {
    /// The unit vectors, the leading one first.
    pub directions: [Vec<T>; 2],
    /// The shares of the variance, 0 to 1.
    pub shares: [f64; 2],
}

/// The principal components of snapshots, their mean taken off.
///
/// By the eigenvectors of the snapshots' Gram matrix, so the price is snapshots² · parameters.
/// `None` for fewer than three snapshots, or a path that does not span a plane.
#[must_use]
pub fn principal<T: Scalar>(snapshots: &[Vec<T>]) -> Option<Components<T>> {
    let count = snapshots.len();
    if count < 3 {
        return None;
    }
    let width = snapshots[0].len();
    let mean: Vec<f64> = (0..width)
        .into_par_iter()
        .map(|index| snapshots.iter().map(|theta| theta[index].to_f64()).sum::<f64>() / count as f64)
        .collect();
    let centred: Vec<Vec<f64>> = snapshots
        .par_iter()
        .map(|theta| theta.iter().zip(&mean).map(|(entry, mean)| entry.to_f64() - mean).collect())
        .collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let rows: Vec<Vec<f64>> =
        centred.par_iter().map(|a| centred.iter().map(|b| dot(a, b)).collect()).collect();
    let gram = Mat::from_fn(count, count, |row, column| rows[row][column]);
    let eigen = gram.self_adjoint_eigen(Side::Lower).ok()?;
    let values = eigen.S().column_vector();
    let total: f64 = (0..count).map(|index| values[index].max(0.0)).sum();
    let component = |place: usize| {
        let index = count - 1 - place;
        let value = values[index];
        if value <= 1e-12 * total {
            return None;
        }
        let mut direction = vec![0.0; width];
        for (row, snapshot) in centred.iter().enumerate() {
            let factor = eigen.U()[(row, index)] / value.sqrt();
            for (direction, entry) in direction.iter_mut().zip(snapshot) {
                *direction += factor * entry;
            }
        }
        Some((direction.into_iter().map(T::from_f64).collect(), value / total))
    };
    let ((first, one), (second, two)) = (component(0)?, component(1)?);
    Some(Components { directions: [first, second], shares: [one, two] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subspace::path::random_walk;

    #[test]
    fn a_random_walk_has_the_shares_of_a_random_walk() {
        let walk = random_walk(&vec![0.0_f64; 2000], &[1.0; 200], 3);
        let components = principal(&walk).unwrap();
        assert!((components.shares[0] - 0.608).abs() < 0.03, "{:?}", components.shares);
        assert!((components.shares[1] - 0.152).abs() < 0.02, "{:?}", components.shares);
        let dot: f64 =
            components.directions[0].iter().zip(&components.directions[1]).map(|(a, b)| a * b).sum();
        assert!(dot.abs() < 1e-10);
    }

    #[test]
    fn a_straight_path_spans_no_plane() {
        let path: Vec<Vec<f64>> = (0..5).map(|i| vec![f64::from(i), 2.0 * f64::from(i)]).collect();
        assert!(principal(&path).is_none());
    }
}
