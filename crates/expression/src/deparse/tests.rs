//! Tests of the printed text.
