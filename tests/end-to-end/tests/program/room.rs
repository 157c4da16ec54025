//! What does not fit memory is refused with its size, before it is allocated.

use workbench::case::Case;
use workbench::network::Network;

fn refused(case: &Case, arguments: &[&str], parts: &[&str]) {
    let run = case.run_bare(arguments).code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    for part in parts {
        assert!(message.contains(part), "`{part}` in: {message}");
    }
    assert!(!case.path().join("out").exists());
}

#[test]
fn grids_larger_than_memory_are_refused() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    let base = ["--theta=theta.npy", "--model=36-7-4", "--data=data"];
    let parts =
        ["--x, --y: 10000000×10000000 points", "needs 50 PB of memory", " are free", "take fewer points"];
    refused(&case, &[&["plane", "--x=-1:1:10000000", "--y=-1:1:10000000"], &base[..]].concat(), &parts);
    let most = usize::MAX.to_string();
    let range = format!("--x=-1:1:{most}");
    refused(&case, &[&["plane", &range], &base[..]].concat(), &[&most, "of memory"]);
    refused(&case, &[&["line", &range], &base[..]].concat(), &["--x: ", &most, "of memory"]);
    case.run(&["train", "--epochs=2", "--out=run"]).success();
    refused(
        &case,
        &["path", "--run=run", "--surface=10000000x10000000"],
        &["--surface 10000000x10000000", "50 PB"],
    );
}

#[test]
fn counts_larger_than_memory_are_refused_and_as_many_pairs_as_can_be_asked_for_are_all_there_are() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    let base = ["--theta=theta.npy", "--model=36-7-4", "--data=data"];
    let most = usize::MAX.to_string();
    let option = |name: &str| format!("--{name}={most}");
    let sizes = "--sizes=0:1:999999999999";
    refused(&case, &[&["step", sizes], &base[..]].concat(), &["--sizes: 999999999999 points", "of memory"]);
    let starts = option("starts");
    refused(&case, &[&["critical", &starts], &base[..]].concat(), &["--starts ", &most, "of memory"]);
    let layers = format!("--model=36{}", "-4".repeat(5000));
    refused(&case, &["train", &layers, "--data=data"], &["--model", "5000 layers", "4096"]);
    let block = option("block");
    let run = case.run(&["hessian", "--theta=theta.npy", &block]).code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(message.contains("basis of Lanczos' method: needs"), "{message}");
    let top = option("top");
    let summary = case.summary(&[
        "hessian",
        "--theta=theta.npy",
        "--examples=40",
        &top,
        "--bottom=0",
        "--json",
        "--force",
    ]);
    assert_eq!(summary["top"].as_array().map(Vec::len), Some(36 * 7 + 7 + 7 * 4 + 4), "{summary}");
}

#[test]
fn networks_larger_than_memory_are_refused() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    for (model, parts) in [
        ("36-100000000000-4", &["--model", "bytes"][..]),
        ("36-99999999999-99999999999-4", &["--model", "too large"]),
        ("36-50000000-4", &["--model 36-50000000-4", "of memory"]),
    ] {
        let model = format!("--model={model}");
        refused(&case, &["train", &model, "--data=data"], parts);
        refused(&case, &["check-model", &model, "--data=data", "--theta=theta.npy"], &parts[..1]);
    }
    let model = ["train", "--model=36-7-4", "--data=data", "--activation=maxout:99999999999"];
    refused(&case, &model, &["--model"]);
}

#[test]
fn files_that_promise_more_than_memory_are_refused() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    let mut images = workbench::files::idx_images(6, 6, &[0; 36]);
    images[4..16].fill(0xff);
    let base = ["check-model", "--theta=theta.npy", "--model=36-7-4", "--data=data"];
    for bytes in [images.clone(), workbench::files::gzipped(&images)] {
        case.write("data/train-images-idx3-ubyte", &bytes);
        refused(&case, &base, &["data/train-images-idx3-ubyte", "4294967295", "of memory"]);
    }
    // a file of 8 TB, of which nothing is written
    let large = std::fs::File::create(case.path().join("large.npy")).expect("a file");
    if large.set_len(8_000_000_000_000).is_ok() {
        refused(&case, &["check-model", "--theta=large.npy"], &["large.npy", "needs 8.0 TB of memory"]);
    }
}
