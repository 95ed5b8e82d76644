//! Messages to clients, appended to a buffer.

use error::Error;

/// A request or result of authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication<'a> {
    /// The client is let in.
    Ok,
    /// The client is to choose one of the mechanisms of SASL.
    Sasl(&'a [&'a str]),
    /// A challenge of SASL.
    SaslContinue(&'a [u8]),
    /// The server's proof.
    SaslFinal(&'a [u8]),
}

/// A column of RowDescription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the protocol's")]
pub struct ColumnDescription<'a> {
    pub name: &'a str,
    pub table: u32,
    pub column: i16,
    pub type_id: u32,
    pub type_size: i16,
    pub typmod: i32,
    pub is_binary: bool,
}

/// Which way COPY's data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    In,
    /// To the client.
    Out,
}

/// Appends messages to a buffer.
#[derive(Debug)]
pub struct Encoder<'b>(pub &'b mut Vec<u8>);

impl Encoder<'_> {
    /// Authentication*.
    pub fn authentication(&mut self, message: Authentication<'_>) {
        self.message(b'R', |out| match message {
            Authentication::Ok => put_i32(out, 0),
            Authentication::Sasl(mechanisms) => {
                put_i32(out, 10);
                for mechanism in mechanisms {
                    put_string(out, mechanism);
                }
                out.push(0);
            }
            Authentication::SaslContinue(data) => {
                put_i32(out, 11);
                out.extend_from_slice(data);
            }
            Authentication::SaslFinal(data) => {
                put_i32(out, 12);
                out.extend_from_slice(data);
            }
        });
    }

    /// NegotiateProtocolVersion: the version that is spoken, and the options that are not known.
    pub fn negotiate_protocol_version(&mut self, version: u32, unknown: &[String]) {
        self.message(b'v', |out| {
            out.extend_from_slice(&version.to_be_bytes());
            put_length(out, unknown.len());
            for option in unknown {
                put_string(out, option);
            }
        });
    }

    /// BackendKeyData.
    pub fn backend_key_data(&mut self, process: i32, secret: &[u8]) {
        self.message(b'K', |out| {
            put_i32(out, process);
            out.extend_from_slice(secret);
        });
    }

    /// ParameterStatus.
    pub fn parameter_status(&mut self, name: &str, value: &str) {
        self.message(b'S', |out| {
            put_string(out, name);
            put_string(out, value);
        });
    }

    /// ReadyForQuery; the status is `I`, `T` or `E`.
    pub fn ready_for_query(&mut self, status: u8) {
        self.message(b'Z', |out| out.push(status));
    }

    /// RowDescription.
    pub fn row_description<'a>(
        &mut self,
        columns: impl ExactSizeIterator<Item = ColumnDescription<'a>>,
    ) {
        self.message(b'T', |out| {
            put_count(out, columns.len());
            for column in columns {
                put_string(out, column.name);
                out.extend_from_slice(&column.table.to_be_bytes());
                out.extend_from_slice(&column.column.to_be_bytes());
                out.extend_from_slice(&column.type_id.to_be_bytes());
                out.extend_from_slice(&column.type_size.to_be_bytes());
                put_i32(out, column.typmod);
                out.extend_from_slice(&u16::from(column.is_binary).to_be_bytes());
            }
        });
    }

    /// ParameterDescription.
    pub fn parameter_description(&mut self, types: impl ExactSizeIterator<Item = u32>) {
        self.message(b't', |out| {
            put_count(out, types.len());
            for type_id in types {
                out.extend_from_slice(&type_id.to_be_bytes());
            }
        });
    }

    /// CommandComplete.
    pub fn command_complete(&mut self, tag: &str) {
        self.message(b'C', |out| put_string(out, tag));
    }

    /// NotificationResponse.
    pub fn notification(&mut self, process: i32, channel: &str, payload: &str) {
        self.message(b'A', |out| {
            put_i32(out, process);
            put_string(out, channel);
            put_string(out, payload);
        });
    }

    /// CopyInResponse or CopyOutResponse.
    pub fn copy_response(&mut self, direction: Direction, is_binary: bool, column_count: usize) {
        let kind = match direction {
            Direction::In => b'G',
            Direction::Out => b'H',
        };
        self.message(kind, |out| {
            out.push(u8::from(is_binary));
            put_count(out, column_count);
            for _ in 0..column_count {
                out.extend_from_slice(&u16::from(is_binary).to_be_bytes());
            }
        });
    }

    /// CopyData.
    pub fn copy_data(&mut self, data: &[u8]) {
        self.message(b'd', |out| out.extend_from_slice(data));
    }

    /// ParseComplete.
    pub fn parse_complete(&mut self) {
        self.empty(b'1');
    }

    /// BindComplete.
    pub fn bind_complete(&mut self) {
        self.empty(b'2');
    }

    /// CloseComplete.
    pub fn close_complete(&mut self) {
        self.empty(b'3');
    }

    /// NoData.
    pub fn no_data(&mut self) {
        self.empty(b'n');
    }

    /// EmptyQueryResponse.
    pub fn empty_query(&mut self) {
        self.empty(b'I');
    }

    /// PortalSuspended.
    pub fn portal_suspended(&mut self) {
        self.empty(b's');
    }

    /// CopyDone.
    pub fn copy_done(&mut self) {
        self.empty(b'c');
    }

    /// ErrorResponse.
    pub fn error(&mut self, error: &Error) {
        self.report(b'E', error);
    }

    /// NoticeResponse.
    pub fn notice(&mut self, notice: &Error) {
        self.report(b'N', notice);
    }

    fn report(&mut self, kind: u8, error: &Error) {
        let fields = error.fields();
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let (position, internal) = (number(fields.position), number(fields.internal_position));
        let optional = [
            (b'D', &fields.detail),
            (b'H', &fields.hint),
            (b'P', &position),
            (b'p', &internal),
            (b'q', &fields.internal_query),
            (b'W', &fields.context),
            (b's', &fields.schema),
            (b't', &fields.table),
            (b'c', &fields.column),
            (b'd', &fields.data_type),
            (b'n', &fields.constraint),
        ];
        self.message(kind, |out| {
            let mut put = |field: u8, text: &str| {
                out.push(field);
                put_string(out, text);
            };
            put(b'S', fields.severity.word());
            put(b'V', fields.severity.word());
            put(b'C', &fields.code.to_string());
            put(b'M', &fields.message);
            for (field, text) in optional {
                if let Some(text) = text {
                    put(field, text);
                }
            }
            out.push(0);
        });
    }

    fn empty(&mut self, kind: u8) {
        self.0.extend_from_slice(&[kind, 0, 0, 0, 4]);
    }

    fn message(&mut self, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
        self.0.push(kind);
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        body(self.0);
        let length = u32::try_from(self.0.len() - start).unwrap_or(u32::MAX);
        self.0[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
}

fn put_i32(out: &mut Vec<u8>, number: i32) {
    out.extend_from_slice(&number.to_be_bytes());
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes());
}

/// A string and its zero byte; a zero byte within it would end it early, so it is left out.
fn put_string(out: &mut Vec<u8>, text: &str) {
    if text.contains('\0') {
        out.extend(text.bytes().filter(|&byte| byte != 0));
    } else {
        out.extend_from_slice(text.as_bytes());
    }
    out.push(0);
}
