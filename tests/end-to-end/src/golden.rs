//! The golden files of small networks, as cases for the program.

use std::path::Path;

use toml::{Table, Value};

use crate::case::Case;
use crate::network::{Activation, Network, Targets};

/// A case whose spectrum is known to 60 digits.
#[derive(Debug)]
pub struct Golden {
    /// The network, its data and its parameters in files.
    pub case: Case,
    /// The eigenvalues of the Hessian, descending.
    pub spectrum: Vec<f64>,
    /// J(θ).
    pub cost: f64,
    /// How many eigenvalues are below, at and above zero.
    pub index: [u64; 3],
}

fn number(value: &Value) -> f64 {
    value.as_float().unwrap_or_else(|| panic!("{value:?} is no number"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().map(number).collect()
}

fn rows(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().flat_map(numbers).collect()
}

impl Golden {
    /// Reads the golden file of a network.
    ///
    /// # Panics
    /// If it cannot be read, or its network is none that this crate can write.
    #[must_use]
    pub fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/networks");
        let path = folder.join(format!("{name}.toml"));
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file: Table = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let text = |key: &str| file[key].as_str().expect("a text").to_owned();
        let network = Network {
            widths: text("network").split('-').map(|width| width.parse().expect("a width")).collect(),
            activation: match text("activation").as_str() {
                "relu" => Activation::Relu,
                "tanh" => Activation::Tanh,
                "sigmoid" => Activation::Sigmoid,
                "identity" => Activation::Identity,
                "maxout:3" => Activation::Maxout(3),
                other => panic!("no activation {other}"),
            },
            squared: text("loss") == "squared-error",
            decay: number(&file["decay"]),
        };
        let targets = match file.get("labels").and_then(Value::as_array) {
            Some(labels) => Targets::Labels(
                labels
                    .iter()
                    .map(|label| label.as_integer().expect("a class").try_into().expect("a byte"))
                    .collect(),
            ),
            None => Targets::Rows(rows(&file["values"])),
        };
        let case = Case::of_numbers(network, rows(&file["inputs"]), targets, numbers(&file["theta"]));
        let mut spectrum = numbers(&file["spectrum"]);
        spectrum.reverse();
        let count = |sign: &str| file["index"][sign].as_integer().expect("a count").unsigned_abs();
        let index = ["negative", "zero", "positive"].map(count);
        Self { case, spectrum, cost: number(&file["cost"]), index }
    }

    /// The largest |λ|.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.spectrum.iter().fold(0.0, |most, value| most.max(value.abs()))
    }
}
