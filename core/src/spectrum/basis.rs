//! A growing orthonormal basis in memory of the caller: what Krylov methods keep.

#[cfg(test)]
extern crate std;

use crate::length::copy;
use crate::random::Random;
use crate::real::Real;

/// Partial sums of a dot product: a fixed order that a compiler can run side by side.
const LANES: usize = 8;

/// a·b in double precision, in [`LANES`] partial sums: entry i goes to sum i mod 8, and the sums are
/// added in order. The same bits on every machine.
pub(crate) fn dot<T: Real>(a: &[T], b: &[T]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a_lanes, b_lanes) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = crate::cost::dot(a_lanes.remainder(), b_lanes.remainder());
    for (a, b) in a_lanes.zip(b_lanes) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a.to_f64() * b.to_f64();
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// |a| by the same sums.
pub(crate) fn norm<T: Real>(a: &[T]) -> f64 {
    libm::sqrt(dot(a, a))
}

/// w ← w − share·v.
fn subtract<T: Real>(w: &mut [T], share: f64, v: &[T]) {
    let share = T::from_f64(share);
    for (w, v) in w.iter_mut().zip(v) {
        *w -= share * *v;
    }
}

/// v ← v / length.
pub(crate) fn divide<T: Real>(v: &mut [T], length: f64) {
    for entry in v {
        *entry = T::from_f64(entry.to_f64() / length);
    }
}

/// Takes from `w` its parts along the unit rows of `basis`, one row after the other.
fn take_out<T: Real>(basis: &[T], w: &mut [T], each: &mut impl FnMut(usize, f64)) {
    for (index, row) in basis.chunks_exact(w.len().max(1)).enumerate() {
        let share = dot(row, w);
        subtract(w, share, row);
        each(index, share);
    }
}

/// Takes from `w` its parts along the unit rows of `basis`, calls `each` with every part's row and size, and returns
/// the length of what is left: orthogonal to rounding, unless almost nothing is left.
///
/// `w` has the length `length`, and most of it is expected along the rows from `first` on, which are taken out once
/// beforehand. All rows are taken out again where the first time has left less than a half, for then the rounding of
/// what was taken out is not small beside it. Modified Gram–Schmidt.
///
/// # Source
/// Daniel, Gragg, Kaufman, Stewart, *Reorthogonalization and stable algorithms for updating the Gram–Schmidt QR
/// factorization* (1976), with a half in their criterion.
pub(crate) fn orthogonalise<T: Real>(
    basis: &[T],
    (w, length): (&mut [T], f64),
    first: usize,
    mut each: impl FnMut(usize, f64),
) -> f64 {
    let mut before = length;
    if basis.is_empty() {
        return before;
    }
    if let Some(likely) = basis.get(first * w.len()..).filter(|rows| !rows.is_empty()) {
        take_out(likely, w, &mut |index, share| each(first + index, share));
        before = norm(w);
    }
    take_out(basis, w, &mut each);
    let left = norm(w);
    if left >= 0.5 * before {
        return left;
    }
    take_out(basis, w, &mut each);
    norm(w)
}

/// The row of `rows` after the first `count` of n entries, and those before it.
pub(crate) fn next<T>(rows: &mut [T], n: usize, count: usize) -> (&mut [T], &mut [T]) {
    let (before, after) = rows.split_at_mut_checked(count * n).unwrap_or((&mut [], &mut []));
    (before, after.get_mut(..n).unwrap_or(&mut []))
}

/// Writes a random unit vector orthogonal to the first `count` rows as the next row.
///
/// `false` if none was found: the rows span all n directions.
pub(crate) fn fresh<T: Real>(rows: &mut [T], n: usize, count: usize, random: &mut Random) -> bool {
    if count >= n {
        return false;
    }
    let (before, row) = next(rows, n, count);
    // a draw has a share of √((n − count)/n) outside the rows; a second one is hardly ever needed
    for _ in 0..4 {
        random.fill_normal(row);
        let drawn = norm(row);
        let left = orthogonalise(before, (row, drawn), count, |_, _| {});
        if left > 1e-3 * drawn / libm::sqrt(n as f64) {
            divide(row, left);
            let length = orthogonalise(before, (row, 1.0), count, |_, _| {});
            divide(row, length);
            return true;
        }
    }
    false
}

