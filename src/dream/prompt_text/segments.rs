//! Weighted segments of a text, and which colons weight at all.

/// Larger numbers behind a colon are years and the like.
const MOST_WEIGHT: f64 = 100.0;
/// Letters that are looked at to tell whether a word is a number.
const LONGEST_COUNT: usize = 32;
/// How deep groups are looked into: more than any hand nests.
const DEEPEST: usize = 4;

/// A piece of a prompt that is encoded on its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    pub text: String,
    /// Finite; 1 unless it is `given`.
    pub weight: f64,
    pub given: bool,
}

/// Where one segment ends and the next begins, in bytes.
struct Cut {
    end: usize,
    weight: Option<f64>,
    next: usize,
}

/// The segments of `text`. Weights and `AND` count outside brackets only; a group in round brackets with a weight
/// behind it is read in turn, its weight shared out.
pub fn read(text: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    collect(text, None, DEEPEST, &mut segments);
    segments
}

/// Appends the segments of `text`; they share `whole` where that is given.
fn collect(text: &str, whole: Option<f64>, deeper: usize, out: &mut Vec<Segment>) {
    let first = out.len();
    let cuts = cuts(text);
    let mut start = 0;
    for cut in &cuts {
        let piece = text.get(start..cut.end).unwrap_or_default().trim();
        match (cut.weight, grouped(piece)) {
            (Some(weight), Some(inside)) if deeper > 0 && !is_emphasis(inside) => {
                collect(inside, Some(weight), deeper - 1, out)
            }
            (given, _) => push(piece, given, out),
        }
        start = cut.next;
    }
    let last = text.get(start..).unwrap_or_default().trim();
    // A full stop behind the last weight is no segment.
    if cuts.is_empty() || last.chars().any(char::is_alphanumeric) {
        push(last, None, out);
    }
    if let Some(whole) = whole {
        if out.len() == first {
            // A group without words is the empty prompt, which may fade into another.
            out.push(Segment { text: String::new(), weight: 1.0, given: true });
        }
        let sum: f64 = out.iter().skip(first).map(|segment| segment.weight.abs()).sum();
        for segment in out.iter_mut().skip(first) {
            segment.weight *= if sum > 0.0 { whole / sum } else { 0.0 };
            segment.given = true;
        }
    }
}

fn push(piece: &str, given: Option<f64>, out: &mut Vec<Segment>) {
    if !piece.is_empty() {
        out.push(Segment { text: piece.to_owned(), weight: given.unwrap_or(1.0), given: given.is_some() });
    }
}

/// What stands in the round brackets around all of `piece`.
fn grouped(piece: &str) -> Option<&str> {
    let inside = piece.strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0_i64;
    for (_, byte) in unescaped(inside) {
        depth += i64::from(byte == b'(') - i64::from(byte == b')');
        if depth < 0 {
            return None;
        }
    }
    (depth == 0).then_some(inside)
}

/// Whether all of a group is words and, directly before its bracket, their factor: `(a cat:1.2)`.
fn is_emphasis(inside: &str) -> bool {
    matches!(cuts(inside).as_slice(), [Cut { weight: Some(_), next, .. }] if *next == inside.len())
        && !inside.ends_with(|c: char| c.is_whitespace() || c == ':')
}

/// Where `text` is cut.
fn cuts(text: &str) -> Vec<Cut> {
    let bracketed = bracketed(text);
    let outside: Vec<(usize, u8)> = unescaped(text)
        .filter(|(at, byte)| matches!(byte, b':' | b'A') && !bracketed.get(*at).copied().unwrap_or(false))
        .collect();
    // A line in capitals throughout says AND as it says everything.
    let composes = text.contains(':') || text.chars().any(char::is_lowercase);
    let mut cuts: Vec<Cut> = Vec::new();
    let mut start = 0;
    for (number, (at, byte)) in outside.iter().enumerate() {
        // Of a row of colons the first stands for all.
        let follows_colon = *byte == b':' && text.get(..*at).is_some_and(|before| before.ends_with(':'));
        if *at < start || (follows_colon && *at > start) {
            continue;
        }
        let next_colon = || outside.iter().skip(number + 1).find(|(_, byte)| *byte == b':').map(|(at, _)| *at);
        let cut = match byte {
            b':' => weight_behind(text, start, *at).or_else(|| opened(text, *at, next_colon())),
            _ if composes && is_and(text, *at) => Some(Cut { end: *at, weight: None, next: at + 3 }),
            _ => None,
        };
        if let Some(cut) = cut {
            start = cut.next;
            cuts.push(cut);
        }
    }
    cuts
}

