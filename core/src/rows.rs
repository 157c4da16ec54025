//! The rows of a matrix that is a slice.

/// The rows of n entries of a row-major matrix, the last only if it is whole; none of no entries.
///
/// Unlike `chunks_exact` it divides nothing, so that no optimiser has to see that n is not 0.
pub(crate) fn rows<T>(matrix: &[T], n: usize) -> impl Iterator<Item = &[T]> {
    let mut rest = matrix;
    core::iter::from_fn(move || {
        let (row, tail) = rest.split_at_checked(n).filter(|_| n > 0)?;
        rest = tail;
        Some(row)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_one_another_and_end() {
        let mut found = rows(&[1, 2, 3, 4, 5], 2);
        assert_eq!([found.next(), found.next(), found.next()], [Some(&[1, 2][..]), Some(&[3, 4][..]), None]);
        assert_eq!(rows(&[1, 2], 0).count(), 0);
    }
}
