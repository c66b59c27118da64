//! What the agency supplies beside the roster: templates, languages and windows, fonts, inserts. The only file of this
//! room that reads folders, besides the organization's profile.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::LettersError;
use super::fonts::FontFile;
use super::inserts::{Insert, Inserts};
use super::templates::{OwnText, sha256};
use crate::program::LetterSettings;

/// Where installed fonts lie, on the systems there are.
const SYSTEM_FONTS: [&str; 7] = [
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/texmf/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:\\Windows\\Fonts",
    "/run/host/fonts",
];
/// Folders inside one another, at most.
const DEEPEST: usize = 8;

/// The agency's template files by name.
///
/// # Errors
/// When the folder was named and is not there, a file cannot be read, or has a name no template has.
pub fn templates(folder: &str, beside: &Path) -> Result<BTreeMap<String, OwnText>, LettersError> {
    let mut own = BTreeMap::new();
    for path in files(folder, beside, 0)? {
        let name = file_name(&path);
        let is_table = ["languages.toml", "windows.toml"].contains(&name.as_str());
        if !is_table && extension(&path) != "typ" {
            continue;
        }
        if !is_table && !is_template(&name) {
            return Err(LettersError::Supplied {
                path: shown(&path),
                message: "no letter uses a template of this name; they are named member.LANGUAGE.typ, \
                          guardian.LANGUAGE.typ, provider.LANGUAGE.typ, briefing.en.typ, note.en.typ, or _NAME.typ for what \
                          those import"
                    .to_owned(),
            });
        }
        own.insert(name, OwnText { text: text(&path)?, path: shown(&path) });
    }
    Ok(own)
}

fn is_template(name: &str) -> bool {
    let kind = name.split('.').next().unwrap_or_default();
    let of_staff = ["briefing.en.typ", "note.en.typ"].contains(&name);
    name.starts_with('_')
        || of_staff
        || (["member", "guardian", "provider"].contains(&kind) && name.split('.').count() == 3)
}

/// The agency's fonts, by path.
///
/// # Errors
/// When the folder was named and is not there, or a file cannot be read.
pub fn fonts(folder: &str, beside: &Path) -> Result<Vec<FontFile>, LettersError> {
    files(folder, beside, DEEPEST)?.iter().filter(|path| is_font(path)).map(|path| font(path)).collect()
}

/// Noto fonts installed on this computer, by path; unreadable folders count as empty. Only regular and bold sans faces,
/// and families that have no sans face.
pub fn system_fonts() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in SYSTEM_FONTS {
        let _ = walk(Path::new(folder), DEEPEST, &mut found);
    }
    let plain = |path: &PathBuf| {
        let name = file_name(path);
        let face = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
        is_font(path)
            && name.starts_with("Noto")
            && !["Mono", "Display", "UI", "Emoji", "Looped"].iter().any(|word| name.contains(word))
            && (["-Regular", "-Bold"].iter().any(|end| face.ends_with(end)) || face.ends_with(']'))
    };
    found.retain(plain);
    // Sans faces first; the rest only serve what no sans face has.
    found.sort_by_key(|path| (!file_name(path).starts_with("NotoSans"), path.clone()));
    found
}

/// Reads one font file.
///
/// # Errors
/// When it cannot be read.
pub fn font(path: &Path) -> Result<FontFile, LettersError> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    Ok(FontFile { name: file_name(path), path: shown(path), bytes: bytes.into() })
}

/// The agency's inserts.
///
/// # Errors
/// When the folder was named and is not there, a file cannot be read, is not text, or two serve the same language.
pub fn inserts(folder: &str, beside: &Path) -> Result<Inserts, LettersError> {
    let mut all = Vec::new();
    for path in files(folder, beside, 0)? {
        let wrong = |message: String| LettersError::Supplied { path: shown(&path), message };
        if extension(&path) != "txt" {
            return Err(wrong(
                "inserts are text files, NAME.txt or NAME.LANGUAGE.txt: their text is set with the letter, so that it \
                 can be read aloud; copy it out of this file"
                    .to_owned(),
            ));
        }
        let name = file_name(&path);
        let mut words = name.trim_end_matches(".txt").split('.');
        let (stem, language) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if stem.is_empty() || words.next().is_some() {
            return Err(wrong("inserts are named NAME.txt or NAME.LANGUAGE.txt".to_owned()));
        }
        let text = text(&path)?;
        let language = language.to_ascii_lowercase();
        let insert = Insert::parse(stem, &language, &text, &shown(&path), sha256(text.as_bytes())).map_err(wrong)?;
        all.push(insert);
    }
    Ok(Inserts::new(all))
}

/// The files of a folder beside the roster, in order of their paths.
fn files(folder: &str, beside: &Path, deep: usize) -> Result<Vec<PathBuf>, LettersError> {
    let path = beside.join(folder);
    if !path.is_dir() && LetterSettings::may_be_missing(folder) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    walk(&path, deep, &mut found).map_err(|error| unreadable(&path, &error))?;
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, deep: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = file_name(&path).starts_with('.');
        if path.is_dir() {
            if deep > 0 && !hidden {
                walk(&path, deep - 1, found)?;
            }
        } else if !hidden {
            found.push(path);
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, LettersError> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| LettersError::Supplied { path: shown(path), message: "is not a text in UTF-8".to_owned() })?;
    Ok(text.strip_prefix('\u{FEFF}').map_or_else(|| text.clone(), str::to_owned))
}

fn unreadable(path: &Path, error: &io::Error) -> LettersError {
    LettersError::Supplied { path: shown(path), message: error.to_string() }
}

fn is_font(path: &Path) -> bool {
    ["ttf", "otf", "ttc", "otc"].contains(&extension(path).as_str())
}

fn extension(path: &Path) -> String {
    path.extension().and_then(|own| own.to_str()).unwrap_or_default().to_ascii_lowercase()
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
