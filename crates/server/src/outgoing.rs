//! Answers that wait to be sent.
//!
//! No answer leaves before all that it tells is durable. `marks` are places in the buffer, ascending in place and LSN:
//! what stands from a mark's place on waits until the log is durable up to its LSN.

use crate::stream::Transfer;
use std::collections::VecDeque;
use storage::Lsn;

/// With so many bytes waiting, a session suspends.
const FULL_BYTES: usize = 256 * 1024;
/// With so many bytes waiting, they are sent without being asked to.
const DUE_BYTES: usize = 16 * 1024;
/// What a new buffer has room for.
const FIRST_BYTES: usize = 1024;
/// A buffer larger than this is not kept.
const KEPT_BYTES: usize = 64 * 1024;

/// Answers that wait to be sent.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    /// What was said and not all sent.
    pub(crate) buffer: Vec<u8>,
    sent: usize,
    marks: VecDeque<(Lsn, usize)>,
    is_due: bool,
    /// Where the last message that is whole ends.
    whole: usize,
}

/// What holds up what is left after [`Outgoing::send`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holdup {
    /// Nothing: all is sent, or nobody waits for it yet.
    None,
    /// The socket takes no more now.
    Socket,
    /// The log is to be durable up to here first.
    Log(Lsn),
    /// The connection is gone.
    Gone,
}

impl Outgoing {
    /// Uses a thread's spare buffer while it has none of its own.
    pub(crate) fn borrow_buffer(&mut self, spare: &mut Vec<u8>) {
        if self.buffer.capacity() == 0 {
            std::mem::swap(&mut self.buffer, spare);
            // The spare one may have gone with answers that wait for the log.
            self.buffer.reserve(FIRST_BYTES);
        }
    }

    /// Gives the buffer back when all is sent, so that an idle connection has none.
    pub(crate) fn return_buffer(&mut self, spare: &mut Vec<u8>) {
        if !self.buffer.is_empty() {
            return;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        if spare.capacity() == 0 && buffer.capacity() <= KEPT_BYTES {
            buffer.clear();
            *spare = buffer;
        }
        self.marks = VecDeque::new();
    }

    /// The client waits for what was said.
    pub(crate) fn set_due(&mut self) {
        self.is_due = true;
    }

    /// Whether so much waits that the session is to suspend.
    pub(crate) fn is_full(&self) -> bool {
        self.buffer.len() - self.sent >= FULL_BYTES
    }

    /// The next answer begins here.
    pub(crate) fn begin_answer(&mut self) {
        self.whole = self.buffer.len();
    }

    /// What was said since [`Self::begin_answer`] waits for the log up to here.
    pub(crate) fn end_answer(&mut self, lsn: Lsn, durable: Lsn) {
        let is_new = self.marks.back().is_none_or(|(last, _)| *last < lsn);
        if lsn > durable && is_new && self.buffer.len() > self.whole {
            self.marks.push_back((lsn, self.whole));
        }
        self.whole = self.buffer.len();
    }

    /// Drops a half-said answer.
    pub(crate) fn forget_half(&mut self) {
        self.buffer.truncate(self.whole.max(self.sent));
    }

    /// Sends what is due and durable.
    pub(crate) fn send(
        &mut self,
        durable: Lsn,
        mut write: impl FnMut(&[u8]) -> Transfer,
    ) -> Holdup {
        if !self.is_due && self.buffer.len() - self.sent < DUE_BYTES {
            return Holdup::None;
        }
        while self.marks.front().is_some_and(|(lsn, _)| *lsn <= durable) {
            self.marks.pop_front();
        }
        let mut end = self.marks.front().map_or(self.buffer.len(), |(_, start)| *start);
        if !self.marks.is_empty() && end - self.sent < DUE_BYTES {
            // The client waits for the rest, which comes with the next sync: the beginning is not worth a packet of its own.
            end = self.sent;
        }
        while self.sent < end {
            match write(&self.buffer[self.sent..end]) {
                Transfer::Bytes(count) => self.sent += count,
                Transfer::Blocked => {
                    self.compact();
                    return Holdup::Socket;
                }
                Transfer::Gone => return Holdup::Gone,
            }
        }
        self.compact();
        match self.marks.front() {
            Some((lsn, _)) => Holdup::Log(*lsn),
            None => Holdup::None,
        }
    }

    /// Forgets what was sent, if that is all or most.
    fn compact(&mut self) {
        if self.sent == self.buffer.len() {
            self.buffer.clear();
            self.is_due = false;
        } else if self.sent >= FULL_BYTES {
            self.buffer.drain(..self.sent);
        } else {
            return;
        }
        for (_, start) in &mut self.marks {
            *start = start.saturating_sub(self.sent);
        }
        self.whole = self.whole.saturating_sub(self.sent);
        self.sent = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stream;
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    fn received(client: &mut UnixStream) -> String {
        let mut bytes = [0; 100];
        client.set_nonblocking(true).unwrap();
        let count = client.read(&mut bytes).unwrap_or(0);
        String::from_utf8(bytes[..count].to_vec()).unwrap()
    }

    fn say(outgoing: &mut Outgoing, text: &str, lsn: u64) {
        outgoing.begin_answer();
        outgoing.buffer.extend_from_slice(text.as_bytes());
        outgoing.end_answer(Lsn(lsn), Lsn(10));
    }

    #[test]
    fn much_that_waits_for_nothing_is_sent_before_what_waits() {
        let mut outgoing = Outgoing::default();
        let much = "x".repeat(DUE_BYTES);
        say(&mut outgoing, &much, 10);
        say(&mut outgoing, "b", 20);
        outgoing.set_due();
        let mut sent = Vec::new();
        let mut write = |bytes: &[u8]| {
            sent.extend_from_slice(bytes);
            Transfer::Bytes(bytes.len())
        };
        assert_eq!(outgoing.send(Lsn(10), &mut write), Holdup::Log(Lsn(20)));
        assert_eq!(outgoing.send(Lsn(20), &mut write), Holdup::None);
        assert_eq!(sent.len(), much.len() + 1);
    }

    #[test]
    fn answers_wait_for_the_log() {
        let (mut client, server) = UnixStream::pair().unwrap();
        let stream = Stream::unix(server).unwrap();
        let mut outgoing = Outgoing::default();
        say(&mut outgoing, "a", 10);
        say(&mut outgoing, "b", 20);
        say(&mut outgoing, "c", 20);
        say(&mut outgoing, "d", 30);
        assert_eq!(outgoing.send(Lsn(10), |bytes| stream.send(bytes)), Holdup::None);
        assert_eq!(received(&mut client), "");
        outgoing.set_due();
        assert_eq!(outgoing.send(Lsn(10), |bytes| stream.send(bytes)), Holdup::Log(Lsn(20)));
        assert_eq!(received(&mut client), "", "the beginning goes with the rest");
        assert_eq!(outgoing.send(Lsn(25), |bytes| stream.send(bytes)), Holdup::Log(Lsn(30)));
        assert_eq!(received(&mut client), "");
        assert_eq!(outgoing.send(Lsn(30), |bytes| stream.send(bytes)), Holdup::None);
        assert_eq!(received(&mut client), "abcd");
        outgoing.begin_answer();
        outgoing.buffer.extend_from_slice(b"half");
        outgoing.forget_half();
        assert!(outgoing.buffer.is_empty());
    }
}
