//! `export`: θ as Rust, C or raw bytes with a check value; and back.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use thalweg_core::device::checksum;

use super::{Outcome, settings};
use crate::files::export::{self, Format};
use crate::files::model::Model;
use crate::files::parameters;
use crate::options::ModelOptions;
use crate::results::output::write_whole;
use crate::results::summary::Summary;

/// Options of `export`.
#[derive(Args, Clone, Debug)]
pub struct Export {
    /// Export the parameters in FILE: .npy (flat) or .safetensors
    #[arg(long, value_name = "FILE", required_unless_present = "from", conflicts_with = "from")]
    pub theta: Option<PathBuf>,
    /// Read an exported FILE back, and hold it against its check value
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Write FILE; with --from a .safetensors file
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Write, or read, this format [default: by the ending .rs, .h, .c, .bin]
    #[arg(long, value_name = "NAME", value_enum)]
    pub format: Option<Format>,
    /// Which network.
    #[command(flatten)]
    pub model: ModelOptions,
    /// Print the summary as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Writes parameters for a device, or reads them back.
///
/// # Errors
/// A message that names the option or the file.
pub fn export(options: &Export) -> Result<Outcome> {
    let model = options.model.parse()?;
    let device = options.from.as_ref().unwrap_or(&options.to);
    let format = options.format.or_else(|| Format::of(device)).with_context(|| {
        format!("{}: the ending names no format; give --format rust, c or bin", device.display())
    })?;
    let (theta, bytes, notes) = match (&options.theta, &options.from) {
        (Some(path), _) => {
            let read = parameters::read(path, &model)?;
            let theta = read.rounded::<f32>();
            let mut notes = read.mapping;
            let rounded =
                theta.iter().zip(&read.values).filter(|(rounded, value)| f64::from(**rounded) != **value);
            match rounded.count() {
                0 => {}
                count => notes.push(format!("{count} parameters were rounded to f32")),
            }
            if let Some(index) = theta.iter().position(|number| !number.is_finite()) {
                bail!("{}: parameter {index} is too large for f32", path.display());
            }
            let bytes = export::write(format, &model, &theta);
            (theta, bytes, notes)
        }
        (None, Some(path)) => {
            let theta = export::read(path, format)?;
            let needed = model.view().parameters();
            ensure!(
                theta.len() == needed,
                "{}: {} numbers, and --model {} has {needed} parameters",
                path.display(),
                theta.len(),
                model.spec()
            );
            ensure!(
                options.to.extension().is_some_and(|ending| ending == "safetensors"),
                "--to {}: what is read back is written as .safetensors",
                options.to.display()
            );
            let bytes = parameters::to_safetensors(&model, &theta)?;
            (theta, bytes, Vec::new())
        }
        (None, None) => bail!("give --theta FILE, or --from FILE to read an exported file back"),
    };
    write_whole(&options.to, &bytes)?;
    let mut summary = Summary::new("export", settings(&base(&model), "export", &[]));
    notes.into_iter().for_each(|note| summary.note(note));
    summary.figure("file", options.to.display().to_string().as_str());
    summary.figure("parameters", theta.len());
    summary.figure("bytes", bytes.len());
    summary.figure("check", format!("{:#010x}", checksum::of(&theta)).as_str());
    Ok(Outcome::new(summary, 0))
}

/// The settings of a network without data.
pub(super) fn base(model: &Model) -> Vec<(String, String)> {
    [
        ("version", env!("CARGO_PKG_VERSION")),
        ("model", model.spec()),
        ("activation", model.activation()),
        ("loss", model.loss_name()),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec()
}
