//! Wrong usage: exit 2, a message that names the option, and the nearest right name.

use workbench::case::Case;
use workbench::network::Network;

fn refused(case: &Case, code: i32, arguments: &[&str], parts: &[&str]) {
    let run = case.run_bare(arguments).code(code);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    for part in parts {
        assert!(message.contains(part), "{arguments:?}: `{part}` in: {message}");
    }
    assert!(run.get_output().stdout.is_empty());
    assert!(!case.path().join("out").exists(), "{arguments:?} made a folder");
}

fn case() -> Case {
    Case::of_images(Network::new(&[36, 7, 4]))
}

#[test]
fn ranges_that_make_no_sense_are_refused() {
    let case = case();
    for (range, part) in [
        ("1:-1:5", "MIN must be below MAX"),
        ("0:0:2", "MIN must be below MAX"),
        ("0:1:0", "COUNT must be at least 1"),
        ("0:1:-3", "whole number of at least 1"),
        ("0:1:2.5", "whole number of at least 1"),
        ("nan:1:3", "`nan` is not a finite number"),
        ("0:inf:3", "`inf` is not a finite number"),
        ("0:1e999:3", "`1e999` is not a finite number"),
        ("0:1", "MIN:MAX:COUNT"),
        ("0:1:2:3", "MIN:MAX:COUNT"),
        ("", "MIN:MAX:COUNT"),
        ("-1e308:1e308:3", "too far apart"),
    ] {
        for command in ["line", "plane"] {
            refused(&case, 2, &[command, "--theta=theta.npy", "--x", range], &["--x", part]);
        }
        refused(&case, 2, &["plane", "--theta=theta.npy", &format!("--y={range}")], &["--y", part]);
    }
    for surface in ["0x5", "1x5", "5", "5x", "axb", "-2x3"] {
        refused(&case, 2, &["path", "--run=run", &format!("--surface={surface}")], &["--surface"]);
    }
}

#[test]
fn unknown_names_are_answered_with_the_nearest() {
    let case = case();
    for (arguments, parts) in [
        (&["plan", "--theta=theta.npy"][..], &["plan", "plane"][..]),
        (&["train", "--epoch=3"], &["--epoch", "--epochs"]),
        (&["train", "--activation=rleu"], &["--activation", "did you mean `relu`"]),
        (&["train", "--activation=maxout"], &["--activation", "maxout:3"]),
        (&["train", "--activation=maxout:0"], &["--activation", "at least 1"]),
        (&["train", "--loss=cross-entrpy"], &["--loss", "cross-entropy"]),
        (&["train", "--init=glorrot"], &["--init", "did you mean `glorot`"]),
        (&["train", "--init=uniform"], &["--init", "uniform:0.05"]),
        (&["train", "--init=normal:-1"], &["--init", "at least 0"]),
        (&["train", "--precision=f23"], &["--precision", "f32"]),
        (&["train", "--engine=exat"], &["--engine", "exact"]),
        (&["plane", "--theta=theta.npy", "--normalise=filtre"], &["--normalise", "did you mean `filter`"]),
        (&["plane", "--theta=theta.npy", "--directions=pac"], &["--directions", "pca"]),
    ] {
        refused(&case, 2, arguments, parts);
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    let case = case();
    for (option, part) in [
        ("--epochs=-1", "--epochs"),
        ("--epochs=2.5", "--epochs"),
        ("--batch=0", "at least 1"),
        ("--step-size=0", "above 0"),
        ("--step-size=nan", "above 0"),
        ("--step-size=-0.1", "above 0"),
        ("--momentum=1", "below 1"),
        ("--momentum=nan", "below 1"),
        ("--snapshots=0", "at least 1"),
        ("--examples=0", "at least 1"),
        ("--pool=0", "at least 1"),
        ("--threads=0", "at least 1"),
        ("--threads=18446744073709551615", "from 1 to 1024"),
        ("--seed=-1", "--seed"),
        ("--decay=-1", "at least 0"),
        ("--decay=inf", "finite"),
        ("--model=36", "input and an output width"),
        ("--model=36-x-4", "`x` in `36-x-4` is not a width"),
        ("--model=36-0-4", "`0` in `36-0-4` is not a width"),
        ("--model=", "is not a width"),
    ] {
        refused(&case, 2, &["train", option], &[option.split('=').next().unwrap_or_default(), part]);
    }
}

#[test]
fn options_that_need_or_exclude_others_say_so() {
    let case = case();
    for (arguments, parts) in [
        (&["check-model"][..], &["--theta"][..]),
        (&["line"], &["--theta"]),
        (&["plane"], &["--theta"]),
        (&["path"], &["--run"]),
        (&["plot"], &["FILE.csv"]),
        (&["plane", "--theta=theta.npy", "--directions=pca"], &["--run"]),
        (&["plane", "--theta=theta.npy", "--directions=run"], &["--run"]),
        (&["plane", "--theta=theta.npy", "--theta2=theta.npy"], &["--theta3"]),
        (&["line", "--theta=theta.npy", "--theta2=theta.npy", "--direction-x=theta.npy"], &["--direction-x"]),
        (&["train", "--inputs=inputs.npy"], &["--labels"]),
        (&["train", "--labels=labels.npy"], &["--inputs"]),
        (&["train", "--data=data", "--inputs=a.npy", "--labels=b.npy"], &["--data", "--inputs"]),
        (&["train", "--test-inputs=a.npy"], &["--test-labels"]),
    ] {
        refused(&case, 2, arguments, parts);
    }
    case.run_bare(&[]).code(2);
}

#[test]
fn options_that_do_not_fit_the_data_are_refused_with_the_numbers() {
    let case = case();
    let base = ["check-model", "--theta=theta.npy", "--model=36-7-4", "--data=data"];
    let check = |options: &[&str], parts: &[&str]| refused(&case, 1, &[&base[..], options].concat(), parts);
    check(&["--examples=301"], &["--examples 301", "300 training examples"]);
    check(&["--pool=4"], &["--pool 4", "6×6"]);
    check(&["--pool=2"], &["9 wide", "reads 36"]);
    refused(
        &case,
        1,
        &["check-model", "--theta=theta.npy", "--data=data"],
        &["36 wide", "784-128-10 reads 784"],
    );
    refused(
        &case,
        1,
        &["check-model", "--theta=theta.npy", "--model=36-7-2", "--data=data"],
        &["data (train)", "has label", "classes 0 to 1"],
    );
}
