//! "3-D plot of adversarial maxout: obstacles", on a cost whose obstacle is known on paper.

use std::f64::consts::PI;

use anyhow::Result;
use thalweg_core::cost::Cost;
use thalweg_core::cost::closed_form::HillBesideValley;

use super::check::Check;
use super::report::Report;
use super::setting::Setting;
use super::sheet::{lay_out, pictures};
use crate::results::summary::number;
use crate::subspace::lines::PointByPoint;
use crate::subspace::path::{OBSTACLE_STEPS, Trajectory, obstacle};

/// Height, width and centre of the hills that are tried.
const HILLS: [HillBesideValley; 3] = [
    HillBesideValley { height: 1.0, width: 0.08, centre: [0.5, 0.25] },
    HillBesideValley { height: 0.3, width: 0.1, centre: [0.4, 0.3] },
    HillBesideValley { height: 0.2, width: 0.15, centre: [0.6, 0.2] },
];

/// The way of the path off its line.
const REACH: f64 = 0.5;

/// (s, b·sin πs) for s from 0 to 1.
fn path() -> Vec<Vec<f64>> {
    (0..=40).map(|step| f64::from(step) / 40.0).map(|s| vec![s, REACH * (PI * s).sin()]).collect()
}

/// The largest obstacle on a grid of 10,001 points for each snapshot.
fn fine(mut cost: HillBesideValley) -> Result<f64> {
    let mut largest = 0.0_f64;
    for snapshot in path() {
        let at = |index: u32| [snapshot[0], snapshot[1] * f64::from(index) / 10_000.0];
        let costs = (0..=10_000).map(|index| cost.cost(&at(index))).collect::<Result<Vec<f64>, _>>()?;
        largest = largest.max(obstacle(&costs));
    }
    Ok(largest)
}

/// The obstacle measure finds a hill between a path and its line.
///
/// # Source
/// The effect: Goodfellow, Vinyals, Saxe (2015), adversarially trained maxout. The cost is made for the check.
///
/// # Errors
/// None but a fault of the program.
pub fn constructed_obstacle(setting: &Setting) -> Result<Report> {
    let mut report = Report::new(format!(
        "A path (s, {REACH}·sin πs) over the valley ½y² with a Gaussian hill between the path and its line; \
         {OBSTACLE_STEPS} steps from the line to each snapshot, against a grid of 10,001."
    ));
    let head = setting
        .table()
        .setting("footer", "closed form: ½y² and a Gaussian hill of height 1, width 0.08 at (0.5, 0.25)");
    let laid = lay_out(&PointByPoint(HILLS[0]), &mut HILLS[0].clone(), &path())?;
    pictures(
        &mut report,
        ("obstacle", "A constructed obstacle"),
        &head,
        &PointByPoint(HILLS[0]),
        &laid,
        setting.scale.surface.max(41),
    )?;
    for hill in HILLS {
        let trajectory = Trajectory::new(&path())?;
        let found = trajectory.obstacles(&PointByPoint(hill), OBSTACLE_STEPS, &|_| ())?;
        let found = found.into_iter().fold(0.0, f64::max);
        let wanted = fine(hill)?;
        let place = hill.centre;
        let what = format!("hill of {} at ({}, {})", hill.height, place[0], place[1]);
        report
            .number(format!("{what}: obstacle"), format!("{} (fine grid {})", number(found), number(wanted)));
        report.check(Check::at_most(
            &format!("{what}: obstacle against the fine grid, relative error"),
            (found / wanted - 1.0).abs(),
            0.02,
        ));
    }
    Ok(report)
}
