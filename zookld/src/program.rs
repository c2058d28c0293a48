//! The programs of all services, opened once: what was checked is what runs, at every restart.

use std::collections::BTreeMap;
use std::error::Error;
use std::os::fd::OwnedFd;
use std::path::Path;

use manifest::{Program, Service, ServiceName};
use table::trusted::{self, Trust, Untrusted};

use crate::load::Mistake;

/// The open programs of each service.
pub(crate) type Programs = BTreeMap<ServiceName, Open>;

/// The programs of one service.
pub(crate) struct Open {
    /// `cmd`.
    pub(crate) own: OwnedFd,
    /// `starts`, by name.
    pub(crate) started: Vec<(String, OwnedFd)>,
}

/// Opens the program of every service, or says all that is wrong with them.
pub(crate) fn open_all(directory: &Path, services: &[Service], trust: Trust) -> Result<Programs, Vec<Mistake>> {
    if let Err(why) = trusted::directory(directory, trust) {
        return Err(vec![Mistake { line: 1, why: format!("the programs cannot be used: {why}") }]);
    }
    let mut programs = Programs::new();
    let mut missing = Vec::new();
    for service in services {
        let mut open = |key: &str, program: &Program| {
            let opened = trusted::open(&directory.join(program.as_str()), trust).map(OwnedFd::from);
            opened.map_err(|why| missing.push(cannot_run(service, key, program, &why))).ok()
        };
        let own = open("cmd", &service.program);
        let started = service.starts.iter().filter_map(|program| Some((program.to_string(), open("starts", program)?)));
        let started = started.collect();
        programs.extend(own.map(|own| (service.name.clone(), Open { own, started })));
    }
    if missing.is_empty() { Ok(programs) } else { Err(missing) }
}

fn cannot_run(service: &Service, key: &str, program: &Program, why: &Untrusted) -> Mistake {
    let cause = why.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    Mistake { line: service.line, why: format!("[{}] {key} = {program}: {why}{cause}", service.name) }
}
