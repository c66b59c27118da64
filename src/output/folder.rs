//! A folder that is written whole or not at all.
//!
//! Everything goes into a hidden sibling, `.NAME.partial-...`; [`Staged::commit`] syncs every file and folder to the
//! disk, renames the sibling into place in one step and syncs the parent. Whatever stops the run before that rename -
//! an error, a full disk, `kill -9` - leaves the target as it was. With `force`, the new folder and the old one
//! *change names* in one step where the system can (renameat2), so that there is no moment without a plan.
//!
//! A run holds a lock on its sibling; the next run for the same target sweeps siblings nobody holds.
//!
//! Long because every way in which writing can be cut short is handled in one place.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// The file by which a plan folder is recognized: only such a folder is ever replaced.
pub const PLAN_MARKER: &str = "plan.json";

/// A file or folder that could not be written: exit status 74.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct WriteError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl WriteError {
    fn new(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), source }
    }

    fn refused(path: &Path, kind: io::ErrorKind, why: &str) -> Self {
        Self::new(path, io::Error::new(kind, why))
    }
}

/// Turns an I/O result into one that names the path.
trait At<T> {
    fn at(self, path: &Path) -> Result<T, WriteError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, WriteError> {
        self.map_err(|source| WriteError::new(path, source))
    }
}

/// The steps of a run, in order, as a watcher sees them: before each is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A file is about to be written.
    Write,
    /// Files and folders are about to be synced.
    Sync,
    /// The folder is about to get its name.
    Rename,
    /// It has its name; an old folder is about to be deleted.
    DeleteOld,
}

/// Called before each step; an error stops the run there, as a failing disk would.
pub type Watch = Box<dyn FnMut(Step, &Path) -> io::Result<()> + Send>;

/// A folder on its way. Dropped without [`Staged::commit`], it leaves no trace.
pub struct Staged {
    target: PathBuf,
    marker: &'static str,
    force: bool,
    path: PathBuf,
    lock: Option<File>,
    watch: Mutex<Watch>,
    unfinished: Arc<Mutex<Vec<PathBuf>>>,
}

impl std::fmt::Debug for Staged {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Staged").field("target", &self.target).field("path", &self.path).finish_non_exhaustive()
    }
}

/// Distinguishes the folders of one process.
static NEXT: AtomicU32 = AtomicU32::new(0);

impl Staged {
    /// Starts a plan folder. Sweeps what dead runs for the same target left behind.
    ///
    /// # Errors
    /// As [`Staged::begin_marked`].
    pub fn begin(target: &Path, force: bool) -> Result<Self, WriteError> {
        Self::begin_marked(target, force, PLAN_MARKER)
    }

    /// Starts a folder; with `force` an existing one is replaced, but only if it is empty or has a file `marker`: a
    /// mistyped `--out` must not cost somebody's documents.
    ///
    /// # Errors
    /// When the target exists and may not be replaced (`AlreadyExists`), or its parent cannot be written.
    pub fn begin_marked(target: &Path, force: bool, marker: &'static str) -> Result<Self, WriteError> {
        Self::begin_watched(target, force, marker, Box::new(|_, _| Ok(())))
    }

    /// As [`Staged::begin_marked`], with a watcher before every step: tests fail or kill the run there.
    ///
    /// # Errors
    /// As [`Staged::begin_marked`].
    pub fn begin_watched(target: &Path, force: bool, marker: &'static str, watch: Watch) -> Result<Self, WriteError> {
        let target = resolved(target)?;
        may_replace(&target, force, marker)?;
        let (parent, name) = split(&target)?;
        fs::create_dir_all(parent).at(parent)?;
        sweep(&target, parent, name)?;
        let (path, lock) = claim(parent, name)?;
        Ok(Self { target, marker, force, path, lock, watch: Mutex::new(watch), unfinished: Arc::default() })
    }

    /// Where the files are until the commit: for writers that need a path. They must stay inside.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the folder will be.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Writes one file.
    ///
    /// # Errors
    /// With the path as it would be in the target.
    pub fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> Result<(), WriteError> {
        let mut file = self.create(name)?;
        file.write_all(bytes).at(&file.shown)?;
        file.finish()
    }

