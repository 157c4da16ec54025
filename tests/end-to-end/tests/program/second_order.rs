//! `step`, `critical` and the other ways of training, against plain costs and answers on paper.

use workbench::case::Case;
use workbench::files::{npy_f64, npy_rows};
use workbench::network::{Activation, Network};
use workbench::program::thalweg;
use workbench::results::{Results, difference, expect_png, expect_svg};

/// Smooth networks, one of them a quadratic cost.
fn smooth() -> Vec<Case> {
    let network =
        |widths: &[usize], activation, squared| Network { activation, squared, ..Network::new(widths) };
    vec![
        Case::of_images(Network { decay: 0.01, ..network(&[36, 5, 4], Activation::Tanh, false) }),
        Case::of_arrays(network(&[11, 6, 3], Activation::Sigmoid, true)),
        Case::of_arrays(network(&[11, 3], Activation::Identity, true)),
    ]
}

/// ∇J by central differences of the plain cost.
fn gradient(case: &Case) -> Vec<f64> {
    let at = |index: usize, by: f64| {
        let mut theta = case.theta.clone();
        theta[index] += by;
        case.network.measure(&theta, &case.inputs, &case.targets).cost
    };
    (0..case.theta.len()).map(|index| (at(index, 1e-5) - at(index, -1e-5)) / 2e-5).collect()
}

fn figure(summary: &serde_json::Value, name: &str) -> f64 {
    summary[name].as_f64().unwrap_or_else(|| panic!("{name} in {summary}"))
}

#[test]
fn a_step_promises_and_brings_what_plain_costs_say() {
    for case in smooth() {
        let g = gradient(&case);
        let square: f64 = g.iter().map(|entry| entry * entry).sum();
        let cost = |by: f64| case.measure((by, &g), (0.0, &g)).cost;
        let h = 1e-2;
        let second = (-cost(2.0 * h) + 16.0 * cost(h) - 30.0 * cost(0.0) + 16.0 * cost(-h) - cost(-2.0 * h))
            / (12.0 * h * h);
        let summary = case.summary(&["step", "--theta=theta.npy", "--sizes=-3:1:5", "--json"]);
        assert_eq!(summary["settings"]["precision"], "f64");
        assert!(difference(&[figure(&summary, "cost")], &[cost(0.0)]) < 1e-12);
        assert!(difference(&[figure(&summary, "gradient_norm")], &[square.sqrt()]) < 1e-7);
        let ghg = figure(&summary, "ghg");
        assert!((ghg - second).abs() < 1e-5 * square, "{ghg} {second}");
        let table = Results::read(&case.path().join("out/step/step.csv"));
        assert_eq!(table.columns, ["step_size", "predicted_cost", "actual_cost"]);
        let sizes = table.numbers("step_size");
        assert_eq!(sizes, [0.125, 0.25, 0.5, 1.0, 2.0]);
        let actual: Vec<f64> = sizes.iter().map(|size| cost(-size)).collect();
        assert!(difference(&table.numbers("actual_cost"), &actual) < 1e-7);
        let promised: Vec<f64> =
            sizes.iter().map(|size| cost(0.0) - size * square + 0.5 * size * size * second).collect();
        assert!(difference(&table.numbers("predicted_cost"), &promised) < 1e-4);
        // λ_max is at least the curvature along any direction
        assert!(figure(&summary, "largest_eigenvalue") >= ghg / square * (1.0 - 1e-6));
        if ghg > 0.0 {
            assert!(difference(&[figure(&summary, "best_step")], &[square / ghg]) < 1e-6);
        } else {
            assert!(summary["best_step"].is_null() && summary["actual_cost"].is_null());
        }
        expect_png(&case.path().join("out/step/step.png"));
        let _ = expect_svg(&case.path().join("out/step/step.svg"));
    }
}

