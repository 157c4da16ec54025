//! Seeded numbers, equal on every machine.

use crate::real::Real;

/// SplitMix64 read as a counter: entry i of a stream is a mix of `key + (i + 1)·φ`.
///
/// Any entry can be had without the ones before it, so that a random direction need not be stored.
/// Uses integer arithmetic alone, and therefore gives the same numbers everywhere.
///
/// # Examples
/// ```
/// use thalweg_core::random::Random;
/// let mut random = Random::new(0);
/// assert_eq!(random.bits(), 0xe220_a839_7b1d_cdaf); // the published first output for seed 0
/// ```
///
/// # Source
/// Steele, Lea, Flood, *Fast splittable pseudorandom number generators* (2014).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random {
    key: u64,
    counter: u64,
}

/// 2⁶⁴ divided by the golden ratio, made odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
/// 2⁻⁵³: the spacing of the uniform numbers.
const SPACING: f64 = 1.0 / 9_007_199_254_740_992.0;

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    /// The stream of a seed, at its first entry.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { key: seed, counter: 0 }
    }

    /// A stream of its own for a part of the work (`purpose` of `seed`), independent of the others.
    #[must_use]
    pub const fn stream(seed: u64, purpose: u64) -> Self {
        Self { key: mix(mix(seed.wrapping_add(GOLDEN)) ^ mix(purpose.wrapping_mul(GOLDEN))), counter: 0 }
    }

    /// The stream past its next `entries` entries; no entry is computed.
    #[must_use]
    pub const fn after(mut self, entries: u64) -> Self {
        self.counter = self.counter.wrapping_add(entries);
        self
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(1);
        mix(self.key.wrapping_add(self.counter.wrapping_mul(GOLDEN)))
    }

    /// The next number, uniform on [0, 1), a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * SPACING
    }

    /// The next number, uniform on [−bound, bound).
    pub fn symmetric(&mut self, bound: f64) -> f64 {
        (2.0 * self.uniform() - 1.0) * bound
    }

    /// The next number from the standard normal distribution; takes two entries of the stream.
    ///
    /// # Source
    /// Box and Muller, *A note on the generation of random normal deviates* (1958).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        radius * libm::cos(core::f64::consts::TAU * self.uniform())
    }

    /// A number below `bound`, each equally likely; 0 if `bound` is 0.
    ///
    /// # Source
    /// Lemire, *Fast random integer generation in an interval* (2019).
    pub const fn below(&mut self, bound: u32) -> u32 {
        let mut product = (self.bits() >> 32) * bound as u64;
        if (product as u32) < bound {
            let threshold = bound.wrapping_neg() % if bound == 0 { 1 } else { bound };
            while (product as u32) < threshold {
                product = (self.bits() >> 32) * bound as u64;
            }
        }
        (product >> 32) as u32
    }

    /// Fills a slice with independent standard normal numbers, each rounded once.
    pub fn fill_normal<T: Real>(&mut self, out: &mut [T]) {
        for entry in out {
            *entry = T::from_f64(self.normal());
        }
    }

    /// Fills a slice with independent signs, +1 or −1 with equal chance.
    #[doc(alias = "Rademacher")]
    pub fn fill_signs<T: Real>(&mut self, out: &mut [T]) {
        for entry in out {
            *entry = if self.bits() >> 63 == 0 { T::ONE } else { -T::ONE };
        }
    }

    /// Puts the entries into a random order, each equally likely.
    ///
    /// # Source
    /// Fisher and Yates, in the form of Durstenfeld, *Algorithm 235* (1964).
    pub fn shuffle<T>(&mut self, entries: &mut [T]) {
        let mut remaining = entries.len();
        while remaining > 1 {
            let chosen = self.below(u32::try_from(remaining).unwrap_or(u32::MAX)) as usize;
            remaining -= 1;
            // the last entry that remains stays where it is if it is chosen itself
            if let Ok([one, last]) = entries.get_disjoint_mut([chosen, remaining]) {
                core::mem::swap(one, last);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_outputs_of_seed_1234567_are_the_published_ones() {
        let mut random = Random::new(1_234_567);
        let published = [6_457_827_717_110_365_317_u64, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        for wanted in published {
            assert_eq!(random.bits(), wanted);
        }
    }

    #[test]
    fn streams_of_one_seed_differ() {
        assert_ne!(Random::stream(2015, 1).bits(), Random::stream(2015, 2).bits());
        assert_ne!(Random::stream(2015, 1).bits(), Random::stream(2016, 1).bits());
    }

    #[test]
    fn normal_numbers_have_the_moments_of_a_normal() {
        let mut random = Random::new(1);
        let n = 100_000;
        let (mut first, mut second, mut fourth) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let x = random.normal();
            first += x;
            second += x * x;
            fourth += x * x * x * x;
        }
        let n = f64::from(n);
        // five standard errors of each moment
        assert!((first / n).abs() < 5.0 * (1.0 / n).sqrt());
        assert!((second / n - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
        assert!((fourth / n - 3.0).abs() < 5.0 * (96.0 / n).sqrt());
    }

    #[test]
    fn a_shuffle_is_a_permutation_and_moves_the_first_entry_everywhere() {
        let mut seen = [0_u32; 5];
        for seed in 0..1000 {
            let mut entries = [0_usize, 1, 2, 3, 4];
            Random::new(seed).shuffle(&mut entries);
            let mut sorted = entries;
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4]);
            seen[entries.iter().position(|&e| e == 0).unwrap()] += 1;
        }
        assert!(seen.iter().all(|&count| (140..260).contains(&count)), "{seen:?}");
    }

    #[test]
    fn below_stays_below_and_reaches_every_number() {
        let mut random = Random::new(3);
        let mut seen = [false; 7];
        for _ in 0..200 {
            seen[random.below(7) as usize] = true;
        }
        assert_eq!(seen, [true; 7]);
        assert_eq!(random.below(0), 0);
        assert_eq!(random.below(1), 0);
    }
}
