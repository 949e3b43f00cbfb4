//! What runs on real-time threads allocates nothing once it is going.

use assert_no_alloc::assert_no_alloc;
use halation::audio::{FeatureSource, Features};
use halation::conductor::{Conductor, Route, Settings, Signal};
use halation::dream::TextBoard;
use halation::param::{self, Change, Event, Id, Origin, Turn};
use halation::tempo::Tempo;
use halation::units::{Bpm, Seconds};

use crate::support::root;

#[test]
fn a_conductor_tick() {
    let show = halation::show::load(&root().join("mappings/shows/first-light.toml")).unwrap();
    let route = Route::new(Signal::Heard(FeatureSource::Kick), param::MOTION_ZOOM, 1.0);
    let settings = Settings { routes: vec![route], ..Settings::default() };
    let mut conductor = Conductor::new(&settings, TextBoard::new(show.banks), Tempo::new(Bpm(126.0)));
    let features = Features { energy: 0.4, ..Features::default() };
    let turn = |k: u32, id: Id| Event {
        at: Seconds(f64::from(k) * 0.002),
        origin: Origin::Midi,
        id,
        change: Change::Knob(Turn::between((k * 7 % 128) as f32 / 127.0, (k % 128) as f32 / 127.0)),
    };
    // The first pass meets every control once; from then on nothing is new.
    let mut play = |from: u32| {
        for k in from..from + 2000 {
            let id = [param::DREAM_STRENGTH, param::PROMPT_SLOT, param::LOOK_HUE, param::TEMPO_TAP][k as usize % 4];
            conductor.apply(&turn(k, id));
            conductor.step(Seconds(f64::from(k) * 0.002), &features);
        }
    };
    play(0);
    assert_no_alloc(|| play(2000));
}
