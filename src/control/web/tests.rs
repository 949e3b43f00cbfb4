use std::net::IpAddr;

use super::guard::{Granted, Guard, is_for_us, is_from_here};
use super::http::{Refused, Request};
use super::*;
use crate::control::feedback::Playing;
use crate::param::{Id, Kind};

fn request(head: &str) -> Result<Request, Refused> {
    Request::parse(format!("{}\r\n\r\n", head.replace('\n', "\r\n")).as_bytes())
}

#[test]
fn requests_are_read_or_refused() {
    let good =
        request("GET /look/hue%2F?VALUE HTTP/1.1\nHost: a:9080\nUPGRADE: WebSocket\nSec-WebSocket-Key: abc").unwrap();
    assert_eq!((good.path.as_str(), good.query.as_deref()), ("/look/hue/", Some("VALUE")));
    assert_eq!((good.header("host"), good.websocket_key()), (Some("a:9080"), Some("abc")));
    assert_eq!(request("GET ?HOST_INFO HTTP/1.1").unwrap().path, "/");
    assert_eq!(request("GET /a#b?c HTTP/1.0").unwrap().path, "/a");
    for (head, status) in [
        ("POST / HTTP/1.1", 405),
        ("GET /", 400),
        ("GET / HTTP/2", 400),
        ("GET /%zz HTTP/1.1", 400),
        ("GET /%f HTTP/1.1", 400),
        ("GET /%ff HTTP/1.1", 400),
        ("GET / b HTTP/1.1", 400),
        ("", 400),
    ] {
        assert_eq!(request(head), Err(Refused(status)), "{head}");
    }
    assert_eq!(Request::parse(b"GET / HTTP/1.1\xff\r\n\r\n"), Err(Refused(400)));
}

#[test]
fn other_sites_neither_read_nor_play_us() {
    let called = |host: &str| is_for_us(&request(&format!("GET / HTTP/1.1\nHost: {host}")).unwrap());
    for ours in ["127.0.0.1:9080", "192.168.1.5", "[::1]:9080", "localhost:9080", "studio.local:9080", "LOCALHOST"] {
        assert!(called(ours), "{ours}");
    }
    for theirs in ["evil.example:9080", "127.0.0.1.evil.example", "local.evil.example", ""] {
        assert!(!called(theirs), "{theirs}");
    }
    let from = |origin: &str| {
        is_from_here(&request(&format!("GET / HTTP/1.1\nHost: 10.0.0.5:9080\nOrigin: {origin}")).unwrap())
    };
    assert!(from("http://10.0.0.5:9080"));
    assert!(!from("http://evil.example") && !from("http://10.0.0.5") && !from("null"));
    assert!(is_from_here(&request("GET / HTTP/1.1\nHost: a").unwrap()), "a program is no browser");
}

#[test]
fn guessing_a_passcode_takes_long() {
    let guard = Guard::new(Some("123456".parse().unwrap()));
    let (phone, other): (IpAddr, IpAddr) = ("10.0.0.7".parse().unwrap(), "10.0.0.8".parse().unwrap());
    assert!(guard.trusts("127.0.0.1".parse().unwrap()) && !guard.trusts(phone));
    assert_eq!((guard.grants(phone, "000000"), guard.grants(phone, " 123456 ")), (Granted::No, Granted::Yes));
    for guess in 0..5 {
        assert_eq!(guard.grants(phone, &guess.to_string()), Granted::No);
    }
    assert!(matches!(guard.grants(phone, "123456"), Granted::Wait(_)), "right or not");
    assert_eq!(guard.grants(other, "123456"), Granted::Yes);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/passcode");
    let first = Passcode::kept_at(&path);
    assert_eq!(Passcode::kept_at(&path), first, "phones stay in after a restart");
    assert!("12".parse::<Passcode>().is_err() && format!("{first:?}").contains('…'));
}

#[test]
fn addresses_to_serve_on() {
    let at = |text: &str| text.parse::<WebListen>().map(|listen| (listen.address.to_string(), listen.lan));
    for (text, address, lan) in [
        ("9081", "127.0.0.1:9081", false),
        ("lan", "0.0.0.0:9080", true),
        ("lan:80", "0.0.0.0:80", true),
        ("10.0.0.5", "10.0.0.5:9080", false),
        ("localhost:1", "127.0.0.1:1", false),
        ("[::1]:9080", "[::1]:9080", false),
    ] {
        assert_eq!(at(text).expect(text), (address.to_owned(), lan), "{text}");
    }
    assert!(["", "club", "lan:", "1.2.3.4:x"].into_iter().all(|wrong| at(wrong).is_err()));
}

/// Every parameter is in the tree, at its address, as the table has it.
#[test]
fn the_tree_is_the_table() {
    let tree = oscquery::root(&Playing::default(), "neon");
    assert_eq!(tree["FULL_PATH"], "/");
    for id in Id::all() {
        let row = id.row();
        let node = row.id.split('.').fold(&tree, |node, part| &node["CONTENTS"][part]);
        assert_eq!(node["FULL_PATH"], format!("/{}", row.id.replace('.', "/")));
        assert_eq!(node["DESCRIPTION"], row.doc);
        match row.kind {
            Kind::Float { min, max, .. } => {
                assert_eq!((&node["TYPE"], &node["CLIPMODE"][0]), (&"f".into(), &"both".into()));
                assert_eq!(node["RANGE"][0]["MIN"].as_f64().unwrap() as f32, min);
                assert_eq!(node["RANGE"][0]["MAX"].as_f64().unwrap() as f32, max);
                assert_eq!(node["VALUE"][0].as_f64().unwrap() as f32, row.default_value(), "{}", row.id);
            }
            Kind::Int { min, .. } => {
                assert_eq!((&node["TYPE"], node["RANGE"][0]["MIN"].as_i64()), (&"i".into(), Some(min.into())))
            }
            Kind::Choice { .. } if row.is_switch() => assert!(node["VALUE"][0].is_boolean()),
            Kind::Choice { names, .. } => assert_eq!(node["RANGE"][0]["VALS"].as_array().unwrap().len(), names.len()),
            Kind::Trigger => assert_eq!((&node["ACCESS"], &node["VALUE"]), (&2.into(), &serde_json::Value::Null)),
            Kind::Text => assert_eq!(node["TYPE"], "s"),
        }
    }
    assert_eq!(tree["CONTENTS"]["prompt"]["CONTENTS"]["text"]["VALUE"][0], "neon");
    assert_eq!(tree["CONTENTS"]["halation"]["CONTENTS"]["slot"]["VALUE"], serde_json::json!([1, 1]));
}
