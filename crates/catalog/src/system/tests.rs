//! Tests of the relations.
