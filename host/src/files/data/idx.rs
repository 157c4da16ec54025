//! IDX files as MNIST has them: a magic number, big-endian sizes, unsigned bytes; plain or gzipped.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::{Data, DataError, Dataset, Inputs, TargetValues, open};
use crate::memory::expect_room;

const IMAGES: u32 = 0x0803;
const LABELS: u32 = 0x0801;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The names of a file, as they are met in the wild.
fn names(part: &str, kind: &str, dimensions: u32) -> [String; 4] {
    let plain =
        [format!("{part}-{kind}-idx{dimensions}-ubyte"), format!("{part}-{kind}.idx{dimensions}-ubyte")];
    let [dashed, dotted] = plain;
    [dashed.clone(), format!("{dashed}.gz"), dotted.clone(), format!("{dotted}.gz")]
}

fn find(folder: &Path, names: &[String]) -> Option<PathBuf> {
    names.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

/// Reads training and test examples from a folder; the test files may be missing together.
///
/// # Errors
/// [`DataError`], naming the file.
pub fn from_folder(folder: &Path) -> Result<Data, DataError> {
    std::fs::read_dir(folder).map_err(|source| DataError::Read { path: folder.to_owned(), source })?;
    let needed = |names: [String; 4]| {
        find(folder, &names)
            .ok_or_else(|| DataError::Missing { folder: folder.to_owned(), names: names.join(", ") })
    };
    let name = |part: &str| format!("{} ({part})", folder.display());
    let images = needed(names("train", "images", 3))?;
    let labels = needed(names("train", "labels", 1))?;
    let train = dataset(name("train"), (&images, open(&images)?), (&labels, open(&labels)?))?;
    let (images, labels) = (names("t10k", "images", 3), names("t10k", "labels", 1));
    let test = match (find(folder, &images), find(folder, &labels)) {
        (None, None) => None,
        (Some(images), Some(labels)) => {
            Some(dataset(name("test"), (&images, open(&images)?), (&labels, open(&labels)?))?)
        }
        (Some(_), None) => {
            return Err(DataError::Missing { folder: folder.to_owned(), names: labels.join(", ") });
        }
        (None, Some(_)) => {
            return Err(DataError::Missing { folder: folder.to_owned(), names: images.join(", ") });
        }
    };
    Ok(Data { train, test })
}

/// The embedded subset: the first 10,000 training and the first 2,000 test images of MNIST.
///
/// # Errors
/// [`DataError`] if the program was built with a damaged subset.
pub fn embedded() -> Result<Data, DataError> {
    use thalweg_fixtures::mnist;
    let part = |name: &str, images, labels| {
        dataset(
            name.to_owned(),
            (Path::new("embedded images"), images),
            (Path::new("embedded labels"), labels),
        )
    };
    Ok(Data {
        train: part("MNIST subset (train)", mnist::TRAIN_IMAGES, mnist::TRAIN_LABELS)?,
        test: Some(part("MNIST subset (test)", mnist::TEST_IMAGES, mnist::TEST_LABELS)?),
    })
}

fn dataset(
    name: String,
    images: (&Path, impl BufRead),
    labels: (&Path, impl BufRead),
) -> Result<Dataset, DataError> {
    let ([count, rows, columns], pixels) = parse::<3>(images.0, images.1, IMAGES)?;
    let ([found], classes) = parse::<1>(labels.0, labels.1, LABELS)?;
    if count == 0 || rows == 0 || columns == 0 {
        return Err(DataError::Format {
            path: images.0.to_owned(),
            found: format!("it holds {count} images of {rows}×{columns} pixels"),
            wanted: "at least one image of at least one pixel is needed".to_owned(),
        });
    }
    if count != found {
        return Err(DataError::Counts {
            inputs: images.0.to_owned(),
            labels: labels.0.to_owned(),
            examples: count,
            found,
        });
    }
    Ok(Dataset {
        name,
        count,
        shape: (rows, columns),
        inputs: Inputs::Pixels(pixels),
        targets: TargetValues::Labels(classes.into_iter().map(u32::from).collect()),
    })
}

/// The sizes and the bytes of an IDX file with D dimensions, of which nothing else is held.
fn parse<const D: usize>(
    path: &Path,
    mut file: impl BufRead,
    magic: u32,
) -> Result<([usize; D], Vec<u8>), DataError> {
    let unread = |source| DataError::Read { path: path.to_owned(), source };
    let gzipped = file.fill_buf().map_err(unread)?.starts_with(&GZIP);
    let mut reader: Box<dyn Read + '_> =
        if gzipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut header = Vec::new();
    let header_bytes = 4 + 4 * D as u64;
    reader.by_ref().take(header_bytes).read_to_end(&mut header).map_err(unread)?;
    let (words, _) = header.as_chunks::<4>();
    let mut words = words.iter().map(|word| u32::from_be_bytes(*word));
    let found = words.next();
    if found != Some(magic) {
        let kind = match found {
            Some(IMAGES) => "these are images (IDX3)".to_owned(),
            Some(LABELS) => "these are labels (IDX1)".to_owned(),
            Some(other) => format!("it starts with 0x{other:08x}"),
            None => format!("it has {} bytes", header.len()),
        };
        let wanted = if magic == IMAGES { "images (IDX3, 0x00000803)" } else { "labels (IDX1, 0x00000801)" };
        return Err(DataError::Format {
            path: path.to_owned(),
            found: kind,
            wanted: format!("{wanted} are needed"),
        });
    }
    let mut sizes = [0_usize; D];
    let mut product = Some(1_u64);
    for size in &mut sizes {
        let Some(word) = words.next() else {
            return Err(DataError::Length {
                path: path.to_owned(),
                needed: header_bytes,
                found: header.len() as u64,
            });
        };
        *size = word as usize;
        product = product.and_then(|product| product.checked_mul(u64::from(word)));
    }
    let needed = product.unwrap_or(u64::MAX);
    expect_room(needed.into(), "is the header damaged?").map_err(|source| DataError::TooLarge {
        path: path.to_owned(),
        sizes: sizes.to_vec(),
        source,
    })?;
    // no more than is needed: a vector that grows may take twice as much; a length that is not true costs nothing
    let mut data = Vec::new();
    let reserved = data.try_reserve_exact(usize::try_from(needed).unwrap_or(usize::MAX));
    reserved.map_err(|_| unread(std::io::ErrorKind::OutOfMemory.into()))?;
    reader.take(needed.saturating_add(1)).read_to_end(&mut data).map_err(unread)?;
    if data.len() as u64 != needed {
        return Err(DataError::Length {
            path: path.to_owned(),
            needed: header_bytes + needed,
            found: header_bytes + data.len() as u64,
        });
    }
    Ok((sizes, data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn images() -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3];
        bytes.extend([1, 2, 3, 4, 5, 6]);
        bytes
    }

    fn labels() -> Vec<u8> {
        vec![0, 0, 8, 1, 0, 0, 0, 2, 7, 9]
    }

    fn made(images: &[u8], labels: &[u8]) -> Result<Dataset, DataError> {
        dataset("made".to_owned(), (Path::new("images"), images), (Path::new("labels"), labels))
    }

    #[test]
    fn images_and_labels_are_read_plain_and_gzipped() {
        let plain = made(&images(), &labels()).unwrap();
        assert_eq!((plain.count, plain.shape), (2, (1, 3)));
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&images()).unwrap();
        assert_eq!(made(&encoder.finish().unwrap(), &labels()).unwrap(), plain);
    }

    #[test]
    fn every_truncation_is_an_error() {
        for length in 0..images().len() {
            assert!(made(&images()[..length], &labels()).is_err(), "{length}");
        }
        for length in 0..labels().len() {
            assert!(made(&images(), &labels()[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let message = |images: &[u8], labels: &[u8]| made(images, labels).unwrap_err().to_string();
        assert!(message(&labels(), &labels()).contains("these are labels"));
        assert!(message(&images(), &images()).contains("these are images"));
        let mut long = images();
        long.push(0);
        assert!(message(&long, &labels()).contains("not the one its header describes"));
        assert!(message(&images()[..20], &labels()).contains("truncated"));
        assert!(message(&images(), &[0, 0, 8, 1, 0, 0, 0, 1, 7]).contains("as many"));
        let huge = [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255];
        assert!(
            message(&huge, &labels()).contains("[4294967295, 4294967295, 4294967295] entries, which needs ")
        );
        assert!(
            message(&[0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1], &labels())
                .contains("at least one image")
        );
        assert!(message(&[0x1f, 0x8b, 1, 2, 3], &labels()).contains("images:"));
    }
}
