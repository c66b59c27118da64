//! `caseload model`: what other solvers are handed is the very problem `plan` solves. MPS and LP are read by readers
//! written for this test and solved by `HiGHS`; the arrays of the NPZ are tried out in full.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assert_cmd::Command;
use caseload::cost::Prepared;
use caseload::model::Model;
use caseload::model::problem::{Load, Row, RowUse};
use caseload::output::solver_files;
use caseload::program::Settings;
use caseload::program::settings::Overrides;
use caseload::roster::reading::read_folder;
use highs::{ColProblem, HighsModelStatus, Sense};
use serde_json::Value;

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/tiny")
}

fn by_hand() -> Value {
    serde_json::from_str(&fs::read_to_string(tiny().join("optimum.json")).unwrap()).unwrap()
}

/// Exit status, stdout and stderr.
fn run(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_caseload")).env("NO_COLOR", "1").args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// `datasets/tiny` in `format` under the given program file.
fn export(folder: &Path, format: &str, program: &Path) -> PathBuf {
    let out = folder.join(format!("model.{format}"));
    let place = tiny();
    let mut args = vec!["model", place.to_str().unwrap(), "--format", format, "--out", out.to_str().unwrap()];
    args.extend(["--program", program.to_str().unwrap(), "--force"]);
    let (status, _, errors) = run(&args);
    assert_eq!(status, 0, "{errors}");
    out
}

/// The program of `datasets/tiny` with some of its lines changed.
fn program(folder: &Path, changes: &[(&str, &str)]) -> PathBuf {
    let mut text = fs::read_to_string(tiny().join("tiny.toml")).unwrap();
    for (from, to) in changes {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text = text.replace(from, to);
    }
    let path = folder.join("program.toml");
    fs::write(&path, text).unwrap();
    path
}

/// An integer program as a file says it.
#[derive(Default)]
struct Program {
    /// Name -> least and greatest sum.
    rows: BTreeMap<String, (f64, f64)>,
    /// Name -> cost, upper bound, whole.
    columns: BTreeMap<String, (f64, f64, bool)>,
    /// (column, row) -> factor.
    factors: BTreeMap<(String, String), f64>,
    /// `unit 0` -> what the comment says about it.
    legend: BTreeMap<String, String>,
}

impl Program {
    /// Reads free MPS: names have no spaces.
    fn from_mps(text: &str) -> Self {
        let mut program = Self::default();
        let (mut section, mut integer, mut objective) = (String::new(), false, String::new());
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix('*') {
                program.note(comment);
                continue;
            }
            let fields: Vec<&str> = line.split_whitespace().collect();
            if !line.starts_with(' ') {
                section = fields[0].to_owned();
                continue;
            }
            let number = |at: usize| fields[at].parse::<f64>().unwrap();
            match section.as_str() {
                "ROWS" if fields[0] == "N" => objective = fields[1].to_owned(),
                "ROWS" => {
                    let bounds = match fields[0] {
                        "E" => (0.0, 0.0),
                        "L" => (f64::NEG_INFINITY, 0.0),
                        "G" => (0.0, f64::INFINITY),
                        other => panic!("a row of kind {other}"),
                    };
                    assert!(program.rows.insert(fields[1].to_owned(), bounds).is_none(), "{line}");
                }
                "COLUMNS" if fields[1] == "'MARKER'" => integer = fields[2] == "'INTORG'",
                "COLUMNS" => {
                    let column = program.columns.entry(fields[0].to_owned()).or_insert((0.0, f64::INFINITY, integer));
                    if fields[1] == objective {
                        column.0 = number(2);
                    } else {
                        assert!(program.rows.contains_key(fields[1]), "{line}");
                        let key = (fields[0].to_owned(), fields[1].to_owned());
                        assert!(program.factors.insert(key, number(2)).is_none(), "{line}");
                    }
                }
                "RHS" => {
                    let row = program.rows.get_mut(fields[1]).unwrap();
                    *row = (row.0 + number(2), row.1 + number(2));
                }
                "BOUNDS" => {
                    assert_eq!(fields[0], "UP");
                    program.columns.get_mut(fields[2]).unwrap().1 = number(3);
                }
                other => panic!("section {other}"),
            }
        }
        assert_eq!(section, "ENDATA");
        program
    }

    /// Reads CPLEX LP as far as this product writes it: one sum a row, signs and factors apart, bounds `0 <= x <= n`.
    fn from_lp(text: &str) -> Self {
        let mut program = Self::default();
        let mut section = String::new();
        let mut row = String::new();
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix('\\') {
                program.note(comment);
                continue;
            }
            if !line.starts_with(' ') {
                section = line.trim().to_owned();
                continue;
            }
            let mut fields: Vec<&str> = line.split_whitespace().collect();
            match section.as_str() {
                "Bounds" => {
                    assert_eq!((fields[0], fields[1], fields[3]), ("0", "<=", "<="));
                    program.columns.get_mut(fields[2]).unwrap().1 = fields[4].parse().unwrap();
                    continue;
                }
                "General" => {
                    program.columns.get_mut(fields[0]).unwrap().2 = true;
                    continue;
                }
                "End" => panic!("something behind the end"),
                _ => {}
            }
            if let Some(name) = fields[0].strip_suffix(':') {
                row = name.to_owned();
                fields.remove(0);
            }
            while !fields.is_empty() {
                if let Some(kind) = ["=", "<=", ">="].into_iter().find(|kind| *kind == fields[0]) {
                    let right: f64 = fields[1].parse().unwrap();
                    let least = if kind == "<=" { f64::NEG_INFINITY } else { right };
                    let most = if kind == ">=" { f64::INFINITY } else { right };
                    assert!(program.rows.insert(row.clone(), (least, most)).is_none(), "{line}");
                    fields.drain(..2);
                    continue;
                }
                let sign = if fields[0] == "-" { -1.0 } else { 1.0 };
                if ["+", "-"].contains(&fields[0]) {
                    fields.remove(0);
                }
                let factor = sign * fields[0].parse::<f64>().unwrap();
                let name = fields[1].to_owned();
                fields.drain(..2);
                if section == "Minimize" {
                    assert!(program.columns.insert(name, (factor, f64::INFINITY, false)).is_none(), "{line}");
                } else {
                    assert!(program.columns.contains_key(&name), "{line}");
                    *program.factors.entry((name, row.clone())).or_default() += factor;
                }
            }
        }
        assert_eq!(section, "End");
        program
    }

    fn note(&mut self, comment: &str) {
        if let Some((what, says)) = comment.split_once(": ") {
            self.legend.insert(what.trim().to_owned(), says.to_owned());
        }
    }

    /// `HiGHS`'s optimum, and the columns that are 1; `None` when there is no solution.
    fn solve(&self) -> Option<(i64, Vec<String>)> {
        let mut problem = ColProblem::default();
        let rows: BTreeMap<&str, highs::Row> =
            self.rows.iter().map(|(name, &(least, most))| (name.as_str(), problem.add_row(least..=most))).collect();
        for (name, &(cost, most, whole)) in &self.columns {
            let of_column = self.factors.range((name.clone(), String::new())..);
            let factors = of_column.take_while(|((column, _), _)| column == name);
            let factors = factors.map(|((_, row), &factor)| (rows[row.as_str()], factor));
            if whole {
                problem.add_integer_column(cost, 0.0..=most, factors);
            } else {
                problem.add_column(cost, 0.0..=most, factors);
            }
        }
        let mut model = problem.optimise(Sense::Minimise);
        model.make_quiet();
        model.set_option("mip_rel_gap", 0.0);
        model.set_option("mip_abs_gap", 0.5);
        let solved = model.solve();
        if solved.status() == HighsModelStatus::Infeasible {
            return None;
        }
        assert_eq!(solved.status(), HighsModelStatus::Optimal);
        let solution = solved.get_solution();
        let taken = self.columns.keys().zip(solution.columns()).filter(|(_, value)| **value > 0.5);
        Some((solved.objective_value().round() as i64, taken.map(|(name, _)| name.clone()).collect()))
    }

    /// Member -> case manager, by the comments at the file's head.
    fn assignment(&self, taken: &[String]) -> BTreeMap<String, String> {
        let mut assignment = BTreeMap::new();
        for column in taken.iter().filter_map(|name| name.strip_prefix('x')) {
            let (unit, manager) = column.split_once('_').unwrap();
            for member in self.legend[&format!("unit {unit}")].split(' ') {
                assignment.insert(member.to_owned(), self.legend[&format!("manager {manager}")].clone());
            }
        }
        assignment
    }
}

