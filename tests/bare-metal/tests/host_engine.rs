//! The desktop's exact engine, with its wide lanes, chunks and threads, against the items: bit by bit.

use std::ops::ControlFlow;

use items::curvature::{estimates_of, lanczos_of, measured_steps_of, spectrum_of};
use items::derivatives::{EXAMPLES, point, products};
use items::digits::{COUNT, Task, first};
use items::in_place;
use items::networks::{FAST, GATED, MAXOUT, Model, RELU, SIGMOID, TANH, TIED, TINY};
use items::searches::searches_of;
use items::subspaces::{XS, YS, directions};
use items::training::{BATCH, EPOCHS, MOMENTUM, SEED, tally};
use items::{ITEMS, training};
use thalweg::engine::Choice;
use thalweg::engine::batch::{Answers, MiniBatches, Rows};
use thalweg::objective::Objective;
use thalweg::training::{Recipe, order, train};
use thalweg_core::cost::mean_cost::MeanCost;
use thalweg_core::cost::{Cost, DirectionalCurvature, Gradient, HessianVector};
use thalweg_core::descent::schedule::Schedule;
use thalweg_core::descent::step;
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Examples, Targets};
use thalweg_core::length::WrongLength;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::subspace::direction::{Normalisation, normalise, random};
use thalweg_core::subspace::restriction::Plane;

const MODELS: [(&str, &Model); 7] = [
    ("relu", &RELU),
    ("tanh", &TANH),
    ("sigmoid", &SIGMOID),
    ("maxout", &MAXOUT),
    ("tied", &TIED),
    ("gated", &GATED),
    ("fast", &FAST),
];

/// The numbers of the item of this name.
fn item(name: &str) -> Vec<u32> {
    let item = ITEMS.iter().find(|item| item.name == name).expect("there is such an item");
    let mut numbers = Vec::new();
    (item.run)(&mut |bits| numbers.push(bits));
    numbers
}

