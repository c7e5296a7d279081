//! setspn: the names of one account (`-L`), of the accounts that hold a name (`-Q`), and names that several hold (`-X`).
//!
//! Its sentences are in the language of Windows; what stands in which line, and what is indented, is not.

use super::accounts;
use super::context::Context;
use super::ldif::Class;
use super::principals::first_rdn;
use super::row::{Cell, Row};
use delegap_model::{Record, Spn, Why, fold, short_name};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is told of one account.
struct Account {
    place: String,
    dn: String,
    spns: Vec<String>,
    /// `-L` shows every name of its account.
    whole: bool,
}

/// What the indented lines below a line are.
enum Below {
    Nothing,
    /// Names of the last account.
    Names,
    /// Accounts that hold this name.
    Holders(String),
}

/// The accounts of setspn's output; `None` if the text is none.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let mut accounts: Vec<Account> = Vec::new();
    let mut known = BTreeMap::new();
    let mut below = Below::Nothing;
    let mut recognised = is_search(text);
    for (line, number) in text.lines().zip(1u64..) {
        let indented = line.starts_with(['\t', ' ']);
        let content = line.trim();
        let place = format!(":{number}");
        match &below {
            _ if content.is_empty() => below = Below::Nothing,
            Below::Names if indented && content.contains('/') => {
                recognised = true;
                if let Some(account) = accounts.last_mut() {
                    account.spns.push(line.trim_start().to_owned());
                }
            }
            Below::Holders(spn) if indented && is_dn(content) => {
                recognised = true;
                // One account may hold many names that others hold too.
                let at = *known.entry(fold(content)).or_insert(accounts.len());
                match accounts.get_mut(at) {
                    Some(account) => account.spns.push(spn.clone()),
                    None => {
                        accounts.push(Account { place, dn: content.to_owned(), spns: vec![spn.clone()], whole: false })
                    }
                }
            }
            _ if indented => {}
            _ => {
                below = if let Some(dn) = listed(content) {
                    recognised |= content.starts_with("Registered ServicePrincipalNames");
                    accounts.push(Account { place, dn: dn.to_owned(), spns: Vec::new(), whole: true });
                    Below::Names
                } else if is_dn(content) {
                    accounts.push(Account { place, dn: content.to_owned(), spns: Vec::new(), whole: false });
                    Below::Names
                } else if let Some(spn) = shared(content) {
                    Below::Holders(spn)
                } else {
                    Below::Nothing
                };
            }
        }
    }
    recognised.then(|| accounts.into_iter().filter_map(|a| record(a, context)).collect())
}

/// `Checking domain DC=contoso,DC=com`, below which `-Q` or `-X` may have found nothing.
fn is_search(text: &str) -> bool {
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    first.starts_with("Checking domain DC=") || first.starts_with("Checking forest DC=")
}

fn is_dn(text: &str) -> bool {
    text.starts_with("CN=") && text.contains(",DC=")
}

/// The account of `Registered ServicePrincipalNames for CN=HV01,DC=contoso,DC=com:`.
fn listed(line: &str) -> Option<&str> {
    let dn = line.strip_suffix(':')?;
    let start = dn.find(" CN=")?;
    dn.get(start + 1..).filter(|dn| is_dn(dn))
}

/// The name of `cifs/HV02 is registered on these accounts:`; a name ends at the first blank behind its first slash.
fn shared(line: &str) -> Option<String> {
    let sentence = line.strip_suffix(':')?;
    let (class, rest) = sentence.split_once('/')?;
    let (host, _) = rest.split_once(' ')?;
    let is_class =
        !class.is_empty() && class.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'));
    (is_class && !host.is_empty()).then(|| format!("{class}/{host}"))
}

fn record(account: Account, context: &mut Context) -> Option<Record> {
    let class = class(&account);
    let mut row = Row::new(account.place);
    row.put("distinguishedname".into(), Cell::Text(account.dn));
    let spns = match account.whole {
        true => Cell::Json(Value::Array(account.spns.into_iter().map(Value::String).collect())),
        false => Cell::Unknown(Why::Partly(account.spns)),
    };
    row.put("serviceprincipalname".into(), spns);
    context.bound(&mut row);
    accounts::record(class, &row, context)
}

/// A computer has names of its own, which Windows registers. An account with other names only is taken for a user, one
/// without any for a computer unless it stands where users do.
fn class(account: &Account) -> Class {
    let name = first_rdn(&account.dn).map(|name| fold(&name)).unwrap_or_default();
    let own = |spn: &String| {
        let spn = Spn::new(spn.clone());
        fold(short_name(spn.host())) == name
            && (spn.has_class(Spn::MIGRATION)
                || ["HOST", "RestrictedKrbHost", "TERMSRV", "WSMAN", "cifs"].iter().any(|class| spn.has_class(class)))
    };
    let computer = match account.spns.as_slice() {
        [] => !fold(&account.dn).contains(",cn=users,"),
        spns => spns.iter().any(own),
    };
    if computer { Class::Computer } else { Class::User }
}
