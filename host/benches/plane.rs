//! Costs over a plane: with the first products cached, by either engine, and each by a whole forward sweep.
//!
//! `cargo bench --bench plane`. Throughput is in examples. Checked before it is timed.

mod group;

/// Means of losses in single precision, which the routes add up at weights that are rounded differently.
const TOLERANCE: f64 = 1e-5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes = [("small", 1250, 15), ("small", 2500, 15), ("small", 5000, 15), ("large", 1250, 15)];
    group::measure("plane", &sizes, "unrestricted", &[("fast", TOLERANCE), ("exact", TOLERANCE)])
}
