//! Values of a substitution array, as the `evtx` crate renders them into XML, from where the text is taken otherwise.
//!
//! Types are those of \[MS-EVEN6\] 2.2.12; their texts are what Windows shows.

/// Value types, of which those that are not listed are left to the crate.
pub(super) mod kind {
    pub(in super::super) const NULL: u8 = 0x00;
    pub(in super::super) const STRING: u8 = 0x01;
    pub(in super::super) const UINT8: u8 = 0x04;
    pub(in super::super) const UINT16: u8 = 0x06;
    pub(in super::super) const UINT32: u8 = 0x08;
    pub(in super::super) const UINT64: u8 = 0x0a;
    pub(in super::super) const GUID: u8 = 0x0f;
    pub(in super::super) const FILETIME: u8 = 0x11;
    pub(in super::super) const SID: u8 = 0x13;
    pub(in super::super) const HEX32: u8 = 0x14;
    pub(in super::super) const HEX64: u8 = 0x15;
    pub(in super::super) const BINXML: u8 = 0x21;
    pub(in super::super) const STRINGS: u8 = 0x81;
    pub(super) const INT8: u8 = 0x03;
    pub(super) const INT16: u8 = 0x05;
    pub(super) const INT32: u8 = 0x07;
    pub(super) const INT64: u8 = 0x09;
    pub(super) const BOOL: u8 = 0x0d;
    pub(in super::super) const BINARY: u8 = 0x0e;
    pub(super) const SIZE: u8 = 0x10;
}

/// True if the value reads without a doubt: its size is that of its type, and [`render`] knows it. Strings may still
/// hold what is no UTF-16.
pub(super) fn is_plain(kind: u8, value: &[u8]) -> bool {
    match kind {
        kind::NULL | kind::BINARY => true,
        kind::STRING => value.len().is_multiple_of(2),
        kind::INT8 | kind::UINT8 => value.len() == 1,
        kind::INT16 | kind::UINT16 => value.len() == 2,
        kind::INT32 | kind::UINT32 | kind::BOOL | kind::HEX32 => value.len() == 4,
        kind::INT64 | kind::UINT64 | kind::HEX64 | kind::FILETIME => value.len() == 8,
        kind::SIZE => matches!(value.len(), 4 | 8),
        kind::GUID => value.len() == 16,
        kind::SID => value.get(1).is_some_and(|count| value.len() == 8 + 4 * usize::from(*count)),
        _ => false,
    }
}

/// What is usual for the sizes of a type's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizes {
    One(u16),
    Any,
    Even,
    /// That depends on the value, or there is no such type.
    Look,
}

impl Sizes {
    /// Of the values of a type.
    pub(super) const fn of(kind: u8) -> Sizes {
        match kind {
            kind::NULL | kind::BINARY | kind::BINXML => Sizes::Any,
            kind::STRING => Sizes::Even,
            kind::INT8 | kind::UINT8 => Sizes::One(1),
            kind::INT16 | kind::UINT16 => Sizes::One(2),
            kind::INT32 | kind::UINT32 | kind::BOOL | kind::HEX32 => Sizes::One(4),
            kind::INT64 | kind::UINT64 | kind::HEX64 | kind::FILETIME => Sizes::One(8),
            kind::GUID => Sizes::One(16),
            _ => Sizes::Look,
        }
    }
}

/// Appends the value's text; false if it has none that is certain.
pub(super) fn render(kind: u8, value: &[u8], out: &mut String) -> bool {
    if !is_plain(kind, value) {
        return false;
    }
    match kind {
        kind::NULL => {}
        kind::STRING => return push_utf16(until_nul(value), out),
        kind::BINARY => value.iter().for_each(|byte| push_hex_byte(*byte, UPPER, out)),
        kind::INT8 | kind::INT16 | kind::INT32 | kind::INT64 => push_signed(signed(value), out),
        kind::UINT8 | kind::UINT16 | kind::UINT32 | kind::UINT64 => push_unsigned(unsigned(value), out),
        // Other values than 0 and 1 are kept as they are: some events store bit masks as booleans.
        kind::BOOL => match signed(value) {
            0 => out.push_str("false"),
            1 => out.push_str("true"),
            other => push_signed(other, out),
        },
        kind::HEX32 | kind::HEX64 | kind::SIZE => push_hex(unsigned(value), out),
        kind::GUID => push_guid(value, out),
        kind::SID => push_sid(value, out),
        kind::FILETIME => return push_time(unsigned(value), out),
        _ => return false,
    }
    true
}

/// A value of an unsigned type.
pub(super) fn number(kind: u8, value: &[u8]) -> Option<u64> {
    let is_number = matches!(kind, kind::UINT8 | kind::UINT16 | kind::UINT32 | kind::UINT64);
    (is_number && is_plain(kind, value)).then(|| unsigned(value))
}

