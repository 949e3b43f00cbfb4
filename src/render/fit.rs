//! Where on a target the wall goes, and how many pixels are drawn for it. Arithmetic only.

/// A rectangle of a target in pixels, from the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// The rectangle that is the wall, and how the picture stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    pub region: Region,
    /// Clockwise quarter turns of the picture, 0 to 3.
    pub quarter_turns: u32,
}

impl Fit {
    /// All of a target.
    #[must_use]
    pub fn whole(width: u32, height: u32) -> Self {
        Self { region: Region { x: 0, y: 0, width: width.max(1), height: height.max(1) }, quarter_turns: 0 }
    }

    /// `region`, as far as it lies on a target of this size; all of it where nothing does.
    #[must_use]
    pub fn within(region: Option<Region>, quarter_turns: u32, width: u32, height: u32) -> Self {
        let whole = Self { quarter_turns, ..Self::whole(width, height) };
        let Some(Region { x, y, width: w, height: h }) = region else { return whole };
        let (w, h) = (w.min(width.saturating_sub(x)), h.min(height.saturating_sub(y)));
        if w == 0 || h == 0 { whole } else { Self { region: Region { x, y, width: w, height: h }, quarter_turns } }
    }

    /// Width and height of the picture that fills it pixel by pixel.
    #[must_use]
    pub fn picture_px(&self) -> [u32; 2] {
        let Region { width, height, .. } = self.region;
        if self.quarter_turns % 2 == 1 { [height, width] } else { [width, height] }
    }

    /// The size of the canvas to draw: the picture's shape with at most as many pixels as `asked` has, and no side
    /// longer than `limit`, the longest the device can draw.
    #[must_use]
    pub fn canvas_px(&self, asked: [u32; 2], limit: u32) -> [u32; 2] {
        let picture = self.picture_px();
        let [width, height] = picture.map(f64::from);
        let budget = f64::from(asked[0]) * f64::from(asked[1]) / (width * height);
        let shrink = budget.sqrt().min(f64::from(limit) / width.max(height)).min(1.0);
        let size = [width, height].map(|side| ((side * shrink).round() as u32).clamp(1, limit.max(1)));
        // Differs from the size asked for by rounding only: exactly that size.
        let near = size.iter().zip(&asked).all(|(side, asked)| side.abs_diff(*asked) <= 1);
        if near && asked.iter().zip(&picture).all(|(asked, side)| asked <= side) { asked } else { size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canvas_has_the_walls_shape_and_no_more_pixels_than_asked() {
        let canvas = |wall: [u32; 2], asked, limit| Fit::whole(wall[0], wall[1]).canvas_px(asked, limit);
        assert_eq!(canvas([3840, 2160], [1280, 720], 8192), [1280, 720], "a 4K projector, drawn as asked");
        assert_eq!(canvas([1366, 768], [1280, 720], 8192), [1280, 720]);
        assert_eq!(canvas([320, 200], [1280, 720], 8192), [320, 200], "never more than the wall has");
        let [w, h] = canvas([1920, 1200], [1280, 720], 8192);
        assert!((f64::from(w) / f64::from(h) - 1.6).abs() < 0.005 && w * h <= 1280 * 722, "{w} x {h}");
        assert_eq!(canvas([12_288, 1024], [12_288, 1024], 8192), [8192, 683], "wider than the device can draw");
    }

    #[test]
    fn a_region_is_kept_on_its_target_and_turns_the_picture() {
        let region = Region { x: 100, y: 50, width: 300, height: 200 };
        assert_eq!(Fit::within(Some(region), 0, 1920, 1080).region, region);
        assert_eq!(Fit::within(Some(region), 0, 200, 100).region, Region { x: 100, y: 50, width: 100, height: 50 });
        assert_eq!(Fit::within(Some(region), 0, 64, 64), Fit::whole(64, 64), "off the target: all of it");
        assert_eq!(Fit::within(Some(region), 1, 1920, 1080).picture_px(), [200, 300]);
    }
}
