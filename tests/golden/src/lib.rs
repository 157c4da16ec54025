//! Holds the core and the host against golden values that an independent engine computed.
//!
//! A golden file is read as a [`case`], asked of every [`route`] that leads to its numbers (the core in
//! chunks of any length, the host with both of its engines; both precisions), and every number is
//! [`compared`](agreement) within the one table of [`tolerances`](tolerance).
//!
//! The rooms, from the ground up; a file imports only from rooms that stand above it in this list.

pub mod tolerance;
pub mod case;
pub mod route;
pub mod core_route;
pub mod host_route;
pub mod compare;
pub mod agreement;
pub mod descent;
pub mod networks;
