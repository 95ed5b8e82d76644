//! A real server's parser. Within a failed transaction the server parses a statement and then says 25P02 instead
//! of analysing it, so every error but that one is its lexer's or grammar's.

use crate::verdict::{Refusal, Verdict};
use std::io::{BufReader, Read, Result, Write};
use std::net::TcpStream;

/// One connection, in a failed transaction.
pub(crate) struct Server {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

impl Server {
    /// The server that PGURL tells.
    pub(crate) fn of_environment() -> std::result::Result<Self, String> {
        let url = std::env::var("PGURL").unwrap_or("postgresql://postgres@127.0.0.1:5432".into());
        Self::connect(&url).map_err(|error| format!("{url}: {error}"))
    }

    /// `postgresql://user@host:port[/database]`, without a password.
    pub(crate) fn connect(url: &str) -> Result<Self> {
        let bad = || std::io::Error::other("not postgresql://user@host:port[/database]");
        let (user, rest) = url
            .strip_prefix("postgresql://")
            .and_then(|rest| rest.split_once('@'))
            .ok_or_else(bad)?;
        let (address, database) = rest.split_once('/').unwrap_or((rest, user));
        let writer = TcpStream::connect(address)?;
        writer.set_nodelay(true)?;
        let mut server = Self { reader: BufReader::new(writer.try_clone()?), writer };
        let mut startup = vec![0, 3, 0, 0];
        for text in [
            "user",
            user,
            "database",
            database,
            "client_min_messages",
            "error",
            "log_min_messages",
            "panic",
        ] {
            startup.extend_from_slice(text.as_bytes());
            startup.push(0);
        }
        startup.push(0);
        let length = (startup.len() + 4) as u32;
        server.writer.write_all(&[&length.to_be_bytes()[..], &startup].concat())?;
        server.until_ready()?;
        for sql in ["BEGIN", "SELECT 1/0"] {
            let mut out = Vec::new();
            message(&mut out, b'Q', &[sql.as_bytes(), b"\0"].concat());
            server.writer.write_all(&out)?;
            server.until_ready()?;
        }
        Ok(server)
    }

    /// The verdicts on statements, which together must fit the socket's buffers.
    pub(crate) fn verdicts(&mut self, statements: &[String]) -> Result<Vec<Verdict>> {
        let mut writer = self.writer.try_clone()?;
        let mut out = Vec::new();
        for statement in statements {
            message(&mut out, b'P', &[b"\0", statement.as_bytes(), b"\0\0\0"].concat());
            message(&mut out, b'S', &[]);
        }
        let sending = std::thread::spawn(move || writer.write_all(&out));
        let verdicts: Result<Vec<Verdict>> =
            statements.iter().map(|_| self.until_ready()).collect();
        sending.join().map_err(|_| std::io::Error::other("the sender failed"))??;
        verdicts
    }

    fn until_ready(&mut self) -> Result<Verdict> {
        let mut verdict = Verdict::Accepted;
        loop {
            let mut head = [0; 5];
            self.reader.read_exact(&mut head)?;
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
            let mut body = vec![0; length - 4];
            self.reader.read_exact(&mut body)?;
            match head[0] {
                b'Z' => return Ok(verdict),
                b'E' => verdict = judge(&body),
                _ => {}
            }
        }
    }
}

fn message(out: &mut Vec<u8>, tag: u8, body: &[u8]) {
    out.push(tag);
    out.extend_from_slice(&(body.len() as u32 + 4).to_be_bytes());
    out.extend_from_slice(body);
}

fn judge(body: &[u8]) -> Verdict {
    let mut refusal = Refusal::default();
    for field in body.split(|byte| *byte == 0) {
        let Some((tag, text)) = field.split_first() else { continue };
        let text = String::from_utf8_lossy(text).into_owned();
        match tag {
            b'C' => refusal.code = text,
            b'M' => refusal.message = text,
            b'P' => refusal.position = text.parse().unwrap_or(0),
            b'D' => refusal.detail = text,
            b'H' => refusal.hint = text,
            _ => {}
        }
    }
    let several = "cannot insert multiple commands into a prepared statement";
    if refusal.code == "25P02" || refusal.message == several {
        return Verdict::Accepted;
    }
    Verdict::Refused(refusal)
}