/// Both text forms, read back.
fn programs(folder: &Path, program: &Path) -> [Program; 2] {
    let read = |format| fs::read_to_string(export(folder, format, program)).unwrap();
    [Program::from_mps(&read("mps")), Program::from_lp(&read("lp"))]
}

#[test]
fn mps_and_lp_have_the_optimum_worked_out_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let by_hand = by_hand();
    for program in programs(folder.path(), &tiny().join("tiny.toml")) {
        let (cost, taken) = program.solve().expect("a solution");
        assert_eq!(Some(cost), by_hand["cost_seconds"].as_i64());
        let assignment = serde_json::to_value(program.assignment(&taken)).unwrap();
        assert_eq!(assignment, by_hand["assignment"]);
    }
}

#[test]
fn mps_and_lp_carry_every_limit() {
    let folder = tempfile::tempdir().unwrap();
    let with_members = ("denominator = \"headcount\"", "denominator = \"with_members\"");
    let variants: [&[(&str, &str)]; 7] = [
        &[("receive]\nlimit = 0", "receive]\nlimit = 2")],
        &[("receive]\nlimit = 0", "receive]\nlimit = 1")],
        &[("new_hire_limit = 0", "new_hire_limit = 2")],
        &[("total = 0", "total = 1"), ("high_need = 0", "high_need = 1")],
        &[with_members],
        &[("limit = 3\nscope = \"all\"", "limit = 2\nscope = \"all\""), with_members],
        &[("rule = \"keep_together\"", "rule = \"off\""), ("per_team = 0", "per_team = 1")],
    ];
    let mut costs = Vec::new();
    for changes in variants {
        let rules = program(folder.path(), changes);
        let out = folder.path().join("plan");
        let place = tiny();
        let (status, said, errors) = run(&[
            "plan",
            place.to_str().unwrap(),
            "--program",
            rules.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
            "--force",
            "--no-letters",
            "--no-report",
            "--format",
            "json",
        ]);
        let answer: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{errors}"));
        let planned = answer["cost"].as_i64();
        assert_eq!(planned.is_none(), status == 4, "{changes:?} {errors}");
        for program in programs(folder.path(), &rules) {
            assert_eq!(program.solve().map(|(cost, _)| cost), planned, "{changes:?}");
        }
        costs.push(planned);
    }
    assert!(costs.contains(&None), "one of them has no plan: {costs:?}");
    assert!(
        costs.iter().flatten().any(|cost| Some(*cost) > by_hand()["cost_seconds"].as_i64()),
        "one binds: {costs:?}"
    );
}

