//! What a reader of the result should know: what was computed, how well, and what does not follow.

use super::tables::name;
use super::{Findings, Hessian, Matrix, Method};
use crate::curvature::eigen::Full;
use crate::curvature::spectrum::{Density, Ends, MISSED};
use crate::engine::Scalar;
use crate::options::problem::Problem;
use crate::results::summary::number;
use crate::table::Table;

/// The confidence of intervals.
const CONFIDENCE: f64 = 0.99;

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Every result.
    All,
    /// The eigenvalues.
    Eigenvalues,
    /// The density.
    Density,
    /// The trace.
    Trace,
    /// The diagonal.
    Diagonal,
    /// The layers' own blocks.
    Layers,
}

/// A line for the reader.
#[derive(Clone, Debug)]
pub struct Note {
    about: About,
    /// The line.
    pub text: String,
}

/// The notes on one result, as settings at the head of its table.
pub fn head(mut table: Table, notes: &[Note], about: About) -> Table {
    let lines = notes.iter().filter(|note| note.about == About::All || note.about == about);
    for (index, note) in lines.enumerate() {
        table = table.setting(format!("note-{}", index + 1), &note.text);
    }
    table
}

/// The lines before the figures.
pub fn notes<T: Scalar>(options: &Hessian, problem: &Problem<T>, findings: &Findings<T>) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut add = |about: About, text: String| notes.push(Note { about, text });
    add(About::All, subject(options, problem, findings.parameters));
    if let Some(text) = rank(options, problem, findings.parameters) {
        add(About::All, text);
    }
    if let Some(ends) = &findings.ends {
        of_ends(options, ends, findings.parameters)
            .into_iter()
            .for_each(|text| add(About::Eigenvalues, text));
    }
    if let Some((full, asymmetry)) = &findings.full {
        of_all::<T>(options, full, *asymmetry).into_iter().for_each(|text| add(About::Eigenvalues, text));
    }
    if let Some((density, width)) = &findings.density {
        add(About::Density, of_density(density, *width, findings.parameters));
    }
    if let Some(trace) = findings.trace {
        add(About::Trace, of_trace(options, trace));
    }
    if let Some((_, error)) = &findings.diagonal {
        add(About::Diagonal, of_diagonal(options, error));
    }
    if !findings.layers.is_empty() {
        of_layers(options, findings).into_iter().for_each(|text| add(About::Layers, text));
    }
    add(About::All, limits(options).to_owned());
    notes
}

fn subject<T: Scalar>(options: &Hessian, problem: &Problem<T>, n: usize) -> String {
    let decay = if problem.decay == 0.0 {
        String::new()
    } else if options.matrix == Matrix::Fisher {
        ", without the weight decay".to_owned()
    } else {
        format!(", with weight decay {}", problem.decay)
    };
    let products = match (options.matrix, options.method) {
        (Matrix::Hessian, Method::Difference) => {
            "products by central differences of the gradient, whose own error the residuals do not see"
        }
        _ => "exact products",
    };
    format!(
        "{} of J over {} training examples ({} each){decay}: {n} parameters, {}, {products}",
        name(options.matrix),
        problem.train.count(),
        problem.model.loss_name(),
        T::NAME
    )
}

/// How many eigenvalues can differ from zero, where that is fewer than all.
fn rank<T: Scalar>(options: &Hessian, problem: &Problem<T>, n: usize) -> Option<String> {
    let examples = problem.train.count();
    let outputs = problem.model.view().output_width();
    // a softmax does not see what is added to all its outputs
    let seen = if problem.model.loss_name() == "cross-entropy" { outputs.saturating_sub(1) } else { outputs };
    let (most, why) = match options.matrix {
        Matrix::Ggn if problem.decay == 0.0 => {
            (examples.saturating_mul(seen), format!("{examples} examples times {seen} independent outputs"))
        }
        Matrix::Fisher => (examples, format!("{examples} examples")),
        _ => return None,
    };
    (most < n).then(|| format!("its rank is at most {most} ({why}): at least {} eigenvalues are 0", n - most))
}

fn of_ends<T>(options: &Hessian, ends: &Ends<T>, n: usize) -> Vec<String> {
    let report = &ends.report;
    let flagged = ends.top.iter().chain(&ends.bottom).filter(|pair| !pair.converged).count();
    let mut lines = vec![format!(
        "Lanczos: {} products, {} restarts, {} breakdowns; an eigenvalue lies within residual·{} of each value",
        report.products,
        report.restarts,
        report.breakdowns,
        number(report.scale)
    )];
    if report.complete {
        lines.push("the basis spans the whole space: no eigenvalue is missing".to_owned());
    } else if report.confirmed == 0 {
        lines.push("no search for missed eigenvalues was made or finished: there may be further ones outside these, and further copies".to_owned());
    } else {
        let outside = if report.beyond.is_finite() {
            format!(
                "one that lies outside these by more than {} was missed with a probability below {MISSED}",
                number(report.beyond)
            )
        } else {
            "they are too few to exclude any".to_owned()
        };
        lines.push(format!(
            "{} products from a fresh start found no other eigenvalue outside these, and no further copy of one: {outside}",
            report.confirmed
        ));
    }
    if report.cut && flagged == 0 {
        lines.push(format!(
            "--max-products {} ended that search: raise it, or leave the search out with --confirm 0",
            options.max_products
        ));
    }
    let wanted = options.lanczos(options.top, options.bottom()).wanted(n);
    if (ends.top.len(), ends.bottom.len()) != wanted {
        lines.push(format!(
            "only {} of {} eigenvalues were found: raise --max-products",
            ends.top.len() + ends.bottom.len(),
            wanted.0 + wanted.1
        ));
    }
    if options.matrix != Matrix::Hessian {
        lines.push(of_the_bottom(ends));
    }
    if flagged > 0 {
        lines.push(format!(
            "{flagged} eigenvalues have not converged to {}: raise --max-products, or loosen --tolerance (f32 reaches about 1e-5)",
            options.tolerance
        ));
    }
    lines
}

