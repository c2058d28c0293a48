//! One process of the site, as its section describes it.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::ini::Section;
use crate::keys::Keys;
use crate::{
    Bound, Directory, Gid, Inside, Interface, Interfaces, Layer, Limits, Owned, Problems, Program, ServiceName, Uid,
    UrlPattern, UserRange, Wrong,
};

/// The program that holds a warmed Python.
const ZYGOTE: &str = "zygote";

/// One process of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its section.
    pub name: ServiceName,
    /// The line of its section, for complaints about what only the launcher can see.
    pub line: usize,
    /// What it does for the site.
    pub kind: Kind,
    /// `cmd`: its program.
    pub program: Program,
    /// `args`: further words for the program.
    pub args: Vec<String>,
    /// `dir`: its root directory.
    pub dir: Directory,
    /// `uid`: the user it runs as, and nobody else does.
    pub uid: Uid,
    /// `gid`: its group, and nobody else's.
    pub gid: Gid,
    /// `extra_gids`: supplementary groups; without the key there are none.
    pub extra_gids: Vec<Gid>,
    /// `calls`: methods of other services that it may call.
    pub calls: Vec<Call>,
    /// `owns`: directories that are its own.
    pub owns: Vec<Owned>,
    /// `reads`: files and directories that it may read.
    pub reads: Vec<Bound>,
    /// `executes`: files and directories that it may read and run: CGI programs, a language and its libraries.
    pub executes: Vec<Bound>,
    /// `writes`: files and directories that it may write although they are not its own.
    pub writes: Vec<Bound>,
    /// `memory_mb`, `files`, `processes`.
    pub limits: Limits,
    /// `userns`: the pool of users for its guests.
    pub userns: Option<UserRange>,
    /// `starts`: programs that it starts itself, handed to it open.
    pub starts: Vec<Program>,
    /// `tolerate`: layers that it runs without, on a host that lacks them.
    pub tolerate: Vec<Layer>,
    /// `set.KEY`: what belongs to the program.
    pub settings: BTreeMap<String, String>,
}

/// What a process does for the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `zookd`: takes visitors' connections and passes their requests on.
    Dispatcher,
    /// In `http_svcs`: answers the paths that match.
    Http {
        /// `url`: must match the whole path.
        url: UrlPattern,
        /// `answers`: how it replies.
        answers: Answers,
    },
    /// In `extra_svcs`: answers other services, if it has an `interface`.
    Extra {
        /// `interface`: what it answers.
        interface: Option<Interface>,
    },
}

/// How an HTTP service replies to the dispatcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// Over HTTP.
    Http,
    /// With a head and an open descriptor.
    Descriptor,
}

/// One method of another service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// Whose method.
    pub service: ServiceName,
    /// Its full name, such as `org.zoobar.Bank.Balance`.
    pub method: String,
}

/// A section that was read, but for the names of other sections in it.
pub(crate) struct Draft<'s> {
    pub(crate) service: Service,
    pub(crate) section: &'s Section,
    pub(crate) wishes: Vec<Wish>,
}

/// An entry of `calls`, before it is known whether there is such a method.
pub(crate) struct Wish {
    pub(crate) service: ServiceName,
    pub(crate) method: String,
}

/// Which list a section stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Dispatcher,
    HttpSvcs,
    ExtraSvcs,
}

