use crate::{Defaults, Scope, Settings, Source, facts, list_text, parse_name_list};
use error::Error;

fn settings() -> Settings {
    let mut settings = Settings::new(&Defaults::new(&[("port", "5433")]).unwrap());
    settings.set_internal("is_superuser", "on", Scope::Session).unwrap();
    settings
}

fn set_and_show(name: &str, text: &str) -> String {
    let mut settings = settings();
    match settings.set(name, text, Scope::Session) {
        Ok(()) => settings.get(name).unwrap(),
        Err(error) => describe(&error),
    }
}

fn describe(error: &Error) -> String {
    let fields = error.fields();
    let mut text = format!("{}: {}", fields.code, fields.message);
    for more in [&fields.detail, &fields.hint].into_iter().flatten() {
        text.push_str(" | ");
        text.push_str(more);
    }
    text
}

/// What PostgreSQL 18.4 shows after SET, or its error.
#[test]
#[expect(clippy::too_many_lines, reason = "one flat table")]
fn values_are_as_postgresql_shows_them() {
    let memory_units =
        "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".";
    let invalid = "22023: invalid value for parameter";
    let cases: &[(&str, &str, &str)] = &[
        ("work_mem", "abc", &format!("{invalid} \"work_mem\": \"abc\"")),
        ("work_mem", "1XB", &format!("{invalid} \"work_mem\": \"1XB\" | {memory_units}")),
        (
            "work_mem",
            "1",
            "22023: 1 kB is outside the valid range for parameter \"work_mem\" (64 kB .. 2147483647 kB)",
        ),
        (
            "work_mem",
            "100TB",
            &format!("{invalid} \"work_mem\": \"100TB\" | Value exceeds integer range."),
        ),
        ("statement_timeout", "1.5s", "1500ms"),
        ("work_mem", "0.1GB", "102MB"),
        ("work_mem", "64MB", "64MB"),
        ("enable_sort", "maybe", "22023: parameter \"enable_sort\" requires a Boolean value"),
        (
            "bytea_output",
            "x",
            &format!("{invalid} \"bytea_output\": \"x\" | Available values: escape, hex."),
        ),
        (
            "geqo_seed",
            "2",
            "22023: 2 is outside the valid range for parameter \"geqo_seed\" (0 .. 1)",
        ),
        ("cpu_tuple_cost", "0.0000012345", "1.2345e-06"),
        ("cpu_tuple_cost", "1e20", "1e+20"),
        (
            "datestyle",
            "foo",
            &format!("{invalid} \"DateStyle\": \"foo\" | Unrecognized key word: \"foo\"."),
        ),
        ("datestyle", "german", "German, DMY"),
        ("datestyle", "sql", "SQL, MDY"),
        ("timezone", "foo", &format!("{invalid} \"TimeZone\": \"foo\"")),
        ("timezone", "-3.5", "<-03:30>+03:30"),
        ("timezone", "America/new_york", "America/New_York"),
        ("client_encoding", "utf-8", "UTF8"),
        ("server_version", "1", "55P02: parameter \"server_version\" cannot be changed"),
        ("port", "1", "55P02: parameter \"port\" cannot be changed without restarting the server"),
        ("fsync", "1", "55P02: parameter \"fsync\" cannot be changed now"),
        ("foo", "1", "42704: unrecognized configuration parameter \"foo\""),
        (
            "extra_float_digits",
            "99",
            "22023: 99 is outside the valid range for parameter \"extra_float_digits\" (-15 .. 3)",
        ),
        ("log_parameter_max_length_on_error", "1.5kB", "1536B"),
        ("vacuum_cost_delay", "1500us", "1500us"),
        ("backslash_quote", "1", "on"),
        ("synchronous_commit", "true", "on"),
        ("intervalstyle", "ISO_8601", "iso_8601"),
        ("application_name", "ab€", "ab\\xe2\\x82\\xac"),
        ("geqo_threshold", "2.6", "3"),
        ("geqo_threshold", "0x10", "16"),
        ("geqo_threshold", "010", "8"),
        ("jit_above_cost", "-0.5", "-0.5"),
        ("statement_timeout", "5 min", "5min"),
        (
            "statement_timeout",
            "-1",
            "22023: -1 ms is outside the valid range for parameter \"statement_timeout\" (0 ms .. 2147483647 ms)",
        ),
        ("client_connection_check_interval", "1us", "0"),
    ];
    for (name, text, expected) in cases {
        assert_eq!(set_and_show(name, text), *expected, "{name} = {text}");
    }
}

