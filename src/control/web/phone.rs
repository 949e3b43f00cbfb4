//! What a phone needs beside OSCQuery: the page, the names and pictures of slots, and the wall as it moves.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, imageops};
use serde_json::json;

use super::Serving;
use super::http::{answer, head};

/// The page itself.
pub const PAGE: &str = include_str!("phone.html");

/// Width of a slot's picture in pixels, and its quality.
const STILL_PX: u32 = 192;
const QUALITY: u8 = 70;
/// How long a look at the wall waits for a picture before it looks whether to leave.
const PATIENCE: Duration = Duration::from_millis(250);

/// A slot's picture: RGBA, 8 bit, row by row.
#[derive(Clone)]
pub struct StillPicture {
    pub rgba: Arc<[u8]>,
    pub width_px: u32,
    pub height_px: u32,
}

/// A bank's name, and its slots' texts.
pub type SlotNames = (String, Vec<String>);

/// Where names and pictures come from; bank and slot count from 0.
#[derive(Clone)]
pub struct Pictures {
    pub names: Arc<dyn Fn() -> Vec<SlotNames> + Send + Sync>,
    pub still: Arc<dyn Fn(usize, usize) -> Option<StillPicture> + Send + Sync>,
}

impl Pictures {
    /// Of nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { names: Arc::new(Vec::new), still: Arc::new(|_, _| None) }
    }
}

/// Answers what lies under `/phone`.
///
/// # Errors
/// When it cannot be sent.
pub fn serve(stream: &mut TcpStream, path: &str, serving: &Serving) -> std::io::Result<()> {
    match path {
        "" | "/" => answer(stream, 200, "text/html; charset=utf-8", PAGE.as_bytes()),
        "/slots.json" => {
            let banks: Vec<_> = (serving.pictures.names)()
                .into_iter()
                .map(|(name, slots)| json!({ "name": name, "slots": slots }))
                .collect();
            answer(stream, 200, "application/json", json!(banks).to_string().as_bytes())
        }
        "/wall.mjpeg" => wall(stream, serving),
        other => {
            match place(other).and_then(|(bank, slot)| (serving.pictures.still)(bank, slot)).and_then(|s| jpeg(&s)) {
                Some(jpeg) => answer(stream, 200, "image/jpeg", &jpeg),
                None => answer(stream, 404, "text/plain", b"there is no such picture"),
            }
        }
    }
}

/// Bank and slot, from 0, of `/still/2/7.jpg`.
fn place(path: &str) -> Option<(usize, usize)> {
    let (bank, slot) = path.strip_prefix("/still/")?.strip_suffix(".jpg")?.split_once('/')?;
    Some((bank.parse::<usize>().ok()?.checked_sub(1)?, slot.parse::<usize>().ok()?.checked_sub(1)?))
}

fn jpeg(still: &StillPicture) -> Option<Vec<u8>> {
    let whole = image::RgbaImage::from_raw(still.width_px, still.height_px, still.rgba.to_vec())?;
    let height = (STILL_PX * still.height_px / still.width_px.max(1)).max(1);
    let small = image::DynamicImage::from(imageops::thumbnail(&whole, STILL_PX, height)).to_rgb8();
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, QUALITY);
    encoder.encode(&small, small.width(), small.height(), ExtendedColorType::Rgb8).ok()?;
    Some(out)
}

/// One picture after the other, as long as the phone takes them.
fn wall(stream: &mut TcpStream, serving: &Serving) -> std::io::Result<()> {
    let Some(viewer) = serving.monitor.look() else {
        return answer(stream, 403, "text/plain", b"too many look already");
    };
    let kind = "Content-Type: multipart/x-mixed-replace; boundary=wall\r\n";
    stream.write_all(head(200, kind).as_bytes())?;
    let mut seen = 0;
    while !serving.stop.is_set() {
        let Some((number, jpeg)) = viewer.next(seen, PATIENCE) else { continue };
        seen = number;
        let head = format!("--wall\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.len());
        stream.write_all(&[head.as_bytes(), &jpeg, b"\r\n"].concat())?;
    }
    Ok(())
}
