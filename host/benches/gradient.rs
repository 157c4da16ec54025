//! Cost and gradient over all examples, by either engine, and by the core one example at a time.
//!
//! `cargo bench --bench gradient`. Throughput is in examples. Checked before it is timed: the exact engine needs
//! the bits of the core.

mod group;

/// Sums of up to 10,000 terms in single precision, in another order.
const TOLERANCE: f64 = 1e-5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes = [("small", 2500, 0), ("small", 5000, 0), ("small", 10_000, 0), ("large", 2500, 0)];
    group::measure("gradient", &sizes, "one_at_a_time", &[("fast", TOLERANCE), ("exact", 0.0)])
}
