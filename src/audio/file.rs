//! Sound files, decoded whole. Runs at the start, on the thread that opens the input.

mod chunks;
mod container;
mod flaws;
mod mpeg;
mod reading;
mod spliced;

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, Track, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::Duration;

use super::{AudioError, Channels};
use crate::rt;
use container::Container;
use flaws::Flaws;
use reading::Refusal;

/// What a recording may have been made at; anything else is a broken header.
const RATES_HZ: std::ops::RangeInclusive<u32> = 4_000..=768_000;
const MOST_CHANNELS: usize = 256;

/// A decoded file: the one or two channels that are heard, interleaved, in 16 bits: 0.6 GB for an hour's mix.
pub(super) struct Decoded {
    pub samples: Vec<i16>,
    pub channels: u16,
    pub sample_rate_hz: u32,
}

impl Decoded {
    pub fn seconds(&self) -> f64 {
        (self.samples.len() / usize::from(self.channels)) as f64 / f64::from(self.sample_rate_hz)
    }
}

/// Decodes the first audio track of `path`.
///
/// # Errors
/// When the file is missing, of unknown format, damaged from the start or empty. Damage further on is skipped.
pub(super) fn decode(path: &Path, pick: Channels) -> Result<Decoded, AudioError> {
    let failed = |reason: String| AudioError::File { path: path.display().to_string(), reason };
    let (decoded, flaws) = read(path, pick).map_err(|error| failed(error.to_string()))?;
    if decoded.samples.is_empty() {
        return Err(failed("it holds no sound; export or record it again".into()));
    }
    if !RATES_HZ.contains(&decoded.sample_rate_hz) {
        let (least, most) = RATES_HZ.into_inner();
        let rate_hz = decoded.sample_rate_hz;
        return Err(failed(format!("its sample rate is {rate_hz} Hz; export it with {least} to {most} Hz")));
    }
    flaws.say(path, &decoded, pick);
    Ok(decoded)
}

fn read(path: &Path, pick: Channels) -> Result<(Decoded, Flaws), Refusal> {
    let facts = std::fs::metadata(path)?;
    if facts.is_dir() {
        return Err(Refusal::Other("a folder; name a file in it"));
    }
    // Reading a pipe may block without end.
    if !facts.is_file() {
        return Err(Refusal::Other("a pipe or a device and no file; record it into one first"));
    }
    let Container { source, kind, part } = Container::open(File::open(path)?)?;
    let mut hint = Hint::new();
    hint.with_extension(kind);
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    let demuxed = rt::foreign(|| demux(stream, &hint, pick)).map_err(Refusal::Decoder)?;
    let (decoded, mut flaws) = demuxed.map_err(|error| match error {
        Error::IoError(error) => Refusal::Io(error),
        Error::Unsupported(NO_SOUND) => Refusal::Other("a file without sound that is known here; name another"),
        Error::Unsupported(what) if what.contains(MP4_INDEX) => {
            Refusal::Damaged("its index is missing, as where a recording or a download did not finish")
        }
        Error::Unsupported(what) => {
            Refusal::Codec(format!("{} of a kind that is not known here ({what})", kind.to_uppercase()))
        }
        other => Refusal::Decoder(other.to_string()),
    })?;
    flaws.part = part;
    Ok((decoded, flaws))
}

const NO_SOUND: &str = "no audio track in it";
/// In what symphonia says of an MP4 that ends before its index.
const MP4_INDEX: &str = "moov";

fn decoder_of(track: &Track) -> Result<Box<dyn AudioDecoder>, Error> {
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or(Error::Unsupported(NO_SOUND))?;
    // A decoder keeps a buffer for each.
    if parameters.channels.as_ref().is_some_and(|channels| channels.count() > MOST_CHANNELS) {
        return Err(Error::DecodeError("more channels than any sound has"));
    }
    symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default())
}

fn demux(stream: MediaSourceStream<'_>, hint: &Hint, pick: Channels) -> Result<(Decoded, Flaws), Error> {
    let (formats, tags) = (FormatOptions::default(), MetadataOptions::default());
    let mut format = symphonia::default::get_probe().probe(hint, stream, formats, tags)?;
    let track = format.default_track(TrackType::Audio).ok_or(Error::Unsupported(NO_SOUND))?;
    let track_id = track.id;
    let (mut flaws, mut decoder) = (Flaws::of_frames(track.num_frames), decoder_of(track)?);
    let mut decoded = Decoded { samples: Vec::new(), channels: 1, sample_rate_hz: 0 };
    let mut interleaved: Vec<f32> = Vec::new();
    loop {
        let mut packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            // A file cut short is played as far as it goes.
            Ok(None) | Err(Error::ResetRequired) => break,
            Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(error) if decoded.samples.is_empty() => return Err(error),
            Err(_) => {
                flaws.breaks_off = true;
                break;
            }
        };
        if packet.track_id != track_id {
            continue;
        }
        // A length in the header that is too short would have the rest of the file cut away, packet by packet.
        if packet.dur == Duration::ZERO {
            packet.trim_end = Duration::ZERO;
        }
        match decoder.decode(&packet) {
            Ok(block) => {
                decoded.append(&block, pick, &mut interleaved);
                flaws.look_at(&interleaved, block.spec().channels().count());
            }
            Err(Error::IoError(_) | Error::DecodeError(_)) => flaws.skip(&decoded),
            Err(error) => return Err(error),
        }
    }
    decoded.samples.shrink_to_fit();
    Ok((decoded, flaws))
}

impl Decoded {
    /// Takes the picked channels of `block`; `interleaved` is room to work in. A block of another form, which no known
    /// file has, is fitted to the first one's.
    fn append(&mut self, block: &GenericAudioBufferRef<'_>, pick: Channels, interleaved: &mut Vec<f32>) {
        self.sample_rate_hz = block.spec().rate();
        let channels = block.spec().channels().count().max(1);
        block.copy_to_vec_interleaved(interleaved);
        let (pick, heard) = pick.of(channels);
        if self.samples.is_empty() {
            self.channels = heard as u16;
        }
        let pick = &pick[..usize::from(self.channels)];
        let frames = interleaved.chunks_exact(channels);
        self.samples.extend(frames.flat_map(|frame| pick.iter().map(|channel| whole(frame[*channel]))));
    }
}

fn whole(sample: f32) -> i16 {
    // `as` saturates: an overdriven file stays overdriven.
    (sample * 32_767.0).round() as i16
}
