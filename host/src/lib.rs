//! See and measure the structure of neural-network cost functions.
//!
//! The rooms, from the ground up; a file imports only from rooms that stand above it in this list.

pub mod memory;
pub mod work;
pub mod table;
pub mod figure;
pub mod results;
pub mod engine;
pub mod files;
pub mod objective;
pub mod curvature;
pub mod training;
pub mod options;
pub mod subspace;
pub mod deck;
pub mod commands;
