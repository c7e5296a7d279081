//! Several exports of one object become one, and where they differ is kept.

use super::Fact;
use super::order::{By, Compared, Open, Order};
use super::principals::Accounts;
use crate::disagreements::{Disagreement, Object};
use delegap_model::{Computer, Group, Principal, SourceRef, Spn, Tri, User, When, Why, fold};
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

/// Most exports of one object that are compared with each other.
const MOST: usize = 50;
/// Entries of a list written out before only those that differ are.
const ENTRIES: usize = 6;

/// What several files may hold of one object.
pub(super) trait Export {
    fn at(&self) -> &SourceRef;
    /// The object's whenChanged, if it has one.
    fn changed(&self) -> When;
}

macro_rules! exports {
    ($($record:ty => $changed:expr),*) => {$(
        impl Export for $record {
            fn at(&self) -> &SourceRef {
                &self.at
            }
            fn changed(&self) -> When {
                let changed: fn(&$record) -> When = $changed;
                changed(self)
            }
        }
    )*};
}

exports!(
    Computer => |c| c.changed, User => |u| u.changed, Group => |_| When::Unknown
);

/// What one dump says of a host.
pub(super) struct Statement<T> {
    pub at: SourceRef,
    pub value: Tri<T>,
}

impl<T> Export for Statement<T> {
    fn at(&self) -> &SourceRef {
        &self.at
    }

    fn changed(&self) -> When {
        When::Unknown
    }
}

/// What dumps say of one fact of a host: the value of the newest, and where it stands.
pub(super) fn fact<T: Clone + PartialEq>(
    mut merging: Merging<'_, Statement<T>>,
    what: &'static str,
    decisive: bool,
    show: impl Fn(&T) -> String,
) -> Option<Fact<T>> {
    let (value, at) = merging.placed(what, decisive, |s| &s.value, show);
    Some(Fact { value: value.known()?.clone(), at: at? })
}

/// All exports of one object: of each attribute the newest export that tells it counts. Where exports differ and nothing
/// says which is newer, the attribute is not known.
pub(super) struct Merging<'a, R> {
    /// Those with a certain date first, the newest before all.
    exports: Vec<&'a R>,
    order: &'a Order,
    object: Object,
    found: &'a mut Vec<Disagreement>,
}

/// All exports of one computer object.
pub(super) fn computer(mut m: Merging<'_, Computer>, accounts: &Accounts) -> Option<Computer> {
    let first = *m.exports.first()?;
    if m.exports.len() == 1 {
        return Some(first.clone());
    }
    let list = m.spns("msDS-AllowedToDelegateTo", |_| true, |c| &c.allowed_to_delegate_to);
    Some(Computer {
        // Where the list stands, which most statements about a computer are about.
        at: list.1,
        name: first.name.clone(),
        dns_host_name: m.newest(|c| &c.dns_host_name),
        distinguished_name: m.newest(|c| &c.distinguished_name),
        sid: m.newest(|c| &c.sid),
        allowed_to_delegate_to: list.0,
        trusted_for_delegation: m.flag("TrustedForDelegation", true, |c| &c.trusted_for_delegation),
        trusted_to_auth: m.flag("TrustedToAuthForDelegation", true, |c| &c.trusted_to_auth),
        enabled: m.flag("Enabled", false, |c| &c.enabled),
        // Its flags are compared one by one.
        user_account_control: m.unsaid(|m| m.value("", false, |c| &c.user_account_control, |_| String::new())),
        allowed_to_act: m.principals("msDS-AllowedToActOnBehalfOfOtherIdentity", true, accounts, |c| &c.allowed_to_act),
        service_principal_names: m.spns("servicePrincipalName", is_migration, |c| &c.service_principal_names).0,
        member_of: m.newest(|c| &c.member_of),
        supported_encryption_types: m.value(
            "msDS-SupportedEncryptionTypes",
            false,
            |c| &c.supported_encryption_types,
            |n| format!("{n:#x}"),
        ),
        operating_system: m.newest(|c| &c.operating_system),
        operating_system_version: m.newest(|c| &c.operating_system_version),
        when_changed: m.newest(|c| &c.when_changed),
        changed: m.newest_of(&m.exports).map_or(When::Unknown, |c| c.changed),
        password_last_set: m.newest(|c| &c.password_last_set),
        authentication_policy: m.text("msDS-AssignedAuthNPolicy", |c| &c.authentication_policy),
        authentication_silo: m.text("msDS-AssignedAuthNPolicySilo", |c| &c.authentication_silo),
    })
}

