//! What lands on the grid: waiting presses, punch-ins, the offset, phrases.

use super::*;

#[test]
fn what_waits_for_the_grid_is_asked_for_early() {
    let mut rig = Rig::new(vec![]);
    rig.set(PROMPT_GLIDE, 0.0);
    rig.set(PROMPT_QUANTISE, 2.0);
    rig.conductor.set_image_latency(0.3, 0.3);
    rig.wait(4.7);
    let pressed = |s: &Snapshot| (s.triggers[PROMPT_SLOT.index()], s.slot);
    let before = pressed(rig.conductor.snapshot());
    rig.set(PROMPT_SLOT, 3.0);
    // The bar begins at 6.0 s; the generator is asked at 5.7 s, the wall waits for beat 12.
    assert_eq!(pressed(&rig.wait(0.98)), before);
    let asked = rig.wait(0.04);
    assert_eq!(pressed(&asked), (before.0 + 1, 3));
    assert!((asked.due_beats - 12.0).abs() < 1e-6 && asked.due_event == asked.image_event, "{}", asked.due_beats);
    assert!((asked.mix[2] - 1.0).abs() < 1e-6);
    rig.wait(1.0);
    // Pressed again: now.
    rig.set(PROMPT_SLOT, 5.0);
    assert_eq!(pressed(&rig.wait(0.2)), (before.0 + 1, 3));
    rig.set(PROMPT_SLOT, 5.0);
    let now = rig.wait(0.01);
    assert_eq!(pressed(&now), (before.0 + 2, 5));
    assert_eq!(now.due_beats, f64::NEG_INFINITY);
    // A press just after the bar meant that bar; a cut waits, too, and panic forgets what waits.
    rig.wait(8.02 - rig.now.0);
    rig.set(PROMPT_SLOT, 6.0);
    assert_eq!(pressed(&rig.wait(0.01)), (before.0 + 3, 6));
    rig.wait(0.5);
    let cuts = rig.conductor.snapshot().triggers[DREAM_CUT.index()];
    rig.set(DREAM_CUT, 1.0);
    assert_eq!(rig.wait(0.1).triggers[DREAM_CUT.index()], cuts);
    rig.set(MASTER_PANIC, 1.0);
    assert_eq!(rig.wait(3.0).triggers[DREAM_CUT.index()], cuts);
}

#[test]
fn a_held_pad_comes_back_when_it_is_let_go() {
    let mut rig = Rig::new(vec![]);
    rig.set(PROMPT_GLIDE, 0.0);
    let tap = |rig: &mut Rig, slot: f32, seconds: f64| {
        rig.set(PROMPT_SLOT, slot);
        rig.wait(seconds);
        rig.hand(PROMPT_SLOT, Change::Release(slot));
        let s = rig.wait(0.01);
        (s.slot, s.base[PROMPT_SLOT] as usize)
    };
    assert_eq!(tap(&mut rig, 3.0, 0.1), (3, 3), "a short press stays");
    assert_eq!(tap(&mut rig, 5.0, 0.8), (3, 3), "a held one returns");
    // Another pad while one is held: the newer finger counts, and returns to the older one's slot.
    rig.set(PROMPT_SLOT, 6.0);
    rig.wait(0.6);
    assert_eq!(tap(&mut rig, 7.0, 0.6), (6, 6));
    rig.hand(PROMPT_SLOT, Change::Release(6.0));
    assert_eq!(rig.wait(0.01).slot, 3, "the last finger goes home");
    // From finger to finger: the older one goes first.
    rig.set(PROMPT_SLOT, 6.0);
    rig.wait(0.6);
    rig.set(PROMPT_SLOT, 7.0);
    rig.wait(0.3);
    rig.hand(PROMPT_SLOT, Change::Release(6.0));
    assert_eq!(rig.wait(0.3).slot, 7);
    rig.hand(PROMPT_SLOT, Change::Release(7.0));
    assert_eq!(rig.wait(0.01).slot, 3);
    // A sender that cannot say which.
    rig.set(PROMPT_SLOT, 2.0);
    rig.wait(0.6);
    rig.hand(PROMPT_SLOT, Change::Release(0.0));
    assert_eq!(rig.wait(0.01).slot, 3);
    // Drawbars come back as they were.
    rig.set(PROMPT_WEIGHT_1, 1.0);
    let mixed = rig.wait(0.1).mix;
    assert!(mixed[0] > 0.4 && mixed[2] > 0.4, "{mixed:?}");
    tap(&mut rig, 4.0, 0.6);
    assert_eq!(rig.wait(0.1).mix, mixed);
    // Let go before its beat has come: a press like any other.
    rig.set(PROMPT_QUANTISE, 3.0);
    let away = rig.conductor.clock().at(rig.now);
    let to_line = 16.0 - (f64::from(away.beat_in_bar) + away.phase + 4.0 * away.bar as f64).rem_euclid(16.0);
    if to_line < 4.0 {
        rig.wait(to_line / 2.0 + 0.2);
    }
    tap(&mut rig, 8.0, 0.7);
    assert_eq!(rig.wait(8.0).slot, 8);
}

