//! Files that are written whole or not at all, in a folder that belongs to one command.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Why a result cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The folder or file cannot be written.
    #[error("{path}: cannot be written: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The reason of the operating system.
        source: std::io::Error,
    },
    /// The folder holds results of another command.
    #[error(
        "{path}: holds results of `{found}`; choose another --out, or write here all the same with --force"
    )]
    Taken {
        /// The folder.
        path: PathBuf,
        /// The command that wrote there.
        found: String,
    },
}

/// The file that says which command a folder belongs to.
const MARK: &str = ".thalweg";

/// A folder for the results of one command.
#[derive(Clone, Debug)]
pub struct OutputFolder {
    path: PathBuf,
}

impl OutputFolder {
    /// Makes the folder, or takes it if it is empty of other commands' results.
    ///
    /// # Errors
    /// [`OutputError`], naming the folder.
    pub fn create(path: &Path, command: &str, force: bool) -> Result<Self, OutputError> {
        let failed = |source| OutputError::Write { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(failed)?;
        if let Ok(found) = std::fs::read_to_string(path.join(MARK)) {
            let found = found.trim();
            if found != command && !force {
                return Err(OutputError::Taken { path: path.to_owned(), found: found.to_owned() });
            }
        }
        let folder = Self { path: path.to_owned() };
        folder.write(MARK, format!("{command}\n").as_bytes())?;
        Ok(folder)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes away a file of an earlier run that this one does not write again.
    ///
    /// # Errors
    /// [`OutputError`], naming the file.
    pub fn remove(&self, name: &str) -> Result<(), OutputError> {
        let path = self.path.join(name);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(OutputError::Write { path, source })
            }
            _ => Ok(()),
        }
    }

    /// Writes a file under a temporary name in its folder, and gives it its name when it is whole.
    ///
    /// # Errors
    /// [`OutputError`], naming the file; nothing is left behind then.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, OutputError> {
        let path = self.path.join(name);
        write_whole(&path, bytes)?;
        Ok(path)
    }
}

/// Writes a file under a temporary name in its folder, and gives it its name when it is whole.
///
/// # Errors
/// [`OutputError`], naming the file; nothing is left behind then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let failed = |source| OutputError::Write { path: path.to_owned(), source };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(failed)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".unfinished-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    let mut file = builder.tempfile_in(parent).map_err(failed)?;
    file.as_file_mut().write_all(bytes).and_then(|()| file.as_file().sync_data()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_belongs_to_one_command() {
        let folder = tempfile::tempdir().unwrap();
        let first = OutputFolder::create(folder.path(), "line", false).unwrap();
        first.write("line.csv", b"a").unwrap();
        OutputFolder::create(folder.path(), "line", false).unwrap();
        let error = OutputFolder::create(folder.path(), "plane", false).unwrap_err().to_string();
        assert!(error.contains("`line`") && error.contains("--force"));
        OutputFolder::create(folder.path(), "plane", true).unwrap();
    }

    #[test]
    fn nothing_but_the_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let out = OutputFolder::create(folder.path(), "train", false).unwrap();
        out.write("snapshots/0001.safetensors", b"whole").unwrap();
        let names: Vec<_> = std::fs::read_dir(folder.path().join("snapshots"))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names, ["0001.safetensors"]);
    }

    #[test]
    fn what_is_taken_away_is_gone_and_may_be_missing() {
        let folder = tempfile::tempdir().unwrap();
        let out = OutputFolder::create(folder.path(), "line", false).unwrap();
        let path = out.write("line.png", b"old").unwrap();
        out.remove("line.png").unwrap();
        out.remove("line.png").unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"x").unwrap();
        assert!(
            OutputFolder::create(&path, "line", false)
                .unwrap_err()
                .to_string()
                .contains("file: cannot be written")
        );
    }
}
