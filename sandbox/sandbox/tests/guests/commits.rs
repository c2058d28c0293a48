//! What a run has written is on the disk when it has been promised, and nobody's word is taken for a run that does not go on.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use sandbox::{CommitError, Ending, Request};
use vfs::store::directory_name;

use crate::fixture::{request, said};
use crate::visit::{sandbox, store};

const OWNER: &str = "commits";
const WRITTEN: &[u8] = b"written in the middle of a run";
/// Longer than any commit takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn is_on_disk() -> bool {
    let files = std::fs::read_dir(store().join(directory_name(OWNER))).expect("the owner has one");
    let contents = files.map(|file| std::fs::read(file.expect("readable").path()).expect("readable"));
    contents.into_iter().any(|bytes| bytes.windows(WRITTEN.len()).any(|part| part == WRITTEN))
}

#[test]
fn a_commit_is_of_its_owners_run_and_only_while_that_goes_on() {
    let (host, api) = UnixStream::pair().expect("a pair of sockets");
    let code = format!("open('x', 'wb').write({:?}.encode())\napi.call('now')\n", String::from_utf8_lossy(WRITTEN));
    let commit = |owner| sandbox().commit(owner, PATIENCE);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| sandbox().run(Request { api: Some(api.into()), ..request(OWNER, &code) }));
        BufReader::new(&host).read_line(&mut String::new()).expect("the program calls");
        assert!(matches!(commit("commits of nobody"), Err(CommitError::NoRun)));
        assert!(!is_on_disk(), "before anybody has asked for it");
        commit(OWNER).expect("the run goes on");
        assert!(is_on_disk());
        host.shutdown(std::net::Shutdown::Both).expect("it is connected");
        let outcome = run.join().expect("no panic").expect("there is room");
        assert!(matches!(outcome.ending, Ending::Finished { .. }), "{}", said(&outcome));
    });
    // In company its turn may not be over yet.
    assert!(matches!(commit(OWNER), Err(CommitError::NoRun | CommitError::Over)));
}
