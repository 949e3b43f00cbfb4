//! What was found, a line each as it is found, and what follows from all of it.

use anyhow::bail;

use crate::cli::answer;

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Good,
    /// The show can go on, and somebody should know.
    Care,
    No,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Care => "CARE",
            Self::No => "NO",
        }
    }
}

/// Everything found so far.
#[derive(Default)]
pub struct Findings {
    good: usize,
    care: Vec<&'static str>,
    no: Vec<&'static str>,
}

impl Findings {
    /// Says what was found of `what`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn say(&mut self, what: &'static str, verdict: Verdict, says: impl AsRef<str>) -> anyhow::Result<()> {
        match verdict {
            Verdict::Good => self.good += 1,
            Verdict::Care if self.care.contains(&what) => {}
            Verdict::Care => self.care.push(what),
            Verdict::No => self.no.push(what),
        }
        answer::say(format!("{:4}  {what:12} {}", verdict.word(), says.as_ref()))
    }

    /// The last line: go, or not.
    ///
    /// # Errors
    /// When there is a reason not to go: it names it.
    pub fn conclude(&self) -> anyhow::Result<()> {
        if !self.no.is_empty() {
            bail!("no go: first see to {}", list(&self.no));
        }
        answer::say(match self.care.as_slice() {
            [] => "GO.".to_owned(),
            care => format!("GO, with an eye on {}.", list(care)),
        })?;
        answer::say(
            "Is the light on the beat? Play with --flash-beats, film wall and loudspeakers with a phone for ten seconds, and \
             give the film to halation soundcheck SHOW --film VIDEO.",
        )
    }
}

fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}
