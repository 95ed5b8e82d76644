//! Files outside the data directory: those that COPY reads and writes by name.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// A file that is read from its start to its end.
pub struct OutsideReader(File);

impl OutsideReader {
    /// Opens a file; a directory is refused when it is read.
    pub fn open(path: &Path) -> io::Result<Self> {
        File::open(path).map(Self)
    }

    /// Reads the next bytes into `buffer`; 0 at the end.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

/// A file that is written anew.
pub struct OutsideWriter(io::BufWriter<File>);

impl OutsideWriter {
    /// Makes the file, or empties the one that there is.
    pub fn create(path: &Path) -> io::Result<Self> {
        File::create(path).map(io::BufWriter::new).map(Self)
    }

    /// Appends bytes.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    /// Writes what is buffered.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}
