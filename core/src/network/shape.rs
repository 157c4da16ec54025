//! How a list of operations grows by one; a finished list is sealed, which checks and measures it.

mod written;
mod seal;

use core::num::NonZeroUsize;

pub use self::seal::Sizes;
pub(crate) use self::seal::seal;
use self::written::{parameters, writer};
use crate::network::operation::{Affine, Kind, Loss, Map, Operation, Register, ShapeError};

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
