//! The desktop's exact engine, with its wide lanes, chunks and threads, against the items: bit by bit.

use std::ops::ControlFlow;

use items::derivatives::{EXAMPLES, point, products};
use items::digits::{COUNT, Task, first};
use items::networks::{GATED, MAXOUT, Model, RELU, SIGMOID, TANH, TIED};
use items::subspaces::{XS, YS, directions};
use items::training::{BATCH, EPOCHS, MOMENTUM, SEED, tally};
use items::{ITEMS, training};
use thalweg::engine::Choice;
use thalweg::engine::batch::{Answers, Rows};
use thalweg::objective::Objective;
use thalweg::training::{Recipe, order, train};
use thalweg_core::cost::mean_cost::MeanCost;
use thalweg_core::cost::{Gradient, HessianVector};
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Examples, Targets};
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::subspace::restriction::Plane;

const MODELS: [(&str, &Model); 6] = [
    ("relu", &RELU),
    ("tanh", &TANH),
    ("sigmoid", &SIGMOID),
    ("maxout", &MAXOUT),
    ("tied", &TIED),
    ("gated", &GATED),
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
    ];
    for (found, (name, _)) in found.iter().zip(MODELS) {
        assert_eq!(*found, item(&format!("derivatives/{name}"))[..found.len()], "{name}");
    }
}

#[test]
fn the_host_crosses_planes_with_the_bits_of_the_items() {
    let points: Vec<(f32, f32)> = YS.iter().flat_map(|&y| XS.iter().map(move |&x| (x, y))).collect();
    for (name, model) in MODELS {
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
        let mut batch = digits.pack(&model.network).unwrap();
        digits.gather(&model.network, &order, &mut batch);
        assert!(batch.chunks() > 2, "the host takes the examples in several chunks");
        let mut host = Objective::new(model.network, &batch, Choice::Exact, 0.0);

        let (mut wanted, mut found) = (vec![0.0; n], vec![0.0; n]);
        let costs = (core.gradient(&theta, &mut wanted).unwrap(), host.gradient(&theta, &mut found).unwrap());
        assert_eq!(bits(&found), bits(&wanted), "{name}: gradient");
        assert_eq!(costs.0.to_bits(), costs.1.to_bits(), "{name}: cost {costs:?}");
        core.hessian_vector(&theta, &v, &mut wanted).unwrap();
        host.hessian_vector(&theta, &v, &mut found).unwrap();
        assert_eq!(bits(&found), bits(&wanted), "{name}: product");
    }
}
