//! θ as source text for a firmware, or as raw bytes, each with a check value; and back.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use thalweg_core::device::checksum;
use thalweg_core::network::operation::{Kind, Loss, Map};

use crate::files::model::Model;

/// How θ is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A Rust module: the network as a constant, a static array, the check value.
    Rust,
    /// A C header: a const array and the check value.
    C,
    /// The numbers' little-endian bytes, then those of the check value.
    Bin,
}

impl Format {
    /// The format that the ending of a file's name says.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "rs" => Some(Self::Rust),
            "h" | "c" => Some(Self::C),
            "bin" => Some(Self::Bin),
            _ => None,
        }
    }
}

/// Why a file holds no exported θ.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The file is not of the form that `export` writes.
    #[error("{path}: {reason}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
    /// The numbers are not those that were exported.
    #[error(
        "{path}: the numbers have the check value {found:#010x}, the file says {written:#010x}: it was changed or damaged"
    )]
    Check {
        /// The file.
        path: PathBuf,
        /// The check value of the numbers.
        found: u32,
        /// The check value in the file.
        written: u32,
    },
}

/// The bytes of an exported θ.
#[must_use]
pub fn write(format: Format, model: &Model, theta: &[f32]) -> Vec<u8> {
    match format {
        Format::Rust => rust(model, theta).into_bytes(),
        Format::C => c(model, theta).into_bytes(),
        Format::Bin => {
            let check = checksum::of(theta).to_le_bytes();
            theta.iter().flat_map(|number| number.to_le_bytes()).chain(check).collect()
        }
    }
}

/// The numbers, eight to a line, in the fewest digits that read back to the same bits.
fn numbers(theta: &[f32], suffix: &str) -> String {
    let mut text = String::new();
    for line in theta.chunks(8) {
        let words: Vec<String> = line.iter().map(|number| format!("{number:?}{suffix}")).collect();
        let _ = writeln!(text, "    {},", words.join(", "));
    }
    text
}

fn title(model: &Model, theta: &[f32]) -> String {
    format!(
        "{}, {}, {}: {} parameters, each weight (out x in, row by row) before its bias",
        model.spec(),
        model.activation(),
        model.loss_name(),
        theta.len()
    )
}

fn rust(model: &Model, theta: &[f32]) -> String {
    let network = network(model).unwrap_or_default();
    format!(
        "// {}\n{network}\n/// What `thalweg_core::device::checksum::of(&THETA)` must be.\npub const CHECK: u32 = {:#010x};\n\n\
         /// The parameters.\n#[rustfmt::skip]\npub static THETA: [f32; {}] = [\n{}];\n",
        title(model, theta),
        checksum::of(theta),
        theta.len(),
        numbers(theta, "")
    )
}

fn c(model: &Model, theta: &[f32]) -> String {
    format!(
        "/* {} */\n#pragma once\n#include <stdint.h>\n\n#define THETA_COUNT {}\n\n\
         /* The CRC-32 of the bytes of theta, each float little-endian. */\nstatic const uint32_t theta_check = {:#010x};\n\n\
         static const float theta[THETA_COUNT] = {{\n{}}};\n",
        title(model, theta),
        theta.len(),
        checksum::of(theta),
        numbers(theta, "f")
    )
}

/// The network as a constant, where every operation reads the one before it with weights of its own.
fn network(model: &Model) -> Option<String> {
    let view = model.view();
    if !view.is_chain() {
        return None;
    }
    let mut sentence = format!("Network::input({})", view.input_width());
    for operation in view.operations() {
        let step = match operation.kind() {
            Kind::Affine(affine) if affine.bias.is_some() => format!("dense({})", operation.width()),
            Kind::Affine(_) => format!("linear({})", operation.width()),
            Kind::Map(map) => format!("{}()", map_name(map)),
            Kind::Maximum { pieces } => format!("maximum({pieces})"),
            Kind::Slice { start } => format!("slice({start}, {})", operation.width()),
            Kind::Loss(Loss::SoftmaxCrossEntropy) => "softmax_cross_entropy()".to_owned(),
            Kind::Loss(Loss::SquaredError) => "squared_error()".to_owned(),
            _ => return None,
        };
        let _ = write!(sentence, ".{step}");
    }
    Some(format!(
        "use thalweg_core::network::Network;\n\n/// The network.\npub const NETWORK: Network<{}> = {sentence};\n",
        view.operations().len()
    ))
}

const fn map_name(map: Map) -> &'static str {
    match map {
        Map::Relu => "relu",
        Map::Tanh => "tanh",
        Map::Sigmoid => "sigmoid",
        Map::TanhFast => "tanh_fast",
        Map::SigmoidFast => "sigmoid_fast",
    }
}

