//! The dreamer with the small test model: what it does with pictures that are no pictures, and with a time budget.

use std::path::Path;

use super::*;
use crate::diffusion::{LoadOptions, Pipeline};
use crate::frame::Frame;
use crate::param::{self, Snapshot};
use crate::tempo::Tempo;
use crate::units::{Bpm, Seconds};

mod planner;

struct Rig {
    dreamer: Dreamer,
    stills: Stills,
    texts: TextBoard,
    tempo: Tempo,
    now: Seconds,
    snapshot: Snapshot,
}

fn tiny() -> Pipeline {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/diffusion/tiny");
    Pipeline::load(&model, &LoadOptions::default()).unwrap()
}

impl Rig {
    fn new(cost: Option<Cost>) -> Self {
        Self::keeping(cost, None)
    }

    /// With stills on disk.
    fn keeping(cost: Option<Cost>, still_files: Option<StillFiles>) -> Self {
        let pipeline = tiny();
        let slots = std::array::from_fn(|k| Slot::plain(format!("moon {k}")));
        let bank =
            Bank { name: "one".into(), slots, sections: vec![], phrases: vec![], values: vec![], palette: vec![] };
        let texts = TextBoard::new(Banks { banks: vec![bank], negative: "".into(), revision: 0 });
        let stills = Stills::default();
        let config = DreamConfig {
            width_px: 64,
            height_px: 64,
            texts: texts.clone(),
            stills: stills.clone(),
            still_files,
            sequence: Sequence::default(),
            image: None,
            models: None,
            guides: [].into(),
            mask: None,
            overlays: Default::default(),
            drift_correction: true,
            cost,
        };
        let mut snapshot = Snapshot { bank: 1, slot: 1, ..Snapshot::default() };
        snapshot.mix[0] = 1.0;
        snapshot.effective[param::DREAM_STRENGTH] = 0.5;
        let tempo = Tempo::new(Bpm(120.0));
        Self { dreamer: Dreamer::new(pipeline, config), stills, texts, tempo, now: Seconds(0.0), snapshot }
    }

    /// One step a quarter of a second later.
    fn step(&mut self) -> Result<Option<Frame>, DreamError> {
        self.now = self.now.after(0.25);
        self.tempo.step(self.now);
        let now = self.now;
        self.dreamer.step(&self.snapshot, &self.tempo.clock(), &|| now, &|| false)
    }

    /// The next image of the stream, or why there is none.
    fn image(&mut self) -> Result<Frame, DreamError> {
        loop {
            if let Some(frame) = self.step()? {
                return Ok(frame);
            }
        }
    }

    fn made(&self) -> usize {
        self.stills.progress(&self.texts.read()).0
    }
}

fn mean(frame: &Frame) -> f32 {
    frame.pixels.iter().map(|v| f32::from(*v)).sum::<f32>() / frame.pixels.len() as f32
}

#[test]
fn the_stream_goes_on_from_the_last_good_picture() {
    let (mut good, mut hurt) = (Rig::new(None), Rig::new(None));
    for rig in [&mut good, &mut hurt] {
        // Every still first, so that from here on each step is an image.
        while rig.made() < SLOTS {
            rig.step().unwrap();
        }
        rig.snapshot.effective[param::DREAM_TRAVEL] = 0.0;
        rig.image().unwrap();
        rig.image().unwrap();
    }
    hurt.dreamer.spoil(3);
    let errors = (0..3).map(|_| hurt.image().unwrap_err()).collect::<Vec<_>>();
    assert!(errors.iter().all(DreamError::is_not_finite), "{errors:?}");
    let (expected, after) = (good.image().unwrap(), hurt.image().unwrap());
    assert!(mean(&after) > 70.0, "no black picture: {}", mean(&after));
    assert_eq!(after.seed, expected.seed);
    assert_eq!(after.pixels, expected.pixels, "as if the broken ones had never been");
}

#[test]
fn a_broken_still_is_not_kept_and_not_made_again_at_once() {
    let mut rig = Rig::new(None);
    rig.image().unwrap();
    rig.image().unwrap();
    rig.dreamer.spoil(1);
    assert!(rig.step().unwrap_err().is_not_finite(), "the still of the slot under the hand");
    let broken_at = rig.now;
    assert_eq!(rig.made(), 0);
    while rig.now.since(broken_at) < 9.0 {
        rig.step().unwrap();
    }
    assert_eq!(rig.made(), SLOTS - 1, "all but the broken one");
    assert!(rig.stills.get(&rig.texts.read(), (0, 0), 0.0).is_none());
    while rig.now.since(broken_at) < 12.0 {
        rig.step().unwrap();
    }
    assert_eq!(rig.made(), SLOTS, "tried again after a while");
}