/// What is known of the smallest eigenvalues of a matrix that has none below zero.
///
/// The k-th smallest value of a projection is not below the k-th smallest eigenvalue (Cauchy), so an
/// upper end is known even where nothing has converged.
fn of_the_bottom<T>(ends: &Ends<T>) -> String {
    match ends.bottom.first() {
        None => "smallest eigenvalues were not looked for: none is below 0, and those near 0 crowd so that single ones hardly converge (--bottom K tries)".to_owned(),
        Some(largest) => format!(
            "converged or not, the {} smallest eigenvalues lie between 0 and {}: this matrix has none below 0, and they crowd there (--bottom 0 leaves them out)",
            ends.bottom.len(),
            number(largest.value)
        ),
    }
}

fn of_all<T: Scalar>(options: &Hessian, full: &Full, asymmetry: f64) -> Vec<String> {
    let worst = full.residuals.iter().copied().fold(0.0, f64::max);
    let scale = full.values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let mut lines = vec![
        format!(
            "all {} eigenvalues from the whole matrix; largest residual {}, asymmetry before averaging {}",
            full.values.len(),
            number(worst),
            number(asymmetry)
        ),
        format!(
            "the index counts an eigenvalue as zero up to {} ({}·max|λ|, --zero)",
            number(options.zero * scale),
            number(options.zero)
        ),
    ];
    if options.method == Method::Difference {
        lines.push("differences blur eigenvalues near zero: their signs, and the index, are not to be trusted below the asymmetry".to_owned());
    } else if options.zero < T::EPSILON.to_f64() {
        lines.push(format!(
            "{} rounds each entry by up to {} of itself: signs of eigenvalues smaller than that share of max|λ| are rounding, so the index is not to be trusted; take --precision f64, or raise --zero",
            T::NAME,
            number(T::EPSILON.to_f64() / 2.0)
        ));
    }
    lines
}

fn of_density(density: &Density, width: f64, n: usize) -> String {
    let mean = density.moment(1);
    format!(
        "density: {} products; mean eigenvalue {} ± {} (one standard error); nothing narrower than {} is resolved, and a single eigenvalue weighs 1/{n}",
        density.products,
        number(mean.mean()),
        number(mean.standard_error()),
        number(width)
    )
}

fn of_trace(options: &Hessian, trace: thalweg_core::spectrum::estimate::Estimate) -> String {
    if options.all || trace.standard_error() == 0.0 {
        return "trace: exact, the sum of the diagonal".to_owned();
    }
    format!(
        "trace {} ± {} ({:.0} % interval, Student's t over {} probes outside the sketch)",
        number(trace.mean()),
        number(trace.half_width(CONFIDENCE)),
        100.0 * CONFIDENCE,
        trace.count()
    )
}

fn of_diagonal(options: &Hessian, error: &[f64]) -> String {
    if error.iter().all(|error| *error == 0.0) {
        return "diagonal.csv: exact, its standard_error is 0".to_owned();
    }
    format!(
        "diagonal.csv: a mean over {} random probes for each entry, with its standard error",
        options.probes.unwrap_or(super::PROBES)
    )
}

fn of_layers<T>(options: &Hessian, findings: &Findings<T>) -> Vec<String> {
    let mut lines = vec![
        "layers.csv holds each layer's own block: its eigenvalues lie inside the whole spectrum, and say nothing of the coupling between layers".to_owned(),
    ];
    if findings.bounded {
        lines.push("no layer's block has an eigenvalue below 0, since the outputs are linear in one layer's parameters between kinks, or taken so: converged or not, the smallest lies between 0 and the value shown".to_owned());
    }
    let unknown = findings.layers.iter().filter(|layer| !layer.is_known(findings.bounded)).count();
    if unknown > 0 {
        lines.push(format!(
            "{unknown} layers have an eigenvalue that has not converged to {}, see layers.csv: raise --max-products, or loosen --tolerance",
            options.tolerance
        ));
    }
    lines
}

const fn limits(options: &Hessian) -> &'static str {
    match options.matrix {
        Matrix::Hessian => {
            "this is the curvature on these examples at this θ: not that of the expected cost, and not comparable between θ that are rescaled copies of one function; kinks (relu, maxout) carry curvature that no second derivative sees"
        }
        Matrix::Ggn => {
            "Gauss-Newton leaves out the curvature of the network itself: it has no negative eigenvalue, and cannot show a saddle"
        }
        Matrix::Fisher => {
            "the empirical Fisher matrix is no approximation of the Hessian away from a good fit: its size follows the gradients, and shrinks with them"
        }
    }
}
