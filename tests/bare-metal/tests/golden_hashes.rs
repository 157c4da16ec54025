//! The items on the host against the hashes on record.

use std::fs::read_to_string;
use std::path::Path;

use items::ITEMS;
use items::numbers::Digest;

#[test]
fn items_on_the_host_have_the_hashes_on_record() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/bare_metal.txt");
    let advice =
        "if the change is meant, run `cargo run -p bare-metal --bin golden > fixtures/golden/bare_metal.txt`";
    let text = read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}; {advice}", path.display()));
    let on_record: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let found: Vec<String> = ITEMS
        .iter()
        .map(|item| {
            let mut digest = Digest::default();
            (item.run)(&mut digest);
            format!("{} {} {:016x}", item.name, digest.count, digest.hash)
        })
        .collect();
    for (found, on_record) in found.iter().zip(&on_record) {
        assert_eq!(found, on_record, "found, on record; {advice}");
    }
    assert_eq!(found.len(), on_record.len(), "the number of items; {advice}");
}
