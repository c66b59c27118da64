//! Dense indices into the roster's tables, one type a table. The tables are sorted by the user's own key,
//! so an index is also a rank: ties broken by index are ties broken by id, whatever the row order was.

use serde::{Deserialize, Serialize};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The index of position `at` of the table.
            #[must_use]
            pub const fn new(at: usize) -> Self {
                Self(at as u32)
            }

            /// The position in the table.
            #[must_use]
            pub const fn at(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// A row of [`crate::roster::Roster::members`].
    MemberIx
);
index!(
    /// A row of [`crate::roster::Roster::managers`].
    ManagerIx
);
index!(
    /// A row of [`crate::roster::Roster::teams`].
    TeamIx
);
index!(
    /// A row of [`crate::roster::Roster::providers`].
    ProviderIx
);
