//! The example firmware that learns a drifting task: what it says on every machine, against the host.

use std::time::Duration;

use emulated::emulator::{Clock, run};
use emulated::machine::MACHINES;
use emulated::toolchain::{ITEMS, image};

/// Far more than the task takes, on a busy machine.
const LIMIT: Duration = Duration::from_secs(240);

/// Whether a target computes floats in hardware. The task takes thousands of millions of instructions elsewhere;
/// what holds the bits there are the items.
fn has_floats(target: &str) -> bool {
    target.ends_with("eabihf") || target.contains("imafc")
}

#[test]
fn every_machine_with_floats_reports_what_the_host_sees() {
    let mut wanted = String::new();
    items::drift::report(&mut wanted).expect("a String takes everything");
    let machines: Vec<_> = MACHINES.iter().filter(|machine| has_floats(machine.target)).collect();
    assert_eq!(machines.len(), 4, "M4F, M7, M55 and RV32IMAFC");
    for machine in machines {
        let image =
            image(ITEMS, machine.profile, machine.target, "drift").unwrap_or_else(|why| panic!("{why}"));
        let said = run(machine, &image, Clock::Host, &[], LIMIT)
            .unwrap_or_else(|failure| panic!("{}: {failure}", machine.name));
        assert_eq!(said, wanted, "{}", machine.name);
    }
}
