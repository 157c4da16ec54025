//! The tables of what learning takes, for a reader, in Markdown.

use std::fmt::Write;

use crate::budget::{Cost, Row};

/// What each image does with the network 16-32-16-4, and its name in the table.
const SMALL: [(&str, &str); 7] = [
    ("forward", "forward"),
    ("step", "step in place"),
    ("momentum", "with momentum"),
    ("gradient", "gradient"),
    ("product", "Hessian–vector product"),
    ("curvature_step", "measured step"),
    ("plane", "plane of 3×3"),
];
/// The same for 784-16-10.
const WIDE: [(&str, &str); 4] = [
    ("wide_forward", "forward"),
    ("wide_step", "step in place"),
    ("wide_gradient", "gradient"),
    ("wide_product", "Hessian–vector product"),
];
/// Functions of one number.
const FUNCTIONS: [(&str, &str); 4] = [
    ("tanh", "`tanh`"),
    ("tanh_fast", "`tanh_fast`"),
    ("sigmoid", "`sigmoid`"),
    ("sigmoid_fast", "`sigmoid_fast`"),
];
/// Multiplications of the layer of 64×64.
const PRODUCTS: f64 = 64.0 * 64.0;

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

/// The RAM of the microbit, the smallest of the machines.
const MICROBIT: u64 = 16_384;

/// The bytes of RAM, marked where the machine has fewer.
fn ram(row: &Row, cost: &Cost) -> String {
    let bytes = cost.memory();
    let fits = !row.machine.target.starts_with("thumbv6m") || bytes <= MICROBIT;
    format!("{}{}", with_commas(bytes), if fits { "" } else { "!" })
}

/// The cells of some measurements; a dash where there is none.
fn cells(row: &Row, names: &[(&str, &str)], cell: impl Fn(&Cost) -> String) -> String {
    names.iter().fold(String::new(), |mut line, (name, _)| {
        let cell = row.costs.get(*name).map_or("—".to_owned(), &cell);
        let _ = write!(line, " {cell} |");
        line
    })
}

/// The head of a table.
fn head(names: impl Iterator<Item = &'static str>) -> String {
    let (mut head, mut rule) = ("| machine | |".to_owned(), "|---|---|".to_owned());
    for name in names {
        let _ = write!(head, " {name} |");
        rule.push_str("--:|");
    }
    format!("{head}\n{rule}\n")
}

/// Rows of machines, those of one target that found the same in one.
fn lines(rows: &[Row], line: impl Fn(&Row) -> String) -> String {
    let mut out = String::new();
    let mut done = vec![false; rows.len()];
    for (place, row) in rows.iter().enumerate() {
        if done[place] {
            continue;
        }
        let mut names = row.machine.name.to_owned();
        for (later, other) in rows.iter().enumerate().skip(place + 1) {
            let same = (other.machine.target, other.profile) == (row.machine.target, row.profile);
            if same && other.costs == row.costs {
                done[later] = true;
                let _ = write!(names, ", {}", other.machine.name.trim_start_matches("Cortex-"));
            }
        }
        let _ = writeln!(out, "| {names} | {} |{}", row.profile.level(), line(row));
    }
    out
}

/// All tables.
#[must_use]
pub fn tables(rows: &[Row]) -> String {
    let without_code =
        |row: &Row, cost: &Cost| format!("{} · {}", with_commas(cost.instructions), ram(row, cost));
    let whole = |row: &Row, cost: &Cost| {
        format!("{} · {}", without_code(row, cost), cost.code.map_or("—".to_owned(), with_commas))
    };
    let alone = |cost: &Cost| with_commas(cost.instructions);
    let mut out = "16-32-16-4 (1,140 parameters), ReLU, squared error, one example at a time: instructions · bytes of RAM · bytes of code.\n\n".to_owned();
    out += &head(SMALL.iter().map(|(_, name)| *name));
    out += &lines(rows, |row| cells(row, &SMALL, |cost| whole(row, cost)));
    out += "\n784-16-10 (12,730 parameters), the same: instructions · bytes of RAM; then instructions for each\n\
            multiplication of a layer of 64×64, and for a function of one number (mean over 64 from −8 to 8).\n\n";
    let functions = FUNCTIONS.iter().map(|(_, name)| *name);
    out += &head(WIDE.iter().map(|(_, name)| *name).chain(["64×64"]).chain(functions));
    out += &lines(rows, |row| {
        let layer = |cost: &Cost| format!("{:.2}", cost.instructions as f64 / PRODUCTS);
        let parts = [
            cells(row, &WIDE, |cost| without_code(row, cost)),
            cells(row, &[("layer", "")], layer),
            cells(row, &FUNCTIONS, alone),
        ];
        parts.concat()
    });
    out += "\nInstructions are QEMU's, not cycles. RAM is the buffers, one example among them, and the deepest stack below the\n\
            caller; parameters are in RAM, but for `forward` and `plane` in flash. Code is what the task adds to an image,\n\
            constants and soft floats among it, parameters and `memcpy` not; that of `step` has the forward sweep as well. Code\n\
            for Cortex-M0 ran on a larger board: what is marked ! does not fit the 16,384 bytes of the microbit, which has\n\
            room for inference by 784-16-10 from its flash (parameters: 50,920 bytes).\n";
    out
}
