//! Patterns, bundles and single messages, without a receiver.

use std::time::{Duration, Instant};

use rosc::OscType;

use super::super::framing::{DEPTH, Piece, pieces};
use super::super::message::decode;
use super::super::pattern::matches;
use super::{bundle, encode, nested};
use crate::param::Id;

#[test]
fn patterns_of_osc_1_0() {
    for (pattern, text, expected) in [
        ("strength", "strength", true),
        ("strength", "strengt", false),
        ("strengt", "strength", false),
        ("", "", true),
        ("", "a", false),
        ("?", "a", true),
        ("?", "", false),
        ("?", "ab", false),
        ("*", "", true),
        ("*", "anything", true),
        ("a*", "a", true),
        ("*a", "banana", true),
        ("*n*n*", "banana", true),
        ("*n*n*n*", "banana", false),
        ("b?n*a", "banana", true),
        ("[0-9]", "7", true),
        ("[0-9]", "12", false),
        ("[!0-9]", "7", false),
        ("[!0-9]", "x", true),
        ("[abc]x", "bx", true),
        ("[a-c]", "d", false),
        ("[c-a]", "b", true),
        ("[-a]", "-", true),
        ("[a-]", "-", true),
        ("[a!]", "!", true),
        ("[]", "a", false),
        ("[!]", "a", true),
        ("{foo,foobar}", "foobar", true),
        ("{foo,foobar}", "foo", true),
        ("{foo,foobar}bar", "foobar", true),
        ("{a,ab}{bc,c}", "abc", true),
        ("{,x}y", "y", true),
        ("{x}", "y", false),
        ("*{ma,ion}", "rotation", true),
        ("weight*", "weight", true),
        ("{", "{", false),
        ("[", "[", false),
        ("a{b", "ab", false),
        ("}", "}", true),
        ("]", "]", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
    }
}

#[test]
fn hostile_patterns_are_cheap() {
    let text = "a".repeat(63);
    let started = Instant::now();
    for pattern in ["*a".repeat(120), "{a,aa}".repeat(40), "*".repeat(250), "[!b-z]*".repeat(30)] {
        for _ in 0..1000 {
            assert!(!matches(&format!("{pattern}b"), &text));
        }
    }
    // Backtracking would not end within the age of the universe.
    assert!(started.elapsed() < Duration::from_secs(30));
    assert!(!matches("*", &"a".repeat(64)), "longer than any segment");
}

#[test]
fn every_address_fits_the_matcher() {
    for id in Id::all() {
        assert!(id.row().id.split('.').all(|segment| matches("*", segment)), "{}", id.row().id);
    }
}

fn messages(datagram: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let (mut found, mut malformed) = (Vec::new(), 0);
    pieces(datagram, |piece| match piece {
        Piece::Message(bytes) => found.push(bytes.to_vec()),
        Piece::Bundle(_) => {}
        Piece::Malformed => malformed += 1,
    });
    (found, malformed)
}

#[test]
fn bundles_come_apart_in_order() {
    let [a, b, c] = ["/a", "/b", "/c"].map(|address| encode(address, &[]));
    let datagram = bundle(1, &[a.clone(), bundle(1, &[b.clone(), bundle(1, &[])]), c.clone()]);
    assert_eq!(messages(&datagram), (vec![a, b, c], 0));
}

#[test]
fn nesting_ends_at_its_limit() {
    assert_eq!(messages(&nested(DEPTH)).0.len(), 1);
    assert_eq!(messages(&nested(DEPTH + 1)), (vec![], 1));
    // 64 008 bytes: what aborts a recursive decoder.
    assert_eq!(messages(&nested(3200)), (vec![], 1));
}

#[test]
fn a_bad_size_loses_only_the_rest_of_its_level() {
    let a = encode("/a", &[]);
    let mut bad = bundle(1, std::slice::from_ref(&a));
    bad.extend([0, 0, 0, 3, 1, 2, 3]);
    let datagram = bundle(1, &[bad.clone(), a.clone()]);
    // The outer element is not a multiple of 4 long either.
    assert_eq!(messages(&datagram), (vec![], 1));
    bad.push(0);
    assert_eq!(messages(&bundle(1, &[bad, a.clone()])), (vec![a.clone(), a], 1));
    for size in [0u32, 1, 2, 5, 0x7FFF_FFFC, u32::MAX - 3, u32::MAX] {
        let mut datagram = bundle(1, &[]);
        datagram.extend(size.to_be_bytes());
        datagram.extend([0; 8]);
        assert_eq!(messages(&datagram).1, 1, "{size}");
    }
}

#[test]
fn messages_decode() {
    assert_eq!(decode(b"/a\0\0").expect("no tags").arguments, []);
    assert_eq!(decode(b"/a\0\0,\0\0\0").expect("no arguments").arguments, []);
    assert_eq!(decode(&encode("/a", &[OscType::Int(3)])).expect("one").arguments, [OscType::Int(3)]);
    for bad in [
        &b""[..],
        b"/",
        b"/a",
        b"a\0\0\0",
        b"/a\0\0f\0\0\0",
        b"/a\0\0,f\0\0",
        b"/a\0\0,S\0\0",
        b"/\xFF\0\0,\0\0\0",
        b"#bundle\0",
    ] {
        assert_eq!(decode(bad), None, "{bad:?}");
    }
    assert_eq!(decode(&encode(&format!("/{}", "a".repeat(300)), &[])), None, "an endless address");
    assert_eq!(decode(&encode("/a", &vec![OscType::Bool(true); 100])), None, "endless arguments");
}
