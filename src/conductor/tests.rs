use std::sync::Arc;

use super::*;
use crate::audio::{FeatureSource, Section};
use crate::dream::{Bank, Banks, Slot};
use crate::frame::Pose;
use crate::param::*;
use crate::units::Bpm;

mod grid;
mod looks;
mod order;
mod schedules;

const TICK_S: f64 = 0.002;

struct Rig {
    conductor: Conductor,
    texts: TextBoard,
    now: Seconds,
    features: Features,
}

impl Rig {
    fn new(routes: Vec<Route>) -> Self {
        let bank = |name: &str, values| Bank {
            name: name.into(),
            slots: std::array::from_fn(|k| Slot::plain(format!("{name} {k}"))),
            sections: vec![],
            phrases: vec![],
            palette: vec![],
            values,
        };
        let banks = Banks {
            banks: vec![bank("a", vec![]), bank("b", vec![(MORPH_SPEED, 4.0), (DREAM_STEPS, 2.0)])],
            negative: "".into(),
            revision: 0,
        };
        let texts = TextBoard::new(banks);
        let settings = Settings { routes, ..Settings::default() };
        let conductor = Conductor::new(&settings, texts.clone(), Tempo::new(Bpm(120.0)));
        Self { conductor, texts, now: Seconds(0.0), features: Features::default() }
    }

    fn hand(&mut self, id: Id, change: Change) {
        self.conductor.apply(&Event { at: self.now, origin: Origin::Osc, id, change });
    }

    fn set(&mut self, id: Id, value: f32) {
        self.hand(id, Change::Set(value));
    }

    /// Ticks on for `seconds`; the last snapshot.
    fn wait(&mut self, seconds: f64) -> Snapshot {
        let until = self.now.after(seconds);
        loop {
            self.now = self.now.after(TICK_S);
            let snapshot = *self.conductor.step(self.now, &self.features);
            if self.now >= until {
                return snapshot;
            }
        }
    }
}

#[test]
fn a_moved_knob_shows_in_the_next_tick_and_arrives() {
    let mut rig = Rig::new(vec![]);
    rig.wait(0.1);
    rig.set(LOOK_SATURATION, 2.0);
    let first = rig.wait(TICK_S).effective[LOOK_SATURATION];
    assert!(first > 1.0);
    assert_eq!(rig.wait(0.5).effective[LOOK_SATURATION], 2.0);
    rig.set(DREAM_STRENGTH, 0.9);
    assert_eq!(rig.wait(TICK_S).effective[DREAM_STRENGTH], 0.9);
}

#[test]
fn out_of_range_is_clamped_and_counted() {
    let mut rig = Rig::new(vec![]);
    rig.set(DREAM_STRENGTH, 7.0);
    rig.set(DREAM_STRENGTH, f32::NAN);
    assert_eq!(rig.conductor.counts().clamped, 2);
    assert_eq!(rig.wait(0.01).base[DREAM_STRENGTH], 1.0);
}

#[test]
fn a_slot_glides_over_its_beats() {
    let mut rig = Rig::new(vec![]);
    rig.set(PROMPT_GLIDE, 2.0);
    rig.wait(0.1);
    rig.set(PROMPT_SLOT, 3.0);
    let half = rig.wait(0.5);
    assert!((half.mix[2] - 0.5).abs() < 0.02 && (half.mix[0] - 0.5).abs() < 0.02, "{:?}", half.mix);
    assert!((half.gliding - 0.5).abs() < 0.02);
    let end = rig.wait(0.6);
    assert_eq!(end.mix[2], 1.0);
    assert_eq!(end.base[PROMPT_WEIGHT_3], 1.0);
    assert_eq!(end.base[PROMPT_WEIGHT_1], 0.0);
}

#[test]
fn a_bank_change_alone_changes_nothing() {
    let mut rig = Rig::new(vec![]);
    let before = rig.wait(0.1);
    rig.set(PROMPT_BANK, 2.0);
    let after = rig.wait(0.1);
    assert_eq!((before.bank, before.mix, before.image_event), (after.bank, after.mix, after.image_event));
    rig.set(PROMPT_GLIDE, 2.0);
    rig.set(PROMPT_SLOT, 1.0);
    let half = rig.wait(0.5);
    assert_eq!((half.bank, half.old_bank), (2, 1));
    let sum: f32 = half.mix.iter().chain(&half.old_mix).sum();
    assert!((sum - 1.0).abs() < 1e-5 && half.old_mix[0] > 0.4 && half.mix[0] > 0.4);
}

/// Every share of both sounding banks, by bank and slot.
fn sounding(s: &Snapshot) -> [[f32; 8]; 2] {
    let mut all = [[0.0; 8]; 2];
    for (bank, mix) in [(s.bank, s.mix), (s.old_bank, s.old_mix)] {
        for (sum, share) in all[bank - 1].iter_mut().zip(mix) {
            *sum += share;
        }
    }
    all
}

