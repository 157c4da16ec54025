//! A network with its data, as the options name them.

use std::path::Path;

use anyhow::{Context, Result, bail};
use thalweg_core::examples::ExamplesError;

use crate::engine::batch::{Batch, PANELS, Rows};
use crate::engine::tile::{LANES, Lane};
use crate::engine::{Choice, Scalar};
use crate::files::data::{self, Data, Dataset, PackError, Wanted};
use crate::files::model::Model;
use crate::files::parameters;
use crate::files::record::Record;
use crate::memory;
use crate::objective::Objective;
use crate::options::{DataOptions, LossName, ModelOptions, RunOptions};

/// A network, its training examples, and the examples it is tested on.
#[derive(Clone, Debug)]
pub struct Problem<T> {
    /// The network.
    pub model: Model,
    /// Training examples, packed.
    pub train: Batch<T>,
    /// Test examples, packed.
    pub test: Option<Batch<T>>,
    /// Weight decay.
    pub decay: f64,
    /// Which engine computes.
    pub choice: Choice,
    /// Every setting so far.
    pub settings: Vec<(String, String)>,
    /// The data's digest.
    pub digest: String,
    /// Whether targets are classes, so that accuracy means something.
    pub classes: bool,
}

fn load_data(options: &DataOptions, test: bool) -> Result<Data> {
    let mut data = match (&options.data, &options.inputs, &options.labels) {
        (Some(folder), _, _) => data::from_folder(folder, Wanted { examples: options.examples, test })?,
        (None, Some(inputs), Some(labels)) => Data {
            train: data::from_npy(inputs, labels)?,
            test: match (&options.test_inputs, &options.test_labels) {
                (Some(inputs), Some(labels)) if test => Some(data::from_npy(inputs, labels)?),
                _ => None,
            },
        },
        _ => data::embedded()?,
    };
    data.test = data.test.filter(|_| test);
    if let Some(count) = options.examples {
        data.train = data.train.first(count)?;
    }
    let pool = options.pool.unwrap_or(1);
    data.train = data.train.pooled(pool)?;
    data.test = data.test.map(|test| test.pooled(pool)).transpose()?;
    Ok(data)
}

/// Packs examples; also gives them row by row where they are to be kept.
fn pack<T: Scalar>(
    model: &Model,
    data: Dataset,
    choice: Choice,
    keep: bool,
) -> Result<(Option<Rows<T>>, Batch<T>)> {
    let wanted = model.view().input_width();
    let name = data.name.clone();
    if data.width() != wanted {
        bail!(
            "{name}: examples are {} wide, --model {} reads {wanted}; change the first width of --model, or --pool",
            data.width(),
            model.spec()
        );
    }
    let copies = if keep { 2 } else { 1 };
    let held = copies * data.count as u128 * data.width() as u128 * size_of::<T>() as u128;
    memory::expect_room(held, "take fewer with --examples").with_context(|| name.clone())?;
    let rows = keep.then(|| data.rows::<T>());
    let batch = data.pack(&model.view(), choice.order()).map_err(|error| match error {
        PackError::Overflow(example) => {
            anyhow::anyhow!("{name}: an input of example {example} is more than f32 holds; take --precision f64")
        }
        PackError::Examples(ExamplesError::Label { example, label, classes }) => anyhow::anyhow!(
            "{name}: example {example} has label {label}, and --model {} has the classes 0 to {}",
            model.spec(),
            classes - 1
        ),
        PackError::Examples(ExamplesError::LabelsNeeded) => anyhow::anyhow!(
            "{name}: the targets are rows of floats; --loss cross-entropy needs integer labels (or take --loss squared-error)"
        ),
        PackError::Examples(ExamplesError::Length(length)) => anyhow::anyhow!(
            "{name}: {length}; targets need one row of {} numbers per example",
            model.view().output_width()
        ),
        PackError::Examples(other) => anyhow::Error::new(other).context(name.clone()),
    })?;
    Ok((rows, batch))
}

