//! What `hessian` is asked for.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use thalweg_core::spectrum::lanczos::Lanczos;

use crate::curvature::spectrum;
use crate::options::{DataOptions, ModelOptions, OutOptions, RunOptions, at_least_one};

/// Which matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Matrix {
    /// The second derivatives of J.
    Hessian,
    /// The generalised Gauss–Newton matrix.
    Ggn,
    /// The empirical Fisher matrix.
    Fisher,
}

/// The probes of the trace and of the diagonal, unless the options say otherwise.
pub const PROBES: usize = 100;

/// How products with the Hessian are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// By the tangents of both sweeps.
    Exact,
    /// By central differences of the gradient.
    Difference,
}

/// Options of `hessian`.
#[derive(Args, Clone, Debug)]
pub struct Hessian {
    /// Measure the curvature at the parameters in FILE
    #[arg(long, value_name = "FILE", required_unless_present = "run_folder")]
    pub theta: Option<PathBuf>,
    /// Take the end of this `train` result, its network and its data
    #[arg(long = "run", id = "run_folder", value_name = "DIR")]
    pub run_folder: Option<PathBuf>,
    /// Find the K largest eigenvalues
    #[arg(long, value_name = "K", default_value_t = 5)]
    pub top: usize,
    /// Find the K smallest eigenvalues [default: 5; 0 for ggn and
    /// fisher, which have none below 0 and no end to those at 0]
    #[arg(long, value_name = "K")]
    pub bottom: Option<usize>,
    /// Accept a pair whose |Hx − λx| is below NUM·max|λ|
    #[arg(long, value_name = "NUM", default_value = "1e-8", value_parser = positive)]
    pub tolerance: f64,
    /// Stop after N products with the matrix
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = at_least_one)]
    pub max_products: usize,
    /// Look for missed copies by at most N products from a fresh start
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub confirm: u64,
    /// Send N vectors through the matrix together: N copies of an
    /// eigenvalue are then seen at once, for more products elsewhere
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    pub block: usize,
    /// Find all eigenvalues, from the whole matrix
    #[arg(long)]
    pub all: bool,
    /// Count eigenvalues within NUM·max|λ| as zero
    #[arg(long, value_name = "NUM", default_value = "1e-10", value_parser = positive)]
    pub zero: f64,
    /// Estimate the density of all eigenvalues
    #[arg(long)]
    pub density: bool,
    /// Draw N random probes [default: 10 for the density, 100 else]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub probes: Option<usize>,
    /// Take N products for each probe of the density
    #[arg(long, value_name = "N", default_value_t = 80, value_parser = at_least_one)]
    pub steps: usize,
    /// Widen the density's nodes by NUM times the spectrum's width
    #[arg(long, value_name = "NUM", default_value = "0.01", value_parser = positive)]
    pub smoothing: f64,
    /// Find the trace: exactly if it is cheap, else with its error
    #[arg(long)]
    pub trace: bool,
    /// Find the diagonal: exactly if it is cheap, else with its error
    #[arg(long)]
    pub diagonal: bool,
    /// Take this matrix
    #[arg(long, value_name = "NAME", value_enum, default_value = "hessian")]
    pub matrix: Matrix,
    /// Measure each layer's own block as well
    #[arg(long)]
    pub layers: bool,
    /// Make products with the Hessian exactly, or by differences
    #[arg(long, value_name = "NAME", value_enum, default_value = "exact")]
    pub method: Method,
    /// Which network.
    #[command(flatten)]
    pub model: ModelOptions,
    /// Which examples.
    #[command(flatten)]
    pub data: DataOptions,
    /// How to compute.
    #[command(flatten)]
    pub run: RunOptions,
    /// Where to write.
    #[command(flatten)]
    pub out: OutOptions,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("needs a finite number above 0".to_owned()),
    }
}

/// The most pairs at an end, and vectors of a block: no θ that this program takes on has more entries.
const MOST: usize = 1 << 31;

impl Hessian {
    /// How many of the smallest eigenvalues are shown.
    pub fn bottom(&self) -> usize {
        let crowded = self.matrix != Matrix::Hessian && !self.all;
        self.bottom.unwrap_or(if crowded { 0 } else { 5 })
    }

    /// The search for so many eigenvalues at the two ends.
    pub fn lanczos(&self, top: usize, bottom: usize) -> Lanczos {
        let [top, bottom, block] = [top, bottom, self.block].map(|count| count.min(MOST));
        Lanczos {
            top,
            bottom,
            tolerance: self.tolerance,
            products: self.max_products as u64,
            confirm: self.confirm,
            block,
            rows: 2 * (top + bottom) + 29 + block,
            seed: self.run.seed,
            missed: spectrum::MISSED,
            ..Lanczos::default()
        }
    }

    /// The settings that are this command's own.
    pub fn own(&self, theta: &Path) -> Vec<(&'static str, String)> {
        let name = |value: Option<clap::builder::PossibleValue>| {
            value.map_or_else(String::new, |value| value.get_name().to_owned())
        };
        vec![
            ("theta", theta.display().to_string()),
            ("matrix", name(self.matrix.to_possible_value())),
            ("method", name(self.method.to_possible_value())),
            ("top", self.top.to_string()),
            ("bottom", self.bottom().to_string()),
            ("tolerance", format!("{:e}", self.tolerance)),
            ("max-products", self.max_products.to_string()),
            ("confirm", self.confirm.to_string()),
            ("block", self.block.to_string()),
            ("zero", format!("{:e}", self.zero)),
        ]
    }
}