    /// Writes a value as JSON for people and programs.
    ///
    /// # Errors
    /// As [`Staged::write`], or when the value is none that JSON holds: a defect.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), WriteError> {
        let text = serde_json::to_string_pretty(value).map_err(|error| self.broken(name, error))?;
        self.write(name, format!("{text}\n").as_bytes())
    }

    /// A file of the folder that could not be made, and why.
    #[must_use]
    pub fn broken(
        &self,
        name: impl AsRef<Path>,
        why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> WriteError {
        WriteError { path: self.target.join(name), source: io::Error::other(why) }
    }

    /// Opens one file for writing, its folders made as needed. It must be finished by [`StagedFile::finish`].
    ///
    /// # Errors
    /// With the path as it would be in the target; when the name leads out of the folder.
    pub fn create(&self, name: impl AsRef<Path>) -> Result<StagedFile, WriteError> {
        let name = name.as_ref();
        let shown = self.target.join(name);
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(WriteError::refused(&shown, io::ErrorKind::InvalidInput, "leads out of the folder"));
        }
        self.watched(Step::Write, &shown)?;
        let path = self.path.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).at(&shown)?;
        }
        let file = File::options().write(true).create_new(true).open(&path).at(&shown)?;
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner).push(shown.clone());
        Ok(StagedFile { file: BufWriter::new(file), shown, unfinished: Arc::clone(&self.unfinished) })
    }

    /// Syncs everything, gives the folder its name, syncs the parent.
    ///
    /// # Errors
    /// When any step fails: then the target is as it was.
    pub fn commit(mut self) -> Result<(), WriteError> {
        let open = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner).first().cloned();
        if let Some(path) = open {
            return Err(WriteError::refused(&path, io::ErrorKind::WriteZero, "was not written to its end"));
        }
        self.watched(Step::Sync, &self.target)?;
        sync_tree(&self.path).at(&self.target)?;
        self.watched(Step::Rename, &self.target)?;
        may_replace(&self.target, self.force, self.marker)?;
        let old = put_in_place(&self.path, &self.target).at(&self.target)?;
        let (parent, _) = split(&self.target)?;
        // The new folder stands; what is left is to make it durable and to clear the old one away, which the next
        // run's sweep also does.
        self.path = PathBuf::new();
        sync_folder(parent).at(parent)?;
        if let Some(old) = old {
            self.watched(Step::DeleteOld, &old)?;
            let _ = fs::remove_dir_all(&old);
        }
        Ok(())
    }

    fn watched(&self, step: Step, path: &Path) -> Result<(), WriteError> {
        (self.watch.lock().unwrap_or_else(PoisonError::into_inner))(step, path).at(path)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = fs::remove_dir_all(&self.path);
        }
        drop(self.lock.take());
    }
}

/// One file of a staged folder. Errors name the path it will have.
#[derive(Debug)]
pub struct StagedFile {
    file: BufWriter<File>,
    shown: PathBuf,
    unfinished: Arc<Mutex<Vec<PathBuf>>>,
}