/// Fills options that are not given with those of a run, as the data's paths were then.
fn with_record(
    model: &ModelOptions,
    data: &DataOptions,
    record: Option<&Record>,
) -> (ModelOptions, DataOptions) {
    let (mut model, mut data) = (model.clone(), data.clone());
    if let Some(record) = record {
        if model.model.is_none() {
            model.activation = model.activation.or_else(|| record.activation.parse().ok());
            model.loss = model.loss.or_else(|| LossName::named(&record.loss));
        }
        model.model.get_or_insert_with(|| record.model.clone());
        model.decay.get_or_insert(record.decay);
        if data.data.is_none() && data.inputs.is_none() {
            data.data.clone_from(&record.data);
            data.inputs.clone_from(&record.inputs);
            data.labels.clone_from(&record.labels);
            data.test_inputs.clone_from(&record.test_inputs);
            data.test_labels.clone_from(&record.test_labels);
            data.examples = data.examples.or(record.examples);
            data.pool.get_or_insert(record.pool);
        }
    }
    (model, data)
}

/// Says whether data that a run's record names are still those that it was trained on.
fn expect_same_data(given: &DataOptions, record: Option<&Record>, name: &str, digest: &str) -> Result<()> {
    let named = given.data.is_some() || given.inputs.is_some();
    match record.filter(|record| record.digest != digest) {
        Some(record) if !named && given.examples.is_none() && given.pool.is_none() => bail!(
            "--run: {name} is no longer what the run was trained on (digest {digest}, was {}); name other data with --data or --inputs",
            record.digest
        ),
        _ => Ok(()),
    }
}

/// The bytes of one grid point, from its place to its cell in a figure (345 were measured, without test costs).
const POINT: u128 = 500;

/// The most bytes of cached products.
const CACHE: u128 = 32 << 20;

/// Uses as many threads as the options ask for, from now on.
///
/// # Errors
/// A message if threads were already started otherwise.
pub fn use_threads(options: &RunOptions) -> Result<()> {
    if let Some(threads) = options.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("--threads")?;
    }
    Ok(())
}

impl<T: Scalar> Problem<T> {
    /// Loads the network and the data that the options name; those that a run was made with where they
    /// name none.
    ///
    /// # Errors
    /// A message that names the option or the file.
    pub fn load(
        model: &ModelOptions,
        data: &DataOptions,
        run: &RunOptions,
        record: Option<&Record>,
    ) -> Result<Self> {
        Ok(Self::loaded((model, data, run), record, (true, false))?.0)
    }

    /// The same without test examples, where nothing is measured on them.
    ///
    /// # Errors
    /// A message that names the option or the file.
    pub fn load_training(
        model: &ModelOptions,
        data: &DataOptions,
        run: &RunOptions,
        record: Option<&Record>,
    ) -> Result<Self> {
        Ok(Self::loaded((model, data, run), record, (false, false))?.0)
    }

    /// The same, with the training examples row by row as well, from which mini-batches are gathered.
    ///
    /// # Errors
    /// A message that names the option or the file.
    pub fn load_with_rows(
        model: &ModelOptions,
        data: &DataOptions,
        run: &RunOptions,
    ) -> Result<(Self, Rows<T>)> {
        let (problem, rows) = Self::loaded((model, data, run), None, (true, true))?;
        Ok((problem, rows.context("the examples are not kept")?))
    }

