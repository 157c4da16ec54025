//! Numbers that look random and are the same on each run.

/// A stream of numbers that follows from its seed.
///
/// # Source
/// Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators* (2014): SplitMix64.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A whole number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// A number between −1 and 1.
    pub fn symmetric(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// `count` numbers between −`reach` and `reach`.
    pub fn vector(&mut self, count: usize, reach: f64) -> Vec<f64> {
        (0..count).map(|_| reach * self.symmetric()).collect()
    }
}
