//! Keeps customers' names from acting as commands: names come from files that anybody may have written.

use delegap_model::Spn;

/// A PowerShell literal string. PowerShell takes five characters for a single quote; inside a literal each is
/// written twice (about_Quoting_Rules).
pub fn ps_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for c in text.chars() {
        quoted.push(c);
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}') {
            quoted.push(c);
        }
    }
    quoted.push('\'');
    quoted
}

/// A PowerShell array of literal strings: `@('a', 'b')`.
pub fn ps_list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<_> = items.into_iter().map(ps_quote).collect();
    format!("@({})", items.join(", "))
}

/// The name, if it may stand in a command: ASCII letters, digits, `-`, `_`, `.`, and no sign at its beginning that a
/// shell takes for an option. At most 255 bytes, the limit of a DNS name.
pub fn plain_host(name: &str) -> Option<&str> {
    plain(name, |b| matches!(b, b'-' | b'_' | b'.')).then_some(name)
}

/// The service principal name, if it may stand in a command: a class of words, and parts between `/` that have the
/// shape of a host with or without a port. A blank at an end is refused too: it is a fault of the entry, and
/// invisible in a command.
pub fn plain_spn(spn: &Spn) -> Option<&str> {
    let text = spn.as_str();
    let (class, rest) = text.split_once('/')?;
    let class_fits = plain(class, |b| matches!(b, b'-' | b'_' | b'.' | b' ')) && !class.ends_with(' ');
    let rest_fits = rest.split('/').all(|part| plain(part, |b| matches!(b, b'-' | b'_' | b'.' | b':')));
    (class_fits && rest_fits).then_some(text)
}

/// An account name without its domain, if it may stand in a command. Its domain must be plain as well.
pub fn plain_account(name: &str) -> Option<&str> {
    match name.split_once('\\') {
        Some((domain, account)) => plain_host(domain).and_then(|_| plain_host(account)),
        None => plain_host(name),
    }
}

/// A name as a text may show it: as it stands if it is plain, else with everything but printable ASCII escaped.
pub fn shown(name: &str) -> String {
    if plain_host(name).is_some() {
        return name.to_owned();
    }
    let cut: String = name.chars().take(64).collect();
    format!("\"{}\"", cut.escape_default())
}

fn plain(text: &str, extra: impl Fn(u8) -> bool) -> bool {
    let starts_well = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    starts_well && text.len() <= 255 && text.bytes().all(|b| b.is_ascii_alphanumeric() || extra(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quote_that_powershell_knows_is_doubled() {
        assert_eq!(ps_quote("HV01"), "'HV01'");
        assert_eq!(ps_quote("a'b"), "'a''b'");
        for quote in ['\'', '\u{2018}', '\u{2019}', '\u{201A}', '\u{201B}'] {
            assert_eq!(ps_quote(&format!("x{quote}; rm")), format!("'x{quote}{quote}; rm'"));
        }
        assert_eq!(ps_quote("a\"$(b)`"), "'a\"$(b)`'");
        assert_eq!(ps_list(["a", "b'c"]), "@('a', 'b''c')");
    }

    #[test]
    fn only_plain_names_pass() {
        for name in ["HV01", "hv-01_a.contoso.lab", "_x", "10.1.2.3"] {
            assert_eq!(plain_host(name), Some(name));
        }
        let hostile = [
            "",
            "-Force",
            ".hidden",
            "HV 01",
            "HV01'",
            "HV01\u{2019}",
            "HV01;calc",
            "HV01\n",
            "HV01$",
            "HV01&calc",
            "HV01`",
            "ＨＶ01",
            "HV\u{212A}",
            "\u{202e}10VH",
            "a/b",
            "a:b",
            "%PATH%",
        ];
        for name in hostile {
            assert_eq!(plain_host(name), None, "{name:?}");
        }
        assert_eq!(plain_host(&"a".repeat(256)), None);
        assert_eq!(plain_account("CONTOSO\\admin"), Some("admin"));
        for name in ["CONTOSO\\", "a\\b\\c", "admin@contoso.lab", "x;\\admin"] {
            assert_eq!(plain_account(name), None, "{name:?}");
        }
    }

    #[test]
    fn only_plain_spns_pass() {
        assert!(plain_spn(&Spn::of(Spn::MIGRATION, "HV02.contoso.lab")).is_some());
        assert!(plain_spn(&Spn::new("cifs/HV02:445/contoso.lab")).is_some());
        for spn in [
            "cifs/HV02'",
            "cifs/HV02 ",
            " cifs/HV02",
            "/HV02",
            "cifs/HV02\u{2018}",
            "cifs/HV02\r\nx",
            "cifs/$x",
            "cifs/-x",
            "cifs",
        ] {
            assert_eq!(plain_spn(&Spn::new(spn)), None, "{spn:?}");
        }
    }

    #[test]
    fn shown_names_are_inert() {
        assert_eq!(shown("HV01"), "HV01");
        assert_eq!(shown("a\u{1b}[2J\u{202e}é"), "\"a\\u{1b}[2J\\u{202e}\\u{e9}\"");
        assert!(shown(&"é".repeat(500)).len() < 500);
    }
}
