//! `/subscribe [port] [seconds] ["norm"]` and `/unsubscribe [port]`: who wants to be told.
//!
//! Many programs listen on another port than they send from, so the port can be said; without it the answers go to where the
//! message came from.

use std::net::SocketAddr;

use rosc::OscType;

use super::message::{Message, number};

/// Leases in seconds: unless the peer says otherwise, and the longest.
const LEASE_S: f64 = 60.0;
const LONGEST_LEASE_S: f64 = 600.0;
/// A first number below this is no port of anybody's, but seconds.
const FIRST_PORT: f64 = 1024.0;

/// What a message asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Subscription {
    Begin { to: SocketAddr, lease_s: f64, norm: bool },
    End { to: SocketAddr },
}

/// What `message` of `from` asks; `None` when it is about something else.
pub fn read(message: &Message, from: SocketAddr) -> Option<Subscription> {
    let begins = match message.address.strip_prefix("/halation").unwrap_or(&message.address) {
        "/subscribe" => true,
        "/unsubscribe" => false,
        _ => return None,
    };
    let numbers: Vec<f64> = message.arguments.iter().filter_map(said_number).filter(|n| n.is_finite()).collect();
    let port = numbers.first().copied().filter(|port| (FIRST_PORT..65_536.0).contains(port));
    let to = port.map_or(from, |port| SocketAddr::new(from.ip(), port as u16));
    let seconds = numbers.get(usize::from(port.is_some())).copied().filter(|seconds| *seconds > 0.0);
    let norm = message.arguments.iter().any(|argument| matches!(argument, OscType::String(word) if word == "norm"));
    Some(match begins {
        true => Subscription::Begin { to, lease_s: seconds.unwrap_or(LEASE_S).clamp(1.0, LONGEST_LEASE_S), norm },
        false => Subscription::End { to },
    })
}

/// Numbers, also written as text.
fn said_number(argument: &OscType) -> Option<f64> {
    match argument {
        OscType::String(text) => text.trim().parse().ok(),
        other => number(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_seconds_and_words_in_any_company() {
        let from: SocketAddr = "10.0.0.2:5000".parse().unwrap();
        let ask = |address: &str, arguments: Vec<OscType>| read(&Message { address: address.into(), arguments }, from);
        let begin = |port: u16, lease_s, norm| {
            Some(Subscription::Begin { to: SocketAddr::new(from.ip(), port), lease_s, norm })
        };
        let text = |text: &str| OscType::String(text.into());
        assert_eq!(ask("/subscribe", vec![]), begin(5000, 60.0, false));
        assert_eq!(ask("/halation/subscribe", vec![OscType::Int(9001)]), begin(9001, 60.0, false));
        assert_eq!(ask("/subscribe", vec![OscType::Float(9001.0), OscType::Float(5.0)]), begin(9001, 5.0, false));
        assert_eq!(ask("/subscribe", vec![OscType::Int(30), text("norm")]), begin(5000, 30.0, true));
        // What a button of a tablet adds: its 1.
        assert_eq!(ask("/subscribe", vec![text("9001"), OscType::Float(0.0)]), begin(9001, 60.0, false));
        assert_eq!(
            ask("/subscribe", vec![OscType::Int(1_000_000), OscType::Float(f32::NAN)]),
            begin(5000, 600.0, false)
        );
        assert_eq!(ask("/unsubscribe", vec![]), Some(Subscription::End { to: from }));
        assert_eq!(ask("/subscribed", vec![]), None);
    }
}