/// An array of an NPZ: what its header says and its bytes.
struct Array {
    descr: String,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Array {
    fn read(npz: &Path, name: &str) -> Self {
        let mut zip = zip::ZipArchive::new(fs::File::open(npz).unwrap()).unwrap();
        let mut all = Vec::new();
        zip.by_name(&format!("{name}.npy")).unwrap().read_to_end(&mut all).unwrap();
        assert_eq!(&all[..8], b"\x93NUMPY\x01\x00");
        let end = 10 + usize::from(u16::from_le_bytes([all[8], all[9]]));
        assert!(end.is_multiple_of(64) && all[end - 1] == b'\n', "aligned as NumPy wants it");
        let header = std::str::from_utf8(&all[10..end]).unwrap();
        let after = |key: &str| header.split(&format!("'{key}': ")).nth(1).unwrap();
        assert!(after("fortran_order").starts_with("False"));
        let shape = after("shape").trim_start_matches('(').split(')').next().unwrap();
        Self {
            descr: after("descr").trim_start_matches('\'').split('\'').next().unwrap().to_owned(),
            shape: shape
                .split(',')
                .map(str::trim)
                .filter(|size| !size.is_empty())
                .map(|n| n.parse().unwrap())
                .collect(),
            bytes: all[end..].to_vec(),
        }
    }

    fn integers(self, shape: &[usize]) -> Vec<i64> {
        assert_eq!((self.descr.as_str(), self.shape.as_slice()), ("<i8", shape));
        let values: Vec<i64> = self.bytes.chunks(8).map(|one| i64::from_le_bytes(one.try_into().unwrap())).collect();
        assert_eq!(values.len(), shape.iter().product::<usize>());
        values
    }

    fn words(self) -> Vec<String> {
        let width: usize = self.descr.strip_prefix("<U").unwrap().parse().unwrap();
        let letter = |four: &[u8]| char::from_u32(u32::from_le_bytes(four.try_into().unwrap())).unwrap();
        let words = self.bytes.chunks(4 * width);
        let words: Vec<String> =
            words.map(|word| word.chunks(4).map(letter).take_while(|letter| *letter != '\0').collect()).collect();
        assert_eq!(self.shape, [words.len()]);
        words
    }
}

#[test]
fn npz_has_the_optimum_worked_out_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let npz = export(folder.path(), "npz", &tiny().join("tiny.toml"));
    let members = Array::read(&npz, "members").words();
    let managers = Array::read(&npz, "managers").words();
    assert_eq!(members, ["M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8"]);
    assert_eq!(managers, ["CM-A", "CM-B", "CM-L", "CM-N"]);
    let cost = Array::read(&npz, "cost").integers(&[8, 4]);
    let capacity = Array::read(&npz, "capacity").integers(&[4]);
    let balance = Array::read(&npz, "balance").integers(&[4, 3]);
    let unit = Array::read(&npz, "unit").integers(&[8]);
    assert_eq!(capacity, [3, 3, 0, 3], "CM-L leaves");
    assert_eq!(Array::read(&npz, "current").integers(&[8]), [0, 0, 0, 0, 2, 2, 1, 1]);
    assert_eq!(Array::read(&npz, "unserved").integers(&[1]), [-1], "no choice");
    assert_eq!(&balance[6..9], [-1, -1, -1], "no place with CM-L");
    assert!((0..8).all(|member| cost[member * 4 + 2] == -1), "nobody may go to CM-L");
    assert_eq!(cost[4 * 4 + 3], -1, "M5 and CM-N are forbidden");
    let mut best: Option<(i64, Vec<usize>)> = None;
    for code in 0..4_usize.pow(8) {
        let plan: Vec<usize> = (0..8).map(|member| code >> (2 * member) & 3).collect();
        if (0..8).any(|a| cost[a * 4 + plan[a]] < 0 || (0..a).any(|b| unit[a] == unit[b] && plan[a] != plan[b])) {
            continue;
        }
        let load = |manager: usize| plan.iter().filter(|one| **one == manager).count();
        if (0..4).any(|manager| load(manager) as i64 > capacity[manager]) {
            continue;
        }
        let places: i64 = (0..4).map(|manager| balance[manager * 3..][..load(manager)].iter().sum::<i64>()).sum();
        let total = places + (0..8).map(|member| cost[member * 4 + plan[member]]).sum::<i64>();
        if best.as_ref().is_none_or(|(least, _)| total < *least) {
            best = Some((total, plan));
        }
    }
    let (total, plan) = best.expect("a plan");
    let by_hand = by_hand();
    assert_eq!(Some(total), by_hand["cost_seconds"].as_i64());
    for (member, manager) in members.iter().zip(plan) {
        assert_eq!(by_hand["assignment"][member], managers[manager].as_str());
    }
}

