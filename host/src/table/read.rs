//! Reading a table from its CSV text, with the line of each fault.

use std::io::Read;
use std::path::Path;

use super::number::number;
use super::{Cells, Column, Table, TableError};

impl Table {
    /// Reads a table from CSV.
    ///
    /// A column is of numbers if each of its cells is one or empty (NaN), otherwise of text.
    ///
    /// # Errors
    /// [`TableError`] naming the line at fault.
    pub fn read_csv(mut from: impl Read) -> Result<Self, TableError> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)?;
        table(&bytes)
    }

    /// Reads a table from a CSV file.
    ///
    /// # Errors
    /// [`TableError::File`] naming the file, and the line at fault.
    pub fn read_csv_file(path: &Path) -> Result<Self, TableError> {
        let read = || Self::read_csv(std::fs::File::open(path)?);
        read().map_err(|source| TableError::File { path: path.to_owned(), source: Box::new(source) })
    }
}

/// The table in a CSV text.
fn table(bytes: &[u8]) -> Result<Table, TableError> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.iter().take(error.valid_up_to());
        TableError::Encoding { line: 1 + before.filter(|byte| **byte == b'\n').count() }
    })?;
    let (settings, body, lines) = settings(text)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(body.as_bytes());
    let mut records = reader.records();
    let header = records.next().ok_or(TableError::NoHeader)??;
    let mut columns: Vec<(String, Vec<String>)> =
        header.iter().map(|name| (name.trim().to_owned(), Vec::new())).collect();
    for record in records {
        let record = record?;
        if record.len() != columns.len() {
            let line = lines + record.position().map_or(0, |position| position.line() as usize);
            return Err(TableError::Ragged { line, wanted: columns.len(), found: record.len() });
        }
        for ((_, cells), cell) in columns.iter_mut().zip(&record) {
            cells.push(cell.to_owned());
        }
    }
    let columns = columns
        .into_iter()
        .map(|(name, cells)| {
            let numbers: Option<Vec<f64>> = cells.iter().map(|cell| number(cell)).collect();
            Column { name, cells: numbers.map_or(Cells::Text(cells), Cells::Number) }
        })
        .collect();
    let table = Table { settings, columns };
    table.check()?;
    Ok(table)
}

type Settings = Vec<(String, String)>;

/// The settings, the text after them, and the number of lines before that text.
fn settings(text: &str) -> Result<(Settings, &str, usize), TableError> {
    let (mut settings, mut rest, mut lines) = (Vec::new(), text, 0);
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some(setting) = line.strip_prefix('#') {
            let fault = TableError::Setting { line: lines + 1 };
            let (key, value) = setting.split_once('=').ok_or(fault)?;
            let value = value.strip_prefix(' ').unwrap_or(value);
            settings.push((key.trim().to_owned(), plain(value)));
        } else if !line.trim().is_empty() {
            break;
        }
        (rest, lines) = (after, lines + 1);
    }
    Ok((settings, rest, lines))
}

/// A setting's value with `\n`, `\r` and `\\` turned back into what they stand for.
fn plain(value: &str) -> String {
    let (mut plain, mut characters) = (String::new(), value.chars());
    while let Some(character) = characters.next() {
        match (character, characters.clone().next()) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some('r')) => plain.push('\r'),
            ('\\', Some('\\')) => plain.push('\\'),
            _ => {
                plain.push(character);
                continue;
            }
        }
        characters.next();
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &[u8]) -> String {
        table(text).unwrap_err().to_string()
    }

    #[test]
    fn faults_name_their_line() {
        assert_eq!(
            message(b"# a = 1\n# b = 2\nx,y\n1,2\n3\n"),
            "line 5 has 1 cells, but the header names 2 columns"
        );
        assert_eq!(message(b"x\n1\n\xff\n"), "line 3 is not UTF-8 text; save the file as UTF-8");
        assert!(message(b"# a = 1\n# hello\nx\n").starts_with("line 2 "));
        assert!(message(b"# a = 1\n").starts_with("there is no header"));
        assert!(message(b"").starts_with("there is no header"));
        assert!(message(b"x,x\n1,2\n").starts_with("two columns are called `x`"));
        assert!(message(b"x,\n1,2\n").starts_with("column 2 is called ``"));
    }

    #[test]
    fn files_of_other_systems_read_the_same() {
        let table = table("\u{feff}# seed = 7\r\n\r\nx,kind\r\n1,a\r\n2,\"b,c\"".as_bytes()).unwrap();
        assert_eq!(table.setting_value("seed"), Some("7"));
        assert_eq!(table.number("x").unwrap(), [1.0, 2.0]);
        assert_eq!(table.text("kind").unwrap(), ["a", "b,c"]);
        assert_eq!(
            table.number("kind").unwrap_err().to_string(),
            "column `kind` should hold numbers, but row 1 holds `a`"
        );
    }

    #[test]
    fn no_bytes_make_the_reader_panic() {
        let mut state = 7_u64;
        for _ in 0..3000 {
            let mut bytes = Vec::new();
            for _ in 0..30 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                bytes.push(b"#= \n\r,\"\\ax1.\xc3\x28\0"[(state >> 40) as usize % 15]);
            }
            let _ = table(&bytes);
        }
    }
}
