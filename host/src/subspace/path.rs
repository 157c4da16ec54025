//! Where training went: projection and residual of each snapshot, the sheet through them, the
//! obstacles between them and the straight line, and the random walk to compare with.

use rayon::prelude::*;
use thalweg_core::length::WrongLength;
use thalweg_core::random::Random;
use thalweg_core::subspace::trajectory::{Place, axis, place};
use thalweg_core::subspace::{along, nearest};

use crate::engine::Scalar;
use crate::objective::Progress;
use crate::subspace::curve::vertex;
use crate::subspace::lines::LineCosts;

/// A path from a start to an end, laid out along the straight line between them.
#[derive(Clone, Debug)]
pub struct Trajectory<T> {
    /// θᵢ.
    pub start: Vec<T>,
    /// u, from the first snapshot to the last.
    pub unit: Vec<T>,
    /// L = |θ_f − θᵢ|.
    pub length: f64,
    /// α and β of each snapshot.
    pub places: Vec<Place>,
    /// v of each snapshot; where β < 1e-6·L, that of the nearest snapshot that has one.
    pub residuals: Vec<Vec<T>>,
}

/// The steps from the foot of a residual to its end at which obstacles are looked for.
pub const OBSTACLE_STEPS: usize = 20;

/// The share of L below which a residual has no direction.
pub const LEAST: f64 = 1e-6;

