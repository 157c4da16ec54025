//! What a device runs: one example at a time, in the least memory, parameters in flash or changed in place.

pub mod checksum;
pub mod footprint;
pub mod inference;
mod update;
pub mod in_place;
pub mod on_the_fly;
