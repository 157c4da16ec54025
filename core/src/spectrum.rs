//! The spectrum of a symmetric operator: whole, at its ends, as a density and by its trace.

mod basis;
pub mod tridiagonal;
pub mod symmetric;
pub mod dense;
pub mod block;
pub mod decomposition;
mod projected;
mod search;
mod krylov;
pub mod unseen;
mod confirmation;
pub mod lanczos;
pub mod estimate;
pub mod quadrature;
pub mod trace;
