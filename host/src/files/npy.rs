//! Arrays from `.npy` files, checked before they are believed.

use std::io::Read;
use std::path::{Path, PathBuf};

use npyz::{DType, NpyFile, Order, TypeChar};

use crate::memory::{self, TooLarge};

/// Why a `.npy` file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NpyError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The file is no `.npy` file, or is damaged.
    #[error("{path}: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what is needed.
        reason: String,
    },
    /// The array is larger than the memory.
    #[error("{path}: shape {shape:?} {source}")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The shape in its header.
        shape: Vec<usize>,
        /// How much it is.
        source: TooLarge,
    },
    /// The numbers are of a kind that is not read.
    #[error(
        "{path}: holds numbers of type {found}; {wanted} are needed (in Python: numpy.save(name, array.astype('float32')))"
    )]
    Type {
        /// The file.
        path: PathBuf,
        /// The type in the file.
        found: String,
        /// The types that are read.
        wanted: &'static str,
    },
}

/// The numbers of an array, in C order.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// Floating-point numbers of double precision.
    Floats(Vec<f64>),
    /// Floating-point numbers of single precision.
    Singles(Vec<f32>),
    /// Whole numbers.
    Integers(Vec<i128>),
}

/// An array as it stands in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The sizes, the first first.
    pub shape: Vec<usize>,
    /// The numbers in C order, whichever order the file has.
    pub numbers: Numbers,
}

/// Reads an array of floats or integers of any size and byte order.
///
/// # Errors
/// [`NpyError`], naming the file.
pub fn read(path: &Path) -> Result<Array, NpyError> {
    let unread = |source| NpyError::Read { path: path.to_owned(), source };
    let (file, length) = memory::open(path).map_err(unread)?;
    let length = usize::try_from(length).map_err(|_| unread(std::io::ErrorKind::FileTooLarge.into()))?;
    parse(path, file, length)
}

/// Reads an array of `length` bytes; only its numbers are held.
fn parse(path: &Path, mut bytes: impl Read, length: usize) -> Result<Array, NpyError> {
    let mut head = Vec::new();
    let started = bytes.by_ref().take(12).read_to_end(&mut head);
    started.map_err(|source| NpyError::Read { path: path.to_owned(), source })?;
    let damaged = |reason: String| NpyError::Damaged { path: path.to_owned(), reason };
    if head.starts_with(b"PK") {
        return Err(damaged("this is an .npz archive; save one array with numpy.save instead".to_owned()));
    }
    if !head.starts_with(b"\x93NUMPY") {
        return Err(damaged("this is no .npy file: its first bytes are not those of numpy.save".to_owned()));
    }
    let found = length - data_start(&head).map_or(length, |start| start.min(length));
    let file = NpyFile::new(head.chain(bytes))
        .map_err(|error| damaged(format!("its header cannot be read: {error}")))?;
    let DType::Plain(plain) = file.dtype() else {
        return Err(NpyError::Type {
            path: path.to_owned(),
            found: file.dtype().descr(),
            wanted: "plain floats or integers",
        });
    };
    let size = plain.num_bytes().unwrap_or(0);
    let wrong = NpyError::Type {
        path: path.to_owned(),
        found: plain.to_string(),
        wanted: "f4 or f8 floats, or integers",
    };
    let is_float = match (plain.type_char(), size) {
        (TypeChar::Float, 4 | 8) => true,
        (TypeChar::Int | TypeChar::Uint, 1 | 2 | 4 | 8) => false,
        _ => return Err(wrong),
    };
    let mut shape = Vec::new();
    let mut count = Some(1_usize);
    for &length in file.shape() {
        let length = usize::try_from(length)
            .map_err(|_| damaged("its shape is too large to be counted".to_owned()))?;
        count = count.and_then(|count| count.checked_mul(length));
        shape.push(length);
    }
    let needed = count.and_then(|count| count.checked_mul(size));
    match needed {
        Some(needed) if needed == found => {}
        _ => {
            let needed = needed.map_or("more than can be counted".to_owned(), |needed| needed.to_string());
            let word = if needed.len() > 20 || found < count.unwrap_or(usize::MAX).saturating_mul(size) {
                "truncated"
            } else {
                "longer than its header says"
            };
            return Err(damaged(format!(
                "shape {shape:?} needs {needed} bytes of numbers, the file has {found}; it is {word}"
            )));
        }
    }
    let order = file.order();
    // floats as they are, integers as i128; once more where the order is turned round
    let held = 2 * count.unwrap_or(0) as u128 * if is_float { size as u128 } else { 16 };
    memory::expect_room(held, "split the file").map_err(|source| NpyError::TooLarge {
        path: path.to_owned(),
        shape: shape.clone(),
        source,
    })?;
    let signed = plain.type_char() == TypeChar::Int;
    let failed = |error: std::io::Error| damaged(format!("its numbers cannot be read: {error}"));
    macro_rules! numbers {
        ($kind:ty, $into:ty) => {{
            // no more than is needed: a vector that grows may take twice as much
            let mut numbers: Vec<$into> = Vec::with_capacity(count.unwrap_or(0));
            for number in file.data::<$kind>().map_err(|error| damaged(error.to_string()))? {
                numbers.push(number.map_err(failed)?.into());
            }
            numbers
        }};
    }
    let numbers = match (is_float, signed, size) {
        (true, _, 4) => Numbers::Singles(in_c_order(numbers!(f32, f32), &shape, order)),
        (true, _, _) => Numbers::Floats(in_c_order(numbers!(f64, f64), &shape, order)),
        (_, true, 1) => Numbers::Integers(in_c_order(numbers!(i8, i128), &shape, order)),
        (_, true, 2) => Numbers::Integers(in_c_order(numbers!(i16, i128), &shape, order)),
        (_, true, 4) => Numbers::Integers(in_c_order(numbers!(i32, i128), &shape, order)),
        (_, true, _) => Numbers::Integers(in_c_order(numbers!(i64, i128), &shape, order)),
        (_, false, 1) => Numbers::Integers(in_c_order(numbers!(u8, i128), &shape, order)),
        (_, false, 2) => Numbers::Integers(in_c_order(numbers!(u16, i128), &shape, order)),
        (_, false, 4) => Numbers::Integers(in_c_order(numbers!(u32, i128), &shape, order)),
        (_, false, _) => Numbers::Integers(in_c_order(numbers!(u64, i128), &shape, order)),
    };
    Ok(Array { shape, numbers })
}

