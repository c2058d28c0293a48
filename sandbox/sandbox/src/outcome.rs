//! What comes of a run: a value, whatever happened.

use std::time::Duration;

/// How a run ended and what it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub ending: Ending,
    /// What was printed before the end.
    pub output: Vec<u8>,
    /// The end of what went to the error output: tracebacks.
    pub errors: Vec<u8>,
    /// Each distinct call that the sandbox refused, with the reason, in words for the author.
    pub denials: Vec<String>,
    pub usage: Usage,
    /// Each call that the sandbox answered, where the request asked for that.
    pub transcript: Vec<String>,
}

/// What a run took, and where its time went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// From the request to the hand-over of the program.
    pub waited: Duration,
    /// From the hand-over of the program to its end.
    pub time: Duration,
    /// From the hand-over of the program to the first that it printed.
    pub first_output: Option<Duration>,
    /// From its end until its files were durable.
    pub commit: Duration,
    /// Processor time, its birth and warm-up included.
    pub processor_time: Duration,
    /// The most memory that it had, in bytes, with what it shared with others. Where it ended by itself this is its own
    /// word, good to show to its author; unless the request asked for an account: then it is the kernel's.
    pub peak_memory: Option<u64>,
    /// Calls that the sandbox answered.
    pub calls: u64,
    /// How long it took to answer them, as part of `time`.
    pub answering: Duration,
    /// What the owner has after it: files, directories and links, and their bytes.
    pub files: u64,
    pub bytes: u64,
}

/// The ways in which a run can end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this exit code.
    Finished { exit_code: i32 },
    /// Killed at the end of its time, or of its processor time.
    OutOfTime { limit: Duration, of_processor: bool },
    /// Its memory was not enough.
    OutOfMemory,
    /// Killed for printing more than it may.
    OutOfOutput { limit: usize },
    /// Killed by the kernel for a call that no program makes by accident.
    Denied,
    /// Killed by this signal.
    Crashed { signal: i32 },
    /// It did not begin, since it asked for a Python that is not there; these are.
    NoPython { wanted: String, there_are: Vec<String> },
    /// A failure of ours, not of the program's.
    NotStarted { why: String },
}

impl Outcome {
    /// A run that came to nothing.
    pub(crate) fn nothing(ending: Ending) -> Self {
        Self {
            ending,
            output: Vec::new(),
            errors: Vec::new(),
            denials: Vec::new(),
            usage: Usage::default(),
            transcript: Vec::new(),
        }
    }

    /// One sentence where the run did not end well, fit for anybody who sees the output.
    pub fn remark(&self) -> Option<String> {
        match &self.ending {
            Ending::Finished { exit_code: 0 } => None,
            Ending::Finished { exit_code } => Some(match self.last_error() {
                Some(error) => format!("The program ended with an error: {error}"),
                None => format!("The program ended with exit code {exit_code}."),
            }),
            Ending::OutOfTime { limit, of_processor: false } => {
                Some(format!("The program was stopped after {}.", seconds(*limit)))
            }
            Ending::OutOfTime { limit, of_processor: true } => {
                Some(format!("The program was stopped after {} of processor time.", seconds(*limit)))
            }
            Ending::OutOfMemory => Some("The program ran out of memory.".into()),
            Ending::OutOfOutput { limit } => {
                Some(format!("The program printed more than {} KiB and was stopped.", limit / 1024))
            }
            Ending::Denied => Some("The program was stopped for a forbidden system call.".into()),
            Ending::Crashed { signal } => Some(format!("The program crashed (signal {signal}).")),
            Ending::NoPython { wanted, there_are } => {
                // The author's words, in a sentence of the site: only what could be a name is said again.
                let named =
                    !wanted.is_empty() && wanted.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
                let called = if named { format!("Python called '{wanted}'") } else { "such Python".to_owned() };
                Some(format!("This site has no {called}; it has: {}.", there_are.join(", ")))
            }
            Ending::NotStarted { .. } => Some("The program could not be run now.".into()),
        }
    }

    /// The last line of a traceback, such as `NameError: name 'x' is not defined`.
    pub(crate) fn last_error(&self) -> Option<String> {
        const SHOWN: usize = 200;
        let errors = String::from_utf8_lossy(&self.errors);
        let line = errors.trim_end().lines().next_back()?;
        let (kind, _) = line.split_once(':').unwrap_or((line, ""));
        let named = kind.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.') && !kind.is_empty();
        named.then(|| line.chars().take(SHOWN).collect())
    }
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f32() {
        1.0 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(ending: Ending, errors: &str) -> Outcome {
        Outcome { errors: errors.into(), ..Outcome::nothing(ending) }
    }

    #[test]
    fn a_good_end_has_no_remark_and_every_other_has_one() {
        assert_eq!(ended(Ending::Finished { exit_code: 0 }, "a warning").remark(), None);
        assert_eq!(
            ended(Ending::Finished { exit_code: 3 }, "").remark().as_deref(),
            Some("The program ended with exit code 3.")
        );
        for ending in [Ending::OutOfMemory, Ending::Denied, Ending::Crashed { signal: 11 }] {
            assert!(ended(ending, "").remark().is_some());
        }
    }

    #[test]
    fn a_time_is_told_as_people_say_it() {
        let told = |seconds| {
            let limit = Duration::from_secs_f32(seconds);
            ended(Ending::OutOfTime { limit, of_processor: false }, "").remark().expect("a sentence")
        };
        assert_eq!(told(1.0), "The program was stopped after 1 second.");
        assert_eq!(
            [told(0.5), told(5.0)].map(|told| told.replace("The program was stopped after ", "")),
            ["0.5 seconds.", "5 seconds."]
        );
    }

    #[test]
    fn an_exception_is_told_by_its_last_line() {
        let traceback =
            "Traceback (most recent call last):\n  File \"x\", line 1\nZeroDivisionError: division by zero\n";
        assert_eq!(
            ended(Ending::Finished { exit_code: 1 }, traceback).remark().as_deref(),
            Some("The program ended with an error: ZeroDivisionError: division by zero")
        );
    }
}
