//! Several exports of one computer object become one.

use delegap_model::{Computer, Problem, Spn, Time, Tri, Why, fold};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// All exports of one object: of each attribute the newest export that tells it counts, by the object's whenChanged. Where
/// exports differ and whenChanged does not say which is newer, the attribute is not known. Every difference is listed.
pub(super) fn merge(exports: &[&Computer], differences: &mut Vec<Problem>) -> Option<Computer> {
    let first = *exports.first()?;
    if exports.len() == 1 {
        return Some(first.clone());
    }
    // The newest first, those without a date last; exports without dates stay in the order of their places.
    let mut exports = exports.to_vec();
    exports.sort_by_key(|e| Reverse(changed(e)));
    let mut merging = Merging { exports: &exports, differences };
    Some(Computer {
        // Where the list stands, which most statements about a computer are about.
        at: merging.best(&|c: &Computer| &c.allowed_to_delegate_to).map_or_else(|| first.at.clone(), |c| c.at.clone()),
        name: first.name.clone(),
        dns_host_name: merging.newest(|c| &c.dns_host_name),
        distinguished_name: merging.newest(|c| &c.distinguished_name),
        sid: merging.newest(|c| &c.sid),
        allowed_to_delegate_to: merging.list("msDS-AllowedToDelegateTo", |c| &c.allowed_to_delegate_to),
        user_account_control: merging.value("userAccountControl", |c| &c.user_account_control),
        trusted_for_delegation: merging.value("TrustedForDelegation", |c| &c.trusted_for_delegation),
        trusted_to_auth: merging.value("TrustedToAuthForDelegation", |c| &c.trusted_to_auth),
        enabled: merging.value("Enabled", |c| &c.enabled),
        allowed_to_act: merging.newest(|c| &c.allowed_to_act),
        service_principal_names: merging.list("servicePrincipalName", |c| &c.service_principal_names),
        member_of: merging.newest(|c| &c.member_of),
        supported_encryption_types: merging.newest(|c| &c.supported_encryption_types),
        operating_system: merging.newest(|c| &c.operating_system),
        operating_system_version: merging.newest(|c| &c.operating_system_version),
        when_changed: merging.newest(|c| &c.when_changed),
        password_last_set: merging.newest(|c| &c.password_last_set),
        authentication_policy: merging.newest(|c| &c.authentication_policy),
        authentication_silo: merging.newest(|c| &c.authentication_silo),
    })
}

fn changed(computer: &Computer) -> Option<Time> {
    computer.when_changed.known().copied()
}

struct Merging<'a> {
    /// The newest first.
    exports: &'a [&'a Computer],
    differences: &'a mut Vec<Problem>,
}

impl<'a> Merging<'a> {
    /// What the newest export tells that tells something: for values that exports write in ways of their own.
    fn newest<T: Clone + 'a>(&self, get: impl Fn(&'a Computer) -> &'a Tri<T>) -> Tri<T> {
        self.best(&get).map_or(Tri::NOT_EXPORTED, |best| get(best).clone())
    }

    fn value<T: Clone + PartialEq + 'a>(&mut self, what: &str, get: impl Fn(&'a Computer) -> &'a Tri<T>) -> Tri<T> {
        let differ = |a: &Tri<T>, b: &Tri<T>| a.is_told() && b.is_told() && a != b;
        self.agreed(what, &get, differ).unwrap_or_else(disputed)
    }

    fn list(&mut self, what: &str, get: impl Fn(&'a Computer) -> &'a Tri<Vec<Spn>>) -> Tri<Vec<Spn>> {
        let entries = |list: &Tri<Vec<Spn>>| list.shown().iter().map(|s| fold(s.as_str())).collect::<BTreeSet<_>>();
        let Some(best) = self.best(&get).filter(|best| get(best).is_told()) else { return self.shown(&get) };
        let best = entries(get(best));
        let differ = |_: &Tri<Vec<Spn>>, other: &Tri<Vec<Spn>>| match other {
            Tri::Unknown(_) => !entries(other).is_subset(&best),
            told => entries(told) != best,
        };
        self.agreed(what, &get, differ).unwrap_or_else(disputed)
    }

    /// Lists that were all cut: together they show more.
    fn shown(&self, get: &impl Fn(&'a Computer) -> &'a Tri<Vec<Spn>>) -> Tri<Vec<Spn>> {
        let mut seen = BTreeSet::new();
        let mut shown = Vec::new();
        for export in self.exports {
            shown.extend(get(export).shown().iter().map(Spn::to_string).filter(|s| seen.insert(fold(s))));
        }
        if shown.is_empty() { self.newest(get) } else { Tri::Unknown(Why::Partly(shown)) }
    }

    /// The newest export that tells the value, else one that at least shows that there is one.
    fn best<T: 'a>(&self, get: &impl Fn(&'a Computer) -> &'a Tri<T>) -> Option<&'a Computer> {
        let exports = || self.exports.iter().copied();
        exports()
            .find(|e| get(e).is_told())
            .or_else(|| exports().find(|e| matches!(get(e), Tri::Unknown(why) if why.hides_a_value())))
            .or_else(|| exports().find(|e| !matches!(get(e), Tri::Unknown(Why::NotExported))))
            .or_else(|| exports().next())
    }

    /// The best export's value; `None` if another one differs and is not known to be older.
    fn agreed<T: Clone + 'a>(
        &mut self,
        what: &str,
        get: &impl Fn(&'a Computer) -> &'a Tri<T>,
        differ: impl Fn(&Tri<T>, &Tri<T>) -> bool,
    ) -> Option<Tri<T>> {
        let best = self.best(get)?;
        let value = get(best);
        let mut settled = true;
        for other in self.exports.iter().copied().filter(|e| differ(value, get(e))) {
            let older = matches!((changed(best), changed(other)), (Some(new), Some(old)) if old < new);
            settled &= older;
            let mut what = format!("{what} of {} differs from {}", other.name, best.at);
            let lost = if older {
                what += ", where the object is newer (whenChanged)";
                "the older value"
            } else {
                "the value: it counts as not known"
            };
            self.differences.push(Problem { at: other.at.clone(), what, lost: lost.to_owned() });
        }
        settled.then(|| value.clone())
    }
}

fn disputed<T>() -> Tri<T> {
    Tri::Unknown(Why::Unreadable("two exports disagree".to_owned()))
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
