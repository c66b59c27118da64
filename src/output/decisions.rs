//! Rows added to `decisions.csv` of a roster that others write too: under a lock, beside what is there, byte for byte.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::output::folder::WriteError;
use crate::output::one_file;
use crate::roster::writing::DECISIONS;

/// Tries for the lock, half a second in all.
const TRIES: u32 = 20;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who.
    pub member_id: String,
    /// With whom.
    pub manager_id: String,
    /// Who decided, as the file says it.
    pub decided_by: String,
}

/// The lock on a roster's decisions, given back when dropped, whatever ends the process.
#[derive(Debug)]
pub struct Locked(#[allow(dead_code, reason = "held for as long as it lives")] File);

/// Takes the lock of the folder a roster's decisions stand in.
///
/// # Errors
/// Somebody else holds it, or the lock file cannot be made.
pub fn lock(folder: &Path) -> Result<Locked, WriteError> {
    let path = folder.join(".decisions.csv.lock");
    let failed = |source| WriteError { path: path.clone(), source };
    let file = File::options().create(true).write(true).truncate(false).open(&path).map_err(failed)?;
    for attempt in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(Locked(file)),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
            Err(TryLockError::WouldBlock) if attempt + 1 < TRIES => std::thread::sleep(Duration::from_millis(25)),
            Err(TryLockError::WouldBlock) => {}
        }
    }
    Err(failed(io::Error::new(io::ErrorKind::WouldBlock, "somebody else is writing decisions; try again")))
}

/// Adds `assign` rows below those that are there, in the columns the table has. `existing` is the table's text as the
/// roster's reader has it: that of `decisions.csv`, or of a workbook's sheet, whose place the file takes then. The lock is
/// held by the caller.
///
/// # Errors
/// The table has no such columns, or the file cannot be written; then it is as it was.
pub fn add(_: &Locked, folder: &Path, existing: Option<&[u8]>, rows: &[Row]) -> Result<(), WriteError> {
    let path = folder.join("decisions.csv");
    let failed = |source| WriteError { path: path.clone(), source };
    let mut text = existing.map_or_else(|| (DECISIONS.join(",") + "\n").into_bytes(), <[u8]>::to_vec);
    let end = text.iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(text.len());
    let header = String::from_utf8_lossy(&text[..end]).trim_start_matches('\u{feff}').to_owned();
    let columns: Vec<String> = header.split(',').map(|name| name.trim().trim_matches('"').to_owned()).collect();
    if let Some(missing) = DECISIONS[..3].iter().find(|name| !columns.iter().any(|column| column == *name)) {
        let why = format!("has no column `{missing}`: nothing was added");
        return Err(failed(io::Error::new(io::ErrorKind::InvalidData, why)));
    }
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    for row in rows {
        let cell = |column: &String| match column.as_str() {
            "member_id" => quoted(&row.member_id),
            "manager_id" => quoted(&row.manager_id),
            "kind" => "assign".to_owned(),
            "decided_by" => quoted(&literal(&row.decided_by)),
            _ => String::new(),
        };
        text.extend(columns.iter().map(cell).collect::<Vec<_>>().join(",").into_bytes());
        text.push(b'\n');
    }
    one_file::replace(&path, &text)
}

/// Text that a spreadsheet would compute gets a `'` in front.
fn literal(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn quoted(value: &str) -> String {
    if value.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}
