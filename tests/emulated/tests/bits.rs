//! The same bits on microcontrollers as on the host, under QEMU.
//!
//! A missing emulator or target is a failure: `tests/install` installs both.

use std::path::Path;
use std::time::Duration;

use emulated::emulator::{Clock, Failure, run};
use emulated::image::symbols;
use emulated::machine::{MACHINES, Machine, targets};
use emulated::toolchain::{self, Profile, image};
use emulated::transcript::check;

/// Far more than any image needs, on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs an image on a machine and compares what it prints with the host.
fn outcome(machine: &Machine, name: &str) -> Result<(), String> {
    let image = image("firmware", Profile::Fast, machine.target, name)?;
    let transcript = run(machine, &image, Clock::Host, LIMIT).map_err(|failure| failure.to_string())?;
    check(&transcript, machine.stack, "device")
}

#[test]
fn every_machine_gives_the_bits_of_the_host() {
    let wrong: Vec<String> = MACHINES
        .iter()
        .filter_map(|machine| outcome(machine, "items").err().map(|why| format!("{}: {why}", machine.name)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_wrong_bit_is_found_and_named() {
    for machine in &MACHINES {
        let why = outcome(machine, "wrong_bit").expect_err("the image has a wrong bit");
        assert!(
            why.contains("item libm/expf: first number that differs is #17: host "),
            "{}: {why}",
            machine.name
        );
        assert!(why.ends_with("; 1 differ"), "{}: {why}", machine.name);
    }
}

#[test]
fn a_panic_is_reported_with_its_message() {
    for machine in &MACHINES {
        let why = outcome(machine, "panics").expect_err("the image panics");
        assert!(why.starts_with("panicked: "), "{}: {why}", machine.name);
        assert!(why.ends_with("on purpose, at number 0"), "{}: {why}", machine.name);
    }
}

#[test]
fn a_fault_is_reported() {
    for machine in &MACHINES {
        let why = outcome(machine, "faults").expect_err("the image runs into a fault");
        assert!(why.starts_with("fault of the processor: "), "{}: {why}", machine.name);
    }
}

#[test]
fn an_endless_image_is_killed_at_the_time_limit() {
    let limit = Duration::from_secs(5);
    let image =
        image("firmware", Profile::Fast, MACHINES[0].target, "hangs").unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(run(&MACHINES[0], &image, Clock::Host, limit), Err(Failure::Hung(limit, String::new())));
}

#[test]
fn a_missing_emulator_fails_and_names_the_script_that_installs_it() {
    let machine = Machine { program: "qemu-system-none", ..MACHINES[0] };
    let failure = run(&machine, Path::new("none"), Clock::Host, LIMIT).expect_err("there is no such program");
    assert!(failure.to_string().contains("`qemu-system-none`"), "{failure}");
    assert!(failure.to_string().ends_with("run tests/install"), "{failure}");
}

#[test]
fn the_core_builds_for_all_targets() {
    toolchain::core().unwrap_or_else(|why| panic!("{why}"));
}

/// Whether a name is that of an allocator.
fn allocates(name: &str) -> bool {
    ["__rust_alloc", "__rust_realloc", "__rdl_alloc", "malloc"].iter().any(|part| name.contains(part))
}

#[test]
fn images_hold_no_allocator() {
    let host = std::env::current_exe().expect("a test knows its own file");
    assert!(
        symbols(&host).expect("a test reads its own file").iter().any(|name| allocates(name)),
        "the allocator of the host is not recognised"
    );
    for target in targets() {
        let image = image("firmware", Profile::Fast, target, "items").unwrap_or_else(|why| panic!("{why}"));
        let symbols = symbols(&image).unwrap_or_else(|why| panic!("{why}"));
        assert!(symbols.iter().any(|name| name == "main"), "{target}: the image has lost its symbols");
        assert_eq!(symbols.iter().find(|name| allocates(name)), None, "{target}");
    }
}
