//! What the integration tests share: running the binary, scratch folders, pictures.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A fresh empty folder for one test.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The binary, run from the repository's root, quiet about its progress.
pub fn halation() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halation"));
    command.current_dir(root());
    command
}

/// Runs the binary to its end.
pub fn run(args: &[&str]) -> Output {
    halation().args(args).output().expect("the binary runs")
}

/// Runs the binary, which must succeed.
pub fn run_well(args: &[&str]) -> Output {
    let out = run(args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    out
}

/// A report as written by `--report`.
pub fn report(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("a report")).expect("JSON")
}

/// Captured frames in order of time.
pub fn frames(folder: &Path) -> Vec<image::RgbImage> {
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder).expect("captures").map(|e| e.unwrap().path()).collect();
    names.sort();
    names.iter().map(|n| image::open(n).expect("a picture").to_rgb8()).collect()
}

/// Largest value of any channel.
pub fn brightest(picture: &image::RgbImage) -> u8 {
    picture.pixels().flat_map(|p| p.0).max().unwrap_or(0)
}

/// Mean absolute difference of two pictures of one size, in 8-bit steps.
pub fn difference(a: &image::RgbImage, b: &image::RgbImage) -> f64 {
    let sum: u64 = a.as_raw().iter().zip(b.as_raw()).map(|(x, y)| u64::from(x.abs_diff(*y))).sum();
    sum as f64 / a.as_raw().len() as f64
}

/// Writes lines of a trace for `--replay`: (seconds, parameter, value).
pub fn replay(path: &Path, events: &[(f64, &str, f64)]) {
    let lines: Vec<String> = events
        .iter()
        .map(|(t, id, value)| format!(r#"{{"t":{t},"kind":"event","id":"{id}","change":"set","value":{value}}}"#))
        .collect();
    std::fs::write(path, lines.join("\n")).unwrap();
}

/// An X server of a test's own.
pub struct XServer {
    process: Child,
    /// What to put into `DISPLAY`.
    pub display: String,
}

impl XServer {
    /// Starts `program`; `None` where it is not installed or may not start, and nobody insists.
    pub fn start(program: &str, arguments: &[&str], packages: &str) -> Option<Self> {
        let mut command = Command::new(program);
        command.args(["-displayfd", "1", "-nolisten", "tcp"]).args(arguments);
        let Ok(mut process) = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() else {
            assert!(std::env::var_os("CI").is_none(), "CI needs {program} (packages {packages})");
            println!("skipped: {program} is not installed (packages {packages})");
            return None;
        };
        let mut number = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut number).expect("a display");
        if number.trim().is_empty() {
            assert!(std::env::var_os("CI").is_none(), "CI needs {program} to be allowed to start");
            println!("skipped: {program} may not start here");
            let _ = process.wait();
            return None;
        }
        Some(Self { process, display: format!(":{}", number.trim()) })
    }
}

impl Drop for XServer {
    fn drop(&mut self) {
        // Asked politely it removes its lock and socket.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}
