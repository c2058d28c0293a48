//! The table as a person reads it: what `zookld --check` prints. Nothing in it is left to a default that is not shown.

use std::fmt;

use crate::{Answers, Kind, Manifest, Service};

/// The policy of a site, for people.
pub(crate) struct Policy<'a>(&'a Manifest);

impl Manifest {
    /// Who runs as whom, sees what, and may call which methods: several lines for each process.
    pub fn policy(&self) -> impl fmt::Display + '_ {
        Policy(self)
    }
}

impl fmt::Display for Policy<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(manifest) = self;
        for service in manifest.services() {
            block(out, manifest, service)?;
        }
        Ok(())
    }
}

fn block(out: &mut fmt::Formatter<'_>, manifest: &Manifest, service: &Service) -> fmt::Result {
    let Service { name, program, uid, gid, .. } = service;
    let root = manifest.jail.join(service.dir.as_path());
    let command = [&[program.to_string()], service.args.as_slice()].concat().join(" ");
    writeln!(out, "{name:<16} {command} as {uid}:{gid} in {}", root.display())?;
    row(out, "groups", &service.extra_gids)?;
    match &service.kind {
        Kind::Dispatcher => row(out, "listens on", &[manifest.listen])?,
        Kind::Http { url, answers: Answers::Http } => row(out, "answers", &[url])?,
        Kind::Http { url, answers: Answers::Descriptor } => row(out, "answers", &[format!("{url} with a descriptor")])?,
        Kind::Extra { interface } => row(out, "answers", interface.as_slice())?,
    }
    row(out, "owns", &service.owns)?;
    row(out, "reads", &service.reads)?;
    row(out, "executes", &service.executes)?;
    row(out, "writes", &service.writes)?;
    let users: Vec<String> =
        service.userns.iter().map(|pool| format!("the users {pool}, in a user namespace")).collect();
    row(out, "guests are", &users)?;
    row(out, "starts", &service.starts)?;
    row(out, "pythons", if service.starts_zygotes() { manifest.zygotes() } else { &[] })?;
    let calls = manifest.callees(service).into_iter().map(|callee| edge(callee, &service.methods_of(callee)));
    row(out, "may call", &or_nobody(calls.collect()))?;
    let callers = manifest.callers(service).into_iter().map(|(caller, methods)| edge(caller, &methods));
    let operator = manifest.operator_methods(service);
    let operator = (!operator.is_empty()).then(|| named("root", &operator));
    row(out, "called by", &or_nobody(callers.chain(operator).collect()))?;
    let limits = service.limits;
    let limits = format!("{} MiB, {} files, {} processes", limits.memory_mb, limits.files, limits.processes);
    row(out, "at most", &[limits])?;
    row(out, "tolerates", &service.tolerate.iter().map(|layer| format!("no {layer}")).collect::<Vec<_>>())?;
    let settings: Vec<String> = service.settings.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    row(out, "set", &settings)?;
    writeln!(out)
}

/// One end of a call: the other service and the methods, without the interface in front of each.
fn edge(other: &Service, methods: &[&str]) -> String {
    if methods.is_empty() { other.name.to_string() } else { named(other.name.as_str(), methods) }
}

fn named(who: &str, methods: &[&str]) -> String {
    let short: Vec<&str> = methods.iter().filter_map(|method| method.rsplit('.').next()).collect();
    format!("{who:<12} {}", short.join(", "))
}

fn or_nobody(edges: Vec<String>) -> Vec<String> {
    if edges.is_empty() { vec!["nobody".to_owned()] } else { edges }
}

/// A word and its values, one on a line; nothing where there is none.
fn row(out: &mut fmt::Formatter<'_>, word: &str, values: &[impl fmt::Display]) -> fmt::Result {
    for (n, value) in values.iter().enumerate() {
        writeln!(out, "    {:<11}  {value}", if n == 0 { word } else { "" })?;
    }
    Ok(())
}