/// Where the numbers start: after the magic, the version, the header's length and the header. Told by the first
/// twelve bytes.
fn data_start(bytes: &[u8]) -> Option<usize> {
    Some(match bytes.get(6)? {
        1 => 10 + usize::from(u16::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?])),
        _ => {
            12 + u32::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?, *bytes.get(10)?, *bytes.get(11)?])
                as usize
        }
    })
}

/// Numbers that may stand in Fortran order (the first index fastest), in C order.
fn in_c_order<N: Copy>(numbers: Vec<N>, shape: &[usize], order: Order) -> Vec<N> {
    if order == Order::C || shape.len() < 2 {
        return numbers;
    }
    let mut index = vec![0_usize; shape.len()];
    let mut out = Vec::with_capacity(numbers.len());
    for _ in 0..numbers.len() {
        let place = index.iter().zip(shape).rev().fold(0, |place, (index, length)| place * length + index);
        out.push(numbers[place]);
        for (index, length) in index.iter_mut().zip(shape).rev() {
            *index += 1;
            if *index < *length {
                break;
            }
            *index = 0;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `.npy` file of version 1 made by hand.
    pub fn file(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
        let fortran = if fortran { "True" } else { "False" };
        let mut header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
        while (10 + header.len() + 1) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Array, NpyError> {
        super::parse(path, bytes, bytes.len())
    }

    fn floats(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    #[test]
    fn floats_and_integers_of_either_byte_order_are_read() {
        let made =
            parse(Path::new("a"), &file("<f4", false, "(2, 2)", &floats(&[1.0, 2.0, 3.0, 4.0]))).unwrap();
        assert_eq!(made, Array { shape: vec![2, 2], numbers: Numbers::Singles(vec![1.0, 2.0, 3.0, 4.0]) });
        let made = parse(Path::new("a"), &file(">i2", false, "(2,)", &[0, 7, 255, 255])).unwrap();
        assert_eq!(made.numbers, Numbers::Integers(vec![7, -1]));
    }

    #[test]
    fn fortran_order_is_turned_round() {
        let made =
            parse(Path::new("a"), &file("<f4", true, "(2, 3)", &floats(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0])))
                .unwrap();
        assert_eq!(made.numbers, Numbers::Singles(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    }

    #[test]
    fn damage_is_an_error_and_never_a_panic() {
        let whole = file("<f4", false, "(2, 2)", &floats(&[1.0; 4]));
        for length in 0..whole.len() {
            assert!(parse(Path::new("a"), &whole[..length]).is_err(), "{length}");
        }
        let mut random = thalweg_core::random::Random::new(1);
        for _ in 0..2000 {
            let mut bytes = whole.clone();
            let place = random.below(bytes.len() as u32) as usize;
            bytes[place] ^= 1 << random.below(8);
            let _ = parse(Path::new("a"), &bytes);
        }
        let message = |bytes: &[u8]| parse(Path::new("a"), bytes).unwrap_err().to_string();
        assert!(message(&file("<f4", false, "(2, 2)", &floats(&[1.0; 5]))).contains("longer"));
        assert!(message(&file("<f4", false, "(2, 2)", &floats(&[1.0; 3]))).contains("truncated"));
        assert!(message(&file("<f2", false, "(2,)", &[0; 4])).contains("f4 or f8"));
        assert!(message(&file("|O", false, "(2,)", &[0; 16])).contains("needed"));
        assert!(message(b"PK\x03\x04").contains("npz"));
        assert!(message(b"hello").contains("no .npy file"));
        assert!(message(&file("<f4", false, "(99999999999, 99999999999)", &[])).contains("counted"));
    }
}
