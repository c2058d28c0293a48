//! Everything that the start of a service takes, made once: a start and a restart are the same.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use cgroup::GroupError;
use confine::Root;
use confine::launch::Access;
use confine::usernamespace::{self, IdRange, Maps, UserNamespaceError};
use control::{Protocol, RecordError};
use manifest::{Bound, Manifest, Service, ServiceName, UserRange};
use rustix::fs::{FileType, Mode, OFlags, fstat};
use rustix::net::SocketType;

use crate::fence::{Fence, Fences};
use crate::jail::{Dir, Jail, JailError, Owner};
use crate::load::Site;
use crate::orders::{self, LOG_DIR, Numbers};
use crate::sockets::{self, Inner, SocketError};

/// The number of the first descriptor after the standard streams and the line to the launcher.
const FIRST_NUMBER: i32 = 4;

/// One service, ready to be started.
pub(crate) struct Plan {
    pub(crate) service: Service,
    pub(crate) program: OwnedFd,
    pub(crate) root: Dir,
    pub(crate) binds: Vec<Bind>,
    /// What bounds it as a whole, where the host has control groups.
    pub(crate) fence: Option<Fence>,
    /// Descriptors that the process keeps, with their numbers there.
    pub(crate) passed: Vec<(OwnedFd, i32)>,
    /// Its first record.
    pub(crate) orders: Vec<u8>,
}

/// Something bound into a root.
pub(crate) struct Bind {
    pub(crate) source: OwnedFd,
    pub(crate) inside: PathBuf,
    pub(crate) access: Access,
}

