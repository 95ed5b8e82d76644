//! Any text is parsed or refused without a panic and in linear time, and what is parsed prints to a text that parses and
//! prints to itself.
//! `cargo xtask fuzz SECONDS` builds this with coverage counters and runs it from the parser's corpus.

#![no_main]

/// More looks at tokens than any text needs a byte: a label that is a keyword has its text parsed again, eight times at most.
const STEPS_PER_BYTE_MAX: u64 = 500;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (steps, bytes) = (syntax::count_steps(text), text.len() as u64);
    assert!(steps <= (bytes + 1) * STEPS_PER_BYTE_MAX, "{steps} steps for {bytes} bytes: {text:?}");
    let Ok(statements) = syntax::parse(text) else { return };
    for statement in statements {
        let printed = statement.to_sql().expect("a tree that was parsed can be printed");
        let again = syntax::parse(&printed)
            .unwrap_or_else(|error| panic!("{text:?} prints {printed:?}: {}", error.message()));
        let [again] = again.as_slice() else { panic!("{text:?} prints {printed:?}: no one statement") };
        assert_eq!(again.to_sql().expect("it was printed before"), printed, "of {text:?}");
    }
});
