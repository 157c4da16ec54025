//! `hessian --diagonal`, `--trace` and `--density`: exact where that is cheap, else within their errors.

use workbench::case::Case;
use workbench::golden::Golden;
use workbench::network::{Activation, Network};
use workbench::results::{difference, expect_png};

use crate::spectra::table;

/// The diagonal of the Hessian of linear regression with `outputs` outputs: mean squares of the inputs, then 1.
fn squares(case: &Case, outputs: usize) -> Vec<f64> {
    let width = case.network.widths[0];
    let count = case.inputs.len() / width;
    let mean =
        |column| case.inputs.iter().skip(column).step_by(width).map(|x| x * x).sum::<f64>() / count as f64;
    let means: Vec<f64> = (0..width).map(mean).collect();
    [means.repeat(outputs), vec![1.0; outputs]].concat()
}

#[test]
fn the_diagonal_of_linear_regression_is_the_mean_of_squared_inputs() {
    let case = Case::of_arrays(Network {
        activation: Activation::Identity,
        squared: true,
        ..Network::new(&[11, 3])
    });
    let wanted = squares(&case, 3);
    let _ = case.summary(&["hessian", "--theta=theta.npy", "--diagonal", "--json"]);
    let exact = table(&case, "diagonal.csv");
    assert_eq!(exact.columns, ["index", "diagonal", "standard_error"]);
    assert!(difference(&exact.numbers("diagonal"), &wanted) < 1e-12);
    assert_eq!(exact.numbers("standard_error"), [0.0; 36]);
    let _ = case.summary(&["hessian", "--theta=theta.npy", "--all", "--diagonal", "--json", "--force"]);
    assert!(difference(&table(&case, "diagonal.csv").numbers("diagonal"), &wanted) < 1e-12);
    // fewer probes than entries: each within five of its standard errors, which are not small
    let _ = case.summary(&["hessian", "--theta=theta.npy", "--diagonal", "--probes=30", "--json", "--force"]);
    let drawn = table(&case, "diagonal.csv");
    let pairs = drawn.numbers("diagonal").into_iter().zip(drawn.numbers("standard_error"));
    for ((found, error), wanted) in pairs.zip(&wanted) {
        assert!(error > 1e-3 && (found - wanted).abs() < 5.0 * error, "{found} ± {error}, wanted {wanted}");
    }
}

#[test]
fn a_trace_is_exact_where_it_is_cheap_and_else_within_its_error() {
    let golden = Golden::read("tanh");
    let wanted: f64 = golden.spectrum.iter().sum();
    let exact = golden.case.summary(&["hessian", "--theta=theta.npy", "--trace", "--json"]);
    assert!((exact["trace"].as_f64().unwrap() / wanted - 1.0).abs() < 1e-12);
    assert_eq!(exact["trace_standard_error"], 0.0);
    let (mut errors, mut mean, mut variance) = (Vec::new(), 0.0, 0.0);
    for seed in 1..=10 {
        let seed = format!("--seed={seed}");
        let arguments =
            ["hessian", "--theta=theta.npy", "--trace", "--probes=30", "--json", "--force", &seed];
        let drawn = golden.case.summary(&arguments);
        let (found, error) =
            (drawn["trace"].as_f64().unwrap(), drawn["trace_standard_error"].as_f64().unwrap());
        assert!(error > 0.0);
        errors.push((found - wanted).abs() / error);
        mean += found / 10.0;
        variance += error * error / 100.0;
    }
    // ten draws of a t distribution with nine degrees of freedom or more: all below 5, half of them below 1.5
    errors.sort_by(f64::total_cmp);
    assert!(errors[9] < 5.0 && errors[5] < 1.5 && errors[9] > 0.1, "{errors:?}");
    // and without bias: together they are nearer than one alone is
    let error = variance.sqrt();
    assert!(
        (mean - wanted).abs() < 3.0 * error && error < 0.03 * wanted,
        "{mean} ± {error}, wanted {wanted}"
    );
}

#[test]
fn the_density_is_that_of_the_spectrum_within_its_errors() {
    let golden = Golden::read("tanh");
    let arguments =
        ["hessian", "--theta=theta.npy", "--density", "--probes=40", "--top=1", "--bottom=1", "--json"];
    let _ = golden.case.summary(&arguments);
    let found = table(&golden.case, "density.csv");
    assert_eq!(found.columns, ["eigenvalue", "density", "standard_error"]);
    let (places, density, errors) =
        (found.numbers("eigenvalue"), found.numbers("density"), found.numbers("standard_error"));
    let width: f64 = found.setting("smoothing").parse().unwrap();
    let (n, step) = (golden.spectrum.len() as f64, places[1] - places[0]);
    let mass: f64 = density.iter().map(|density| density * step).sum();
    assert!((mass - 1.0).abs() < 1e-4, "{mass}");
    let mean: f64 = places.iter().zip(&density).map(|(place, density)| place * density * step).sum();
    let wanted = golden.spectrum.iter().sum::<f64>() / n;
    assert!((mean - wanted).abs() < 0.02 * golden.scale(), "{mean} {wanted}");
    let share_within = |shift: f64| {
        let widened = |place: f64| {
            let height = |value: &f64| (-0.5 * ((place - value - shift) / width).powi(2)).exp();
            golden.spectrum.iter().map(height).sum::<f64>() / (n * width * std::f64::consts::TAU.sqrt())
        };
        let inside =
            places.iter().zip(&density).zip(&errors).filter(|((place, density), error)| {
                (*density - widened(**place)).abs() <= 4.0 * **error + 1e-9
            });
        inside.count() as f64 / places.len() as f64
    };
    assert!(share_within(0.0) > 0.97, "{}", share_within(0.0));
    assert!(share_within(2.0 * width) < 0.9, "the errors are not so wide that everything lies within");
    expect_png(&golden.case.path().join("out/hessian/density.png"));
}
