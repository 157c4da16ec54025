//! `line`, `plane` and `path` on a run: the geometry of its path, recomputed from the snapshots.

use workbench::case::{Case, object};
use workbench::network::Network;
use workbench::results::{Results, difference, expect_png, expect_svg};
use workbench::tensors;

/// A cost in f64 by two routes.
const DOUBLE: f64 = 1e-11;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// A run of six epochs in f64, and its snapshots.
fn trained() -> (Case, Vec<Vec<f64>>) {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    case.run(&["train", "--epochs=6", "--precision=f64", "--out=run"]).success();
    let snapshots = (0..=6)
        .map(|epoch| {
            tensors::read(&case.path().join(format!("run/snapshots/{epoch:04}.safetensors")), &case.network)
        })
        .collect();
    (case, snapshots)
}

/// Projection on the way from first to last and what is left of each snapshot, with the length of the way.
fn laid(snapshots: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>, f64) {
    let way = minus(&snapshots[snapshots.len() - 1], &snapshots[0]);
    let length = dot(&way, &way).sqrt();
    let unit: Vec<f64> = way.iter().map(|entry| entry / length).collect();
    let steps: Vec<Vec<f64>> = snapshots.iter().map(|theta| minus(theta, &snapshots[0])).collect();
    let projections: Vec<f64> = steps.iter().map(|step| dot(step, &unit)).collect();
    let off = |(step, along): (&Vec<f64>, &f64)| step.iter().zip(&unit).map(|(s, u)| s - along * u).collect();
    let residuals = steps.iter().zip(&projections).map(off).collect();
    (projections, residuals, length)
}

#[test]
fn a_path_is_laid_out_as_its_snapshots_lie() {
    let (case, snapshots) = trained();
    let run = ["path", "--run=run", "--precision=f64", "--surface=6x4", "--json"];
    let summary = object(&case.run_bare(&run).success());
    let (projections, residuals, length) = laid(&snapshots);
    let lengths: Vec<f64> = residuals.iter().map(|residual| dot(residual, residual).sqrt()).collect();
    let out = case.path().join("out/path");
    let path = Results::read(&out.join("path.csv"));
    assert_eq!(path.columns, ["step", "projection", "residual", "train_cost"]);
    assert_eq!(path.numbers("step"), [0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0]);
    let near = |found: &[f64], wanted: &[f64]| {
        found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-9 * length)
    };
    assert!(near(&path.numbers("projection"), &projections));
    assert!(near(&path.numbers("residual"), &lengths));
    let cost = |theta: &Vec<f64>| case.network.measure(theta, &case.inputs, &case.targets).cost;
    let costs: Vec<f64> = snapshots.iter().map(cost).collect();
    assert!(difference(&path.numbers("train_cost"), &costs) < DOUBLE);
    let largest = lengths.iter().copied().fold(0.0, f64::max) / length;
    assert!(difference(&[summary["residual_max"].as_f64().expect("a number")], &[largest]) < 1e-9);
    assert!(difference(&[summary["length"].as_f64().expect("a number")], &[length]) < 1e-9);
    assert!(summary["obstacle"].as_f64().is_some_and(|obstacle| obstacle >= 0.0));
    let surface = Results::read(&out.join("surface.csv"));
    assert_eq!(surface.columns, ["projection", "residual", "train_cost"]);
    assert_eq!(surface.rows.len(), 24);
    let found = surface.numbers("train_cost");
    assert!(
        difference(&[found[0], found[20]], &[costs[0], costs[6]]) < DOUBLE,
        "its corners are start and end"
    );
    for name in ["path", "surface"] {
        expect_png(&out.join(format!("{name}.png")));
        assert!(expect_svg(&out.join(format!("{name}.svg"))).contains("nats per example"));
    }
}

#[test]
fn a_random_walk_goes_elsewhere_with_the_same_steps() {
    let (case, _) = trained();
    let run = |more: &[&str]| {
        object(&case.run_bare(&[&["path", "--run=run", "--surface=3x2", "--json"], more].concat()).success())
    };
    let (training, walk) = (run(&[]), run(&["--walk"]));
    assert!(walk["length"].as_f64() < training["length"].as_f64());
    assert_ne!(walk, run(&["--walk", "--seed=5"]));
    assert!(walk["settings"]["path"].as_str().expect("a setting").contains("random walk"));
}

