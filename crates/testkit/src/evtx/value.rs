//! Typed values: their BinXML type, their bytes, and their text.

use chrono::{DateTime, Timelike, Utc};
use delegap_model::{Guid, Sid};

use crate::record::Value;

/// The type bytes of \[MS-EVEN6\] 2.2.12 that the writer uses without a [`Value`].
pub(super) const STRING: u8 = 0x01;
pub(super) const UINT8: u8 = 0x04;
pub(super) const UINT16: u8 = 0x06;
pub(super) const UINT32: u8 = 0x08;
pub(super) const UINT64: u8 = 0x0a;
pub(super) const GUID: u8 = 0x0f;
pub(super) const FILETIME: u8 = 0x11;
pub(super) const SID: u8 = 0x13;
pub(super) const HEX64: u8 = 0x15;
pub(super) const BINXML: u8 = 0x21;
pub(super) const STRING_ARRAY: u8 = 0x81;

/// The type byte a value is stored with.
pub(super) fn type_of(value: &Value) -> u8 {
    match value {
        Value::Null => 0x00,
        Value::Str(_) => STRING,
        Value::I8(_) => 0x03,
        Value::U8(_) => UINT8,
        Value::I16(_) => 0x05,
        Value::U16(_) => UINT16,
        Value::I32(_) => 0x07,
        Value::U32(_) => UINT32,
        Value::I64(_) => 0x09,
        Value::U64(_) => UINT64,
        Value::Bool(_) => 0x0d,
        Value::Binary(_) => 0x0e,
        Value::Guid(_) => GUID,
        Value::FileTime(_) => FILETIME,
        Value::Sid(_) => SID,
        Value::Hex32(_) => 0x14,
        Value::Hex64(_) => HEX64,
    }
}

/// The bytes of a value, without its length.
pub(super) fn bytes_of(value: &Value) -> Vec<u8> {
    match value {
        Value::Null => Vec::new(),
        Value::Str(text) => utf16(text),
        Value::I8(v) => v.to_le_bytes().to_vec(),
        Value::U8(v) => vec![*v],
        Value::I16(v) => v.to_le_bytes().to_vec(),
        Value::U16(v) => v.to_le_bytes().to_vec(),
        Value::I32(v) => v.to_le_bytes().to_vec(),
        Value::U32(v) | Value::Hex32(v) => v.to_le_bytes().to_vec(),
        Value::I64(v) => v.to_le_bytes().to_vec(),
        Value::U64(v) | Value::Hex64(v) => v.to_le_bytes().to_vec(),
        Value::Bool(v) => u32::from(*v).to_le_bytes().to_vec(),
        Value::Guid(guid) => guid_bytes(*guid).to_vec(),
        Value::Sid(sid) => sid_bytes(sid),
        Value::FileTime(time) => filetime(*time).to_le_bytes().to_vec(),
        Value::Binary(bytes) => bytes.clone(),
    }
}

/// The text of a value in a record without a template, as public samples of such records have it.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Str(text) => text.clone(),
        Value::I8(v) => v.to_string(),
        Value::U8(v) => v.to_string(),
        Value::I16(v) => v.to_string(),
        Value::U16(v) => v.to_string(),
        Value::I32(v) => v.to_string(),
        Value::U32(v) => v.to_string(),
        Value::I64(v) => v.to_string(),
        Value::U64(v) => v.to_string(),
        Value::Bool(v) => v.to_string(),
        Value::Hex32(v) => format!("{v:#x}"),
        Value::Hex64(v) => format!("{v:#x}"),
        Value::Guid(guid) => format!("{{{}}}", guid.to_string().to_uppercase()),
        Value::Sid(sid) => sid.to_string(),
        // Windows prints nine digits, of which the last two are always zero.
        Value::FileTime(time) => {
            let ticks = time.nanosecond() / 100;
            format!("{}.{ticks:07}00Z", time.format("%Y-%m-%dT%H:%M:%S"))
        }
        Value::Binary(bytes) => bytes.iter().map(|b| format!("{b:02X}")).collect(),
    }
}

/// 100 ns steps since 1601-01-01 UTC; earlier times, which a FILETIME can't hold, become 0.
pub fn filetime(time: DateTime<Utc>) -> u64 {
    const FROM_1601_TO_1970: i64 = 11_644_473_600;
    let seconds = u64::try_from(time.timestamp() + FROM_1601_TO_1970).unwrap_or(0);
    seconds * 10_000_000 + u64::from(time.timestamp_subsec_nanos() / 100)
}

/// UTF-16LE without a terminator.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A GUID as Windows stores it: the first three parts little-endian.
fn guid_bytes(guid: Guid) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = guid.as_u128().to_be_bytes();
    let mut stored = [d, c, b, a, f, e, h, g, 0, 0, 0, 0, 0, 0, 0, 0];
    stored[8..].copy_from_slice(&rest);
    stored
}

/// Revision, number of sub-authorities, big-endian authority, little-endian sub-authorities.
fn sid_bytes(sid: &Sid) -> Vec<u8> {
    let parts: Option<Vec<u64>> = sid.as_str().split('-').skip(2).map(|part| part.parse().ok()).collect();
    let storable = |parts: &Vec<u64>| {
        parts.len() <= 16 && parts[0] >> 48 == 0 && parts[1..].iter().all(|sub| u32::try_from(*sub).is_ok())
    };
    let parts = parts.filter(storable).unwrap_or_else(|| panic!("{sid} has no binary form"));
    let mut bytes = vec![1, (parts.len() - 1) as u8];
    bytes.extend(&parts[0].to_be_bytes()[2..]);
    for sub in &parts[1..] {
        bytes.extend((*sub as u32).to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sid_and_guid_bytes() {
        let sid = Sid::parse("S-1-5-21-1-2-3-4294967295").unwrap();
        assert_eq!(Sid::from_bytes(&sid_bytes(&sid)), Some(sid));
        let guid = Guid::parse("54849625-5478-4994-a5ba-3e3b0328c30d").unwrap();
        // As in a public Security log.
        assert_eq!(guid_bytes(guid)[..8], [0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49]);
    }

    #[test]
    #[should_panic(expected = "no binary form")]
    fn a_sid_without_binary_form() {
        sid_bytes(&Sid::parse("S-1-5-4294967296").unwrap());
    }

    #[test]
    fn times() {
        let time = DateTime::from_timestamp(1_467_213_874, 346_000_099).unwrap();
        assert_eq!(filetime(time), 131_116_874_743_460_000);
        assert_eq!(filetime(DateTime::from_timestamp(-20_000_000_000, 0).unwrap()), 0);
        assert_eq!(text_of(&Value::FileTime(time)), "2016-06-29T15:24:34.346000000Z");
    }
}
