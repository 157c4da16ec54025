//! A line or a plane through the parameters of a network, restricted before it is evaluated.
//!
//! On θ = θ₀ + b·y + a·x the product of the data with the first weights is affine in (a, b). So it is
//! computed once per chunk, P₀ at θ₀, P₁ along x and P₂ along y, and each point costs only
//! (P₀ + b·P₂) + a·P₁ and the later layers, whose weights are formed anew as (θ₀ + b·y) + a·x. This
//! form, not that of the moved θ, defines the bits of a network's line or plane on every machine.

mod shared;

pub use shared::{later_weights, later_weights_of_row};

use crate::engine::{Engine, Matrix};
use crate::examples::{Chunk, Examples};
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::network::operation::{Affine, Kind, Operation};
use crate::network::{Network, View};
use crate::real::Real;
use crate::rules::loss::Tally;
use crate::sweep::Sweep;

/// A plane through parameter space, or a line where `y` is missing.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a, T> {
    /// θ₀ (n).
    pub origin: &'a [T],
    /// The direction of a (n).
    pub x: &'a [T],
    /// The direction of b (n), if there is one.
    pub y: Option<&'a [T]>,
}

/// A chunk of examples with the products that do not change over the plane.
#[derive(Debug)]
pub struct Restriction<'a, T, const L: usize> {
    sweep: Sweep<'a, T, L>,
    plane: Plane<'a, T>,
    /// P₀, P₁ and P₂, each panels × `cached_rows`.
    products: [&'a [[T; L]]; 3],
}

impl View<'_> {
    /// The rows of memory of one panel that the products of a line (`directions` 1) or a plane (2) take.
    #[must_use]
    pub const fn product_rows(&self, directions: usize) -> usize {
        self.cached_rows() * (directions + 1)
    }
}

impl<const N: usize> Network<N> {
    /// The rows of `L` numbers that [`costs`] needs for each panel of a plane.
    #[must_use]
    pub const fn plane_rows(&self) -> usize {
        self.view().plane_rows()
    }

    /// The numbers that [`costs`] needs for the weights that it forms.
    #[must_use]
    pub const fn plane_weights(&self) -> usize {
        self.view().largest_later_block()
    }
}

/// The affine operations whose input does not depend on θ, with the first row of their products.
fn cached<'v>(network: &View<'v>) -> impl Iterator<Item = (&'v Operation, Affine, usize)> + use<'v> {
    let mut row = 0;
    let network = *network;
    network.operations().iter().filter_map(move |operation| match operation.kind {
        Kind::Affine(affine) if !network.is_active(operation.from) => {
            let first = row;
            row += operation.width;
            Some((operation, affine, first))
        }
        _ => None,
    })
}

fn weight<'t, T>(theta: &'t [T], affine: &Affine) -> Option<Matrix<'t, T>> {
    let end = affine.weight + affine.rows * affine.columns;
    Matrix::new(theta.get(affine.weight..end)?, affine.rows, affine.columns)
}

fn bias<'t, T>(theta: &'t [T], affine: &Affine, width: usize) -> &'t [T] {
    affine.bias.and_then(|bias| theta.get(bias..bias + width)).unwrap_or(&[])
}

