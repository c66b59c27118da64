//! Capacitated p-median instances: exactly p of the nodes become sites and serve all nodes.
//!
//! `cargo run --release --example cpmp -- FILE --time-limit 60 --format json`. Two formats: OR-Library's pmedcap (`id
//! optimum`, `n p Q`, then `node x y demand`; distances rounded down) and SJC (`n p`, then `x y capacity demand`; real
//! distances).

use std::process::ExitCode;

use caseload::solve::Control;
use caseload::solve::sites::{Sites, solve};

mod answer;
use answer::{Answer, numbers, whole};

/// Real distances are counted in 1/FINE, rounded down: 200 of them are wrong by less than 0.00002.
const FINE: f64 = 1e7;

struct Node {
    x: f64,
    y: f64,
    capacity: i64,
    demand: i64,
}

struct Instance {
    nodes: Vec<Node>,
    open: usize,
    /// Distances are real, not rounded down to whole ones.
    real: bool,
}

fn read(text: &str) -> Result<Instance, String> {
    let all = numbers(text)?;
    let short = || "the file ends too early".to_owned();
    let first = |at: usize| all.get(at).copied().ok_or_else(short).and_then(whole);
    // Five numbers before the nodes, or two: four a node in both formats.
    let classic = all.len() == 5 + 4 * first(2)? as usize;
    let head = if classic { 5 } else { 2 };
    let (count, open) =
        (first(head - if classic { 3 } else { 2 })? as usize, first(if classic { 3 } else { 1 })? as usize);
    if all.len() != head + 4 * count {
        return Err(format!("{} numbers, where {} nodes need {}", all.len(), count, head + 4 * count));
    }
    let node = |row: &[f64]| {
        let (x, y, capacity) = if classic { (row[1], row[2], all[4]) } else { (row[0], row[1], row[2]) };
        Ok(Node { x, y, capacity: whole(capacity)?, demand: whole(row[3])? })
    };
    let nodes = all[head..].chunks_exact(4).map(node).collect::<Result<_, String>>()?;
    Ok(Instance { nodes, open, real: !classic })
}

fn run(text: &str, control: Control<'_>) -> Result<Answer, String> {
    let instance = read(text)?;
    let nodes = &instance.nodes;
    let fine = if instance.real { FINE } else { 1.0 };
    let distance = |a: &Node, b: &Node| (a.x - b.x).hypot(a.y - b.y);
    let problem = Sites {
        demands: nodes.iter().map(|node| node.demand).collect(),
        capacities: nodes.iter().map(|node| node.capacity).collect(),
        opening: vec![0; nodes.len()],
        costs: nodes.iter().flat_map(|a| nodes.iter().map(move |b| Some((distance(a, b) * fine) as i64))).collect(),
        open: Some(instance.open),
    };
    let found = solve(&problem, control).map_err(|error| error.to_string())?;
    // The value is that of the real distances; cost and bound lie below it by what rounding down took.
    let real = |plan: &caseload::solve::sites::Plan| {
        plan.serves.iter().zip(nodes).map(|(&site, node)| distance(node, &nodes[site as usize])).sum()
    };
    let value: Option<f64> =
        if instance.real { found.plan.as_ref().map(real) } else { found.cost.map(|cost| cost as f64) };
    let proven = found.cost == Some(found.bound);
    Ok(Answer {
        status: found.status,
        bound: value.filter(|_| proven).unwrap_or(found.bound as f64 / fine),
        value,
        decimals: if instance.real { 4 } else { 0 },
        more: vec![
            ("customers", nodes.len().into()),
            ("open", found.plan.map_or(serde_json::Value::Null, |plan| plan.open.into())),
            ("nodes", found.nodes.into()),
        ],
    })
}

fn main() -> ExitCode {
    answer::main(run)
}
