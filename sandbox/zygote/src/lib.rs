//! Holds a warmed Python interpreter and forks guests from it: inside the guests' user namespace, process 1 of its own PID
//! namespace. No stranger's code and no stranger's byte ever comes near this process; in its children the walls stand before.
//!
//! It is a library that is preloaded into the interpreter's own program (`LD_PRELOAD`, ld.so(8)), because the interpreter in
//! that program can be a quarter quicker than the same one as a shared library (decision 0011).

mod again;
mod entry;
mod family;
mod guest;
mod private;
mod python;

use std::path::Path;

use anyhow::{Context, ensure};
use confine::guest::{has_one_thread, record};
use rustix::thread::CpuSet;
use zygote_api::{Awake, CONTROL, MAX_RUN, Settings, encode};

use crate::family::Family;
use crate::python::Python;

/// The whole life of a zygote, until its supervisor is gone.
fn live() -> anyhow::Result<()> {
    let control = confine::inherited::take(CONTROL).context("the supervisor of the sandbox starts this program")?;
    let settings = family::settings(&control)?;
    match wake(&settings) {
        Ok((python, version)) => {
            record::send(&control, &encode(&Awake::Ready { version }), &[])?;
            Family::new(control, python)?.serve()
        }
        Err(why) => {
            record::send(&control, &encode(&Awake::Failed { why: format!("{why:#}") }), &[])?;
            Err(why)
        }
    }
}

/// More often than the interpreter needs to see code before it has made it as quick as it gets.
const REHEARSALS: u32 = 20;

/// Does what each child will do, so that the children find everything done that can be done once for all.
fn rehearse(python: &Python) -> anyhow::Result<()> {
    let (trial, mut order) = (guest::trial(), vec![0; MAX_RUN]);
    for _ in 0..REHEARSALS {
        python.rehearse_fork();
        guest::rehearse(python, &trial, &mut order)?;
    }
    Ok(())
}

/// Starts the interpreter and brings it to where every guest begins.
fn wake(settings: &Settings) -> anyhow::Result<(Python, String)> {
    let mut core = CpuSet::new();
    core.set(settings.core);
    // Not for safety: a call that its supervisor answers on another core costs 25 times as much.
    rustix::thread::sched_setaffinity(None, &core).context("cannot stay on one core")?;
    let python = Python::start(&settings.installation.program)?;
    python.run_main(include_str!("../../guest/runner.py"))?;
    let packages = settings.installation.packages.as_deref().unwrap_or(Path::new(""));
    python.call_main("prepare", &[packages.as_os_str().as_encoded_bytes()])?;
    for name in &settings.preimport {
        python.call_main("preimport", &[name.as_bytes()]).with_context(|| {
            format!("{name} cannot be imported: take it from the list `preimport`, or install it for this Python")
        })?;
    }
    python.call_main("furnish", &[])?;
    for (name, source) in
        [("api", include_str!("../../guest/api.py")), ("proflib", include_str!("../../guest/proflib.py"))]
    {
        python.call_main("install", &[name.as_bytes(), source.as_bytes()])?;
    }
    python.call_main("converse", &[])?;
    rehearse(&python)?;
    python.call_main("settle", &[])?;
    // No fork takes a thread along, and whatever lock it held stays locked.
    ensure!(has_one_thread(), "a preimported module has started threads; take it from the list `preimport`");
    let version = python.version();
    Ok((python, version))
}
