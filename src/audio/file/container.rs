//! What kind of sound file this is, from its content, and where in it the sound begins.
//!
//! Tags before the sound (ID3v2) are stepped over by their length, so that a picture in them is never taken for sound.

use std::fs::File;

use super::chunks::{self, Form};
use super::mpeg;
use super::reading::{Refusal, bytes_at};
use super::spliced::Spliced;

/// A sound file opened at its sound, the usual ending of its kind, and the part of its sound, 0..1, that is there of what
/// its header says.
pub struct Container {
    pub source: Spliced,
    pub kind: &'static str,
    pub part: f64,
}

/// Bytes looked at to tell what a file is: an Ogg page's first packet or MP4's brands lie well within.
const START: usize = 512;

impl Container {
    /// # Errors
    /// What the file is instead of something that can be played.
    pub fn open(mut file: File) -> Result<Self, Refusal> {
        let end = file.metadata()?.len();
        if end == 0 {
            return Err(Refusal::Other("empty; the recording or the download did not finish"));
        }
        let from = after_tags(&mut file, end)?;
        let start = bytes_at(&mut file, from, START)?;
        let kind = kind(&start)?;
        let whole =
            |file, from: u64, kind| Self { source: Spliced::new(Vec::new(), file, from, end - from), kind, part: 1.0 };
        match kind {
            Some("wav") => Self::rebuilt(file, Form::Wave, from, end, "wav"),
            Some("aiff") => Self::rebuilt(file, Form::Aiff, from, end, "aiff"),
            Some("m4a") => {
                refuse_codec(&mut file, from, end)?;
                Ok(whole(file, from, "m4a"))
            }
            Some(kind) => Ok(whole(file, from, kind)),
            // MP3 and ADTS have no beginning of their own, only frames.
            None => {
                let (from, kind) = mpeg::first_frame(&mut file, from, end)?.ok_or(Refusal::Unknown)?;
                Ok(whole(file, from, kind))
            }
        }
    }

    fn rebuilt(mut file: File, form: Form, from: u64, end: u64, kind: &'static str) -> Result<Self, Refusal> {
        let chunks::Rebuilt { head, from, len, part } = chunks::rebuild(&mut file, form, from, end)?;
        Ok(Self { source: Spliced::new(head, file, from, len), kind, part })
    }
}

/// Where the first thing that is no ID3v2 tag begins. A tag whose length leads out of the file is stepped over as far
/// as its header; the frames behind it are found by looking for them.
fn after_tags(file: &mut File, end: u64) -> Result<u64, Refusal> {
    let mut at = 0;
    loop {
        let head = bytes_at(file, at, 10)?;
        let [b'I', b'D', b'3', version, _, flags, a, b, c, d] = *head.as_slice() else { return Ok(at) };
        if version == 0xFF || [a, b, c, d].iter().any(|byte| *byte >= 0x80) {
            return Ok(at);
        }
        let size = [a, b, c, d].iter().fold(0, |size: u64, byte| size << 7 | u64::from(*byte));
        let footer = if flags & 0x10 != 0 { 10 } else { 0 };
        let next = at + 10 + size + footer;
        if next >= end {
            return Ok(at + 10);
        }
        at = next;
        // Some writers pad behind the tag.
        let zeros = bytes_at(file, at, START)?.iter().take_while(|byte| **byte == 0).count();
        at += if zeros < START { zeros as u64 } else { 0 };
    }
}

/// The kind of file that begins so; `None` for one without a beginning.
fn kind(start: &[u8]) -> Result<Option<&'static str>, Refusal> {
    let codec = |what: &str| Err(Refusal::Codec(what.to_owned()));
    let form = start.get(8..12).unwrap_or_default();
    match start {
        [b'R', b'I', b'F', b'F', ..] | [b'R', b'F', b'6', b'4', ..] | [b'B', b'W', b'6', b'4', ..]
            if form == b"WAVE" =>
        {
            wave_codec(start).map(|()| Some("wav"))
        }
        [b'R', b'I', b'F', b'F', ..] if form == b"AVI " => Err(Refusal::Other("a film (AVI) and no sound file")),
        [b'F', b'O', b'R', b'M', ..] if form == b"AIFF" || form == b"AIFC" => Ok(Some("aiff")),
        [b'f', b'L', b'a', b'C', ..] => Ok(Some("flac")),
        [b'O', b'g', b'g', b'S', ..] => ogg_codec(start).map(|()| Some("ogg")),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Ok(Some("m4a")),
        [0x30, 0x26, 0xB2, 0x75, ..] => codec("Windows Media audio (WMA)"),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => codec("a Matroska or WebM file"),
        [b'w', b'v', b'p', b'k', ..] => codec("WavPack"),
        [b'M', b'A', b'C', b' ', ..] => codec("Monkey's Audio (APE)"),
        [b'D', b'S', b'D', b' ', ..] | [b'F', b'R', b'M', b'8', ..] => codec("DSD audio"),
        [b'c', b'a', b'f', b'f', ..] => codec("a Core Audio file (CAF)"),
        [b'.', b's', b'n', b'd', ..] => codec("a Sun/NeXT audio file (AU)"),
        [b'M', b'P', b'C', b'K', ..] | [b'M', b'P', b'+', ..] => codec("Musepack"),
        [b'M', b'T', b'h', b'd', ..] => {
            Err(Refusal::Other("a MIDI file, which holds notes and no sound; render it first"))
        }
        [b'P', b'K', 3, 4, ..] => Err(Refusal::Other("a ZIP archive; unpack it first")),
        _ => instead(start).map_or(Ok(None), |what| Err(Refusal::Other(what))),
    }
}

