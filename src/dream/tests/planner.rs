//! The planner without a model: what it asks for, and what it makes of what it gets.

use super::super::maker::ImageRequest;
use super::super::pace::Pace;
use super::super::planner::{ImagePlanner, Means, Plan};
use super::super::seeds::SeedPosition;
use super::*;
use crate::frame::{Affine, Arrival};

struct Planning {
    planner: ImagePlanner,
    banks: Banks,
    tempo: Tempo,
    now: Seconds,
    snapshot: Snapshot,
    stills: Stills,
}

impl Planning {
    fn new() -> Self {
        let slots = std::array::from_fn(|k| Slot::plain(format!("moon {k}")));
        let bank =
            Bank { name: "one".into(), slots, sections: vec![], phrases: vec![], values: vec![], palette: vec![] };
        let banks = Banks { banks: vec![bank], negative: "".into(), revision: 0 };
        let stills = Stills::default();
        let config = DreamConfig {
            width_px: 8,
            height_px: 8,
            texts: TextBoard::new(banks.clone()),
            stills: stills.clone(),
            still_files: None,
            sequence: Sequence::default(),
            image: None,
            models: None,
            guides: [].into(),
            mask: None,
            overlays: [Overlay::new(&image::RgbaImage::from_pixel(4, 4, image::Rgba([255; 4])), 8, 8)].into(),
            drift_correction: false,
            cost: None,
        };
        let mut snapshot = Snapshot::default();
        snapshot.effective[param::DREAM_STRENGTH] = 0.4;
        let (planner, tempo) = (ImagePlanner::new(&config), Tempo::new(Bpm(120.0)));
        Self { planner, banks, tempo, now: Seconds(0.0), snapshot, stills }
    }

    fn plan(&mut self) -> Plan {
        self.now = self.now.after(0.25);
        self.tempo.step(self.now);
        let means = Means { pace: &Pace::default(), has_text_to_encode: &|| false };
        self.planner.plan(&self.snapshot, &self.banks, &self.tempo.clock(), self.now, &means)
    }

    /// Plays the maker, whose pictures are grey, until the stream has its next image: what it was asked for, and its frame.
    fn image(&mut self) -> (ImageRequest, Frame) {
        let grey = || Picture::new(8, 8, vec![0.5; 3 * 64]);
        loop {
            match self.plan() {
                Plan::Image(plan) => {
                    let frame = self.planner.keep_image(&plan, grey(), self.now);
                    return (plan.request, frame);
                }
                Plan::Still(plan) => {
                    let still = Still::new(&grey(), plan.how.seed_of(&plan.text), plan.how.steps);
                    self.planner.keep_still(plan, &self.banks, still, self.now);
                }
                Plan::Rest | Plan::Again(_) | Plan::Encode => panic!("no image"),
            }
        }
    }
}

#[test]
fn the_first_image_is_fresh_and_the_next_start_from_it() {
    let mut planning = Planning::new();
    let (first, frame) = planning.image();
    assert!(first.start.init.is_none() && first.start.strength == 1.0 && frame.arrival == Arrival::Cut);
    let (second, frame) = planning.image();
    assert_eq!(frame.arrival, Arrival::Stream);
    assert_eq!((second.start.init.map(|picture| picture.rgb[0]), second.start.strength), (Some(0.5), 0.4));
    planning.snapshot.effective[param::DREAM_SOURCE] = 1.0;
    let (walk, _) = planning.image();
    assert!(walk.start.init.is_none() && walk.start.strength == 1.0, "a walk starts from noise alone");
}

#[test]
fn a_still_is_made_after_every_two_images_until_every_text_has_its_own() {
    let mut planning = Planning::new();
    for _ in 0..2 * SLOTS {
        planning.image();
    }
    assert_eq!(planning.stills.progress(&planning.banks), (SLOTS - 1, SLOTS), "a third of what is made");
    planning.image();
    assert_eq!(planning.stills.progress(&planning.banks), (SLOTS, SLOTS));
    planning.snapshot.effective[param::DREAM_HOLD] = 1.0;
    assert!(matches!(planning.plan(), Plan::Rest), "held, and nothing is missing");
}