#[test]
fn a_cut_that_came_out_broken_is_still_a_cut() {
    let mut rig = Rig::new(None);
    let first = rig.image().unwrap();
    rig.snapshot.triggers[param::DREAM_CUT.index()] += 1;
    rig.dreamer.spoil(1);
    assert!(rig.step().is_err());
    let cut = rig.image().unwrap();
    assert_eq!(cut.arrival, crate::frame::Arrival::Cut);
    assert!(cut.seed != first.seed && cut.strength == 1.0);
}

#[test]
fn in_virtual_time_the_given_cost_holds() {
    let mut rig = Rig::new(Some(Cost { step_s: 0.05, rest_s: 0.05 }));
    for (budget_ms, guidance, steps) in
        [(250.0, 1.0, 4), (100.0, 1.0, 1), (250.0, 2.0, 2), (2000.0, 1.0, 16), (0.0, 1.0, 3)]
    {
        rig.snapshot.effective[param::DREAM_BUDGET] = budget_ms;
        rig.snapshot.effective[param::DREAM_GUIDANCE] = guidance;
        rig.snapshot.effective[param::DREAM_STEPS] = 3.0;
        assert_eq!(rig.image().unwrap().steps, steps, "{budget_ms} ms, guidance {guidance}");
    }
}

#[test]
fn a_still_is_kept_for_the_next_show_and_not_made_again() {
    let (model, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let rig = || {
        let files = StillFiles::open(model.path(), "weights", Some(cache.path()), (64, 64), "".into());
        Rig::keeping(None, Some(files))
    };
    let mut first = rig();
    while first.made() == 0 {
        first.step().unwrap();
    }
    let mut second = rig();
    second.image().unwrap();
    second.image().unwrap();
    second.dreamer.spoil(1);
    assert!(second.step().is_ok_and(|frame| frame.is_none()), "read: what is made now would be spoilt");
    assert_eq!(second.made(), 1);
    let still = |rig: &Rig| rig.stills.get(&rig.texts.read(), (0, 0), 0.0).unwrap();
    let (made, read) = (still(&first), still(&second));
    assert_eq!((made.seed, made.width_px), (read.seed, read.width_px));
    let off: u32 = std::iter::zip(&*made.pixels, &*read.pixels).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    assert!((off as usize) < 4 * made.pixels.len(), "the same picture, as a JPEG keeps it");
}

#[test]
fn what_is_drawn_anew_and_larger_than_the_model_knows_is_composed_first() {
    let pipeline = tiny();
    let native = pipeline.native_size_px();
    let prompt = pipeline.encode_prompt("moon").unwrap();
    let painting = Painting {
        pipeline: &pipeline,
        prompt: &prompt,
        negative: None,
        seed: SeedPosition { low: 1, high: 1, part: 0.0 },
        steps: 2,
        guidance: 1.0,
        how: &Manner::default(),
        time: &|| Seconds(0.0),
    };
    let starts_at = |size_px, strength, cancelled: bool| {
        let start = Start { picture: None, strength, fresh: &[] };
        let composed = painting.composed(size_px, start, &|| cancelled).unwrap()?;
        let start = composed.start(start);
        Some((start.picture.map(|picture| (picture.width_px, picture.height_px)), start.strength))
    };
    let wide = (2 * native, native);
    assert_eq!(starts_at(wide, 1.0, false), Some((Some(wide), compose::STRENGTH)));
    assert_eq!(starts_at(wide, 0.5, false), Some((None, 0.5)), "keeps the layout it has");
    assert_eq!(starts_at((native, native), 1.0, false), Some((None, 1.0)));
    assert_eq!(starts_at(wide, 1.0, true), None, "cancelled");
}

#[test]
fn a_slots_other_text_stands_in_until_its_own_still_is_there() {
    let texts = [("calm sea", "wild sea"), ("", ""), ("", ""), ("", ""), ("", ""), ("", ""), ("", ""), ("", "")];
    let slots = texts.map(|(calm, peak)| Slot { calm: calm.into(), peak: peak.into() });
    let bank = Bank { name: "one".into(), slots, sections: vec![], phrases: vec![], values: vec![], palette: vec![] };
    let banks = Banks { banks: vec![bank], negative: "".into(), revision: 0 };
    let stills = Stills::default();
    let seed = |heat| stills.get(&banks, (0, 0), heat).map(|still| still.seed);
    let still = |seed| Still::new(&Picture::new(8, 8, vec![0.5; 3 * 64]), seed, 4);
    stills.put(&banks, [("calm sea".into(), still(1))]);
    assert_eq!([0.0, 0.4, 0.5, 1.0].map(seed), [Some(1); 4]);
    assert!(stills.own(&banks, (0, 0), 1.0).is_none());
    stills.put(&banks, [("wild sea".into(), still(2))]);
    assert_eq!([0.0, 0.4, 0.5, 1.0].map(seed), [Some(1), Some(1), Some(2), Some(2)]);
}
