//! The messages of an authenticated client to its session.

use crate::answer::Answer;
use crate::outgoing::Outgoing;
use error::{Error, Result, Severity, SqlState};
use protocol::{BindMessage, Message, Target};
use session::{Bind, Format, Progress, Session, TransactionStatus};
use std::time::Instant;
use types::Oid;

/// A session and where its client is in the protocol.
pub(crate) struct Dialogue {
    pub(crate) session: Session,
    pending: Pending,
    /// After an error of the extended protocol, all messages up to Sync are left out.
    skips_to_sync: bool,
    /// When the session has waited for its client for too long, and the error that ends it then.
    idle: Option<Box<(Instant, Error)>>,
}

/// Which protocol a statement came by: how its end and its error are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Simple,
    Extended,
}

/// What a statement waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    Nothing,
    /// Room in the output.
    Room(Mode),
    /// A row that another transaction has.
    Row(Mode),
    /// The client's data.
    CopyIn(Mode),
}

/// Whether the connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    GoOn,
    Close,
}

impl Dialogue {
    /// A session's dialogue; it begins with ReadyForQuery.
    pub(crate) fn new(session: Session, out: &mut Outgoing) -> Self {
        let mut dialogue =
            Self { session, pending: Pending::Nothing, skips_to_sync: false, idle: None };
        dialogue.ready(out);
        dialogue
    }

    /// Whether a statement was left that is to be gone on with before the next message.
    pub(crate) fn is_suspended(&self) -> bool {
        matches!(self.pending, Pending::Room(_) | Pending::Row(_))
    }

    /// Whether a statement waits for a row, and was not called yet.
    pub(crate) fn waits_for_row(&self) -> bool {
        matches!(self.pending, Pending::Row(_))
            && self.session.parked_until().is_some_and(|until| Instant::now() < until)
    }

    /// Goes on with the statement that was left.
    pub(crate) fn resume(&mut self, out: &mut Outgoing) -> Next {
        let mode = match self.pending {
            Pending::Room(mode) | Pending::Row(mode) => mode,
            Pending::CopyIn(_) | Pending::Nothing => return Next::GoOn,
        };
        self.pending = Pending::Nothing;
        let result = self.session.resume(&mut Answer(out));
        self.told(result, mode, out)
    }

    /// When the session is to be looked at: it has waited for its client for too long, or for a row.
    pub(crate) fn look_at(&self) -> Option<Instant> {
        match self.pending {
            Pending::Row(_) => self.session.parked_until(),
            Pending::Nothing | Pending::Room(_) | Pending::CopyIn(_) => {
                self.idle.as_ref().map(|idle| idle.0)
            }
        }
    }

    /// The error with which the session is to end: it was told to, or its client took too long.
    pub(crate) fn reason_to_end(&self, is_alarmed: bool) -> Option<Error> {
        let idle = self.idle.as_ref().filter(|idle| is_alarmed && idle.0 <= Instant::now());
        self.session.shared().termination().or_else(|| idle.map(|idle| idle.1.clone()))
    }

    /// Handles one message.
    pub(crate) fn message(
        &mut self,
        kind: u8,
        message: Result<Message<'_>>,
        out: &mut Outgoing,
    ) -> Next {
        self.idle = None;
        if let Pending::CopyIn(mode) = self.pending {
            return self.copy_message(kind, message, mode, out);
        }
        if self.skips_to_sync && kind != b'S' && kind != b'X' {
            return Next::GoOn;
        }
        match message {
            Ok(message) => self.dispatch(message, out),
            Err(error) if kind == b'Q' || kind == b'F' => self.failed(&error, Mode::Simple, out),
            Err(error) => self.failed(&error, Mode::Extended, out),
        }
    }

    fn dispatch(&mut self, message: Message<'_>, out: &mut Outgoing) -> Next {
        let mut answer = Answer(out);
        let result = match message {
            Message::Query(sql) => {
                let result = self.session.query(sql, &mut answer);
                return self.told(result, Mode::Simple, out);
            }
            Message::Parse { name, sql, types } => {
                let types: Vec<_> = types.into_iter().map(Oid).collect();
                let result = self.session.parse(name, sql, &types, &mut answer);
                result.map(|()| answer.encoder().parse_complete())
            }
            Message::Bind(bind) => self.bind(bind, &mut answer),
            Message::Describe(Target::Statement(name)) => {
                self.session.describe_statement(name, &mut answer)
            }
            Message::Describe(Target::Portal(name)) => {
                self.session.describe_portal(name, &mut answer)
            }
            Message::Execute { portal, rows_max } => {
                let result = self.session.execute(portal, rows_max, &mut answer);
                return self.told(result, Mode::Extended, out);
            }
            Message::Close(target) => {
                match target {
                    Target::Statement(name) => self.session.close_statement(name),
                    Target::Portal(name) => self.session.close_portal(name),
                }
                answer.encoder().close_complete();
                Ok(())
            }
            Message::Flush => {
                out.set_due();
                return Next::GoOn;
            }
            Message::Sync => return self.sync(out),
            Message::FunctionCall => {
                let error = Error::unsupported("the function call message");
                return self.failed(&error, Mode::Simple, out);
            }
            // What is left of a COPY that failed.
            Message::CopyData(_) | Message::CopyDone | Message::CopyFail(_) => Ok(()),
            Message::Authentication(_) => {
                let text = format!("invalid frontend message type {}", b'p');
                return self.end_with(&Error::fatal(SqlState::PROTOCOL_VIOLATION, text), out);
            }
            Message::Terminate => return Next::Close,
        };
        match result {
            Ok(()) => self.over(out),
            Err(error) => self.failed(&error, Mode::Extended, out),
        }
    }

