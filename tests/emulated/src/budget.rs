//! What learning takes on each target: instructions, memory and code, as the images `tests/firmware/budget`
//! measure and print them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::thread::scope;
use std::time::Duration;

use crate::emulator::{Clock, run};
use crate::image::flash;
use crate::machine::{MACHINES, Machine, Profile};
use crate::toolchain::{BUDGET, FUNCTIONS, HOLLOW, image};

/// Far more than any image needs, on a busy machine.
const LIMIT: Duration = Duration::from_secs(300);
/// The images that do one thing each with the network 16-32-16-4.
pub const IMAGES: [&str; 7] =
    ["forward", "step", "momentum", "gradient", "product", "curvature_step", "plane"];
/// The image that does several with larger networks.
pub const WIDE: &str = "wide";

/// What one measurement found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Instructions, the mean over the examples.
    pub instructions: u64,
    /// Bytes of what the task reads and writes in memory.
    pub buffers: u64,
    /// The most bytes of stack that it was seen to take.
    pub stack: u64,
    /// Bytes of code and constants, without the parameters, if the image does nothing else.
    pub code: Option<u64>,
}

impl Cost {
    /// Bytes of buffers and stack.
    #[must_use]
    pub const fn memory(&self) -> u64 {
        self.buffers + self.stack
    }
}

/// The costs of a machine at an optimisation, by the name of the measurement.
pub type Costs = BTreeMap<String, Cost>;

/// What was measured on one machine at one optimisation.
#[derive(Clone, Debug)]
pub struct Row {
    /// The machine.
    pub machine: Machine,
    /// For what the images are optimised.
    pub profile: Profile,
    /// What was found.
    pub costs: Costs,
}

/// The machines on which is measured: code for Cortex-M0 runs on a larger board, which has a timer and room.
#[must_use]
pub fn machines() -> [Machine; 7] {
    let larger = MACHINES.iter().find(|machine| machine.target == "thumbv7m-none-eabi").copied();
    MACHINES.map(|machine| match larger {
        Some(larger) if machine.target == "thumbv6m-none-eabi" => {
            Machine { options: larger.options, stack: larger.stack, ..machine }
        }
        _ => machine,
    })
}

/// The rows of all machines and optimisations, each with what `costs` knows of it.
fn rows(mut costs: impl FnMut(&Machine, Profile) -> Costs) -> Vec<Row> {
    let rows = machines().into_iter().flat_map(|machine| Profile::ALL.map(|profile| (machine, profile)));
    rows.map(|(machine, profile)| Row { machine, profile, costs: costs(&machine, profile) }).collect()
}

/// What is on record, with a row for each machine and optimisation.
///
/// # Errors
/// The line that cannot be read.
pub fn on_record(record: &str) -> Result<Vec<Row>, String> {
    let parse = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [machine, level, name, instructions, buffers, stack, code] = *words else { return None };
        let cost = Cost {
            instructions: instructions.parse().ok()?,
            buffers: buffers.parse().ok()?,
            stack: stack.parse().ok()?,
            code: if code == "-" { None } else { Some(code.parse().ok()?) },
        };
        Some((machine.to_owned(), level.to_owned(), name.to_owned(), cost))
    };
    let lines = record.lines().filter(|line| !line.starts_with('#'));
    let read = |line| parse(line).ok_or_else(|| format!("`{line}` is not a line of the record"));
    let mut left = lines.map(read).collect::<Result<Vec<_>, _>>()?;
    let rows = rows(|machine, profile| {
        let of_row = |entry: &mut (String, String, String, Cost)| {
            entry.0 == machine.name && entry.1 == profile.level()
        };
        left.extract_if(.., of_row).map(|(_, _, name, cost)| (name, cost)).collect()
    });
    match left.first() {
        Some((machine, level, ..)) => Err(format!("no machine `{machine}` at `{level}`")),
        None => Ok(rows),
    }
}

