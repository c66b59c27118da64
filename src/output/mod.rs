//! One file a format: what is written to disk.