    fn bind(&mut self, bind: BindMessage<'_>, answer: &mut Answer<'_>) -> Result<()> {
        let formats =
            |codes: &[u16]| codes.iter().map(|code| format_of(*code)).collect::<Result<Vec<_>>>();
        let bind = Bind {
            portal: bind.portal,
            statement: bind.statement,
            parameter_formats: formats(&bind.parameter_formats)?,
            parameters: bind.parameters,
            result_formats: formats(&bind.result_formats)?,
        };
        self.session.bind(&bind, answer)?;
        answer.encoder().bind_complete();
        Ok(())
    }

    fn copy_message(
        &mut self,
        kind: u8,
        message: Result<Message<'_>>,
        mode: Mode,
        out: &mut Outgoing,
    ) -> Next {
        match message {
            Ok(Message::CopyData(data)) => match self.session.copy_data(data, &mut Answer(out)) {
                Ok(()) => Next::GoOn,
                Err(error) => {
                    self.pending = Pending::Nothing;
                    self.failed(&error, mode, out)
                }
            },
            Ok(Message::CopyDone) => {
                self.pending = Pending::Nothing;
                let result = self.session.copy_done(&mut Answer(out));
                self.told(result, mode, out)
            }
            Ok(Message::CopyFail(message)) => {
                self.pending = Pending::Nothing;
                let error = self.session.copy_fail(message);
                self.failed(&error, mode, out)
            }
            Ok(Message::Flush | Message::Sync) => Next::GoOn,
            Ok(Message::Terminate) => Next::Close,
            Ok(
                Message::Query(_)
                | Message::Parse { .. }
                | Message::Bind(_)
                | Message::Describe(_)
                | Message::Execute { .. }
                | Message::Close(_)
                | Message::FunctionCall
                | Message::Authentication(_),
            )
            | Err(_) => {
                let text = format!("unexpected message type 0x{kind:02X} during COPY from stdin");
                self.end_with(&Error::fatal(SqlState::PROTOCOL_VIOLATION, text), out)
            }
        }
    }

    /// Tells how a statement went.
    fn told(&mut self, result: Result<Progress>, mode: Mode, out: &mut Outgoing) -> Next {
        match result {
            Ok(Progress::Done) if mode == Mode::Simple => self.ready(out),
            Ok(Progress::Done) => {}
            Ok(Progress::Suspended) => {
                self.pending = Pending::Room(mode);
                out.set_due();
            }
            Ok(Progress::Parked) => self.pending = Pending::Row(mode),
            Ok(Progress::CopyIn) => {
                self.pending = Pending::CopyIn(mode);
                out.set_due();
            }
            Err(error) => return self.failed(&error, mode, out),
        }
        self.over(out)
    }

    fn failed(&mut self, error: &Error, mode: Mode, out: &mut Outgoing) -> Next {
        self.session.tell_notices(&mut Answer(out));
        Answer(out).encoder().error(error);
        self.session.fail();
        if error.fields().severity == Severity::Fatal {
            out.set_due();
            return Next::Close;
        }
        match mode {
            Mode::Simple => self.ready(out),
            Mode::Extended => self.skips_to_sync = true,
        }
        self.over(out)
    }

    fn sync(&mut self, out: &mut Outgoing) -> Next {
        self.skips_to_sync = false;
        let mut answer = Answer(out);
        if let Err(error) = self.session.sync(&mut answer) {
            answer.encoder().error(&error);
        }
        self.ready(out);
        self.over(out)
    }

    fn ready(&mut self, out: &mut Outgoing) {
        let status = match self.session.status() {
            TransactionStatus::Idle => b'I',
            TransactionStatus::InTransaction => b'T',
            TransactionStatus::Failed => b'E',
        };
        Answer(out).encoder().ready_for_query(status);
        out.set_due();
        self.idle = self.session.idle_limit().and_then(|(limit, error)| {
            Instant::now().checked_add(limit).map(|until| Box::new((until, error)))
        });
    }

    fn over(&self, out: &mut Outgoing) -> Next {
        if self.session.is_over() {
            out.set_due();
            return Next::Close;
        }
        Next::GoOn
    }

    fn end_with(&mut self, error: &Error, out: &mut Outgoing) -> Next {
        Answer(out).encoder().error(error);
        out.set_due();
        Next::Close
    }
}

fn format_of(code: u16) -> Result<Format> {
    match code {
        0 => Ok(Format::Text),
        1 => Ok(Format::Binary),
        other => Err(Error::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("unsupported format code: {other}"),
        )),
    }
}
