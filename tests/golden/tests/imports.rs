//! A file imports only from files that are listed above it.
//!
//! `lib.rs` lists the files of a crate, and a room (`deck.rs`) the files of its folder (`deck/`), each with
//! what it builds on above it. A room and the files it lists are one unit between themselves: the room's own
//! types stand above them, what drives them below. Tests may use everything; what macros hide is not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree};

/// A place in the tree of modules: `["deck", "check"]`; the crate itself is `[]`.
type Place = Vec<String>;

/// One crate: for each file that holds a module, the modules that it lists and the paths that it names.
struct Modules {
    listed: BTreeMap<Place, Vec<String>>,
    named: BTreeMap<Place, Vec<Place>>,
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// Collects the paths of one file that start at the crate, at the module itself or above it.
struct Reader {
    place: Place,
    listed: Vec<String>,
    named: Vec<Place>,
}

impl Reader {
    fn name(&mut self, path: &[String]) {
        let mut at = match path.first().map(String::as_str) {
            Some("crate") => Place::new(),
            Some("self" | "super") => self.place.clone(),
            _ => return,
        };
        for word in path {
            match word.as_str() {
                "crate" | "self" => {}
                "super" => drop(at.pop()),
                _ => at.push(word.clone()),
            }
        }
        self.named.push(at);
    }

    fn uses(&mut self, tree: &UseTree, before: &mut Place) {
        let last = match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.uses(&path.tree, before);
                before.pop();
                return;
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.uses(tree, before);
                }
                return;
            }
            UseTree::Name(name) => Some(name.ident.to_string()),
            UseTree::Rename(name) => Some(name.ident.to_string()),
            UseTree::Glob(_) => None,
        };
        let path: Place = before.iter().cloned().chain(last).collect();
        self.name(&path);
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
            self.listed.push(item.ident.to_string());
            return;
        }
        self.place.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.place.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.uses(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words: Place = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.name(&words);
        visit::visit_path(self, path);
    }
}

impl Modules {
    /// Reads a crate from `lib.rs` on; `text` gives the text of a file by its path below `src`.
    fn read(text: &dyn Fn(&str) -> String) -> Self {
        let mut modules = Self { listed: BTreeMap::new(), named: BTreeMap::new() };
        let mut open = vec![Place::new()];
        while let Some(place) = open.pop() {
            let path = if place.is_empty() { "lib.rs".to_owned() } else { format!("{}.rs", place.join("/")) };
            let file = syn::parse_file(&text(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
            let mut reader = Reader { place: place.clone(), listed: Vec::new(), named: Vec::new() };
            reader.visit_file(&file);
            open.extend(reader.listed.iter().map(|name| [&place[..], std::slice::from_ref(name)].concat()));
            modules.listed.insert(place.clone(), reader.listed);
            modules.named.insert(place, reader.named);
        }
        modules
    }

    /// The file that holds what a path names.
    fn file<'p>(&self, path: &'p [String]) -> &'p [String] {
        let lengths = (0..=path.len()).rev();
        lengths.map(|length| &path[..length]).find(|place| self.listed.contains_key(*place)).unwrap_or(&[])
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
        for (file, named) in &self.named {
            for target in named.iter().map(|path| self.file(path)) {
                let is_one_unit = target.starts_with(file) || file.starts_with(target);
                if !is_one_unit && !self.is_above(target, file) {
                    let (file, target) = (file.join("::"), target.join("::"));
                    violations.insert(format!("{file} uses {target}, which is listed below it"));
                }
            }
        }
        violations
    }
}

fn on_disk(package: &str) -> Modules {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(package).join("src");
    Modules::read(&|path| {
        let path = source.join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    })
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
fn an_import_from_below_is_found_wherever_it_hides() {
    let files: BTreeMap<&str, &str> = [
        ("lib.rs", "pub mod low;\npub mod room;\nmod high;"),
        ("low.rs", "use crate::room::Thing;\n#[cfg(test)]\nmod tests { use crate::high::Tested; }"),
        ("room.rs", "pub use second::Handed;\npub struct Thing;\nmod first;\nmod second;"),
        ("room/first.rs", "use super::{Thing, second::Handed};\nfn f() { crate::high::call(); }"),
        ("room/second.rs", "use crate::{low::Low, room::first::Circle};\npub struct Handed;"),
        ("high.rs", "use crate::low::*;\nmod inner { use super::super::room::Thing; fn f(x: super::super::low::X) {} }"),
    ]
    .into();
    let found: Vec<String> = Modules::read(&|path| files[path].to_owned()).violations().into_iter().collect();
    assert_eq!(
        found,
        [
            "low uses room, which is listed below it",
            "room::first uses high, which is listed below it",
            "room::first uses room::second, which is listed below it",
        ]
    );
}
