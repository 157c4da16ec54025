//! Curvature over planes, along eigenvectors, at critical points and in training, where each is known on paper.

use std::path::Path;

use serde_json::Value;
use workbench::case::{Case, object};
use workbench::files::{npy_f64, npy_labels, npy_rows};
use workbench::golden::Golden;
use workbench::network::{Activation, Network, Targets};
use workbench::program::thalweg;
use workbench::random::Random;
use workbench::results::{Results, difference, expect_png, expect_svg};
use workbench::symmetric::{eigenvalues, moment};

/// Two weights in a row, no bias, one example that maps 1 to 1: J = ½(1 − w₁w₂)².
struct Factors {
    folder: tempfile::TempDir,
}

impl Factors {
    fn new(theta: [f64; 2]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write =
            |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("a file");
        let layer = "[[layer]]\nwidth = 1\nbias = false\n";
        write("factors.toml", format!("input = 1\n{layer}activation = \"identity\"\n{layer}").as_bytes());
        write("one.npy", &npy_rows(1, &[1.0]));
        write("theta.npy", &npy_f64(&theta));
        Self { folder }
    }

    fn run(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        let common = ["--model=factors.toml", "--loss=squared-error", "--inputs=one.npy", "--labels=one.npy"];
        thalweg(self.folder.path()).args(arguments).args(common).args(["--precision=f64", "--json"]).assert()
    }

    fn table(&self, name: &str) -> Results {
        Results::read(&self.folder.path().join("out").join(name))
    }

    fn cost([a, b]: [f64; 2]) -> f64 {
        0.5 * (1.0 - a * b).powi(2)
    }

    /// Largest and smallest eigenvalue of the Hessian, and the unit vectors.
    fn spectrum([a, b]: [f64; 2]) -> ([f64; 2], [[f64; 2]; 2]) {
        let (p, q, r) = (b * b, 2.0 * a * b - 1.0, a * a);
        let (mean, apart) = (0.5 * (p + r), (0.5 * (p - r)).hypot(q));
        let vector = |value: f64| {
            let length = q.hypot(value - p);
            [q / length, (value - p) / length]
        };
        let values = [mean + apart, mean - apart];
        (values, values.map(vector))
    }
}

#[test]
fn the_map_of_curvature_over_a_plane_is_that_of_two_factors_on_paper() {
    let theta = [0.3, -0.2];
    let factors = Factors::new(theta);
    let folder = factors.folder.path();
    std::fs::write(folder.join("x.npy"), npy_f64(&[1.0, 0.5])).expect("a file");
    std::fs::write(folder.join("y.npy"), npy_f64(&[-0.25, 2.0])).expect("a file");
    let summary = object(
        &factors
            .run(&[
                "plane",
                "--theta=theta.npy",
                "--direction-x=x.npy",
                "--direction-y=y.npy",
                "--curvature",
                "--x=-1:1:4",
                "--y=-0.5:1.5:3",
            ])
            .success(),
    );
    let map = factors.table("plane/curvature.csv");
    assert_eq!(map.columns.join(","), "x,y,largest,smallest,ratio,residual");
    let (x, y) = (map.numbers("x"), map.numbers("y"));
    assert_eq!(x.len(), 12);
    let at =
        |index: usize| [theta[0] + x[index] - 0.25 * y[index], theta[1] + 0.5 * x[index] + 2.0 * y[index]];
    let spectra: Vec<[f64; 2]> = (0..12).map(|index| Factors::spectrum(at(index)).0).collect();
    let column = |of: fn(&[f64; 2]) -> f64| spectra.iter().map(of).collect::<Vec<f64>>();
    assert!(difference(&map.numbers("largest"), &column(|pair| pair[0])) < 1e-12);
    assert!(difference(&map.numbers("smallest"), &column(|pair| pair[1])) < 1e-12);
    assert!(difference(&map.numbers("ratio"), &column(|pair| (pair[1] / pair[0]).abs())) < 1e-12);
    assert!(map.numbers("residual").iter().all(|residual| *residual < 1e-12));
    let extreme = |of: usize, pick: fn(f64, f64) -> f64| {
        spectra.iter().map(|pair| pair[of]).reduce(pick).expect("a point")
    };
    let found = ["largest", "smallest"].map(|name| summary["curvature"][name].as_f64().expect("a number"));
    assert!(difference(&found, &[extreme(0, f64::max), extreme(1, f64::min)]) < 1e-12);
    let costs: Vec<f64> = (0..12).map(|index| Factors::cost(at(index))).collect();
    assert!(difference(&factors.table("plane/plane.csv").numbers("train_cost"), &costs) < 1e-12);
    expect_png(&folder.join("out/plane/curvature.png"));
    let _ = expect_svg(&folder.join("out/plane/curvature.svg"));
}

