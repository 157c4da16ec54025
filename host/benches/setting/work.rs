//! One run of each quantity by each of its methods, and the numbers it finds.

use thalweg::engine::batch::{Answers, Batch, MiniBatches, Rows};
use thalweg::engine::{Choice, Scalar};
use thalweg::objective::Objective;
use thalweg::training::Descent;
use thalweg_core::cost::difference::{DifferencedAt, balanced_step};
use thalweg_core::cost::mean_cost::{Ability, MeanCost};
use thalweg_core::cost::operator::{HessianAt, SymmetricOperator};
use thalweg_core::cost::{Gradient, dot, norm};
use thalweg_core::descent::step;
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Examples, Targets};
use thalweg_core::network::View;
use thalweg_core::rules::loss::Tally;
use thalweg_core::subspace::restriction::Plane;

use super::{Outcome, Setting, count, network};

/// One run of a work: gives the number that the peers find as well, and writes all it found where it is asked.
pub type Run = Box<dyn FnMut(Option<&mut Vec<f64>>) -> Outcome<f64>>;

/// A run, and the floating-point operations in its products and combinations, as `count.rs` counts them.
pub type Work = (Run, f64);

/// The examples of a mini-batch.
const BATCH: usize = 64;

/// The engine of a method; the plain routes go through the fast one, but for the core's.
fn choice(method: &str) -> Choice {
    if method == "exact" { Choice::Exact } else { Choice::Fast }
}

fn keep<T: Scalar>(into: Option<&mut Vec<f64>>, found: &[T]) {
    if let Some(into) = into {
        into.clear();
        into.extend(found.iter().map(|entry| entry.to_f64()));
    }
}

/// A batch that stays until the program ends, as an operator that is kept beside it needs.
fn kept<T>(batch: Batch<T>) -> &'static Batch<T> {
    Box::leak(Box::new(batch))
}

impl Setting {
    /// A quantity of a network over the first examples, by a method; `side` points along each side of a plane.
    pub fn work(
        &self,
        quantity: &str,
        (name, examples): (&str, usize),
        side: usize,
        method: &str,
    ) -> Outcome<Work> {
        match quantity {
            "plane" | "line" => self.grid(name, examples, side, quantity == "line", method),
            "gradient" => self.gradient(name, examples, method),
            "hessian_vector" => self.hessian_vector(name, examples, method),
            "full_hessian" => self.full_hessian::<f32>(name, examples, method),
            "full_hessian_f64" => self.full_hessian::<f64>(name, examples, method),
            "lanczos" => self.lanczos(name, examples, method),
            "epoch" => self.epoch(name, examples, method),
            other => Err(format!("there is no quantity {other}").into()),
        }
    }

    /// Costs at `side`² points of a plane, or `side` points of a line; their sum.
    fn grid(&self, name: &str, examples: usize, side: usize, line: bool, method: &str) -> Outcome<Work> {
        let network = network(name)?;
        let batch = self.batch::<f32>(&network, examples, choice(method))?;
        let [origin, x, y] = ["theta", "x", "y"].map(|which| self.vector::<f32>(name, which));
        let (origin, x, y, choice) = (origin?, x?, y?, choice(method));
        let last = (side - 1) as f32;
        let place = move |index: usize| -1.0 + 2.0 * index as f32 / last;
        let points: Vec<(f32, f32)> = if line {
            (0..side).map(|index| (index as f32 / last, 0.0)).collect()
        } else {
            (0..side * side).map(|index| (place(index % side), place(index / side))).collect()
        };
        let unrestricted = method == "unrestricted";
        let operations = if unrestricted {
            count::forward(&network, examples, points.len())
        } else {
            count::grid(&network, examples, points.len(), if line { 1 } else { 2 })
        };
        let run = move |into: Option<&mut Vec<f64>>| {
            let objective = Objective::new(network, &batch, choice, 0.0);
            let tallies = if unrestricted {
                let mut moved = vec![0.0; origin.len()];
                let at = |&(a, b): &(f32, f32)| {
                    for (index, moved) in moved.iter_mut().enumerate() {
                        *moved = origin[index] + b * y[index] + a * x[index];
                    }
                    objective.tally(&moved)
                };
                points.iter().map(at).collect::<Result<Vec<_>, _>>()?
            } else {
                let plane = Plane { origin: &origin, x: &x, y: if line { None } else { Some(&y) } };
                objective.tallies(plane, &points, &|_| ())?
            };
            let costs: Vec<f64> = tallies.iter().map(Tally::cost).collect();
            keep(into, &costs);
            Ok(costs.iter().sum())
        };
        Ok((Box::new(run), operations))
    }