    fn loaded(
        (model, data, run): (&ModelOptions, &DataOptions, &RunOptions),
        record: Option<&Record>,
        (test, keep): (bool, bool),
    ) -> Result<(Self, Option<Rows<T>>)> {
        let given = data;
        let (model_options, data_options) = with_record(model, given, record);
        let model = model_options.parse()?;
        // θ as it is read, and in this precision
        let held = model.view().parameters() as u128 * (8 + size_of::<T>() as u128);
        memory::expect_room(held, "take a smaller network")
            .with_context(|| format!("--model {}", model.spec()))?;
        let decay = model_options.decay.unwrap_or(0.0);
        let data = load_data(&data_options, test)?;
        let digest = data.train.digest();
        expect_same_data(given, record, &data.train.name, &digest)?;
        let (name, test_digest) = (data.train.name.clone(), data.test.as_ref().map(Dataset::digest));
        let classes = matches!(data.train.targets, data::TargetValues::Labels(_));
        let (rows, train) = pack::<T>(&model, data.train, run.engine, keep)?;
        let tested = data
            .test
            .map(|test| pack::<T>(&model, test, run.engine, false))
            .transpose()?
            .map(|(_, batch)| batch);
        let mut settings = vec![
            ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("model".to_owned(), model.spec().to_owned()),
            ("activation".to_owned(), model.activation().to_owned()),
            ("loss".to_owned(), model.loss_name().to_owned()),
            ("decay".to_owned(), decay.to_string()),
            ("data".to_owned(), name),
            ("digest".to_owned(), digest.clone()),
            ("examples".to_owned(), train.count().to_string()),
            ("pool".to_owned(), data_options.pool.unwrap_or(1).to_string()),
            ("precision".to_owned(), T::NAME.to_owned()),
            ("engine".to_owned(), run.engine.name().to_owned()),
            ("seed".to_owned(), run.seed.to_string()),
        ];
        if test {
            let count = tested.as_ref().map_or(0, Batch::count);
            settings.push(("test-examples".to_owned(), count.to_string()));
            settings.push(("test-digest".to_owned(), test_digest.unwrap_or("none".to_owned())));
        }
        let problem =
            Self { model, train, test: tested, decay, choice: run.engine, settings, digest, classes };
        Ok((problem, rows))
    }

    /// J over the training examples.
    #[must_use]
    pub fn objective(&self) -> Objective<'_, T> {
        Objective::new(self.model.view(), &self.train, self.choice, self.decay)
    }

    /// J over the test examples, if there are any.
    #[must_use]
    pub fn test_objective(&self) -> Option<Objective<'_, T>> {
        let objective = |batch| Objective::new(self.model.view(), batch, self.choice, self.decay);
        self.test.as_ref().map(objective)
    }

    /// The bytes of the packed examples.
    #[must_use]
    pub fn held(&self) -> u128 {
        let count = self.train.count() + self.test.as_ref().map_or(0, Batch::count);
        count as u128 * self.model.view().input_width() as u128 * size_of::<T>() as u128
    }

    /// The bytes that a run needs, if they fit: `vectors` as long as θ, `points` of a grid (asked for by `grid`), the
    /// registers of each thread, and the packed examples, which are there already.
    ///
    /// # Errors
    /// A message with the number of bytes, naming the grid or the network, whichever needs more.
    pub fn expect_room(&self, vectors: usize, points: u128, grid: &str) -> Result<u128> {
        let (sweeps, points) = self.needed(vectors, points);
        let needed = sweeps.saturating_add(points);
        let advice = if points > sweeps { "take fewer points" } else { "take a smaller network" };
        memory::expect_room(needed, advice).with_context(|| {
            let model = format!("--model {}", self.model.spec());
            if points > sweeps { grid.to_owned() } else { model }
        })?;
        Ok(needed + self.held())
    }

    /// The bytes that the sweeps with `vectors` as long as θ, and `points` of a grid need.
    #[must_use]
    pub fn needed(&self, vectors: usize, points: u128) -> (u128, u128) {
        let network = self.model.view();
        let chunk = |rows: usize| (rows * PANELS) as u128 * size_of::<Lane<T>>() as u128;
        let chunks = self.train.count().div_ceil(PANELS * LANES) as u128;
        let cached = chunk(network.product_rows(2) + network.register_rows());
        let registers = rayon::current_num_threads() as u128 * 2 * chunk(network.register_rows());
        let vectors = vectors as u128 * network.parameters() as u128 * size_of::<T>() as u128;
        let sweeps = vectors + registers + cached.max(CACHE.min(chunks * cached));
        (sweeps, points.saturating_mul(POINT))
    }

    /// Reads θ, and adds the mapping of its names to `notes`.
    ///
    /// # Errors
    /// A message that names the file.
    pub fn theta(&self, path: &Path, notes: &mut Vec<String>) -> Result<Vec<T>> {
        let (theta, mapping) = parameters::read_in(path, &self.model)?;
        notes.extend(mapping);
        Ok(theta)
    }

    /// An accuracy, where targets are classes.
    #[must_use]
    pub const fn accuracy(&self, accuracy: f64) -> Option<f64> {
        if self.classes { Some(accuracy) } else { None }
    }
}
