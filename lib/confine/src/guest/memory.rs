//! A guest's memory, read and written by its supervisor.
//!
//! A guest can change its memory while it is read: what was read is data to be judged once, never to be read again.

use std::io;

use rustix::process::Pid;

/// Memory is mapped page by page: a string that ends shortly before an unmapped page must not be read beyond it.
const PAGE: u64 = 4096;

/// Copies `into.len()` bytes from the guest. Stops early where its memory ends; fails if not one byte can be read.
pub fn read(thread: Pid, address: u64, into: &mut [u8]) -> io::Result<usize> {
    let local = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    let remote = libc::iovec { iov_base: address as *mut libc::c_void, iov_len: into.len() };
    // SAFETY: `local` is `into`, writable for its length; the kernel checks the address in the other process itself.
    let read =
        unsafe { libc::process_vm_readv(thread.as_raw_nonzero().get(), &raw const local, 1, &raw const remote, 1, 0) };
    usize::try_from(read).map_err(|_| io::Error::last_os_error())
}

/// Copies `bytes` into the guest. Stops early where its writable memory ends.
pub fn write(thread: Pid, address: u64, bytes: &[u8]) -> io::Result<usize> {
    let local = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let remote = libc::iovec { iov_base: address as *mut libc::c_void, iov_len: bytes.len() };
    // SAFETY: `local` is `bytes`, only read from; the kernel checks the address in the other process itself.
    let written =
        unsafe { libc::process_vm_writev(thread.as_raw_nonzero().get(), &raw const local, 1, &raw const remote, 1, 0) };
    usize::try_from(written).map_err(|_| io::Error::last_os_error())
}

/// Reads a string that ends with a zero byte, without it. `None` if there is no end within `most` bytes.
pub fn read_string(thread: Pid, address: u64, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    // A path is short: the first look takes little, later ones whole pages.
    let mut chunk = [0; PAGE as usize];
    let mut wanted = 256;
    while text.len() < most {
        let from = address.wrapping_add(text.len() as u64);
        let to_page_end = (PAGE - from % PAGE) as usize;
        let length = wanted.min(to_page_end).min(most - text.len());
        let read = read(thread, from, &mut chunk[..length])?;
        if let Some(end) = chunk[..read].iter().position(|byte| *byte == 0) {
            text.extend_from_slice(&chunk[..end]);
            return Ok(Some(text));
        }
        if read == 0 {
            return Err(io::Error::from_raw_os_error(libc::EFAULT));
        }
        text.extend_from_slice(&chunk[..read]);
        wanted = PAGE as usize;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Pid {
        rustix::process::getpid()
    }

    #[test]
    fn what_is_written_can_be_read() {
        let mut place = [0_u8; 5];
        let address = place.as_mut_ptr() as u64;
        assert_eq!(write(me(), address, b"hello").expect("our own memory"), 5);
        let mut copy = [0_u8; 5];
        assert_eq!(read(me(), place.as_ptr() as u64, &mut copy).expect("our own memory"), 5);
        assert_eq!(&copy, b"hello");
    }

    #[test]
    fn a_string_ends_at_its_zero_byte_and_not_later_than_allowed() {
        let long = vec![b'a'; 10_000];
        let address = long.as_ptr() as u64;
        assert_eq!(read_string(me(), address, 9_000).expect("readable"), None);
        let text = b"/tmp/x\0rest".to_vec();
        assert_eq!(read_string(me(), text.as_ptr() as u64, 4096).expect("readable"), Some(b"/tmp/x".to_vec()));
    }

    #[test]
    fn an_address_that_is_not_mapped_is_an_error() {
        assert!(read_string(me(), 8, 4096).is_err());
        assert!(write(me(), 8, b"x").is_err());
    }
}
