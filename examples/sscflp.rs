//! Single-source capacitated facility location in the format of Holmberg, Ronnqvist and Yuan (1999): which facilities to
//! open, and which one serves each customer whole.
//!
//! `cargo run --release --example sscflp -- FILE --time-limit 60 --format json`. Format: `I J`; I capacities; I opening
//! costs; J demands; J rows of I costs of serving a customer whole.

use std::process::ExitCode;

use caseload::solve::Control;
use caseload::solve::sites::{Sites, solve};

mod answer;
use answer::{Answer, numbers, whole};

fn read(text: &str) -> Result<Sites, String> {
    let all: Vec<i64> = numbers(text)?.into_iter().map(whole).collect::<Result<_, _>>()?;
    let &[sites, customers, ref rest @ ..] = &all[..] else { return Err("the file is empty".to_owned()) };
    let (sites, customers) = (sites as usize, customers as usize);
    let needed = 2 * sites + customers + sites * customers;
    if rest.len() != needed {
        return Err(format!("{} numbers after the first two, where {needed} belong", rest.len()));
    }
    let (capacities, rest) = rest.split_at(sites);
    let (opening, rest) = rest.split_at(sites);
    let (demands, costs) = rest.split_at(customers);
    Ok(Sites {
        demands: demands.to_vec(),
        capacities: capacities.to_vec(),
        opening: opening.to_vec(),
        costs: costs.iter().map(|&cost| Some(cost)).collect(),
        open: None,
    })
}

fn run(text: &str, control: Control<'_>) -> Result<Answer, String> {
    let problem = read(text)?;
    let found = solve(&problem, control).map_err(|error| error.to_string())?;
    Ok(Answer {
        status: found.status,
        value: found.cost.map(|cost| cost as f64),
        bound: found.bound as f64,
        decimals: 0,
        more: vec![
            ("customers", problem.customers().into()),
            ("sites", problem.sites().into()),
            ("open", found.plan.map_or(serde_json::Value::Null, |plan| plan.open.into())),
            ("nodes", found.nodes.into()),
        ],
    })
}

fn main() -> ExitCode {
    answer::main(run)
}
