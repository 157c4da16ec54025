//! Costs along straight lines: of a network by restriction, of any other cost point by point.

use thalweg_core::cost::Cost;
use thalweg_core::length::{WrongLength, expect_length};
use thalweg_core::subspace::along;
use thalweg_core::subspace::restriction::Plane;

use crate::engine::Scalar;
use crate::objective::{Objective, Progress};

/// A cost that can be evaluated at many points of a line at once.
pub trait LineCosts<T> {
    /// J(origin + f·direction) for each factor f, in their order.
    ///
    /// # Errors
    /// [`WrongLength`] if a vector does not have one entry per parameter.
    fn on_line(
        &self,
        origin: &[T],
        direction: &[T],
        factors: &[f64],
        progress: Progress<'_>,
    ) -> Result<Vec<f64>, WrongLength>;

    /// J((1 − α)·start + α·end) for each α, formed as start + α·(end − start).
    ///
    /// # Errors
    /// [`WrongLength`] if a vector does not have one entry per parameter.
    fn between(&self, start: &[T], end: &[T], alphas: &[f64]) -> Result<Vec<f64>, WrongLength>
    where
        T: Scalar,
    {
        expect_length("end", end, start.len())?;
        let direction: Vec<T> = end.iter().zip(start).map(|(&end, &start)| end - start).collect();
        self.on_line(start, &direction, alphas, &|_| ())
    }
}

impl<T: Scalar> LineCosts<T> for Objective<'_, T> {
    fn on_line(
        &self,
        origin: &[T],
        direction: &[T],
        factors: &[f64],
        progress: Progress<'_>,
    ) -> Result<Vec<f64>, WrongLength> {
        let points: Vec<(T, T)> = factors.iter().map(|&factor| (T::from_f64(factor), T::ZERO)).collect();
        let plane = Plane { origin, x: direction, y: None };
        let tallies = self.tallies(plane, &points, progress)?;
        Ok(self.costs(plane, &points, &tallies))
    }
}

/// A cost, in closed form for instance, that is evaluated at one point after the other.
#[derive(Clone, Copy, Debug)]
pub struct PointByPoint<C>(pub C);

impl<C: Cost + Clone> LineCosts<C::Real> for PointByPoint<C> {
    fn on_line(
        &self,
        origin: &[C::Real],
        direction: &[C::Real],
        factors: &[f64],
        progress: Progress<'_>,
    ) -> Result<Vec<f64>, WrongLength> {
        use thalweg_core::real::Real;
        let mut cost = self.0.clone();
        let mut theta = origin.to_vec();
        let mut at = |&factor: &f64| {
            along(origin, C::Real::from_f64(factor), direction, &mut theta)?;
            progress(1);
            cost.cost(&theta)
        };
        factors.iter().map(&mut at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::cost::closed_form::FactoredLinear;

    #[test]
    fn a_line_between_two_minima_climbs_the_saddle() {
        let costs = PointByPoint(FactoredLinear).between(&[1.0, 1.0], &[-1.0, -1.0], &[0.0, 0.5, 1.0]);
        assert_eq!(costs.unwrap(), [0.0, 0.5, 0.0]);
        assert!(PointByPoint(FactoredLinear).between(&[1.0], &[0.0, 0.0], &[0.5]).is_err());
    }
}
