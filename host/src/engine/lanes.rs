//! Memory for lanes that begins where a line of the cache does: a read of 64 bytes is one read then, and not two.

use std::ops::{Deref, DerefMut};

use aligned_vec::{AVec, ConstAlign};
use thalweg_core::real::Real;

use crate::engine::tile::{LANES, Lane};

/// The bytes of a line of the cache.
const LINE: usize = 64;

/// Lanes in memory of their own.
#[derive(Clone, Debug)]
pub struct Lanes<T>(AVec<Lane<T>, ConstAlign<LINE>>);

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self(AVec::new(LINE))
    }
}

impl<T: Real> Lanes<T> {
    /// So many lanes of zeros.
    #[must_use]
    pub fn zeros(count: usize) -> Self {
        let mut lanes = Self::default();
        lanes.resize(count);
        lanes
    }

    /// Makes these so many lanes: zeros where there were none.
    pub fn resize(&mut self, count: usize) {
        self.0.resize(count, [T::ZERO; LANES]);
    }

    /// Makes these at least so many lanes.
    pub fn grow(&mut self, count: usize) {
        if self.len() < count {
            self.resize(count);
        }
    }

    /// Makes these so many lanes of zeros.
    pub fn reset(&mut self, count: usize) {
        self.clear();
        self.resize(count);
    }

    /// Makes these no lanes.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<T> Deref for Lanes<T> {
    type Target = [Lane<T>];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> DerefMut for Lanes<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_begins_with_a_line_of_the_cache_and_keeps_what_it_held() {
        let mut lanes = Lanes::<f32>::zeros(3);
        lanes[2][5] = 7.0;
        for count in [3, 40, 1000] {
            lanes.grow(count);
            assert_eq!((lanes.as_ptr() as usize % LINE, lanes.len(), lanes[2][5]), (0, count, 7.0));
        }
        lanes.grow(5);
        assert_eq!(lanes.len(), 1000);
        lanes.reset(4);
        assert_eq!((lanes.len(), lanes[2][5]), (4, 0.0));
    }
}
