//! How near each point of a new picture is, as `motion.depth` asks. Owned by the maker, on the generator's thread.

use std::sync::Arc;

use super::Picture;
use crate::motion::depth;

/// Where depth comes from: the values of `motion.depth`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DepthSource {
    #[default]
    Off,
    Radial,
    Light,
    /// A network that sees it; light where there is none.
    Model,
}

impl DepthSource {
    /// By its name as a value of the parameter.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "radial" => Self::Radial,
            "light" => Self::Light,
            "model" => Self::Model,
            _ => Self::Off,
        }
    }
}

/// Tells depth.
#[derive(Default)]
pub struct DepthMaker {
    /// That of a tunnel, for pictures of this height and width.
    radial: Option<([usize; 2], Arc<[u8]>)>,
}

impl DepthMaker {
    /// How near each pixel of `picture` is; nothing when all are alike.
    pub fn nearness(&mut self, source: DepthSource, picture: &Picture) -> Option<Arc<[u8]>> {
        let size = [picture.height_px, picture.width_px];
        match source {
            DepthSource::Off => None,
            DepthSource::Radial => match &self.radial {
                Some((known, near)) if *known == size => Some(near.clone()),
                _ => {
                    let near: Arc<[u8]> = depth::radial(size).into();
                    self.radial = Some((size, near.clone()));
                    Some(near)
                }
            },
            DepthSource::Light | DepthSource::Model => Some(depth::of_light(&picture.luma(), size).into()),
        }
    }
}
