//! Lines, planes and paths through parameter space, and what the costs along them say.

pub mod lines;
pub mod curve;
pub mod path;
pub mod components;
pub mod frame;
pub mod directions;
