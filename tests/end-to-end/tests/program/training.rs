//! `train` and what it leaves behind.

use workbench::case::{Case, object};
use workbench::files::npy_labels;
use workbench::network::Network;
use workbench::program::thalweg;
use workbench::results::{Results, difference, expect_png, expect_svg};
use workbench::tensors;

/// A cost in f32 against the plain one in f64.
const SINGLE: f64 = 1e-6;

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_defaults_learn_the_embedded_digits() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = thalweg(folder.path()).args(["train", "--model", "784-128-10", "--json"]).assert().success();
    let summary = object(&run);
    let accuracy = summary["test_accuracy"].as_f64().expect("an accuracy");
    assert!(accuracy > 0.935, "{accuracy}");
    for figure in ["cost", "accuracy", "test_cost", "gradient_norm", "seconds"] {
        assert!(summary[figure].as_f64().is_some_and(|value| value > 0.0), "{figure} in {summary}");
    }
    assert_eq!(summary["settings"]["examples"], "10000");
    assert_eq!(summary["settings"]["test-examples"], "2000");
    assert_eq!(summary["settings"]["epochs"], "20");
    let table = Results::read(&folder.path().join("out/train/train.csv"));
    assert_eq!(table.rows.len(), 21);
    assert_eq!(table.numbers("test_accuracy").last(), Some(&accuracy));
}

#[test]
fn every_file_of_a_run_is_there_and_says_what_was_measured() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    let run = ["train", "--epochs=5", "--snapshots=2", "--batch=64", "--precision=f32", "--json"];
    let summary = case.summary(&run);
    let out = case.path().join("out/train");
    assert_eq!(
        names(&out),
        [
            ".thalweg",
            "end.safetensors",
            "run.json",
            "snapshots",
            "start.safetensors",
            "train.csv",
            "train.png",
            "train.svg"
        ]
    );
    let snapshots = ["0000.safetensors", "0002.safetensors", "0004.safetensors", "0005.safetensors"];
    assert_eq!(names(&out.join("snapshots")), snapshots);
    expect_png(&out.join("train.png"));
    assert!(expect_svg(&out.join("train.svg")).contains("Learning curve of 36-7-4"));
    let table = Results::read(&out.join("train.csv"));
    let columns =
        ["epoch", "step", "train_cost", "train_accuracy", "test_cost", "test_accuracy", "gradient_norm"];
    assert_eq!(table.columns, columns);
    assert_eq!(table.numbers("epoch"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(table.numbers("step"), [0.0, 5.0, 10.0, 15.0, 20.0, 25.0]);
    assert!(table.numbers("test_cost").iter().all(|cost| cost.is_nan()));
    assert!(summary["test_cost"].is_null() && summary["test_accuracy"].is_null());
    assert_eq!(summary["non_finite"], 0);
    for (epoch, file) in
        [(0, "start"), (0, "snapshots/0000"), (2, "snapshots/0002"), (5, "end"), (5, "snapshots/0005")]
    {
        let theta = tensors::read(&out.join(format!("{file}.safetensors")), &case.network);
        let wanted = case.network.measure(&theta, &case.inputs, &case.targets);
        assert!(difference(&table.numbers("train_cost")[epoch..=epoch], &[wanted.cost]) < SINGLE, "{file}");
        assert_eq!(table.numbers("train_accuracy")[epoch], wanted.accuracy);
    }
    let costs = table.numbers("train_cost");
    assert!(costs[5] < costs[0]);
    assert_eq!(summary["cost"].as_f64(), costs.last().copied());
}

#[test]
fn the_seed_and_nothing_else_chooses_the_path() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    let end = |out: &str, options: &[&str]| {
        let run = [&["train", "--epochs=2", "--out", out], options].concat();
        case.run(&run).success();
        std::fs::read(case.path().join(out).join("end.safetensors")).expect("an end")
    };
    for engine in ["--engine=fast", "--engine=exact"] {
        let one = end("one", &[engine, "--threads=1"]);
        assert_eq!(one, end("two", &[engine, "--threads=2"]));
        assert_eq!(one, end("again", &[engine, "--threads=3", "--seed=2015"]));
        assert_ne!(one, end("other", &[engine, "--seed=2016"]));
    }
}

#[test]
fn initialisers_do_what_they_are_called() {
    let case = Case::of_images(Network::new(&[36, 20, 4]));
    let start = |init: &str| {
        case.run(&["train", "--epochs=1", "--init", init]).success();
        tensors::read(&case.path().join("out/train/start.safetensors"), &case.network)
    };
    let weights = |theta: &[f64]| theta[..36 * 20].to_vec();
    let mean_square =
        |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64;
    assert!(start("zeros").iter().all(|value| *value == 0.0));
    let uniform = weights(&start("uniform:0.25"));
    assert!(uniform.iter().all(|weight| weight.abs() <= 0.25));
    // variance r²/3, over 720 draws good to 12 % at three standard deviations
    assert!((mean_square(&uniform) / (0.0625 / 3.0) - 1.0).abs() < 0.12);
    let normal = weights(&start("normal:0.5"));
    // variance s², good to 16 %
    assert!((mean_square(&normal) / 0.25 - 1.0).abs() < 0.16);
    let glorot = start("glorot");
    let bound = (6.0_f64 / 56.0).sqrt();
    assert!(weights(&glorot).iter().all(|weight| weight.abs() <= bound + 1e-6));
    assert!(glorot[720..740].iter().all(|bias| *bias == 0.0));
}

#[test]
fn training_that_diverges_says_where_and_keeps_what_was_reached() {
    let case = Case::of_images(Network { squared: true, ..Network::new(&[36, 7, 4]) });
    let run = case.run(&["train", "--step-size=1e30", "--epochs=3"]).code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(message.starts_with("error: ") && message.contains("epoch 1, step "), "{message}");
    assert!(message.contains("out/train"), "{message}");
    let start = tensors::read(&case.path().join("out/train/start.safetensors"), &case.network);
    assert!(start.iter().all(|value| value.is_finite()));
}

#[test]
fn an_own_network_is_trained_on_own_arrays_and_tested_on_others() {
    let case = Case::of_arrays(Network::new(&[11, 6, 3]));
    let inputs = std::fs::read(case.path().join("inputs.npy")).expect("inputs");
    case.write("more.npy", &inputs);
    case.write("answers.npy", &npy_labels(&[1; workbench::case::EXAMPLES]));
    let run = ["train", "--epochs=2", "--test-inputs=more.npy", "--test-labels=answers.npy", "--json"];
    let summary = case.summary(&run);
    assert!(summary["test_cost"].as_f64().is_some_and(f64::is_finite));
    let line = object(&case.run_bare(&["line", "--run=out/train", "--x=0:1:3", "--json"]).success());
    assert_eq!(line["settings"]["test-examples"], "300", "the run's record names its test data");
}
