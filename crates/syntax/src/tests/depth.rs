//! Whatever is nested too deeply gives 54001: on a small stack, and when the tree is dropped.

use super::parse;

/// Runs on a stack of 2 MiB, the size of a thread that asks for none.
fn on_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

fn too_deep(name: &str, sql: &str) {
    let code = parse(sql)
        .map(|statements| statements.len())
        .map_err(|error| error.code().as_str().to_owned());
    assert_eq!(code, Err("54001".to_owned()), "{name}");
}

#[test]
fn deep_nesting_is_refused() {
    on_small_stack(|| {
        let n = 100_000;
        let nested = |open: &str, middle: &str, close: &str| {
            format!("SELECT {}{middle}{}", open.repeat(n), close.repeat(n))
        };
        too_deep("parentheses", &nested("(", "1", ")"));
        too_deep("unclosed parentheses", &nested("(", "1", ""));
        too_deep("unclosed", &nested("(", "", ""));
        too_deep("subqueries", &nested("(SELECT ", "1", ")"));
        too_deep("calls", &nested("f(", "1", ")"));
        too_deep("arrays", &nested("ARRAY[", "1", "]"));
        too_deep("bare arrays", &format!("SELECT ARRAY{}", "[".repeat(n)));
        too_deep("rows", &nested("(1,", "1", ")"));
        too_deep("case", &nested("CASE WHEN ", "true", " THEN 1 END"));
        too_deep("not", &nested("NOT ", "true", ""));
        too_deep("minus", &nested("- ", "a", ""));
        too_deep("tilde", &nested("~ ", "a", ""));
        too_deep("from", &format!("SELECT * FROM {}", "(".repeat(n)));
        too_deep("lateral", &format!("SELECT * FROM {}", "(SELECT * FROM ".repeat(n)));
        too_deep("joins", &format!("SELECT * FROM a {}", "JOIN b ".repeat(n)));
        too_deep("with", &"WITH x AS (".repeat(n));
        too_deep("grouping sets", &format!("SELECT 1 GROUP BY {}", "GROUPING SETS (".repeat(n)));
        too_deep("query parentheses", &"(".repeat(n));
    });
}

#[test]
fn long_chains_are_refused() {
    on_small_stack(|| {
        let chain =
            |first: &str, link: &str| format!("{first}{}", link.repeat((1 << 20) / link.len()));
        too_deep("sum", &chain("SELECT 1", "+1"));
        too_deep("concatenation", &chain("SELECT a", "||a"));
        too_deep("power", &chain("SELECT 1", "^1"));
        too_deep("casts", &chain("SELECT 1", "::int"));
        too_deep("is null", &chain("SELECT 1", " IS NULL"));
        too_deep("in", &chain("SELECT 1", " IN (1)"));
        too_deep("at local", &chain("SELECT a", " AT LOCAL"));
        too_deep("collate", &chain("SELECT a", " COLLATE c"));
        too_deep("union", &chain("SELECT 1", " UNION SELECT 1"));
        too_deep("mixed sets", &chain("SELECT 1", " UNION SELECT 1 INTERSECT SELECT 2"));
        too_deep("joins", &chain("SELECT * FROM a", " CROSS JOIN b"));
        too_deep("joins on", &chain("SELECT * FROM a", " JOIN b ON true"));
    });
}

#[test]
fn chains_below_the_limit_can_be_copied_and_dropped() {
    on_small_stack(|| {
        for sql in [
            format!("SELECT 1{}", "+1".repeat(1900)),
            format!("SELECT 1{}", " IN (1)".repeat(1900)),
            format!("SELECT 1{}", " UNION SELECT 1".repeat(1900)),
            format!("SELECT * FROM a{}", " CROSS JOIN b".repeat(1900)),
            format!("SELECT {}1{}", "(".repeat(100), "+1)".repeat(100)),
        ] {
            let statements = parse(&sql).unwrap();
            assert_eq!(statements.clone(), statements);
            for statement in &statements {
                let printed = statement.to_sql();
                let code = printed.map_err(|error| error.code().as_str().to_owned());
                assert!(code.is_ok() || code == Err("54001".to_owned()));
            }
        }
    });
}

#[test]
fn wide_statements_are_parsed() {
    on_small_stack(|| {
        let list = "1,".repeat(500_000);
        assert!(parse(&format!("SELECT 1 IN ({list}1)")).is_ok());
        let rows = "(1,'a'),".repeat(130_000);
        assert!(parse(&format!("INSERT INTO t VALUES {rows}(1,'a')")).is_ok());
        let terms = "a = 1 OR ".repeat(100_000);
        assert!(parse(&format!("SELECT * FROM t WHERE {terms} b AND c")).is_ok());
        let whens = "WHEN 1 THEN 2 ".repeat(100_000);
        assert!(parse(&format!("SELECT CASE a {whens} END")).is_ok());
        assert!(parse(&"SELECT 1;".repeat(100_000)).is_ok());
    });
}
