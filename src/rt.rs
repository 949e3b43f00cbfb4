//! What threads share: newest-wins cells, bounded queues, the terminal, thread starting. Knows no other room.

mod attempt;
mod broadcast;
mod cell;
mod foreign;
mod leave;
mod queue;
pub(crate) mod terminal;
mod terminal_keys;
mod thread;
mod turn;

pub(crate) use attempt::Attempt;
pub(crate) use broadcast::{Broadcast, broadcast};
pub(crate) use cell::Reader;
pub use cell::{Writer, cell};
pub(crate) use foreign::foreign;
pub(crate) use leave::on_signal;
pub(crate) use queue::queue;
pub use queue::{Receiver, Sender};
pub(crate) use terminal_keys::{give_terminal_back, terminal_keys};
pub use thread::Stop;
pub(crate) use thread::{lower_priority, spawn};
pub(crate) use turn::{JACK_HANGS, jack_turn};

/// The candidate most like `name`, when one is close enough to suggest (normalised Damerau-Levenshtein ≥ 0.6).
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let letters = name.chars().count();
    // Candidates whose length alone rules the score out are not compared: a name may be a whole file long, and the
    // comparison takes time proportional to both lengths.
    let comparable = |c: &&str| {
        let (short, long) = (letters.min(c.chars().count()), letters.max(c.chars().count()));
        short * 10 >= long * 6
    };
    candidates
        .filter(comparable)
        .map(|c| (strsim::normalized_damerau_levenshtein(name, c), c))
        .filter(|(score, _)| *score >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_as_long_as_a_file_is_near_nothing_and_takes_no_time() {
        let long = "dream.strength".repeat(70_000);
        let known = ["dream.strength", "look.hue"];
        let began = std::time::Instant::now();
        assert!((0..1000).all(|_| nearest(&long, known.into_iter()).is_none()));
        assert!(began.elapsed().as_secs_f64() < 10.0, "compared letter by letter this takes hours");
        assert_eq!(nearest("dream.strenght", known.into_iter()), Some("dream.strength"));
        assert_eq!(nearest("abc", ["abcde", "abcdef"].into_iter()), Some("abcde"));
    }
}
