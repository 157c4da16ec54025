//! "Critical points": minimum, maximum, saddle, and what second derivatives leave open.

use anyhow::Result;
use thalweg_core::cost::HessianVector;
use thalweg_core::cost::closed_form::{FactoredLinear, MonkeySaddle, Quadratic};
use thalweg_core::critical::classification::Kind;
use thalweg_core::critical::examine;
use thalweg_core::critical::levenberg_marquardt::LevenbergMarquardt;
use thalweg_core::critical::search::End;
use thalweg_core::spectrum::decomposition::{ByProducts, Workspace, workspace};

use super::check::Check;
use super::plane_of_two::{contours, over};
use super::report::Report;
use super::setting::Setting;
use crate::results::summary::number;

/// Where the searches start.
const START: [f64; 2] = [0.55, -0.35];

/// A function whose critical point at the origin is known.
struct Known {
    name: &'static str,
    formula: &'static str,
    kind: Kind,
}

/// Searches from [`START`], classifies the origin, and adds figure, number and checks.
fn show<C: HessianVector<Real = f64> + Clone>(
    setting: &Setting,
    report: &mut Report,
    cost: &C,
    known: &Known,
) -> Result<()> {
    let Known { name, formula, kind } = known;
    let mut path = vec![START];
    let (mut theta, mut memory) = (START, [0.0; workspace(2)]);
    let once = LevenbergMarquardt { steps: 1, ..LevenbergMarquardt::default() };
    let mut end = End::Steps;
    while end == End::Steps && path.len() < 100 {
        end = once.run(&mut ByProducts(cost.clone()), &mut theta, &mut memory)?.end;
        path.push(theta);
    }
    let mut shared = Workspace::new(2, &mut memory)?;
    let finding = examine(&mut ByProducts(cost.clone()), &[0.0, 0.0], 1e-6, &mut shared)?;
    let (high, low) = (shared.values[0], shared.values[1]);
    let found = finding.signs.kind();
    let head = setting.table().setting("equal-aspect", true).setting("z-axis", "J");
    let table = contours(head, &mut cost.clone(), [-1.0; 2], [1.0; 2])?
        .setting("title", format!("{formula}: {}", found.name()))
        .setting("subtitle", format!("eigenvalues at the origin: {} and {}", number(high), number(low)))
        .setting("footer", "closed form; Levenberg–Marquardt on ½|g|²");
    report.picture_with_path(
        &format!("critical-{name}"),
        table,
        (over(setting.table(), &path, &mut cost.clone())?, ["x", "y", "cost"]),
        format!(
            "{formula}, with the path of a search for a point without slope: it ends at {}, {}.",
            number(theta[0]),
            number(theta[1])
        ),
    );
    report.number(
        format!("{formula}: λ, and what they tell"),
        format!("{}, {}: {}", number(high), number(low), found.name()),
    );
    report.check(Check::new(
        format!("{formula} is told to be of the kind `{}`", kind.name()),
        found.name(),
        found == *kind,
    ));
    Ok(())
}

/// Finds and classifies the critical points of functions whose answers are known.
///
/// # Source
/// The deck's slide; the fifth answer, "degenerate", is added: where a curvature is 0 and no two have
/// different signs, second derivatives do not decide.
///
/// # Errors
/// None but a fault of the program.
pub fn critical_points(setting: &Setting) -> Result<Report> {
    let mut report = Report::new(
        "Six functions of two parameters, in closed form: Levenberg–Marquardt on ½|g|² searches for a point \
         without slope, and the signs of the Hessian's eigenvalues tell its kind (|λ| ≤ 10⁻⁶·max|λ| counts as 0).",
    );
    let quadratic = |curvatures| Quadratic { curvatures };
    let known = |name, formula, kind| Known { name, formula, kind };
    let bowl = known("minimum", "x² + y²", Kind::Minimum);
    show(setting, &mut report, &quadratic(&[2.0, 2.0]), &bowl)?;
    let hill = known("maximum", "−x² − y²", Kind::Maximum);
    show(setting, &mut report, &quadratic(&[-2.0, -2.0]), &hill)?;
    let saddle = known("saddle", "x² − y²", Kind::Saddle);
    show(setting, &mut report, &quadratic(&[2.0, -2.0]), &saddle)?;
    let monkey = known("monkey", "x³ − 3xy²", Kind::Degenerate);
    show(setting, &mut report, &MonkeySaddle, &monkey)?;
    let valley = known("valley", "x²", Kind::Degenerate);
    show(setting, &mut report, &quadratic(&[2.0, 0.0]), &valley)?;
    let factors = known("factors", "½(1 − xy)²", Kind::Saddle);
    show(setting, &mut report, &FactoredLinear, &factors)?;
    Ok(report)
}
