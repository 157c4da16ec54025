//! `hessian`: eigenvalues, density, trace and diagonal, with residuals and error bars.

mod foreseen;
mod operator;
mod tables;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::spectrum::block::Block;
use thalweg_core::spectrum::estimate::Estimate;
use thalweg_core::spectrum::lanczos::{Lanczos, Pair};
use thalweg_core::spectrum::trace::{diagonal, estimated_diagonal};

use self::foreseen::foreseen;
use self::operator::{Watched, whole};
use super::{Outcome, folder, settings, written};
use crate::curvature::eigen::{self, Full};
use crate::curvature::spectrum::{self, Density, Ends};
use crate::engine::Scalar;
use crate::files::record::Record;
use crate::memory::expect_room;
use crate::options::problem::Problem;
use crate::options::{DataOptions, ModelOptions, OutOptions, RunOptions, at_least_one};
use crate::results;
use crate::results::output::OutputFolder;
use crate::results::summary::{Figure, Summary};

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
    /// Find the K smallest eigenvalues
    #[arg(long, value_name = "K", default_value_t = 5)]
    pub bottom: usize,
    /// Accept a pair whose |Hx − λx| is below NUM·max|λ|
    #[arg(long, value_name = "NUM", default_value = "1e-8", value_parser = positive)]
    pub tolerance: f64,
    /// Stop after N products with the matrix
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = at_least_one)]
    pub max_products: usize,
    /// Look for missed copies by N products from a fresh start
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub confirm: u64,
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

/// What was measured, for the tables and the words.
struct Findings<T> {
    parameters: usize,
    ends: Option<Ends<T>>,
    full: Option<(Full, f64)>,
    density: Option<(Density, f64)>,
    trace: Option<Estimate>,
    diagonal: Option<(Vec<f64>, Vec<f64>)>,
    layers: Vec<Layer>,
}

/// The curvature of one layer's own parameters.
struct Layer {
    first: usize,
    count: usize,
    largest: Pair,
    smallest: Pair,
    trace: Estimate,
}

impl Hessian {
    fn lanczos(&self, top: usize, bottom: usize) -> Lanczos {
        let wanted = top + bottom;
        Lanczos {
            top,
            bottom,
            tolerance: self.tolerance,
            products: self.max_products as u64,
            confirm: self.confirm,
            block: 1,
            rows: 2 * wanted + 30,
            seed: self.run.seed,
        }
    }

    fn own(&self, theta: &Path) -> Vec<(&'static str, String)> {
        let name = |value: Option<clap::builder::PossibleValue>| {
            value.map_or_else(String::new, |value| value.get_name().to_owned())
        };
        vec![
            ("theta", theta.display().to_string()),
            ("matrix", name(self.matrix.to_possible_value())),
            ("method", name(self.method.to_possible_value())),
            ("tolerance", format!("{:e}", self.tolerance)),
        ]
    }
}

/// Measures the curvature of the cost at θ.
///
/// # Errors
/// A message that names the option or the file.
pub fn hessian<T: Scalar>(options: &Hessian) -> Result<Outcome> {
    if options.method == Method::Difference && options.matrix != Matrix::Hessian {
        bail!(
            "--method difference makes products with the Hessian alone; leave it out for --matrix ggn and fisher"
        );
    }
    let record = options.run_folder.as_deref().map(Record::read).transpose()?;
    let problem = Problem::<T>::load(&options.model, &options.data, &options.run, record.as_ref())?;
    let path = match (&options.theta, &options.run_folder) {
        (Some(theta), _) => theta.clone(),
        (None, Some(run)) => run.join("end.safetensors"),
        (None, None) => bail!("--theta is needed"),
    };
    let mut notes = Vec::new();
    let theta = problem.theta(&path, &mut notes)?;
    if !theta.iter().all(|entry| entry.is_finite()) {
        bail!("{}: θ holds a NaN or an infinity, where no curvature is defined", path.display());
    }
    let n = theta.len();
    if options.all {
        let instead = "leave out --all, and take --top, --bottom and --density";
        expect_room(eigen::memory_needed(n), instead).context("--all")?;
    }
    let out = folder(&options.out, "hessian")?;
    let findings =
        measure(options, &problem, &theta).with_context(|| format!("the curvature at {}", path.display()))?;
    let settings = settings(&problem.settings, "hessian", &options.own(&path));
    let mut summary = Summary::new("hessian", settings.clone());
    notes.into_iter().for_each(|note| summary.note(note));
    write(options, &problem, &findings, &out, &settings)?;
    words::notes(options, &problem, &findings).into_iter().for_each(|note| summary.note(note));
    let converged = figures(options, &findings, &mut summary);
    written(&mut summary, &out);
    Ok(Outcome { flagged: !converged, ..Outcome::new(summary, 0) })
}

