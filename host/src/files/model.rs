//! The user's network: `784-128-10` on the command line, or a TOML file for anything richer.

mod activation;

use std::path::Path;

use serde::Deserialize;
use thalweg_core::network::View;
use thalweg_core::network::operation::{Loss, Operation, Register, ShapeError};
use thalweg_core::network::shape::{Sizes, Step, next};

pub use self::activation::{Activation, ActivationError, nearest};

/// Why a specification names no network.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A width in `784-128-10` is not a number of at least 1.
    #[error(
        "`{part}` in `{spec}` is not a width; write the widths joined by `-`, as in `784-128-10`, or name a .toml file"
    )]
    Width {
        /// The whole specification.
        spec: String,
        /// The part that is wrong.
        part: String,
    },
    /// Fewer than two widths.
    #[error("`{0}`: a network needs an input and an output width, as in `784-10`")]
    Short(String),
    /// The file cannot be read.
    #[error("--model {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// The reason.
        source: std::io::Error,
    },
    /// The file is not such a TOML file.
    #[error("--model {path}: {message}")]
    Toml {
        /// The file.
        path: String,
        /// The reason, with its place in the file.
        message: String,
    },
    /// The widths do not fit.
    #[error("--model {spec}: {source}")]
    Shape {
        /// The specification.
        spec: String,
        /// What does not fit.
        source: ShapeError,
    },
    /// The network would have more layers than the limit.
    #[error("--model {spec}: {layers} layers are more than this program takes on ({limit})")]
    Layers {
        /// The specification.
        spec: String,
        /// The number of layers.
        layers: usize,
        /// The largest number.
        limit: usize,
    },
    /// The network would have more parameters than the limit.
    #[error(
        "--model {spec}: {parameters} parameters need {bytes} bytes for each copy, more than this program takes on ({limit})"
    )]
    TooLarge {
        /// The specification.
        spec: String,
        /// The number of parameters.
        parameters: usize,
        /// Their size.
        bytes: u128,
        /// The largest size.
        limit: u128,
    },
}

/// The largest θ: 16 GiB in double precision.
const LARGEST: u128 = 16 << 30;

/// The most layers: what is checked of a list of operations grows with the square of its length.
const MOST_LAYERS: usize = 4096;

/// A network made at run time, with the names of its layers.
#[derive(Clone, Debug)]
pub struct Model {
    spec: String,
    activation: String,
    loss: Loss,
    operations: Vec<Operation>,
    input: usize,
    sizes: Sizes,
    sequential: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    input: usize,
    layer: Vec<Layer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    width: usize,
    #[serde(default = "with_bias")]
    bias: bool,
    activation: Option<String>,
    tied: Option<usize>,
}

const fn with_bias() -> bool {
    true
}

/// A layer, before it is a list of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerShape {
    /// The entries of its result.
    pub width: usize,
    /// Whether it has a bias.
    pub bias: bool,
    /// What follows it.
    pub activation: Activation,
    /// The layer (from 0) whose weight it transposes, if it has none of its own.
    pub tied: Option<usize>,
}

impl Model {
    /// Reads a specification: widths joined by `-`, or the path of a `.toml` file.
    ///
    /// In the file, `input` is a width and each `[[layer]]` has a `width`, and if wanted
    /// `bias = false`, an `activation`, or `tied = K` to transpose the weight of layer K (from 0).
    /// An activation that is missing is the one given here, and none after the last layer.
    ///
    /// # Errors
    /// [`ModelError`], naming the part that is wrong.
    pub fn parse(spec: &str, activation: Activation, loss: Loss) -> Result<Self, ModelError> {
        let (input, layers) =
            if Self::is_file(spec) { read(spec, activation)? } else { widths(spec, activation)? };
        Self::new(spec, input, &layers, loss)
            .map(|model| Self { activation: activation.to_string(), ..model })
    }

