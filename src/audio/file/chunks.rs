//! WAV and AIFF: where the sound lies, found by walking the chunks against the file instead of believing its headers.
//!
//! Recorders that crash leave sizes of 0 or 0xFFFFFFFF, editors write sizes that are a little off, and some leave out
//! the byte after a chunk of odd length. What comes out is a header with right sizes and the stretch of samples it is
//! for.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::reading::Refusal;

/// A header of our own making, and the samples that follow it: their place in the file, their length in bytes, and which
/// part they are, 0..1, of what the file says it has.
pub struct Rebuilt {
    pub head: Vec<u8>,
    pub from: u64,
    pub len: u64,
    pub part: f64,
}

/// Which way numbers are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// RIFF, RF64 or BW64: little-endian.
    Wave,
    /// FORM with AIFF or AIFC: big-endian.
    Aiff,
}

impl Form {
    fn number(self, bytes: [u8; 4]) -> u32 {
        if self == Self::Wave { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    }

    fn bytes(self, number: u32) -> [u8; 4] {
        if self == Self::Wave { number.to_le_bytes() } else { number.to_be_bytes() }
    }

    fn format(self) -> &'static [u8; 4] {
        if self == Self::Wave { b"fmt " } else { b"COMM" }
    }

    fn samples(self) -> &'static [u8; 4] {
        if self == Self::Wave { b"data" } else { b"SSND" }
    }
}

/// Descriptions longer than this are not kept: the format chunk has a few dozen bytes.
const LONGEST_FORMAT: u64 = 4096;
/// Sizes so little below 2 or 4 GiB mean that nobody knows.
const ENDLESS: u64 = 0x1_0000;
/// Chunks looked at; a file of more is no sound file.
const MOST_CHUNKS: usize = 10_000;

struct Walk<'f> {
    file: &'f mut File,
    form: Form,
    end: u64,
}

impl Walk<'_> {
    fn read<const N: usize>(&mut self, at: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.file.seek(SeekFrom::Start(at)).ok()?;
        self.file.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Name and size of the chunk at `at`, if something that can be one begins there.
    fn chunk(&mut self, at: u64) -> Option<([u8; 4], u64)> {
        let [a, b, c, d, size @ ..] = self.read::<8>(at)?;
        let name = [a, b, c, d];
        let plain = name.iter().all(|byte| (0x20..0x7F).contains(byte)) && name[0] != b' ';
        plain.then(|| (name, u64::from(self.form.number(size))))
    }

    /// Where the chunk after one that ends at `end` begins: behind a byte of padding where the size is odd, unless that
    /// was left out and a chunk with a well-known name stands right there.
    fn after(&mut self, end: u64) -> u64 {
        let padded = end + end % 2;
        let mut known = |at| self.chunk(at).is_some_and(|(name, _)| KNOWN.contains(&&name));
        if padded != end && !known(padded) && known(end) { end } else { padded }
    }
}

/// Chunks that are found in sound files.
const KNOWN: [&[u8; 4]; 22] = [
    b"fmt ", b"data", b"fact", b"LIST", b"JUNK", b"junk", b"PAD ", b"bext", b"cue ", b"smpl", b"inst", b"iXML",
    b"PEAK", b"id3 ", b"ID3 ", b"COMM", b"SSND", b"MARK", b"COMT", b"APPL", b"NAME", b"ANNO",
];

/// Reads the chunks of the file from `start`, where its RIFF or FORM begins.
///
/// # Errors
/// When there is no description of the sound, or no sound.
pub fn rebuild(file: &mut File, form: Form, start: u64, end: u64) -> Result<Rebuilt, Refusal> {
    let mut walk = Walk { file, form, end };
    let kind: [u8; 4] = walk.read(start + 8).ok_or(Refusal::Damaged("it ends within its header"))?;
    let (mut at, mut format, mut large) = (start + 12, None, None);
    for _ in 0..MOST_CHUNKS {
        let Some((name, size)) = walk.chunk(at) else { break };
        let body = at + 8;
        if name == *b"ds64" {
            large = walk.read::<16>(body).map(|[_, _, _, _, _, _, _, _, size @ ..]| u64::from_le_bytes(size));
        }
        if name == *form.format() {
            let mut bytes = vec![0; size.min(LONGEST_FORMAT).min(end.saturating_sub(body)) as usize];
            walk.file
                .seek(SeekFrom::Start(body))
                .and_then(|_| walk.file.read_exact(&mut bytes))
                .map_err(Refusal::Io)?;
            format = Some(bytes);
        } else if name == *form.samples() {
            let format = format.ok_or(Refusal::Damaged("it does not say what its samples are"))?;
            return samples(&mut walk, kind, &format, body, size, large);
        }
        at = walk.after(body + size);
    }
    // AIFF allows the description to come last.
    let found = if form == Form::Aiff { late_description(&mut walk, kind, start + 12) } else { None };
    found.unwrap_or(Err(Refusal::Damaged("there is no sound in it")))
}

