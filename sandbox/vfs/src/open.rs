//! open(2), openat(2).

use crate::fixed::{Body as FixedBody, Device, HandleId};
use crate::inode::{Body, File};
use crate::place::{EXECUTE, Place, READ, WRITE};
use crate::walk::{End, Last, Walk};
use crate::{At, OpenId, Refusal, Vfs};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// What the engine hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// A file or directory that lives here: reads, writes and listings of it come back to this [`Vfs`].
    Here(OpenId),
    /// A file of the library: the engine has the read-only descriptor.
    Library(HandleId),
    /// A device: the engine knows what it does.
    Device(Device),
}

impl Vfs {
    /// Opens, and makes a file if the flags say so. Unknown flags are ignored, as Linux does; so is `O_CLOEXEC`, which is
    /// about the descriptor's number.
    pub fn open(&mut self, at: At<'_>, flags: OFlags, mode: Mode) -> Result<Opened, Refusal> {
        let flags = coherent(flags)?;
        let creates = flags.contains(OFlags::CREATE);
        let follow = !flags.contains(OFlags::NOFOLLOW) && !flags.contains(OFlags::CREATE | OFlags::EXCL);
        let mut as_dir = flags.contains(OFlags::DIRECTORY);

        let mut walk = Walk::new(self, at)?;
        let (place, end) = loop {
            let end = walk.advance()?;
            // Linux makes no directory by open(2), and says so before it looks.
            if creates && end.slash && matches!(end.last, Last::Name(_)) {
                return Err(Errno::ISDIR.into());
            }
            as_dir |= end.slash;
            let place = walk.step(&end.last)?;
            match place.and_then(|place| self.link_target(place)) {
                Some(target) if follow || end.slash => walk.follow(target)?,
                _ => break (place, end),
            }
        };
        match place {
            None if creates => self.open_new(end, flags, mode),
            None => Err(self.missing(end.dir)),
            Some(_) if creates && flags.contains(OFlags::EXCL) => Err(Errno::EXIST.into()),
            Some(place) if as_dir && !self.is_dir(place) => Err(Errno::NOTDIR.into()),
            Some(place) => self.open_existing(place, flags),
        }
    }

    fn open_new(&mut self, end: End, flags: OFlags, mode: Mode) -> Result<Opened, Refusal> {
        let Last::Name(name) = end.last else { return Err(Errno::ISDIR.into()) };
        let dir = self.own(end.dir)?;
        self.may_change(dir)?;
        let mode = mode & Mode::from_bits_retain(0o7777) & !self.umask;
        let ino = self.tree.create(dir, name, mode, Body::File(File::default()))?;
        Ok(Opened::Here(self.describe(Place::Own(ino), flags)))
    }

    fn open_existing(&mut self, place: Place, flags: OFlags) -> Result<Opened, Refusal> {
        if !flags.contains(OFlags::PATH) {
            self.check_access(place, flags)?;
        }
        match place {
            Place::Fixed(id) => match self.fixed.body(id) {
                FixedBody::File(handle, _) => return Ok(Opened::Library(*handle)),
                FixedBody::Device(device) => return Ok(Opened::Device(*device)),
                FixedBody::Dir(_) | FixedBody::Tree | FixedBody::Symlink(_) => {}
            },
            Place::Own(ino) => {
                if flags.contains(OFlags::TRUNC) && self.tree.get(ino).file().is_some() {
                    self.set_len(ino, 0)?;
                }
            }
        }
        Ok(Opened::Here(self.describe(place, flags)))
    }

    /// `may_open` of Linux.
    fn check_access(&self, place: Place, flags: OFlags) -> Result<(), Refusal> {
        let access = flags & OFlags::ACCMODE;
        let writes = access != OFlags::RDONLY || flags.contains(OFlags::TRUNC);
        if self.link_target(place).is_some() {
            return Err(Errno::LOOP.into());
        }
        if self.is_dir(place) && (writes || flags.contains(OFlags::CREATE)) {
            return Err(Errno::ISDIR.into());
        }
        if access != OFlags::WRONLY {
            self.may(place, READ)?;
        }
        if writes { self.may(place, WRITE) } else { Ok(()) }
    }

    /// Whether names in `dir` may come and go: `may_create` and `may_delete` of Linux. A removed directory gets no new ones.
    pub(crate) fn may_change(&self, dir: crate::Ino) -> Result<(), Refusal> {
        if self.tree.get(dir).is_dead() {
            return Err(Errno::NOENT.into());
        }
        self.may(Place::Own(dir), WRITE | EXECUTE)
    }
}

/// The flags as Linux takes them together: `build_open_flags`.
fn coherent(flags: OFlags) -> Result<OFlags, Refusal> {
    if flags.contains(OFlags::PATH) {
        // With it only these are looked at.
        return Ok(flags & (OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW));
    }
    if flags.contains(OFlags::TMPFILE) {
        // As not every file system of Linux has it: tempfile then makes a name and takes it away.
        return Err(Errno::OPNOTSUPP.into());
    }
    // Mode 3 is for device drivers' ioctls; O_CREAT with O_DIRECTORY means nothing since Linux 6.4.
    let confused = flags & OFlags::ACCMODE == OFlags::ACCMODE || flags.contains(OFlags::CREATE | OFlags::DIRECTORY);
    if confused { Err(Errno::INVAL.into()) } else { Ok(flags) }
}
