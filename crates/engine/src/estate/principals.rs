//! Which users, groups and references to accounts in several files mean the same account.

use super::merge::{self, Merging};
use super::order::Order;
use super::sorted::Sorted;
use crate::disagreements::{Disagreement, Kind, Object};
use delegap_model::{Group, Principal, Sid, Tri, User, fold};
use std::collections::{BTreeSet, HashMap};

/// Most references of one list that are compared with each of another one.
const COMPARED: usize = 100;

/// The accounts of all directory exports, by the names that references use.
#[derive(Default)]
pub(super) struct Accounts {
    by_name: HashMap<String, Option<Sid>>,
    by_distinguished_name: HashMap<String, Option<Sid>>,
}

impl Accounts {
    #[cfg(test)]
    pub fn of(computers: &[delegap_model::Computer]) -> Accounts {
        let mut accounts = Accounts::default();
        computers.iter().for_each(|c| accounts.add(Some(&c.name), &c.distinguished_name, &c.sid));
        accounts
    }

    pub fn new(sorted: &Sorted) -> Accounts {
        let mut accounts = Accounts::default();
        for c in &sorted.computers {
            accounts.add(Some(&c.name), &c.distinguished_name, &c.sid);
        }
        for u in &sorted.users {
            accounts.add(Some(&u.name), &u.distinguished_name, &u.sid);
        }
        for g in &sorted.groups {
            accounts.add(g.name.known(), &g.distinguished_name, &g.sid);
        }
        accounts
    }

    /// A name that two accounts share means neither.
    fn add(&mut self, name: Option<&String>, distinguished_name: &Tri<String>, sid: &Tri<Sid>) {
        let Some(sid) = sid.known() else { return };
        let keys = [
            (&mut self.by_name, name.map(|n| plain(n))),
            (&mut self.by_distinguished_name, distinguished_name.known().map(|dn| fold(dn))),
        ];
        for (map, key) in keys {
            let Some(key) = key else { continue };
            let known = map.entry(key).or_insert_with(|| Some(sid.clone()));
            if known.as_ref().is_some_and(|k| k != sid) {
                *known = None;
            }
        }
    }

    fn sid(&self, principal: &Principal) -> Option<Sid> {
        let by_dn = |dn: &String| self.by_distinguished_name.get(&fold(dn)).cloned().flatten();
        let by_name = |name: &String| self.by_name.get(&plain(name)).cloned().flatten();
        let sid = principal.sid.clone();
        let sid = sid.or_else(|| principal.distinguished_name.as_ref().and_then(by_dn));
        sid.or_else(|| principal.name.as_ref().and_then(by_name))
    }

    /// What makes two references the same account: its SID, given or found, else the name it is called by.
    pub fn key(&self, principal: &Principal) -> String {
        match (self.sid(principal), &principal.distinguished_name, &principal.name) {
            (Some(sid), _, _) => sid.to_string(),
            (None, Some(dn), _) => fold(dn),
            (None, None, Some(name)) => plain(name),
            (None, None, None) => String::new(),
        }
    }

    pub fn shown(&self, principal: &Principal) -> String {
        let Principal { name, distinguished_name, sid } = principal;
        let named = name.clone().or_else(|| distinguished_name.clone());
        named.or_else(|| sid.as_ref().map(Sid::to_string)).unwrap_or_default()
    }

    /// True if two lists surely hold different accounts. As many references in other forms may be the same accounts.
    pub fn differ(&self, a: &[Principal], b: &[Principal]) -> bool {
        let keys = |list: &[Principal]| list.iter().map(|p| self.key(p)).collect::<BTreeSet<_>>();
        let (of_a, of_b) = (keys(a), keys(b));
        let only_a: Vec<&Principal> = a.iter().filter(|p| !of_b.contains(&self.key(p))).collect();
        let only_b: Vec<&Principal> = b.iter().filter(|p| !of_a.contains(&self.key(p))).collect();
        let is_none_of_b = |p: &&Principal| only_b.iter().all(|q| self.unlike(p, q));
        of_a.difference(&of_b).count() != of_b.difference(&of_a).count()
            || only_a.iter().take(COMPARED).any(is_none_of_b)
    }

