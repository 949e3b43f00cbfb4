//! Cuts a schedule's text into keys: places and, still as text, values. Called when schedules are read; goes to
//! [`super::Schedule`] and [`super::TextSchedule`].

use super::moment::BEATS_PER_BAR;
use super::piece::Piece;
use super::timeline::{Place, Unit};
use super::{Dialect, Expression, Facts, Mistake, Variable};

/// One key: where, and the text of its value.
pub(super) type Key<'a> = (Place, Piece<'a>);

/// The keys of `text` in the order in which they are written, as `dialect` cuts it.
///
/// # Errors
/// Where a key is none, or there is no key at all.
pub(super) fn keys<'a>(text: &'a str, dialect: Dialect, facts: &Facts) -> Result<Vec<Key<'a>>, Mistake> {
    let whole = Piece::new(text);
    match dialect {
        Dialect::Tolerant => tolerant(whole, facts),
        Dialect::Webui => whole.split(',').into_iter().map(|piece| webui(piece, facts)).collect(),
        Dialect::V07 => v07(whole),
    }
}

/// What upstream takes for a number: a sign, digits, a point with digits behind it.
pub(super) fn is_number(text: &str) -> bool {
    // Its pattern ends before a last line break.
    let text = text.strip_suffix('\n').unwrap_or(text);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, part) = unsigned.split_once('.').map_or((unsigned, None), |(whole, part)| (whole, Some(part)));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    !text.is_empty() && digits(whole) && part.is_none_or(|part| !part.is_empty() && digits(part))
}

/// Without quotes and parentheses, wherever they stand.
pub(super) fn sanitized(text: &str) -> String {
    text.replace(['"', '\'', '(', ')'], "")
}

fn tolerant<'a>(text: Piece<'a>, facts: &Facts) -> Result<Vec<Key<'a>>, Mistake> {
    let mut pieces = text.split_outside(',')?;
    pieces.retain(|piece| !piece.text.trim().is_empty());
    match pieces.as_slice() {
        [] => return Err(Mistake::at(1, "there is no key here; write 0:(1)")),
        [only] if only.bare().split_outside(':')?.len() == 1 => return Ok(vec![(Place::frame(0.0), only.bare())]),
        _ => {}
    }
    pieces.into_iter().map(|piece| tolerant_key(piece, facts)).collect()
}

/// One key with its value. Of `0: 0: (1)`, which real files hold, the last part counts.
fn tolerant_key<'a>(piece: Piece<'a>, facts: &Facts) -> Result<Key<'a>, Mistake> {
    let mut parts = piece.trimmed().split_outside(':')?;
    if parts.len() == 1 {
        parts = piece.bare().split_outside(':')?;
    }
    match parts.as_slice() {
        [key, numbers @ .., value] => {
            if let Some(wrong) = numbers.iter().find(|part| !is_number(part.trimmed().text)) {
                return Err(wrong.trimmed().mistake("a comma is missing between two keys"));
            }
            if value.text.trim().is_empty() {
                return Err(value.mistake("the value is missing behind this key; write 0:(1)"));
            }
            Ok((place(*key, facts)?, *value))
        }
        _ => Err(piece.trimmed().mistake("there is no key before this; write its frame and a colon, as in 0:(1)")),
    }
}

/// A tolerant key: `12`, `2.5`, `4b`, `2bar`, `1.5s`, `max_f-1`.
pub(super) fn place(piece: Piece<'_>, facts: &Facts) -> Result<Place, Mistake> {
    let bare = piece.bare();
    if bare.text.is_empty() {
        return Err(piece.mistake("the key is missing before this colon; write 0:(1)"));
    }
    let number_ends = bare.text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c)).unwrap_or(bare.text.len());
    let (number, unit) = bare.text.split_at(number_ends);
    if let Ok(at) = number.parse::<f64>() {
        let place = match unit.trim() {
            "" => Some(Place::frame(at)),
            "b" | "beat" | "beats" => Some(Place { at, unit: Unit::Beats }),
            "bar" | "bars" => Some(Place { at: at * BEATS_PER_BAR, unit: Unit::Beats }),
            "s" | "sec" | "secs" | "second" | "seconds" => Some(Place { at, unit: Unit::Seconds }),
            "f" | "frame" | "frames" => Some(Place::frame(at)),
            _ => None,
        };
        if let Some(place) = place {
            return Ok(place);
        }
        if unit.chars().all(char::is_alphabetic) {
            let says = format!("there is no unit {unit:?}; write s, b or bar behind a number, or nothing for frames");
            return Err(bare.mistake(says));
        }
    }
    Ok(Place::frame(worked_out(bare, Dialect::Tolerant, facts)?))
}

