//! The chunked transfer coding (RFC 9112 §7.1), decoded as it arrives.
//!
//! Sizes are at most eight hexadecimal digits, every line ends with CR LF, chunk extensions and trailers are refused:
//! they carry nothing that anyone here reads, and parsers disagree about them.

use crate::limits;

/// What is wrong with a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChunkFault {
    #[error("a malformed chunk size")]
    Size,
    #[error("a chunk does not end with CR LF")]
    End,
    #[error("fields after the last chunk")]
    Trailer,
    #[error("the chunks together are longer than the limit")]
    TooLong,
}

/// What one call of [`Chunked::feed`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fed {
    /// Bytes of the input that belong to this body.
    pub used: usize,
    /// The body is complete.
    pub done: bool,
}

/// A decoder for one chunked body.
#[derive(Debug)]
pub struct Chunked {
    state: State,
    room: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Size { digits: u8, size: u32 },
    SizeEnd { size: u32 },
    Data { left: u32 },
    DataReturn,
    DataEnd,
    LastReturn,
    LastEnd,
    Done,
}

const SIZE: State = State::Size { digits: 0, size: 0 };

impl Chunked {
    /// A decoder that refuses a body of more than `limit` bytes as soon as it is announced.
    pub fn new(limit: u64) -> Chunked {
        Chunked { state: SIZE, room: limit }
    }

    /// Decodes what has arrived, and appends the data to `out`. Input after the end of the body is not touched.
    pub fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Fed, ChunkFault> {
        let mut used = 0;
        while let Some(&byte) = input.get(used) {
            self.state = match self.state {
                State::Done => break,
                State::Data { left } => {
                    let take = input.len().saturating_sub(used).min(left as usize);
                    out.extend_from_slice(&input[used..used + take]);
                    used += take;
                    self.state = match left - take as u32 {
                        0 => State::DataReturn,
                        left => State::Data { left },
                    };
                    continue;
                }
                state => self.step(state, byte)?,
            };
            used += 1;
        }
        Ok(Fed { used, done: matches!(self.state, State::Done) })
    }

    /// The bytes around the data.
    fn step(&mut self, state: State, byte: u8) -> Result<State, ChunkFault> {
        match (state, byte) {
            (State::Size { digits, size }, b'\r') if digits > 0 => Ok(State::SizeEnd { size }),
            (State::Size { digits, size }, _) => {
                let digit = char::from(byte).to_digit(16).ok_or(ChunkFault::Size)?;
                if digits == limits::CHUNK_SIZE_DIGITS {
                    return Err(ChunkFault::Size);
                }
                Ok(State::Size { digits: digits + 1, size: (size << 4) | digit })
            }
            (State::SizeEnd { size: 0 }, b'\n') => Ok(State::LastReturn),
            (State::SizeEnd { size }, b'\n') => {
                self.room = self.room.checked_sub(u64::from(size)).ok_or(ChunkFault::TooLong)?;
                Ok(State::Data { left: size })
            }
            (State::SizeEnd { .. }, _) => Err(ChunkFault::Size),
            (State::DataReturn, b'\r') => Ok(State::DataEnd),
            (State::DataEnd, b'\n') => Ok(SIZE),
            (State::DataReturn | State::DataEnd, _) => Err(ChunkFault::End),
            (State::LastReturn, b'\r') => Ok(State::LastEnd),
            (State::LastEnd, b'\n') => Ok(State::Done),
            (State::LastReturn | State::LastEnd, _) => Err(ChunkFault::Trailer),
            (State::Data { .. } | State::Done, _) => Ok(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(wire: &[u8], piece: usize) -> Result<(Vec<u8>, usize, bool), ChunkFault> {
        let (mut decoder, mut out, mut used, mut done) = (Chunked::new(1000), Vec::new(), 0, false);
        for piece in wire.chunks(piece) {
            let fed = decoder.feed(piece, &mut out)?;
            used += fed.used;
            done = fed.done;
        }
        Ok((out, used, done))
    }

    #[test]
    fn a_body_is_the_same_in_one_piece_and_byte_by_byte() {
        let wire = b"4\r\nWiki\r\n05\r\npedia\r\nA\r\n0123456789\r\n0\r\n\r\nGET /";
        for piece in [1, 2, 3, 7, wire.len()] {
            let (out, used, done) = decode(wire, piece).expect("is well formed");
            assert_eq!((out.as_slice(), used, done), (b"Wikipedia0123456789".as_slice(), wire.len() - 5, true));
        }
    }

    #[test]
    fn malformed_chunks_are_refused() {
        for (wire, fault) in [
            ("\r\n", ChunkFault::Size),
            ("g\r\n", ChunkFault::Size),
            ("0x4\r\nWiki\r\n", ChunkFault::Size),
            ("+4\r\nWiki\r\n", ChunkFault::Size),
            ("-1\r\n", ChunkFault::Size),
            (" 4\r\nWiki\r\n", ChunkFault::Size),
            ("4 \r\nWiki\r\n", ChunkFault::Size),
            ("4;a=b\r\nWiki\r\n", ChunkFault::Size),
            ("4\nWiki\r\n", ChunkFault::Size),
            ("4\rXWiki\r\n", ChunkFault::Size),
            ("000000004\r\nWiki\r\n", ChunkFault::Size),
            ("ffffffffffffffff4\r\n", ChunkFault::Size),
            ("4\r\nWikiX\r\n", ChunkFault::End),
            ("4\r\nWiki\n0\r\n\r\n", ChunkFault::End),
            ("4\r\nWiki0\r\n\r\n", ChunkFault::End),
            ("0\r\nX: y\r\n\r\n", ChunkFault::Trailer),
            ("0\r\n\n", ChunkFault::Trailer),
            ("3e9\r\n", ChunkFault::TooLong),
        ] {
            assert_eq!(decode(wire.as_bytes(), wire.len()), Err(fault), "{wire:?}");
        }
    }
}
