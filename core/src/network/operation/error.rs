//! Why a list of operations is not a network.

use core::fmt;

/// Why a list of operations is not a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeError {
    /// An operation would have no entries, or the network no input.
    ZeroWidth {
        /// The place of the operation in the list, from 0.
        operation: usize,
    },
    /// The list is longer than the capacity of the network.
    Capacity {
        /// The capacity in operations.
        capacity: usize,
    },
    /// Two widths do not fit together.
    Width {
        /// The place of the operation in the list, from 0.
        operation: usize,
        /// The width it needs.
        needed: usize,
        /// The width it found.
        found: usize,
    },
    /// The groups of a maximum do not divide its register.
    Pieces {
        /// The place of the operation in the list, from 0.
        operation: usize,
        /// The length of a group.
        pieces: usize,
        /// The width of the register.
        width: usize,
    },
    /// A register is named that no operation before this one has written.
    Register {
        /// The place of the operation in the list, from 0.
        operation: usize,
        /// The register that was named.
        register: usize,
    },
    /// Weights are to be shared with an operation that has none.
    NotAffine {
        /// The place of the operation in the list, from 0.
        operation: usize,
        /// The register whose operation was named.
        register: usize,
    },
    /// More parameters or entries than can be counted.
    TooLarge {
        /// The place of the operation in the list, from 0.
        operation: usize,
    },
    /// The list does not end in a loss, or a loss is not at its end.
    Loss {
        /// The number of operations in the list.
        operations: usize,
    },
}

impl fmt::Display for ShapeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ZeroWidth { operation } => write!(formatter, "operation {operation} has width 0"),
            Self::Capacity { capacity } => {
                write!(formatter, "the network has a capacity of {capacity} operations and needs more")
            }
            Self::Width { operation, needed, found } => {
                write!(formatter, "operation {operation} needs a register of width {needed}, found {found}")
            }
            Self::Pieces { operation, pieces, width } => write!(
                formatter,
                "operation {operation} takes the maximum over groups of {pieces}, which does not divide {width}"
            ),
            Self::Register { operation, register } => {
                write!(
                    formatter,
                    "operation {operation} reads register {register}, which is not written before it"
                )
            }
            Self::NotAffine { operation, register } => write!(
                formatter,
                "operation {operation} shares the weights of register {register}, which has none"
            ),
            Self::TooLarge { operation } => {
                write!(formatter, "operation {operation} makes the network too large to be counted")
            }
            Self::Loss { operations } => {
                write!(formatter, "a network ends in one loss; this list of {operations} operations does not")
            }
        }
    }
}

impl core::error::Error for ShapeError {}