    /// Whether a specification names a file.
    #[must_use]
    pub fn is_file(spec: &str) -> bool {
        Path::new(spec).extension().is_some_and(|extension| extension == "toml")
    }

    /// Says whether a specification names a file or holds at least two widths.
    ///
    /// # Errors
    /// [`ModelError`], naming the part that is wrong.
    pub fn expect_spec(spec: &str) -> Result<(), ModelError> {
        if Self::is_file(spec) { Ok(()) } else { widths(spec, Activation::Identity).map(|_| ()) }
    }

    /// Builds a network from its layers.
    ///
    /// # Errors
    /// [`ModelError`] if a width does not fit.
    pub fn new(spec: &str, input: usize, layers: &[LayerShape], loss: Loss) -> Result<Self, ModelError> {
        if layers.len() > MOST_LAYERS {
            // the widths of so many layers would fill the screen
            let spec = spec.chars().take(40).collect();
            return Err(ModelError::Layers { spec, layers: layers.len(), limit: MOST_LAYERS });
        }
        let failed = |source| ModelError::Shape { spec: spec.to_owned(), source };
        let mut operations = Vec::new();
        let mut sequential = Vec::new();
        let mut registers = Vec::new();
        let mut module = 0;
        let push = |operations: &mut Vec<Operation>, step| {
            let made = next(operations, operations.len(), input, Register::after(operations), step);
            made.map(|operation| operations.push(operation))
        };
        for layer in layers {
            let pieces = if let Activation::Maxout(pieces) = layer.activation { pieces } else { 1 };
            let step = match layer.tied {
                Some(index) => Step::Tied { with: registers.get(index).copied().unwrap_or(Register::INPUT) },
                None => Step::Dense { width: layer.width.saturating_mul(pieces), bias: layer.bias },
            };
            push(&mut operations, step).map_err(failed)?;
            registers.push(Register::after(&operations));
            sequential.push(module);
            module += 1;
            let step = match layer.activation {
                Activation::Map(map) => Step::Map(map),
                Activation::Maxout(pieces) => Step::Maximum { pieces },
                Activation::Identity => continue,
            };
            push(&mut operations, step).map_err(failed)?;
            module += 1;
        }
        push(&mut operations, Step::Loss(loss)).map_err(failed)?;
        let view = View::new(&mut operations, input).map_err(failed)?;
        let (parameters, sizes) = (view.parameters(), view.sizes());
        let bytes = parameters as u128 * 8;
        if bytes > LARGEST {
            return Err(ModelError::TooLarge { spec: spec.to_owned(), parameters, bytes, limit: LARGEST });
        }
        let activation = layers.first().map_or(String::new(), |layer| layer.activation.to_string());
        Ok(Self { spec: spec.to_owned(), activation, loss, operations, input, sizes, sequential })
    }

    /// The network as the sweeps read it.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View::again(&self.operations, self.input, self.sizes)
    }

    /// The specification, as the user wrote it.
    #[must_use]
    pub fn spec(&self) -> &str {
        &self.spec
    }

    /// The activation of the hidden layers, as the user wrote it.
    #[must_use]
    pub fn activation(&self) -> &str {
        &self.activation
    }

    /// The loss.
    #[must_use]
    pub const fn loss(&self) -> Loss {
        self.loss
    }

    /// The loss's name on the command line.
    #[must_use]
    pub const fn loss_name(&self) -> &'static str {
        match self.loss {
            Loss::SoftmaxCrossEntropy => "cross-entropy",
            Loss::SquaredError => "squared-error",
        }
    }

    /// The unit of the cost, as it stands on an axis.
    #[must_use]
    pub const fn cost_unit(&self) -> &'static str {
        match self.loss {
            Loss::SoftmaxCrossEntropy => "nats per example",
            Loss::SquaredError => "½·squared error per example",
        }
    }

    /// The place of each layer in an `nn.Sequential`, where activations take places of their own.
    #[must_use]
    pub fn sequential(&self) -> &[usize] {
        &self.sequential
    }
}

