//! Files that are not what they should be: each is named, with what is wrong, and nothing panics.

use workbench::case::{Case, EXAMPLES};
use workbench::files::{gzipped, idx_images, idx_labels, npy, npy_f64, npy_labels, npy_rows};
use workbench::network::Network;
use workbench::tensors::{safetensors, tensors};

fn images() -> Case {
    Case::of_images(Network::new(&[36, 7, 4]))
}

fn arrays() -> Case {
    Case::of_arrays(Network::new(&[11, 6, 3]))
}

/// Runs `check-model`, which fails, and checks that its message holds all parts.
fn refused(case: &Case, theta: &str, parts: &[&str]) {
    let run = case.run(&["check-model", "--theta", theta]).code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(message.starts_with("error: "), "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` in: {message}");
    }
    assert!(run.get_output().stdout.is_empty());
}

#[test]
fn idx_files_that_are_damaged_or_mislabelled_are_named() {
    let case = images();
    let (image_file, label_file) = ("data/train-images-idx3-ubyte", "data/train-labels-idx1-ubyte");
    let good = [image_file, label_file]
        .map(|name| std::fs::read(case.path().join(name)).expect("a file of the case"));
    let check = |name: &str, bytes: &[u8], parts: &[&str]| {
        let (old, file) = (&good[usize::from(name == label_file)], name);
        case.write(file, bytes);
        refused(&case, "theta.npy", &[&[file], parts].concat());
        case.write(file, &gzipped(bytes));
        refused(&case, "theta.npy", &[&[file], parts].concat());
        case.write(file, old);
    };
    check(image_file, &good[0][..good[0].len() - 1], &["truncated", "10816 bytes", "10815"]);
    check(image_file, &good[0][..10], &["truncated"]);
    check(image_file, &[&good[0][..], &[7]].concat(), &["not the one its header describes"]);
    check(image_file, &good[1], &["these are labels", "images (IDX3, 0x00000803) are needed"]);
    check(label_file, &good[0], &["these are images", "labels (IDX1, 0x00000801) are needed"]);
    check(image_file, b"\x89PNG\r\n\x1a\n....", &["it starts with 0x89504e47"]);
    check(image_file, b"", &["it has 0 bytes"]);
    check(image_file, &idx_images(6, 6, &[]), &["holds 0 images"]);
    check(image_file, &idx_images(0, 0, &[]), &["at least one image of at least one pixel"]);
    check(image_file, &idx_images(6, 6, &[0; 36 * 7]), &["7 examples", "300"]);
    check(label_file, &idx_labels(&[0; EXAMPLES - 1]), &["300 examples", "299"]);
    check(label_file, &good[1][..200], &["truncated"]);
    case.write(image_file, &idx_images(5, 6, &[0; 30 * EXAMPLES]));
    refused(&case, "theta.npy", &["data (train)", "30 wide", "--model 36-7-4 reads 36"]);
    case.write(image_file, &good[0]);
    let mut wrong = good[1].clone();
    wrong[8 + 17] = 4;
    case.write(label_file, &wrong);
    refused(&case, "theta.npy", &["data (train)", "example 17 has label 4", "classes 0 to 3"]);
    case.write(label_file, &good[1]);
    let mut half = gzipped(&good[0]);
    half.truncate(half.len() / 2);
    case.write(image_file, &half);
    refused(&case, "theta.npy", &[image_file]);
    let mut bent = gzipped(&good[0]);
    let middle = bent.len() / 2;
    bent[middle] ^= 0x55;
    case.write(image_file, &bent);
    refused(&case, "theta.npy", &[image_file]);
}

#[test]
fn missing_folders_and_files_are_named() {
    let case = images();
    for (file, parts) in [
        ("train-labels-idx1-ubyte", ["train-labels-idx1-ubyte.gz", "train-labels.idx1-ubyte"]),
        ("train-images-idx3-ubyte", ["train-images-idx3-ubyte.gz", "train-images.idx3-ubyte"]),
    ] {
        std::fs::remove_file(case.path().join("data").join(file)).expect("a file of the case");
        refused(&case, "theta.npy", &parts);
    }
    std::fs::remove_dir_all(case.path().join("data")).expect("the data");
    refused(&case, "theta.npy", &["data: "]);
    case.write("data", b"a file");
    refused(&case, "theta.npy", &["data: "]);
    let half = images();
    half.write("data/t10k-images-idx3-ubyte", &idx_images(6, 6, &[0; 36]));
    refused(&half, "theta.npy", &["t10k-labels-idx1-ubyte"]);
}

