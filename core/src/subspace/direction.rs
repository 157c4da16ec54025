//! Directions through parameter space: drawn, normalised, made orthogonal.

use crate::cost::{dot, norm};
use crate::length::{WrongLength, expect_length};
use crate::network::View;
use crate::random::Random;
use crate::real::Real;

/// To what the parts of a direction are scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalisation {
    /// Each row of a weight (a unit's, or a piece's, incoming weights) to the length of θ's row.
    ///
    /// # Source
    /// Li et al., *Visualizing the loss landscape of neural nets* (2018), §4.
    Filter,
    /// Each weight as a whole to the length of θ's weight.
    Layer,
    /// Nothing is scaled.
    None,
}

/// Fills a direction with independent standard normal numbers that follow from the seed.
pub fn random<T: Real>(seed: u64, purpose: u64, direction: &mut [T]) {
    Random::stream(seed, purpose).fill_normal(direction);
}

/// Scales `part` to the length of `model`: d ← d·|θ|/|d|; a part of length 0 stays 0.
fn scale_to<T: Real>(part: &mut [T], model: &[T]) {
    let length = norm(part);
    if length > 0.0 {
        let factor = norm(model) / length;
        for entry in part {
            *entry = T::from_f64(entry.to_f64() * factor);
        }
    }
}

/// Scales the parts of a direction to the parts of θ.
///
/// Biases become 0, or with `keep_bias` each bias vector is scaled as a whole to the length of θ's.
/// [`Normalisation::None`] changes nothing.
///
/// # Errors
/// [`WrongLength`] if a slice does not have one entry per parameter; nothing is written then.
pub fn normalise<T: Real>(
    network: &View<'_>,
    normalisation: Normalisation,
    keep_bias: bool,
    theta: &[T],
    direction: &mut [T],
) -> Result<(), WrongLength> {
    expect_length("theta", theta, network.parameters())?;
    expect_length("direction", direction, network.parameters())?;
    if normalisation == Normalisation::None {
        return Ok(());
    }
    for block in network.blocks() {
        let (part, model) = (direction.get_mut(block.range()), theta.get(block.range()));
        let (Some(part), Some(model)) = (part, model) else { continue };
        if block.is_bias && !keep_bias {
            part.fill(T::ZERO);
        } else if block.is_bias || normalisation == Normalisation::Layer {
            scale_to(part, model);
        } else {
            let columns = block.columns.max(1);
            for (part, model) in part.chunks_exact_mut(columns).zip(model.chunks_exact(columns)) {
                scale_to(part, model);
            }
        }
    }
    Ok(())
}

/// Takes from `direction` its part along `other`, twice, so that what is left is orthogonal to
/// rounding; the length of `other` does not matter. Along a zero `other` nothing is taken.
///
/// # Errors
/// [`WrongLength`] if the two do not have the same length.
///
/// # Source
/// Twice is enough: Giraud, Langou, Rozložník, *The loss of orthogonality in the Gram–Schmidt process* (2005).
pub fn orthogonalise<T: Real>(direction: &mut [T], other: &[T]) -> Result<(), WrongLength> {
    expect_length("direction", direction, other.len())?;
    let square = dot(other, other);
    if square > 0.0 {
        for _ in 0..2 {
            let share = dot(direction, other) / square;
            for (entry, other) in direction.iter_mut().zip(other) {
                *entry = T::from_f64(entry.to_f64() - share * other.to_f64());
            }
        }
    }
    Ok(())
}

/// Scales a vector to length 1, and returns the length it had; a zero vector stays.
pub fn unit<T: Real>(vector: &mut [T]) -> f64 {
    let length = norm(vector);
    if length > 0.0 {
        for entry in vector {
            *entry = T::from_f64(entry.to_f64() / length);
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    const NET: Network<2> = Network::input(3).dense(2).squared_error();

    #[test]
    fn filters_get_the_length_of_thetas_rows() {
        let theta = [3.0, 4.0, 0.0, 0.0, 0.0, 2.0, 1.0, 1.0];
        let mut direction = [1.0, 2.0, 2.0, 0.0, 0.5, 0.0, 5.0, 5.0];
        normalise(&NET.view(), Normalisation::Filter, false, &theta, &mut direction).unwrap();
        assert!((norm(&direction[..3]) - 5.0).abs() < 1e-12);
        assert!((norm(&direction[3..6]) - 2.0).abs() < 1e-12);
        assert_eq!(direction[6..], [0.0, 0.0]);
    }

    #[test]
    fn what_is_left_is_orthogonal_even_when_nearly_parallel() {
        let other = [1.0, 1.0, 1.0];
        let mut direction = [1.0, 1.0, 1.0 + 1e-10];
        orthogonalise(&mut direction, &other).unwrap();
        assert!((dot(&direction, &other) / norm(&direction)).abs() < 1e-12);
    }

    #[test]
    fn a_zero_direction_stays_zero_and_finite() {
        let mut direction = [0.0; 8];
        normalise(&NET.view(), Normalisation::Layer, true, &[1.0; 8], &mut direction).unwrap();
        assert_eq!(direction, [0.0; 8]);
    }
}
