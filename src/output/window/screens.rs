//! Which of the monitors the wall belongs on, by what was asked for and by where it was. Knows no window.

/// A monitor as it is now; places and sizes in physical pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Screen {
    pub name: String,
    pub position: (i32, i32),
    pub size: (u32, u32),
}

/// The monitor the wall belongs on, among those there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// A number from 1, or a part of a name; nothing when nobody asked.
    asked: Option<String>,
    /// The monitor it was on at first, and last: the same one again, whatever its number is by then.
    first: Option<String>,
    was: Option<String>,
}

impl Wanted {
    pub fn new(asked: Option<String>) -> Self {
        Self { asked, first: None, was: None }
    }

    /// The place in `screens` of the one the wall belongs on; nothing while that is away.
    pub fn among(&self, screens: &[Screen]) -> Option<usize> {
        let named = |name: &String| screens.iter().position(|screen| screen.name == *name);
        let known = [&self.first, &self.was].into_iter().flatten().find_map(named);
        known.or_else(|| self.asked_among(screens))
    }

    fn asked_among(&self, screens: &[Screen]) -> Option<usize> {
        let asked = self.asked.as_ref()?.to_lowercase();
        let number = asked.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).filter(|n| *n < screens.len());
        number.or_else(|| screens.iter().position(|screen| screen.name.to_lowercase().contains(&asked)))
    }

    /// The wall is on `screen` now.
    pub fn is_on(&mut self, screen: &Screen) {
        self.was = Some(screen.name.clone());
        self.first.get_or_insert_with(|| screen.name.clone());
    }

    /// Somebody took the window to `screen` by hand; where nobody asked for a monitor, it is this one now.
    pub fn is_taken_to(&mut self, screen: &Screen) {
        if self.asked.is_none() {
            (self.first, self.was) = (Some(screen.name.clone()), Some(screen.name.clone()));
        }
    }

    /// What to call it while it is away.
    pub fn name(&self) -> &str {
        self.was.as_deref().or(self.asked.as_deref()).unwrap_or("the wall's")
    }
}

/// The monitors with their numbers from 1, for messages.
pub(super) fn list(screens: &[Screen]) -> String {
    let names: Vec<_> = (1..).zip(screens).map(|(n, screen)| format!("{n} \"{}\"", screen.name)).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screens(names: &[&str]) -> Vec<Screen> {
        let screen = |(k, name): (usize, &&str)| Screen {
            name: (*name).into(),
            position: (1920 * k as i32, 0),
            size: (1920, 1080),
        };
        names.iter().enumerate().map(screen).collect()
    }

    #[test]
    fn the_wall_finds_its_screen_whatever_its_number_is_by_then() {
        let mut wanted = Wanted::new(Some("2".into()));
        let both = screens(&["eDP-1", "HDMI-1"]);
        assert_eq!(wanted.among(&both), Some(1));
        wanted.is_on(&both[1]);
        assert_eq!(wanted.among(&screens(&["eDP-1"])), None, "its cable is out: the laptop is not it");
        assert_eq!(wanted.among(&screens(&["HDMI-1"])), Some(0));
        assert_eq!(wanted.among(&screens(&["HDMI-1", "eDP-1"])), Some(0), "they swapped places");
        let other = screens(&["eDP-1", "DP-3"]);
        assert_eq!(wanted.among(&other), Some(1), "another projector on the second place");
        wanted.is_on(&other[1]);
        assert_eq!(wanted.among(&screens(&["eDP-1", "HDMI-1", "DP-3"])), Some(1), "the first one is back");
    }

    #[test]
    fn names_are_matched_in_parts_and_nobody_who_did_not_ask_is_moved_elsewhere() {
        let both = screens(&["eDP-1", "HDMI-1"]);
        assert_eq!(Wanted::new(Some("hdmi".into())).among(&both), Some(1));
        assert_eq!(Wanted::new(Some("7".into())).among(&both), None);
        let mut anywhere = Wanted::new(None);
        assert_eq!(anywhere.among(&both), None);
        anywhere.is_on(&both[1]);
        assert_eq!((anywhere.among(&both), anywhere.among(&both[..1])), (Some(1), None));
        assert_eq!((list(&both), list(&[])), ("1 \"eDP-1\", 2 \"HDMI-1\"".into(), "none".into()));
    }
}