fn widths(spec: &str, activation: Activation) -> Result<(usize, Vec<LayerShape>), ModelError> {
    let wrong = |part: &str| ModelError::Width { spec: spec.to_owned(), part: part.to_owned() };
    let widths = spec
        .split('-')
        .map(|part| part.parse().ok().filter(|&width: &usize| width > 0).ok_or_else(|| wrong(part)))
        .collect::<Result<Vec<_>, _>>()?;
    let Some((&input, rest)) = widths.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return Err(ModelError::Short(spec.to_owned()));
    };
    let last = rest.len() - 1;
    let layer = |(index, &width): (usize, &usize)| LayerShape {
        width,
        bias: true,
        activation: if index == last { Activation::Identity } else { activation },
        tied: None,
    };
    Ok((input, rest.iter().enumerate().map(layer).collect()))
}

fn read(path: &str, activation: Activation) -> Result<(usize, Vec<LayerShape>), ModelError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ModelError::Read { path: path.to_owned(), source })?;
    let wrong = |message: String| ModelError::Toml { path: path.to_owned(), message };
    let file: File = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if file.layer.is_empty() {
        return Err(wrong("a network needs at least one [[layer]]".to_owned()));
    }
    let last = file.layer.len() - 1;
    let mut layers = Vec::new();
    for (index, layer) in file.layer.iter().enumerate() {
        if layer.tied.is_some_and(|other| other >= index) {
            return Err(wrong(format!("layer {index} is tied to a layer that does not stand before it")));
        }
        let activation = match &layer.activation {
            Some(name) => {
                name.parse().map_err(|error: ActivationError| wrong(format!("layer {index}: {error}")))?
            }
            None if index == last => Activation::Identity,
            None => activation,
        };
        layers.push(LayerShape { width: layer.width, bias: layer.bias, activation, tied: layer.tied });
    }
    Ok((file.input, layers))
}

#[cfg(test)]
mod tests {
    use thalweg_core::network::operation::Map;

    use super::*;

    #[test]
    fn widths_become_dense_layers_with_an_activation_between() {
        let model =
            Model::parse("784-128-10", Activation::Map(Map::Relu), Loss::SoftmaxCrossEntropy).unwrap();
        assert_eq!(model.view().parameters(), 101_770);
        assert_eq!(model.sequential(), [0, 2]);
        let model = Model::parse("100-48-10", Activation::Maxout(3), Loss::SoftmaxCrossEntropy).unwrap();
        assert_eq!(model.view().parameters(), 100 * 144 + 144 + 480 + 10);
        let model = Model::parse("4-3-2", Activation::Identity, Loss::SquaredError).unwrap();
        assert_eq!(model.sequential(), [0, 1]);
    }

    #[test]
    fn wrong_specifications_are_named() {
        let wrong = |spec: &str| {
            Model::parse(spec, Activation::Identity, Loss::SquaredError).unwrap_err().to_string()
        };
        assert!(wrong("784-x-10").contains("`x` in `784-x-10` is not a width"));
        assert!(wrong("784-0-10").contains("`0` in `784-0-10` is not a width"));
        assert!(wrong("784").contains("needs an input and an output"));
        assert!(wrong("99999999999-99999999999").contains("too large"));
        assert!(wrong("1000000-1000000").contains("bytes"));
        let deep = vec!["3"; MOST_LAYERS + 2].join("-");
        assert!(wrong(&deep).contains("4097 layers are more than this program takes on (4096)"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.toml");
        std::fs::write(&path, "input = 2\n[[layer]]\nwidth = 2\nactivation = \"rleu\"\n").unwrap();
        let message = wrong(path.to_str().unwrap());
        assert!(message.contains("net.toml: layer 0: `rleu` is no activation"), "{message}");
        assert!("rleu".parse::<Activation>().unwrap_err().to_string().contains("did you mean `relu`"));
        assert!("maxout:0".parse::<Activation>().is_err());
    }
}
