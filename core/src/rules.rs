//! The rules of each operation: forward, backward, and the tangents of both.

pub mod map;
pub mod maximum;
pub mod elementwise;
pub mod loss;
