//! Letters from hand-made transfers.
