//! See and measure the structure of neural-network cost functions.
//!
//! The rooms, from the ground up; a file imports only from rooms that stand above it in this list.

pub mod memory;
pub mod work;
pub mod tile;
pub mod vector;
pub mod panel_loss;
pub mod transpose;
pub mod sums;
pub mod engine;
pub mod model;
pub mod npy;
pub mod batch;
pub mod data;
pub mod parameters;
pub mod export;
pub mod flash;
pub mod output;
pub mod summary;
pub mod table;
pub mod options;
pub mod objective;
pub mod eigen;
pub mod spectrum;
pub mod remembered;
pub mod decomposed;
pub mod critical;
pub mod lines;
pub mod training;
pub mod method;
pub mod watch;
pub mod curve;
pub mod path;
pub mod components;
pub mod frame;
pub mod record;
pub mod problem;
pub mod forecast;
pub mod directions;
pub mod figure;
pub mod results;
pub mod deck;
pub mod commands;
