//! `check-model`, `line` and `plane` give the numbers of a plain forward pass in double precision.

use workbench::case::Case;
use workbench::network::{Activation, Network, Targets};
use workbench::results::{Results, difference};

/// Sums of some hundred f64 products with a handful of roundings each, relative to a cost of order 1.
const DOUBLE: f64 = 1e-12;
/// The same in f32, with θ, directions and data that f32 holds exactly.
const SINGLE: f64 = 1e-6;
/// A central difference of the plain cost in f64, step 1e-6.
const GRADIENT: f64 = 1e-7;

const RUNS: [(&str, &str, f64); 4] =
    [("f64", "fast", DOUBLE), ("f64", "exact", DOUBLE), ("f32", "fast", SINGLE), ("f32", "exact", SINGLE)];

/// Each activation and both losses, with decay here and there, on images and on arrays.
fn cases() -> Vec<Case> {
    let network = |widths: &[usize], activation, squared, decay| Network {
        activation,
        squared,
        decay,
        ..Network::new(widths)
    };
    vec![
        Case::of_images(network(&[36, 9, 5], Activation::Relu, false, 0.0)),
        Case::of_images(network(&[36, 7, 6, 4], Activation::Tanh, true, 0.01)),
        Case::of_images(network(&[36, 4, 4], Activation::Maxout(3), false, 1e-3)),
        Case::of_arrays(network(&[11, 8, 5, 3], Activation::Sigmoid, false, 0.1)),
        Case::of_arrays(network(&[11, 6, 3], Activation::Identity, true, 0.0)),
        Case::of_arrays(network(&[11, 5, 3], Activation::Maxout(2), true, 0.0)),
        Case::of_arrays(network(&[11, 3], Activation::Relu, false, 0.0)),
    ]
}

fn near(found: &serde_json::Value, wanted: f64, tolerance: f64) {
    let found = found.as_f64().expect("a number");
    assert!(difference(&[found], &[wanted]) <= tolerance, "{found:e} against {wanted:e}");
}

#[test]
fn check_model_agrees() {
    for case in cases() {
        let wanted = case.network.measure(&case.theta, &case.inputs, &case.targets);
        let gradient = case.network.gradient_norm(&case.theta, &case.inputs, &case.targets);
        let norm = case.theta.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        for (precision, engine, tolerance) in RUNS {
            let run =
                ["check-model", "--theta=theta.npy", "--json", "--precision", precision, "--engine", engine];
            let summary = case.summary(&run);
            assert_eq!(summary["command"], "check-model");
            assert_eq!(summary["parameters"], case.theta.len());
            near(&summary["cost"], wanted.cost, tolerance);
            near(&summary["accuracy"], wanted.accuracy, 0.0);
            near(&summary["theta_norm"], norm, tolerance);
            near(&summary["gradient_norm"], gradient, tolerance.max(GRADIENT) * 4.0);
            assert_eq!(summary["settings"]["precision"], precision);
            assert_eq!(summary["settings"]["engine"], engine);
        }
    }
}

#[test]
fn a_line_along_a_direction_agrees_at_every_point() {
    for case in cases() {
        let direction = case.direction("direction.npy", 3, 0.3);
        for (precision, engine, tolerance) in RUNS {
            let run = ["line", "--theta=theta.npy", "--direction-x=direction.npy", "--x=-1:1.5:6", "--json"];
            let summary = case.summary(&[&run[..], &["--precision", precision, "--engine", engine]].concat());
            let found = Results::read(&case.path().join("out/line/line.csv"));
            assert_eq!(found.columns, ["alpha", "train_cost", "train_accuracy"]);
            let alphas = found.numbers("alpha");
            assert_eq!(alphas, [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5]);
            let wanted = alphas.iter().map(|&a| case.measure((a, &direction), (0.0, &direction)));
            let (costs, accuracies): (Vec<f64>, Vec<f64>) = wanted.map(|at| (at.cost, at.accuracy)).unzip();
            let off = difference(&found.numbers("train_cost"), &costs);
            assert!(off <= tolerance, "{precision} {engine} {}: {off:e}", case.network.spec());
            assert_eq!(found.numbers("train_accuracy"), accuracies);
            let lowest = costs.iter().copied().fold(f64::INFINITY, f64::min);
            near(&summary["minimum"]["cost"], lowest, tolerance);
        }
    }
}

