//! Where MPEG audio begins in a file: a frame is one when another of its kind begins where it ends.

use std::fs::File;

use super::reading::{Refusal, bytes_at};

/// How far into a file frames are looked for: a cover in a tag whose length is wrong may be large.
const SEARCH: u64 = 16 << 20;
const WINDOW: usize = 1 << 20;
/// No frame is longer.
const LONGEST_FRAME: usize = 8192;
/// Frames in a row that must fit.
const IN_A_ROW: usize = 3;

/// The first frame at or after `from`, and the kind of file it makes; `None` when there are none.
pub fn first_frame(file: &mut File, from: u64, end: u64) -> Result<Option<(u64, &'static str)>, Refusal> {
    let last = end.min(from + SEARCH);
    let mut at = from;
    while at < last {
        let bytes = bytes_at(file, at, WINDOW + IN_A_ROW * LONGEST_FRAME)?;
        let ends = at + bytes.len() as u64 >= end;
        for (offset, _) in bytes.iter().enumerate().take(WINDOW).filter(|(_, byte)| **byte == 0xFF) {
            if let Some(kind) = frames(&bytes[offset..], ends) {
                return Ok(Some((at + offset as u64, kind)));
            }
        }
        at += WINDOW as u64;
    }
    Ok(None)
}

/// The kind of the frames that begin here, one behind the other; a file may end within them.
fn frames(bytes: &[u8], ends: bool) -> Option<&'static str> {
    let (mut at, mut first) = (0, None::<MpegFrame>);
    for count in 0..IN_A_ROW {
        let Some(head) = bytes.get(at..at + 6) else { return first.filter(|_| ends && count > 1).map(|f| f.kind) };
        let frame = MpegFrame::read(head)?;
        if first.is_some_and(|first| (first.kind, first.like) != (frame.kind, frame.like)) {
            return None;
        }
        first = Some(frame);
        at += frame.bytes;
    }
    first.map(|frame| frame.kind)
}

#[derive(Clone, Copy)]
struct MpegFrame {
    bytes: usize,
    kind: &'static str,
    /// Version, layer and sample rate, which stay the same in a file.
    like: u32,
}

/// kbit/s by index, for MPEG 1 layers I, II, III and MPEG 2 layers I, II and III.
const RATES: [[u32; 14]; 5] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

impl MpegFrame {
    fn read(head: &[u8]) -> Option<Self> {
        let [0xFF, b1, b2, b3, b4, b5] = *head else { return None };
        if b1 & 0xE0 != 0xE0 {
            return None;
        }
        if b1 & 0xF6 == 0xF0 {
            // ADTS: 13 bits of length.
            let bytes = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
            let rate = b2 >> 2 & 15;
            let good = rate < 13 && bytes > 7;
            return good.then_some(Self { bytes, kind: "aac", like: u32::from(b1 & 8) | u32::from(rate) << 8 });
        }
        let (version, layer) = (b1 >> 3 & 3, b1 >> 1 & 3);
        let (rate, sampling, padding) = (b2 >> 4, usize::from(b2 >> 2 & 3), u32::from(b2 >> 1 & 1));
        if version == 1 || layer == 0 || !(1..15).contains(&rate) || sampling == 3 {
            return None;
        }
        let first = version == 3;
        let row = match (first, layer) {
            (true, 3) => 0,
            (true, 2) => 1,
            (true, _) => 2,
            (false, 3) => 3,
            (false, _) => 4,
        };
        let bits_per_s = RATES[row][usize::from(rate) - 1] * 1000;
        let hz = [44_100u32, 48_000, 32_000][sampling] >> [2, 0, 1, 0][usize::from(version)];
        let bytes = match (layer, first) {
            (3, _) => (12 * bits_per_s / hz + padding) * 4,
            (1, false) => 72 * bits_per_s / hz + padding,
            _ => 144 * bits_per_s / hz + padding,
        };
        let like = u32::from(b1 & 0x1E) | (sampling as u32) << 8;
        Some(Self { bytes: bytes as usize, kind: "mp3", like })
    }
}
