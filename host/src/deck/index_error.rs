//! "Do neural nets have saddle points? Dauphin et al.": index against error, exactly and on MNIST.

use anyhow::Result;
use thalweg_core::network::operation::{Loss, Map};

use super::check::Check;
use super::linear_network::{
    STRENGTHS, beside, cost_on_paper, critical_point, data, index_on_paper, spearman, subsets,
};
use super::report::Report;
use super::setting::Setting;
use super::small::{Kind, Small};
use crate::curvature::critical::{Method, Point, Search, Verdict, merge, search};
use crate::curvature::decomposed::Decomposed;
use crate::engine::batch::{Answers, Batch};
use crate::files::model::{Activation, LayerShape, Model};
use crate::objective::Objective;
use crate::results::summary::number;
use thalweg_core::random::Random;

/// The pairs (J, index) that searches from beside the critical points of the linear network find, and those on
/// paper, each sorted and without repetition.
fn linear(setting: &Setting, report: &mut Report) -> Result<()> {
    let layer = |width| LayerShape { width, bias: false, activation: Activation::Identity, tied: None };
    let model = Model::new("3-3-3", 3, &[layer(3), layer(3)], Loss::SquaredError)?;
    let (inputs, targets) = data(STRENGTHS);
    let batch = Batch::new(&model.view(), &inputs, Answers::Values(targets))?;
    let objective = Objective::new(model.view(), &batch, setting.choice, 0.0);
    let sets = subsets(STRENGTHS.len());
    let starts: Vec<Vec<f64>> = (0..3 * sets.len())
        .map(|start| {
            let place = critical_point(3, &sets[start / 3]);
            beside(&place, 1e-2, setting.seed.wrapping_add(start as u64))
        })
        .collect();
    // the least curvatures that are not 0 are 1, the largest 6
    let how = Search { zero: 1e-2, tolerance: 1e-9, ..Search::new(Method::LevenbergMarquardt, 200) };
    let points = merge(search(&Decomposed(objective), &starts, &how, &|| ())?);
    let critical = points.iter().filter(|point| matches!(point.verdict, Verdict::Critical(_)));
    let mut found: Vec<(i64, usize)> = critical
        .map(|point| ((point.finding.cost * 1e5).round() as i64, point.finding.signs.negative))
        .collect();
    let mut wanted: Vec<(i64, usize)> =
        sets.iter().map(|set| ((cost_on_paper(set) * 1e5).round() as i64, index_on_paper(3, set))).collect();
    for pairs in [&mut found, &mut wanted] {
        pairs.sort_unstable();
        pairs.dedup();
    }
    let (index, costs): (Vec<f64>, Vec<f64>) =
        found.iter().map(|(cost, index)| (*index as f64, *cost as f64)).unzip();
    report.check(Check::new(
        "linear network: 24 searches from beside its 8 critical points find exactly the 8 pairs (J, index)",
        format!(
            "{} pairs, {} of them on paper",
            found.len(),
            found.iter().filter(|p| wanted.contains(p)).count()
        ),
        found == wanted,
    ));
    let correlation = spearman(&index, &costs);
    report.check(Check::new(
        "linear network: Spearman correlation of index and J ≥ 0.9 over distinct points",
        number(correlation),
        correlation >= 0.9,
    ));
    Ok(())
}

/// Uniform noise on the starts.
const NOISE: [f64; 4] = [0.0, 1e-3, 1e-2, 1e-1];

/// Starts along full-batch descent, each place with each noise.
fn starts(small: &Small, setting: &Setting, places: usize) -> Result<Vec<Vec<f64>>> {
    let path = small.descend(setting.seed, 1.0, 400)?;
    let mut starts = Vec::new();
    for place in 0..places {
        for noise in NOISE {
            let mut random = Random::stream(setting.seed, 0x696e_6465 + starts.len() as u64);
            // closer together at the beginning, where the cost changes most
            let at = (400.0 * (place as f64 / (places - 1) as f64).powi(2)).round() as usize;
            starts.push(path[at].iter().map(|entry| entry + random.symmetric(noise)).collect());
        }
    }
    Ok(starts)
}

/// The sorted eigenvalues of up to three points, over their rank.
fn spectra(setting: &Setting, small: &Small, report: &mut Report, points: &[&Point<f64>]) {
    let count = points.len();
    let mut chosen: Vec<&Point<f64>> = match count {
        0..=3 => points.to_vec(),
        _ => vec![points[0], points[count / 2], points[count - 1]],
    };
    chosen.sort_by(|a, b| a.finding.cost.total_cmp(&b.finding.cost));
    let names: Vec<String> = (0..chosen.len()).map(|place| format!("eigenvalue_{place}")).collect();
    let labels: Vec<String> = chosen
        .iter()
        .map(|point| format!("J = {} ({})", number(point.finding.cost), point.verdict.name()))
        .collect();
    let n = chosen.first().map_or(0, |point| point.values.len());
    let table = small
        .table(setting)
        .setting("title", "The spectrum where searches for critical points end, at three costs")
        .setting("x-axis", "rank of the eigenvalue, from the largest")
        .setting("y-axis", "eigenvalue, fifth root of its size with its sign")
        .setting("y", names.join(", "))
        .setting("labels", labels.join("; "))
        .column("rank", (0..n).map(|rank| rank as f64).collect::<Vec<f64>>());
    let root = |value: &f64| value.signum() * value.abs().powf(0.2);
    let table = names.into_iter().zip(&chosen).fold(table, |table, (name, point)| {
        table.column(name, point.values.iter().map(root).collect::<Vec<f64>>())
    });
    report.picture(
        "index-error-spectra",
        table,
        "The eigenvalues at three ends: most are nearly 0, a few are large, and at a high cost more are negative.",
    );
}

