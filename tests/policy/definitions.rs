//! Each contract in varlink's language and in Rust name the same methods, and a foreign varlink library understands both.

use rpc::Method;
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
        [bank::Open::NAME, bank::Balance::NAME, bank::Transfer::NAME, bank::Log::NAME, bank::Verify::NAME]
    );
    assert_eq!(
        methods(profile::IDL),
        [profile::Get::NAME, profile::Set::NAME, profile::View::NAME, profile::Runs::NAME]
    );
    assert_eq!(methods(profile::api_server::IDL), [profile::api_server::Serve::NAME]);
    assert_eq!(methods(sandbox_api::IDL), [sandbox_api::Run::NAME, sandbox_api::Commit::NAME]);
}
