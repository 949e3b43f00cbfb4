//! What strangers and floods may cost.

use super::*;

#[test]
fn strangers_cannot_plug_routes_and_nobody_can_flood_them() {
    let plug = encode("/route/patch", &[s("1 source = \"kick\", target = \"look.hue\", amount = 20")]);
    let mut rig = Rig::new();
    rig.send_from(ELSEWHERE, &plug);
    assert!(rig.changes().is_empty());
    assert_eq!(rig.count(|c| &c.refused), 1);
    for k in 0..1000 {
        rig.send_at(3.0 + f64::from(k) * 0.001, HERE, &plug);
    }
    let plugged = rig.changes().len();
    assert!((100..=201).contains(&plugged), "{plugged} in a second");
    assert!(rig.count(|c| &c.overloads) >= 1, "said as overload");
}

#[test]
fn wildcard_questions_are_bounded_a_second() {
    let mut rig = Rig::new();
    let ask = encode("/*/*", &[s("?")]);
    let mut at =
        |from: f64| -> usize { (0..100).map(|k| rig.send_at(from + f64::from(k) * 0.005, HERE, &ask).len()).sum() };
    let first = at(10.0);
    assert!((128..=128 + 256 + 1).contains(&first), "{first} in half a second");
    assert!(at(12.0) >= 128, "later there is more");
}

#[test]
fn a_flood_of_patterns_is_bounded_and_said() {
    let mut rig = Rig::new();
    for k in 0..50_000 {
        let at = 3.0 + f64::from(k) * 2e-5;
        rig.send_at(at, HERE, &encode(&format!("/{{prompt,dream,look}}/*{{a,b,{k}}}*"), &[OscType::Float(0.5)]));
    }
    rig.send_at(3.9999, HERE, &encode("/look/hue", &[OscType::Float(42.0)]));
    assert!(rig.count(|c| &c.events) < 12_000, "{} events", rig.count(|c| &c.events));
    assert_eq!(rig.count(|c| &c.overloads), 1, "once a second");
    assert!(rig.changes().contains(&(param::LOOK_HUE, Change::Set(42.0))), "plain messages are obeyed");
}

#[test]
fn where_a_wildcard_hand_comes_to_rest_is_obeyed() {
    let mut rig = Rig::new();
    for k in 0..=10_000 {
        let value = f32::from(u16::try_from(k).expect("small")) / 10_000.0;
        rig.send_at(3.0 + f64::from(k) * 2e-5, HERE, &encode("/prompt/weight/*", &[OscType::Float(value)]));
    }
    let mut heard = rig.changes();
    rig.receiver.tick(Seconds(3.3), false, &mut Vec::new());
    heard.extend(rig.changes());
    let rest: Vec<Change> = heard.into_iter().rev().take(8).map(|(_, change)| change).collect();
    assert_eq!(rest, vec![Change::Set(1.0); 8]);
}

#[test]
fn a_question_that_waited_is_answered_to_its_asker() {
    let mut rig = Rig::new();
    for k in 0..10_000 {
        let at = 3.0 + f64::from(k) * 2e-5;
        rig.send_at(at, HERE, &encode(&format!("/{{prompt,dream,look}}/*{{a,b,{k}}}*"), &[OscType::Float(0.5)]));
    }
    let ask = encode("/prompt/weight/*", &[OscType::String("?".into())]);
    assert!(rig.send_at(3.2, HERE, &ask).is_empty(), "there is no time for it");
    let mut answers = Vec::new();
    rig.receiver.tick(Seconds(3.3), true, &mut answers);
    assert!(answers.is_empty(), "it came to the other socket");
    rig.receiver.tick(Seconds(3.3), false, &mut answers);
    assert_eq!(answers.len(), 8);
    assert!(answers.iter().all(|answer| answer.to == HERE.parse().expect("address")));
}
