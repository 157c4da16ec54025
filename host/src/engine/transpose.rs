//! Blocks of numbers turned round.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use thalweg_core::real::Real;

use crate::engine::tile::{LANES, Lane};

/// Numbers that one thread moves sooner than several.
pub const ALONE: usize = 1 << 17;

/// The side of a block that is turned round in registers.
const SIDE: usize = 16;

/// A scalar whose square blocks can be turned round.
pub trait Turn: Copy {
    /// `out[c][r] = in[r][c]`.
    #[inline(always)]
    fn turn(block: [[Self; SIDE]; SIDE]) -> [[Self; SIDE]; SIDE] {
        turn_entries(block)
    }
}

#[inline(always)]
fn turn_entries<T: Copy>(block: [[T; SIDE]; SIDE]) -> [[T; SIDE]; SIDE] {
    let mut out = block;
    for (r, row) in block.iter().enumerate() {
        for (c, entry) in row.iter().enumerate() {
            out[c][r] = *entry;
        }
    }
    out
}

impl Turn for f64 {}

impl Turn for f32 {
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn turn(block: [[Self; SIDE]; SIDE]) -> [[Self; SIDE]; SIDE] {
        let Some(simd) = pulp::x86::V4::try_new() else { return turn_entries(block) };
        let avx = simd.avx512f;
        let mut rows = [avx._mm512_setzero_ps(); SIDE];
        for (row, entries) in rows.iter_mut().zip(block) {
            *row = pulp::cast(entries);
        }
        let (mut pairs, mut fours) = (rows, rows);
        for two in 0..8 {
            pairs[2 * two] = avx._mm512_unpacklo_ps(rows[2 * two], rows[2 * two + 1]);
            pairs[2 * two + 1] = avx._mm512_unpackhi_ps(rows[2 * two], rows[2 * two + 1]);
        }
        for four in 0..4 {
            let a = avx._mm512_castps_pd(pairs[4 * four]);
            let b = avx._mm512_castps_pd(pairs[4 * four + 1]);
            let c = avx._mm512_castps_pd(pairs[4 * four + 2]);
            let d = avx._mm512_castps_pd(pairs[4 * four + 3]);
            fours[4 * four] = avx._mm512_castpd_ps(avx._mm512_unpacklo_pd(a, c));
            fours[4 * four + 1] = avx._mm512_castpd_ps(avx._mm512_unpackhi_pd(a, c));
            fours[4 * four + 2] = avx._mm512_castpd_ps(avx._mm512_unpacklo_pd(b, d));
            fours[4 * four + 3] = avx._mm512_castpd_ps(avx._mm512_unpackhi_pd(b, d));
        }
        // quarter q of fours[4g + c] holds column 4q + c of the rows from 4g on
        let mut out = block;
        for c in 0..4 {
            let even = avx._mm512_shuffle_f32x4::<0b10_00_10_00>(fours[c], fours[4 + c]);
            let odd = avx._mm512_shuffle_f32x4::<0b11_01_11_01>(fours[c], fours[4 + c]);
            let even_below = avx._mm512_shuffle_f32x4::<0b10_00_10_00>(fours[8 + c], fours[12 + c]);
            let odd_below = avx._mm512_shuffle_f32x4::<0b11_01_11_01>(fours[8 + c], fours[12 + c]);
            out[c] = pulp::cast(avx._mm512_shuffle_f32x4::<0b10_00_10_00>(even, even_below));
            out[4 + c] = pulp::cast(avx._mm512_shuffle_f32x4::<0b10_00_10_00>(odd, odd_below));
            out[8 + c] = pulp::cast(avx._mm512_shuffle_f32x4::<0b11_01_11_01>(even, even_below));
            out[12 + c] = pulp::cast(avx._mm512_shuffle_f32x4::<0b11_01_11_01>(odd, odd_below));
        }
        out
    }
}

/// `out[c][r] = in[r][c]`; large ones by several threads.
pub fn transpose<T: Real + Turn>(rows: usize, columns: usize, entries: &[T], out: &mut [T]) {
    let arch = Arch::new();
    let work = |(block, out): (usize, &mut [T])| {
        arch.dispatch(Transpose { entries, place: (block * SIDE, rows, columns), out });
    };
    if out.len() < ALONE {
        out.chunks_mut(SIDE * rows).enumerate().for_each(work);
    } else {
        out.par_chunks_mut(SIDE * rows).enumerate().for_each(work);
    }
}

/// Some columns, of which the first is given with the rows and columns of all entries.
struct Transpose<'a, T> {
    entries: &'a [T],
    place: (usize, usize, usize),
    out: &'a mut [T],
}