/// Computes the products of one chunk.
///
/// | argument    | shape                                         |                             |
/// |-------------|-----------------------------------------------|-----------------------------|
/// | `registers` | panels × `register_rows`                      | overwritten                 |
/// | `products`  | panels × [`View::product_rows`]               | overwritten                 |
///
/// The registers that do not depend on θ stay in `registers`, which [`Restriction::evaluate`] needs.
///
/// # Errors
/// [`WrongLength`] if a slice is too short; nothing is written then.
pub fn restrict<'a, T: Real, const L: usize>(
    network: View<'a>,
    engine: &mut impl Engine<T, L>,
    plane: Plane<'a, T>,
    chunk: Chunk<'a, T, L>,
    registers: &mut [[T; L]],
    products: &'a mut [[T; L]],
) -> Result<Restriction<'a, T, L>, WrongLength> {
    let sweep = Sweep::new(network, plane.origin, chunk)?;
    expect_length("x", plane.x, network.parameters())?;
    if let Some(y) = plane.y {
        expect_length("y", y, network.parameters())?;
    }
    let directions = if plane.y.is_some() { 2 } else { 1 };
    let rows = sweep.panels * network.cached_rows();
    expect_at_least("registers", registers, sweep.panels * network.register_rows())?;
    expect_at_least("products", products, rows * (directions + 1))?;
    for operation in network.operations().iter().filter(|operation| !operation.active) {
        sweep.forward_plain(engine, operation, registers);
    }
    let (at_origin, rest) = products.split_at_mut_checked(rows).unwrap_or((&mut [], &mut []));
    let (along_x, rest) = rest.split_at_mut_checked(rows).unwrap_or((&mut [], &mut []));
    let along_y = rest.get_mut(..rows * (directions - 1)).unwrap_or(&mut []);
    for (operation, affine, first) in cached(&network) {
        let x = sweep.read(registers, operation.from);
        let place = first * sweep.panels..(first + operation.width) * sweep.panels;
        let parts = [
            (plane.origin, &mut *at_origin),
            (plane.x, &mut *along_x),
            (plane.y.unwrap_or(&[]), &mut *along_y),
        ];
        for (theta, out) in parts {
            if let (Some(weight), Some(out)) = (weight(theta, &affine), out.get_mut(place.clone())) {
                Sweep::affine(
                    engine,
                    weight,
                    bias(theta, &affine, operation.width),
                    affine.is_transposed(),
                    x,
                    out,
                );
            }
        }
    }
    Ok(Restriction { sweep, plane, products: [at_origin, along_x, along_y] })
}

impl<'a, T: Real, const L: usize> Restriction<'a, T, L> {
    /// The sweep over the chunk, whose losses can be read after [`Self::evaluate`].
    #[must_use]
    pub const fn sweep(&self) -> &Sweep<'a, T, L> {
        &self.sweep
    }

    /// Computes every register at one point (a, b) of the plane.
    ///
    /// | argument    | shape                            |                                 |
    /// |-------------|----------------------------------|---------------------------------|
    /// | `registers` | panels × `register_rows`         | those without θ from `restrict` |
    /// | `weights`   | [`View::largest_later_block`]    | overwritten                     |
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is too short; nothing is written then.
    pub fn evaluate(
        &self,
        engine: &mut impl Engine<T, L>,
        (a, b): (T, T),
        registers: &mut [[T; L]],
        weights: &mut [T],
    ) -> Result<(), WrongLength> {
        let network = self.sweep.network;
        expect_at_least("registers", registers, self.sweep.panels * network.register_rows())?;
        expect_at_least("weights", weights, network.largest_later_block())?;
        let mut first = 0;
        for operation in network.operations().iter().filter(|operation| operation.active) {
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
            if network.is_active(operation.from) {
                let Some((weight, bias)) = self.form(&affine, operation.width, (a, b), weights) else {
                    continue;
                };
                Sweep::affine(
                    engine,
                    weight,
                    bias,
                    affine.is_transposed(),
                    self.sweep.read(low, operation.from),
                    y,
                );
            } else {
                self.combine(first * self.sweep.panels, (a, b), y);
                first += operation.width;
            }
        }
        Ok(())
    }

    /// y ← (P₀ + b·P₂) + a·P₁.
    fn combine(&self, start: usize, (a, b): (T, T), y: &mut [[T; L]]) {
        let [at_origin, along_x, along_y] =
            self.products.map(|product| product.get(start..).unwrap_or(&[]).as_flattened());
        let y = y.as_flattened_mut();
        if self.plane.y.is_some() {
            for (((y, p0), p1), p2) in y.iter_mut().zip(at_origin).zip(along_x).zip(along_y) {
                *y = (*p0 + b * *p2) + a * *p1;
            }
        } else {
            for ((y, p0), p1) in y.iter_mut().zip(at_origin).zip(along_x) {
                *y = *p0 + a * *p1;
            }
        }
    }

    /// A later weight and bias, (θ₀ + b·y) + a·x.
    fn form<'w>(
        &self,
        affine: &Affine,
        width: usize,
        (a, b): (T, T),
        weights: &'w mut [T],
    ) -> Option<(Matrix<'w, T>, &'w [T])> {
        let size = affine.rows * affine.columns;
        let bias_width = if affine.bias.is_some() { width } else { 0 };
        let (weight, rest) = weights.split_at_mut_checked(size)?;
        let bias = rest.get_mut(..bias_width)?;
        self.moved(affine.weight, (a, b), weight);
        self.moved(affine.bias.unwrap_or(0), (a, b), bias);
        Some((Matrix::new(weight, affine.rows, affine.columns)?, bias))
    }

    fn moved(&self, offset: usize, (a, b): (T, T), out: &mut [T]) {
        let part = |theta: &'a [T]| theta.get(offset..offset + out.len()).unwrap_or(&[]);
        let (origin, x) = (part(self.plane.origin), part(self.plane.x));
        if let Some(y) = self.plane.y.map(part) {
            for (((out, origin), x), y) in out.iter_mut().zip(origin).zip(x).zip(y) {
                *out = (*origin + b * *y) + a * *x;
            }
        } else {
            for ((out, origin), x) in out.iter_mut().zip(origin).zip(x) {
                *out = *origin + a * *x;
            }
        }
    }
}