fn on_digits(setting: &Setting, report: &mut Report) -> Result<()> {
    let (hidden, examples, places, steps) =
        if setting.scale.seeds > 5 { (6, 1_000, 15, 200) } else { (4, 200, 3, 40) };
    let kind = Kind { pool: 7, hidden, activation: Activation::Map(Map::Tanh), examples, decay: 1e-3 };
    let small = Small::new(setting, kind)?;
    let starts = starts(&small, setting, places)?;
    let how = Search::new(Method::LevenbergMarquardt, steps);
    let all = search(&Decomposed(small.objective()), &starts, &how, &|| ())?;
    let points = merge(all);
    let errors = points.iter().map(|point| small.error(&point.theta)).collect::<Result<Vec<f64>>>()?;
    let column = |of: &dyn Fn(&Point<f64>) -> f64| points.iter().map(of).collect::<Vec<f64>>();
    let is_critical = |point: &&Point<f64>| matches!(point.verdict, Verdict::Critical(_));
    let critical: Vec<&Point<f64>> = points.iter().filter(is_critical).collect();
    let table = small
        .table(setting)
        .setting("figure", "scatter")
        .setting("title", "Where searches for critical points end on MNIST: index against error")
        .setting("x-axis", "fraction of negative eigenvalues")
        .setting("y-axis", "training error (share of images)")
        .setting("x", "index_fraction")
        .setting("y", "error")
        .setting("series", "kind")
        .column("index_fraction", column(&|point| point.finding.signs.index_fraction()))
        .column("error", errors.clone())
        .column("kind", points.iter().map(|point| point.verdict.name().to_owned()).collect::<Vec<String>>())
        .column("cost", column(&|point| point.finding.cost))
        .column("gradient_norm", column(&|point| point.finding.gradient_norm))
        .column("zero", column(&|point| point.finding.signs.zero as f64))
        .column("start", column(&|point| point.start as f64))
        .column("steps", column(&|point| point.report.steps as f64))
        .column("duplicates", column(&|point| point.duplicates as f64));
    report.picture(
        "index-error",
        table,
        format!(
            "{}; {} searches by Levenberg–Marquardt on ½|g|² from along a descent, with noise. Only points named \
             minimum, saddle or degenerate are critical points.",
            small.words(),
            starts.len()
        ),
    );
    let mut by_cost: Vec<&Point<f64>> = points.iter().collect();
    by_cost.sort_by(|a, b| a.finding.cost.total_cmp(&b.finding.cost));
    spectra(setting, &small, report, &by_cost);
    let of = |verdict: Verdict| points.iter().filter(|point| point.verdict == verdict).count();
    let ended: usize = critical.iter().map(|point| 1 + point.duplicates).sum();
    let weights = |point: &&&Point<f64>| {
        let view = small.model.view();
        let mut blocks = view.blocks().filter(|block| !block.is_bias);
        blocks.all(|block| point.theta[block.range()].iter().all(|entry| entry.abs() < 1e-3))
    };
    let trivial = critical.iter().filter(weights).count();
    report.number(
        "MNIST: searches; ended critical, at distinct points, of them without weights; flat; unfinished",
        format!(
            "{}; {ended}, {}, {trivial}; {}; {}",
            starts.len(),
            critical.len(),
            of(Verdict::Flat),
            of(Verdict::Unfinished)
        ),
    );
    let ends =
        |get: &dyn Fn(&Point<f64>) -> f64| critical.iter().map(|point| get(point)).collect::<Vec<f64>>();
    let (index, costs) =
        (ends(&|point| point.finding.signs.index_fraction()), ends(&|point| point.finding.cost));
    if critical.len() >= 8 {
        let correlation = spearman(&index, &costs);
        report.check(Check::new(
            format!(
                "MNIST: Spearman correlation of index and J > 0 over {} distinct critical points",
                critical.len()
            ),
            number(correlation),
            correlation > 0.0,
        ));
    } else {
        report.number(
            "MNIST: correlation of index and J",
            format!("too few distinct critical points to tell: {}", critical.len()),
        );
    }
    Ok(())
}

/// The index of critical points against their cost and error.
///
/// # Source
/// Dauphin et al. (2014), §4 and figure 1; the counting of what is no critical point after Frye et al. (2021).
///
/// # Errors
/// None but a fault of the program.
pub fn index_error(setting: &Setting) -> Result<Report> {
    let mut report = Report::new(
        "Exactly: the linear network 3-3-3 with s = 3, 2, 1. On MNIST: a small tanh network with weight decay, \
         searches from along a descent; critical where |g| ≤ 10⁻⁶·max(1, |g| at the start), flat where |H·g| ≤ \
         10⁻³·λ_max·|g| above that, duplicates merged, |λ| ≤ 10⁻⁶·λ_max counted as 0.",
    );
    linear(setting, &mut report)?;
    on_digits(setting, &mut report)?;
    Ok(report)
}
