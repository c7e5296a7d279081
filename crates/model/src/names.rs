//! Names of hosts and services, and how Windows compares them.

use crate::{Tri, Why};
use std::borrow::Cow;
use std::fmt;

/// Case folding for names that Windows compares without regard to case.
pub fn fold(name: &str) -> String {
    if name.is_ascii() { name.to_ascii_lowercase() } else { name.to_lowercase() }
}

/// True if Windows takes the two for the same name.
pub fn same_name(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() { a.eq_ignore_ascii_case(b) } else { fold(a) == fold(b) }
}

/// The first label of a host name: `HV01` of `HV01.contoso.lab`. An address is its own short name.
pub fn short_name(host: &str) -> &str {
    if is_address(host) {
        return host;
    }
    host.split('.').next().unwrap_or(host)
}

/// True for an IPv4 or IPv6 address.
pub fn is_address(text: &str) -> bool {
    // Most names are none at first sight.
    let may_be = text.starts_with(|c: char| c.is_ascii_digit()) || text.contains(':');
    may_be && text.parse::<std::net::IpAddr>().is_ok()
}

/// A service principal name exactly as the directory holds it, blanks included.
///
/// The KDC compares whole names, case aside: nothing is trimmed or resolved here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spn(String);

impl Spn {
    /// The service class that a live migration asks for.
    pub const MIGRATION: &str = "Microsoft Virtual System Migration Service";
    /// The file service class, for storage that moves or lies on a share.
    pub const CIFS: &str = "cifs";

    /// Takes the text as it stands.
    pub fn new(text: impl Into<String>) -> Self {
        Spn(text.into())
    }

    /// `class/host`.
    pub fn of(class: &str, host: &str) -> Self {
        Spn(format!("{class}/{host}"))
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The service class: all before the first `/` (a class may hold blanks).
    pub fn class(&self) -> &str {
        self.0.split('/').next().unwrap_or("")
    }

    /// All after the first `/`: host, perhaps with `:port` or a further `/name`.
    pub fn rest(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, rest)| rest)
    }

    /// The host part alone: without port, further parts and outer blanks.
    pub fn host(&self) -> &str {
        let host = self.rest().split('/').next().unwrap_or("").trim();
        host.split(':').next().unwrap_or(host)
    }

    /// True if the KDC takes this list entry for the `requested` name: whole string, case aside ([MS-SFU] 3.2.5.2.1).
    pub fn serves(&self, requested: &Spn) -> bool {
        same_name(&self.0, &requested.0)
    }

    /// True if the class is exactly `class`, case aside.
    pub fn has_class(&self, class: &str) -> bool {
        same_name(self.class(), class)
    }
}

impl Tri<Vec<Spn>> {
    /// The entries that are known to be on the list, be it told whole or cut. They show what is there, and never what is not.
    pub fn shown(&self) -> Cow<'_, [Spn]> {
        match self {
            Tri::Known(list) => Cow::Borrowed(list),
            Tri::Unknown(Why::Partly(shown)) => Cow::Owned(shown.iter().map(Spn::new).collect()),
            Tri::KnownEmpty | Tri::Unknown(_) => Cow::Borrowed(&[]),
        }
    }
}

impl fmt::Display for Spn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spn_parts() {
        let spn = Spn::new("cifs/HV02.contoso.lab:445/contoso.lab");
        assert_eq!((spn.class(), spn.host()), ("cifs", "HV02.contoso.lab"));
        assert_eq!(Spn::new("broken").host(), "");
        assert!(Spn::new("CIFS/hv02").serves(&Spn::of("cifs", "HV02")));
        assert!(!Spn::new("cifs/hv02 ").serves(&Spn::of("cifs", "HV02")));
        assert_eq!(short_name("10.1.2.3"), "10.1.2.3");
    }
}
