//! Schedules in the conductor: hands take parameters out and give them back, the transport, prompts, and what a tick costs.

use std::time::Instant;

use super::*;
use crate::schedule::{Dialect, Facts, Schedule, TextSchedule};

const FACTS: Facts = Facts { frames: f64::INFINITY, seed: 1.0 };

fn schedule(text: &str) -> Arc<Schedule> {
    Schedule::parse(text, Dialect::Tolerant, &FACTS).unwrap().into()
}

fn held(text: &str) -> Arc<Schedule> {
    Schedule::parse(text, Dialect::Tolerant, &FACTS).unwrap().with_hold(true).into()
}

/// At 120 bpm, two beats a second.
fn rig(parameters: Vec<(Id, Arc<Schedule>)>) -> Rig {
    let mut rig = Rig::new(vec![]);
    let schedule = Schedules { parameters, ..Schedules::default() };
    rig.conductor.adopt(&Settings { schedule, ..Settings::default() });
    rig
}

#[test]
fn a_schedule_follows_the_beat_exactly_and_the_base_stays_the_hands() {
    let mut rig = rig(vec![(LOOK_HUE, schedule("0b:(0), 4b:(80)")), (MOTION_ZOOM, schedule("0:(12)"))]);
    let s = rig.wait(1.0);
    assert!((s.effective[LOOK_HUE] - 40.0).abs() < 0.1, "two of four beats: {}", s.effective[LOOK_HUE]);
    assert_eq!(s.base[LOOK_HUE], 0.0);
    assert_eq!(s.effective[MOTION_ZOOM], 12.0, "a schedule pushes harder than a hand, in a moment");
    assert!((s.effective[SCHEDULE_POSITION] - 0.5).abs() < 0.01, "half a bar");
}

#[test]
fn a_hand_takes_its_parameter_out_without_a_jump_and_release_glides_back() {
    let mut rig = rig(vec![(LOOK_HUE, schedule("0:(60)")), (LOOK_BEND, schedule("0:(0.5)"))]);
    rig.wait(0.5);
    // A fader that stands elsewhere does not take it: pickup compares with what plays.
    rig.hand(LOOK_HUE, Change::Knob(Turn::first(0.1)));
    assert_eq!(rig.wait(0.1).effective[LOOK_HUE], 60.0);
    // One step of an encoder goes on from what plays.
    rig.hand(LOOK_HUE, Change::Steps(1.0));
    let s = rig.wait(0.5);
    assert_eq!((s.effective[LOOK_HUE], s.effective[LOOK_BEND]), (62.0, 0.5), "the other goes on");
    assert_eq!(s.base[LOOK_HUE], 62.0);
    rig.set(LOOK_HUE, -60.0);
    rig.wait(1.0);
    rig.hand(PARAM_RELEASE, Change::Text("look.hue".into()));
    let on_the_way = rig.wait(0.5).effective[LOOK_HUE];
    assert!((-50.0..50.0).contains(&on_the_way), "{on_the_way}");
    assert_eq!(rig.wait(1.0).effective[LOOK_HUE], 60.0);
}

#[test]
fn the_transport_holds_rewinds_loops_and_goes_where_it_is_told() {
    let mut rig = rig(vec![(LOOK_HUE, schedule("0:(beat*10)"))]);
    rig.wait(2.0);
    rig.set(SCHEDULE_RUN, 0.0);
    let held = rig.wait(1.0).effective[LOOK_HUE];
    assert!((held - 40.0).abs() < 0.5, "{held}");
    rig.set(SCHEDULE_RUN, 1.0);
    rig.set(SCHEDULE_RATE, 2.0);
    let twice = rig.wait(1.0).effective[LOOK_HUE];
    assert!((twice - 80.0).abs() < 0.5, "{twice}");
    rig.set(SCHEDULE_RATE, 1.0);
    rig.set(SCHEDULE_REWIND, 1.0);
    let begun = rig.wait(0.5).effective[LOOK_HUE];
    assert!((begun - 10.0).abs() < 0.5, "{begun}");
    rig.set(SCHEDULE_POSITION, 2.0);
    let there = rig.wait(TICK_S).effective[LOOK_HUE];
    assert!((there - 80.0).abs() < 0.5, "{there}");
    rig.set(SCHEDULE_LOOP, 1.0);
    let looped = rig.wait(1.0).effective[LOOK_HUE];
    assert!(looped < 40.0, "{looped}");
}