impl StagedFile {
    /// Hands the last bytes to the system. A file that is not finished makes the commit fail.
    ///
    /// # Errors
    /// With the path.
    pub fn finish(mut self) -> Result<(), WriteError> {
        self.file.flush().at(&self.shown)?;
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner).retain(|open| *open != self.shown);
        Ok(())
    }

    /// The path the file will have, for error messages.
    #[must_use]
    pub fn shown(&self) -> &Path {
        &self.shown
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Absolute, and through symbolic links, so that the link's folder is replaced and not the link.
fn resolved(target: &Path) -> Result<PathBuf, WriteError> {
    if target.as_os_str().is_empty() {
        return Err(WriteError::refused(target, io::ErrorKind::InvalidInput, "an empty path"));
    }
    match target.canonicalize() {
        Ok(path) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => std::path::absolute(target).at(target),
        Err(error) => Err(WriteError::new(target, error)),
    }
}

fn split(target: &Path) -> Result<(&Path, &str), WriteError> {
    match (target.parent(), target.file_name().and_then(|name| name.to_str())) {
        (Some(parent), Some(name)) => Ok((parent, name)),
        _ => Err(WriteError::refused(target, io::ErrorKind::InvalidInput, "not a name for a folder")),
    }
}

/// May something be put at `target`?
///
/// # Errors
/// `AlreadyExists`, with what to do about it.
pub fn may_replace(target: &Path, force: bool, marker: &str) -> Result<(), WriteError> {
    let refuse = |why: &str| Err(WriteError::refused(target, io::ErrorKind::AlreadyExists, why));
    let Ok(about) = fs::metadata(target) else {
        return Ok(());
    };
    if !about.is_dir() {
        return refuse("there is a file of that name");
    }
    let mut entries = fs::read_dir(target).at(target)?;
    if entries.next().is_none() {
        return Ok(());
    }
    if !force {
        return refuse("exists already; choose another folder, or replace it with --force");
    }
    if !target.join(marker).is_file() {
        return refuse(&format!("is not replaced even with --force: it has no {marker}, so it is not ours"));
    }
    if marker != "members.csv" && target.join("members.csv").exists() {
        return refuse("is not replaced even with --force: a roster is in it");
    }
    Ok(())
}

/// Makes and locks a fresh sibling.
fn claim(parent: &Path, name: &str) -> Result<(PathBuf, Option<File>), WriteError> {
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!(".{name}.partial-{}-{number}", std::process::id()));
        match fs::create_dir(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(WriteError::new(&path, error)),
        }
        match lock(&path) {
            // Another run's sweep may have taken it between the two calls: then it is gone, and the next name is tried.
            Held::Mine(lock) if path.is_dir() => return Ok((path, lock)),
            _ => {}
        }
    }
}

/// What trying to lock a folder says.
enum Held {
    /// Ours now (`None`: this system cannot lock folders).
    Mine(Option<File>),
    /// Another run's, or gone.
    Other,
}

fn lock(folder: &Path) -> Held {
    if !cfg!(unix) {
        return Held::Mine(None);
    }
    match File::open(folder) {
        Ok(file) => match file.try_lock() {
            Ok(()) => Held::Mine(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Held::Other,
            Err(fs::TryLockError::Error(_)) => Held::Mine(None),
        },
        Err(_) => Held::Other,
    }
}

/// Removes siblings of dead runs. One that was set aside (a system without exchange) is put back when the target is
/// missing: then the run died between its two renames.
fn sweep(target: &Path, parent: &Path, name: &str) -> Result<(), WriteError> {
    let (partial, aside) = (format!(".{name}.partial-"), format!(".{name}.old-"));
    let entries = fs::read_dir(parent).at(parent)?;
    let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort_unstable();
    for left in names {
        let path = parent.join(&left);
        if left.starts_with(&aside) && !target.exists() {
            fs::rename(&path, target).at(&path)?;
        } else if (left.starts_with(&partial) || left.starts_with(&aside))
            && let Held::Mine(Some(_lock)) = lock(&path)
        {
            fs::remove_dir_all(&path).at(&path)?;
        }
    }
    Ok(())
}

/// Gives the staged folder the target's name; the old folder's new name, if there was one.
fn put_in_place(staged: &Path, target: &Path) -> io::Result<Option<PathBuf>> {
    if !target.exists() {
        return rename_fresh(staged, target).map(|()| None);
    }
    if exchange(staged, target)? {
        return Ok(Some(staged.to_owned()));
    }
    let aside = staged.to_string_lossy().replacen(".partial-", ".old-", 1);
    let aside = PathBuf::from(aside);
    fs::rename(target, &aside)?;
    if let Err(error) = fs::rename(staged, target) {
        fs::rename(&aside, target)?;
        return Err(error);
    }
    Ok(Some(aside))
}

/// Renames onto a name that must be free.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_fresh(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // A file system that does not know the flag.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => fs::rename(from, to),
        other => Ok(other?),
    }
}

/// Renames onto a name that must be free: a non-empty folder of that name makes it fail.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_fresh(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Lets two folders change names in one step; `false` when the system cannot.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Syncs all files of a folder, then the folders, innermost first.
fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_folder(folder)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    // Only Unix lets a folder be opened and synced.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
