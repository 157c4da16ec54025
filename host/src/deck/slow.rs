//! "Why is optimization so slow?": local information that disagrees with global, against a bad local step.

use anyhow::Result;
use thalweg_core::closed_form::{HillWithTail, Quadratic};
use thalweg_core::cost::{Cost, Gradient, dot, norm};
use thalweg_core::newton::Newton;
use thalweg_core::decomposition::{ByProducts, workspace};

use super::check::Check;
use super::report::Report;
use super::setting::Setting;
use crate::summary::number;

/// What descent does: x and J after each step, the start first.
struct Run {
    places: Vec<f64>,
    costs: Vec<f64>,
}

fn descend(start: f64, step_size: f64, steps: usize) -> Result<Run> {
    let (mut x, mut gradient) = ([start], [0.0]);
    let mut run = Run { places: vec![start], costs: vec![HillWithTail.cost(&x)?] };
    for _ in 0..steps {
        HillWithTail.gradient(&x, &mut gradient)?;
        x[0] -= step_size * gradient[0];
        run.places.push(x[0]);
        run.costs.push(HillWithTail.cost(&x)?);
    }
    Ok(run)
}

/// The cosine between the step of descent and the way to the minimum.
fn agreement(cost: &mut impl Gradient<Real = f64>, theta: &[f64], minimum: &[f64]) -> Result<f64> {
    let mut gradient = vec![0.0; theta.len()];
    cost.gradient(theta, &mut gradient)?;
    let way: Vec<f64> = minimum.iter().zip(theta).map(|(minimum, theta)| minimum - theta).collect();
    Ok(-dot(&gradient, &way) / (norm(&gradient) * norm(&way)))
}

/// Every local minimum between two places, by the sign of the slope on a fine grid.
fn minima(low: f64, high: f64) -> Result<Vec<f64>> {
    let (mut found, mut before, mut gradient) = (Vec::new(), -1.0, [0.0]);
    for index in 0..=200_000 {
        let x = low + (high - low) * f64::from(index) / 200_000.0;
        HillWithTail.gradient(&[x], &mut gradient)?;
        if index > 0 && before < 0.0 && gradient[0] >= 0.0 {
            found.push(x);
        }
        before = gradient[0];
    }
    Ok(found)
}

