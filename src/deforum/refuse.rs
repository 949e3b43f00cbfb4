//! What is no settings file, recognised by how it begins, so that people hear what they gave instead of a position in
//! it. And texts from bytes, whatever their encoding.

/// One sentence for a text that is no JSON at all; nothing when it may be.
pub(super) fn reason(text: &str) -> Option<String> {
    let begin = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let head: String = begin.chars().take(400).collect();
    let lower = head.to_ascii_lowercase();
    let says = if begin.is_empty() {
        "this file is empty; save the settings again from Deforum and try that file"
    } else if is_picture(&head) {
        "this is a picture or a film, not a settings file; the settings lie beside it as a .txt file"
    } else if lower.starts_with("<!doctype") || lower.starts_with("<html") || lower.starts_with("<?xml") {
        "this is a web page, not a settings file; download the raw file instead and try that"
    } else if begin.starts_with('{') || begin.starts_with("[{") || is_list_of_objects(begin) {
        return None;
    } else if begin.contains("[[bank]]") || begin.contains("[schedule]") {
        "this is a show of Halation's own, not a settings file of Deforum's; `halation check` reads it"
    } else if is_ini(begin) {
        "this is INI text ([section] and name = value), but Deforum writes its settings as JSON; save them from \
         Deforum's own page and try that file"
    } else if is_yaml(begin) {
        "this is YAML (name: value without braces), but Deforum writes its settings as JSON; save them from \
         Deforum's own page and try that file"
    } else {
        "this does not begin with a brace as Deforum's settings do; look whether it is the right file, or save the \
         settings again"
    };
    Some(says.to_string())
}

fn is_picture(head: &str) -> bool {
    let signs = ["\u{89}PNG", "\u{fffd}PNG", "GIF8", "RIFF", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}", "\u{ff}\u{d8}\u{ff}"];
    signs.iter().any(|sign| head.starts_with(sign)) || head.chars().skip(4).take(4).eq("ftyp".chars())
}

fn is_list_of_objects(text: &str) -> bool {
    text.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('{'))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
}

fn is_ini(text: &str) -> bool {
    let begins = lines(text).next().is_some_and(|line| line.starts_with('[') && line.ends_with(']'));
    begins || lines(text).take(8).filter(|line| line.contains('=') && !line.contains(':')).count() >= 2
}

fn is_yaml(text: &str) -> bool {
    let name = |line: &str| line.split_once(':').is_some_and(|(name, _)| name.chars().all(is_name));
    lines(text).next() == Some("---") || lines(text).take(8).filter(|line| name(line)).count() >= 2
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || "_- ".contains(c)
}

/// Text from bytes: UTF-8, or UTF-16 that says so. What is no text becomes replacement characters.
pub(super) fn text(bytes: &[u8]) -> String {
    let wide = |rest: &[u8], join: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.as_chunks().0.iter().map(|pair| join(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// `text` without what a wrong encoding or a chat window put around it: marks of byte order, a zero behind each letter,
/// a fence.
pub(super) fn unwrapped(text: &str) -> String {
    let mut plain: String = text.chars().filter(|c| *c != '\0').collect();
    if plain.len() < text.len() {
        // UTF-16 that was read byte by byte; its mark of byte order is no text then.
        let behind = plain.trim_start_matches('\u{fffd}');
        if behind.trim_start().starts_with(['{', '[']) {
            plain = behind.to_string();
        }
    }
    let begin = plain.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let fenced = begin.strip_prefix("```").and_then(|rest| rest.split_once('\n'));
    fenced.map_or(begin, |(_, inside)| inside.trim_end().trim_end_matches('`')).to_string()
}
