//! Who plays tonight: the show that is on, and the one that is ready behind it. For the status line.

use std::sync::Arc;

use arc_swap::ArcSwap;

/// Clones share it.
#[derive(Clone, Default)]
pub struct Bill(Arc<ArcSwap<Acts>>);

#[derive(Clone, Default)]
struct Acts {
    playing: String,
    next: Option<String>,
}

impl Bill {
    /// `name` took over from another show.
    pub fn took_over(&self, name: &str) {
        let next = self.0.load().next.clone().filter(|next| next != name);
        self.0.store(Arc::new(Acts { playing: name.to_owned(), next }));
    }

    /// `name` is ready; `None`: it is no more.
    pub fn next(&self, name: Option<&str>) {
        let playing = self.0.load().playing.clone();
        self.0.store(Arc::new(Acts { playing, next: name.map(str::to_owned) }));
    }

    /// The beginning of the status line on a night of several shows.
    #[must_use]
    pub fn line(&self) -> String {
        let acts = self.0.load();
        let next = acts.next.as_ref().map(|next| format!("next: {next}"));
        let parts: Vec<String> =
            Some(acts.playing.clone()).filter(|name| !name.is_empty()).into_iter().chain(next).collect();
        if parts.is_empty() { String::new() } else { parts.join(", ") + " | " }
    }
}