impl<T: Scalar> Trajectory<T> {
    /// Lays out snapshots, the first to the last.
    ///
    /// # Errors
    /// [`WrongLength`] if the snapshots differ in length.
    pub fn new(snapshots: &[Vec<T>]) -> Result<Self, WrongLength> {
        let empty = Vec::new();
        let start = snapshots.first().unwrap_or(&empty);
        let end = snapshots.last().unwrap_or(&empty);
        let mut unit = vec![T::ZERO; start.len()];
        let length = axis(start, end, &mut unit)?;
        let laid = snapshots
            .par_iter()
            .map(|theta| {
                let mut residual = vec![T::ZERO; start.len()];
                place(start, &unit, theta, LEAST * length, &mut residual).map(|place| (place, residual))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let (places, mut residuals): (Vec<Place>, Vec<Vec<T>>) = laid.into_iter().unzip();
        let with: Vec<usize> =
            (0..places.len()).filter(|&index| places[index].residual > LEAST * length).collect();
        for index in 0..places.len() {
            if let Some(&near) = with.iter().min_by_key(|&&other| other.abs_diff(index))
                && places[index].residual <= LEAST * length
            {
                residuals[index] = residuals[near].clone();
            }
        }
        Ok(Self { start: start.clone(), unit, length, places, residuals })
    }

    /// β_max/L; 0 for a path without length.
    #[must_use]
    pub fn residual_max(&self) -> f64 {
        let largest = self.places.iter().map(|place| place.residual).fold(0.0, f64::max);
        if self.length > 0.0 { largest / self.length } else { 0.0 }
    }

    /// The snapshot of largest residual.
    #[must_use]
    pub fn farthest(&self) -> usize {
        let residual = |&index: &usize| self.places[index].residual;
        (0..self.places.len()).max_by(|a, b| residual(a).total_cmp(&residual(b))).unwrap_or(0)
    }

    /// θᵢ + α·u.
    fn on_line(&self, alpha: f64) -> Result<Vec<T>, WrongLength> {
        let mut base = vec![T::ZERO; self.start.len()];
        along(&self.start, T::from_f64(alpha), &self.unit, &mut base)?;
        Ok(base)
    }

    /// S(α, β) = J(θᵢ + α·u + β·v(α)) for each column α and each β, column by column; v(α) is that of
    /// the snapshot whose projection lies nearest.
    ///
    /// # Errors
    /// [`WrongLength`] if the network does not have as many parameters.
    pub fn surface(
        &self,
        cost: &impl LineCosts<T>,
        alphas: &[f64],
        betas: &[f64],
        progress: Progress<'_>,
    ) -> Result<Vec<f64>, WrongLength> {
        let projections: Vec<f64> = self.places.iter().map(|place| place.projection).collect();
        let mut costs = Vec::with_capacity(alphas.len() * betas.len());
        for &alpha in alphas {
            let base = self.on_line(alpha)?;
            let residual = &self.residuals[nearest(&projections, alpha)];
            costs.extend(cost.on_line(&base, residual, betas, progress)?);
        }
        Ok(costs)
    }

    /// For each snapshot, how far the way q ↦ θᵢ + αu + qβv (q from 0 to 1 in `steps` steps) climbs
    /// above the higher of its ends; at least 0.
    ///
    /// # Errors
    /// [`WrongLength`] if the network does not have as many parameters.
    pub fn obstacles(
        &self,
        cost: &impl LineCosts<T>,
        steps: usize,
        progress: Progress<'_>,
    ) -> Result<Vec<f64>, WrongLength> {
        let mut obstacles = Vec::with_capacity(self.places.len());
        for (place, residual) in self.places.iter().zip(&self.residuals) {
            if place.residual <= LEAST * self.length {
                obstacles.push(0.0);
                continue;
            }
            let base = self.on_line(place.projection)?;
            let at = |step: usize| place.residual * step as f64 / steps as f64;
            let lengths: Vec<f64> = (0..=steps).map(at).collect();
            obstacles.push(obstacle(&cost.on_line(&base, residual, &lengths, progress)?));
        }
        Ok(obstacles)
    }
}

/// How far equally spaced costs climb above the higher of their two ends, by the parabola through the
/// highest and its neighbours; 0 where no cost between the ends is the highest.
#[must_use]
pub fn obstacle(costs: &[f64]) -> f64 {
    let ends = costs.first().copied().unwrap_or(0.0).max(costs.last().copied().unwrap_or(0.0));
    let place = |index: usize| (index as f64, costs[index]);
    match (0..costs.len()).max_by(|&a, &b| costs[a].total_cmp(&costs[b])) {
        Some(top) if costs[top] > ends => vertex(place(top - 1), place(top), place(top + 1)).1 - ends,
        _ => 0.0,
    }
}

/// A random walk from `start` whose steps have the given lengths and no direction in common.
#[must_use]
pub fn random_walk<T: Scalar>(start: &[T], lengths: &[f64], seed: u64) -> Vec<Vec<T>> {
    let mut random = Random::stream(seed, 0x5741_4c4b);
    let mut snapshots = vec![start.to_vec()];
    let mut here: Vec<f64> = start.iter().map(|entry| entry.to_f64()).collect();
    for &length in lengths {
        let step: Vec<f64> = here.iter().map(|_| random.normal()).collect();
        let norm = step.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        for (here, step) in here.iter_mut().zip(&step) {
            *here += step * length / norm;
        }
        snapshots.push(here.iter().map(|&entry| T::from_f64(entry)).collect());
    }
    snapshots
}

/// The distance from each snapshot to the next.
#[must_use]
pub fn step_lengths<T: Scalar>(snapshots: &[Vec<T>]) -> Vec<f64> {
    let distance = |pair: &[Vec<T>]| {
        let square = |(a, b): (&T, &T)| (b.to_f64() - a.to_f64()).powi(2);
        pair[0].iter().zip(&pair[1]).map(square).sum::<f64>().sqrt()
    };
    snapshots.windows(2).map(distance).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_lies_on_the_half_circle() {
        let walk = random_walk(&vec![0.0_f64; 3000], &[1.0; 120], 7);
        let trajectory = Trajectory::new(&walk).unwrap();
        for place in &trajectory.places {
            let (alpha, beta) = (place.projection / trajectory.length, place.residual / trajectory.length);
            assert!((((alpha - 0.5).powi(2) + beta * beta).sqrt() - 0.5).abs() < 0.05);
        }
        assert!((0.47..0.53).contains(&trajectory.residual_max()));
    }

    #[test]
    fn both_ends_have_the_direction_of_their_neighbour() {
        let snapshots = [vec![0.0, 0.0], vec![1.0, 1.0], vec![2.0, -0.5], vec![3.0, 0.0]];
        let trajectory = Trajectory::new(&snapshots).unwrap();
        assert_eq!(trajectory.residuals[0], [0.0, 1.0]);
        assert_eq!(trajectory.residuals[3], [0.0, -1.0]);
        assert_eq!((trajectory.length, trajectory.farthest()), (3.0, 1));
    }

    #[test]
    fn an_obstacle_is_what_stands_above_both_ends() {
        let climbs = [0.0, 0.5, 1.0].map(|q: f64| 1.0 + q * (1.1 - q));
        assert!((obstacle(&climbs) - (0.3025 - 0.1)).abs() < 1e-12);
        assert_eq!(obstacle(&[3.0, 2.0, 1.0]), 0.0);
        assert_eq!(obstacle(&[]), 0.0);
    }
}
