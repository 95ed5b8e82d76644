//! B+trees on pages.
