//! The deck as software: one file per experiment, and the page that shows them slide by slide.

pub mod check;
pub mod report;
pub mod setting;
pub mod straight_line;
pub mod maxout_line;
pub mod activations;
pub mod two_solutions;
pub mod random_start;
pub mod subspace;
pub mod sheet;
pub mod trajectory;
pub mod random_walk;
pub mod factored_linear;
pub mod factored_network;
pub mod constructed_bump;
pub mod constructed_obstacle;
pub mod slowness;
pub mod questions;
pub mod contents;
pub mod slides;
pub mod page;
