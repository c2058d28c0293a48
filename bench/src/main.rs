//! How fast the site is, beside other programs that do the same, on the same machine and in the same minute.
//!
//! `bench` measures everything in about four minutes, `bench quick` in less; `bench http rpc` measures only what is named.
//! Absolute figures say more about the machine than about the program, so each table shows ratios of neighbours: those
//! who are compared take turns, and a ratio is taken within one round, whatever else the machine was doing then.
//!
//! A goal that is missed is printed, not punished: the exit code tells only whether everything could be measured.

#![forbid(unsafe_code)]

mod cpu;
mod disk;
mod effort;
mod goal;
mod machine;
mod statistics;
mod subject;
mod table;
mod varlink;

use std::process::{Command, ExitCode};

use effort::Effort;
use subject::{SUBJECTS, Subject};

/// The word for less effort.
const QUICK: &str = "quick";
/// The word by which this program tells itself to measure, without a word about the machine.
const MEASURE: &str = "measure";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, what, socket] = words.as_slice()
        && serve == "serve"
    {
        return subject::rpc::serve(what, socket.as_ref());
    }
    if let [measure, words @ ..] = words.as_slice()
        && measure == MEASURE
    {
        let measured = understand(words).is_some_and(|(effort, chosen)| chosen.iter().all(|one| shown(one, &effort)));
        return if measured { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let Some((effort, chosen)) = understand(&words) else {
        let names: Vec<&str> = SUBJECTS.iter().map(|subject| subject.name).collect();
        eprintln!("usage: bench [quick] [{}]...", names.join("|"));
        return ExitCode::from(2);
    };
    println!("{}", machine::described());
    let missing = chosen.into_iter().filter(|subject| !measured_apart(subject, &effort)).count();
    if missing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures one subject in a process of its own: some claim root's power, which a process has once, or fork before it has
/// threads.
fn measured_apart(subject: &Subject, effort: &Effort) -> bool {
    let quick = (*effort == Effort::QUICK).then_some(QUICK);
    let measuring = std::env::current_exe()
        .and_then(|bench| Command::new(bench).arg(MEASURE).args(quick).arg(subject.name).status());
    measuring.is_ok_and(|status| status.success())
}

/// How hard to try, and what to measure: everything if nothing is named.
fn understand(words: &[String]) -> Option<(Effort, Vec<&'static Subject>)> {
    let (quick, names): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| *word == QUICK);
    let effort = if quick.is_empty() { Effort::USUAL } else { Effort::QUICK };
    if names.is_empty() {
        return Some((effort, SUBJECTS.iter().collect()));
    }
    let named = |name: &&String| SUBJECTS.iter().find(|subject| subject.name == **name);
    Some((effort, names.iter().map(named).collect::<Option<_>>()?))
}

/// Measures one subject and prints its table, or why there is none.
///
/// The harness panics when a site does not do what a test expects, and has then said why; the other subjects go on.
fn shown(subject: &Subject, effort: &Effort) -> bool {
    let measured = std::thread::scope(|scope| scope.spawn(|| (subject.measure)(effort)).join());
    match &measured {
        Ok(Ok(table)) => print!("\n{table}"),
        Ok(Err(why)) => println!("\n## {}\n\nnot measured: {why:#}", subject.name),
        Err(_) => println!("\n## {}\n\nnot measured: see above", subject.name),
    }
    matches!(measured, Ok(Ok(_)))
}
