//! "Convolutional network: the wrong side of the mountain", on a cost whose bump is known on paper.

use anyhow::Result;
use thalweg_core::cost::closed_form::WrongSideOfTheMountain;

use super::check::Check;
use super::report::Report;
use super::setting::Setting;
use crate::results::summary::number;
use crate::subspace::curve::Curve;
use crate::subspace::lines::{LineCosts, PointByPoint};
use crate::table::Table;

/// The bump lies at these α.
const PLACES: [f64; 5] = [0.01, 0.02, 0.05, 0.1, 0.2];

fn curve(cost: WrongSideOfTheMountain, end: f64, count: u32) -> Result<Curve> {
    let alphas: Vec<f64> = (0..count).map(|index| end * f64::from(index) / f64::from(count - 1)).collect();
    let line = PointByPoint(cost);
    let costs = line.between(&[0.0, 0.0], &[1.0, 0.0], &alphas)?;
    let ends = line.between(&[0.0, 0.0], &[1.0, 0.0], &[0.0, 1.0])?;
    Ok(Curve { alphas, costs, start: ends[0], end: ends[1] })
}

/// Finds a shallow bump near the start of a line: on the coarse grid the place from which the cost stays
/// below its start, then a grid of 100 points up to there.
fn zoom(cost: WrongSideOfTheMountain) -> Result<Curve> {
    let coarse = curve(cost, 1.0, 50)?;
    curve(cost, coarse.falls_for_good().unwrap_or(1.0), 100)
}

fn picture(head: Table, title: &str, curve: &Curve) -> Table {
    head.setting("title", title)
        .setting("x-axis", "α (0: start, 1: solution)")
        .setting("y-axis", "J")
        .setting("footer", "closed form: s·(α³/3 − (1 + c)α²/2 + cα) + constant, c = 0.02, s = 1")
        .column("alpha", curve.alphas.clone())
        .column("cost", curve.costs.clone())
}

/// The zoom at the start of a line finds a bump that the whole line hides.
///
/// # Source
/// The effect: Goodfellow, Vinyals, Saxe (2015), §3, convolutional network. The cost is made for the check.
///
/// # Errors
/// None but a fault of the program.
pub fn constructed_bump(setting: &Setting) -> Result<Report> {
    let mut report = Report::new(
        "A cubic with a bump at α = c and its minimum at 1, for five c; the same zoom as on a trained network: 50 \
         points on the line, then 100 up to where the cost stays below its start.",
    );
    let shown = WrongSideOfTheMountain { place: 0.02, scale: 1.0 };
    report.picture(
        "bump-line",
        picture(setting.table(), "On the whole line no bump is to be seen", &curve(shown, 1.0, 50)?),
        "The cost on the whole line falls, as far as the eye can tell.",
    );
    report.picture(
        "bump-zoom",
        picture(setting.table(), "Near the start, the wrong side of the mountain", &zoom(shown)?),
        "The first few percent of the same line: it climbs before it falls.",
    );
    for place in PLACES {
        let cost = WrongSideOfTheMountain { place, scale: 1.0 };
        let (alpha, height) = zoom(cost)?.bump().unwrap_or((f64::NAN, f64::NAN));
        report.number(
            format!("c = {place}: height in drops"),
            format!("{} (on paper {})", number(height / cost.drop()), number(cost.height() / cost.drop())),
        );
        let wrong = (height / cost.height() - 1.0).abs().max((alpha / place - 1.0).abs());
        report.check(Check::at_most(
            &format!("c = {place}: height and place of the bump, relative error"),
            if wrong.is_nan() { f64::INFINITY } else { wrong },
            0.01,
        ));
    }
    Ok(report)
}
