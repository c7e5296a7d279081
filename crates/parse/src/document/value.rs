//! Single values as PowerShell, LDAP and spreadsheets spell them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDateTime, TimeDelta};
use delegap_model::{AuthenticationType, Sid, Time, uac};
use regex::{Captures, Regex};
use serde_json::Value;
use std::sync::OnceLock;

/// The longest text kept of a value that could not be read.
const EXCERPT_CHARS: usize = 120;

/// A pattern of this program's own. Digits are those of ASCII, in which Windows writes all numbers.
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(&text.replace(r"\d", "[0-9]")).unwrap_or_else(|e| unreachable!("{e}"))
}

/// A pattern for lines that most files lack. It is compiled when there is one that may match it: that takes as long as
/// reading a small file.
pub(super) struct Pattern {
    may: fn(&str) -> bool,
    text: &'static str,
    regex: OnceLock<Regex>,
}

impl Pattern {
    /// A pattern that matches nothing of which `may` is false.
    pub(super) const fn new(may: fn(&str) -> bool, text: &'static str) -> Self {
        Pattern { may, text, regex: OnceLock::new() }
    }

    pub(super) fn is_match(&self, line: &str) -> bool {
        (self.may)(line) && self.regex().is_match(line)
    }

    pub(super) fn captures<'l>(&self, line: &'l str) -> Option<Captures<'l>> {
        (self.may)(line).then(|| self.regex().captures(line)).flatten()
    }

    fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| pattern(self.text))
    }
}

/// True if the line begins with a digit.
pub(super) fn begins_with_digit(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_digit())
}

/// The beginning of a value, to be shown in a report.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A truth value, also as spreadsheets re-save it in their own language.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.trim().trim_start_matches('$').to_lowercase().as_str() {
        "true" | "1" | "yes" | "wahr" | "vrai" | "verdadero" | "verdadeiro" | "vero" | "waar" | "prawda" | "истина"
        | "sant" | "真" => Some(true),
        "false" | "0" | "no" | "falsch" | "faux" | "falso" | "onwaar" | "fałsz" | "ложь" | "falskt" | "假" => {
            Some(false)
        }
        _ => None,
    }
}

/// A 32-bit number: decimal, perhaps negative or with its thousands set apart, or `0x` hexadecimal.
pub(super) fn number(text: &str) -> Option<u32> {
    let t = text.trim();
    let mut groups = t.split(['.', ',', '\'', '’', ' ', '\u{a0}', '\u{202f}']);
    let first = groups.next().is_some_and(|g| (1..=3).contains(&g.trim_start_matches('-').len()));
    let joined: String = t.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
    let t = if first && t.len() > joined.len() && groups.all(|g| g.len() == 3) { &joined } else { t };
    if let Some(hex) = t.strip_prefix("0x").or_else(|| t.strip_prefix("0X")) {
        return u32::from_str_radix(hex, 16).ok();
    }
    t.parse().ok().or_else(|| t.parse::<i32>().ok().map(i32::cast_unsigned))
}

/// userAccountControl as a number, or as the names of its flags that tools print; a name
/// we do not know makes it unreadable.
pub(super) fn account_control(text: &str) -> Option<u32> {
    number(text).or_else(|| {
        text.split([',', '|', ';']).try_fold(0, |bits, name| {
            let bit = match name.trim() {
                "ACCOUNTDISABLE" => uac::DISABLED,
                "SCRIPT" => 0x1,
                "HOMEDIR_REQUIRED" => 0x8,
                "LOCKOUT" => 0x10,
                "PASSWD_NOTREQD" => 0x20,
                "PASSWD_CANT_CHANGE" => 0x40,
                "ENCRYPTED_TEXT_PWD_ALLOWED" => 0x80,
                "TEMP_DUPLICATE_ACCOUNT" => 0x100,
                "INTERDOMAIN_TRUST_ACCOUNT" => 0x800,
                "MNS_LOGON_ACCOUNT" => 0x2_0000,
                "SMARTCARD_REQUIRED" => 0x4_0000,
                "USE_DES_KEY_ONLY" => 0x20_0000,
                "DONT_REQ_PREAUTH" => 0x40_0000,
                "PASSWORD_EXPIRED" => 0x80_0000,
                "NO_AUTH_DATA_REQUIRED" => 0x200_0000,
                "PARTIAL_SECRETS_ACCOUNT" => 0x400_0000,
                "SERVER_TRUST_ACCOUNT" => uac::SERVER_TRUST,
                "TRUSTED_FOR_DELEGATION" => uac::TRUSTED_FOR_DELEGATION,
                "NOT_DELEGATED" => uac::NOT_DELEGATED,
                "TRUSTED_TO_AUTH_FOR_DELEGATION" | "TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION" => uac::TRUSTED_TO_AUTH,
                "NORMAL_ACCOUNT" => 0x200,
                "WORKSTATION_TRUST_ACCOUNT" => 0x1000,
                "DONT_EXPIRE_PASSWORD" => 0x1_0000,
                _ => return None,
            };
            Some(bits | bit)
        })
    })
}

