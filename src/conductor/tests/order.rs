//! Which layer of a parameter wins: each layer in turn, laid over all those before it.

use super::*;

/// What each layer would have `look.contrast` be. Smoothing, which has no opinion of its own, is tested by its course.
const HAND: f32 = 0.5;
const SUGGESTED: f32 = 0.7;
const SCHEDULED: f32 = 1.1;
const MODULATED: f32 = 1.6;

struct Laid {
    rig: Rig,
    schedule: Schedules,
    routes: Vec<Route>,
}

/// One parameter that is always at one value.
fn constant(id: Id, value: f32) -> Schedules {
    let schedule = crate::schedule::Schedule::constant(f64::from(value));
    Schedules { parameters: vec![(id, schedule.into())], ..Schedules::default() }
}

impl Laid {
    fn adopt(&mut self) {
        let settings = Settings { values: vec![], schedule: self.schedule.clone(), routes: self.routes.clone() };
        self.rig.conductor.adopt(&settings);
    }

    /// Unmodulated and effective contrast once everything has settled.
    fn settled(&mut self) -> (f32, f32) {
        let s = self.rig.wait(2.0);
        (s.unmodulated[LOOK_CONTRAST], s.effective[LOOK_CONTRAST])
    }
}

#[test]
fn each_layer_is_laid_over_those_before_it() {
    let mut laid = Laid { rig: Rig::new(vec![]), schedule: Schedules::default(), routes: vec![] };
    let mut banks = (*laid.rig.texts.read()).clone();
    banks.banks[0].sections = vec![Section::Break];
    banks.banks[1].sections = vec![Section::Drop];
    banks.banks[1].values = vec![(LOOK_CONTRAST, SUGGESTED)];
    laid.rig.texts.reload(banks);
    // The show's own value stands for the hand's: a touched parameter takes neither suggestions nor schedules.
    let values = vec![(LOOK_CONTRAST, HAND)];
    laid.rig.conductor.adopt(&Settings { values, ..Settings::default() });
    assert_eq!(laid.settled(), (HAND, HAND));

    laid.rig.set(SCENE_AUTO, 1.0);
    laid.rig.features.passage.section = Section::Drop;
    let on_the_way = laid.rig.wait(TICK_S).effective[LOOK_CONTRAST];
    assert!((HAND..SUGGESTED).contains(&on_the_way), "what is suggested is smoothed: {on_the_way}");
    assert_eq!(laid.settled(), (SUGGESTED, SUGGESTED));
    assert_eq!(laid.rig.conductor.snapshot().base[LOOK_CONTRAST], HAND, "the base is the hand's");

    laid.schedule = constant(LOOK_CONTRAST, SCHEDULED);
    laid.adopt();
    let at_once = laid.rig.wait(TICK_S);
    assert_eq!(at_once.effective[LOOK_CONTRAST], SCHEDULED, "a schedule is exact from its first step on");
    assert_eq!(laid.settled(), (SCHEDULED, SCHEDULED));

    let mut route = Route::new(Signal::One, LOOK_CONTRAST, MODULATED);
    route.combine = Combine::Replace;
    laid.routes = vec![route];
    laid.adopt();
    assert_eq!(laid.settled(), (SCHEDULED, MODULATED), "modulation is laid over all, and touches nothing below");
    laid.rig.set(AUDIO_REACT, 0.0);
    assert_eq!(laid.settled(), (SCHEDULED, SCHEDULED));
}

#[test]
fn a_hand_takes_a_parameter_out_of_the_layers_between_and_release_gives_it_back() {
    let schedule = constant(LOOK_CONTRAST, SCHEDULED);
    let mut laid = Laid { rig: Rig::new(vec![]), schedule, routes: vec![] };
    laid.adopt();
    assert_eq!(laid.settled(), (SCHEDULED, SCHEDULED));
    laid.rig.set(LOOK_CONTRAST, HAND);
    assert_eq!(laid.settled(), (HAND, HAND));
    laid.rig.hand(PARAM_RELEASE, Change::Text("look.contrast".into()));
    assert_eq!(laid.settled(), (SCHEDULED, SCHEDULED));
}

#[test]
fn the_tempo_offset_is_the_hands_alone() {
    let mut rig = Rig::new(vec![Route::new(Signal::One, TEMPO_OFFSET, 50.0)]);
    rig.set(TEMPO_OFFSET, 20.0);
    assert_eq!(rig.wait(20.0).effective[TEMPO_OFFSET], 20.0);
}
