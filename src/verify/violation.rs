//! One registry of what can be wrong with a plan. Every code has a mutant in `tests/it/verify.rs`: a good plan broken in
//! exactly this way, which must be answered with exactly this code.

use std::fmt;

use serde::Serialize;

use crate::ids::{ManagerIx, MemberIx};

macro_rules! codes {
    ($($variant:ident $code:literal $title:literal $explain:literal;)*) => {
        /// Every way in which a plan can break the rules or claim what is not so.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ViolationCode {
            $(#[doc = $title] $variant,)*
        }

        impl ViolationCode {
            /// All codes, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The short name users quote, e.g. `V03`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// What is wrong, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// What it means and what to do about it.
            #[must_use]
            pub const fn explain(self) -> &'static str {
                match self { $(Self::$variant => $explain),* }
            }
        }
    };
}

codes! {
    Coverage "V01" "a member who could be placed has no case manager, or more than one"
        "Every member of the roster has exactly one case manager in the plan, unless nobody may take the member.";
    UnknownId "V02" "the plan names somebody who is not in the roster"
        "Plan and roster must be of the same day; check the spelling of the id.";
    Cap "V03" "a case manager has more members than the cap allows"
        "The smallest of the program's caps and the case manager's own `max_caseload` holds.";
    NotAtWork "V04" "a member is with a case manager who is not at work on the effective date"
        "The case manager has left before it, or starts after it: look at `available_until` and `available_from`.";
    AcceptsNew "V05" "a member is new to a case manager who takes no new members"
        "The roster says `accepts_new = no`; such a case manager may only keep present members.";
    Language "V06" "the case manager does not speak the member's language"
        "The program requires a shared language.";
    Program "V07" "the case manager does not serve the member's program"
        "The program requires it; a case manager who lists no programs serves all.";
    Qualification "V08" "the case manager lacks a required qualification"
        "Every qualification the program names must be among the case manager's.";
    Distance "V09" "the member lives farther away than the program allows"
        "Straight-line miles from the case manager's base to the member's home.";
    Keep "V10" "a `keep` decision is not obeyed"
        "The member was to stay with the present case manager. Contradictory decisions can never all be obeyed.";
    Assign "V11" "an `assign` decision is not obeyed"
        "The member was to go to a named case manager. Contradictory decisions can never all be obeyed.";
    Forbid "V12" "a `forbid` decision is not obeyed"
        "The member must not be with this case manager.";
    MustKeep "V13" "a member who must be kept is moved"
        "The program's class `must_keep` holds wherever the present case manager is still allowed.";
    Receive "V14" "a case manager receives more new members at once than allowed"
        "The receive limit counts everybody who is not with the case manager at present.";
    MovesTotal "V15" "more members move than the budget allows"
        "Members who have to move anyway (their case manager leaves, a decision says so) do not count.";
    MovesHighNeed "V16" "more high-need members move than the budget allows"
        "Members who have to move anyway (their case manager leaves, a decision says so) do not count.";
    MovesTeam "V17" "more members leave the case managers of one team than the budget allows"
        "Members who have to move anyway (their case manager leaves, a decision says so) do not count.";
    Household "V18" "a household that belongs together is split"
        "The program's household rule says who belongs together; decisions to different case managers outrank it.";
    Average "V19" "a region or team is above its average"
        "Members of the scope's case managers per counted case manager; the program names the denominator.";
    MinimumUse "V20" "too few case managers have members for the average to hold"
        "The average counts only case managers with members, so enough of them must have some.";
    Cost "V21" "the plan does not cost what is claimed"
        "The cost was recomputed from roster and rules, term by term.";
    Bound "V22" "the claimed bound does not hold"
        "The certificate gives another bound than claimed, or one above the plan's own cost.";
    Certificate "V23" "the certificate cannot be read as a proof"
        "It names unknown ids or limits, has a negative price, or is of an unknown form.";
    Capacity "V24" "the members of a case manager weigh more, or take more hours, than the capacity allows"
        "Weights by need, or contact minutes and drives a month, added up against the limit of the program's capacity.";
    MovedAgain "V31" "a member is moved too short a time after the last change"
        "The program's `moves.min_months_between` holds wherever the present case manager is still allowed.";
    Disparity "V32" "a group of members moves more often than others, by more than a limit on disparity allows"
        "Of those who could stay, the group's share that moves is held against the share of all, in percentage points.";
    CategoryCap "V41" "a case manager has more members of some categories, children or households than a cap allows"
        "The cap counts the categories it names, members under 18, or households; others do not count.";
    Mixed "V42" "a mixed caseload is too large"
        "Shares of a full caseload add up to more than one, or a part is above its limit for those who may serve several.";
    Range "V43" "a case manager's members are more than a full caseload for their needs"
        "Each member takes a share of the top that holds for members like it; the shares add up to one at most.";
    Span "V44" "the case managers of one supervisor have too many members together"
        "The program limits the members of a team; how many case managers a team has is staffing.";
    CategoryAverage "V45" "a region or team is above its average of some categories"
        "Members of the categories of the scope's case managers per counted case manager; others do not count.";
    CombinedAverage "V46" "a region or team has too few case managers for its categories together"
        "Members of every category over the category's limit, added up, are at most the counted case managers.";
    PerOpen "V47" "a case manager receives more new members than the present ones leave room for"
        "At most one new member for so many that the case manager has at present, rounded down.";
    Contacts "V48" "the members of a case manager need more contacts than the workdays of a period allow"
        "Contacts a period of all members against contacts a workday times workdays.";
    Duplication "V61" "a member has a service that case management would duplicate"
        "`other_case_management` names a service of a `[[duplication]]`: nobody may take the member.";
    Discharge "V62" "a member is served too long before discharge"
        "In the settings of `eligibility.discharge` members are served only so many days before `discharge_due_on`.";
    Blackout "V63" "a member changes case manager though a date is near"
        "`eligibility.blackout`: while the date is so near, the member stays with a case manager who is still allowed.";
}

impl fmt::Display for ViolationCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl Serialize for ViolationCode {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.code())
    }
}

/// One thing that is wrong with a plan. Ids only: it can be logged and mailed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which rule.
    pub code: ViolationCode,
    /// The member it is about, if one.
    pub member: Option<MemberIx>,
    /// The case manager it is about, if one.
    pub manager: Option<ManagerIx>,
    /// The facts, as a sentence with ids.
    pub detail: String,
}

impl Violation {
    /// A violation of the plan as a whole.
    #[must_use]
    pub fn new(code: ViolationCode, detail: impl Into<String>) -> Self {
        Self { code, member: None, manager: None, detail: detail.into() }
    }

    /// About this member.
    #[must_use]
    pub fn member(mut self, member: MemberIx) -> Self {
        self.member = Some(member);
        self
    }

    /// About this case manager.
    #[must_use]
    pub fn manager(mut self, manager: ManagerIx) -> Self {
        self.manager = Some(manager);
        self
    }
}

/// `V03: case manager CM003 has 52 members, the cap is 50`.
impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code, self.detail)
    }
}