#[test]
fn presses_across_banks_never_lose_a_share() {
    let mut rig = Rig::new(vec![]);
    rig.set(PROMPT_GLIDE, 2.0);
    let mut before = sounding(&rig.wait(0.1));
    // Two banks in one tick, and back before the glide is over.
    for (bank, slot, wait_s) in [(2.0, 4.0, 0.0), (1.0, 2.0, 0.4), (2.0, 5.0, 0.3), (1.0, 8.0, 0.5)] {
        rig.set(PROMPT_BANK, bank);
        rig.set(PROMPT_SLOT, slot);
        let until = rig.now.after(wait_s);
        while rig.now < until {
            let after = sounding(&rig.wait(TICK_S));
            let sum: f32 = after.iter().flatten().sum();
            assert!((sum - 1.0).abs() < 1e-4, "{after:?}");
            let jump =
                after.iter().flatten().zip(before.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(jump < 0.01, "{before:?} to {after:?}");
            before = after;
        }
    }
}

#[test]
fn a_bank_brings_its_values_unless_a_hand_has_touched_them() {
    let mut rig = Rig::new(vec![]);
    rig.set(DREAM_STEPS, 6.0);
    rig.set(PROMPT_BANK, 2.0);
    assert_eq!(rig.wait(0.01).base[MORPH_SPEED], 1.0, "a bank change alone changes nothing");
    rig.set(PROMPT_SLOT, 1.0);
    let base = rig.wait(0.01).base;
    assert_eq!((base[MORPH_SPEED], base[DREAM_STEPS]), (4.0, 6.0));
}

#[test]
fn drawbars_are_normalised_and_zero_holds_the_last_mix() {
    let mut rig = Rig::new(vec![]);
    rig.set(PROMPT_WEIGHT_2, 1.0);
    assert_eq!(rig.wait(0.01).mix[..2], [0.5, 0.5]);
    rig.set(PROMPT_WEIGHT_1, 0.0);
    rig.set(PROMPT_WEIGHT_2, 0.0);
    assert_eq!(rig.wait(0.01).mix[..2], [0.5, 0.5]);
}

#[test]
fn self_play_never_writes_the_base() {
    let route = Route::new(Signal::Heard(FeatureSource::Energy), MOTION_ZOOM, 1.0);
    let mut rig = Rig::new(vec![route]);
    rig.features.energy = 1.0;
    rig.set(PROMPT_WALK, 2.0);
    let base = rig.wait(0.01).base;
    let later = rig.wait(4.0);
    assert_eq!(later.base, base);
    assert_ne!(later.mix, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(later.effective[MOTION_ZOOM], 1.0);
    assert!(later.content.since(Pose::default()).at_centre().scale() > 2.0);
}

/// A slot a bar of 2 s: rest, then half a second of glide to the next.
#[test]
fn the_walk_rests_on_each_slot_and_glides_to_the_next() {
    let mut rig = Rig::new(vec![]);
    rig.set(PROMPT_GLIDE, 1.0);
    rig.set(PROMPT_WALK, 1.0);
    assert_eq!(rig.wait(1.45).mix[0], 1.0);
    let half = rig.wait(0.3).mix;
    assert!(half[0] > 0.3 && half[1] > 0.3 && (half[0] + half[1] - 1.0).abs() < 1e-5, "{half:?}");
    assert_eq!(rig.wait(0.3).mix[1], 1.0, "arrived");
    assert_eq!(rig.wait(1.3).mix[1], 1.0, "and rests");
    rig.set(PROMPT_GLIDE, 16.0);
    assert!(rig.wait(0.5).mix[1] < 1.0);
    assert_eq!(rig.wait(0.5).mix[2], 1.0, "a glide longer than its time takes half of it");
}

#[test]
fn a_kick_throws_the_view_alone_and_lets_it_return() {
    let mut rig = Rig::new(vec![Route::new(Signal::Heard(FeatureSource::Kick), MOTION_KICK, 0.5)]);
    rig.features.kick = 1.0;
    let thrown = rig.wait(0.1);
    assert!((thrown.view.scale() - 0.5f64.exp2()).abs() < 1e-3, "{:?}", thrown.view);
    assert_eq!(thrown.content, Pose::default(), "nothing of it is baked into the pictures");
    rig.features.kick = 0.0;
    assert!((rig.wait(8.0).view.scale() - 1.0).abs() < 1e-3);
}

#[test]
fn the_walk_rests_while_self_play_is_on() {
    let mut rig = Rig::new(vec![]);
    rig.set(PROMPT_WALK, 2.0);
    assert_ne!(rig.wait(0.8).mix[0], 1.0);
    rig.set(SCENE_AUTO, 1.0);
    let mix = rig.wait(0.01).mix;
    assert_eq!(rig.wait(4.0).mix, mix);
    rig.set(SCENE_AUTO, 0.0);
    assert_ne!(rig.wait(1.0).mix, mix);
}

#[test]
fn what_self_play_brings_lies_over_the_base_until_touched() {
    let mut rig = Rig::new(vec![]);
    let mut banks = (*rig.texts.read()).clone();
    banks.banks[0].sections = vec![Section::Break];
    banks.banks[1].sections = vec![Section::Drop];
    rig.texts.reload(banks);
    rig.conductor.adopt(&Settings::default());
    rig.set(SCENE_AUTO, 1.0);
    let section = |rig: &mut Rig, section| {
        rig.features.passage.section = section;
        let s = rig.wait(0.1);
        (s.bank, s.base[MORPH_SPEED], s.unmodulated[MORPH_SPEED], s.effective[DREAM_STEPS])
    };
    let steps = rig.wait(0.1).base[DREAM_STEPS];
    assert_eq!(section(&mut rig, Section::Drop), (2, 1.0, 4.0, 2.0));
    assert_eq!(section(&mut rig, Section::Break), (1, 1.0, 1.0, steps), "the next bank takes nothing with it");
    section(&mut rig, Section::Drop);
    rig.set(MORPH_SPEED, 3.0);
    let touched = rig.wait(0.01);
    assert_eq!((touched.unmodulated[MORPH_SPEED], touched.unmodulated[DREAM_STEPS]), (3.0, 2.0));
    // A hand that enters a bank has its values for its own.
    rig.set(PROMPT_BANK, 1.0);
    rig.set(PROMPT_SLOT, 2.0);
    let own = rig.wait(0.01);
    assert_eq!((own.bank, own.unmodulated == own.base, own.base[DREAM_STEPS]), (1, true, steps));
}

#[test]
fn react_at_zero_is_exactly_the_hand() {
    let route = Route::new(Signal::Heard(FeatureSource::Energy), LOOK_CONTRAST, 0.7);
    let mut rig = Rig::new(vec![route]);
    rig.features.energy = 0.6;
    rig.set(AUDIO_REACT, 0.0);
    assert_eq!(rig.wait(1.0).effective[LOOK_CONTRAST], 1.0);
}

#[test]
fn takeover_holds_a_far_knob_until_it_passes_the_value() {
    let mut rig = Rig::new(vec![]);
    rig.set(DREAM_STRENGTH, 0.8);
    let mut from = 0.05;
    for (to, base) in [(0.1, 0.8), (0.2, 0.8), (0.4, 0.8), (0.6, 0.8), (0.79, 0.79), (0.95, 0.95)] {
        rig.wait(0.2);
        rig.hand(DREAM_STRENGTH, Change::Knob(Turn::between(from, to)));
        assert_eq!(rig.wait(0.01).base[DREAM_STRENGTH], base);
        from = to;
    }
}

#[test]
fn blackout_fades_over_its_beats_and_cuts_without() {
    let mut rig = Rig::new(vec![]);
    rig.set(MASTER_BLACKOUT, 1.0);
    assert_eq!(rig.wait(TICK_S).blackout, 1.0);
    rig.set(MASTER_FADE, 2.0);
    rig.set(MASTER_BLACKOUT, 0.0);
    assert!((rig.wait(0.5).blackout - 0.5).abs() < 0.02);
    assert_eq!(rig.wait(0.6).blackout, 0.0);
}

#[test]
fn panic_leaves_a_plain_picture_and_the_tempo() {
    let mut rig = Rig::new(vec![]);
    for (id, value) in
        [(MOTION_ZOOM, 1.0), (LOOK_TRAILS, 4.0), (MASTER_BRIGHTNESS, 0.1), (TEMPO_BPM, 140.0), (PROMPT_WALK, 1.0)]
    {
        rig.set(id, value);
    }
    rig.set(OVERLAY_LEVEL, 1.0);
    // A good bar later the walk has come to the second slot.
    rig.wait(2.0);
    rig.set(MASTER_PANIC, 1.0);
    let s = rig.wait(TICK_S);
    assert_eq!((s.effective[MOTION_ZOOM], s.effective[LOOK_TRAILS], s.effective[AUDIO_REACT]), (0.0, 0.0, 0.0));
    assert_eq!((s.effective[MASTER_BRIGHTNESS], s.blackout), (1.0, 0.0));
    assert_eq!((s.mix[1], s.base[PROMPT_SLOT]), (1.0, 2.0));
    assert_eq!(s.effective[OVERLAY_LEVEL], 1.0, "the artist's name stays");
    assert!((s.effective[TEMPO_BPM] - 140.0).abs() < 1e-3);
}

#[test]
fn text_rewrites_the_sounding_slot() {
    let mut rig = Rig::new(vec![]);
    rig.set(PROMPT_SLOT, 4.0);
    let before = rig.wait(0.01).texts_revision;
    rig.hand(PROMPT_TEXT, Change::Text(Arc::from("gold rain")));
    assert!(rig.wait(0.01).texts_revision > before);
    let banks = rig.texts.read();
    assert_eq!(banks.slot(0, 3).unwrap().peak.as_ref(), "gold rain");
    // Drawbars and walk move the sounding slot too, and the query follows.
    rig.set(PROMPT_WEIGHT_4, 0.0);
    rig.set(PROMPT_WEIGHT_7, 1.0);
    rig.wait(0.01);
    rig.hand(PROMPT_TEXT, Change::Text(Arc::from("silver rain")));
    rig.wait(0.01);
    assert_eq!(rig.texts.read().slot(0, 6).unwrap().calm.as_ref(), "silver rain");
    assert_eq!(rig.texts.sounding().as_ref(), "silver rain");
}

#[test]
fn triggers_fire_and_releases_do_not() {
    let mut rig = Rig::new(vec![]);
    rig.set(DREAM_CUT, 1.0);
    rig.set(DREAM_CUT, 0.0);
    let s = rig.wait(0.01);
    assert_eq!(s.triggers[DREAM_CUT.index()], 1);
    assert_eq!((s.event, s.image_event), (1, 1));
}

#[test]
fn what_hands_touched_goes_back_to_the_show() {
    let mut rig = Rig::new(vec![]);
    let settings = Settings { values: vec![(DREAM_STRENGTH, 0.6), (MORPH_SPEED, 2.0)], ..Settings::default() };
    rig.conductor.adopt(&settings);
    for (id, value) in [(DREAM_STRENGTH, 0.9), (LOOK_HUE, 90.0), (PROMPT_WEIGHT_3, 1.0), (TEMPO_BPM, 140.0)] {
        rig.set(id, value);
    }
    rig.hand(PARAM_RELEASE, Change::Text("dream.strength".into()));
    let one = rig.wait(0.1).base;
    assert_eq!((one[DREAM_STRENGTH], one[LOOK_HUE]), (0.6, 90.0));
    rig.hand(PARAM_RELEASE, Change::Set(1.0));
    let all = rig.wait(0.1).base;
    assert_eq!((all[LOOK_HUE], all[MORPH_SPEED]), (0.0, 2.0));
    assert_eq!((all[PROMPT_WEIGHT_3], all[TEMPO_BPM]), (1.0, 140.0), "what was played stays");
    // From now on the show has its say again.
    rig.conductor.adopt(&Settings { values: vec![(LOOK_HUE, -30.0)], ..settings });
    assert_eq!(rig.wait(0.1).base[LOOK_HUE], -30.0);
}

#[test]
fn a_bank_that_sounds_says_what_released_values_are() {
    let mut rig = Rig::new(vec![]);
    rig.set(PROMPT_BANK, 2.0);
    rig.set(PROMPT_SLOT, 1.0);
    rig.set(MORPH_SPEED, 8.0);
    rig.wait(0.1);
    rig.hand(PARAM_RELEASE, Change::Text("morph.speed".into()));
    assert_eq!(rig.wait(0.1).base[MORPH_SPEED], 4.0);
}

#[test]
fn a_reloaded_show_keeps_the_state_of_routes_that_did_not_change() {
    let route = |rate| {
        let mut route = Route::new(Signal::One, LOOK_HUE, 180.0);
        route.mode = Mode::Integrate(rate);
        route
    };
    let mut rig = Rig::new(vec![route(0.1), route(0.1)]);
    let before = rig.wait(3.0).effective[LOOK_HUE];
    assert!(before > 90.0, "{before}");
    rig.conductor.adopt(&Settings { routes: vec![route(0.2), route(0.1), route(0.1)], ..Settings::default() });
    let after = rig.wait(0.01).effective[LOOK_HUE];
    assert!((after - before).abs() < 2.0, "{before} became {after}");
    rig.conductor.adopt(&Settings { routes: vec![route(0.3), route(0.1)], ..Settings::default() });
    assert!(rig.wait(0.01).effective[LOOK_HUE] < 0.6 * before, "a changed route starts anew");
}

#[test]
fn the_slot_that_a_show_opens_with_is_no_hand() {
    let mut settings = Settings::default();
    settings.values.push((PROMPT_SLOT, 3.0));
    let conductor = Conductor::new(&settings, TextBoard::new(Banks::default()), Tempo::new(Bpm(120.0)));
    assert!(!conductor.auto.is_away(), "self-play need not wait sixteen bars");
}
