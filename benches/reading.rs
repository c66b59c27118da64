//! Reading a roster folder of 100,000 members, all seven files, all columns. The budget is half a second on two cores.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is how a test or bench fails")]

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use caseload::roster::gazetteer;
use caseload::roster::reading::read_folder;
use chrono::NaiveDate;
use criterion::{Criterion, criterion_group, criterion_main};

const MEMBERS: usize = 100_000;

/// A folder with every file and every column filled, most homes given by coordinates and ZIP.
fn write_folder(folder: &Path, members: usize) -> std::io::Result<()> {
    let zips: Vec<_> = gazetteer::zips().iter().filter(|area| area.state == "IA" && area.population > 0).collect();
    let managers = members / 45 + 1;
    let providers = members / 50 + 1;

    let mut text = String::from(
        "member_id,name,need,urgent,birth_date,program,setting,latitude,longitude,zip,county_fips,address_line1,\
         address_line2,city,state,phone,email,language,letter_format,guardian_name,guardian_relation,\
         guardian_address_line1,guardian_address_line2,guardian_city,guardian_state,guardian_zip,household_id,\
         manager_id,assigned_on,last_contact_on,next_outreach_on,assessment_due_on,visits_per_year,\
         contacts_per_month,hours_per_year,authorized_units,used_units,other_case_management,mail_hold\r\n",
    );
    let mut services = String::from("member_id,provider_id,visits_per_month\r\n");
    let mut decisions = String::from("member_id,manager_id,kind,reason,until,decided_by\r\n");
    for at in 0..members {
        let area = zips[at * 7919 % zips.len()];
        let need = ["low", "moderate", "high", "intensive"][at % 4];
        let (north, east) = (area.place.latitude + (at % 97) as f64 * 1e-4, area.place.longitude);
        let county = if at % 3 == 0 { area.county_fips } else { "" };
        let zip = if at % 10 == 0 { "" } else { area.zip };
        let manager = at * 31 % managers;
        let _ = write!(
            text,
            "M{at:07},Given{at} Family{at},{need},no,19{:02}-0{}-1{},waiver-{},own_home,{north:.5},{east:.5},{zip},\
             {county},\"{} Main St, Apt {at}\",,{},IA,515-555-{:04},m{at}@example.org,en,standard,Guard{at} Family{at},\
             parent,{} Oak Ave,,{},IA,{},H{at},C{manager:05},2024-0{}-15,2026-01-1{},2026-12-01,2027-03-04,12,2,40,\
             240,{},,\r\n",
            at % 100,
            at % 9 + 1,
            at % 10,
            at % 7,
            at % 900,
            area.city,
            at % 10_000,
            at % 900,
            area.city,
            area.zip,
            at % 9 + 1,
            at % 10,
            at % 200,
        );
        for service in 0..=at % 2 {
            let _ = write!(services, "M{at:07},P{:05},{}\r\n", (at * 13 + service) % providers, 1 + at % 8);
        }
        if at % 100 == 0 {
            let _ = write!(decisions, "M{at:07},C{manager:05},keep,clinical,2027-12-31,Area manager\r\n");
        }
    }
    fs::write(folder.join("members.csv"), text)?;
    fs::write(folder.join("services.csv"), services)?;
    fs::write(folder.join("decisions.csv"), decisions)?;

    let mut text = String::from(
        "manager_id,name,phone,email,tty,hours,team,latitude,longitude,zip,fte,hired_on,manager_since,available_from,\
         available_until,languages,programs,qualifications,max_caseload,accepts_new,counties,hours_per_year\r\n",
    );
    for at in 0..managers {
        let area = zips[at * 104_729 % zips.len()];
        let _ = write!(
            text,
            "C{at:05},Given Family{at},515-555-0100,c{at}@example.org,711,8-5,T{:03},,,{},1.0,2020-01-02,2019-05-06,,,\
             en;es,,rn;lsw,50,yes,{};Polk,1800\r\n",
            at % 40,
            area.zip,
            area.county_fips,
        );
    }
    fs::write(folder.join("managers.csv"), text)?;

    let mut text = String::from("team,supervisor_name,supervisor_phone,supervisor_email,region\r\n");
    for at in 0..40 {
        let _ = write!(text, "T{at:03},Super Visor{at},515-555-0101,s{at}@example.org,r{}\r\n", at % 4);
    }
    fs::write(folder.join("teams.csv"), text)?;

    let mut text =
        String::from("provider_id,name,type,latitude,longitude,zip,address_line1,city,state,phone,email,fax\r\n");
    for at in 0..providers {
        let area = zips[at * 31 % zips.len()];
        let (north, east) = (area.place.latitude, area.place.longitude);
        let _ =
            write!(text, "P{at:05},\"Care, Inc. {at}\",home_health,{north},{east},,1 Elm St,{},IA,,,\r\n", area.city);
    }
    fs::write(folder.join("providers.csv"), text)?;
    fs::write(
        folder.join("positions.csv"),
        "position_id,team,latitude,longitude,zip,fte,annual_cost,earliest_start,languages,programs\r\n\
         O1,T001,,,50309,1.0,70000,2027-01-01,en,\r\n",
    )
}

fn reading(criterion: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir() else { return };
    if write_folder(folder.path(), MEMBERS).is_err() {
        return;
    }
    let as_of = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap_or_default();
    let mut group = criterion.benchmark_group("reading");
    group.sample_size(10);
    group.bench_function("100,000 members, all files", |bencher| {
        bencher.iter(|| {
            let read = read_folder(black_box(folder.path()), as_of);
            assert!(read.is_ok_and(|read| read.roster.members().len() == MEMBERS), "the folder has no errors");
        });
    });
    group.finish();

    let area = gazetteer::zips()[20_000];
    criterion.bench_function("nearest ZIP", |bencher| {
        let mut turn = 0_u32;
        bencher.iter(|| {
            turn = (turn + 7919) % 40_000;
            let mut place = area.place;
            place.latitude += f64::from(turn % 200) * 0.01;
            place.longitude += f64::from(turn / 200) * 0.01;
            black_box(gazetteer::nearest(place))
        });
    });
}

criterion_group!(benches, reading);
criterion_main!(benches);
