//! `hessian`: against spectra at 60 digits, closed forms, and matrices differenced from a plain network.

use serde_json::Value;
use workbench::case::{Case, object};
use workbench::curvature::{fisher, gauss_newton};
use workbench::golden::Golden;
use workbench::network::{Activation, Network};
use workbench::results::{Results, difference, expect_png, expect_svg};
use workbench::symmetric::{eigenvalues, moment};

/// A share of the largest |λ|: matrices of at most 40 examples in double precision.
const ROUNDING: f64 = 1e-13;
/// A share of the largest |λ|: differences of outputs with a step of 1e-5.
const DIFFERENCED: f64 = 1e-9;
/// The default of --tolerance.
pub const TOLERANCE: f64 = 1e-8;

/// The numbers of a list in a summary.
pub fn numbers(value: &Value) -> Vec<f64> {
    let entry = |entry: &Value| entry.as_f64().unwrap_or_else(|| panic!("{value}"));
    value.as_array().unwrap_or_else(|| panic!("{value} is no list")).iter().map(entry).collect()
}

/// A file that `hessian` wrote.
pub fn table(case: &Case, name: &str) -> Results {
    Results::read(&case.path().join("out/hessian").join(name))
}

/// The largest |found − wanted|.
pub fn apart(found: &[f64], wanted: &[f64]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    found.iter().zip(wanted).map(|(found, wanted)| (found - wanted).abs()).fold(0.0, f64::max)
}

/// The cases with dense layers alone.
fn golden() -> Vec<Golden> {
    let names = [
        "relu",
        "tanh",
        "sigmoid",
        "identity",
        "maxout",
        "linear_minimum",
        "linear_regression",
        "logistic_regression",
        "softmax_regression",
    ];
    names.map(Golden::read).into()
}

#[test]
fn the_whole_spectrum_and_what_follows_from_it_are_those_at_sixty_digits() {
    for Golden { case, spectrum, index, .. } in golden() {
        let scale = spectrum[0].abs().max(spectrum[spectrum.len() - 1].abs());
        let summary = case.summary(&["hessian", "--theta=theta.npy", "--all", "--json"]);
        let rows = table(&case, "hessian.csv");
        assert_eq!(rows.columns, ["index", "eigenvalue", "residual", "converged"]);
        assert!(apart(&rows.numbers("eigenvalue"), &spectrum) < ROUNDING * scale);
        let places: Vec<f64> = (0..spectrum.len()).map(|place| place as f64).collect();
        assert_eq!(rows.numbers("index"), places);
        assert!(rows.rows.iter().all(|row| row[3] == "true"));
        assert!(rows.numbers("residual").iter().all(|residual| *residual < ROUNDING));
        let (n, count) = (spectrum.len(), spectrum.len().min(5));
        assert!(apart(&numbers(&summary["top"]), &spectrum[..count]) < ROUNDING * scale);
        assert!(apart(&numbers(&summary["bottom"]), &spectrum[n - count..]) < ROUNDING * scale);
        let counts = ["negative", "zero", "positive"].map(|sign| summary["index"][sign].as_u64().unwrap());
        assert_eq!(counts, index);
        let trace: f64 = spectrum.iter().sum();
        assert!((summary["trace"].as_f64().unwrap() - trace).abs() < n as f64 * ROUNDING * scale);
        assert_eq!(summary["trace_standard_error"], 0.0);
        let frobenius = spectrum.iter().map(|value| value * value).sum::<f64>().sqrt();
        assert!(
            (summary["frobenius_norm"].as_f64().unwrap() - frobenius).abs() < ROUNDING * n as f64 * scale
        );
        assert_eq!(summary["converged"], true);
        expect_png(&case.path().join("out/hessian/hessian.png"));
        let _ = expect_svg(&case.path().join("out/hessian/hessian.svg"));
    }
}

