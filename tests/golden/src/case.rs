//! Golden files as they stand on disk.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thalweg_core::real::Real;

/// A small network at one θ over some examples, and what follows from them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkCase {
    /// The widths joined by `-`, and ` tied` if the last layer transposes the first.
    pub network: String,
    /// The activation of the hidden layers, as on the command line.
    pub activation: String,
    /// The loss, as on the command line.
    pub loss: String,
    /// λ of ½·λ·|weights|², which is in costs, gradient, products and spectrum.
    pub decay: f64,
    /// N rows.
    pub inputs: Vec<Vec<f64>>,
    /// N classes, or none if `values` are given.
    pub labels: Option<Vec<u32>>,
    /// N rows of targets.
    pub values: Option<Vec<Vec<f64>>>,
    /// θ.
    pub theta: Vec<f64>,
    /// Three directions.
    pub directions: Vec<Vec<f64>>,
    /// J(θ).
    pub cost: f64,
    /// The loss of each example.
    pub losses: Vec<f64>,
    /// How many examples are answered rightly, if they have classes.
    pub correct: Option<u64>,
    /// ∇J(θ).
    pub gradient: Vec<f64>,
    /// ∂loss/∂x of the first examples.
    pub input_gradient: Vec<Vec<f64>>,
    /// H·v for each direction.
    pub products: Vec<Vec<f64>>,
    /// G·v for each direction, the Gauss–Newton matrix without decay.
    pub gauss_newton_products: Vec<Vec<f64>>,
    /// F·v for each direction, the empirical Fisher matrix without decay.
    pub fisher_products: Vec<Vec<f64>>,
    /// The eigenvalues of H, ascending.
    pub spectrum: Vec<f64>,
    /// The zeros among them that are known on paper.
    pub known_zeros: usize,
    /// The signs of the eigenvalues.
    pub index: Index,
    /// Costs along direction 0.
    pub line: Line,
    /// Costs over a plane whose sides differ.
    pub wide: Plane,
    /// Costs over a plane whose sides are equal.
    pub square: Plane,
}

/// How many eigenvalues have each sign; zero is below 1e-10 of the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Below zero.
    pub negative: usize,
    /// Zero.
    pub zero: usize,
    /// Above zero.
    pub positive: usize,
}

/// Costs at θ + a·(direction 0).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// a.
    pub points: Vec<f64>,
    /// J.
    pub costs: Vec<f64>,
    /// Right answers, if the examples have classes.
    pub correct: Option<Vec<u64>>,
}

/// Costs at θ + b·(direction 2) + a·(direction 1).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plane {
    /// a.
    pub x: Vec<f64>,
    /// b.
    pub y: Vec<f64>,
    /// J, row by row of b.
    pub costs: Vec<f64>,
    /// Right answers, if the examples have classes.
    pub correct: Option<Vec<u64>>,
}

/// A run of descent with mini-batches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DescentCase {
    /// The widths joined by `-`.
    pub network: String,
    /// The activation of the hidden layers.
    pub activation: String,
    /// The loss.
    pub loss: String,
    /// λ of ½·λ·|weights|².
    pub decay: f64,
    /// ε.
    pub step_size: f64,
    /// μ.
    pub momentum: f64,
    /// Examples of a mini-batch; the last of an epoch is shorter.
    pub batch: usize,
    /// The order of the examples in each epoch.
    pub orders: Vec<Vec<u32>>,
    /// N rows.
    pub inputs: Vec<Vec<f64>>,
    /// N classes, or none if `values` are given.
    pub labels: Option<Vec<u32>>,
    /// N rows of targets.
    pub values: Option<Vec<Vec<f64>>>,
    /// θ before the first step.
    pub theta: Vec<f64>,
    /// J over each mini-batch before its step.
    pub costs: Vec<f64>,
    /// θ after each step.
    pub thetas: Vec<Vec<f64>>,
}

/// Where the golden files stand.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden")
}

/// Reads `NAME.toml`.
///
/// # Panics
/// If the file cannot be read, or lacks a field or has one too many; the message names it.
#[must_use]
pub fn read<C: DeserializeOwned>(name: &str) -> C {
    let path = folder().join(format!("{name}.toml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Given numbers in a precision that holds them exactly.
///
/// # Panics
/// If a number is not exact in that precision: then the two precisions would be asked two questions.
#[must_use]
pub fn exactly<T: Real>(numbers: &[f64]) -> Vec<T> {
    let exact = |&number: &f64| {
        let rounded = T::from_f64(number);
        assert!(rounded.to_f64() == number, "{number} is not exact in {}", T::NAME);
        rounded
    };
    numbers.iter().map(exact).collect()
}
