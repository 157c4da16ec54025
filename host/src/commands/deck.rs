//! `deck`: runs every experiment of the deck, or those named, and writes the page.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::{Outcome, folder, non_finite, progress, settings};
use crate::deck::contents::{EXPERIMENTS, Experiment};
use crate::deck::page::{Done, page};
use crate::deck::setting::{Scale, Setting};
use crate::engine::Choice;
use crate::figure;
use crate::options::{OutOptions, at_least_one};
use crate::results;
use crate::results::output::OutputFolder;
use crate::results::summary::{Figure, Summary};
use crate::table::{Cells, Table};

/// Options of `deck`.
#[derive(Args, Clone, Debug)]
pub struct Deck {
    /// Run only these experiments [default: all]
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(EXPERIMENTS.iter().map(|one| one.name)))]
    pub names: Vec<String>,
    /// List the experiments and run none
    #[arg(long)]
    pub list: bool,
    /// Run the long forms: 20 seeds, all embedded images, every pixel
    #[arg(long)]
    pub full: bool,
    /// Compute with ENGINE; exact gives the bits of a microcontroller
    #[arg(long, value_enum, value_name = "ENGINE", default_value = "fast")]
    pub engine: Choice,
    /// Use N threads; no result depends on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub threads: Option<usize>,
    /// Let every random choice follow from N
    #[arg(long, value_name = "N", default_value_t = 2015)]
    pub seed: u64,
    /// Print the summary as one JSON object
    #[arg(long)]
    pub json: bool,
    /// Where to write.
    #[command(flatten)]
    pub out: OutOptions,
}

fn list() -> Outcome {
    let mut summary = Summary::new("deck", Vec::new());
    summary.figure("experiments", EXPERIMENTS.len());
    let width = EXPERIMENTS.iter().map(|one| one.name.len()).max().unwrap_or(0);
    for one in EXPERIMENTS {
        summary.note(format!("{:width$}  {}", one.name, one.title));
    }
    Outcome::new(summary, 0)
}

/// The costs of a table that are not finite.
fn bad_costs(table: &Table) -> u64 {
    let costs = table.columns.iter().filter(|column| column.name.contains("cost"));
    costs.map(|column| if let Cells::Number(cells) = &column.cells { non_finite(cells) } else { 0 }).sum()
}

/// Runs an experiment and writes its tables and figures.
fn run(one: &Experiment, setting: &Setting, out: &OutputFolder) -> Result<(Done, u64)> {
    let started = Instant::now();
    let report = (one.run)(setting).with_context(|| one.name.to_owned())?;
    let mut images = Vec::new();
    let mut bad = 0;
    for picture in &report.pictures {
        if let Some(overlay) = &picture.overlay {
            results::write_table(out, &format!("{}-path", picture.name), overlay)?;
        }
        results::write_table(out, &picture.name, &picture.table)?;
        bad += bad_costs(&picture.table);
        let drawn = figure::draw(&picture.table, out.path())
            .with_context(|| format!("{}: {} cannot be drawn", one.name, picture.name))?;
        let png = drawn.png()?;
        out.write(&format!("{}.png", picture.name), &png)?;
        out.write(&format!("{}.svg", picture.name), drawn.svg()?.as_bytes())?;
        images.push(png);
    }
    let seconds = started.elapsed().as_secs_f64();
    Ok((Done { name: one.name, title: one.title, report, images, seconds }, bad))
}

/// Runs the experiments and writes `index.html`.
///
/// # Errors
/// A message that names the experiment or the file.
pub fn deck(options: &Deck) -> Result<Outcome> {
    if options.list {
        return Ok(list());
    }
    if let Some(threads) = options.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("--threads")?;
    }
    let scale = if options.full { Scale::FULL } else { Scale::SHORT };
    let own = [
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("form", if options.full { "full" } else { "short" }.to_owned()),
        ("seed", options.seed.to_string()),
        ("engine", options.engine.name().to_owned()),
    ];
    let settings = settings(&[], "deck", &own);
    let out = folder(&options.out, "deck")?;
    let setting = Setting::new(scale, options.seed, options.engine, settings.clone())?;
    let chosen: Vec<&Experiment> = EXPERIMENTS
        .iter()
        .filter(|one| options.names.is_empty() || options.names.iter().any(|name| name == one.name))
        .collect();
    let bar = progress(chosen.len() as u64, "experiments");
    let started = Instant::now();
    let (mut all, mut bad) = (Vec::new(), 0);
    for one in chosen {
        let (done, lost) = run(one, &setting, &out)?;
        all.push(done);
        bad += lost;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let index: PathBuf = out.write("index.html", page(&all, &settings).as_bytes())?;
    let mut summary = Summary::new("deck", settings);
    let checks =
        || all.iter().flat_map(|done| done.report.checks.iter().map(move |check| (done.name, check)));
    let held = checks().filter(|(_, check)| check.holds).count();
    summary.figure("experiments", all.len());
    summary.figure("checks", checks().count());
    summary.figure("checks_held", held);
    summary.figure("seconds", started.elapsed().as_secs_f64());
    summary.figure("page", index.display().to_string().as_str());
    for (name, check) in checks().filter(|(_, check)| !check.holds) {
        summary.note(format!("FAILS {name}: {}; measured {}", check.claim, check.measured));
    }
    let per = all.iter().map(|done| (done.name.to_owned(), Figure::from(done.report.checks.len())));
    summary.figure("checks_by_experiment", Figure::Group(per.collect()));
    Ok(Outcome { flagged: held < checks().count(), ..Outcome::new(summary, bad) })
}
