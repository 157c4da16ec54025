//! `hessian`: eigenvalues, density, trace and diagonal, with residuals and error bars.

mod options;
mod pace;
mod foreseen;
mod operator;
mod tables;
mod words;

use std::time::Instant;

use anyhow::{Context, Result, bail};
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::spectrum::block::Block;
use thalweg_core::spectrum::estimate::Estimate;
use thalweg_core::spectrum::lanczos::Pair;
use thalweg_core::spectrum::trace::{diagonal, estimated_diagonal};

use self::operator::{Watched, whole};
use self::options::PROBES;
pub use self::options::{Hessian, Matrix, Method};
use self::pace::Pace;
use self::words::{About, Note, head};
use super::{Outcome, folder, settings, written};
use crate::curvature::eigen::{self, Full};
use crate::curvature::spectrum::{self, Density, Ends};
use crate::engine::Scalar;
use crate::files::record::Record;
use crate::memory::expect_room;
use crate::options::problem::Problem;
use crate::results;
use crate::results::output::OutputFolder;
use crate::results::summary::{Figure, Summary};

/// What was measured, for the tables and the words.
struct Findings<T> {
    parameters: usize,
    ends: Option<Ends<T>>,
    full: Option<(Full, f64)>,
    density: Option<(Density, f64)>,
    trace: Option<Estimate>,
    diagonal: Option<(Vec<f64>, Vec<f64>)>,
    layers: Vec<Layer>,
    /// Whether no layer's block can have an eigenvalue below 0.
    bounded: bool,
}

/// The curvature of one layer's own parameters.
struct Layer {
    first: usize,
    count: usize,
    largest: Pair,
    smallest: Pair,
    trace: Estimate,
}

