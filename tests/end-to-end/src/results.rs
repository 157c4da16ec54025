//! What the program leaves behind, read back: CSV tables, PNG and SVG figures.

use std::collections::HashSet;
use std::path::Path;

/// A CSV file of the program.
#[derive(Clone, Debug)]
pub struct Results {
    /// The `# key = value` lines.
    pub settings: Vec<(String, String)>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, cell by cell as they are written.
    pub rows: Vec<Vec<String>>,
}

impl Results {
    /// Reads a file.
    ///
    /// # Panics
    /// If it is not there or has no header.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut lines = text.lines();
        let mut settings = Vec::new();
        let header = loop {
            let line = lines.next().unwrap_or_else(|| panic!("{}: no header", path.display()));
            match line.strip_prefix("# ").and_then(|setting| setting.split_once(" = ")) {
                Some((key, value)) => settings.push((key.to_owned(), value.to_owned())),
                None => break line,
            }
        };
        let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        Self { settings, columns: cells(header), rows: lines.map(cells).collect() }
    }

    /// A setting.
    ///
    /// # Panics
    /// If it is not there.
    #[must_use]
    pub fn setting(&self, key: &str) -> &str {
        let found = self.settings.iter().find(|(name, _)| name == key);
        &found.unwrap_or_else(|| panic!("no setting `{key}` in {:?}", self.settings)).1
    }

    /// The numbers of a column.
    ///
    /// # Panics
    /// If it is not there or holds something else.
    #[must_use]
    pub fn numbers(&self, column: &str) -> Vec<f64> {
        let place = self.columns.iter().position(|name| name == column);
        let place = place.unwrap_or_else(|| panic!("no column `{column}` in {:?}", self.columns));
        let number = |row: &Vec<String>| {
            row[place].parse().unwrap_or_else(|_| panic!("`{}` in `{column}` is no number", row[place]))
        };
        self.rows.iter().map(number).collect()
    }
}

/// Checks that a PNG file is whole, of the size of a figure, and shows something.
///
/// # Panics
/// If it is not.
pub fn expect_png(path: &Path) {
    let file = std::fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().expect("a PNG header");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("whole PNG data");
    assert_eq!((frame.width, frame.height), (1600, 1000), "{}", path.display());
    let channels = frame.color_type.samples();
    let drawn = pixels.chunks(channels).filter(|pixel| **pixel != [255, 255, 255]).count();
    let colours: HashSet<&[u8]> = pixels.chunks(channels).collect();
    assert!(drawn > 5_000, "{}: {drawn} pixels are drawn", path.display());
    assert!(colours.len() > 20, "{}: {} colours", path.display(), colours.len());
}

/// Checks that an SVG file is well-formed and holds words and shapes, and gives back its text.
///
/// # Panics
/// If it does not.
#[must_use]
pub fn expect_svg(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let document = roxmltree::Document::parse(&text).expect("well-formed SVG");
    assert_eq!(document.root_element().tag_name().name(), "svg");
    let elements = document.descendants().filter(roxmltree::Node::is_element).count();
    assert!(elements > 30, "{}: {elements} elements", path.display());
    text
}

/// The largest relative difference of numbers that should agree.
///
/// # Panics
/// If they are not equally many, or there are none.
#[must_use]
pub fn difference(found: &[f64], wanted: &[f64]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    assert!(!found.is_empty());
    let relative = |(found, wanted): (&f64, &f64)| {
        let difference = (found - wanted).abs() / wanted.abs().max(f64::MIN_POSITIVE);
        if difference.is_nan() { f64::INFINITY } else { difference }
    };
    found.iter().zip(wanted).map(relative).fold(0.0, f64::max)
}
