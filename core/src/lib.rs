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

#[cfg(feature = "micromath")]
pub mod fast;
pub mod real;
pub mod length;
mod rows;
pub mod checksum;
pub mod random;
pub mod operation;
pub mod shape;
pub mod network;
pub mod builder;
pub mod map;
pub mod maximum;
pub mod elementwise;
pub mod examples;
pub mod loss;
pub mod engine;
pub mod sweep;
mod update;
pub mod in_place;
pub mod inference;
pub mod cost;
pub mod operator;
pub mod counted;
pub mod decay;
pub mod mean_cost;
pub mod closed_form;
pub mod difference;
pub mod initialise;
pub mod schedule;
pub mod descent;
pub mod direction;
mod basis;
pub mod tridiagonal;
pub mod symmetric;
pub mod dense;
pub mod block;
pub mod unseen;
mod krylov;
pub mod lanczos;
pub mod estimate;
pub mod quadrature;
pub mod trace;
pub mod subspace;
pub mod trajectory;
pub mod restriction;
pub mod on_the_fly;
pub mod footprint;
pub mod taylor;
pub mod curvature_step;
pub mod flow;
pub mod classification;
pub mod decomposition;
pub mod search;
pub mod critical;
pub mod newton;
pub mod saddle_free;
pub mod krylov_saddle_free;
pub mod levenberg_marquardt;
