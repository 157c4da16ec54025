//! Small networks on coarse digits in double precision, whose Hessians can be written out.

use anyhow::Result;
use thalweg_core::cost::{Cost, Gradient};
use thalweg_core::descent::step;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::network::operation::Loss;

use super::setting::Setting;
use crate::engine::Choice;
use crate::engine::batch::{Batch, Rows};
use crate::files::data;
use crate::files::model::{Activation, Model};
use crate::objective::Objective;
use crate::table::Table;

/// Which network, on which digits.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Images are averaged over K×K pixels.
    pub pool: usize,
    /// Units of the hidden layer; 0 for none.
    pub hidden: usize,
    /// What follows the hidden layer.
    pub activation: Activation,
    /// Images, the first of the embedded subset.
    pub examples: usize,
    /// Weight decay, part of J.
    pub decay: f64,
}

/// A small network with its digits.
#[derive(Clone, Debug)]
pub struct Small {
    /// The network.
    pub model: Model,
    /// The images and labels.
    pub rows: Rows<f64>,
    /// The same, packed.
    pub batch: Batch<f64>,
    kind: Kind,
    data: String,
    choice: Choice,
}

impl Small {
    /// Loads the digits for a network.
    ///
    /// # Errors
    /// A message, if the embedded data is damaged.
    pub fn new(setting: &Setting, kind: Kind) -> Result<Self> {
        let data = data::embedded()?.train.first(kind.examples)?.pooled(kind.pool)?;
        let hidden = if kind.hidden == 0 { String::new() } else { format!("{}-", kind.hidden) };
        let spec = format!("{}-{hidden}10", data.width());
        let model = Model::parse(&spec, kind.activation, Loss::SoftmaxCrossEntropy)?;
        let rows = data.rows::<f64>();
        let batch = rows.pack(&model.view())?;
        Ok(Self { model, rows, batch, kind, data: data.name.clone(), choice: setting.choice })
    }

    /// J over the images.
    #[must_use]
    pub fn objective(&self) -> Objective<'_, f64> {
        Objective::new(self.model.view(), &self.batch, self.choice, self.kind.decay)
    }

    /// Glorot's start.
    ///
    /// # Errors
    /// None but a fault of the program.
    pub fn start(&self, seed: u64) -> Result<Vec<f64>> {
        let mut theta = vec![0.0; self.model.view().parameters()];
        initialise(&self.model.view(), Initialiser::Glorot, seed, &mut theta)?;
        Ok(theta)
    }

    /// How the network and its digits are described.
    #[must_use]
    pub fn words(&self) -> String {
        let pixels = self.model.view().input_width().isqrt();
        format!(
            "{} ({}), {} parameters, on {} MNIST images averaged to {pixels}×{pixels} pixels, weight decay {}, \
             double precision",
            self.model.spec(),
            self.model.activation(),
            self.model.view().parameters(),
            self.kind.examples,
            self.kind.decay,
        )
    }

    /// A table that begins with the settings of the deck, the data and the network.
    #[must_use]
    pub fn table(&self, setting: &Setting) -> Table {
        setting
            .table()
            .setting("model", self.model.spec())
            .setting("activation", self.model.activation())
            .setting("loss", self.model.loss_name())
            .setting("data", &self.data)
            .setting("examples", self.kind.examples)
            .setting("decay", self.kind.decay)
            .setting("precision", "f64")
    }

    /// Full-batch gradient descent: every θ, the start first.
    ///
    /// # Errors
    /// A message, if it diverges.
    pub fn descend(&self, seed: u64, step_size: f64, steps: usize) -> Result<Vec<Vec<f64>>> {
        let mut objective = self.objective();
        let mut theta = self.start(seed)?;
        let (mut velocity, mut gradient) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
        let mut path = vec![theta.clone()];
        for _ in 0..steps {
            objective.gradient(&theta, &mut gradient)?;
            step(&mut theta, &mut velocity, &gradient, step_size, 0.0)?;
            path.push(theta.clone());
        }
        Ok(path)
    }

    /// The share of images that are answered wrongly.
    ///
    /// # Errors
    /// None but a fault of the program.
    pub fn error(&self, theta: &[f64]) -> Result<f64> {
        Ok(1.0 - self.objective().tally(theta)?.accuracy())
    }

    /// J at each θ.
    ///
    /// # Errors
    /// None but a fault of the program.
    pub fn costs(&self, path: &[Vec<f64>]) -> Result<Vec<f64>> {
        let mut objective = self.objective();
        Ok(path.iter().map(|theta| objective.cost(theta)).collect::<Result<_, _>>()?)
    }
}