/// Reads what [`write()`] wrote, and holds the numbers against their check value.
///
/// # Errors
/// [`ExportError`], naming the file.
pub fn read(path: &Path, format: Format) -> Result<Vec<f32>, ExportError> {
    let bytes = std::fs::read(path).map_err(|source| ExportError::Read { path: path.to_owned(), source })?;
    let form = |reason: &str| ExportError::Form { path: path.to_owned(), reason: reason.to_owned() };
    let (theta, written) = if format == Format::Bin {
        let (words, rest) = bytes.as_chunks::<4>();
        let Some((check, words)) = words.split_last().filter(|_| rest.is_empty()) else {
            return Err(form("raw bytes are whole numbers of four bytes, the last of them the check value"));
        };
        let theta = words.iter().map(|word| f32::from_le_bytes(*word)).collect();
        (theta, u32::from_le_bytes(*check))
    } else {
        let text = std::str::from_utf8(&bytes).map_err(|_| form("this is no text"))?;
        let (name, array, open, close, suffix) = match format {
            Format::C => ("theta_check", " theta[", '{', '}', "f"),
            _ => ("CHECK: u32", "static THETA:", '[', ']', ""),
        };
        let check = after(text, name).and_then(|text| text.split(['=', ';']).nth(1)).map(str::trim);
        let check = check.and_then(|word| u32::from_str_radix(word.strip_prefix("0x")?, 16).ok());
        let written = check.ok_or_else(|| form(&format!("`{name} = 0x…;` is not there")))?;
        let list =
            after(text, array).and_then(|text| after(text, "=")).and_then(|text| after_char(text, open));
        let list = list.and_then(|text| text.split_once(close)).map(|(list, _)| list);
        let list = list.ok_or_else(|| form(&format!("the array `{}` is not there", array.trim())))?;
        let mut theta = Vec::new();
        for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let number = word.strip_suffix(suffix).unwrap_or(word).parse();
            theta.push(number.map_err(|_| form(&format!("`{word}` is no number")))?);
        }
        (theta, written)
    };
    let found = checksum::of(&theta);
    if found == written {
        Ok(theta)
    } else {
        Err(ExportError::Check { path: path.to_owned(), found, written })
    }
}

/// What follows the first `mark`.
fn after<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    text.split_once(mark).map(|(_, rest)| rest)
}

fn after_char(text: &str, mark: char) -> Option<&str> {
    text.split_once(mark).map(|(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::model::Activation;

    fn model() -> Model {
        Model::parse("3-2-2", Activation::Map(Map::Tanh), Loss::SquaredError).unwrap()
    }

    const THETA: [f32; 14] = [
        1.0,
        -0.0,
        1e-40,
        f32::MAX,
        f32::MIN_POSITIVE,
        0.1,
        -3.0e-7,
        16_777_216.0,
        0.2,
        0.3,
        0.4,
        0.5,
        0.6,
        -0.7,
    ];

    fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theta");
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn every_format_comes_back_bit_for_bit() {
        for format in [Format::Rust, Format::C, Format::Bin] {
            let (_folder, path) = written(&write(format, &model(), &THETA));
            let back = read(&path, format).unwrap();
            assert!(back.iter().map(|x| x.to_bits()).eq(THETA.iter().map(|x| x.to_bits())), "{format:?}");
        }
    }

    #[test]
    fn a_changed_number_is_found_by_the_check_value() {
        let text = String::from_utf8(write(Format::C, &model(), &THETA)).unwrap();
        let (_folder, path) = written(text.replace("0.1f", "0.10000001f").as_bytes());
        let error = read(&path, Format::C).unwrap_err().to_string();
        assert!(error.contains("it was changed or damaged"), "{error}");
    }

    #[test]
    fn every_shortened_file_is_refused() {
        for format in [Format::Rust, Format::C, Format::Bin] {
            let bytes = write(format, &model(), &THETA);
            let end = bytes.len() - if format == Format::Bin { 0 } else { 3 };
            for length in 0..end {
                let (_folder, path) = written(&bytes[..length]);
                assert!(read(&path, format).is_err(), "{format:?} {length}");
            }
        }
    }

    #[test]
    fn the_network_is_a_sentence_of_the_builder() {
        let text = String::from_utf8(write(Format::Rust, &model(), &THETA)).unwrap();
        let sentence =
            "pub const NETWORK: Network<4> = Network::input(3).dense(2).tanh().dense(2).squared_error();";
        assert!(text.contains(sentence), "{text}");
    }
}
