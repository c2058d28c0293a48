//! Several snapshots in one file, one behind the other; the last one that is whole counts.
//!
//! ```text
//! file      frame…
//! frame     "zookvfs+", length u64, snapshot of that length, zeros up to the next multiple of [`BLOCK`]
//! ```
//! So a frame that is appended touches no block of those before it: a disk that fails in the middle of a block spoils only
//! what nobody was promised. A file that does not begin with a frame is a single snapshot, as they were written before
//! there were frames.

const MAGIC: &[u8; 8] = b"zookvfs+";
pub(super) const HEAD: usize = MAGIC.len() + size_of::<u64>();

/// What a disk writes at a time, or a multiple of that.
pub(super) const BLOCK: usize = 4096;

/// A snapshot as it lies in a file.
pub(super) fn frame(snapshot: &[u8]) -> Vec<u8> {
    let len = (HEAD + snapshot.len()).next_multiple_of(BLOCK);
    let mut frame = Vec::with_capacity(len);
    frame.extend(MAGIC);
    frame.extend((snapshot.len() as u64).to_le_bytes());
    frame.extend(snapshot);
    frame.resize(len, 0);
    frame
}

/// What may be snapshots, oldest first. The last may be torn; only its checksum tells. Nothing is looked for behind what
/// is no frame, or inside of one, where an owner's own bytes are.
pub(super) fn snapshots(mut file: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while let Some(len) = announced(file) {
        let end = HEAD.saturating_add(len).min(file.len());
        found.push(&file[HEAD..end]);
        file = &file[end.next_multiple_of(BLOCK).min(file.len())..];
    }
    if !file.is_empty() || found.is_empty() {
        found.push(file);
    }
    found
}

/// How long the snapshot is that a frame says it holds.
fn announced(frame: &[u8]) -> Option<usize> {
    let len = frame.strip_prefix(MAGIC)?.first_chunk()?;
    // What no memory could hold is not there either.
    Some(usize::try_from(u64::from_le_bytes(*len)).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_into_frames_comes_out_in_order() {
        let written = [vec![1; 10], vec![2; BLOCK - HEAD], vec![3; BLOCK], vec![4; 3 * BLOCK]];
        let file = written.iter().flat_map(|snapshot| frame(snapshot)).collect::<Vec<_>>();
        assert_eq!(file.len(), 8 * BLOCK);
        assert_eq!(snapshots(&file), written);
    }

    #[test]
    fn a_file_from_before_there_were_frames_is_one_snapshot() {
        assert_eq!(snapshots(b"zookvfs\n and so on"), [b"zookvfs\n and so on"]);
        assert_eq!(snapshots(b""), [b""]);
    }

    #[test]
    fn a_frame_that_promises_more_than_there_is_ends_with_the_file() {
        let whole = frame(b"whole");
        for len in [6, 1 << 40, u64::MAX] {
            let torn = [&MAGIC[..], &len.to_le_bytes(), b"torn"].concat();
            assert_eq!(snapshots(&[&whole[..], &torn].concat()), [&b"whole"[..], b"torn"]);
        }
        for len in 1..HEAD {
            assert_eq!(snapshots(&[&whole[..], &whole[..len]].concat()), [&b"whole"[..], &whole[..len]]);
        }
    }

    #[test]
    fn a_frame_inside_of_a_snapshot_is_not_found() {
        let forged = frame(b"an owner's own bytes");
        let snapshot = [vec![0; BLOCK - HEAD], forged.clone()].concat();
        assert_eq!(snapshots(&frame(&snapshot)), [&snapshot[..]]);
        // Nor if the block that held the frame's head never reached the disk.
        let torn = [vec![0; BLOCK], forged].concat();
        assert_eq!(snapshots(&torn), [&torn[..]]);
    }
}
