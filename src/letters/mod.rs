//! Letters: from a verified plan to tagged PDFs that cannot cross.
