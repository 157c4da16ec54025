//! Every format in which data and parameters come, each giving the same cost.

use workbench::case::{Case, object};
use workbench::files::{gzipped, npy, npy_f32};
use workbench::network::{Network, Targets};
use workbench::results::difference;
use workbench::tensors::{safetensors, tensors};

/// Sums of some hundred f64 products with a handful of roundings each.
const DOUBLE: f64 = 1e-12;

fn cost(case: &Case, theta: &str) -> f64 {
    let summary = case.summary(&["check-model", "--theta", theta, "--precision=f64", "--json"]);
    summary["cost"].as_f64().expect("a cost")
}

fn expect_cost(case: &Case, theta: &str) {
    let wanted = case.network.measure(&case.theta, &case.inputs, &case.targets).cost;
    assert!(difference(&[cost(case, theta)], &[wanted]) <= DOUBLE, "{theta}");
}

fn labels(case: &Case) -> Vec<u8> {
    if let Targets::Labels(labels) = &case.targets { labels.clone() } else { Vec::new() }
}

#[test]
fn idx_files_are_found_plain_and_gzipped_with_dash_and_dot() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    let parts = ["train-images", "train-labels"].map(|part| {
        let name = format!("{part}-idx{}-ubyte", if part.ends_with("images") { 3 } else { 1 });
        std::fs::read(case.path().join("data").join(name)).expect("a file of the case")
    });
    for (images, labels, packed) in [
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", true),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte", false),
        ("train-images.idx3-ubyte.gz", "train-labels-idx1-ubyte", true),
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", true),
    ] {
        std::fs::remove_dir_all(case.path().join("data")).expect("the old data");
        let bytes = |part: &Vec<u8>| if packed { gzipped(part) } else { part.clone() };
        case.write(&format!("data/{images}"), &bytes(&parts[0]));
        case.write(&format!("data/{labels}"), &bytes(&parts[1]));
        expect_cost(&case, "theta.npy");
    }
}

#[test]
fn test_data_are_measured_beside_training_data() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    for (from, to) in [
        ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte"),
        ("train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"),
    ] {
        let bytes = std::fs::read(case.path().join("data").join(from)).expect("a file of the case");
        case.write(&format!("data/{to}"), &bytes);
    }
    case.run(&["line", "--theta=theta.npy", "--x=0:1:3", "--examples=20"]).success();
    let found = workbench::results::Results::read(&case.path().join("out/line/line.csv"));
    assert_eq!(found.columns, ["alpha", "train_cost", "train_accuracy", "test_cost", "test_accuracy"]);
    assert_eq!(found.setting("test-examples"), "300");
    let all = case.network.measure(&case.theta, &case.inputs, &case.targets);
    assert!(difference(&found.numbers("test_cost")[..1], &[all.cost]) < 1e-6);
    assert_ne!(found.numbers("test_cost"), found.numbers("train_cost"));
}

#[test]
fn labels_are_read_in_every_integer_type_and_byte_order() {
    let case = Case::of_arrays(Network::new(&[11, 6, 3]));
    let labels = labels(&case);
    let shape = format!("({},)", labels.len());
    for kind in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"] {
        for order in ["<", ">", "|"] {
            let size: usize = kind[1..].parse().expect("a size");
            if (order == "|") != (size == 1) {
                continue;
            }
            let bytes = |label: &u8| {
                let mut bytes = vec![0; size];
                bytes[if order == ">" { size - 1 } else { 0 }] = *label;
                bytes
            };
            let numbers: Vec<u8> = labels.iter().flat_map(bytes).collect();
            case.write("labels.npy", &npy(&format!("{order}{kind}"), false, &shape, &numbers));
            expect_cost(&case, "theta.npy");
        }
    }
}

#[test]
fn floats_are_read_in_either_order_size_and_byte_order() {
    let case = Case::of_arrays(Network::new(&[11, 6, 3]));
    let count = case.inputs.len() / 11;
    let shape = format!("({count}, 11)");
    let turned: Vec<f64> = (0..11)
        .flat_map(|column| (0..count).map(move |row| (row, column)))
        .map(|(row, column)| case.inputs[row * 11 + column])
        .collect();
    let big = |values: &[f64]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>();
    let single =
        |values: &[f64]| values.iter().flat_map(|value| (*value as f32).to_be_bytes()).collect::<Vec<u8>>();
    let little = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    for file in [
        npy(">f8", false, &shape, &big(&case.inputs)),
        npy(">f4", false, &shape, &single(&case.inputs)),
        npy("<f8", true, &shape, &little(&turned)),
        npy(">f4", true, &shape, &single(&turned)),
        npy("<f8", false, &format!("({count}, 1, 11)"), &little(&case.inputs)),
    ] {
        case.write("inputs.npy", &file);
        expect_cost(&case, "theta.npy");
    }
    case.write("theta.npy", &npy_f32(&case.theta));
    expect_cost(&case, "theta.npy");
}

#[test]
fn tensors_are_read_in_either_precision_and_foreign_names_are_told() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    for single in [true, false] {
        let named = tensors(&case.network, &case.theta, single, |layer| (2 * layer).to_string());
        case.write("named.safetensors", &safetensors(&named));
        expect_cost(&case, "named.safetensors");
        let told = case.run(&["check-model", "--theta=named.safetensors"]).success();
        assert!(!String::from_utf8_lossy(&told.get_output().stdout).contains("->"));
    }
    for names in [["fc1", "fc2"], ["net.fc9", "net.fc10"], ["encoder", "decoder"], ["body.0", "head"]] {
        let mut named = tensors(&case.network, &case.theta, true, |layer| names[layer].to_owned());
        named.reverse();
        case.write("foreign.safetensors", &safetensors(&named));
        expect_cost(&case, "foreign.safetensors");
        let told = case.run(&["check-model", "--theta=foreign.safetensors"]).success();
        let told = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
        assert!(told.contains(&format!("{}.weight -> 0.weight [7, 36]\n", names[0])), "{told}");
        assert!(told.contains(&format!("{}.bias -> 2.bias [4]\n", names[1])), "{told}");
        let json = case.summary(&["check-model", "--theta=foreign.safetensors", "--json"]);
        assert!(json["settings"]["notes"].as_str().expect("the mapping").contains("-> 2.weight [4, 7]"));
    }
}

#[test]
fn a_file_describes_the_same_network_as_its_widths() {
    let case = Case::of_images(Network::new(&[36, 7, 6, 4]));
    let file = "input = 36\n[[layer]]\nwidth = 7\n[[layer]]\nwidth = 6\nactivation = \"relu\"\n[[layer]]\nwidth = 4\n";
    case.write("network.toml", file.as_bytes());
    let run = [
        "check-model",
        "--model=network.toml",
        "--data=data",
        "--theta=theta.npy",
        "--precision=f64",
        "--json",
    ];
    let found = object(&case.run_bare(&run).success());
    assert_eq!(found["cost"].as_f64(), Some(cost(&case, "theta.npy")));
    assert_eq!(found["settings"]["model"], "network.toml");
}
