//! Teams, providers, services, positions and decisions: a row becomes a value.

use super::place;
use super::row::Row;
use super::rows::{Found, Ids};
use crate::diagnostic::Code;
use crate::ids::{ManagerIx, MemberIx, ProviderIx};
use crate::roster::person::{Decision, DecisionKind, MailingAddress, Position, Provider, Service, Team};
use crate::roster::schema::tables::decisions::Col as D;
use crate::roster::schema::tables::positions::Col as P;
use crate::roster::schema::tables::providers::Col as V;
use crate::roster::schema::tables::services::Col as S;
use crate::roster::schema::tables::teams::Col as T;

/// The team of a row.
pub(super) fn team(row: &mut Row<'_, '_>) -> Option<Team> {
    let id = row.id(T::team);
    let team = Team {
        id: id.unwrap_or_default(),
        supervisor_name: row.text(T::supervisor_name),
        supervisor_phone: row.text(T::supervisor_phone),
        supervisor_email: row.text(T::supervisor_email),
        region: row.code(T::region),
    };
    (!row.broken).then_some(team)
}

/// The provider of a row.
pub(super) fn provider(row: &mut Row<'_, '_>) -> Option<Provider> {
    let id = row.id(V::provider_id);
    let name = row.text(V::name);
    let place = place::read(row, [V::latitude, V::longitude, V::zip].map(usize::from), None);
    if place.place.is_none() && !row.broken {
        row.problem(Code::PlaceUnknown, V::zip.into(), |problem| problem.expected("coordinates or a ZIP code"));
    }
    let provider = Provider {
        id: id.unwrap_or_default(),
        name: name.unwrap_or_default(),
        kind: row.code(V::r#type),
        place: place.place,
        address: MailingAddress {
            line1: row.text(V::address_line1),
            line2: None,
            city: row.text(V::city),
            state: row.text(V::state),
            zip: place.zip.map(|area| area.zip.into()),
        },
        phone: row.text(V::phone),
        email: row.text(V::email),
        fax: row.text(V::fax),
    };
    (!row.broken).then_some(provider)
}

/// The service of a row.
pub(super) fn service(row: &mut Row<'_, '_>, members: &Ids<'_>, providers: &Ids<'_>) -> Option<Service> {
    let member = reference(row, S::member_id.into(), members);
    let provider = reference(row, S::provider_id.into(), providers);
    let visits_per_month = row.number(S::visits_per_month);
    Some(Service { member: MemberIx::new(member?), provider: ProviderIx::new(provider?), visits_per_month })
}

/// The position of a row, and its team's name.
pub(super) fn position(row: &mut Row<'_, '_>) -> Option<(Position, Option<Box<str>>)> {
    let id = row.id(P::position_id);
    let team = row.id(P::team);
    let base = place::read(row, [P::latitude, P::longitude, P::zip].map(usize::from), None);
    let position = Position {
        id: id.unwrap_or_default(),
        team: None,
        base: base.place,
        zip: base.zip.map(|area| row.shared(area.zip)),
        county: base.county.map(|fips| row.shared(fips)),
        fte_thousandths: row.thousandths(P::fte),
        annual_cost: row.number(P::annual_cost),
        earliest_start: row.date(P::earliest_start),
        languages: row.languages(P::languages),
        programs: row.codes(P::programs),
    };
    (!row.broken).then_some((position, team))
}

/// The decision of a row.
pub(super) fn decision(row: &mut Row<'_, '_>, members: &Ids<'_>, managers: &Ids<'_>) -> Option<Decision> {
    const KINDS: [DecisionKind; 3] = [DecisionKind::Keep, DecisionKind::Assign, DecisionKind::Forbid];
    let member = reference(row, D::member_id.into(), members);
    let manager = reference(row, D::manager_id.into(), managers);
    let kind = row.word(D::kind);
    let reason = row.code(D::reason);
    let until = row.date(D::until);
    let decided_by = row.text(D::decided_by);
    Some(Decision {
        member: MemberIx::new(member?),
        manager: ManagerIx::new(manager?),
        kind: KINDS[kind?],
        reason,
        until,
        decided_by,
        row: row.number,
    })
}

/// The row of the other table; an id that is not there is reported, one whose row has its own problems is not.
fn reference(row: &mut Row<'_, '_>, col: usize, ids: &Ids<'_>) -> Option<usize> {
    let id = row.id(col)?;
    match ids.find(&id) {
        Found::Row(at) => Some(at),
        Found::Broken => None,
        Found::Unknown => {
            row.problem(Code::ReferenceUnknown, col, |problem| problem);
            None
        }
    }
}
