//! The text of `schedule.set`: a parameter, and what it shall follow.

use crate::param::{self, Id};
use crate::schedule::{Dialect, Facts, Schedule};

/// Reads `motion.zoom 0:(0.2*sin(6.28*beat/8))`.
///
/// # Errors
/// One sentence that says what is wrong and where.
pub fn read(text: &str) -> Result<(Id, Schedule), String> {
    let text = text.trim();
    let (name, keys) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let id = param::by_name_or_address(name)?;
    if !param::can_be_scheduled(id) {
        return Err(format!("{} cannot follow a schedule; try motion.zoom, dream.strength or look.hue", id.row().id));
    }
    if keys.trim().is_empty() {
        return Err(format!("after {} a schedule is missing, such as 0:(0), 4b:(1)", id.row().id));
    }
    let facts = Facts { frames: f64::INFINITY, seed: 1.0 };
    let schedule = Schedule::parse(keys.trim(), Dialect::Tolerant, &facts);
    Ok((id, schedule.map_err(|mistake| format!("{}: {mistake}; the schedule before plays on", id.row().id))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_told_in_one_text_and_a_wrong_one_says_where() {
        assert_eq!(read("motion.zoom 0:(0.2*sin(6.28*beat/8))").map(|(id, _)| id), Ok(param::MOTION_ZOOM));
        assert_eq!(read(" /look/hue  0:(0), 4b:(90) ").map(|(id, _)| id), Ok(param::LOOK_HUE));
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
