//! Tests with sound servers of their own. JACK and PulseAudio are found through the environment of a whole process, so such
//! a test runs in a child process: this binary again, asked for one ignored test.
//!
//! JACK's clients share a database in `/dev/shm`, and one that is killed inside it makes every later one wait for ever. The
//! child has a `/dev/shm` of its own where the system lets it, and is ended when it takes too long.

#[cfg(target_os = "linux")]
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Set for the child alone: its folder for anything.
const FOLDER: &str = "HALATION_TEST_CHILD";
/// Longer than any of them takes on any machine.
const DEADLINE: Duration = Duration::from_secs(300);
const OWN_SHM: &str = r#"mount -t tmpfs none /dev/shm && exec "$0" "$@""#;

/// Runs the ignored `test` of this binary in a child with a runtime folder and a JACK server's name of its own.
pub fn in_child(test: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let said = folder.path().join("said");
    let log = std::fs::File::create(&said).expect("a file for what it says");
    let mut child = command()
        .args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("HOME", folder.path())
        .env("JACK_DEFAULT_SERVER", format!("halation-test-{}", test.replace("::", "-")))
        .env("JACK_NO_START_SERVER", "1")
        .env_remove("PULSE_SERVER")
        .env_remove("PULSE_RUNTIME_PATH")
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("the same file"))
        .stderr(log)
        .spawn()
        .expect("our own binary starts");
    let began = Instant::now();
    let ended = loop {
        match child.try_wait().expect("a state") {
            Some(status) => break status.success(),
            None if began.elapsed() > DEADLINE => break false,
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    let _ = child.kill();
    let _ = child.wait();
    let said = String::from_utf8_lossy(&std::fs::read(&said).expect("what it said")).into_owned();
    println!("{said}");
    assert!(ended && said.contains("1 passed"), "{test} failed after {:?}:\n{said}", began.elapsed());
    assert!(!said.contains("panicked"), "{test} panicked on the way:\n{said}");
}

/// This binary, with a `/dev/shm` of its own where that is allowed.
fn command() -> Command {
    let own = std::env::current_exe().expect("our own path");
    let unshare = |args: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", OWN_SHM]).args(args);
        command
    };
    let allowed = unshare(&["true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if allowed.is_ok_and(|status| status.success()) {
        let mut command = unshare(&[]);
        command.arg(own);
        return command;
    }
    println!("the system gives no /dev/shm of one's own: JACK's is shared");
    sweep();
    Command::new(own)
}

/// Removes what JACK keeps in shared memory for servers of these tests: a semaphore that a killed client left makes a later one
/// of its name wait for ever.
fn sweep() {
    for file in std::fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
        if file.file_name().to_string_lossy().contains("halation-test") {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

/// The child's folder; `None` when it is not a child.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// True when `program` is installed. On CI a missing one is an error.
pub fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let on_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(found || !on_ci, "{program} is not installed, and CI=true");
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

/// A program that is killed when it goes out of scope, or when we are.
pub struct Running(pub Child);

impl Running {
    pub fn start(program: &str, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // SAFETY: only a system call between fork and exec.
        #[cfg(target_os = "linux")]
        unsafe {
            command.pre_exec(|| {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            })
        };
        let quiet = command.spawn();
        Self(quiet.unwrap_or_else(|error| panic!("{program}: {error}")))
    }

    /// A JACK server without a sound card, under the name that the child's clients look for.
    pub fn jackd(rate_hz: u32, options: &[&str]) -> Self {
        let name = std::env::var("JACK_DEFAULT_SERVER").expect("set by the parent");
        let rate_hz = rate_hz.to_string();
        let driver = ["-r", "-n", &name, "-d", "dummy", "-r", &rate_hz, "-p", "256"];
        Self::start("jackd", &[options, &driver].concat())
    }

    /// Lets the program stand still, as a hanging one does.
    pub fn hang(&self) {
        // SAFETY: a plain system call on a child that nobody has waited for.
        unsafe { libc::kill(self.0.id() as libc::pid_t, libc::SIGSTOP) };
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
