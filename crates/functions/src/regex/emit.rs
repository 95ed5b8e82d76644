//! A pattern in the syntax of the engine.
//!
//! What the engine has not is written as what matches at least as much: a constraint as nothing, a back reference as
//! any text. Groups do not capture: their bounds are found by `dissect`.

use super::parse::{Assertion, Node, Preference};
use error::{Result, stack_check};
use std::fmt::Write;

/// The engine's pattern.
pub(super) fn emit(node: &Node) -> Result<String> {
    let mut out = String::new();
    push(node, &mut out)?;
    Ok(out)
}

fn push(node: &Node, out: &mut String) -> Result<()> {
    stack_check()?;
    match node {
        Node::Class(class) => out.push_str(class),
        Node::Assertion(assertion) => out.push_str(match assertion {
            Assertion::TextStart => "\\A",
            Assertion::TextEnd => "\\z",
            Assertion::LineStart => "(?m:^)",
            Assertion::LineEnd => "(?m:$)",
            Assertion::WordStart => "\\b{start}",
            Assertion::WordEnd => "\\b{end}",
            Assertion::WordBoundary => "\\b",
            Assertion::NotWordBoundary => "\\B",
        }),
        Node::Look(_) => {}
        Node::Back(_) => out.push_str("(?s:.*)"),
        Node::Group(inner) | Node::Capture(_, inner) => grouped(inner, out)?,
        Node::Concat(items) => {
            for item in items {
                push(item, out)?;
            }
        }
        Node::Alternate(branches) => {
            for (index, branch) in branches.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                push(branch, out)?;
            }
        }
        Node::Repeat(repeat) => {
            grouped(&repeat.inner, out)?;
            let written = match repeat.max {
                Some(max) => write!(out, "{{{},{max}}}", repeat.min),
                None => write!(out, "{{{},}}", repeat.min),
            };
            written.expect("a string takes all");
            if repeat.preference == Some(Preference::Shortest) {
                out.push('?');
            }
        }
    }
    Ok(())
}

fn grouped(inner: &Node, out: &mut String) -> Result<()> {
    out.push_str("(?:");
    push(inner, out)?;
    out.push(')');
    Ok(())
}
