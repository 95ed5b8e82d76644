use super::*;
use crate::{DateForm, IntervalForm};

fn timestamp(source: &str) -> String {
    let mut out = Vec::new();
    match input_timestamp(source, -1, &Style::default()) {
        Ok(time) => write_timestamp(time, &Style::default(), &mut out),
        Err(error) => return error.to_string(),
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn timestamps() {
    for (source, shown) in [
        ("2024-02-29 12:34:56.789", "2024-02-29 12:34:56.789"),
        ("Jan 8 1999", "1999-01-08 00:00:00"),
        ("January 8, 1999 04:05 PM", "1999-01-08 16:05:00"),
        ("1/8/1999", "1999-01-08 00:00:00"),
        ("19990108 040506", "1999-01-08 04:05:06"),
        ("1999.008", "1999-01-08 00:00:00"),
        ("J2451187", "1999-01-08 00:00:00"),
        ("99-Jan-08", "22008: date/time field value out of range: \"99-Jan-08\""),
        ("08-Jan-99", "1999-01-08 00:00:00"),
        ("4714-11-24 00:00:00 BC", "4714-11-24 00:00:00 BC"),
        ("epoch", "1970-01-01 00:00:00"),
        ("infinity", "infinity"),
        ("2001-02-30", "22008: date/time field value out of range: \"2001-02-30\""),
        ("1999-01-08T04:05:06Z", "1999-01-08 04:05:06"),
        ("20240229T123456", "2024-02-29 12:34:56"),
        ("294277-01-01", "22008: timestamp out of range: \"294277-01-01\""),
    ] {
        assert_eq!(timestamp(source), shown, "{source}");
    }
}

#[test]
fn zones() {
    let mut style = Style { date_form: DateForm::Postgres, ..Style::default() };
    (style.time_zone, style.time_zone_name) = zone::set_time_zone("america/new_york").unwrap();
    assert_eq!(style.time_zone_name, "America/New_York");
    let time = input_timestamptz("2024-07-04 12:00:00", -1, &style).unwrap();
    let mut out = Vec::new();
    write_timestamptz(time, &style, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "Thu Jul 04 12:00:00 2024 EDT");
    let same = input_timestamptz("2024-07-04 16:00:00+00", -1, &style).unwrap();
    assert_eq!(time, same);
    assert_eq!(time, input_timestamptz("2024-07-04 09:00:00 PDT", -1, &style).unwrap());
    assert_eq!(time, input_timestamptz("2024-07-04 18:00:00 Europe/Berlin", -1, &style).unwrap());
}

#[test]
fn intervals() {
    for (source, postgres, sql, iso) in [
        (
            "1 year 2 mons -3 days 04:05:06",
            "1 year 2 mons -3 days +04:05:06",
            "+1-2 -3 +4:05:06",
            "P1Y2M-3DT4H5M6S",
        ),
        ("1-2", "1 year 2 mons", "1-2", "P1Y2M"),
        ("3 4:05:06", "3 days 04:05:06", "3 4:05:06", "P3DT4H5M6S"),
        ("P1Y2M3DT4H5M6S", "1 year 2 mons 3 days 04:05:06", "+1-2 +3 +4:05:06", "P1Y2M3DT4H5M6S"),
        ("1.5 months", "1 mon 15 days", "+0-1 +15 +0:00:00", "P1M15D"),
        ("2 hours ago", "-02:00:00", "-2:00:00", "PT-2H"),
        ("0.1", "00:00:00.1", "0:00:00.1", "PT0.1S"),
        ("0", "00:00:00", "0", "PT0S"),
        ("-infinity", "-infinity", "-infinity", "-infinity"),
    ] {
        let value = interval::Interval::input(source, -1, &Style::default()).unwrap();
        for (form, shown) in [
            (IntervalForm::Postgres, postgres),
            (IntervalForm::SqlStandard, sql),
            (IntervalForm::Iso8601, iso),
        ] {
            let mut out = Vec::new();
            value.write(&Style { interval_form: form, ..Style::default() }, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), shown, "{source}");
        }
    }
}
