//! impacket's findDelegation: a table with one line per account and target, also as other tools print it behind a prefix.

use super::accounts;
use super::context::Context;
use super::ldif::Class;
use super::row::{Cell, Row};
use delegap_model::{Record, fold};
use serde_json::Value;
use std::collections::BTreeMap;

const HEADER: [&str; 4] = ["AccountName", "AccountType", "DelegationType", "DelegationRightsTo"];

/// What the lines of one account say together.
#[derive(Default)]
struct Account {
    place: String,
    name: String,
    user: bool,
    unconstrained: bool,
    any_protocol: Option<bool>,
    targets: Vec<String>,
    /// Who may act toward this one.
    allowed: Vec<String>,
}

/// The accounts of the table; `None` if the text has none.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let mut lines = text.lines().zip(1u64..).skip_while(|(line, _)| !HEADER.iter().all(|name| line.contains(name)));
    let (header, _) = lines.next()?;
    let (dashes, _) = lines.next()?;
    // Bytes are columns here: the header and the dashes are ASCII, and what is not ends in a column after all.
    let first = header.find(HEADER.first()?)?;
    let columns = columns(dashes, first);
    let place_of = |name: &str| header.find(name).and_then(|at| columns.iter().position(|(start, _)| *start == at));
    let [account, class, kind, target] = HEADER.map(place_of);
    let (account, class, kind, target) = (account?, class?, kind?, target?);
    let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
    for (line, number) in lines {
        let cells = cells(line, &columns);
        let cell = |at: usize| cells.get(at).map(String::as_str).unwrap_or_default();
        let (name, kind, target) = (cell(account), cell(kind), cell(target));
        if name.is_empty() || kind.is_empty() {
            if !line.trim().is_empty() && accounts.is_empty() {
                context.problem(&format!(":{number}"), "a line of the table has no account or no kind", "1 line");
            }
            continue;
        }
        let place = format!(":{number}");
        if kind.starts_with("Resource-Based") {
            let entry = entry(&mut accounts, target, &place);
            entry.allowed.push(name.to_owned());
            continue;
        }
        let is_user = cell(class).starts_with("Person") || cell(class).contains("Service-Account");
        let entry = entry(&mut accounts, name, &place);
        entry.user = is_user && !name.ends_with('$');
        match kind {
            "Unconstrained" => entry.unconstrained = true,
            "Constrained w/ Protocol Transition" => entry.any_protocol = Some(true),
            // An account that is trusted for any service is shown so as well, whatever its other flag.
            "Constrained" | "Constrained w/o Protocol Transition" => entry.any_protocol = Some(false),
            _ => {
                context.problem(&place, format!("a kind of delegation that is not known: {kind:?}"), "1 line");
                continue;
            }
        }
        if target != "N/A" && !target.is_empty() {
            entry.targets.push(target.to_owned());
        }
    }
    Some(accounts.into_values().filter_map(|a| record(a, context)).collect())
}

fn entry<'a>(accounts: &'a mut BTreeMap<String, Account>, name: &str, place: &str) -> &'a mut Account {
    let new = || Account { place: place.to_owned(), name: name.to_owned(), ..Account::default() };
    accounts.entry(fold(name)).or_insert_with(new)
}

/// Where the runs of dashes stand.
fn columns(dashes: &str, first: usize) -> Vec<(usize, usize)> {
    let mut columns: Vec<(usize, usize)> = Vec::new();
    for (at, c) in dashes.char_indices().filter(|(at, _)| *at >= first) {
        match columns.last_mut() {
            _ if c != '-' => {}
            Some((_, end)) if *end == at => *end = at + 1,
            _ => columns.push((at, at + 1)),
        }
    }
    columns
}

/// The texts between the beginnings of the columns.
fn cells(line: &str, columns: &[(usize, usize)]) -> Vec<String> {
    let starts = columns.iter().map(|(start, _)| *start);
    let ends = columns.iter().skip(1).map(|(start, _)| *start).chain([line.len()]);
    starts.zip(ends).map(|(start, end)| cell(line, start, end).trim().to_owned()).collect()
}

fn cell(line: &str, start: usize, end: usize) -> &str {
    let (start, end) = (line.floor_char_boundary(start), line.floor_char_boundary(end));
    line.get(start..end).unwrap_or_default()
}

/// What the table does not show of an account is not known: it lists what delegates, and nothing else.
fn record(account: Account, context: &mut Context) -> Option<Record> {
    let class = if account.user { Class::User } else { Class::Computer };
    let list = |names: Vec<String>| Cell::Json(Value::Array(names.into_iter().map(Value::String).collect()));
    let mut row = Row::new(account.place);
    row.put("samaccountname".into(), Cell::Text(account.name));
    if account.unconstrained {
        row.put("trustedfordelegation".into(), Cell::Text("True".to_owned()));
    }
    if let Some(any) = account.any_protocol {
        row.put("trustedtoauthfordelegation".into(), Cell::Text(any.to_string()));
    }
    if !account.targets.is_empty() {
        row.put("msdsallowedtodelegateto".into(), list(account.targets));
    }
    if !account.allowed.is_empty() {
        row.put("msdsallowedtoactonbehalfofotheridentity".into(), list(account.allowed));
    }
    context.bound(&mut row);
    accounts::record(class, &row, context)
}
