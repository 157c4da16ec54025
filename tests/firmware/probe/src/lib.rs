//! Calls every public function of the core, with lengths and values that the compiler does not know.
//!
//! The images made of it are looked at, not run: in release they must hold no way to panic. A function is called
//! by its type or module (`View::width(…)`, `taylor::promise(…)`), so that the test which compares the calls
//! with the list of public functions can tell them apart.

#![no_std]

pub mod opaque;
pub mod networks;
pub mod sweeps;
pub mod costs;
pub mod subspaces;
pub mod curvature;
pub mod searches;

use thalweg_core::real::Real;

/// Calls everything in one precision, and what has one precision only.
#[inline(never)]
pub fn everything<T: Real>() {
    networks::call::<T>();
    networks::builders();
    sweeps::call::<T>();
    costs::call::<T>();
    costs::closed_forms();
    subspaces::call::<T>();
    curvature::call::<T>();
    searches::call::<T>();
}
