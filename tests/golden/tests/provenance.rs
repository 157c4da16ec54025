//! Every fixture has a source, a licence and a digest, and every published package says what it is.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn digest(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Sha256::digest(&bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

/// What is wrong with the digests that a README lists for the files of a folder: lines as `sha256sum` writes
/// them. A file that each build may write anew is named under "Records of a build" instead.
fn wrong_digests(readme: &str, folder: &Path, files: &[PathBuf]) -> Vec<String> {
    let mut wrong = Vec::new();
    let (_, records) = readme.split_once("## Records of a build").unwrap_or_default();
    let (records, _) = records.split_once("\n## ").unwrap_or((records, ""));
    let listed: Vec<(&str, &str)> = readme
        .lines()
        .filter_map(|line| line.split_once("  "))
        .filter(|(digest, _)| digest.len() == 64)
        .collect();
    for path in files {
        let name = path
            .strip_prefix(folder)
            .expect("the file is below the folder")
            .to_string_lossy()
            .replace('\\', "/");
        let found = digest(path);
        match listed.iter().find(|(_, listed)| *listed == name) {
            Some((wanted, _)) if *wanted == found => {}
            None if records.contains(&format!("`{name}`")) => {}
            _ => wrong.push(format!("fixtures/README.md needs the line\n{found}  {name}")),
        }
    }
    for (_, name) in listed {
        if !folder.join(name).is_file() {
            wrong.push(format!("fixtures/README.md lists {name}, which is not there"));
        }
    }
    wrong
}

#[test]
fn every_fixture_has_the_digest_that_the_readme_lists() {
    let folder = root().join("fixtures");
    let readme = text(&folder.join("README.md"));
    let fixtures: Vec<PathBuf> =
        ["bare_metal", "golden", "mnist"].iter().flat_map(|room| files(&folder.join(room))).collect();
    let wrong = wrong_digests(&readme, &folder, &fixtures);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // and a changed digest, a missing file and a file too many are found
    let first = readme.lines().find(|line| line.contains("  golden/")).unwrap();
    let changed = readme.replace(first, &first.replacen(&first[..1], "x", 1));
    assert_eq!(wrong_digests(&changed, &folder, &fixtures).len(), 1);
    let longer = format!("{readme}\n{}  golden/none.toml\n", "0".repeat(64));
    assert_eq!(wrong_digests(&longer, &folder, &fixtures).len(), 1);
    let lacking = readme.replace(first, "");
    assert_eq!(wrong_digests(&lacking, &folder, &fixtures).len(), 1);
}

#[test]
fn every_golden_file_opens_with_its_provenance() {
    for path in files(&root().join("fixtures/golden")) {
        let text = text(&path);
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        for word in ["# what ", "# from ", "# check "] {
            assert!(head.iter().any(|line| line.starts_with(word)), "{} lacks `{word}`", path.display());
        }
        if path.extension().is_some_and(|extension| extension == "toml") {
            let from = head.iter().find(|line| line.starts_with("# from ")).unwrap();
            let script = from.split_whitespace().nth(2).unwrap();
            assert!(root().join("fixtures").join(script).is_file(), "{}: {script}", path.display());
            assert!(from.contains("seed ") && head.iter().any(|line| line.starts_with("# licence ")));
        }
    }
}

#[test]
fn every_published_package_says_what_it_is() {
    for package in ["core", "host", "fixtures"] {
        let manifest: toml::Table = text(&root().join(package).join("Cargo.toml")).parse().unwrap();
        let entries = manifest["package"].as_table().unwrap();
        for key in [
            "name",
            "description",
            "version",
            "edition",
            "rust-version",
            "license",
            "authors",
            "repository",
            "keywords",
            "categories",
            "readme",
        ] {
            assert!(entries.contains_key(key), "{package}/Cargo.toml lacks `{key}`");
        }
        let readme = entries["readme"].as_str().unwrap();
        assert!(root().join(package).join(readme).is_file(), "{package}: {readme} is not there");
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        assert!(root().join(licence).is_file(), "{licence} is not there");
    }
}
