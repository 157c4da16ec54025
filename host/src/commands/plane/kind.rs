//! Which plane the options of `plane` name, and how it is called.

use std::path::PathBuf;

use super::options::Plane;
use crate::options::DirectionSource;
use crate::subspace::directions;

/// Which plane the options name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Through three points.
    Points,
    /// Along two directions, drawn or from files.
    Directions,
    /// Of a run.
    Run,
    /// Along eigenvectors of the Hessian.
    Eigen,
}

impl Kind {
    /// The kind that the options name.
    pub fn of(options: &Plane) -> Self {
        match options.directions.directions {
            _ if options.theta2.is_some() => Self::Points,
            DirectionSource::Random => Self::Directions,
            DirectionSource::Eigen => Self::Eigen,
            DirectionSource::Run | DirectionSource::Pca => Self::Run,
        }
    }

    /// What the figure shows.
    pub fn title(self, options: &Plane) -> &'static str {
        let files = options.direction_x.is_some() || options.direction_y.is_some();
        match (self, options.directions.directions) {
            (Self::Points, _) => "Cost over the plane through three points",
            (Self::Directions, _) if files => "Cost around a point, along two directions",
            (Self::Directions, _) => "Cost around a point, along two random directions",
            (Self::Run, DirectionSource::Run) => {
                "Cost over the plane through training's start, end and farthest point"
            }
            (Self::Eigen, _) => "Cost along the directions of largest and smallest curvature",
            (Self::Run, _) => "Cost over the plane of the training path's two main components",
        }
    }

    /// The words for the settings.
    pub fn words(self, options: &Plane) -> String {
        let file =
            |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let axis = |path: &Option<PathBuf>| {
            directions::words(&options.directions, path.is_some()) + " " + &file(path)
        };
        match self {
            Self::Points => format!("to {} and {}", file(&options.theta2), file(&options.theta3)),
            Self::Directions => {
                let [x, y] = [axis(&options.direction_x), axis(&options.direction_y)];
                format!("x: {}; y: {}", x.trim_end(), y.trim_end())
            }
            Self::Run | Self::Eigen => directions::source_name(options.directions.directions).to_owned(),
        }
    }
}
