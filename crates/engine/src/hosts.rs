//! Which names mean the same host.
//!
//! A host is known by short name, full name, `NAME$`, or a name with another case. Two hosts that share a short name
//! are told apart by their full names; a bare short name then means the one in the asker's domain, or nobody.

use delegap_model::{fold, is_address, short_name};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A host of this case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct HostId(u32);

impl HostId {
    /// The host at this place of [`Hosts`]; a case has fewer hosts than bytes.
    fn at(index: usize) -> HostId {
        HostId(index as u32)
    }

    /// Its place.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// All hosts of a case, in order of their display names.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    entries: Vec<HostName>,
    by_short: HashMap<String, Vec<HostId>>,
    by_full: HashMap<String, HostId>,
    /// Addresses and other names that mean one host; `None` where they mean several.
    aliases: HashMap<String, Option<HostId>>,
}

/// One host's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostName {
    /// Upper-case short name, or the full one where a short name is shared.
    pub display: Arc<str>,
    /// First label in lower case.
    pub short: String,
    /// Full name in lower case.
    pub full: Option<String>,
}

impl Hosts {
    /// Builds the table from every host name that occurs in a case.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Hosts {
        let mut fulls: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in names {
            let Some(name) = clean(name) else { continue };
            let short = short_name(&name).to_owned();
            let group = fulls.entry(short.clone()).or_default();
            if name != short {
                group.insert(name);
            }
        }
        let mut entries: Vec<HostName> = Vec::new();
        for (short, full) in fulls {
            if full.len() < 2 {
                let full = full.into_iter().next();
                entries.push(HostName { display: short.to_uppercase().into(), short, full });
            } else {
                for full in full {
                    entries.push(HostName {
                        display: full.to_uppercase().into(),
                        short: short.clone(),
                        full: Some(full),
                    });
                }
            }
        }
        entries.sort_by(|a, b| a.display.cmp(&b.display));
        let mut hosts = Hosts { entries, ..Hosts::default() };
        for (index, entry) in hosts.entries.iter().enumerate() {
            hosts.by_short.entry(entry.short.clone()).or_default().push(HostId::at(index));
            if let Some(full) = &entry.full {
                hosts.by_full.insert(full.clone(), HostId::at(index));
            }
        }
        hosts
    }

    /// Lets another name, such as an address, mean a host.
    pub fn alias(&mut self, name: &str, id: HostId) {
        let known = self.aliases.entry(fold(name.trim())).or_insert(Some(id));
        if *known != Some(id) {
            *known = None;
        }
    }

    /// The host that `name` means, asked from a host whose full name ends in `domain`.
    pub fn find(&self, name: &str, domain: Option<&str>) -> Option<HostId> {
        let name = fold(name.trim().trim_end_matches('$'));
        if let Some(id) = self.aliases.get(&name) {
            return *id;
        }
        let name = usable(&name)?;
        if let Some(id) = self.by_full.get(name) {
            return Some(*id);
        }
        let candidates = self.by_short.get(short_name(name))?;
        if name.contains('.') {
            // A full name that is on no list can only be a host whose full name is not known.
            return candidates.iter().copied().find(|id| self.entries[id.index()].full.is_none());
        }
        match candidates.as_slice() {
            [only] => Some(*only),
            several => several.iter().copied().find(|id| {
                let full = self.entries[id.index()].full.as_deref();
                full.and_then(|f| f.split_once('.')).is_some_and(|(_, d)| Some(d) == domain)
            }),
        }
    }

    /// A host's names.
    pub fn name(&self, id: HostId) -> &HostName {
        &self.entries[id.index()]
    }

    /// A host's display name.
    pub fn display(&self, id: HostId) -> &Arc<str> {
        &self.entries[id.index()].display
    }

    /// Every host, in order of display names.
    pub fn ids(&self) -> impl Iterator<Item = HostId> + use<> {
        (0..self.entries.len()).map(HostId::at)
    }
}

/// A name without `$` and outer blanks, in lower case; `None` for what is no host name (empty, an address, `-`).
fn clean(name: &str) -> Option<String> {
    usable(&fold(name)).map(str::to_owned)
}

/// The same of a name in lower case.
fn usable(name: &str) -> Option<&str> {
    let name = name.trim().trim_end_matches('$').trim_end_matches('.');
    let usable = !name.is_empty() && name != "-" && name != "localhost" && !is_address(name);
    usable.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_by_many_names() {
        let hosts = Hosts::from_names(["HV01", "hv01.contoso.lab", "HV01$", "10.0.0.1", "", "-"]);
        assert_eq!(hosts.ids().count(), 1);
        let id = hosts.find("Hv01.Contoso.Lab", None).unwrap();
        assert_eq!(&**hosts.display(id), "HV01");
        assert_eq!(hosts.find("hv01$", None), Some(id));
        assert_eq!(hosts.find("hv01.other.lab", None), None);
        assert_eq!(hosts.find("10.0.0.1", None), None);
    }

    #[test]
    fn a_shared_short_name_needs_a_domain() {
        let hosts = Hosts::from_names(["hv01.a.lab", "HV01.b.lab", "hv01"]);
        let displays: Vec<&str> = hosts.ids().map(|id| &**hosts.display(id)).collect();
        assert_eq!(displays, ["HV01.A.LAB", "HV01.B.LAB"]);
        assert_eq!(hosts.find("hv01", None), None);
        assert_eq!(
            hosts.find("hv01", Some("b.lab")).map(|id| hosts.display(id).to_owned()).as_deref(),
            Some("HV01.B.LAB")
        );
    }
}
