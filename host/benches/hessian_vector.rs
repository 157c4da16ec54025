//! Hessian–vector products at a fixed θ: by either engine with the sweeps at θ kept, by the core one example at a
//! time, and as a difference of gradients.
//!
//! `cargo bench --bench hessian_vector`. Throughput is in examples. Checked before it is timed: the exact engine needs
//! the bits of the core. A difference is no check of a ReLU network, where units switch within its step.

mod group;

/// Sums of up to 10,000 terms in single precision, in another order.
const TOLERANCE: f64 = 1e-5;

/// A central difference in single precision.
const DIFFERENCE: f64 = 1e-2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes = [("small", 2500, 0), ("small", 5000, 0), ("small", 10_000, 0), ("large", 2500, 0)];
    group::measure("hessian_vector", &sizes, "one_at_a_time", &[("fast", TOLERANCE), ("exact", 0.0)])?;
    let sizes = [("smooth", 2500, 0)];
    group::measure("hessian_vector", &sizes, "differenced", &[("fast", DIFFERENCE), ("exact", DIFFERENCE)])
}
