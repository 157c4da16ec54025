#![doc = include_str!("../README.md")]
//!
//! ## The rooms
//!
//! From the ground up; a file imports only from rooms that stand above it in this list.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(feature = "all"),
    allow(
        unused,
        irrefutable_let_patterns,
        clippy::match_single_binding,
        reason = "what an operation left out would use"
    )
)]

pub mod real;
pub mod length;
mod rows;
pub mod random;
pub mod network;
pub mod examples;
pub mod rules;
pub mod engine;
pub mod sweep;
pub mod cost;
pub mod descent;
pub mod subspace;
pub mod spectrum;
pub mod critical;
pub mod device;
