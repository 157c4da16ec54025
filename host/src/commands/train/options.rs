//! The options of `train`.

use clap::{Args, ValueEnum};
use thalweg_core::network::initialise::Initialiser;

use crate::files::model::nearest;
use crate::options::{DataOptions, ModelOptions, OutOptions, RunOptions, at_least_one};
use crate::training::method::Method;

/// Options of `train`.
#[derive(Args, Clone, Debug)]
pub struct Train {
    /// Train for NUM passes over the data
    #[arg(long, value_name = "NUM", default_value_t = 20)]
    pub epochs: u32,
    /// Take NUM examples to a step
    #[arg(long, value_name = "NUM", default_value = "100", value_parser = at_least_one)]
    pub batch: usize,
    /// Multiply the gradient by NUM in each step
    #[arg(long, value_name = "NUM", default_value_t = 0.05, value_parser = positive)]
    pub step_size: f64,
    /// Keep NUM of the last step's motion, 0 to below 1
    #[arg(long, value_name = "NUM", default_value_t = 0.9, value_parser = fraction)]
    pub momentum: f64,
    /// Draw first weights: glorot, uniform:R, normal:S, zeros
    #[arg(long, value_name = "NAME", default_value = "glorot", value_parser = initialiser)]
    pub init: Initialiser,
    /// Keep a snapshot every NUM epochs
    #[arg(long, value_name = "NUM", default_value = "1", value_parser = at_least_one)]
    pub snapshots: usize,
    /// Take steps by METHOD; saddle-free takes one per epoch over all
    /// examples, curvature-step measures its step size
    #[arg(long, value_name = "METHOD", value_enum, default_value = "sgd")]
    pub method: Method,
    /// Watch curvature too: λ_max, λ_min, gᵀHg, the next step's promise,
    /// uphill steps (one cost over all examples for each step)
    #[arg(long, value_name = "WHAT", value_enum)]
    pub watch: Option<Watched>,
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

/// What `--watch` watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Watched {
    /// Curvature.
    Curvature,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("needs a finite number above 0".to_owned()),
    }
}

fn fraction(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..1.0).contains(&value) => Ok(value),
        _ => Err("needs a number of at least 0 and below 1".to_owned()),
    }
}

fn initialiser(text: &str) -> Result<Initialiser, String> {
    let (name, number) = text.split_once(':').map_or((text, None), |(name, number)| (name, Some(number)));
    let number = match number.map(str::parse::<f64>) {
        None => None,
        Some(Ok(value)) if value.is_finite() && value >= 0.0 => Some(value),
        Some(_) => return Err(format!("`{text}`: the number needs to be finite and at least 0")),
    };
    match (name, number) {
        ("glorot", None) => Ok(Initialiser::Glorot),
        ("zeros", None) => Ok(Initialiser::Zeros),
        ("uniform", Some(bound)) => Ok(Initialiser::Uniform(bound)),
        ("normal", Some(deviation)) => Ok(Initialiser::Normal(deviation)),
        _ => {
            let near = nearest(name, &["glorot", "zeros", "uniform", "normal"]);
            let near =
                if ["uniform", "normal"].contains(&near) { format!("{near}:0.05") } else { near.to_owned() };
            Err(format!("did you mean `{near}`? (glorot, zeros, uniform:R, normal:S)"))
        }
    }
}

/// The name of an initialiser on the command line.
pub fn initialiser_name(initialiser: Initialiser) -> String {
    match initialiser {
        Initialiser::Glorot => "glorot".to_owned(),
        Initialiser::Uniform(bound) => format!("uniform:{bound}"),
        Initialiser::Normal(deviation) => format!("normal:{deviation}"),
        Initialiser::Zeros => "zeros".to_owned(),
        Initialiser::ScaledGlorot(factor) => format!("glorot×{factor}"),
        Initialiser::NormalEverywhere(deviation) => format!("normal:{deviation} (biases too)"),
    }
}
