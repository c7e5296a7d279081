//! Identifiers that Windows writes in fixed shapes.

use std::fmt;
use std::sync::Arc;

/// A GUID, printed in lower case without braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid([u8; 16]);

impl Guid {
    /// The GUID whose digits are those of `number`, most significant first.
    pub const fn from_u128(number: u128) -> Guid {
        Guid(number.to_be_bytes())
    }

    /// The number of its digits.
    pub const fn as_u128(self) -> u128 {
        u128::from_be_bytes(self.0)
    }

    /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, any case, with or without braces.
    pub fn parse(text: &str) -> Option<Guid> {
        let t = text.trim();
        let t = t.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(t);
        let shape_ok = t.len() == 36
            && t.bytes().enumerate().all(|(i, b)| match i {
                8 | 13 | 18 | 23 => b == b'-',
                _ => b.is_ascii_hexdigit(),
            });
        let digits = t.chars().filter_map(|c| c.to_digit(16));
        shape_ok.then(|| Guid::from_u128(digits.fold(0, |value, digit| value << 4 | u128::from(digit))))
    }

    /// Every GUID written out in `text`, in order.
    pub fn find_all(text: &str) -> Vec<Guid> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut i = 0;
        while i + 36 <= bytes.len() {
            let parsed = text.get(i..i + 36).and_then(Guid::parse);
            match parsed {
                Some(guid) => {
                    found.push(guid);
                    i += 36;
                }
                None => i += 1,
            }
        }
        found
    }

    /// True for the all-zero GUID, which Windows writes for "none".
    pub fn is_nil(self) -> bool {
        self.0 == [0; 16]
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let h = format!("{:032x}", self.as_u128());
        write!(f, "{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
    }
}

/// A security identifier in its text form, `S-1-5-18`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sid(Arc<str>);

impl Sid {
    /// Reads the text form, any case.
    pub fn parse(text: &str) -> Option<Sid> {
        let t = text.trim().to_ascii_uppercase();
        let mut parts = t.split('-');
        let ok = parts.next() == Some("S")
            && parts.next() == Some("1")
            && t.matches('-').count() >= 2
            && t.len() <= 190
            && parts.all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
        ok.then(|| Sid(t.into()))
    }

    /// Reads the binary form: revision, count, 48-bit authority (big-endian), sub-authorities (little-endian).
    pub fn from_bytes(bytes: &[u8]) -> Option<Sid> {
        let (&[revision, count], rest) = bytes.split_first_chunk::<2>()?;
        let (authority, rest) = rest.split_first_chunk::<6>()?;
        if revision != 1 || count > 15 || rest.len() < usize::from(count) * 4 {
            return None;
        }
        let authority = authority.iter().fold(0u64, |acc, b| acc << 8 | u64::from(*b));
        let mut text = format!("S-1-{authority}");
        for sub in rest.chunks_exact(4).take(usize::from(count)) {
            let value = sub.iter().rev().fold(0u32, |acc, b| acc << 8 | u32::from(*b));
            text.push_str(&format!("-{value}"));
        }
        Some(Sid(text.into()))
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last sub-authority.
    pub fn rid(&self) -> Option<u32> {
        self.0.rsplit('-').next().and_then(|p| p.parse().ok())
    }

    /// The virtual machine that runs under this SID, if it is a worker process's `S-1-5-83-1-a-b-c-d`.
    ///
    /// The four numbers are the VM id's sixteen bytes as little-endian DWORDs (seen in public samples of
    /// Hyper-V-Worker events).
    pub fn vm_id(&self) -> Option<Guid> {
        let mut numbers = self.0.strip_prefix("S-1-5-83-1-")?.split('-').map(str::parse::<u32>);
        let mut bytes = [0u8; 16];
        for chunk in bytes.chunks_exact_mut(4) {
            chunk.copy_from_slice(&numbers.next()?.ok()?.to_le_bytes());
        }
        if numbers.next().is_some() {
            return None;
        }
        // A GUID's first three parts are stored little-endian.
        let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
        let mut ordered = [d, c, b, a, f, e, h, g, 0, 0, 0, 0, 0, 0, 0, 0];
        ordered[8..].copy_from_slice(&rest);
        Some(Guid(ordered))
    }

    /// The SID under which the worker process of virtual machine `id` runs: the reverse of [`Sid::vm_id`].
    pub fn of_vm(id: Guid) -> Sid {
        let [a, b, c, d, e, f, g, h, rest @ ..] = id.0;
        let mut stored = [d, c, b, a, f, e, h, g, 0, 0, 0, 0, 0, 0, 0, 0];
        stored[8..].copy_from_slice(&rest);
        let mut text = String::from("S-1-5-83-1");
        for chunk in stored.chunks_exact(4) {
            let value = chunk.iter().rev().fold(0u32, |acc, b| acc << 8 | u32::from(*b));
            text.push_str(&format!("-{value}"));
        }
        Sid(text.into())
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vm_sid_round_trips() {
        let id = Guid::parse("{D1A3F5B7-0102-0304-0506-0708090A0B0C}").unwrap();
        let sid = Sid::of_vm(id);
        assert_eq!(sid.as_str(), "S-1-5-83-1-3517183415-50594050-134678021-202050057");
        assert_eq!(sid.vm_id(), Some(id));
        assert_eq!(id.to_string(), "d1a3f5b7-0102-0304-0506-0708090a0b0c");
        assert_eq!(Sid::parse("S-1-5-83-1-1-2-3").unwrap().vm_id(), None);
        assert_eq!(Sid::parse("S-1-5-83-0").unwrap().vm_id(), None);
    }

    #[test]
    fn sid_from_bytes() {
        let b = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
        assert_eq!(Sid::from_bytes(&b).unwrap().as_str(), "S-1-5-32-544");
        assert_eq!(Sid::from_bytes(&b[..15]), None);
        assert_eq!(Sid::parse("S-1"), None);
        assert_eq!(Sid::parse("S-1-5-x"), None);
    }

    #[test]
    fn guids_in_text() {
        let text = "VM 'é' (Virtual machine ID 5A1B0C2D-0000-0000-0000-000000000001).";
        assert_eq!(Guid::find_all(text), [Guid::parse("5a1b0c2d-0000-0000-0000-000000000001").unwrap()]);
        assert_eq!(Guid::find_all("5A1B0C2D-0000-0000-0000-00000000000"), []);
    }
}
