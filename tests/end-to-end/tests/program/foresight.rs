//! Long work says beforehand how long it takes and how much memory it needs, and ten times the examples take no
//! more memory than the examples themselves.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use workbench::case::Case;
use workbench::files::{idx_images, idx_labels, npy, npy_labels};
use workbench::network::Network;
use workbench::program::path;

fn started(case: &Case, arguments: &[&str]) -> Child {
    let mut command = Command::new(path());
    command.current_dir(case.path()).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// The first line on stderr of work that nobody waits for; nothing stands on stdout then.
fn said_first(case: &Case, arguments: &[&str]) -> String {
    let mut child = started(case, arguments);
    let mut line = String::new();
    let stderr = child.stderr.take().expect("a pipe");
    BufReader::new(stderr).read_line(&mut line).expect("text");
    child.kill().and_then(|()| child.wait()).expect("a child");
    let mut printed = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut printed).expect("text");
    assert_eq!(printed, "", "{arguments:?}");
    line
}

#[test]
fn long_work_says_beforehand_how_long_it_takes_and_how_much_memory() {
    let case = Case::of_digits(Network::new(&[784, 64, 10]), 300);
    let small = Case::of_images(Network::new(&[36, 7, 4]));
    let own = |case: &Case, arguments: &[&str]| {
        let options = case.options();
        let (command, rest) = arguments.split_first().expect("a command");
        let options = options.iter().map(String::as_str);
        let all: Vec<&str> = std::iter::once(*command).chain(options).chain(rest.iter().copied()).collect();
        said_first(case, &all)
    };
    case.run(&["train", "--epochs=1", "--out=run"]).success();
    let theta = "--theta=theta.npy";
    let lines = [
        ("plane", own(&case, &["plane", theta, "--x=-1:1:1500", "--y=-1:1:1500"])),
        ("plane", own(&case, &["plane", theta, "--x=-1:1:1500", "--y=-1:1:1500", "--json"])),
        ("line", own(&case, &["line", theta, "--x=0:1:2000000"])),
        ("path", own(&case, &["path", "--run=run", "--surface=1500x1500"])),
        ("training", own(&case, &["train", "--epochs=1000000"])),
        ("hessian", own(&case, &["hessian", theta, "--density", "--probes=100000"])),
        ("step", said_first(&case, &["step", theta, "--model=784-64-10"])),
        ("searches", own(&small, &["critical", "--starts=100000", "--steps=1000"])),
    ];
    for (what, line) in lines {
        let numbers =
            line.strip_prefix(&format!("{what}: takes about ")).unwrap_or_else(|| panic!("{what}: {line}"));
        let (time, memory) = numbers.split_once(", and ").unwrap_or_else(|| panic!("{line}"));
        assert!(time.starts_with(|first: char| first.is_ascii_digit()), "{line}");
        assert!(memory.starts_with(|first: char| first.is_ascii_digit()), "{line}");
        assert!(memory.trim_end().ends_with("B of memory"), "{line}");
    }
    for folder in ["plane/plane.csv", "line/line.csv", "hessian/hessian.csv", "train/end.safetensors"] {
        assert!(!case.path().join("out").join(folder).exists(), "{folder}");
    }
}

#[test]
fn short_work_says_nothing() {
    let case = Case::of_images(Network::new(&[36, 7, 4]));
    for arguments in
        [&["plane", "--theta=theta.npy", "--x=-1:1:3", "--y=-1:1:3"][..], &["train", "--epochs=1"]]
    {
        let run = case.run(arguments).success();
        assert_eq!(String::from_utf8_lossy(&run.get_output().stderr), "", "{arguments:?}");
    }
}

/// The most memory that a run takes, in bytes, as Linux counts it.
#[cfg(target_os = "linux")]
fn peak(case: &Case, arguments: &[&str]) -> u64 {
    let mut child = started(case, arguments);
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().expect("a child").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        most = most.max(1024 * kilobytes.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let mut printed = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut printed).expect("text");
    assert!(printed.contains("cost") || printed.contains("top"), "{arguments:?}: {printed}");
    most
}

/// Bytes that may be held besides: what is kept of 40,000 examples of the network here for a product (13 MB), parts
/// that are packed at a time (7 MB), and what the system rounds up. Less than the pixels would take once more.
#[cfg(target_os = "linux")]
const BESIDES: u64 = 24 << 20;

#[cfg(target_os = "linux")]
#[test]
fn ten_times_the_examples_cost_no_more_memory_than_the_examples_themselves() {
    let (few, many, width) = (4_000, 40_000, 784);
    let case = Case::of_images(Network::new(&[784, 16, 10]));
    let pixels: Vec<u8> = (0..many * width).map(|place| (place * 7919 % 256) as u8).collect();
    let labels: Vec<u8> = (0..many).map(|place| (place % 10) as u8).collect();
    let floats: Vec<u8> = pixels.iter().flat_map(|&pixel| f32::from(pixel).to_le_bytes()).collect();
    for (folder, count) in [("few", few), ("many", many)] {
        let images = idx_images(28, 28, &pixels[..count * width]);
        case.write(&format!("{folder}/train-images-idx3-ubyte"), &images);
        case.write(&format!("{folder}/train-labels-idx1-ubyte"), &idx_labels(&labels[..count]));
        let shape = format!("({count}, {width})");
        case.write(&format!("{folder}/inputs.npy"), &npy("<f4", false, &shape, &floats[..count * width * 4]));
        case.write(&format!("{folder}/labels.npy"), &npy_labels(&labels[..count]));
    }
    drop((pixels, floats));
    let commands: [&[&str]; 3] = [
        &["check-model"],
        &["plane", "--x=-1:1:3", "--y=-1:1:3"],
        &["hessian", "--top=1", "--bottom=0", "--max-products=5", "--precision=f32"],
    ];
    for command in commands {
        for arrays in [false, true] {
            let of = |folder: &str| {
                let files = if arrays {
                    vec![format!("--inputs={folder}/inputs.npy"), format!("--labels={folder}/labels.npy")]
                } else {
                    vec![format!("--data={folder}")]
                };
                let base = ["--model=784-16-10", "--theta=theta.npy", "--threads=2"];
                let files = files.iter().map(String::as_str);
                let all: Vec<&str> = command.iter().copied().chain(base).chain(files).collect();
                peak(&case, &all)
            };
            let (of_few, of_many) = (of("few"), of("many"));
            let more = ((many - few) * width * 4) as u64;
            assert!(of_few > 0, "{command:?}");
            assert!(
                of_many <= of_few + more + BESIDES,
                "{command:?}, arrays {arrays}: {of_few} bytes with {few} examples, {of_many} with {many}"
            );
        }
    }
}
