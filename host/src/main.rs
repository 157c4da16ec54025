//! The program `thalweg`: one subcommand per question a person asks.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use thalweg::commands::{self, Outcome};
use thalweg::options::problem::use_threads;
use thalweg::options::{Precision, RunOptions};

/// See and measure the structure of neural-network cost functions
#[derive(Parser)]
#[command(name = "thalweg", version, max_term_width = 79, arg_required_else_help = true)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every experiment of the deck, and write a page of them
    #[command(after_help = "Example: thalweg deck maxout-line trajectory --out out/two")]
    Deck(commands::deck::Deck),
    /// Train a network, keep its path
    #[command(after_help = "Example: thalweg train --model 784-128-10 --epochs 5 --out out/first")]
    Train(commands::train::Train),
    /// Check that a model is read rightly
    #[command(after_help = "Example: thalweg check-model --theta out/train/end.safetensors")]
    CheckModel(commands::check_model::CheckModel),
    /// Measure the cost along a line
    #[command(after_help = "Example: thalweg line --run out/train --x=-0.25:2:50")]
    Line(commands::line::Line),
    /// Measure the cost over a plane
    #[command(after_help = "Example: thalweg plane --run out/train --directions run --x=-0.2:1.2:51")]
    Plane(commands::plane::Plane),
    /// Lay out where training went, and the surface around it
    #[command(after_help = "Example: thalweg path --run out/train")]
    Path(commands::path::Path),
    /// Find eigenvalues, density, trace and diagonal of the Hessian
    #[command(after_help = "Example: thalweg hessian --run out/train --top 10 --density --trace")]
    Hessian(commands::hessian::Hessian),
    /// Measure what second order promises for a gradient step
    #[command(after_help = "Example: thalweg step --run out/train --sizes=-8:2:21")]
    Step(commands::step::Step),
    /// Find and classify critical points
    #[command(after_help = "Example: thalweg critical --model 16-4-10 --pool 7 --examples 500")]
    Critical(commands::critical::Critical),
    /// Export parameters as Rust, C or raw bytes, or read them back
    #[command(after_help = "Example: thalweg export --theta out/train/end.safetensors --to theta.rs")]
    Export(commands::export::Export),
    /// Say what a network needs on a device: memory and flash
    #[command(after_help = "Example: thalweg size --model 16-32-16-4 --loss squared-error --ram 16K")]
    Size(commands::size::Size),
    /// Draw a figure again from its data
    #[command(after_help = "Example: thalweg plot out/line/line.csv")]
    Plot(commands::plot::Plot),
}

/// Runs a command in the precision that its options name, or else in its own.
macro_rules! in_precision {
    ($options:expr, $run:expr, $($command:ident)::+) => {
        in_precision!($options, $run, $($command)::+, Precision::F32)
    };
    ($options:expr, $run:expr, $($command:ident)::+, $own:expr) => {{
        use_threads($run)?;
        match $run.precision.unwrap_or($own) {
            Precision::F32 => $($command)::+::<f32>($options),
            Precision::F64 => $($command)::+::<f64>($options),
        }
    }};
}

impl Command {
    fn run(&self) -> Result<Outcome> {
        match self {
            Self::Deck(options) => commands::deck::deck(options),
            Self::Train(options) => in_precision!(options, &options.run, commands::train::train),
            Self::CheckModel(options) => {
                in_precision!(options, &options.run, commands::check_model::check_model)
            }
            Self::Line(options) => in_precision!(options, &options.run, commands::line::line),
            Self::Plane(options) => in_precision!(options, &options.run, commands::plane::plane),
            Self::Path(options) => in_precision!(options, &options.run, commands::path::path),
            Self::Hessian(options) => {
                in_precision!(options, &options.run, commands::hessian::hessian, Precision::F64)
            }
            Self::Step(options) => {
                in_precision!(options, &options.run, commands::step::step, Precision::F64)
            }
            Self::Critical(options) => {
                in_precision!(options, &options.run, commands::critical::critical, Precision::F64)
            }
            Self::Export(options) => commands::export::export(options),
            Self::Size(options) => commands::size::size(options),
            Self::Plot(options) => commands::plot::plot(options),
        }
    }

    fn run_options(&self) -> Option<&RunOptions> {
        match self {
            Self::Train(options) => Some(&options.run),
            Self::CheckModel(options) => Some(&options.run),
            Self::Line(options) => Some(&options.run),
            Self::Plane(options) => Some(&options.run),
            Self::Path(options) => Some(&options.run),
            Self::Hessian(options) => Some(&options.run),
            Self::Step(options) => Some(&options.run),
            Self::Critical(options) => Some(&options.run),
            Self::Deck(_) | Self::Export(_) | Self::Size(_) | Self::Plot(_) => None,
        }
    }

    fn wants_json(&self) -> bool {
        match self {
            Self::Deck(options) => options.json,
            Self::Export(options) => options.json,
            Self::Size(options) => options.json,
            Self::Plot(options) => options.json,
            other => other.run_options().is_some_and(|run| run.json),
        }
    }
}

/// An error with its causes, each said once: many messages hold their cause already.
fn message(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |message, cause| match cause.to_string() {
        cause if message.is_empty() => cause,
        cause if message.contains(&cause) => message,
        cause => format!("{message}: {cause}"),
    })
}

fn main() -> ExitCode {
    let program = Program::parse();
    let json = program.command.wants_json();
    let result = program.command.run().and_then(|outcome| {
        outcome.summary.print(json, outcome.non_finite)?;
        Ok(outcome.flagged)
    });
    match result {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {}", message(&error));
            ExitCode::FAILURE
        }
    }
}