#[test]
fn frames_follow_beats_or_seconds_and_begin_again() {
    let timelines = [
        Timeline { frames_per_beat: Some(10.0), frames: 15.0, ..Timeline::default() },
        Timeline { fps: 20.0, frames: 15.0, ..Timeline::default() },
    ];
    for timeline in timelines {
        let mut rig = rig(vec![]);
        let parameters = vec![(LOOK_HUE, schedule("0:(t)"))];
        let schedule = Schedules { parameters, timeline, ..Schedules::default() };
        rig.conductor.adopt(&Settings { schedule, ..Settings::default() });
        let s = rig.wait(1.0);
        assert!((s.effective[LOOK_HUE] - 5.0).abs() < 0.3, "twenty frames, of which fifteen are a round: {timeline:?}");
        assert!((s.frame.t - 5.0).abs() < 0.3 && s.frame.max_f == 14.0);
    }
}

#[test]
fn sound_and_controllers_play_schedules() {
    let mut rig = rig(vec![(LOOK_HUE, schedule("0:(100*cc74 + 10*energy)"))]);
    assert_eq!(rig.conductor.scheduled_controllers(), 1 << 74);
    rig.features.energy = 0.5;
    rig.conductor.hear_controller(74, 0.25);
    assert_eq!(rig.wait(0.1).effective[LOOK_HUE], 30.0);
}

#[test]
fn prompts_follow_their_keys() {
    let mut rig = rig(vec![(PROMPT_SLOT, held("0:(1), 2b:(3)")), (PROMPT_BANK, held("0:(1), 4b:(2)"))]);
    rig.set(PROMPT_GLIDE, 0.0);
    assert_eq!(rig.wait(0.5).slot, 1);
    let s = rig.wait(1.0);
    assert_eq!((s.bank, s.slot, s.mix[2]), (1, 3, 1.0));
    assert_eq!(s.triggers[PROMPT_SLOT.index()], 0, "no pad was pressed: the picture goes on from where it is");
    assert_eq!(rig.wait(1.0).bank, 2);
    // A pad takes over.
    rig.set(PROMPT_SLOT, 5.0);
    assert_eq!(rig.wait(1.0).slot, 5);

    let mut rig = self::rig(vec![]);
    let texts = TextSchedule::parse("0: \"a galaxy\", 2b: \"a nebula\"", Dialect::Tolerant, &FACTS).unwrap();
    let schedule = Schedules { texts: Some(texts.into()), ..Schedules::default() };
    rig.conductor.adopt(&Settings { schedule, ..Settings::default() });
    let text = |rig: &Rig| rig.texts.read().banks[0].slots[0].calm.to_string();
    let before = rig.wait(0.1).image_event;
    assert_eq!(text(&rig), "a galaxy");
    assert!(rig.wait(1.1).image_event > before);
    assert_eq!(text(&rig), "a nebula");
}

#[test]
fn weights_are_played_as_drawbars() {
    let mut rig = rig(vec![(PROMPT_WEIGHT_1, schedule("0:(1), 4b:(0)")), (PROMPT_WEIGHT_2, schedule("0:(0), 4b:(1)"))]);
    let s = rig.wait(1.0);
    assert!((s.mix[0] - 0.5).abs() < 0.01 && (s.mix[1] - 0.5).abs() < 0.01, "{:?}", s.mix);
}

#[test]
fn what_is_no_number_holds_the_last_one_and_a_reload_keeps_the_place() {
    let mut rig = rig(vec![(LOOK_HUE, schedule("0:(where(beat<1, 30, 0/0))"))]);
    assert_eq!(rig.wait(0.2).effective[LOOK_HUE], 30.0);
    assert_eq!(rig.wait(1.0).effective[LOOK_HUE], 30.0);
    rig.conductor.schedule_parameter(LOOK_HUE, schedule("0:(beat)"));
    let s = rig.wait(TICK_S);
    assert!((s.effective[LOOK_HUE] - 2.4).abs() < 0.1, "an edit does not rewind: {}", s.effective[LOOK_HUE]);
    rig.hand(SCHEDULE_CLEAR, Change::Text("look.hue".into()));
    assert_eq!(rig.wait(1.0).effective[LOOK_HUE], 0.0);
}

