//! The deepest stack of an image, from its code: the frame of each function, and who calls whom.
//!
//! For Thumb-2 code without calls through pointers. A frame is all that the instructions of a function take from
//! the stack pointer, as if each ran once, so the sum is an upper bound.
//!
//! # Source
//! Arm, *ARMv7-M Architecture Reference Manual* (DDI 0403), §A5–A7.

use std::collections::BTreeMap;
use std::path::Path;

use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

/// A function: its name, what it takes from the stack, and the addresses that it calls or continues at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Function {
    /// Its symbol.
    pub name: String,
    /// Bytes.
    pub frame: u64,
    /// Where it goes.
    pub calls: Vec<u64>,
}

/// The functions of an image by their addresses.
pub type Functions = BTreeMap<u64, Function>;

/// Sign-extends the lowest `bits` of a number.
const fn signed(number: u32, bits: u32) -> i64 {
    (((number << (32 - bits)) as i32) >> (32 - bits)) as i64
}

/// The target of a 32-bit branch, relative to its own address.
const fn wide_branch(first: u32, second: u32) -> i64 {
    let (sign, one, two) = ((first >> 10) & 1, (second >> 13) & 1, (second >> 11) & 1);
    let offset = if (second >> 12) & 1 == 1 {
        let (high, low) = (!(one ^ sign) & 1, !(two ^ sign) & 1);
        (sign << 24) | (high << 23) | (low << 22) | ((first & 0x3ff) << 12) | ((second & 0x7ff) << 1)
    } else {
        (sign << 24)
            | (sign << 23)
            | (sign << 22)
            | (sign << 21)
            | (two << 20)
            | (one << 19)
            | (sign << 18)
            | ((first & 0x3f) << 12)
            | ((second & 0x7ff) << 1)
    };
    signed(offset, 25) + 4
}

/// What a 16-bit instruction takes from the stack, and where it branches to, relative to its address.
const fn narrow(code: u32) -> (u64, Option<i64>) {
    match code >> 8 {
        0xb4 | 0xb5 => (4 * ((code & 0x1ff).count_ones() as u64), None),
        0xb0 if code & 0x80 != 0 => (4 * (code as u64 & 0x7f), None),
        0xd0..=0xdd => (0, Some(signed((code & 0xff) << 1, 9) + 4)),
        0xe0..=0xe7 => (0, Some(signed((code & 0x7ff) << 1, 12) + 4)),
        _ => (0, None),
    }
}

/// The constant of a wide subtraction, in Thumb's packed form.
const fn packed(first: u32, second: u32) -> u64 {
    let byte = second & 0xff;
    let control = ((first >> 10) & 1) << 4 | ((second >> 12) & 7) << 1 | (byte >> 7);
    match control {
        0 | 1 => byte as u64,
        2 | 3 => (byte << 16 | byte) as u64,
        4 | 5 => (byte << 24 | byte << 8) as u64,
        6 | 7 => (byte << 24 | byte << 16 | byte << 8 | byte) as u64,
        _ => (byte | 0x80).rotate_right(control) as u64,
    }
}

/// The same for a 32-bit instruction.
const fn wide(first: u32, second: u32) -> (u64, Option<i64>) {
    if first == 0xe92d {
        return (4 * (second.count_ones() as u64), None); // push
    }
    if first == 0xf84d && second & 0x0fff == 0x0d04 {
        return (4, None); // push of one register
    }
    if first & 0xffbf == 0xed2d && second & 0x0e00 == 0x0a00 {
        return (4 * (second as u64 & 0xff), None); // vpush
    }
    if first & 0xffef | 0x0400 == 0xf5ad && second & 0x0f00 == 0x0d00 {
        return (packed(first, second), None); // sub sp, sp, #packed
    }
    if first & 0xfbff == 0xf2ad && second & 0x8f00 == 0x0d00 {
        let constant = ((first >> 10) & 1) << 11 | ((second >> 12) & 7) << 8 | (second & 0xff);
        return (constant as u64, None); // sub sp, sp, #plain
    }
    let branches = first >> 11 == 0b11110 && second >> 15 == 1;
    let plain = second & 0x1000 != 0;
    let conditional = second & 0x5000 == 0 && (first >> 6) & 0xf < 0xe;
    if branches && (plain || conditional) { (0, Some(wide_branch(first, second))) } else { (0, None) }
}