#[test]
fn defaults_are_complete() {
    // PostgreSQL's, and those of its own.
    assert_eq!(facts().iter().filter(|fact| !fact.is_hidden).count(), 398 + 1);
    let settings = settings();
    assert_eq!(settings.get("server_version").as_deref(), Some("18.4"));
    assert_eq!(settings.get("port").as_deref(), Some("5433"));
    assert_eq!(settings.get("shared_buffers").as_deref(), Some("128MB"));
    assert_eq!(settings.get("unix_socket_permissions").as_deref(), Some("0777"));
    assert_eq!(settings.get("checkpoint_timeout").as_deref(), Some("5min"));
    assert_eq!(settings.hot().work_mem_kb, 4096);
    assert!(settings.hot().standard_conforming_strings);
}

#[test]
fn transactions_and_savepoints() {
    let mut settings = settings();
    let shown = |settings: &Settings| settings.get("work_mem").unwrap();
    settings.begin_transaction();
    settings.set("work_mem", "1MB", Scope::Session).unwrap();
    settings.set("work_mem", "2MB", Scope::Local).unwrap();
    assert_eq!(shown(&settings), "2MB");
    settings.push();
    settings.set("work_mem", "3MB", Scope::Session).unwrap();
    settings.pop_rollback();
    assert_eq!(shown(&settings), "2MB");
    settings.push();
    settings.set("work_mem", "5MB", Scope::Local).unwrap();
    settings.pop_release();
    assert_eq!((shown(&settings).as_str(), settings.hot().work_mem_kb), ("5MB", 5120));
    settings.commit_transaction();
    assert_eq!((shown(&settings).as_str(), settings.hot().work_mem_kb), ("1MB", 1024));
    settings.begin_transaction();
    settings.reset("work_mem", Scope::Session).unwrap();
    settings.set("a.b", "3", Scope::Session).unwrap();
    assert_eq!(shown(&settings), "4MB");
    settings.rollback_transaction();
    assert_eq!(shown(&settings), "1MB");
    assert_eq!(settings.get("a.b").as_deref(), Some(""));
    assert_eq!(settings.get("c.d"), None);
}

#[test]
fn start_values_reports_and_rights() {
    let mut settings = settings();
    assert_eq!(settings.take_reports().len(), 15);
    assert!(settings.take_reports().is_empty());
    settings.set_at_start("application_name", "psql", Source::Client).unwrap();
    settings.set("datestyle", "dmy", Scope::Session).unwrap();
    let reports = settings.take_reports();
    assert_eq!(reports, [("application_name", "psql".into()), ("DateStyle", "ISO, DMY".into())]);
    settings.set("application_name", "x", Scope::Session).unwrap();
    settings.reset_all();
    assert_eq!(settings.get("application_name").as_deref(), Some("psql"));
    settings.set_internal("is_superuser", "off", Scope::Session).unwrap();
    let error = settings.set("log_statement", "all", Scope::Session).unwrap_err();
    assert_eq!(describe(&error), "42501: permission denied to set parameter \"log_statement\"");
    // What a superuser gave to the role is not the role's own doing.
    settings.set_at_start("log_statement", "all", Source::User).unwrap();
    assert_eq!(settings.get("log_statement").as_deref(), Some("all"));
    assert!(settings.set_at_start("log_statement", "none", Source::Client).is_err());
}

#[test]
fn lists() {
    assert_eq!(list_text("search_path", &["a", "B", "$user"]).unwrap(), "a, \"B\", \"$user\"");
    assert_eq!(
        parse_name_list("a, \"B\"\"c\" ,D").unwrap(),
        ["a".to_owned(), "B\"c".to_owned(), "d".to_owned()]
    );
    assert!(parse_name_list("a b").is_none());
    let error = list_text("work_mem", &["1", "2"]).unwrap_err();
    assert_eq!(describe(&error), "22023: SET work_mem takes only one argument");
}