/// The whole frame that a key expression gives.
fn worked_out(piece: Piece<'_>, dialect: Dialect, facts: &Facts) -> Result<f64, Mistake> {
    let compiled = Expression::compile(piece.text, dialect).map_err(|wrong| wrong.moved(piece.column - 1))?;
    let settled = compiled.settled(&[
        (Variable::MaxF, facts.frames - 1.0),
        (Variable::MaxFrames, facts.frames),
        (Variable::S, facts.seed),
    ]);
    let Some(frame) = settled.constant() else {
        return Err(piece.mistake("a key may depend on max_f and s alone"));
    };
    if !frame.is_finite() {
        return Err(piece.mistake("this key comes to no frame; the run may have no end, so write a number"));
    }
    Ok(frame.trunc())
}

fn webui<'a>(piece: Piece<'a>, facts: &Facts) -> Result<Key<'a>, Mistake> {
    let parts = piece.split(':');
    let (Some(key), value) = (parts.first(), parts.get(1)) else {
        return Err(piece.mistake("there is no key here; write 0:(1)"));
    };
    let at = webui_place(*key, facts)?;
    match value {
        Some(value) => Ok((at, value.trimmed())),
        None => Err(piece.mistake("upstream needs a colon between key and value: write 0:(1)")),
    }
}

/// A key for the webui: a whole number in any wrapping, or an expression of `max_f` and `s`.
pub(super) fn webui_place(key: Piece<'_>, facts: &Facts) -> Result<Place, Mistake> {
    let key = key.trimmed();
    let number = sanitized(key.text);
    if is_number(&number) {
        let whole = number.trim().parse::<i64>();
        return whole
            .map(|at| Place::frame(at as f64))
            .map_err(|_| key.mistake(format!("upstream takes whole frames as keys, not {number}")));
    }
    let inner = unquoted(key);
    Ok(Place::frame(worked_out(inner, Dialect::Webui, facts)?))
}

/// Without one quote at each end.
fn unquoted(piece: Piece<'_>) -> Piece<'_> {
    let quote = ['"', '\''];
    let from = usize::from(piece.text.starts_with(quote));
    let to = piece.text.len() - usize::from(piece.text.len() > from && piece.text.ends_with(quote));
    piece.part(from, to)
}

/// Keys of Deforum 0.5 to 0.7 wherever they stand; what lies between them does not count.
fn v07(text: Piece<'_>) -> Result<Vec<Key<'_>>, Mistake> {
    let mut keys = Vec::new();
    let mut from = 0;
    while let Some((key, value, end)) = v07_key(text.text, from) {
        let number = text.part(key.0, key.1);
        let at = number.text.parse::<f64>().map_err(|_| number.mistake("this key is no number"))?;
        keys.push((Place::frame(at), text.part(value.0, value.1)));
        from = end;
    }
    if keys.is_empty() {
        return Err(Mistake::at(1, "there is no key here as version 0.7 writes it: 0:(1)"));
    }
    Ok(keys)
}

type Span = (usize, usize);

/// The next `digits:(value)` from byte `from` on, and where the search goes on. A value ends at the first `)` with a
/// comma or the end of the text behind it.
fn v07_key(text: &str, from: usize) -> Option<(Span, Span, usize)> {
    let mut from = from;
    loop {
        let start = from + text.get(from..)?.find(|c: char| c.is_ascii_digit())?;
        let rest = text.get(start..)?;
        let colon = start + rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        from = colon;
        let Some(behind) = text.get(colon..)?.strip_prefix(':') else { continue };
        let Some(value) = behind.trim_start().strip_prefix('(') else { continue };
        let opens = text.len() - value.len();
        for (close, _) in value.match_indices(')') {
            let tail = value.get(close + 1..)?;
            let one_less = tail.strip_prefix(char::is_whitespace).unwrap_or(tail);
            if tail.starts_with(',') || one_less.is_empty() || one_less == "\n" {
                let after = tail.strip_prefix(',').map_or(tail, |t| t.strip_prefix(char::is_whitespace).unwrap_or(t));
                return Some(((start, colon), (opens, opens + close), text.len() - after.len()));
            }
        }
    }
}
