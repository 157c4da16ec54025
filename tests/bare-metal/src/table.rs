//! The items, in the order in which they run.

use thalweg_core::real::Real;

use crate::derivatives::derivatives;
use crate::functions::{double, single};
use crate::in_place::{in_place, on_the_fly};
use crate::networks::{FAST, GATED, MAXOUT, RELU, SIGMOID, TANH, TIED};
use crate::numbers::Numbers;
use crate::searches::searches;
use crate::subspaces::{moved, restricted};
use crate::training::{MOMENTUM, PLAIN, training};
use crate::{curvature, draws, splitmix};

/// A computation that is run on the host and on every machine.
pub struct Item {
    /// What it is called in reports and in the golden file; no spaces.
    pub name: &'static str,
    /// An upper bound of the stack it takes, in bytes; machines with less leave it out.
    pub stack: usize,
    /// The computation.
    pub run: fn(&mut dyn Numbers),
}

/// Calls a computation with the sizes of a model, which a `const` may name and a generic function may not.
macro_rules! sized {
    (training, $model:expr, $recipe:expr) => {
        |numbers| training::<{ $model.parameters() }, { $model.rows() }>(&$model, &$recipe, numbers)
    };
    (restricted, $model:expr) => {
        |numbers| {
            restricted::<
                { $model.parameters() },
                { $model.network.plane_rows() },
                { $model.network.largest_later_block() },
            >(&$model, numbers)
        }
    };
    (in_place, $model:expr) => {
        |numbers| in_place::<{ $model.parameters() }, { $model.network.training_rows() }>(&$model, numbers)
    };
    (on_the_fly, $model:expr) => {
        |numbers| {
            on_the_fly::<{ $model.parameters() }, { $model.network.on_the_fly_rows(2) }>(&$model, numbers)
        }
    };
    ($function:ident, $model:expr) => {
        |numbers| $function::<{ $model.parameters() }, { $model.rows() }>(&$model, numbers)
    };
}