    /// The gradient; its length. `one_at_a_time` is the core as a microcontroller runs it.
    fn gradient(&self, name: &str, examples: usize, method: &str) -> Outcome<Work> {
        let network = network(name)?;
        let (theta, operations) = (self.vector::<f32>(name, "theta")?, count::gradient(&network, examples));
        let mut gradient = vec![0.0; theta.len()];
        if method == "one_at_a_time" {
            let (inputs, labels) = (self.inputs(&network, examples)?, self.labels(examples)?);
            let mut memory = vec![[0.0; 1]; network.memory_rows(Ability::Gradient)];
            let run = move |into: Option<&mut Vec<f64>>| {
                let examples = Examples::new(&network, &inputs, Targets::Labels(&labels))?;
                MeanCost::new(network, Exact, examples, &mut memory).gradient(&theta, &mut gradient)?;
                keep(into, &gradient);
                Ok(norm(&gradient))
            };
            return Ok((Box::new(run), operations));
        }
        let choice = choice(method);
        let batch = self.batch(&network, examples, choice)?;
        let run = move |into: Option<&mut Vec<f64>>| {
            Objective::new(network, &batch, choice, 0.0).gradient(&theta, &mut gradient)?;
            keep(into, &gradient);
            Ok(norm(&gradient))
        };
        Ok((Box::new(run), operations))
    }

    /// H(θ) as an operator, with the sweeps at θ done beforehand where the method keeps them.
    fn operator(
        &self,
        name: &str,
        examples: usize,
        method: &str,
    ) -> Outcome<Box<dyn SymmetricOperator<Real = f32>>> {
        let network = network(name)?;
        let theta = self.vector::<f32>(name, "theta")?;
        if method == "one_at_a_time" {
            let (inputs, labels) = (self.inputs(&network, examples)?.leak(), self.labels(examples)?.leak());
            let memory = vec![[0.0; 1]; network.memory_rows(Ability::HessianVector)].leak();
            let examples = Examples::new(&network, inputs, Targets::Labels(labels))?;
            let cost = MeanCost::new(network, Exact, examples, memory);
            return Ok(Box::new(HessianAt::new(cost, theta.leak())?));
        }
        let choice = choice(method);
        let objective = Objective::new(network, kept(self.batch(&network, examples, choice)?), choice, 0.0);
        if method == "differenced" {
            let (n, theta) = (theta.len(), theta.leak());
            let scratch = vec![0.0; 2 * n].leak();
            return Ok(Box::new(DifferencedAt::new(objective, theta, balanced_step::<f32>(), scratch)?));
        }
        Ok(Box::new(objective.linearise(&theta)?))
    }

    /// One product with the direction `x`; its length.
    fn hessian_vector(&self, name: &str, examples: usize, method: &str) -> Outcome<Work> {
        let network = network(name)?;
        let v = self.vector::<f32>(name, "x")?;
        let operations = match method {
            "differenced" => 2.0 * count::gradient(&network, examples),
            _ => count::product(&network, examples),
        };
        let mut operator = self.operator(name, examples, method)?;
        let mut out = vec![0.0; v.len()];
        let run = move |into: Option<&mut Vec<f64>>| {
            operator.product(&v, &mut out)?;
            keep(into, &out);
            Ok(norm(&out))
        };
        Ok((Box::new(run), operations))
    }

    /// The whole Hessian; its Frobenius norm. `products` takes n products instead of the structure.
    fn full_hessian<T: Scalar>(&self, name: &str, examples: usize, method: &str) -> Outcome<Work> {
        let network = network(name)?;
        let (theta, choice) = (self.vector::<T>(name, "theta")?, choice(method));
        let batch: Batch<T> = self.batch(&network, examples, choice)?;
        let n = theta.len();
        let mut hessian = vec![T::ZERO; n * n];
        let by_products = method == "products";
        let operations = match method {
            "products" => n as f64 * count::product(&network, examples),
            _ => count::hessian(&network, examples),
        };
        let run = move |into: Option<&mut Vec<f64>>| {
            let objective = Objective::new(network, &batch, choice, 0.0);
            if by_products {
                let mut linearised = objective.linearise(&theta)?;
                let mut unit = vec![T::ZERO; n];
                for (index, row) in hessian.chunks_exact_mut(n).enumerate() {
                    unit[index] = T::ONE;
                    linearised.product(&unit, row)?;
                    unit[index] = T::ZERO;
                }
            } else {
                objective.full_hessian(&theta, &mut hessian)?;
            }
            keep(into, &hessian);
            Ok(norm(&hessian))
        };
        Ok((Box::new(run), operations))
    }