/// The first digits, as the host keeps examples.
fn rows(count: usize, task: Task) -> Rows<f32> {
    let (inputs, targets) = first(count, task);
    let answers = match targets {
        Targets::Labels(labels) => Answers::Labels(labels.to_vec()),
        Targets::Values(values) => Answers::Values(values.to_vec()),
    };
    Rows { inputs: inputs.to_vec(), answers }
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn the_host_shuffles_and_trains_to_the_bits_of_the_items() {
    for epoch in 1..=EPOCHS {
        assert_eq!(order(SEED, epoch, COUNT), training::order(epoch));
    }
    let recipe = Recipe {
        epochs: EPOCHS,
        batch: BATCH,
        step_size: MOMENTUM.step_size,
        momentum: MOMENTUM.momentum,
        seed: SEED,
        decay: 0.0,
    };
    for (name, model) in MODELS {
        let mut theta = vec![0.0; model.parameters()];
        initialise(&model.network, Initialiser::Glorot, SEED, &mut theta).unwrap();
        let whole = rows(COUNT, model.task);
        train(model.network, &whole, &recipe, Choice::Exact, &mut theta, |_, _| ControlFlow::Continue(()))
            .unwrap();
        let name = if name == "relu" { "relu/momentum" } else { name };
        let item = item(&format!("training/{name}"));
        let (costs, end) = item.split_at(item.len() - theta.len());
        assert_eq!(bits(&theta), end, "{name}");
        let batch = whole.pack(&model.network).unwrap();
        let mut found = Vec::new();
        let last = Objective::new(model.network, &batch, Choice::Exact, 0.0).tally(&theta).unwrap();
        tally(&last, &mut |bits| found.push(bits));
        assert_eq!(found, costs[costs.len() - 3..], "{name}");
    }
}

/// The derivatives of a model by the host.
fn derivatives<const N: usize>(model: &Model) -> Vec<u32> {
    let batch = rows(EXAMPLES, model.task).pack(&model.network).expect("the examples fit the model");
    let (mut theta, mut v) = ([0.0; N], [0.0; N]);
    point(model, &mut theta, &mut v);
    let mut objective = Objective::new(model.network, &batch, Choice::Exact, 0.0);
    let mut found = Vec::new();
    products(&mut objective, &mut theta, &v, &mut |bits| found.push(bits)).expect("lengths fit");
    found
}

#[test]
fn the_host_differentiates_to_the_bits_of_the_items() {
    let found = [
        derivatives::<{ RELU.parameters() }>(&RELU),
        derivatives::<{ TANH.parameters() }>(&TANH),
        derivatives::<{ SIGMOID.parameters() }>(&SIGMOID),
        derivatives::<{ MAXOUT.parameters() }>(&MAXOUT),
        derivatives::<{ TIED.parameters() }>(&TIED),
        derivatives::<{ GATED.parameters() }>(&GATED),
        derivatives::<{ FAST.parameters() }>(&FAST),
    ];
    for (found, (name, _)) in found.iter().zip(MODELS) {
        assert_eq!(*found, item(&format!("derivatives/{name}"))[..found.len()], "{name}");
    }
}

#[test]
fn the_host_crosses_planes_with_the_bits_of_the_items() {
    let points: Vec<(f32, f32)> = YS.iter().flat_map(|&y| XS.iter().map(move |&x| (x, y))).collect();
    for (name, model) in &MODELS[..6] {
        let n = model.parameters();
        let (mut theta, mut x, mut y) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        point(model, &mut theta, &mut x);
        directions(model, &theta, &mut x, &mut y);
        let batch = rows(EXAMPLES, model.task).pack(&model.network).unwrap();
        let objective = Objective::new(model.network, &batch, Choice::Exact, 0.0);
        let plane = Plane { origin: &theta, x: &x, y: Some(&y) };
        let mut found = Vec::new();
        for point in &objective.tallies(plane, &points, &|_| ()).unwrap() {
            tally(point, &mut |bits| found.push(bits));
        }
        assert_eq!(found, item(&format!("plane/{name}"))[..found.len()], "{name}");
    }
}

/// More examples than the host takes at a time, over the core's one at a time.
#[test]
fn chunks_of_the_host_change_no_bit() {
    const REPEATS: usize = 9;
    for (name, model) in MODELS {
        let order: Vec<u32> = (0..COUNT as u32 * REPEATS as u32).map(|k| k * 5 % COUNT as u32).collect();
        let n = model.parameters();
        let (mut theta, mut v) = (vec![0.0; n], vec![0.0; n]);
        point(model, &mut theta, &mut v);
        theta.iter_mut().for_each(|entry| *entry *= 20.0); // losses so small and so large that sums round

        let (inputs, targets) = first(COUNT, model.task);
        let examples = Examples::new(&model.network, inputs, targets).unwrap().in_order(&order).unwrap();
        let mut memory = vec![[0.0; 1]; model.rows()];
        let mut core = MeanCost::new(model.network, Exact, examples, &mut memory);

        let digits = rows(COUNT, model.task);
        let mut batches = MiniBatches::new(&model.network, &digits).unwrap();
        let batch = batches.gather(&order);
        assert!(batch.chunks() > 2, "the host takes the examples in several chunks");
        let mut host = Objective::new(model.network, batch, Choice::Exact, 0.0);

        let (mut wanted, mut found) = (vec![0.0; n], vec![0.0; n]);
        let costs = (core.gradient(&theta, &mut wanted).unwrap(), host.gradient(&theta, &mut found).unwrap());
        assert_eq!(bits(&found), bits(&wanted), "{name}: gradient");
        assert_eq!(costs.0.to_bits(), costs.1.to_bits(), "{name}: cost {costs:?}");
        core.hessian_vector(&theta, &v, &mut wanted).unwrap();
        host.hessian_vector(&theta, &v, &mut found).unwrap();
        assert_eq!(bits(&found), bits(&wanted), "{name}: product");
    }
}

/// The numbers of a computation over the host's cost of the first digits.
fn of_the_host(model: &Model, compute: impl FnOnce(Objective<'_, f32>, &mut Vec<u32>)) -> Vec<u32> {
    let batch = rows(EXAMPLES, model.task).pack(&model.network).expect("the digits fit the model");
    let mut found = Vec::new();
    compute(Objective::new(model.network, &batch, Choice::Exact, 0.0), &mut found);
    found
}

#[test]
fn spectra_and_searches_over_the_host_have_the_bits_of_the_items() {
    let found = [
        ("spectrum", of_the_host(&TINY, |cost, out| spectrum_of(cost, &mut |bits| out.push(bits)))),
        ("lanczos", of_the_host(&GATED, |cost, out| lanczos_of(cost, &mut |bits| out.push(bits)))),
        ("estimates", of_the_host(&TINY, |cost, out| estimates_of(cost, &mut |bits| out.push(bits)))),
        ("searches", of_the_host(&TINY, |cost, out| searches_of(cost, &mut |bits| out.push(bits)))),
    ];
    for (name, found) in found {
        assert_eq!(found, item(&format!("curvature/{name}")), "{name}");
    }
}

/// The host's cost and gradient; it has no curvature along a direction in one sweep, which the core gives.
struct Mixed<'m> {
    host: Objective<'m, f32>,
    core: MeanCost<'m, f32, Exact, 1>,
}

impl Cost for Mixed<'_> {
    type Real = f32;
    fn dimension(&self) -> usize {
        self.host.dimension()
    }
    fn cost(&mut self, theta: &[f32]) -> Result<f64, WrongLength> {
        self.host.cost(theta)
    }
}

