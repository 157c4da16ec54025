//! Forty steps of Lanczos' method, with products by either engine, and by the core one example at a time.
//!
//! `cargo bench --bench lanczos`. Throughput is in examples. Checked before it is timed: the exact engine needs the
//! bits of the core.

mod group;

/// The coefficients of forty steps, in which the rounding of single precision grows.
const TOLERANCE: f64 = 0.02;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes = [("small", 160, 0), ("small", 320, 0), ("small", 640, 0)];
    group::measure("lanczos", &sizes, "one_at_a_time", &[("fast", TOLERANCE), ("exact", 0.0)])
}