/// What stands in for a file that was not really downloaded.
fn instead(start: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(start).trim_start().to_ascii_lowercase();
    if text.starts_with("version https://git-lfs") {
        return Some("a Git LFS pointer and not the file itself; run `git lfs pull` in its folder");
    }
    let page = ["<!doctype", "<html"].iter().any(|begin| text.starts_with(begin));
    page.then_some("a web page and not the file itself; download it again")
}

/// The codec named in the first packet of an Ogg file.
fn ogg_codec(start: &[u8]) -> Result<(), Refusal> {
    let table = start.get(26).map_or(0, |count| usize::from(*count));
    let packet = start.get(27 + table..).unwrap_or_default();
    let codecs: [(&[u8], &str); 4] = [
        (b"OpusHead", "Opus (in an Ogg file)"),
        (b"Speex   ", "Speex (in an Ogg file)"),
        (b"\x80theora", "a film (Theora, in an Ogg file)"),
        (b"BBCD\0", "a film (Dirac, in an Ogg file)"),
    ];
    let found = codecs.iter().find(|(magic, _)| packet.starts_with(magic));
    found.map_or(Ok(()), |(_, what)| Err(Refusal::Codec((*what).to_owned())))
}

/// The codec number of a WAV whose description comes first, as nearly everywhere.
fn wave_codec(start: &[u8]) -> Result<(), Refusal> {
    let at = start.windows(4).position(|name| name == b"fmt ");
    let tag = at.and_then(|at| start.get(at + 8..)?.first_chunk().copied()).map(u16::from_le_bytes);
    let what = match tag {
        None | Some(1 | 3 | 6 | 7 | 0xFFFE) => return Ok(()),
        Some(0x02 | 0x11) => "ADPCM (in a WAV file)",
        Some(0x50 | 0x55) => "MPEG audio (in a WAV file)",
        Some(0x161..=0x163) => "Windows Media audio (in a WAV file)",
        Some(0x2000 | 0x2001) => "Dolby or DTS audio (in a WAV file)",
        Some(other) => return Err(Refusal::Codec(format!("a WAV file with codec number {other:#06x}"))),
    };
    Err(Refusal::Codec(what.to_owned()))
}

/// Refuses an MP4 whose only sound is of a codec that is not decoded.
fn refuse_codec(file: &mut File, from: u64, end: u64) -> Result<(), Refusal> {
    /// Descriptions are found within as many bytes of either end.
    const WINDOW: u64 = 4 << 20;
    let mut codecs = Vec::new();
    for at in [from, end.saturating_sub(WINDOW).max(from)] {
        let bytes = bytes_at(file, at, WINDOW as usize)?;
        let descriptions = bytes.windows(4).enumerate().filter(|(_, name)| name == b"stsd").map(|(at, _)| at);
        codecs.extend(descriptions.filter_map(|at| bytes.get(at + 16..at + 20)?.first_chunk::<4>().copied()));
    }
    let names: [(&[u8; 4], &str); 6] = [
        (b"alac", "Apple Lossless (ALAC, in an M4A file)"),
        (b"ac-3", "Dolby Digital (in an MP4 file)"),
        (b"ec-3", "Dolby Digital Plus (in an MP4 file)"),
        (b"ac-4", "Dolby AC-4 (in an MP4 file)"),
        (b"Opus", "Opus (in an MP4 file)"),
        (b"drms", "a protected file of the iTunes store"),
    ];
    if codecs.iter().any(|codec| [b"mp4a", b"fLaC", b".mp3"].contains(&codec)) {
        return Ok(());
    }
    let found = names.iter().find(|(codec, _)| codecs.contains(codec));
    found.map_or(Ok(()), |(_, what)| Err(Refusal::Codec((*what).to_owned())))
}