    /// Forty steps of Lanczos' method with full reorthogonalisation, twice; the sum of α² and 2·β², which is the
    /// square of the Frobenius norm of the tridiagonal matrix. Finds α and β.
    fn lanczos(&self, name: &str, examples: usize, method: &str) -> Outcome<Work> {
        const STEPS: usize = 40;
        let network = network(name)?;
        let (theta, start) = (self.vector::<f32>(name, "theta")?, self.vector::<f32>(name, "x")?);
        let batch: &'static Batch<f32> = kept(self.batch(&network, examples, choice(method))?);
        let plain = (method == "one_at_a_time").then(|| self.operator(name, examples, method));
        let (choice, mut plain) = (choice(method), plain.transpose()?);
        let run = move |into: Option<&mut Vec<f64>>| {
            let objective = Objective::new(network, batch, choice, 0.0);
            let mut linearised = plain.is_none().then(|| objective.linearise(&theta)).transpose()?;
            let operator: &mut dyn SymmetricOperator<Real = f32> = match (&mut plain, &mut linearised) {
                (Some(plain), _) => &mut **plain,
                (None, Some(linearised)) => linearised,
                (None, None) => return Err("there is no operator".into()),
            };
            let length = norm(&start);
            let mut basis = vec![start.iter().map(|x| (f64::from(*x) / length) as f32).collect::<Vec<f32>>()];
            let (mut out, mut alphas, mut betas) = (vec![0.0_f32; theta.len()], Vec::new(), Vec::new());
            for index in 0..STEPS {
                operator.product(&basis[index], &mut out)?;
                alphas.push(product(&basis[index], &out));
                for vector in basis.iter().chain(&basis) {
                    let share = product(vector, &out) as f32;
                    out.iter_mut().zip(vector).for_each(|(out, x)| *out -= share * x);
                }
                if index + 1 < STEPS {
                    let beta = product(&out, &out).sqrt();
                    betas.push(beta);
                    basis.push(out.iter().map(|x| x / beta as f32).collect());
                }
            }
            let sum = alphas.iter().map(|alpha| alpha * alpha).sum::<f64>()
                + betas.iter().map(|beta| 2.0 * beta * beta).sum::<f64>();
            keep(into, &[alphas, betas].concat());
            Ok(sum)
        };
        let operations = count::lanczos(&network, examples, STEPS);
        Ok((Box::new(run), operations))
    }

    /// One epoch of descent in batches of 64; the length of θ after it. `one_at_a_time` is the core's.
    fn epoch(&self, name: &str, examples: usize, method: &str) -> Outcome<Work> {
        let network = network(name)?;
        let labels = self.labels(examples)?;
        let rows =
            Rows { inputs: self.inputs(&network, examples)?, answers: Answers::Labels(labels.clone()) };
        let rows: &'static Rows<f32> = Box::leak(Box::new(rows));
        let (start, choice) = (self.vector::<f32>(name, "theta")?, choice(method));
        let mut batches = MiniBatches::new(&network, rows)?;
        let order = self.order(examples)?;
        let plain = method == "one_at_a_time";
        let mut memory = vec![[0.0; 1]; network.memory_rows(Ability::Gradient)];
        let run = move |into: Option<&mut Vec<f64>>| {
            let mut theta = start.clone();
            if plain {
                let (mut velocity, mut gradient) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
                for part in order.chunks(BATCH) {
                    let (inputs, labels) = gathered(&network, &rows.inputs, &labels, part);
                    let examples = Examples::new(&network, &inputs, Targets::Labels(&labels))?;
                    MeanCost::new(network, Exact, examples, &mut memory).gradient(&theta, &mut gradient)?;
                    step(&mut theta, &mut velocity, &gradient, 0.05, 0.0)?;
                }
            } else {
                let mut descent = Descent::new(&mut theta, false);
                batches.gather(&order[..BATCH.min(order.len())]);
                for next in order.chunks(BATCH).skip(1).map(Some).chain([None]) {
                    let step = |batch: &Batch<f32>| {
                        descent.step(&Objective::new(network, batch, choice, 0.0), 0.05, 0.0)
                    };
                    batches.work(next, step)?;
                }
            }
            keep(into, &theta);
            Ok(norm(&theta))
        };
        Ok((Box::new(run), count::gradient(&network, examples)))
    }
}

/// Some examples, row by row.
fn gathered(network: &View<'_>, inputs: &[f32], labels: &[u32], part: &[u32]) -> (Vec<f32>, Vec<u32>) {
    let width = network.input_width();
    let rows = part.iter().flat_map(|&index| &inputs[index as usize * width..(index as usize + 1) * width]);
    (rows.copied().collect(), part.iter().map(|&index| labels[index as usize]).collect())
}

/// A dot product with sixteen sums at a time.
fn product(a: &[f32], b: &[f32]) -> f64 {
    let (a, b) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let mut sums = [0.0_f32; 16];
    for (a, b) in a.0.iter().zip(b.0) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    dot(a.1, b.1) + sums.iter().map(|&sum| f64::from(sum)).sum::<f64>()
}
