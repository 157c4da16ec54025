//! Searches for critical points from many starts: each end classified, equal ends counted once.

use rayon::prelude::*;
use thalweg_core::critical::classification::Kind;
use thalweg_core::critical::levenberg_marquardt::LevenbergMarquardt;
use thalweg_core::critical::newton::Newton;
use thalweg_core::critical::saddle_free::SaddleFree;
use thalweg_core::critical::search::{Report, SearchError};
use thalweg_core::critical::{Finding, examine};
use thalweg_core::spectrum::decomposition::{Decompose, Workspace, workspace};

use crate::engine::Scalar;

/// What searches for a critical point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Method {
    /// Newton's method, each step as it is.
    Newton,
    /// Newton's method, steps halved until |g| falls.
    Damped,
    /// Saddle-free Newton: it finds minima.
    SaddleFree,
    /// Levenberg–Marquardt on ½|g|².
    LevenbergMarquardt,
}

impl Method {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Newton => "newton",
            Self::Damped => "damped",
            Self::SaddleFree => "saddle-free",
            Self::LevenbergMarquardt => "levenberg-marquardt",
        }
    }
}

/// How a search goes on, and what its end is taken for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// What searches.
    pub method: Method,
    /// The largest number of steps.
    pub steps: u64,
    /// Critical where |g| ≤ this, times max(1, |g| at the start).
    pub tolerance: f64,
    /// |λ| up to this share of max|λ| counts as 0.
    pub zero: f64,
    /// Flat where |H·g| ≤ this share of λ_max·|g|, and not critical.
    pub flat: f64,
}

impl Search {
    /// A search with the thresholds of Dauphin et al. (2014) and Frye et al. (2021).
    #[must_use]
    pub const fn new(method: Method, steps: u64) -> Self {
        Self { method, steps, tolerance: 1e-6, zero: 1e-6, flat: 1e-3 }
    }
}

/// What the end of a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A critical point.
    Critical(Kind),
    /// |g|² is stationary, but g is not 0.
    Flat,
    /// Neither, when the steps were used up or none improved.
    Unfinished,
}

impl Verdict {
    /// The name in a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical(kind) => kind.name(),
            Self::Flat => "flat",
            Self::Unfinished => "unfinished",
        }
    }
}

/// The end of a search.
#[derive(Clone, Debug)]
pub struct Point<T> {
    /// The number of the start.
    pub start: usize,
    /// θ.
    pub theta: Vec<T>,
    /// What the search did.
    pub report: Report,
    /// What second derivatives say.
    pub finding: Finding,
    /// The eigenvalues, the largest first.
    pub values: Vec<f64>,
    /// What it is taken for.
    pub verdict: Verdict,
    /// The number of further searches that ended here.
    pub duplicates: usize,
}

/// A search goes on to this share of what counts as critical.
const FINER: f64 = 1e-4;

/// Searches from one start.
///
/// # Errors
/// [`SearchError`], if the numbers at the start are not finite.
fn one<C: Decompose>(
    cost: &mut C,
    start: &[C::Real],
    number: usize,
    search: &Search,
) -> Result<Point<C::Real>, SearchError>
where
    C::Real: Scalar,
{
    use thalweg_core::real::Real;
    let n = start.len();
    let mut memory = vec![C::Real::ZERO; workspace(n)];
    let first = cost.gradient(start, &mut memory[..n])?;
    let steepness = thalweg_core::cost::norm(&memory[..n]);
    if !(first.is_finite() && steepness.is_finite()) {
        return Err(SearchError::NotFinite);
    }
    let critical = search.tolerance * steepness.max(1.0);
    // further than what counts as critical, so that equal ends are seen to be equal
    let tolerance = FINER * critical;
    let steps = search.steps;
    let mut theta = start.to_vec();
    let report = match search.method {
        Method::Newton | Method::Damped => {
            let halvings = if search.method == Method::Damped { 30 } else { 0 };
            Newton { halvings, steps, tolerance, ..Newton::default() }.run(cost, &mut theta, &mut memory)?
        }
        Method::SaddleFree => {
            SaddleFree { steps, tolerance, ..SaddleFree::default() }.run(cost, &mut theta, &mut memory)?
        }
        Method::LevenbergMarquardt => {
            LevenbergMarquardt { steps, tolerance, ..LevenbergMarquardt::default() }.run(
                cost,
                &mut theta,
                &mut memory,
            )?
        }
    };
    let mut shared = Workspace::new(n, &mut memory)?;
    let finding = examine(cost, &theta, search.zero, &mut shared)?;
    let verdict = if finding.gradient_norm <= critical {
        Verdict::Critical(finding.signs.kind())
    } else if finding.is_flat(search.flat, critical) {
        Verdict::Flat
    } else {
        Verdict::Unfinished
    };
    let values = shared.values.iter().map(|value| value.to_f64()).collect();
    Ok(Point { start: number, theta, report, finding, values, verdict, duplicates: 0 })
}

