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
use crate::toolchain::image;

/// Far more than any image needs, on a busy machine.
const LIMIT: Duration = Duration::from_secs(300);
/// The images that do one thing each with the network 16-32-16-4.
const IMAGES: [&str; 4] = ["forward", "step", "gradient", "product"];
/// Further images of that kind.
const FURTHER: [&str; 3] = ["momentum", "curvature_step", "plane"];
/// What the image `wide` does with the network 784-16-10.
const WIDE: [&str; 4] = ["wide_forward", "wide_step", "wide_gradient", "wide_product"];
/// Functions of one number, by the image `functions`.
const FUNCTIONS: [&str; 4] = ["tanh", "tanh_fast", "sigmoid", "sigmoid_fast"];
/// Multiplications of the layer of 64×64.
const PRODUCTS: f64 = 64.0 * 64.0;

/// What one measurement found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Instructions, the mean over the examples.
    pub instructions: u64,
    /// Bytes of buffers and stack.
    pub memory: u64,
    /// Bytes of code and constants, without the parameters, if the image does nothing else.
    pub code: Option<u64>,
}

/// The costs of a machine at an optimisation, by the name of the measurement.
pub type Costs = BTreeMap<String, Cost>;

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

/// What is on record: for each machine, optimisation and measurement the cost.
///
/// # Errors
/// The line that cannot be read.
pub fn on_record(record: &str) -> Result<BTreeMap<[String; 3], Cost>, String> {
    let parse = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [machine, level, measurement, instructions, memory, code] = *words else { return None };
        let code = if code == "-" { None } else { Some(code.parse().ok()?) };
        let cost = Cost { instructions: instructions.parse().ok()?, memory: memory.parse().ok()?, code };
        Some(([machine, level, measurement].map(str::to_owned), cost))
    };
    let lines = record.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| parse(line).ok_or_else(|| format!("`{line}` is not a line of the record"))).collect()
}

