//! The deepest stack of an image, from its code: the frame of each function, and who calls whom.
//!
//! A frame is all that the instructions of a function take from the stack pointer, as if each ran once, so that the
//! sum is an upper bound. A call through a pointer, or a depth that the code does not state, is an error where the
//! path leads there.

pub mod riscv;
pub mod thumb;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use object::{Architecture, Object, ObjectSection, ObjectSymbol, SymbolKind};

/// A function: its name, what it takes from the stack, and the addresses that it calls or continues at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Function {
    /// Its symbol.
    pub name: String,
    /// Bytes of stack.
    pub frame: u64,
    /// Where it goes.
    pub calls: Vec<u64>,
    /// Bytes of code, and of constants among it.
    pub size: u64,
    /// What of it cannot be followed.
    pub unknown: Option<String>,
}

/// The functions of an image by their addresses.
pub type Functions = BTreeMap<u64, Function>;

/// What an instruction does to the stack and to the flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Its bytes.
    pub length: u64,
    /// Bytes that it takes from the stack.
    pub taken: u64,
    /// Where it branches to.
    pub branch: Option<u64>,
    /// What it does that cannot be followed.
    pub unknown: Option<&'static str>,
}

/// The bytes of a section, and where they stand.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a> {
    /// The address of the first.
    pub start: u64,
    /// All of them.
    pub all: &'a [u8],
}

impl Bytes<'_> {
    /// The sixteen bits at an address.
    #[must_use]
    pub fn half(&self, address: u64) -> Option<u32> {
        let place = usize::try_from(address.checked_sub(self.start)?).ok()?;
        Some(u32::from(u16::from_le_bytes(*self.all.get(place..)?.first_chunk()?)))
    }

    /// The 32 bits at an address.
    #[must_use]
    pub fn word(&self, address: u64) -> Option<u32> {
        Some(self.half(address)? | self.half(address + 2)? << 16)
    }
}

/// An instruction set.
pub trait Decoder {
    /// Forgets what it knows of registers, as a function begins; `table` says whether constants of the image hold
    /// addresses inside of it, as those of a `match` do.
    fn begin(&mut self, table: bool);