/// 100 ns since 1601 at 9999-12-30T22:00 UTC: later times are shown, but are none to calculate with.
pub(super) const LAST_TIME: u64 = 2_650_466_808_000_000_000;

/// Little-endian, of at most eight bytes.
pub(super) fn unsigned(bytes: &[u8]) -> u64 {
    match bytes {
        [a] => u64::from(*a),
        [a, b] => u64::from(u16::from_le_bytes([*a, *b])),
        [a, b, c, d] => u64::from(u32::from_le_bytes([*a, *b, *c, *d])),
        [a, b, c, d, e, f, g, h] => u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
        _ => 0,
    }
}

fn signed(bytes: &[u8]) -> i64 {
    let unused = 64 - 8 * bytes.len().min(8) as u32;
    // Moves the sign to where i64 has it, and back.
    unsigned(bytes).checked_shl(unused).unwrap_or(0).cast_signed() >> unused.min(63)
}

/// The strings of an array, each with its end; `None` where the last one lacks it.
pub(super) fn strings(value: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let (units, rest) = value.as_chunks::<2>();
    if !rest.is_empty() || units.last().is_some_and(|unit| *unit != [0, 0]) {
        return None;
    }
    let all = units.strip_suffix(&[[0, 0]]);
    Some(all.into_iter().flat_map(|all| all.split(|unit| *unit == [0, 0])).map(<[[u8; 2]]>::as_flattened))
}

/// The units before the first NUL.
pub(super) fn until_nul(value: &[u8]) -> &[u8] {
    let units = value.as_chunks::<2>().0;
    let end = units.iter().position(|unit| *unit == [0, 0]).unwrap_or(units.len());
    units.get(..end).unwrap_or_default().as_flattened()
}

/// Appends UTF-16, with `_` for what XML does not allow; false if a surrogate stands alone.
pub(super) fn push_utf16(value: &[u8], out: &mut String) -> bool {
    let units = value.as_chunks::<2>().0;
    let printable = units.iter().position(|unit| !matches!(unit, [0x20..0x80, 0])).unwrap_or(units.len());
    let (ascii, rest) = units.split_at(printable);
    for part in ascii.chunks(64) {
        let mut bytes = [0; 64];
        bytes.iter_mut().zip(part).for_each(|(byte, [low, _])| *byte = *low);
        push_ascii(bytes.get(..part.len()), out);
    }
    for unit in char::decode_utf16(rest.iter().map(|unit| u16::from_le_bytes(*unit))) {
        let Ok(char) = unit else { return false };
        out.push(shown(char));
    }
    true
}

fn push_ascii(bytes: Option<&[u8]>, out: &mut String) {
    out.push_str(bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default());
}

fn shown(char: char) -> char {
    match char {
        '\t' | '\n' | '\r' => char,
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '_',
        _ => char,
    }
}

fn push_unsigned(mut value: u64, out: &mut String) {
    let mut digits = [0_u8; 20];
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
        used += 1;
        if value == 0 {
            break;
        }
    }
    let digits = digits.get(20 - used..).unwrap_or_default();
    out.push_str(std::str::from_utf8(digits).unwrap_or_default());
}

fn push_signed(value: i64, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    push_unsigned(value.unsigned_abs(), out);
}

fn push_hex(value: u64, out: &mut String) {
    out.push_str("0x");
    let digits = (64 - value.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        out.push(digit((value >> (4 * place)) as u8, LOWER));
    }
}

const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";

fn digit(value: u8, digits: &[u8; 16]) -> char {
    char::from(digits.get(usize::from(value & 15)).copied().unwrap_or(b'0'))
}

fn push_hex_byte(byte: u8, digits: &[u8; 16], out: &mut String) {
    out.push(digit(byte >> 4, digits));
    out.push(digit(byte, digits));
}

/// The first three groups are little-endian.
fn push_guid(value: &[u8], out: &mut String) {
    let mut text = *b"{00000000-0000-0000-0000-000000000000}";
    let bytes = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let digits = bytes.into_iter().map(|from| value.get(from).copied().unwrap_or(0)).flat_map(|b| [b >> 4, b]);
    let places = text.iter_mut().filter(|place| **place == b'0');
    for (place, value) in places.zip(digits) {
        *place = LOWER.get(usize::from(value & 15)).copied().unwrap_or(b'0');
    }
    push_ascii(Some(&text), out);
}

fn push_sid(value: &[u8], out: &mut String) {
    let [revision, _, authority @ ..] = value.get(..8).unwrap_or_default() else { return };
    out.push_str("S-");
    push_unsigned(u64::from(*revision), out);
    out.push('-');
    push_unsigned(authority.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), out);
    for part in value.get(8..).unwrap_or_default().as_chunks::<4>().0 {
        out.push('-');
        push_unsigned(u64::from(u32::from_le_bytes(*part)), out);
    }
}

