//! Each contract in varlink's language and in Rust name the same methods, and a foreign varlink library understands both.

use std::sync::Arc;

use echo_api::{Echo, Echoed};
use rpc::{Grant, Limits, Method, Peers, Router};
use zlink::idl::Interface;

fn methods(definition: &'static str) -> Vec<String> {
    let interface = Interface::try_from(definition).unwrap_or_else(|why| panic!("{why} in\n{definition}"));
    let name = interface.name().to_owned();
    interface.methods().map(|method| format!("{name}.{}", method.name())).collect()
}

#[test]
fn every_definition_is_good_varlink_and_names_the_methods_of_its_rust_types() {
    use auth_api as auth;
    use bank_api as bank;
    use profile_api as profile;
    assert_eq!(methods(echo_api::IDL), [echo_api::Echo::NAME]);
    assert_eq!(
        methods(auth::IDL),
        [
            auth::Register::NAME,
            auth::Login::NAME,
            auth::Logout::NAME,
            auth::Check::NAME,
            auth::Grant::NAME,
            auth::GetGrant::NAME,
            auth::BeginRun::NAME,
            auth::EndRun::NAME
        ]
    );
    assert_eq!(
        methods(bank::IDL),
        [
            bank::Open::NAME,
            bank::Balance::NAME,
            bank::Transfer::NAME,
            bank::Spend::NAME,
            bank::Log::NAME,
            bank::Verify::NAME
        ]
    );
    assert_eq!(
        methods(profile::IDL),
        [profile::Get::NAME, profile::Set::NAME, profile::View::NAME, profile::Runs::NAME]
    );
    assert_eq!(methods(profile::api_server::IDL), [profile::api_server::Serve::NAME]);
    assert_eq!(methods(sandbox_api::IDL), [sandbox_api::Run::NAME, sandbox_api::Commit::NAME]);
}

/// The contract as somebody writes it who has only `echo.varlink` and another library.
#[zlink::proxy(interface = "org.zoobar.Echo")]
trait ForeignEcho {
    async fn echo(&mut self, message: &str) -> zlink::Result<Result<ForeignEchoed, ForeignError>>;
}

#[derive(Debug, serde::Deserialize)]
struct ForeignEchoed {
    reply: String,
    caller: String,
}

#[derive(Debug, zlink::ReplyError)]
#[zlink(interface = "org.zoobar.Echo")]
enum ForeignError {
    TooLong { limit: i64 },
}

#[tokio::test]
async fn a_foreign_varlink_library_calls_a_service_of_ours() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let socket = directory.path().join("sock");
    let router = Router::new(echo_api::IDL, Arc::new(())).on::<Echo, _, _>(|_, call| async move {
        if call.params.message.is_empty() {
            return Err(echo_api::Error::TooLong { limit: 7 });
        }
        Ok(Echoed { reply: call.params.message, caller: call.peer.service().to_owned() })
    });
    let uid = rustix::process::getuid().as_raw();
    let peers = Peers::new([Grant { service: "foreigner".into(), uid, methods: vec![Echo::NAME.into()] }]);
    let listener = tokio::net::UnixListener::bind(&socket).expect("binds");
    tokio::spawn(rpc::serve(listener, router, peers, Limits::default(), std::future::pending()));

    let mut connection = zlink::tokio::unix::connect(&socket).await.expect("connects");
    let echoed = connection.echo("hello").await.expect("understood").expect("answered");
    assert_eq!((echoed.reply.as_str(), echoed.caller.as_str()), ("hello", "foreigner"));
    let refused = connection.echo("").await.expect("understood");
    assert!(matches!(refused, Err(ForeignError::TooLong { limit: 7 })));
}
