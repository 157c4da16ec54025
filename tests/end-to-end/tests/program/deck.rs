//! `deck`: the page with every slide, the files beside it, and its exit codes.

use std::fs::read_to_string;

use tempfile::tempdir;
use workbench::case::object;
use workbench::program::thalweg;
use workbench::results::{Results, expect_png, expect_svg};

#[test]
fn the_page_shows_every_slide_and_says_what_was_not_run() {
    let folder = tempdir().unwrap();
    let run = thalweg(folder.path()).args(["deck", "constructed-bump", "factored-linear", "--json"]).assert();
    let summary = object(&run.success());
    assert_eq!((&summary["experiments"], &summary["checks_held"]), (&2.into(), &summary["checks"]));
    let out = folder.path().join("out/deck");
    let page = read_to_string(out.join("index.html")).unwrap();
    assert_eq!(page.matches("<section>").count(), 40, "every slide of the deck has its section");
    assert!(
        page.contains("Not yet: the line of a trained LSTM")
            && page.contains("maxout-line: not run this time")
    );
    assert!(page.contains("data:image/png;base64,"), "the figures stand in the page itself");
    for name in ["bump-line", "bump-zoom", "factored-linear", "factored-linear-depth"] {
        expect_png(&out.join(format!("{name}.png")));
        assert!(expect_svg(&out.join(format!("{name}.svg"))).contains("</svg>"));
    }
    let depth = Results::read(&out.join("factored-linear-depth.csv"));
    assert_eq!(depth.setting("command"), "deck");
    for (alpha, cost) in depth.numbers("alpha").into_iter().zip(depth.numbers("cost_3")) {
        assert!((cost - 0.5 * (1.0 - alpha.powi(3)).powi(2)).abs() < 1e-15, "α = {alpha}");
    }
}

#[test]
fn the_list_names_experiments_and_an_unknown_one_is_wrong_usage() {
    let folder = tempdir().unwrap();
    let list = thalweg(folder.path()).args(["deck", "--list"]).assert().success();
    let list = String::from_utf8(list.get_output().stdout.clone()).unwrap();
    assert!(list.lines().any(|line| line.starts_with("maxout-line ")), "{list}");
    assert!(!folder.path().join("out").exists(), "a list writes nothing");
    let wrong = thalweg(folder.path()).args(["deck", "maxoutline"]).assert().code(2);
    let message = String::from_utf8(wrong.get_output().stderr.clone()).unwrap();
    assert!(message.contains("'maxout-line'"), "{message}");
}
