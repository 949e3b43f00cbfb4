//! What arguments mean to parameters of every kind, and which are not obeyed.

use rosc::{OscArray, OscType};

use super::super::meaning::{Meaning, Refusal, meaning};
use super::{Rig, s};
use crate::param::{self, Change};

#[test]
fn sloppy_types_are_coerced() {
    let set = |arguments: &[OscType]| meaning(param::DREAM_STRENGTH, false, arguments);
    let to = |value| Ok(Meaning::Change(Change::Set(value)));
    assert_eq!(set(&[OscType::Float(0.25)]), to(0.25));
    assert_eq!(set(&[OscType::Double(0.25)]), to(0.25));
    assert_eq!(set(&[OscType::Int(1)]), to(1.0));
    assert_eq!(set(&[OscType::Long(-3)]), to(-3.0), "clamped later");
    assert_eq!(set(&[OscType::Bool(true)]), to(1.0));
    assert_eq!(set(&[OscType::Bool(false)]), to(0.0));
    assert_eq!(set(&[OscType::Nil]), to(0.0));
    assert_eq!(set(&[OscType::Inf]), to(1.0));
    assert_eq!(set(&[s(" 0.5 ")]), to(0.5));
    assert_eq!(set(&[OscType::Array(OscArray { content: vec![OscType::Float(0.5)] })]), to(0.5));
    assert_eq!(set(&[OscType::Float(0.5), OscType::Int(7)]), to(0.5), "superfluous");
    for bad in [OscType::Float(f32::NAN), OscType::Float(f32::INFINITY), OscType::Double(1e300), s("nan"), s("inf")] {
        assert_eq!(set(std::slice::from_ref(&bad)), Err(Refusal::NotFinite), "{bad:?}");
    }
    for bad in
        [vec![], vec![s("half")], vec![OscType::Blob(vec![1])], vec![OscType::Array(OscArray { content: vec![] })]]
    {
        assert_eq!(set(&bad), Err(Refusal::NotUnderstood), "{bad:?}");
    }
}

#[test]
fn modifiers_work_in_the_real_unit() {
    let bpm = |arguments: &[OscType]| meaning(param::TEMPO_BPM, false, arguments);
    let change = |change| Ok(Meaning::Change(change));
    assert_eq!(bpm(&[s("a"), OscType::Float(128.0)]), change(Change::Set(128.0)));
    assert_eq!(bpm(&[s("+"), OscType::Int(2)]), change(Change::Add(2.0)));
    assert_eq!(bpm(&[s("-"), OscType::Int(2)]), change(Change::Add(-2.0)));
    assert_eq!(bpm(&[s("*"), OscType::Float(0.5)]), change(Change::Multiply(0.5)));
    assert_eq!(bpm(&[s("+")]), change(Change::Steps(1.0)));
    assert_eq!(bpm(&[s("-")]), change(Change::Steps(-1.0)));
    assert_eq!(bpm(&[s("?")]), Ok(Meaning::Query));
    assert_eq!(bpm(&[s("*")]), Err(Refusal::NotUnderstood));
    assert_eq!(bpm(&[s("a")]), Err(Refusal::NotUnderstood));
    assert_eq!(bpm(&[s("+"), OscType::Float(f32::NAN)]), Err(Refusal::NotFinite));
    let zoom = |arguments: &[OscType]| meaning(param::MOTION_ZOOM, true, arguments);
    assert_eq!(zoom(&[OscType::Float(0.5)]), change(Change::Normalized(0.5)));
    assert_eq!(zoom(&[s("a"), OscType::Float(0.5)]), change(Change::Normalized(0.5)));
    assert_eq!(zoom(&[s("+"), OscType::Float(0.1)]), Err(Refusal::NotUnderstood));
}

