//! Forty steps of Lanczos' method, with products by either engine and with differences of gradients.
//!
//! `cargo bench --bench lanczos`. Throughput is in examples. Checked before it is timed, on a network with tanh: a
//! difference is no check of one with ReLU, where units switch within its step.

mod group;

/// The coefficients of forty steps, from products that differ by a hundredth at most.
const TOLERANCE: f64 = 0.02;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes = [("smooth", 1250, 0), ("smooth", 2500, 0), ("smooth", 5000, 0)];
    group::measure("lanczos", &sizes, "differenced", &[("fast", TOLERANCE), ("exact", TOLERANCE)])
}
