//! "3-D visualization": where SGD went, and the surface around its path.

use anyhow::Result;
use rayon::prelude::*;
use thalweg_core::network::operation::Map;

use super::check::median;
use super::report::Report;
use super::setting::{DECAY, Run, Setting};
use super::sheet::{Laid, checks, lay_out, pictures};
use crate::files::model::Activation;
use crate::results::summary::number;
use crate::subspace::path::Trajectory;

/// Projection and residual of SGD's paths, and the sheet that holds them.
///
/// # Source
/// Goodfellow, Vinyals, Saxe (2015), §4 and figures 4 to 8.
///
/// # Errors
/// A message, if a run diverges.
pub fn trajectory(setting: &Setting) -> Result<Report> {
    let kinds = [("ReLU", Activation::Map(Map::Relu)), ("maxout", Activation::Maxout(3))];
    let mut report = Report::default();
    for (name, activation) in kinds {
        let network = setting.trained_with(activation, 0.0)?;
        let objective = network.objective();
        let laid = network
            .runs
            .par_iter()
            .map(|run| lay_out(&objective, &mut network.objective(), &run.snapshots))
            .collect::<Result<Vec<Laid<f32>>>>()?;
        if report.setting.is_empty() {
            report.setting = format!(
                "Without weight decay; a snapshot every {} steps. {}",
                setting.scale.stride,
                setting.words(&network)
            );
        }
        let head = setting.digits_table(&network).setting("log-z", "auto");
        let names = (name.to_lowercase(), format!("SGD on MNIST, {name}"));
        pictures(&mut report, (&names.0, &names.1), &head, &objective, &laid[0], setting.scale.surface)?;
        let spread: Vec<String> = laid.iter().map(|laid| number(laid.trajectory.residual_max())).collect();
        report.number(format!("{name}: β_max/L, by seed"), spread.join(", "));
        let obstacles: Vec<f64> = laid.iter().map(|laid| laid.obstacle).collect();
        let free = obstacles.iter().filter(|&&obstacle| obstacle <= 1e-3).count();
        report.number(
            format!("{name}: runs without obstacle (≤ 10⁻³·J(0)); median obstacle in J(0)"),
            format!("{free} of {}; {}", laid.len(), number(median(&obstacles))),
        );
        let decayed = setting.trained(activation)?;
        let residual = |run: &Run| Ok(Trajectory::new(&run.snapshots)?.residual_max());
        let decayed = decayed.runs.par_iter().map(residual).collect::<Result<Vec<f64>>>()?;
        report.number(format!("{name}: median β_max/L with weight decay {DECAY}"), number(median(&decayed)));
        checks(name, &laid).into_iter().for_each(|check| report.check(check));
    }
    Ok(report)
}
