use super::*;

fn noise(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + seed * 13) % 101) as f32 / 50.0 - 1.0).collect()
}

/// The definition, in f64.
fn plainly(weights: &[f32], rows: usize, x: &[f32], geometry: &Geometry, finish: &Finish<'_>) -> Vec<f64> {
    let Geometry { batch, channels, height, width, kernel, stride, before, .. } = *geometry;
    let (out_height, out_width) = geometry.output();
    let (inner_height, inner_width) = geometry.enlarged();
    let pixel = |image: usize, channel: usize, y: usize, x_at: usize| {
        let (y, x_at) = (y.wrapping_sub(before), x_at.wrapping_sub(before));
        if y >= inner_height || x_at >= inner_width {
            return 0.0;
        }
        let (y, x_at) = (y * height / inner_height, x_at * width / inner_width);
        f64::from(x[((image * channels + channel) * height + y) * width + x_at])
    };
    let mut out = Vec::new();
    for (image, row) in (0..batch).flat_map(|image| (0..rows).map(move |row| (image, row))) {
        for (y, x_at) in (0..out_height).flat_map(|y| (0..out_width).map(move |x| (y, x))) {
            let mut sum = finish.bias.map_or(0.0, |bias| f64::from(bias[row]));
            for i in 0..channels * kernel * kernel {
                let (channel, tap) = (i / (kernel * kernel), i % (kernel * kernel));
                let (down, right) = (tap / kernel, tap % kernel);
                let weight = f64::from(weights[row * channels * kernel * kernel + i]);
                sum += weight * pixel(image, channel, y * stride + down, x_at * stride + right);
            }
            sum += finish.residual.map_or(0.0, |residual| f64::from(residual[out.len()]));
            out.push(if finish.relu { sum.max(0.0) } else { sum });
        }
    }
    out
}

fn check(rows: usize, geometry: &Geometry) {
    let Geometry { batch, channels, height, width, kernel, .. } = *geometry;
    let weights = noise(rows * channels * kernel * kernel, 1);
    let x = noise(batch * channels * height * width, 2);
    let bias = noise(rows, 3);
    let (out_height, out_width) = geometry.output();
    let residual = noise(batch * rows * out_height * out_width, 4);
    let finish = Finish { bias: Some(&bias), residual: Some(&residual), relu: true, ..Finish::default() };
    let packed = Packed::new(&weights, rows, channels * kernel * kernel);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| convolve(&packed, &x, geometry, finish))
    };
    let made = on(1);
    assert!(made == on(2) && made == on(3), "{geometry:?} depends on the number of threads");
    let want = plainly(&weights, rows, &x, geometry, &finish);
    assert_eq!(made.len(), want.len());
    let worst = made.iter().zip(&want).map(|(&got, want)| (f64::from(got) - want).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-3, "{geometry:?}: off by {worst}");
}

/// Three by three over two images, as large afterwards as before.
const SAME: Geometry =
    Geometry { batch: 2, channels: 1, height: 1, width: 1, kernel: 3, stride: 1, before: 1, after: 1, enlarge: None };

/// Read in place and packed, all strides, borders and enlargements that the networks use.
#[test]
fn convolutions_are_what_their_definition_says() {
    let same = Geometry { channels: 5, height: 12, width: 32, ..SAME };
    for geometry in [
        same,
        Geometry { width: 24, ..same },
        Geometry { height: 7, width: 9, ..same },
        Geometry { channels: 40, height: 6, width: 16, ..same },
        Geometry { channels: 130, height: 4, width: 16, batch: 1, ..same },
        // Several bands.
        Geometry { channels: 128, height: 33, width: 64, batch: 1, ..same },
        Geometry { channels: 128, height: 5, width: 512, batch: 1, enlarge: Some((10, 1024)), ..same },
        Geometry { stride: 2, channels: 100, width: 256, ..same },
        Geometry { stride: 2, ..same },
        Geometry { stride: 2, before: 0, ..same },
        Geometry { stride: 2, height: 9, width: 33, ..same },
        Geometry { stride: 2, width: 24, ..same },
        Geometry { enlarge: Some((24, 64)), ..same },
        Geometry { enlarge: Some((13, 48)), ..same },
        Geometry { enlarge: Some((24, 50)), ..same },
        Geometry::linear(2, 7, 40),
        Geometry::linear(1, 700, 16),
    ] {
        check(3, &geometry);
    }
    check(37, &same);
}

/// Whole panels in a row, several rows to a panel, one panel, several images, borders, enlargement.
#[test]
fn winograd_is_the_same_convolution() {
    let same = Geometry { channels: 20, height: 8, width: 64, ..SAME };
    for geometry in [
        same,
        Geometry { height: 16, width: 16, ..same },
        Geometry { height: 16, width: 32, channels: 17, ..same },
        Geometry { height: 32, width: 24, ..same },
        Geometry { height: 4, width: 192, ..same },
        Geometry { height: 4, width: 32, enlarge: Some((8, 64)), ..same },
        Geometry { height: 5, width: 27, enlarge: Some((16, 48)), ..same },
    ] {
        let rows = 37;
        let Geometry { batch, channels, height, width, .. } = geometry;
        let weights = noise(rows * channels * 9, 1);
        let (x, bias, shift) = (noise(batch * channels * height * width, 2), noise(rows, 3), noise(batch * rows, 5));
        let (out_height, out_width) = geometry.output();
        let residual = noise(batch * rows * out_height * out_width, 4);
        let finish = Finish { bias: Some(&bias), shift: Some(&shift), residual: Some(&residual), relu: true };
        let winograd = Winograd::read(rows, channels, |at, out| out.copy_from_slice(&weights[at..][..9])).unwrap();
        assert!(winograd.fits(&geometry), "{geometry:?}");
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| winograd.convolve(&x, &geometry, finish))
        };
        let made = on(1);
        assert!(made == on(2) && made == on(5), "{geometry:?} depends on the number of threads");
        let want = convolve(&Packed::new(&weights, rows, channels * 9), &x, &geometry, finish);
        let worst = made.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let largest = want.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
        println!("{geometry:?}: off by {worst} of {largest}");
        assert!(worst < 2e-5 * largest, "{geometry:?}: off by {worst} of {largest}");
    }
}

#[test]
fn winograd_is_for_what_divides() {
    let winograd = Winograd::read(16, 16, |_, out| out.fill(1.0)).unwrap();
    let fits = Geometry { height: 16, width: 16, kernel: 3, before: 1, after: 1, ..Geometry::linear(1, 16, 1) };
    assert!(winograd.fits(&fits));
    for other in [
        Geometry { height: 8, ..fits },
        Geometry { height: 18, ..fits },
        Geometry { width: 18, ..fits },
        Geometry { stride: 2, ..fits },
        Geometry { before: 0, ..fits },
        Geometry { height: 0, ..fits },
    ] {
        assert!(!winograd.fits(&other), "{other:?}");
    }
    assert!(Winograd::read(3, 16, |_, _| ()).is_none() && Winograd::read(640, 640, |_, _| ()).is_none());
}