impl Gradient for Mixed<'_> {
    fn gradient(&mut self, theta: &[f32], gradient: &mut [f32]) -> Result<f64, WrongLength> {
        self.host.gradient(theta, gradient)
    }
}

impl DirectionalCurvature for Mixed<'_> {
    fn curvature(&mut self, theta: &[f32], v: &[f32]) -> Result<f64, WrongLength> {
        self.core.curvature(theta, v)
    }
}

#[test]
fn measured_steps_on_gradients_of_the_host_have_the_bits_of_the_item() {
    let found = of_the_host(&TINY, |host, out| {
        let (inputs, targets) = first(EXAMPLES, TINY.task);
        let examples = Examples::new(&TINY.network, inputs, targets).unwrap();
        let mut memory = vec![[0.0; 1]; TINY.rows()];
        let core = MeanCost::new(TINY.network, Exact, examples, &mut memory);
        measured_steps_of(Mixed { host, core }, &mut |bits| out.push(bits));
    });
    assert_eq!(found, item("curvature/measured_steps"));
}

/// Every loss and the last θ of training one example at a time, by the host's gradients and its own training.
fn one_by_one(model: &Model, momentum: f32) -> Vec<u32> {
    let n = model.parameters();
    let (mut theta, mut velocity, mut gradient) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    initialise(&model.network, Initialiser::Glorot, SEED, &mut theta).expect("θ has its length");
    let whole = rows(COUNT, model.task);
    let recipe = Recipe {
        epochs: in_place::EPOCHS,
        batch: 1,
        step_size: Schedule::Constant(in_place::STEP_SIZE.into()),
        momentum: Schedule::Constant(momentum.into()),
        seed: SEED,
        decay: 0.0,
    };
    let mut trained = theta.clone();
    train(model.network, &whole, &recipe, Choice::Exact, &mut trained, |_, _| ControlFlow::Continue(()))
        .expect("every step is finite");

    let mut found = Vec::new();
    let mut batches = MiniBatches::new(&model.network, &whole).expect("the digits fit the model");
    for epoch in 1..=in_place::EPOCHS {
        for number in order(SEED, epoch, COUNT) {
            let mut objective = Objective::new(model.network, batches.gather(&[number]), Choice::Exact, 0.0);
            let cost = objective.gradient(&theta, &mut gradient).expect("θ has its length");
            found.push((cost as f32).to_bits());
            let (step_size, momentum) = (in_place::STEP_SIZE.into(), momentum.into());
            step(&mut theta, &mut velocity, &gradient, step_size, momentum).expect("the step is finite");
        }
    }
    assert_eq!(bits(&trained), bits(&theta));
    found.extend(bits(&theta));
    found
}

#[test]
fn training_in_place_has_the_bits_of_the_hosts_gradients() {
    for (name, model) in
        [("relu", &RELU), ("tanh", &TANH), ("maxout", &MAXOUT), ("tied", &TIED), ("gated", &GATED)]
    {
        let item = item(&format!("in_place/{name}"));
        let (plain, with_momentum) = (one_by_one(model, 0.0), one_by_one(model, in_place::MOMENTUM));
        let (first, rest) = item.split_at(plain.len()); // a check value follows each
        assert_eq!(first, plain, "{name}");
        assert_eq!(rest[1..=with_momentum.len()], with_momentum, "{name} with momentum");
    }
}

#[test]
fn planes_and_lines_formed_on_the_fly_have_the_bits_of_the_host() {
    for (name, model) in [("relu", &RELU), ("maxout", &MAXOUT), ("gated", &GATED)] {
        let n = model.parameters();
        let (mut theta, mut v) = (vec![0.0; n], vec![0.0; n]);
        point(model, &mut theta, &mut v);
        let (mut x, mut y) = (vec![0.0; n], vec![0.0; n]);
        random(2, 1, &mut x);
        normalise(&model.network, Normalisation::Filter, false, &theta, &mut x).unwrap();
        random(2, 2, &mut y);
        let plane: Vec<(f32, f32)> = YS.iter().flat_map(|&y| XS.iter().map(move |&x| (x, y))).collect();
        let line: Vec<(f32, f32)> = XS.iter().map(|&x| (x, 0.0)).collect();
        let found = of_the_host(model, |objective, out| {
            for (plane, points) in [
                (Plane { origin: &theta, x: &x, y: Some(&y) }, &plane),
                (Plane { origin: &theta, x: &v, y: None }, &line),
            ] {
                for point in &objective.tallies(plane, points, &|_| ()).unwrap() {
                    tally(point, &mut |bits| out.push(bits));
                }
            }
        });
        assert_eq!(found, item(&format!("on_the_fly/{name}")), "{name}");
    }
}
