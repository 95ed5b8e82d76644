use crate::*;
use batch::{Batch, Vector};
use types::{Kind, Names, Oid, Style, TextContext, ValueRef, type_oid};

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
    bytes.extend(body);
    bytes
}

fn startup(code: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(body.len() + 8).unwrap().to_be_bytes().to_vec();
    bytes.extend(code.to_be_bytes());
    bytes.extend(body);
    bytes
}

#[test]
fn messages_are_read_as_they_arrive() {
    let bytes = message(b'B', b"p\0s\0\0\x01\0\x01\0\x02\0\0\0\x02ab\xff\xff\xff\xff\0\x01\0\x01");
    for end in 0..bytes.len() {
        assert!(decode(&bytes[..end], MESSAGE_MAX).unwrap().is_none());
    }
    let (_, decoded, length) = decode(&bytes, MESSAGE_MAX).unwrap().unwrap();
    assert_eq!(length, bytes.len());
    let expected = BindMessage {
        portal: "p",
        statement: "s",
        parameter_formats: vec![1],
        parameters: vec![Some(b"ab"), None],
        result_formats: vec![1],
    };
    assert_eq!(decoded.unwrap(), Message::Bind(expected));
    let bytes = message(b'E', b"\0\0\0\0\x07");
    let (_, decoded, _) = decode(&bytes, MESSAGE_MAX).unwrap().unwrap();
    assert_eq!(decoded.unwrap(), Message::Execute { portal: "", rows_max: 7 });
}

#[test]
fn malformed_messages_say_what_postgresql_says() {
    let inner = |kind, body: &[u8]| {
        let bytes = message(kind, body);
        let (_, decoded, _) = decode(&bytes, MESSAGE_MAX).unwrap().unwrap();
        decoded.unwrap_err().to_string()
    };
    assert_eq!(inner(b'Q', b"select 1"), "08P01: invalid string in message");
    assert_eq!(inner(b'Q', b"select 1\0x"), "08P01: invalid message format");
    assert_eq!(inner(b'E', b"\0\0"), "08P01: insufficient data left in message");
    assert_eq!(inner(b'D', b"X\0"), "08P01: invalid DESCRIBE message subtype 88");
    assert_eq!(inner(b'C', b"X\0"), "08P01: invalid CLOSE message subtype 88");
    assert_eq!(
        inner(b'Q', b"\xc3(\0"),
        "22021: invalid byte sequence for encoding \"UTF8\": 0xc3 0x28"
    );
    let outer = |bytes: &[u8]| decode(bytes, 1000).unwrap_err().to_string();
    assert_eq!(outer(b"@"), "08P01: invalid frontend message type 64");
    assert_eq!(outer(b"Q\0\0\0\x03"), "08P01: invalid message length");
    assert_eq!(outer(b"Q\0\x10\0\0"), "08P01: invalid message length");
}

#[test]
fn first_packets() {
    let body = b"user\0me\0database\0db\0DateStyle\0iso\0_pq_.x\0y\0\0";
    let (packet, _) = decode_startup(&startup(3 << 16, body)).unwrap().unwrap();
    let StartupPacket::Start(start) = packet else { panic!("{packet:?}") };
    assert_eq!((start.user.as_str(), start.database.as_str()), ("me", "db"));
    assert_eq!(start.settings, [("DateStyle".to_owned(), "iso".to_owned())]);
    assert_eq!(start.negotiate, Some(vec!["_pq_.x".to_owned()]));
    let error = |code, body: &[u8]| decode_startup(&startup(code, body)).unwrap_err().to_string();
    assert!(error(3 << 16, b"user\0me\0").starts_with("08P01"));
    assert!(error(3 << 16, b"\0").starts_with("28000"));
    assert!(error(2 << 16, b"\0").starts_with("0A000"));
    assert!(decode_startup(b"GET / HTTP/1.0").is_err());
    let (packet, _) = decode_startup(&startup(1234 << 16 | 5679, b"")).unwrap().unwrap();
    assert_eq!(packet, StartupPacket::Ssl);
    let options = split_options("-c a=b --work-mem=1\\ MB -cx.y=z").unwrap();
    let pairs: Vec<_> = options.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(pairs, [("a", "b"), ("work_mem", "1 MB"), ("x.y", "z")]);
    assert!(split_options("-x").is_err());
}

struct NoNames;

impl Names for NoNames {
    fn reg_name(&self, _: Oid, _: Oid) -> Option<String> {
        None
    }

    fn reg_object(&self, _: Oid, name: &str) -> error::Result<Oid> {
        Err(error::Error::unsupported(name))
    }
}

#[test]
fn rows_of_a_batch() {
    let mut batch = Batch::new([Kind::I32, Kind::Bytes, Kind::Bool]);
    for (row, text) in ["a", "bc"].into_iter().enumerate() {
        let number = i32::try_from(row).unwrap() - 1;
        batch.columns[0].set(row, ValueRef::I32(number));
        batch.columns[1].set(row, ValueRef::Bytes(text.as_bytes()));
    }
    batch.columns[2] = Vector::constant(Kind::Bool, ValueRef::Bool(true));
    batch.columns[1].set_null(0);
    batch.row_count = 2;
    let style = Style::default();
    let context = TextContext { style: &style, names: &NoNames };
    let encode = |is_binary| {
        let columns = [type_oid::INT4, type_oid::TEXT, type_oid::BOOL]
            .map(|type_id| Column { type_id, is_binary });
        let mut out = Vec::new();
        data_rows(&batch, columns.into_iter(), &context, &mut out).unwrap();
        out
    };
    let first = message(b'D', b"\0\x03\0\0\0\x02-1\xff\xff\xff\xff\0\0\0\x01t");
    let second = message(b'D', b"\0\x03\0\0\0\x010\0\0\0\x02bc\0\0\0\x01t");
    assert_eq!(encode(false), [first, second].concat());
    let first = message(b'D', b"\0\x03\0\0\0\x04\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x01\x01");
    let second = message(b'D', b"\0\x03\0\0\0\x04\0\0\0\0\0\0\0\x02bc\0\0\0\x01\x01");
    assert_eq!(encode(true), [first, second].concat());
}

#[test]
fn errors_and_notices() {
    let mut out = Vec::new();
    let error = error::Error::new(error::SqlState::SYNTAX_ERROR, "a\0b").at(3);
    Encoder(&mut out).error(&error);
    assert_eq!(out, message(b'E', b"SERROR\0VERROR\0C42601\0Mab\0P3\0\0"));
}

/// Whatever bytes come, decoding ends and takes no more than there are. `SURUS_FUZZ` sets how many messages.
#[test]
fn hostile_bytes() {
    let count =
        std::env::var("SURUS_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let mut state = 0x5eed_u64;
    let mut next = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33).to_le_bytes()[0]
    };
    for _ in 0..count {
        let body: Vec<u8> =
            (0..next() % 40).map(|_| if next() % 3 == 0 { 0 } else { next() }).collect();
        let kinds = b"QPBDECHSdcfFpX";
        let mut bytes = message(kinds[usize::from(next()) % kinds.len()], &body);
        if next() % 4 == 0 {
            let at = usize::from(next()) % bytes.len();
            bytes[at] = next();
        }
        if let Ok(Some((_, _, length))) = decode(&bytes, MESSAGE_MAX) {
            assert!(length <= bytes.len());
        }
        if let Ok(Some((_, length))) = decode_startup(&bytes) {
            assert!(length <= bytes.len());
        }
    }
}
