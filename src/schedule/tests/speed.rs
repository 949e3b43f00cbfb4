use std::hint::black_box;
use std::time::Instant;

use super::{ENDLESS, frame_of};
use crate::schedule::{Dialect, Schedule, TextSchedule, Variable};

/// Of the shapes that real files hold.
const TYPICAL: [&str; 10] = [
    "0: (1.0025+0.002*sin(1.25*3.14*t/30))",
    "0: (0.65), 25: (0.55), 60: (0.7), 90: (0.6), 120: (0.65)",
    "0: (0)",
    "0:(-0.06*(cos(3.141*t/15)**100)+0.06)",
    "0: (7)",
    "0b: (0), 4b: (1), 8b: (0.5), 16b: (0)",
    "0:(where(beat%2<1, 1, 0.5)*low)",
    "0: (0.25 * cos((72 / 60 * 3.141 * (t + 0) / 30))**13 + 0.7)",
    "0: (0), 30: (t%15), 60: (2)",
    "0: (1+0.5*kick+0.1*cc7)",
];

fn forty(dialect: Dialect) -> Vec<Schedule> {
    (0..40).map(|i| Schedule::parse(TYPICAL[i % 10], dialect, &ENDLESS).unwrap()).collect()
}

#[test]
fn asking_allocates_nothing() {
    let schedules = forty(Dialect::Tolerant);
    let prompts = TextSchedule::parse("0:(a), 4b:(b)", Dialect::Tolerant, &ENDLESS).unwrap();
    let mut moment = frame_of(0.0, 200.0);
    let sum = assert_no_alloc::assert_no_alloc(|| {
        let mut sum = 0.0;
        for t in 0..300 {
            moment.set_frame(f64::from(t) * 0.5);
            moment.set(Variable::Low, 0.3);
            moment.derive(&[0.2, 0.5]);
            sum += schedules.iter().map(|schedule| schedule.at(&moment)).sum::<f64>();
            sum += prompts.text(prompts.index_at(&moment)).len() as f64;
        }
        sum
    });
    assert!(sum.is_finite());
}

#[test]
#[ignore = "a measurement: run it in release"]
fn forty_schedules_take_microseconds() {
    let schedules = forty(Dialect::Tolerant);
    let mut moment = frame_of(0.0, 200.0);
    let rounds = 20_000;
    let (mut derived, mut asked) = (0.0, 0.0);
    for t in 0..rounds {
        let start = Instant::now();
        moment.set_frame(f64::from(t % 160));
        moment.derive(black_box(&[0.2, 0.5]));
        let between = Instant::now();
        black_box(schedules.iter().map(|schedule| schedule.at(black_box(&moment))).sum::<f64>());
        asked += between.elapsed().as_secs_f64();
        derived += (between - start).as_secs_f64();
    }
    let each = 1e6 / f64::from(rounds);
    println!("40 schedules {:.2} µs, a moment {:.2} µs", asked * each, derived * each);
}
