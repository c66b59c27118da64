//! Every command of the README runs, and what it shows is what comes out.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

/// The lines of all `sh` blocks.
fn commands(text: &str) -> Vec<String> {
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).map(str::to_owned).collect()
}

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the README")
}

/// Runs a command of the README in `folder`; returns its exit status and stdout.
fn run(line: &str, folder: &Path) -> (Option<i32>, String) {
    let words = line.strip_prefix("target/release/caseload ").expect("a caseload command").split_whitespace();
    let output =
        Command::new(env!("CARGO_BIN_EXE_caseload")).args(words).current_dir(folder).output().expect("it runs");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn every_command_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let (make, own): (Vec<String>, Vec<String>) =
        commands(&readme()).into_iter().partition(|line| line.starts_with("make "));
    // CI runs these two themselves; here their targets must be there.
    let makefile = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Makefile")).expect("the Makefile");
    assert_eq!(make, ["make demo", "make test"]);
    for target in ["\ndemo:", "\ntest:"] {
        assert!(makefile.contains(target), "{target}");
    }
    assert!(own.len() >= 5);
    for line in own {
        let (code, out) = run(&line, folder.path());
        // `check` says what is not met at present with 1.
        let expected: &[i32] = if line.contains(" check ") { &[0, 1] } else { &[0] };
        assert!(code.is_some_and(|code| expected.contains(&code)), "{line}: {code:?}\n{out}");
    }
}

#[test]
fn what_it_shows_is_what_comes_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/iowa-mco");
    let text = readme();
    let block = text.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the shown run");
    let (command, shown) = block.split_once('\n').expect("a command and its output");
    let line =
        command.strip_prefix("$ ").expect("a prompt").replace("datasets/iowa-mco", &datasets.display().to_string());
    let (code, out) = run(&format!("{line} --no-letters"), folder.path());
    assert_eq!(code, Some(0), "{out}");
    for shown in shown.lines() {
        assert!(out.lines().any(|line| line == shown), "not in the output: {shown}\n{out}");
    }
}
