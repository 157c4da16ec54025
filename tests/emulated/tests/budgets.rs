//! What learning takes on each target, against the best on record and against what is promised.

use std::fs::read_to_string;
use std::path::Path;

use emulated::budget::{Cost, Costs, measure_all, on_record, within_a_quarter};
use emulated::machine::Profile;

/// What is promised for 16-32-16-4 on Cortex-M4F: at most so many instructions, bytes of memory, bytes of code.
const PROMISED: [(Profile, &str, Cost); 5] = [
    (Profile::Fast, "step", Cost { instructions: 14_500, memory: 6000, code: Some(9000) }),
    (Profile::Small, "step", Cost { instructions: 24_000, memory: 6000, code: Some(4500) }),
    (Profile::Fast, "forward", Cost { instructions: 5500, memory: 6000, code: Some(9000) }),
    (Profile::Fast, "forward_beside", Cost { instructions: 5500, memory: 6000, code: None }),
    // 64 × 64 multiplications at 3.5 instructions
    (Profile::Fast, "layer", Cost { instructions: 14_336, memory: 6000, code: None }),
];

/// What of `costs` is above what is promised.
fn broken(costs: &Costs, profile: Profile) -> Vec<String> {
    let mut wrong = Vec::new();
    for (_, name, promised) in PROMISED.iter().filter(|(for_profile, ..)| *for_profile == profile) {
        let found = costs.get(*name).copied().unwrap_or_default();
        let kept = (1..=promised.instructions).contains(&found.instructions)
            && (1..=promised.memory).contains(&found.memory)
            && promised.code.is_none_or(|most| found.code.is_some_and(|code| (1..=most).contains(&code)));
        if !kept {
            wrong.push(format!("{name} at {}: {found:?}, promised {promised:?}", profile.level()));
        }
    }
    wrong
}

#[test]
fn nothing_takes_a_quarter_more_than_the_best_and_promises_are_kept() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/budget.txt");
    let text = read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let record = on_record(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let rows = measure_all(&[]).unwrap_or_else(|why| panic!("{why}"));
    let mut wrong = Vec::new();
    let mut measured = 0;
    for (machine, profile, costs) in &rows {
        for (name, cost) in costs {
            let key = [machine.name, profile.level(), name].map(str::to_owned);
            match record.get(&key) {
                Some(best) => {
                    wrong.extend(within_a_quarter(cost, best).err().map(|why| format!("{key:?}: {why}")));
                }
                None => wrong.push(format!("{key:?} is not on record")),
            }
            measured += 1;
        }
        if machine.name == "Cortex-M4F" {
            wrong.extend(broken(costs, *profile));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nthe record is made by `cargo run --release -p emulated --bin budget record`",
        wrong.join("\n")
    );
    assert_eq!(measured, record.len(), "measurements on record");
}

#[test]
fn a_quarter_above_the_best_is_found_and_named() {
    let best = Cost { instructions: 100, memory: 100, code: Some(100) };
    assert_eq!(within_a_quarter(&Cost { instructions: 125, memory: 125, code: Some(125) }, &best), Ok(()));
    let found = Cost { instructions: 126, memory: 90, code: Some(126) };
    assert_eq!(
        within_a_quarter(&found, &best),
        Err("126 instructions, 100 on record; 126 bytes of code, 100 on record".to_owned())
    );
}

#[test]
fn a_broken_promise_is_found_and_named() {
    let costs =
        Costs::from([("step".to_owned(), Cost { instructions: 14_501, memory: 5000, code: Some(8000) })]);
    let wrong = broken(&costs, Profile::Fast);
    assert!(wrong[0].starts_with("step at O3: Cost { instructions: 14501"), "{wrong:?}");
    assert_eq!(wrong.len(), 4, "what was not measured is not kept: {wrong:?}");
}
