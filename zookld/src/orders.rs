//! What each process is told: its part of zook.conf, and nothing of the others'.

use std::collections::BTreeMap;
use std::path::PathBuf;

use control::{Caller, Listener, Orders, Protocol, Python, Route};
use manifest::{Answers, Kind, Manifest, Service, ServiceName};

/// Where a service finds its own log files, in its root.
pub(crate) const LOG_DIR: &str = "/log";

/// What a service calls root in its log, where `operator_calls` let it call.
const OPERATOR: &str = "operator";

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
pub(crate) fn of(manifest: &Manifest, service: &Service, pythons: &[Python], numbers: Numbers) -> Orders {
    let listener = numbers.listener.zip(protocol_of(service)).map(|(fd, protocol)| Listener { fd, protocol });
    let callers = manifest.callers(service).into_iter().map(|(caller, methods)| Caller {
        service: caller.name.to_string(),
        uid: caller.uid.as_raw(),
        methods: methods.into_iter().map(str::to_owned).collect(),
    });
    let operator = manifest.operator_methods(service);
    let operator = (!operator.is_empty()).then(|| Caller {
        service: OPERATOR.to_owned(),
        uid: 0,
        methods: operator.into_iter().map(str::to_owned).collect(),
    });
    let callees = manifest.callees(service).into_iter();
    let routes = manifest.routes().filter(|_| service.kind == Kind::Dispatcher).map(|(target, url, answers)| Route {
        service: target.name.to_string(),
        url: url.to_string(),
        protocol: spoken(answers),
        socket: socket_of(&target.name),
    });
    let owned = service.owns.iter().map(|owned| &owned.path);
    let writable = owned.chain(service.writes.iter().map(|bound| &bound.inside));
    let readable = service.reads.iter().chain(&service.executes).map(|bound| &bound.inside);
    Orders {
        service: service.name.to_string(),
        args: service.args.clone(),
        listeners: listener.into_iter().collect(),
        callers: callers.chain(operator).collect(),
        callees: callees.map(|callee| (callee.name.to_string(), socket_of(&callee.name))).collect(),
        routes: routes.collect(),
        writable: writable.map(|path| path.as_path().to_owned()).collect(),
        readable: readable.map(|path| path.as_path().to_owned()).collect(),
        log_dir: PathBuf::from(LOG_DIR),
        settings: service.settings.clone(),
        guests: service.userns.map_or(0, |pool| pool.count()),
        pythons: if service.starts_zygotes() { pythons.to_vec() } else { Vec::new() },
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

#[cfg(test)]
mod tests {
    use super::*;
    use cpython::Installation;
    use manifest::{Interface, Interfaces};

    const TABLE: &str = "[zook]\n http_svcs = files_svc\n extra_svcs = echo_svc, other_svc\n operator_calls = echo_svc.Echo\n\
        [zookd]\n cmd = zookd\n uid = 1\n gid = 1\n\
        [files_svc]\n cmd = zookfs\n uid = 2\n gid = 2\n url = /.*\n answers = descriptor\n calls = echo_svc.Echo\n\
        [echo_svc]\n cmd = echo\n uid = 3\n gid = 3\n interface = echo\n userns = 100 10\n starts = zygote\n\
        [zygote:default]\n python = /p/bin/python3\n\
        [other_svc]\n cmd = echo\n uid = 4\n gid = 4\n owns = /db\n set.pace = slow\n";

    fn python() -> Python {
        let installation = Installation {
            program: "/p/bin/python3.12".into(),
            libpython: Some("/p/lib/libpython3.12.so.1.0".into()),
            library: "/p/lib/python3.12".into(),
            packages: None,
        };
        Python { name: "default".into(), installation, preimport: vec![] }
    }

    fn orders(number: usize) -> Orders {
        let mut interfaces = Interfaces::default();
        let echo = Interface::scan("interface org.zoobar.Echo\nmethod Echo() -> ()").expect("is an interface");
        interfaces.insert("echo", echo);
        let manifest = Manifest::parse(TABLE, &interfaces).expect("is a good table");
        let numbers = Numbers { listener: Some(4), others: BTreeMap::new() };
        of(&manifest, &manifest.services()[number], &[python()], numbers)
    }

    #[test]
    fn the_dispatcher_learns_the_routes_and_nobody_else_does() {
        let orders = orders(0);
        assert_eq!(orders.routes.len(), 1);
        assert_eq!(orders.routes[0].protocol, Protocol::Descriptor);
        assert_eq!(orders.callees["files_svc"], orders.routes[0].socket);
        assert!(orders.callers.is_empty());
        assert!((1..4).all(|other| self::orders(other).routes.is_empty()));
    }

    #[test]
    fn a_service_learns_its_callers_with_their_users_and_methods() {
        let callers = orders(2).callers;
        let caller =
            |service: &str, uid| Caller { service: service.into(), uid, methods: vec!["org.zoobar.Echo.Echo".into()] };
        assert_eq!(callers, [caller("files_svc", 2), caller("operator", 0)]);
        let dispatcher = Caller { service: "zookd".into(), uid: 1, methods: vec![] };
        assert_eq!(orders(1).callers, [dispatcher]);
    }

    #[test]
    fn a_service_that_nobody_can_call_gets_no_listener() {
        let orders = orders(3);
        assert!(orders.listeners.is_empty() && orders.callers.is_empty() && orders.callees.is_empty());
        assert_eq!(orders.writable, [PathBuf::from("/db")]);
        assert_eq!(orders.settings["pace"], "slow");
    }

    #[test]
    fn a_sandbox_learns_its_pool_of_users_and_its_pythons_and_nobody_else_does() {
        assert_eq!(orders(2).guests, 10);
        assert_eq!(orders(2).pythons, [python()]);
        assert!([0, 1, 3].into_iter().all(|other| orders(other).pythons.is_empty() && orders(other).guests == 0));
    }
}