/// Descent on the wrong side of a hill, and descent with a bad step on the right one.
///
/// # Source
/// The deck's slide: "local information disagrees with global". The hill is made for the check.
///
/// # Errors
/// None but a fault of the program.
pub fn slow(setting: &Setting) -> Result<Report> {
    let step_size = 0.1;
    let steps = if setting.scale.seeds > 5 { 1_000_000 } else { 100_000 };
    let mut report = Report::new(format!(
        "1/(1 + x²) − 2·e^(−(x − 4)²/2): a hill at 0, one minimum near 4, and a tail that declines to the left \
         for ever. Descent with step size {step_size} from both sides of the hill, {steps} steps; beside it a bowl \
         of condition number 10⁴, where every local step points downhill and to the minimum alike, only badly."
    ));
    let wrong = descend(-0.5, step_size, steps)?;
    let right = descend(0.5, step_size, 400)?;
    let grid: Vec<f64> = (0..=240).map(|index| -16.0 + f64::from(index) / 10.0).collect();
    let costs = grid.iter().map(|x| HillWithTail.cost(&[*x])).collect::<Result<Vec<f64>, _>>()?;
    let place = wrong.places[steps];
    let table = setting
        .table()
        .setting("title", "No local minimum on the left, and no way down to the right")
        .setting("x-axis", "x")
        .setting("y-axis", "J = 1/(1 + x²) − 2·e^(−(x − 4)²/2)")
        .setting("y", "cost")
        .setting("mark-x", format!("-0.5 start; {place:.3} after {steps} steps; {:.3} minimum", right.places[400]))
        .setting("footer", "closed form; gradient descent, step size 0.1")
        .column("x_place", grid)
        .setting("x", "x_place")
        .column("cost", costs);
    report.picture(
        "slow-hill",
        table,
        "From the left of the hill every step goes down, and away from the minimum.",
    );
    let shown: Vec<usize> =
        (0..=100).map(|index| (steps as f64).powf(f64::from(index) / 100.0) as usize).collect();
    let mut shown = shown;
    shown.dedup();
    let pick = |of: &[f64]| {
        shown.iter().map(|&step| of.get(step).or(of.last()).copied().unwrap_or(f64::NAN)).collect::<Vec<f64>>()
    };
    let curvatures = [1.0, 1e4];
    let mut bowl = Quadratic { curvatures: &curvatures };
    let (mut theta, mut gradient) = ([1.0, 0.01], [0.0; 2]);
    let mut narrow = vec![bowl.cost(&theta)?];
    for _ in 0..steps {
        bowl.gradient(&theta, &mut gradient)?;
        theta = [theta[0] - 1e-4 * gradient[0], theta[1] - 1e-4 * gradient[1]];
        narrow.push(bowl.cost(&theta)?);
    }
    let table = setting
        .table()
        .setting("title", "Slow in two ways: the wrong side of a hill, and a narrow bowl")
        .setting("x-axis", "step")
        .setting("y-axis", "J above its lowest value")
        .setting("log-x", true)
        .setting("log-y", true)
        .setting("y", "wrong, right, narrow")
        .setting("labels", "left of the hill; right of the hill; bowl, condition number 10⁴")
        .setting("footer", "closed forms; gradient descent")
        .column("step", shown.iter().map(|&step| step.max(1) as f64).collect::<Vec<f64>>());
    let lowest = right.costs[400];
    let above = |of: Vec<f64>, low: f64| of.into_iter().map(|cost| (cost - low).max(1e-12)).collect::<Vec<f64>>();
    let table = table
        .column("wrong", above(pick(&wrong.costs), lowest))
        .column("right", above(pick(&right.costs), lowest))
        .column("narrow", above(pick(&narrow), 0.0));
    report.picture(
        "slow-runs",
        table,
        "Left of the hill the cost falls for ever and never reaches the minimum; in the bowl it is reached, \
         slowly. Values below 10⁻¹² are drawn there.",
    );
    let minimum = right.places[400];
    let found = minima(-200.0, 12.0)?;
    let on_hill = agreement(&mut HillWithTail, &[place], &[minimum])?;
    let in_bowl = agreement(&mut bowl, &[1.0, 0.0], &[0.0, 0.0])?;
    let across = agreement(&mut bowl, &[1.0, 0.01], &[0.0, 0.0])?;
    report.number("cosine of the step and the way to the minimum: left of the hill", number(on_hill));
    report.number(
        "the same in the bowl: on its floor, and on its wall where descent starts",
        format!("{}; {}", number(in_bowl), number(across)),
    );
    report.number("|g| left of the hill after all steps", {
        HillWithTail.gradient(&[place], &mut gradient[..1])?;
        number(gradient[0].abs())
    });
    report.check(Check::new(
        "between −200 and 12 there is one local minimum, the global one",
        format!("{} at {}", found.len(), found.iter().map(|x| number(*x)).collect::<Vec<_>>().join(", ")),
        found.len() == 1 && (found[0] - minimum).abs() < 1e-2,
    ));
    report.check(Check::new(
        "left of the hill J falls at every step, and stays above the minimum by more than 1",
        format!("lowest {} against {}", number(wrong.costs[steps]), number(lowest)),
        wrong.costs.windows(2).all(|pair| pair[1] < pair[0]) && wrong.costs[steps] > lowest + 1.0,
    ));
    let wanted = -(8.0 * step_size * steps as f64).powf(0.25);
    report.check(Check::at_most(
        "left of the hill x is −(8εt)^(1/4) at the end, relative difference",
        (place / wanted - 1.0).abs(),
        0.05,
    ));
    report.check(Check::new(
        "right of the hill descent is at the minimum in 400 steps",
        format!("x = {}, slope {}", number(minimum), number({
            HillWithTail.gradient(&[minimum], &mut gradient[..1])?;
            gradient[0]
        })),
        gradient[0].abs() < 1e-10,
    ));
    let (mut theta, mut memory) = ([1.0, 0.01], [0.0; workspace(2)]);
    let cured = Newton::default().run(&mut ByProducts(bowl), &mut theta, &mut memory)?;
    report.check(Check::new(
        "a better local step cures the bowl: Newton's method takes one",
        format!("{} step", cured.steps),
        cured.steps == 1,
    ));
    let (mut x, mut memory) = ([place], [0.0; workspace(1)]);
    let lost = Newton { steps: 20, ..Newton::default() }.run(&mut ByProducts(HillWithTail), &mut x, &mut memory)?;
    report.check(Check::new(
        "and does not cure the hill: 20 steps of Newton's method from the end of descent go farther left",
        format!("x = {}, J = {}", number(x[0]), number(lost.cost)),
        x[0] < place,
    ));
    Ok(report)
}
