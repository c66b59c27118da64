//! One binary for everything seen from outside: commands, files, letters. One module an area.

mod cli;
mod documentation;
mod export;
mod generate;
mod letters;
mod plan;
mod plan_folder;
mod readme;
mod roster;
mod verify;
