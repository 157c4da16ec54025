//! The spectrum of a symmetric operator: whole, at its ends, as a density and by its trace.

mod basis;
pub mod tridiagonal;
pub mod symmetric;
pub mod dense;
pub mod block;
pub mod decomposition;
mod krylov;
pub mod unseen;
pub mod lanczos;
pub mod estimate;
pub mod quadrature;
pub mod trace;
