//! Where the numbers of an item go.

/// The one NaN that is reported: its sign and payload are not specified by Rust.
const NAN: u32 = 0x7fc0_0000;
/// The same for `f64`.
const NAN_DOUBLE: u64 = 0x7ff8_0000_0000_0000;

/// Takes the numbers of an item, one after the other.
pub trait Numbers {
    /// Takes the next 32 bits.
    fn bits(&mut self, bits: u32);

    /// Takes an `f32`, every NaN as the same one.
    fn single(&mut self, x: f32) {
        self.bits(if x.is_nan() { NAN } else { x.to_bits() });
    }

    /// Takes an `f64`, every NaN as the same one, as two numbers: the low half, then the high one.
    fn double(&mut self, x: f64) {
        self.wide(if x.is_nan() { NAN_DOUBLE } else { x.to_bits() });
    }

    /// Takes 64 bits as two numbers: the low half, then the high one.
    fn wide(&mut self, bits: u64) {
        self.bits(bits as u32);
        self.bits((bits >> 32) as u32);
    }

    /// Takes the entries of a slice in their order.
    fn singles(&mut self, xs: &[f32]) {
        for &x in xs {
            self.single(x);
        }
    }

    /// Takes the entries of a slice in their order.
    fn doubles(&mut self, xs: &[f64]) {
        for &x in xs {
            self.double(x);
        }
    }
}

impl<F: FnMut(u32)> Numbers for F {
    fn bits(&mut self, bits: u32) {
        self(bits);
    }
}

/// How many numbers an item has, and their hash: FNV-1a, 64 bits, over their little-endian bytes.
///
/// # Examples
/// ```
/// use items::numbers::{Digest, Numbers};
/// let mut digest = Digest::default();
/// digest.bits(u32::from_le_bytes(*b"foob"));
/// assert_eq!(digest.hash, 0xdd12_0e79_0c25_12af);
/// ```
///
/// # Source
/// Fowler, Noll, Vo, Eastlake, *The FNV Non-Cryptographic Hash Algorithm* (RFC 9923).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// How many 32-bit numbers came.
    pub count: u32,
    /// The hash of their bytes.
    pub hash: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Self { count: 0, hash: 0xcbf2_9ce4_8422_2325 }
    }
}

impl Numbers for Digest {
    fn bits(&mut self, bits: u32) {
        self.count += 1;
        for byte in bits.to_le_bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