/// A member weighs 10 more than its number, twice that with manager 1.
#[derive(Debug)]
struct Weights;

impl Load for Weights {
    fn of(&self, unit: usize, manager: usize) -> i64 {
        (10 + unit as i64) * if manager == 1 { 2 } else { 1 }
    }

    fn of_unit(&self, _: usize) -> Option<i64> {
        None
    }
}

#[test]
fn npz_has_weighted_capacities() {
    let today = "2026-11-23".parse().unwrap();
    let rules = Settings::resolve(&tiny(), &Overrides::default(), today).unwrap().rules;
    let roster = read_folder(&tiny(), rules.as_of).unwrap().roster;
    let prepared = Prepared::new(&roster, &rules);
    let model = Model::new(&prepared);
    let mut problem = model.problem();
    for (manager, limit) in [(1, 70), (3, 40)] {
        problem.rows.push(Row { uses: RowUse::Load(manager, Arc::new(Weights)), limit });
    }
    let folder = tempfile::tempdir().unwrap();
    let npz = folder.path().join("weighted.npz");
    assert_eq!(solver_files::npz_obstacle(&problem), None);
    solver_files::npz(&model, &problem, fs::File::create(&npz).unwrap()).unwrap();
    assert_eq!(Array::read(&npz, "load_manager").integers(&[2]), [1, 3]);
    assert_eq!(Array::read(&npz, "load_capacity").integers(&[2]), [70, 40]);
    let load = Array::read(&npz, "load").integers(&[2, 8]);
    let unit = Array::read(&npz, "unit").integers(&[8]);
    for (member, row) in (0..8).flat_map(|member| (0..2).map(move |row| (member, row))) {
        // The second of a household has nothing: the household's use stands with the first.
        let first = !unit[..member].contains(&unit[member]);
        let expected = if first { (10 + unit[member]) * (2 - row) } else { 0 };
        assert_eq!(load[row as usize * 8 + member], expected, "member {member}, row {row}");
    }
    let sum: i64 = load[..8].iter().sum();
    let units = problem.units.len() as i64;
    assert_eq!(sum, (0..units).map(|unit| 2 * (10 + unit)).sum::<i64>(), "every unit is in it once");
}

