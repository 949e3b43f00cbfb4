use super::*;
use crate::param::find::find;

#[test]
fn ids_are_unique_and_well_formed() {
    let mut seen = std::collections::HashSet::new();
    for row in TABLE {
        assert!(seen.insert(row.id), "{} twice", row.id);
        assert!(row.id.split('.').count() >= 2, "{} has no group", row.id);
        assert!(row.doc.ends_with('.'), "{}: doc is not a sentence", row.id);
        let (min, max) = row.range();
        assert!((min..=max).contains(&row.default_value()), "{}: default out of range", row.id);
    }
}

#[test]
fn names_of_before_are_still_understood() {
    for (name, id) in RENAMED {
        assert!(TABLE.iter().all(|row| row.id != name), "{name} is in use again");
        let address = format!("/{}", name.replace('.', "/"));
        assert_eq!((find(name), by_name_or_address(&address), named(name)), (Some(id), Ok(id), Ok(id)));
    }
}

#[test]
fn plain_and_normalized_are_inverse() {
    for row in TABLE.iter().filter(|r| !matches!(r.kind, Kind::Trigger | Kind::Text)) {
        let (min, max) = row.range();
        assert_eq!(row.plain(0.0), min, "{}", row.id);
        assert_eq!(row.plain(1.0), max, "{}", row.id);
        for k in 0..=20 {
            let value = row.clamp(min + (max - min) * k as f32 / 20.0);
            let back = row.plain(row.normalized(value));
            assert!((back - value).abs() <= 1e-4 * (max - min), "{}: {value} came back as {back}", row.id);
        }
    }
}

#[test]
fn bipolar_rests_in_the_middle() {
    let zoom = MOTION_ZOOM.row();
    for travel in [0.485, 0.5, 0.515, 63.0 / 127.0, 64.0 / 127.0] {
        assert_eq!(zoom.plain(travel), 0.0);
    }
}

#[test]
fn not_a_number_is_the_default() {
    assert_eq!(DREAM_STRENGTH.row().clamp(f32::NAN), 0.5);
    assert_eq!(DREAM_STRENGTH.row().clamp(f32::INFINITY), 1.0);
}

#[test]
fn addresses_find_their_rows() {
    assert_eq!(by_name_or_address("/prompt/weight/3"), Ok(PROMPT_WEIGHT_3));
    assert_eq!(by_name_or_address("/dream/strength"), Ok(DREAM_STRENGTH));
    assert_eq!(nearest("dream.strenght"), Some("dream.strength"));
    assert_eq!(nearest("qqqqqqqq"), None);
}
