//! A restricted line or plane is the line or plane, whatever of the network can be kept.

use thalweg_core::cost::Cost;
use thalweg_core::cost::mean_cost::{Ability, MeanCost};
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Examples, Targets};
use thalweg_core::network::builder::Builder;
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::network::operation::{Loss, Register};
use thalweg_core::network::{Network, View};
use thalweg_core::random::Random;
use thalweg_core::rules::loss::Tally;
use thalweg_core::subspace::restriction::{Plane, PlaneMemory, costs};
use thalweg_core::subspace::{OnLine, OnPlane};

/// Relative to each cost: either form rounds each pre-activation a few times, of terms up to ten times as large;
/// a hundred roundings in all, each amplified by at most as much by the later layers.
const MOVED: f64 = 1e-12;

const START: Builder<4> = Network::input(4).dense(4);
const STEP: Builder<12> = Network::input(4).linear(4);
const GATE: Builder<12> = Network::input(4).dense(5).sigmoid();

/// The first layer is kept.
static DEEP: Network<6> = Network::input(4).dense(5).tanh().dense(4).sigmoid().dense(4).squared_error();
/// A kept layer with a maximum behind it.
static MAXOUT: Network<6> = Network::input(4).maxout(3, 3).maxout(3, 2).dense(4).softmax_cross_entropy();
/// The weight that reads the input is read again, transposed, where the register moves.
static TIED: Network<4> = START.relu().tied(START.last()).squared_error();
/// The weight that reads the input is read again as it is.
static SHARED: Network<4> = START.tanh().shared(START.last()).squared_error();
/// Two layers read the input, and a product of their registers is read once more.
static GATED: Network<12> = {
    let value = GATE.at(Register::INPUT).dense(5).tanh().product(GATE.last());
    value.sum(GATE.last()).slice(1, 3).dense(4).squared_error()
};
/// A map and a slice of the input, which do not depend on θ, stand before the first weight.
static SLICED: Network<6> = Network::input(4).tanh().slice(1, 3).dense(5).relu().dense(4).squared_error();
/// The output is a layer that reads the input: everything is kept.
static REGRESSION: Network<2> = Network::input(4).dense(4).softmax_cross_entropy();
/// The weight that reads the input is used four times over: a recurrent network's unrolled steps.
static UNROLLED: Network<12> = {
    let first = STEP.tanh().shared(STEP.last()).tanh();
    first.shared(STEP.last()).tanh().shared(STEP.last()).squared_error()
};

fn networks() -> [View<'static>; 8] {
    [
        DEEP.view(),
        MAXOUT.view(),
        TIED.view(),
        SHARED.view(),
        GATED.view(),
        SLICED.view(),
        REGRESSION.view(),
        UNROLLED.view(),
    ]
}

const COUNT: usize = 11;
const XS: [f64; 5] = [-1.0, -0.3, 0.0, 0.7, 2.0];
const YS: [f64; 3] = [-0.5, 0.25, 1.5];

struct Case {
    inputs: Vec<f64>,
    theta: Vec<f64>,
    x: Vec<f64>,
    y: Vec<f64>,
}

fn case(network: &View<'_>) -> Case {
    let mut random = Random::new(2015);
    let mut normal = |count: usize| {
        let mut numbers = vec![0.0; count];
        random.fill_normal(&mut numbers);
        numbers
    };
    let (inputs, x, y) = (normal(COUNT * 4), normal(network.parameters()), normal(network.parameters()));
    let mut theta = vec![0.0; network.parameters()];
    initialise(network, Initialiser::NormalEverywhere(0.6), 3, &mut theta).expect("lengths fit");
    Case { inputs, theta, x, y }
}

fn examples<'c>(network: &View<'_>, case: &'c Case) -> Examples<'c, f64> {
    const LABELS: [u32; COUNT] = [0, 3, 1, 2, 2, 0, 1, 3, 1, 0, 2];
    let targets = if matches!(network.loss(), Some((Loss::SoftmaxCrossEntropy, _))) {
        Targets::Labels(&LABELS)
    } else {
        Targets::Values(&case.inputs)
    };
    Examples::new(network, &case.inputs, targets).expect("the examples fit")
}

/// The tallies of a grid, over `panels` panels of `L` examples at a time.
fn restricted<const L: usize>(
    network: View<'_>,
    examples: &Examples<'_, f64>,
    plane: Plane<'_, f64>,
    (xs, ys): (&[f64], &[f64]),
    panels: usize,
) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); xs.len() * ys.len()];
    let mut rows = vec![[0.0; L]; panels * network.plane_rows()];
    let mut weights = vec![0.0; network.largest_later_block()];
    let memory = PlaneMemory { rows: &mut rows, weights: &mut weights };
    costs(network, &mut Exact, examples, plane, (xs, ys), memory, &mut tallies).expect("lengths fit");
    tallies
}

