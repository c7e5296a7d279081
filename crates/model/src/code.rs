//! Error codes as Windows events carry them.

use std::fmt;

/// A 32-bit status: an HRESULT, or an NTSTATUS. Printed as `0x8009030e`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u32);

impl Code {
    /// Reads a field that holds nothing but a code.
    ///
    /// Shapes: `0x8009030E`; `%%2148074254`, the decimal message reference that Hyper-V stores in ErrorMessage;
    /// `80070534`, bare as VMMS-Operational 1106 prints it; `2148074254` or `-2146893042`, decimal.
    /// A bare number counts only when it is a failure (its top bit is set).
    pub fn parse_field(text: &str) -> Option<Code> {
        let t = text.trim();
        if let Some(hex) = t.strip_prefix("0x").or_else(|| t.strip_prefix("0X")) {
            let short_enough = (1..=8).contains(&hex.len()) && hex.bytes().all(|b| b.is_ascii_hexdigit());
            return short_enough.then(|| u32::from_str_radix(hex, 16).ok().map(Code)).flatten();
        }
        if let Some(decimal) = t.strip_prefix("%%") {
            return digits(decimal).and_then(|d| d.parse().ok()).map(Code);
        }
        if is_bare(t) {
            return u32::from_str_radix(t, 16).ok().map(Code);
        }
        if let Some(rest) = t.strip_prefix('-') {
            return digits(rest).and_then(|_| t.parse::<i32>().ok()).map(|v| Code(v.cast_unsigned()));
        }
        digits(t).and_then(|d| d.parse::<u32>().ok()).filter(|v| v >> 31 == 1).map(Code)
    }

    /// Every code in running text, in order, each once.
    ///
    /// Finds `0x` with eight hex digits, `%%` with a decimal failure code, and eight bare hex digits that begin
    /// with 8 or C and are neither part of a longer word nor the first part of a GUID.
    pub fn find_all(text: &str) -> Vec<Code> {
        let mut found = Vec::new();
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            let starts_word = i == 0 || !(bytes[i - 1].is_ascii_alphanumeric() || matches!(bytes[i - 1], b'-' | b'_'));
            let Some(rest) = text.get(i..).filter(|_| starts_word) else {
                i += 1;
                continue;
            };
            let word = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'%').count();
            let followed_by_dash = rest.as_bytes().get(word) == Some(&b'-');
            let token = &rest[..word];
            let code = match token {
                t if t.len() == 10 && (t.starts_with("0x") || t.starts_with("0X")) => Code::parse_field(t),
                t if t.starts_with("%%") => Code::parse_field(t).filter(|c| c.0 >> 31 == 1),
                t if is_bare(t) && !followed_by_dash => Code::parse_field(t),
                _ => None,
            };
            if let Some(code) = code.filter(|c| !found.contains(c)) {
                found.push(code);
            }
            i += word.max(1);
        }
        found
    }
}

/// Eight hex digits of a failure code without `0x`.
fn is_bare(t: &str) -> bool {
    t.len() == 8 && t.bytes().all(|b| b.is_ascii_hexdigit()) && matches!(t.as_bytes()[0], b'8' | b'c' | b'C')
}

fn digits(t: &str) -> Option<&str> {
    (!t.is_empty() && t.len() <= 10 && t.bytes().all(|b| b.is_ascii_digit())).then_some(t)
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_a_field() {
        for text in
            ["0x8009030E", "0X8009030e", "%%2148074254", "8009030e", "2148074254", "-2146893042", " 0x8009030E "]
        {
            assert_eq!(Code::parse_field(text), Some(Code(0x8009_030e)), "{text}");
        }
        for text in ["", "0x", "0x123456789", "%%", "%%abc", "12345678", "HV02", "99999999999", "0x8009030E)", "--1"] {
            assert_eq!(Code::parse_field(text), None, "{text}");
        }
        assert_eq!(Code::parse_field("0xd"), Some(Code(13)));
    }

    #[test]
    fn codes_in_text() {
        let text = "'VM' failed (80070534). %%2148074254 é (0x8009030E). ID 8009030E-0102-0304-0506-0708090A0B0C, \
                    word80070534, 0x80072746.";
        assert_eq!(Code::find_all(text), [Code(0x8007_0534), Code(0x8009_030e), Code(0x8007_2746)]);
        assert_eq!(Code::find_all("%%1936 at 20261121 with 12345678"), []);
        assert_eq!(Code::find_all("0000-80070534-1"), []);
    }
}