/// Searches from every start, by all threads; `done` hears of each that ended.
///
/// # Errors
/// [`SearchError`] of the first start that fails.
pub fn search<C>(
    cost: &C,
    starts: &[Vec<C::Real>],
    search: &Search,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Point<C::Real>>, SearchError>
where
    C: Decompose + Clone + Sync,
    C::Real: Scalar,
{
    let each = |(number, start): (usize, &Vec<C::Real>)| {
        let point = one(&mut cost.clone(), start, number, search);
        done();
        point
    };
    starts.par_iter().enumerate().map(each).collect()
}

/// Whether two critical points are taken for one: J within 10⁻⁶, and the five largest eigenvalues within 10⁻⁴
/// (relative to the larger of 1 and their own size) or as many eigenvalues of each sign.
///
/// Symmetric points have one spectrum; points of one flat valley have one J and one count of signs, though their
/// curvatures change along it.
fn alike<T>(a: &Point<T>, b: &Point<T>) -> bool {
    let near = |a: f64, b: f64, tolerance: f64| (a - b).abs() <= tolerance * a.abs().max(1.0);
    let curved_alike = || a.values.iter().zip(&b.values).take(5).all(|(a, b)| near(*a, *b, 1e-4));
    near(a.finding.cost, b.finding.cost, 1e-6) && (a.finding.signs == b.finding.signs || curved_alike())
}

/// Merges critical points that are alike into the first of them, in the order of their starts; flat and
/// unfinished ends stay as they are.
#[must_use]
pub fn merge<T>(points: Vec<Point<T>>) -> Vec<Point<T>> {
    let mut distinct: Vec<Point<T>> = Vec::new();
    for point in points {
        let is_critical = matches!(point.verdict, Verdict::Critical(_));
        let same = distinct.iter_mut().find(|other| {
            is_critical && matches!(other.verdict, Verdict::Critical(_)) && alike(other, &point)
        });
        match same {
            Some(same) => same.duplicates += 1,
            None => distinct.push(point),
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::cost::closed_form::{DoubleWell, Exponential, FactoredLinear};
    use thalweg_core::spectrum::decomposition::ByProducts;

    fn found(method: Method, starts: &[Vec<f64>]) -> Vec<Point<f64>> {
        merge(search(&ByProducts(DoubleWell), starts, &Search::new(method, 200), &|| ()).unwrap())
    }

    #[test]
    fn the_double_well_has_three_critical_points_of_two_kinds() {
        let starts: Vec<Vec<f64>> = (-12..=12).map(|k| vec![f64::from(k) * 0.125]).collect();
        let points = found(Method::LevenbergMarquardt, &starts);
        let kinds: Vec<&str> = points.iter().map(|point| point.verdict.name()).collect();
        // the wells have equal costs and curvatures: as far as the merging can see they are one
        assert_eq!(kinds.iter().filter(|kind| **kind == "minimum").count(), 1, "{kinds:?}");
        assert_eq!(kinds.iter().filter(|kind| **kind == "maximum").count(), 1, "{kinds:?}");
        let ended: usize = points.iter().map(|point| 1 + point.duplicates).sum();
        assert_eq!(ended, 25);
    }

    #[test]
    fn points_of_one_valley_are_one_and_points_of_another_height_are_not() {
        let starts: Vec<Vec<f64>> = [[0.9, 1.3], [2.1, 0.6], [-1.4, -0.5], [0.1, 0.05]].map(Vec::from).into();
        let how = Search::new(Method::LevenbergMarquardt, 200);
        let points = merge(search(&ByProducts(FactoredLinear), &starts, &how, &|| ()).unwrap());
        let found: Vec<(&str, usize)> =
            points.iter().map(|point| (point.verdict.name(), point.duplicates)).collect();
        assert_eq!(found, [("degenerate", 2), ("saddle", 0)]);
    }

    #[test]
    fn saddle_free_newton_finds_minima_alone() {
        let points = found(Method::SaddleFree, &[vec![0.1], vec![-0.2], vec![0.7]]);
        assert_eq!(points.len(), 1);
        assert_eq!((points[0].verdict, points[0].duplicates), (Verdict::Critical(Kind::Minimum), 2));
    }

    #[test]
    fn newton_and_its_damped_form_find_the_saddle_of_two_factors() {
        for method in [Method::Newton, Method::Damped] {
            let starts = [vec![0.2, 0.1]];
            let cost = ByProducts(FactoredLinear);
            let points = search(&cost, &starts, &Search::new(method, 50), &|| ()).unwrap();
            assert_eq!(points[0].verdict, Verdict::Critical(Kind::Saddle));
        }
    }

    #[test]
    fn where_there_is_no_critical_point_none_is_claimed_before_the_slope_is_small() {
        let cost = ByProducts(Exponential);
        let points = search(&cost, &[vec![0.0]], &Search::new(Method::Damped, 5), &|| ()).unwrap();
        assert_eq!(points[0].verdict, Verdict::Unfinished);
    }
}
