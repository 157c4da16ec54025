//! Lines and planes whose weights are formed as they are read: for a device that holds θ₀ in flash and has no
//! memory for a moved θ, nor for a direction.
//!
//! One example at a time. The layers that read the example leave three rows of pre-activations (two for a
//! line), computed once for all grid points; each later weight is (θ₀ + b·y) + a·x for the instant of its
//! product. A direction is a slice, in flash or memory, or comes from the seeded generator, entry by entry.
//! The bits are those of [`restriction`](crate::subspace::restriction), which keeps the formed weights of a layer.

use core::ops::Range;

use crate::cost::norm;
use crate::engine::Exact;
use crate::examples::{Chunk, Examples};
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::network::operation::{Affine, Kind};
use crate::network::{Network, View};
use crate::random::Random;
use crate::real::Real;
use crate::rules::loss::Tally;
use crate::sweep::{Sweep, part, part_mut};

/// A direction through parameter space, read row by row.
pub trait Direction<T> {
    /// The entries of one row of a weight, or of a bias, that stands at `range` of θ.
    fn row(&self, range: Range<usize>, is_bias: bool) -> impl Iterator<Item = T>;

    /// Answers whether the direction has as many entries as are needed; one that is generated always has.
    ///
    /// # Errors
    /// [`WrongLength`], naming the argument, if it has not.
    fn expect(&self, _argument: &'static str, _needed: usize) -> Result<(), WrongLength> {
        Ok(())
    }
}

impl<T: Real> Direction<T> for &[T] {
    fn row(&self, range: Range<usize>, _: bool) -> impl Iterator<Item = T> {
        part(self, range).iter().copied()
    }

    fn expect(&self, argument: &'static str, needed: usize) -> Result<(), WrongLength> {
        expect_length(argument, self, needed)
    }
}

/// The direction that [`direction::random`](crate::subspace::direction::random) writes for a seed and a purpose, with no
/// memory of it. An entry costs a logarithm and a cosine each time it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// The seed.
    pub seed: u64,
    /// What the direction is for: another purpose, another direction.
    pub purpose: u64,
}

impl Seeded {
    fn entries<T: Real>(&self, range: Range<usize>) -> impl Iterator<Item = T> + use<T> {
        let mut random = Random::stream(self.seed, self.purpose).after(2 * range.start as u64);
        range.map(move |_| T::from_f64(random.normal()))
    }
}

impl<T: Real> Direction<T> for Seeded {
    fn row(&self, range: Range<usize>, _: bool) -> impl Iterator<Item = T> {
        self.entries(range)
    }
}

/// A seeded direction whose rows have the length of θ's, and whose biases are 0: what
/// [`direction::normalise`](crate::subspace::direction::normalise) makes of it by filters. Each row is drawn twice.
#[derive(Clone, Copy, Debug)]
pub struct FilterNormalised<'t, T> {
    /// The direction before it is scaled.
    pub seeded: Seeded,
    /// θ₀.
    pub theta: &'t [T],
}

impl<T: Real> Direction<T> for FilterNormalised<'_, T> {
    fn row(&self, range: Range<usize>, is_bias: bool) -> impl Iterator<Item = T> {
        let mut square = 0.0;
        for entry in self.seeded.entries::<T>(if is_bias { 0..0 } else { range.clone() }) {
            square += entry.to_f64() * entry.to_f64();
        }
        let length = libm::sqrt(square);
        let factor = if length > 0.0 { norm(part(self.theta, range.clone())) / length } else { 0.0 };
        self.seeded
            .entries::<T>(range)
            .map(move |entry| if is_bias { T::ZERO } else { T::from_f64(entry.to_f64() * factor) })
    }
}

impl View<'_> {
    /// The numbers of memory that [`costs`] needs for a line (`directions` 1) or a plane (2).
    #[must_use]
    pub const fn on_the_fly_rows(&self, directions: usize) -> usize {
        self.register_rows() + self.cached_rows() * (directions + 1)
    }
}

impl<const N: usize> Network<N> {
    /// The numbers of memory that [`costs`] needs for a line (`directions` 1) or a plane (2).
    #[must_use]
    pub const fn on_the_fly_rows(&self, directions: usize) -> usize {
        self.view().on_the_fly_rows(directions)
    }
}

/// A line or a plane through θ₀.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a, T, X, Y> {
    /// θ₀ (n).
    pub origin: &'a [T],
    /// The direction of a.
    pub x: X,
    /// The direction of b; `None` for a line.
    pub y: Option<Y>,
}

