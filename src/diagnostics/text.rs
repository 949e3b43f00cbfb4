//! Reads a text file in the encodings that editors write: UTF-8 with or without a mark, UTF-16 with one.

use std::io::ErrorKind;
use std::path::Path;

/// Larger than any show or mapping file.
const LARGEST_BYTES: u64 = 1 << 20;

/// The text of the file at `path`: UTF-8, or UTF-16 that begins with its mark.
///
/// # Errors
/// Why there is none and what to do about it, in half a sentence.
pub fn read(path: &Path) -> Result<String, String> {
    let unreadable = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound => "there is no such file; check the path, or run it from Halation's own folder".to_owned(),
        ErrorKind::PermissionDenied => "it may not be read; check its permissions".to_owned(),
        _ => format!("it cannot be read ({e}); check the path"),
    };
    let facts = std::fs::metadata(path).map_err(unreadable)?;
    if facts.is_dir() {
        return Err("it is a folder; name a file in it".into());
    }
    // Reading a pipe could block for ever.
    if !facts.is_file() || facts.len() > LARGEST_BYTES {
        return Err("it is no text file of reasonable size; name a .toml file".into());
    }
    decode(std::fs::read(path).map_err(unreadable)?)
}

fn decode(bytes: Vec<u8>) -> Result<String, String> {
    match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, rest @ ..] => return utf8(rest.to_vec()),
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        _ => {}
    }
    if bytes.contains(&0) {
        let wide = bytes.iter().filter(|byte| **byte == 0).count() * 3 > bytes.len();
        let what = if wide { "it looks like UTF-16 without its mark" } else { "it is no text" };
        return Err(format!("{what}; {SAVE}"));
    }
    utf8(bytes)
}

const SAVE: &str = "save it as UTF-8 (in Windows' Notepad: Save as, Encoding: UTF-8)";

fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|e| {
        let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = good.iter().filter(|b| **b == b'\n').count() + 1;
        format!("line {line} is no UTF-8 text; {SAVE}")
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).map_err(|_| format!("it begins like UTF-16 and is none; {SAVE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notepads_encodings_are_read_or_named() {
        let text = "name = \"Tïny 🎛\"\n";
        let wide = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
            [&mark[..], &text.encode_utf16().flat_map(bytes).collect::<Vec<_>>()].concat()
        };
        let files = [
            text.as_bytes().to_vec(),
            [&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat(),
            wide([0xFF, 0xFE], u16::to_le_bytes),
            wide([0xFE, 0xFF], u16::to_be_bytes),
        ];
        for file in files {
            assert_eq!(decode(file).unwrap(), text);
        }
        let unmarked: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(decode(unmarked).unwrap_err().contains("UTF-16"));
        let latin = decode(b"a = 1\nname = \"T\xefny\"\n".to_vec()).unwrap_err();
        assert!(latin.contains("line 2") && latin.contains("save it as UTF-8"), "{latin}");
        assert!(decode(b"\xFF\xFE\x00\xD8".to_vec()).unwrap_err().contains("is none"));
        assert!(read(Path::new("/no/such/file")).unwrap_err().contains("no such file"));
        assert!(read(Path::new("/")).unwrap_err().contains("a folder"));
    }
}