#[test]
fn both_ends_agree_with_the_whole_spectrum_and_their_residuals_say_how_well() {
    for golden in golden() {
        let (case, scale, n) = (&golden.case, golden.scale(), golden.spectrum.len());
        let (top, bottom) = (4.min(n), 3.min(n - 4));
        let summary = case.summary(&["hessian", "--theta=theta.npy", "--top=4", "--bottom=3", "--json"]);
        let found = [numbers(&summary["top"]), numbers(&summary["bottom"])].concat();
        let residuals = [numbers(&summary["top_residuals"]), numbers(&summary["bottom_residuals"])].concat();
        let wanted = [&golden.spectrum[..top], &golden.spectrum[n - bottom..]].concat();
        assert_eq!(found.len(), wanted.len());
        for ((found, wanted), residual) in found.iter().zip(&wanted).zip(&residuals) {
            assert!(*residual <= TOLERANCE);
            assert!((found - wanted).abs() <= (residual + ROUNDING) * scale, "{found} {wanted} {residual}");
        }
        let rows = table(case, "hessian.csv");
        // the JSON reader of this test may be one bit off
        assert!(difference(&rows.numbers("eigenvalue"), &found) < 1e-15);
        assert!(apart(&rows.numbers("residual"), &residuals) < 1e-20);
        let places: Vec<f64> = (0..top).chain(n - bottom..n).map(|place| place as f64).collect();
        assert_eq!(rows.numbers("index"), places);
        assert_eq!(rows.setting("tolerance"), "1e-8");
        assert!(
            summary["trace"].is_null() && summary["index"].is_null() && summary["frobenius_norm"].is_null()
        );
        assert!(summary["products"].as_u64().unwrap() > 7);
    }
}

/// The Hessian of linear regression is the second moment of (x, 1), once for each output.
#[test]
fn every_copy_of_a_repeated_eigenvalue_is_found_and_none_beyond_them() {
    let case = Case::of_images(Network {
        activation: Activation::Identity,
        squared: true,
        ..Network::new(&[36, 4])
    });
    let rows: Vec<Vec<f64>> = case.inputs.chunks(36).map(|x| [x, &[1.0]].concat()).collect();
    let values = eigenvalues(&moment(rows.iter().map(Vec::as_slice), 37, rows.len()), 37);
    let copies: Vec<f64> = values.iter().flat_map(|value| [*value; 4]).collect();
    for block in ["1", "2", "4"] {
        let option = format!("--block={block}");
        let common = ["hessian", "--theta=theta.npy", "--json", "--force", &option];
        let summary = case.summary(&[&common[..], &["--top=6", "--bottom=4"]].concat());
        assert!(difference(&numbers(&summary["top"]), &copies[..6]) < 1e-9, "{block}: {}", summary["top"]);
        assert!(
            apart(&numbers(&summary["bottom"]), &copies[144..]) < 1e-8 * values[0],
            "{}",
            summary["bottom"]
        );
        assert_eq!(summary["settings"]["block"], block);
        // the first value stands off far, so that its four copies are soon sure to be all
        let first = case.summary(&[&common[..], &["--top=4", "--bottom=0"]].concat());
        assert!(difference(&numbers(&first["top"]), &copies[..4]) < 1e-9);
        if block == "1" {
            let notes = first["notes"].to_string();
            assert!(notes.contains("no further copy of one: one that lies outside these by more"), "{notes}");
        }
    }
}

#[test]
fn what_converged_is_an_answer_and_a_note_tells_that_its_confirmation_was_cut_short_or_left_out() {
    let case = Case::of_images(Network {
        activation: Activation::Identity,
        squared: true,
        ..Network::new(&[36, 4])
    });
    let common = ["hessian", "--theta=theta.npy", "--top=4", "--bottom=0", "--json", "--force"];
    let whole = case.summary(&common);
    let short = format!("--max-products={}", whole["products"].as_u64().unwrap() - 1);
    let cut = case.summary(&[&common[..], &[&short]].concat());
    assert_eq!(cut["converged"], true);
    assert!(difference(&numbers(&cut["top"]), &numbers(&whole["top"])) < 1e-12);
    let notes = cut["notes"].to_string();
    assert!(notes.contains(&short.replace('=', " ")), "{notes}");
    let left_out = case.summary(&[&common[..], &["--confirm=0"]].concat());
    assert!(left_out["notes"].to_string().contains("no search for missed eigenvalues was made"));
}