#[test]
fn a_plane_agrees_at_every_point() {
    for case in cases() {
        let (x, y) = (case.direction("x.npy", 3, 0.3), case.direction("y.npy", 4, 0.2));
        for (precision, engine, tolerance) in RUNS {
            let run = [
                "plane",
                "--theta=theta.npy",
                "--direction-x=x.npy",
                "--direction-y=y.npy",
                "--x=-1:1:5",
                "--y",
                "0:1.5:3",
                "--json",
                "--precision",
                precision,
                "--engine",
                engine,
            ];
            let summary = case.summary(&run);
            let found = Results::read(&case.path().join("out/plane/plane.csv"));
            assert_eq!(found.columns, ["x", "y", "train_cost", "train_accuracy"]);
            let places: Vec<(f64, f64)> = found.numbers("x").into_iter().zip(found.numbers("y")).collect();
            assert_eq!(places.len(), 15);
            assert_eq!((places[0], places[14]), ((-1.0, 0.0), (1.0, 1.5)));
            let wanted = places.iter().map(|&(a, b)| case.measure((a, &x), (b, &y)));
            let (costs, accuracies): (Vec<f64>, Vec<f64>) = wanted.map(|at| (at.cost, at.accuracy)).unzip();
            let off = difference(&found.numbers("train_cost"), &costs);
            assert!(off <= tolerance, "{precision} {engine} {}: {off:e}", case.network.spec());
            assert_eq!(found.numbers("train_accuracy"), accuracies);
            near(&summary["centre_cost"], case.measure((0.0, &x), (0.0, &y)).cost, tolerance);
        }
    }
}

#[test]
fn a_plane_over_digits_agrees_around_random_and_trained_parameters() {
    let mut case = Case::of_digits(Network::new(&[784, 128, 10]), 1000);
    let (x, y) = (case.direction("a.npy", 3, 0.05), case.direction("b.npy", 4, 0.05));
    case.run(&["train", "--epochs=3"]).success();
    let end = workbench::tensors::read(&case.path().join("out/train/end.safetensors"), &case.network);
    let drawn: Vec<f64> = case.theta.iter().map(|entry| entry / 8.0).collect();
    for theta in [drawn, end] {
        case.write("t.npy", &workbench::files::npy_f64(&theta));
        case.theta = theta;
        let mut wanted = Vec::new();
        for (precision, engine, tolerance) in RUNS {
            let run = [
                "plane",
                "--theta",
                "t.npy",
                "--direction-x",
                "a.npy",
                "--direction-y",
                "b.npy",
                "--x=-1:1:5",
                "--y=-1:1:5",
                "--precision",
                precision,
                "--engine",
                engine,
            ];
            case.run(&run).success();
            let found = Results::read(&case.path().join("out/plane/plane.csv"));
            if wanted.is_empty() {
                let places = found.numbers("x").into_iter().zip(found.numbers("y"));
                wanted = places.map(|(a, b)| case.measure((a, &x), (b, &y)).cost).collect();
            }
            let off = difference(&found.numbers("train_cost"), &wanted);
            assert!(off <= tolerance, "{precision} {engine}: {off:e}");
        }
    }
}

