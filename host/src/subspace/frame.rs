//! A plane through parameter space: its three vectors, what its axes mean, and where points lie in it.

use thalweg_core::cost::dot;
use thalweg_core::length::WrongLength;
use thalweg_core::subspace::restriction::Plane;

use crate::engine::Scalar;
use crate::results::summary::number;
use crate::subspace::components::principal;
use crate::subspace::path::{LEAST, Trajectory};

/// A plane θ₀ + a·x + b·y.
#[derive(Clone, Debug)]
pub struct Frame<T> {
    /// θ₀.
    pub origin: Vec<T>,
    /// The direction of a.
    pub x: Vec<T>,
    /// The direction of b.
    pub y: Vec<T>,
    /// What a and b mean.
    pub axes: [String; 2],
    /// What a reader should know of the choice.
    pub notes: Vec<String>,
}

/// Where points lie in a plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinates {
    /// a of each point's foot in the plane.
    pub x: Vec<f64>,
    /// b of each.
    pub y: Vec<f64>,
    /// The share of the points' squared distance from θ₀ that lies in the plane; 1 if there is none.
    pub share: f64,
}

/// Why a run gives no plane.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Snapshots differ in length.
    #[error(transparent)]
    Length(#[from] WrongLength),
    /// All snapshots lie on a line.
    #[error("the run never leaves the straight line, so it spans no plane")]
    Straight,
    /// There are fewer than three snapshots, or they lie on a line.
    #[error("the run's snapshots span no plane; at least three that are not on a line are needed")]
    NoComponents,
}

fn difference<T: Scalar>(end: &[T], start: &[T]) -> Vec<T> {
    end.iter().zip(start).map(|(&end, &start)| end - start).collect()
}

impl<T: Scalar> Frame<T> {
    /// The plane with θ₀, a second and a third point at (0, 0), (1, 0) and (0, 1).
    #[must_use]
    pub fn through_points(origin: Vec<T>, second: &[T], third: &[T]) -> Self {
        Self {
            x: difference(second, &origin),
            y: difference(third, &origin),
            origin,
            axes: ["x (0: first point, 1: second point)".to_owned(), "y (1: third point)".to_owned()],
            notes: Vec::new(),
        }
    }

    /// The plane through the start of a run at (0, 0), its end at (1, 0) and its snapshot of largest
    /// residual at y = 1; its axes are orthogonal. `origin` moves (0, 0) elsewhere.
    ///
    /// # Errors
    /// [`FrameError`] if the run is a straight line.
    pub fn through_run(snapshots: &[Vec<T>], origin: Option<Vec<T>>) -> Result<Self, FrameError> {
        let trajectory = Trajectory::new(snapshots)?;
        let farthest = trajectory.farthest();
        let residual = trajectory.places.get(farthest).map_or(0.0, |place| place.residual);
        let (Some(direction), Some(end)) = (trajectory.residuals.get(farthest), snapshots.last()) else {
            return Err(FrameError::Straight);
        };
        if residual <= LEAST * trajectory.length {
            return Err(FrameError::Straight);
        }
        let note =
            format!("y leads to snapshot {farthest}, the one of largest residual ({})", number(residual));
        Ok(Self {
            x: difference(end, &trajectory.start),
            y: direction.iter().map(|&entry| entry * T::from_f64(residual)).collect(),
            origin: origin.unwrap_or(trajectory.start),
            axes: [
                "x (0: start, 1: end of training)".to_owned(),
                "y (1: largest residual of the path)".to_owned(),
            ],
            notes: vec![note],
        })
    }

    /// The plane through the last snapshot, or another origin, along the two leading principal
    /// components of a run; 1 is the path's reach along each.
    ///
    /// # Errors
    /// [`FrameError`] if the run spans no plane.
    pub fn of_components(snapshots: &[Vec<T>], origin: Option<Vec<T>>) -> Result<Self, FrameError> {
        let components = principal(snapshots).ok_or(FrameError::NoComponents)?;
        let origin = origin.or_else(|| snapshots.last().cloned()).unwrap_or_default();
        let [one, two] = components.shares.map(|share| 100.0 * share);
        let scaled = |direction: &Vec<T>| {
            let reach = |theta: &Vec<T>| dot(&difference(theta, &origin), direction).abs();
            let length = snapshots.iter().map(reach).fold(0.0, f64::max);
            direction.iter().map(|&entry| T::from_f64(entry.to_f64() * length)).collect::<Vec<T>>()
        };
        let [x, y] = [scaled(&components.directions[0]), scaled(&components.directions[1])];
        let note = format!(
            "the two components hold {one:.1} % and {two:.1} % of the path's variance; a random walk's would \
             hold 60.8 % and 15.2 %"
        );
        let axes = [
            format!("x (first principal component, {one:.1} % of variance; 1: reach of the path)"),
            format!("y (second principal component, {two:.1} %)"),
        ];
        Ok(Self { origin, x, y, axes, notes: vec![note] })
    }

    /// The plane as the evaluation takes it.
    #[must_use]
    pub fn plane(&self) -> Plane<'_, T> {
        Plane { origin: &self.origin, x: &self.x, y: Some(&self.y) }
    }

    /// Where points lie in the plane, whose directions need not be orthogonal.
    #[must_use]
    pub fn coordinates(&self, points: &[Vec<T>]) -> Coordinates {
        let (xx, xy, yy) = (dot(&self.x, &self.x), dot(&self.x, &self.y), dot(&self.y, &self.y));
        let determinant = xx * yy - xy * xy;
        let flat = determinant <= 1e-20 * xx * yy;
        let (mut xs, mut ys, mut inside, mut all) = (Vec::new(), Vec::new(), 0.0, 0.0);
        for point in points {
            let way = difference(point, &self.origin);
            let (p, q) = (dot(&way, &self.x), dot(&way, &self.y));
            let (x, y) = if flat {
                (p / xx, 0.0)
            } else {
                ((p * yy - q * xy) / determinant, (q * xx - p * xy) / determinant)
            };
            xs.push(x);
            ys.push(y);
            inside += x * p + y * q;
            all += dot(&way, &way);
        }
        Coordinates { x: xs, y: ys, share: if all > 0.0 { inside / all } else { 1.0 } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_undo_a_plane_that_is_not_orthogonal() {
        let frame = Frame::through_points(vec![1.0, 1.0, 1.0], &[3.0, 1.0, 1.0], &[2.0, 2.0, 1.0]);
        let inside = frame.coordinates(&[vec![1.0 + 2.0 * 0.5 - 0.25, 1.0 - 0.25, 1.0]]);
        assert_eq!((inside.x[0], inside.y[0], inside.share), (0.5, -0.25, 1.0));
        let outside = frame.coordinates(&[vec![2.0, 1.0, 2.0]]);
        assert!((outside.share - 0.5).abs() < 1e-15);
    }

    #[test]
    fn the_plane_of_a_run_holds_its_start_end_and_farthest_snapshot() {
        let snapshots = [vec![0.0, 0.0], vec![1.0, 2.0], vec![4.0, 0.0]];
        let frame = Frame::through_run(&snapshots, None).unwrap();
        let places = frame.coordinates(&snapshots);
        assert_eq!((places.x, places.y), (vec![0.0, 0.25, 1.0], vec![0.0, 1.0, 0.0]));
        assert!(Frame::through_run(&[vec![0.0, 0.0], vec![1.0, 1.0]], None).is_err());
    }
}
