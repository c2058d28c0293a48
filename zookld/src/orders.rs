//! What each process is told: its part of zook.conf, and nothing of the others'.

use std::collections::BTreeMap;
use std::path::PathBuf;

use control::{Caller, Listener, Orders, Protocol, Route};
use manifest::{Answers, Kind, Manifest, Service, ServiceName};

/// Where a service finds its own log files, in its root.
pub(crate) const LOG_DIR: &str = "/log";

/// The numbers that a process finds its descriptors under.
pub(crate) struct Numbers {
    pub(crate) listener: Option<i32>,
    pub(crate) others: BTreeMap<String, i32>,
}

/// Where a callee's socket stands in the root of its callers.
pub(crate) fn socket_of(callee: &ServiceName) -> PathBuf {
    PathBuf::from(format!("/run/{callee}.sock"))
}

/// What is spoken on a service's socket; `None` if it has none.
pub(crate) fn protocol_of(service: &Service) -> Option<Protocol> {
    match &service.kind {
        Kind::Dispatcher => Some(Protocol::Public),
        Kind::Http { answers, .. } => Some(spoken(*answers)),
        Kind::Extra { interface } => interface.as_ref().map(|_| Protocol::Varlink),
    }
}

/// The orders of one service.
pub(crate) fn of(manifest: &Manifest, service: &Service, numbers: Numbers) -> Orders {
    let listener = numbers.listener.zip(protocol_of(service)).map(|(fd, protocol)| Listener { fd, protocol });
    let callers = manifest.callers(service).into_iter().map(|(caller, methods)| Caller {
        service: caller.name.to_string(),
        uid: caller.uid.as_raw(),
        methods: methods.into_iter().map(str::to_owned).collect(),
    });
    let callees = manifest.callees(service).into_iter();
    let routes = manifest.routes().filter(|_| service.kind == Kind::Dispatcher).map(|(target, url, answers)| Route {
        service: target.name.to_string(),
        url: url.to_string(),
        protocol: spoken(answers),
        socket: socket_of(&target.name),
    });
    let mut settings = service.settings.clone();
    if let Some(pool) = service.userns {
        settings.insert("userns".to_owned(), format!("{} {}", pool.first(), pool.count()));
    }
    let owned = service.owns.iter().map(|owned| &owned.path);
    let writable = owned.chain(service.writes.iter().map(|bound| &bound.inside));
    let readable = service.reads.iter().chain(&service.executes).map(|bound| &bound.inside);
    Orders {
        service: service.name.to_string(),
        args: service.args.clone(),
        listeners: listener.into_iter().collect(),
        callers: callers.collect(),
        callees: callees.map(|callee| (callee.name.to_string(), socket_of(&callee.name))).collect(),
        routes: routes.collect(),
        writable: writable.map(|path| path.as_path().to_owned()).collect(),
        readable: readable.map(|path| path.as_path().to_owned()).collect(),
        log_dir: PathBuf::from(LOG_DIR),
        settings,
        descriptors: numbers.others,
        tolerate: service.tolerate.iter().map(ToString::to_string).collect(),
    }
}

fn spoken(answers: Answers) -> Protocol {
    match answers {
        Answers::Http => Protocol::Http,
        Answers::Descriptor => Protocol::Descriptor,
    }
}
