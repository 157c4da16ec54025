//! `train`: train a network, keep its path.

mod options;
mod foreseen;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use thalweg_core::cost::norm;
use thalweg_core::descent::schedule::Schedule;
use thalweg_core::network::initialise::initialise;

use self::foreseen::foreseen;
use self::options::initialiser_name;
pub use self::options::{Train, Watched};
use super::{Outcome, Work, folder, non_finite, settings, table, written};
use crate::engine::Scalar;
use crate::files::model::Model;
use crate::files::parameters::to_safetensors;
use crate::files::record::{self, Record, Snapshot};
use crate::options::problem::Problem;
use crate::results;
use crate::results::output::OutputFolder;
use crate::results::summary::Summary;
use crate::training::method::{Method, train_by_curvature, train_saddle_free};
use crate::training::watch::{Watch, columns};
use crate::training::{self, Moment, Recipe, Seen};

/// A path that means the same in every folder.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A specification that means the same in every folder.
fn absolute_spec(spec: &str) -> String {
    if Model::is_file(spec) { absolute(Path::new(spec)).display().to_string() } else { spec.to_owned() }
}

/// What is measured after an epoch.
#[derive(Clone, Copy, Debug)]
struct Measured {
    epoch: f64,
    step: f64,
    train: (f64, f64),
    test: (f64, f64),
    gradient_norm: f64,
}

