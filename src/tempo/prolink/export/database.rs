//! export.pdb: pages of rows, little-endian; only the table of tracks is read.
//!
//! A page holds its rows from the front and, from its end backwards, groups of sixteen row offsets with a bit each for
//! rows that still exist.

use super::Broken;

/// The table of tracks.
const TRACKS: u32 = 0;
const HEADER: usize = 0x28;
/// Pages with this flag hold an index, not rows.
const INDEX_PAGE: u8 = 0x40;
const GROUP: usize = 16;
const GROUP_BYTES: usize = 0x24;
/// Where a track's row keeps its numbers, and the offsets of its texts.
const TEMPO: usize = 0x38;
const ID: usize = 0x48;
const TEXTS: usize = 0x5e;
const ANALYSIS_PATH: usize = 14;
const TITLE: usize = 17;

/// One row of the table of tracks.
#[derive(Debug, PartialEq)]
pub struct Row {
    pub id: u32,
    pub title: String,
    pub bpm: Option<f64>,
    /// As written, `/PIONEER/USBANLZ/…`.
    pub analysis: String,
}

/// All tracks of the database.
pub fn tracks(file: &[u8]) -> Result<Vec<Row>, Broken> {
    let page_bytes = long(file, 4)? as usize;
    let tables = long(file, 8)? as usize;
    if long(file, 0)? != 0 || !(HEADER + GROUP_BYTES..=1 << 20).contains(&page_bytes) || tables > 64 {
        return Err(Broken::Kind);
    }
    let mut rows = Vec::new();
    for table in 0..tables {
        let entry = 0x1c + table * 16;
        if long(file, entry)? != TRACKS {
            continue;
        }
        let (mut page, last) = (long(file, entry + 8)?, long(file, entry + 12)?);
        // At most as many steps as the file has pages, so that a circular chain ends.
        for _ in 0..file.len() / page_bytes {
            let at = page as usize * page_bytes;
            let bytes = file.get(at..at + page_bytes).ok_or(Broken::Short(file.len()))?;
            if long(bytes, 8)? == TRACKS {
                read_page(bytes, &mut rows)?;
            }
            if page == last {
                break;
            }
            page = long(bytes, 12)?;
        }
    }
    Ok(rows)
}

fn read_page(page: &[u8], rows: &mut Vec<Row>) -> Result<(), Broken> {
    if page[0x1b] & INDEX_PAGE != 0 {
        return Ok(());
    }
    let offsets = usize::from(short(page, 0x18)? & 0x1fff);
    for k in 0..offsets {
        let end = (page.len()).checked_sub(k / GROUP * GROUP_BYTES).ok_or(Broken::Kind)?;
        let place = |back: usize| end.checked_sub(back).ok_or(Broken::Kind);
        let present = short(page, place(4)?)?;
        if present >> (k % GROUP) & 1 == 0 {
            continue;
        }
        let row = HEADER + usize::from(short(page, place(6 + 2 * (k % GROUP))?)?);
        rows.push(read_row(page.get(row..).ok_or(Broken::Short(row))?)?);
    }
    Ok(())
}

fn read_row(row: &[u8]) -> Result<Row, Broken> {
    let text = |which: usize| Ok(text(row.get(usize::from(short(row, TEXTS + 2 * which)?)..).unwrap_or_default()));
    let hundredths = long(row, TEMPO)?;
    Ok(Row {
        id: long(row, ID)?,
        title: text(TITLE)?,
        bpm: (hundredths != 0).then(|| f64::from(hundredths) / 100.0),
        analysis: text(ANALYSIS_PATH)?,
    })
}

/// A text in one of its three forms; what is none is empty.
fn text(bytes: &[u8]) -> String {
    let Some(&form) = bytes.first() else { return String::new() };
    if form & 1 == 1 {
        // Short: the length with its own byte, doubled, plus one.
        let end = usize::from(form >> 1);
        return String::from_utf8_lossy(bytes.get(1..end).unwrap_or_default()).into_owned();
    }
    let end = short(bytes, 1).map_or(0, usize::from);
    let body = bytes.get(4..end).unwrap_or_default();
    if form & 0x10 == 0 {
        return String::from_utf8_lossy(body).into_owned();
    }
    let units: Vec<u16> = body.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

fn short(bytes: &[u8], at: usize) -> Result<u16, Broken> {
    let two = bytes.get(at..at + 2).and_then(|two| two.try_into().ok());
    two.map(u16::from_le_bytes).ok_or(Broken::Short(at))
}

fn long(bytes: &[u8], at: usize) -> Result<u32, Broken> {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    four.map(u32::from_le_bytes).ok_or(Broken::Short(at))
}
