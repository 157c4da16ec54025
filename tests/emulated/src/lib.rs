//! Building images for microcontrollers, running them under QEMU, and what is measured there.

pub mod machine;
pub mod toolchain;
pub mod emulator;
pub mod transcript;
pub mod image;
pub mod budget;
pub mod tables;
pub mod public;
pub mod stack;