#[test]
fn directions_along_eigenvectors_are_those_of_two_factors_on_paper() {
    let theta = [0.9, -0.4];
    let factors = Factors::new(theta);
    let _ = factors
        .run(&["plane", "--theta=theta.npy", "--directions=eigen", "--x=-1:1:5", "--y=-2:1:4"])
        .success();
    let plane = factors.table("plane/plane.csv");
    let (x, y, costs) = (plane.numbers("x"), plane.numbers("y"), plane.numbers("train_cost"));
    let (values, vectors) = Factors::spectrum(theta);
    // an eigenvector has two signs
    let agree = |signs: [f64; 2]| {
        let at = |(x, y): (&f64, &f64)| {
            let entry = |k: usize| theta[k] + signs[0] * x * vectors[0][k] + signs[1] * y * vectors[1][k];
            Factors::cost([entry(0), entry(1)])
        };
        let wanted: Vec<f64> = x.iter().zip(&y).map(at).collect();
        costs.iter().zip(wanted).all(|(cost, wanted)| (cost - wanted).abs() < 1e-12 * (1.0 + wanted))
    };
    let ways = [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]];
    assert_eq!(ways.into_iter().filter(|signs| agree(*signs)).count(), 1, "{costs:?}");
    let axis = plane.setting("x-axis");
    let size: f64 = axis
        .rsplit(' ')
        .next()
        .and_then(|text| text.trim_end_matches(')').parse().ok())
        .unwrap_or_else(|| panic!("{axis}"));
    assert!(axis.contains("largest") && (size - values[0]).abs() < 1e-5, "{axis} {values:?}");
}

#[test]
fn a_step_knows_the_largest_eigenvalue_at_sixty_digits() {
    for name in ["tanh", "sigmoid", "maxout", "identity"] {
        let golden = Golden::read(name);
        let summary = golden.case.summary(&["step", "--theta=theta.npy", "--json"]);
        let found = summary["largest_eigenvalue"].as_f64().expect("a number");
        assert!((found - golden.spectrum[0]).abs() < 1e-8 * golden.scale(), "{name}: {found}");
        let table = Results::read(&golden.case.path().join("out/step/step.csv"));
        let written: f64 = table.setting("largest-eigenvalue").parse().expect("a number");
        assert_eq!(written, found);
        let residual: f64 = table.setting("largest-eigenvalue-residual").parse().expect("a number");
        assert!((0.0..=1e-8).contains(&residual));
        assert!(difference(&[summary["cost"].as_f64().expect("a number")], &[golden.cost]) < 1e-13);
    }
}

/// Linear regression whose smallest cost is known: each input twice, answered by a linear map ± an error.
fn regression(pairs: usize) -> (Case, f64) {
    let network = Network { activation: Activation::Identity, squared: true, ..Network::new(&[5, 2]) };
    let mut random = Random(29);
    let map = random.vector(network.parameters(), 1.0);
    let (mut inputs, mut targets, mut lowest) = (Vec::new(), Vec::new(), 0.0);
    for _ in 0..pairs {
        let (x, error) = (random.vector(5, 1.0), random.vector(2, 0.5));
        lowest += 0.5 * error.iter().map(|error| error * error).sum::<f64>() / pairs as f64;
        let answer = network.output(&map, &x);
        for sign in [1.0, -1.0] {
            inputs.extend(&x);
            targets.extend(answer.iter().zip(&error).map(|(answer, error)| answer + sign * error));
        }
    }
    let theta = random.vector(network.parameters(), 1.0);
    (Case::of_numbers(network, inputs, Targets::Rows(targets), theta), lowest)
}

