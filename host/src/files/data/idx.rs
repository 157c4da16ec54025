//! IDX files as MNIST has them: a magic number, big-endian sizes, unsigned bytes; plain or gzipped.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::{Data, DataError, Dataset, Inputs, TargetValues, Wanted, open};
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

/// What an IDX file is read from.
struct Source<'p, R> {
    path: &'p Path,
    reader: R,
    /// Its bytes.
    length: u64,
}

fn source(path: &Path) -> Result<Source<'_, impl BufRead + use<>>, DataError> {
    let (reader, length) = open(path)?;
    Ok(Source { path, reader, length })
}

/// Reads training and test examples from a folder; the test files may be missing together.
///
/// Of plain files no more is read than `wanted`, as their length tells whether the rest is there.
///
/// # Errors
/// [`DataError`], naming the file.
pub fn from_folder(folder: &Path, wanted: Wanted) -> Result<Data, DataError> {
    std::fs::read_dir(folder).map_err(|source| DataError::Read { path: folder.to_owned(), source })?;
    let needed = |names: [String; 4]| {
        find(folder, &names)
            .ok_or_else(|| DataError::Missing { folder: folder.to_owned(), names: names.join(", ") })
    };
    let name = |part: &str| format!("{} ({part})", folder.display());
    let images = needed(names("train", "images", 3))?;
    let labels = needed(names("train", "labels", 1))?;
    let train = dataset(name("train"), source(&images)?, source(&labels)?, wanted.examples)?;
    if !wanted.test {
        return Ok(Data { train, test: None });
    }
    let (images, labels) = (names("t10k", "images", 3), names("t10k", "labels", 1));
    let test = match (find(folder, &images), find(folder, &labels)) {
        (None, None) => None,
        (Some(images), Some(labels)) => {
            Some(dataset(name("test"), source(&images)?, source(&labels)?, None)?)
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
    let source = |path: &'static str, reader: &'static [u8]| Source {
        path: Path::new(path),
        reader,
        length: reader.len() as u64,
    };
    let part = |name: &str, images, labels| {
        let (images, labels) = (source("embedded images", images), source("embedded labels", labels));
        dataset(name.to_owned(), images, labels, None)
    };
    Ok(Data {
        train: part("MNIST subset (train)", mnist::TRAIN_IMAGES, mnist::TRAIN_LABELS)?,
        test: Some(part("MNIST subset (test)", mnist::TEST_IMAGES, mnist::TEST_LABELS)?),
    })
}

/// The first `wanted` examples of two files, or all.
fn dataset(
    name: String,
    images: Source<'_, impl BufRead>,
    labels: Source<'_, impl BufRead>,
    wanted: Option<usize>,
) -> Result<Dataset, DataError> {
    let (images_path, labels_path) = (images.path, labels.path);
    let ([count, rows, columns], pixels) = parse::<3>(images, IMAGES, wanted)?;
    let ([found], classes) = parse::<1>(labels, LABELS, wanted)?;
    if count == 0 || rows == 0 || columns == 0 {
        return Err(DataError::Format {
            path: images_path.to_owned(),
            found: format!("it holds {count} images of {rows}×{columns} pixels"),
            wanted: "at least one image of at least one pixel is needed".to_owned(),
        });
    }
    if count != found {
        return Err(DataError::Counts {
            inputs: images_path.to_owned(),
            labels: labels_path.to_owned(),
            examples: count,
            found,
        });
    }
    Ok(Dataset {
        name,
        count: classes.len(),
        shape: (rows, columns),
        inputs: Inputs::Pixels(pixels),
        targets: TargetValues::Labels(classes.into_iter().map(u32::from).collect()),
    })
}

/// The sizes of an IDX file with D dimensions, and the bytes of its first `wanted` rows or of all; nothing else is held.
fn parse<const D: usize>(
    Source { path, reader: mut file, length }: Source<'_, impl BufRead>,
    magic: u32,
    wanted: Option<usize>,
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
    let promised = product.unwrap_or(u64::MAX);
    expect_room(promised.into(), "is the header damaged?").map_err(|source| DataError::TooLarge {
        path: path.to_owned(),
        sizes: sizes.to_vec(),
        source,
    })?;
    let expect = |needed: u64, found: u64| {
        let error = || DataError::Length {
            path: path.to_owned(),
            needed: header_bytes + promised,
            found: header_bytes + found,
        };
        if found == needed { Ok(()) } else { Err(error()) }
    };
    let count = sizes.first().map_or(0, |&count| count as u64);
    let row = promised.checked_div(count).unwrap_or(0);
    let first = wanted
        .map(|wanted| wanted as u64)
        .filter(|wanted| (1..count).contains(wanted))
        .map(|wanted| wanted * row);
    let skipped = first.filter(|_| !gzipped);
    if skipped.is_some() {
        expect(promised, length.saturating_sub(header_bytes).min(promised + 1))?;
    }
    let needed = skipped.unwrap_or(promised);
    // no more than is needed: a vector that grows may take twice as much; a length that is not true costs nothing
    let mut data = Vec::new();
    let reserved = data.try_reserve_exact(usize::try_from(needed).unwrap_or(usize::MAX));
    reserved.map_err(|_| unread(std::io::ErrorKind::OutOfMemory.into()))?;
    let beyond = u64::from(skipped.is_none());
    reader.take(needed.saturating_add(beyond)).read_to_end(&mut data).map_err(unread)?;
    expect(needed, data.len() as u64)?;
    if let Some(first) = first {
        data.truncate(usize::try_from(first).unwrap_or(usize::MAX));
        data.shrink_to_fit();
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
        first(images, labels, None)
    }

    fn first(images: &[u8], labels: &[u8], wanted: Option<usize>) -> Result<Dataset, DataError> {
        fn source<'s>(path: &'s str, reader: &'s [u8]) -> Source<'s, &'s [u8]> {
            Source { path: Path::new(path), length: reader.len() as u64, reader }
        }
        dataset("made".to_owned(), source("images", images), source("labels", labels), wanted)
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn images_and_labels_are_read_plain_and_gzipped() {
        let plain = made(&images(), &labels()).unwrap();
        assert_eq!((plain.count, plain.shape), (2, (1, 3)));
        assert_eq!(made(&gzipped(&images()), &labels()).unwrap(), plain);
    }

    #[test]
    fn the_first_examples_alone_are_read_and_the_rest_must_be_there() {
        let wanted = made(&images(), &labels()).unwrap().first(1).unwrap();
        assert_eq!(first(&images(), &labels(), Some(1)).unwrap(), wanted);
        assert_eq!(first(&gzipped(&images()), &labels(), Some(1)).unwrap(), wanted);
        for more in [0, 2, 3] {
            assert_eq!(first(&images(), &labels(), Some(more)).unwrap().count, 2);
        }
        let longer = [images(), vec![0]].concat();
        for damaged in [&images()[..21], &longer, &gzipped(&images()[..21]), &gzipped(&longer)] {
            let error = first(damaged, &labels(), Some(1)).unwrap_err().to_string();
            assert_eq!(error, made(damaged, &labels()).unwrap_err().to_string());
            assert!(error.contains("promises 22 bytes"), "{error}");
        }
        assert!(first(&images(), &labels()[..9], Some(1)).is_err());
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
