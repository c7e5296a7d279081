//! The tokens of a template definition or of a record without one, as far as Windows uses them there.

use super::value::{kind, until_nul};
use std::ops::Range;

/// One token; names and texts as UTF-16.
pub(super) enum Token<'d> {
    /// An element begins, its attributes follow. Left out where the value of that number is NULL.
    Open {
        name: &'d [u8],
        needs: Option<u16>,
    },
    /// The element's attributes end, its content begins.
    Content,
    /// The element's attributes end, and so does it.
    Empty,
    /// The innermost element ends.
    Close,
    Attribute(&'d [u8]),
    Text(&'d [u8]),
    /// Here stands a value of the record.
    Slot {
        index: u16,
        optional: bool,
    },
}

/// What is left to the `evtx` crate, whatever it may be.
pub(super) struct Odd;

/// A definition's beginning: link, GUID, size.
pub(super) const DEFINITION_HEADER: usize = 24;
/// An element without a dependency says so by this number.
const NO_DEPENDENCY: u16 = 0xffff;
/// Names and definitions lie behind the chunk's header.
const HEADER_SIZE: usize = 512;

/// Bytes of a name besides its text: link, hash, length before it, a NUL behind it.
const NAME_AROUND: usize = 10;

/// Walks a definition.
pub(super) struct Tokens<'d> {
    data: &'d [u8],
    at: usize,
    end: usize,
    /// Elements say on which value they depend: only those of definitions do.
    depend: bool,
    /// Where the last name stands.
    named_at: usize,
}

impl<'d> Tokens<'d> {
    /// The tokens of the definition at `offset` of a chunk.
    pub(super) fn of(data: &'d [u8], offset: usize) -> Option<Tokens<'d>> {
        if offset < HEADER_SIZE {
            return None;
        }
        let at = offset + DEFINITION_HEADER;
        let size = u32::from_le_bytes(*data.get(offset + 20..)?.first_chunk()?);
        let end = at.checked_add(size as usize).filter(|end| *end <= data.len())?;
        // The fragment header.
        let begins = matches!(data.get(at..end)?, [0x0f, _, _, _, ..]);
        begins.then_some(Tokens { data, at: at + 4, end, depend: true, named_at: 0 })
    }

    /// The tokens of a record that has elements in the place of a template.
    pub(super) fn of_record(data: &'d [u8], start: usize, end: usize) -> Option<Tokens<'d>> {
        let begins = matches!(data.get(start..end)?, [0x0f, _, _, _, 0x01 | 0x41, ..]);
        begins.then_some(Tokens { data, at: start + 4, end, depend: false, named_at: 0 })
    }

    /// Where the definition ends.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// Bytes that are left.
    pub(super) fn rest(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// Where the name of the last element or attribute stands, with all that is around it.
    pub(super) fn last_name(&self) -> Range<usize> {
        let length =
            self.data.get(self.named_at + 6..).and_then(<[u8]>::first_chunk).map_or(0, |l| u16::from_le_bytes(*l));
        self.named_at..self.named_at + NAME_AROUND + 2 * usize::from(length)
    }

    /// The next token; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token<'d>>, Odd> {
        if self.at == self.end {
            return Ok(None);
        }
        let [token] = self.take()?;
        Ok(Some(match token {
            0x00 => return Ok(None),
            0x01 | 0x41 => {
                let needs = if self.depend { self.u16()? } else { NO_DEPENDENCY };
                self.take::<4>()?;
                let name = self.name()?;
                if token == 0x41 {
                    self.take::<4>()?;
                }
                Token::Open { name, needs: (needs != NO_DEPENDENCY).then_some(needs) }
            }
            0x02 => Token::Content,
            0x03 => Token::Empty,
            0x04 => Token::Close,
            0x05 | 0x45 => {
                let [kind::STRING] = self.take()? else { return Err(Odd) };
                let units = self.u16()?;
                Token::Text(until_nul(self.bytes(2 * usize::from(units))?))
            }
            0x06 | 0x46 => Token::Attribute(self.name()?),
            0x0d | 0x0e => {
                let index = self.u16()?;
                // The value's own type counts, but this one must be a type.
                if !matches!(self.take()?, [0x00..=0x15 | 0x20 | 0x21 | 0x23 | 0x81..=0x95]) {
                    return Err(Odd);
                }
                Token::Slot { index, optional: token == 0x0e }
            }
            _ => return Err(Odd),
        }))
    }

    /// A name is given by its place in the chunk, and where that place is here it must be passed over.
    fn name(&mut self) -> Result<&'d [u8], Odd> {
        let offset = u32::from_le_bytes(self.take()?) as usize;
        self.named_at = offset;
        let entry = self.data.get(offset..).filter(|_| offset >= HEADER_SIZE).ok_or(Odd)?;
        let length = entry.get(6..).and_then(<[u8]>::first_chunk).ok_or(Odd)?;
        let length = 2 * usize::from(u16::from_le_bytes(*length));
        let [name @ .., 0, 0] = entry.get(8..NAME_AROUND + length).ok_or(Odd)? else { return Err(Odd) };
        if offset == self.at {
            self.bytes(NAME_AROUND + length)?;
        }
        Ok(name)
    }

    fn u16(&mut self) -> Result<u16, Odd> {
        self.take().map(u16::from_le_bytes)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Odd> {
        self.bytes(N)?.first_chunk().copied().ok_or(Odd)
    }

    fn bytes(&mut self, count: usize) -> Result<&'d [u8], Odd> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.end).ok_or(Odd)?;
        let bytes = self.data.get(self.at..end).ok_or(Odd)?;
        self.at = end;
        Ok(bytes)
    }
}
