//! Whatever bytes a file holds, reading ends with a roster or with problems, never with a panic.
#![allow(clippy::expect_used)] // a test that cannot go on says where

use std::fs;

use caseload::cli::terminal::sentence;
use caseload::diagnostic::Severity;
use caseload::roster::reading::{ReadError, read_folder};
use caseload::roster::schema::TABLES;
use chrono::NaiveDate;
use proptest::prelude::*;

const GOOD: [&str; 7] = [
    "member_id,name,need,birth_date,latitude,longitude,zip,language,guardian_zip,manager_id,assigned_on,visits_per_year\n\
     M1,\"Long, Ada\",high,1950-02-03,41.58,-93.62,50309,en,50010,CM1,2024-01-02,12\n\
     M2,Ben,low,,,,52240,es,,,,\nM3,\"Cy \"\"C\"\"\",moderate,1990-01-01,,,02108,en,,CM2,2020-01-01,0.5\n",
    "manager_id,name,team,zip,fte,available_until,languages,max_caseload,accepts_new,counties\n\
     CM1,Ann,T1,50309,1.0,2027-01-01,en;es,50,yes,Polk\nCM2,Bo,T2,52240,0.5,,,,no,19103;Linn\n",
    "team,supervisor_name,region\nT1,Eve,north\n",
    "provider_id,name,latitude,longitude\nP1,Care,41.6,-93.6\n",
    "member_id,provider_id,visits_per_month\nM1,P1,4\nM3,P1,\n",
    "position_id,team,zip,annual_cost\nO1,T3,50309,70000\n",
    "member_id,manager_id,kind,until\nM1,CM1,keep,2027-01-01\nM1,CM2,forbid,\n",
];

/// Reads a folder of these files and looks at all that comes out.
fn survives(files: &[Vec<u8>]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().map_err(|error| TestCaseError::fail(error.to_string()))?;
    for (table, bytes) in TABLES.iter().zip(files) {
        fs::write(folder.path().join(table.file), bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
    let as_of = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap_or_default();
    let problems = match read_folder(folder.path(), as_of) {
        Ok(read) => {
            prop_assert!(read.problems.iter().all(|problem| problem.severity() != Severity::Error));
            read.problems
        }
        Err(ReadError::Problems(problems)) => {
            prop_assert!(problems.iter().any(|problem| problem.severity() == Severity::Error));
            problems
        }
        Err(error) => return Err(TestCaseError::fail(error.to_string())),
    };
    for problem in &problems {
        let text = sentence(problem);
        prop_assert!(!text.contains('\r') && !problem.fix.is_empty(), "{}", text);
    }
    Ok(())
}

fn good() -> Vec<Vec<u8>> {
    GOOD.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn the_files_that_are_edited_below_are_good() {
    let folder = tempfile::tempdir().expect("a folder");
    for (table, bytes) in TABLES.iter().zip(good()) {
        fs::write(folder.path().join(table.file), bytes).expect("a file");
    }
    let read = read_folder(folder.path(), NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day"));
    assert!(read.is_ok(), "{read:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_never_panic(which in 0..7_usize, bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut files = good();
        files[which] = bytes;
        survives(&files)?;
    }

    #[test]
    fn arbitrary_bytes_below_a_good_header_never_panic(
        which in 0..7_usize,
        text in "([ -~]|[,\"\n\r=;\u{e9}\u{202e}]){0,400}",
    ) {
        let mut files = good();
        let header = GOOD[which].lines().next().unwrap_or("");
        files[which] = format!("{header}\n{text}").into_bytes();
        survives(&files)?;
    }

    #[test]
    fn arbitrary_edits_of_good_files_never_panic(
        edits in prop::collection::vec((0..7_usize, any::<prop::sample::Index>(), 0..4_u8, any::<u8>()), 1..12),
    ) {
        let mut files = good();
        for (which, at, how, byte) in edits {
            let file = &mut files[which];
            if file.is_empty() {
                continue;
            }
            let at = at.index(file.len());
            match how {
                0 => file[at] = byte,
                1 => file.insert(at, byte),
                2 => { file.remove(at); }
                _ => file.truncate(at),
            }
        }
        survives(&files)?;
    }
}