/// All exports of one user object.
pub(super) fn user(mut m: Merging<'_, User>) -> Option<User> {
    let first = *m.exports.first()?;
    if m.exports.len() == 1 {
        return Some(first.clone());
    }
    Some(User {
        at: m.newest_telling(|u| &u.not_delegated).map_or_else(|| first.at.clone(), |u| u.at.clone()),
        name: first.name.clone(),
        user_principal_name: m.newest(|u| &u.user_principal_name),
        distinguished_name: m.newest(|u| &u.distinguished_name),
        sid: m.newest(|u| &u.sid),
        not_delegated: m.flag("AccountNotDelegated", true, |u| &u.not_delegated),
        enabled: m.flag("Enabled", false, |u| &u.enabled),
        member_of: m.newest(|u| &u.member_of),
        is_session: false,
        service_principal_names: m.spns("servicePrincipalName", is_migration, |u| &u.service_principal_names).0,
        authentication_policy: m.text("msDS-AssignedAuthNPolicy", |u| &u.authentication_policy),
        authentication_silo: m.text("msDS-AssignedAuthNPolicySilo", |u| &u.authentication_silo),
        when_changed: m.newest(|u| &u.when_changed),
        changed: m.newest_of(&m.exports).map_or(When::Unknown, |u| u.changed),
    })
}

/// All exports of one group.
pub(super) fn group(mut m: Merging<'_, Group>, accounts: &Accounts) -> Option<Group> {
    let first = *m.exports.first()?;
    if m.exports.len() == 1 {
        return Some(first.clone());
    }
    Some(Group {
        at: m.newest_telling(|g| &g.members).map_or_else(|| first.at.clone(), |g| g.at.clone()),
        name: m.newest(|g| &g.name),
        distinguished_name: m.newest(|g| &g.distinguished_name),
        sid: m.newest(|g| &g.sid),
        members: m.principals("member", true, accounts, |g| &g.members),
    })
}

/// The class of the migration service, in a folded entry.
fn is_migration(entry: &str) -> bool {
    Spn::new(entry).has_class(Spn::MIGRATION)
}

/// Words a value, beside all the values that there are.
type Show<'s, T> = &'s dyn Fn(&Tri<T>, &[&Tri<T>]) -> String;

/// Entries by what makes them the same, each as it is shown.
type Entries = BTreeMap<String, String>;

