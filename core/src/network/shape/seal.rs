//! How a finished list of operations is checked and measured.

use super::written::{parameters, writer};
use crate::network::operation::{Kind, Operation, ShapeError};

/// The sizes of a sealed list of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    pub(crate) parameters: usize,
    pub(crate) rows: usize,
    pub(crate) tangent_rows: usize,
    pub(crate) cached_rows: usize,
    pub(crate) later_block: usize,
    pub(crate) widest: usize,
    pub(crate) is_chain: bool,
}

/// Gives each register its place, counts the users of each weight, and adds up the sizes.
pub(crate) const fn seal(
    operations: &mut [Operation],
    length: usize,
    input: usize,
) -> Result<Sizes, ShapeError> {
    if input == 0 {
        return Err(ShapeError::ZeroWidth { operation: 0 });
    }
    if length == 0 || length > operations.len() || !matches!(operations[length - 1].kind, Kind::Loss(_)) {
        return Err(ShapeError::Loss { operations: length });
    }
    let mut sizes = Sizes {
        parameters: parameters(operations, length),
        rows: 0,
        tangent_rows: 0,
        cached_rows: 0,
        later_block: 0,
        widest: 0,
        is_chain: true,
    };
    let mut index = 0;
    while index < length {
        let current = operations[index];
        if current.width > sizes.widest {
            sizes.widest = current.width;
        }
        let source = current.from.0;
        if source > index {
            return Err(ShapeError::Register { operation: index, register: source });
        }
        let before = match writer(operations, index, current.from) {
            Some(operation) => Some(*operation),
            None => None,
        };
        let mut readers = 0;
        let mut later = 0;
        while later < length {
            if operations[later].reads(source) {
                readers += 1;
            }
            later += 1;
        }
        if matches!(current.kind, Kind::Loss(_)) && index + 1 != length {
            return Err(ShapeError::Loss { operations: length });
        }
        if readers > 1 || current.reads_two() {
            sizes.is_chain = false;
        }
        operations[index].tangent_offset = sizes.tangent_rows;
        let Some(tangent_rows) = sizes.tangent_rows.checked_add(current.width) else {
            return Err(ShapeError::TooLarge { operation: index });
        };
        sizes.tangent_rows = tangent_rows;
        // a map's rules need its value, so a map of a map keeps both
        match before {
            Some(Operation { kind, offset, .. })
                if matches!(current.kind, Kind::Map(_)) && readers == 1 && !matches!(kind, Kind::Map(_)) =>
            {
                operations[index].in_place = true;
                operations[index].offset = offset;
            }
            _ => {
                operations[index].offset = sizes.rows;
                let Some(rows) = sizes.rows.checked_add(current.width) else {
                    return Err(ShapeError::TooLarge { operation: index });
                };
                sizes.rows = rows;
            }
        }
        if let Kind::Affine(mut affine) = current.kind {
            let (mut weights, mut biases, mut other) = (0, 0, 0);
            while other < length {
                if let Kind::Affine(candidate) = operations[other].kind {
                    if candidate.weight == affine.weight {
                        weights += 1;
                    }
                    if let (Some(theirs), Some(ours)) = (candidate.bias, affine.bias)
                        && theirs == ours
                    {
                        biases += 1;
                    }
                }
                other += 1;
            }
            affine.weight_users = weights;
            affine.bias_users = biases;
            if weights > 1 || biases > 1 {
                sizes.is_chain = false;
            }
            operations[index].kind = Kind::Affine(affine);
            if !matches!(before, Some(Operation { active: true, .. })) {
                sizes.cached_rows += current.width;
            } else {
                let block = affine.rows * affine.columns + current.width;
                if block > sizes.later_block {
                    sizes.later_block = block;
                }
            }
        }
        index += 1;
    }
    Ok(sizes)
}
