//! Proofs on the images of the probe, which calls every public function of the core: no way to panic, no allocator.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use emulated::image::{allocates, panics, symbols};
use emulated::machine::Profile;
use emulated::public::{calls, functions, sources};
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

/// A folder of the repository, and the text of all its sources with the names of their modules.
fn texts(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let text = |path: PathBuf| {
        let text = read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let inside = path.strip_prefix(&root).expect("a source is in its folder");
        let first = inside.components().next().expect("a source has a name");
        let module = Path::new(&first).file_stem().expect("a source has a name");
        (module.to_string_lossy().into_owned(), text)
    };
    sources(&root).unwrap_or_else(|why| panic!("{why}")).into_iter().map(text).collect()
}

#[test]
fn the_probe_calls_every_public_function() {
    let probe: String = texts("tests/firmware/probe/src").into_iter().map(|(_, text)| text).collect();
    let all: Vec<String> =
        texts("core/src").iter().flat_map(|(module, text)| functions(text, module)).collect();
    assert!(all.len() > 200, "the core has more public functions than {}", all.len());
    let missing: Vec<&String> = all.iter().filter(|function| !calls(&probe, function)).collect();
    assert!(missing.is_empty(), "call these in tests/firmware/probe: {missing:?}");
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
