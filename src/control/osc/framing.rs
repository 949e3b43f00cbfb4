//! From a datagram to single messages: bundles are taken apart here, without recursion and with every size checked.
//!
//! A decoder that recurses into bundles can be made to overflow its stack by one datagram (rosc 0.11 aborts the
//! process at about 3000 levels), so none ever sees a bundle.

/// Bundles inside bundles that are still believed.
pub const DEPTH: usize = 8;

const TAG: &[u8] = b"#bundle\0";
/// Tag and time tag.
const HEADER: usize = 16;

/// A piece of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The bytes of one message, without its size.
    Message(&'a [u8]),
    /// A bundle begins, with this NTP time tag; 1 is immediately.
    Bundle(u64),
    /// Truncated, oversized or nested too deep; what follows it at its level is lost.
    Malformed,
}

/// Calls `found` for every piece of `datagram`, in order.
pub fn pieces<'a>(datagram: &'a [u8], mut found: impl FnMut(Piece<'a>)) {
    if !datagram.starts_with(TAG) {
        found(if datagram.is_empty() { Piece::Malformed } else { Piece::Message(datagram) });
        return;
    }
    // What is left of the bundle at each level, innermost last.
    let mut open: [&[u8]; DEPTH] = [&[]; DEPTH];
    let mut depth = 0;
    let Some(elements) = enter(datagram, &mut found) else { return };
    open[depth] = elements;
    loop {
        if open[depth].is_empty() {
            if depth == 0 {
                return;
            }
            depth -= 1;
            continue;
        }
        let Some((element, rest)) = split(open[depth]) else {
            found(Piece::Malformed);
            open[depth] = &[];
            continue;
        };
        open[depth] = rest;
        if !element.starts_with(TAG) {
            found(Piece::Message(element));
        } else if depth + 1 == DEPTH {
            found(Piece::Malformed);
        } else if let Some(elements) = enter(element, &mut found) {
            depth += 1;
            open[depth] = elements;
        }
    }
}

/// The elements of a bundle, after its header.
fn enter<'a>(bundle: &'a [u8], found: &mut impl FnMut(Piece<'a>)) -> Option<&'a [u8]> {
    let time = bundle.get(TAG.len()..HEADER).and_then(|bytes| bytes.try_into().ok());
    match time {
        Some(time) => {
            found(Piece::Bundle(u64::from_be_bytes(time)));
            bundle.get(HEADER..)
        }
        None => {
            found(Piece::Malformed);
            None
        }
    }
}

/// The first element and what follows it; `None` when its size is no multiple of 4 or more than there is.
fn split(elements: &[u8]) -> Option<(&[u8], &[u8])> {
    let (size, rest) = elements.split_first_chunk::<4>()?;
    let size = usize::try_from(u32::from_be_bytes(*size)).ok()?;
    (size > 0 && size % 4 == 0).then_some(())?;
    rest.split_at_checked(size)
}