impl Layer {
    /// Whether both ends are known: converged, or the smallest between 0 and the value shown.
    const fn is_known(&self, bounded: bool) -> bool {
        self.largest.converged && (self.smallest.converged || bounded)
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
    let problem = Problem::<T>::load_training(&options.model, &options.data, &options.run, record.as_ref())?;
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
    let notes = words::notes(options, &problem, &findings);
    write(options, &problem, (&findings, &notes), &out, &settings)?;
    let converged = figures(options, &findings, &mut summary);
    let texts = notes.iter().map(|note| Figure::Text(note.text.clone())).collect();
    summary.detail("notes", Figure::List(texts));
    notes.into_iter().for_each(|note| summary.note(note.text));
    written(&mut summary, &out);
    Ok(Outcome { flagged: !converged, ..Outcome::new(summary, 0) })
}

/// Measures all that the options ask for.
fn measure<T: Scalar>(options: &Hessian, problem: &Problem<T>, theta: &[T]) -> Result<Findings<T>> {
    let n = theta.len();
    // θ, differences, a product, and the basis of Lanczos' method or of the density
    let rows = options.lanczos(options.top, options.bottom()).rows.max(options.steps);
    let spectrum = if options.all { eigen::memory_needed(n) } else { 0 };
    let memory = problem.held() + problem.needed(5 + rows, 0).0 + spectrum;
    let products = foreseen::products(options, problem, n);
    let mut differences = vec![T::ZERO; 2 * n];
    let started = Instant::now();
    let mut operator = operator::at(options, problem, theta, &mut differences)?;
    let began = started.elapsed().as_secs_f64();
    let foreseen = if options.all {
        foreseen::whole(options, problem, theta, products)?
    } else {
        foreseen::beforehand(options, problem, theta, products, began)?
    };
    let announced = foreseen.announce("hessian", memory);
    let pace = Pace::new(products, memory, announced || options.all);
    let mut findings = Findings {
        parameters: n,
        ends: None,
        full: None,
        density: None,
        trace: None,
        diagonal: None,
        layers: Vec::new(),
        bounded: operator::is_semidefinite_by_layer(options, problem),
    };
    let probes = options.probes.unwrap_or(PROBES) as u64;
    if options.all {
        let (matrix, asymmetry) = whole(options, problem, theta, &mut operator, &pace)?;
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
        if options.top + options.bottom() > 0 {
            let lanczos = options.lanczos(options.top, options.bottom());
            let bytes = spectrum::basis_bytes::<T>(&spectrum::keeping::<T>(&lanczos, n), n);
            expect_room(bytes, "ask for fewer eigenvalues").context("the basis of Lanczos' method")?;
            let mut watched = Watched::new(&mut *operator, (lanczos.products, "eigenvalues"), &pace);
            findings.ends = Some(spectrum::ends(&mut watched, &lanczos)?);
        }
        if options.trace {
            let mut watched = Watched::new(&mut *operator, (probes, "trace"), &pace);
            findings.trace = Some(spectrum::trace(&mut watched, probes, options.run.seed)?);
        }
        if options.diagonal {
            findings.diagonal = Some(diagonal_of(&mut *operator, probes, options.run.seed, &pace)?);
        }
    }
    if options.density {
        let probes = options.probes.unwrap_or(10) as u64;
        let bytes = (options.steps.min(n) + 1) as u128 * n as u128 * size_of::<T>() as u128;
        expect_room(bytes, "take fewer --steps").context("--density")?;
        let mut watched = Watched::new(&mut *operator, (probes * options.steps as u64, "density"), &pace);
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
        findings.layers = layers(options, problem, (&mut *operator, &pace), probes)?;
    }
    Ok(findings)
}

/// The diagonal and its error: exactly if n products are no more than the probes.
fn diagonal_of<T: Scalar>(
    operator: &mut (dyn SymmetricOperator<Real = T> + '_),
    probes: u64,
    seed: u64,
    pace: &Pace,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let n = operator.dimension();
    let (mut mean, mut error, mut scratch) = (vec![T::ZERO; n], vec![T::ZERO; n], vec![T::ZERO; 2 * n]);
    let mut watched = Watched::new(operator, (probes.min(n as u64), "diagonal"), pace);
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
    (operator, pace): (&mut (dyn SymmetricOperator<Real = T> + '_), &Pace),
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
        let what = format!("layer {index}");
        let mut watched = Watched::new(&mut *operator, (lanczos.products + probes, &what), pace);
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
    (findings, notes): (&Findings<T>, &[Note]),
    out: &OutputFolder,
    settings: &[(String, String)],
) -> Result<()> {
    if let Some(table) = tables::eigenvalues(options, problem, findings, settings) {
        results::write(out, "hessian", &head(table, notes, About::Eigenvalues))?;
    }
    if let Some((density, width)) = &findings.density {
        let table = tables::density(options, problem, (density, *width), settings);
        results::write(out, "density", &head(table, notes, About::Density))?;
    }
    if let Some((mean, error)) = &findings.diagonal {
        let table = tables::diagonal(mean, error, settings);
        results::write_table(out, "diagonal", &head(table, notes, About::Diagonal))?;
    }
    if !findings.layers.is_empty() {
        let table = tables::layers(&findings.layers, settings);
        results::write_table(out, "layers", &head(table, notes, About::Layers))?;
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
    let bottom = end(n - options.bottom().min(n), options.bottom().min(n));
    let list = |pairs: &[Pair], of: fn(&Pair) -> f64| {
        Figure::List(pairs.iter().map(|pair| Figure::Number(of(pair))).collect())
    };
    let layers = findings.layers.iter().all(|layer| layer.is_known(findings.bounded));
    let enough = findings.ends.as_ref().is_none_or(|ends| {
        let wanted = options.lanczos(options.top, options.bottom()).wanted(n);
        (ends.top.len(), ends.bottom.len()) == wanted
    });
    let converged = rows.iter().all(|row| row.pair.converged) && layers && enough;
    // a person reads what was asked for; a program finds every key
    let mut add = |asked: bool, name: &str, figure: Figure| {
        if asked { summary.figure(name, figure) } else { summary.detail(name, figure) }
    };
    add(!top.is_empty(), "top", list(&top, |pair| pair.value));
    add(!bottom.is_empty(), "bottom", list(&bottom, |pair| pair.value));
    add(!top.is_empty(), "top_residuals", list(&top, |pair| pair.residual));
    add(!bottom.is_empty(), "bottom_residuals", list(&bottom, |pair| pair.residual));
    add(true, "converged", converged.into());
    let (trace, full) = (findings.trace, findings.full.as_ref().map(|(full, _)| full));
    add(trace.is_some(), "trace", trace.map(|trace| trace.mean()).into());
    add(trace.is_some(), "trace_standard_error", trace.map(|trace| trace.standard_error()).into());
    add(full.is_some(), "frobenius_norm", full.map(|full| full.frobenius_norm).into());
    add(
        full.is_some(),
        "index",
        full.map(|full| {
            let [negative, zero, positive] =
                full.index(options.zero).map(|count| Figure::Count(count as u64));
            let parts = [("negative", negative), ("zero", zero), ("positive", positive)];
            Figure::Group(parts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect())
        })
        .into(),
    );
    let products = findings.ends.as_ref().map(|ends| ends.report.products as usize);
    add(products.is_some(), "products", products.into());
    converged
}
