//! The exact model for other solvers: MPS and LP with every pair, every step of a place's cost and every row; NPZ with
//! the tables a network solver wants.

use std::io::{self, Seek, Write};
use std::sync::Arc;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::cost::arc;
use crate::ids::ManagerIx;
use crate::model::Model;
use crate::model::problem::{Load, NOT_ALLOWED, Problem, Row, RowUse};

/// A column of the written program: its name, cost, largest value, whether it must be whole, and its rows.
struct Column {
    name: String,
    cost: i64,
    most: i64,
    integer: bool,
    entries: Vec<(String, i64)>,
}

/// A row of the written program.
struct Line {
    name: String,
    /// `E`, `L` or `G`, as MPS has it.
    kind: char,
    right: i64,
}

fn lines(problem: &Problem<'_>) -> Vec<Line> {
    let mut lines: Vec<Line> =
        (0..problem.units.len()).map(|unit| Line { name: format!("once{unit}"), kind: 'E', right: 1 }).collect();
    lines.extend((0..problem.managers()).map(|at| Line { name: format!("load{at}"), kind: 'E', right: 0 }));
    let rows = problem.rows.iter().enumerate();
    lines.extend(rows.map(|(at, row)| Line { name: format!("limit{at}"), kind: 'L', right: row.limit }));
    lines.extend(problem.minimum_use.map(|least| Line { name: "used".to_owned(), kind: 'G', right: least.managers }));
    lines
}

/// All columns, unit by unit, then place by place; each is given to `each` as it is made.
fn columns(problem: &Problem<'_>, each: &mut dyn FnMut(Column) -> io::Result<()>) -> io::Result<()> {
    for (at, unit) in problem.units.iter().enumerate() {
        for (manager, &cost) in problem.arc_costs(at).iter().enumerate().filter(|&(_, &cost)| cost != NOT_ALLOWED) {
            let mut entries = vec![(format!("once{at}"), 1), (format!("load{manager}"), i64::from(unit.size))];
            for (number, row) in problem.rows.iter().enumerate() {
                let usage = row.usage(at, unit, manager);
                if usage != 0 {
                    entries.push((format!("limit{number}"), usage));
                }
            }
            each(Column { name: format!("x{at}_{manager}"), cost, most: 1, integer: true, entries })?;
        }
        if let Some(unserved) = problem.unserved {
            let (cost, entries) = (unserved * i64::from(unit.size), vec![(format!("once{at}"), 1)]);
            each(Column { name: format!("unserved{at}"), cost, most: 1, integer: true, entries })?;
        }
    }
    for (manager, places) in problem.places.iter().enumerate() {
        for (place, &cost) in places.iter().enumerate() {
            let mut entries = vec![(format!("load{manager}"), -1)];
            if place == 0 && problem.minimum_use.is_some() {
                entries.push(("used".to_owned(), 1));
            }
            let integer = problem.minimum_use.is_some();
            each(Column { name: format!("place{manager}_{place}"), cost, most: 1, integer, entries })?;
        }
    }
    Ok(())
}

/// What the indices in the names mean.
fn legend(model: &Model<'_>, comment: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{comment} caseload: minimise seconds of staff time a year. x<unit>_<manager> = 1: the unit is with the manager."
    )?;
    writeln!(out, "{comment} place<manager>_<k>: the manager's place k+1 is taken.")?;
    for (at, members) in model.units.iter().enumerate() {
        let ids: Vec<&str> = members.iter().map(|&member| &*model.roster().member(member).id).collect();
        writeln!(out, "{comment} unit {at}: {}", ids.join(" ").escape_debug())?;
    }
    for (at, manager) in model.roster().managers().iter().enumerate() {
        writeln!(out, "{comment} manager {at}: {}", manager.id.escape_debug())?;
    }
    for (at, name) in model.row_names.iter().enumerate() {
        writeln!(out, "{comment} limit {at}: {name:?}")?;
    }
    Ok(())
}

/// Free MPS.
///
/// # Errors
/// When `out` cannot be written.
pub fn mps(model: &Model<'_>, problem: &Problem<'_>, out: &mut dyn Write) -> io::Result<()> {
    legend(model, "*", out)?;
    writeln!(out, "NAME caseload\nROWS\n N cost")?;
    let lines = lines(problem);
    for line in &lines {
        writeln!(out, " {} {}", line.kind, line.name)?;
    }
    writeln!(out, "COLUMNS")?;
    let (mut integer, mut markers) = (false, 0);
    let mut bounds: Vec<(String, i64)> = Vec::new();
    columns(problem, &mut |column| {
        if column.integer != integer {
            integer = column.integer;
            let word = if integer { "INTORG" } else { "INTEND" };
            writeln!(out, " MARKER{markers} 'MARKER' '{word}'")?;
            markers += 1;
        }
        writeln!(out, " {} cost {}", column.name, column.cost)?;
        for (row, value) in &column.entries {
            writeln!(out, " {} {row} {value}", column.name)?;
        }
        bounds.push((column.name, column.most));
        Ok(())
    })?;
    if integer {
        writeln!(out, " MARKER{markers} 'MARKER' 'INTEND'")?;
    }
    writeln!(out, "RHS")?;
    for line in lines.iter().filter(|line| line.right != 0) {
        writeln!(out, " rhs {} {}", line.name, line.right)?;
    }
    writeln!(out, "BOUNDS")?;
    for (name, most) in bounds {
        writeln!(out, " UP bound {name} {most}")?;
    }
    writeln!(out, "ENDATA")
}

