//! A file imports only from files that are listed above it, and no two files import each other.
//!
//! `lib.rs` lists the rooms of a crate, and a room (`deck.rs`) the files of its folder (`deck/`), each with
//! what it builds on above it: so rooms too follow one direction. Between a room's own file and the files it
//! lists either may stand above the other, but not both: its types stand above them, or what drives them below.
//! What a room hands on (`pub use`) counts as the file that it comes from. Tests may use everything; what macros
//! hide is not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree};

/// A place in the tree of modules: `["deck", "check"]`; the crate itself is `[]`.
type Place = Vec<String>;

/// One crate: for each file that holds a module, the modules that it lists, the paths that it names, and what it
/// hands on from the modules that it lists.
struct Modules {
    listed: BTreeMap<Place, Vec<String>>,
    named: BTreeMap<Place, Vec<Place>>,
    handed: BTreeMap<Place, Place>,
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// The name of the file that an item lists.
fn listed(item: &Item) -> Option<String> {
    match item {
        Item::Mod(item) if item.content.is_none() && !is_for_tests(&item.attrs) => {
            Some(item.ident.to_string())
        }
        _ => None,
    }
}

/// Collects the paths of one file that start at the crate, at the module itself, above it or in a file that it lists.
struct Reader {
    place: Place,
    listed: Vec<String>,
    named: Vec<Place>,
    handed: BTreeMap<Place, Place>,
}

impl Reader {
    /// The place that a path names from here, if it is one of this crate.
    fn absolute(&self, path: &[String]) -> Option<Place> {
        let mut at = match path.first()?.as_str() {
            "crate" => Place::new(),
            "self" | "super" => self.place.clone(),
            first if self.listed.iter().any(|listed| listed == first) => self.place.clone(),
            _ => return None,
        };
        for word in path {
            match word.as_str() {
                "crate" | "self" => {}
                "super" => drop(at.pop()),
                _ => at.push(word.clone()),
            }
        }
        Some(at)
    }

    fn name(&mut self, path: &[String]) {
        let place = self.absolute(path);
        self.named.extend(place);
    }

    /// Takes a name of a `use`: handed on, if it is public and of a file that this one lists.
    fn takes(&mut self, path: &[String], known_as: &str, is_public: bool) {
        let Some(place) = self.absolute(path) else { return };
        let is_own = place.len() > self.place.len() && place.starts_with(&self.place);
        if is_public && is_own {
            self.handed.insert([&self.place[..], &[known_as.to_owned()]].concat(), place);
        } else {
            self.named.push(place);
        }
    }

    fn uses(&mut self, tree: &UseTree, before: &mut Place, is_public: bool) {
        let (last, known_as) = match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.uses(&path.tree, before, is_public);
                before.pop();
                return;
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.uses(tree, before, is_public);
                }
                return;
            }
            UseTree::Name(name) => (Some(name.ident.to_string()), name.ident.to_string()),
            UseTree::Rename(name) => (Some(name.ident.to_string()), name.rename.to_string()),
            UseTree::Glob(_) => (None, String::new()),
        };
        let path: Place = before.iter().cloned().chain(last).collect();
        self.takes(&path, &known_as, is_public);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Const(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_none() {
            return;
        }
        self.place.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.place.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_public = !matches!(item.vis, syn::Visibility::Inherited);
        self.uses(&item.tree, &mut Vec::new(), is_public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words: Place = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if words.len() > 1 {
            self.name(&words);
        }
        visit::visit_path(self, path);
    }
}

