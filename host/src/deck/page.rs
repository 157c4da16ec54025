//! `index.html`: every slide of the deck in order, with its figures, numbers and verdicts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::report::Report;
use super::slides::{SLIDES, Shown};

/// An experiment that was run, with the PNG of each of its pictures.
#[derive(Debug)]
pub struct Done {
    /// Its name.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// What came out.
    pub report: Report,
    /// One PNG per picture.
    pub images: Vec<Vec<u8>>,
    /// How long it took.
    pub seconds: f64,
}

const STYLE: &str = "
body { font: 16px/1.5 'DejaVu Sans', Verdana, sans-serif; color: #1b1f24; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; border-top: 1px solid #d0d7de; padding-top: 1rem; }
h3 { font-size: 1rem; } figure { margin: 1rem 0; } img { max-width: 100%; border: 1px solid #d0d7de; }
figcaption, .setting, footer { color: #57606a; font-size: .88rem; } .number { color: #8c959f; font-weight: normal; }
table { border-collapse: collapse; font-size: .88rem; margin: .5rem 0 1rem; } td, th { border-bottom: 1px solid #d0d7de; padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
.holds { color: #1a7f37; font-weight: bold; } .fails { color: #cf222e; font-weight: bold; } .none { color: #8c959f; }
";

fn verdict(holds: bool) -> Markup {
    html! { @if holds { span.holds { "holds" } } @else { span.fails { "FAILS" } } }
}

fn experiment(done: &Done) -> Markup {
    html! {
        h3 id=(done.name) { (done.name) ": " (done.title) }
        p.setting { (done.report.setting) }
        @for (picture, image) in done.report.pictures.iter().zip(&done.images) {
            figure {
                img src={ "data:image/png;base64," (STANDARD.encode(image)) } alt=(picture.caption);
                figcaption {
                    (picture.caption) " "
                    a href={ (picture.name) ".png" } { "PNG" } " · "
                    a href={ (picture.name) ".svg" } { "SVG" } " · "
                    a href={ (picture.name) ".csv" } { "CSV" }
                }
            }
        }
        @if !done.report.numbers.is_empty() {
            table {
                @for (name, value) in &done.report.numbers { tr { td { (name) } td { (value) } } }
            }
        }
        table {
            tr { th { "check" } th { "measured" } th { "verdict" } }
            @for check in &done.report.checks {
                tr { td { (check.claim) } td { (check.measured) } td { (verdict(check.holds)) } }
            }
        }
    }
}

fn slide(number: usize, shown: Shown, all: &[Done]) -> Markup {
    let first = |name: &str| {
        SLIDES
            .iter()
            .position(|slide| slide.shown.experiments().contains(&name))
            .is_none_or(|at| at + 1 == number)
    };
    html! {
        @match shown {
            Shown::Words(words) => p { (words) },
            Shown::NotYet(what) => p.none { "Not yet: " (what) "." },
            Shown::Experiments(_) | Shown::Partly(..) => {},
        }
        @for name in shown.experiments() {
            @match all.iter().find(|done| done.name == *name) {
                None => p.none { (name) ": not run this time." },
                Some(done) if first(name) => (experiment(done)),
                Some(done) => p { a href={ "#" (name) } { (name) } ": above; " (verdict(done.report.holds())) "." },
            }
        }
        @if let Shown::Partly(_, missing) = shown { p.none { "Not yet: " (missing) "." } }
    }
}

/// The page of the experiments that were run.
#[must_use]
pub fn page(all: &[Done], settings: &[(String, String)]) -> String {
    let checks = || all.iter().flat_map(|done| &done.report.checks);
    let (held, total) = (checks().filter(|check| check.holds).count(), checks().count());
    let shown = |slide: &&super::slides::Slide| !matches!(slide.shown, Shown::NotYet(_));
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "thalweg: the deck, measured" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Gradient Descent and the Structure of Neural Network Cost Functions, measured" }
                p {
                    "Every slide of Goodfellow's deck of 2015 in order, each with what thalweg computes for it. "
                    (all.len()) " experiments were run; " (held) " of " (total) " checks hold. "
                    (SLIDES.iter().filter(shown).count()) " of " (SLIDES.len()) " slides are covered so far."
                }
                table {
                    tr { th { "experiment" } th { "checks that hold" } th { "seconds" } }
                    @for done in all {
                        @let held = done.report.checks.iter().filter(|check| check.holds).count();
                        tr {
                            td { a href={ "#" (done.name) } { (done.name) } }
                            td { (held) " of " (done.report.checks.len()) " " (verdict(done.report.holds())) }
                            td { (format!("{:.1}", done.seconds)) }
                        }
                    }
                }
                @for (index, one) in SLIDES.iter().enumerate() {
                    section {
                        h2 { span.number { (index + 1) " " } (one.title) }
                        (slide(index + 1, one.shown, all))
                    }
                }
                footer {
                    p { @for (key, value) in settings { (key) " = " (value) "; " } }
                }
            }
        }
    };
    markup.into_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::check::Check;

    #[test]
    fn a_failing_check_and_a_missing_experiment_are_said() {
        let mut report = Report::new("on paper <&>");
        report.check(Check::at_most("error", 2.0, 1.0));
        let done = Done { name: "subspace", title: "planes", report, images: Vec::new(), seconds: 0.5 };
        let page = page(&[done], &[("seed".to_owned(), "1".to_owned())]);
        assert!(page.contains("FAILS") && page.contains("on paper &lt;&amp;&gt;"));
        assert!(page.contains("maxout-line: not run this time."));
        for slide in SLIDES {
            assert!(page.contains(&html! { (slide.title) }.into_string()));
        }
    }
}