/// Reads the functions of an image.
///
/// # Errors
/// Why it cannot be read, or a call through a pointer, or a stack of unknown depth.
pub fn functions(executable: &Path) -> Result<Functions, String> {
    let bytes = std::fs::read(executable).map_err(|error| format!("{}: {error}", executable.display()))?;
    let file = object::File::parse(&*bytes).map_err(|error| format!("{}: {error}", executable.display()))?;
    let text = file.section_by_name(".text").ok_or("the image has no code")?;
    let code = text.data().map_err(|error| error.to_string())?;
    let mut names = BTreeMap::new();
    let mut marks = BTreeMap::new();
    for symbol in file.symbols().filter(|symbol| symbol.section_index() == Some(text.index())) {
        let name = symbol.name().unwrap_or_default();
        if name == "$t" || name == "$d" || name.starts_with("$t.") || name.starts_with("$d.") {
            marks.insert(symbol.address(), name.starts_with("$t"));
        } else if symbol.kind() == SymbolKind::Text {
            names.insert(symbol.address() & !1, name.to_owned());
        }
    }
    let half = |address: u64| {
        let place = usize::try_from(address - text.address()).ok()?;
        Some(u32::from(u16::from_le_bytes(*code.get(place..)?.first_chunk()?)))
    };
    let mut found = Functions::new();
    let mut address = text.address();
    let mut current = address;
    let mut is_code = true;
    while let Some(first) = half(address) {
        is_code = marks.get(&address).copied().unwrap_or(is_code);
        if let Some(name) = names.get(&address) {
            current = address;
            found.insert(current, Function { name: name.clone(), ..Function::default() });
        }
        let mut length = 2;
        if is_code && let Some(function) = found.get_mut(&current) {
            let name = &function.name;
            if first & 0xff87 == 0x4780 {
                return Err(format!("{name} calls through a pointer at {address:#x}"));
            }
            let (taken, branch) = if first >> 11 >= 0b11101 {
                length = 4;
                let second = half(address + 2).unwrap_or_default();
                if first & 0xffe0 == 0xeba0 && first & 0xf == 0xd && second & 0x0f00 == 0x0d00 {
                    return Err(format!("{name} takes an unknown depth of stack at {address:#x}"));
                }
                wide(first, second)
            } else {
                narrow(first)
            };
            function.frame += taken;
            function.calls.extend(branch.and_then(|offset| address.checked_add_signed(offset)));
        }
        address += length;
    }
    Ok(found)
}

/// The deepest path from a function: its bytes, and the names along it.
///
/// # Errors
/// The names of functions that call one another in a circle, or that no function has this name.
pub fn deepest(functions: &Functions, from: &str) -> Result<(u64, Vec<String>), String> {
    let start = functions.iter().find(|(_, function)| function.name == from).map(|(&address, _)| address);
    let start = start.ok_or_else(|| format!("no function `{from}`"))?;
    // the function in which an address lies, unless it is its own: a branch within, or a continuation of itself
    let callees = |address: u64| {
        let calls = functions.get(&address).map_or(&[] as &[u64], |function| &function.calls);
        let next = functions.range(address + 1..).next().map_or(u64::MAX, |(&next, _)| next);
        calls.iter().copied().filter(move |call| *call <= address || *call >= next).collect::<Vec<u64>>()
    };
    let mut deepest: BTreeMap<u64, (u64, Option<u64>)> = BTreeMap::new();
    let mut path = vec![(start, callees(start))];
    while let Some((address, waiting)) = path.last_mut() {
        let address = *address;
        if let Some(call) = waiting.pop() {
            let Some((&callee, _)) = functions.range(..=call).next_back() else { continue };
            if path.iter().any(|(open, _)| *open == callee) {
                let circle = path.iter().skip_while(|(open, _)| *open != callee);
                let names: Vec<&str> =
                    circle.filter_map(|(open, _)| functions.get(open)).map(|open| &*open.name).collect();
                return Err(format!("a circle of calls: {}", names.join(" → ")));
            }
            if !deepest.contains_key(&callee) {
                path.push((callee, callees(callee)));
            }
            continue;
        }
        let below = callees(address)
            .into_iter()
            .filter_map(|call| functions.range(..=call).next_back())
            .filter_map(|(callee, _)| Some((deepest.get(callee)?.0, Some(*callee))))
            .max()
            .unwrap_or((0, None));
        let frame = functions.get(&address).map_or(0, |function| function.frame);
        deepest.insert(address, (frame + below.0, below.1));
        path.pop();
    }
    let mut names = Vec::new();
    let mut next = Some(start);
    while let Some(address) = next {
        names.extend(functions.get(&address).map(|function| function.name.clone()));
        next = deepest.get(&address).and_then(|(_, callee)| *callee);
    }
    Ok((deepest.get(&start).map_or(0, |(bytes, _)| *bytes), names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_take_what_the_manual_says() {
        assert_eq!(narrow(0xb5f0).0, 20); // push {r4-r7, lr}
        assert_eq!(narrow(0xb09b).0, 108); // sub sp, #108
        assert_eq!(narrow(0xb01b).0, 0); // add sp, #108
        assert_eq!(wide(0xe92d, 0x0f00).0, 16); // push.w {r8-r11}
        assert_eq!(wide(0xf84d, 0xbd04).0, 4); // str r11, [sp, #-4]!
        assert_eq!(wide(0xed2d, 0x8b02).0, 8); // vpush {d8}
        assert_eq!(wide(0xf5ad, 0x6d80).0, 1024); // sub.w sp, sp, #1024
        assert_eq!(wide(0xf2ad, 0x4d04).0, 1028); // subw sp, sp, #1028
        assert_eq!(wide(0xf000, 0xf800).1, Some(4)); // bl to the next instruction
        assert_eq!(wide(0xf7ff, 0xfffe).1, Some(0)); // bl to itself
        assert_eq!(narrow(0xe7fe).1, Some(0)); // b to itself
    }

    #[test]
    fn the_deepest_path_is_the_sum_of_its_frames_and_a_circle_is_named() {
        let function =
            |name: &str, frame, calls: &[u64]| Function { name: name.into(), frame, calls: calls.into() };
        let mut functions = Functions::from([
            (0, function("main", 8, &[10, 20])),
            (10, function("shallow", 100, &[])),
            (20, function("middle", 40, &[30, 22])),
            (30, function("deep", 80, &[])),
        ]);
        let path = ["main", "middle", "deep"].map(str::to_owned).to_vec();
        assert_eq!(deepest(&functions, "main"), Ok((128, path)));
        functions.insert(30, function("deep", 80, &[20]));
        assert_eq!(deepest(&functions, "main"), Err("a circle of calls: middle → deep".to_owned()));
    }
}
