//! How many floating-point operations a work needs in its matrix products and in what combines them: a
//! multiplication and an addition are two. Zeros among the inputs count like other numbers, so that a kernel that
//! leaves them out may seem to go beyond the peak; maps, losses and what is only moved count nothing.

use thalweg_core::network::View;

/// The entries of the first weight, and of all weights.
fn weights(network: &View<'_>) -> (f64, f64) {
    let entries: Vec<f64> = network
        .blocks()
        .filter(|block| !block.is_bias)
        .map(|block| (block.rows * block.columns) as f64)
        .collect();
    (entries.first().copied().unwrap_or(0.0), entries.iter().sum())
}

/// Costs at `points` of a plane (two directions) or a line (one): the products with the first weights once, and at
/// each point their combination and the later products.
pub fn grid(network: &View<'_>, examples: usize, points: usize, directions: usize) -> f64 {
    let (first, all) = weights(network);
    let cached = network.cached_rows() as f64;
    let once = 2.0 * first * (directions + 1) as f64;
    examples as f64 * (once + points as f64 * 2.0 * (cached + all - first))
}

/// The same costs, each by a whole forward sweep.
pub fn forward(network: &View<'_>, examples: usize, points: usize) -> f64 {
    examples as f64 * points as f64 * 2.0 * weights(network).1
}

/// A gradient: forward, deltas of all layers but the input, and the sums over the examples.
pub fn gradient(network: &View<'_>, examples: usize) -> f64 {
    let (first, all) = weights(network);
    examples as f64 * (6.0 * all - 2.0 * first)
}

/// A Hessian–vector product at a θ where the sweeps are known: each of the three products of a gradient twice,
/// but for the input, which has no tangent.
pub fn product(network: &View<'_>, examples: usize) -> f64 {
    let (first, all) = weights(network);
    examples as f64 * (12.0 * all - 8.0 * first)
}

/// The sums of a Hessian: half of a symmetric matrix, a product for each example.
pub fn hessian(network: &View<'_>, examples: usize) -> f64 {
    let n = network.parameters() as f64;
    examples as f64 * n * n
}

/// Lanczos' steps: a product each, and every earlier vector twice taken out of the new one.
pub fn lanczos(network: &View<'_>, examples: usize, steps: usize) -> f64 {
    let earlier = (steps * (steps + 1) / 2) as f64;
    steps as f64 * product(network, examples) + 8.0 * earlier * network.parameters() as f64
}
