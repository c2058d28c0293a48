//! What became of an owner's last runs: his way to find the faults of a program that runs when he is not there.

use profile_api::Run;
use sandbox_api::Outcome;

use super::{Failed, Shelf};

/// Runs that are kept for each owner.
const KEPT: u32 = 20;
/// Most that is kept of each text of a run, in bytes.
const BEGINNING: usize = 4 * 1024;

/// A run as it is written down.
#[derive(Debug)]
pub(crate) struct PastRun {
    visitor: String,
    outcome: String,
    milliseconds: u64,
    peak_memory: Option<u64>,
    files: u64,
    file_bytes: u64,
    output: String,
    errors: String,
    denials: String,
}

impl PastRun {
    pub(crate) fn of(visitor: &str, outcome: &Outcome) -> Self {
        Self {
            visitor: visitor.to_owned(),
            outcome: beginning(outcome.remark.as_deref().unwrap_or("It ended well.")),
            milliseconds: outcome.milliseconds,
            peak_memory: outcome.peak_memory,
            files: outcome.files,
            file_bytes: outcome.file_bytes,
            output: beginning(&outcome.output),
            errors: beginning(&outcome.errors),
            denials: beginning(&outcome.denials.join("\n")),
        }
    }
}

/// Without the control characters that JSON writes six times as long: all runs of an owner fit in one message.
fn beginning(text: &str) -> String {
    let plain = |character: char| character == '\n' || character == '\t' || !character.is_control();
    let text = &text[..text.floor_char_boundary(BEGINNING)];
    text.chars().map(|character| if plain(character) { character } else { '?' }).collect()
}

impl Shelf {
    /// Adds a run, and forgets the oldest beyond [`KEPT`].
    pub(crate) async fn record(&self, owner: String, run: PastRun) -> Result<(), Failed> {
        let recording = self.store.writer.write(move |db| {
            let PastRun { visitor, outcome, milliseconds, peak_memory, files, file_bytes, output, errors, denials } =
                run;
            db.prepare_cached(
                "INSERT INTO run (owner, visitor, outcome, output, errors, denials,
                     milliseconds, peak_memory, files, file_bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                &owner,
                visitor,
                outcome,
                output,
                errors,
                denials,
                milliseconds,
                peak_memory,
                files,
                file_bytes,
            ))?;
            db.prepare_cached(
                "DELETE FROM run WHERE owner = ?1 AND id NOT IN
                 (SELECT id FROM run WHERE owner = ?1 ORDER BY id DESC LIMIT ?2)",
            )?
            .execute((owner, KEPT))?;
            Ok(())
        });
        recording.await
    }

    /// The last runs of an owner's program, newest first.
    pub(crate) fn runs(&self, owner: &str) -> Result<Vec<Run>, Failed> {
        self.store.reader.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT datetime(time, 'unixepoch'), visitor, outcome, milliseconds, output, errors, denials,
                     peak_memory, files, file_bytes
                 FROM run WHERE owner = ?1 ORDER BY id DESC",
            )?;
            let runs = query.query_map([owner], |row| {
                let denials: String = row.get(6)?;
                Ok(Run {
                    time: row.get(0)?,
                    visitor: row.get(1)?,
                    outcome: row.get(2)?,
                    milliseconds: row.get(3)?,
                    output: row.get(4)?,
                    errors: row.get(5)?,
                    denials: denials.lines().map(str::to_owned).collect(),
                    peak_memory: row.get(7)?,
                    files: row.get(8)?,
                    file_bytes: row.get(9)?,
                })
            })?;
            Ok(runs.collect::<Result<_, _>>()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use sandbox_api::Ending;

    use super::*;

    fn outcome(output: &str) -> Outcome {
        Outcome {
            ending: Ending::Finished,
            exit_code: Some(0),
            output: output.to_owned(),
            errors: String::new(),
            remark: None,
            denials: vec!["one".into(), "two".into()],
            milliseconds: 5,
            peak_memory: Some(16 << 20),
            files: 3,
            file_bytes: 1234,
        }
    }

    #[tokio::test]
    async fn the_last_twenty_runs_of_each_owner_are_kept() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let shelf = Shelf::open(directory.path()).expect("opens");
        for number in 0..25 {
            let run = PastRun::of("bob", &outcome(&number.to_string()));
            shelf.record("anna".into(), run).await.expect("writes");
        }
        shelf.record("carl".into(), PastRun::of("bob", &outcome("carl's"))).await.expect("writes");
        let runs = shelf.runs("anna").expect("reads");
        assert_eq!(runs.len(), 20);
        assert_eq!((runs[0].output.as_str(), runs[19].output.as_str()), ("24", "5"));
        assert_eq!(runs[0].denials, ["one", "two"]);
        assert_eq!((runs[0].peak_memory, runs[0].files, runs[0].file_bytes), (Some(16 << 20), Some(3), Some(1234)));
        assert_eq!(shelf.runs("carl").expect("reads").len(), 1);
    }

    #[test]
    fn binary_output_is_kept_as_question_marks() {
        assert_eq!(PastRun::of("bob", &outcome("a\tb\n\0\u{1b}[2J\u{9b}")).output, "a\tb\n??[2J?");
    }

    #[test]
    fn only_the_beginning_of_a_long_output_is_kept() {
        let run = PastRun::of("bob", &outcome(&"é".repeat(3000)));
        assert_eq!(run.output.len(), 4096);
        let odd = PastRun::of("bob", &outcome(&format!("x{}", "é".repeat(3000))));
        assert_eq!(odd.output.len(), 4095, "no half character");
    }
}
