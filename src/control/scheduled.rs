//! The text of `schedule.set`: a parameter, and what it shall follow.

use std::sync::Arc;

use crate::param::{self, Id};
use crate::schedule::{Dialect, Facts, Schedule, TextSchedule};

/// What shall follow what.
#[derive(Clone, Debug)]
pub enum Scheduled {
    Parameter(Id, Arc<Schedule>),
    /// The text of the slot that sounds.
    Texts(Arc<TextSchedule>),
}

/// Reads `motion.zoom 0:(0.2*sin(6.28*beat/8))`, or `prompt.text 0: "a galaxy", 8bar: "a nebula"`.
///
/// # Errors
/// One sentence that says what is wrong and where.
pub fn read(text: &str) -> Result<Scheduled, String> {
    let text = text.trim();
    let (name, keys) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let id = param::by_name_or_address(name)?;
    if id != param::PROMPT_TEXT && !param::can_be_scheduled(id) {
        return Err(param::why_not_scheduled(id));
    }
    if keys.trim().is_empty() {
        return Err(format!("after {} a schedule is missing, such as 0:(0), 4b:(1)", id.row().id));
    }
    let facts = Facts { frames: f64::INFINITY, seed: 1.0 };
    let read = if id == param::PROMPT_TEXT {
        TextSchedule::parse(keys.trim(), Dialect::Tolerant, &facts).map(|texts| Scheduled::Texts(Arc::new(texts)))
    } else {
        let schedule = Schedule::parse(keys.trim(), Dialect::Tolerant, &facts);
        schedule.map(|schedule| Scheduled::Parameter(id, Arc::new(schedule)))
    };
    read.map_err(|mistake| format!("{}: {mistake}; what plays goes on as it is", id.row().id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_told_in_one_text_and_a_wrong_one_says_where() {
        let parameter = |text: &str| match read(text) {
            Ok(Scheduled::Parameter(id, _)) => Some(id),
            _ => None,
        };
        assert_eq!(parameter("motion.zoom 0:(0.2*sin(6.28*beat/8))"), Some(param::MOTION_ZOOM));
        assert_eq!(parameter(" /look/hue  0:(0), 4b:(90) "), Some(param::LOOK_HUE));
        let Ok(Scheduled::Texts(texts)) = read("prompt.text 0: \"a galaxy\", 8bar: \"a nebula\"") else {
            panic!("texts")
        };
        assert_eq!(texts.count(), 2);
        for (text, says) in [
            ("motion.zom 0:(1)", "did you mean motion.zoom"),
            ("tempo.bpm 0:(1)", "cannot follow"),
            ("motion.zoom", "is missing"),
            ("motion.zoom 0:(sin(beats))", "column"),
        ] {
            let told = read(text).expect_err(text);
            assert!(told.contains(says), "{text}: {told}");
        }
    }
}
