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
/// Waited so many times [`ASK`] for an answer: asked again sooner, the late one would be taken for the next.
const LATEST: u32 = 10;
/// Answers whose spans count: two seconds or so, in which two machines' clocks part by less than [`SLACK_S`].
const ANSWERS: usize = 16;
/// Spans further apart than this are of a session that was moved.
const SLACK_S: f64 = 0.001;
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
        for _ in 0..LATEST {
            let Some((said, answered)) = stamped_line(&mut lines, clock)? else {
                if stop.is_set() {
                    break;
                }
                continue;
            };
            if let Some(sighting) = status(&said).and_then(|s| watch.hear(s, asked, answered)) {
                out.send(ControlInput::Beat { at: clock(), source: ClockSource::Link, sighting });
            }
            break;
        }
        stop.pause(ASK);
    }
    Ok(())
}

/// The next line and when its first byte came: the rest may wait for an acknowledgement, 40 ms on many systems.
fn stamped_line(lines: &mut BufReader<&TcpStream>, clock: &NowFn) -> std::io::Result<Option<(String, Seconds)>> {
    match lines.fill_buf() {
        Ok(_) => {}
        Err(e) if is_patient(&e) => return Ok(None),
        Err(e) => return Err(e),
    }
    let began = clock();
    Ok(line(lines)?.map(|said| (said, began)))
}

/// Whether nothing has come yet, and nothing is wrong.
fn is_patient(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// The next line; `None` when none comes in time.
fn line(lines: &mut BufReader<&TcpStream>) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    match lines.take(LONGEST).read_until(b'\n', &mut bytes) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(_) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(e) if is_patient(&e) => Ok(None),
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
    bpm: f64,
    /// Between which times the session's beat 0 was, by each of the newest answers at this tempo; oldest first.
    spans_s: Vec<(f64, f64)>,
}

impl Watch {
    /// An answer that began to come at `answered`, to a question put at `asked`.
    fn hear(&mut self, status: LinkStatus, asked: Seconds, answered: Seconds) -> Option<Sighting> {
        let (whole, beat_s) = (status.beat.floor(), 60.0 / status.bpm);
        let passed = self.last_beat.replace(whole) != Some(whole);
        if std::mem::replace(&mut self.bpm, status.bpm) != status.bpm {
            self.spans_s.clear();
        }
        let zero_s = self.zero_s(asked.0 - status.beat * beat_s, answered.0 - status.beat * beat_s);
        // Alone in a session Carabiner only counts to itself.
        (passed && status.peers > 0).then(|| Sighting {
            at: Seconds(zero_s + whole * beat_s),
            bpm: Bpm(status.bpm),
            beat_in_bar: Some(whole.rem_euclid(4.0) as u8),
            confidence: 1.0,
        })
    }

    /// When beat 0 was, by this span and those before it: the middle of what they have in common.
    fn zero_s(&mut self, from_s: f64, to_s: f64) -> f64 {
        if self.spans_s.len() == ANSWERS {
            self.spans_s.remove(0);
        }
        self.spans_s.push((from_s, to_s));
        let common = |(from, to): (f64, f64), span: &(f64, f64)| (from.max(span.0), to.min(span.1));
        let (from, to) = self.spans_s.iter().fold((f64::NEG_INFINITY, f64::INFINITY), common);
        if from > to + SLACK_S {
            self.spans_s = vec![(from_s, to_s)];
            return 0.5 * (from_s + to_s);
        }
        0.5 * (from + to)
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
        assert_eq!(watch.hear(status(0, 7.9), Seconds(1.0), Seconds(1.0)), None);
        let seen = watch.hear(status(1, 8.1), Seconds(1.1), Seconds(1.1)).unwrap();
        assert!((seen.at.0 - 1.05).abs() < 1e-9);
        assert_eq!(seen.beat_in_bar, Some(0));
        assert_eq!(watch.hear(status(1, 8.6), Seconds(1.35), Seconds(1.35)), None, "the same beat");
    }

    /// A minute of a session at 126 bpm that began at 3.3 s and is moved to 3.1 s in the middle: the worst phase error
    /// from the third second of each half on. `delays` says how late question and answer of each poll are.
    fn worst_phase_s(delays: impl Fn(u32) -> (f64, f64)) -> f64 {
        let (mut watch, mut worst_s, mut t) = (Watch::default(), 0f64, 5.0);
        for k in 0..400 {
            let began = if t < 35.0 { 3.3 } else { 3.1 };
            let (late_s, back_s) = delays(k);
            let beat = (t + late_s - began) * 126.0 / 60.0;
            let heard = LinkStatus { peers: 1, bpm: 126.0, beat: (beat * 1e6).round() / 1e6 };
            if let Some(seen) = watch.hear(heard, Seconds(t), Seconds(t + late_s + back_s))
                && (t - 5.0) % 30.0 > 3.0
            {
                let phase = (seen.at.0 - began) * 126.0 / 60.0;
                worst_s = worst_s.max((phase - phase.round()).abs() * 60.0 / 126.0);
            }
            t += late_s + back_s + 0.101;
        }
        worst_s
    }

    #[test]
    fn late_answers_do_not_shift_the_phase() {
        // Nine of ten answers come 40 ms late; questions do, or either by chance; all are prompt.
        let mostly = worst_phase_s(|k| (0.000_3, if k % 10 == 3 { 0.000_3 } else { 0.040 }));
        let asked = worst_phase_s(|k| (if k % 10 == 3 { 0.000_3 } else { 0.040 }, 0.000_3));
        let either = worst_phase_s(|k| if k % 2 == 0 { (0.000_3, 0.040) } else { (0.040, 0.000_3) });
        let wild = |k: u32| f64::from(k.wrapping_mul(2_654_435_761) >> 20) / 4096.0 * 0.040;
        let chance = worst_phase_s(|k| (0.000_3 + wild(k), 0.000_3 + wild(k + 9_999)));
        let prompt = worst_phase_s(|_| (0.000_3, 0.000_3));
        println!("off by {mostly:.4}, {asked:.4}, {either:.4}, {chance:.4}, {prompt:.4} s");
        assert!(mostly < 0.001 && asked < 0.001 && either < 0.001 && chance < 0.006 && prompt < 0.001);
        // What is always late on one side cannot be told: half of it stays.
        let always = worst_phase_s(|_| (0.000_3, 0.040));
        assert!((0.018..0.021).contains(&always), "{always}");
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
            // In two pieces, the second late.
            write!(&stream, "status {{ :peers 1 :bpm 150.0 :start 1 ").unwrap();
            std::thread::sleep(Duration::from_millis(20));
            writeln!(&stream, ":beat {}.25 }}", 40 + k).unwrap();
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