/// The same for a file whose COMM comes behind its SSND.
fn late_description(walk: &mut Walk<'_>, kind: [u8; 4], first: u64) -> Option<Result<Rebuilt, Refusal>> {
    let (mut at, mut sound, mut format) = (first, None, None);
    for _ in 0..MOST_CHUNKS {
        let Some((name, size)) = walk.chunk(at) else { break };
        match &name {
            b"SSND" => sound = Some((at + 8, size)),
            b"COMM" => {
                let mut bytes = vec![0; size.min(LONGEST_FORMAT) as usize];
                walk.file.seek(SeekFrom::Start(at + 8)).and_then(|_| walk.file.read_exact(&mut bytes)).ok()?;
                format = Some(bytes);
            }
            _ => {}
        }
        at = walk.after(at + 8 + size);
    }
    let ((body, size), format) = (sound?, format?);
    Some(samples(walk, kind, &format, body, size, None))
}

/// The stretch of samples that begins at `body` and says it has `size` bytes, under a header of ours.
fn samples(
    walk: &mut Walk<'_>,
    kind: [u8; 4],
    format: &[u8],
    body: u64,
    size: u64,
    large: Option<u64>,
) -> Result<Rebuilt, Refusal> {
    let (form, left) = (walk.form, walk.end.saturating_sub(body));
    let said = if size == u64::from(u32::MAX) { large.unwrap_or(size) } else { size };
    // An SSND begins with two numbers of its own. Nothing said is taken for a recorder that crashed, unless chunks
    // follow.
    let own = if form == Form::Aiff { 8 } else { 0 };
    let unfinished = said <= own && walk.chunk(body + own).is_none_or(|(_, size)| body + own + 8 + size > walk.end);
    let len = if unfinished || said > left { left } else { said };
    // Programs that write into a pipe say that there is no end to it.
    let endless = said == u64::MAX || [1u64 << 31, 1 << 32].iter().any(|top| said < *top && top - said <= ENDLESS);
    let part = if unfinished || endless { 1.0 } else { len as f64 / said.max(1) as f64 };
    // What is written in 32 bits: six hours of CD sound.
    let len = len.min(u64::from(u32::MAX) - 8192);
    let number = |n: usize| form.bytes(n as u32);
    let mut format = format.to_vec();
    if form == Form::Aiff {
        count_frames(&mut format, len.saturating_sub(own));
    }
    let padding = format.len() % 2;
    let mut head = Vec::new();
    let total = 4 + 8 + format.len() + padding + 8 + len as usize;
    head.extend(if form == Form::Wave { b"RIFF" } else { b"FORM" });
    head.extend(number(total));
    head.extend(kind);
    head.extend(form.format());
    head.extend(number(format.len()));
    head.extend(&format);
    head.resize(head.len() + padding, 0);
    head.extend(form.samples());
    head.extend(number(len as usize));
    Ok(Rebuilt { head, from: body, len, part })
}

/// Puts into a COMM how many frames `bytes` of samples are; compressed ones keep their number.
fn count_frames(comm: &mut [u8], bytes: u64) {
    let [a, b, _, _, _, _, bits_high, bits_low, ..] = *comm else { return };
    let (channels, bits) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([bits_high, bits_low]));
    let compressed = comm
        .get(18..22)
        .is_some_and(|codec| ![b"NONE", b"sowt", b"twos"].contains(&&codec.first_chunk().copied().unwrap_or_default()));
    let frame = u64::from(channels) * u64::from(bits.div_ceil(8));
    if frame > 0 && !compressed {
        comm[2..6].copy_from_slice(&((bytes / frame).min(u64::from(u32::MAX)) as u32).to_be_bytes());
    }
}