#[test]
fn arrays_that_are_no_examples_are_named() {
    let case = arrays();
    let good = ["inputs.npy", "labels.npy"]
        .map(|name| std::fs::read(case.path().join(name)).expect("a file of the case"));
    let inputs = |bytes: &[u8], parts: &[&str]| {
        case.write("inputs.npy", bytes);
        refused(&case, "theta.npy", &[&["inputs.npy"], parts].concat());
        case.write("inputs.npy", &good[0]);
    };
    inputs(&good[0][..good[0].len() - 3], &["truncated"]);
    inputs(&[&good[0][..], &[1, 2]].concat(), &["longer than its header says"]);
    inputs(&good[0][..40], &["inputs.npy: "]);
    inputs(b"", &["no .npy file"]);
    inputs(b"PK\x03\x04", &[".npz"]);
    inputs(&npy("<f2", false, "(300, 11)", &[0; 6600]), &["f4 or f8"]);
    inputs(&npy("|O", false, "(300, 11)", &[0; 3300]), &["inputs.npy: "]);
    inputs(&npy("<c16", false, "(300, 11)", &[0; 52800]), &["f4 or f8"]);
    inputs(&npy("<f8", false, "(0, 11)", &[]), &["at least one example"]);
    inputs(&npy("<f8", false, "(300, 0)", &[]), &["at least one example"]);
    inputs(&npy("<f8", false, "(0, 99999999999, 99999999999)", &[]), &["at least one example"]);
    inputs(&npy("<f8", false, "()", &[0; 8]), &["N×width"]);
    inputs(&npy("<f8", false, "(99999999999, 99999999999)", &[]), &["counted"]);
    inputs(&npy_rows(10, &[0.5; 3000]), &["10 wide", "reads 11"]);
    inputs(&npy_rows(11, &[0.5; 11 * 299]), &["299 examples"]);
    for bad in [f64::NAN, f64::INFINITY] {
        let mut values = case.inputs.clone();
        values[11 * 5 + 2] = bad;
        inputs(&npy_rows(11, &values), &["row 5, column 2", &bad.to_string()]);
    }
    let mut values = case.inputs.clone();
    values[11 * 4] = 1e300;
    inputs(&npy_rows(11, &values), &["example 4", "--precision f64"]);
    let labels = |bytes: &[u8], parts: &[&str]| {
        case.write("labels.npy", bytes);
        refused(&case, "theta.npy", parts);
        case.write("labels.npy", &good[1]);
    };
    let mut wrong = [1; EXAMPLES];
    wrong[9] = 3;
    labels(&npy_labels(&wrong), &["example 9 has label 3", "classes 0 to 2"]);
    wrong[9] = 255;
    labels(&npy("|i1", false, "(300,)", &wrong), &["labels.npy: label -1 of example 9"]);
    labels(&npy("<f8", false, "(300,)", &[0; 2400]), &["labels.npy: ", "integers"]);
    labels(&npy_rows(3, &[0.5; 900]), &["--loss cross-entropy needs integer labels"]);
    labels(&npy_labels(&[0; 7]), &["300 examples", "labels.npy holds 7"]);
    labels(&npy("<u8", false, "(300,)", &[255; 2400]), &["labels.npy: label 18446744073709551615"]);
}

#[test]
fn float_targets_of_the_wrong_width_or_value_are_named() {
    let case = Case::of_arrays(Network { squared: true, ..Network::new(&[11, 6, 3]) });
    case.write("labels.npy", &npy_rows(2, &[0.5; 600]));
    refused(&case, "theta.npy", &["inputs.npy", "one row of 3 numbers per example"]);
    let mut values = [0.5; 900];
    values[3 * 8 + 1] = f64::NAN;
    case.write("labels.npy", &npy_rows(3, &values));
    refused(&case, "theta.npy", &["labels.npy: row 8, column 1 is NaN"]);
}

