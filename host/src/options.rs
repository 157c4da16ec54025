//! The options that commands share: the same name means the same thing everywhere.

mod range;
pub mod problem;
pub mod forecast;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use thalweg_core::network::operation::{Loss, Map};
use thalweg_core::subspace::direction::Normalisation;

pub use self::range::{Counts, Range};
use crate::engine::Choice;
use crate::files::model::{Activation, Model, ModelError, nearest};

/// The loss of one example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LossName {
    /// Softmax cross-entropy, natural logarithm.
    CrossEntropy,
    /// ½·|ŷ − y|², integer labels one-hot.
    SquaredError,
}

impl LossName {
    /// The loss of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::from_str(name, false).ok()
    }

    /// The core's loss.
    #[must_use]
    pub const fn loss(self) -> Loss {
        match self {
            Self::CrossEntropy => Loss::SoftmaxCrossEntropy,
            Self::SquaredError => Loss::SquaredError,
        }
    }
}

/// The precision of all numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Precision {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

/// Which network.
#[derive(Args, Clone, Debug)]
pub struct ModelOptions {
    /// Take this network: widths, or a .toml file [default: 784-128-10]
    #[arg(long, value_name = "SPEC", value_parser = specification)]
    pub model: Option<String>,
    /// Put NAME after each hidden layer: relu, tanh, sigmoid, tanh_fast,
    /// sigmoid_fast, identity, maxout:K [default: relu]
    #[arg(long, value_name = "NAME")]
    pub activation: Option<Activation>,
    /// Measure each example by cross-entropy (softmax, in nats) or
    /// squared-error (½·|ŷ − y|²) [default: cross-entropy]
    #[arg(long, value_name = "NAME", value_enum, hide_possible_values = true)]
    pub loss: Option<LossName>,
    /// Add ½·NUM·|weights|² to the cost, biases left out [default: 0]
    #[arg(long, value_name = "NUM", value_parser = not_negative)]
    pub decay: Option<f64>,
}

impl ModelOptions {
    /// The network that the options name, the default where they name none.
    ///
    /// # Errors
    /// [`ModelError`], naming the part that is wrong.
    pub fn parse(&self) -> Result<Model, ModelError> {
        let activation = self.activation.unwrap_or(Activation::Map(Map::Relu));
        let loss = self.loss.unwrap_or(LossName::CrossEntropy).loss();
        Model::parse(self.model.as_deref().unwrap_or("784-128-10"), activation, loss)
    }
}

/// Which examples.
#[derive(Args, Clone, Debug)]
pub struct DataOptions {
    /// Read MNIST-style IDX files, plain or .gz, from DIR
    /// [default: the embedded subset]
    #[arg(long, value_name = "DIR", conflicts_with = "inputs")]
    pub data: Option<PathBuf>,
    /// Read inputs (N×width floats, taken as they are)
    #[arg(long, value_name = "FILE.npy", requires = "labels")]
    pub inputs: Option<PathBuf>,
    /// Read labels (N integers, or N×width floats) from FILE
    #[arg(long, value_name = "FILE.npy", requires = "inputs")]
    pub labels: Option<PathBuf>,
    /// Read inputs to test on from FILE
    #[arg(long, value_name = "FILE.npy", requires = "test_labels", requires = "inputs")]
    pub test_inputs: Option<PathBuf>,
    /// Read labels to test on from FILE
    #[arg(long, value_name = "FILE.npy", requires = "test_inputs")]
    pub test_labels: Option<PathBuf>,
    /// Take the first N training examples only [default: all]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub examples: Option<usize>,
    /// Average-pool images by K×K pixels first [default: 1]
    #[arg(long, value_name = "K", value_parser = at_least_one)]
    pub pool: Option<usize>,
}

/// How to compute, and where to write.
#[derive(Args, Clone, Debug)]
pub struct RunOptions {
    /// Compute in f32 or f64 [default: f32, and f64 for curvature]
    #[arg(long, value_name = "NAME", value_enum, hide_possible_values = true)]
    pub precision: Option<Precision>,
    /// Compute fast, or exact: with the bits of a microcontroller
    #[arg(long, value_name = "NAME", value_enum, default_value = "fast", hide_possible_values = true)]
    pub engine: Choice,
    /// Use N threads; no result depends on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = thread_count)]
    pub threads: Option<usize>,
    /// Seed every random choice
    #[arg(long, value_name = "NUM", default_value_t = 2015)]
    pub seed: u64,
    /// Print the summary as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Where to write.
#[derive(Args, Clone, Debug)]
pub struct OutOptions {
    /// Write the results into DIR [default: out/COMMAND]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write into DIR even if it holds results of another command
    #[arg(long)]
    pub force: bool,
}

/// Where directions come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DirectionSource {
    /// Normal numbers from the seed.
    Random,
    /// The principal components of a run's snapshots.
    Pca,
    /// Through a run's start, end and snapshot of largest residual.
    Run,
    /// The eigenvectors of the largest and the smallest eigenvalue of the Hessian at the centre.
    Eigen,
}

/// Which directions through parameter space.
#[derive(Args, Clone, Debug)]
pub struct DirectionOptions {
    /// Take the directions from SOURCE: random (normal numbers), eigen
    /// (the Hessian's outermost eigenvectors), pca (a run's principal
    /// components), run (its start, end and largest residual); the
    /// last two need --run
    #[arg(
        long, value_name = "SOURCE", value_enum, default_value = "random", hide_possible_values = true,
        requires_ifs = [("pca", "run"), ("run", "run")]
    )]
    pub directions: DirectionSource,
    /// Scale to θ: filter, layer, none [default: filter for random]
    #[arg(long, value_name = "NAME", value_parser = normalisation)]
    pub normalise: Option<Normalisation>,
    /// Scale biases as a whole, which filter and layer set to 0
    #[arg(long)]
    pub keep_bias: bool,
    /// Lay the path of this `train` result over the figure, and take
    /// its network and data where no option names others
    #[arg(long, value_name = "DIR")]
    pub run: Option<PathBuf>,
}

fn not_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("needs a finite number of at least 0".to_owned()),
    }
}

/// A whole number of at least 1.
///
/// # Errors
/// A message, if the text is none.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(value) if value >= 1 => Ok(value),
        _ => Err("needs a whole number of at least 1".to_owned()),
    }
}

/// The most threads that a run may take.
const THREADS: usize = 1024;

fn thread_count(text: &str) -> Result<usize, String> {
    match at_least_one(text) {
        Ok(count) if count > THREADS => Err(format!("needs a whole number from 1 to {THREADS}")),
        result => result,
    }
}

fn specification(text: &str) -> Result<String, String> {
    Model::expect_spec(text).map(|()| text.to_owned()).map_err(|error| error.to_string())
}

fn normalisation(text: &str) -> Result<Normalisation, String> {
    match text {
        "filter" => Ok(Normalisation::Filter),
        "layer" => Ok(Normalisation::Layer),
        "none" => Ok(Normalisation::None),
        _ => Err(format!(
            "did you mean `{}`? (filter, layer, none)",
            nearest(text, &["filter", "layer", "none"])
        )),
    }
}

/// The name of a normalisation on the command line.
#[must_use]
pub const fn normalisation_name(normalisation: Normalisation) -> &'static str {
    match normalisation {
        Normalisation::Filter => "filter",
        Normalisation::Layer => "layer",
        Normalisation::None => "none",
    }
}