impl<T: Real + Turn> WithSimd for Transpose<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { entries, place: (first, rows, columns), out } = self;
        let width = SIDE.min(columns - first);
        for first_row in (0..rows).step_by(SIDE) {
            let height = SIDE.min(rows - first_row);
            let mut block = [[T::ZERO; SIDE]; SIDE];
            let rows_of_entries = entries[first_row * columns..].chunks_exact(columns);
            for (block, row) in block.iter_mut().zip(rows_of_entries) {
                let row = &row[first..first + width];
                match <&[T; SIDE]>::try_from(row) {
                    Ok(row) => *block = *row,
                    Err(_) => block[..width].copy_from_slice(row),
                }
            }
            let turned = T::turn(block);
            for (out, column) in out.chunks_exact_mut(rows).zip(&turned) {
                let out = &mut out[first_row..first_row + height];
                match <&mut [T; SIDE]>::try_from(&mut *out) {
                    Ok(out) => *out = *column,
                    Err(_) => out.copy_from_slice(&column[..height]),
                }
            }
        }
    }
}

/// `out[step·e][c] = in[c][e]`: up to [`LANES`] rows of a panel become a lane for each of its examples.
#[inline(always)]
pub fn lanes_of_examples<T: Real + Turn>(rows: &[Lane<T>], step: usize, out: &mut [Lane<T>]) {
    for (first_row, rows) in rows.chunks(SIDE).enumerate().take(LANES / SIDE) {
        for first_example in (0..LANES).step_by(SIDE) {
            let mut block = [[T::ZERO; SIDE]; SIDE];
            for (block, row) in block.iter_mut().zip(rows) {
                block.copy_from_slice(&row[first_example..first_example + SIDE]);
            }
            let turned = T::turn(block);
            let out = out[first_example * step..].iter_mut().step_by(step);
            for (out, turned) in out.zip(turned) {
                out[first_row * SIDE..(first_row + 1) * SIDE].copy_from_slice(&turned);
            }
        }
    }
}

/// `out[step·c][r] = rows[r][c]`: up to [`LANES`] rows of `columns` numbers become a lane for each column.
#[inline(always)]
pub fn lanes_of_columns<T: Real + Turn>(rows: &[T], columns: usize, step: usize, out: &mut [Lane<T>]) {
    for first in (0..columns).step_by(LANES) {
        let width = LANES.min(columns - first);
        let mut block = [[T::ZERO; LANES]; LANES];
        for (block, row) in block.iter_mut().zip(rows.chunks_exact(columns)) {
            if width == LANES {
                block.copy_from_slice(&row[first..first + LANES]);
            } else {
                block[..width].copy_from_slice(&row[first..]);
            }
        }
        lanes_of_examples(&block, step, &mut out[first * step..]);
    }
}

/// `rows[r][c] = in[step·c][r]`: the way back from [`lanes_of_columns`].
#[inline(always)]
pub fn columns_of_lanes<T: Real + Turn>(lanes: &[Lane<T>], step: usize, columns: usize, rows: &mut [T]) {
    let (mut block, mut turned) = ([[T::ZERO; LANES]; LANES], [[T::ZERO; LANES]; LANES]);
    for first in (0..columns).step_by(LANES) {
        let width = LANES.min(columns - first);
        for (block, lane) in block.iter_mut().zip(lanes[first * step..].iter().step_by(step)) {
            *block = *lane;
        }
        lanes_of_examples(&block[..width], 1, &mut turned);
        for (row, turned) in rows.chunks_exact_mut(columns).zip(&turned) {
            row[first..first + width].copy_from_slice(&turned[..width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_of_any_shape_is_turned_round_and_back_from_lanes() {
        for (rows, columns) in [(1, 1), (16, 32), (33, 17), (5, 70), (600, 450)] {
            let entries: Vec<f32> = (0..rows * columns).map(|index| index as f32).collect();
            let mut turned = vec![0.0; entries.len()];
            transpose(rows, columns, &entries, &mut turned);
            for (place, entry) in turned.iter().enumerate() {
                assert_eq!(*entry, entries[place % rows * columns + place / rows]);
            }
            let rows = rows.min(LANES);
            let mut lanes = vec![[0.0; LANES]; columns.next_multiple_of(LANES) * 2];
            lanes_of_columns(&entries[..rows * columns], columns, 2, &mut lanes[1..]);
            let mut back = vec![0.0; rows * columns];
            columns_of_lanes(&lanes[1..], 2, columns, &mut back);
            assert_eq!(back, entries[..rows * columns]);
        }
    }

    #[test]
    fn a_block_is_turned_round_whatever_the_machine() {
        let block: [[f32; SIDE]; SIDE] =
            std::array::from_fn(|r| std::array::from_fn(|c| (r * SIDE + c) as f32));
        let turned = f32::turn(block);
        assert_eq!(turned, turn_entries(block));
        assert_eq!((turned[3][0], turned[0][3], turned[15][7]), (3.0, 48.0, 127.0));
    }
}
