//! What the benches work on: networks, examples, parameters and directions.
//!
//! From the folder that `peers/prepare.py` writes, where the peers must find the same; else the embedded digits,
//! and numbers drawn with the seed 2015, so that a bench runs on any machine.

pub mod count;
pub mod work;

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use thalweg::engine::batch::{Answers, Batch};
use thalweg::engine::{Choice, Scalar};
use thalweg::files::data;
use thalweg::training;
use thalweg_core::cost::norm;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::network::{Network, View};
use thalweg_core::random::Random;

/// What a bench ends with.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

const SMALL: Network<4> = Network::input(784).dense(128).relu().dense(10).softmax_cross_entropy();
const LARGE: Network<6> =
    Network::input(784).dense(256).relu().dense(256).relu().dense(10).softmax_cross_entropy();
const SMOOTH: Network<4> = Network::input(784).dense(128).tanh().dense(10).softmax_cross_entropy();
const TANH: Network<4> = Network::input(100).dense(25).tanh().dense(10).softmax_cross_entropy();
const MAXOUT: Network<6> =
    Network::input(784).maxout(240, 5).maxout(240, 5).dense(10).softmax_cross_entropy();

/// The seed of all that is drawn.
const SEED: u64 = 2015;

/// A network of the benches, by the name that its files have.
pub fn network(name: &str) -> Outcome<View<'static>> {
    static NETWORKS: (Network<4>, Network<6>, Network<4>, Network<6>, Network<4>) =
        (SMALL, LARGE, TANH, MAXOUT, SMOOTH);
    match name {
        "small" => Ok(NETWORKS.0.view()),
        "large" => Ok(NETWORKS.1.view()),
        "tanh" => Ok(NETWORKS.2.view()),
        "maxout" => Ok(NETWORKS.3.view()),
        "smooth" => Ok(NETWORKS.4.view()),
        other => Err(format!("there is no network {other}").into()),
    }
}

/// Where everything comes from.
pub struct Setting {
    folder: Option<PathBuf>,
    inputs: Vec<f32>,
    labels: Vec<u32>,
}

impl Setting {
    /// The files of a folder, or the embedded digits.
    pub fn new(folder: Option<PathBuf>) -> Outcome<Self> {
        if folder.is_some() {
            return Ok(Self { folder, inputs: Vec::new(), labels: Vec::new() });
        }
        let rows = data::embedded()?.train.rows();
        let Answers::Labels(labels) = rows.answers else { return Err("the digits have labels".into()) };
        Ok(Self { folder, inputs: rows.inputs, labels })
    }

    /// The most examples there are.
    pub fn most(&self) -> Outcome<usize> {
        match &self.folder {
            Some(folder) => Ok(folder.join("labels").metadata()?.len() as usize / 4),
            None => Ok(self.labels.len()),
        }
    }

    /// The first `count` numbers of a file, of the machine's own byte order, as numpy's `tofile` writes them.
    fn file(&self, name: &str, count: usize) -> Outcome<Vec<f32>> {
        let path = self.folder.as_deref().unwrap_or("".as_ref()).join(name);
        let mut bytes = vec![0; 4 * count];
        let read = File::open(&path).and_then(|mut file| file.read_exact(&mut bytes));
        read.map_err(|error| format!("{}: {error}", path.display()))?;
        let (words, _) = bytes.as_chunks::<4>();
        Ok(words.iter().map(|four| f32::from_ne_bytes(*four)).collect())
    }

    /// The first examples, as wide as `network` reads them.
    pub fn inputs(&self, network: &View<'_>, count: usize) -> Outcome<Vec<f32>> {
        let width = network.input_width();
        match (&self.folder, width) {
            (Some(_), 784) => self.file("inputs", count * width),
            (Some(_), _) => self.file("pooled.inputs", count * width),
            (None, 784) => Ok(self.inputs[..count * width].to_vec()),
            (None, _) => Ok(self.inputs.chunks_exact(784).take(count).flat_map(pooled).collect()),
        }
    }

    /// The first labels.
    pub fn labels(&self, count: usize) -> Outcome<Vec<u32>> {
        match &self.folder {
            Some(_) => Ok(self.file("labels", count)?.into_iter().map(f32::to_bits).collect()),
            None => Ok(self.labels[..count].to_vec()),
        }
    }

    /// An order of the first `count` examples.
    pub fn order(&self, count: usize) -> Outcome<Vec<u32>> {
        if self.folder.is_none() {
            return Ok(training::order(SEED, 1, count));
        }
        let all = self.file("order", self.most()?)?;
        Ok(all.into_iter().map(f32::to_bits).filter(|&index| (index as usize) < count).collect())
    }

    /// The first examples, packed for a network.
    pub fn batch<T: Scalar>(&self, network: &View<'_>, count: usize, choice: Choice) -> Outcome<Batch<T>> {
        let inputs: Vec<T> =
            self.inputs(network, count)?.into_iter().map(|input| T::from_f64(input.into())).collect();
        Ok(Batch::ordered(network, &inputs, Answers::Labels(self.labels(count)?), choice.order())?)
    }

    /// θ, or the direction `x` or `y`, of a network: Glorot's draw, and normal vectors of θ's length.
    pub fn vector<T: Scalar>(&self, name: &str, which: &str) -> Outcome<Vec<T>> {
        let view = network(name)?;
        if self.folder.is_some() {
            let entries = self.file(&format!("{name}.{which}"), view.parameters())?;
            return Ok(entries.into_iter().map(|entry| T::from_f64(entry.into())).collect());
        }
        let mut theta = vec![T::ZERO; view.parameters()];
        initialise(&view, Initialiser::Glorot, SEED, &mut theta)?;
        let purpose = match which {
            "theta" => return Ok(theta),
            "x" => 1,
            _ => 2,
        };
        let mut direction = vec![T::ZERO; theta.len()];
        Random::stream(SEED, purpose).fill_normal(&mut direction);
        let scale = T::from_f64(norm(&theta) / norm(&direction));
        direction.iter_mut().for_each(|entry| *entry *= scale);
        Ok(direction)
    }
}

/// The middle 20×20 pixels of an image, each 2×2 of them averaged.
fn pooled(image: &[f32]) -> impl Iterator<Item = f32> {
    let places = (4..24).step_by(2).flat_map(|row| (4..24).step_by(2).map(move |column| row * 28 + column));
    places.map(|at| (image[at] + image[at + 1] + image[at + 28] + image[at + 29]) / 4.0)
}
