use super::*;
use crate::dream::{Bank, Slot};
use crate::tempo::Tempo;
use crate::units::{Bpm, Seconds};

/// Four banks: calm and peak grooves, a break, a drop.
fn banks() -> Banks {
    let bank = |name: &str, sections: &[Section]| Bank {
        name: name.into(),
        slots: std::array::from_fn(|k| Slot::plain(format!("{name} {k}"))),
        sections: sections.to_vec(),
        phrases: vec![],
        palette: vec![],
        values: vec![],
    };
    let all = vec![
        bank("warm", &[Section::Groove, Section::Idle]),
        bank("peak", &[Section::Groove]),
        bank("break", &[Section::Break, Section::Build]),
        bank("drop", &[Section::Drop]),
    ];
    Banks { banks: all, negative: "".into(), revision: 0 }
}

/// A night at 120 bpm: what was pressed at which second. `section` and `energy` by time.
fn night(
    auto: &mut Auto,
    amount: f32,
    from_s: f64,
    to_s: f64,
    passage: impl Fn(f64) -> Passage,
    energy: f32,
) -> Vec<(f64, Wish)> {
    let (banks, clock) = (banks(), Tempo::new(Bpm(120.0)).clock());
    auto.prepare(banks.banks.len());
    let (mut out, mut here) = (Vec::new(), (1, 1));
    for k in 0..((to_s - from_s) / 0.05) as u32 {
        let now_s = from_s + f64::from(k) * 0.05;
        let (beat, wall) = (clock.at(Seconds(now_s)), clock.at(Seconds(now_s + 0.2)));
        let (bank, slot) = here;
        let context =
            AutoContext { now_s, beat, wall, phrase: None, passage: passage(now_s), energy, banks: &banks, bank, slot };
        if let Some(wish) = auto.step(amount, &context) {
            here = (wish.bank, wish.slot);
            out.push((now_s, wish));
        }
    }
    out
}

fn in_section(section: Section) -> Passage {
    Passage { section, ..Passage::default() }
}

#[test]
fn phrases_change_the_slot_on_the_bar_asked_early() {
    let pressed = night(&mut Auto::default(), 1.0, 0.0, 120.0, |_| in_section(Section::Groove), 0.2);
    // One every eight bars, sixteen seconds.
    assert!((7..=8).contains(&pressed.len()), "{}", pressed.len());
    for (asked_s, wish) in &pressed[1..] {
        let due_s = wish.due_beats.unwrap() / 2.0;
        assert!((due_s % 16.0).abs() < 1e-6 && (0.1..=0.25).contains(&(due_s - asked_s)), "{asked_s} {due_s}");
        assert!(!wish.cut);
    }
    // The last slot that has rested is left for the next section.
    assert!(pressed[..6].iter().all(|(_, wish)| wish.bank == 1), "{pressed:?}");
    let rare = night(&mut Auto::default(), 0.1, 0.0, 120.0, |_| in_section(Section::Groove), 0.2);
    assert!(rare.len() < pressed.len() / 2);
}

#[test]
fn no_slot_comes_back_soon_while_there_are_others() {
    let pressed = night(&mut Auto::default(), 1.0, 0.0, 112.0, |_| in_section(Section::Groove), 0.2);
    let mut slots: Vec<usize> = pressed.iter().map(|(_, wish)| wish.slot).collect();
    let many = slots.len();
    slots.sort_unstable();
    slots.dedup();
    assert!(many >= 6 && slots.len() == many, "{pressed:?}");
    // When the bank has been seen, the other of the groove's helps out, then the picture stays until one has rested.
    let long = night(&mut Auto::default(), 1.0, 0.0, 1500.0, |_| in_section(Section::Groove), 0.2);
    assert!(long.len() >= 30 && long.iter().any(|(_, wish)| wish.bank == 2), "{long:?}");
    for (k, (at, wish)) in long.iter().enumerate() {
        let again = long[..k].iter().rfind(|(_, before)| (before.bank, before.slot) == (wish.bank, wish.slot));
        assert!(again.is_none_or(|(before, _)| at - before >= REST_S), "{wish:?} at {at} again");
    }
}

#[test]
fn no_slot_comes_back_soon_in_a_set_of_breaks_and_drops() {
    // A break each 140 s, half a minute long, a build-up of 15 s and a drop.
    let set = |t: f64| {
        let section = match t % 140.0 {
            t if t < 32.0 => Section::Drop,
            t if t < 95.0 => Section::Groove,
            t if t < 125.0 => Section::Break,
            _ => Section::Build,
        };
        Passage { section, drops: (t / 140.0) as u64, ..Passage::default() }
    };
    let pressed = night(&mut Auto::default(), 1.0, 0.0, 3600.0, set, 0.2);
    let mut drops_kept = 0;
    for (k, (at, wish)) in pressed.iter().enumerate() {
        let place = (wish.bank, wish.slot);
        let again = pressed[..k].iter().rfind(|(_, before)| (before.bank, before.slot) == place);
        let stays = k > 0 && (pressed[k - 1].1.bank, pressed[k - 1].1.slot) == place;
        assert!(stays || again.is_none_or(|(before, _)| at - before >= REST_S), "{wish:?} at {at} again");
        assert!(!stays || wish.cut, "only a drop presses what is there: {wish:?} at {at}");
        drops_kept += usize::from(stays);
    }
    // Nearly every break and drop has a bank of its own all the same.
    let began = |bank: usize, second: f64| {
        let near = |at: f64| (0.0..1.0).contains(&(at % 140.0 - second));
        pressed.iter().filter(|(at, wish)| near(*at) && wish.bank == bank).count()
    };
    assert!(began(3, 95.0) >= 22 && began(4, 0.0) >= 22 && drops_kept <= 3, "{} {}", began(3, 95.0), began(4, 0.0));
}

#[test]
fn sections_choose_the_bank_and_a_drop_cuts() {
    let track = |t: f64| {
        let (section, drops) = match t {
            t if t < 60.0 => (Section::Groove, 0),
            t if t < 80.0 => (Section::Break, 0),
            t if t < 95.0 => (Section::Build, 0),
            _ => (Section::Drop, 1),
        };
        Passage { section, drops, ..Passage::default() }
    };
    let pressed = night(&mut Auto::default(), 1.0, 0.0, 120.0, track, 0.9);
    let bank_at = |t: f64| pressed.iter().rfind(|(at, _)| *at <= t + 0.06).map(|(_, wish)| (wish.bank, wish.cut));
    // A full house plays the second of the groove's banks.
    assert_eq!(bank_at(30.0).unwrap().0, 2);
    assert_eq!(bank_at(60.0).unwrap(), (3, false));
    assert_eq!(bank_at(95.0).unwrap(), (4, true));
    assert!(pressed.iter().filter(|(_, wish)| wish.cut).count() == 1);
}

#[test]
fn a_hand_comes_first_and_off_is_off() {
    let mut auto = Auto::default();
    assert!(night(&mut auto, 0.0, 0.0, 300.0, |_| in_section(Section::Groove), 0.2).is_empty());
    auto.back_off(600.0);
    let pressed = night(&mut auto, 1.0, 300.0, 400.0, |_| in_section(Section::Groove), 0.2);
    // Bar 166 begins at 332 s.
    assert!(!pressed.is_empty() && pressed[0].0 >= 331.7, "{:?}", pressed.first());
}
