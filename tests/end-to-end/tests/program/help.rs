//! Help that a person can read: narrow, with an example, units and defaults.

use workbench::program::thalweg;

fn help(arguments: &[&str]) -> String {
    let run = thalweg(&std::env::temp_dir()).args(arguments).assert().success();
    String::from_utf8_lossy(&run.get_output().stdout).into_owned()
}

fn commands() -> Vec<String> {
    let all = help(&["--help"]);
    let list = all.split("Commands:\n").nth(1).expect("a list of commands");
    let names = list
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_has_a_narrow_help_with_an_example() {
    let commands = commands();
    for command in ["deck", "train", "check-model", "line", "plane", "path", "plot"] {
        assert!(commands.iter().any(|name| name == command), "{command} in {commands:?}");
    }
    for command in &commands {
        for flag in ["-h", "--help"] {
            let text = help(&[command, flag]);
            assert!(text.contains(&format!("\nExample: thalweg {command} ")), "{command}");
            for line in text.lines() {
                assert!(line.chars().count() <= 79, "{command}: {line}");
            }
        }
    }
}

#[test]
fn defaults_stand_in_the_help() {
    let text = |command: &str| help(&[command, "--help"]).split_whitespace().collect::<Vec<_>>().join(" ");
    let has = |command: &str, parts: &[&str]| {
        let text = text(command);
        for part in parts {
            assert!(text.contains(part), "{command}: {part} in {text}");
        }
    };
    has(
        "train",
        &[
            "--epochs <NUM> Train for NUM passes over the data [default: 20]",
            "[default: 100]",
            "[default: 0.05]",
            "[default: 0.9]",
            "glorot, uniform:R, normal:S, zeros [default: glorot]",
            "--snapshots <NUM> Keep a snapshot every NUM epochs [default: 1]",
            "[default: 784-128-10]",
            "maxout:K [default: relu]",
            "[default: cross-entropy]",
            "--seed <NUM> Seed every random choice [default: 2015]",
            "[default: out/COMMAND]",
        ],
    );
    has("line", &["[default: 0:1:50]"]);
    has("plane", &["[default: -1:1:51]", "[default: random]", "[default: filter for random]"]);
    has("path", &["[default: 25x25]"]);
    assert!(help(&["--version"]).starts_with("thalweg "));
}

#[test]
fn a_value_may_stand_beside_its_flag_or_behind_an_equals_sign() {
    let case = workbench::case::Case::of_images(workbench::network::Network::new(&[36, 7, 4]));
    let rows = |range: &[&str]| {
        case.run(&[&["line", "--theta", "theta.npy"], range].concat()).success();
        workbench::results::Results::read(&case.path().join("out/line/line.csv")).rows
    };
    assert_eq!(rows(&["--x=-1:1:4"]), rows(&["--x", "-1:1:4"]));
}

#[test]
fn the_examples_in_the_help_work_as_they_stand() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    thalweg(folder.path()).args(["train", "--epochs=3", "--examples=500"]).assert().success();
    for command in ["check-model", "line", "plane", "path", "plot", "train"] {
        let text = help(&[command, "--help"]);
        let example =
            text.lines().find_map(|line| line.strip_prefix("Example: thalweg ")).expect("an example");
        thalweg(folder.path()).args(example.split_whitespace()).assert().success();
    }
}