#[test]
fn parameters_that_do_not_fit_are_named() {
    let case = images();
    let theta = |name: &str, bytes: &[u8], parts: &[&str]| {
        case.write(name, bytes);
        refused(&case, name, &[&[name], parts].concat());
    };
    theta("t.npy", &npy_f64(&case.theta[1..]), &["291 parameters", "[290]"]);
    theta("t.npy", &npy_rows(3, &case.theta), &["[97, 3]", "flat"]);
    theta("t.npy", &npy("<i8", false, "(291,)", &[0; 291 * 8]), &["integer", "f4 or f8"]);
    for bad in [f64::NAN, f64::NEG_INFINITY] {
        let mut values = case.theta.clone();
        values[17] = bad;
        theta("t.npy", &npy_f64(&values), &["parameter 17 is", &bad.to_string()]);
    }
    let mut values = case.theta.clone();
    values[3] = 1e39;
    theta("t.npy", &npy_f64(&values), &["parameter 3 is 1e39", "--precision f64"]);
    case.run(&["check-model", "--theta=t.npy", "--precision=f64"]).success();
    let named = |single| tensors(&case.network, &case.theta, single, |layer| (2 * layer).to_string());
    let good = safetensors(&named(true));
    theta("t.safetensors", &good[..good.len() - 1], &["no whole .safetensors"]);
    theta("t.safetensors", &[&good[..], &[0]].concat(), &["no whole .safetensors"]);
    theta("t.safetensors", &good[..5], &["no whole .safetensors"]);
    theta("t.safetensors", b"", &["no whole .safetensors"]);
    let mut turned = named(true);
    turned[0].shape.reverse();
    theta("t.safetensors", &safetensors(&turned), &["0.weight has shape [36, 7]", "transposed"]);
    let mut whole = named(false);
    whole[2].dtype = "I64";
    theta("t.safetensors", &safetensors(&whole), &["2.weight holds I64", "float()"]);
    let fewer = named(true);
    theta("t.safetensors", &safetensors(&fewer[..3]), &["it needs 0.weight [7, 36]", "2.weight"]);
    let mut half = named(true);
    half[0].dtype = "F16";
    half[0].bytes.truncate(36 * 7 * 2);
    theta("t.safetensors", &safetensors(&half), &["0.weight holds F16", "float()"]);
    theta("t.csv", b"1,2", &[".npy (flat) and .safetensors"]);
    refused(&case, "nowhere.npy", &["nowhere.npy: "]);
    refused(&case, "nowhere.safetensors", &["nowhere.safetensors: "]);
    refused(&case, "data", &["data: "]);
}

#[test]
fn a_pickle_is_answered_with_the_one_line_that_exports_it() {
    let case = images();
    for name in ["model.pt", "model.pth", "model.bin"] {
        case.write(name, b"PK\x03\x04");
        refused(&case, name, &[name, "python -c \"import torch"]);
    }
    let run = case.run(&["check-model", "--theta=model.pt"]).code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(message.contains("save_file(torch.load('model.pt', weights_only=True), 'model.safetensors')"));
    assert_eq!(message.trim_end().lines().count(), 1);
}

#[test]
fn directions_are_read_as_carefully_as_parameters() {
    let case = images();
    let check = |file: &str, parts: &[&str]| {
        for run in [
            &["line", "--theta=theta.npy", "--direction-x", file][..],
            &["plane", "--theta=theta.npy", "--direction-x=theta.npy", "--direction-y", file],
            &["line", "--theta=theta.npy", "--theta2", file],
            &["plane", "--theta=theta.npy", "--theta2=theta.npy", "--theta3", file],
        ] {
            let run = case.run(run).code(1);
            let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
            assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        }
    };
    case.write("short.npy", &npy_f64(&case.theta[1..]));
    check("short.npy", &["short.npy", "291 parameters"]);
    let mut values = case.theta.clone();
    values[0] = f64::NAN;
    case.write("nan.npy", &npy_f64(&values));
    check("nan.npy", &["nan.npy: parameter 0 is NaN"]);
    case.write("zero.npy", &npy_f64(&[0.0; 291]));
    let run = case.run(&["line", "--theta=theta.npy", "--direction-x=zero.npy"]).code(1);
    assert!(String::from_utf8_lossy(&run.get_output().stderr).contains("zero.npy: the direction is zero"));
}

#[test]
fn a_network_file_that_makes_no_sense_is_named_with_its_place() {
    let case = images();
    let check = |text: &str, parts: &[&str]| {
        case.write("network.toml", text.as_bytes());
        let run = case
            .run_bare(&["check-model", "--theta=theta.npy", "--model=network.toml", "--data=data"])
            .code(1);
        let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(message.contains("network.toml") || message.contains("did you mean"), "{message}");
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    };
    check("", &["input"]);
    check("input = 36\nlayer = []\n", &["at least one [[layer]]"]);
    check("input = -36\n[[layer]]\nwidth = 4\n", &["line 1"]);
    check("input = 36\n[[layer]]\nwidht = 4\n", &["widht", "width"]);
    check("input = 36\n[[layer]]\nwidth = 4\nactivation = \"rleu\"\n", &["did you mean `relu`"]);
    check("input = 36\n[[layer]]\nwidth = 4\ntied = 0\n", &["layer 0 is tied"]);
    check("input = 36\n[[layer]]\nwidth = 0\n", &[]);
    check("input = 0\n[[layer]]\nwidth = 4\n", &[]);
    check("\u{0}", &["line 1"]);
}