#[test]
fn every_method_finds_the_one_minimum_of_linear_regression_from_every_start() {
    let (case, lowest) = regression(30);
    for method in ["newton", "damped", "saddle-free", "levenberg-marquardt"] {
        let option = format!("--method={method}");
        let summary = case.summary(&["critical", "--starts=6", &option, "--json", "--force"]);
        assert_eq!(
            (&summary["found"], &summary["distinct"], &summary["flat"]),
            (&6.into(), &1.into(), &0.into())
        );
        let kinds = ["minimum", "maximum", "saddle", "degenerate"].map(|kind| summary["kinds"][kind].clone());
        assert_eq!(kinds, [1, 0, 0, 0].map(Value::from), "{method}");
        let table = Results::read(&case.path().join("out/critical/critical.csv"));
        assert_eq!(
            table.columns.join(","),
            "point,kind,cost,error,index_fraction,gradient_norm,start,duplicates"
        );
        assert_eq!((table.rows.len(), table.rows[0][1].as_str()), (1, "minimum"));
        assert!(difference(&table.numbers("cost"), &[lowest]) < 1e-12, "{method}");
        assert!(table.numbers("gradient_norm")[0] < 1e-6);
        assert_eq!((table.numbers("index_fraction"), table.numbers("duplicates")), (vec![0.0], vec![5.0]));
    }
}

#[test]
fn two_factors_have_a_saddle_and_a_valley_and_each_is_counted_once() {
    for (theta, method, kind, cost, index) in [
        ([0.1, -0.05], "newton", "saddle", 0.5, 0.5),
        ([0.1, -0.05], "damped", "saddle", 0.5, 0.5),
        ([0.1, -0.05], "levenberg-marquardt", "saddle", 0.5, 0.5),
        ([0.1, -0.05], "saddle-free", "degenerate", 0.0, 0.0),
        ([1.5, 0.8], "levenberg-marquardt", "degenerate", 0.0, 0.0),
    ] {
        let factors = Factors::new(theta);
        let option = format!("--method={method}");
        let summary =
            object(&factors.run(&["critical", "--theta=theta.npy", "--starts=3", &option]).success());
        assert_eq!((&summary["found"], &summary["distinct"]), (&3.into(), &1.into()), "{method}: {summary}");
        assert_eq!(summary["kinds"][kind], 1, "{method}: {summary}");
        let table = factors.table("critical/critical.csv");
        assert!((table.numbers("cost")[0] - cost).abs() < 1e-12, "{method}");
        assert_eq!((table.numbers("index_fraction")[0], table.numbers("duplicates")[0]), (index, 2.0));
    }
}

/// A softmax over two inputs without bias: the first example is answered wrongly with a certainty so great
/// that its loss is linear, the others pull the second input's weights to 0.
#[test]
fn a_slope_without_curvature_is_flat_and_no_critical_point() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("a file");
    write("softmax.toml", b"input = 2\n[[layer]]\nwidth = 2\nbias = false\n");
    write("inputs.npy", &npy_rows(2, &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0]));
    write("labels.npy", &npy_labels(&[1, 0, 1]));
    write("theta.npy", &npy_f64(&[800.0, 0.0, 0.0, 0.0]));
    let run = thalweg(folder.path())
        .args(["critical", "--model=softmax.toml", "--inputs=inputs.npy", "--labels=labels.npy"])
        .args(["--theta=theta.npy", "--starts=1", "--json"])
        .assert();
    let summary = object(&run.code(1));
    assert_eq!((&summary["found"], &summary["flat"]), (&0.into(), &1.into()), "{summary}");
    let table = Results::read(&folder.path().join("out/critical/critical.csv"));
    assert_eq!(table.rows[0][1], "flat");
    // g = (1, 0, −1, 0)/3, J = (800 + 2 ln 2)/3
    assert!(difference(&table.numbers("gradient_norm"), &[2.0_f64.sqrt() / 3.0]) < 1e-12);
    assert!(difference(&table.numbers("cost"), &[(800.0 + 2.0 * 2.0_f64.ln()) / 3.0]) < 1e-14);
}

#[test]
fn a_measured_step_is_nine_tenths_of_the_way_to_the_lowest_point_of_its_parabola() {
    let (case, lowest) = regression(30);
    let n = case.theta.len();
    let zero = vec![0.0; n];
    let cost = |theta: &[f64]| case.network.measure(theta, &case.inputs, &case.targets).cost;
    // differences of a quadratic are exact but for rounding
    let slope = |index: usize| {
        let unit: Vec<f64> = (0..n).map(|other| f64::from(u8::from(other == index))).collect();
        let back: Vec<f64> = unit.iter().map(|entry| -entry).collect();
        0.5 * (cost(&unit) - cost(&back))
    };
    let g: Vec<f64> = (0..n).map(slope).collect();
    let along = |size: f64| cost(&g.iter().map(|g| -size * g).collect::<Vec<f64>>());
    let square: f64 = g.iter().map(|g| g * g).sum();
    let curvature = along(1.0) + along(-1.0) - 2.0 * cost(&zero);
    let size = (0.9 * square / curvature).min(1.0);
    let train = ["train", "--init=zeros", "--precision=f64", "--json", "--force", "--epochs=1"];
    let summary = case.summary(&[&train[..], &["--method=curvature-step", "--batch=60"]].concat());
    assert!(difference(&[summary["cost"].as_f64().expect("a number")], &[along(size)]) < 1e-9);
    // a space of all twelve directions holds Newton's step: one epoch ends at the minimum
    let summary = case.summary(&[&train[..], &["--method=saddle-free"]].concat());
    let reached = summary["cost"].as_f64().expect("a number");
    assert!((reached - lowest).abs() < 1e-12, "{reached} {lowest}");
    assert!(along(size) > lowest + 1e-4);
}