impl<'a, R: Export> Merging<'a, R> {
    pub fn new(
        mut exports: Vec<&'a R>,
        order: &'a Order,
        object: Object,
        found: &'a mut Vec<Disagreement>,
    ) -> Merging<'a, R> {
        exports.sort_by_key(|e| match e.changed() {
            When::Exact(time) => Reverse(Some(time)),
            _ => Reverse(None),
        });
        Merging { exports, order, object, found }
    }

    /// What the newest export tells that tells something: for values that exports write in ways of their own.
    fn newest<T: Clone + 'a>(&self, get: impl Fn(&'a R) -> &'a Tri<T>) -> Tri<T> {
        self.newest_telling(&get).map_or(Tri::NOT_EXPORTED, |best| get(best).clone())
    }

    /// The newest export that tells the value, else one that at least shows that there is one.
    fn newest_telling<T: 'a>(&self, get: impl Fn(&'a R) -> &'a Tri<T>) -> Option<&'a R> {
        let those = |keep: &dyn Fn(&Tri<T>) -> bool| {
            self.newest_of(&self.exports.iter().copied().filter(|e| keep(get(e))).collect::<Vec<_>>())
        };
        those(&Tri::is_told)
            .or_else(|| those(&|t| matches!(t, Tri::Unknown(why) if why.hides_a_value())))
            .or_else(|| those(&|t| !matches!(t, Tri::Unknown(Why::NotExported))))
            .or_else(|| self.exports.first().copied())
    }

    /// The first export that none of the others is known to be newer than.
    fn newest_of(&self, exports: &[&'a R]) -> Option<&'a R> {
        let newer = |a: &R, b: &R| self.compare(a, b).is_ok_and(|(order, _)| order == Ordering::Greater);
        exports.iter().copied().reduce(|best, next| if newer(next, best) { next } else { best })
    }

    fn compare(&self, a: &R, b: &R) -> Compared {
        self.order.compare((a.at(), a.changed()), (b.at(), b.changed()))
    }

    fn flag(&mut self, what: &'static str, decisive: bool, get: impl Fn(&'a R) -> &'a Tri<bool>) -> Tri<bool> {
        self.value(what, decisive, get, bool::to_string)
    }

    fn text(&mut self, what: &'static str, get: impl Fn(&'a R) -> &'a Tri<String>) -> Tri<String> {
        self.value(what, false, get, String::clone)
    }

    fn value<T: Clone + PartialEq + 'a>(
        &mut self,
        what: &'static str,
        decisive: bool,
        get: impl Fn(&'a R) -> &'a Tri<T>,
        show: impl Fn(&T) -> String,
    ) -> Tri<T> {
        self.placed(what, decisive, get, show).0
    }

    fn placed<T: Clone + PartialEq + 'a>(
        &mut self,
        what: &'static str,
        decisive: bool,
        get: impl Fn(&'a R) -> &'a Tri<T>,
        show: impl Fn(&T) -> String,
    ) -> (Tri<T>, Option<SourceRef>) {
        let shown = |value: &Tri<T>| value.known().map_or_else(|| "empty".to_owned(), &show);
        let differ = |a: &Tri<T>, b: &Tri<T>| b.is_told() && a != b;
        self.agreed(what, &|_| decisive, &get, &differ, &|value, _| shown(value))
    }

    /// Without keeping what differs.
    fn unsaid<T>(&mut self, merge: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.found.len();
        let merged = merge(self);
        self.found.truncate(before);
        merged
    }

    /// A list of service principal names, and where the one that counts stands.
    fn spns(
        &mut self,
        what: &'static str,
        decisive: fn(&str) -> bool,
        get: impl Fn(&'a R) -> &'a Tri<Vec<Spn>>,
    ) -> (Tri<Vec<Spn>>, SourceRef) {
        if !self.exports.iter().any(|e| get(e).is_told()) {
            return (self.all_shown(&get), self.place_of(&get));
        }
        let entries = |list: &Tri<Vec<Spn>>| -> Entries {
            list.shown().iter().map(|s| (fold(s.as_str()), s.to_string())).collect()
        };
        let differ = |a: &Tri<Vec<Spn>>, b: &Tri<Vec<Spn>>| match b {
            Tri::Unknown(_) => entries(b).keys().any(|key| !entries(a).contains_key(key)),
            _ => entries(a).keys().ne(entries(b).keys()),
        };
        let decisive = |values: &[&Tri<Vec<Spn>>]| {
            let lists: Vec<Entries> = values.iter().map(|v| entries(v)).collect();
            lists.iter().flat_map(Entries::keys).any(|key| decisive(key) && !lists.iter().all(|l| l.contains_key(key)))
        };
        let show = |list: &Tri<Vec<Spn>>, values: &[&Tri<Vec<Spn>>]| {
            let others: Vec<Entries> = values.iter().map(|v| entries(v)).collect();
            shown_entries(&entries(list), &others, !list.is_told())
        };
        let (list, at) = self.agreed(what, &decisive, &get, &differ, &show);
        (list, at.unwrap_or_else(|| self.place_of(&get)))
    }

    fn principals(
        &mut self,
        what: &'static str,
        decisive: bool,
        accounts: &Accounts,
        get: impl Fn(&'a R) -> &'a Tri<Vec<Principal>>,
    ) -> Tri<Vec<Principal>> {
        type List = Tri<Vec<Principal>>;
        let entries = |list: &List| -> Entries {
            list.known().into_iter().flatten().map(|p| (accounts.key(p), accounts.shown(p))).collect()
        };
        let items = |list: &List| list.known().cloned().unwrap_or_default();
        let differ = |a: &List, b: &List| b.is_told() && accounts.differ(&items(a), &items(b));
        let show = |list: &List, values: &[&List]| {
            let others: Vec<Entries> = values.iter().map(|v| entries(v)).collect();
            shown_entries(&entries(list), &others, false)
        };
        self.agreed(what, &|_| decisive, &get, &differ, &show).0
    }

    fn place_of<T: 'a>(&self, get: impl Fn(&'a R) -> &'a Tri<T>) -> SourceRef {
        self.newest_telling(get).map_or_else(|| SourceRef::new("", ""), |e| e.at().clone())
    }

    /// Lists that were all cut: together they show more.
    fn all_shown(&self, get: &impl Fn(&'a R) -> &'a Tri<Vec<Spn>>) -> Tri<Vec<Spn>> {
        let mut shown: Vec<String> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for entry in self.exports.iter().flat_map(|e| get(e).shown().into_owned()) {
            if seen.insert(fold(entry.as_str())) {
                shown.push(entry.to_string());
            }
        }
        if shown.is_empty() { self.newest(get) } else { Tri::Unknown(Why::Partly(shown)) }
    }

    /// The value that counts and where it stands; not known if an export differs that is not older than one with that value.
    fn agreed<T: Clone + 'a>(
        &mut self,
        what: &'static str,
        decisive: &dyn Fn(&[&Tri<T>]) -> bool,
        get: &dyn Fn(&'a R) -> &'a Tri<T>,
        differ: &dyn Fn(&Tri<T>, &Tri<T>) -> bool,
        show: Show<'_, T>,
    ) -> (Tri<T>, Option<SourceRef>) {
        let told: Vec<&R> = self.exports.iter().copied().filter(|e| get(e).is_told()).collect();
        let Some(newest) = self.newest_of(&told) else { return (self.newest(get), None) };
        if !self.exports.iter().any(|e| differ(get(newest), get(e))) {
            return (get(newest).clone(), Some(newest.at().clone()));
        }
        // Exports of one value stand together; those that were cut and show something else stand alone.
        let mut groups: Vec<Vec<&R>> = Vec::new();
        for export in self.exports.iter().copied().take(MOST) {
            let told = get(export).is_told();
            match groups.iter_mut().find(|g| get(g[0]).is_told() && !differ(get(g[0]), get(export))) {
                Some(group) if told => group.push(export),
                None if told || !matches!(get(export), Tri::Unknown(Why::NotExported)) => groups.push(vec![export]),
                _ => {}
            }
        }
        let settled = match self.exports.len() > MOST {
            true => Err(Open::Many),
            false => self.winner(&groups, get, differ),
        };
        let used = settled.as_ref().ok().map(|(index, _)| *index);
        if let Some(index) = used {
            groups.swap(0, index);
        }
        let values: Vec<&Tri<T>> = groups.iter().map(|g| get(g[0])).collect();
        let statement = |group: &Vec<&'a R>| {
            let newest = self.newest_of(group).unwrap_or(group[0]);
            (newest.at().clone(), show(get(group[0]), &values))
        };
        let statements: Vec<(SourceRef, String)> = groups.iter().map(statement).collect();
        let at = used.and_then(|_| statements.first()).map(|(at, _)| at.clone());
        let value = used.map_or_else(disputed, |_| get(groups[0][0]).clone());
        self.found.push(Disagreement {
            object: self.object.clone(),
            attribute: what,
            decisive: decisive(&values),
            statements,
            settled: settled.map(|(_, by)| by),
        });
        (value, at)
    }

    /// The group of exports with the value that counts: every other value stands in exports older than one of them.
    fn winner<T: 'a>(
        &self,
        groups: &[Vec<&'a R>],
        get: &dyn Fn(&'a R) -> &'a Tri<T>,
        differ: &dyn Fn(&Tri<T>, &Tri<T>) -> bool,
    ) -> Result<(usize, By), Open> {
        let mut open = Open::Untold;
        for (index, group) in groups.iter().enumerate().filter(|(_, g)| get(g[0]).is_told()) {
            let mut weakest = By::Object;
            let mut wins = true;
            let others = groups.iter().flatten().filter(|e| differ(get(group[0]), get(e)));
            for other in others {
                let mut surest: Option<By> = None;
                for member in group {
                    match self.compare(member, other) {
                        Ok((Ordering::Greater, by)) => surest = Some(surest.map_or(by, |s| s.min(by))),
                        Ok(_) => {}
                        Err(why) => open = if open == Open::Untold { why } else { open },
                    }
                }
                match surest {
                    Some(by) => weakest = weakest.max(by),
                    None => wins = false,
                }
            }
            if wins {
                return Ok((index, weakest));
            }
        }
        Err(open)
    }
}

/// Few entries are written out; of many those that are not in every list.
fn shown_entries(entries: &Entries, all: &[Entries], cut: bool) -> String {
    let listed = |keys: Vec<&String>| crate::findings::listed(keys.into_iter().map(|k| entries[k].clone()));
    let text = if entries.is_empty() {
        "empty".to_owned()
    } else if entries.len() <= ENTRIES {
        listed(entries.keys().collect())
    } else {
        let own: Vec<&String> = entries.keys().filter(|k| !all.iter().all(|list| list.contains_key(*k))).collect();
        match own.len() {
            0 => format!("{} entries, all of them in the other lists too", entries.len()),
            _ => format!("{} entries, of which not all lists have: {}", entries.len(), listed(own)),
        }
    };
    if cut { format!("cut, and shows {text}") } else { text }
}

fn disputed<T>() -> Tri<T> {
    Tri::Unknown(Why::Unreadable("two exports disagree".to_owned()))
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
