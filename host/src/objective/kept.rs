//! What the sweeps at one θ leave for all products with its Hessian.

use pulp::Arch;
use thalweg_core::network::View;
use thalweg_core::sweep::{Sweep, Traces};

use crate::engine::sums;
use crate::engine::tile::{LANES, Lane};
use crate::engine::{Choice, Scalar};

/// What the sweeps over a chunk leave behind at a fixed θ.
#[derive(Debug)]
pub(super) struct Kept<T> {
    pub(super) registers: Vec<Lane<T>>,
    pub(super) deltas: Vec<Lane<T>>,
    /// Registers that are right sides of sums, by their place, as [`sums::turn`] writes them.
    turned: Vec<(usize, Vec<Lane<T>>)>,
}

impl<T: Scalar> Kept<T> {
    /// Keeps the sweeps over a chunk, and turns those registers whose products with other left sides may be added in
    /// any order.
    pub(super) fn new(
        (network, choice): (&View<'_>, Choice),
        sweep: &Sweep<'_, T, LANES>,
        (registers, deltas): (Vec<Lane<T>>, Vec<Lane<T>>),
    ) -> Self {
        let mut turned: Vec<(usize, Vec<Lane<T>>)> = Vec::new();
        let traces = Traces { registers: &registers, deltas: &deltas, tangents: None };
        let weights = network.blocks().filter(|block| !block.is_bias);
        for block in weights.filter(|_| choice == Choice::Fast) {
            sweep.weight_pairs(block.offset, traces, |pair| {
                let place = place_in(&registers, pair.right);
                if let Some(place) = place.filter(|place| turned.iter().all(|known| known.0 != *place)) {
                    turned.push((place, sums::turn(Arch::new(), pair.right, block.columns)));
                }
            });
        }
        Self { registers, deltas, turned }
    }

    /// A right side as [`sums::turn`] writes it, if it is one of those.
    pub(super) fn turned(&self, right: &[Lane<T>]) -> Option<&[Lane<T>]> {
        let place = place_in(&self.registers, right)?;
        self.turned.iter().find(|known| known.0 == place).map(|known| known.1.as_slice())
    }
}

/// Where a part of a memory begins in it.
fn place_in<T>(whole: &[Lane<T>], part: &[Lane<T>]) -> Option<usize> {
    let distance = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    let place = distance / size_of::<Lane<T>>();
    (place + part.len() <= whole.len()).then_some(place)
}
