//! The network: by a socket of one's own, and by turning around one that was handed over.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::UnixListener;

use super::*;

/// Something of the host's that listens on 127.0.0.1, and greets whoever comes.
fn host_service() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.and_then(|mut stream| stream.write_all(b"host"));
        }
    });
    address
}

/// A visitor's connection as the dispatcher holds it, and the visitor's end.
fn accepted() -> (OwnedFd, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let visitor = TcpStream::connect(listener.local_addr().expect("an address")).expect("connects");
    (listener.accept().expect("accepts").0.into(), visitor)
}

#[test]
fn the_host_is_unreachable_in_an_empty_network() {
    stopped_by(&[Layer::Network], Attack::Dial, host_service().to_string(), &Outcome::Refused(libc::ENETUNREACH));
}

#[test]
fn the_host_is_refused_by_landlock_alone() {
    stopped_by(&[Layer::LandlockNetwork], Attack::Dial, host_service().to_string(), &Outcome::Refused(libc::EACCES));
}

#[test]
fn the_filter_alone_lets_nobody_make_a_tcp_socket() {
    stopped_by(&[Layer::Calls], Attack::Dial, host_service().to_string(), &Outcome::Refused(libc::EPERM));
}

/// The reason why the dispatcher is never without Landlock: an accepted connection belongs to the host's network, whatever
/// network its holder is in, and can be turned into another one.
#[test]
fn an_accepted_connection_can_be_turned_around_unless_landlock_refuses() {
    let address = host_service().to_string();
    let try_with = |layers: &[Layer]| {
        let (connection, visitor) = accepted();
        let stage = Stage::new(Role::Dispatcher).without_others(layers).keep(connection, 4);
        let outcome = stage.run(Attack::Redial, &address);
        drop(visitor);
        outcome
    };
    let reached = Outcome::Worked("host".to_owned());
    assert_eq!(try_with(&[]), reached);
    let all_others: Vec<Layer> = EVERY.into_iter().filter(|layer| *layer != Layer::LandlockNetwork).collect();
    assert_eq!(try_with(&all_others), reached, "no other layer stops it");
    assert_eq!(try_with(&[Layer::LandlockNetwork]), Outcome::Refused(libc::EACCES));
    assert_eq!(try_with(&EVERY), Outcome::Refused(libc::EACCES));
}

/// Landlock is not asked when TCP Fast Open connects (Linux 6.18): here the filter is the layer that holds.
#[test]
fn an_accepted_connection_cannot_be_turned_around_by_a_message_unless_the_filter_is_missing() {
    let address = host_service().to_string();
    let try_with = |layers: &[Layer]| {
        let (connection, visitor) = accepted();
        let stage = Stage::new(Role::Dispatcher).without_others(layers).keep(connection, 4);
        let outcome = stage.run(Attack::RedialFast, &address);
        drop(visitor);
        outcome
    };
    assert_eq!(try_with(&[]), Outcome::Worked("host".to_owned()));
    assert_eq!(try_with(&[Layer::Calls]), Outcome::Refused(libc::EPERM));
    assert_eq!(try_with(&EVERY), Outcome::Refused(libc::EPERM));
}

#[test]
fn an_abstract_socket_of_the_host_is_out_of_reach_in_either_way() {
    let name = format!("confine-test-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).expect("an address");
    let _listener = UnixListener::bind_addr(&address).expect("binds");
    stopped_by(&[Layer::LandlockScopes], Attack::DialAbstract, &name, &Outcome::Refused(libc::EPERM));
    stopped_by(&[Layer::Network], Attack::DialAbstract, &name, &Outcome::Refused(libc::ECONNREFUSED));
}
