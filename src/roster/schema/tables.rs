//! Every file and column of the input contract, each said once. Add freely; rename never.

use super::{Column, Kind, Presence, Table};

/// Declares a file: its [`Table`], and the numbers of its columns under their own names, so that the reader cannot ask
/// for a column the contract does not have.
macro_rules! table {
    ($module:ident $file:literal $required:literal $meaning:literal;
     $($column:ident: $presence:ident, $kind:ident $(($($of:tt)*))?, $says:literal;)*) => {
        #[doc = $meaning]
        pub mod $module {
            use super::{Column, Kind, Presence, Table};

            /// The columns, numbered in the order of the contract.
            #[allow(non_camel_case_types)] // they are the names of the header row
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum Col {
                $(#[doc = $says] $column,)*
            }

            /// The file.
            pub static TABLE: Table = Table {
                file: $file,
                required: $required,
                meaning: $meaning,
                columns: &[$(Column {
                    name: {
                        // `r#type` is spelt `type` in the header row.
                        let name = stringify!($column);
                        match name.as_bytes() { [b'r', b'#', ..] => name.split_at(2).1, _ => name }
                    },
                    presence: Presence::$presence,
                    kind: Kind::$kind $(($($of)*))?,
                    meaning: $says,
                }),*],
            };

            impl From<Col> for usize {
                fn from(column: Col) -> Self {
                    column as Self
                }
            }
        }
    };
}

/// All files, the required ones first.
pub static TABLES: &[&Table] = &[
    &members::TABLE,
    &managers::TABLE,
    &teams::TABLE,
    &providers::TABLE,
    &services::TABLE,
    &positions::TABLE,
    &decisions::TABLE,
];

table! {
    members "members.csv" true "People with a case manager, or waiting for one";
    member_id: Required, Id, "The agency's own id";
    name: Optional, Personal, "Full name";
    need: Required, Word(&["low", "moderate", "high", "intensive"]), "How much the member needs";
    urgent: Optional, YesNo, "Something urgent is under way; blank = no";
    birth_date: Optional, BirthDate, "Date of birth";
    program: Optional, Code, "Program or waiver";
    setting: Optional, Code, "Where the member lives: own home, assisted living, nursing facility ...";
    latitude: Optional, Latitude, "Home, degrees north";
    longitude: Optional, Longitude, "Home, degrees east";
    zip: Optional, Zip, "ZIP code of the home; its centroid is the place when there are no coordinates";
    county_fips: Optional, County, "County of the home; blank = that of the ZIP code, else of the nearest ZIP code";
    address_line1: Optional, Personal, "Street and number";
    address_line2: Optional, Personal, "Flat, building, care of";
    city: Optional, Personal, "Town";
    state: Optional, Personal, "Two-letter state";
    phone: Optional, Personal, "Phone";
    email: Optional, Personal, "E-mail";
    language: Optional, Language, "Language of letters and visits; blank = en";
    letter_format: Optional, Word(&["standard", "large_print", "braille"]), "How letters are printed; blank = standard";
    guardian_name: Optional, Personal, "Guardian's name";
    guardian_relation: Optional, Word(&["parent", "guardian", "representative"]), "Who the guardian is to the member";
    guardian_address_line1: Optional, Personal, "Guardian's street and number";
    guardian_address_line2: Optional, Personal, "Guardian's flat, building, care of";
    guardian_city: Optional, Personal, "Guardian's town";
    guardian_state: Optional, Personal, "Guardian's two-letter state";
    guardian_zip: Optional, MailZip, "Guardian's ZIP code";
    household_id: Optional, Code, "The same for members who belong together";
    manager_id: Column, Reference("managers.csv"), "Present case manager; blank = not assigned yet";
    assigned_on: Optional, PastDate, "With the present case manager since";
    last_contact_on: Optional, PastDate, "Last contact with the case manager";
    next_outreach_on: Optional, Date, "Next outreach planned";
    assessment_due_on: Optional, Date, "Annual assessment due";
    visits_per_year: Optional, Number(1000.0), "Visits at the member's home";
    contacts_per_month: Optional, Number(1000.0), "Contacts of any kind";
    hours_per_year: Optional, Number(8784.0), "Case-management hours";
    authorized_units: Optional, Number(1_000_000.0), "Units authorized";
    used_units: Optional, Number(1_000_000.0), "Units used";
    other_case_management: Optional, Code, "A service that would duplicate case management, by name";
    mail_hold: Optional, Code, "Why no letter may be mailed; blank = letters are mailed";
    next_program: Optional, Code, "Program or waiver the member changes to, from the next date on";
    next_program_on: Optional, Date, "First day of that program";
    opened_on: Optional, PastDate, "Case or referral opened";
    left_institution_on: Optional, PastDate, "Left an institution and moved into the community";
    discharge_due_on: Optional, Date, "Discharge from an inpatient or residential setting expected";
    review_due_on: Optional, Date, "Next review of the service plan due";
    last_attempt_on: Optional, PastDate, "Last outreach attempt, successful or not; blank and no last contact = never attempted";
    last_moved_on: Optional, PastDate, "Last change of case manager that the member did not ask for";
    assessed_on: Optional, PastDate, "Current assessment of";
    service_plan_on: Optional, PastDate, "Current service plan of";
    open_requests: Optional, Personal, "Open requests, for the handoff sheet only";
    preferred_handoff: Optional, Word(&["in_person", "phone", "notification"]), "How the member is handed over; blank = as the rule decides";
}

table! {
    managers "managers.csv" true "Case managers: present, leaving and planned ones";
    manager_id: Required, Id, "The agency's own id";
    name: Optional, Personal, "Full name, as printed in letters";
    phone: Optional, Personal, "Direct phone";
    email: Optional, Personal, "E-mail";
    tty: Optional, Personal, "TTY number";
    hours: Optional, Text, "Hours in which the case manager can be reached, as printed in letters";
    team: Optional, Code, "Supervisor's team; a row of teams.csv when that file is there";
    latitude: Optional, Latitude, "Where trips start, degrees north";
    longitude: Optional, Longitude, "Where trips start, degrees east";
    zip: Optional, Zip, "ZIP code where trips start, when there are no coordinates";
    fte: Optional, Number(2.0), "Share of a full-time place; blank = 1.0";
    hired_on: Optional, Date, "Hired on";
    manager_since: Optional, Date, "Case manager since; may lie before the hire";
    available_from: Optional, Date, "First day at work";
    available_until: Optional, Date, "Last day at work; everyone is handed over by then";
    languages: Optional, Languages, "Languages spoken; blank = en";
    programs: Optional, Codes, "Programs served; blank = all";
    qualifications: Optional, Codes, "Qualifications held";
    max_caseload: Optional, Whole(10_000), "Own limit of members; may only lower the rule's cap";
    accepts_new: Optional, YesNo, "Takes new members; blank = yes";
    counties: Optional, Counties, "Territory; blank = everywhere";
    hours_per_year: Optional, Number(8784.0), "Productive hours";
    leave_from: Optional, Date, "First day of a leave";
    leave_until: Optional, Date, "Last day of the leave; blank = open";
    over_cap_since: Optional, PastDate, "Above a cap that has a tolerance in days since";
}

table! {
    teams "teams.csv" false "Supervisors' teams";
    team: Required, Id, "The team's name";
    supervisor_name: Optional, Personal, "Supervisor";
    supervisor_phone: Optional, Personal, "Supervisor's phone";
    supervisor_email: Optional, Personal, "Supervisor's e-mail";
    region: Optional, Code, "Region the team belongs to";
}

table! {
    providers "providers.csv" false "Providers who work with members";
    provider_id: Required, Id, "The agency's own id";
    name: Required, Personal, "Name of the business";
    r#type: Optional, Code, "Kind of provider";
    latitude: Optional, Latitude, "Degrees north";
    longitude: Optional, Longitude, "Degrees east";
    zip: Optional, Zip, "ZIP code, when there are no coordinates";
    address_line1: Optional, Personal, "Street and number";
    city: Optional, Personal, "Town";
    state: Optional, Personal, "Two-letter state";
    phone: Optional, Personal, "Phone";
    email: Optional, Personal, "E-mail";
    fax: Optional, Personal, "Fax";
}

table! {
    services "services.csv" false "Which provider routinely works with which member";
    member_id: Required, Reference("members.csv"), "The member";
    provider_id: Required, Reference("providers.csv"), "The provider";
    visits_per_month: Optional, Number(1000.0), "How often";
}

table! {
    positions "positions.csv" false "Positions that could be filled";
    position_id: Required, Id, "The agency's own id";
    team: Optional, Code, "Team it would belong to";
    latitude: Optional, Latitude, "Where trips would start, degrees north";
    longitude: Optional, Longitude, "Where trips would start, degrees east";
    zip: Optional, Zip, "ZIP code where trips would start, when there are no coordinates";
    fte: Optional, Number(2.0), "Share of a full-time place; blank = 1.0";
    annual_cost: Optional, Number(10_000_000.0), "Cost a year in the agency's currency";
    earliest_start: Optional, Date, "Could start on";
    languages: Optional, Languages, "Languages spoken; blank = en";
    programs: Optional, Codes, "Programs served; blank = all";
}

table! {
    decisions "decisions.csv" false "What people already decided about a member and a case manager";
    member_id: Required, Reference("members.csv"), "The member";
    manager_id: Required, Reference("managers.csv"), "The case manager";
    kind: Required, Word(&["keep", "assign", "forbid"]), "keep: stays with; assign: goes to; forbid: must not be with";
    reason: Optional, Code, "`grievance`, `conflict`, `court_order`, `member_request`, `clinical` ...";
    until: Optional, Date, "Last day it holds; blank = until further notice";
    decided_by: Optional, Personal, "Who decided";
}
