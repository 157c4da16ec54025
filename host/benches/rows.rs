//! The rows of the table in the README, one run at a time, for `peers/compare.py`.
//!
//! Reads names of rows from standard input, and answers each with a line `seconds processor-seconds answer`:
//! the time of one run of the work, the processor time of all threads in it, and a number that the peers must
//! find as well. θ, directions and data come from the folder named as the first argument.

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use thalweg::engine::batch::{Answers, Batch, Rows};
use thalweg::engine::tile::LANES;
use thalweg::engine::{Choice, Scalar};
use thalweg::objective::{Objective, Workspace};
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::cost::{Gradient, dot, norm};
use thalweg_core::descent::step;
use thalweg_core::network::builder::Builder;
use thalweg_core::network::{Network, View};
use thalweg_core::subspace::restriction::Plane;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SMALL: Network<4> = Network::input(784).dense(128).relu().dense(10).softmax_cross_entropy();
const LARGE: Network<6> =
    Network::input(784).dense(256).relu().dense(256).relu().dense(10).softmax_cross_entropy();
const TANH: Network<4> = Network::input(100).dense(25).tanh().dense(10).softmax_cross_entropy();
const MAXOUT: Builder<6> = Network::input(784).maxout(240, 5).maxout(240, 5).dense(10);
const MAXOUT_LOSS: Network<6> = MAXOUT.softmax_cross_entropy();

/// Numbers of the machine's own byte order, as numpy's `tofile` writes them.
fn numbers(path: &Path) -> Outcome<Vec<f32>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes.chunks_exact(4).map(|four| f32::from_ne_bytes([four[0], four[1], four[2], four[3]])).collect())
}

fn labels(path: &Path) -> Outcome<Vec<u32>> {
    Ok(numbers(path)?.into_iter().map(f32::to_bits).collect())
}

/// The processor time of all threads of this process so far, in seconds.
fn processor() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let times = threads.filter_map(|thread| {
        let schedule = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedule.split_whitespace().next()?.parse::<f64>().ok()
    });
    times.sum::<f64>() / 1e9
}

struct Bench {
    folder: PathBuf,
    choice: Choice,
    inputs: Vec<f32>,
    labels: Vec<u32>,
    order: Vec<u32>,
}

impl Bench {
    fn file(&self, name: &str) -> Outcome<Vec<f32>> {
        numbers(&self.folder.join(name))
    }

    fn batch(&self, network: &View<'_>, count: usize) -> Outcome<Batch<f32>> {
        let answers = Answers::Labels(self.labels[..count].to_vec());
        Ok(Batch::new(network, &self.inputs[..count * network.input_width()], answers)?)
    }

