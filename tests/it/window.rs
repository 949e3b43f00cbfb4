//! The wall as a window, on an X server of its own: fullscreen, a picture on it, and every clean way out.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{XServer, halation, report, scratch};

const PATIENCE: Duration = Duration::from_secs(90);
const WIDTH: usize = 320;
const HEIGHT: usize = 200;
/// More contrast than the calm gradient that the wall begins with.
const LIVELY: u8 = 100;

/// An X server whose screen is a file.
struct Screen {
    server: XServer,
    file: PathBuf,
}

impl Screen {
    /// `None` where there is no Xvfb and nobody insists.
    fn open(folder: &Path) -> Option<Self> {
        let (size, files) = (format!("{WIDTH}x{HEIGHT}x24"), folder.display().to_string());
        let server = XServer::start("Xvfb", &["-screen", "0", &size, "-fbdir", &files], "xvfb")?;
        Some(Self { server, file: folder.join("Xvfb_screen0") })
    }

    /// Every pixel as red, green, blue; from the file's XWD header on (X11/XWDFile.h).
    fn pixels(&self) -> Vec<[u8; 3]> {
        let bytes = std::fs::read(&self.file).unwrap();
        let field = |k: usize| u32::from_be_bytes(bytes[4 * k..4 * k + 4].try_into().unwrap()) as usize;
        let (header, pitch, colours) = (field(0), field(12), field(19));
        assert_eq!((field(4), field(5), field(7), field(11)), (WIDTH, HEIGHT, 0, 32), "little-endian, 32 bits a pixel");
        let rows = bytes[header + 12 * colours..].chunks(pitch).take(HEIGHT);
        rows.flat_map(|row| row[..4 * WIDTH].chunks(4).map(|p| [p[2], p[1], p[0]])).collect()
    }

    /// How far apart the darkest and the brightest pixel are in each corner of the screen.
    fn contrast_of_quarters(&self) -> [u8; 4] {
        let pixels = self.pixels();
        std::array::from_fn(|quarter| {
            let (x0, y0) = (quarter % 2 * WIDTH / 2, quarter / 2 * HEIGHT / 2);
            let inside = (0..HEIGHT / 2).flat_map(|y| (0..WIDTH / 2).map(move |x| (y0 + y) * WIDTH + x0 + x));
            let (low, high) = inside.map(|at| pixels[at]).fold((255, 0), |(low, high), p| {
                let brightest = p.into_iter().max().unwrap_or(0);
                (brightest.min(low), brightest.max(high))
            });
            high.saturating_sub(low)
        })
    }

    /// Plays [`SHOW`] fullscreen until a picture fills the screen, leaves as `leave` does, and returns the report.
    fn play(&self, folder: &Path, leave: impl Fn(&Child, u32)) -> serde_json::Value {
        let (file, show) = (folder.join("report.json"), folder.join("show.toml"));
        std::fs::write(&show, SHOW).unwrap();
        let mut child = halation()
            .arg("play")
            .arg(&show)
            .args(["--audio", "none", "--osc", "off", "--fps", "10", "--report"])
            .arg(&file)
            .env("DISPLAY", &self.server.display)
            .env_remove("WAYLAND_DISPLAY")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while self.contrast_of_quarters().iter().any(|contrast| *contrast < LIVELY) {
            assert!(child.try_wait().unwrap().is_none(), "it left before there was a picture");
            assert!(began.elapsed() < PATIENCE, "no picture: {:?}", self.contrast_of_quarters());
            std::thread::sleep(Duration::from_millis(50));
        }
        let asked = Instant::now();
        for attempt in 0.. {
            leave(&child, attempt);
            std::thread::sleep(Duration::from_millis(500));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return report(&file);
            }
            assert!(asked.elapsed() < PATIENCE, "it did not leave");
        }
        unreachable!("asked for ever")
    }
}

/// Nothing in it is black for long: a picture of it reaches every corner.
const SHOW: &str = r#"
name = "everywhere"
model = "models/spark"
[[bank]]
slots = ["bright monochrome checkerboard", "bright monochrome checkerboard", "bright monochrome checkerboard",
  "bright monochrome checkerboard", "bright monochrome checkerboard", "bright monochrome checkerboard",
  "bright monochrome checkerboard", "bright monochrome checkerboard"]
"#;

#[test]
fn fullscreen_shows_the_picture_and_leaves_cleanly() {
    let folder = scratch("window");
    let Some(screen) = Screen::open(&folder) else { return };
    let terminated = screen.play(&folder, |child, attempt| {
        // A second signal would end it the hard way.
        if attempt == 0 {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
        }
    });
    assert!(terminated["frames"]["presented"].as_u64().unwrap() > 0);
    assert_eq!(terminated["faults"].as_array().unwrap().len(), 0, "{}", terminated["faults"]);
    if Command::new("xdotool").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI needs xdotool");
        return println!("skipped the Esc key: xdotool is not installed");
    }
    let escaped = screen.play(&folder, |_, _| {
        for key in ["5", "Escape", "Escape"] {
            let _ = Command::new("xdotool").args(["key", key]).env("DISPLAY", &screen.server.display).status();
        }
    });
    assert!(escaped["frames"]["presented"].as_u64().unwrap() > 0);
    // The first row of keys is the first row of pads.
    assert_eq!(escaped["params"]["prompt.slot"].as_f64(), Some(5.0), "key 5");
}
