//! A stream of integers: if this item differs, no other can be trusted.
//!
//! Kept apart from the core's own stream, because it makes the inputs of items that check the core.

use crate::numbers::Numbers;

/// SplitMix64, of which the upper half of each output is used.
///
/// # Source
/// Steele, Lea, Flood, *Fast splittable pseudorandom number generators* (2014).
pub struct SplitMix(pub u64);

impl SplitMix {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The upper half of the next 64 bits.
    pub fn upper(&mut self) -> u32 {
        (self.bits() >> 32) as u32
    }
}

/// The first thousand upper halves of seed 2015.
pub fn stream(numbers: &mut dyn Numbers) {
    let mut random = SplitMix(2015);
    for _ in 0..1000 {
        numbers.bits(random.upper());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_outputs_are_the_published_ones() {
        let mut random = SplitMix(0);
        assert_eq!(random.bits(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(random.bits(), 0x6e78_9e6a_a1b9_65f4);
        assert_eq!(random.bits(), 0x06c4_5d18_8009_454f);
    }
}
