//! An epoch of SGD in batches of 64, by either engine, and by the core one example at a time.
//!
//! `cargo bench --bench epoch`. Throughput is in examples. Checked before it is timed: the exact engine needs the
//! bits of the core.

mod group;

/// 80 steps whose gradients differ by sums of 64 terms in another order.
const TOLERANCE: f64 = 1e-5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes = [("small", 1250, 0), ("small", 2500, 0), ("small", 5000, 0), ("maxout", 320, 0)];
    group::measure("epoch", &sizes, "one_at_a_time", &[("fast", TOLERANCE), ("exact", 0.0)])
}
