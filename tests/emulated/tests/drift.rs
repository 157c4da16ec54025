//! The example firmware that learns a drifting task: what it says on every machine, against the host.

use std::time::Duration;

use emulated::emulator::{Clock, run};
use emulated::machine::MACHINES;
use emulated::toolchain::{ITEMS, image};

/// Far more than the task takes without floats in hardware, on a busy machine.
const LIMIT: Duration = Duration::from_secs(240);

#[test]
fn every_machine_reports_what_the_host_sees() {
    let mut wanted = String::new();
    items::drift::report(&mut wanted).expect("a String takes everything");
    for machine in &MACHINES {
        let image =
            image(ITEMS, machine.profile, machine.target, "drift").unwrap_or_else(|why| panic!("{why}"));
        let said = run(machine, &image, Clock::Host, &[], LIMIT)
            .unwrap_or_else(|failure| panic!("{}: {failure}", machine.name));
        assert_eq!(said, wanted, "{}", machine.name);
    }
}
