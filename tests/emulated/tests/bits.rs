//! The same bits on microcontrollers as on the host, under QEMU.
//!
//! A missing emulator or target is a failure: `tests/install` installs both.

use std::path::Path;
use std::thread::{ScopedJoinHandle, scope};
use std::time::Duration;

use emulated::emulator::{Clock, Failure, run};
use emulated::image::{allocates, symbols};
use emulated::machine::{MACHINES, Machine};
use emulated::toolchain::{self, ITEMS, image};
use emulated::transcript::check;

/// Far more than any image needs, on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs an image on a machine, with what shall go wrong, and compares what it prints with the host.
fn outcome(machine: &Machine, name: &str, wrong: &str) -> Result<(), String> {
    let image = image(ITEMS, machine.profile, machine.target, name)?;
    let stack = machine.stack.to_string();
    let transcript =
        run(machine, &image, Clock::Host, &[&stack, wrong], LIMIT).map_err(|failure| failure.to_string())?;
    check(&transcript, machine.stack, "device")
}

/// The outcome on every machine, run at the same time.
fn outcomes(name: &str, wrong: &str) -> Vec<(&'static str, Result<(), String>)> {
    scope(|threads| {
        let runs: Vec<_> = MACHINES
            .iter()
            .map(|machine| (machine.name, threads.spawn(|| outcome(machine, name, wrong))))
            .collect();
        let join = |run: ScopedJoinHandle<_>| run.join().unwrap_or_else(|_| Err("the host panicked".into()));
        runs.into_iter().map(|(name, run)| (name, join(run))).collect()
    })
}

#[test]
fn every_machine_gives_the_bits_of_the_host() {
    let wrong: Vec<String> = outcomes("items", "nothing")
        .into_iter()
        .filter_map(|(name, outcome)| outcome.err().map(|why| format!("{name}: {why}")))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_smallest_machine_runs_every_item() {
    let smallest = MACHINES.iter().map(|machine| machine.stack).min().expect("there are machines");
    assert_eq!(items::items_within(smallest).count(), items::ITEMS.len());
}

#[test]
fn a_wrong_bit_is_found_and_named() {
    for (machine, outcome) in outcomes("items", "bit") {
        let why = outcome.expect_err("the image has a wrong bit");
        assert!(
            why.starts_with("item single/exp: first number that differs is #17: host "),
            "{machine}: {why}"
        );
        assert!(why.ends_with("; 1 differ"), "{machine}: {why}");
    }
}

#[test]
fn a_panic_is_reported_with_its_message() {
    for (machine, outcome) in outcomes("items", "panic") {
        let why = outcome.expect_err("the image panics");
        assert!(why.starts_with("panicked: "), "{machine}: {why}");
        assert!(why.ends_with("on purpose, at number 0"), "{machine}: {why}");
    }
}

#[test]
fn a_fault_is_reported() {
    for (machine, outcome) in outcomes("faults", "nothing") {
        let why = outcome.expect_err("the image runs into a fault");
        assert!(why.starts_with("fault of the processor: "), "{machine}: {why}");
    }
}

#[test]
fn an_endless_image_is_killed_at_the_time_limit() {
    let limit = Duration::from_secs(5);
    let image =
        image(ITEMS, MACHINES[0].profile, MACHINES[0].target, "hangs").unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(run(&MACHINES[0], &image, Clock::Host, &[], limit), Err(Failure::Hung(limit, String::new())));
}

#[test]
fn a_missing_emulator_fails_and_names_the_script_that_installs_it() {
    let machine = Machine { program: "qemu-system-none", ..MACHINES[0] };
    let failure =
        run(&machine, Path::new("none"), Clock::Host, &[], LIMIT).expect_err("there is no such program");
    assert!(failure.to_string().contains("`qemu-system-none`"), "{failure}");
    assert!(failure.to_string().ends_with("run tests/install"), "{failure}");
}

#[test]
fn the_core_builds_for_all_targets() {
    toolchain::core().unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn images_hold_no_allocator() {
    let host = std::env::current_exe().expect("a test knows its own file");
    assert!(
        symbols(&host).expect("a test reads its own file").iter().any(|name| allocates(name)),
        "the allocator of the host is not recognised"
    );
    for Machine { target, profile, .. } in MACHINES {
        let image = image(ITEMS, profile, target, "items").unwrap_or_else(|why| panic!("{why}"));
        let symbols = symbols(&image).unwrap_or_else(|why| panic!("{why}"));
        assert!(symbols.iter().any(|name| name == "main"), "{target}: the image has lost its symbols");
        assert_eq!(symbols.iter().find(|name| allocates(name)), None, "{target}");
    }
}
