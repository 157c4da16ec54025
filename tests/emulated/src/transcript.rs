//! The numbers that an image printed, or that are on record, against what the host finds.

use std::iter::Peekable;

use items::numbers::{Digest, Numbers};
use items::{Item, items_within};

/// The numbers of an item, the line that ended it, and how deep it reached into the stack, if that was seen.
struct Section<'a> {
    numbers: Vec<u32>,
    end: &'a str,
    stack: Option<&'a str>,
}

impl<'a> Section<'a> {
    /// Takes the lines of one item from the transcript.
    fn next(name: &str, lines: &mut Peekable<impl Iterator<Item = &'a str>>) -> Result<Self, String> {
        let first = lines.next().unwrap_or_default();
        if first != format!("item {name}") {
            return Err(format!("expected item {name}, found `{first}`"));
        }
        let mut numbers = Vec::new();
        while let Some(line) = lines.next() {
            if let Some(end) = line.strip_prefix("end ") {
                let stack = lines.next_if(|line| line.starts_with("stack "));
                return Ok(Self { numbers, end, stack });
            }
            for word in line.split(' ') {
                let bits = u32::from_str_radix(word, 16)
                    .map_err(|error| format!("item {name}: `{word}`: {error}"))?;
                numbers.push(bits);
            }
        }
        Err(format!("item {name} has no end"))
    }

    /// Says whether numbers were lost between the one who counted and hashed them and here.
    fn complete(&self, name: &str) -> Result<(), String> {
        let mut digest = Digest::default();
        self.numbers.iter().for_each(|&bits| digest.bits(bits));
        let came = format!("{} {:016x}", digest.count, digest.hash);
        if came == self.end {
            Ok(())
        } else {
            Err(format!("item {name}: numbers were lost on the way: {came} came, {} went", self.end))
        }
    }
}

/// Says whether an item took more of the stack than it states.
fn within(item: &Item, depth: Option<&str>) -> Result<(), String> {
    let Some(depth) = depth.and_then(|line| line.strip_prefix("stack ")) else { return Ok(()) };
    match depth.parse::<usize>() {
        Ok(bytes) if bytes <= item.stack => Ok(()),
        _ => Err(format!("item {}: took {depth} bytes of stack, states {}", item.name, item.stack)),
    }
}

/// Says at which number an item differs.
fn compare(item: &Item, found: &[u32], whose: &str) -> Result<(), String> {
    let mut host = Vec::new();
    (item.run)(&mut |bits| host.push(bits));
    let name = item.name;
    let differing = host.iter().zip(found).filter(|(host, found)| host != found).count();
    if let Some(index) = host.iter().zip(found).position(|(host, found)| host != found) {
        let (host, found) = (host[index], found[index]);
        return Err(format!(
            "item {name}: first number that differs is #{index}: host {host:08x} ({:e}), {whose} {found:08x} ({:e}); \
             {differing} differ",
            f32::from_bits(host),
            f32::from_bits(found),
        ));
    }
    if host.len() != found.len() {
        return Err(format!("item {name}: {} numbers on the host, {} {whose}", host.len(), found.len()));
    }
    Ok(())
}

/// Compares a transcript of the items that `stack` bytes of stack hold with the host, number by number;
/// `whose` says where it comes from.
///
/// # Errors
/// What differs, one item a line; or where the transcript cannot be read.
pub fn check(transcript: &str, stack: usize, whose: &str) -> Result<(), String> {
    let mut lines = transcript.lines().peekable();
    let mut wrong = Vec::new();
    let mut items = 0;
    for known in items_within(stack) {
        let section = Section::next(known.name, &mut lines)?;
        let compared = compare(known, &section.numbers, whose).and_then(|()| section.complete(known.name));
        wrong.extend(compared.err());
        wrong.extend(within(known, section.stack).err());
        items += 1;
    }
    if lines.next() != Some(&format!("done {items}")) {
        wrong.push(format!("the end of the transcript is not `done {items}`"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
