//! The proof notices what is missing, and the launcher can see from outside what was proved.

use super::*;
use crate::inspect::Seen;

#[test]
fn a_program_that_was_launched_without_a_layer_refuses_to_go_on() {
    let provable = [Layer::Identity, Layer::Capabilities, Layer::NoNewPrivileges, Layer::Root, Layer::Network];
    for layer in provable {
        let mut stage = Stage::new(Role::Service);
        stage.launched_without = vec![layer];
        let Outcome::NotConfined(why) = stage.run(Attack::Groups, "") else { panic!("it went on without {layer}") };
        assert!(why.starts_with(&format!("the layer `{layer}` does not hold")), "{why}");
    }
}

#[test]
fn a_program_that_has_threads_already_refuses_to_go_on() {
    let outcome = Stage::new(Role::Service).run(Attack::LockWithThreads, "");
    assert!(matches!(outcome, Outcome::NotConfined(ref why) if why.contains("threads")), "{outcome:?}");
}

#[test]
fn every_role_can_be_confined_and_looks_so_from_outside() {
    for role in [Role::Service, Role::Dispatcher, Role::Files, Role::Pages, Role::Supervisor] {
        let stage = Stage::new(role);
        let running = stage.start(Attack::Stay, "");
        let answer = running.hear().expect("it answers");
        let pid = answer.strip_prefix("worked ").unwrap_or_else(|| panic!("{role:?}: {answer}"));
        let seen = Seen::of(rustix::process::Pid::from_raw(pid.parse().expect("a number")).expect("a pid"));
        let (seen, own) = (seen.expect("it runs"), Seen::of(rustix::process::getpid()).expect("our own"));
        assert_eq!((seen.uids, seen.gids), ([stage.uid; 4], [stage.uid; 4]));
        assert!(seen.groups.is_empty() && seen.capabilities.are_none() && seen.no_new_privs, "{seen:?}");
        assert_eq!((seen.seccomp, seen.filters, seen.threads), (2, own.filters + 1, 1));
        for namespace in ["mnt", "ipc", "uts", "net"] {
            assert_ne!(seen.namespaces[namespace], own.namespaces[namespace], "{namespace}");
        }
        let root = fs::metadata(stage.root()).expect("it is there");
        assert_eq!(seen.root, (std::os::unix::fs::MetadataExt::dev(&root), std::os::unix::fs::MetadataExt::ino(&root)));
        assert_eq!(seen.descriptors.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }
}
