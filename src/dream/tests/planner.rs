//! The planner without a model: what it asks for, and what it makes of what it gets.

use super::super::maker::ImageRequest;
use super::super::pace::Pace;
use super::super::planner::{ImagePlanner, Means, Plan};
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
        let bank = Bank { name: "one".into(), slots, sections: vec![], phrases: vec![], values: vec![] };
        let banks = Banks { banks: vec![bank], negative: "".into(), revision: 0 };
        let stills = Stills::default();
        let config = DreamConfig {
            width_px: 8,
            height_px: 8,
            texts: TextBoard::new(banks.clone()),
            stills: stills.clone(),
            sequence: Sequence::default(),
            image: None,
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
                Plan::Still(plan) => self.planner.keep_still(plan, grey(), self.now),
                Plan::Rest | Plan::Again(_) | Plan::Encode => panic!("no image"),
            }
        }
    }
}

#[test]
fn the_first_image_is_fresh_and_the_next_start_from_it() {
    let mut planning = Planning::new();
    let (first, frame) = planning.image();
    assert!(first.init.is_none() && first.strength == 1.0 && frame.arrival == Arrival::Cut);
    let (second, frame) = planning.image();
    assert_eq!(frame.arrival, Arrival::Stream);
    assert_eq!((second.init.map(|picture| picture.rgb[0]), second.strength), (Some(0.5), 0.4));
    planning.snapshot.effective[param::DREAM_SOURCE] = 1.0;
    let (walk, _) = planning.image();
    assert!(walk.init.is_none() && walk.strength == 1.0, "a walk starts from noise alone");
}

#[test]
fn stills_and_images_take_turns_until_every_slot_has_its_own() {
    let mut planning = Planning::new();
    for _ in 0..2 * SLOTS {
        planning.image();
    }
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
        assert!(plan.request.strength == 1.0 && plan.request.seed != before.seed);
    }
    assert_eq!(planning.image().1.arrival, Arrival::Cut);
    assert_eq!(planning.image().0.strength, 0.4, "once");
}

#[test]
fn a_rejected_image_gives_way_to_the_one_before_as_the_camera_had_it() {
    let mut planning = Planning::new();
    let (_, first) = planning.image();
    planning.snapshot.content = planning.snapshot.content.moved(Affine::translation(0.5, 0.0));
    planning.image();
    planning.snapshot.triggers[param::DREAM_REJECT.index()] += 1;
    let Plan::Again(frame) = planning.plan() else { panic!("the one before") };
    assert_eq!((frame.seed, frame.pose, frame.steps), (first.seed, first.pose, 0));
}
