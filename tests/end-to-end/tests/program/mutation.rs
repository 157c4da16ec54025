//! Good files bent in a thousand places: the program answers with a result or a message, never with a panic.

use workbench::case::Case;
use workbench::files::gzipped;
use workbench::network::Network;
use workbench::random::Random;
use workbench::tensors::{safetensors, tensors};

/// Ways in which each file is bent.
const WAYS: usize = 40;

/// A file with one thing wrong: a flipped bit, an extreme byte, a part lost, a part twice, its end cut off.
fn bent(good: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = good.to_vec();
    // most faults that matter are in the header
    let place =
        if random.below(3) > 0 { random.below(good.len().min(160)) } else { random.below(good.len()) };
    match random.below(6) {
        0 => bytes[place] ^= 1 << random.below(8),
        1 => bytes[place] = [0, 0xff, 0x7f, b'9', b'-', b'"'][random.below(6)],
        2 => bytes.truncate(place),
        3 => drop(bytes.drain(place..(place + 1 + random.below(8)).min(good.len()))),
        4 => bytes
            .splice(place..place, good[place..(place + 1 + random.below(40)).min(good.len())].to_vec())
            .for_each(drop),
        _ => bytes[place..(place + 8).min(good.len())].fill(0xff),
    }
    bytes
}

/// Runs a command on a file bent in many ways.
fn survives(case: &Case, file: &str, arguments: &[&str], seed: u64) {
    let good = std::fs::read(case.path().join(file)).expect("a good file");
    let mut random = Random(seed);
    let (mut refused, mut accepted) = (0, 0);
    for way in 0..WAYS {
        case.write(file, &bent(&good, &mut random));
        let run = case.run_bare(arguments);
        let output = run.get_output();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!message.contains("panicked"), "{file}, way {way}: {message}");
        match output.status.code() {
            Some(0) => accepted += 1,
            Some(1 | 2) => {
                assert!(message.starts_with("error: "), "{file}, way {way}: {message}");
                refused += 1;
            }
            other => panic!("{file}, way {way}: exit {other:?}: {message}"),
        }
    }
    assert_eq!(refused + accepted, WAYS);
    assert!(refused > 0, "{file}: no way was refused");
    case.write(file, &good);
    case.run_bare(arguments).success();
}

#[test]
fn bent_data_and_parameters_are_refused_or_read() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    let base = ["check-model", "--model=36-7-4", "--data=data", "--theta"];
    let npy = [&base[..], &["theta.npy"]].concat();
    survives(&case, "data/train-images-idx3-ubyte", &npy, 1);
    survives(&case, "data/train-labels-idx1-ubyte", &npy, 2);
    survives(&case, "theta.npy", &npy, 3);
    let images = std::fs::read(case.path().join("data/train-images-idx3-ubyte")).expect("images");
    case.write("data/train-images-idx3-ubyte", &gzipped(&images));
    survives(&case, "data/train-images-idx3-ubyte", &npy, 4);
    let named = tensors(&case.network, &case.theta, true, |layer| (2 * layer).to_string());
    case.write("theta.safetensors", &safetensors(&named));
    survives(&case, "theta.safetensors", &[&base[..], &["theta.safetensors"]].concat(), 5);
}

#[test]
fn bent_arrays_and_network_files_are_refused_or_read() {
    let case = Case::of_arrays(Network::new(&[11, 6, 3]));
    case.write(
        "network.toml",
        b"input = 11\n[[layer]]\nwidth = 6\nactivation = \"tanh\"\n[[layer]]\nwidth = 3\n",
    );
    let run = [
        "check-model",
        "--model=network.toml",
        "--inputs=inputs.npy",
        "--labels=labels.npy",
        "--theta=theta.npy",
    ];
    survives(&case, "inputs.npy", &run, 6);
    survives(&case, "labels.npy", &run, 7);
    survives(&case, "network.toml", &run, 8);
}

#[test]
fn bent_records_and_tables_are_refused_or_drawn() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    case.run(&["train", "--epochs=3"]).success();
    survives(&case, "out/train/run.json", &["path", "--run=out/train", "--surface=3x2"], 9);
    survives(&case, "out/train/train.csv", &["plot", "out/train/train.csv"], 10);
    case.run_bare(&["plane", "--run=out/train", "--directions=run", "--x=0:1:3", "--y=0:1:3"]).success();
    survives(&case, "out/plane/plane.csv", &["plot", "out/plane/plane.csv"], 11);
    survives(&case, "out/plane/plane_path.csv", &["plot", "out/plane/plane.csv"], 12);
}
