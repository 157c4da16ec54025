//! What `hessian` says of its results: what has not converged, what was computed, what it refuses and why.

use std::path::Path;

use workbench::case::{Case, object};
use workbench::golden::Golden;
use workbench::network::{Activation, Network, Targets};
use workbench::results::Results;

use crate::spectra::{TOLERANCE, apart, numbers, table};

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
