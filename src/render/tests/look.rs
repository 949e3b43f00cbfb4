//! What the look and the sound do to the picture.

use super::*;

#[test]
fn look_turns_grey_and_dims() {
    let Some(mut rig) = Rig::new(32, 32) else { return };
    rig.image(Arrival::Cut, 32, 32, &noise(32, 32));
    rig.look.saturation = 0.0;
    let grey = rig.draw();
    assert!(grey.chunks(4).all(|p| p[0].abs_diff(p[1]) <= 2 && p[1].abs_diff(p[2]) <= 2));
    rig.look.contrast = 0.0;
    let flat = rig.draw();
    assert!(flat.chunks(4).all(|p| p[0].abs_diff(flat[0]) <= 1), "no contrast is one grey");
    let mut rig = {
        drop(rig);
        Rig::new(16, 16).unwrap()
    };
    rig.grey(Arrival::Cut, 255);
    rig.look.brightness = 0.5;
    assert!(rig.level().abs_diff(188) <= 1);
    rig.image(Arrival::Cut, 8, 8, &[255, 0, 0, 255].repeat(64));
    rig.look = Look { hue_degrees: 120.0, ..Look::default() };
    let turned = rig.draw();
    assert!(turned[1] > turned[0] && turned[1] > turned[2], "red a third round is green: {:?}", &turned[..3]);
}

#[test]
fn the_waveform_pulls_rows_and_the_spectrum_lights_columns() {
    let Some(mut rig) = Rig::new(64, 64) else { return };
    // White on the left, black on the right.
    let half = |i: u32| if i % 64 < 32 { [255; 4] } else { [0, 0, 0, 255] };
    rig.image(Arrival::Cut, 64, 64, &(0..64 * 64).flat_map(half).collect::<Vec<u8>>());
    let edge = |drawn: &[u8], row: usize| (0..64).position(|x| drawn[(row * 64 + x) * 4] < 128).unwrap_or(64);
    let still = rig.draw();
    assert_eq!((edge(&still, 3), edge(&still, 60)), (32, 32));
    // The upper half of the wave is at its top, the lower at its bottom.
    rig.look.sound.waveform = std::array::from_fn(|i| if i < 64 { 127 } else { -127 });
    rig.look.tremble = 0.125;
    let pulled = rig.draw();
    assert_eq!((edge(&pulled, 3), edge(&pulled, 60)), (24, 40), "an eighth of the wall each way");
    rig.grey(Arrival::Cut, 128);
    rig.look = Look { swell: 1.0, ..Look::default() };
    // Bass only: the middle is doubled, the edges halved.
    rig.look.sound.spectrum = std::array::from_fn(|k| if k < 32 { 255 } else { 0 });
    let lit = rig.draw();
    let (edge, middle) = (lit[0], lit[32 * 4]);
    assert!(edge.abs_diff(92) <= 2 && middle.abs_diff(176) <= 2, "{edge} {middle}");
}
