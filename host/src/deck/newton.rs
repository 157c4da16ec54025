//! "Newton's method" and its failure mode: it goes to the critical point, whatever its kind.

use anyhow::Result;
use thalweg_core::cost::closed_form::{DoubleWell, FactoredLinear, Quadratic, saddle};
use thalweg_core::cost::{Cost, HessianVector};
use thalweg_core::critical::newton::Newton;
use thalweg_core::critical::saddle_free::SaddleFree;
use thalweg_core::descent::Descent;
use thalweg_core::random::Random;
use thalweg_core::spectrum::decomposition::{ByProducts, Decompose, workspace};

use super::check::Check;
use super::plane_of_two::{contours, descent, over};
use super::report::Report;
use super::setting::Setting;
use crate::results::summary::number;

const ONE: Newton = Newton { damping: 0.0, halvings: 0, flat: 1e-10, steps: 1, tolerance: 0.0 };

/// θ after each step of a method, the start first.
fn steps<C: Decompose<Real = f64>, const N: usize>(
    cost: &mut C,
    start: [f64; N],
    count: usize,
    mut once: impl FnMut(&mut C, &mut [f64; N]) -> Result<()>,
) -> Result<Vec<[f64; N]>> {
    let mut theta = start;
    let mut path = vec![start];
    for _ in 0..count {
        once(cost, &mut theta)?;
        path.push(theta);
    }
    Ok(path)
}

fn newton<const N: usize>(cost: &mut impl Decompose<Real = f64>, theta: &mut [f64; N]) -> Result<()> {
    ONE.run(cost, theta, &mut vec![0.0; workspace(N)])?;
    Ok(())
}

fn saddle_free<const N: usize>(cost: &mut impl Decompose<Real = f64>, theta: &mut [f64; N]) -> Result<()> {
    let once = SaddleFree { steps: 1, tolerance: 0.0, ..SaddleFree::default() };
    once.run(cost, theta, &mut vec![0.0; workspace(N)])?;
    Ok(())
}

/// The farthest from the origin that one step of Newton's method ends on random quadratics of each kind,
/// in units of the start's distance.
fn on_quadratics(seed: u64) -> Result<f64> {
    let mut random = Random::stream(seed, 0x6e65_7774);
    let mut worst = 0.0_f64;
    for signs in [[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0], [1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]] {
        for _ in 0..5 {
            let curvatures = signs.map(|sign| sign * (0.1 + random.uniform()));
            let mut theta = [0.0; 3];
            random.fill_normal(&mut theta);
            let far = thalweg_core::cost::norm(&theta);
            newton(&mut ByProducts(Quadratic { curvatures: &curvatures }), &mut theta)?;
            worst = worst.max(thalweg_core::cost::norm(&theta) / far);
        }
    }
    Ok(worst)
}

/// x⁴ − 2x² from 0.1: where each method is after each step.
fn double_well(setting: &Setting, report: &mut Report) -> Result<()> {
    let mut cost = ByProducts(DoubleWell);
    let count = 30;
    let by_newton = steps(&mut cost, [0.1], count, newton)?;
    let by_saddle_free = steps(&mut cost, [0.1], count, saddle_free)?;
    let by_descent = steps(&mut cost, [0.1], count, |cost, theta| {
        let once = Descent { step_size: 0.05, momentum: 0.0, steps: 1, tolerance: 0.0 };
        once.run(cost, theta, &mut [0.0], &mut [0.0])?;
        Ok(())
    })?;
    let column = |path: &[[f64; 1]]| path.iter().map(|theta| theta[0]).collect::<Vec<f64>>();
    let table = setting
        .table()
        .setting("title", "x⁴ − 2x² from 0.1: Newton's method climbs to the maximum at 0")
        .setting("x-axis", "step")
        .setting("y-axis", "x (minima at ±1, maximum at 0)")
        .setting("labels", "Newton; gradient descent, ε = 0.05; saddle-free Newton")
        .setting("y", "newton, descent, saddle_free")
        .setting("footer", "closed form")
        .column("step", (0..=count).map(|step| step as f64).collect::<Vec<f64>>())
        .column("newton", column(&by_newton))
        .column("descent", column(&by_descent))
        .column("saddle_free", column(&by_saddle_free));
    report.picture(
        "newton-double-well",
        table,
        "Where the curvature is negative (|x| < 1/√3), Newton's step points uphill; descent and saddle-free \
         Newton go to the minimum.",
    );
    let reached = by_newton.iter().position(|theta| theta[0].abs() < 1e-6);
    report.check(Check::new(
        "x⁴ − 2x² from 0.1: Newton's method is within 10⁻⁶ of the maximum in at most 4 steps",
        reached.map_or("never".to_owned(), |steps| format!("{steps} steps")),
        reached.is_some_and(|steps| steps <= 4),
    ));
    report.check(Check::equals(
        "x⁴ − 2x² from 0.1: gradient descent goes to 1 (30 steps)",
        by_descent[count][0],
        1.0,
        1e-4,
    ));
    report.check(Check::equals(
        "x⁴ − 2x² from 0.1: saddle-free Newton goes to a minimum, |x|",
        by_saddle_free[count][0].abs(),
        1.0,
        1e-9,
    ));
    let curvature = |x: f64| -> Result<f64> {
        let mut product = [0.0];
        DoubleWell.hessian_vector(&[x], &[1.0], &mut product)?;
        Ok(product[0])
    };
    report.check(Check::equals("curvature at 1/√3", curvature(1.0 / 3.0_f64.sqrt())?, 0.0, 1e-12));
    Ok(())
}

