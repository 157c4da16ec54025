//! What a reader of the result should know: what was computed, how well, and what does not follow.

use thalweg_core::spectrum::lanczos::unseen_share;

use super::tables::name;
use super::{Findings, Hessian, Matrix, Method};
use crate::curvature::spectrum::{Density, Ends};
use crate::engine::Scalar;
use crate::options::problem::Problem;
use crate::results::summary::number;

/// The probability that is left for an eigenvalue that was missed.
const MISSED: f64 = 0.01;
/// The confidence of intervals.
const CONFIDENCE: f64 = 0.99;

/// The lines before the figures.
pub fn notes<T: Scalar>(options: &Hessian, problem: &Problem<T>, findings: &Findings<T>) -> Vec<String> {
    let mut lines = vec![subject(options, problem, findings.parameters)];
    if let Some(ends) = &findings.ends {
        lines.extend(of_ends(options, ends, findings.parameters));
    }
    if let Some((full, asymmetry)) = &findings.full {
        let worst = full.residuals.iter().copied().fold(0.0, f64::max);
        lines.push(format!(
            "all {} eigenvalues from the whole matrix; largest residual {}, asymmetry before averaging {}",
            full.values.len(),
            number(worst),
            number(*asymmetry)
        ));
        if options.method == Method::Difference {
            lines.push("differences blur eigenvalues near zero: their signs, and the index, are not to be trusted below the asymmetry".to_owned());
        }
    }
    if let Some((density, width)) = &findings.density {
        lines.extend(of_density(density, *width, findings.parameters));
    }
    if let Some(trace) = findings.trace.filter(|trace| trace.standard_error() > 0.0) {
        lines.push(format!(
            "trace {} ± {} ({:.0} % interval, Student's t over {} probes outside the sketch)",
            number(trace.mean()),
            number(trace.half_width(CONFIDENCE)),
            100.0 * CONFIDENCE,
            trace.count()
        ));
    }
    if !findings.layers.is_empty() {
        lines.push("layers.csv holds each layer's own block: its eigenvalues lie inside the whole spectrum, and say nothing of the coupling between layers".to_owned());
    }
    lines.push(limits(options).to_owned());
    lines
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
        (Matrix::Hessian, Method::Difference) => "products by central differences of the gradient",
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

fn of_ends<T>(options: &Hessian, ends: &Ends<T>, n: usize) -> Vec<String> {
    let report = &ends.report;
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
        let share = unseen_share(n, report.confirmed, MISSED);
        lines.push(format!(
            "{} products from a fresh start found no other eigenvalue outside these; one that stands off from the rest by {:.2} of the rest's width was missed with a probability below {MISSED}",
            report.confirmed, share
        ));
    }
    let wanted = options.lanczos(options.top, options.bottom).wanted(n);
    if (ends.top.len(), ends.bottom.len()) != wanted {
        lines.push(format!(
            "only {} of {} eigenvalues were found: raise --max-products",
            ends.top.len() + ends.bottom.len(),
            wanted.0 + wanted.1
        ));
    }
    if options.matrix != Matrix::Hessian && ends.bottom.iter().any(|pair| !pair.converged) {
        lines.push("the smallest eigenvalues of this matrix crowd at zero, where no single one converges: leave them out with --bottom 0".to_owned());
    }
    let flagged = ends.top.iter().chain(&ends.bottom).filter(|pair| !pair.converged).count();
    if flagged > 0 {
        lines.push(format!(
            "{flagged} eigenvalues have not converged to {}: raise --max-products, or loosen --tolerance (f32 reaches about 1e-5)",
            options.tolerance
        ));
    }
    lines
}

fn of_density(density: &Density, width: f64, n: usize) -> Vec<String> {
    let mean = density.moment(1);
    vec![format!(
        "density: {} products; mean eigenvalue {} ± {} (one standard error); nothing narrower than {} is resolved, and a single eigenvalue weighs 1/{n}",
        density.products,
        number(mean.mean()),
        number(mean.standard_error()),
        number(width)
    )]
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
