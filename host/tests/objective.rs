//! What must hold of the host's objective for every network, engine and number of threads.

#![allow(clippy::unwrap_used, reason = "all of this file is a test")]

use rayon::ThreadPoolBuilder;
use thalweg::engine::batch::{Answers, Batch, WAVE};
use thalweg::engine::{Choice, Scalar};
use thalweg::objective::Objective;
use thalweg_core::cost::difference;
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::cost::{Cost, Gradient, HessianVector, dot, norm};
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Examples, Targets};
use thalweg_core::network::builder::Builder;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::network::operation::Register;
use thalweg_core::network::{Network, View};
use thalweg_core::random::Random;
use thalweg_core::rules::loss::Tally;
use thalweg_core::subspace::restriction::{Plane, PlaneMemory, costs};
use thalweg_core::sweep::Curvature;

const ENGINES: [Choice; 2] = [Choice::Fast, Choice::Exact];

const START: Builder<4> = Network::input(6).dense(6);
const GATE: Builder<12> = Network::input(6).dense(5).sigmoid();

static DEEP: Network<6> =
    Network::input(6).dense(9).tanh().dense(5).sigmoid().dense(4).softmax_cross_entropy();
static RELU: Network<4> = Network::input(6).dense(40).relu().dense(10).squared_error();
static MAXOUT: Network<6> = Network::input(6).maxout(3, 3).maxout(3, 2).dense(4).softmax_cross_entropy();
static TIED: Network<4> = START.tanh().tied(START.last()).squared_error();
static SHARED: Network<4> = START.tanh().shared(START.last()).squared_error();
static GATED: Network<12> = {
    let value = GATE.at(Register::INPUT).dense(5).tanh().product(GATE.last());
    value.sum(GATE.last()).slice(1, 3).dense(4).squared_error()
};

const WIDE_START: Builder<4> = Network::input(20).dense(24);
const WIDE_GATE: Builder<12> = Network::input(20).dense(14).sigmoid();

static WIDE_TIED: Network<4> = WIDE_START.tanh().tied(WIDE_START.last()).squared_error();
static WIDE_GATED: Network<12> = {
    let value = WIDE_GATE.at(Register::INPUT).dense(14).tanh().product(WIDE_GATE.last());
    value.sum(WIDE_GATE.last()).slice(1, 12).dense(4).softmax_cross_entropy()
};

/// Those that are large enough, over [`COUNT`] examples, for all threads to take part.
fn wide() -> [View<'static>; 3] {
    [RELU.view(), WIDE_TIED.view(), WIDE_GATED.view()]
}

fn networks() -> [View<'static>; 6] {
    [DEEP.view(), RELU.view(), MAXOUT.view(), TIED.view(), SHARED.view(), GATED.view()]
}

/// Those whose second derivatives exist everywhere, as differences need them.
fn smooth() -> [View<'static>; 4] {
    [DEEP.view(), TIED.view(), SHARED.view(), GATED.view()]
}

/// More than one wave of chunks, and no multiple of a lane.
const COUNT: usize = 2100;

struct Case<T> {
    inputs: Vec<T>,
    labels: Vec<u32>,
    theta: Vec<T>,
    u: Vec<T>,
    v: Vec<T>,
}

impl<T: Scalar> Case<T> {
    fn new(network: &View<'_>, count: usize) -> Self {
        let mut random = Random::new(2015);
        let mut normal = |count: usize| {
            let mut numbers = vec![T::ZERO; count];
            random.fill_normal(&mut numbers);
            numbers
        };
        let n = network.parameters();
        let (inputs, u, v) = (normal(count * network.input_width()), normal(n), normal(n));
        let classes = network.output_width() as u32;
        let labels = (0..count as u32).map(|index| (index * index + index / 3) % classes).collect();
        let mut theta = vec![T::ZERO; n];
        initialise(network, Initialiser::NormalEverywhere(0.6), 3, &mut theta).unwrap();
        Self { inputs, labels, theta, u, v }
    }

    fn batch(&self, network: &View<'_>) -> Batch<T> {
        Batch::new(network, &self.inputs, Answers::Labels(self.labels.clone())).unwrap()
    }

    fn plane(&self) -> Plane<'_, T> {
        Plane { origin: &self.theta, x: &self.u, y: Some(&self.v) }
    }
}

