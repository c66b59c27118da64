//! What was found wrong in one file: the first thousand problems of each code in full, the others counted, so that a
//! file of a million errors costs no more memory than a file of a thousand.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Code, Problem, Severity};

/// Problems of one code and file that are kept in full.
pub const KEPT_OF_A_KIND: usize = 1_000;

/// The problems of one file.
#[derive(Debug)]
pub(super) struct Sink {
    file: Arc<str>,
    /// How many of each code an earlier part of the file has brought already.
    before: BTreeMap<Code, usize>,
    found: BTreeMap<Code, Group>,
}

#[derive(Debug, Default)]
struct Group {
    kept: Vec<Problem>,
    total: usize,
}

impl Sink {
    pub(super) fn new(file: &Arc<str>) -> Self {
        Self { file: Arc::clone(file), before: BTreeMap::new(), found: BTreeMap::new() }
    }

    /// An empty one for a part of the same file that comes after what is in here.
    pub(super) fn part(&self) -> Self {
        let before = self.found.iter().map(|(code, group)| (*code, group.total)).collect();
        Self { file: Arc::clone(&self.file), before, found: BTreeMap::new() }
    }

    /// Adds a problem; `make` runs only when it is kept.
    pub(super) fn add(&mut self, code: Code, make: impl FnOnce(Problem) -> Problem) {
        let before = self.before.get(&code).copied().unwrap_or(0);
        let group = self.found.entry(code).or_default();
        group.total += 1;
        if before + group.total <= KEPT_OF_A_KIND {
            group.kept.push(make(Problem::new(code, &self.file)));
        }
    }

    /// Adds what a later part of the file brought.
    pub(super) fn absorb(&mut self, later: Self) {
        for (code, mut group) in later.found {
            let here = self.found.entry(code).or_default();
            group.kept.truncate(KEPT_OF_A_KIND.saturating_sub(here.kept.len()));
            here.kept.append(&mut group.kept);
            here.total += group.total;
        }
    }

    /// How many errors, kept or not.
    pub(super) fn errors(&self) -> usize {
        let errors = self.found.iter().filter(|(code, _)| code.severity() == Severity::Error);
        errors.map(|(_, group)| group.total).sum()
    }

    /// The kept problems of a code, to add what is only known when the whole roster has been read.
    pub(super) fn of(&mut self, code: Code) -> impl Iterator<Item = &mut Problem> {
        self.found.get_mut(&code).into_iter().flat_map(|group| group.kept.iter_mut())
    }

    /// All of them, by row, the counts of what was not kept at the end.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut all = Vec::new();
        let mut more = Vec::new();
        for (code, group) in self.found {
            if group.total > group.kept.len() {
                let rest = group.total - group.kept.len();
                let fix = format!("{rest} more of these in {} are not listed. {}", self.file, code.explain());
                more.push(Problem::new(code, &self.file).fix(fix));
            }
            all.extend(group.kept);
        }
        all.sort_by_key(|problem| (problem.row, problem.code));
        all.extend(more);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_are_found_a_thousand_are_kept_and_all_are_counted() {
        let mut whole = Sink::new(&Arc::from("members.csv"));
        for part in 0..5_u32 {
            let mut later = whole.part();
            for row in 0..700 {
                later.add(Code::DateInvalid, |problem| problem.row(part * 700 + row));
            }
            whole.absorb(later);
        }
        assert_eq!(whole.errors(), 3_500);
        let problems = whole.into_problems();
        assert_eq!(problems.len(), KEPT_OF_A_KIND + 1);
        assert!(problems[..KEPT_OF_A_KIND].iter().enumerate().all(|(at, problem)| problem.row == Some(at as u32)));
        assert!(problems[KEPT_OF_A_KIND].fix.starts_with("2500 more"));
    }
}