#[test]
fn a_cut_is_asked_for_until_it_was_made() {
    let mut planning = Planning::new();
    let (before, _) = planning.image();
    planning.snapshot.triggers[param::DREAM_CUT.index()] += 1;
    for _ in 0..3 {
        // Nothing comes of the plan: cancelled, or broken.
        let Plan::Image(plan) = planning.plan() else { panic!("a cut waits for nothing") };
        assert!(plan.request.start.strength == 1.0 && plan.request.seed != before.seed);
    }
    assert_eq!(planning.image().1.arrival, Arrival::Cut);
    assert_eq!(planning.image().0.start.strength, 0.4, "once");
}

#[test]
fn a_rejected_image_gives_way_to_the_one_before_as_the_camera_had_it() {
    let mut planning = Planning::new();
    let (_, first) = planning.image();
    planning.snapshot.content = planning.snapshot.content.moved(Affine::translation(0.5, 0.0).into());
    planning.image();
    planning.snapshot.triggers[param::DREAM_REJECT.index()] += 1;
    let Plan::Again(frame) = planning.plan() else { panic!("the one before") };
    assert_eq!((frame.seed, frame.pose, frame.steps), (first.seed, first.pose, 0));
}

#[test]
fn what_is_newly_wanted_is_drawn_anew_and_what_stays_is_not() {
    let mut planning = Planning::new();
    planning.image();
    assert_eq!(planning.image().0.start.strength, 0.4);
    planning.snapshot.mix = std::array::from_fn(|k| if k == 4 { 1.0 } else { 0.0 });
    assert_eq!(planning.image().0.start.strength, 1.0, "another prompt");
    assert_eq!(planning.image().0.start.strength, 0.4, "once");
    // Half of the way: as much as is new, and what the image did not pay stays owed.
    (planning.snapshot.mix[4], planning.snapshot.mix[5]) = (0.8, 0.2);
    let some = planning.image().0.start.strength;
    assert!(some > 0.5 && some < 1.0, "{some}");
    let rest = planning.image().0.start.strength;
    assert!(rest > 0.4 && rest < some, "{rest} after {some}");
    planning.snapshot.effective[param::PROMPT_PUSH] = 0.0;
    planning.snapshot.mix = std::array::from_fn(|k| if k == 1 { 1.0 } else { 0.0 });
    assert_eq!(planning.image().0.start.strength, 0.4, "unless nothing shall be pushed");
}

#[test]
fn a_show_opens_from_the_still_on_the_wall() {
    let mut planning = Planning::new();
    let still = Still::new(&Picture::new(8, 8, vec![0.25; 3 * 64]), 7, 4);
    planning.stills.put(&planning.banks, [("moon 0".into(), still)]);
    let (first, frame) = planning.image();
    assert_eq!((first.start.strength, frame.arrival), (0.4, Arrival::Stream));
    assert!(first.start.init.is_some_and(|init| (init.rgb[0] - 0.25).abs() < 0.01));
}

#[test]
fn content_moves_no_further_in_one_image_than_is_drawn_anew() {
    let mut planning = Planning::new();
    let steps: Vec<f32> = (0..3 * 64).map(|i| (i % 8) as f32 / 8.0).collect();
    let Plan::Image(first) = planning.plan() else { panic!("nothing else is missing yet") };
    planning.planner.keep_image(&first, Picture::new(8, 8, steps.clone()), planning.now);
    planning.snapshot.content = planning.snapshot.content.moved(Affine::translation(0.5, 0.0).into());
    let (next, frame) = planning.image();
    let init = next.start.init.unwrap();
    let most = init.rgb.iter().zip(&steps).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(most > 0.0 && most < 0.02, "half a picture to the right it would be a half: {most}");
    assert_eq!(frame.pose, planning.snapshot.content, "the wall has gone all the way");
}

