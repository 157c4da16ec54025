//! `export` and `size`: parameters on their way to a device and back, and what a network needs there.

use workbench::case::{Case, object};
use workbench::network::Network;

fn case() -> Case {
    Case::of_images(Network::new(&[36, 7, 4]))
}

/// What a command prints that has no data to read.
fn summary(case: &Case, arguments: &[&str]) -> serde_json::Value {
    object(&case.run_bare(arguments).success())
}

fn message(case: &Case, code: i32, arguments: &[&str]) -> String {
    let run = case.run_bare(arguments).code(code);
    assert!(run.get_output().stdout.is_empty(), "{arguments:?}");
    String::from_utf8_lossy(&run.get_output().stderr).into_owned()
}

/// CRC-32, bit by bit from the highest: another form than the program's.
fn crc(bytes: &[u8]) -> u32 {
    let mut remainder = u32::MAX;
    for byte in bytes {
        for bit in 0..8 {
            let fed = u32::from(byte >> bit & 1) ^ remainder >> 31;
            remainder = remainder << 1 ^ if fed == 1 { 0x04c1_1db7 } else { 0 };
        }
    }
    !remainder.reverse_bits()
}

#[test]
fn every_format_comes_back_to_the_same_file() {
    let case = case();
    let model = "--model=36-7-4";
    let first = summary(&case, &["export", model, "--theta=theta.npy", "--to=first.bin", "--json"]);
    let bytes = std::fs::read(case.path().join("first.bin")).expect("written");
    let (numbers, check) = bytes.split_at(bytes.len() - 4);
    assert_eq!(numbers.len(), 4 * (36 * 7 + 7 + 7 * 4 + 4));
    assert_eq!(check, crc(numbers).to_le_bytes());
    assert_eq!(first["check"], format!("{:#010x}", crc(numbers)));
    let _ = summary(&case, &["export", model, "--from=first.bin", "--to=whole.safetensors", "--json"]);
    for name in ["theta.rs", "theta.h", "sub/theta.bin"] {
        let (to, from) = (format!("--to={name}"), format!("--from={name}"));
        let out = summary(&case, &["export", model, "--theta=whole.safetensors", &to, "--json"]);
        assert_eq!(out["check"], first["check"], "{name}");
        let _ = summary(&case, &["export", model, &from, "--to=back.safetensors", "--json"]);
        let read = |name| std::fs::read(case.path().join(name)).expect("written");
        assert!(read("back.safetensors") == read("whole.safetensors"), "{name}");
    }
    assert!(!case.path().join(".thalweg").exists() && !case.path().join("out").exists());
}

#[test]
fn what_cannot_be_exported_or_read_back_is_named() {
    let case = case();
    let model = "--model=36-7-4";
    let _ = summary(&case, &["export", model, "--theta=theta.npy", "--to=theta.bin", "--json"]);
    let mut bytes = std::fs::read(case.path().join("theta.bin")).expect("written");
    bytes[17] ^= 4;
    case.write("changed.bin", &bytes);
    case.write("odd.bin", &bytes[1..]);
    case.write("empty.rs", b"");
    for (arguments, part) in [
        (["--from=changed.bin", "--to=b.safetensors"], "changed or damaged"),
        (["--from=odd.bin", "--to=b.safetensors"], "whole numbers of four bytes"),
        (["--from=empty.rs", "--to=b.safetensors"], "empty.rs: `CHECK: u32 = 0x…;` is not there"),
        (["--from=none.bin", "--to=b.safetensors"], "none.bin"),
        (["--from=theta.bin", "--to=b.npy"], "--to b.npy"),
        (["--theta=theta.npy", "--to=theta.txt"], "--format rust, c or bin"),
        (["--theta=none.npy", "--to=theta.rs"], "none.npy"),
    ] {
        let [from, to] = arguments;
        let message = message(&case, 1, &["export", model, from, to]);
        assert!(message.contains(part), "{arguments:?}: `{part}` in: {message}");
    }
    let other = message(&case, 1, &["export", "--model=36-7-5", "--from=theta.bin", "--to=b.safetensors"]);
    assert!(other.contains("291 numbers, and --model 36-7-5 has 299 parameters"), "{other}");
    assert!(message(&case, 2, &["export", "--to=theta.rs"]).contains("--theta"));
    assert!(!case.path().join("b.safetensors").exists());
}

#[test]
fn the_memory_of_each_task_is_the_sum_of_its_parts() {
    let case = case();
    let run = ["size", "--model=16-32-16-4", "--loss=squared-error", "--ram=8K", "--flash=24K", "--json"];
    let found = summary(&case, &run);
    assert_eq!(found["parameters"], 1140);
    // θ, registers, deltas, one example; tangents are those of all seven results but the loss, and what takes a
    // gradient as a vector packs the example into its memory
    let (n, registers, input, tangents) = (1140, 32 + 16 + 4, 16, 32 + 32 + 16 + 16 + 4);
    let mut answers = Vec::new();
    for (task, numbers) in [
        ("inference", registers + input),
        ("plane", registers + 3 * 32 + input),
        ("training", n + registers + 2 * 32 + input),
        ("momentum", 2 * n + registers + 2 * 32 + input),
        ("gradient", 2 * n + 2 * registers + 2 * input),
        ("curvature_step", 2 * n + 3 * registers + tangents + 2 * input),
        ("hessian_vector", 3 * n + 3 * registers + tangents + 2 * input),
    ] {
        let found = &found["tasks"][task];
        assert_eq!(found["buffers"], 4 * numbers, "{task}");
        let targets = found["fits"].as_object().expect("an object");
        assert_eq!(targets.len(), 6, "{task}");
        for (target, fits) in targets {
            let bytes = |what: &str| found[what][target].as_u64().expect("bytes");
            let stack = bytes("ram") - 4 * numbers;
            assert!((100..2000).contains(&stack), "{task} {target}: {stack} bytes of stack");
            let wanted = if bytes("ram") <= 8 << 10 && bytes("flash") <= 24 << 10 { "yes" } else { "no" };
            assert_eq!(fits, wanted, "{task} {target}");
            answers.push(wanted);
        }
    }
    assert!(answers.contains(&"yes") && answers.contains(&"no"));
    assert!(message(&case, 2, &["size", "--ram=8M"]).contains("`8M` is no number of bytes"));
    assert!(message(&case, 2, &["size", "--model=16-x"]).contains("`x` in `16-x` is not a width"));
}