/// False where the calendar of the crate goes further than ours.
fn push_time(filetime: u64, out: &mut String) -> bool {
    use chrono::{Datelike, Timelike};
    let Some(time) = time(filetime) else { return false };
    let mut padded = |value: u64, digits: usize, end: &str| {
        let from = out.len();
        push_unsigned(value, out);
        while out.len() - from < digits {
            out.insert(from, '0');
        }
        out.push_str(end);
    };
    padded(u64::from(time.year().unsigned_abs()), 4, "-");
    padded(u64::from(time.month()), 2, "-");
    padded(u64::from(time.day()), 2, "T");
    padded(u64::from(time.hour()), 2, ":");
    padded(u64::from(time.minute()), 2, ":");
    padded(u64::from(time.second()), 2, ".");
    padded(filetime % 10_000_000, 7, "Z");
    true
}

/// The moment of a FILETIME, up to [`LAST_TIME`].
pub(super) fn time(filetime: u64) -> Option<delegap_model::Time> {
    if filetime >= LAST_TIME {
        return None;
    }
    let seconds = i64::try_from(filetime / 10_000_000).ok()? - 11_644_473_600;
    delegap_model::Time::from_timestamp(seconds, u32::try_from(filetime % 10_000_000).ok()? * 100)
}

/// The FILETIME of a moment; the reverse of [`time`].
pub(super) fn filetime(time: delegap_model::Time) -> Option<u64> {
    let seconds = u64::try_from(time.timestamp() + 11_644_473_600).ok()?;
    let ticks = seconds.checked_mul(10_000_000)?.checked_add(u64::from(time.timestamp_subsec_nanos()) / 100)?;
    (ticks < LAST_TIME).then_some(ticks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(kind: u8, value: &[u8]) -> Option<String> {
        let mut out = String::new();
        render(kind, value, &mut out).then_some(out)
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn texts_of_values() {
        let guid: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
        for (kind, value, wanted) in [
            (kind::NULL, &[1, 2, 3][..], Some("")),
            (kind::INT8, &[0xff], Some("-1")),
            (kind::INT64, &i64::MIN.to_le_bytes(), Some("-9223372036854775808")),
            (kind::INT32, &7_i32.to_le_bytes(), Some("7")),
            (kind::UINT64, &u64::MAX.to_le_bytes(), Some("18446744073709551615")),
            (kind::UINT16, &[0, 0], Some("0")),
            (kind::UINT16, &[0, 0, 0], None),
            (kind::BOOL, &[1, 0, 0, 0], Some("true")),
            (kind::BOOL, &[0xfe, 0xff, 0xff, 0xff], Some("-2")),
            (kind::HEX32, &[0, 0, 0, 0], Some("0x0")),
            (kind::HEX64, &[0x0e, 0x03, 0x09, 0x80, 0, 0, 0, 0], Some("0x8009030e")),
            (kind::BINARY, &[0xab, 0x01], Some("AB01")),
            (kind::GUID, &guid, Some("{04030201-0605-0807-090a-0b0c0d0e0f10}")),
            (kind::SID, &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0], Some("S-1-5-18")),
            (kind::SID, &[1, 2, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0], None),
            (kind::FILETIME, &[0; 8], Some("1601-01-01T00:00:00.0000000Z")),
            (kind::FILETIME, &u64::MAX.to_le_bytes(), None),
            (kind::STRING, &utf16("a\u{1}\u{fffe}\tÄ𝄞\0x"), Some("a__\tÄ𝄞")),
            (kind::STRING, &[0, 0xd8], None),
            (0x22, &[], None),
        ] {
            assert_eq!(text(kind, value).as_deref(), wanted, "{kind:#x} {value:?}");
        }
    }

    #[test]
    fn sizes_of_types() {
        for kind in (0..=255).filter(|kind| *kind != kind::BINXML) {
            for size in 0..=20_u16 {
                let plain = is_plain(kind, &vec![0; usize::from(size)]);
                let usual = match Sizes::of(kind) {
                    Sizes::One(only) => size == only,
                    Sizes::Any => true,
                    Sizes::Even => size % 2 == 0,
                    Sizes::Look => continue,
                };
                assert_eq!(plain, usual, "{kind:#x} {size}");
            }
        }
    }

    #[test]
    fn arrays_of_strings() {
        let of = |text: &str| strings(&utf16(text)).map(|all| all.map(<[u8]>::to_vec).collect::<Vec<_>>());
        assert_eq!(of("a\0\0b\0"), Some(vec![utf16("a"), vec![], utf16("b")]));
        assert_eq!(of("\0"), Some(vec![vec![]]));
        assert_eq!(of(""), Some(vec![]));
        assert_eq!(of("a\0b"), None);
    }
}
