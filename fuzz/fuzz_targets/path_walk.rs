//! Paths through symbolic links: the walk of the virtual file system, and a second one, written the long way round, must
//! arrive at the same place or fail with the same error.
//!
//! The input is lines: the targets of five links in turn, then the path.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rustix::fs::{Mode, OFlags, Timespec};
use rustix::io::Errno;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};
use vfs::{At, Fixed, Guest, HandleId, Limits, Opened, Stat, Target, Tree, Vfs};

const LINKS: [&str; 5] = ["l", "m", "d/l", "d/e/l", "d/m"];

/// Each object by its one absolute path, in names.
type World = BTreeMap<Vec<Vec<u8>>, Object>;

enum Object {
    Dir,
    Other,
    Link(Vec<u8>),
}

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let (mut vfs, mut world) = (vfs(), world());
    for link in LINKS {
        let target = lines.next().unwrap_or(b".");
        if vfs.symlink(target, At::cwd(link)).is_ok() {
            world.insert(names(&format!("/tmp/{link}")), Object::Link(target.to_vec()));
        }
    }
    let path = lines.next().unwrap_or(b".");
    for follow in [true, false] {
        let target = if follow { Target::Path(At::cwd(path)) } else { Target::Link(At::cwd(path)) };
        let ours = vfs.stat(target).map_err(|refusal| refusal.errno());
        let theirs = walk(&world, path, follow);
        let there = theirs.as_ref().map(|names| {
            let absolute = names.iter().flat_map(|name| [b"/".as_slice(), name].concat()).collect::<Vec<u8>>();
            let absolute = if absolute.is_empty() { b"/".to_vec() } else { absolute };
            vfs.stat(Target::Link(At::cwd(&absolute))).expect("the model knows no place that is not there")
        });
        assert_eq!(ours, there.map_err(|errno| *errno));
    }
});

fn vfs() -> Vfs {
    static FIXED: OnceLock<Arc<Fixed>> = OnceLock::new();
    let fixed = FIXED.get_or_init(|| {
        let mut fixed = Fixed::new();
        fixed.add_file(b"/usr/lib/os.py", HandleId(1), Stat::default()).expect("the path is free");
        Arc::new(fixed)
    });
    let tree = Tree::new(Limits::default(), Timespec { tv_sec: 1, tv_nsec: 0 });
    let mut vfs = Vfs::new(fixed.clone(), tree, Guest { uid: 1, gid: 1 });
    for dir in ["d", "d/e"] {
        vfs.mkdir(At::cwd(dir), Mode::RWXU).expect("the tree is empty");
    }
    for file in ["f", "d/f"] {
        let opened = vfs.open(At::cwd(file), OFlags::CREATE, Mode::RWXU);
        assert!(matches!(opened, Ok(Opened::Here(_))));
    }
    vfs
}

fn world() -> World {
    let mut world = World::new();
    for dir in ["/", "/tmp", "/dev", "/usr", "/usr/lib", "/tmp/d", "/tmp/d/e"] {
        world.insert(names(dir), Object::Dir);
    }
    for other in ["/dev/null", "/dev/zero", "/dev/urandom", "/usr/lib/os.py", "/tmp/f", "/tmp/d/f"] {
        world.insert(names(other), Object::Other);
    }
    world.insert(names("/data"), Object::Link(b"tmp".to_vec()));
    world
}

fn names(path: &str) -> Vec<Vec<u8>> {
    path.split('/').filter(|name| !name.is_empty()).map(|name| name.as_bytes().to_vec()).collect()
}

/// POSIX.1-2024, 4.16 Pathname Resolution, word by word: the names of where the path leads.
fn walk(world: &World, path: &[u8], follow: bool) -> Result<Vec<Vec<u8>>, Errno> {
    match path.len() {
        0 => return Err(Errno::NOENT),
        4096.. => return Err(Errno::NAMETOOLONG),
        _ if path.contains(&0) => return Err(Errno::INVAL),
        _ => {}
    }
    let mut here = if path[0] == b'/' { vec![] } else { names("/tmp") };
    // A slash at the end stands for one more name: a dot.
    let split = |path: &[u8]| -> VecDeque<Vec<u8>> {
        let mut all: VecDeque<Vec<u8>> =
            path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect();
        if path.ends_with(b"/") && !all.is_empty() {
            all.push_back(b".".to_vec());
        }
        all
    };
    let mut rest = split(path);
    let mut links = 0;
    while let Some(name) = rest.pop_front() {
        if !matches!(world.get(&here), Some(Object::Dir)) {
            return Err(Errno::NOTDIR);
        }
        if name == b"." {
            continue;
        }
        if name == b".." {
            here.pop();
            continue;
        }
        if name.len() > 255 {
            return Err(Errno::NAMETOOLONG);
        }
        let mut there = here.clone();
        there.push(name);
        match world.get(&there).ok_or(Errno::NOENT)? {
            Object::Link(target) if follow || !rest.is_empty() => {
                links += 1;
                if links > 40 {
                    return Err(Errno::LOOP);
                }
                if target.starts_with(b"/") {
                    here.clear();
                }
                let mut longer = split(target);
                longer.append(&mut rest);
                rest = longer;
            }
            _ => here = there,
        }
    }
    Ok(here)
}
