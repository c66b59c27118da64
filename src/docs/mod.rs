//! How it is built and why, as pages of the documentation: a broken link in one of them fails the build of the docs.
#![allow(clippy::doc_markdown, reason = "the pages are prose with formulas and names of products")]

/// The rooms, their walls, and what each must not know.
#[doc = include_str!("architecture.md")]
pub mod architecture {}

/// The optimisation model in symbols.
#[doc = include_str!("formulation.md")]
pub mod formulation {}

/// Every problem code.
#[doc = include_str!("diagnostics.md")]
pub mod diagnostics {}

/// The words of the field.
#[doc = include_str!("glossary.md")]
pub mod glossary {}

/// How speed and memory are measured.
#[doc = include_str!("benchmarking.md")]
pub mod benchmarking {}

/// Measured: managers with weighted capacities.
#[doc = include_str!("benchmarks/weighted.md")]
pub mod weighted {}