/// Adds Σ factors[j]·row j to `out`, in the order of the rows, four at a time.
fn add_rows<T: Real>(out: &mut [T], factors: &[T], rows: &[T]) {
    let width = out.len().max(1);
    for (factors, rows) in factors.chunks(4).zip(rows.chunks(4 * width)) {
        let mut each = rows.chunks_exact(width);
        if let ([a, b, c, d], Some(first), Some(second), Some(third), Some(fourth)) =
            (factors, each.next(), each.next(), each.next(), each.next())
        {
            let rows = first.iter().zip(second).zip(third).zip(fourth);
            for (out, (((first, second), third), fourth)) in out.iter_mut().zip(rows) {
                *out = *out + *a * *first + *b * *second + *c * *third + *d * *fourth;
            }
            continue;
        }
        for (factor, row) in factors.iter().zip(rows.chunks_exact(width)) {
            for (out, entry) in out.iter_mut().zip(row) {
                *out += *factor * *entry;
            }
        }
    }
}

/// Replaces the first rows by combinations of the first `count`: new row i = Σ factors[i][j]·row j.
///
/// `factors` holds rows of `count` entries; `columns` at least `count` entries, overwritten: the more, the sooner.
pub(crate) fn combine<T: Real>(rows: &mut [T], n: usize, count: usize, factors: &[T], columns: &mut [T]) {
    let count = count.max(1);
    let width = columns.len() / count;
    let mut place = 0;
    while place < n && width > 0 {
        let places = place..n.min(place + width);
        for (columns, row) in
            columns.chunks_exact_mut(places.len().max(1)).zip(rows.chunks_exact(n.max(1))).take(count)
        {
            copy(row.get(places.clone()).unwrap_or(&[]), columns);
        }
        for (factors, row) in factors.chunks_exact(count).zip(rows.chunks_exact_mut(n.max(1))) {
            let out = row.get_mut(places.clone()).unwrap_or(&mut []);
            out.fill(T::ZERO);
            add_rows(out, factors, columns);
        }
        place = places.end;
    }
}

/// Q·diag(values)·Qᵀ with a random orthogonal Q: a matrix whose spectrum is known.
#[cfg(test)]
pub(crate) fn turned(values: &[f64], seed: u64) -> std::vec::Vec<f64> {
    let n = values.len();
    let (mut rows, mut random) = (std::vec![0.0; n * n], Random::new(seed));
    (0..n).for_each(|index| assert!(fresh(&mut rows, n, index, &mut random)));
    let mut matrix = std::vec![0.0; n * n];
    for (value, row) in values.iter().zip(rows.chunks_exact(n)) {
        for (i, a) in row.iter().enumerate() {
            for (j, b) in row.iter().enumerate() {
                matrix[i * n + j] += value * a * b;
            }
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_in_lanes_counts_every_entry_once() {
        let a: [f64; 19] = core::array::from_fn(|i| i as f64);
        assert_eq!(dot(&a, &a), (0..19).map(|i| f64::from(i * i)).sum::<f64>());
    }

    #[test]
    fn fresh_rows_fill_the_space_and_then_end() {
        let mut rows = [0.0_f64; 12];
        let mut random = Random::new(1);
        for count in 0..3 {
            assert!(fresh(&mut rows, 3, count, &mut random));
        }
        assert!(!fresh(&mut rows, 3, 3, &mut random));
        for i in 0..3 {
            for j in 0..3 {
                let product = dot(&rows[3 * i..3 * i + 3], &rows[3 * j..3 * j + 3]);
                assert!((product - f64::from(i == j)).abs() < 1e-14);
            }
        }
    }

    /// Whatever memory there is for columns, each entry is the sum in the order of the rows.
    #[test]
    fn combinations_do_not_depend_on_how_many_columns_are_taken_at_a_time() {
        let (n, count) = (23, 7);
        let mut random = Random::new(5);
        let (mut rows, mut factors) = (std::vec![0.0_f32; n * count], std::vec![0.0_f32; 3 * count]);
        random.fill_normal(&mut rows);
        random.fill_normal(&mut factors);
        let mut wanted = std::vec::Vec::new();
        for factors in factors.chunks(count) {
            for place in 0..n {
                let terms = factors.iter().enumerate().map(|(row, factor)| factor * rows[row * n + place]);
                wanted.push(terms.fold(0.0, |sum, term| sum + term));
            }
        }
        for columns in [count, 2 * count + 3, 50 * count] {
            let mut rows = rows.clone();
            combine(&mut rows, n, count, &factors, &mut std::vec![0.0; columns]);
            assert_eq!(rows[..3 * n], wanted, "{columns}");
        }
    }

    #[test]
    fn combinations_are_written_over_the_rows() {
        let mut rows = [1.0, 2.0, 10.0, 20.0, 100.0, 200.0];
        combine(&mut rows, 2, 3, &[0.0, 1.0, 1.0, 2.0, 0.0, 0.0], &mut [0.0; 3]);
        assert_eq!(rows[..4], [110.0, 220.0, 2.0, 4.0]);
    }
}
