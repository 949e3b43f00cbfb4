//! What every reader of sound files needs: why a file is refused, and bytes from anywhere in it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// Why a file cannot be played; each completes "… cannot be read: ".
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("{}", said(.0))]
    Io(#[from] std::io::Error),
    #[error("{0}; export or record it again")]
    Damaged(&'static str),
    /// Sound, but of a kind that is not decoded.
    #[error("it is {0}, which is not played; convert it with `ffmpeg -i IN out.flac`")]
    Codec(String),
    /// What the decoder says.
    #[error("it is damaged ({0}); export or record it again")]
    Decoder(String),
    /// No sound file at all.
    #[error("it is {0}")]
    Other(&'static str),
    #[error("it is no sound file that is known here; play a WAV, AIFF, FLAC, MP3, Ogg Vorbis or M4A file")]
    Unknown,
}

fn said(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file; check its name and folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        _ => error.to_string(),
    }
}

pub(super) fn bytes_at(file: &mut File, at: u64, count: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::with_capacity(count);
    file.seek(SeekFrom::Start(at))?;
    file.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