/// CPLEX LP.
///
/// # Errors
/// When `out` cannot be written.
pub fn lp(model: &Model<'_>, problem: &Problem<'_>, out: &mut dyn Write) -> io::Result<()> {
    legend(model, "\\", out)?;
    let lines = lines(problem);
    let position: std::collections::BTreeMap<&str, usize> =
        lines.iter().enumerate().map(|(at, line)| (line.name.as_str(), at)).collect();
    let mut sums: Vec<Vec<(String, i64)>> = vec![Vec::new(); lines.len()];
    let (mut bounds, mut whole) = (Vec::new(), Vec::new());
    writeln!(out, "Minimize\n cost:")?;
    columns(problem, &mut |column| {
        writeln!(out, " + {} {}", column.cost, column.name)?;
        for (row, value) in column.entries {
            sums[position[row.as_str()]].push((column.name.clone(), value));
        }
        if column.integer {
            whole.push(column.name.clone());
        }
        bounds.push((column.name, column.most));
        Ok(())
    })?;
    writeln!(out, "Subject To")?;
    for (line, sum) in lines.iter().zip(&sums) {
        let sign = match line.kind {
            'E' => "=",
            'L' => "<=",
            _ => ">=",
        };
        // A row without columns still has to hold: LP wants a term in it.
        let Some((first, _)) = bounds.first().filter(|_| sum.is_empty()) else {
            writeln!(out, " {}:", line.name)?;
            for (name, value) in sum {
                writeln!(out, " {} {} {name}", if *value < 0 { "-" } else { "+" }, value.abs())?;
            }
            writeln!(out, " {sign} {}", line.right)?;
            continue;
        };
        writeln!(out, " {}: 0 {first} {sign} {}", line.name, line.right)?;
    }
    writeln!(out, "Bounds")?;
    for (name, most) in bounds {
        writeln!(out, " 0 <= {name} <= {most}")?;
    }
    writeln!(out, "General")?;
    for name in whole {
        writeln!(out, " {name}")?;
    }
    writeln!(out, "End")
}

/// Why a problem has no NPZ form; `None` when it has.
#[must_use]
pub fn npz_obstacle(problem: &Problem<'_>) -> Option<String> {
    let kind = |uses: &RowUse| match uses {
        RowUse::NewTo(_) => Some("receive limits"),
        RowUse::Within(_) | RowUse::Weighed(..) => Some("averages, spans and limits on disparity"),
        RowUse::Movers(_) => Some("budgets of moves"),
        RowUse::Load(..) => None,
    };
    let mut kinds: Vec<&str> = problem.rows.iter().filter_map(|row| kind(&row.uses)).collect();
    kinds.extend(problem.minimum_use.map(|_| "a least number of case managers with members"));
    kinds.dedup();
    (!kinds.is_empty()).then(|| format!("npz has no place for {}; use --format mps or lp", kinds.join(" and ")))
}

