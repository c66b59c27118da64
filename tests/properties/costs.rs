//! Each cost term is written twice, and the two agree; so do the two ways to a distance.

use caseload::cost::{self, Prepared, Term, Terms, arc_terms, balance, floor, score, unserved};
use caseload::ids::{ManagerIx, MemberIx};
use caseload::roster::Place;
use caseload::travel::{Point, miles_between};
use caseload::units::Cost;
use caseload::verify::caps;
use proptest::prelude::*;

use crate::rosters;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// What the solver adds up pair by pair and place by place is what the verifier's side says the plan costs, term
    /// by term, whatever the weights.
    #[test]
    fn the_solvers_costs_are_the_verifiers(
        roster in rosters::rosters(12, 5),
        rules in rosters::rules(),
        draws in prop::collection::vec(any::<prop::sample::Index>(), 12),
    ) {
        let managers = roster.managers().len();
        let plan: Vec<Option<ManagerIx>> = draws[..roster.members().len()]
            .iter()
            .map(|draw| draw.index(managers + 1).checked_sub(1).map(ManagerIx::new))
            .collect();
        let caps = caps(&roster, &rules);
        let everybody = vec![roster.members().len() as u32; managers];
        let prepared = Prepared::new(&roster, &rules);

        let mut summed = Terms::default();
        let mut add = |term: Term, cost: Cost| summed.set(term, summed.of(term) + cost);
        let mut loads = vec![0_usize; managers];
        for (at, manager) in plan.iter().enumerate() {
            let Some(manager) = *manager else {
                add(Term::Unserved, unserved::each(&rules));
                continue;
            };
            loads[manager.at()] += 1;
            let arc = arc_terms(&prepared, MemberIx::new(at), manager);
            assert_eq!(arc.total(), cost::arc(&prepared, MemberIx::new(at), manager), "the sum leaves no term out");
            for term in Term::ALL {
                add(term, arc.of(term));
            }
        }
        // A load above the cap has no place in the solver: compare balance where every load is within it.
        let within = loads.iter().zip(&caps).all(|(load, cap)| *load <= *cap as usize);
        let judged = if within { &caps } else { &everybody };
        for (at, &load) in loads.iter().enumerate() {
            add(Term::Balance, balance::places(&rules, judged[at])[..load].iter().copied().sum());
            let row = &roster.managers()[at];
            let saved: Cost = floor::places(&rules, row, everybody[at].max(judged[at]))[..load].iter().copied().sum();
            add(Term::Floor, floor::empty(&rules, row) + saved);
        }
        prop_assert_eq!(summed, score(&roster, &rules, judged, &plan));
    }

    /// The price of a further place never falls.
    #[test]
    fn places_never_get_cheaper(rules in rosters::rules(), cap in 0..200_u32) {
        for manager in [rosters::manager("C1"), caseload::roster::Manager { fte_thousandths: 500, ..rosters::manager("C2") }] {
            let places = cost::places(&rules, &manager, cap);
            prop_assert_eq!(places.len(), cap as usize);
            prop_assert!(places.is_sorted() && places.first().is_none_or(|place| *place >= Cost::ZERO));
        }
    }

    /// The chord's distance is the haversine's, to a millimetre, anywhere but next to the antipode.
    #[test]
    fn the_chord_is_the_haversine(
        a in (-89.9..89.9_f64, -180.0..180.0_f64),
        b in (-89.9..89.9_f64, -180.0..180.0_f64),
        near in any::<bool>(),
    ) {
        let from = Place { latitude: a.0, longitude: a.1 };
        let to = if near {
            Place { latitude: (a.0 + b.0 / 1e4).clamp(-90.0, 90.0), longitude: a.1 + b.1 / 1e4 }
        } else {
            Place { latitude: b.0, longitude: b.1 }
        };
        let chord = Point::new(from).miles_to(Point::new(to));
        let haversine = miles_between(from, to);
        prop_assume!(haversine < 12_400.0);
        let millimetre = 1e-3 / 1609.344;
        prop_assert!((chord - haversine).abs() < millimetre, "{} and {}", chord, haversine);
    }
}
