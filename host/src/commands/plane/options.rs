//! The options of `plane`.

use std::path::PathBuf;

use clap::Args;

use crate::options::{DataOptions, DirectionOptions, ModelOptions, OutOptions, Range, RunOptions};

/// Options of `plane`.
#[derive(Args, Clone, Debug)]
pub struct Plane {
    /// Put the parameters in FILE at (0, 0)
    #[arg(long, value_name = "FILE", required_unless_present = "run")]
    pub theta: Option<PathBuf>,
    /// Put the parameters in FILE at (1, 0)
    #[arg(long, value_name = "FILE", requires = "theta3", conflicts_with_all = ["direction_x", "direction_y"])]
    pub theta2: Option<PathBuf>,
    /// Put the parameters in FILE at (0, 1)
    #[arg(long, value_name = "FILE", requires = "theta2")]
    pub theta3: Option<PathBuf>,
    /// Take x's direction from FILE, as it is unless --normalise says
    #[arg(long, value_name = "FILE")]
    pub direction_x: Option<PathBuf>,
    /// Take y's direction from FILE, as it is unless --normalise says
    #[arg(long, value_name = "FILE")]
    pub direction_y: Option<PathBuf>,
    /// Evaluate COUNT values of x from MIN to MAX, both included
    #[arg(long, value_name = "MIN:MAX:COUNT", default_value = "-1:1:51", allow_hyphen_values = true)]
    pub x: Range,
    /// Evaluate COUNT values of y from MIN to MAX, both included
    #[arg(long, value_name = "MIN:MAX:COUNT", default_value = "-1:1:51", allow_hyphen_values = true)]
    pub y: Range,
    /// Map the smallest and largest eigenvalue of the Hessian as well
    #[arg(long)]
    pub curvature: bool,
    /// Which network.
    #[command(flatten)]
    pub model: ModelOptions,
    /// Which examples.
    #[command(flatten)]
    pub data: DataOptions,
    /// Which directions.
    #[command(flatten)]
    pub directions: DirectionOptions,
    /// How to compute.
    #[command(flatten)]
    pub run: RunOptions,
    /// Where to write.
    #[command(flatten)]
    pub out: OutOptions,
}
