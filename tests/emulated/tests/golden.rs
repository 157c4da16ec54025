//! The items on the host against the numbers on record.

use std::fs::read_to_string;
use std::path::Path;

use emulated::transcript::check;

/// The golden file, without its comments.
fn on_record() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/bare_metal.txt");
    let text = read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn items_on_the_host_have_the_numbers_on_record() {
    check(&on_record(), usize::MAX, "on record").unwrap_or_else(|why| {
        panic!(
            "{why}\nif the change is meant, run \
             `cargo run --release -p bare-metal --bin golden > fixtures/golden/bare_metal.txt`"
        )
    });
}

#[test]
fn a_changed_number_is_named_with_its_item() {
    let record = on_record();
    let start =
        record.find("item training/relu\n").expect("there is such an item") + "item training/relu\n".len();
    let second = start + "00000000 ".len();
    let bits = u32::from_str_radix(&record[second..second + 8], 16).expect("eight digits");
    let changed = format!("{}{:08x}{}", &record[..second], bits ^ 1, &record[second + 8..]);
    let why = check(&changed, usize::MAX, "on record").expect_err("a number was changed");
    assert!(why.starts_with("item training/relu: first number that differs is #1: host "), "{why}");
    assert!(why.ends_with("; 1 differ"), "{why}");
}
