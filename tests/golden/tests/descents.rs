//! One test for each golden run of descent, step by step, by every route.

use golden::case::{DescentCase, read};
use golden::compare::Distance;
use golden::descent::{by_core, by_host, in_place, parts};
use golden::networks;
use thalweg::engine::Choice;
use thalweg_core::network::View;

fn routes(case: &DescentCase, network: View<'_>) -> [(&'static str, Vec<Distance>); 8] {
    [
        ("core f64, one by one", by_core::<f64, 1>(case, network)),
        ("core f64, panels of 4", by_core::<f64, 4>(case, network)),
        ("core f32, one by one", by_core::<f32, 1>(case, network)),
        ("core f32, panels of 4", by_core::<f32, 4>(case, network)),
        ("host f64 exact", by_host::<f64>(case, network, Choice::Exact)),
        ("host f64 fast", by_host::<f64>(case, network, Choice::Fast)),
        ("host f32 exact", by_host::<f32>(case, network, Choice::Exact)),
        ("host f32 fast", by_host::<f32>(case, network, Choice::Fast)),
    ]
}

/// Both quantities of each of the 20 steps are near enough by every route.
fn agree(name: &str, network: View<'_>) {
    let case: DescentCase = read(&format!("descents/{name}"));
    assert_eq!((parts(&case).count(), case.costs.len(), case.thetas.len()), (20, 20, 20));
    for (route, distances) in routes(&case, network) {
        assert_eq!(distances.len(), 40, "{name} by {route}");
        for (index, distance) in distances.iter().enumerate() {
            assert!(distance.holds(), "{name} by {route}, step {}: {distance:?}", index / 2);
        }
    }
}

#[test]
fn sigmoid_network_with_cross_entropy_descends_as_recorded() {
    agree("sigmoid", networks::SIGMOID_DESCENT.view());
}

#[test]
fn relu_network_with_squared_error_descends_as_recorded() {
    agree("relu", networks::RELU_DESCENT.view());
}

#[test]
fn tanh_network_descends_one_by_one_as_recorded() {
    agree("one_by_one", networks::ONE_BY_ONE_DESCENT.view());
}

#[test]
fn tanh_network_descends_one_by_one_in_place_as_recorded() {
    let case: DescentCase = read("descents/one_by_one");
    let network = networks::ONE_BY_ONE_DESCENT.view();
    for distances in [in_place::<f64>(&case, network), in_place::<f32>(&case, network)] {
        assert_eq!(distances.len(), 40);
        for (index, distance) in distances.iter().enumerate() {
            assert!(distance.holds(), "step {}: {distance:?}", index / 2);
        }
    }
}

/// A change of a golden file, and the place of the first distance that then does not hold.
type Change = (fn(&mut DescentCase), usize);

/// What is wrong in a file is found by every route, and at its step.
#[test]
fn a_changed_file_is_found() {
    let case: DescentCase = read("descents/relu");
    let changes: [Change; 6] = [
        (|case| case.costs[7] *= 1.001, 14),
        (|case| case.thetas[19][3] += 1e-3, 39),
        (|case| case.momentum *= 0.999, 3),
        (|case| case.step_size *= 1.001, 1),
        (|case| case.decay *= 1.01, 0),
        (|case| case.orders[0].swap(7, 8), 0),
    ];
    for (place, (change, first)) in changes.into_iter().enumerate() {
        let mut changed = case.clone();
        change(&mut changed);
        for (route, distances) in routes(&changed, networks::RELU_DESCENT.view()) {
            let found = distances.iter().position(|distance| !distance.holds());
            assert_eq!(found, Some(first), "change {place} by {route}");
        }
    }
}
