//! "Do neural nets have saddle points? Saxe et al.": every critical point of the two-layer linear network.

use anyhow::Result;
use thalweg_core::cost::difference;
use thalweg_core::cost::{Cost, Gradient};
use thalweg_core::critical::classification::signs;
use thalweg_core::critical::newton::Newton;
use thalweg_core::critical::saddle_free::SaddleFree;
use thalweg_core::critical::{Finding, examine};
use thalweg_core::spectrum::decomposition::{Workspace, workspace};

use super::check::Check;
use super::linear_network::{STRENGTHS, straight_through, subsets, wall, with_cost};
use super::linear_network::{
    along_the_minima, beside, cost_on_paper, critical_point, index_on_paper, spearman,
};
use super::report::Report;
use super::setting::Setting;
use crate::curvature::decomposed;
use crate::results::summary::number;

/// |λ| up to this counts as 0: the zeros of these Hessians are rounding, their least curvature is 1.
const ZERO: f64 = 1e-3;

/// A critical point with all that was found about it.
struct Case {
    hidden: usize,
    learned: Vec<usize>,
    finding: Finding,
    differenced: usize,
    newton_off: f64,
    descent_cost: f64,
    descent_steps: usize,
    saddle_free_cost: f64,
    saddle_free_steps: u64,
}

impl Case {
    fn lowest(&self) -> f64 {
        if self.hidden == 2 { 0.5 } else { 0.0 }
    }

    fn name(&self) -> String {
        let modes: Vec<String> = self.learned.iter().map(|mode| (mode + 1).to_string()).collect();
        format!("h = {}, learned {{{}}}", self.hidden, modes.join(", "))
    }
}

/// Steps of descent until J − J_min < 10⁻⁶, at most 20,000, and J there.
fn descend(cost: &mut impl Gradient<Real = f64>, mut theta: Vec<f64>, lowest: f64) -> Result<(usize, f64)> {
    let mut gradient = vec![0.0; theta.len()];
    for steps in 0..20_000 {
        let value = cost.gradient(&theta, &mut gradient)?;
        if value - lowest < 1e-6 {
            return Ok((steps, value));
        }
        theta.iter_mut().zip(&gradient).for_each(|(theta, gradient)| *theta -= 0.05 * gradient);
    }
    Ok((20_000, cost.cost(&theta)?))
}

fn case(hidden: usize, learned: Vec<usize>, seed: u64) -> Result<Case> {
    with_cost(hidden, STRENGTHS, |cost| {
        let theta = critical_point(hidden, &learned);
        let n = theta.len();
        let mut memory = vec![0.0; workspace(n)];
        let mut shared = Workspace::new(n, &mut memory)?;
        let finding = examine(cost, &theta, ZERO / 10.0, &mut shared)?;
        let (mut moved, mut matrix, mut scratch) = (theta.clone(), vec![0.0; n * n], vec![0.0; 2 * n]);
        difference::hessian(cost, &mut moved, 1e-5, &mut matrix, &mut scratch)?;
        let (mut values, mut vectors) = (vec![0.0; n], vec![0.0; n * n]);
        decomposed::eigen(&matrix, &mut values, &mut vectors)?;
        let start = beside(&theta, 1e-2, seed);
        let lowest = if hidden == 2 { 0.5 } else { 0.0 };
        let mut by_newton = start.clone();
        let newton = Newton { flat: 1e-2, halvings: 20, steps: 50, tolerance: 1e-9, ..Newton::default() };
        let newton = newton.run(cost, &mut by_newton, &mut memory)?;
        let (descent_steps, descent_cost) = descend(cost, start.clone(), lowest)?;
        let (mut free, mut free_steps) = (start, 0);
        let once = SaddleFree { steps: 1, tolerance: 0.0, ..SaddleFree::default() };
        let mut value = cost.cost(&free)?;
        while value - lowest >= 1e-6 && free_steps < 500 {
            value = once.run(cost, &mut free, &mut memory)?.cost;
            free_steps += 1;
        }
        Ok(Case {
            hidden,
            finding,
            differenced: signs(&values, ZERO).negative,
            newton_off: (newton.cost - cost_on_paper(&learned)).abs(),
            descent_cost,
            descent_steps,
            saddle_free_cost: value,
            saddle_free_steps: free_steps,
            learned,
        })
    })
}