/// Why a service cannot be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    #[error(transparent)]
    Jail(#[from] JailError),
    #[error(transparent)]
    Socket(#[from] SocketError),
    #[error("[{service}] {key} {}, which cannot be opened", .path.display())]
    Missing { service: ServiceName, key: &'static str, path: PathBuf, source: std::io::Error },
    #[error("[{0}] cannot have a user namespace")]
    UserNamespace(ServiceName, #[source] UserNamespaceError),
    #[error("[{0}] cannot be bounded as a whole")]
    Fence(ServiceName, #[source] GroupError),
    #[error("[{0}] has too many callers, routes or settings for one message")]
    TooMuch(ServiceName, #[source] RecordError),
    #[error("[{0}] has no program")]
    NoProgram(ServiceName),
}

/// Prepares all services: directories first, then sockets, then what is bound where.
pub(crate) fn prepare(
    root: &Root,
    jail: &Jail,
    fences: &Fences,
    site: Site,
) -> Result<(Vec<Plan>, SocketAddr), PlanError> {
    let Site { manifest, mut programs, pythons } = site;
    let (public, address) = sockets::public(manifest.listen)?;
    let sockets = inner_sockets(jail, &manifest)?;
    let mut public = Some(public);
    let mut plans = Vec::new();
    for service in manifest.services() {
        let directory = jail.walk(service.dir.as_path())?;
        let binds = binds(jail, &directory, &manifest, service, &sockets)?;
        let listener = match orders::protocol_of(service) {
            Some(Protocol::Public) => public.take(),
            _ => sockets.get(&service.name).map(|socket| keep(&socket.listener, &directory)).transpose()?,
        };
        let mut passed = Vec::new();
        let mut number = FIRST_NUMBER;
        let mut pass = |fd: OwnedFd| {
            passed.push((fd, number));
            number += 1;
            number - 1
        };
        let mut numbers = Numbers { listener: listener.map(&mut pass), others: BTreeMap::new() };
        if let Some(pool) = service.userns {
            numbers.others.insert("userns".to_owned(), pass(user_namespace(root, service, pool)?));
        }
        let unfenced = |why| PlanError::Fence(service.name.clone(), why);
        let fence = fences.around(service).map_err(unfenced)?;
        let ways = fence.as_ref().map_or(Ok(Vec::new()), Fence::entrances_for_guests).map_err(unfenced)?;
        for (n, entrance) in ways.into_iter().enumerate() {
            numbers.others.insert(format!("{}{n}", control::GUESTS_GROUP), pass(entrance));
        }
        let open = programs.remove(&service.name).ok_or_else(|| PlanError::NoProgram(service.name.clone()))?;
        for (name, program) in open.started {
            numbers.others.insert(name, pass(program));
        }
        let orders = control::encode(&orders::of(&manifest, service, &pythons, numbers))
            .map_err(|why| PlanError::TooMuch(service.name.clone(), why))?;
        plans.push(Plan { service: service.clone(), program: open.own, root: directory, binds, fence, passed, orders });
    }
    Ok((plans, address))
}

fn inner_sockets(jail: &Jail, manifest: &Manifest) -> Result<BTreeMap<ServiceName, Inner>, PlanError> {
    let all = jail.closed("sockets")?;
    let mut sockets = BTreeMap::new();
    for service in manifest.services() {
        let kind = match orders::protocol_of(service) {
            Some(Protocol::Http | Protocol::Varlink) => SocketType::STREAM,
            Some(Protocol::Descriptor) => SocketType::SEQPACKET,
            Some(Protocol::Public) | None => continue,
        };
        let directory = all.walk(Path::new(service.name.as_str()))?;
        sockets.insert(service.name.clone(), sockets::inner(&directory, kind)?);
    }
    Ok(sockets)
}

fn binds(
    jail: &Jail,
    root: &Dir,
    manifest: &Manifest,
    service: &Service,
    sockets: &BTreeMap<ServiceName, Inner>,
) -> Result<Vec<Bind>, PlanError> {
    let mut binds = Vec::new();
    let ids = |mode| Owner { uid: service.uid.as_raw(), gid: service.gid.as_raw(), mode };
    root.walk(Path::new(LOG_DIR))?;
    let logs = jail.walk(Path::new("log"))?.owned(Path::new(service.name.as_str()), &ids(0o700))?;
    binds.push(Bind { source: logs.into(), inside: PathBuf::from(LOG_DIR), access: Access::Write });

    let run = root.walk(Path::new("run"))?;
    let callees = manifest.callees(service);
    run.tidy(|name| callees.iter().any(|callee| name == format!("{}.sock", callee.name)))?;
    for callee in callees {
        let inside = orders::socket_of(&callee.name);
        run.place(inside.file_name().map(Path::new).unwrap_or(&inside))?;
        if let Some(socket) = sockets.get(&callee.name) {
            binds.push(Bind { source: keep(&socket.place, root)?, inside, access: Access::Read });
        }
    }
    for owned in &service.owns {
        let (above, name) = root.above(owned.path.as_path())?;
        let source = above.owned(name, &ids(owned.mode))?.into();
        binds.push(Bind { source, inside: owned.path.as_path().to_owned(), access: Access::Write });
    }
    for (key, list, access) in [
        ("reads", &service.reads, Access::Read),
        ("executes", &service.executes, Access::Execute),
        ("writes", &service.writes, Access::Write),
    ] {
        for bound in list {
            binds.extend(bind(root, service, key, bound, access)?);
        }
    }
    Ok(binds)
}

/// One entry of `reads`, `executes` or `writes`. What stands in the root anyway and is only read needs no mount.
fn bind(
    root: &Dir,
    service: &Service,
    key: &'static str,
    bound: &Bound,
    access: Access,
) -> Result<Option<Bind>, PlanError> {
    let inside = bound.inside.as_path();
    let missing = |path: &Path, source: std::io::Error| {
        let (service, path) = (service.name.clone(), path.to_owned());
        PlanError::Missing { service, key, path, source }
    };
    let Some(host) = &bound.host else {
        let source = root.find(inside).map_err(|why| missing(&root.below(inside), why))?;
        return Ok((access != Access::Read).then(|| Bind { source, inside: inside.to_owned(), access }));
    };
    let missing = |why: rustix::io::Errno| missing(host, why.into());
    let source = rustix::fs::open(host, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).map_err(missing)?;
    if FileType::from_raw_mode(fstat(&source).map_err(missing)?.st_mode) == FileType::Directory {
        root.walk(inside)?;
    } else {
        let (above, name) = root.above(inside)?;
        above.place(name)?;
    }
    Ok(Some(Bind { source, inside: inside.to_owned(), access }))
}

/// Counted from 0 inside: the process that builds the guests' root needs to be its namespace's root, which is nobody outside.
fn user_namespace(root: &Root, service: &Service, pool: UserRange) -> Result<OwnedFd, PlanError> {
    let range = IdRange { inside: 0, outside: pool.first(), count: pool.count() };
    let maps = Maps { uids: vec![range], gids: vec![range] };
    usernamespace::create(root, service.uid.as_raw(), service.gid.as_raw(), &maps)
        .map_err(|why| PlanError::UserNamespace(service.name.clone(), why))
}

fn keep(fd: &OwnedFd, near: &Dir) -> Result<OwnedFd, JailError> {
    let path = near.path().to_owned();
    fd.as_fd().try_clone_to_owned().map_err(|source| JailError::Step { step: "keep open a socket for", path, source })
}
