//! Character encodings by name and number. The server's own is UTF-8.

use error::Result;
use functions::{Builtin, builtin};

pub(super) const FUNCTIONS: &[Builtin] = &[
    builtin("PG_encoding_to_char", |call| call.map1(|number: i32| Ok(encoding_name(number)))),
    builtin("PG_char_to_encoding", |call| call.map1(|name: &str| Ok(encoding_number(name)))),
    builtin("pg_encoding_max_length_sql", |call| call.map1(max_length)),
    builtin("getdatabaseencoding", |call| call.map0(|_| Ok("UTF8"))),
    builtin("pg_client_encoding", |call| {
        call.map0(|env| Ok(env.setting("client_encoding").unwrap_or_else(|| "UTF8".to_owned())))
    }),
];

/// Names by number, with the bytes that a character has at most.
const ENCODINGS: [(&str, i32); 42] = [
    ("SQL_ASCII", 1),
    ("EUC_JP", 3),
    ("EUC_CN", 3),
    ("EUC_KR", 3),
    ("EUC_TW", 4),
    ("EUC_JIS_2004", 3),
    ("UTF8", 4),
    ("MULE_INTERNAL", 4),
    ("LATIN1", 1),
    ("LATIN2", 1),
    ("LATIN3", 1),
    ("LATIN4", 1),
    ("LATIN5", 1),
    ("LATIN6", 1),
    ("LATIN7", 1),
    ("LATIN8", 1),
    ("LATIN9", 1),
    ("LATIN10", 1),
    ("WIN1256", 1),
    ("WIN1258", 1),
    ("WIN866", 1),
    ("WIN874", 1),
    ("KOI8R", 1),
    ("WIN1251", 1),
    ("WIN1252", 1),
    ("ISO_8859_5", 1),
    ("ISO_8859_6", 1),
    ("ISO_8859_7", 1),
    ("ISO_8859_8", 1),
    ("WIN1250", 1),
    ("WIN1253", 1),
    ("WIN1254", 1),
    ("WIN1255", 1),
    ("WIN1257", 1),
    ("KOI8U", 1),
    ("SJIS", 2),
    ("BIG5", 2),
    ("GBK", 2),
    ("UHC", 2),
    ("GB18030", 4),
    ("JOHAB", 3),
    ("SHIFT_JIS_2004", 2),
];

fn encoding_name(number: i32) -> &'static str {
    let found = usize::try_from(number).ok().and_then(|number| ENCODINGS.get(number));
    found.map_or("", |(name, _)| name)
}

/// The number of a name whose letters and digits are these; -1 of none.
fn encoding_number(name: &str) -> i32 {
    let plain = |name: &str| -> String {
        let kept = name.chars().filter(char::is_ascii_alphanumeric);
        kept.map(|c| c.to_ascii_lowercase()).collect()
    };
    let mut wanted = plain(name);
    if let Some(alias) = [
        ("abc", "win1258"),
        ("tcvn", "win1258"),
        ("tcvn5712", "win1258"),
        ("vscii", "win1258"),
        ("alt", "win866"),
        ("win", "win1251"),
        ("koi8", "koi8r"),
        ("mskanji", "sjis"),
        ("shiftjis", "sjis"),
        ("unicode", "utf8"),
        ("sqlascii", "sqlascii"),
        ("iso88591", "latin1"),
    ]
    .iter()
    .find(|(alias, _)| *alias == wanted)
    {
        wanted = alias.1.to_owned();
    }
    let place = ENCODINGS.iter().position(|(name, _)| plain(name) == wanted);
    place.and_then(|place| i32::try_from(place).ok()).unwrap_or(-1)
}

fn max_length(number: i32) -> Result<Option<i32>> {
    let found = usize::try_from(number).ok().and_then(|number| ENCODINGS.get(number));
    Ok(found.map(|(_, length)| *length))
}
