//! Costs along a line: with the first products cached, by either engine, and each by a whole forward sweep.
//!
//! `cargo bench --bench line`. Throughput is in examples. Checked before it is timed.

mod group;

/// Means of losses in single precision, which the routes add up at weights that are rounded differently.
const TOLERANCE: f64 = 1e-5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes = [("small", 2500, 50), ("small", 5000, 50), ("small", 10_000, 50)];
    group::measure("line", &sizes, "unrestricted", &[("fast", TOLERANCE), ("exact", TOLERANCE)])
}
