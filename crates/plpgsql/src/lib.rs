//! PL/pgSQL: bodies of functions, procedures, triggers and DO blocks.
//!
//! A body is cut into tokens, of which PL/pgSQL's own words make a tree; the SQL between them stays text, parsed once. A call
//! is a [`frame`] of variables. A piece of SQL is analysed when it is first run, its names being variables or columns: one
//! that is a mere expression becomes a program over the variables, any other a plan. Both are kept with the tree as long as
//! the session's catalog stays the same and the records used have the same columns.

mod assign;
mod command;
mod declare;
mod frame;
mod function;
mod lexer;
mod parser;
mod raise;
mod run;
mod sql;
mod statement;
mod tree;

pub use function::{Function, TriggerCall, check_function};
