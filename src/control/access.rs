//! Who may play over the network, and what may not be written on the wall.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;

/// A machine, or a network of them: `192.168.1.20`, `192.168.2.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    ip: IpAddr,
    prefix_bits: u32,
}

impl Network {
    fn holds(&self, ip: IpAddr) -> bool {
        let bits = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => (u128::from(ip.to_bits()), 32),
            IpAddr::V6(ip) => (ip.to_bits(), 128),
        };
        let ((ours, length), (theirs, other)) = (bits(self.ip), bits(ip));
        let free = length - self.prefix_bits.min(length);
        length == other && ours.checked_shr(free).unwrap_or(0) == theirs.checked_shr(free).unwrap_or(0)
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no machine and no network; write 192.168.1.20, or 192.168.1.0/24 for all of them");
        let (ip, prefix) = text.trim().split_once('/').map_or((text.trim(), None), |(ip, prefix)| (ip, Some(prefix)));
        let ip: IpAddr = ip.parse().map_err(|_| wrong())?;
        let longest = if ip.is_ipv4() { 32 } else { 128 };
        let prefix_bits = prefix.map_or(Ok(longest), str::parse).map_err(|_| wrong())?;
        (prefix_bits <= longest).then_some(Self { ip, prefix_bits }).ok_or_else(wrong)
    }
}

/// The rules, shared by everything that listens on the network. A show may change what it says of texts while it plays.
#[derive(Debug, Default)]
pub struct Access {
    /// Empty: everybody who reaches us.
    allowed: Vec<Network>,
    remote_text: AtomicBool,
    blocked: ArcSwap<BlockList>,
}

impl Access {
    /// Rules that let `allowed` in, or everybody where it is empty.
    #[must_use]
    pub fn new(allowed: Vec<Network>) -> Self {
        Self { allowed, ..Self::default() }
    }

    /// What a show says: whether other machines may write prompt texts, and which words nobody may.
    pub fn set_texts(&self, remote: bool, blocked: BlockList) {
        self.remote_text.store(remote, Ordering::Relaxed);
        self.blocked.store(Arc::new(blocked));
    }

    /// Whether a machine may send us anything. This one always may.
    #[must_use]
    pub fn admits(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.allowed.is_empty() || ip.is_loopback() || self.allowed.iter().any(|network| network.holds(ip))
    }

    /// Whether a machine may write texts.
    #[must_use]
    pub fn may_write(&self, ip: IpAddr) -> bool {
        self.remote_text.load(Ordering::Relaxed) || ip.to_canonical().is_loopback()
    }

    /// Whether `text` has a word that nobody may write.
    #[must_use]
    pub fn blocks(&self, text: &str) -> bool {
        self.blocked.load().blocks(text)
    }
}

/// Words that shall not become pictures. A star at the end stands for any ending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockList(Vec<String>);

impl BlockList {
    /// Of these words and phrases.
    #[must_use]
    pub fn new(words: impl IntoIterator<Item = String>) -> Self {
        let plain = |word: String| {
            let ending = if word.trim_end().ends_with('*') { "*" } else { "" };
            plain_words(&word).join(" ") + ending
        };
        Self(words.into_iter().map(plain).filter(|word| !word.trim_end_matches('*').is_empty()).collect())
    }

    fn blocks(&self, text: &str) -> bool {
        // Joined, `n-u-d-e` is one word; apart, `portrait,nude` is two.
        let apart: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
        let plain = [text, &apart].map(plain_words);
        let spelled = plain.iter().map(|words| spelled_words(words));
        let texts: Vec<String> = spelled.chain(plain.iter().cloned()).map(|w| format!(" {} ", w.join(" "))).collect();
        let is_in = |part: &str| texts.iter().any(|text| text.contains(part));
        self.0.iter().any(|blocked| match blocked.strip_suffix('*') {
            Some(beginning) => is_in(&format!(" {beginning}")),
            None => is_in(&format!(" {blocked} ")),
        })
    }
}

/// What single letters in a row spell, from each of them on: `a n u d e` is `anude`, `nude`, `ude`, `de`.
fn spelled_words(words: &[String]) -> Vec<String> {
    let is_letter = |word: &String| word.chars().count() == 1;
    let runs = words.chunk_by(|a, b| is_letter(a) && is_letter(b)).filter(|run| run.len() > 1);
    runs.flat_map(|run| (0..run.len() - 1).map(|from| run[from..].concat())).collect()
}

/// Lower-case words without what stands between or inside them: `N-A_k.e,d` is one, too.
fn plain_words(text: &str) -> Vec<String> {
    let word = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    text.split_whitespace().map(word).filter(|word: &String| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_and_networks() {
        let access = Access::new(vec!["192.168.1.20".parse().unwrap(), "10.0.0.0/9".parse().unwrap()]);
        let admits = |ip: &str| access.admits(ip.parse().unwrap());
        assert!(admits("192.168.1.20") && admits("10.127.3.4") && admits("127.0.0.1") && admits("::1"));
        assert!(admits("::ffff:192.168.1.20"), "the same machine on a socket for both");
        assert!(!admits("192.168.1.21") && !admits("10.128.0.1") && !admits("fe80::1"));
        assert!(Access::default().admits("8.8.8.8".parse().unwrap()));
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.holds("8.8.8.8".parse().unwrap()) && !all.holds("::1".parse().unwrap()));
        for wrong in ["", "club", "1.2.3", "1.2.3.4/33", "1.2.3.4/x", "::/129"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_are_blocked_in_any_dress_and_not_inside_others() {
        let list = BlockList::new(["ass", "nud*", "k k k", "white power", "  ", "*"].map(String::from));
        for blocked in [
            "an ASS",
            "a.s.s",
            "nude",
            "N-u-d-e art",
            "NUDITY",
            "portrait,nude",
            "nude/woman",
            "nude-portrait",
            "(nude)",
            "a picture n u d e",
            "a n u d e",
            "k k k and more",
            "White,  power",
        ] {
            assert!(list.blocks(blocked), "{blocked}");
        }
        for fine in ["glass", "a denuded hill", "white sand, power lines", "", "neon"] {
            assert!(!list.blocks(fine), "{fine}");
        }
        assert!(!BlockList::default().blocks("anything"));
    }
}