/// Trains a network and writes its path.
///
/// # Errors
/// A message that names the option or the file; what was measured until then is written.
pub fn train<T: Scalar>(options: &Train) -> Result<Outcome> {
    let started = Instant::now();
    let (problem, rows) = Problem::<T>::load_with_rows(&options.model, &options.data, &options.run)?;
    // θ, velocity, gradient, a sum per thread, and θ's bytes twice
    let memory = problem.expect_room(5 + rayon::current_num_threads(), 0, "")?;
    let out = folder(&options.out, "train")?;
    // until this run is whole, none is on record here
    out.remove(record::FILE)?;
    let network = problem.model.view();
    let mut theta = vec![T::ZERO; network.parameters()];
    initialise(&network, options.init, options.run.seed, &mut theta)?;
    let recipe = Recipe {
        epochs: options.epochs,
        batch: options.batch,
        step_size: Schedule::Constant(options.step_size),
        momentum: Schedule::Constant(options.momentum),
        seed: options.run.seed,
        decay: problem.decay,
    };
    let own = [
        ("epochs", options.epochs.to_string()),
        (
            "batch",
            if options.method == Method::SaddleFree { "all".to_owned() } else { options.batch.to_string() },
        ),
        ("step-size", options.step_size.to_string()),
        ("momentum", options.momentum.to_string()),
        ("init", initialiser_name(options.init)),
        ("snapshots", options.snapshots.to_string()),
        ("method", options.method.name().to_owned()),
    ];
    let settings = settings(&problem.settings, "train", &own);
    let (objective, test) = (problem.objective(), problem.test_objective());
    let mut gradient = vec![T::ZERO; theta.len()];
    let mut measured = Vec::new();
    let mut snapshots: Vec<Snapshot> = Vec::new();
    let mut failure = None;
    let per_epoch = match options.method {
        Method::SaddleFree => 1,
        Method::Sgd | Method::CurvatureStep => problem.train.count().div_ceil(options.batch) as u64,
    };
    let steps = u64::from(options.epochs) * per_epoch;
    let announced = foreseen(options, &problem, &theta, steps)?.announce("training", memory);
    let work = Work::new(steps, "training", memory).announced(announced);
    let mut look = |epoch: u32, step: u64, theta: &[T]| -> Result<()> {
        let tally = objective.gradient_and_tally(theta, &mut gradient)?;
        let test = match &test {
            None => (f64::NAN, f64::NAN),
            Some(test) => {
                let tally = test.tally(theta)?;
                (test.with_decay(&tally, theta), tally.accuracy())
            }
        };
        measured.push(Measured {
            epoch: f64::from(epoch),
            step: step as f64,
            train: (objective.with_decay(&tally, theta), tally.accuracy()),
            test,
            gradient_norm: norm(&gradient),
        });
        if (epoch as usize).is_multiple_of(options.snapshots) || epoch == options.epochs {
            let file = format!("snapshots/{epoch:04}.safetensors");
            out.write(&file, &to_safetensors(&problem.model, theta)?)?;
            snapshots.push(Snapshot { file, epoch, step });
        }
        Ok(())
    };
    out.write("start.safetensors", &to_safetensors(&problem.model, &theta)?)?;
    let mut watch =
        options.watch.map(|_| Watch::new(objective, problem.model.view().output_width(), options.run.seed));
    let mut each = |moment: Moment, seen: &mut Seen<'_, T>| {
        work.done(u64::from(moment.step > 0));
        let watched =
            watch.as_mut().map_or(Ok(()), |watch| watch.see(moment, seen.theta())).map_err(Into::into);
        let looked = watched.and_then(|()| {
            if moment.between_epochs { look(moment.epoch, moment.step, seen.theta()) } else { Ok(()) }
        });
        match looked {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    };
    let choice = problem.choice;
    let trained: Result<()> = match options.method {
        Method::Sgd => training::train(network, &rows, &recipe, choice, &mut theta, each).map_err(Into::into),
        Method::CurvatureStep => {
            train_by_curvature(network, &rows, &recipe, choice, &mut theta, each).map_err(Into::into)
        }
        Method::SaddleFree => {
            let packed = &problem.train;
            train_saddle_free(network, packed, &recipe, choice, &mut theta, &mut each).map_err(Into::into)
        }
    };
    work.finish();
    if let Some(error) = failure {
        return Err(error);
    }
    out.write("end.safetensors", &to_safetensors(&problem.model, &theta)?)?;
    // a method that ends before its last epoch may do so between two snapshots
    if let (Some(last), Some(kept)) = (measured.last(), snapshots.last())
        && last.step > kept.step as f64
    {
        let (epoch, step) = (last.epoch as u32, last.step as u64);
        snapshots.push(Snapshot { file: "end.safetensors".to_owned(), epoch, step });
    }
    let column = |of: fn(&Measured) -> f64| measured.iter().map(of).collect::<Vec<f64>>();
    let costs = column(|row| row.train.0);
    let mut curves = table(&settings)
        .setting(
            "title",
            format!("Learning curve of {} ({})", problem.model.spec(), problem.model.activation()),
        )
        .setting("x-axis", "epoch (passes over the data)")
        .setting("y-axis", format!("J ({})", problem.model.cost_unit()))
        .column("epoch", column(|row| row.epoch))
        .column("step", column(|row| row.step))
        .column("train_cost", costs.clone());
    let accuracy = |values: Vec<f64>| if problem.classes { values } else { vec![f64::NAN; measured.len()] };
    curves = curves
        .column("train_accuracy", accuracy(column(|row| row.train.1)))
        .column("test_cost", column(|row| row.test.0))
        .column("test_accuracy", accuracy(column(|row| row.test.1)))
        .column("gradient_norm", column(|row| row.gradient_norm));
    results::write(&out, "train", &curves)?;
    let flagged = match &watch {
        Some(watch) => write_watched(&out, &settings, watch, &problem)?,
        None => false,
    };
    let absolute = |path: &Option<PathBuf>| path.as_deref().map(absolute);
    let record = Record {
        model: absolute_spec(problem.model.spec()),
        activation: problem.model.activation().to_owned(),
        loss: problem.model.loss_name().to_owned(),
        decay: problem.decay,
        data: absolute(&options.data.data),
        inputs: absolute(&options.data.inputs),
        labels: absolute(&options.data.labels),
        test_inputs: absolute(&options.data.test_inputs),
        test_labels: absolute(&options.data.test_labels),
        examples: options.data.examples,
        pool: options.data.pool.unwrap_or(1),
        digest: problem.digest.clone(),
        settings: settings.clone(),
        snapshots,
    };
    out.write(record::FILE, &serde_json::to_vec_pretty(&record)?)?;
    trained.with_context(|| format!("training stopped; what was reached is in {}", out.path().display()))?;
    let last = measured.last().context("nothing was measured")?;
    let mut summary = Summary::new("train", settings);
    summary.figure("cost", last.train.0);
    summary.figure("accuracy", problem.accuracy(last.train.1));
    let tested = problem.test.is_some();
    summary.figure("test_cost", tested.then_some(last.test.0));
    summary.figure("test_accuracy", if tested { problem.accuracy(last.test.1) } else { None });
    summary.figure("gradient_norm", last.gradient_norm);
    summary.figure("seconds", started.elapsed().as_secs_f64());
    if last.epoch < f64::from(options.epochs) {
        summary.note(format!(
            "ended after {} epochs: no step lowers the cost any further, or the gradient is 0",
            last.epoch
        ));
    }
    if flagged {
        summary.note(
            "--watch curvature: eigenvalues that have not converged are in curvature.csv with their residual",
        );
    }
    written(&mut summary, &out);
    Ok(Outcome { flagged, ..Outcome::new(summary, non_finite(&costs)) })
}

/// Writes `curvature.csv` and its figure, and returns whether an eigenvalue has not converged.
fn write_watched<T: Scalar>(
    out: &OutputFolder,
    settings: &[(String, String)],
    watch: &Watch<'_, T>,
    problem: &Problem<T>,
) -> Result<bool> {
    let head = table(settings)
        .setting("title", "Curvature along the run: the largest and smallest eigenvalue of the Hessian")
        .setting("subtitle", format!("{} ({})", problem.model.spec(), problem.model.activation()))
        .setting("x-axis", "epoch")
        .setting("y-axis", "eigenvalue")
        .setting("y", "largest_eigenvalue, smallest_eigenvalue")
        .setting("lanczos-tolerance", watch.tolerance());
    results::write(out, "curvature", &columns(head, watch.rows()))?;
    Ok(watch.rows().iter().any(|row| row.residual > watch.tolerance()))
}
