//! The curvature vᵀHv of each example's loss, with no Hessian–vector product written down.

use super::{Sweep, part};
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::network::operation::{Affine, Kind, Operation};
use crate::real::Real;

/// Two registers of which one stands for the rows of a weight, the other for its columns.
type Sides<'m, T, const L: usize> = (&'m [[T; L]], &'m [[T; L]]);

impl<T: Real, const L: usize> Sweep<'_, T, L> {
    /// Calls `each` with vᵀHv of the loss of every example, in order.
    ///
    /// The product of a weight W is δ˙·xᵀ + δ·ẋᵀ, so its share is Σᵢ δ˙ᵢ·(V·x)ᵢ + δᵢ·(V·ẋ)ᵢ, and that of a
    /// bias is δ˙·v.
    ///
    /// | argument         | rows                     |                                  |
    /// |------------------|--------------------------|----------------------------------|
    /// | `v`              | parameters               | the direction                    |
    /// | `registers`      | panels × `register_rows` | from the forward sweep           |
    /// | `deltas`         | panels × `register_rows` | from the backward sweep          |
    /// | `tangents`       | panels × `tangent_rows`  | of the registers                 |
    /// | `delta_tangents` | panels × `register_rows` | of the deltas, for the same `v`  |
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is too short; nothing is called then.
    pub fn curvature(
        &self,
        v: &[T],
        registers: &[[T; L]],
        deltas: &[[T; L]],
        tangents: &[[T; L]],
        delta_tangents: &[[T; L]],
        mut each: impl FnMut(f64),
    ) -> Result<(), WrongLength> {
        let rows = self.panels * self.network.register_rows();
        expect_length("v", v, self.network.parameters())?;
        expect_at_least("registers", registers, rows)?;
        expect_at_least("deltas", deltas, rows)?;
        expect_at_least("tangents", tangents, self.panels * self.network.tangent_rows())?;
        expect_at_least("delta_tangents", delta_tangents, rows)?;
        for panel in 0..self.panels {
            let mut sums = [0.0; L];
            for operation in self.network.operations() {
                let Kind::Affine(affine) = operation.kind else { continue };
                let x = self.panel(
                    self.read(registers, operation.from),
                    panel,
                    self.network.width(operation.from),
                );
                let delta = self.of(operation, deltas, panel);
                let delta_tangent = self.of(operation, delta_tangents, panel);
                add_weight(v, &affine, (delta_tangent, x), &mut sums);
                if let Some(x_tangent) = self.tangent(tangents, operation.from) {
                    let x_tangent = self.panel(x_tangent, panel, self.network.width(operation.from));
                    add_weight(v, &affine, (delta, x_tangent), &mut sums);
                }
                let bias = Self::bias(v, &affine, operation.width);
                for (v, delta_tangent) in bias.iter().zip(delta_tangent) {
                    add(&mut sums, &[*v; L], delta_tangent);
                }
            }
            sums.into_iter().take(self.live(panel)).for_each(&mut each);
        }
        Ok(())
    }

    /// One panel of a register that is `width` wide.
    fn panel<'m>(&self, register: &'m [[T; L]], panel: usize, width: usize) -> &'m [[T; L]] {
        part(register, panel * width..(panel + 1) * width)
    }

    /// One panel of what belongs to the result of an operation.
    fn of<'m>(&self, operation: &Operation, memory: &'m [[T; L]], panel: usize) -> &'m [[T; L]] {
        self.panel(part(memory, self.rows(operation)), panel, operation.width)
    }
}

/// sums ← sums + a·b, lane by lane.
fn add<T: Real, const L: usize>(sums: &mut [f64; L], a: &[T; L], b: &[T; L]) {
    for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
        *sum += (*a * *b).to_f64();
    }
}

/// sums ← sums + leftᵀ·V·right, with left and right exchanged where V is applied transposed.
fn add_weight<T: Real, const L: usize>(
    v: &[T],
    affine: &Affine,
    (y, x): Sides<'_, T, L>,
    sums: &mut [f64; L],
) {
    let (left, right) = if affine.is_transposed() { (x, y) } else { (y, x) };
    let weight = part(v, affine.weight..affine.weight + affine.rows * affine.columns);
    for (left, row) in left.iter().zip(weight.chunks_exact(affine.columns.max(1))) {
        let mut product = [T::ZERO; L];
        for (right, v) in right.iter().zip(row) {
            for (product, right) in product.iter_mut().zip(right) {
                *product += *v * *right;
            }
        }
        add(sums, left, &product);
    }
}