/// NPZ: `cost` (members x managers, -1 = not eligible), `capacity`, `current` (-1 = none), `balance` (managers x places:
/// cost of the k-th place taken, -1 behind the last place), `unit` (members with the same number stay together),
/// `unserved` (cost of a member unserved, -1 = no choice), ids in `members` and `managers`.
///
/// Weighted capacities, when there are any, are rows: `load_manager` (whose), `load_capacity` (at most), `load` (rows x
/// members: what each uses there; what a unit uses stands with its first member).
///
/// # Errors
/// When `out` cannot be written.
pub fn npz<W: Write + Seek>(model: &Model<'_>, problem: &Problem<'_>, out: W) -> io::Result<()> {
    let roster = model.roster();
    let mut zip = ZipWriter::new(out);
    let (members, managers) = (roster.members().len(), roster.managers().len());
    let allowed = |member, manager| {
        if model.eligibility.allows(member, manager) { arc(model.prepared(), member, manager).0 } else { -1 }
    };
    let cost = roster
        .member_indices()
        .flat_map(|member| roster.manager_indices().map(move |manager| (member, manager)).collect::<Vec<_>>());
    integers(&mut zip, "cost", &[members, managers], cost.map(|(member, manager)| allowed(member, manager)))?;
    integers(&mut zip, "capacity", &[managers], model.capacities.iter().map(|&places| i64::from(places)))?;
    let current = |manager: Option<ManagerIx>| manager.map_or(-1, |manager| i64::from(manager.0));
    integers(&mut zip, "current", &[members], roster.members().iter().map(|member| current(member.manager)))?;
    let most = problem.places.iter().map(Vec::len).max().unwrap_or(0);
    let places = problem
        .places
        .iter()
        .flat_map(|places| (0..most).map(|at| places.get(at).copied().unwrap_or(-1)).collect::<Vec<_>>());
    integers(&mut zip, "balance", &[managers, most], places)?;
    let mut unit_of = vec![-1_i64; members];
    for (unit, who) in model.units.iter().enumerate() {
        who.iter().for_each(|member| unit_of[member.at()] = unit as i64);
    }
    integers(&mut zip, "unit", &[members], unit_of.into_iter())?;
    integers(&mut zip, "unserved", &[1], std::iter::once(problem.unserved.unwrap_or(-1)))?;
    loads(&mut zip, model, problem)?;
    words(&mut zip, "members", roster.members().iter().map(|member| &*member.id))?;
    words(&mut zip, "managers", roster.managers().iter().map(|manager| &*manager.id))?;
    zip.finish()?.flush()
}

/// The weighted capacities; nothing when there are none.
fn loads<W: Write + Seek>(zip: &mut ZipWriter<W>, model: &Model<'_>, problem: &Problem<'_>) -> io::Result<()> {
    let load = |row: &Row| match &row.uses {
        RowUse::Load(manager, load) => Some((*manager, row.limit, Arc::clone(load))),
        _ => None,
    };
    let rows: Vec<_> = problem.rows.iter().filter_map(load).collect();
    if rows.is_empty() {
        return Ok(());
    }
    integers(zip, "load_manager", &[rows.len()], rows.iter().map(|row| i64::from(row.0)))?;
    integers(zip, "load_capacity", &[rows.len()], rows.iter().map(|row| row.1))?;
    let members = model.roster().members().len();
    let mut unit_of_first = vec![None; members];
    for (unit, who) in model.units.iter().enumerate() {
        who.first().into_iter().for_each(|first| unit_of_first[first.at()] = Some(unit));
    }
    let use_of = |(manager, _, load): &(u32, i64, Arc<dyn Load>), unit: Option<usize>| {
        unit.map_or(0, |unit| load.of(unit, *manager as usize))
    };
    let uses = rows.iter().flat_map(|row| unit_of_first.iter().map(move |&unit| use_of(row, unit)));
    integers(zip, "load", &[rows.len(), members], uses)
}

/// One array of 64-bit integers, as `NumPy`'s format description (NEP 1) has it.
fn integers<W: Write + Seek>(
    zip: &mut ZipWriter<W>,
    name: &str,
    shape: &[usize],
    values: impl Iterator<Item = i64>,
) -> io::Result<()> {
    start(zip, name, "<i8", shape)?;
    let mut bytes = Vec::with_capacity(1 << 16);
    for value in values {
        bytes.extend_from_slice(&value.to_le_bytes());
        if bytes.len() >= 1 << 16 {
            zip.write_all(&bytes)?;
            bytes.clear();
        }
    }
    zip.write_all(&bytes)
}

/// One array of texts: UTF-32, all as wide as the longest.
fn words<'w, W: Write + Seek>(
    zip: &mut ZipWriter<W>,
    name: &str,
    words: impl Iterator<Item = &'w str> + Clone,
) -> io::Result<()> {
    let width = words.clone().map(|word| word.chars().count()).max().unwrap_or(1).max(1);
    start(zip, name, &format!("<U{width}"), &[words.clone().count()])?;
    for word in words {
        let letters = word.chars().map(u32::from).chain(std::iter::repeat(0)).take(width);
        zip.write_all(&letters.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())?;
    }
    Ok(())
}

fn start<W: Write + Seek>(zip: &mut ZipWriter<W>, name: &str, kind: &str, shape: &[usize]) -> io::Result<()> {
    // A fixed time of change, so that the same model gives the same bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .large_file(true);
    zip.start_file(format!("{name}.npy"), options)?;
    let sizes = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sizes},), }}");
    // Magic, version and length take 10 bytes; the whole is a multiple of 64 and ends a line.
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    zip.write_all(b"\x93NUMPY\x01\x00")?;
    zip.write_all(&(header.len() as u16).to_le_bytes())?;
    zip.write_all(header.as_bytes())
}
