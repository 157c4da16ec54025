//! A network with parameters and data in files, and the program run on them.

use std::path::{Path, PathBuf};

use assert_cmd::assert::Assert;
use tempfile::TempDir;

use crate::files::{idx_images, idx_labels, npy_f32, npy_f64, npy_labels, npy_rows, unpacked};
use crate::network::{Measured, Network, Targets};
use crate::program::thalweg;
use crate::random::Random;

/// More examples than one chunk of any engine holds, and no multiple of a lane.
pub const EXAMPLES: usize = 300;

/// A folder with a case: `theta.npy`, and `data/` (IDX) or `inputs.npy` and `labels.npy`.
#[derive(Debug)]
pub struct Case {
    folder: TempDir,
    /// The network.
    pub network: Network,
    /// Its parameters, exact in f32.
    pub theta: Vec<f64>,
    /// Training inputs.
    pub inputs: Vec<f64>,
    /// Training targets.
    pub targets: Targets,
    data: [String; 4],
}

/// Numbers that single precision holds exactly.
#[must_use]
pub fn single(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value as f32)).collect()
}

impl Case {
    fn new(network: Network, inputs: Vec<f64>, targets: Targets, data: [&str; 4]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let theta = single(&Random(7).vector(network.parameters(), 0.5));
        let case = Self { folder, network, theta, inputs, targets, data: data.map(str::to_owned) };
        case.write("theta.npy", &npy_f64(&case.theta));
        case
    }

    /// A case with square images and labels in `data/`, plain.
    ///
    /// # Panics
    /// If a file cannot be written, or the network reads no square images.
    #[must_use]
    pub fn of_images(network: Network) -> Self {
        let mut random = Random(11);
        let (side, classes) = (network.widths[0].isqrt(), network.widths[network.widths.len() - 1]);
        assert_eq!(side * side, network.widths[0]);
        let pixels: Vec<u8> = (0..EXAMPLES * side * side).map(|_| random.below(256) as u8).collect();
        let labels: Vec<u8> = (0..EXAMPLES).map(|_| random.below(classes) as u8).collect();
        let inputs = pixels.iter().map(|&pixel| f64::from(pixel) / 255.0).collect();
        let case =
            Self::new(network, inputs, Targets::Labels(labels.clone()), ["--data", "data", "--pool", "1"]);
        case.write("data/train-images-idx3-ubyte", &idx_images(side, side, &pixels));
        case.write("data/train-labels-idx1-ubyte", &idx_labels(&labels));
        case
    }

    /// A case with the first handwritten digits of the fixtures in `data/`, gzipped.
    ///
    /// # Panics
    /// If the fixtures cannot be read, or hold fewer.
    #[must_use]
    pub fn of_digits(network: Network, examples: usize) -> Self {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/mnist");
        let read = |name: &str| std::fs::read(fixtures.join(name)).expect("a fixture");
        let names = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"];
        let files = names.map(read);
        let [images, labels] = [unpacked(&files[0]), unpacked(&files[1])];
        let inputs = images[16..16 + examples * 784].iter().map(|&pixel| f64::from(pixel) / 255.0).collect();
        let targets = Targets::Labels(labels[8..8 + examples].to_vec());
        let count = format!("--examples={examples}");
        let case = Self::new(network, inputs, targets, ["--data", "data", "--pool=1", &count]);
        for (name, file) in names.iter().zip(&files) {
            case.write(&format!("data/{name}"), file);
        }
        case
    }

    /// A case with inputs and labels in `.npy` files.
    ///
    /// # Panics
    /// If a file cannot be written.
    #[must_use]
    pub fn of_arrays(network: Network) -> Self {
        let mut random = Random(13);
        let (width, classes) = (network.widths[0], network.widths[network.widths.len() - 1]);
        let inputs = single(&random.vector(EXAMPLES * width, 1.5));
        let labels: Vec<u8> = (0..EXAMPLES).map(|_| random.below(classes) as u8).collect();
        let files = ["--inputs", "inputs.npy", "--labels", "labels.npy"];
        let case = Self::new(network, inputs, Targets::Labels(labels.clone()), files);
        case.write("inputs.npy", &npy_rows(width, &case.inputs));
        case.write("labels.npy", &npy_labels(&labels));
        case
    }

    /// A case with given numbers in `.npy` files.
    ///
    /// # Panics
    /// If a file cannot be written.
    #[must_use]
    pub fn of_numbers(network: Network, inputs: Vec<f64>, targets: Targets, theta: Vec<f64>) -> Self {
        let (width, outputs) = (network.widths[0], network.widths[network.widths.len() - 1]);
        let files = ["--inputs", "inputs.npy", "--labels", "labels.npy"];
        let mut case = Self::new(network, inputs, targets, files);
        case.theta = theta;
        case.write("theta.npy", &npy_f64(&case.theta));
        case.write("inputs.npy", &npy_rows(width, &case.inputs));
        let labels = match &case.targets {
            Targets::Labels(labels) => npy_labels(labels),
            Targets::Rows(values) => npy_rows(outputs, values),
        };
        case.write("labels.npy", &labels);
        case
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the case.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        let parent = path.parent().expect("a file stands in a folder");
        std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, bytes)).expect("a file");
        path
    }

    /// Draws a direction, exact in f32, and writes it in f32.
    pub fn direction(&self, name: &str, seed: u64, reach: f64) -> Vec<f64> {
        let direction = single(&Random(seed).vector(self.theta.len(), reach));
        self.write(name, &npy_f32(&direction));
        direction
    }

    /// The options that name network and data.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        let network = &self.network;
        let mut options = vec![
            format!("--model={}", network.spec()),
            format!("--activation={}", network.activation.name()),
            format!("--loss={}", if network.squared { "squared-error" } else { "cross-entropy" }),
            format!("--decay={}", network.decay),
        ];
        options.extend(self.data.iter().cloned());
        options
    }

    /// Runs a command with the options of the case.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Assert {
        let (command, rest) = arguments.split_first().expect("a command");
        thalweg(self.path()).arg(command).args(self.options()).args(rest).assert()
    }

    /// Runs a command with exactly these arguments.
    #[must_use]
    pub fn run_bare(&self, arguments: &[&str]) -> Assert {
        thalweg(self.path()).args(arguments).assert()
    }

    /// Runs a command that succeeds, and gives back its summary.
    ///
    /// # Panics
    /// If it does not succeed, or stdout is not one JSON object.
    #[must_use]
    pub fn summary(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.run(arguments).append_context("options", format!("{:?}", self.options()));
        let output = object(&output.success());
        assert!(output["settings"].is_object(), "{output}");
        output
    }

    /// J at θ + a·x + b·y in double precision.
    #[must_use]
    pub fn measure(&self, (a, x): (f64, &[f64]), (b, y): (f64, &[f64])) -> Measured {
        let theta: Vec<f64> =
            self.theta.iter().zip(x).zip(y).map(|((theta, x), y)| theta + a * x + b * y).collect();
        self.network.measure(&theta, &self.inputs, &self.targets)
    }
}

/// The JSON object that a run printed on stdout.
///
/// # Panics
/// If stdout holds anything else.
#[must_use]
pub fn object(run: &Assert) -> serde_json::Value {
    let text = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
}
