//! "A special 1-D subspace" and "Maxout / MNIST experiment": the line from the start to the solution.

use anyhow::Result;

use super::check::median;
use super::report::Report;
use super::setting::Setting;
use super::straight_line::{checks, curves, falling, labels, learning_curves, table};
use crate::files::model::Activation;
use crate::results::summary::number;
use crate::subspace::curve::Curve;

/// The line of maxout networks on MNIST, beside their learning curves.
///
/// # Source
/// Goodfellow, Vinyals, Saxe, *Qualitatively characterizing neural network optimization problems*
/// (2015), §3, figure 1.
///
/// # Errors
/// A message, if a run diverges.
pub fn maxout_line(setting: &Setting) -> Result<Report> {
    let network = setting.trained(Activation::Maxout(3))?;
    let curves = curves(&network)?;
    let mut report = Report::new(setting.words(&network));
    let head = setting
        .digits_table(&network)
        .setting("title", format!("Maxout on MNIST: the cost only falls on {} lines", falling(&curves)))
        .setting("x-axis", "α (0: start of training, 1: its end)")
        .setting("y-axis", format!("J ({})", network.model.cost_unit()))
        .setting("mark-x", "0 start; 1 solution");
    report.picture(
        "maxout-line",
        table(head, &labels(&network.runs), &curves),
        "The cost on the straight line through the first and the last parameters. Goodfellow saw one smooth \
         fall without a barrier, lowest at the solution.",
    );
    report.picture(
        "maxout-learning-curve",
        learning_curves(setting, &network),
        "What training itself saw: most of the fall comes in the first epochs.",
    );
    let plateaus: Vec<f64> = curves.iter().filter_map(Curve::plateau_end).collect();
    report.number("largest rise on [0, 1]", rise(&curves));
    report.number("median J(0)", number(median(&curves.iter().map(|curve| curve.start).collect::<Vec<_>>())));
    report.number("median J(1)", number(median(&curves.iter().map(|curve| curve.end).collect::<Vec<_>>())));
    report.number("median end of the plateau, first α with J < 0.9·J(0)", number(median(&plateaus)));
    report.number("α of the lowest point, by seed", minima(&curves));
    checks("maxout", &network, &curves).into_iter().for_each(|check| report.check(check));
    without_decay(setting, &mut report)?;
    Ok(report)
}

/// The control: without weight decay the lowest point lies past the solution, because longer parameters
/// fit separable examples better.
fn without_decay(setting: &Setting, report: &mut Report) -> Result<()> {
    let network = setting.trained_with(Activation::Maxout(3), 0.0)?;
    let curves = curves(&network)?;
    let head = setting
        .digits_table(&network)
        .setting("title", "Control without weight decay: where is the lowest point?")
        .setting("x-axis", "α (0: start of training, 1: its end)")
        .setting("y-axis", format!("J ({})", network.model.cost_unit()))
        .setting("log-y", true)
        .setting("mark-x", "0 start; 1 end of training");
    report.picture(
        "maxout-line-no-decay",
        table(head, &labels(&network.runs), &curves),
        "The same networks without weight decay, on a logarithmic scale: all training images are answered \
         rightly, so longer parameters cost less and the line has its minimum past α = 1.",
    );
    report.number("without weight decay: largest rise on [0, 1]", rise(&curves));
    report.number("without weight decay: α of the lowest point, by seed", minima(&curves));
    Ok(())
}

fn rise(curves: &[Curve]) -> String {
    number(curves.iter().map(Curve::rise).fold(0.0, f64::max))
}

fn minima(curves: &[Curve]) -> String {
    let found = curves.iter().filter_map(Curve::minimum).map(|(alpha, _)| number(alpha));
    found.collect::<Vec<String>>().join(", ")
}
