//! Every slide of the deck, in order, with what stands for it here.
//!
//! # Source
//! Goodfellow, *Gradient Descent and the Structure of Neural Network Cost Functions* (2015).

/// What stands for a slide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Experiments, by name.
    Experiments(&'static [&'static str]),
    /// Experiments, by name, and what the slide shows besides that is not built yet.
    Partly(&'static [&'static str], &'static str),
    /// Nothing to measure: a title, a list, a question.
    Words(&'static str),
    /// An experiment that is not built yet.
    NotYet(&'static str),
}

impl Shown {
    /// The names of the experiments.
    #[must_use]
    pub const fn experiments(self) -> &'static [&'static str] {
        match self {
            Self::Experiments(names) | Self::Partly(names, _) => names,
            Self::Words(_) | Self::NotYet(_) => &[],
        }
    }
}

/// A slide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slide {
    /// Its title.
    pub title: &'static str,
    /// What stands for it.
    pub shown: Shown,
}

use Shown::{Experiments, NotYet, Partly, Words};

const fn slide(title: &'static str, shown: Shown) -> Slide {
    Slide { title, shown }
}

/// Every slide, in order.
pub const SLIDES: &[Slide] = &[
    slide(
        "Gradient Descent and the Structure of Neural Network Cost Functions",
        Words(
            "What happens when SGD trains a network: local minima, saddle points, bad conditioning, obstacles, or a smooth chute?",
        ),
    ),
    slide(
        "Optimization: given neural network parameters θ, find a value that minimizes J(θ)",
        NotYet("five families of search on one small problem"),
    ),
    slide(
        "Gradient descent in this presentation",
        Words(
            "The papers behind the deck: Saxe et al. 2013, Dauphin et al. 2014, Choromanska et al. 2014, Goodfellow et al. 2014.",
        ),
    ),
    slide("Derivatives and second derivatives", Experiments(&["second-derivatives", "hessian-density"])),
    slide("Directional curvature", Experiments(&["second-derivatives"])),
    slide("Taylor series approximation", Experiments(&["taylor"])),
    slide("How much does a gradient step reduce the cost?", Experiments(&["taylor", "edge-of-stability"])),
    slide("Critical points", Experiments(&["critical-points"])),
    slide("Newton's method", Experiments(&["newton"])),
    slide("Newton's method's failure mode", Experiments(&["newton"])),
    slide("The old view of SGD as difficult", Experiments(&["views"])),
    slide("The new view: does SGD get stuck on saddle points?", Experiments(&["views"])),
    slide("Some functions lack critical points", Experiments(&["no-critical-point"])),
    slide("SGD may not encounter critical points", Experiments(&["conditioning"])),
    slide("Gradient descent flees saddle points", Experiments(&["saddle-escape"])),
    slide("Poor conditioning", Experiments(&["zig-zag"])),
    slide(
        "Poor conditioning: the gradient's length grows while the cost falls",
        Experiments(&["conditioning"]),
    ),
    slide("Why convergence may not happen", Experiments(&["no-convergence"])),
    slide("Are saddle points or local minima more common?", NotYet("coins and random matrices")),
    slide(
        "Do neural nets have saddle points? Saxe et al.",
        Partly(&["linear-saddles"], "the linear network's dynamics"),
    ),
    slide("Do neural nets have saddle points? Dauphin et al.", Experiments(&["index-error", "saddle-free"])),
    slide(
        "Do neural nets have saddle points? Choromanska et al.",
        NotYet("the spin glass; width against the spread of minima"),
    ),
    slide("The state of modern optimization", NotYet("1,000 layers with the right start")),
    slide("Why is optimization so slow?", Experiments(&["slowness"])),
    slide("Questions for visualization", Experiments(&["questions"])),
    slide(
        "History written by the winners",
        Words(
            "Visualizations show runs that succeeded. Here a run that did not train is drawn, marked and counted in every experiment.",
        ),
    ),
    slide("2-D subspace visualization", Experiments(&["subspace"])),
    slide("A special 1-D subspace", Experiments(&["maxout-line"])),
    slide(
        "Maxout / MNIST experiment",
        Partly(&["maxout-line", "two-solutions", "random-start"], "the adversarially trained row"),
    ),
    slide("Other activation functions", Experiments(&["activations"])),
    slide(
        "Convolutional network: the wrong side of the mountain",
        Partly(&["constructed-bump"], "the convolutional network itself"),
    ),
    slide("Sequence model (LSTM)", NotYet("the line of a trained LSTM")),
    slide("Generative model (MP-DBM)", NotYet("the line of a trained MP-DBM")),
    slide("3-D visualization", Experiments(&["trajectory"])),
    slide("3-D visualization of the MP-DBM", NotYet("the surface around an MP-DBM's path")),
    slide("Random walk control experiment", Experiments(&["random-walk"])),
    slide("3-D plots without obstacles", Partly(&["factored-network"], "the LSTM's surface")),
    slide(
        "3-D plot of adversarial maxout",
        Partly(&["constructed-obstacle"], "the adversarially trained maxout network itself"),
    ),
    slide("Lessons from visualizations", Experiments(&["factored-linear"])),
    slide(
        "Conclusion",
        Words(
            "Where the checks above hold: along the right line the cost falls smoothly, and SGD stays near that line; slowness, not barriers, is what remains to be explained.",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::contents::EXPERIMENTS;

    #[test]
    fn every_experiment_stands_for_a_slide_and_every_name_is_known() {
        let shown: Vec<&str> = SLIDES.iter().flat_map(|slide| slide.shown.experiments()).copied().collect();
        for experiment in EXPERIMENTS {
            assert!(shown.contains(&experiment.name), "{} stands for no slide", experiment.name);
        }
        for name in shown {
            assert!(EXPERIMENTS.iter().any(|experiment| experiment.name == name), "{name} is unknown");
        }
    }
}