    /// A grid of `side`² points of a plane, or `side` points of a line.
    fn grid(
        &self,
        network: View<'_>,
        name: &str,
        count: usize,
        side: usize,
        line: bool,
    ) -> Outcome<Work<'_>> {
        let batch = self.batch(&network, count)?;
        let vectors = ["theta", "x", "y"].map(|vector| self.file(&format!("{name}.{vector}")));
        let [origin, x, y] = vectors;
        let (origin, x, y, choice) = (origin?, x?, y?, self.choice);
        let operations = network.operations().to_vec();
        let (input, sizes) = (network.input_width(), network.sizes());
        let place = move |index: usize| -1.0 + 2.0 * index as f32 / (side - 1) as f32;
        let points: Vec<(f32, f32)> = if line {
            (0..side).map(|index| (index as f32 / (side - 1) as f32, 0.0)).collect()
        } else {
            (0..side * side).map(|index| (place(index % side), place(index / side))).collect()
        };
        Ok(Box::new(move || {
            let network = View::again(&operations, input, sizes);
            let objective = Objective::new(network, &batch, choice, 0.0);
            let plane = Plane { origin: &origin, x: &x, y: if line { None } else { Some(&y) } };
            let tallies = objective.tallies(plane, &points, &|_| ())?;
            Ok(tallies.iter().map(thalweg_core::rules::loss::Tally::cost).sum())
        }))
    }

    fn gradient(&self, network: View<'static>, name: &str, count: usize) -> Outcome<Work<'_>> {
        let batch = self.batch(&network, count)?;
        let (theta, choice) = (self.file(&format!("{name}.theta"))?, self.choice);
        let mut gradient = vec![0.0; theta.len()];
        Ok(Box::new(move || {
            let mut objective = Objective::new(network, &batch, choice, 0.0);
            objective.gradient(&theta, &mut gradient)?;
            Ok(norm(&gradient))
        }))
    }

    /// One product at a fixed θ, with the sweeps at θ done beforehand.
    fn product(&self, network: View<'static>, name: &str) -> Outcome<Work<'_>> {
        let batch = self.batch(&network, 10_000)?;
        let (theta, v) = (self.file(&format!("{name}.theta"))?, self.file(&format!("{name}.x"))?);
        let batch: &'static Batch<f32> = Box::leak(Box::new(batch));
        let mut linearised = Objective::new(network, batch, self.choice, 0.0).linearise(&theta)?;
        let mut out = vec![0.0; theta.len()];
        Ok(Box::new(move || {
            linearised.product(&v, &mut out)?;
            Ok(norm(&out))
        }))
    }

    fn hessian<T: Scalar>(&self, count: usize) -> Outcome<Work<'_>> {
        static NETWORK: Network<4> = TANH;
        let wide = |values: Vec<f32>| values.into_iter().map(|x| T::from_f64(x.into())).collect::<Vec<T>>();
        let inputs = wide(self.file("pooled.inputs")?[..count * 100].to_vec());
        let batch = Batch::new(&NETWORK.view(), &inputs, Answers::Labels(self.labels[..count].to_vec()))?;
        let (theta, choice) = (wide(self.file("tanh.theta")?), self.choice);
        let mut hessian = vec![T::ZERO; theta.len() * theta.len()];
        Ok(Box::new(move || {
            Objective::new(NETWORK.view(), &batch, choice, 0.0).full_hessian(&theta, &mut hessian)?;
            Ok(norm(&hessian))
        }))
    }

    /// Forty steps of Lanczos' method with full reorthogonalisation, twice; the sum of α² and 2·β².
    fn lanczos(&self) -> Outcome<Work<'_>> {
        static NETWORK: Network<4> = SMALL;
        let batch = self.batch(&NETWORK.view(), 10_000)?;
        let (theta, start, choice) = (self.file("small.theta")?, self.file("small.x")?, self.choice);
        Ok(Box::new(move || {
            let mut operator = Objective::new(NETWORK.view(), &batch, choice, 0.0).linearise(&theta)?;
            let length = norm(&start);
            let mut basis = vec![start.iter().map(|x| (f64::from(*x) / length) as f32).collect::<Vec<f32>>()];
            let (mut out, mut sum) = (vec![0.0_f32; theta.len()], 0.0);
            for index in 0..40 {
                operator.product(&basis[index], &mut out)?;
                let alpha = product(&basis[index], &out);
                sum += alpha * alpha;
                for vector in basis.iter().chain(&basis) {
                    let share = product(vector, &out) as f32;
                    out.iter_mut().zip(vector).for_each(|(out, x)| *out -= share * x);
                }
                let beta = product(&out, &out).sqrt();
                if index < 39 {
                    sum += 2.0 * beta * beta;
                    basis.push(out.iter().map(|x| x / beta as f32).collect());
                }
            }
            Ok(sum)
        }))
    }

    /// One epoch of descent in batches of 64; the cost over the first 10,000 examples after it.
    fn epoch(&self, network: View<'static>, name: &str, count: usize) -> Outcome<Work<'_>> {
        let inputs = self.inputs[..count * 784].to_vec();
        let rows = Rows { inputs, answers: Answers::Labels(self.labels[..count].to_vec()) };
        let (start, choice) = (self.file(&format!("{name}.theta"))?, self.choice);
        let mut batch = self.batch(&network, 64)?;
        let order: Vec<u32> = self.order.iter().copied().filter(|&index| (index as usize) < count).collect();
        Ok(Box::new(move || {
            let mut theta = start.clone();
            let (mut velocity, mut gradient) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
            let mut workspace = Workspace::default();
            for part in order.chunks(64) {
                rows.gather(&network, part, &mut batch);
                let objective = Objective::new(network, &batch, choice, 0.0);
                objective.gradient_within(&theta, &mut gradient, &mut workspace)?;
                step(&mut theta, &mut velocity, &gradient, 0.05, 0.0)?;
            }
            Ok(norm(&theta))
        }))
    }

    fn work(&self, name: &str) -> Outcome<Work<'_>> {
        static NETWORKS: (Network<4>, Network<6>, Network<6>) = (SMALL, LARGE, MAXOUT_LOSS);
        let (small, large, maxout) = (NETWORKS.0.view(), NETWORKS.1.view(), NETWORKS.2.view());
        match name {
            "plane-quarter" => self.grid(small, "small", 2_500, 51, false),
            "plane-half" => self.grid(small, "small", 5_000, 51, false),
            "plane-small" => self.grid(small, "small", 10_000, 51, false),
            "plane-large" => self.grid(large, "large", 10_000, 25, false),
            "line" => self.grid(small, "small", self.labels.len(), 50, true),
            "gradient-quarter" => self.gradient(small, "small", 2_500),
            "gradient-half" => self.gradient(small, "small", 5_000),
            "gradient-small" => self.gradient(small, "small", 10_000),
            "gradient-large" => self.gradient(large, "large", 10_000),
            "product-small" => self.product(small, "small"),
            "product-large" => self.product(large, "large"),
            "hessian-quarter" => self.hessian::<f32>(1_250),
            "hessian-half" => self.hessian::<f32>(2_500),
            "hessian-f32" => self.hessian::<f32>(5_000),
            "hessian-f64" => self.hessian::<f64>(5_000),
            "lanczos" => self.lanczos(),
            "epoch-small" => self.epoch(small, "small", self.labels.len()),
            "epoch-maxout" => self.epoch(maxout, "maxout", 7_680),
            other => Err(format!("there is no row {other}").into()),
        }
    }
}

