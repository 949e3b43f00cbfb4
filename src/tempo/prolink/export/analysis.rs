//! ANLZ files: tags after tags, big-endian; only PSSI, the form of the track, is read.

use crate::tempo::{Phrase, PhraseKind};

/// The tag's payload is masked with these, each plus the number of entries, from the mood on.
const MASK: [u8; 19] =
    [0xcb, 0xe1, 0xee, 0xfa, 0xe5, 0xee, 0xad, 0xee, 0xe9, 0xd2, 0xe9, 0xeb, 0xe1, 0xe9, 0xf3, 0xe8, 0xe9, 0xf4, 0xe1];
/// Larger moods than there are mean that the tag is masked.
const MOST_MOOD: u16 = 20;
const MOOD: usize = 0x12;
const END: usize = 0x1a;
const ENTRIES: usize = 0x20;
const ENTRY: usize = 24;

/// Phrases and the beat at which the last of them ends.
#[derive(Debug, Default, PartialEq)]
pub struct Form {
    pub phrases: Vec<Phrase>,
    pub end_beat: u32,
}

/// The form in an ANLZ file; `None` when there is none, or no ANLZ file.
pub fn form(file: &[u8]) -> Option<Form> {
    if !file.starts_with(b"PMAI") {
        return None;
    }
    let mut rest = file.get(long(file, 4)? as usize..)?;
    while !rest.is_empty() {
        let length = long(rest, 8)? as usize;
        if length < 12 {
            return None;
        }
        if rest.starts_with(b"PSSI") {
            return read(rest.get(..length)?);
        }
        rest = rest.get(length..)?;
    }
    None
}

fn read(tag: &[u8]) -> Option<Form> {
    let count = short(tag, 0x10)?;
    let mut tag = tag.to_vec();
    if short(&tag, MOOD)? > MOST_MOOD {
        for (byte, key) in tag[MOOD..].iter_mut().zip(MASK.iter().cycle()) {
            // The low byte of the count is what is added.
            *byte ^= key.wrapping_add(count.to_be_bytes()[1]);
        }
    }
    let mood = short(&tag, MOOD)?;
    let end_beat = u32::from(short(&tag, END)?);
    let entries = tag.get(ENTRIES..)?.chunks_exact(ENTRY).take(usize::from(count));
    let mut phrases: Vec<Phrase> = entries.filter_map(|entry| phrase(entry, mood)).collect();
    phrases.sort_by_key(|phrase| phrase.beat);
    Some(Form { phrases, end_beat })
}

fn phrase(entry: &[u8], mood: u16) -> Option<Phrase> {
    let fills = entry[21] != 0;
    Some(Phrase {
        beat: u32::from(short(entry, 2)?),
        kind: kind(mood, short(entry, 4)?)?,
        fill_beat: if fills { short(entry, 22).map(u32::from) } else { None },
    })
}

/// Mood 1 is high, 2 mid, 3 low.
fn kind(mood: u16, kind: u16) -> Option<PhraseKind> {
    Some(match (mood, kind) {
        (1..=3, 1) => PhraseKind::Intro,
        (1, 2) => PhraseKind::Up,
        (1, 3) => PhraseKind::Down,
        (1, 5) | (2 | 3, 9) => PhraseKind::Chorus,
        (1, 6) | (2 | 3, 10) => PhraseKind::Outro,
        (2 | 3, 2..=7) => PhraseKind::Verse,
        (2 | 3, 8) => PhraseKind::Bridge,
        _ => return None,
    })
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