#[test]
fn a_plane_through_a_run_holds_its_share_of_the_path() {
    let (case, snapshots) = trained();
    let run =
        ["plane", "--run=run", "--directions=run", "--precision=f64", "--x=0:1:3", "--y=0:1:2", "--json"];
    let summary = object(&case.run_bare(&run).success());
    let (projections, residuals, length) = laid(&snapshots);
    let farthest = residuals.iter().max_by(|a, b| dot(a, a).total_cmp(&dot(b, b))).expect("a residual");
    let reach = dot(farthest, farthest).sqrt();
    let second: Vec<f64> = residuals.iter().map(|residual| dot(residual, farthest) / reach).collect();
    let inside: f64 = projections.iter().zip(&second).map(|(a, b)| a * a + b * b).sum();
    let whole: f64 =
        snapshots.iter().map(|theta| minus(theta, &snapshots[0])).map(|step| dot(&step, &step)).sum();
    assert!(difference(&[summary["in_plane_share"].as_f64().expect("a share")], &[inside / whole]) < 1e-9);
    let out = case.path().join("out/plane");
    let path = Results::read(&out.join("plane_path.csv"));
    let xs: Vec<f64> = projections.iter().map(|projection| projection / length).collect();
    let ys: Vec<f64> = second.iter().map(|along| along / reach).collect();
    for (found, wanted) in [(path.numbers("x"), xs), (path.numbers("y"), ys)] {
        assert!(found.iter().zip(&wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-9));
    }
    let cost = |theta: &Vec<f64>| case.network.measure(theta, &case.inputs, &case.targets).cost;
    let costs: Vec<f64> = snapshots.iter().map(cost).collect();
    assert!(
        difference(&path.numbers("train_cost"), &costs) < DOUBLE,
        "the path has its own cost, not the plane's"
    );
    let plane = Results::read(&out.join("plane.csv"));
    assert!(
        difference(&[plane.numbers("train_cost")[0], plane.numbers("train_cost")[2]], &[costs[0], costs[6]])
            < DOUBLE
    );
    let drawn = expect_svg(&out.join("plane.svg"));
    assert!(drawn.contains("squared length lies in this plane") && drawn.contains("start of the path"));
    expect_png(&out.join("plane.png"));
}

#[test]
fn principal_components_reach_as_far_as_the_path() {
    let (case, _) = trained();
    let run =
        ["plane", "--run=run", "--directions=pca", "--precision=f64", "--x=-1:1:3", "--y=-1:1:3", "--json"];
    let summary = object(&case.run_bare(&run).success());
    let share = summary["in_plane_share"].as_f64().expect("a share");
    assert!((0.5..=1.0).contains(&share), "{share}");
    let path = Results::read(&case.path().join("out/plane/plane_path.csv"));
    for axis in ["x", "y"] {
        let reach = path.numbers(axis).into_iter().fold(0.0, |reach: f64, place| reach.max(place.abs()));
        assert!((reach - 1.0).abs() < 1e-9, "{axis}: {reach}");
    }
    let line =
        object(&case.run_bare(&["line", "--run=run", "--directions=pca", "--x=-1:1:3", "--json"]).success());
    assert_eq!(line["settings"]["line"], "along pca");
}

#[test]
fn a_line_without_points_goes_from_start_to_end_of_the_run() {
    let (case, snapshots) = trained();
    let summary =
        object(&case.run_bare(&["line", "--run=run", "--precision=f64", "--x=0:2:5", "--json"]).success());
    let costs = Results::read(&case.path().join("out/line/line.csv")).numbers("train_cost");
    let at = |alpha: f64| {
        let (start, end) = (&snapshots[0], &snapshots[6]);
        let theta: Vec<f64> = start.iter().zip(end).map(|(a, b)| a + alpha * (b - a)).collect();
        case.network.measure(&theta, &case.inputs, &case.targets).cost
    };
    let wanted: Vec<f64> = [0.0, 0.5, 1.0, 1.5, 2.0].into_iter().map(at).collect();
    assert!(difference(&costs, &wanted) < DOUBLE);
    let rise = (wanted[1] - wanted[0]).max(wanted[2] - wanted[1]).max(wanted[2] - wanted[0]).max(0.0);
    let barrier = (wanted[1] - 0.5 * (wanted[0] + wanted[2])).max(0.0);
    for (figure, wanted) in [("rise", rise), ("barrier", barrier)] {
        let found = summary[figure].as_f64().expect("a number");
        assert!((found - wanted).abs() < 1e-10, "{figure}: {found} against {wanted}");
    }
    let plateau = [0.0, 0.5, 1.0].into_iter().find(|alpha| at(*alpha) < 0.9 * wanted[0]);
    assert_eq!(summary["plateau_end"].as_f64(), plateau);
}

#[test]
fn a_run_whose_data_changed_is_refused() {
    let (case, _) = trained();
    let mut labels = std::fs::read(case.path().join("data/train-labels-idx1-ubyte")).expect("labels");
    labels[8] = (labels[8] + 1) % 4;
    case.write("data/train-labels-idx1-ubyte", &labels);
    let run = case.run_bare(&["path", "--run=run"]).code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(message.contains("no longer what the run was trained on"), "{message}");
    case.run_bare(&["path", "--run=run", "--data=data", "--surface=3x2"]).success();
}

#[test]
fn a_folder_without_a_run_is_named() {
    let (case, _) = trained();
    let refused = |folder: &str, parts: &[&str]| {
        for command in ["path", "line", "plane"] {
            let run = case.run_bare(&[command, "--run", folder]).code(1);
            let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
            assert!(parts.iter().all(|part| message.contains(part)), "{command}: {message}");
        }
    };
    refused("nowhere", &["--run nowhere", "thalweg train"]);
    case.write("damaged/run.json", b"{\"model\": 3");
    refused("damaged", &["damaged/run.json"]);
    std::fs::remove_file(case.path().join("run/snapshots/0003.safetensors")).expect("a snapshot");
    for command in [&["path", "--run=run"][..], &["plane", "--run=run"]] {
        let run = case.run_bare(command).code(1);
        let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(message.contains("run/snapshots/0003.safetensors"), "{message}");
    }
}
