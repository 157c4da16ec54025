//! Many points of one plane: what they share is formed once, with the bits of one point alone.
//!
//! All points of a row of a grid share b, so they share P₀ + b·P₂ and θ₀ + b·y; all chunks share the later
//! weights of a point.

use super::{Plane, Restriction, bias, weight};
use crate::engine::Engine;
use crate::length::{WrongLength, expect_at_least};
use crate::network::View;
use crate::network::operation::{Affine, Kind, Map, Operation, Register};
use crate::real::Real;
use crate::sweep::Sweep;

impl<'a> View<'a> {
    /// The affine operations whose weights are formed anew at each point.
    fn later(&self) -> impl Iterator<Item = (&'a Operation, Affine)> + use<'a> {
        let network = *self;
        network.operations().iter().filter_map(move |operation| match operation.kind {
            Kind::Affine(affine) if network.is_active(operation.from) => Some((operation, affine)),
            _ => None,
        })
    }

    /// The numbers of all weights and biases that are formed anew at each point.
    #[must_use]
    pub fn later_weights(&self) -> usize {
        let sizes = self.later().map(|(operation, affine)| {
            affine.rows * affine.columns + affine.bias.map_or(0, |_| operation.width)
        });
        sizes.sum()
    }

    /// The map that overwrites the result of operation `index` right away, if there is one.
    fn map_after(&self, index: usize) -> Option<Map> {
        match self.operations().get(index + 1) {
            Some(Operation { kind: Kind::Map(map), in_place: true, from: Register(from), .. })
                if *from == index + 1 =>
            {
                Some(*map)
            }
            _ => None,
        }
    }
}

/// Writes the later weights at b, θ₀ + b·y, one after the other; without y those at θ₀.
///
/// # Errors
/// [`WrongLength`] if `out` is shorter than [`View::later_weights`]; nothing is written then.
pub fn later_weights_of_row<T: Real, const L: usize>(
    network: View<'_>,
    engine: &mut impl Engine<T, L>,
    plane: Plane<'_, T>,
    b: T,
    out: &mut [T],
) -> Result<(), WrongLength> {
    expect_at_least("out", out, network.later_weights())?;
    let mut rest = out;
    each_later(&network, |offset, length| {
        let place = offset..offset + length;
        let (part, tail) = core::mem::take(&mut rest).split_at_mut_checked(length).unwrap_or_default();
        rest = tail;
        let Some(origin) = plane.origin.get(place.clone()) else { return };
        match plane.y.and_then(|y| y.get(place)) {
            Some(y) => engine.along(origin, b, y, None, part),
            None => part.iter_mut().zip(origin).for_each(|(part, origin)| *part = *origin),
        }
    });
    Ok(())
}

/// Writes the later weights at (a, b), `row` + a·x, where `row` is what [`later_weights_of_row`] wrote.
///
/// # Errors
/// [`WrongLength`] if a slice is shorter than [`View::later_weights`]; nothing is written then.
pub fn later_weights<T: Real, const L: usize>(
    network: View<'_>,
    engine: &mut impl Engine<T, L>,
    plane: Plane<'_, T>,
    (a, row): (T, &[T]),
    out: &mut [T],
) -> Result<(), WrongLength> {
    expect_at_least("out", out, network.later_weights())?;
    expect_at_least("row", row, network.later_weights())?;
    let (mut rest, mut row) = (out, row);
    each_later(&network, |offset, length| {
        let (part, tail) = core::mem::take(&mut rest).split_at_mut_checked(length).unwrap_or_default();
        rest = tail;
        let (origin, tail) = row.split_at_checked(length).unwrap_or_default();
        row = tail;
        if let Some(x) = plane.x.get(offset..offset + length) {
            engine.along(origin, a, x, None, part);
        }
    });
    Ok(())
}

/// Calls `each` with the place in θ and the length of each later weight and bias, in their order.
fn each_later(network: &View<'_>, mut each: impl FnMut(usize, usize)) {
    for (operation, affine) in network.later() {
        each(affine.weight, affine.rows * affine.columns);
        if let Some(bias) = affine.bias {
            each(bias, operation.width);
        }
    }
}

impl<T: Real, const L: usize> Restriction<'_, T, L> {
    /// Writes P₀ + b·P₂ into `row` (panels × `cached_rows`); on a line P₀.
    ///
    /// # Errors
    /// [`WrongLength`] if `row` is shorter; nothing is written then.
    pub fn products_of_row(
        &self,
        engine: &mut impl Engine<T, L>,
        b: T,
        row: &mut [[T; L]],
    ) -> Result<(), WrongLength> {
        let [at_origin, _, along_y] = self.products;
        expect_at_least("row", row, at_origin.len())?;
        let row = row.get_mut(..at_origin.len()).unwrap_or_default().as_flattened_mut();
        if self.plane.y.is_some() {
            engine.along(at_origin.as_flattened(), b, along_y.as_flattened(), None, row);
        } else {
            row.iter_mut().zip(at_origin.as_flattened()).for_each(|(row, origin)| *row = *origin);
        }
        Ok(())
    }

    /// Computes every register at a point, from what its row and its chunks share.
    ///
    /// | argument    | shape                     |                                         |
    /// |-------------|---------------------------|-----------------------------------------|
    /// | `row`       | panels × `cached_rows`    | from [`Self::products_of_row`]          |
    /// | `later`     | [`View::later_weights`]   | from [`later_weights`] at the same point |
    /// | `registers` | panels × `register_rows`  | those without θ from `restrict`         |
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is too short; nothing is written then.
    pub fn evaluate_shared(
        &self,
        engine: &mut impl Engine<T, L>,
        a: T,
        (row, later): (&[[T; L]], &[T]),
        registers: &mut [[T; L]],
    ) -> Result<(), WrongLength> {
        let network = self.sweep.network;
        let [_, along_x, _] = self.products;
        expect_at_least("registers", registers, self.sweep.panels * network.register_rows())?;
        expect_at_least("row", row, along_x.len())?;
        expect_at_least("later", later, network.later_weights())?;
        let (mut first, mut later, mut done) = (0, later, false);
        for (index, operation) in network.operations().iter().enumerate() {
            if !operation.active || core::mem::take(&mut done) {
                continue;
            }
            let Kind::Affine(affine) = operation.kind else {
                self.sweep.forward_plain(engine, operation, registers);
                continue;
            };
            let start = operation.offset * self.sweep.panels;
            let end = start + operation.width * self.sweep.panels;
            let Some((low, y)) =
                registers.get_mut(..end).and_then(|memory| memory.split_at_mut_checked(start))
            else {
                continue;
            };
            let transposed = affine.is_transposed();
            if network.is_active(operation.from) {
                let bias_width = affine.bias.map_or(0, |_| operation.width);
                let size = affine.rows * affine.columns;
                let (block, tail) = later.split_at_checked(size + bias_width).unwrap_or_default();
                later = tail;
                let formed = Affine { weight: 0, bias: affine.bias.map(|_| size), ..affine };
                if let Some(weight) = weight(block, &formed) {
                    let bias = bias(block, &formed, operation.width);
                    Sweep::affine(engine, weight, bias, transposed, self.sweep.read(low, operation.from), y);
                }
            } else {
                let place = first * self.sweep.panels..(first + operation.width) * self.sweep.panels;
                first += operation.width;
                let map = network.map_after(index);
                done = map.is_some();
                if let (Some(row), Some(along_x)) = (row.get(place.clone()), along_x.get(place)) {
                    engine.along(row.as_flattened(), a, along_x.as_flattened(), map, y.as_flattened_mut());
                }
            }
        }
        Ok(())
    }
}
