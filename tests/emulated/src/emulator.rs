//! Running an image under QEMU, with a time limit around it.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use crate::machine::Machine;

/// Why an image did not come to a good end.
#[derive(Debug, PartialEq)]
pub enum Failure {
    /// The emulator did not start.
    NotStarted(String),
    /// The time limit came first; with what was printed until then.
    Hung(Duration, String),
    /// The exit status was not zero; with what was said on standard error.
    Exit(Option<i32>, String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::NotStarted(why) => write!(f, "{why}; run tests/install"),
            Self::Hung(limit, last) => write!(f, "hung: killed after {limit:?}; its last line was `{last}`"),
            Self::Exit(Some(101), words) => write!(f, "panicked: {words}"),
            Self::Exit(Some(102), words) => write!(f, "fault of the processor: {words}"),
            Self::Exit(status, words) => write!(f, "ended with exit status {status:?}: {words}"),
        }
    }
}

/// Reads a pipe to its end while the emulator runs.
fn reader(mut pipe: impl Read + Send + 'static) -> impl FnOnce() -> String {
    let thread = spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    });
    || thread.join().expect("reading a pipe does not panic")
}

/// How the emulator's time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// With that of the host.
    Host,
    /// 64 ns with each instruction.
    Instructions,
}

/// Runs an image, which reads `words` as its arguments, and returns what it printed.
///
/// # Errors
/// [`Failure`], with what the image said on standard error.
///
/// # Panics
/// If the operating system refuses to wait for the emulator or to end it.
pub fn run(
    machine: &Machine,
    image: &Path,
    clock: Clock,
    words: &[&str],
    limit: Duration,
) -> Result<String, Failure> {
    let mut command = Command::new(machine.program);
    command.args(machine.options);
    if clock == Clock::Instructions {
        command.args(["-icount", "shift=6,sleep=off"]);
    }
    command.args(["-display", "none", "-monitor", "none", "-serial", "none"]);
    let words: String = words.iter().flat_map(|word| [",arg=", word]).collect();
    command.arg("-semihosting-config").arg(format!("enable=on,target=native,arg=firmware{words}"));
    command.arg("-kernel").arg(image);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child =
        command.spawn().map_err(|error| Failure::NotStarted(format!("`{}`: {error}", machine.program)))?;
    let out = reader(child.stdout.take().expect("standard output is a pipe"));
    let errors = reader(child.stderr.take().expect("standard error is a pipe"));

    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if start.elapsed() >= limit {
            child.kill().expect("a child can be killed");
            child.wait().expect("a child can be waited for");
            return Err(Failure::Hung(limit, out().lines().last().unwrap_or_default().to_owned()));
        }
        sleep(Duration::from_millis(5));
    };
    if status.success() { Ok(out()) } else { Err(Failure::Exit(status.code(), errors().trim().to_owned())) }
}
