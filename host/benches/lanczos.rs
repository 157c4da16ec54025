//! Forty steps of Lanczos' method, with products by either engine and with differences of gradients.
//!
//! `cargo bench --bench lanczos`. Throughput is in examples. Checked before it is timed.

mod group;

/// The coefficients of forty steps, from products that differ as `hessian_vector.rs` says.
const TOLERANCE: f64 = 0.1;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes = [("small", 1250, 0), ("small", 2500, 0), ("small", 5000, 0)];
    group::measure("lanczos", &sizes, "differenced", &[("fast", TOLERANCE), ("exact", TOLERANCE)])
}
