//! The core's methods for second derivatives, with the memory they ask for.

pub mod eigen;
pub mod spectrum;
pub mod remembered;
pub mod decomposed;
pub mod critical;
