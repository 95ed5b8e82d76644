use super::*;

fn n(text: &str) -> Numeric {
    input(text).unwrap()
}

#[test]
fn texts() {
    for (source, shown) in [
        ("0", "0"),
        ("-0", "0"),
        ("1.50", "1.50"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("1.5e-3", "0.0015"),
        ("1_000.5", "1000.5"),
        ("0x1F", "31"),
        ("0b101", "5"),
        ("0o17", "15"),
        (" nan ", "NaN"),
        ("-inf", "-Infinity"),
        (
            "123456789012345678901234567890123456789012345.678",
            "123456789012345678901234567890123456789012345.678",
        ),
        (
            "-0.00000000000000000000000000000000000000000001",
            "-0.00000000000000000000000000000000000000000001",
        ),
    ] {
        assert_eq!(n(source).to_string(), shown, "{source}");
        let mut bytes = Vec::new();
        n(source).encode(&mut bytes);
        assert_eq!(Numeric::decode(&bytes).to_string(), shown, "{source}");
    }
    for source in ["", ".", "1__0", "_1", "1_", "1e", "abc", "0x", "--1", "1 2"] {
        assert!(input(source).is_err(), "{source}");
    }
}

#[test]
fn operations() {
    assert_eq!(n("1").div(&n("3")).unwrap().to_string(), "0.33333333333333333333");
    assert_eq!(n("10000").div(&n("3")).unwrap().to_string(), "3333.3333333333333333");
    assert_eq!(n("2").sqrt().unwrap().to_string(), "1.414213562373095");
    assert_eq!(n("1").exp().unwrap().to_string(), "2.7182818284590452");
    assert_eq!(n("2").ln().unwrap().to_string(), "0.6931471805599453");
    assert_eq!(n("2").power(&n("0.5")).unwrap().to_string(), "1.4142135623730950");
    assert_eq!(n("2").power(&n("100")).unwrap().to_string(), "1267650600228229401496703205376");
    assert_eq!(n("-7.5").rem(&n("2")).unwrap().to_string(), "-1.5");
    assert_eq!(n("2.5").round(0).unwrap().to_string(), "3");
    assert_eq!(n("-2.5").floor().unwrap().to_string(), "-3");
    assert_eq!(n("155").round(-1).unwrap().to_string(), "160");
}
