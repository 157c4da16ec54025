//! Tables and figures: what stands in them, and the same again from the CSV file.

use workbench::case::{Case, object};
use workbench::network::Network;
use workbench::results::{Results, expect_png, expect_svg};

fn case() -> Case {
    Case::of_images(Network::new(&[36, 7, 4]))
}

fn refused(case: &Case, file: &str) -> String {
    let run = case.run_bare(&["plot", file]).code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(message.starts_with("error: ") && message.contains(file), "{message}");
    message
}

#[test]
fn every_setting_that_shaped_the_numbers_stands_above_them() {
    let case = case();
    case.run(&["plane", "--theta=theta.npy", "--x=-1:1:3", "--y=0:2:2", "--seed=7", "--precision=f64"])
        .success();
    case.run(&["line", "--theta=theta.npy", "--x=-1:1:3", "--seed=7", "--precision=f64"]).success();
    for name in ["plane", "line"] {
        let table = Results::read(&case.path().join(format!("out/{name}/{name}.csv")));
        for (key, value) in [
            ("command", name),
            ("model", "36-7-4"),
            ("activation", "relu"),
            ("loss", "cross-entropy"),
            ("decay", "0"),
            ("examples", "300"),
            ("seed", "7"),
            ("precision", "f64"),
            ("engine", "fast"),
            ("theta", "theta.npy"),
            ("x-range", "-1:1:3"),
            ("data", "data (train)"),
        ] {
            assert_eq!(table.setting(key), value);
        }
        assert!(table.setting("command-line").contains("--seed=7"));
        assert_eq!(table.setting("digest").len(), 16);
        assert!(table.setting("version").contains('.'));
    }
}

#[test]
fn numbers_in_tables_read_back_to_the_same_bits() {
    let case = case();
    for precision in ["f32", "f64"] {
        let run =
            ["plane", "--theta=theta.npy", "--x=-1:1:7", "--y=-1:1:4", "--json", "--precision", precision];
        let summary = case.summary(&run);
        let table = Results::read(&case.path().join("out/plane/plane.csv"));
        for column in &table.columns {
            for (text, number) in table
                .rows
                .iter()
                .map(|row| &row[table.columns.iter().position(|c| c == column).expect("a column")])
                .zip(table.numbers(column))
            {
                let shortest = format!("{number:?}");
                assert_eq!(text, shortest.strip_suffix(".0").unwrap_or(&shortest));
            }
        }
        let lowest = table.numbers("train_cost").into_iter().fold(f64::INFINITY, f64::min);
        assert_eq!(summary["minimum"]["cost"].as_f64().map(f64::to_bits), Some(lowest.to_bits()));
    }
}

#[test]
fn no_result_depends_on_the_number_of_threads() {
    let case = case();
    for engine in ["fast", "exact"] {
        let table = |threads: &str| {
            let run = [
                "plane",
                "--theta=theta.npy",
                "--x=-1:1:9",
                "--y=-1:1:9",
                "--engine",
                engine,
                "--threads",
                threads,
            ];
            case.run(&run).success();
            Results::read(&case.path().join("out/plane/plane.csv")).rows
        };
        let one = table("1");
        assert_eq!(one, table("2"));
        assert_eq!(one, table("5"));
    }
}

#[test]
fn a_figure_drawn_again_from_its_table_is_the_same() {
    let case = case();
    case.run(&["train", "--epochs=4"]).success();
    case.run_bare(&["line", "--run=out/train", "--x=0:1:5"]).success();
    case.run_bare(&["plane", "--run=out/train", "--directions=run", "--x=0:1:5", "--y=0:1:4"]).success();
    case.run_bare(&["path", "--run=out/train", "--surface=5x4"]).success();
    for (folder, name) in
        [("train", "train"), ("line", "line"), ("plane", "plane"), ("path", "path"), ("path", "surface")]
    {
        let out = case.path().join("out").join(folder);
        expect_png(&out.join(format!("{name}.png")));
        let first = expect_svg(&out.join(format!("{name}.svg")));
        let csv = format!("out/{folder}/{name}.csv");
        let summary = object(&case.run_bare(&["plot", &csv, "--out=again", "--json"]).success());
        assert_eq!(summary["png"], format!("again/{name}.png"));
        let again = case.path().join("again");
        assert_eq!(first, expect_svg(&again.join(format!("{name}.svg"))), "{name}");
        let bytes =
            |folder: &std::path::Path| std::fs::read(folder.join(format!("{name}.png"))).expect("a figure");
        assert_eq!(bytes(&out), bytes(&again), "{name}");
    }
}

