//! Invented providers where people live, and who routinely works with whom.

use crate::generate::Sketch;
use crate::generate::draw::{Draw, Purpose, sums};
use crate::generate::names;
use crate::generate::places::{Places, scattered};
use crate::generate::population::Population;
use crate::roster::{MailingAddress, Provider};

/// Providers near enough to work with a member.
pub const NEAR: usize = 14;

/// Providers of all lines of work, by population.
#[must_use]
pub fn providers(seed: u64, members: usize, places: &Places, population: &Population) -> Vec<Provider> {
    let mut draw = Draw::new(seed, Purpose::Providers, 0);
    let count = (members / population.staff.members_per_provider as usize).max(3);
    let width = count.to_string().len().max(4);
    let trades = sums(population.words.trade.iter().map(|trade| trade.weight));
    let mut one = |number: usize| {
        let place = draw.by_weight(&places.up_to);
        let zip = places.zips[place];
        let trade = &population.words.trade[draw.by_weight(&trades)];
        let firm = draw.pick(&population.words.firms).map_or("Prairie", String::as_str);
        let (line1, _) = names::street(&mut draw, population, false);
        Provider {
            id: format!("P{number:0width$}").into(),
            name: format!("{firm} {}", trade.name).into(),
            kind: Some(trade.kind.as_str().into()),
            place: Some(scattered(&mut draw, zip.place, places.spread(place).min(2.0))),
            address: MailingAddress {
                line1: Some(line1.into()),
                line2: None,
                city: Some(zip.city.into()),
                state: Some(zip.state.into()),
                zip: Some(zip.zip.into()),
            },
            phone: Some(names::phone(&mut draw, population, zip.state).into()),
            email: Some(format!("intake.p{number:0width$}@example.org").into()),
            fax: draw.chance(6_000).then(|| names::phone(&mut draw, population, zip.state).into()),
        }
    };
    (1..=count).map(&mut one).collect()
}

/// The routine providers of one member, ascending, with visits a month. Those nearby are likelier.
pub fn services_of(draw: &mut Draw, sketch: &Sketch, member: usize) -> Vec<(u32, f64)> {
    let draft = &sketch.drafts[member];
    let near = &sketch.near_providers[draft.place as usize];
    let [least, most] = sketch.population.member.providers[draft.need as usize];
    let wanted = draw.within(least, most) as usize;
    let up_to = sums(near.iter().map(|(_, miles)| (10_000.0 / (5.0 + f64::from(*miles))) as u64 + 1));
    let mut chosen: Vec<(u32, f64)> = Vec::new();
    for _ in 0..wanted.min(near.len()) {
        let provider = near[draw.by_weight(&up_to)].0;
        let a_month = [1.0, 2.0, 4.0, 4.0, 8.0, 8.0, 12.0, 20.0][draw.below(8)];
        if chosen.iter().all(|(other, _)| *other != provider) {
            chosen.push((provider, a_month));
        }
    }
    chosen.sort_unstable_by_key(|(provider, _)| *provider);
    chosen
}