/// One run of a row; answers with the number that is compared.
type Work<'b> = Box<dyn FnMut() -> Outcome<f64> + 'b>;

/// A dot product with eight sums at a time.
fn product(a: &[f32], b: &[f32]) -> f64 {
    let (a, b) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0_f32; LANES];
    let mut total = dot(a.1, b.1);
    for (a, b) in a.0.iter().zip(b.0) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    total += sums.iter().map(|&sum| f64::from(sum)).sum::<f64>();
    total
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        println!("run peers/compare.py, which starts this program");
        return Ok(());
    };
    let choice = if arguments.next().as_deref() == Some("exact") { Choice::Exact } else { Choice::Fast };
    let mut bench = Bench { inputs: Vec::new(), labels: Vec::new(), order: Vec::new(), folder, choice };
    bench.inputs = bench.file("inputs")?;
    bench.labels = labels(&bench.folder.join("labels"))?;
    bench.order = labels(&bench.folder.join("order"))?;
    let mut known: Vec<(String, Work<'_>)> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let name = line?;
        if !known.iter().any(|work| work.0 == name) {
            known.clear();
            known.push((name.clone(), bench.work(&name)?));
        }
        let (started, before) = (Instant::now(), processor());
        let answer = (known[0].1)()?;
        let (seconds, processor) = (started.elapsed().as_secs_f64(), processor() - before);
        println!("{seconds} {processor} {answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