/// The memory of [`costs`], all of it overwritten.
#[derive(Debug)]
pub struct PlaneMemory<'m, T, const L: usize> {
    /// At least [`View::plane_rows`] rows; as many panels are taken at a time as fit.
    pub rows: &'m mut [[T; L]],
    /// At least [`View::largest_later_block`] numbers.
    pub weights: &'m mut [T],
}

impl View<'_> {
    /// The rows of `L` numbers that [`costs`] needs for each panel of a plane.
    #[must_use]
    pub const fn plane_rows(&self) -> usize {
        self.input_width() + self.register_rows() + self.product_rows(2)
    }
}

/// Adds the losses at every point of a grid to `tallies`: chunks outside, points inside.
///
/// `tallies[j·columns + i]` belongs to the point (`xs[i]`, `ys[j]`).
///
/// # Errors
/// [`WrongLength`] if a slice does not fit; nothing is written then.
pub fn costs<T: Real, E: Engine<T, L>, const L: usize>(
    network: View<'_>,
    engine: &mut E,
    examples: &Examples<'_, T>,
    plane: Plane<'_, T>,
    (xs, ys): (&[T], &[T]),
    memory: PlaneMemory<'_, T, L>,
    tallies: &mut [Tally],
) -> Result<(), WrongLength> {
    expect_length("tallies", tallies, xs.len() * ys.len())?;
    expect_at_least("rows", memory.rows, network.plane_rows())?;
    expect_at_least("weights", memory.weights, network.largest_later_block())?;
    let lanes = L.max(1);
    let fitting = (memory.rows.len() / network.plane_rows().max(1)).min(examples.count().div_ceil(lanes));
    let mut first = 0;
    while first < examples.count() {
        let count = (fitting * lanes).min(examples.count() - first);
        let panels = count.div_ceil(lanes);
        let input_rows = panels * network.input_width();
        let Some((inputs, rest)) = memory.rows.split_at_mut_checked(input_rows) else { break };
        let Some((registers, products)) = rest.split_at_mut_checked(panels * network.register_rows()) else {
            break;
        };
        examples.pack(first, count, inputs);
        let targets = examples.targets_from(first);
        let chunk = Chunk { inputs, targets, examples: count };
        let restriction = restrict(network, engine, plane, chunk, registers, products)?;
        for (&b, row) in ys.iter().zip(tallies.chunks_exact_mut(xs.len().max(1))) {
            for (&a, tally) in xs.iter().zip(row) {
                restriction.evaluate(engine, (a, b), registers, memory.weights)?;
                restriction.sweep().tally(engine, registers, tally);
            }
        }
        first += count;
    }
    Ok(())
}
