//! Computations that must give the same bits on a desktop and on a microcontroller.
//!
//! The firmware in `tests/firmware` runs [`items_within`] the memory of its machine and prints every number;
//! `tests/emulated` runs the same items on the host and compares them number by number. A new item is
//! a file of its own with one function over [`Numbers`], and a row in [`ITEMS`].
//!
//! ```
//! let mut digest = items::numbers::Digest::default();
//! (items::ITEMS[0].run)(&mut digest);
//! assert_eq!(digest.count, 1000);
//! ```
//!
//! [`Numbers`]: numbers::Numbers
//! [`ITEMS`]: table::ITEMS
//! [`items_within`]: table::items_within

#![no_std]
#![forbid(unsafe_code)]

pub mod numbers;
pub mod splitmix;
pub mod functions;
pub mod digits;
pub mod networks;
pub mod training;
pub mod drift;
pub mod draws;
pub mod derivatives;
pub mod subspaces;
pub mod in_place;
pub mod curvature;
pub mod searches;
pub mod table;

pub use table::{ITEMS, Item, items_within};
