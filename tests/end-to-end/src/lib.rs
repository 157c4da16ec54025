//! What the tests of the program stand on: the program itself, files as other tools write them, and a plain
//! forward pass in double precision that shares no line with thalweg.
//!
//! ```no_run
//! use workbench::{case::Case, network::Network};
//! let case = Case::of_images(Network::new(&[36, 7, 4]));
//! case.run(&["check-model", "--theta", "theta.npy", "--precision", "f64"]).success();
//! ```

pub mod random;
pub mod network;
pub mod symmetric;
pub mod curvature;
pub mod files;
pub mod tensors;
pub mod results;
pub mod program;
pub mod case;
pub mod golden;
