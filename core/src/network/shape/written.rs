//! What the operations of a list have written and brought so far.

use crate::network::operation::{Kind, Operation, Register};

/// The operation, of the first `length`, that wrote a register; `None` for the input.
pub(super) const fn writer(
    operations: &[Operation],
    length: usize,
    register: Register,
) -> Option<&Operation> {
    match operations.split_at_checked(register.0) {
        Some(([.., operation], _)) if register.0 <= length => Some(operation),
        _ => None,
    }
}

/// The parameters that the operations before `length` brought.
pub(super) const fn parameters(operations: &[Operation], length: usize) -> usize {
    let (mut index, mut count) = (0, 0);
    while index < length && index < operations.len() {
        if let Kind::Affine(affine) = operations[index].kind {
            if !affine.weight_is_shared {
                count += affine.rows * affine.columns;
            }
            if affine.bias.is_some() && !affine.bias_is_shared {
                count += if affine.transposed { affine.columns } else { affine.rows };
            }
        }
        index += 1;
    }
    count
}