impl<T: Real, X: Direction<T>, Y: Direction<T>> Plane<'_, T, X, Y> {
    /// y ← bias + W·x of one layer at the point (a, b).
    fn layer(&self, (affine, width): (&Affine, usize), (a, b): (T, T), x: &[T], out: &mut [T]) {
        let origin = self.origin;
        if let Some(y) = &self.y {
            product((affine, width), x, out, |range, is_bias| {
                let entries = origin.row(range.clone(), is_bias).zip(y.row(range.clone(), is_bias));
                entries.zip(self.x.row(range, is_bias)).map(move |((origin, y), x)| (origin + b * y) + a * x)
            });
        } else {
            product((affine, width), x, out, |range, is_bias| {
                let entries = origin.row(range.clone(), is_bias).zip(self.x.row(range, is_bias));
                entries.map(move |(origin, x)| origin + a * x)
            });
        }
    }

    /// P₀, P₁ and P₂ of one layer that reads the example; the last is missing on a line.
    fn products(&self, layer: (&Affine, usize), x: &[T], [p0, p1, p2]: [&mut [T]; 3]) {
        product(layer, x, p0, |range, is_bias| self.origin.row(range, is_bias));
        product(layer, x, p1, |range, is_bias| self.x.row(range, is_bias));
        if let Some(y) = &self.y {
            product(layer, x, p2, |range, is_bias| y.row(range, is_bias));
        }
    }

    /// y ← (P₀ + b·P₂) + a·P₁.
    fn combine(&self, (a, b): (T, T), [p0, p1, p2]: [&[T]; 3], out: &mut [T]) {
        if self.y.is_some() {
            for (((out, p0), p1), p2) in out.iter_mut().zip(p0).zip(p1).zip(p2) {
                *out = (*p0 + b * *p2) + a * *p1;
            }
        } else {
            for ((out, p0), p1) in out.iter_mut().zip(p0).zip(p1) {
                *out = *p0 + a * *p1;
            }
        }
    }
}

/// y ← bias + W·x (or Wᵀ·x), with the rows of W and the bias from `entries`.
fn product<T: Real, I: Iterator<Item = T>>(
    (affine, width): (&Affine, usize),
    x: &[T],
    out: &mut [T],
    entries: impl Fn(Range<usize>, bool) -> I,
) {
    out.fill(T::ZERO);
    if let Some(bias) = affine.bias {
        for (out, bias) in out.iter_mut().zip(entries(bias..bias + width, true)) {
            *out = bias;
        }
    }
    for row in 0..affine.rows {
        let start = affine.weight + row * affine.columns;
        let weights = entries(start..start + affine.columns, false);
        if affine.is_transposed() {
            let Some(x) = x.get(row) else { return };
            for (out, weight) in out.iter_mut().zip(weights) {
                *out += weight * *x;
            }
        } else {
            let Some(out) = out.get_mut(row) else { return };
            let mut sum = *out;
            for (x, weight) in x.iter().zip(weights) {
                sum += weight * *x;
            }
            *out = sum;
        }
    }
}

/// Adds the losses at every point of a grid to `tallies`: examples outside, points inside.
///
/// | argument   | shape                          |                                                         |
/// |------------|--------------------------------|---------------------------------------------------------|
/// | `xs`, `ys` | columns, rows of the grid      | a and b; on a line `ys` has one entry, which is not read |
/// | `memory`   | [`View::on_the_fly_rows`]      | overwritten                                             |
/// | `tallies`  | columns·rows                   | the point (`xs[i]`, `ys[j]`) at j·columns + i            |
///
/// # Errors
/// [`WrongLength`] if a slice does not fit; nothing is written then.
pub fn costs<T: Real, X: Direction<T>, Y: Direction<T>>(
    network: View<'_>,
    examples: &Examples<'_, T>,
    plane: &Plane<'_, T, X, Y>,
    (xs, ys): (&[T], &[T]),
    memory: &mut [T],
    tallies: &mut [Tally],
) -> Result<(), WrongLength> {
    let directions = if plane.y.is_some() { 2 } else { 1 };
    expect_length("origin", plane.origin, network.parameters())?;
    plane.x.expect("x", network.parameters())?;
    if let Some(y) = &plane.y {
        y.expect("y", network.parameters())?;
    }
    expect_length("tallies", tallies, xs.len() * ys.len())?;
    expect_at_least("memory", memory, network.on_the_fly_rows(directions))?;
    let cached = network.cached_rows();
    let (registers, rest) =
        memory.split_at_mut_checked(network.register_rows()).unwrap_or((&mut [], &mut []));
    let (p0, rest) = rest.split_at_mut_checked(cached).unwrap_or((&mut [], &mut []));
    let (p1, p2) = rest.split_at_mut_checked(cached).unwrap_or((&mut [], &mut []));
    for example in 0..examples.count() {
        let (inputs, _) = examples.input(example).as_chunks::<1>();
        let chunk = Chunk { inputs, targets: examples.targets_from(example), examples: 1 };
        let sweep = Sweep::new(network, plane.origin, chunk)?;
        fixed(&sweep, plane, registers, [&mut *p0, &mut *p1, &mut *p2]);
        for (&b, row) in ys.iter().zip(tallies.chunks_exact_mut(xs.len().max(1))) {
            for (&a, tally) in xs.iter().zip(row) {
                point(&sweep, plane, (a, b), registers, [&*p0, &*p1, &*p2]);
                sweep.tally(&mut Exact, registers.as_chunks::<1>().0, tally);
            }
        }
    }
    Ok(())
}