/// Reads one section; `None` if something that every service needs is missing or wrong.
pub(crate) fn read<'s>(
    name: ServiceName,
    section: &'s Section,
    place: Place,
    interfaces: &Interfaces,
    problems: &mut Problems,
) -> Option<Draft<'s>> {
    let mut keys = Keys::of(section, problems);
    let program = keys.required("cmd", "echo");
    let uid = keys.required("uid", "61010");
    let gid = keys.required("gid", "61010");
    let args = keys.words("args");
    let extra_gids = keys.list("extra_gids");
    let dir = keys.optional("dir").or_else(|| name.stem().parse().ok());
    let kind = match place {
        Place::Dispatcher => Some(Kind::Dispatcher),
        Place::HttpSvcs => {
            let answers = keys.optional("answers").unwrap_or(Answers::Http);
            keys.required("url", r"/zoobar/index\.cgi/echo").map(|url| Kind::Http { url, answers })
        }
        Place::ExtraSvcs => {
            let interface =
                keys.with("interface", |file| interfaces.named(file).cloned().ok_or_else(|| unknown(file, interfaces)));
            Some(Kind::Extra { interface })
        }
    };
    let wishes = if place == Place::Dispatcher { Vec::new() } else { keys.list("calls") };
    let owns = keys.list("owns");
    let reads = keys.list("reads");
    let executes = keys.list("executes");
    let writes = keys.list("writes");
    let default = Limits::default();
    let limits = Limits {
        memory_mb: keys.number("memory_mb", 16..=1_048_576, default.memory_mb),
        files: keys.number("files", 16..=1_048_576, default.files),
        processes: keys.number("processes", 1..=65_536, default.processes),
    };
    let userns = keys.optional("userns");
    let starts = keys.list("starts");
    let tolerate = keys.with("tolerate", |text| Layer::list(text, place == Place::Dispatcher)).unwrap_or_default();
    let settings = keys.settings();
    keys.finish();
    let (program, dir, uid, gid, kind) = (program?, dir?, uid?, gid?, kind?);
    let calls = Vec::new();
    let service = Service {
        name,
        line: section.line,
        kind,
        program,
        args,
        dir,
        uid,
        gid,
        extra_gids,
        calls,
        owns,
        reads,
        executes,
        writes,
        limits,
        userns,
        starts,
        tolerate,
        settings,
    };
    Some(Draft { service, section, wishes })
}

fn unknown(file: &str, interfaces: &Interfaces) -> Wrong {
    Wrong::new(
        format!("there is no interface {file:?}"),
        format!("write one of those that are installed: {}", interfaces.files()),
    )
}

impl Service {
    /// The methods of another service that this one may call, by their full names.
    pub fn methods_of(&self, callee: &Self) -> Vec<&str> {
        self.calls.iter().filter(|call| call.service == callee.name).map(|call| call.method.as_str()).collect()
    }

    /// Whether it forks programs of its own from a warmed Python.
    pub fn starts_zygotes(&self) -> bool {
        self.starts.iter().any(|program| program.as_str() == ZYGOTE)
    }

    /// Every place in its root that its section names, with the key that does.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&'static str, &Inside)> {
        let places = self.owns.iter().map(|owned| ("owns", &owned.path));
        let places = places.chain(self.reads.iter().map(|bound| ("reads", &bound.inside)));
        let places = places.chain(self.executes.iter().map(|bound| ("executes", &bound.inside)));
        places.chain(self.writes.iter().map(|bound| ("writes", &bound.inside)))
    }

    /// Whether it sees a place of the host already, under that place's own name.
    pub(crate) fn sees(&self, place: &Bound) -> bool {
        let seen = self.reads.iter().chain(&self.executes);
        let mut seen = seen.filter(|bound| bound.host.as_deref() == Some(bound.inside.as_path()));
        seen.any(|bound| place.inside.as_path().starts_with(bound.inside.as_path()))
    }

    /// Whether it may call this one at all.
    pub(crate) fn reaches(&self, callee: &Self) -> bool {
        let dispatched = self.kind == Kind::Dispatcher && matches!(callee.kind, Kind::Http { .. });
        dispatched || self.calls.iter().any(|call| call.service == callee.name)
    }
}

impl Call {
    /// The method's name alone, such as `Balance`.
    pub fn short(&self) -> &str {
        self.method.rsplit('.').next().unwrap_or(&self.method)
    }
}

impl FromStr for Wish {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let Some((service, method)) = text.split_once('.') else {
            return Err(Wrong::new(
                format!("{text:?} names no method"),
                "write SERVICE.METHOD, as in calls = auth_svc.Check",
            ));
        };
        Ok(Self { service: service.parse()?, method: method.to_owned() })
    }
}

impl FromStr for Answers {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        match text {
            "http" => Ok(Self::Http),
            "descriptor" => Ok(Self::Descriptor),
            _ => Err(Wrong::new(format!("there are no answers of the kind {text:?}"), "write http or descriptor")),
        }
    }
}
