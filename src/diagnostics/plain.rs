//! Turns the TOML parser's messages into sentences that say what to change.

/// What is wrong with line `line` (from 0), of which the parser says `says`.
pub fn sentence(lines: &[String], line: usize, says: &str) -> String {
    let text = lines.get(line).map_or("", |line| line.trim());
    let (key, value) = text.split_once('=').map_or((text, ""), |(key, value)| (key.trim(), value.trim()));
    let value = value.split(" #").next().unwrap_or_default().trim();
    if says.contains("duplicate key") {
        return twice(lines, line, key, text);
    }
    if let Some(found) = of_line(text, key, value) {
        return found;
    }
    let quoted = || format!("texts stand in quotes: {key} = \"{value}\"");
    if value.starts_with(char::is_alphabetic) && says.contains("invalid") {
        return quoted();
    }
    let rules: [(&str, String); 11] = [
        ("missing comma", "the entries of a list are parted by commas; one is missing at the end of this line".into()),
        ("unclosed", "a bracket or quote that begins here is not closed".into()),
        ("escaped value", BACKSLASH.into()),
        ("unicode value", BACKSLASH.into()),
        ("invalid basic string", "a text that begins with \" must end with one on the same line".into()),
        ("invalid literal string", "a text that begins with ' must end with one on the same line".into()),
        ("invalid unquoted key", format!("{key} has letters that a name may only have in quotes: write \"{key}\" = …")),
        ("key with no value", format!("there is no = behind {}; write name = value", first_word(text))),
        ("unquoted keys cannot be empty", "there is no name before the =".into()),
        ("string values must be quoted", format!("{value} is no number; {}", quoted())),
        (
            "expected newline",
            format!("there is more on this line than {key} and its value; each has a line of its own"),
        ),
    ];
    if let Some((_, sentence)) = rules.into_iter().find(|(word, _)| says.contains(word)) {
        return sentence;
    }
    let numbers =
        ["mantissa", "fraction", "exponent", "numeric sign", "leading zero", "number", "digits", "integer", "float"];
    if !value.is_empty() && numbers.iter().any(|word| says.contains(word)) {
        return format!("{value} is no number as numbers are written here: 12, -3 or 0.5");
    }
    says.replace('\n', " ")
}

const BACKSLASH: &str = "a backslash in a text is written twice, \\\\, or the text in single quotes, 'C:\\Music'";

/// Common mistakes that are recognised from the line itself, whatever the parser said.
fn of_line(text: &str, key: &str, value: &str) -> Option<String> {
    if text.starts_with("//") || text.starts_with(';') || text.starts_with("--") {
        return Some("comments begin with #".into());
    }
    if text.contains(['“', '”', '„', '‟', '«', '»']) || value.starts_with(['‘', '’']) {
        return Some("quotes are straight here: write \" instead of “ or ”".into());
    }
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if let Some((whole, part)) = value.split_once(',')
        && digits(whole.trim_start_matches(['-', '+']))
        && digits(part)
    {
        return Some(format!("numbers are written with a point: {key} = {whole}.{part}"));
    }
    let word = value.to_ascii_lowercase();
    match word.as_str() {
        "true" | "yes" | "on" if value != "true" => return Some(format!("write {key} = true instead of {value}")),
        "false" | "no" | "off" if value != "false" => return Some(format!("write {key} = false instead of {value}")),
        _ => {}
    }
    if value.is_empty() && text.ends_with('=') {
        return Some(format!("{key} has no value; write one behind the ="));
    }
    if !text.contains('=') && text.contains(':') {
        return Some(format!("write = instead of : behind {}", first_word(text)));
    }
    value.ends_with(';').then(|| "lines end without a semicolon".into())
}

fn first_word(text: &str) -> &str {
    text.split([' ', '\t', ':', '=']).next().unwrap_or(text)
}

/// A key or a table that is there already, with the line of the first one.
fn twice(lines: &[String], line: usize, key: &str, text: &str) -> String {
    let header = |line: &str| line.trim().starts_with('[');
    let before = if header(text) {
        (0..line).find(|k| lines[*k].trim() == text)
    } else {
        let table = (0..line).rev().find(|k| header(&lines[*k])).map_or(0, |k| k + 1);
        let same = |line: &str| line.split_once('=').is_some_and(|(other, _)| other.trim() == key);
        (table..line).find(|k| same(&lines[*k]))
    };
    match before {
        Some(first) => format!("{key} is written twice, first in line {}; keep one", first + 1),
        None => format!("{key} is there already; keep one"),
    }
}