fn points<T: Scalar>() -> Vec<(T, T)> {
    let axis = |count: i32| (0..count).map(|index| T::from_f64(f64::from(index) * 0.25 - 0.5));
    axis(3).flat_map(|b| axis(7).map(move |a| (a, b))).collect()
}

/// Everything that an objective gives, as bits.
#[derive(Debug, PartialEq)]
struct Everything<T> {
    tally: Tally,
    cost_with_gradient: f64,
    gradient: Vec<T>,
    product: Vec<T>,
    linearised: Vec<T>,
    curvatures: [Vec<T>; 2],
    plane: Vec<Tally>,
    line: Vec<Tally>,
}

fn everything<T: Scalar>(network: View<'_>, case: &Case<T>, choice: Choice) -> Everything<T> {
    let batch = case.batch(&network);
    let mut objective = Objective::new(network, &batch, choice, 0.125);
    let n = network.parameters();
    let (mut gradient, mut product) = (vec![T::ZERO; n], vec![T::ZERO; n]);
    let cost_with_gradient = objective.gradient(&case.theta, &mut gradient).unwrap();
    objective.hessian_vector(&case.theta, &case.v, &mut product).unwrap();
    let mut linearised = vec![T::ZERO; 2 * n];
    let both = [&case.u[..], &case.v[..]].concat();
    objective.linearise(&case.theta).unwrap().products(&both, &mut linearised).unwrap();
    let curvatures = [Curvature::GaussNewton, Curvature::Fisher].map(|curvature| {
        let mut out = vec![T::ZERO; n];
        objective.curvature(curvature, &case.theta).unwrap().product(&case.v, &mut out).unwrap();
        out
    });
    Everything {
        tally: objective.tally(&case.theta).unwrap(),
        cost_with_gradient,
        gradient,
        product,
        linearised,
        curvatures,
        plane: objective.tallies(case.plane(), &points(), &|_| ()).unwrap(),
        line: objective.tallies(Plane { y: None, ..case.plane() }, &points(), &|_| ()).unwrap(),
    }
}

fn threads_change_no_bit<T: Scalar>() {
    for network in wide() {
        let case = Case::<T>::new(&network, COUNT);
        assert!(case.batch(&network).chunks() > WAVE && COUNT * network.parameters() > 1 << 20);
        for choice in ENGINES {
            let by_threads = |threads: usize| {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| everything(network, &case, choice))
            };
            let wanted = by_threads(1);
            for threads in [2, 3] {
                assert!(by_threads(threads) == wanted, "{threads} threads, {}", choice.name());
            }
        }
    }
}

#[test]
fn no_number_of_threads_changes_a_bit_in_single_precision() {
    threads_change_no_bit::<f32>();
}

#[test]
fn no_number_of_threads_changes_a_bit_in_double_precision() {
    threads_change_no_bit::<f64>();
}

/// The Hessian of one network: n times the price of the rest.
#[test]
fn no_number_of_threads_changes_a_bit_of_the_hessian() {
    let network = WIDE_TIED.view();
    let case = Case::<f64>::new(&network, COUNT);
    let batch = case.batch(&network);
    let objective = Objective::new(network, &batch, Choice::Fast, 0.125);
    let by_threads = |threads: usize| {
        let mut hessian = vec![0.0; case.theta.len() * case.theta.len()];
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| objective.full_hessian(&case.theta, &mut hessian)).unwrap();
        hessian
    };
    let wanted = by_threads(1);
    assert!([2, 3].into_iter().all(|threads| by_threads(threads) == wanted));
}

fn exact_planes_have_the_bits_of_the_core<T: Scalar>() {
    for network in networks() {
        let case = Case::<T>::new(&network, 300);
        let batch = case.batch(&network);
        let found = Objective::new(network, &batch, Choice::Exact, 0.0);
        let found = found.tallies(case.plane(), &points(), &|_| ()).unwrap();
        let examples = Examples::new(&network, &case.inputs, Targets::Labels(&case.labels)).unwrap();
        let mut rows = vec![[T::ZERO; 1]; network.plane_rows()];
        let mut weights = vec![T::ZERO; network.largest_later_block()];
        let axis = |count: i32| -> Vec<T> {
            (0..count).map(|index| T::from_f64(f64::from(index) * 0.25 - 0.5)).collect()
        };
        let mut wanted = vec![Tally::default(); 21];
        let memory = PlaneMemory { rows: &mut rows, weights: &mut weights };
        let grid = (&axis(7)[..], &axis(3)[..]);
        costs(network, &mut Exact, &examples, case.plane(), grid, memory, &mut wanted).unwrap();
        assert_eq!(found, wanted);
    }
}

