//! For unit tests: a service that answers within the test's own process, over a real socket.
//!
//! A service's own code meets the services it calls only as [`rpc::Client`]s. A test hands it a client of a stand-in.

#![forbid(unsafe_code)]

use rpc::{Client, Grant, Limits, Peers, Router};
use tokio::net::UnixListener;

/// Serves `router`, which answers the interface `idl`, until the test's runtime ends. This process may call every method.
pub fn serve<S: Send + Sync + 'static>(idl: &str, router: Router<S>) -> Client {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let socket = directory.path().join("sock");
    let listener = UnixListener::bind(&socket).expect("a socket in it");
    let grant =
        Grant { service: "test_svc".into(), uid: rustix::process::getuid().as_raw(), methods: methods(idl).collect() };
    tokio::spawn(async move {
        // The directory lives as long as its server.
        let _directory = directory;
        rpc::serve(listener, router, Peers::new([grant]), Limits::default(), std::future::pending()).await;
    });
    Client::new(socket)
}

/// A service that is down.
pub fn down() -> Client {
    Client::new("/nonexistent/sock")
}

/// Full names of the methods in a definition.
fn methods(idl: &str) -> impl Iterator<Item = String> {
    let interface = idl.lines().find_map(|line| line.strip_prefix("interface ")).expect("a definition names itself");
    let names = idl.lines().filter_map(|line| line.strip_prefix("method ")?.split('(').next());
    names.map(move |name| format!("{}.{name}", interface.trim()))
}
