//! Basic regular expressions (the option `b`) written as advanced ones.

/// The pattern in the advanced syntax: what has a backslash to be special loses it, what is plain gets one.
pub(super) fn advanced(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 8);
    let mut rest = source.chars().peekable();
    // At the start of an expression `*` is plain and `^` an anchor.
    let mut start = true;
    while let Some(c) = rest.next() {
        let mut starts = false;
        match c {
            '\\' => match rest.next() {
                Some(c @ ('(' | ')' | '{' | '}')) => {
                    out.push(c);
                    starts = c == '(';
                }
                Some('<') => out.push_str("[[:<:]]"),
                Some('>') => out.push_str("[[:>:]]"),
                // One digit; in the advanced syntax more could belong to it.
                Some(c @ '1'..='9') if rest.peek().is_some_and(char::is_ascii_digit) => {
                    out.extend(['(', '?', ':', '\\', c, ')']);
                }
                Some(c @ '1'..='9') => out.extend(['\\', c]),
                Some(c) => literal(c, &mut out),
                None => out.push('\\'),
            },
            '[' => {
                out.push('[');
                bracket(&mut rest, &mut out);
            }
            '^' if start => {
                out.push('^');
                starts = true;
            }
            '*' if !start => out.push('*'),
            '$' => {
                let mut ahead = rest.clone();
                let ends = match ahead.next() {
                    None => true,
                    Some('\\') => ahead.next() == Some(')'),
                    Some(_) => false,
                };
                if ends { out.push('$') } else { literal('$', &mut out) }
            }
            '.' => out.push('.'),
            c => literal(c, &mut out),
        }
        start = starts;
    }
    out
}

fn literal(c: char, out: &mut String) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}

/// A bracket expression up to its end; a backslash in it stands for itself.
fn bracket(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    if let Some(c) = rest.next_if_eq(&'^') {
        out.push(c);
    }
    if let Some(c) = rest.next_if_eq(&']') {
        out.push(c);
    }
    while let Some(c) = rest.next() {
        out.push(c);
        match c {
            ']' => return,
            '\\' => out.push('\\'),
            '[' => {
                if let Some(kind) = rest.next_if(|c| matches!(c, ':' | '.' | '=')) {
                    out.push(kind);
                    while let Some(c) = rest.next() {
                        out.push(c);
                        if c == kind && rest.peek() == Some(&']') {
                            out.push(']');
                            rest.next();
                            break;
                        }
                    }
                }
            }
            _ => {}
        }
    }
}
