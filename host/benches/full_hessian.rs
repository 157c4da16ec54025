//! The whole Hessian in double precision, from its structure by either engine, and by n products.
//!
//! `cargo bench --bench full_hessian`. Throughput is in examples. Checked before it is timed.

mod group;

/// Sums of 2,500 terms in double precision, and differences of such sums.
const TOLERANCE: f64 = 1e-11;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes = [("tanh", 625, 0), ("tanh", 1250, 0), ("tanh", 2500, 0)];
    group::measure("full_hessian_f64", &sizes, "products", &[("fast", TOLERANCE), ("exact", TOLERANCE)])
}
