//! The whole table: every section read, then every rule that needs more than one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::ini::{self, Section};
use crate::service::{self, Draft, Place};
use crate::site::{self, Site};
use crate::{
    Answers, Bound, Call, Interfaces, Kind, Problems, Service, ServiceName, UrlPattern, Wrong, Zygote, grants, rules,
    zygote,
};

/// Most services of one site.
const MAX_SERVICES: usize = 256;

/// A site: what zook.conf says, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// `address` and `port`: where visitors come in. Port 0 lets the kernel choose.
    pub listen: SocketAddr,
    /// `jail`: the directory that holds every root.
    pub jail: PathBuf,
    services: Vec<Service>,
    operator_calls: Vec<Call>,
    zygotes: Vec<Zygote>,
}

/// The key `programs`: the one that must be known before the interfaces beside the programs can be read, and with them
/// the table. Mistakes are left to [`Manifest::parse`].
pub fn programs(text: &str) -> Option<PathBuf> {
    let mut problems = Problems::default();
    let sections = ini::sections(text, &mut problems);
    let zook = sections.iter().find(|section| section.name == "zook")?;
    site::read(zook, &mut problems).programs
}

impl Manifest {
    /// Reads a table, or says everything that is wrong with it.
    pub fn parse(text: &str, interfaces: &Interfaces) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let sections = ini::sections(text, &mut problems);
        let nothing = Section { name: "zook".to_owned(), line: 1, entries: Vec::new() };
        let zook = sections.iter().find(|section| section.name == "zook").unwrap_or_else(|| {
            problems.add(1, "there is no section [zook]", "begin with [zook] and the lists http_svcs and extra_svcs");
            &nothing
        });
        let site = site::read(zook, &mut problems);
        let listed = listed(&site, zook, &mut problems);
        let placed = placed(&listed, &sections, zook, &mut problems);
        let mut drafts: Vec<Draft<'_>> = placed
            .into_iter()
            .filter_map(|(name, place, section)| service::read(name, section, place, interfaces, &mut problems))
            .collect();
        let names: Vec<ServiceName> = listed.into_iter().map(|(name, _)| name).collect();
        let operator_calls = grants::resolve(&mut drafts, zook, &site.operator_calls, &names, &mut problems);
        rules::check(&drafts, &mut problems);
        let zygotes = zygote::read(&sections, &drafts, &mut problems);
        if !problems.is_empty() {
            return Err(problems.sorted());
        }
        let services = drafts.into_iter().map(|draft| draft.service).collect();
        Ok(Self { listen: site.listen, jail: site.jail, services, operator_calls, zygotes })
    }

    /// Every process: the dispatcher, then the HTTP services in matching order, then the others.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The Pythons that programs in the sandbox may choose.
    pub fn zygotes(&self) -> &[Zygote] {
        &self.zygotes
    }

    /// Shows a place of the host, under its own name, to the services that start zygotes: what a Python needs is known only
    /// where one can look. Like `executes`, and as little as that may it lie over anything else.
    pub fn show(&mut self, place: &Path) -> Result<(), Wrong> {
        let bound: Bound = format!("{0}:{0}", place.display()).parse()?;
        for service in self.services.iter_mut().filter(|service| service.starts_zygotes()) {
            if service.sees(&bound) {
                continue;
            }
            if let Some(other) = service.places().find(|(_, other)| other.overlaps(&bound.inside)) {
                let what = format!("{} lies over {} in [{}]", place.display(), other.1, service.name);
                return Err(Wrong::new(what, "change one of them"));
            }
            service.executes.push(bound.clone());
        }
        Ok(())
    }

    /// The HTTP services in matching order.
    pub fn routes(&self) -> impl Iterator<Item = (&Service, &UrlPattern, Answers)> {
        self.services.iter().filter_map(|service| match &service.kind {
            Kind::Http { url, answers } => Some((service, url, *answers)),
            Kind::Dispatcher | Kind::Extra { .. } => None,
        })
    }

    /// Who may call a service, and which of its methods by their full names; none for an HTTP service, which only the
    /// dispatcher may ask.
    pub fn callers(&self, callee: &Service) -> Vec<(&Service, Vec<&str>)> {
        let callers = self.services.iter().filter(|caller| caller.reaches(callee));
        callers.map(|caller| (caller, caller.methods_of(callee))).collect()
    }

    /// The methods of a service that root itself may call, by their full names.
    pub fn operator_methods(&self, callee: &Service) -> Vec<&str> {
        let calls = self.operator_calls.iter().filter(|call| call.service == callee.name);
        calls.map(|call| call.method.as_str()).collect()
    }

    /// Whom a service may call.
    pub fn callees(&self, caller: &Service) -> Vec<&Service> {
        self.services.iter().filter(|callee| caller.reaches(callee)).collect()
    }
}

/// The names in `http_svcs` and `extra_svcs`, with zookd first.
fn listed(site: &Site, zook: &Section, problems: &mut Problems) -> Vec<(ServiceName, Place)> {
    let mut listed = vec![(ServiceName::zookd(), Place::Dispatcher)];
    for (key, place, names) in
        [("http_svcs", Place::HttpSvcs, &site.http_svcs), ("extra_svcs", Place::ExtraSvcs, &site.extra_svcs)]
    {
        for name in names {
            if *name == ServiceName::zookd() {
                problems.add(zook.line_of(key), "zookd is listed", "delete it here: zookd always runs");
            } else if listed.iter().any(|(other, _)| other == name) {
                problems.add(zook.line_of(key), format!("{name} is listed twice"), "list each service once");
            } else {
                listed.push((name.clone(), place));
            }
        }
    }
    if listed.len() > MAX_SERVICES {
        problems.add(
            zook.line,
            format!("{} services are listed", listed.len()),
            format!("list at most {MAX_SERVICES}"),
        );
    }
    listed
}

/// Brings names and sections together; each must have the other.
fn placed<'s>(
    listed: &[(ServiceName, Place)],
    sections: &'s [Section],
    zook: &Section,
    problems: &mut Problems,
) -> Vec<(ServiceName, Place, &'s Section)> {
    for section in sections.iter().filter(|section| section.name != "zook" && !zygote::is_one(section)) {
        if !listed.iter().any(|(name, _)| name.as_str() == section.name) {
            let what = format!("[{}] is in no list", section.name);
            problems.add(section.line, what, "add it to http_svcs or extra_svcs of [zook], or delete the section");
        }
    }
    let mut placed = Vec::new();
    for (name, place) in listed {
        if let Some(section) = sections.iter().find(|section| section.name == name.as_str()) {
            placed.push((name.clone(), *place, section));
            continue;
        }
        let key = if *place == Place::HttpSvcs { "http_svcs" } else { "extra_svcs" };
        let line = if *place == Place::Dispatcher { zook.line } else { zook.line_of(key) };
        problems.add(line, format!("there is no section [{name}]"), format!("add [{name}] with cmd, uid and gid"));
    }
    placed
}