    /// The instruction at an address.
    fn effect(&mut self, code: Bytes<'_>, address: u64) -> Option<Effect>;
}

/// Reads the functions of an image for Cortex-M or for RISC-V.
///
/// # Errors
/// Why it cannot be read.
pub fn functions(executable: &Path) -> Result<Functions, String> {
    let bytes = std::fs::read(executable).map_err(|error| format!("{}: {error}", executable.display()))?;
    let file = object::File::parse(&*bytes).map_err(|error| format!("{}: {error}", executable.display()))?;
    let text = file.section_by_name(".text").ok_or("the image has no code")?;
    let code = Bytes { start: text.address(), all: text.data().map_err(|error| error.to_string())? };
    let mut names = BTreeMap::new();
    let mut marks = BTreeMap::new();
    for symbol in file.symbols().filter(|symbol| symbol.section_index() == Some(text.index())) {
        let name = symbol.name().unwrap_or_default();
        if let Some(kind) = name.strip_prefix('$') {
            marks.insert(symbol.address(), !kind.starts_with('d'));
        } else if symbol.kind() == SymbolKind::Text {
            // of two names of one place that with a size, which is the compiler's and not the linker's
            let entry = (symbol.size(), name.to_owned());
            let known: &mut (u64, String) = names.entry(symbol.address() & !1).or_default();
            if known.1.is_empty() || known.0 == 0 {
                *known = entry;
            }
        }
    }
    let mut targets = BTreeSet::new();
    for section in file.sections().filter(|section| section.name() == Ok(".rodata")) {
        let words = section.data().map_err(|error| error.to_string())?.as_chunks().0;
        targets.extend(words.iter().map(|word| u64::from(u32::from_le_bytes(*word))));
    }
    match file.architecture() {
        Architecture::Arm => Ok(read(code, names, &marks, &targets, &mut thumb::Thumb::default())),
        Architecture::Riscv32 => Ok(read(code, names, &marks, &targets, &mut riscv::Riscv::default())),
        other => Err(format!("{}: is for {other:?}", executable.display())),
    }
}

/// Reads code with the sizes and names of its functions, where code begins and where data in it, and the words of the
/// constants. What stands between two functions is padding; one without a size ends where the next begins.
fn read(
    code: Bytes<'_>,
    names: BTreeMap<u64, (u64, String)>,
    marks: &BTreeMap<u64, bool>,
    targets: &BTreeSet<u64>,
    decoder: &mut impl Decoder,
) -> Functions {
    let mut found = Functions::new();
    let mut is_code = true;
    let last = code.start + code.all.len() as u64;
    let ends: Vec<u64> = names.keys().skip(1).copied().chain([last]).collect();
    for ((start, (size, name)), next) in names.into_iter().zip(ends) {
        let end = if size == 0 { next } else { next.min(start + size) };
        let mut function = Function { name, size: end - start, ..Function::default() };
        decoder.begin(targets.range(start + 1..end).next().is_some());
        if let Some((_, kind)) = marks.range(..=start).next_back() {
            is_code = *kind;
        }
        let mut address = start;
        while address < end {
            is_code = marks.get(&address).copied().unwrap_or(is_code);
            let Some(effect) = decoder.effect(code, address) else { break };
            if is_code {
                function.frame += effect.taken;
                function.calls.extend(effect.branch);
                let why = effect.unknown.map(|what| format!("{} {what} at {address:#x}", function.name));
                function.unknown = function.unknown.or(why);
                address += effect.length;
            } else {
                address += 2;
            }
        }
        found.insert(start, function);
    }
    found
}

/// The functions at which the calls of one of them arrive: not its own branches.
fn callees(functions: &Functions, address: u64) -> Vec<u64> {
    let Some(function) = functions.get(&address) else { return Vec::new() };
    let outside = function.calls.iter().filter(|call| **call <= address || **call >= address + function.size);
    outside.filter_map(|call| functions.range(..=call).next_back()).map(|(callee, _)| *callee).collect()
}

/// The addresses of the functions whose name `wanted` picks, and of all that they call.
#[must_use]
pub fn reached(functions: &Functions, wanted: impl Fn(&str) -> bool) -> BTreeSet<u64> {
    let picked = functions.iter().filter(|(_, function)| wanted(&function.name));
    let mut waiting: Vec<u64> = picked.map(|(address, _)| *address).collect();
    let mut found = BTreeSet::new();
    while let Some(address) = waiting.pop() {
        if found.insert(address) {
            waiting.extend(callees(functions, address));
        }
    }
    found
}

/// The deepest path from the function at an address: its bytes, and the names along it.
///
/// # Errors
/// The names of functions that call one another in a circle, or what on the way cannot be followed.
pub fn deepest(functions: &Functions, start: u64) -> Result<(u64, Vec<String>), String> {
    let mut deepest: BTreeMap<u64, (u64, Option<u64>)> = BTreeMap::new();
    let mut path = vec![(start, callees(functions, start))];
    while let Some((address, waiting)) = path.last_mut() {
        let address = *address;
        if let Some(callee) = waiting.pop() {
            if path.iter().any(|(open, _)| *open == callee) {
                let circle = path.iter().skip_while(|(open, _)| *open != callee);
                let names: Vec<&str> =
                    circle.filter_map(|(open, _)| functions.get(open)).map(|open| &*open.name).collect();
                return Err(format!("a circle of calls: {}", names.join(" → ")));
            }
            if !deepest.contains_key(&callee) {
                path.push((callee, callees(functions, callee)));
            }
            continue;
        }
        let function = functions.get(&address).ok_or_else(|| format!("no function at {address:#x}"))?;
        if let Some(why) = &function.unknown {
            return Err(why.clone());
        }
        let below = callees(functions, address)
            .into_iter()
            .filter_map(|callee| Some((deepest.get(&callee)?.0, Some(callee))))
            .max()
            .unwrap_or((0, None));
        deepest.insert(address, (function.frame + below.0, below.1));
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

/// The deepest path from any of the functions whose name `wanted` picks.
///
/// # Errors
/// As for [`deepest`], or that no function has such a name.
pub fn deepest_of(
    functions: &Functions,
    wanted: impl Fn(&str) -> bool,
) -> Result<(u64, Vec<String>), String> {
    let picked = functions.iter().filter(|(_, function)| wanted(&function.name));
    let paths: Vec<_> = picked.map(|(address, _)| deepest(functions, *address)).collect::<Result<_, _>>()?;
    paths.into_iter().max().ok_or_else(|| "no function has this name".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, frame: u64, calls: &[u64]) -> Function {
        Function { name: name.into(), frame, calls: calls.into(), size: 10, unknown: None }
    }

    #[test]
    fn the_deepest_path_is_the_sum_of_its_frames_and_a_circle_is_named() {
        let mut functions = Functions::from([
            (0, function("main", 8, &[10, 20])),
            (10, function("shallow", 100, &[])),
            (20, function("middle", 40, &[30, 22])),
            (30, function("deep", 80, &[])),
            (40, function("alone", 800, &[])),
        ]);
        let path = ["main", "middle", "deep"].map(str::to_owned).to_vec();
        assert_eq!(deepest(&functions, 0), Ok((128, path)));
        assert_eq!(reached(&functions, |name| name == "middle"), [20, 30].into());
        functions.insert(30, function("deep", 80, &[20]));
        assert_eq!(deepest(&functions, 0), Err("a circle of calls: middle → deep".to_owned()));
        assert_eq!(
            deepest_of(&functions, |name| name == "none"),
            Err("no function has this name".to_owned())
        );
    }

    #[test]
    fn what_cannot_be_followed_is_an_error_where_the_path_leads_there() {
        let pointer = Function { unknown: Some("pointer".into()), ..function("pointer", 4, &[]) };
        let functions = Functions::from([
            (0, function("main", 8, &[20])),
            (10, function("shallow", 100, &[])),
            (20, pointer),
        ]);
        assert_eq!(deepest(&functions, 0), Err("pointer".to_owned()));
        assert_eq!(deepest(&functions, 10), Ok((100, vec!["shallow".to_owned()])));
    }
}
