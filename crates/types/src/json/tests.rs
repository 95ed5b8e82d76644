use super::*;

#[test]
fn faults() {
    for (source, detail, context) in [
        ("", "The input string ended unexpectedly.", "JSON data, line 1: "),
        ("{\"a\"}", "Expected \":\", but found \"}\".", "JSON data, line 1: {\"a\"}"),
        ("[1,]", "Expected JSON value, but found \"]\".", "JSON data, line 1: [1,]"),
        ("{1:2}", "Expected string or \"}\", but found \"1\".", "JSON data, line 1: {1..."),
        ("tru", "Token \"tru\" is invalid.", "JSON data, line 1: tru"),
        ("\"abc", "Token \"\"abc\" is invalid.", "JSON data, line 1: \"abc"),
        ("\"\\x\"", "Escape sequence \"\\x\" is invalid.", "JSON data, line 1: \"\\x..."),
        ("01", "Token \"01\" is invalid.", "JSON data, line 1: 01"),
        ("{\"a\":1,\n\"b\":x}", "Token \"x\" is invalid.", "JSON data, line 2: \"b\":x..."),
        ("\"a\tb\"", "Character with value 0x09 must be escaped.", "JSON data, line 1: \"a..."),
    ] {
        let error = validate(source).unwrap_err();
        assert_eq!(error.fields().detail.as_deref(), Some(detail), "{source}");
        assert_eq!(error.fields().context.as_deref(), Some(context), "{source}");
    }
}

#[test]
fn binary_form() {
    for (source, shown) in [
        (
            "{\"bb\":1,\"a\":[1, 2.50,\"x\\u00e9\\n\"],\"bb\":null}",
            "{\"a\": [1, 2.50, \"x\u{e9}\\n\"], \"bb\": null}",
        ),
        ("[]", "[]"),
        (" {} ", "{}"),
        ("[[],{}]", "[[], {}]"),
        ("1e2", "100"),
    ] {
        let bytes = jsonb::input(source).unwrap();
        let mut out = Vec::new();
        jsonb::output(&bytes, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), shown);
    }
    assert!(jsonb::input("[1,]").is_err());
    assert!(jsonb::input("{\"a\":1,}").is_err());
    assert_eq!(
        jsonb::input("\"\\u0000\"").unwrap_err().message(),
        "unsupported Unicode escape sequence"
    );
}