fn pictures(setting: &Setting, report: &mut Report, cases: &[Case]) -> Result<()> {
    let head = setting.table().setting("footer", "3-h-3 linear network, whitened inputs, s = 3, 2, 1");
    let column = |of: &dyn Fn(&Case) -> f64| cases.iter().map(of).collect::<Vec<f64>>();
    let table = head
        .clone()
        .setting("figure", "scatter")
        .setting("title", "The higher a critical point, the more directions lead down")
        .setting("x-axis", "fraction of negative eigenvalues")
        .setting("y-axis", "J of the critical point")
        .setting("x", "index_fraction")
        .setting("y", "cost")
        .setting("series", "hidden")
        .column("index_fraction", column(&|case| case.finding.signs.index_fraction()))
        .column("cost", column(&|case| case.finding.cost))
        .column("hidden", cases.iter().map(|case| format!("h = {}", case.hidden)).collect::<Vec<String>>())
        .column("negative", column(&|case| case.finding.signs.negative as f64))
        .column("zero", column(&|case| case.finding.signs.zero as f64))
        .column("positive", column(&|case| case.finding.signs.positive as f64))
        .column("descent_steps", column(&|case| case.descent_steps as f64))
        .column("saddle_free_steps", column(&|case| case.saddle_free_steps as f64));
    report.picture(
        "linear-saddles-index",
        table,
        "All 23 critical points (up to symmetry) of networks with 2, 3 and 4 hidden units.",
    );
    let straight = straight_through()?;
    let table = head
        .setting("title", "Between two minima: over a wall with three hidden units, on the level with four")
        .setting("x-axis", "way from one minimum to the other")
        .setting("y-axis", "J")
        .setting("y", "three_units, four_units")
        .setting("labels", "h = 3, straight; h = 4, by the spare unit")
        .column("way", straight.iter().map(|place| place.0).collect::<Vec<f64>>())
        .column("three_units", straight.iter().map(|place| place.1).collect::<Vec<f64>>())
        .column("four_units", along_the_minima()?);
    report.picture(
        "linear-saddles-minima",
        table,
        "Two minima that differ in the signs of one hidden unit. With a spare unit one way between them keeps \
         J = 0; without one every way passes a singular weight.",
    );
    Ok(())
}

/// The critical points of the two-layer linear network: their index, and that all minima are global.
///
/// # Source
/// Saxe, McClelland, Ganguli (2013); the index formula and the components of the minima are derived, for
/// whitened inputs, from J = ½|M − W₂W₁|².
///
/// # Errors
/// None but a fault of the program.
pub fn linear_saddles(setting: &Setting) -> Result<Report> {
    let mut report = Report::new(
        "Networks 3-h-3 without biases or nonlinearity, whitened inputs, a map with singular values 3, 2, 1; \
         h = 2, 3, 4. A critical point learns a subset of at most h modes: 7 + 8 + 8 cases. Newton's method \
         (pseudo-inverse), descent (ε = 0.05) and saddle-free Newton start 10⁻² away from each. Double precision.",
    );
    let mut cases = Vec::new();
    for hidden in [2, 3, 4] {
        for learned in subsets(hidden) {
            let seed = setting.seed.wrapping_add(cases.len() as u64);
            cases.push(case(hidden, learned, seed)?);
        }
    }
    pictures(setting, &mut report, &cases)?;
    for case in &cases {
        let signs = case.finding.signs;
        report.number(
            case.name(),
            format!(
                "J {}, index {} of {} ({} zero); descent {} steps, saddle-free Newton {}",
                number(case.finding.cost),
                signs.negative,
                signs.negative + signs.zero + signs.positive,
                signs.zero,
                case.descent_steps,
                case.saddle_free_steps
            ),
        );
    }
    let count = |holds: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| holds(case)).count();
    let mut all = |claim: &str, holds: &dyn Fn(&Case) -> bool| {
        let found = count(holds);
        report.check(Check::new(claim, format!("{found} of {}", cases.len()), found == 23));
    };
    let paper = |case: &Case| index_on_paper(case.hidden, &case.learned);
    all(
        "without slope, |g| ≤ 10⁻¹², and J = ½·Σ sᵢ² of the unlearned modes, in 23 cases",
        &|case| {
            case.finding.gradient_norm <= 1e-12
                && (case.finding.cost - cost_on_paper(&case.learned)).abs() <= 1e-12
        },
    );
    all("the index is (h − r)(R − r) + #{sᵢ > sⱼ}, by exact products, in 23 cases", &|case| {
        case.finding.signs.negative == paper(case)
    });
    all("the same by finite differences of the gradient, in 23 cases", &|case| {
        case.differenced == paper(case)
    });
    all("Newton's method from 10⁻² away returns to the same J within 10⁻⁶, in 23 cases", &|case| {
        case.newton_off <= 1e-6
    });
    all("all minima are global: descent from there ends at J − J_min < 10⁻⁶, in 23 cases", &|case| {
        case.descent_cost - case.lowest() < 1e-6
    });
    all("saddle-free Newton too, and in fewer steps unless both start there, in 23 cases", &|case| {
        case.saddle_free_cost - case.lowest() < 1e-6
            && (case.saddle_free_steps as usize) < case.descent_steps.max(1)
    });
    let three: Vec<&Case> = cases.iter().filter(|case| case.hidden == 3).collect();
    let correlation = spearman(
        &three.iter().map(|case| case.finding.signs.negative as f64).collect::<Vec<_>>(),
        &three.iter().map(|case| case.finding.cost).collect::<Vec<_>>(),
    );
    report.check(Check::equals(
        "h = 3: Spearman correlation of index and J, on paper 41/42",
        correlation,
        0.976,
        1e-3,
    ));
    report.check(Check::at_most(
        "h = 4: the largest J on a way between two minima of opposite signs",
        along_the_minima()?.into_iter().fold(0.0, f64::max),
        1e-12,
    ));
    for (hidden, height) in [(2, 2.5), (3, 0.5)] {
        let found = wall(hidden, setting.seed)?;
        report.check(Check::new(
            format!(
                "h = {hidden}: two components; between determinants of opposite signs J passes at least {height}, \
                 in 50 random pairs"
            ),
            format!("lowest {}", number(found)),
            found >= height - 1e-9 && found.is_finite(),
        ));
    }
    Ok(report)
}