/// Measures all that the options ask for.
fn measure<T: Scalar>(options: &Hessian, problem: &Problem<T>, theta: &[T]) -> Result<Findings<T>> {
    let n = theta.len();
    // θ, differences, a product, and the basis of Lanczos' method or of the density
    let rows = options.lanczos(options.top, options.bottom).rows.max(options.steps);
    let spectrum = if options.all { eigen::memory_needed(n) } else { 0 };
    let memory = problem.held() + problem.needed(5 + rows, 0).0 + spectrum;
    foreseen(options, problem, theta)?.announce("hessian", memory);
    let mut differences = vec![T::ZERO; 2 * n];
    let mut operator = operator::at(options, problem, theta, &mut differences)?;
    let mut findings = Findings {
        parameters: n,
        ends: None,
        full: None,
        density: None,
        trace: None,
        diagonal: None,
        layers: Vec::new(),
    };
    let probes = options.probes.unwrap_or(100) as u64;
    if options.all {
        let (matrix, asymmetry) = whole(options, problem, theta, &mut operator)?;
        let full = eigen::eigen(&matrix, n)?;
        let mut exact = Estimate::default();
        (0..2).for_each(|_| exact.add(full.trace));
        findings.trace = Some(exact);
        if options.diagonal {
            let entries = (0..n).map(|index| matrix[index * (n + 1)]).collect();
            findings.diagonal = Some((entries, vec![0.0; n]));
        }
        findings.full = Some((full, asymmetry));
    } else {
        if options.top + options.bottom > 0 {
            let lanczos = options.lanczos(options.top, options.bottom);
            let bytes = lanczos.basis_length(n) as u128 * size_of::<T>() as u128;
            expect_room(bytes, "ask for fewer eigenvalues").context("the basis of Lanczos' method")?;
            let mut watched = Watched::new(&mut *operator, lanczos.products, "eigenvalues");
            findings.ends = Some(spectrum::ends(&mut watched, &lanczos)?);
        }
        if options.trace {
            let mut watched = Watched::new(&mut *operator, probes, "trace");
            findings.trace = Some(spectrum::trace(&mut watched, probes, options.run.seed)?);
        }
        if options.diagonal {
            findings.diagonal = Some(diagonal_of(&mut *operator, probes, options.run.seed)?);
        }
    }
    if options.density {
        let probes = options.probes.unwrap_or(10) as u64;
        let bytes = (options.steps.min(n) + 1) as u128 * n as u128 * size_of::<T>() as u128;
        expect_room(bytes, "take fewer --steps").context("--density")?;
        let mut watched = Watched::new(&mut *operator, probes * options.steps as u64, "density");
        let density = spectrum::density(&mut watched, (probes, options.steps), options.run.seed)?;
        let (low, high) = density.range();
        let width = if high > low {
            (high - low) * options.smoothing
        } else {
            high.abs().max(1.0) * options.smoothing
        };
        findings.density = Some((density, width));
    }
    if options.layers {
        findings.layers = layers(options, problem, &mut *operator, probes)?;
    }
    Ok(findings)
}

