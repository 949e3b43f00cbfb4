//! A stretch of a file with a header of ours before it, as one stream for the decoder.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

/// `head`, then the bytes `from..from + len` of the file.
pub struct Spliced {
    head: Vec<u8>,
    file: File,
    from: u64,
    len: u64,
    position: u64,
}

impl Spliced {
    #[must_use]
    pub fn new(head: Vec<u8>, file: File, from: u64, len: u64) -> Self {
        Self { head, file, from, len, position: 0 }
    }

    fn total(&self) -> u64 {
        self.head.len() as u64 + self.len
    }
}

impl Read for Spliced {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let head = self.head.get(self.position as usize..).unwrap_or_default();
        let count = if head.is_empty() {
            let inside = self.position - self.head.len() as u64;
            let left = self.len.saturating_sub(inside).min(out.len() as u64) as usize;
            self.file.seek(SeekFrom::Start(self.from + inside))?;
            self.file.read(&mut out[..left])?
        } else {
            let count = head.len().min(out.len());
            out[..count].copy_from_slice(&head[..count]);
            count
        };
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Spliced {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.total().checked_add_signed(by),
        };
        self.position = target.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

impl MediaSource for Spliced {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.total())
    }
}