/// Says what of `found` is more than a quarter above the best on record.
///
/// # Errors
/// The name of each quantity that is, with both numbers.
pub fn within_a_quarter(found: &Cost, best: &Cost) -> Result<(), String> {
    let quantities = [
        ("instructions", Some(found.instructions), Some(best.instructions)),
        ("bytes of memory", Some(found.memory), Some(best.memory)),
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

/// Measures everything on one machine.
///
/// # Errors
/// Why an image could not be built, run or understood.
pub fn measure(machine: &Machine, profile: Profile) -> Result<Costs, String> {
    let path = |name| image("budget", profile, machine.target, name);
    let empty = path("empty")?;
    let frame = lines(machine, &empty)?.get("frame").map_or(0, |cost| cost.memory);
    let mut costs = Costs::new();
    for name in IMAGES.into_iter().chain(FURTHER).chain(["wide"]) {
        let image = path(name)?;
        let code = flash(&image)?.saturating_sub(flash(&empty)?);
        for (measurement, mut cost) in lines(machine, &image)? {
            cost.memory = cost.memory.saturating_sub(frame);
            cost.code = (measurement == name).then_some(code);
            costs.insert(measurement, cost);
        }
    }
    let functions = image("functions", profile, machine.target, "functions")?;
    for (measurement, mut cost) in lines(machine, &functions)? {
        cost.memory = cost.memory.saturating_sub(frame);
        costs.insert(measurement, cost);
    }
    Ok(costs)
}

/// Runs an image, and reads its lines `NAME INSTRUCTIONS BYTES`.
fn lines(machine: &Machine, image: &Path) -> Result<Costs, String> {
    let text = run(machine, image, Clock::Instructions, &[], LIMIT)
        .map_err(|failure| format!("{}: {}: {failure}", machine.name, image.display()))?;
    let parse = |line: &str| {
        let mut words = line.split(' ');
        let name = words.next()?.to_owned();
        let instructions = words.next()?.parse().ok()?;
        Some((name, Cost { instructions, memory: words.next()?.parse().ok()?, code: None }))
    };
    text.lines().map(|line| parse(line).ok_or_else(|| format!("{}: `{line}`", image.display()))).collect()
}

/// A row of one of the tables: what `value` takes of the costs of these measurements.
fn cells(costs: &Costs, names: &[&str], value: impl Fn(&Cost) -> Option<u64>) -> String {
    names.iter().fold(String::new(), |mut row, name| {
        let cell = costs.get(*name).and_then(&value).map_or("—".to_owned(), with_commas);
        let _ = write!(row, " {cell} |");
        row
    })
}

fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The tables for a reader, in Markdown.
#[must_use]
pub fn tables(rows: &[(Machine, Profile, Costs)]) -> String {
    let mut out = String::from(
        "16-32-16-4, ReLU, squared error, one example at a time. Instructions under QEMU, not cycles; RAM: buffers and\n\
         deepest stack, parameters among it (forward: parameters in flash); code and constants without parameters, with\n\
         the one task (step: and forward) linked. Cortex-M0: its code on a larger board; the microbit has 16,384 bytes.\n\n\
         | machine | | instructions: forward | step in place | gradient | product | RAM: forward | step | gradient | product | code: forward | step | gradient | product |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (machine, profile, costs) in rows {
        let instructions = cells(costs, &IMAGES, |cost| Some(cost.instructions));
        let memory = cells(costs, &IMAGES, |cost| Some(cost.memory));
        let code = cells(costs, &IMAGES, |cost| cost.code);
        let _ = writeln!(out, "| {} | {} |{instructions}{memory}{code}", machine.name, profile.level());
    }
    out.push_str(
        "\nThe same network and rules: a step in place with momentum; a measured step, with gradient and curvature; the\n\
         costs of one example at nine points of a plane, with θ₀ and both directions in flash.\n\n\
         | machine | | instructions: momentum | measured step | plane | RAM: momentum | measured step | plane | code: momentum | measured step | plane |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (machine, profile, costs) in rows {
        let instructions = cells(costs, &FURTHER, |cost| Some(cost.instructions));
        let memory = cells(costs, &FURTHER, |cost| Some(cost.memory));
        let code = cells(costs, &FURTHER, |cost| cost.code);
        let _ = writeln!(out, "| {} | {} |{instructions}{memory}{code}", machine.name, profile.level());
    }
    out.push_str(
        "\n784-16-10, ReLU, squared error; forward has its 12,730 parameters in flash. Last: a forward sweep of one layer of\n\
         64×64, instructions per multiplication.\n\n\
         | machine | | instructions: forward | step in place | gradient | product | RAM: forward | step | gradient | product | 64×64 |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (machine, profile, costs) in rows {
        let instructions = cells(costs, &WIDE, |cost| Some(cost.instructions));
        let memory = cells(costs, &WIDE, |cost| Some(cost.memory));
        let layer = costs.get("layer").map_or(f64::NAN, |cost| cost.instructions as f64 / PRODUCTS);
        let _ =
            writeln!(out, "| {} | {} |{instructions}{memory} {layer:.2} |", machine.name, profile.level());
    }
    out.push_str(
        "\nInstructions of a function of one number, the mean over 64 inputs from −8 to 8.\n\n\
         | machine | | tanh | tanh_fast | sigmoid | sigmoid_fast |\n|---|---|--:|--:|--:|--:|\n",
    );
    for (machine, profile, costs) in rows {
        let instructions = cells(costs, &FUNCTIONS, |cost| Some(cost.instructions));
        let _ = writeln!(out, "| {} | {} |{instructions}", machine.name, profile.level());
    }
    out
}

/// The lines for the record: `MACHINE LEVEL MEASUREMENT INSTRUCTIONS MEMORY CODE`.
#[must_use]
pub fn record(rows: &[(Machine, Profile, Costs)]) -> String {
    let mut out = String::new();
    for (machine, profile, costs) in rows {
        for (name, Cost { instructions, memory, code }) in costs {
            let code = code.map_or("-".to_owned(), |code| code.to_string());
            let _ =
                writeln!(out, "{} {} {name} {instructions} {memory} {code}", machine.name, profile.level());
        }
    }
    out
}

/// Measures everything on the machines of these names, at the same time; on all if there are none.
///
/// # Errors
/// Why an image could not be built, run or understood.
pub fn measure_all(names: &[String]) -> Result<Vec<(Machine, Profile, Costs)>, String> {
    let wanted = |machine: &Machine| names.is_empty() || names.iter().any(|name| name == machine.name);
    scope(|threads| {
        let measured: Vec<_> = machines()
            .into_iter()
            .filter(wanted)
            .flat_map(|machine| [Profile::Fast, Profile::Small].map(|profile| (machine, profile)))
            .map(|(machine, profile)| (machine, profile, threads.spawn(move || measure(&machine, profile))))
            .collect();
        measured
            .into_iter()
            .map(|(machine, profile, thread)| {
                let costs = thread.join().map_err(|_| format!("{}: measuring panicked", machine.name))??;
                Ok((machine, profile, costs))
            })
            .collect()
    })
}
