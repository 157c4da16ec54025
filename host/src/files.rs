//! What is read from files and written to them: networks, examples, θ, the record of a run.

pub mod npy;
pub mod model;
pub mod data;
pub mod parameters;
pub mod export;
pub mod record;
