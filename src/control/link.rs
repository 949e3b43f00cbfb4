//! Ableton Link, through Carabiner: a separate program that speaks Link and answers plain text on a TCP port, so that
//! no line of Link's code is in this one.
//!
//! One thread asks for the session's tempo and beat, ten times a second, and says nothing else: the session's tempo is
//! never touched. Sightings go to the conductor over the controls' queue. Without Carabiner the thread looks for it
//! every few seconds.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::ControlInput;
use crate::rt::{self, Stop};
use crate::tempo::{ClockSource, Sighting};
use crate::units::{Bpm, Seconds};

/// Where Carabiner listens unless told otherwise.
pub const PORT: u16 = 17_000;

const ASK: Duration = Duration::from_millis(100);
const MOMENT: Duration = Duration::from_millis(1);
const CONNECT: Duration = Duration::from_millis(300);
/// Asked this often whether Carabiner is there.
const LOOK: Duration = Duration::from_secs(3);
/// Longest line that is believed to be an answer.
const LONGEST: u64 = 4096;

/// Gives the show time of this moment.
pub type NowFn = Arc<dyn Fn() -> Seconds + Send + Sync>;

/// Starts asking the Carabiner at `address`.
///
/// # Errors
/// When there is no thread for it.
pub fn spawn(
    address: SocketAddr,
    clock: NowFn,
    out: rt::Sender<ControlInput>,
    stop: Stop,
) -> std::io::Result<JoinHandle<()>> {
    rt::spawn("link", move || {
        while !stop.is_set() {
            if let Ok(stream) = TcpStream::connect_timeout(&address, CONNECT) {
                tracing::info!("Ableton Link: Carabiner answers at {address}");
                if follow(&stream, &clock, &out, &stop).is_err() {
                    tracing::info!("Ableton Link: Carabiner is gone; looking for it again");
                }
            }
            stop.pause(LOOK);
        }
    })
}

/// Asks and listens until the connection ends.
fn follow(stream: &TcpStream, clock: &NowFn, out: &rt::Sender<ControlInput>, stop: &Stop) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut lines, mut asker, mut watch) = (BufReader::new(stream), stream, Watch::default());
    while !stop.is_set() {
        // Lines that came unasked are discarded, so that none is taken for the answer.
        stream.set_read_timeout(Some(MOMENT))?;
        while line(&mut lines)?.is_some() {}
        stream.set_read_timeout(Some(ASK))?;
        let asked = clock();
        asker.write_all(b"status\n")?;
        if let Some(said) = line(&mut lines)? {
            let answered = clock();
            // The beat was read about half way between.
            let at = Seconds(0.5 * (asked.0 + answered.0));
            if let Some(sighting) = status(&said).and_then(|s| watch.hear(s, at)) {
                out.send(ControlInput::Beat { at: answered, source: ClockSource::Link, sighting });
            }
        }
        stop.pause(ASK);
    }
    Ok(())
}

/// The next line; `None` when none comes in time.
fn line(lines: &mut BufReader<&TcpStream>) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    match lines.take(LONGEST).read_until(b'\n', &mut bytes) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(_) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => Ok(None),
        Err(e) => Err(e),
    }
}

/// What Carabiner says of the session.
#[derive(Clone, Copy, Debug, PartialEq)]
struct LinkStatus {
    peers: u32,
    bpm: f64,
    beat: f64,
}

/// Reads `status { :peers 1 :bpm 120.000000 :start 73743731220 :beat 597.737570 }`.
fn status(line: &str) -> Option<LinkStatus> {
    let body = line.trim().strip_prefix("status")?;
    let words: Vec<&str> = body.split(|c: char| c.is_whitespace() || "{},".contains(c)).collect();
    let value = |key: &str| words.iter().position(|word| *word == key).and_then(|k| words.get(k + 1)).copied();
    let number = |key| value(key)?.parse::<f64>().ok().filter(|n| n.is_finite());
    let bpm = number(":bpm").filter(|bpm| (20.0..=999.0).contains(bpm))?;
    Some(LinkStatus { peers: value(":peers")?.parse().ok()?, bpm, beat: number(":beat")? })
}

/// Turns answers into beats: one for each beat of the session, when somebody else is in it.
#[derive(Debug, Default)]
struct Watch {
    last_beat: Option<f64>,
}

impl Watch {
    fn hear(&mut self, status: LinkStatus, at: Seconds) -> Option<Sighting> {
        let whole = status.beat.floor();
        let passed = self.last_beat.replace(whole) != Some(whole);
        let at = Seconds(at.0 - (status.beat - whole) * 60.0 / status.bpm);
        // Alone in a session Carabiner only counts to itself.
        (passed && status.peers > 0).then(|| Sighting {
            at,
            bpm: Bpm(status.bpm),
            beat_in_bar: Some(whole.rem_euclid(4.0) as u8),
            confidence: 1.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;

    #[test]
    fn answers_are_read_and_nonsense_is_not() {
        let good = "status { :peers 2 :bpm 126.500000 :start 73743731220 :beat 597.737570 }\n";
        assert_eq!(status(good), Some(LinkStatus { peers: 2, bpm: 126.5, beat: 597.73757 }));
        for bad in [
            "",
            "version \"1.1\"",
            "status {",
            "status { :peers x :bpm 1 :beat 2 }",
            "status { :peers 1 :bpm NaN :beat 1 }",
        ] {
            assert_eq!(status(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_session_of_one_is_no_tempo() {
        let mut watch = Watch::default();
        let status = |peers, beat| LinkStatus { peers, bpm: 120.0, beat };
        assert_eq!(watch.hear(status(0, 7.9), Seconds(1.0)), None);
        let seen = watch.hear(status(1, 8.1), Seconds(1.1)).unwrap();
        assert!((seen.at.0 - 1.05).abs() < 1e-9);
        assert_eq!(seen.beat_in_bar, Some(0));
        assert_eq!(watch.hear(status(1, 8.6), Seconds(1.35)), None, "the same beat");
    }

    /// A simulated Carabiner on loopback: what it is sent is `status` and nothing else.
    #[test]
    fn simulated_carabiner_is_followed_and_never_told_anything() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let began = Instant::now();
        let (out, heard) = rt::queue(64);
        let stop = Stop::default();
        let clock: NowFn = Arc::new(move || Seconds(began.elapsed().as_secs_f64()));
        let thread = spawn(address, clock, out, stop.clone()).unwrap();
        let (stream, _) = server.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut asked = Vec::new();
        for k in 0..6 {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            asked.push(line);
            writeln!(&stream, "status {{ :peers 1 :bpm 150.0 :start 1 :beat {}.25 }}", 40 + k).unwrap();
        }
        let mut beats = Vec::new();
        while beats.len() < 5 {
            if let Some(ControlInput::Beat { source, sighting, .. }) = heard.next() {
                assert_eq!((source, sighting.bpm.0), (ClockSource::Link, 150.0));
                beats.push(sighting.beat_in_bar);
            }
            std::thread::yield_now();
        }
        assert_eq!(beats, [Some(0), Some(1), Some(2), Some(3), Some(0)]);
        assert!(asked.iter().all(|line| line == "status\n"), "{asked:?}");
        stop.set();
        drop((stream, lines));
        thread.join().unwrap();
    }
}