#[test]
fn products_by_differences_find_the_same_ends_without_a_line_in_common() {
    for name in ["tanh", "sigmoid"] {
        let golden = Golden::read(name);
        let arguments = ["hessian", "--theta=theta.npy", "--method=difference", "--tolerance=1e-6", "--json"];
        let summary = golden.case.summary(&arguments);
        let n = golden.spectrum.len();
        // truncation h² and rounding ε/h balance near 1e-10
        let bound = 1e-8 * golden.scale();
        assert!(apart(&numbers(&summary["top"]), &golden.spectrum[..5]) < bound);
        assert!(apart(&numbers(&summary["bottom"]), &golden.spectrum[n - 5..]) < bound);
        assert_eq!(summary["settings"]["method"], "difference");
        let notes = summary["notes"].to_string();
        assert!(notes.contains("whose own error the residuals do not see"), "{notes}");
    }
}

/// Gauss–Newton and Fisher matrices of a network, from differences of its plain outputs.
fn differenced(case: &Case) -> [(&'static str, Vec<f64>); 2] {
    let Case { network, theta, inputs, targets, .. } = case;
    [
        ("ggn", gauss_newton(network, theta, inputs, targets)),
        ("fisher", fisher(network, theta, inputs, targets)),
    ]
}

#[test]
fn gauss_newton_and_fisher_have_the_spectra_of_matrices_from_plain_outputs() {
    for name in ["tanh", "sigmoid", "identity", "maxout", "softmax_regression"] {
        let Golden { case, .. } = Golden::read(name);
        let n = case.theta.len();
        for (matrix, entries) in differenced(&case) {
            let wanted = eigenvalues(&entries, n);
            let bound = DIFFERENCED * wanted[0];
            let option = format!("--matrix={matrix}");
            let summary =
                case.summary(&["hessian", "--theta=theta.npy", "--all", &option, "--json", "--force"]);
            let found = table(&case, "hessian.csv").numbers("eigenvalue");
            assert!(apart(&found, &wanted) < bound, "{name} {matrix}: {}", apart(&found, &wanted));
            assert_eq!(summary["settings"]["matrix"], matrix);
            // by default the crowd at zero is not looked at, and the answer is clean
            let summary = case.summary(&["hessian", "--theta=theta.npy", &option, "--json", "--force"]);
            assert!(apart(&numbers(&summary["top"]), &wanted[..5]) < bound);
            assert_eq!((numbers(&summary["bottom"]), &summary["converged"]), (vec![], &Value::Bool(true)));
            assert_eq!(summary["settings"]["bottom"], "0");
        }
    }
}

#[test]
fn the_crowd_at_zero_is_bounded_even_where_nothing_has_converged() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    let run = case.run(&[
        "hessian",
        "--theta=theta.npy",
        "--matrix=fisher",
        "--bottom=5",
        "--max-products=90",
        "--json",
    ]);
    let summary = object(&run.code(1));
    let bottom = numbers(&summary["bottom"]);
    assert!(bottom.iter().all(|value| (-1e-12..1e-2).contains(value)), "{bottom:?}");
    let bound = format!("lie between 0 and {}", &bottom[0].to_string()[..6]);
    assert!(summary["notes"].to_string().contains(&bound), "{bound} in {}", summary["notes"]);
    let few = case.summary(&[
        "hessian",
        "--theta=theta.npy",
        "--matrix=fisher",
        "--examples=50",
        "--force",
        "--json",
    ]);
    let note = "its rank is at most 50 (50 examples): at least 241 eigenvalues are 0";
    assert!(few["notes"].to_string().contains(note), "{}", few["notes"]);
}