impl Modules {
    /// Reads a crate from `lib.rs` on; `text` gives the text of a file by its path below `src`.
    fn read(text: &dyn Fn(&str) -> String) -> Self {
        let mut modules = Self { listed: BTreeMap::new(), named: BTreeMap::new(), handed: BTreeMap::new() };
        let mut open = vec![Place::new()];
        while let Some(place) = open.pop() {
            let path = if place.is_empty() { "lib.rs".to_owned() } else { format!("{}.rs", place.join("/")) };
            let file = syn::parse_file(&text(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
            let listed: Vec<String> = file.items.iter().filter_map(listed).collect();
            let (named, handed) = (Vec::new(), BTreeMap::new());
            let mut reader = Reader { place: place.clone(), listed, named, handed };
            reader.visit_file(&file);
            open.extend(reader.listed.iter().map(|name| [&place[..], std::slice::from_ref(name)].concat()));
            modules.listed.insert(place.clone(), reader.listed);
            modules.named.insert(place, reader.named);
            modules.handed.append(&mut reader.handed);
        }
        modules
    }

    /// The file that holds what a path names, and not the room that hands it on.
    fn file<'p>(&'p self, mut path: &'p [String]) -> &'p [String] {
        loop {
            let mut starts = (0..=path.len()).rev().map(|length| &path[..length]);
            let is_known =
                |start: &&[String]| self.listed.contains_key(*start) || self.handed.contains_key(*start);
            let start = starts.find(is_known).unwrap_or(&[]);
            match self.handed.get(start) {
                Some(origin) if !self.listed.contains_key(start) => path = origin,
                _ => return start,
            }
        }
    }

    /// The files that a file imports from, other than itself and the list of the crate.
    fn imports<'p>(&'p self, file: &'p [String]) -> impl Iterator<Item = &'p [String]> {
        let named = self.named.get(file).map_or(&[][..], |named| named).iter();
        named.map(|path| self.file(path)).filter(move |target| !target.is_empty() && *target != file)
    }

    /// Whether `target` stands above `file` in the list of the room that holds both.
    fn is_above(&self, target: &[String], file: &[String]) -> bool {
        let shared = target.iter().zip(file).take_while(|(a, b)| a == b).count();
        let list = &self.listed[&file[..shared]];
        let position = |place: &[String]| list.iter().position(|listed| *listed == place[shared]);
        position(target) < position(file)
    }

    /// The imports that go the wrong way, as sentences.
    fn violations(&self) -> BTreeSet<String> {
        let mut violations = BTreeSet::new();
        for file in self.named.keys() {
            for target in self.imports(file) {
                let is_one_unit = target.starts_with(file) || file.starts_with(target);
                if !is_one_unit && !self.is_above(target, file) {
                    let (file, target) = (file.join("::"), target.join("::"));
                    violations.insert(format!("{file} uses {target}, which is listed below it"));
                }
            }
        }
        violations
    }

    /// The files that lead back to themselves, import by import.
    fn circles(&self) -> BTreeSet<String> {
        let leads_back = |file: &[String]| {
            let mut open: Vec<&[String]> = self.imports(file).collect();
            let mut seen = BTreeSet::new();
            while let Some(next) = open.pop() {
                if seen.insert(next) {
                    open.extend(self.imports(next));
                }
            }
            seen.contains(file)
        };
        self.named.keys().filter(|file| leads_back(file)).map(|file| file.join("::")).collect()
    }
}

fn on_disk(package: &str) -> Modules {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(package).join("src");
    Modules::read(&|path| {
        let path = source.join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    })
}

/// No file leads back to itself, but those in the rooms named.
fn no_circles_beside(package: &str, rooms: &[&str]) {
    let mut circles = on_disk(package).circles();
    let is_of = |file: &str, room: &str| {
        file.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    };
    circles.retain(|file| !rooms.iter().any(|room| is_of(file, room)));
    assert!(circles.is_empty(), "{package} has files that import each other: {circles:?}");
}

fn no_circles(package: &str) {
    no_circles_beside(package, &[]);
}

fn no_violations(package: &str, least: usize) {
    let modules = on_disk(package);
    assert!(modules.listed.len() >= least, "only {} files of {package} were read", modules.listed.len());
    let violations: Vec<String> = modules.violations().into_iter().collect();
    assert!(violations.is_empty(), "{package}:\n{}", violations.join("\n"));
}

#[test]
fn files_of_the_core_import_only_from_files_above_them() {
    no_violations("core", 30);
}

#[test]
fn files_of_the_host_import_only_from_files_above_them() {
    no_violations("host", 50);
}

#[test]
fn files_of_this_package_import_only_from_files_above_them() {
    no_violations("tests/golden", 8);
}

#[test]
fn no_two_files_of_the_core_import_each_other() {
    no_circles("core");
}

#[test]
fn no_two_files_of_the_host_import_each_other() {
    // an objective and its passes, and the findings of `hessian` and their words, still name each other
    no_circles_beside("host", &["objective", "commands::hessian"]);
}

#[test]
fn no_two_files_of_this_package_import_each_other() {
    no_circles("tests/golden");
}

/// The modules of files that a test makes up.
fn made_up(files: &[(&str, &str)]) -> Modules {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    Modules::read(&|path| files[path].to_owned())
}

#[test]
fn an_import_from_below_is_found_wherever_it_hides() {
    let modules = made_up(&[
        ("lib.rs", "pub mod low;\npub mod room;\nmod high;"),
        ("low.rs", "use crate::room::Thing;\n#[cfg(test)]\nmod tests { use crate::high::Tested; }"),
        ("room.rs", "pub use second::Handed;\npub struct Thing;\nmod first;\nmod second;"),
        ("room/first.rs", "use super::{Thing, second::Called};\nfn f() { crate::high::call(); }"),
        ("room/second.rs", "use crate::{low::Low, room::first::Circle};\npub struct Handed;"),
        (
            "high.rs",
            "use crate::low::*;\nmod inner { use super::super::room::Thing; fn f(x: super::super::low::X) {} }",
        ),
    ]);
    assert_eq!(
        modules.violations().into_iter().collect::<Vec<_>>(),
        [
            "low uses room, which is listed below it",
            "room::first uses high, which is listed below it",
            "room::first uses room::second, which is listed below it",
        ]
    );
}

#[test]
fn what_a_room_hands_on_counts_as_the_file_that_it_comes_from() {
    let modules = made_up(&[
        ("lib.rs", "pub mod room;"),
        (
            "room.rs",
            "mod first;\nmod second;\npub use first::Low;\npub(crate) use self::second::High as Renamed;",
        ),
        ("room/first.rs", "use super::Renamed;"),
        ("room/second.rs", "use crate::room::Low;"),
    ]);
    let found: Vec<String> = modules.violations().into_iter().collect();
    assert_eq!(found, ["room::first uses room::second, which is listed below it"]);
}

#[test]
fn a_room_that_both_uses_a_file_and_is_used_by_it_is_a_circle() {
    let modules = made_up(&[
        ("lib.rs", "pub mod room;\npub mod other;"),
        (
            "room.rs",
            "mod drawn;\nmod first;\nmod kept;\nuse kept::Kept;\npub struct Thing;\nfn f(first: u8) -> u8 { first }",
        ),
        ("room/drawn.rs", "use super::Thing;\nfn f() { super::first::f(); }"),
        ("room/first.rs", "pub fn f() {}"),
        ("room/kept.rs", "pub struct Kept;"),
        ("other.rs", "mod inner;\npub struct Error;\nfn f() { inner::draw(); }"),
        ("other/inner.rs", "use super::Error;\nuse crate::room::Thing;"),
    ]);
    let found: Vec<String> = modules.circles().into_iter().collect();
    assert_eq!(found, ["other", "other::inner"]);
}
