//! The same programs without a sandbox: forked from a plain interpreter, or started for the purpose.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

/// The host's Python, never another one that happens to be first in PATH.
const PYTHON: [&str; 4] = ["/usr/bin/python3", "-I", "-S", "-c"];

/// Everything unshared, and the little of the host that Python needs.
const BUBBLEWRAP: &str = "bwrap --unshare-all --die-with-parent --ro-bind /usr /usr --symlink usr/lib /lib \
     --symlink usr/lib64 /lib64 --tmpfs /tmp --chdir /tmp";

/// Starts Python for one program.
pub(crate) fn python(code: &str) -> anyhow::Result<Duration> {
    started(PYTHON.to_vec(), code)
}

/// The same, walled in by bubblewrap.
pub(crate) fn bubblewrap(code: &str) -> anyhow::Result<Duration> {
    started(BUBBLEWRAP.split_whitespace().chain(PYTHON).collect(), code)
}

fn started(command: Vec<&str>, code: &str) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    let mut process = Command::new(command[0])
        .args(&command[1..])
        .arg(code)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} cannot be started (apt-get install bubblewrap python3)", command[0]))?;
    let mut output = String::new();
    process.stdout.take().context("its output is a pipe")?.read_to_string(&mut output)?;
    let ended = process.wait()?;
    let time = begin.elapsed();
    ensure!(ended.success() && !output.is_empty(), "{} printed nothing: {ended}", command[0]);
    Ok(time)
}

/// An interpreter that forks for each program, see plain.py.
pub(crate) struct Forking {
    process: Child,
    programs: ChildStdin,
    outputs: ChildStdout,
}

impl Forking {
    /// Starts it with these modules imported.
    pub(crate) fn start(modules: &str) -> anyhow::Result<Self> {
        let mut process = Command::new(PYTHON[0])
            .args(&PYTHON[1..])
            .args([include_str!("plain.py"), modules])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("python3 cannot be started")?;
        let (programs, outputs) = process.stdin.take().zip(process.stdout.take()).context("both are pipes")?;
        let mut forking = Self { process, programs, outputs };
        forking.run("print(1)")?;
        Ok(forking)
    }

    /// Runs a program in a fork; what it printed.
    pub(crate) fn run(&mut self, code: &str) -> anyhow::Result<String> {
        self.programs.write_all(&u32::try_from(code.len())?.to_le_bytes())?;
        self.programs.write_all(code.as_bytes())?;
        let mut length = [0; 4];
        self.outputs.read_exact(&mut length).context("the plain interpreter ended")?;
        let mut output = vec![0; u32::from_le_bytes(length) as usize];
        self.outputs.read_exact(&mut output)?;
        ensure!(!output.is_empty(), "a program printed nothing");
        Ok(String::from_utf8(output)?)
    }
}

impl Drop for Forking {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