#[test]
fn the_offset_moves_what_lands_on_the_wall_and_never_back_in_time() {
    let mut rig = Rig::new(vec![]);
    rig.set(PROMPT_GLIDE, 0.0);
    rig.set(PROMPT_QUANTISE, 2.0);
    rig.set(TEMPO_OFFSET, -200.0);
    let s = rig.wait(4.7);
    assert!((s.music_at(rig.now).0 - rig.now.0 - 0.2).abs() < 0.003, "{}", s.effective[TEMPO_OFFSET]);
    rig.set(PROMPT_SLOT, 3.0);
    // The bar begins at 6.0 s; a projector 200 ms late gets it at 5.8 s.
    assert_eq!(rig.wait(1.05).slot, 1);
    let asked = rig.wait(0.1);
    assert_eq!((asked.slot, asked.due_beats), (3, 12.0));
    assert!((asked.image_event_at.0 - 5.8).abs() < 0.003, "{}", asked.image_event_at.0);
    let mut before = Seconds(f64::NEG_INFINITY);
    rig.set(TEMPO_OFFSET, 250.0);
    for _ in 0..2000 {
        let music = rig.wait(TICK_S).music_at(rig.now);
        assert!(music > before);
        before = music;
    }
}

#[test]
fn phrases_of_the_track_move_routes_and_call_the_slots() {
    use crate::tempo::{Collection, DeckPlace, Phrase, PhraseKind, Track};
    let coming =
        Route::new(Signal::Form(FormSignal::all().find(|(_, n)| n == "phrase.coming").unwrap().0), MOTION_ZOOM, 1.0);
    let chorus = Route::new(Signal::Form(FormSignal::Kind(PhraseKind::Chorus)), LOOK_CONTRAST, 0.5);
    let mut turns = Route::new(Signal::One, MOTION_ROTATE, 0.5);
    (turns.mode, turns.on) = (Mode::Toggle, RouteTrigger::Phrase);
    let through = Route::new(Signal::Track, LOOK_TREMBLE, 1.0);
    let routes = vec![coming, chorus, turns, through];
    let mut rig = Rig::new(routes.clone());
    let mut banks = (*rig.texts.read()).clone();
    banks.banks[1].phrases = vec![PhraseKind::Chorus];
    rig.texts.reload(banks);
    rig.conductor.adopt(&Settings { routes, ..Settings::default() });
    let phrase = |beat, kind| Phrase { beat, kind, fill_beat: None };
    let phrases = vec![phrase(1, PhraseKind::Intro), phrase(33, PhraseKind::Chorus)];
    let track = Track { phrases, end_beat: 65, ..Track::default() };
    rig.conductor.know(std::sync::Arc::new(Collection([(9, track)].into())));
    rig.set(PROMPT_GLIDE, 0.0);
    rig.set(SCENE_AUTO, 1.0);
    rig.conductor.set_image_latency(0.3, 0.3);
    // Beat n of the track is beat n of the clock: the chorus begins at 16.5 s.
    let play_until = |rig: &mut Rig, until: f64| {
        while rig.now.0 < until - 1e-9 {
            let beat = rig.conductor.clock().at(rig.now).beats.floor() as u32;
            let place = (beat > 0).then_some(DeckPlace { track_id: 9, bpm: None, beat });
            rig.conductor.hear_deck(rig.now, place);
            rig.wait(0.1);
        }
        *rig.conductor.snapshot()
    };
    let early = play_until(&mut rig, 8.0);
    assert_eq!((early.effective[MOTION_ZOOM], early.effective[LOOK_CONTRAST], early.bank), (0.0, 1.0, 1));
    let near = play_until(&mut rig, 14.5);
    assert!((near.effective[MOTION_ZOOM] - 0.75).abs() < 0.02, "{}", near.effective[MOTION_ZOOM]);
    assert_eq!(play_until(&mut rig, 16.1).bank, 1);
    let asked = play_until(&mut rig, 16.3);
    assert_eq!((asked.bank, asked.due_beats), (2, 33.0), "asked early, due on the line");
    let on = play_until(&mut rig, 17.0);
    assert_eq!((on.effective[LOOK_CONTRAST], on.effective[MOTION_ROTATE]), (1.5, 0.0), "two phrases have begun");
    // 33 of 64 beats; a CDJ-3000's own needle knows better, until it falls silent.
    assert!((on.effective[LOOK_TREMBLE] - 33.0 / 64.0).abs() < 0.02, "{}", on.effective[LOOK_TREMBLE]);
    rig.conductor.hear_deck_position(rig.now, 0.8);
    assert!((rig.wait(1.0).effective[LOOK_TREMBLE] - 0.8).abs() < 1e-6);
    assert_eq!(rig.wait(3.0).effective[LOOK_TREMBLE], 0.0, "nobody tells");
}