#[test]
fn triggers_take_nothing_any_number_or_true() {
    let tap = |arguments: &[OscType]| meaning(param::TEMPO_TAP, false, arguments);
    let fire = |amount| Ok(Meaning::Change(Change::Set(amount)));
    assert_eq!(tap(&[]), fire(1.0));
    assert_eq!(tap(&[OscType::Nil]), fire(1.0));
    assert_eq!(tap(&[OscType::Inf]), fire(1.0));
    assert_eq!(tap(&[OscType::Bool(true)]), fire(1.0));
    assert_eq!(tap(&[OscType::Int(-1)]), fire(-1.0));
    assert_eq!(tap(&[OscType::Float(0.3)]), fire(0.3));
    assert_eq!(tap(&[s("1")]), fire(1.0));
    for release in [OscType::Int(0), OscType::Float(0.0), OscType::Bool(false), s("0")] {
        assert_eq!(tap(std::slice::from_ref(&release)), Ok(Meaning::Nothing), "{release:?}");
    }
    assert_eq!(tap(&[s("?")]), Ok(Meaning::Nothing));
    assert_eq!(tap(&[s("go")]), Err(Refusal::NotUnderstood));
    assert_eq!(tap(&[OscType::Float(f32::NAN)]), Err(Refusal::NotFinite));
}

#[test]
fn a_slot_button_that_sends_zero_lets_go() {
    let slot = |argument: OscType| meaning(param::PROMPT_SLOT, false, &[argument]);
    assert_eq!(slot(OscType::Int(3)), Ok(Meaning::Change(Change::Set(3.0))));
    assert_eq!(slot(OscType::Float(0.0)), Ok(Meaning::Change(Change::Release(0.0))));
}

#[test]
fn choices_go_by_place_or_name() {
    let source = |argument: OscType| meaning(param::DREAM_SOURCE, false, &[argument]);
    assert_eq!(source(s("WALK")), Ok(Meaning::Change(Change::Set(1.0))));
    assert_eq!(source(OscType::Int(2)), Ok(Meaning::Change(Change::Set(2.0))));
    assert_eq!(source(s("2")), Ok(Meaning::Change(Change::Set(2.0))));
    assert_eq!(source(s("run")), Err(Refusal::NotUnderstood));
    let blackout = |arguments: &[OscType]| meaning(param::MASTER_BLACKOUT, false, arguments);
    assert_eq!(blackout(&[s("on")]), Ok(Meaning::Change(Change::Set(1.0))));
    assert_eq!(blackout(&[s("a"), s("Off")]), Ok(Meaning::Change(Change::Set(0.0))));
    assert_eq!(blackout(&[OscType::Bool(true)]), Ok(Meaning::Change(Change::Set(1.0))));
}

#[test]
fn texts_are_strings() {
    let text = |arguments: &[OscType]| meaning(param::PROMPT_TEXT, false, arguments);
    let to = |text: &str| Ok(Meaning::Change(Change::Text(text.into())));
    assert_eq!(text(&[s("a red fox")]), to("a red fox"));
    assert_eq!(text(&[s("a"), s("dog")]), to("dog"));
    assert_eq!(text(&[s("a")]), to("a"));
    assert_eq!(text(&[s("?")]), Ok(Meaning::Query));
    assert_eq!(text(&[OscType::Int(1)]), Err(Refusal::NotUnderstood));
    assert_eq!(text(&[]), Err(Refusal::NotUnderstood));
}

#[test]
fn several_strings_are_one_text() {
    let text = |arguments: &[OscType]| meaning(param::PROMPT_TEXT, false, arguments);
    let said = |words: &str| Ok(Meaning::Change(Change::Text(words.into())));
    assert_eq!(text(&[s("neon"), s("pink"), s("mandala")]), said("neon pink mandala"));
    assert_eq!(text(&[s("a"), s("red"), s("fox")]), said("red fox"), "the letter in front sets");
    assert_eq!(text(&[OscType::Array(OscArray { content: vec![s("red"), s("fox")] })]), said("red fox"));
    assert_eq!(text(&[s("neon"), OscType::Int(3)]), Err(Refusal::NotUnderstood));
}

#[test]
fn numbers_that_are_none_are_counted_and_not_obeyed() {
    let mut rig = Rig::new();
    rig.send("/dream/strength", &[OscType::Float(f32::NAN)]);
    rig.send("/tempo/beat", &[OscType::Int(1), OscType::Float(f32::INFINITY)]);
    rig.send("/tempo/beat", &[OscType::String("one".into())]);
    rig.send("/tempo/beat", &[OscType::Inf]);
    rig.send("/bpm/master/current", &[OscType::Float(f32::NAN)]);
    assert_eq!((rig.count(|c| &c.malformed), rig.changes().len()), (5, 0));
}