#[test]
fn what_is_scheduled_live_comes_back_from_under_a_hand() {
    let mut rig = rig(vec![]);
    rig.set(LOOK_HUE, 90.0);
    rig.wait(0.5);
    rig.conductor.schedule_parameter(LOOK_HUE, schedule("0:(30)"));
    let s = rig.wait(TICK_S);
    assert!(s.effective[LOOK_HUE] > 80.0, "it glides: {}", s.effective[LOOK_HUE]);
    assert_eq!(rig.wait(1.5).effective[LOOK_HUE], 30.0);
    rig.hand(PROMPT_TEXT, Change::Text("my own".into()));
    rig.wait(0.1);
    let texts = TextSchedule::parse("0: \"a galaxy\"", Dialect::Tolerant, &FACTS).unwrap();
    rig.conductor.schedule_texts(texts.into());
    rig.wait(0.1);
    assert_eq!(rig.texts.read().banks[0].slots[0].calm.as_ref(), "a galaxy");
}

#[test]
fn panic_stills_a_scheduled_camera() {
    let mut rig = rig(vec![(MOTION_DOLLY, schedule("0:(1)")), (MOTION_PAN, schedule("0:(90)"))]);
    assert_eq!(rig.wait(0.1).effective[MOTION_DOLLY], 1.0);
    rig.set(MASTER_PANIC, 1.0);
    let s = rig.wait(TICK_S);
    assert_eq!((s.effective[MOTION_DOLLY], s.effective[MOTION_PAN]), (0.0, 0.0));
}

/// Forty parameters, each with a schedule of its own.
fn forty() -> Rig {
    let written = [
        "0: (1.0025+0.002*sin(1.25*3.14*t/30))",
        "0:(0.65), 25:(0.55), 4b:(0.6)",
        "0:(0.25 * cos((72 / 60 * 3.141 * (t + 0) / 30))**13 + 0.7)",
        "0:(0.2*sin(6.28*beat/8)+0.1*kick)",
    ];
    let ids = Id::all().filter(|id| can_be_scheduled(*id) && !PROMPT_WEIGHTS.contains(id) && id.row().range().1 > 0.0);
    let ids = ids.filter(|id| !["prompt.slot", "prompt.bank"].contains(&id.row().id));
    rig(ids.take(40).enumerate().map(|(k, id)| (id, schedule(written[k % 4]))).collect())
}

#[test]
fn forty_schedules_allocate_nothing() {
    let mut rig = forty();
    rig.wait(0.1);
    assert_no_alloc::assert_no_alloc(|| {
        for _ in 0..500 {
            rig.now = rig.now.after(TICK_S);
            rig.conductor.step(rig.now, &rig.features);
        }
    });
}

/// `cargo test --lib what_forty_schedules_cost -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn what_forty_schedules_cost() {
    let mut cost_us = [rig(vec![]), forty()].map(|mut rig| {
        rig.wait(0.5);
        let mut each: Vec<f64> = (0..5000)
            .map(|_| {
                rig.now = rig.now.after(TICK_S);
                let began = Instant::now();
                rig.conductor.step(rig.now, &rig.features);
                began.elapsed().as_secs_f64() * 1e6
            })
            .collect();
        each.sort_by(f64::total_cmp);
        each[each.len() / 2]
    });
    cost_us[1] -= cost_us[0];
    println!("a tick without schedules {:.2} us; forty add {:.2} us", cost_us[0], cost_us[1]);
}

#[test]
fn what_images_obey_is_told_ahead_by_as_long_as_an_image_takes() {
    let mut rig = rig(vec![(DREAM_STRENGTH, held("0:(0.2), 4b:(0.8)")), (LOOK_BEND, held("0:(0), 4b:(1)"))]);
    rig.conductor.set_image_latency(0.5, 0.5);
    let s = rig.wait(1.6);
    assert_eq!((s.effective[DREAM_STRENGTH], s.effective[LOOK_BEND]), (0.8, 0.0), "an image of now shows at beat 4.2");
    assert_eq!(rig.wait(0.5).effective[LOOK_BEND], 1.0);
    rig.set(SCHEDULE_RUN, 0.0);
    rig.set(SCHEDULE_POSITION, 0.75);
    assert_eq!(rig.wait(0.1).effective[DREAM_STRENGTH], 0.2, "what stands has no ahead");
}

