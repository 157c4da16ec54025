//! Proofs on the images of the probe, which calls every public function of the core: no way to panic, no allocator.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use emulated::image::{allocates, panics, symbols};
use emulated::machine::{Profile, targets};
use emulated::public::{calls, functions, shown, sources};
use emulated::stack::{self, Functions, deepest_of};
use emulated::toolchain::{PROBE, image};

/// What an image of the probe shows for every target and optimisation, with the name of each.
fn everywhere<A>(name: &str, look: impl Fn(&Path) -> Result<A, String>) -> Vec<(String, A)> {
    let mut found = Vec::new();
    for profile in Profile::ALL {
        for target in targets(|_| true) {
            let case = format!("{target} at {}", profile.level());
            let seen = image(PROBE, profile, target, name).and_then(|image| look(&image));
            found.push((case.clone(), seen.unwrap_or_else(|why| panic!("{case}: {why}"))));
        }
    }
    assert_eq!(found.len(), 12, "six targets, two optimisations");
    found
}

/// The symbols of an image that `wanted` picks.
fn picked(image: &Path, wanted: fn(&str) -> bool) -> Result<Vec<String>, String> {
    let symbols = symbols(image)?;
    if !symbols.iter().any(|name| name == "main") {
        return Err("the image has lost its symbols".to_owned());
    }
    Ok(symbols.into_iter().filter(|name| wanted(name)).collect())
}

#[test]
fn no_public_function_can_panic_or_allocate() {
    for (case, found) in everywhere("probe", |image| picked(image, |name| panics(name) || allocates(name))) {
        assert!(found.is_empty(), "{case}: {found:?}");
    }
}

#[test]
fn a_deliberate_index_is_found() {
    for (case, found) in everywhere("indexes", |image| picked(image, panics)) {
        assert!(!found.is_empty(), "{case}");
    }
}

#[test]
fn a_deliberate_box_is_found() {
    for (case, found) in everywhere("boxes", |image| picked(image, allocates)) {
        assert!(!found.is_empty(), "{case}");
    }
}

/// What no call into the core may exceed, in bytes; buffers are the caller's.
const DEEPEST: u64 = 4096;

/// The deepest path from any function of the core.
fn of_the_core(functions: &Functions) -> Result<(u64, Vec<String>), String> {
    let core = |name: &str| name.contains("thalweg_core");
    let count = functions.values().filter(|function| core(&function.name)).count();
    if count <= 40 {
        return Err(format!("only {count} functions of the core are in the image"));
    }
    deepest_of(functions, core)
}

#[test]
fn the_core_never_recurses_and_its_deepest_stack_is_bounded() {
    let look = |image: &Path| {
        let functions = stack::functions(image)?;
        deepest_of(&functions, |name| name == "main")?;
        of_the_core(&functions)
    };
    for (case, (bytes, path)) in everywhere("probe", look) {
        println!("{case}: {bytes} bytes");
        assert!((100..=DEEPEST).contains(&bytes), "{case}: {bytes} bytes at {path:?}");
    }
}

#[test]
fn a_deliberate_recursion_is_found() {
    let look = |image: &Path| Ok(deepest_of(&stack::functions(image)?, |name| name == "main"));
    for (case, found) in everywhere("recurses", look) {
        let why = found.expect_err("the image calls itself");
        assert!(why.starts_with("a circle of calls: ") && why.contains("descend"), "{case}: {why}");
    }
}

/// A folder of the repository.
fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn text(file: &Path) -> String {
    read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// All sources of a folder.
fn all(folder: &Path) -> Vec<PathBuf> {
    sources(folder).unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn the_probe_calls_every_public_function() {
    let probe: String = all(&folder("tests/firmware/probe/src")).iter().map(|file| text(file)).collect();
    let core = folder("core/src");
    let functions = |file: &PathBuf| functions(&text(file), &shown(&core, file, &text));
    let all: Vec<String> = all(&core).iter().flat_map(functions).collect();
    assert!(all.len() > 200, "the core has more public functions than {}", all.len());
    let missing: Vec<&String> = all.iter().filter(|function| !calls(&probe, function)).collect();
    assert!(missing.is_empty(), "call these in tests/firmware/probe: {missing:?}");
}

#[test]
fn a_file_is_shown_as_itself_or_as_the_room_that_keeps_it() {
    let text = |file: &Path| match file.to_str() {
        Some("src/lib.rs") => "pub mod room;".to_owned(),
        Some("src/room.rs") => "pub mod open;\nmod kept;\npub use kept::thing;".to_owned(),
        Some("src/room/open.rs") => "mod inner;".to_owned(),
        file => panic!("{file:?} is nobody's list"),
    };
    let shown = |file: &str| shown(Path::new("src"), Path::new(file), &text);
    assert_eq!(shown("src/room.rs"), "room");
    assert_eq!(shown("src/room/open.rs"), "open");
    assert_eq!(shown("src/room/kept.rs"), "room");
    assert_eq!(shown("src/room/open/inner.rs"), "open");
}

#[test]
fn a_function_that_is_not_called_is_missed() {
    let source = "pub fn free() {}\nimpl<'a, T: Fn() -> u8> Owner<'a, T> {\n    pub const fn own(&self) {}\n}\n\
                  impl Display for Owner {\n    fn fmt() {}\n}\n#[cfg(test)]\nmod tests {\npub fn test() {}\n}";
    assert_eq!(functions(source, "room"), ["room::free", "Owner::own"]);
    let probe = "room::free::<T>(1); Owner::<T>::owned(); Owner::own; AnOwner::own();";
    assert!(calls(probe, "room::free"));
    assert!(!calls(probe, "Owner::own"));
    assert!(calls("Owner::<T>::own(x)", "Owner::own"));
}
