//! Whether PostgreSQL's tree of what surus prints equals its tree of the original, places apart. The parser is
//! libpg_query's, PostgreSQL 18's own code.

use std::collections::HashMap;

/// Compares all statements that both parsers accept, and shows the kinds of differences.
pub(crate) fn compare(statements: &[String], top_count: usize) -> Result<(), String> {
    let (mut compared, mut kinds) = (0, HashMap::<String, Vec<String>>::new());
    let mut differ = |kind: String, example: String| kinds.entry(kind).or_default().push(example);
    for sql in statements {
        let (Ok(theirs), Ok(ours)) = (tree(sql), syntax::parse(sql)) else { continue };
        compared += 1;
        let printed: Result<Vec<String>, error::Error> =
            ours.iter().map(syntax::ast::Statement::to_sql).collect();
        let printed = match printed {
            Ok(printed) => printed.join(";\n"),
            Err(problem) => {
                differ(format!("not printed: {problem}"), sql.clone());
                continue;
            }
        };
        match syntax::parse(&printed) {
            Err(problem) => {
                differ(
                    format!("surus refuses: {}", problem.message()),
                    format!("{sql}\n  {printed}"),
                );
            }
            Ok(again) => {
                let again: Result<Vec<String>, _> =
                    again.iter().map(syntax::ast::Statement::to_sql).collect();
                if again.is_ok_and(|again| again.join(";\n") != printed) {
                    differ("printed twice differs".into(), format!("{sql}\n  {printed}"));
                }
            }
        }
        match tree(&printed) {
            Err(problem) => differ(format!("refused: {problem}"), format!("{sql}\n  {printed}")),
            Ok(printed_tree) if printed_tree != theirs => {
                let at =
                    theirs.bytes().zip(printed_tree.bytes()).take_while(|(a, b)| a == b).count();
                let from = theirs[..at].rfind(' ').map_or(0, |space| space.saturating_sub(60));
                let from = (0..=from).rev().find(|at| theirs.is_char_boundary(*at)).unwrap_or(0);
                let cut = |text: &str| {
                    text.get(from..).unwrap_or("").chars().take(200).collect::<String>()
                };
                let head: String = sql.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
                differ(
                    format!("tree: {}", head.to_ascii_lowercase()),
                    format!(
                        "{sql}\n  {printed}\n  theirs {}\n  ours   {}",
                        cut(&theirs),
                        cut(&printed_tree)
                    ),
                );
            }
            Ok(_) => {}
        }
    }
    let count: usize = kinds.values().map(Vec::len).sum();
    println!("trees: {count} of {compared} differ, {} kinds", kinds.len());
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(kind, examples)| (usize::MAX - examples.len(), kind.clone()));
    for (kind, examples) in kinds.iter().take(top_count) {
        println!("{:6}  {kind}", examples.len());
        if let Some(example) = examples.iter().min_by_key(|example| example.len()) {
            println!("        {}", example.replace('\n', "\n        "));
        }
    }
    Ok(())
}

/// PostgreSQL's tree as text, without places.
fn tree(sql: &str) -> Result<String, String> {
    let result = pg_query::parse(sql, pg_query::ParserOptions::default())
        .map_err(|error| error.to_string())?;
    let text = format!("{:?}", result.protobuf.stmts);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(": ") {
        let (head, tail) = rest.split_at(at + 2);
        let field = head[..at].rsplit([' ', '{']).next().unwrap_or("");
        out.push_str(head);
        let place = field.ends_with("location")
            || matches!(
                field,
                "stmt_len" | "list_start" | "list_end" | "rexpr_list_start" | "rexpr_list_end"
            );
        rest = if place || field == "jumble_args" {
            let end = tail.find([',', ' ', '}']).unwrap_or(tail.len());
            &tail[end..]
        } else {
            tail
        };
    }
    out.push_str(rest);
    Ok(plain_numbers(&out))
}

/// Numbers are kept by value, not as written: without underscores, in decimal.
fn plain_numbers(tree: &str) -> String {
    let mut pieces = tree.split("fval: \"");
    let mut out = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_once('"').unwrap_or((piece, ""));
        let number = number.replace('_', "").to_ascii_lowercase();
        let (sign, digits) =
            number.strip_prefix('-').map_or(("", &*number), |digits| ("-", digits));
        let radix = match digits.get(..2) {
            Some("0x") => 16,
            Some("0o") => 8,
            Some("0b") => 2,
            _ => 10,
        };
        let value = if radix == 10 { None } else { u128::from_str_radix(&digits[2..], radix).ok() };
        let text = value.map_or(digits.to_owned(), |value| value.to_string());
        out.push_str(&format!("fval: \"{sign}{text}\"{rest}"));
    }
    out
}
