//! Character encodings by name and number, as PostgreSQL counts them. Text itself is UTF-8.

/// An encoding that PostgreSQL knows.
#[derive(Debug, PartialEq, Eq)]
pub struct Encoding {
    /// Its name as PostgreSQL shows it.
    pub name: &'static str,
    /// The bytes that a character has at most.
    pub bytes_max: i32,
}

const fn encoding(name: &'static str, bytes_max: i32) -> Encoding {
    Encoding { name, bytes_max }
}

/// All of them, by number.
pub static ENCODINGS: [Encoding; 42] = [
    encoding("SQL_ASCII", 1),
    encoding("EUC_JP", 3),
    encoding("EUC_CN", 3),
    encoding("EUC_KR", 3),
    encoding("EUC_TW", 4),
    encoding("EUC_JIS_2004", 3),
    encoding("UTF8", 4),
    encoding("MULE_INTERNAL", 4),
    encoding("LATIN1", 1),
    encoding("LATIN2", 1),
    encoding("LATIN3", 1),
    encoding("LATIN4", 1),
    encoding("LATIN5", 1),
    encoding("LATIN6", 1),
    encoding("LATIN7", 1),
    encoding("LATIN8", 1),
    encoding("LATIN9", 1),
    encoding("LATIN10", 1),
    encoding("WIN1256", 1),
    encoding("WIN1258", 1),
    encoding("WIN866", 1),
    encoding("WIN874", 1),
    encoding("KOI8R", 1),
    encoding("WIN1251", 1),
    encoding("WIN1252", 1),
    encoding("ISO_8859_5", 1),
    encoding("ISO_8859_6", 1),
    encoding("ISO_8859_7", 1),
    encoding("ISO_8859_8", 1),
    encoding("WIN1250", 1),
    encoding("WIN1253", 1),
    encoding("WIN1254", 1),
    encoding("WIN1255", 1),
    encoding("WIN1257", 1),
    encoding("KOI8U", 1),
    encoding("SJIS", 2),
    encoding("BIG5", 2),
    encoding("GBK", 2),
    encoding("UHC", 2),
    encoding("GB18030", 4),
    encoding("JOHAB", 3),
    encoding("SHIFT_JIS_2004", 2),
];

/// Other names, plain, with the names that they stand for.
const ALIASES: [(&str, &str); 39] = [
    ("abc", "WIN1258"),
    ("alt", "WIN866"),
    ("iso88591", "LATIN1"),
    ("iso885910", "LATIN6"),
    ("iso885913", "LATIN7"),
    ("iso885914", "LATIN8"),
    ("iso885915", "LATIN9"),
    ("iso885916", "LATIN10"),
    ("iso88592", "LATIN2"),
    ("iso88593", "LATIN3"),
    ("iso88594", "LATIN4"),
    ("iso88599", "LATIN5"),
    ("koi8", "KOI8R"),
    ("mskanji", "SJIS"),
    ("shiftjis", "SJIS"),
    ("tcvn", "WIN1258"),
    ("tcvn5712", "WIN1258"),
    ("unicode", "UTF8"),
    ("vscii", "WIN1258"),
    ("win", "WIN1251"),
    ("win932", "SJIS"),
    ("win936", "GBK"),
    ("win949", "UHC"),
    ("win950", "BIG5"),
    ("windows1250", "WIN1250"),
    ("windows1251", "WIN1251"),
    ("windows1252", "WIN1252"),
    ("windows1253", "WIN1253"),
    ("windows1254", "WIN1254"),
    ("windows1255", "WIN1255"),
    ("windows1256", "WIN1256"),
    ("windows1257", "WIN1257"),
    ("windows1258", "WIN1258"),
    ("windows866", "WIN866"),
    ("windows874", "WIN874"),
    ("windows932", "SJIS"),
    ("windows936", "GBK"),
    ("windows949", "UHC"),
    ("windows950", "BIG5"),
];

/// A name's letters and digits, in lower case: only they count.
fn plain(name: &str) -> String {
    let kept = name.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

impl Encoding {
    /// The encoding of a name, whatever its case and punctuation.
    pub fn named(name: &str) -> Option<&'static Self> {
        let mut wanted = plain(name);
        if let Some((_, other)) = ALIASES.iter().find(|(alias, _)| *alias == wanted) {
            wanted = plain(other);
        }
        ENCODINGS.iter().find(|encoding| plain(encoding.name) == wanted)
    }

    /// The encoding of PostgreSQL's number.
    pub fn numbered(number: i32) -> Option<&'static Self> {
        usize::try_from(number).ok().and_then(|number| ENCODINGS.get(number))
    }

    /// PostgreSQL's number of the encoding.
    pub fn number(&self) -> i32 {
        let place = ENCODINGS.iter().position(|encoding| encoding == self);
        place.and_then(|place| i32::try_from(place).ok()).unwrap_or(-1)
    }
}
