//! What follows each hidden layer, and its name.

use thalweg_core::network::operation::Map;

/// What follows each hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// An elementwise map.
    Map(Map),
    /// Nothing.
    Identity,
    /// The maximum over K pieces.
    Maxout(usize),
}

/// Why a text names no activation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActivationError {
    /// The name is unknown.
    #[error(
        "`{found}` is no activation; did you mean `{nearest}`? (relu, tanh, sigmoid, tanh_fast, sigmoid_fast, identity, maxout:K)"
    )]
    Unknown {
        /// What was given.
        found: String,
        /// The nearest name.
        nearest: &'static str,
    },
    /// maxout with no number of pieces, or 0.
    #[error("`{0}` needs a number of pieces of at least 1, as in `maxout:3`")]
    Pieces(String),
}

impl std::str::FromStr for Activation {
    type Err = ActivationError;

    fn from_str(text: &str) -> Result<Self, ActivationError> {
        match text {
            "relu" => Ok(Self::Map(Map::Relu)),
            "tanh" => Ok(Self::Map(Map::Tanh)),
            "sigmoid" => Ok(Self::Map(Map::Sigmoid)),
            "tanh_fast" => Ok(Self::Map(Map::TanhFast)),
            "sigmoid_fast" => Ok(Self::Map(Map::SigmoidFast)),
            "identity" => Ok(Self::Identity),
            _ if text == "maxout" || text.starts_with("maxout:") => {
                match text.strip_prefix("maxout:").and_then(|pieces| pieces.parse().ok()) {
                    Some(pieces) if pieces > 0 => Ok(Self::Maxout(pieces)),
                    _ => Err(ActivationError::Pieces(text.to_owned())),
                }
            }
            _ => {
                let names = ["relu", "tanh", "sigmoid", "tanh_fast", "sigmoid_fast", "identity", "maxout:3"];
                Err(ActivationError::Unknown { found: text.to_owned(), nearest: nearest(text, &names) })
            }
        }
    }
}

impl std::fmt::Display for Activation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Map(Map::Relu) => formatter.write_str("relu"),
            Self::Map(Map::Tanh) => formatter.write_str("tanh"),
            Self::Map(Map::Sigmoid) => formatter.write_str("sigmoid"),
            Self::Map(Map::TanhFast) => formatter.write_str("tanh_fast"),
            Self::Map(Map::SigmoidFast) => formatter.write_str("sigmoid_fast"),
            Self::Identity => formatter.write_str("identity"),
            Self::Maxout(pieces) => write!(formatter, "maxout:{pieces}"),
        }
    }
}

/// The name nearest to a misspelt one.
#[must_use]
pub fn nearest<'n>(found: &str, names: &[&'n str]) -> &'n str {
    let distance = |name: &&&str| strsim::damerau_levenshtein(found, name);
    names.iter().min_by_key(distance).copied().unwrap_or("")
}
