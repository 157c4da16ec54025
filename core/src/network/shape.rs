//! How a list of operations grows by one, and how a finished list is checked and measured.

use core::num::NonZeroUsize;

use crate::network::operation::{Affine, Kind, Loss, Map, Operation, Register, ShapeError};

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

/// The next operation of a list, before its widths are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// y = W·x (+ b) with weights of its own.
    Dense {
        /// The entries of y.
        width: usize,
        /// Whether there is a bias.
        bias: bool,
    },
    /// y = W·x + b with the weight and the bias of the affine operation that wrote `with`.
    #[cfg(feature = "sharing")]
    Shared {
        /// The register whose weights are shared.
        with: Register,
    },
    /// y = Wᵀ·x + b with the weight of the affine operation that wrote `with`, and a bias of its own.
    #[cfg(feature = "sharing")]
    Tied {
        /// The register whose weight is shared.
        with: Register,
    },
    /// yᵢ = φ(xᵢ).
    Map(Map),
    /// The largest of each group of `pieces` neighbours; the first of equals.
    #[cfg(feature = "maximum")]
    Maximum {
        /// The length of a group.
        pieces: usize,
    },
    /// yᵢ = xᵢ·zᵢ.
    #[cfg(feature = "product")]
    Product {
        /// The register of z.
        with: Register,
    },
    /// yᵢ = xᵢ + zᵢ.
    #[cfg(feature = "sum")]
    Sum {
        /// The register of z.
        with: Register,
    },
    /// The `width` entries from `start` on.
    #[cfg(feature = "slice")]
    Slice {
        /// The first entry that is kept.
        start: usize,
        /// The entries that are kept.
        width: usize,
    },
    /// The end of the list.
    Loss(Loss),
}

/// The width and the activity of a register.
const fn register(
    operations: &[Operation],
    length: usize,
    input: usize,
    register: Register,
) -> Option<(usize, bool)> {
    match writer(operations, length, register) {
        Some(operation) => Some((operation.width, operation.active)),
        None if register.0 == 0 => Some((input, false)),
        None => None,
    }
}

/// The operation, of the first `length`, that wrote a register; `None` for the input.
const fn writer(operations: &[Operation], length: usize, register: Register) -> Option<&Operation> {
    match operations.split_at_checked(register.0) {
        Some(([.., operation], _)) if register.0 <= length => Some(operation),
        _ => None,
    }
}

/// The parameters that the operations before `length` brought.
const fn parameters(operations: &[Operation], length: usize) -> usize {
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

/// The operation that `step` makes of the register `from`, after the `length` operations before it.
///
/// # Errors
/// [`ShapeError`] if a width does not fit, or a register is not written yet.
pub const fn next(
    operations: &[Operation],
    length: usize,
    input: usize,
    from: Register,
    step: Step,
) -> Result<Operation, ShapeError> {
    let Some((width, active)) = register(operations, length, input, from) else {
        return Err(ShapeError::Register { operation: length, register: from.0 });
    };
    match step {
        Step::Dense { .. } => affine(operations, length, input, from, step),
        #[cfg(feature = "sharing")]
        Step::Shared { .. } | Step::Tied { .. } => affine(operations, length, input, from, step),
        Step::Map(map) => Ok(Operation::new(Kind::Map(map), from, width, active)),
        #[cfg(feature = "maximum")]
        Step::Maximum { pieces } => {
            let Some(pieces) = NonZeroUsize::new(pieces) else {
                return Err(ShapeError::ZeroWidth { operation: length });
            };
            if width % pieces.get() != 0 {
                return Err(ShapeError::Pieces { operation: length, pieces: pieces.get(), width });
            }
            Ok(Operation::new(Kind::Maximum { pieces }, from, width / pieces.get(), active))
        }
        #[cfg(feature = "product")]
        Step::Product { with } => match other_active(operations, length, input, width, with) {
            Ok(other) => Ok(Operation::new(Kind::Product { with }, from, width, active || other)),
            Err(error) => Err(error),
        },
        #[cfg(feature = "sum")]
        Step::Sum { with } => match other_active(operations, length, input, width, with) {
            Ok(other) => Ok(Operation::new(Kind::Sum { with }, from, width, active || other)),
            Err(error) => Err(error),
        },
        #[cfg(feature = "slice")]
        Step::Slice { start, width: kept } => {
            let Some(end) = start.checked_add(kept) else {
                return Err(ShapeError::TooLarge { operation: length });
            };
            if kept == 0 {
                return Err(ShapeError::ZeroWidth { operation: length });
            }
            if end > width {
                return Err(ShapeError::Width { operation: length, needed: end, found: width });
            }
            Ok(Operation::new(Kind::Slice { start }, from, kept, active))
        }
        Step::Loss(loss) => Ok(Operation::new(Kind::Loss(loss), from, 0, active)),
    }
}

/// Whether the second register of an operation depends on θ; it must be as wide as the first.
const fn other_active(
    operations: &[Operation],
    length: usize,
    input: usize,
    width: usize,
    with: Register,
) -> Result<bool, ShapeError> {
    match register(operations, length, input, with) {
        None => Err(ShapeError::Register { operation: length, register: with.0 }),
        Some((found, _)) if found != width => {
            Err(ShapeError::Width { operation: length, needed: width, found })
        }
        Some((_, active)) => Ok(active),
    }
}

const fn affine(
    operations: &[Operation],
    length: usize,
    input: usize,
    from: Register,
    step: Step,
) -> Result<Operation, ShapeError> {
    let Some((found, _)) = register(operations, length, input, from) else {
        return Err(ShapeError::Register { operation: length, register: from.0 });
    };
    let start = parameters(operations, length);
    let affine = match step {
        Step::Dense { width, bias } => {
            if width == 0 {
                return Err(ShapeError::ZeroWidth { operation: length });
            }
            let Some(size) = width.checked_mul(found) else {
                return Err(ShapeError::TooLarge { operation: length });
            };
            let Some(end) = start.checked_add(size) else {
                return Err(ShapeError::TooLarge { operation: length });
            };
            if end.checked_add(width).is_none() {
                return Err(ShapeError::TooLarge { operation: length });
            }
            Affine {
                weight: start,
                rows: width,
                columns: found,
                bias: if bias { Some(end) } else { None },
                transposed: false,
                weight_is_shared: false,
                bias_is_shared: false,
                weight_users: 1,
                bias_users: 1,
            }
        }
        #[cfg(feature = "sharing")]
        Step::Shared { with } | Step::Tied { with } => {
            let Some(operation) = writer(operations, length, with) else {
                return Err(ShapeError::Register { operation: length, register: with.0 });
            };
            let Kind::Affine(owner) = operation.kind else {
                return Err(ShapeError::NotAffine { operation: length, register: with.0 });
            };
            let transposed = matches!(step, Step::Tied { .. });
            Affine {
                bias: if transposed { Some(start) } else { owner.bias },
                transposed: owner.transposed != transposed,
                weight_is_shared: true,
                bias_is_shared: !transposed,
                ..owner
            }
        }
        _ => return Err(ShapeError::NotAffine { operation: length, register: from.0 }),
    };
    let (needed, width) =
        if affine.transposed { (affine.rows, affine.columns) } else { (affine.columns, affine.rows) };
    if needed != found {
        return Err(ShapeError::Width { operation: length, needed, found });
    }
    Ok(Operation::new(Kind::Affine(affine), from, width, true))
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