    /// True if two references can't be one account: they name it in the same way, and not the same.
    fn unlike(&self, p: &Principal, q: &Principal) -> bool {
        fn apart<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
            matches!((a, b), (Some(a), Some(b)) if a != b)
        }
        let dn = |p: &Principal| p.distinguished_name.as_deref().map(fold);
        let name = |p: &Principal| p.name.as_deref().map(plain);
        apart(self.sid(p), self.sid(q)) || apart(dn(p), dn(q)) || apart(name(p), name(q))
    }
}

/// `CONTOSO\HV01$` and `HV01` are one account.
fn plain(name: &str) -> String {
    fold(name.rsplit('\\').next().unwrap_or(name).trim_end_matches('$'))
}

/// Users of several files, one of each account; the groups of a session are no export of the directory, and stand beside it.
pub(super) fn users(users: Vec<User>, order: &Order, found: &mut Vec<Disagreement>) -> Vec<User> {
    let (sessions, users): (Vec<User>, Vec<User>) = users.into_iter().partition(|u| u.is_session);
    let identity = |u: &User| (Some(u.name.clone()), u.distinguished_name.clone(), u.sid.clone());
    let merged = same(&users, identity).into_iter().filter_map(|exports| {
        let name = exports.first()?.name.clone();
        merge::user(Merging::new(exports, order, Object { kind: Kind::User, host: None, name }, found))
    });
    merged.chain(sessions).collect()
}

/// Groups of several files, one of each. A member list that names no group stands for itself.
pub(super) fn groups(
    groups: Vec<Group>,
    accounts: &Accounts,
    order: &Order,
    found: &mut Vec<Disagreement>,
) -> Vec<Group> {
    let identity = |g: &Group| (g.name.known().cloned(), g.distinguished_name.clone(), g.sid.clone());
    let merged = same(&groups, identity).into_iter().filter_map(|exports| {
        let name = exports.iter().find_map(|g| g.name.known().cloned()).unwrap_or_default();
        merge::group(Merging::new(exports, order, Object { kind: Kind::Group, host: None, name }, found), accounts)
    });
    merged.collect()
}

type Identity = (Option<String>, Tri<String>, Tri<Sid>);

/// Most accounts of one name that are told apart by what else is known of them.
const NAMESAKES: usize = 64;

/// Records of the same account stand together, in the order of the first of each: by SID, else by distinguished name, else
/// by name where neither says that they are two.
fn same<R>(records: &[R], identity: impl Fn(&R) -> Identity) -> Vec<Vec<&R>> {
    let mut groups: Vec<Vec<&R>> = Vec::new();
    let mut known: Vec<(Option<Sid>, Option<String>)> = Vec::new();
    let mut by_sid: HashMap<Sid, usize> = HashMap::new();
    let mut by_dn: HashMap<String, usize> = HashMap::new();
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for record in records {
        let (name, dn, sid) = identity(record);
        let (name, dn, sid) = (name.map(|n| plain(&n)), dn.known().map(|dn| fold(dn)), sid.known().cloned());
        let fits = |index: &usize| {
            let (its_sid, its_dn) = &known[*index];
            let unlike_sid = matches!((its_sid, &sid), (Some(a), Some(b)) if a != b);
            let told = its_sid.is_some() && sid.is_some();
            // An account that was moved has another distinguished name and the same SID.
            let unlike_dn = !told && matches!((its_dn, &dn), (Some(a), Some(b)) if a != b);
            !unlike_sid && !unlike_dn
        };
        let of_sid = sid.as_ref().and_then(|s| by_sid.get(s)).copied();
        let of_dn = || dn.as_ref().and_then(|d| by_dn.get(d)).copied().filter(fits);
        let of_name = || name.as_ref().and_then(|n| by_name.get(n))?.iter().copied().find(fits);
        let index = of_sid.or_else(of_dn).or_else(of_name).unwrap_or_else(|| {
            groups.push(Vec::new());
            known.push((None, None));
            groups.len() - 1
        });
        groups[index].push(record);
        known[index].0 = known[index].0.take().or_else(|| sid.clone());
        known[index].1 = known[index].1.take().or_else(|| dn.clone());
        sid.map(|s| by_sid.entry(s).or_insert(index));
        dn.map(|d| by_dn.entry(d).or_insert(index));
        let Some(namesakes) = name.map(|n| by_name.entry(n).or_default()) else { continue };
        if namesakes.len() < NAMESAKES && !namesakes.contains(&index) {
            namesakes.push(index);
        }
    }
    groups
}