/// The diagonal and its error: exactly if n products are no more than the probes.
fn diagonal_of<T: Scalar>(
    operator: &mut (dyn SymmetricOperator<Real = T> + '_),
    probes: u64,
    seed: u64,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let n = operator.dimension();
    let (mut mean, mut error, mut scratch) = (vec![T::ZERO; n], vec![T::ZERO; n], vec![T::ZERO; 2 * n]);
    let mut watched = Watched::new(operator, probes.min(n as u64), "diagonal");
    if n as u64 <= probes {
        diagonal(&mut watched, &mut mean, &mut scratch)?;
    } else {
        estimated_diagonal(&mut watched, (probes, seed), &mut mean, &mut error, &mut scratch)?;
    }
    let double = |entries: Vec<T>| entries.iter().map(|entry| entry.to_f64()).collect();
    Ok((double(mean), double(error)))
}

/// Each layer's own block: a weight and the bias after it.
fn layers<T: Scalar>(
    options: &Hessian,
    problem: &Problem<T>,
    operator: &mut (dyn SymmetricOperator<Real = T> + '_),
    probes: u64,
) -> Result<Vec<Layer>> {
    let view = problem.model.view();
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    for block in view.blocks() {
        match ranges.last_mut() {
            Some(last) if block.is_bias => last.end = block.range().end,
            _ => ranges.push(block.range()),
        }
    }
    let mut scratch = vec![T::ZERO; 2 * operator.dimension()];
    let mut found = Vec::new();
    for (index, range) in ranges.into_iter().enumerate() {
        let lanczos = options.lanczos(1, 1);
        let mut watched = Watched::new(&mut *operator, lanczos.products + probes, &format!("layer {index}"));
        let mut block = Block::new(&mut watched, range.clone(), &mut scratch)?;
        let ends = spectrum::ends(&mut block, &lanczos)?;
        let trace = spectrum::trace(&mut block, probes, options.run.seed)?;
        let largest = ends.top.first().copied().unwrap_or_default();
        found.push(Layer {
            first: range.start,
            count: range.len(),
            largest,
            // a layer of one parameter has one eigenvalue, which is both
            smallest: ends.bottom.last().copied().unwrap_or(largest),
            trace,
        });
    }
    Ok(found)
}

fn write<T: Scalar>(
    options: &Hessian,
    problem: &Problem<T>,
    findings: &Findings<T>,
    out: &OutputFolder,
    settings: &[(String, String)],
) -> Result<()> {
    if let Some(table) = tables::eigenvalues(options, problem, findings, settings) {
        results::write(out, "hessian", &table)?;
    }
    if let Some((density, width)) = &findings.density {
        results::write(out, "density", &tables::density(options, problem, (density, *width), settings))?;
    }
    if let Some((mean, error)) = &findings.diagonal {
        results::write_table(out, "diagonal", &tables::diagonal(mean, error, settings))?;
    }
    if !findings.layers.is_empty() {
        results::write_table(out, "layers", &tables::layers(&findings.layers, settings))?;
    }
    Ok(())
}

/// Adds the headline figures, and says whether all pairs have converged.
fn figures<T>(options: &Hessian, findings: &Findings<T>, summary: &mut Summary) -> bool {
    let rows = tables::rows(options, findings);
    let n = findings.parameters;
    let end = |from: usize, count: usize| {
        let inside = |row: &&tables::Row| row.index >= from && row.index < from + count;
        rows.iter().filter(inside).map(|row| row.pair).collect::<Vec<Pair>>()
    };
    let top = end(0, options.top.min(n));
    let bottom = end(n - options.bottom.min(n), options.bottom.min(n));
    let list = |pairs: &[Pair], of: fn(&Pair) -> f64| {
        Figure::List(pairs.iter().map(|pair| Figure::Number(of(pair))).collect())
    };
    let layers = findings.layers.iter().all(|layer| layer.largest.converged && layer.smallest.converged);
    let enough = findings.ends.as_ref().is_none_or(|ends| {
        let wanted = options.lanczos(options.top, options.bottom).wanted(n);
        (ends.top.len(), ends.bottom.len()) == wanted
    });
    let converged = rows.iter().all(|row| row.pair.converged) && layers && enough;
    summary.figure("top", list(&top, |pair| pair.value));
    summary.figure("bottom", list(&bottom, |pair| pair.value));
    summary.figure("top_residuals", list(&top, |pair| pair.residual));
    summary.figure("bottom_residuals", list(&bottom, |pair| pair.residual));
    summary.figure("converged", converged);
    summary.figure("trace", findings.trace.map(|trace| trace.mean()));
    summary.figure("trace_standard_error", findings.trace.map(|trace| trace.standard_error()));
    summary.figure("frobenius_norm", findings.full.as_ref().map(|(full, _)| full.frobenius_norm));
    summary.figure(
        "index",
        findings.full.as_ref().map(|(full, _)| {
            let [negative, zero, positive] =
                full.index(options.zero).map(|count| Figure::Count(count as u64));
            let parts = [("negative", negative), ("zero", zero), ("positive", positive)];
            Figure::Group(parts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect())
        }),
    );
    summary.figure("products", findings.ends.as_ref().map(|ends| ends.report.products as usize));
    converged
}
