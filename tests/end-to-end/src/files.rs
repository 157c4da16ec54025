//! Data files as other tools write them, byte by byte: IDX and `.npy`, plain and gzipped.

use std::io::{Read, Write};

/// The bytes of an IDX file of images.
#[must_use]
pub fn idx_images(rows: usize, columns: usize, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3];
    for size in [pixels.len() / (rows * columns).max(1), rows, columns] {
        bytes.extend((size as u32).to_be_bytes());
    }
    bytes.extend(pixels);
    bytes
}

/// The bytes of an IDX file of labels.
#[must_use]
pub fn idx_labels(labels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 1];
    bytes.extend((labels.len() as u32).to_be_bytes());
    bytes.extend(labels);
    bytes
}

/// The same, gzipped.
///
/// # Panics
/// Never: memory can be written to.
#[must_use]
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory can be written to")
}

/// What stands in a gzipped file.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).expect("a gzipped file");
    plain
}

/// The bytes of a `.npy` file of version 1: `descr` as NumPy names the type, `shape` as Python prints it.
#[must_use]
pub fn npy(descr: &str, fortran: bool, shape: &str, numbers: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(numbers);
    bytes
}

/// A vector of f64 as `.npy`.
#[must_use]
pub fn npy_f64(values: &[f64]) -> Vec<u8> {
    npy("<f8", false, &format!("({},)", values.len()), &bytes_f64(values))
}

/// A vector as `.npy`, rounded to f32.
#[must_use]
pub fn npy_f32(values: &[f64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect();
    npy("<f4", false, &format!("({},)", values.len()), &bytes)
}

/// Rows of f64 as `.npy`.
#[must_use]
pub fn npy_rows(width: usize, values: &[f64]) -> Vec<u8> {
    npy("<f8", false, &format!("({}, {width})", values.len() / width), &bytes_f64(values))
}

/// Labels as `.npy` of one byte each.
#[must_use]
pub fn npy_labels(labels: &[u8]) -> Vec<u8> {
    npy("|u1", false, &format!("({},)", labels.len()), labels)
}

/// The little-endian bytes of numbers.
#[must_use]
pub fn bytes_f64(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
