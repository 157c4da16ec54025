//! `hessian`: against spectra at 60 digits, closed forms, and matrices differenced from a plain network.

use std::path::Path;

use serde_json::Value;
use workbench::case::{Case, object};
use workbench::curvature::{fisher, gauss_newton};
use workbench::golden::Golden;
use workbench::network::{Activation, Network, Targets};
use workbench::results::{Results, difference, expect_png, expect_svg};
use workbench::symmetric::{eigenvalues, moment};

/// A share of the largest |λ|: matrices of at most 40 examples in double precision.
const ROUNDING: f64 = 1e-13;
/// A share of the largest |λ|: differences of outputs with a step of 1e-5.
const DIFFERENCED: f64 = 1e-9;
/// The default of --tolerance.
const TOLERANCE: f64 = 1e-8;

fn numbers(value: &Value) -> Vec<f64> {
    let entry = |entry: &Value| entry.as_f64().unwrap_or_else(|| panic!("{value}"));
    value.as_array().unwrap_or_else(|| panic!("{value} is no list")).iter().map(entry).collect()
}

fn table(case: &Case, name: &str) -> Results {
    Results::read(&case.path().join("out/hessian").join(name))
}

/// The largest |found − wanted|.
fn apart(found: &[f64], wanted: &[f64]) -> f64 {
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
fn a_search_for_missed_copies_that_is_cut_short_is_flagged_and_one_left_out_is_not() {
    let case = Case::of_images(Network {
        activation: Activation::Identity,
        squared: true,
        ..Network::new(&[36, 4])
    });
    let common = ["hessian", "--theta=theta.npy", "--top=4", "--bottom=0", "--json", "--force"];
    let whole = case.summary(&common);
    let short = format!("--max-products={}", whole["products"].as_u64().unwrap() - 1);
    let cut = object(&case.run(&[&common[..], &[&short]].concat()).code(1));
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

/// The products of the weights after each layer of a linear network, and the mean of x̃x̃ᵀ of its input x̃ = (x, 1).
fn linear_blocks(case: &Case) -> Vec<(Vec<f64>, usize, Vec<f64>, usize)> {
    let layers = case.network.layers();
    let mut weights: Vec<(&[f64], &[f64])> = Vec::new();
    let mut rest = &case.theta[..];
    for &(rows, columns) in &layers {
        weights.push((&rest[..rows * columns], &rest[rows * columns..rows * columns + rows]));
        rest = &rest[rows * columns + rows..];
    }
    let width = case.network.widths[0];
    let mut inputs: Vec<Vec<f64>> = case.inputs.chunks(width).map(<[f64]>::to_vec).collect();
    let mut blocks = Vec::new();
    for (layer, &(rows, columns)) in layers.iter().enumerate() {
        let extended: Vec<Vec<f64>> = inputs.iter().map(|x| [&x[..], &[1.0]].concat()).collect();
        let second = moment(extended.iter().map(Vec::as_slice), columns + 1, inputs.len());
        // each unit vector of this layer's outputs, sent through the layers after it
        let after: Vec<Vec<f64>> = (0..rows)
            .map(|unit| {
                let mut x: Vec<f64> = (0..rows).map(|row| f64::from(u8::from(row == unit))).collect();
                for (weight, bias) in &weights[layer + 1..] {
                    let rows = weight.chunks(weight.len() / bias.len());
                    x = rows.map(|row| row.iter().zip(&x).map(|(weight, x)| weight * x).sum()).collect();
                }
                x
            })
            .collect();
        let gram = (0..rows * rows)
            .map(|place| after[place / rows].iter().zip(&after[place % rows]).map(|(a, b)| a * b).sum())
            .collect();
        blocks.push((gram, rows, second, columns + 1));
        let (weight, bias) = weights[layer];
        inputs = inputs
            .iter()
            .map(|x| {
                let sums = weight.chunks(columns).zip(bias);
                sums.map(|(row, bias)| bias + row.iter().zip(x).map(|(weight, x)| weight * x).sum::<f64>())
                    .collect()
            })
            .collect();
    }
    blocks
}

#[test]
fn the_layers_of_a_linear_network_have_the_spectra_of_two_small_factors() {
    let golden = Golden::read("identity");
    let case = &golden.case;
    let _ = case.summary(&["hessian", "--theta=theta.npy", "--layers", "--json"]);
    let found = table(case, "layers.csv");
    let columns = "layer,first_parameter,parameters,largest,largest_residual,largest_converged,smallest,smallest_residual,smallest_converged,trace,trace_standard_error";
    assert_eq!(found.columns.join(","), columns);
    assert_eq!(found.numbers("first_parameter"), [0.0, 15.0, 27.0]);
    assert_eq!(found.numbers("parameters"), [15.0, 12.0, 12.0]);
    for (layer, (gram, rows, second, columns)) in linear_blocks(case).into_iter().enumerate() {
        let (a, b) = (eigenvalues(&gram, rows), eigenvalues(&second, columns));
        let (largest, smallest) = (a[0] * b[0], a[rows - 1] * b[columns - 1]);
        let trace = a.iter().sum::<f64>() * b.iter().sum::<f64>();
        for (column, wanted) in [("largest", largest), ("smallest", smallest), ("trace", trace)] {
            let number = found.numbers(column)[layer];
            assert!((number - wanted).abs() < 1e-12 * trace, "{column} of layer {layer}: {number} {wanted}");
        }
    }
    assert_eq!(found.numbers("trace_standard_error"), [0.0; 3]);
}

/// One layer's block of a ReLU network is that of Gauss–Newton, with a crowd at zero; that of a tanh network is not.
#[test]
fn layers_whose_smallest_eigenvalues_crowd_at_zero_are_bounded_and_others_flagged() {
    let relu = Case::of_images(Network::new(&[64, 9, 4]));
    let few =
        ["hessian", "--theta=theta.npy", "--layers", "--top=1", "--bottom=0", "--max-products=30", "--json"];
    let summary = relu.summary(&[&few[..], &["--examples=40"]].concat());
    let note = "converged or not, the smallest lies between 0 and the value shown";
    assert!(summary["notes"].to_string().contains(note), "{}", summary["notes"]);
    let found = table(&relu, "layers.csv");
    let place = found.columns.iter().position(|name| name == "smallest_converged").unwrap();
    assert!(found.rows.iter().any(|row| row[place] == "false"), "{:?}", found.rows);
    assert!(found.numbers("smallest").iter().all(|value| (-1e-12..1e-2).contains(value)));
    let tanh = Case::of_images(Network { activation: Activation::Tanh, ..Network::new(&[64, 9, 4]) });
    let summary = object(&tanh.run(&[&few[..], &["--examples=40"]].concat()).code(1));
    let notes = summary["notes"].to_string();
    assert!(!notes.contains(note) && notes.contains("an eigenvalue that has not converged to"), "{notes}");
}

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

#[test]
fn what_has_not_converged_is_in_the_file_flagged_with_its_residual() {
    let case = Case::of_images(Network { activation: Activation::Tanh, ..Network::new(&[36, 5, 4]) });
    let _ = case.summary(&["hessian", "--theta=theta.npy", "--all", "--json", "--out=all"]);
    let whole = Results::read(&case.path().join("all/hessian.csv")).numbers("eigenvalue");
    let scale = whole.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    for products in ["12", "16"] {
        let option = format!("--max-products={products}");
        let run = case.run(&["hessian", "--theta=theta.npy", &option, "--json", "--force"]).code(1);
        let summary = object(&run);
        assert_eq!(summary["converged"], false);
        assert!(summary["products"].as_u64().unwrap() <= products.parse().unwrap());
        let rows = table(&case, "hessian.csv");
        let flagged = rows.rows.iter().filter(|row| row[3] == "false").count();
        assert!(flagged > 0);
        let (values, residuals) = (rows.numbers("eigenvalue"), rows.numbers("residual"));
        for (row, (value, residual)) in rows.rows.iter().zip(values.iter().zip(&residuals)) {
            assert_eq!(row[3] == "true", *residual <= TOLERANCE);
            // wrong as it may be, some eigenvalue lies as near as the residual says
            let nearest = whole.iter().map(|whole| (whole - value).abs()).fold(f64::INFINITY, f64::min);
            assert!(nearest <= residual * scale * (1.0 + 1e-6), "{value} ± {residual}");
        }
        let notes = summary["notes"].to_string();
        let words = format!("{flagged} eigenvalues have not converged to 0.00000001: raise --max-products");
        assert!(notes.contains(&words), "{notes}");
    }
    let text = case.run(&["hessian", "--theta=theta.npy", "--max-products=15", "--force"]).code(1);
    let text = String::from_utf8_lossy(&text.get_output().stdout).into_owned();
    assert!(text.contains("converged        no"), "{text}");
}

#[test]
fn too_few_products_for_all_pairs_are_told_from_a_small_network() {
    let case = Case::of_images(Network::new(&[36, 5, 4]));
    let run = case.run(&["hessian", "--theta=theta.npy", "--max-products=1", "--json"]).code(1);
    let summary = object(&run);
    assert_eq!(summary["converged"], false);
    let notes = summary["notes"].to_string();
    assert!(notes.contains("of 10 eigenvalues were found: raise --max-products"), "{notes}");
    // two parameters have two eigenvalues: both are among the five smallest, and there is no flag
    let tiny = Case::of_numbers(
        Network { squared: true, ..Network::new(&[1, 1]) },
        vec![1.0, 3.0],
        Targets::Rows(vec![0.0, 0.0]),
        vec![1.0, 1.0],
    );
    let summary = tiny.summary(&["hessian", "--theta=theta.npy", "--top=1", "--json"]);
    // [[5, 2], [2, 1]]
    let wanted = [3.0 + 8.0_f64.sqrt(), 3.0 - 8.0_f64.sqrt()];
    assert!(apart(&numbers(&summary["top"]), &wanted[..1]) < 1e-14);
    assert!(apart(&numbers(&summary["bottom"]), &wanted) < 1e-14);
    assert_eq!(table(&tiny, "hessian.csv").rows.len(), 2);
}

#[test]
fn the_head_of_each_file_says_what_was_computed_how_well_and_what_does_not_follow() {
    let golden = Golden::read("sigmoid");
    let arguments =
        ["hessian", "--theta=theta.npy", "--density", "--diagonal", "--layers", "--trace", "--json"];
    let summary = golden.case.summary(&arguments);
    let printed = summary["notes"].to_string();
    for name in ["hessian.csv", "density.csv", "diagonal.csv", "layers.csv"] {
        let found = table(&golden.case, name);
        let notes: Vec<&str> = found
            .settings
            .iter()
            .filter(|(key, _)| key.starts_with("note-"))
            .map(|(_, value)| value.as_str())
            .collect();
        assert!(notes.len() >= 3, "{name}: {notes:?}");
        assert!(notes[0].starts_with("Hessian of J over 37 training examples (squared-error each), with weight decay 0.015625: 79 parameters, f64"), "{notes:?}");
        assert!(notes[notes.len() - 1].starts_with("this is the curvature on these examples at this θ"));
        assert!(notes.iter().all(|note| printed.contains(note)));
        assert_eq!(found.setting("theta"), "theta.npy");
    }
    let text = golden.case.run(&["hessian", "--theta=theta.npy", "--force"]).success();
    let text = String::from_utf8_lossy(&text.get_output().stdout).into_owned();
    assert!(!text.contains("none"), "what was not asked for is not shown as missing: {text}");
}

#[test]
fn single_precision_says_what_its_signs_are_worth() {
    let golden = Golden::read("linear_minimum");
    let arguments =
        ["hessian", "--theta=theta.npy", "--all", "--precision=f32", "--tolerance=1e-4", "--json"];
    let summary = golden.case.summary(&arguments);
    let found = table(&golden.case, "hessian.csv").numbers("eigenvalue");
    assert!(apart(&found, &golden.spectrum) < 1e-6 * golden.scale());
    assert!(summary["notes"].to_string().contains("the index is not to be trusted"));
    let trusted = golden.case.summary(&[&arguments[..], &["--zero=1e-5", "--force"]].concat());
    assert!(!trusted["notes"].to_string().contains("the index is not to be trusted"));
    assert_eq!(trusted["index"]["zero"], golden.index[1]);
}

#[test]
fn what_hessian_cannot_do_is_refused_with_its_reason() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    let mut theta = case.theta.clone();
    theta[3] = f64::NAN;
    case.write("nan.npy", &workbench::files::npy_f64(&theta));
    for (code, arguments, part) in [
        (2, &["--top=1"][..], "--theta"),
        (2, &["--theta=theta.npy", "--top=-1"], "--top"),
        (2, &["--theta=theta.npy", "--bottom=some"], "--bottom"),
        (2, &["--theta=theta.npy", "--tolerance=0"], "a finite number above 0"),
        (2, &["--theta=theta.npy", "--tolerance=NaN"], "a finite number above 0"),
        (2, &["--theta=theta.npy", "--zero=-1"], "--zero"),
        (2, &["--theta=theta.npy", "--max-products=0"], "at least 1"),
        (2, &["--theta=theta.npy", "--block=0"], "at least 1"),
        (2, &["--theta=theta.npy", "--density", "--probes=0"], "at least 1"),
        (2, &["--theta=theta.npy", "--density", "--steps=0"], "at least 1"),
        (2, &["--theta=theta.npy", "--density", "--smoothing=inf"], "a finite number above 0"),
        (2, &["--theta=theta.npy", "--matrix=gnn"], "ggn"),
        (2, &["--theta=theta.npy", "--method=diff"], "difference"),
        (1, &["--theta=theta.npy", "--method=difference", "--matrix=fisher"], "leave it out for --matrix"),
        (1, &["--theta=nan.npy"], "nan.npy"),
        (1, &["--theta=missing.npy"], "missing.npy"),
        (1, &["--run=nowhere"], "--run nowhere"),
    ] {
        let run = case.run(&[&["hessian"][..], arguments].concat()).code(code);
        let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(message.contains(part), "{arguments:?}: `{part}` in: {message}");
        assert!(!Path::new(&case.path().join("out")).exists(), "{arguments:?} made a folder");
    }
    // the whole matrix of a network of ten million parameters: refused before anything is allocated
    let large =
        case.run_bare(&["train", "--model=784-12000-10", "--epochs=0", "--examples=1", "--out=large"]);
    let _ = large.success();
    let run = case.run_bare(&["hessian", "--run=large", "--examples=1", "--all"]).code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(message.contains("--all") && message.contains("of memory"), "{message}");
    assert!(!case.path().join("out").exists());
}
