//! The setting that the experiments on digits share: data, sizes, seeds, and networks trained once.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use rayon::prelude::*;
use thalweg_core::descent::schedule::Schedule;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::network::operation::{Loss, Map};

use crate::engine::Choice;
use crate::engine::batch::{Batch, Rows};
use crate::files::data::{self, Dataset};
use crate::files::model::{Activation, Model};
use crate::objective::Objective;
use crate::table::Table;
use crate::training::{Recipe, train};

/// How large the experiments are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Networks trained per experiment.
    pub seeds: u64,
    /// Images, the first of the embedded subset.
    pub examples: usize,
    /// Images are averaged over K×K pixels.
    pub pool: usize,
    /// Passes over the images.
    pub epochs: u32,
    /// Steps between two snapshots.
    pub stride: u64,
    /// Points along each side of a plane.
    pub plane: usize,
    /// Points along each side of a surface.
    pub surface: usize,
}

impl Scale {
    /// A minute's work.
    pub const SHORT: Self =
        Self { seeds: 5, examples: 2_000, pool: 2, epochs: 30, stride: 5, plane: 41, surface: 25 };
    /// Enough seeds for a claim, all embedded images, every pixel.
    pub const FULL: Self =
        Self { seeds: 20, examples: 10_000, pool: 1, epochs: 20, stride: 16, plane: 101, surface: 51 };
}

/// One training run.
#[derive(Clone, Debug)]
pub struct Run {
    /// The seed of its start and of its shuffling.
    pub seed: u64,
    /// The steps taken at each snapshot; the first is 0.
    pub steps: Vec<u64>,
    /// J over all examples at each snapshot.
    pub costs: Vec<f64>,
    /// θ at each snapshot, or at the first and the last alone.
    pub snapshots: Vec<Vec<f32>>,
}

impl Run {
    /// θᵢ.
    #[must_use]
    pub fn start(&self) -> &[f32] {
        self.snapshots.first().map_or(&[], Vec::as_slice)
    }

    /// θ_f, the last.
    #[must_use]
    pub fn end(&self) -> &[f32] {
        self.snapshots.last().map_or(&[], Vec::as_slice)
    }

    /// Whether training at least halved the cost; a run that did not counts for no other claim.
    #[must_use]
    pub fn trained(&self) -> bool {
        match (self.costs.first(), self.costs.last()) {
            (Some(first), Some(last)) => *last <= 0.5 * first,
            _ => false,
        }
    }
}

/// A network, trained from several seeds.
#[derive(Debug)]
pub struct Trained {
    /// The network.
    pub model: Model,
    /// The examples, packed for it.
    pub batch: Batch<f32>,
    /// One run per seed.
    pub runs: Vec<Run>,
    /// Its weight decay.
    pub decay: f64,
    choice: Choice,
}

impl Trained {
    /// J over all examples, with the weight decay.
    #[must_use]
    pub fn objective(&self) -> Objective<'_, f32> {
        Objective::new(self.model.view(), &self.batch, self.choice, self.decay)
    }
}

/// What the experiments share.
#[derive(Debug)]
pub struct Setting {
    /// The sizes.
    pub scale: Scale,
    /// The first seed; run k has seed + k.
    pub seed: u64,
    /// Which engine computes.
    pub choice: Choice,
    settings: Vec<(String, String)>,
    name: String,
    digest: String,
    width: usize,
    rows: Rows<f32>,
    trained: Mutex<BTreeMap<String, Arc<Trained>>>,
}

/// ε of every run on digits.
const STEP_SIZE: f64 = 0.1;
/// μ of every run on digits.
const MOMENTUM: f64 = 0.9;
/// Weight decay of every run on digits but the controls without. It stands for the norm caps and the dropout of
/// the published settings: a cross-entropy that can be driven to zero has its minimum at no finite length.
pub const DECAY: f64 = 0.001;
/// Examples in a mini-batch of every run on digits.
const BATCH: usize = 100;

impl Setting {
    /// Loads the embedded digits at a scale; `settings` head every table.
    ///
    /// # Errors
    /// A message, if the embedded data is damaged.
    pub fn new(scale: Scale, seed: u64, choice: Choice, settings: Vec<(String, String)>) -> Result<Self> {
        let data: Dataset = data::embedded()?.train.first(scale.examples)?.pooled(scale.pool)?;
        Ok(Self {
            scale,
            seed,
            choice,
            settings,
            name: data.name.clone(),
            digest: data.digest(),
            width: data.width(),
            rows: data.rows(),
            trained: Mutex::default(),
        })
    }

    /// The seeds of the runs.
    #[must_use]
    pub fn seeds(&self) -> Vec<u64> {
        (0..self.scale.seeds).map(|run| self.seed.wrapping_add(run)).collect()
    }

