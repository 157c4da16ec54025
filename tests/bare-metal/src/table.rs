//! The items, in the order in which they run.

use crate::derivatives::derivatives;
use crate::functions::values;
use crate::networks::{GATED, MAXOUT, RELU, SIGMOID, TANH, TIED};
use crate::numbers::Numbers;
use crate::subspaces::{moved, restricted};
use crate::training::{MOMENTUM, PLAIN, training};
use crate::{draws, splitmix};

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
    ($function:ident, $model:expr) => {
        |numbers| $function::<{ $model.parameters() }, { $model.rows() }>(&$model, numbers)
    };
}

/// All items.
pub const ITEMS: &[Item] = &[
    Item { name: "splitmix", stack: 256, run: splitmix::stream },
    Item { name: "libm/expf", stack: 1024, run: |numbers| values(libm::expf, numbers) },
    Item { name: "libm/tanhf", stack: 1024, run: |numbers| values(libm::tanhf, numbers) },
    Item { name: "libm/logf", stack: 1024, run: |numbers| values(libm::logf, numbers) },
    Item { name: "libm/sqrtf", stack: 1024, run: |numbers| values(libm::sqrtf, numbers) },
    Item { name: "libm/log1pf", stack: 1024, run: |numbers| values(libm::log1pf, numbers) },
    Item { name: "libm/sinf", stack: 1024, run: |numbers| values(libm::sinf, numbers) },
    Item { name: "libm/cosf", stack: 1024, run: |numbers| values(libm::cosf, numbers) },
    Item { name: "random/stream", stack: 2048, run: draws::stream },
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
    Item { name: "subspaces/maxout", stack: 16384, run: sized!(moved, MAXOUT) },
];

/// The items that a machine with `stack` bytes of stack runs.
pub fn items_within(stack: usize) -> impl Iterator<Item = &'static Item> {
    ITEMS.iter().filter(move |item| item.stack <= stack)
}