#[test]
fn the_largest_eigenvalue_of_linear_regression_is_that_of_its_inputs() {
    let case = Case::of_arrays(Network {
        activation: Activation::Identity,
        squared: true,
        ..Network::new(&[11, 3])
    });
    let count = case.inputs.len() / 11;
    let extended: Vec<Vec<f64>> =
        case.inputs.chunks(11).map(|row| row.iter().copied().chain([1.0]).collect()).collect();
    let mut v = vec![1.0; 12];
    let mut value = 0.0;
    for _ in 0..2_000 {
        let mut product = [0.0; 12];
        for row in &extended {
            let along: f64 = row.iter().zip(&v).map(|(x, v)| x * v).sum();
            product.iter_mut().zip(row).for_each(|(out, x)| *out += along * x / count as f64);
        }
        value = product.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        v = product.iter().map(|entry| entry / value).collect();
    }
    let summary = case.summary(&["step", "--theta=theta.npy", "--json"]);
    assert!(difference(&[figure(&summary, "largest_eigenvalue")], &[value]) < 1e-7);
    // on a quadratic every promise is kept
    let table = Results::read(&case.path().join("out/step/step.csv"));
    assert!(difference(&table.numbers("actual_cost"), &table.numbers("predicted_cost")) < 1e-10);
    let (promised, brought) = (figure(&summary, "predicted_cost"), figure(&summary, "actual_cost"));
    assert!(difference(&[promised], &[brought]) < 1e-12);
}

/// The linear network 3-3-3 without biases on whitened inputs, which learns a map with strengths 3, 2, 1, near
/// the critical point at which the first mode alone is learned.
fn linear_network(folder: &std::path::Path) {
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("a file");
    let layer = "[[layer]]\nwidth = 3\nbias = false\n";
    write("linear.toml", format!("input = 3\n{layer}activation = \"identity\"\n{layer}").as_bytes());
    let root = 3.0_f64.sqrt();
    let mut inputs = vec![0.0; 9];
    let mut targets = vec![0.0; 9];
    for (mode, strength) in [3.0, 2.0, 1.0].into_iter().enumerate() {
        inputs[4 * mode] = root;
        targets[4 * mode] = root * strength;
    }
    write("inputs.npy", &npy_rows(3, &inputs));
    write("targets.npy", &npy_rows(3, &targets));
    let mut theta: Vec<f64> = (0..18).map(|place| f64::from((place * 7) % 5) * 1e-3 - 2e-3).collect();
    theta[0] += root;
    theta[9] += root;
    write("theta.npy", &npy_f64(&theta));
}

#[test]
fn the_saddle_of_the_linear_network_is_found_with_the_cost_and_index_on_paper() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    linear_network(folder.path());
    let common =
        ["--model=linear.toml", "--loss=squared-error", "--inputs=inputs.npy", "--labels=targets.npy"];
    for method in ["levenberg-marquardt", "damped"] {
        let run = thalweg(folder.path())
            .arg("critical")
            .args(common)
            .args(["--theta=theta.npy", "--starts=2", "--json", "--method", method])
            .assert()
            .success();
        let summary = workbench::case::object(&run);
        assert_eq!((&summary["found"], &summary["distinct"]), (&2.into(), &1.into()), "{method}: {summary}");
        assert_eq!(summary["kinds"]["saddle"], 1);
        assert_eq!(summary["flat"], 0);
        let table = Results::read(&folder.path().join("out/critical/critical.csv"));
        let columns = "point,kind,cost,error,index_fraction,gradient_norm,start,duplicates";
        assert_eq!(table.columns.join(","), columns);
        // ½(2² + 1²), and (3 − 1)·(3 − 1) of 18 curvatures below 0
        assert!((table.numbers("cost")[0] - 2.5).abs() < 1e-9);
        assert!((table.numbers("index_fraction")[0] - 4.0 / 18.0).abs() < 1e-12);
        assert_eq!(table.numbers("duplicates"), [1.0]);
    }
    // saddle-free Newton leaves the saddle: it ends where J is 0
    let run = thalweg(folder.path())
        .arg("critical")
        .args(common)
        .args(["--theta=theta.npy", "--starts=1", "--method=saddle-free", "--json"])
        .assert()
        .success();
    assert_eq!(workbench::case::object(&run)["kinds"]["degenerate"], 1);
    let table = Results::read(&folder.path().join("out/critical/critical.csv"));
    assert!(table.numbers("cost")[0] < 1e-12);
    expect_png(&folder.path().join("out/critical/critical.png"));
}

#[test]
fn a_search_that_is_cut_short_is_in_the_file_and_flagged() {
    let case = Case::of_images(Network { activation: Activation::Tanh, ..Network::new(&[36, 5, 4]) });
    let run = case.run(&["critical", "--starts=3", "--steps=1", "--json"]).code(1);
    let summary = workbench::case::object(&run);
    assert_eq!((&summary["found"], &summary["flat"]), (&0.into(), &0.into()));
    let text = std::fs::read_to_string(case.path().join("out/critical/critical.csv")).expect("a table");
    assert_eq!(text.lines().filter(|line| line.contains(",unfinished,")).count(), 3);
}

