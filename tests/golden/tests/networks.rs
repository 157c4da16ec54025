//! One test for each golden network, by every route.

use golden::agreement::distances;
use golden::case::{NetworkCase, read};
use golden::compare::Distance;
use golden::core_route::Core;
use golden::host_route::Host;
use golden::networks;
use golden::route::{Data, Route};
use thalweg::engine::{Choice, Scalar};
use thalweg::files::model::{Activation, LayerShape, Model};
use thalweg_core::network::View;

/// Asks the core in two lengths of a chunk, and the host with both engines.
fn by_all_routes<T: Scalar>(
    case: &NetworkCase,
    network: View<'_>,
    each: &mut dyn FnMut(&str, Vec<Distance>),
) {
    let data = Data::<T>::new(&case.inputs, case.labels.as_ref(), case.values.as_ref());
    let mut routes: [Box<dyn Route<T> + '_>; 4] = [
        Box::new(Core::<T, 1>::new(network, &data, case.decay, 1)),
        Box::new(Core::<T, 4>::new(network, &data, case.decay, 3)),
        Box::new(Host::new(network, &data, case.decay, Choice::Exact)),
        Box::new(Host::new(network, &data, case.decay, Choice::Fast)),
    ];
    for route in &mut routes {
        each(&route.name(), distances(case, &network, route.as_mut()));
    }
}

fn agree(name: &str, network: View<'_>) {
    let case: NetworkCase = read(&format!("networks/{name}"));
    let mut check = |route: &str, distances: Vec<Distance>| {
        for distance in distances {
            assert!(distance.holds(), "{name} by {route}: {distance:?}");
        }
    };
    by_all_routes::<f64>(&case, network, &mut check);
    by_all_routes::<f32>(&case, network, &mut check);
}

#[test]
fn relu_network_has_its_golden_values() {
    agree("relu", networks::RELU.view());
}

#[test]
fn tanh_network_has_its_golden_values() {
    agree("tanh", networks::TANH.view());
}

#[test]
fn sigmoid_network_with_decay_has_its_golden_values() {
    agree("sigmoid", networks::SIGMOID.view());
}

#[test]
fn identity_network_has_its_golden_values() {
    agree("identity", networks::IDENTITY.view());
}

#[test]
fn maxout_network_has_its_golden_values() {
    agree("maxout", networks::MAXOUT.view());
}

#[test]
fn tied_autoencoder_has_its_golden_values() {
    agree("tied", networks::TIED.view());
}

#[test]
fn linear_minimum_has_its_golden_values() {
    agree("linear_minimum", networks::LINEAR_MINIMUM.view());
}

#[test]
fn linear_regression_has_its_golden_values() {
    agree("linear_regression", networks::LINEAR_REGRESSION.view());
}

#[test]
fn logistic_regression_has_its_golden_values() {
    agree("logistic_regression", networks::LOGISTIC_REGRESSION.view());
}

#[test]
fn softmax_regression_has_its_golden_values() {
    agree("softmax_regression", networks::SOFTMAX_REGRESSION.view());
}

/// Moves the largest entry by a thousandth of it, or by a thousandth where all are 0.
fn bend(numbers: &mut [f64]) {
    let largest = numbers.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    if let Some(entry) = numbers.iter_mut().find(|entry| entry.abs() == largest) {
        *entry += 1e-3 * if largest == 0.0 { 1.0 } else { largest };
    }
}

/// A change of a golden file, and the quantity that then no longer agrees.
type Change = (&'static str, fn(&mut NetworkCase));

const CHANGES: [Change; 14] = [
    ("cost", |case| case.cost *= 1.001),
    ("losses", |case| bend(&mut case.losses)),
    ("correct", |case| case.correct = case.correct.map(|correct| correct + 1)),
    ("gradient", |case| bend(&mut case.gradient)),
    ("input gradient", |case| bend(&mut case.input_gradient[0])),
    ("slope", |case| bend(&mut case.gradient)),
    ("products", |case| bend(&mut case.products[1])),
    ("Gauss-Newton products", |case| bend(&mut case.gauss_newton_products[0])),
    ("Fisher products", |case| bend(&mut case.fisher_products[2])),
    ("spectrum", |case| bend(&mut case.spectrum)),
    ("index", |case| case.index.zero += 1),
    ("costs of a restricted line or plane", |case| bend(&mut case.line.costs)),
    ("costs of a restricted line or plane", |case| bend(&mut case.wide.costs)),
    ("costs at a moved θ", |case| bend(&mut case.square.costs)),
];

fn quantities_that_fail<T: Scalar>(case: &NetworkCase, network: View<'_>) -> Vec<&'static str> {
    let data = Data::<T>::new(&case.inputs, case.labels.as_ref(), case.values.as_ref());
    let mut route = Core::<T, 1>::new(network, &data, case.decay, 1);
    let far = |distance: &Distance| (!distance.holds()).then_some(distance.quantity);
    distances(case, &network, &mut route).iter().filter_map(far).collect()
}

/// Every number of every file is held tightly enough that a thousandth is seen in both precisions.
#[test]
fn a_changed_file_is_found() {
    let files: [(&str, View<'_>); 3] = [
        ("tied", networks::TIED.view()),
        ("tanh", networks::TANH.view()),
        ("linear_minimum", networks::LINEAR_MINIMUM.view()),
    ];
    for (name, network) in files {
        let case: NetworkCase = read(&format!("networks/{name}"));
        for (quantity, change) in CHANGES {
            let mut changed = case.clone();
            change(&mut changed);
            if quantity != "correct" || case.correct.is_some() {
                let failing = quantities_that_fail::<f64>(&changed, network);
                assert!(failing.contains(&quantity), "{name} {quantity}: {failing:?}");
            }
            if !["correct", "index"].contains(&quantity) {
                let failing = quantities_that_fail::<f32>(&changed, network);
                assert!(failing.contains(&quantity), "{name} {quantity}: {failing:?}");
            }
        }
    }
}

/// What a user writes on the command line is the network that the core's builder says.
#[test]
fn the_model_of_each_file_is_the_same_list_of_operations() {
    let files: [(&str, View<'_>); 9] = [
        ("relu", networks::RELU.view()),
        ("tanh", networks::TANH.view()),
        ("sigmoid", networks::SIGMOID.view()),
        ("identity", networks::IDENTITY.view()),
        ("maxout", networks::MAXOUT.view()),
        ("linear_minimum", networks::LINEAR_MINIMUM.view()),
        ("linear_regression", networks::LINEAR_REGRESSION.view()),
        ("logistic_regression", networks::LOGISTIC_REGRESSION.view()),
        ("softmax_regression", networks::SOFTMAX_REGRESSION.view()),
    ];
    for (name, network) in files {
        let case: NetworkCase = read(&format!("networks/{name}"));
        let loss = network.loss().unwrap().0;
        let model = Model::parse(&case.network, case.activation.parse().unwrap(), loss).unwrap();
        assert_eq!((model.view(), model.loss_name()), (network, &case.loss[..]), "{name}");
    }
    let (name, network) = ("tied", networks::TIED.view());
    let case: NetworkCase = read(&format!("networks/{name}"));
    let layer = |width, activation, tied| LayerShape { width, bias: true, activation, tied };
    let layers = [layer(8, case.activation.parse().unwrap(), None), layer(20, Activation::Identity, Some(0))];
    let model = Model::new(&case.network, 20, &layers, network.loss().unwrap().0).unwrap();
    assert_eq!((model.view(), model.loss_name()), (network, &case.loss[..]), "{name}");
}