/// All items.
pub const ITEMS: &[Item] = &[
    Item { name: "splitmix", stack: 512, run: splitmix::stream },
    Item { name: "single/exp", stack: 1024, run: |numbers| single(Real::exp, numbers) },
    Item { name: "single/ln_1p", stack: 1024, run: |numbers| single(Real::ln_1p, numbers) },
    Item { name: "single/tanh", stack: 1024, run: |numbers| single(Real::tanh, numbers) },
    Item { name: "single/sigmoid", stack: 1024, run: |numbers| single(Real::sigmoid, numbers) },
    Item { name: "single/sqrt", stack: 1024, run: |numbers| single(Real::sqrt, numbers) },
    Item { name: "single/tanh_fast", stack: 1024, run: |numbers| single(Real::tanh_fast, numbers) },
    Item { name: "single/sigmoid_fast", stack: 1024, run: |numbers| single(Real::sigmoid_fast, numbers) },
    Item { name: "double/exp", stack: 1024, run: |numbers| double(Real::exp, numbers) },
    Item { name: "double/ln_1p", stack: 1024, run: |numbers| double(Real::ln_1p, numbers) },
    Item { name: "double/tanh", stack: 1024, run: |numbers| double(Real::tanh, numbers) },
    Item { name: "double/sigmoid", stack: 1024, run: |numbers| double(Real::sigmoid, numbers) },
    Item { name: "double/sqrt", stack: 1024, run: |numbers| double(Real::sqrt, numbers) },
    Item { name: "double/log", stack: 2048, run: |numbers| double(libm::log, numbers) },
    Item { name: "double/cos", stack: 2048, run: |numbers| double(libm::cos, numbers) },
    Item { name: "double/cbrt", stack: 2048, run: |numbers| double(libm::cbrt, numbers) },
    Item { name: "double/pow", stack: 2048, run: |numbers| double(|x| libm::pow(1.5, x), numbers) },
    Item { name: "random/stream", stack: 3072, run: draws::stream },
    Item { name: "random/shuffles", stack: 2048, run: draws::shuffles },
    Item { name: "random/first_parameters", stack: 4096, run: draws::first_parameters },
    Item { name: "random/directions", stack: 8192, run: draws::directions },
    Item { name: "training/relu", stack: 8192, run: sized!(training, RELU, PLAIN) },
    Item { name: "training/relu/momentum", stack: 8192, run: sized!(training, RELU, MOMENTUM) },
    Item { name: "training/tanh", stack: 8192, run: sized!(training, TANH, MOMENTUM) },
    Item { name: "training/sigmoid", stack: 8192, run: sized!(training, SIGMOID, MOMENTUM) },
    Item { name: "training/maxout", stack: 8192, run: sized!(training, MAXOUT, MOMENTUM) },
    Item { name: "training/tied", stack: 8192, run: sized!(training, TIED, MOMENTUM) },
    Item { name: "training/gated", stack: 8192, run: sized!(training, GATED, MOMENTUM) },
    Item { name: "derivatives/relu", stack: 12288, run: sized!(derivatives, RELU) },
    Item { name: "derivatives/tanh", stack: 12288, run: sized!(derivatives, TANH) },
    Item { name: "derivatives/sigmoid", stack: 12288, run: sized!(derivatives, SIGMOID) },
    Item { name: "derivatives/maxout", stack: 12288, run: sized!(derivatives, MAXOUT) },
    Item { name: "derivatives/tied", stack: 12288, run: sized!(derivatives, TIED) },
    Item { name: "derivatives/gated", stack: 12288, run: sized!(derivatives, GATED) },
    Item { name: "plane/relu", stack: 12288, run: sized!(restricted, RELU) },
    Item { name: "plane/tanh", stack: 12288, run: sized!(restricted, TANH) },
    Item { name: "plane/sigmoid", stack: 12288, run: sized!(restricted, SIGMOID) },
    Item { name: "plane/maxout", stack: 12288, run: sized!(restricted, MAXOUT) },
    Item { name: "plane/tied", stack: 12288, run: sized!(restricted, TIED) },
    Item { name: "plane/gated", stack: 12288, run: sized!(restricted, GATED) },
    Item { name: "subspaces/relu", stack: 12288, run: sized!(moved, RELU) },
    Item { name: "subspaces/tied", stack: 12288, run: sized!(moved, TIED) },
    Item { name: "training/fast", stack: 8192, run: sized!(training, FAST, MOMENTUM) },
    Item { name: "derivatives/fast", stack: 12288, run: sized!(derivatives, FAST) },
    Item { name: "in_place/relu", stack: 8192, run: sized!(in_place, RELU) },
    Item { name: "in_place/tanh", stack: 8192, run: sized!(in_place, TANH) },
    Item { name: "in_place/maxout", stack: 8192, run: sized!(in_place, MAXOUT) },
    Item { name: "in_place/tied", stack: 8192, run: sized!(in_place, TIED) },
    Item { name: "in_place/gated", stack: 8192, run: sized!(in_place, GATED) },
    Item { name: "on_the_fly/relu", stack: 8192, run: sized!(on_the_fly, RELU) },
    Item { name: "on_the_fly/maxout", stack: 8192, run: sized!(on_the_fly, MAXOUT) },
    Item { name: "on_the_fly/gated", stack: 8192, run: sized!(on_the_fly, GATED) },
    Item { name: "curvature/spectrum", stack: 12288, run: curvature::spectrum },
    Item { name: "curvature/lanczos", stack: 12288, run: curvature::lanczos },
    Item { name: "curvature/estimates", stack: 8192, run: curvature::estimates },
    Item { name: "curvature/measured_steps", stack: 8192, run: curvature::measured_steps },
    Item { name: "curvature/searches", stack: 12288, run: searches },
];

/// The items that a machine with `stack` bytes of stack runs.
pub fn items_within(stack: usize) -> impl Iterator<Item = &'static Item> {
    ITEMS.iter().filter(move |item| item.stack <= stack)
}