/// Says what of `found` is more than a quarter above the best on record.
///
/// # Errors
/// The name of each quantity that is, with both numbers.
pub fn within_a_quarter(found: &Cost, best: &Cost) -> Result<(), String> {
    let quantities = [
        ("instructions", Some(found.instructions), Some(best.instructions)),
        ("bytes of memory", Some(found.memory()), Some(best.memory())),
        ("bytes of code", found.code, best.code),
    ];
    let above = |(name, found, best): (&str, Option<u64>, Option<u64>)| match (found, best) {
        (Some(found), Some(best)) if 4 * found > 5 * best => {
            Some(format!("{found} {name}, {best} on record"))
        }
        (None, Some(best)) => Some(format!("no {name}, {best} on record")),
        _ => None,
    };
    let wrong: Vec<String> = quantities.into_iter().filter_map(above).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

/// The image that measures, and its twin that nobody has given a task.
///
/// # Errors
/// What the compiler says.
pub fn twins(machine: &Machine, profile: Profile, name: &str) -> Result<[std::path::PathBuf; 2], String> {
    let full = image(BUDGET, profile, machine.target, name)?;
    Ok([full, image(HOLLOW, profile, machine.target, &format!("hollow_{name}"))?])
}

/// Measures everything on one machine.
///
/// # Errors
/// Why an image could not be built, run or understood.
pub fn measure(machine: &Machine, profile: Profile) -> Result<Costs, String> {
    let mut costs = Costs::new();
    for name in IMAGES {
        let [full, hollow] = twins(machine, profile, name)?;
        let (full_bytes, hollow_bytes) = (flash(&full)?, flash(&hollow)?);
        let code = full_bytes.checked_sub(hollow_bytes);
        let code =
            code.ok_or_else(|| format!("{name}: {full_bytes} bytes, {hollow_bytes} without its task"))?;
        let measured = lines(machine, &full)?;
        costs.extend(measured.into_iter().map(|(measurement, cost)| {
            let code = (measurement == name).then_some(code);
            (measurement, Cost { code, ..cost })
        }));
    }
    costs.extend(lines(machine, &image(BUDGET, profile, machine.target, WIDE)?)?);
    costs.extend(lines(machine, &image(FUNCTIONS, profile, machine.target, FUNCTIONS)?)?);
    Ok(costs)
}

/// Runs an image, and reads its lines `NAME INSTRUCTIONS BUFFERS STACK`.
fn lines(machine: &Machine, image: &Path) -> Result<Costs, String> {
    let text = run(machine, image, Clock::Instructions, &[], LIMIT)
        .map_err(|failure| format!("{}: {}: {failure}", machine.name, image.display()))?;
    let parse = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, instructions, buffers, stack] = *words else { return None };
        let (instructions, buffers) = (instructions.parse().ok()?, buffers.parse().ok()?);
        Some((name.to_owned(), Cost { instructions, buffers, stack: stack.parse().ok()?, code: None }))
    };
    text.lines().map(|line| parse(line).ok_or_else(|| format!("{}: `{line}`", image.display()))).collect()
}

/// The lines for the record: `MACHINE LEVEL MEASUREMENT INSTRUCTIONS BUFFERS STACK CODE`.
#[must_use]
pub fn record(rows: &[Row]) -> String {
    let mut out = String::new();
    for Row { machine, profile, costs } in rows {
        for (name, Cost { instructions, buffers, stack, code }) in costs {
            let code = code.map_or("-".to_owned(), |code| code.to_string());
            let (machine, level) = (machine.name, profile.level());
            let _ = writeln!(out, "{machine} {level} {name} {instructions} {buffers} {stack} {code}");
        }
    }
    out
}

/// Measures everything on the machines of these names, at the same time; on all if there are none.
///
/// # Errors
/// Why an image could not be built, run or understood.
pub fn measure_all(names: &[String]) -> Result<Vec<Row>, String> {
    let wanted = |row: &Row| names.is_empty() || names.iter().any(|name| name == row.machine.name);
    let mut rows = rows(|_, _| Costs::new());
    rows.retain(wanted);
    scope(|threads| {
        let fill = |row: &mut Row| {
            row.costs = measure(&row.machine, row.profile)?;
            Ok(())
        };
        let measured: Vec<_> = rows.iter_mut().map(|row| threads.spawn(move || fill(row))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<_>| {
            thread.join().unwrap_or_else(|_| Err("measuring panicked".to_owned()))
        };
        measured.into_iter().try_for_each(join)
    })?;
    Ok(rows)
}