/// The cut at a colon with a weight directly behind it, of words since `start`. It ends behind the weight, colons that
/// close it, and spaces.
fn weight_behind(text: &str, start: usize, colon: usize) -> Option<Cut> {
    let before = text.get(start..colon)?.trim_end();
    let behind = text.get(colon..)?.trim_start_matches(':');
    let (weight, rest) = number(behind)?;
    let ends = rest.chars().next().is_none_or(|c| c.is_whitespace() || ",;:.!?|()[]".contains(c));
    let weighs = ends && !before.is_empty() && weight.abs() <= MOST_WEIGHT && !is_count(before, behind);
    weighs.then(|| Cut {
        end: colon,
        weight: Some(weight),
        next: text.len() - rest.trim_start_matches(':').trim_start().len(),
    })
}

/// The cut at a colon that opens a weighted segment, `:words:2`: words follow directly, none stands directly before it,
/// and the next colon, at `closing`, weights them.
fn opened(text: &str, colon: usize, closing: Option<usize>) -> Option<Cut> {
    let next = colon + 1;
    let stands_alone = |c: char| c.is_whitespace() || ",;.!?()[]".contains(c);
    let opens = text.get(..colon)?.chars().next_back().is_none_or(stands_alone)
        && text.get(next..)?.starts_with(|c: char| !c.is_whitespace() && c != ':');
    weight_behind(text, next, closing.filter(|_| opens)?)?;
    Some(Cut { end: colon, weight: None, next })
}

/// Whether a colon between `before` and `behind` belongs to a ratio, a time or the like: the word before it is a
/// number, or ends in one while a plain whole number follows (`16:9`, `10:30`, `f2:8`).
pub fn is_count(before: &str, behind: &str) -> bool {
    let inside_word = |c: &char| !c.is_whitespace() && !"([,;".contains(*c);
    let mut word = before.chars().rev().take(LONGEST_COUNT).take_while(inside_word).peekable();
    let ends_in_digit = word.peek().is_some_and(char::is_ascii_digit);
    let all_number = word.peek().is_some() && word.all(|c| c.is_ascii_digit() || ".:-+/".contains(c));
    let whole = || behind.starts_with(|c: char| c.is_ascii_digit()) && !number_text(behind).contains(['.', 'e']);
    all_number || (ends_in_digit && whole())
}

/// Whether the word `AND` stands at `at`.
fn is_and(text: &str, at: usize) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let behind = text.get(at..).and_then(|rest| rest.strip_prefix("AND"));
    behind.is_some_and(|rest| !rest.starts_with(in_word))
        && text.get(..at).is_some_and(|before| !before.ends_with(in_word))
}

/// The number `text` begins with, and what follows it.
pub fn number(text: &str) -> Option<(f64, &str)> {
    let digits = number_text(text);
    let value = digits.parse::<f64>().ok().filter(|value| value.is_finite())?;
    Some((value, text.get(digits.len()..)?))
}

/// The longest beginning of `text` that looks like a number: sign, digits, fraction, exponent. A point without digits
/// behind it belongs to the number.
fn number_text(text: &str) -> &str {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.bytes().take_while(u8::is_ascii_digit).count()
    };
    let byte = |at: usize| text.as_bytes().get(at).copied();
    let mut end = digits(usize::from(matches!(byte(0), Some(b'+' | b'-'))));
    if byte(end) == Some(b'.') {
        end = digits(end + 1);
    }
    if matches!(byte(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(byte(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    text.get(..end).unwrap_or_default()
}

/// The bytes of `text` with their places, without backslashes and what they escape.
fn unescaped(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut escaped = false;
    text.bytes().enumerate().filter(move |(_, byte)| {
        let backslash = *byte == b'\\' && !escaped;
        !std::mem::replace(&mut escaped, backslash) && !backslash
    })
}

/// For each byte whether it stands in brackets that are closed. Round and square ones pair each for themselves.
fn bracketed(text: &str) -> Vec<bool> {
    let mut steps = vec![0_i32; text.len() + 1];
    let (mut round, mut square) = (Vec::new(), Vec::new());
    for (at, byte) in unescaped(text) {
        let opened = match byte {
            b'(' => {
                round.push(at);
                None
            }
            b'[' => {
                square.push(at);
                None
            }
            b')' => round.pop(),
            b']' => square.pop(),
            _ => None,
        };
        if let Some(opened) = opened {
            steps.get_mut(opened).into_iter().for_each(|step| *step += 1);
            steps.get_mut(at + 1).into_iter().for_each(|step| *step -= 1);
        }
    }
    let mut depth = 0;
    let inside = |step: i32| {
        depth += step;
        depth > 0
    };
    steps.into_iter().map(inside).collect()
}
