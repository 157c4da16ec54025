//! "Other activation functions": the same line with ReLU, sigmoid and tanh.

use anyhow::Result;
use thalweg_core::network::operation::Map;

use super::check::{Check, median};
use super::report::Report;
use super::setting::Setting;
use super::straight_line::{checks, curves, falling, labels, table};
use crate::files::model::Activation;
use crate::results::summary::number;
use crate::subspace::curve::Curve;

/// The line of networks with ReLU, sigmoid and tanh units.
///
/// # Source
/// Goodfellow, Vinyals, Saxe (2015), §3; tanh is an extension.
///
/// # Errors
/// A message, if a run diverges.
pub fn activations(setting: &Setting) -> Result<Report> {
    let kinds = [("ReLU", Map::Relu), ("sigmoid", Map::Sigmoid), ("tanh", Map::Tanh)];
    let mut report = Report::default();
    let mut plateaus = Vec::new();
    for (name, map) in kinds {
        let network = setting.trained(Activation::Map(map))?;
        let curves = curves(&network)?;
        if report.setting.is_empty() {
            report.setting = format!("As maxout, with other units. {}", setting.words(&network));
        }
        let head = setting
            .digits_table(&network)
            .setting(
                "title",
                format!("{name} units on MNIST: the cost only falls on {} lines", falling(&curves)),
            )
            .setting("x-axis", "α (0: start of training, 1: its end)")
            .setting("y-axis", format!("J ({})", network.model.cost_unit()))
            .setting("mark-x", "0 start; 1 solution");
        report.picture(
            &format!("{}-line", name.to_lowercase()),
            table(head, &labels(&network.runs), &curves),
            format!("The cost on the line from start to solution of networks with {name} units."),
        );
        let ends: Vec<f64> = curves.iter().filter_map(Curve::plateau_end).collect();
        let untrained = network.runs.iter().filter(|run| !run.trained()).count();
        report.number(
            format!("{name}: median end of the plateau; runs that did not train"),
            format!("{}; {untrained}", number(median(&ends))),
        );
        plateaus.push(median(&ends));
        checks(name, &network, &curves).into_iter().for_each(|check| report.check(check));
    }
    report.check(Check::new(
        "the sigmoid's plateau is longer than tanh's (medians over seeds)",
        format!("{} against {}", number(plateaus[1]), number(plateaus[2])),
        plateaus[1] > plateaus[2],
    ));
    Ok(report)
}
