//! Letters from outside: organizations, and letter ids before anything is set. What is printed, held and read back is
//! tested beside the code (`src/letters/tests.rs`), where plans can be made by hand.

#![cfg(feature = "letters")]
#![allow(clippy::unwrap_used)] // a test may stop

use std::path::Path;

use caseload::letters::{Organization, OrganizationError};

#[test]
fn the_three_iowa_plans_have_the_contacts_they_published() {
    let contacts: Vec<(String, String, String)> = ["iowa-total-care", "molina-iowa", "wellpoint-iowa"]
        .iter()
        .map(|name| {
            let plan = Organization::load(name, Path::new(".")).unwrap();
            assert!(plan.return_address.is_empty() && plan.tty.is_none() && plan.grievance_phone.is_none());
            (plan.name, plan.phone, plan.email.unwrap())
        })
        .collect();
    let published = [
        ("Iowa Total Care", "1-833-404-1061", "itc_ltss@iowatotalcare.com"),
        ("Molina", "1-844-236-0894", "IA_CM@molinahealthcare.com"),
        ("WellPoint", "1-833-731-2140", "LTSS_Iowa@elevancehealth.com"),
    ];
    assert_eq!(contacts, published.map(|(name, phone, email)| (name.to_owned(), phone.to_owned(), email.to_owned())));
}

#[test]
fn a_profile_of_ones_own_is_read_from_its_file_and_its_mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.toml"), "name = \"Own Plan\"\nphone = \"1-800-555-0100\"\n").unwrap();
    std::fs::write(folder.path().join("bad.toml"), "name = \"Own Plan\"\nphone = \" \"\n").unwrap();
    std::fs::write(folder.path().join("odd.toml"), "name = \"Own\"\nphone = \"1\"\nfax = \"2\"\n").unwrap();
    assert_eq!(Organization::load("own.toml", folder.path()).unwrap().name, "Own Plan");
    let message = |name: &str| Organization::load(name, folder.path()).unwrap_err().to_string();
    assert!(message("bad.toml").contains("`name` and `phone` must not be blank"));
    assert!(message("odd.toml").contains("fax"));
    assert!(matches!(Organization::load("none.toml", folder.path()), Err(OrganizationError::Unreadable { .. })));
    assert!(message("molina").contains("shipped are: example, iowa-total-care, molina-iowa, wellpoint-iowa"));
}
