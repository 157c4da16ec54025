//! The table of contents: every experiment.

use anyhow::Result;

use super::report::Report;
use super::setting::Setting;
use super::{activations, constructed_bump, constructed_obstacle, factored_linear, factored_network};
use super::{conditioning, index_error, no_convergence, saddle_free, views};
use super::{critical_points, linear_saddles, newton, no_critical_point, saddle_escape, taylor, zig_zag};
use super::{edge_of_stability, hessian_density, second_derivatives};
use super::{
    maxout_line, questions, random_start, random_walk, slowness, subspace, trajectory, two_solutions,
};

/// An experiment of the deck.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows, in a line.
    pub title: &'static str,
    /// Runs it.
    pub run: fn(&Setting) -> Result<Report>,
}

/// Every experiment, in the order of the deck.
pub const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "second-derivatives",
        title: "gradient, Hessian and directional curvature of a small network, by two routes",
        run: second_derivatives::second_derivatives,
    },
    Experiment {
        name: "hessian-density",
        title: "the spectrum of a trained network's Hessian, its outliers, and the gradient's share in them",
        run: hessian_density::hessian_density,
    },
    Experiment {
        name: "taylor",
        title: "what the second-order series promises for a gradient step, and what happens",
        run: taylor::taylor,
    },
    Experiment {
        name: "edge-of-stability",
        title: "full-batch descent where it is just not stable",
        run: edge_of_stability::edge_of_stability,
    },
    Experiment {
        name: "critical-points",
        title: "minimum, maximum, saddle, degenerate: each found and classified",
        run: critical_points::critical_points,
    },
    Experiment {
        name: "newton",
        title: "Newton's method goes to the critical point, whatever its kind",
        run: newton::newton_fails,
    },
    Experiment {
        name: "no-critical-point",
        title: "costs that fall for ever",
        run: no_critical_point::no_critical_point,
    },
    Experiment {
        name: "conditioning",
        title: "SGD's gradient along training on MNIST: it does not shrink while the cost falls",
        run: conditioning::conditioning,
    },
    Experiment {
        name: "views",
        title: "where runs are when they end: the old view and the new",
        run: views::views,
    },
    Experiment {
        name: "no-convergence",
        title: "four runs that stop, each with the control that removes its cause",
        run: no_convergence::no_convergence,
    },
    Experiment {
        name: "saddle-escape",
        title: "gradient descent near a saddle, in closed form",
        run: saddle_escape::saddle_escape,
    },
    Experiment { name: "zig-zag", title: "steepest descent on a narrow bowl", run: zig_zag::zig_zag },
    Experiment {
        name: "linear-saddles",
        title: "every critical point of a linear network, its index, and its minima",
        run: linear_saddles::linear_saddles,
    },
    Experiment {
        name: "index-error",
        title: "index against error: exactly on a linear network, counted on MNIST",
        run: index_error::index_error,
    },
    Experiment {
        name: "saddle-free",
        title: "saddle-free Newton beside descent and damped Newton",
        run: saddle_free::saddle_free,
    },
    Experiment {
        name: "slowness",
        title: "local information that disagrees with global, and bad local steps",
        run: slowness::slowness,
    },
    Experiment {
        name: "questions",
        title: "the deck's questions, a column per trained network",
        run: questions::questions,
    },
    Experiment {
        name: "subspace",
        title: "planes through the solution: random, and through the run",
        run: subspace::subspace,
    },
    Experiment {
        name: "maxout-line",
        title: "maxout on MNIST along the line from start to solution",
        run: maxout_line::maxout_line,
    },
    Experiment {
        name: "activations",
        title: "the same line with ReLU, sigmoid and tanh",
        run: activations::activations,
    },
    Experiment {
        name: "two-solutions",
        title: "the barrier between two solutions",
        run: two_solutions::two_solutions,
    },
    Experiment {
        name: "random-start",
        title: "the line from points that training never saw",
        run: random_start::random_start,
    },
    Experiment {
        name: "constructed-bump",
        title: "the wrong side of the mountain, on a cost known on paper",
        run: constructed_bump::constructed_bump,
    },
    Experiment {
        name: "trajectory",
        title: "SGD's paths, and the surface around them",
        run: trajectory::trajectory,
    },
    Experiment {
        name: "random-walk",
        title: "the random walk to compare SGD's path with",
        run: random_walk::random_walk_control,
    },
    Experiment {
        name: "factored-network",
        title: "three linear layers: a path without obstacles",
        run: factored_network::factored_network,
    },
    Experiment {
        name: "constructed-obstacle",
        title: "an obstacle between path and line, known on paper",
        run: constructed_obstacle::constructed_obstacle,
    },
    Experiment {
        name: "factored-linear",
        title: "two factors: all shapes in one formula",
        run: factored_linear::factored_linear,
    },
];