/// msDS-SupportedEncryptionTypes as a number, or KerberosEncryptionType as names ([MS-KILE] 2.2.7).
pub(super) fn encryption_types(text: &str) -> Option<u32> {
    number(text).or_else(|| {
        let names = text.trim().trim_start_matches('{').trim_end_matches('}');
        names.split([',', ';', '|', '\n']).try_fold(0, |bits, name| {
            let bit = match name.trim().to_ascii_uppercase().replace('_', "-").as_str() {
                "NONE" => 0,
                "DES-CBC-CRC" => 0x1,
                "DES-CBC-MD5" => 0x2,
                "DES" => 0x3,
                "RC4" | "RC4-HMAC" | "RC4-HMAC-MD5" => 0x4,
                "AES128" | "AES128-CTS-HMAC-SHA1-96" => 0x8,
                "AES256" | "AES256-CTS-HMAC-SHA1-96" => 0x10,
                _ => return None,
            };
            Some(bits | bit)
        })
    })
}

/// `VirtualMachineMigrationAuthenticationType`: 0 CredSSP, 1 Kerberos.
pub(super) fn authentication_type(text: &str) -> Option<AuthenticationType> {
    match text.trim().to_ascii_lowercase().as_str() {
        "credssp" | "0" => Some(AuthenticationType::CredSsp),
        "kerberos" | "1" => Some(AuthenticationType::Kerberos),
        _ => None,
    }
}

/// A moment whose zone is certain: generalized time, ISO 8601 with an offset, `/Date(ms)/`, a FILETIME number, seconds since
/// 1970.
pub(super) fn time(text: &str) -> Option<Time> {
    let t = text.trim();
    if let Some(millis) = date_millis(t) {
        return DateTime::from_timestamp_millis(millis);
    }
    if let Ok(offset) = DateTime::parse_from_rfc3339(t) {
        return Some(offset.to_utc());
    }
    if let Some(general) = t.strip_suffix('Z') {
        let whole = general.split(['.', ',']).next().unwrap_or(general);
        if whole.len() == 14 {
            return NaiveDateTime::parse_from_str(whole, "%Y%m%d%H%M%S").ok().map(|n| n.and_utc());
        }
    }
    if (17..=18).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit()) {
        return t.parse().ok().and_then(filetime);
    }
    if (9..=10).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit()) {
        return DateTime::from_timestamp(t.parse().ok()?, 0);
    }
    None
}

/// The milliseconds of `/Date(1638308922000)/`; an offset after them is for display only.
pub(super) fn date_millis(text: &str) -> Option<i64> {
    let inner = text.trim().strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = inner.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-')).map_or(inner.len(), |(i, _)| i);
    inner.get(..end)?.parse().ok()
}

/// 100 ns steps since 1601.
pub(super) fn filetime(ticks: i64) -> Option<Time> {
    let epoch = DateTime::from_timestamp(-11_644_473_600, 0)?;
    let whole = TimeDelta::try_seconds(ticks.div_euclid(10_000_000))?;
    epoch.checked_add_signed(whole)?.checked_add_signed(TimeDelta::nanoseconds(ticks.rem_euclid(10_000_000) * 100))
}

