//! OSC 1.0 address patterns, one segment at a time: `?`, `*`, `[a-z]`, `[!a-z]`, `{one,two}`.
//!
//! Matching walks the pattern once and keeps the set of places the text may have got to, as bits: alternatives
//! are all followed at once, so no pattern, however hostile, costs more than its length times the text's.

/// Longest text that can be matched: one bit per place, and one for the end.
const TEXT: usize = 63;

/// Whether `address` can mean more than itself.
#[must_use]
pub fn is_pattern(address: &str) -> bool {
    address.contains(['?', '*', '[', '{'])
}

/// Whether all of `text`, one segment of a parameter's address, matches `pattern`.
///
/// An unfinished `[` or `{` matches nothing.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, text) = (pattern.as_bytes(), text.as_bytes());
    if text.len() > TEXT {
        return false;
    }
    // Bit n: the pattern so far can have taken the first n bytes.
    let mut places: u64 = 1;
    while let Some((&first, rest)) = pattern.split_first() {
        if places == 0 {
            return false;
        }
        (places, pattern) = match first {
            b'*' => (from_lowest(places), rest),
            b'?' => (one(places, text, |_| true), rest),
            b'[' => {
                let Some((class, rest)) = until(rest, b']') else { return false };
                (one(places, text, |byte| in_class(class, byte)), rest)
            }
            b'{' => {
                let Some((words, rest)) = until(rest, b'}') else { return false };
                (any_word(places, text, words), rest)
            }
            literal => (one(places, text, |byte| byte == literal), rest),
        };
        places &= u64::MAX >> (TEXT - text.len());
    }
    places & (1 << text.len()) != 0
}

/// Every place at or after the first one.
fn from_lowest(places: u64) -> u64 {
    // Below the lowest bit everything is 0, and subtracting 1 from it fills exactly that.
    !(places & places.wrapping_neg()).wrapping_sub(1)
}

/// Places after taking one byte that `fits`.
fn one(places: u64, text: &[u8], fits: impl Fn(u8) -> bool) -> u64 {
    let taken = text.iter().enumerate().filter(|(place, byte)| places & (1 << place) != 0 && fits(**byte));
    taken.fold(0, |after, (place, _)| after | 1 << (place + 1))
}

/// Places after taking one of the comma-separated `words`.
fn any_word(places: u64, text: &[u8], words: &[u8]) -> u64 {
    let mut after = 0;
    for word in words.split(|byte| *byte == b',') {
        for place in (0..=text.len()).filter(|place| places & (1 << place) != 0) {
            if text[place..].starts_with(word) {
                after |= 1 << (place + word.len());
            }
        }
    }
    after
}

/// `[...]`: single bytes and ranges, `!` in front for all others; a `-` at either end is itself.
fn in_class(class: &[u8], byte: u8) -> bool {
    let (negated, mut class) = match class.split_first() {
        Some((b'!', rest)) => (true, rest),
        _ => (false, class),
    };
    let mut found = false;
    while let Some((&low, rest)) = class.split_first() {
        class = match rest {
            [b'-', high, after @ ..] => {
                found |= (low.min(*high)..=low.max(*high)).contains(&byte);
                after
            }
            _ => {
                found |= low == byte;
                rest
            }
        };
    }
    found != negated
}

/// What stands before `end`, and after it.
fn until(pattern: &[u8], end: u8) -> Option<(&[u8], &[u8])> {
    let at = pattern.iter().position(|byte| *byte == end)?;
    Some((&pattern[..at], &pattern[at + 1..]))
}
