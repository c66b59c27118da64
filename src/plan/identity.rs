//! A short name for a plan that is the same whenever the plan is the same.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::cost::Assignment;
use crate::program::{Handoff, Program, Rules};
use crate::roster::Roster;

/// Bytes of the hash that make the id: 48 bits, 12 letters.
const ID_BYTES: usize = 6;

/// SHA-256 of a text or file, in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The id of a plan: from the hashes of the inputs (name, SHA-256), the rules as resolved and who is with whom.
#[must_use]
pub fn plan_id(roster: &Roster, rules: &Rules, inputs: &[(String, String)], assignment: &Assignment) -> String {
    let mut hash = Sha256::new();
    let mut inputs: Vec<_> = inputs.iter().collect();
    inputs.sort_unstable();
    for (name, digest) in inputs {
        hash.update(format!("{}:{name}={digest}\n", name.len()));
    }
    // When members are handed over is no part of who goes to whom: a plan keeps its id when it is scheduled again.
    let program = Program { handoff: Handoff::default(), ..rules.program.clone() };
    hash.update(format!(
        "{}\n{:?}\n{:?}\n{} {} {}\n",
        rules.program_text, program, rules.weights, rules.as_of, rules.effective_on, rules.allow_unserved
    ));
    for (member, manager) in roster.members().iter().zip(assignment) {
        let manager = manager.map_or("", |manager| &roster.manager(manager).id);
        hash.update(format!("{}:{}={}:{manager}\n", member.id.len(), member.id, manager.len()));
    }
    hex(&hash.finalize()[..ID_BYTES])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
