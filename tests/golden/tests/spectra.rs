//! Both ends of the golden spectra by Lanczos, with the residuals it states, against the whole spectrum.

use golden::case::{NetworkCase, exactly, read};
use golden::compare::largest;
use golden::host_route::rows;
use golden::networks;
use golden::route::{Data, sure};
use thalweg::curvature::spectrum::ends;
use thalweg::engine::Choice;
use thalweg::objective::Objective;
use thalweg_core::network::View;
use thalweg_core::spectrum::lanczos::Lanczos;

/// The tolerance of the residual, relative to the largest |λ|: by Weyl the eigenvalue lies within it.
const RESIDUAL: f64 = 1e-8;

/// The four largest and the four smallest eigenvalues, zeros and repeated ones with all their copies.
fn ends_agree(name: &str, network: View<'_>) {
    let case: NetworkCase = read(&format!("networks/{name}"));
    let data = Data::<f64>::new(&case.inputs, case.labels.as_ref(), case.values.as_ref());
    let batch = sure(rows(&data).pack(&network));
    let theta: Vec<f64> = exactly(&case.theta);
    let lanczos = Lanczos { top: 4, bottom: 4, tolerance: RESIDUAL, ..Lanczos::default() };
    for choice in [Choice::Exact, Choice::Fast] {
        let objective = Objective::new(network, &batch, choice, case.decay);
        let found = sure(ends(&mut sure(objective.linearise(&theta)), &lanczos));
        let descending: Vec<f64> = case.spectrum.iter().rev().copied().collect();
        let wanted = descending[..4].iter().chain(&descending[descending.len() - 4..]);
        let pairs: Vec<_> = found.top.iter().chain(&found.bottom).collect();
        assert_eq!(pairs.len(), 8, "{name} {}", choice.name());
        for (pair, wanted) in pairs.into_iter().zip(wanted) {
            let error = (pair.value - wanted).abs() / largest(&case.spectrum);
            assert!(pair.converged && pair.residual <= RESIDUAL, "{name} {}: {pair:?}", choice.name());
            assert!(error <= RESIDUAL, "{name} {}: {pair:?}, wanted {wanted}", choice.name());
        }
    }
}

#[test]
fn ends_of_the_relu_network_agree() {
    ends_agree("relu", networks::RELU.view());
}

#[test]
fn ends_of_the_tanh_network_agree() {
    ends_agree("tanh", networks::TANH.view());
}

#[test]
fn ends_of_the_sigmoid_network_with_decay_agree() {
    ends_agree("sigmoid", networks::SIGMOID.view());
}

#[test]
fn ends_of_the_identity_network_agree() {
    ends_agree("identity", networks::IDENTITY.view());
}

#[test]
fn ends_of_the_maxout_network_agree() {
    ends_agree("maxout", networks::MAXOUT.view());
}

#[test]
fn ends_of_the_tied_autoencoder_agree() {
    ends_agree("tied", networks::TIED.view());
}

#[test]
fn ends_of_the_linear_minimum_with_25_zeros_agree() {
    ends_agree("linear_minimum", networks::LINEAR_MINIMUM.view());
}

#[test]
fn ends_of_the_regressions_agree() {
    ends_agree("linear_regression", networks::LINEAR_REGRESSION.view());
    ends_agree("logistic_regression", networks::LOGISTIC_REGRESSION.view());
    ends_agree("softmax_regression", networks::SOFTMAX_REGRESSION.view());
}