#[test]
fn the_exact_engine_gives_a_plane_the_bits_of_the_core() {
    exact_planes_have_the_bits_of_the_core::<f32>();
    exact_planes_have_the_bits_of_the_core::<f64>();
}

/// The largest relative difference of a restricted plane and line from the cost at each moved θ.
fn restriction_error<T: Scalar>(network: View<'_>, choice: Choice) -> f64 {
    let case = Case::<T>::new(&network, 600);
    let batch = case.batch(&network);
    let mut objective = Objective::new(network, &batch, choice, 0.125);
    let mut worst = 0.0_f64;
    for plane in [case.plane(), Plane { y: None, ..case.plane() }] {
        let tallies = objective.tallies(plane, &points(), &|_| ()).unwrap();
        let costs = objective.costs(plane, &points(), &tallies);
        for ((a, b), found) in points::<T>().into_iter().zip(costs) {
            let along_y = |index: usize| plane.y.map_or(T::ZERO, |y| b * y[index]);
            let theta: Vec<T> = (0..case.theta.len())
                .map(|index| (case.theta[index] + along_y(index)) + a * case.u[index])
                .collect();
            let wanted = objective.cost(&theta).unwrap();
            worst = worst.max((found / wanted - 1.0).abs());
        }
    }
    worst
}

/// The moved pre-activations of either form err by a few ε of terms that are a few times as large.
#[test]
fn a_restricted_plane_is_the_plane_for_every_network_and_engine() {
    for (place, network) in networks().into_iter().enumerate() {
        for choice in ENGINES {
            let double = restriction_error::<f64>(network, choice);
            assert!(double < 1e-10, "network {place}, {}: {double}", choice.name());
            let single = restriction_error::<f32>(network, choice);
            assert!(single < 2e-5, "network {place}, {}: {single}", choice.name());
        }
    }
}

#[test]
fn the_hessian_is_symmetric_for_every_network_and_engine() {
    for (place, network) in networks().into_iter().enumerate() {
        let case = Case::<f64>::new(&network, COUNT);
        let batch = case.batch(&network);
        for choice in ENGINES {
            let mut objective = Objective::new(network, &batch, choice, 0.125);
            let (mut hu, mut hv) = (vec![0.0; case.u.len()], vec![0.0; case.u.len()]);
            objective.hessian_vector(&case.theta, &case.u, &mut hu).unwrap();
            objective.hessian_vector(&case.theta, &case.v, &mut hv).unwrap();
            let difference = (dot(&case.u, &hv) - dot(&case.v, &hu)).abs() / (norm(&case.u) * norm(&hv));
            assert!(difference < 1e-13, "network {place}, {}: {difference}", choice.name());
        }
    }
}

#[test]
fn exact_derivatives_agree_with_differences_for_every_smooth_network_and_engine() {
    let error = |found: &[f64], wanted: &[f64]| {
        let difference: Vec<f64> = found.iter().zip(wanted).map(|(a, b)| a - b).collect();
        norm(&difference) / norm(wanted)
    };
    for (place, network) in smooth().into_iter().enumerate() {
        let mut case = Case::<f64>::new(&network, 100);
        let batch = case.batch(&network);
        for choice in ENGINES {
            let mut objective = Objective::new(network, &batch, choice, 0.125);
            let n = case.theta.len();
            let (mut exact, mut found, mut scratch) = (vec![0.0; n], vec![0.0; n], vec![0.0; 2 * n]);
            objective.gradient(&case.theta, &mut exact).unwrap();
            difference::gradient(&mut objective, &mut case.theta, 1e-6, &mut found).unwrap();
            let gradient = error(&found, &exact);
            assert!(gradient < 1e-8, "network {place}, {}: gradient {gradient}", choice.name());
            objective.hessian_vector(&case.theta, &case.v, &mut exact).unwrap();
            difference::hessian_vector(&mut objective, &case.theta, &case.v, 1e-6, &mut found, &mut scratch)
                .unwrap();
            let product = error(&found, &exact);
            assert!(product < 1e-7, "network {place}, {}: product {product}", choice.name());
        }
    }
}
