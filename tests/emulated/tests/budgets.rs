//! What learning takes on each target, against the best on record and against what is promised.

use std::fs::read_to_string;
use std::path::Path;

use emulated::budget::{Cost, Costs, IMAGES, Row, measure_all, on_record, twins, within_a_quarter};
use emulated::image::flash;
use emulated::machine::Profile;
use emulated::stack::{Functions, deepest_of, functions, reached};
use emulated::tables::tables;
use emulated::toolchain::{BUDGET, FUNCTIONS, image};
use thalweg_core::device::footprint::Task;
use thalweg_core::network::Network;

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn the_record() -> Vec<Row> {
    on_record(&text("fixtures/golden/budget.txt")).unwrap_or_else(|why| panic!("{why}"))
}

/// What is promised of a measurement for 16-32-16-4 on Cortex-M4F: at most so many instructions, bytes of memory
/// and bytes of code.
#[derive(Clone, Copy, Debug)]
struct Promise(Profile, &'static str, u64, u64, Option<u64>);

const PROMISED: [Promise; 5] = [
    Promise(Profile::Fast, "step", 14_500, 6000, Some(9000)),
    Promise(Profile::Small, "step", 24_000, 6000, Some(4500)),
    Promise(Profile::Fast, "forward", 5500, 6000, Some(9000)),
    Promise(Profile::Fast, "forward_beside", 5500, 6000, None),
    Promise(Profile::Fast, "layer", 14_336, 6000, None), // 64 × 64 multiplications at 3.5 instructions
];

/// What of `costs` is above what is promised.
fn broken(costs: &Costs, profile: Profile) -> Vec<String> {
    let mut wrong = Vec::new();
    for promise @ Promise(_, name, instructions, memory, code) in
        PROMISED.iter().filter(|promise| promise.0 == profile)
    {
        let found = costs.get(*name).copied().unwrap_or_default();
        let kept = (1..=*instructions).contains(&found.instructions)
            && (1..=*memory).contains(&found.memory())
            && code.is_none_or(|most| found.code.is_some_and(|code| (1..=most).contains(&code)));
        if !kept {
            wrong.push(format!("{name} at {}: {found:?}, promised {promise:?}", profile.level()));
        }
    }
    wrong
}

#[test]
fn nothing_is_a_quarter_off_the_record_and_promises_are_kept() {
    let rows = measure_all(&[]).unwrap_or_else(|why| panic!("{why}"));
    let mut wrong = Vec::new();
    for (row, best) in rows.iter().zip(the_record()) {
        let case = format!("{} at {}", row.machine.name, row.profile.level());
        assert_eq!(row.costs.keys().collect::<Vec<_>>(), best.costs.keys().collect::<Vec<_>>(), "{case}");
        for ((name, found), best) in row.costs.iter().zip(best.costs.values()) {
            wrong.extend(within_a_quarter(found, best).err().map(|why| format!("{case}: {name}: {why}")));
            // a record that is not the best any more
            let stale = within_a_quarter(best, found).err();
            wrong.extend(stale.map(|why| format!("{case}: {name}: on record {why} now")));
        }
        if row.machine.name == "Cortex-M4F" {
            wrong.extend(broken(&row.costs, row.profile));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nthe record is made by `cargo run --release -p emulated --bin budget record`",
        wrong.join("\n")
    );
}

#[test]
fn the_readme_shows_the_record() {
    let wanted = tables(&the_record());
    assert!(wanted.lines().count() > 30, "{wanted}");
    assert!(
        text("README.md").contains(&wanted),
        "README.md does not show what `cargo run --release -p emulated --bin budget recorded` prints:\n{wanted}"
    );
}

/// The functions of a task: what is reached from where the images call one.
fn of_the_task(functions: &Functions) -> u64 {
    let all = reached(functions, |name| name.contains("machine5stack4call"));
    all.iter().filter_map(|address| functions.get(address)).map(|function| function.size).sum()
}

/// Bytes of `memcpy` and its like, and of the frame of a task that does nothing.
const SHARED: u64 = 1536;
/// Bytes of constants that a task may bring with it.
const CONSTANTS: u64 = 1024;

#[test]
fn the_bytes_of_code_are_those_of_the_functions_that_a_task_reaches() {
    for row in the_record() {
        for name in IMAGES {
            let case = format!("{name} on {} at {}", row.machine.name, row.profile.level());
            let [full, hollow] =
                twins(&row.machine, row.profile, name).unwrap_or_else(|why| panic!("{case}: {why}"));
            let bytes = |image| flash(image).unwrap_or_else(|why| panic!("{case}: {why}"));
            let code = bytes(&full) - bytes(&hollow);
            let listed = of_the_task(&functions(&full).unwrap_or_else(|why| panic!("{case}: {why}")));
            println!("{case}: {code} {listed}");
            let plausible = listed.saturating_sub(SHARED).max(1)..=listed + CONSTANTS;
            assert!(
                plausible.contains(&code),
                "{case}: {code} bytes more than without, {listed} in functions"
            );
        }
    }
}

#[test]
fn no_task_was_seen_deeper_in_the_stack_than_its_code_can_reach() {
    for row in the_record() {
        for (package, name, measured) in [
            (BUDGET, "step", &["step", "forward_beside"][..]),
            (BUDGET, "wide", &["wide_forward", "wide_step", "wide_gradient", "wide_product", "layer"]),
            (FUNCTIONS, "functions", &["tanh", "tanh_fast", "sigmoid", "sigmoid_fast"]),
        ]
        .into_iter()
        .chain(IMAGES.iter().map(|name| (BUDGET, *name, std::slice::from_ref(name))))
        {
            let case = format!("{name} on {} at {}", row.machine.name, row.profile.level());
            let image = image(package, row.profile, row.machine.target, name);
            let functions = image.and_then(|image| functions(&image));
            let deepest = functions
                .and_then(|functions| deepest_of(&functions, |name| name.contains("machine5stack4call")));
            let (computed, path) = deepest.unwrap_or_else(|why| panic!("{case}: {why}"));
            let seen = measured.iter().filter_map(|name| row.costs.get(*name)).map(|cost| cost.stack).max();
            println!("{case}: {seen:?} {computed}");
            assert!(
                seen.is_some_and(|seen| (1..=computed).contains(&seen)),
                "{case}: {seen:?}, {computed} computed: {path:?}"
            );
        }
    }
}

/// The bytes of the costs of nine points of a plane, which `numbers_in_memory` does not count.
const TALLIES: u64 = 9 * 24;

#[test]
fn the_buffers_are_those_that_the_core_says_beforehand() {
    const SMALL: Network<6> = Network::input(16).dense(32).relu().dense(16).relu().dense(4).squared_error();
    const WIDE: Network<4> = Network::input(784).dense(16).relu().dense(10).squared_error();
    for row in the_record() {
        for (name, network, task, more) in [
            ("forward", SMALL.view(), Task::Inference, 0),
            ("plane", SMALL.view(), Task::Plane, TALLIES),
            ("step", SMALL.view(), Task::Training, 0),
            ("momentum", SMALL.view(), Task::Momentum, 0),
            ("gradient", SMALL.view(), Task::Gradient, 0),
            ("curvature_step", SMALL.view(), Task::CurvatureStep, 0),
            ("product", SMALL.view(), Task::HessianVector, 0),
            ("wide_forward", WIDE.view(), Task::Inference, 0),
            ("wide_step", WIDE.view(), Task::Training, 0),
            ("wide_gradient", WIDE.view(), Task::Gradient, 0),
            ("wide_product", WIDE.view(), Task::HessianVector, 0),
        ] {
            let wanted = 4 * network.numbers_in_memory(task) as u64 + more;
            let found = row.costs.get(name).map(|cost| cost.buffers);
            assert_eq!(found, Some(wanted), "{name} on {} at {}", row.machine.name, row.profile.level());
        }
    }
}

#[test]
fn a_quarter_above_the_best_is_found_and_named() {
    let best = Cost { instructions: 100, buffers: 60, stack: 40, code: Some(100) };
    let edge = Cost { instructions: 125, buffers: 60, stack: 65, code: Some(125) };
    assert_eq!(within_a_quarter(&edge, &best), Ok(()));
    let found = Cost { instructions: 126, buffers: 50, stack: 40, code: Some(126) };
    assert_eq!(
        within_a_quarter(&found, &best),
        Err("126 instructions, 100 on record; 126 bytes of code, 100 on record".to_owned())
    );
    let deep = Cost { stack: 66, ..best };
    assert_eq!(within_a_quarter(&deep, &best), Err("126 bytes of memory, 100 on record".to_owned()));
}

#[test]
fn a_broken_promise_is_found_and_named() {
    let step = Cost { instructions: 14_501, buffers: 4500, stack: 500, code: Some(8000) };
    let wrong = broken(&Costs::from([("step".to_owned(), step)]), Profile::Fast);
    assert!(wrong[0].starts_with("step at O3: Cost { instructions: 14501"), "{wrong:?}");
    assert_eq!(wrong.len(), 4, "what was not measured is not kept: {wrong:?}");
}