/// Only in its mode, and only where images grow from one.
#[test]
fn a_melting_overlay_lies_in_what_images_grow_from() {
    let mut planning = Planning::new();
    planning.image();
    let mut start = |mode: f32, level: f32| {
        planning.snapshot.effective[param::OVERLAY_MODE] = mode;
        planning.snapshot.effective[param::OVERLAY_LEVEL] = level;
        planning.image().0.start.init.expect("feedback").rgb[27]
    };
    assert_eq!([start(0.0, 1.0), start(2.0, 0.0), start(2.0, 0.5)], [0.5, 0.5, 0.75]);
    planning.snapshot.effective[param::OVERLAY_SLOT] = 9.0;
    assert_eq!(planning.image().0.start.init.expect("feedback").rgb[27], 0.75, "past the last is the last");
}

/// An image that still waits for its beat is not what the hand rejects.
#[test]
fn a_rejection_means_what_is_on_the_wall() {
    let mut planning = Planning::new();
    let first = planning.image().1;
    let second = planning.image().1;
    let third = planning.image().1;
    planning.planner.sequence().show(second.sequence, second.seed);
    planning.snapshot.triggers[param::DREAM_REJECT.index()] += 1;
    let Plan::Again(back) = planning.plan() else { panic!("nothing came back") };
    assert_eq!((back.seed, back.arrival), (first.seed, Arrival::Cut));
    assert!(back.sequence > third.sequence);
}

#[test]
fn what_the_camera_exposes_grows_from_noise_where_borders_are_filled() {
    let mut planning = Planning::new();
    planning.image();
    planning.snapshot.effective[param::MOTION_BORDER] = 3.0;
    planning.snapshot.effective[param::DREAM_STRENGTH] = 0.9;
    assert!(planning.image().0.start.fresh.is_empty(), "nothing moved");
    // As far as a strength of 0.9 draws anew, and more than half a pixel of eight.
    let out = Affine::rotation([0.0; 2], 0.0, 0.5).into();
    planning.snapshot.content = planning.snapshot.content.moved(out);
    planning.snapshot.content = planning.snapshot.content.moved(Affine::translation(0.5, 0.0).into());
    let start = planning.image().0.start;
    assert!(start.fresh.is_empty() || start.fresh.len() == 64);
    planning.snapshot.effective[param::MOTION_BORDER] = 2.0;
    planning.snapshot.content = planning.snapshot.content.moved(out);
    assert!(planning.image().0.start.fresh.is_empty(), "mirrored borders stay as they are");
}

#[test]
fn seeds_follow_each_other_as_they_are_told() {
    let mut planning = Planning::new();
    planning.snapshot.effective[param::DREAM_SEED] = 100.0;
    let mut run = |behavior: f32| {
        planning.snapshot.effective[param::DREAM_SEEDS] = behavior;
        let seeds: [u64; 4] = std::array::from_fn(|_| planning.image().0.seed.low);
        seeds
    };
    assert_eq!(run(1.0), [100, 101, 102, 103], "iter");
    assert_eq!(run(2.0), [100; 4], "fixed");
    assert_eq!(run(4.0), [100, 102, 101, 103], "ladder");
    assert_eq!(run(5.0), [100, 101, 100, 101], "alternate");
    let random = run(3.0);
    assert!(random[0] == 100 && random[1] != random[2], "{random:?}");
    planning.snapshot.effective[param::DREAM_SUBSEED] = 7.0;
    planning.snapshot.effective[param::DREAM_SUBSEED_MIX] = 0.25;
    planning.snapshot.effective[param::DREAM_SEEDS] = 2.0;
    let SeedPosition { low, high, part } = planning.image().0.seed;
    assert_eq!((low, high, part), (100, 7, 0.25));
}