#[test]
fn a_restricted_plane_is_the_plane_for_every_network() {
    for (place, network) in networks().into_iter().enumerate() {
        let case = case(&network);
        let examples = examples(&network, &case);
        let plane = Plane { origin: &case.theta, x: &case.x, y: Some(&case.y) };
        let found = restricted::<4>(network, &examples, plane, (&XS, &YS), 1);
        let mut memory = vec![[0.0; 4]; network.memory_rows(Ability::Cost)];
        let mut scratch = vec![0.0; network.parameters()];
        let mut plain = OnPlane {
            inner: MeanCost::new(network, Exact, examples, &mut memory),
            origin: &case.theta,
            x: &case.x,
            y: &case.y,
            scratch: &mut scratch,
        };
        for (index, tally) in found.iter().enumerate() {
            let wanted = plain.cost(&[XS[index % XS.len()], YS[index / XS.len()]]).unwrap();
            assert!(
                (tally.cost() / wanted - 1.0).abs() <= MOVED,
                "network {place}, point {index}: {tally:?} {wanted}"
            );
        }
    }
}

#[test]
fn a_restricted_line_is_the_line_for_every_network() {
    for (place, network) in networks().into_iter().enumerate() {
        let case = case(&network);
        let examples = examples(&network, &case);
        let line = Plane { origin: &case.theta, x: &case.x, y: None };
        let found = restricted::<1>(network, &examples, line, (&XS, &[0.0]), 3);
        let mut memory = vec![[0.0; 1]; network.memory_rows(Ability::Cost)];
        let mut scratch = vec![0.0; network.parameters()];
        let mut plain = OnLine {
            inner: MeanCost::new(network, Exact, examples, &mut memory),
            origin: &case.theta,
            direction: &case.x,
            scratch: &mut scratch,
        };
        for (a, tally) in XS.iter().zip(&found) {
            let wanted = plain.cost(&[*a]).unwrap();
            assert!(
                (tally.cost() / wanted - 1.0).abs() <= MOVED,
                "network {place} at {a}: {tally:?} {wanted}"
            );
        }
    }
}

#[test]
fn no_length_of_a_chunk_changes_a_bit_of_a_plane() {
    for network in networks() {
        let case = case(&network);
        let examples = examples(&network, &case);
        let plane = Plane { origin: &case.theta, x: &case.x, y: Some(&case.y) };
        let wanted = restricted::<1>(network, &examples, plane, (&XS, &YS), 1);
        for found in [
            restricted::<1>(network, &examples, plane, (&XS, &YS), 4),
            restricted::<1>(network, &examples, plane, (&XS, &YS), 100),
            restricted::<3>(network, &examples, plane, (&XS, &YS), 1),
            restricted::<4>(network, &examples, plane, (&XS, &YS), 2),
            restricted::<16>(network, &examples, plane, (&XS, &YS), 1),
        ] {
            assert_eq!(found, wanted);
        }
    }
}

/// A network that answers with the weight that its example points at: ½·weight², exactly.
static ECHO: Network<2> = Network::input(3).linear(1).squared_error();

/// The grid that a plane of [`ECHO`] is asked for, seen by one weight: √(2J), which is |weight|.
fn echo(weight: usize, y: Option<&[f64]>, xs: &[f64], ys: &[f64]) -> Vec<f64> {
    let mut input = [0.0; 3];
    input[weight] = 1.0;
    let examples = Examples::new(&ECHO.view(), &input, Targets::Values(&[0.0])).expect("the example fits");
    let plane = Plane { origin: &[7.0, 0.0, 0.0], x: &[0.0, 1.0, 0.0], y };
    let tallies = restricted::<1>(ECHO.view(), &examples, plane, (xs, ys), 1);
    tallies.iter().map(|tally| (2.0 * tally.cost()).sqrt()).collect()
}

#[test]
fn an_echo_gives_back_the_exact_grid_of_a_line_and_of_a_plane_square_or_not() {
    let (xs, ys) = ([0.25, 0.5, 1.0, 1.75, 3.0], [0.125, 2.0, 4.5]);
    let up: &[f64] = &[0.0, 0.0, 1.0];
    for (xs, ys) in [(&xs[..], &ys[..]), (&xs[..3], &ys[..]), (&xs[..1], &ys[..]), (&xs[..], &ys[2..])] {
        let by_x: Vec<f64> = ys.iter().flat_map(|_| xs.to_vec()).collect();
        let by_y: Vec<f64> = ys.iter().flat_map(|&y| vec![y; xs.len()]).collect();
        assert_eq!(echo(0, Some(up), xs, ys), vec![7.0; xs.len() * ys.len()]);
        assert_eq!(echo(1, Some(up), xs, ys), by_x);
        assert_eq!(echo(2, Some(up), xs, ys), by_y);
    }
    assert_eq!(echo(0, None, &xs, &[0.0]), [7.0; 5]);
    assert_eq!(echo(1, None, &xs, &[0.0]), xs);
    assert_eq!(echo(2, None, &xs, &[0.0]), [0.0; 5]);
}