/// Computes what does not change over the plane: the registers without θ, and the products.
fn fixed<T: Real, X: Direction<T>, Y: Direction<T>>(
    sweep: &Sweep<'_, T, 1>,
    plane: &Plane<'_, T, X, Y>,
    registers: &mut [T],
    products: [&mut [T]; 3],
) {
    let (registers, _) = registers.as_chunks_mut::<1>();
    let [p0, p1, p2] = products;
    let mut first = 0;
    for operation in sweep.network.operations() {
        match operation.kind {
            Kind::Affine(affine) if !sweep.network.is_active(operation.from) => {
                let place = first..first + operation.width;
                let x = sweep.read(registers, operation.from).as_flattened();
                let parts = [&mut *p0, &mut *p1, &mut *p2].map(|product| part_mut(product, place.clone()));
                plane.products((&affine, operation.width), x, parts);
                first += operation.width;
            }
            _ if operation.active => {}
            _ => sweep.forward_plain(&mut Exact, operation, registers),
        }
    }
}

/// Computes every register that depends on θ at one point.
fn point<T: Real, X: Direction<T>, Y: Direction<T>>(
    sweep: &Sweep<'_, T, 1>,
    plane: &Plane<'_, T, X, Y>,
    at: (T, T),
    registers: &mut [T],
    products: [&[T]; 3],
) {
    let (registers, _) = registers.as_chunks_mut::<1>();
    let mut first = 0;
    for operation in sweep.network.operations().iter().filter(|operation| operation.active) {
        let Kind::Affine(affine) = operation.kind else {
            sweep.forward_plain(&mut Exact, operation, registers);
            continue;
        };
        let Some((low, high)) = registers.split_at_mut_checked(operation.offset) else { return };
        let out = part_mut(high, 0..operation.width).as_flattened_mut();
        if sweep.network.is_active(operation.from) {
            let x = sweep.read(low, operation.from).as_flattened();
            plane.layer((&affine, operation.width), at, x, out);
        } else {
            let place = first..first + operation.width;
            plane.combine(at, products.map(|product| part(product, place.clone())), out);
            first += operation.width;
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    use super::*;
    use crate::examples::Targets;
    use crate::network::builder::Builder;
    use crate::network::initialise::{Initialiser, initialise};
    use crate::network::operation::Register;
    use crate::subspace::direction::{self, Normalisation};
    use crate::subspace::restriction::{self, PlaneMemory};

    const RELU: Network<6> =
        Network::input(5).dense(7).relu().dense(4).tanh().dense(3).softmax_cross_entropy();
    const MAXOUT: Network<5> = Network::input(5).tanh().maxout(4, 3).linear(3).squared_error();
    const ENCODER: Builder<6> = Network::input(5).dense(3);
    const TIED: Network<6> = ENCODER.sigmoid().tied(ENCODER.last()).squared_error();
    const MIXED: Network<12> = {
        let gate = Network::input(5).dense(5).sigmoid();
        let value = gate.at(Register::INPUT).dense(5).tanh();
        value.product(gate.last()).sum(Register::INPUT).slice(1, 3).dense(3).softmax_cross_entropy()
    };
    const XS: [f32; 3] = [-0.7, 0.0, 1.3];
    const YS: [f32; 2] = [0.4, -1.1];

    fn on_grid(network: View<'_>, theta: &[f32], plane: (&[f32], Option<&[f32]>)) -> Vec<Tally> {
        let (inputs, labels) = data();
        let examples = Examples::new(&network, &inputs, Targets::Labels(&labels)).unwrap();
        let ys = if plane.1.is_some() { &YS[..] } else { &YS[..1] };
        let mut tallies = vec![Tally::default(); XS.len() * ys.len()];
        let mut rows = vec![[0.0; 1]; 2 * network.plane_rows()];
        let mut weights = vec![0.0; network.largest_later_block()];
        let memory = PlaneMemory { rows: &mut rows, weights: &mut weights };
        let plane = restriction::Plane { origin: theta, x: plane.0, y: plane.1 };
        restriction::costs(network, &mut Exact, &examples, plane, (&XS, ys), memory, &mut tallies).unwrap();
        tallies
    }

    fn data() -> (Vec<f32>, [u32; 6]) {
        let mut inputs = vec![0.0; 6 * 5];
        Random::new(11).fill_normal(&mut inputs);
        (inputs, [0, 2, 1, 1, 0, 2])
    }

    fn on_the_fly<X: Direction<f32>, Y: Direction<f32>>(
        network: View<'_>,
        plane: &Plane<'_, f32, X, Y>,
    ) -> Vec<Tally> {
        let (inputs, labels) = data();
        let examples = Examples::new(&network, &inputs, Targets::Labels(&labels)).unwrap();
        let directions = if plane.y.is_some() { 2 } else { 1 };
        let ys = &YS[..directions];
        let mut tallies = vec![Tally::default(); XS.len() * ys.len()];
        let mut memory = vec![f32::NAN; network.on_the_fly_rows(directions)];
        costs(network, &examples, plane, (&XS, ys), &mut memory, &mut tallies).unwrap();
        tallies
    }

    fn networks() -> [View<'static>; 4] {
        [RELU.view(), MAXOUT.view(), TIED.view(), MIXED.view()]
    }

    fn theta(network: View<'_>) -> Vec<f32> {
        let mut theta = vec![0.0; network.parameters()];
        initialise(&network, Initialiser::NormalEverywhere(0.6), 4, &mut theta).unwrap();
        theta
    }

    #[test]
    fn planes_and_lines_along_slices_have_the_bits_of_the_restriction() {
        for network in networks() {
            let theta = theta(network);
            let (mut x, mut y) = (theta.clone(), theta.clone());
            direction::random(2015, 2, &mut x);
            direction::random(2015, 3, &mut y);
            let plane = Plane { origin: &theta, x: &x[..], y: Some(&y[..]) };
            assert_eq!(on_the_fly(network, &plane), on_grid(network, &theta, (&x, Some(&y))));
            let line = Plane { y: None::<&[f32]>, ..plane };
            assert_eq!(on_the_fly(network, &line), on_grid(network, &theta, (&x, None)));
        }
    }

    #[test]
    fn seeded_directions_are_those_that_are_written_down() {
        for network in networks() {
            let theta = theta(network);
            let (mut x, mut y) = (theta.clone(), theta.clone());
            direction::random(7, 2, &mut x);
            direction::random(7, 3, &mut y);
            direction::normalise(&network, Normalisation::Filter, false, &theta, &mut y).unwrap();
            let scaled = FilterNormalised { seeded: Seeded { seed: 7, purpose: 3 }, theta: &theta };
            let plane = Plane { origin: &theta, x: Seeded { seed: 7, purpose: 2 }, y: Some(scaled) };
            assert_eq!(on_the_fly(network, &plane), on_grid(network, &theta, (&x, Some(&y))));
        }
    }

    #[test]
    fn a_short_direction_is_named_and_nothing_is_written() {
        let theta = theta(RELU.view());
        let (inputs, labels) = data();
        let examples = Examples::new(&RELU.view(), &inputs, Targets::Labels(&labels)).unwrap();
        let plane = Plane { origin: &theta, x: &theta[1..], y: None::<Seeded> };
        let (mut memory, mut tallies) = (vec![7.0; RELU.on_the_fly_rows(1)], [Tally::default()]);
        let error = costs(RELU.view(), &examples, &plane, (&[0.5], &[0.0]), &mut memory, &mut tallies);
        let needed = theta.len();
        assert_eq!(error, Err(WrongLength { argument: "x", needed, found: needed - 1 }));
        assert!(memory.iter().all(|&number| number == 7.0));
    }

    #[test]
    fn a_plane_takes_its_registers_and_three_rows() {
        assert_eq!(RELU.on_the_fly_rows(2), (7 + 4 + 3) + 3 * 7);
        assert_eq!(RELU.on_the_fly_rows(1), (7 + 4 + 3) + 2 * 7);
    }
}