#[test]
fn planes_and_lines_through_points_agree() {
    let case = Case::of_images(Network { activation: Activation::Tanh, ..Network::new(&[36, 6, 5]) });
    let (second, third) = (case.direction("second.npy", 5, 0.5), case.direction("third.npy", 6, 0.5));
    let way = |end: &[f64]| end.iter().zip(&case.theta).map(|(end, start)| end - start).collect::<Vec<f64>>();
    let (x, y) = (way(&second), way(&third));
    let base = ["--precision=f64", "--theta", "theta.npy", "--theta2", "second.npy"];
    case.run(&[&["plane"], &base[..], &["--theta3", "third.npy", "--x=0:1:3", "--y=0:1:2"]].concat())
        .success();
    let found = Results::read(&case.path().join("out/plane/plane.csv"));
    let at = |(x_at, y_at): (f64, f64)| case.measure((x_at, &x), (y_at, &y)).cost;
    let wanted: Vec<f64> = found.numbers("x").into_iter().zip(found.numbers("y")).map(at).collect();
    assert!(difference(&found.numbers("train_cost"), &wanted) <= DOUBLE);
    case.run(&[&["line"], &base[..], &["--x=0:1:5"]].concat()).success();
    let found = Results::read(&case.path().join("out/line/line.csv"));
    let wanted: Vec<f64> = found.numbers("alpha").into_iter().map(|alpha| at((alpha, 0.0))).collect();
    assert!(difference(&found.numbers("train_cost"), &wanted) <= DOUBLE);
}

#[test]
fn targets_of_floats_agree_and_have_no_accuracy() {
    let network = Network { squared: true, ..Network::new(&[11, 6, 3]) };
    let mut case = Case::of_arrays(network);
    let rows = workbench::random::Random(17).vector(workbench::case::EXAMPLES * 3, 1.0);
    case.write("labels.npy", &workbench::files::npy_rows(3, &rows));
    case.targets = Targets::Rows(rows);
    let wanted = case.network.measure(&case.theta, &case.inputs, &case.targets).cost;
    let summary = case.summary(&["check-model", "--theta=theta.npy", "--json", "--precision=f64"]);
    near(&summary["cost"], wanted, DOUBLE);
    assert!(summary["accuracy"].is_null());
    case.run(&["line", "--theta=theta.npy", "--x=-1:1:3"]).success();
    let found = Results::read(&case.path().join("out/line/line.csv"));
    assert!(found.numbers("train_accuracy").iter().all(|accuracy| accuracy.is_nan()));
}

#[test]
fn the_first_examples_are_the_first_and_pooling_averages() {
    let mut case = Case::of_images(Network::new(&[36, 6, 5]));
    let base = ["check-model", "--theta=theta.npy", "--json", "--precision=f64"];
    let first = case.summary(&[&base[..], &["--examples=17"]].concat());
    let Targets::Labels(labels) = &case.targets else { panic!("images have labels") };
    let wanted =
        case.network.measure(&case.theta, &case.inputs[..17 * 36], &Targets::Labels(labels[..17].to_vec()));
    near(&first["cost"], wanted.cost, DOUBLE);
    assert_eq!(first["settings"]["examples"], "17");
    let pooled = |image: &[f64]| {
        let at = |row: usize, column: usize| image[6 * row + column];
        let mean = |row: usize, column: usize| {
            (at(row, column) + at(row, column + 1) + at(row + 1, column) + at(row + 1, column + 1)) / 4.0
        };
        (0..9).map(|place| mean(2 * (place / 3), 2 * (place % 3))).collect::<Vec<f64>>()
    };
    case.inputs = case.inputs.chunks(36).flat_map(pooled).collect();
    case.network = Network::new(&[9, 4, 5]);
    case.theta.truncate(case.network.parameters());
    case.write("theta.npy", &workbench::files::npy_f64(&case.theta));
    let wanted = case.network.measure(&case.theta, &case.inputs, &case.targets).cost;
    let options: Vec<String> =
        case.options().into_iter().filter(|option| option != "--pool" && option != "1").collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let run = case.run_bare(&[&base[..], &options, &["--pool=2"]].concat()).success();
    near(&workbench::case::object(&run)["cost"], wanted, DOUBLE);
}
