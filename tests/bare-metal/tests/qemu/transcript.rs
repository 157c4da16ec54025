//! What an image printed, against what the host finds.

use items::numbers::{Digest, Numbers};
use items::{Item, items_within};

/// The numbers of an item.
#[derive(Default)]
struct Values(Vec<u32>);

impl Numbers for Values {
    fn bits(&mut self, bits: u32) {
        self.0.push(bits);
    }
}

/// Takes the lines of one item from the transcript.
fn item<'a>(name: &str, lines: &mut impl Iterator<Item = &'a str>) -> Result<Vec<u32>, String> {
    let first = lines.next().unwrap_or_default();
    if first != format!("item {name}") {
        return Err(format!("expected item {name}, found `{first}`"));
    }
    let mut device = Vec::new();
    let mut digest = Digest::default();
    for line in lines {
        if let Some(end) = line.strip_prefix("end ") {
            let Digest { count, hash } = digest;
            if end != format!("{count} {hash:016x}") {
                return Err(format!(
                    "item {name}: numbers were lost on the way: {count} {hash:016x} came, {end} went"
                ));
            }
            return Ok(device);
        }
        for word in line.split(' ') {
            let bits =
                u32::from_str_radix(word, 16).map_err(|error| format!("item {name}: `{word}`: {error}"))?;
            digest.bits(bits);
            device.push(bits);
        }
    }
    Err(format!("item {name} has no end"))
}

/// Says at which number an item differs.
fn compare(item: &Item, device: &[u32]) -> Result<(), String> {
    let mut host = Values::default();
    (item.run)(&mut host);
    let name = item.name;
    let differing = host.0.iter().zip(device).filter(|(host, device)| host != device).count();
    if let Some(index) = host.0.iter().zip(device).position(|(host, device)| host != device) {
        let (host, device) = (host.0[index], device[index]);
        return Err(format!(
            "item {name}: first number that differs is #{index}: host {host:08x} ({:e}), device {device:08x} ({:e}); \
             {differing} differ",
            f32::from_bits(host),
            f32::from_bits(device),
        ));
    }
    if host.0.len() != device.len() {
        return Err(format!(
            "item {name}: {} numbers on the host, {} on the device",
            host.0.len(),
            device.len()
        ));
    }
    Ok(())
}

/// Compares the transcript of a machine with `stack` bytes of stack with the host, number by number.
///
/// # Errors
/// What differs, one item a line; or where the transcript cannot be read.
pub fn check(transcript: &str, stack: usize) -> Result<(), String> {
    let mut lines = transcript.lines();
    let mut wrong = Vec::new();
    let mut items = 0;
    for known in items_within(stack) {
        let device = item(known.name, &mut lines)?;
        wrong.extend(compare(known, &device).err());
        items += 1;
    }
    if lines.next() != Some(&format!("done {items}")) {
        wrong.push(format!("the end of the transcript is not `done {items}`"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
