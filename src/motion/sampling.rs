//! From a movement of content to where a picture is sampled: the same map for the shaders and for their twin on the CPU.

use super::visible;
use crate::frame::{Affine, NEAREST, Space};

/// For every point of the wall the point of a texture seen there, both 0..1 from the top left, as shaders sample.
///
/// Rows are `[a, b, c, t]`: the ray through the wall's (u, v) is (a·u + b·v + c) for each of X, Y, Z, and t is where the
/// camera stands. The ray is followed to where it meets depth z, which is seen at ((X/z, Y/z) + ½).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplingMap(pub [[f64; 4]; 3]);

impl SamplingMap {
    /// Samples what lies at the same place of a texture as large as the wall.
    pub const IDENTITY: Self = Self([[1.0, 0.0, -0.5, 0.0], [0.0, 1.0, -0.5, 0.0], [0.0, 0.0, 1.0, 0.0]]);

    /// Where the texture is sampled for the point (u, v) of the wall, were all of it at depth `z`.
    #[must_use]
    pub fn apply(&self, [u, v]: [f64; 2], z: f64) -> [f64; 2] {
        let ray = self.0.map(|[a, b, c, _]| a * u + b * v + c);
        let along = (z - self.0[2][3]) / ray[2].max(NEAREST);
        [0, 1].map(|k| (along * ray[k] + self.0[k][3]) / z + 0.5)
    }

    /// Where it is sampled when the texture tells each point's depth by `depth_at`: twice from where it would be without to
    /// where that depth says, as the shaders do.
    #[must_use]
    pub fn apply_deep(&self, wall: [f64; 2], depth_at: impl Fn([f64; 2]) -> f64) -> [f64; 2] {
        (0..2).fold(self.apply(wall, 1.0), |at, _| self.apply(wall, depth_at(at)))
    }

    /// From the texture, were it all at depth 1, to the wall: rows of a projective map, or nothing when there is no way back.
    #[must_use]
    pub fn back(&self) -> Option<[[f64; 3]; 3]> {
        let [x, y, z] = self.0.map(|[a, b, c, t]| [a, b, c, t]);
        // p = (ray·(1 − t_z)/ray_z + t) + ½, as one projective map: ray·(1 − t_z) + (t + ½)·ray_z over ray_z.
        let near = 1.0 - z[3];
        let over = |row: [f64; 4]| std::array::from_fn(|k| row[k] * near + (row[3] + 0.5) * z[k]);
        let forward: [[f64; 3]; 3] = [over(x), over(y), [z[0], z[1], z[2]]];
        let inverse = Space(forward.map(|[a, b, c]| [a, b, c, 0.0])).inverse()?;
        Some(inverse.0.map(|[a, b, c, _]| [a, b, c]))
    }

    /// The rows as WGSL takes them.
    #[must_use]
    pub fn rows_f32(&self) -> [[f32; 4]; 3] {
        self.0.map(|row| row.map(|value| value as f32))
    }

    #[cfg(test)]
    pub fn is_finite(&self) -> bool {
        self.0.iter().flatten().all(|value| value.is_finite())
    }
}

/// How a picture lies on the wall before it moves, in wall heights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Extent of the texture that holds the picture.
    pub width: f64,
    pub height: f64,
    /// What a picture height is, in wall heights: the unit of content's movements.
    pub picture_height: f64,
}

impl Placement {
    /// A picture of `image_aspect` (width / height) centred on the wall and large enough to cover all of it.
    #[must_use]
    pub fn cover(image_aspect: f64, wall_aspect: f64) -> Self {
        let height = (wall_aspect / image_aspect).max(1.0);
        Self { width: height * image_aspect, height, picture_height: height }
    }

    /// A texture that is exactly the wall (what was drawn before), moving with pictures of `picture_height`.
    #[must_use]
    pub fn whole_wall(wall_aspect: f64, picture_height: f64) -> Self {
        Self { width: wall_aspect, height: 1.0, picture_height }
    }

    /// What is seen of the texture after content `moved`, in wall heights about the centre.
    #[must_use]
    pub fn sampling_map(&self, moved: Space, wall_aspect: f64) -> SamplingMap {
        let back = visible(moved).inverse().unwrap_or(Space::IDENTITY);
        // The ray is looked for in heights, from the wall's 0..1.
        let [x, y, z] = back.0.map(|[a, b, c, t]| [a * wall_aspect, b, c - 0.5 * (a * wall_aspect + b), t]);
        SamplingMap([x.map(|value| value / self.width), y.map(|value| value / self.height), z])
    }

    /// As [`Self::sampling_map`] for a movement in the plane, as an affine map of texture coordinates.
    #[must_use]
    pub fn plane_map(&self, moved: Affine, wall_aspect: f64) -> Affine {
        let [x, y, _] = self.sampling_map(moved.into(), wall_aspect).0;
        Affine([x, y].map(|[a, b, c, _]| [a, b, c + 0.5]))
    }
}
