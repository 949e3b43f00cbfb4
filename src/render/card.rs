//! The test card: what a technician needs to see that every pixel of the wall arrives where it should.
//!
//! A white frame of one pixel at the very edge, corners told apart by colour (red, green, blue, white from the top left
//! clockwise), diagonals, a circle, a field of single pixels, bars and steps of grey, and the size in figures.

/// Rows of the figures 0 to 9 and of x, three pixels wide, the leftmost in the highest bit.
const FIGURES: [[u8; 5]; 11] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 2, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
    [0, 5, 2, 5, 0],
];
const BARS: [[u8; 3]; 7] =
    [[255, 255, 255], [255, 255, 0], [0, 255, 255], [0, 255, 0], [255, 0, 255], [255, 0, 0], [0, 0, 255]];
const CORNERS: [[u8; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];

/// The card in sRGB RGBA8, row by row from the top left.
pub(super) fn card(width: u32, height: u32) -> Vec<u8> {
    let mut rgba = Vec::with_capacity(4 * width as usize * height as usize);
    let text = text(width, height);
    for y in 0..height {
        for x in 0..width {
            let [r, g, b] = pixel(x, y, width, height, &text);
            rgba.extend([r, g, b, 255]);
        }
    }
    rgba
}

fn pixel(x: u32, y: u32, width: u32, height: u32, text: &[usize]) -> [u8; 3] {
    let (right, bottom) = (width - 1, height - 1);
    if x == 0 || y == 0 || x == right || y == bottom {
        return [255; 3];
    }
    let corner = (width.min(height) / 12).max(2);
    let (left, top) = (x < corner, y < corner);
    match (left, top, x + corner > right, y + corner > bottom) {
        (true, true, _, _) => return CORNERS[0],
        (_, true, true, _) => return CORNERS[1],
        (_, _, true, true) => return CORNERS[2],
        (true, _, _, true) => return CORNERS[3],
        _ => {}
    }
    if let Some(shade) = figures(x, y, width, height, text) {
        return shade;
    }
    let (u, v) = (f64::from(x) / f64::from(right), f64::from(y) / f64::from(bottom));
    let step = (u * 7.0) as usize;
    match v {
        v if (0.70..0.78).contains(&v) => BARS[step.min(6)],
        v if (0.78..0.86).contains(&v) => [((u * 8.0) as u32 * 255 / 7).min(255) as u8; 3],
        v if (0.86..0.90).contains(&v) => [if (x + y).is_multiple_of(2) { 255 } else { 0 }; 3],
        _ => lines(x, y, width, height),
    }
}

/// Diagonals, a circle, and a grid of eighths over dark grey.
fn lines(x: u32, y: u32, width: u32, height: u32) -> [u8; 3] {
    let (w, h) = (f64::from(width), f64::from(height));
    let (dx, dy) = (f64::from(x) + 0.5 - w / 2.0, f64::from(y) + 0.5 - h / 2.0);
    let radius = 0.45 * w.min(h);
    let on_circle = ((dx * dx + dy * dy).sqrt() - radius).abs() < 0.75;
    let on_diagonal = (dx.abs() * h - dy.abs() * w).abs() < 0.5 * w.max(h);
    let on_grid = x.is_multiple_of((width / 8).max(1)) || y.is_multiple_of((height / 8).max(1));
    match (on_circle || on_diagonal, on_grid) {
        (true, _) => [255; 3],
        (_, true) => [96; 3],
        _ => [24; 3],
    }
}

/// Places in [`FIGURES`] of `WIDTHxHEIGHT`.
fn text(width: u32, height: u32) -> Vec<usize> {
    format!("{width}x{height}").chars().map(|c| c.to_digit(10).map_or(10, |digit| digit as usize)).collect()
}

/// The size in figures in the upper middle; `None` beside them.
fn figures(x: u32, y: u32, width: u32, height: u32, text: &[usize]) -> Option<[u8; 3]> {
    let columns = 4 * text.len() as u32 + 1;
    let dot = (width / 2 / columns).min(height / 5 / 7).max(1);
    let (x0, y0) = (width.checked_sub(dot * columns)? / 2, height / 4);
    let (column, row) = (x.checked_sub(x0)? / dot, y.checked_sub(y0)? / dot);
    if column >= columns || row >= 7 {
        return None;
    }
    let figure = column.checked_sub(1).and_then(|k| text.get(k as usize / 4).zip(Some(2u32.wrapping_sub(k % 4))));
    let lit = figure.zip(row.checked_sub(1)).is_some_and(|((figure, bit), row)| {
        let rows = FIGURES.get(*figure).copied().unwrap_or_default();
        bit < 3 && rows.get(row as usize).is_some_and(|row| row & (1 << bit) != 0)
    });
    Some(if lit { [255; 3] } else { [0; 3] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edge_is_one_white_pixel_and_corners_are_told_apart() {
        for (w, h) in [(64, 32), (1280, 720), (37, 113), (2, 2), (1, 1)] {
            let card = card(w, h);
            let at = |x: u32, y: u32| &card[4 * (y * w + x) as usize..][..3];
            assert_eq!(card.len(), 4 * (w * h) as usize);
            for x in 0..w {
                assert!(at(x, 0) == [255; 3] && at(x, h - 1) == [255; 3]);
            }
            for y in 0..h {
                assert!(at(0, y) == [255; 3] && at(w - 1, y) == [255; 3]);
            }
            if w.min(h) > 8 {
                let corners = [at(1, 1), at(w - 2, 1), at(w - 2, h - 2), at(1, h - 2)];
                assert_eq!(corners, [&CORNERS[0][..], &CORNERS[1], &CORNERS[2], &CORNERS[3]]);
            }
        }
    }
}
