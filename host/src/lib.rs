//! See and measure the structure of neural-network cost functions.
pub mod tile;
pub mod engine;
pub mod model;
pub mod npy;
pub mod batch;
pub mod data;
pub mod parameters;
pub mod output;
pub mod summary;
pub mod options;
pub mod objective;
pub mod training;