#[test]
fn npz_is_refused_where_it_has_no_place_for_a_rule() {
    let folder = tempfile::tempdir().unwrap();
    for (changes, word) in [
        (("total = 0", "total = 1"), "budgets of moves"),
        (("receive]\nlimit = 0", "receive]\nlimit = 2"), "receive limits"),
        (("denominator = \"headcount\"", "denominator = \"with_members\""), "least number of case managers"),
    ] {
        let rules = program(folder.path(), &[changes]);
        let (place, out) = (tiny(), folder.path().join("refused.npz"));
        let args = ["model", place.to_str().unwrap(), "--format", "npz", "--out", out.to_str().unwrap()];
        let (status, said, errors) = run(&[&args[..], &["--program", rules.to_str().unwrap()]].concat());
        assert_eq!((status, said.as_str()), (2, ""), "{errors}");
        assert!(errors.contains(word), "{errors}");
        assert!(!out.exists());
    }
}

#[test]
fn a_file_that_is_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("mine.mps");
    fs::write(&out, "mine").unwrap();
    let place = tiny();
    let args = ["model", place.to_str().unwrap(), "--format", "mps", "--out", out.to_str().unwrap()];
    let (status, _, errors) = run(&args);
    assert_eq!(status, 74, "{errors}");
    assert!(errors.contains("mine.mps"), "{errors}");
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
}