/// True for FILETIME numbers that mean "never", also as the moment or the seconds since 1970 that tools make of them.
pub(super) fn is_never(text: &str) -> bool {
    let text = text.trim();
    matches!(text, "0" | "-1" | "9223372036854775807" | "-11644473600") || text.starts_with("1601-01-01")
}

/// A SID as text, in braces, or its bytes in base64 or hexadecimal digits.
pub(super) fn sid(text: &str) -> Option<Sid> {
    let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    let bytes = || hex(text).or_else(|| base64(text)).and_then(|b| Sid::from_bytes(&b));
    Sid::parse(text).or_else(bytes)
}

/// Hexadecimal digits, as they are or as csvde (`X'0105'`) and others (`0x0105`) mark them.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let quoted = text.strip_prefix("X'").and_then(|t| t.strip_suffix('\''));
    let digits = quoted.or_else(|| text.strip_prefix("0x")).unwrap_or(text);
    let whole = digits.len() >= 2 && digits.len().is_multiple_of(2);
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    if whole { (0..digits.len()).step_by(2).map(byte).collect() } else { None }
}

/// Base64, which may be broken over lines.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).ok().filter(|b| !b.is_empty())
}

/// The text of one JSON value: `None` if it is empty, `Err` with an excerpt if it is no single value.
pub(super) fn json_text(value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(s) => Ok(Some(s.clone())),
        Value::Bool(b) => Ok(Some(if *b { "True" } else { "False" }.to_owned())),
        Value::Number(n) => Ok(Some(n.to_string())),
        Value::Array(items) => match items.as_slice() {
            [] => Ok(None),
            [one @ Value::Object(members)] if members.contains_key("encoded") => json_text(one),
            [one @ (Value::String(_) | Value::Number(_) | Value::Bool(_))] => json_text(one),
            _ => Err(excerpt(&value.to_string())),
        },
        Value::Object(members) if members.is_empty() => Ok(None),
        Value::Object(members) => {
            // `encoded` is ldap3's name for a binary value in base64.
            let names = ["Value", "value", "encoded", "DistinguishedName", "Name"];
            match names.iter().find_map(|n| members.get(*n)) {
                Some(inner @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => json_text(inner),
                _ => Err(excerpt(&value.to_string())),
            }
        }
    }
}

/// The bytes of an array of numbers.
pub(super) fn json_bytes(items: &[Value]) -> Option<Vec<u8>> {
    items.iter().map(|v| v.as_u64().and_then(|n| u8::try_from(n).ok())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let expected = DateTime::from_timestamp(1_638_308_922, 0);
        for text in [
            "/Date(1638308922000)/",
            "/Date(1638308922000+0100)/",
            "20211130214842.0Z",
            "20211130214842Z",
            "2021-11-30T21:48:42Z",
            "2021-11-30T22:48:42+01:00",
            "132827825220000000",
            "1638308922",
            "2021-11-30 21:48:42+00:00",
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
        for text in
            ["30.11.2021 22:48:42", "11/30/2021 10:48:42 PM", "2021-11-30T22:48:42", "", "/Date(x)/", "/Date()/"]
        {
            assert_eq!(time(text), None, "{text}");
        }
        assert_eq!(time("999999999999999999").map(|t| t.timestamp() > 0), Some(true));
        assert!(filetime(i64::MAX).is_none_or(|t| t.timestamp() > 0));
    }

    #[test]
    fn numbers_and_flags() {
        assert_eq!(number("16781312"), Some(0x0100_1000));
        assert_eq!(number("0x1001000"), Some(0x0100_1000));
        assert_eq!(number("-2147483646"), Some(0x8000_0002));
        assert_eq!(encryption_types("{RC4, AES128, AES256}"), Some(28));
        assert_eq!(encryption_types("RC4, x"), None);
        assert_eq!((flag("WAHR"), flag("0"), flag("maybe")), (Some(true), Some(false), None));
        assert_eq!(sid("AQUAAAAAAAUVAAAAx/f+13x3VciUWs4BUgQAAA==").unwrap().rid(), Some(1106));
    }
}
