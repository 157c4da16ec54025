//! Where results go: whole or not at all, and never among another command's.

use std::process::{Command, Stdio};
use std::time::Duration;

use workbench::case::Case;
use workbench::network::Network;
use workbench::program;
use workbench::results::{Results, expect_png, expect_svg};
use workbench::tensors;

fn case() -> Case {
    Case::of_images(Network::new(&[36, 7, 4]))
}

fn message(run: &assert_cmd::assert::Assert) -> String {
    String::from_utf8_lossy(&run.get_output().stderr).into_owned()
}

#[test]
fn a_folder_of_another_command_is_left_alone_without_force() {
    let case = case();
    case.run(&["train", "--epochs=1", "--out=results"]).success();
    let before = std::fs::read(case.path().join("results/train.csv")).expect("a table");
    for command in [
        &["line", "--theta=theta.npy", "--x=0:1:3"][..],
        &["plane", "--theta=theta.npy", "--x=0:1:3", "--y=0:1:3"],
        &["path", "--run=results", "--surface=3x2"],
    ] {
        let run = case.run(&[command, &["--out=results"]].concat()).code(1);
        assert!(message(&run).contains("results: holds results of `train`"), "{}", message(&run));
        assert!(message(&run).contains("--force"));
    }
    let run = case.run_bare(&["plot", "results/train.csv", "--out=results"]).code(1);
    assert!(message(&run).contains("--force"));
    assert_eq!(before, std::fs::read(case.path().join("results/train.csv")).expect("a table"));
    assert!(!case.path().join("results/line.csv").exists());
    case.run(&["train", "--epochs=1", "--out=results"]).success();
    case.run(&["line", "--theta=theta.npy", "--x=0:1:3", "--out=results", "--force"]).success();
    assert!(case.path().join("results/line.csv").exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let case = case();
    case.write("file", b"in the way");
    for out in ["file", "file/below", "data/train-images-idx3-ubyte", "/dev/null/out"] {
        for command in [
            &["train", "--epochs=1"][..],
            &["line", "--theta=theta.npy", "--x=0:1:3"],
            &["plane", "--theta=theta.npy", "--x=0:1:3", "--y=0:1:3"],
        ] {
            let run = case.run(&[command, &["--out", out]].concat()).code(1);
            assert!(message(&run).contains(&format!("{out}: cannot be written")), "{}", message(&run));
        }
    }
    assert_eq!(std::fs::read(case.path().join("file")).expect("a file"), b"in the way");
}

#[test]
fn a_disk_that_fills_up_leaves_no_half_of_a_file() {
    let case = case();
    // files may grow to 8 blocks (4 or 8 kB) only, as on a full disk, and the program hears of it
    let full = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    let run = Command::new("sh")
        .args(["-c", full])
        .arg(program::path())
        .arg("plane")
        .args(case.options())
        .args(["--theta=theta.npy", "--x=-1:1:60", "--y=-1:1:60"])
        .current_dir(case.path())
        .output()
        .expect("a shell");
    let message = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(1), "{message}");
    assert!(message.contains("out/plane/plane.csv: cannot be written"), "{message}");
    assert_eq!(message.matches("File too large").count(), 1, "{message}");
    let left: Vec<_> = std::fs::read_dir(case.path().join("out/plane"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left, [".thalweg"]);
}

#[test]
fn a_killed_run_leaves_whole_files_only() {
    let case = case();
    let out = case.path().join("out/train");
    case.run(&["train", "--epochs=1"]).success();
    let mut seen = 0;
    for wait in [20, 40, 60, 90, 130, 180, 250, 500] {
        // the mark that the next run came as far as writing
        std::fs::remove_file(out.join("start.safetensors")).unwrap_or_default();
        let mut run = Command::new(program::path())
            .arg("train")
            .args(case.options())
            .args(["--epochs=100000", "--batch=300"])
            .current_dir(case.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a run");
        std::thread::sleep(Duration::from_millis(wait));
        run.kill().and_then(|()| run.wait()).expect("the run ends");
        if !out.join("start.safetensors").exists() {
            continue;
        }
        assert!(!out.join("run.json").exists(), "a run that was killed, or the one before it, is on record");
        for entry in std::fs::read_dir(out.join("snapshots")).expect("snapshots") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            if !name.starts_with(".unfinished-") {
                let theta = tensors::read(&out.join("snapshots").join(name), &case.network);
                assert!(theta.iter().all(|value| value.is_finite()));
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "no run came as far as a snapshot");
}

#[test]
fn a_run_that_diverged_replaces_an_older_one() {
    let case = Case::of_images(Network { squared: true, ..Network::new(&[36, 7, 4]) });
    case.run(&["train", "--epochs=2"]).success();
    case.run(&["train", "--epochs=2", "--step-size=1e30"]).code(1);
    let out = case.path().join("out/train");
    expect_png(&out.join("train.png"));
    assert_eq!(Results::read(&out.join("train.csv")).setting("step-size").len(), 31);
    let run = case.run_bare(&["path", "--run=out/train"]).code(1);
    assert!(message(&run).contains("at least two snapshots"), "{}", message(&run));
}

#[test]
fn results_of_one_command_replace_each_other() {
    let case = case();
    let run = |seed: &str| {
        case.run(&["plane", "--theta=theta.npy", "--x=-1:1:4", "--y=-1:1:4", "--seed", seed]).success();
        expect_svg(&case.path().join("out/plane/plane.svg"))
    };
    assert_ne!(run("1"), run("2"));
}