/// 5x² − y²: one step of each method, on paper and found.
fn classical_saddle(report: &mut Report) -> Result<()> {
    let start = [3.0, 0.25];
    let mut cost = ByProducts(saddle());
    let by_newton = steps(&mut cost, start, 1, newton)?[1];
    let by_saddle_free = steps(&mut cost, start, 1, saddle_free)?[1];
    let by_descent = descent(&mut saddle(), start, 0.02, 7)?[7];
    let off =
        |found: [f64; 2], wanted: [f64; 2]| (found[0] - wanted[0]).abs().max((found[1] - wanted[1]).abs());
    for (what, found, wanted) in [
        ("Newton ends at (0, 0)", by_newton, [0.0, 0.0]),
        ("saddle-free Newton ends at (0, 2y)", by_saddle_free, [0.0, 0.5]),
        (
            "7 steps of descent end at x(1 − 10ε)⁷, y(1 + 2ε)⁷",
            by_descent,
            [3.0 * 0.8_f64.powi(7), 0.25 * 1.04_f64.powi(7)],
        ),
    ] {
        let what = format!("5x² − y² from (3, ¼): {what}, distance");
        report.check(Check::at_most(&what, off(found, wanted), 1e-10));
    }
    Ok(())
}

/// ½(1 − xy)²: Newton's method goes to the saddle, descent round it.
fn two_factors(setting: &Setting, report: &mut Report) -> Result<()> {
    let start = [0.35, 0.1];
    let by_newton = steps(&mut ByProducts(FactoredLinear), start, 6, newton)?;
    let by_descent = descent(&mut FactoredLinear, start, 0.1, 120)?;
    let head = setting.table().setting("equal-aspect", true).setting("z-axis", "J = ½(1 − xy)²");
    let contour = contours(head, &mut FactoredLinear, [-0.5, -0.5], [1.5, 1.5])?;
    for (name, words, path) in [
        ("newton", "Newton's method lands on the saddle", &by_newton),
        ("descent", "gradient descent leaves it", &by_descent),
    ] {
        report.picture_with_path(
            &format!("newton-factors-{name}"),
            contour
                .clone()
                .setting("title", format!("½(1 − xy)²: {words}"))
                .setting("footer", format!("closed form; {} steps from (0.35, 0.1)", path.len() - 1)),
            (over(setting.table(), path, &mut FactoredLinear)?, ["x", "y", "cost"]),
            format!("From the same start near the saddle at the origin, {words}."),
        );
    }
    let (end, fled) = (by_newton[6], by_descent[120]);
    report.number(
        "½(1 − xy)² from (0.35, 0.1): J of Newton's end and of descent's",
        format!("{}; {}", number(FactoredLinear.cost(&end)?), number(FactoredLinear.cost(&fled)?)),
    );
    report.check(Check::at_most(
        "½(1 − xy)²: Newton's method ends on the saddle, distance",
        end[0].hypot(end[1]),
        1e-10,
    ));
    report.check(Check::at_most(
        "½(1 − xy)²: descent from there ends at a minimum, J",
        FactoredLinear.cost(&fled)?,
        1e-6,
    ));
    Ok(())
}

/// Newton's method on quadratics, and where it goes when there are saddles and maxima.
///
/// # Source
/// The deck's two slides; the closed forms are derived from 5x² − y² and x⁴ − 2x².
///
/// # Errors
/// None but a fault of the program.
pub fn newton_fails(setting: &Setting) -> Result<Report> {
    let mut report = Report::new(
        "Newton's method with the pseudo-inverse, gradient descent and saddle-free Newton on costs in closed \
         form, in double precision.",
    );
    report.check(Check::at_most(
        "20 quadratics, minima, maxima and saddles: one step of Newton's method ends on the critical point, \
         distance in starts",
        on_quadratics(setting.seed)?,
        1e-12,
    ));
    double_well(setting, &mut report)?;
    classical_saddle(&mut report)?;
    two_factors(setting, &mut report)?;
    Ok(report)
}
