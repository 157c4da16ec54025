//! Hessian–vector products at a fixed θ, by either engine with the sweeps at θ kept, and as a difference of gradients.
//!
//! `cargo bench --bench hessian_vector`. Throughput is in examples. Checked before it is timed.

mod group;

/// A difference in single precision, over a step in which some units of a ReLU network switch.
const TOLERANCE: f64 = 0.1;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes = [("small", 2500, 0), ("small", 5000, 0), ("small", 10_000, 0), ("large", 2500, 0)];
    group::measure("hessian_vector", &sizes, "differenced", &[("fast", TOLERANCE), ("exact", TOLERANCE)])
}