#[test]
fn searches_along_a_run_start_there_and_nothing_depends_on_threads() {
    let case =
        Case::of_images(Network { activation: Activation::Tanh, decay: 0.01, ..Network::new(&[36, 3, 4]) });
    let _ = case.summary(&["train", "--epochs=4", "--precision=f64", "--out=run", "--json"]);
    let found: Vec<(serde_json::Value, Vec<u8>)> = ["1", "2"]
        .iter()
        .map(|threads| {
            let run = case.run_bare(&["critical", "--run=run", "--starts=8", "--json", "--threads", threads]);
            let table =
                std::fs::read_to_string(case.path().join("out/critical/critical.csv")).expect("a table");
            let rows: Vec<&str> = table.lines().filter(|line| !line.starts_with('#')).collect();
            (workbench::case::object(&run)["kinds"].clone(), rows.join("\n").into_bytes())
        })
        .collect();
    assert_eq!(found[0], found[1]);
}

#[test]
fn each_way_of_training_lowers_the_cost_and_names_itself() {
    let case =
        Case::of_images(Network { activation: Activation::Tanh, decay: 1e-3, ..Network::new(&[36, 8, 4]) });
    for (method, batch) in [("sgd", "50"), ("curvature-step", "50"), ("saddle-free", "all")] {
        let run = ["train", "--epochs=6", "--batch=50", "--json", "--force", "--method", method];
        let summary = case.summary(&run);
        assert_eq!(summary["settings"]["method"], method);
        assert_eq!(summary["settings"]["batch"], batch);
        let table = Results::read(&case.path().join("out/train/train.csv"));
        let costs = table.numbers("train_cost");
        assert!(costs[costs.len() - 1] < costs[0], "{method}: {costs:?}");
        assert!(difference(&[figure(&summary, "cost")], &costs[costs.len() - 1..]) < 1e-12);
    }
}

#[test]
fn a_watched_run_says_what_each_epoch_promised() {
    let case =
        Case::of_images(Network { activation: Activation::Tanh, decay: 1e-3, ..Network::new(&[36, 8, 4]) });
    let run = ["train", "--epochs=3", "--batch=50", "--precision=f64", "--watch=curvature", "--json"];
    let _ = case.summary(&[&run[..], &["--step-size=0.01", "--momentum=0"]].concat());
    let table = Results::read(&case.path().join("out/train/curvature.csv"));
    let columns = "epoch,step,train_cost,gradient_norm,ghg,largest_eigenvalue,smallest_eigenvalue,residual,top_share,\
                   predicted_change,actual_change,uphill_share";
    assert_eq!(table.columns.join(","), columns);
    assert_eq!(table.numbers("epoch"), [0.0, 1.0, 2.0, 3.0]);
    let (predicted, actual) = (table.numbers("predicted_change"), table.numbers("actual_change"));
    assert!(difference(&actual[..3], &predicted[..3]) < 1e-2, "{predicted:?} {actual:?}");
    assert!(table.numbers("residual").iter().all(|residual| *residual <= 1e-3));
    let costs = table.numbers("train_cost");
    let own = Results::read(&case.path().join("out/train/train.csv")).numbers("train_cost");
    assert!(difference(&costs, &own) < 1e-12);
    expect_png(&case.path().join("out/train/curvature.png"));
}

#[test]
fn what_cannot_be_done_is_refused_with_its_reason() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    for (code, arguments, part) in [
        (2, &["step"][..], "--theta"),
        (2, &["step", "--theta=theta.npy", "--sizes=1:0:3"], "MIN must be below MAX"),
        (2, &["step", "--theta=theta.npy", "--sizes=0:2000:3"], "between -126 and 126"),
        (2, &["critical", "--starts=0"], "at least 1"),
        (2, &["critical", "--method=newtn"], "newton"),
        (2, &["train", "--method=adam"], "--method"),
        (2, &["train", "--watch=loss"], "--watch"),
        (1, &["critical", "--model=784-128-10"], "101770 parameters"),
        (1, &["critical", "--run=nowhere"], "--run nowhere"),
    ] {
        let run = case.run_bare(arguments).code(code);
        let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(message.contains(part), "{arguments:?}: `{part}` in: {message}");
        assert!(!case.path().join("out").exists(), "{arguments:?} made a folder");
    }
}
