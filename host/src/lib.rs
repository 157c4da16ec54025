//! thalweg
pub mod tile;
pub mod engine;
pub mod model;
