//! Projection and residual: how far along the straight line training has come, and how far off it.
//!
//! # Source
//! Goodfellow, Vinyals, Saxe, *Qualitatively characterizing neural network optimization problems*
//! (2015), §4.

use crate::length::{WrongLength, expect_length};
use crate::real::Real;

/// Where a snapshot lies relative to the line from the start to the end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// α = uᵀ(θ − θᵢ), in units of the parameters.
    pub projection: f64,
    /// β = |θ − θᵢ − α·u|, in units of the parameters.
    pub residual: f64,
}

/// Writes the unit vector u from `start` to `end`, and returns the distance L; u is 0 if L is.
///
/// # Errors
/// [`WrongLength`] if the slices differ in length; nothing is written then.
pub fn axis<T: Real>(start: &[T], end: &[T], unit: &mut [T]) -> Result<f64, WrongLength> {
    expect_length("end", end, start.len())?;
    expect_length("unit", unit, start.len())?;
    for ((unit, start), end) in unit.iter_mut().zip(start).zip(end) {
        *unit = *end - *start;
    }
    Ok(crate::subspace::direction::unit(unit))
}

/// Writes the residual r = θ − θᵢ − α·u of a snapshot, scaled to length 1, and returns its place.
///
/// Below a residual of `least` the direction is noise, and `residual` becomes 0.
///
/// # Errors
/// [`WrongLength`] if the slices differ in length; nothing is written then.
pub fn place<T: Real>(
    start: &[T],
    unit: &[T],
    theta: &[T],
    least: f64,
    residual: &mut [T],
) -> Result<Place, WrongLength> {
    expect_length("unit", unit, start.len())?;
    expect_length("theta", theta, start.len())?;
    expect_length("residual", residual, start.len())?;
    let mut projection = 0.0;
    for ((theta, start), unit) in theta.iter().zip(start).zip(unit) {
        projection += (theta.to_f64() - start.to_f64()) * unit.to_f64();
    }
    let off_line =
        |theta: T, start: T, unit: T| (theta.to_f64() - start.to_f64()) - projection * unit.to_f64();
    let mut square = 0.0;
    for ((theta, start), unit) in theta.iter().zip(start).zip(unit) {
        let r = off_line(*theta, *start, *unit);
        square += r * r;
    }
    let length = libm::sqrt(square);
    for (((out, theta), start), unit) in residual.iter_mut().zip(theta).zip(start).zip(unit) {
        *out = if length > least { T::from_f64(off_line(*theta, *start, *unit) / length) } else { T::ZERO };
    }
    Ok(Place { projection, residual: length })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_placed_by_pythagoras() {
        let (start, end) = ([1.0, 1.0, 1.0], [5.0, 1.0, 1.0]);
        let (mut unit, mut residual) = ([0.0; 3], [0.0; 3]);
        assert_eq!(axis(&start, &end, &mut unit).unwrap(), 4.0);
        let found = place(&start, &unit, &[2.0, 4.0, 5.0], 1e-6, &mut residual).unwrap();
        assert_eq!(found, Place { projection: 1.0, residual: 5.0 });
        assert_eq!(residual, [0.0, 0.6, 0.8]);
    }

    #[test]
    fn both_ends_lie_on_the_line() {
        let (start, end) = ([0.3_f64, -0.2], [1.7, 0.9]);
        let (mut unit, mut residual) = ([0.0; 2], [9.0; 2]);
        let length = axis(&start, &end, &mut unit).unwrap();
        let place = place(&start, &unit, &end, 1e-6 * length, &mut residual).unwrap();
        assert!((place.projection - length).abs() < 1e-15 && place.residual < 1e-15);
        assert_eq!(residual, [0.0; 2]);
    }
}
