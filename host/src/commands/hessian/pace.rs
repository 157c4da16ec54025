//! How long the products take, said once their pace is known.

use std::cell::Cell;
use std::time::Instant;

use indicatif::ProgressBar;

use crate::work::{FIRST, Forecast};

/// A number of products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Products {
    /// What is expected.
    pub expected: u64,
    /// The most there may be.
    pub most: u64,
}

impl Products {
    /// So many products, no more and no fewer.
    pub const fn of(count: u64) -> Self {
        Self { expected: count, most: count }
    }
}

impl std::ops::Add for Products {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { expected: self.expected + other.expected, most: self.most + other.most }
    }
}

/// All products that a run takes, as they are made.
#[derive(Debug)]
pub struct Pace {
    products: Products,
    memory: u128,
    started: Instant,
    done: Cell<u64>,
    announced: Cell<bool>,
}

impl Pace {
    /// From now on so many products, in a run that needs `memory` bytes; nothing more is said where it was `announced`.
    pub fn new(products: Products, memory: u128, announced: bool) -> Self {
        Self {
            products,
            memory,
            started: Instant::now(),
            done: Cell::new(0),
            announced: Cell::new(announced),
        }
    }

    /// Counts products, and says after a second how long all take, if that is long; `bar` makes room for it.
    pub fn done(&self, products: u64, bar: &ProgressBar) {
        self.done.set(self.done.get() + products);
        let passed = self.started.elapsed().as_secs_f64();
        if passed >= FIRST && !self.announced.replace(true) {
            bar.suspend(|| self.forecast(passed).announce("hessian", self.memory));
        }
    }

    /// How long all products take, where those made have taken `passed` seconds.
    fn forecast(&self, passed: f64) -> Forecast {
        let done = self.done.get().max(1);
        let seconds = |products: u64| passed / done as f64 * products.max(done) as f64;
        Forecast { expected: seconds(self.products.expected), most: seconds(self.products.most) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_of_the_first_products_is_that_of_all() {
        let pace = Pace::new(Products { expected: 40, most: 1000 } + Products::of(60), 1, false);
        pace.done(20, &ProgressBar::hidden());
        assert_eq!(pace.forecast(2.0), Forecast { expected: 10.0, most: 106.0 });
        pace.done(180, &ProgressBar::hidden());
        assert_eq!(pace.forecast(20.0), Forecast { expected: 20.0, most: 106.0 });
    }
}
