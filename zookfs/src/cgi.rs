//! Programs that make pages: CGI/1.1 (RFC 3875).

mod environment;
mod output;
mod run;

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use http_strict::{RequestHead, Status};
use tokio::sync::Semaphore;

use crate::ground::{Ground, Opened};
use crate::not_served::NotServed;
use crate::reply::Reply;

pub(crate) use run::{End, Program};

/// Segments of a path that are looked at to find the program.
const DEPTH: usize = 32;

/// Whose programs are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub uid: u32,
    pub gid: u32,
}

/// A service that runs programs.
#[derive(Debug)]
pub struct Programs {
    rule: Rule,
    time: Duration,
    places: Arc<Semaphore>,
    at_once: usize,
}

/// A program that the rule allows: made by [`Rule::allow`] only.
#[derive(Debug)]
pub(crate) struct Script {
    /// Its path as the visitor names it.
    name: String,
    /// What the visitor's path says beyond it; empty if nothing.
    rest: String,
}

impl Programs {
    /// Runs programs of this owner, each for at most `time`, at most `at_once` together.
    pub fn new(rule: Rule, time: Duration, at_once: usize) -> Programs {
        Programs { rule, time, places: Arc::new(Semaphore::new(at_once)), at_once }
    }

    pub(crate) async fn answer(
        &self,
        ground: &Ground,
        request: &RequestHead,
        body: Option<OwnedFd>,
    ) -> Result<Reply, NotServed> {
        let script = find(ground, request.path.as_str(), self.rule)?;
        let permit = self.places.clone().try_acquire_owned();
        let permit = permit.map_err(|_| NotServed::new(Status::UNAVAILABLE, "too many programs are running"))?;
        let place = run::Place { permit, of: self.at_once };
        run::run(ground, request, &script, body, self.time, place).await
    }
}

impl Rule {
    /// A regular file of exactly this user and group that its owner may run.
    fn allow(self, opened: &Opened, name: &str, rest: &str) -> Result<Script, NotServed> {
        let stat = &opened.stat;
        if stat.st_uid != self.uid || stat.st_gid != self.gid {
            let why = format!("{name} belongs to {}:{}, not {}:{}", stat.st_uid, stat.st_gid, self.uid, self.gid);
            return Err(NotServed::new(Status::FORBIDDEN, why));
        }
        if stat.st_mode & 0o100 == 0 {
            return Err(NotServed::new(Status::FORBIDDEN, format!("{name} is not executable by its owner")));
        }
        Ok(Script { name: name.to_owned(), rest: rest.to_owned() })
    }
}

/// The program is the first regular file on the way down the path; what follows it is the program's to read.
fn find(ground: &Ground, path: &str, rule: Rule) -> Result<Script, NotServed> {
    let ends = path.char_indices().skip(1).filter(|(_, c)| *c == '/').map(|(at, _)| at).chain([path.len()]);
    for end in ends.take(DEPTH) {
        let (name, rest) = path.split_at(end);
        let opened = ground.look(name)?;
        if opened.is_file() {
            return rule.allow(&opened, name, rest);
        }
        if !opened.is_directory() {
            return Err(NotServed::new(Status::FORBIDDEN, "neither a file nor a directory"));
        }
    }
    let index = format!("{}/index.cgi", path.trim_end_matches('/'));
    match ground.look(&index) {
        Ok(opened) if opened.is_file() => rule.allow(&opened, &index, ""),
        _ => Err(NotServed::new(Status::FORBIDDEN, "a directory without index.cgi")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    fn site() -> (tempfile::TempDir, Ground, Rule) {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(dir.path().join("app")).expect("made");
        for (name, mode) in [("app/index.cgi", 0o755), ("app/text.py", 0o644), ("app/others.cgi", 0o655)] {
            std::fs::write(dir.path().join(name), "x").expect("written");
            std::fs::set_permissions(dir.path().join(name), PermissionsExt::from_mode(mode)).expect("set");
        }
        let owner = std::fs::metadata(dir.path().join("app/index.cgi")).expect("is there");
        let ground = Ground::open(dir.path().to_owned()).expect("opens");
        (dir, ground, Rule { uid: owner.uid(), gid: owner.gid() })
    }

    fn found(ground: &Ground, path: &str, rule: Rule) -> Result<(String, String), u16> {
        find(ground, path, rule).map(|script| (script.name, script.rest)).map_err(|refusal| refusal.status.code())
    }

    #[test]
    fn the_path_is_split_where_the_program_ends() {
        let (_dir, ground, rule) = site();
        for (path, name, rest) in [
            ("/app/index.cgi", "/app/index.cgi", ""),
            ("/app/index.cgi/", "/app/index.cgi", "/"),
            ("/app/index.cgi/users/.x//y", "/app/index.cgi", "/users/.x//y"),
            ("/app/", "/app/index.cgi", ""),
            ("/app", "/app/index.cgi", ""),
        ] {
            assert_eq!(found(&ground, path, rule), Ok((name.to_owned(), rest.to_owned())), "{path}");
        }
        assert_eq!(found(&ground, "/app/none/index.cgi", rule), Err(404));
    }

    #[test]
    fn a_file_that_fails_the_rule_is_forbidden() {
        let (_dir, ground, rule) = site();
        assert_eq!(found(&ground, "/app/text.py", rule), Err(403));
        assert_eq!(found(&ground, "/app/others.cgi", rule), Err(403), "executable, but not by its owner");
        for other in [Rule { uid: rule.uid + 1, ..rule }, Rule { gid: rule.gid + 1, ..rule }] {
            assert_eq!(found(&ground, "/app/index.cgi", other), Err(403));
        }
    }
}