#[test]
fn figures_name_axes_units_and_settings() {
    let case = case();
    case.run(&["plane", "--theta=theta.npy", "--x=-1:1:5", "--y=-1:1:5"]).success();
    let drawn = expect_svg(&case.path().join("out/plane/plane.svg"));
    for part in [
        "two random directions",
        "J (nats per example)",
        "seed: 2015",
        "examples: 300",
        "5×5 grid points",
        "lowest grid point",
    ] {
        assert!(drawn.contains(part), "{part}");
    }
    case.run(&["line", "--theta=theta.npy", "--theta2=theta.npy", "--x=0:1:5"]).success();
    let drawn = expect_svg(&case.path().join("out/line/line.svg"));
    for part in
        ["straight line between two points", "0: first point, 1: second point", "nats per example", "36-7-4"]
    {
        assert!(drawn.contains(part), "{part}");
    }
}

#[test]
fn costs_that_are_not_finite_are_written_counted_and_left_blank() {
    let case = case();
    case.direction("huge.npy", 3, 1e30);
    let base = ["--theta=theta.npy", "--direction-x=huge.npy", "--json"];
    let summary = case.summary(&[&["line", "--x=-1:1:5"], &base[..]].concat());
    let costs = Results::read(&case.path().join("out/line/line.csv")).numbers("train_cost");
    let lost = costs.iter().filter(|cost| !cost.is_finite()).count();
    assert_eq!((lost, costs.len()), (4, 5));
    assert_eq!(summary["non_finite"], 4 + count_null(&summary));
    assert!(expect_svg(&case.path().join("out/line/line.svg")).contains("not finite"));
    let summary =
        case.summary(&[&["plane", "--x=0:1:3", "--y=0:1:3", "--direction-y=theta.npy"], &base[..]].concat());
    assert_eq!(summary["non_finite"], 6);
    assert!(expect_svg(&case.path().join("out/plane/plane.svg")).contains("not finite"));
    let summary = case.summary(&[&["line", "--x=1:2:5"], &base[..]].concat());
    assert!(summary["minimum"].is_null());
    assert!(!case.path().join("out/line/line.png").exists(), "no figure of an earlier line is left behind");
}

/// The headline figures that are null because they are not finite.
fn count_null(summary: &serde_json::Value) -> usize {
    ["rise", "barrier"].iter().filter(|figure| summary[**figure].is_null()).count()
}

#[test]
fn a_grid_of_one_point_or_row_is_evaluated() {
    let case = case();
    let summary = case.summary(&["plane", "--theta=theta.npy", "--x=0:0:1", "--y=-1:1:3", "--json"]);
    assert_eq!(Results::read(&case.path().join("out/plane/plane.csv")).rows.len(), 3);
    let centre = summary["centre_cost"].as_f64();
    assert_eq!(summary["minimum"]["y"].as_f64().is_some(), centre.is_some());
    case.run(&["line", "--theta=theta.npy", "--x=0.5:0.5:1"]).success();
    assert_eq!(Results::read(&case.path().join("out/line/line.csv")).numbers("alpha"), [0.5]);
}

#[test]
fn a_broken_table_is_answered_with_its_line_or_column() {
    let case = case();
    let message = |text: &str| {
        case.write("broken.csv", text.as_bytes());
        refused(&case, "broken.csv")
    };
    assert!(message("").contains("no header line"));
    assert!(message("# a = 1\nx,y\n1,2\n3\n").contains("line 4 has 1 cells"));
    assert!(message("# hello\nx\n1\n").contains("line 1 "));
    assert!(message("kind,name\na,b\n").contains("two columns of numbers"));
    assert!(message("# figure = pie\nx,y\n1,2\n").contains("lines, contour, surface or scatter"));
    assert!(message("# figure = contour\nx,y,train_cost\n0,0,1\n0,1,2\n1,0,3\n").contains("gaps"));
    assert!(
        message("# z = train_cots\nx,y,train_cost\n0,0,1\n0,1,2\n1,0,3\n1,1,4\n")
            .contains("nearest: `train_cost`")
    );
    assert!(
        message("# overlay = nowhere.csv\nx,y,train_cost\n0,0,1\n0,1,2\n1,0,3\n1,1,4\n")
            .contains("nowhere.csv")
    );
    assert!(message("alpha,train_cost\n0,nan\n1,nan\n").contains("no value to draw"));
    case.write("broken.csv", b"alpha,train_cost\n0,\xff\n");
    assert!(refused(&case, "broken.csv").contains("UTF-8"));
    assert!(refused(&case, "nowhere.csv").contains("nowhere.csv"));
    assert!(!case.path().join("out/plot").exists(), "nothing is written for a table that cannot be drawn");
}
