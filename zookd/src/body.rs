//! The body of a request, read whole before any service is asked, so that a slow visitor keeps no service waiting.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Memory for bodies is given out in steps of this many bytes.
const STEP: usize = 64 * 1024;

/// The memory that all bodies together may take, beyond the first step of each.
#[derive(Debug, Clone)]
pub(crate) struct Shelf(Arc<Semaphore>);

/// The memory is all in use.
#[derive(Debug)]
pub(crate) struct ShelfFull;

/// A body, or what has arrived of it. Gives its memory back when dropped.
#[derive(Debug)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    reserved: usize,
    held: Vec<OwnedSemaphorePermit>,
    shelf: Shelf,
}

impl Shelf {
    pub(crate) fn new(bytes: usize) -> Shelf {
        Shelf(Arc::new(Semaphore::new(bytes / STEP)))
    }

    /// A body without bytes, which costs nothing.
    pub(crate) fn empty_body(&self) -> Body {
        Body { bytes: Vec::new(), reserved: 0, held: Vec::new(), shelf: self.clone() }
    }
}

impl Body {
    /// Room for `more` bytes: paid for when they are there, not when somebody announces them. The first step is free, as
    /// there are only so many connections: whoever fills the shelf does not keep the others from logging in.
    pub(crate) fn grow(&mut self, more: usize) -> Result<&mut Vec<u8>, ShelfFull> {
        while self.bytes.len() + more > self.reserved {
            if self.reserved > 0 {
                self.held.push(self.shelf.0.clone().try_acquire_owned().map_err(|_| ShelfFull)?);
            }
            self.reserved += STEP;
        }
        Ok(&mut self.bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_share_the_shelf_and_give_it_back() {
        let shelf = Shelf::new(2 * STEP);
        let (mut a, mut b) = (shelf.empty_body(), shelf.empty_body());
        assert!(a.grow(2 * STEP + 1).is_ok());
        assert!(b.grow(STEP + 1).is_err());
        drop(a);
        assert!(b.grow(STEP + 1).is_ok());
    }

    #[test]
    fn a_short_body_needs_no_room_on_the_shelf() {
        let shelf = Shelf::new(STEP);
        let (mut long, mut short) = (shelf.empty_body(), shelf.empty_body());
        assert!(long.grow(2 * STEP).is_ok());
        assert!(short.grow(STEP).is_ok());
        assert!(short.grow(STEP + 1).is_err());
    }
}
