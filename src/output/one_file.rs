//! A single file written whole or not at all: beside its name, synced, renamed over it.

use std::fs::{self, File};
use std::io::{Error, ErrorKind, Write};
use std::path::Path;

use crate::output::folder::WriteError;

/// Replaces a file, or makes it. One that a spreadsheet program has open is left alone: it would be saved over.
///
/// # Errors
/// With the path; then the file is as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source };
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    if path.with_file_name(format!("~${name}")).exists() {
        let why = "is open in another program: close it and try again";
        return Err(failed(Error::new(ErrorKind::ResourceBusy, why)));
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".caseload-").tempfile_in(parent).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    #[cfg(unix)]
    {
        // A temporary file is the owner's alone; this one is read by whoever reads the folder.
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map_or(0o644, |about| about.permissions().mode());
        file.as_file().set_permissions(fs::Permissions::from_mode(mode)).map_err(failed)?;
    }
    file.persist(path).map_err(|error| failed(error.error))?;
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(failed)
}
