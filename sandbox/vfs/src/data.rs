//! The contents of one file: chunks, and holes where a chunk was never written.

use std::collections::BTreeMap;

/// Bytes in a chunk: a page, as on tmpfs, so that holes begin and end where programs expect them.
pub(crate) const CHUNK: usize = 4096;

#[derive(Clone, Debug, Default)]
pub(crate) struct Data {
    len: u64,
    /// By position in chunks. What lies beyond `len` in the last one is zero.
    chunks: BTreeMap<u64, Box<[u8; CHUNK]>>,
}

impl Data {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Chunks that are there, and so cost memory.
    pub(crate) fn chunks(&self) -> u64 {
        self.chunks.len() as u64
    }

    /// Copies what is there from `offset` on; fewer bytes than asked only at the end of the file.
    pub(crate) fn read(&self, offset: u64, into: &mut [u8]) -> usize {
        let end = self.len.min(offset.saturating_add(into.len() as u64));
        let wanted = end.saturating_sub(offset) as usize;
        for (index, within, part) in pieces(offset, wanted) {
            match self.chunks.get(&index) {
                Some(chunk) => into[part.clone()].copy_from_slice(&chunk[within..within + part.len()]),
                None => into[part].fill(0),
            }
        }
        wanted
    }

    /// Writes all of `bytes`, and grows the file if they reach beyond its end. `offset + bytes.len()` fits a file size:
    /// the quota has seen to that.
    pub(crate) fn write(&mut self, offset: u64, bytes: &[u8]) {
        for (index, within, part) in pieces(offset, bytes.len()) {
            let chunk = self.chunks.entry(index).or_insert_with(|| Box::new([0; CHUNK]));
            chunk[within..within + part.len()].copy_from_slice(&bytes[part]);
        }
        self.len = self.len.max(offset + bytes.len() as u64);
    }

    /// Cuts, or adds a hole.
    pub(crate) fn set_len(&mut self, len: u64) {
        if len < self.len {
            self.chunks.split_off(&len.div_ceil(CHUNK as u64));
            let tail = (len % CHUNK as u64) as usize;
            if let Some(chunk) = self.chunks.get_mut(&(len / CHUNK as u64)).filter(|_| tail > 0) {
                chunk[tail..].fill(0);
            }
        }
        self.len = len;
    }

    /// The first offset from `from` on that is not in a hole: lseek(2), `SEEK_DATA`.
    pub(crate) fn next_data(&self, from: u64) -> Option<u64> {
        let (index, _) = self.chunks.range(from / CHUNK as u64..).next()?;
        Some(from.max(index * CHUNK as u64)).filter(|at| *at < self.len)
    }

    /// The first offset from `from` on that is in a hole; the end of the file counts as one: lseek(2), `SEEK_HOLE`.
    pub(crate) fn next_hole(&self, from: u64) -> u64 {
        let mut index = from / CHUNK as u64;
        while self.chunks.contains_key(&index) {
            index += 1;
        }
        from.max(index * CHUNK as u64).min(self.len)
    }

    /// All of it, holes as zeros.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut all = vec![0; self.len as usize];
        self.read(0, &mut all);
        all
    }

    /// The contents `bytes`; a chunk of zeros becomes a hole.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Data {
        let mut data = Data { len: bytes.len() as u64, ..Data::default() };
        for (index, part) in bytes.chunks(CHUNK).enumerate() {
            if part.iter().any(|byte| *byte != 0) {
                data.write((index * CHUNK) as u64, part);
            }
        }
        data
    }
}

/// The parts of `len` bytes from `offset` on, chunk by chunk: which chunk, where in it, and which part of the bytes.
fn pieces(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let within = (at % CHUNK as u64) as usize;
        let size = (CHUNK - within).min(len - done);
        let part = done..done + size;
        done += size;
        (size > 0).then_some((at / CHUNK as u64, within, part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const C: u64 = CHUNK as u64;

    #[test]
    fn what_was_written_is_read_across_chunks() {
        let mut data = Data::default();
        let text: Vec<u8> = (0..CHUNK * 2 + 100).map(|i| i as u8).collect();
        data.write(C - 50, &text);
        let mut back = vec![9; text.len() + 10];
        assert_eq!(data.read(C - 50, &mut back), text.len());
        assert_eq!(back[..text.len()], text);
        assert_eq!(data.read(data.len() + 5, &mut back), 0);
    }

    #[test]
    fn what_was_cut_off_does_not_come_back() {
        let mut data = Data::from_bytes(&[7; 3 * CHUNK]);
        data.set_len(C + 10);
        data.set_len(3 * C);
        let all = data.to_vec();
        assert!(all[..CHUNK + 10].iter().all(|b| *b == 7) && all[CHUNK + 10..].iter().all(|b| *b == 0));
    }

    #[test]
    fn a_hole_costs_no_memory_and_is_found() {
        let mut data = Data::default();
        data.set_len(1 << 40);
        data.write(5 * C + 1, b"x");
        assert_eq!((data.chunks(), data.next_data(0), data.next_hole(5 * C)), (1, Some(5 * C), 6 * C));
        assert_eq!((data.next_data(6 * C), data.next_hole(1 << 40)), (None, 1 << 40));
    }
}
