//! The launcher: what it refuses, what it reports, and what dies with it.

use std::sync::LazyLock;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::*;
use crate::launch::{LaunchError, Step, spawn};

static PROGRAM: LazyLock<fs::File> = LazyLock::new(|| fs::File::open("/proc/self/exe").expect("this program"));
static NULL: LazyLock<fs::File> =
    LazyLock::new(|| fs::File::options().read(true).write(true).open("/dev/null").expect("the null device"));

/// Launches this program as a file that it is not, or otherwise wrong.
fn launch<'a>(stage: &Stage, change: impl FnOnce(&mut Launch<'a>)) -> Result<Launched, LaunchError> {
    let mut launch = Launch {
        program: PROGRAM.as_fd(),
        argv: vec!["attacked".to_owned(), "--list".to_owned()],
        keep: (0..3).map(|number| Kept { source: NULL.as_fd(), number }).collect(),
        root: stage.root(),
        mounts: vec![],
        uid: stage.uid,
        gid: stage.uid,
        groups: vec![],
        limits: vec![],
        groups_entered: Vec::new(),
        own_pids: false,
    };
    change(&mut launch);
    spawn(&Root::of_a_test(), &launch)
}

fn failed_step(result: Result<Launched, LaunchError>) -> (Step, Option<i32>) {
    match result {
        Err(LaunchError::Step { step, source }) => (step, source.raw_os_error()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn root_is_refused_as_user_or_group_of_a_program() {
    let stage = Stage::new(Role::Service);
    for result in [
        launch(&stage, |launch| launch.uid = 0),
        launch(&stage, |launch| launch.uid = u32::MAX),
        launch(&stage, |launch| launch.gid = 0),
        launch(&stage, |launch| launch.groups = vec![62_098, 0]),
    ] {
        assert!(matches!(result, Err(LaunchError::Refused(_))), "{result:?}");
    }
}

#[test]
fn a_file_that_is_no_program_fails_at_the_last_step_and_leaves_no_process() {
    let stage = Stage::new(Role::Service);
    let text = fs::File::open(stage.outside("secret")).expect("opens");
    fs::set_permissions(stage.outside("secret"), fs::Permissions::from_mode(0o755)).expect("sets its mode");
    let result = launch(&stage, |launch| launch.program = text.as_fd());
    assert_eq!(failed_step(result), (Step::Exec, Some(libc::ENOEXEC)));
}

#[test]
fn a_place_that_is_not_in_the_root_fails_at_its_mount() {
    let stage = Stage::new(Role::Service);
    let outside = Mount { source: Source::Path(stage.outside("")), inside: "/nowhere".into(), access: Access::Read };
    let result = launch(&stage, |launch| launch.mounts = vec![outside]);
    assert_eq!(failed_step(result), (Step::Mount(0), Some(libc::ENOENT)));
}

#[test]
fn a_link_that_a_service_planted_is_not_followed_by_the_launcher() {
    let stage = Stage::new(Role::Service);
    std::os::unix::fs::symlink(stage.outside(""), stage.root().join("db/link")).expect("links");
    let own = Mount { source: Source::Own, inside: "/db/link".into(), access: Access::Read };
    let result = launch(&stage, |launch| launch.mounts = vec![own]);
    assert!(
        matches!(result, Err(LaunchError::Source { ref source, .. }) if source.raw_os_error() == Some(libc::ELOOP))
    );
    let onto = Mount { source: Source::Path(stage.outside("")), inside: "/db/link".into(), access: Access::Read };
    let result = launch(&stage, |launch| launch.mounts = vec![onto]);
    assert_eq!(failed_step(result), (Step::Mount(0), Some(libc::ELOOP)));
}

#[test]
fn a_number_that_is_named_twice_is_refused() {
    let stage = Stage::new(Role::Service);
    let result = launch(&stage, |launch| launch.keep.push(Kept { source: NULL.as_fd(), number: 2 }));
    assert!(matches!(result, Err(LaunchError::Refused(_))), "{result:?}");
}

#[test]
fn a_program_without_standard_streams_is_refused() {
    let stage = Stage::new(Role::Service);
    let result = launch(&stage, |launch| launch.keep.retain(|kept| kept.number != 1));
    assert!(matches!(result, Err(LaunchError::Refused(_))), "{result:?}");
}

#[test]
fn descriptors_that_trade_numbers_both_arrive() {
    let stage = Stage::new(Role::Service);
    fs::write(stage.outside("other"), "other").expect("writes");
    let (first, second) = (stage.outside("secret"), stage.outside("other"));
    // Numbers of the launcher that are at the same time numbers of the program, crosswise.
    let open =
        |path: &Path| rustix::io::fcntl_dupfd_cloexec(fs::File::open(path).expect("opens"), 100).expect("duplicates");
    let (first, second) = (open(&first), open(&second));
    let numbers = [&first, &second].map(std::os::fd::AsRawFd::as_raw_fd);
    let stage = stage.keep(first, numbers[1]).keep(second, numbers[0]);
    assert_eq!(stage.run(Attack::ReadDescriptor, numbers[1].to_string()), Outcome::Worked("secret".to_owned()));
    assert_eq!(stage.run(Attack::ReadDescriptor, numbers[0].to_string()), Outcome::Worked("other".to_owned()));
}

#[test]
fn limits_are_lowered_and_never_raised() {
    let stage = Stage::new(Role::Service);
    let launched = launch(&stage, |launch| {
        launch.limits = vec![
            Limit { resource: Resource::Nofile, at_most: 77 },
            Limit { resource: Resource::Nproc, at_most: u64::MAX },
        ];
    });
    let pidfd = launched.expect("launches").pidfd;
    waitid(WaitId::PidFd(pidfd.as_fd()), WaitIdOptions::EXITED).expect("our child");
}

#[test]
fn a_program_in_its_own_pid_namespace_runs() {
    let launched = launch(&Stage::new(Role::Service), |launch| launch.own_pids = true).expect("launches");
    let ended = waitid(WaitId::PidFd(launched.pidfd.as_fd()), WaitIdOptions::EXITED).expect("our child");
    assert_eq!(ended.expect("it has ended").exit_status(), Some(0));
}

#[test]
fn a_program_dies_with_its_launcher() {
    let running = std::thread::spawn(|| {
        let stage = Stage::new(Role::Service);
        let running = stage.start(Attack::Stay, "");
        running.hear().expect("it runs");
        running // its line stays open: only the thread ends
    });
    let running = running.join().expect("the launcher's thread ends");
    let mut ended = [PollFd::new(&running.launched.pidfd, PollFlags::IN)];
    let patience = Timespec::try_from(Duration::from_secs(10)).expect("short");
    assert_eq!(poll(&mut ended, Some(&patience)), Ok(1), "it lives on");
    assert_eq!(running.end().signal(), Some(libc::SIGKILL));
}