#[test]
fn watching_linear_regression_sees_one_spectrum_and_promises_that_are_kept() {
    let (case, _) = regression(30);
    let rows: Vec<Vec<f64>> = case.inputs.chunks(5).map(|x| [x, &[1.0]].concat()).collect();
    let values = eigenvalues(&moment(rows.iter().map(Vec::as_slice), 6, rows.len()), 6);
    let common =
        ["--precision=f64", "--watch=curvature", "--batch=60", "--momentum=0", "--epochs=3", "--json"];
    for (size, uphill) in [(1.5 / values[0], 0.0), (2.5 / values[0], 1.0)] {
        let option = format!("--step-size={size}");
        let _ = case.summary(&[&["train", &option, "--force"][..], &common].concat());
        let table = Results::read(&case.path().join("out/train/curvature.csv"));
        let near = |name: &str, wanted: f64| {
            let bound = 1e-3 * values[0];
            assert!(
                table.numbers(name).iter().all(|found| (found - wanted).abs() <= bound),
                "{name} {wanted}"
            );
        };
        near("largest_eigenvalue", values[0]);
        near("smallest_eigenvalue", values[5]);
        let (predicted, actual) = (table.numbers("predicted_change"), table.numbers("actual_change"));
        assert!(difference(&predicted[..3], &actual[..3]) < 1e-9, "{predicted:?} {actual:?}");
        // one step an epoch: −ε·|g|² + ½ε²·gᵀHg
        let (g, ghg) = (table.numbers("gradient_norm"), table.numbers("ghg"));
        let promise = |row: usize| -size * g[row] * g[row] + 0.5 * size * size * ghg[row];
        assert!(difference(&predicted[..3], &[promise(0), promise(1), promise(2)]) < 1e-9);
        // beyond 2/λ_max the cost soon rises with every step
        assert_eq!(table.numbers("uphill_share")[3], uphill, "{actual:?}");
        let share = table.numbers("top_share");
        assert!(share.iter().all(|share| (0.0..=1.0 + 1e-12).contains(share)), "{share:?}");
    }
}

#[test]
fn curvature_that_cannot_be_measured_is_refused_with_its_reason() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    let mut theta = case.theta.clone();
    theta[3] = f64::NAN;
    case.write("nan.npy", &npy_f64(&theta));
    for (code, arguments, part) in [
        (2, &["plane", "--curvature"][..], "--theta"),
        (2, &["plane", "--theta=theta.npy", "--directions=eigne"], "eigen"),
        (2, &["critical", "--theta=theta.npy", "--run=run"], "--run"),
        (2, &["critical", "--steps=0"], "at least 1"),
        (2, &["critical", "--method=saddle"], "saddle-free"),
        (2, &["train", "--method=saddle-fre"], "saddle-free"),
        (2, &["train", "--watch=curvatur"], "curvature"),
        (1, &["plane", "--theta=nan.npy", "--curvature", "--x=0:1:2", "--y=0:1:2"], "nan.npy"),
        (1, &["plane", "--theta=nan.npy", "--directions=eigen", "--x=0:1:2", "--y=0:1:2"], "nan.npy"),
        (1, &["step", "--theta=nan.npy"], "nan.npy"),
        (1, &["critical", "--theta=nan.npy"], "nan.npy"),
        (1, &["critical", "--theta=missing.npy"], "missing.npy"),
    ] {
        let run = case.run(arguments).code(code);
        let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(message.contains(part), "{arguments:?}: `{part}` in: {message}");
        let left = |name: &str| Path::new(&case.path().join("out").join(arguments[0]).join(name)).exists();
        assert!(
            !["plane.csv", "curvature.csv", "step.csv", "critical.csv"].into_iter().any(left),
            "{arguments:?}"
        );
    }
}
