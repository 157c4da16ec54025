//! What the sweeps at one θ leave for all products with its Hessian.

use pulp::Arch;
use thalweg_core::network::operation::{Kind, Map, Operation};
use thalweg_core::network::{Block, View};
use thalweg_core::sweep::{Sweep, Traces};

use crate::engine::active::Silent;
use crate::engine::lanes::Lanes;
use crate::engine::sums;
use crate::engine::tile::{LANES, Lane};
use crate::engine::{Choice, Scalar};

/// What the sweeps over a chunk leave behind at a fixed θ.
#[derive(Debug)]
pub(super) struct Kept<T> {
    pub(super) registers: Lanes<T>,
    pub(super) deltas: Lanes<T>,
    /// Registers that are right sides of sums, by their place, as [`sums::turn`] writes them.
    turned: Vec<(usize, Lanes<T>)>,
    /// What rectifiers silence.
    pub(super) silent: Silent,
}

impl<T: Scalar> Kept<T> {
    /// Keeps the sweeps over a chunk, and turns those registers whose products with other left sides may be added in
    /// any order.
    pub(super) fn new(
        (network, choice): (&View<'_>, Choice),
        sweep: &Sweep<'_, T, LANES>,
        (registers, deltas): (Lanes<T>, Lanes<T>),
    ) -> Self {
        let mut turned: Vec<(usize, Lanes<T>)> = Vec::new();
        let traces = Traces { registers: &registers, deltas: &deltas, tangents: None };
        let mut silent = Silent::default();
        let weights = || network.blocks().filter(|block| !block.is_bias && choice == Choice::Fast);
        for block in weights() {
            let source = rectified(network, &block)[0];
            sweep.weight_pairs(block.offset, traces, |pair| {
                if let Some(number) = source {
                    silent.add_register(Arch::new(), number, pair.right, block.columns);
                }
                let place = place_in(&registers, pair.right);
                if let Some(place) = place.filter(|place| turned.iter().all(|known| known.0 != *place)) {
                    turned.push((place, sums::turn(Arch::new(), pair.right, block.columns)));
                }
            });
        }
        weights().for_each(|block| silent.add_weight(block.offset, rectified(network, &block)));
        Self { registers, deltas, turned, silent }
    }

    /// A right side as [`sums::turn`] writes it, if it is one of those.
    pub(super) fn turned(&self, right: &[Lane<T>]) -> Option<&[Lane<T>]> {
        let place = place_in(&self.registers, right)?;
        self.turned.iter().find(|known| known.0 == place).map(|known| &*known.1)
    }
}

/// The numbers of the rectified registers that a weight reads and leads to, where no other operation has a part in
/// them: the tangents and deltas of a rectified register are zero, or asked for by nobody, where its values are.
fn rectified(network: &View<'_>, block: &Block) -> [Option<usize>; 2] {
    let operations = || (1..).zip(network.operations());
    let is_user = |operation: &Operation| matches!(operation.kind(), Kind::Affine(affine) if affine.weight == block.offset);
    let mut users = operations().filter(|(_, operation)| is_user(operation));
    let (Some((number, user)), None) = (users.next(), users.next()) else { return [None; 2] };
    if matches!(user.kind(), Kind::Affine(affine) if affine.is_transposed()) {
        return [None; 2];
    }
    let is_relu = |operation: &Operation| matches!(operation.kind(), Kind::Map(Map::Relu));
    let source = operations().find(|(number, _)| *number == user.from().number());
    let source = source.filter(|(_, operation)| is_relu(operation)).map(|(number, _)| number);
    let mut readers = operations().filter(|(_, operation)| reads(operation, number));
    let result = match (readers.next(), readers.next()) {
        (Some((number, reader)), None) if is_relu(reader) => Some(number),
        _ => None,
    };
    [source, result]
}

/// Whether an operation reads a register.
fn reads(operation: &Operation, number: usize) -> bool {
    let other = match operation.kind() {
        Kind::Product { with } | Kind::Sum { with } => with.number() == number,
        _ => false,
    };
    other || operation.from().number() == number
}

/// Where a part of a memory begins in it.
fn place_in<T>(whole: &[Lane<T>], part: &[Lane<T>]) -> Option<usize> {
    let distance = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    let place = distance / size_of::<Lane<T>>();
    (place + part.len() <= whole.len()).then_some(place)
}
