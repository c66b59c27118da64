//! One binary for everything seen from outside: commands, files, letters. One module an area.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is how a test or bench fails")]

mod cli;
mod documentation;
mod explain;
mod export;
mod generate;
mod handoff;
mod hire;
mod import;
mod letters;
mod needs;
mod plan;
mod plan_folder;
mod program_files;
mod programs;
mod readme;
mod reconcile;
mod roster;
#[path = "../properties/rosters.rs"]
mod rosters;
mod sheets;
mod verify;
mod words;
mod workbook;
