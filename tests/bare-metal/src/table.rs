//! The items, in the order in which they run.

use crate::functions::values;
use crate::numbers::Numbers;
use crate::splitmix;

/// A computation that is run on the host and on every machine.
pub struct Item {
    /// What it is called in reports and in the golden file; no spaces.
    pub name: &'static str,
    /// An upper bound of the stack it takes, in bytes; machines with less leave it out.
    pub stack: usize,
    /// The computation.
    pub run: fn(&mut dyn Numbers),
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
];

/// The items that a machine with `stack` bytes of stack runs.
pub fn items_within(stack: usize) -> impl Iterator<Item = &'static Item> {
    ITEMS.iter().filter(move |item| item.stack <= stack)
}
