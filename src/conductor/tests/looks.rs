//! Looks: stored, brought back over some beats, undone, morphed, and never against a hand.

use super::*;

/// At 120 bpm a beat is half a second.
const BEAT_S: f64 = 0.5;

/// A rig whose look 1 is bent and blue, and which plays something else.
fn rig() -> Rig {
    let mut rig = Rig::new(vec![]);
    rig.wait(1.0);
    rig.set(LOOK_BEND, 0.8);
    rig.set(LOOK_HUE, 100.0);
    rig.set(MOTION_ZOOM, 0.5);
    rig.set(PROMPT_SLOT, 4.0);
    rig.wait(1.0);
    rig.set(SCENE_STORE, 1.0);
    rig.set(LOOK_BEND, 0.0);
    rig.set(LOOK_HUE, 0.0);
    rig.set(MOTION_ZOOM, 0.0);
    rig.set(PROMPT_SLOT, 2.0);
    rig.set(SCENE_FADE, 4.0);
    rig.wait(1.0);
    rig
}

#[test]
fn a_look_comes_within_its_fade_and_back_undoes_it() {
    let mut rig = rig();
    rig.set(SCENE_RECALL, 1.0);
    let half = rig.wait(2.0 * BEAT_S);
    assert!((half.base[LOOK_BEND] - 0.4).abs() < 0.02, "{}", half.base[LOOK_BEND]);
    let there = rig.wait(2.5 * BEAT_S);
    assert_eq!((there.base[LOOK_BEND], there.base[LOOK_HUE], there.slot), (0.8, 100.0, 4));
    assert_eq!(there.looks, LooksShown { taken: 1, current: 1, asked: None });
    rig.set(SCENE_BACK, 1.0);
    let back = rig.wait(0.1);
    assert_eq!((back.base[LOOK_BEND], back.base[LOOK_HUE], back.slot), (0.0, 0.0, 2));
    rig.set(SCENE_BACK, 1.0);
    assert_eq!(rig.wait(0.1).base[LOOK_BEND], 0.8, "and once more");
}

#[test]
fn what_a_hand_touches_stays_with_the_hand() {
    let mut rig = rig();
    rig.set(LOOK_BEND, 0.1);
    rig.wait(0.3);
    rig.set(SCENE_RECALL, 1.0);
    rig.wait(BEAT_S);
    rig.set(LOOK_HUE, -50.0);
    let there = rig.wait(4.0 * BEAT_S);
    assert_eq!((there.base[LOOK_BEND], there.base[LOOK_HUE], there.base[MOTION_ZOOM]), (0.1, -50.0, 0.5));
    assert_eq!(there.base[MASTER_BRIGHTNESS], 1.0, "the master is no part of a look");
}

#[test]
fn a_mask_lets_a_look_move_one_group() {
    let mut rig = rig();
    rig.set(SCENE_MASK, 2.0);
    rig.set(SCENE_FADE, 0.0);
    rig.set(SCENE_RECALL, 1.0);
    let there = rig.wait(0.1);
    assert_eq!((there.base[MOTION_ZOOM], there.base[LOOK_BEND], there.slot), (0.5, 0.0, 2));
}

#[test]
fn a_taken_place_is_stored_by_asking_twice() {
    let mut rig = rig();
    rig.set(LOOK_BEND, 0.3);
    rig.set(SCENE_STORE, 1.0);
    assert_eq!(rig.wait(0.1).looks.asked, Some(1));
    assert_eq!(rig.wait(5.0).looks.asked, None, "too late");
    rig.set(SCENE_STORE, 1.0);
    rig.wait(1.0);
    rig.set(SCENE_STORE, 1.0);
    rig.set(LOOK_BEND, 0.0);
    rig.set(SCENE_FADE, 0.0);
    rig.wait(1.0);
    rig.set(SCENE_RECALL, 1.0);
    assert_eq!(rig.wait(0.1).base[LOOK_BEND], 0.3);
    for nowhere in [0.5, 17.0, -3.0, 99.0] {
        rig.set(SCENE_STORE, nowhere);
        rig.set(SCENE_RECALL, nowhere);
    }
    assert_eq!(rig.wait(0.1).looks.taken, 1);
    assert_eq!(rig.conductor.looks().1, 2, "stored twice");
}

#[test]
fn one_fader_morphs_between_two_looks() {
    let mut rig = rig();
    rig.set(SCENE_STORE, 2.0);
    rig.wait(1.0);
    for (part, bend) in [(0.5, 0.4), (1.0, 0.0), (0.0, 0.8)] {
        rig.set(SCENE_MORPH, part);
        assert!((rig.wait(0.1).base[LOOK_BEND] - bend).abs() < 0.001, "{part}");
    }
    rig.set(LOOK_BEND, 0.2);
    rig.set(SCENE_MORPH, 0.5);
    assert_eq!(rig.wait(0.1).base[LOOK_BEND], 0.2, "a hand is on it");
}

#[test]
fn a_picture_is_kept_with_its_seed_and_comes_back_with_it() {
    let mut rig = rig();
    rig.conductor.set_shown_seed(77);
    rig.set(DREAM_KEEP, 1.0);
    assert_eq!(rig.wait(0.1).looks, LooksShown { taken: 0b11, current: 2, asked: None }, "the first empty place");
    rig.conductor.set_shown_seed(78);
    rig.set(LOOK_HUE, 40.0);
    rig.wait(1.0);
    rig.set(SCENE_RECALL, 2.0);
    let there = rig.wait(5.0 * BEAT_S);
    assert_eq!((there.kept_seed, there.base[LOOK_HUE]), ((1, 77), 0.0));
    rig.set(SCENE_RECALL, 1.0);
    assert_eq!(rig.wait(0.1).kept_seed, (1, 77), "a look that was stored leaves the seed alone");
}
