//! Mutations of text: what editors, people and other programs do to a file, and what they do not.

use super::bytes::Dice;

/// Words that are numbers somewhere, or nearly.
const NUMBERS: [&str; 16] = [
    "0",
    "-1",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "1e999",
    "-0.0",
    "1e-320",
    "99999999999999999999",
    "9223372036854775807",
    "-2147483649",
    "0x7fffffff",
    "1_000",
    "0,5",
    "1979-05-27",
];
const QUOTES: [char; 10] = ['"', '\'', '[', ']', '{', '}', '=', ',', ':', '\\'];
const STRANGE: [&str; 8] = ["\u{feff}", "\u{202e}", "e\u{301}", "🎛", "“", "\0", "\r", "\u{2028}"];

/// One mutation of the text in `bytes`; bytes that are none become replacement characters.
pub fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    match dice.below(16) {
        0..=2 => lines(dice, &mut text),
        3 | 4 => drop_one(dice, &mut text),
        5 => insert(dice, &mut text, |dice| dice.pick(&QUOTES).to_string()),
        6 | 7 => word(dice, &mut text, |dice| (*dice.pick(&NUMBERS)).to_owned()),
        8..=10 => {
            let other = String::from_utf8_lossy(dice.pick::<Vec<u8>>(corpus)).into_owned();
            word(dice, &mut text, |dice| {
                let (from, to) = a_word(dice, &other);
                other[from..to].to_owned()
            });
        }
        11 => nest(dice, &mut text),
        12 => insert(dice, &mut text, |dice| {
            let count = 1 << dice.below(16);
            (*dice.pick(&["a", " ", "\"", "9", "é", "#", "\n"])).repeat(count)
        }),
        13 => insert(dice, &mut text, |dice| (*dice.pick(&STRANGE)).to_owned()),
        14 => text = text.replace('\n', dice.pick::<&str>(&["\r\n", "\r", " ", "\n\n"])),
        _ => {
            *bytes = encoded(dice, &text);
            return;
        }
    }
    *bytes = text.into_bytes();
}

fn lines(dice: &mut Dice, text: &mut String) {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let (a, b) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(4) {
        0 => lines.swap(a, b),
        1 => lines.insert(b, lines[a]),
        2 => drop(lines.remove(a)),
        _ => lines.truncate(a + 1),
    }
    *text = lines.join("\n");
}

/// A place where a character begins.
fn place(dice: &mut Dice, text: &str) -> usize {
    (0..=dice.below(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Takes a quote or a bracket away, the first at or behind some place.
fn drop_one(dice: &mut Dice, text: &mut String) {
    let from = place(dice, text);
    if let Some((at, _)) = text[from..].char_indices().find(|(_, c)| QUOTES.contains(c)) {
        text.remove(from + at);
    }
}

fn insert(dice: &mut Dice, text: &mut String, what: impl Fn(&mut Dice) -> String) {
    let (at, what) = (place(dice, text), what(dice));
    text.insert_str(at, &what);
}

/// Where the first word at or behind some place begins and ends.
fn a_word(dice: &mut Dice, text: &str) -> (usize, usize) {
    let within = |c: char| c.is_alphanumeric() || "_.-".contains(c);
    let from = place(dice, text);
    let from = text[from..].find(within).map_or(text.len(), |at| from + at);
    let to = text[from..].find(|c| !within(c)).map_or(text.len(), |at| from + at);
    (from, to)
}

fn word(dice: &mut Dice, text: &mut String, what: impl Fn(&mut Dice) -> String) {
    let (from, to) = a_word(dice, text);
    let what = what(dice);
    text.replace_range(from..to, &what);
}

/// Brackets in brackets, closed or not.
fn nest(dice: &mut Dice, text: &mut String) {
    let (open, close) =
        *dice.pick(&[("[", "]"), ("{a=", "}"), ("{\"a\":", "}"), ("[[", "]]"), ("a.", "b"), ("(", ")")]);
    let depth = 1 << dice.below(14);
    let closed = if dice.below(2) == 0 { close.repeat(depth) } else { String::new() };
    let whole = format!("{}1{closed}", open.repeat(depth));
    match dice.below(3) {
        0 => word(dice, text, |_| whole.clone()),
        1 => text.push_str(&format!("\nx = {whole}\n")),
        _ => insert(dice, text, |_| whole.clone()),
    }
}

/// As other editors save it.
fn encoded(dice: &mut Dice, text: &str) -> Vec<u8> {
    let wide = |mark: &[u8], unit: fn(u16) -> [u8; 2]| {
        [mark, &text.encode_utf16().flat_map(unit).collect::<Vec<_>>()].concat()
    };
    match dice.below(6) {
        0 => wide(&[0xFF, 0xFE], u16::to_le_bytes),
        1 => wide(&[0xFE, 0xFF], u16::to_be_bytes),
        2 => wide(&[], u16::to_le_bytes),
        3 => [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
        // Latin-1, as far as it goes.
        4 => text.chars().map(|c| c as u8).collect(),
        _ => [text.as_bytes(), b"\0"].concat(),
    }
}
