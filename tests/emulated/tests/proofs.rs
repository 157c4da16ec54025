//! Proofs on the images of the probe, which calls every public function of the core: no way to panic, no allocator.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use emulated::image::{allocates, panics, symbols};
use emulated::machine::Profile;
use emulated::public::{calls, functions, shown, sources};
use emulated::stack::{self, deepest};
use emulated::toolchain::{PROBE, PROBED, image};

/// The symbols of an image of the probe that `wanted` picks.
fn picked(profile: Profile, target: &str, name: &str, wanted: fn(&str) -> bool) -> Vec<String> {
    let image = image(PROBE, profile, target, name).unwrap_or_else(|why| panic!("{why}"));
    let symbols = symbols(&image).unwrap_or_else(|why| panic!("{why}"));
    assert!(symbols.iter().any(|name| name == "main"), "{target}: the image has lost its symbols");
    symbols.into_iter().filter(|name| wanted(name)).collect()
}

#[test]
fn no_public_function_can_panic_or_allocate() {
    for profile in [Profile::Fast, Profile::Small] {
        for target in PROBED {
            let found = picked(profile, target, "probe", |name| panics(name) || allocates(name));
            assert!(found.is_empty(), "{target} at {}: {found:?}", profile.level());
        }
    }
}

#[test]
fn a_deliberate_index_is_found() {
    for profile in [Profile::Fast, Profile::Small] {
        for target in PROBED {
            let found = picked(profile, target, "indexes", panics);
            assert!(!found.is_empty(), "{target} at {}", profile.level());
        }
    }
}

/// The target whose code the stack is computed from.
const COUNTED: &str = "thumbv7em-none-eabihf";
/// What no call into the core may exceed, in bytes; buffers are the caller's.
const DEEPEST: u64 = 4096;

/// The functions of an image of the probe.
fn of_image(profile: Profile, name: &str) -> stack::Functions {
    let image = image(PROBE, profile, COUNTED, name).unwrap_or_else(|why| panic!("{why}"));
    stack::functions(&image).unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn the_core_never_recurses_and_its_deepest_stack_is_bounded() {
    for profile in [Profile::Fast, Profile::Small] {
        let functions = of_image(profile, "probe");
        deepest(&functions, "main").unwrap_or_else(|why| panic!("{why}"));
        let core: Vec<&str> = functions
            .values()
            .map(|function| &*function.name)
            .filter(|name| name.contains("thalweg_core"))
            .collect();
        assert!(core.len() > 40, "the core is in the image: {}", core.len());
        let paths = core.iter().map(|name| deepest(&functions, name).unwrap_or_else(|why| panic!("{why}")));
        let (bytes, path) = paths.max().expect("the core has functions");
        assert!((100..=DEEPEST).contains(&bytes), "{bytes} bytes at {}: {path:?}", profile.level());
    }
}

#[test]
fn a_deliberate_recursion_is_found() {
    for profile in [Profile::Fast, Profile::Small] {
        let why = deepest(&of_image(profile, "recurses"), "main").expect_err("the image calls itself");
        assert!(why.starts_with("a circle of calls: ") && why.contains("descend"), "{why}");
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