#[test]
fn the_schedules_bars_are_the_musics() {
    let mut rig = rig(vec![(LOOK_HUE, schedule("0:(10*bar_phase)"))]);
    rig.wait(2.25);
    let bar_phase =
        |rig: &Rig, s: &Snapshot| (s.effective[LOOK_HUE], 10.0 * rig.conductor.clock().at(rig.now).bar_phase() as f32);
    rig.set(TEMPO_RESYNC, 1.0);
    let s = rig.wait(0.6);
    let (ours, musics) = bar_phase(&rig, &s);
    assert!((ours - musics).abs() < 0.1, "{ours}, the music's {musics}");
    // A transport that is held stays where it is.
    rig.set(SCHEDULE_RUN, 0.0);
    let held = rig.wait(0.1).effective[SCHEDULE_POSITION];
    rig.wait(0.7);
    rig.set(TEMPO_RESYNC, 1.0);
    assert_eq!(rig.wait(0.1).effective[SCHEDULE_POSITION], held);
}

#[test]
fn seconds_do_not_jump_when_the_tempo_or_the_bar_does() {
    let mut rig = rig(vec![(LOOK_HUE, schedule("0s:(0), 100s:(100)"))]);
    rig.wait(20.0);
    rig.set(TEMPO_BPM, 180.0);
    rig.wait(0.3);
    rig.set(TEMPO_RESYNC, 1.0);
    let hue = rig.wait(0.1).effective[LOOK_HUE];
    assert!((19.0..22.0).contains(&hue), "{hue}");
}

#[test]
fn what_comes_after_the_loops_end_is_its_beginning_for_images_too() {
    let mut rig = rig(vec![(DREAM_STRENGTH, held("0:(0.2), 4b:(0.8), 8b:(1)"))]);
    rig.conductor.set_image_latency(0.5, 0.5);
    rig.set(SCHEDULE_LOOP, 2.0);
    assert_eq!(rig.wait(3.4).effective[DREAM_STRENGTH], 0.8);
    assert_eq!(rig.wait(0.4).effective[DREAM_STRENGTH], 0.2, "the image will be there after the loop's end");
}

#[test]
fn a_look_is_what_plays_and_comes_from_there() {
    let mut rig = rig(vec![(LOOK_HUE, schedule("0:(60)"))]);
    rig.set(SCENE_FADE, 4.0);
    rig.wait(0.2);
    rig.set(SCENE_STORE, 1.0);
    rig.set(LOOK_HUE, -60.0);
    rig.wait(0.2);
    rig.hand(PARAM_RELEASE, Change::Text("look.hue".into()));
    rig.wait(2.0);
    rig.set(SCENE_RECALL, 1.0);
    for _ in 0..10 {
        let hue = rig.wait(0.3).effective[LOOK_HUE];
        assert!((hue - 60.0).abs() < 0.01, "it was stored as it played: {hue}");
    }
}

#[test]
fn a_text_that_a_hand_wrote_stays_until_it_is_given_back() {
    let mut rig = rig(vec![]);
    let texts = TextSchedule::parse("0: \"a galaxy\", 2b: \"a nebula\"", Dialect::Tolerant, &FACTS).unwrap();
    let schedule = Schedules { texts: Some(texts.into()), ..Schedules::default() };
    rig.conductor.adopt(&Settings { schedule, ..Settings::default() });
    let text = |rig: &Rig| rig.texts.read().banks[0].slots[0].calm.to_string();
    rig.wait(0.1);
    rig.hand(PROMPT_TEXT, Change::Text("a cat".into()));
    rig.wait(1.5);
    assert_eq!(text(&rig), "a cat");
    rig.set(PARAM_RELEASE, 1.0);
    rig.wait(0.1);
    assert_eq!(text(&rig), "a nebula");
    rig.hand(SCHEDULE_CLEAR, Change::Text("prompt.text".into()));
    assert_eq!(rig.wait(0.1).slot, 1);
}
