//! What threads share: newest-wins cells, bounded queues, the terminal, thread starting. Knows no other room.

mod cell;
mod leave;
mod queue;
pub mod terminal;
mod thread;
mod turn;

pub use cell::{Reader, Writer, cell};
pub use leave::on_signal;
pub use queue::{Receiver, Sender, queue};
pub use thread::{Stop, lower_priority, spawn};
pub use turn::jack_turn;

/// The candidate most like `name`, when one is close enough to suggest (normalised Damerau-Levenshtein ≥ 0.6).
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|c| (strsim::normalized_damerau_levenshtein(name, c), c))
        .filter(|(score, _)| *score >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}