    /// The widths of the network with two hidden layers that all activations share.
    #[must_use]
    pub fn spec(&self) -> String {
        format!("{}-48-48-10", self.width)
    }

    /// How the digits and their training are described.
    #[must_use]
    pub fn words(&self, network: &Trained) -> String {
        let pixels = self.width.isqrt();
        format!(
            "{} ({}), {} parameters, on {} MNIST images of {pixels}×{pixels} pixels; Glorot start, SGD with \
             batch {BATCH}, step size {STEP_SIZE}, momentum {MOMENTUM}, weight decay {} (part of J), {} epochs; {} \
             seeds.",
            network.model.spec(),
            network.model.activation(),
            network.model.view().parameters(),
            self.scale.examples,
            network.decay,
            self.scale.epochs,
            self.scale.seeds,
        )
    }

    /// A table that begins with the settings of the deck.
    #[must_use]
    pub fn table(&self) -> Table {
        self.settings.iter().fold(Table::new(), |table, (key, value)| table.setting(key.as_str(), value))
    }

    /// A table that begins with the settings of the deck, the data and a network.
    #[must_use]
    pub fn digits_table(&self, network: &Trained) -> Table {
        self.table()
            .setting("model", network.model.spec())
            .setting("activation", network.model.activation())
            .setting("loss", network.model.loss_name())
            .setting("data", &self.name)
            .setting("digest", &self.digest)
            .setting("examples", self.scale.examples)
            .setting("epochs", self.scale.epochs)
            .setting("batch", BATCH)
            .setting("step-size", STEP_SIZE)
            .setting("momentum", MOMENTUM)
            .setting("decay", network.decay)
    }

    /// The steps of an epoch.
    #[must_use]
    pub fn steps_per_epoch(&self) -> u64 {
        self.scale.examples.div_ceil(BATCH) as u64
    }

    /// The network with this activation, trained from every seed with weight decay.
    ///
    /// # Errors
    /// A message, if a run diverges.
    pub fn trained(&self, activation: Activation) -> Result<Arc<Trained>> {
        self.trained_with(activation, DECAY)
    }

    /// The network with this activation and this weight decay, trained from every seed.
    ///
    /// # Errors
    /// A message, if a run diverges.
    pub fn trained_with(&self, activation: Activation, decay: f64) -> Result<Arc<Trained>> {
        let name = format!("{activation} {decay}");
        // held while training: a network is trained once, whoever asks first
        let mut known = self.trained.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(trained) = known.get(&name) {
            return Ok(Arc::clone(trained));
        }
        let model = Model::parse(&self.spec(), activation, Loss::SoftmaxCrossEntropy)?;
        let batch = self.rows.pack(&model.view())?;
        let runs = self
            .seeds()
            .into_par_iter()
            .map(|seed| self.run(&model, &batch, decay, seed))
            .collect::<Result<Vec<Run>>>()?;
        let trained = Arc::new(Trained { model, batch, runs, decay, choice: self.choice });
        known.insert(name, Arc::clone(&trained));
        Ok(trained)
    }

    /// The network of rectified linear units, trained.
    ///
    /// # Errors
    /// A message, if a run diverges.
    pub fn rectified(&self) -> Result<Arc<Trained>> {
        self.trained(Activation::Map(Map::Relu))
    }

    fn run(&self, model: &Model, batch: &Batch<f32>, decay: f64, seed: u64) -> Result<Run> {
        let network = model.view();
        let objective = Objective::new(network, batch, self.choice, decay);
        let mut theta = vec![0.0_f32; network.parameters()];
        initialise(&network, Initialiser::Glorot, seed, &mut theta)?;
        let recipe = Recipe {
            epochs: self.scale.epochs,
            batch: BATCH,
            step_size: Schedule::Constant(STEP_SIZE),
            momentum: Schedule::Constant(MOMENTUM),
            seed,
            decay,
        };
        let mut run = Run { seed, steps: Vec::new(), costs: Vec::new(), snapshots: Vec::new() };
        let mut failure = None;
        let last = u64::from(self.scale.epochs) * self.steps_per_epoch();
        train(network, &self.rows, &recipe, self.choice, &mut theta, |moment, seen| {
            if moment.step % self.scale.stride != 0 && moment.step != last {
                return ControlFlow::Continue(());
            }
            let theta = seen.theta();
            match objective.tally(theta) {
                Ok(tally) => {
                    run.steps.push(moment.step);
                    run.costs.push(objective.with_decay(&tally, theta));
                    run.snapshots.push(theta.to_vec());
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        failure.map_or(Ok(run), |error| Err(error.into()))
    }
}
