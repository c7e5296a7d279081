//! Packages of Windows servicing: DISM /get-packages, Get-WindowsPackage, CBS.log. An identity names an update's number, or
//! the build that a cumulative update makes.

use super::context::Context;
use super::dates::{self, Moment};
use super::row::Row;
use super::value::{Pattern, begins_with_digit, pattern};
use crate::words::count;
use delegap_model::{InstalledBuild, InstalledUpdate, Os, Record, Tri, UpdateSource, When};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// `Package_for_KB5034129~31bf3856ad364e35~amd64~~20348.2322.1.8`
static NUMBERED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^Package(?:_\d+)?_for_(KB\d{6,7})(?:[^0-9~][^~]*)?~"));
/// `Package_for_RollupFix~31bf3856ad364e35~amd64~~20348.2322.1.8`
static ROLLUP: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^Package_for_RollupFix[^~]*~[^~]*~[^~]*~[^~]*~(\d{4,5})\.(\d{1,6})(?:\.|$)"));
/// The key with which Windows packages are signed is a part of their identity.
const KEY: &str = "~31bf3856ad364e35~";
/// A line of CBS.log: local time, level, component.
static SERVICING: Pattern =
    Pattern::new(begins_with_digit, r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d), +(?:Info|Warning|Error) +(?:CBS|CSI) ");
/// What CBS.log says when a package has reached its state, or has not.
const COMPLETED: &str = "eporting package change completion for package: ";

/// Lines that may stand before the first one of CBS.log: a cut record, an operator's words.
const LINES_BEFORE_LOG: usize = 50;

/// What an identity says.
enum Update {
    Kb(String),
    Build(u32, u32),
}

fn update(identity: &str) -> Option<Update> {
    let identity = identity.trim();
    if let Some(build) = ROLLUP.captures(identity) {
        return Some(Update::Build(build[1].parse().ok()?, build[2].parse().ok()?));
    }
    NUMBERED.captures(identity).map(|kb| Update::Kb(kb[1].to_ascii_uppercase()))
}

/// The states of a package, in words of DISM or by the number that JSON shows (DismPackageFeatureState).
fn state(text: &str) -> State {
    match text.trim().to_lowercase().as_str() {
        "installed"
        | "4"
        | "installiert"
        | "installé"
        | "instalado"
        | "installato"
        | "установлен"
        | "已安装"
        | "インストール済み"
        | "geïnstalleerd" => State::Installed,
        "superseded" | "6" => State::Superseded,
        "not present"
        | "notpresent"
        | "0"
        | "uninstall pending"
        | "uninstallpending"
        | "1"
        | "staged"
        | "2"
        | "removed"
        | "resolved"
        | "3"
        | "install pending"
        | "installpending"
        | "5"
        | "partially installed"
        | "partiallyinstalled"
        | "7" => State::Other,
        _ => State::Unread,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Installed,
    /// It was installed, and a newer one has taken its place.
    Superseded,
    Other,
    /// In a language that is not known.
    Unread,
}

/// One package of a list.
struct Listed {
    place: String,
    host: Option<String>,
    identity: String,
    state: State,
    moment: Moment,
}

/// Reads what DISM or Get-WindowsPackage print; `None` if it is none of both. Labels are in the system's language: what
/// follows an identity is told by its position.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    // Most documents name no package, and need not be taken apart line by line.
    text.find(KEY)?;
    let mut listed: Vec<Listed> = Vec::new();
    let mut torn = Vec::new();
    // Values that followed the last identity of a list.
    let mut below = 0;
    for (number, line) in (1..).zip(text.lines()) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let place = format!(":{number}");
        if let [identity, state_of, _, installed, ..] = cells.as_slice() {
            if identity.contains(KEY) && !identity.contains(char::is_whitespace) {
                let (state, moment) = (state(state_of), dates::moment(installed));
                listed.push(Listed { place, host: None, identity: (*identity).to_owned(), state, moment });
                below = usize::MAX;
            }
            continue;
        }
        if line.contains(KEY) && (cells.len() > 1 || below == usize::MAX) {
            torn.push(place);
            continue;
        }
        let Some((_, value)) = line.split_once([':', '：']).filter(|(l, _)| l.chars().count() < 40) else { continue };
        let value = value.trim();
        if value.contains(KEY) && !value.contains(char::is_whitespace) {
            let (state, moment) = (State::Unread, Moment::default());
            listed.push(Listed { place, host: None, identity: value.to_owned(), state, moment });
            below = 0;
        } else if let Some(last) = listed.last_mut().filter(|_| below < 3) {
            below += 1;
            match below {
                1 => last.state = state(value),
                3 => last.moment = dates::moment(value),
                _ => {}
            }
        }
    }
    if listed.is_empty() {
        return None;
    }
    for place in torn {
        context.problem(&place, "a package without its state and time", "1 update");
    }
    Some(records(&listed, context))
}

/// The packages of Get-WindowsPackage as rows.
pub(super) fn rows(rows: &[&Row], context: &mut Context) -> Vec<Record> {
    let listed = rows.iter().filter_map(|row| {
        let identity = row.some_text(&["packagename", "packageidentity"])?;
        Some(Listed {
            place: row.place.clone(),
            host: row.some_text(&["pscomputername", "computername"]),
            identity,
            state: row.some_text(&["packagestate", "state"]).map_or(State::Unread, |s| state(&s)),
            moment: row.some_text(&["installtime"]).map(|t| dates::moment(&t)).unwrap_or_default(),
        })
    });
    let listed: Vec<Listed> = listed.collect();
    records(&listed, context)
}

fn records(listed: &[Listed], context: &mut Context) -> Vec<Record> {
    let updates: Vec<(&Listed, Update)> = listed.iter().filter_map(|l| Some((l, update(&l.identity)?))).collect();
    let order = dates::order(updates.iter().map(|(l, _)| &l.moment.date));
    dates::list_unreadable(updates.iter().map(|(l, _)| &l.moment.date), context);
    let mut records = Vec::new();
    let mut known = BTreeSet::new();
    let (mut unread, mut ambiguous) = (0_u64, 0_u64);
    let mut newest: Option<(&Listed, u32, u32)> = None;
    for (package, update) in updates {
        match package.state {
            State::Installed | State::Superseded => {}
            State::Other => continue,
            State::Unread => {
                unread += 1;
                continue;
            }
        }
        let when = package.moment.when(order);
        ambiguous += u64::from(matches!(when, When::Ambiguous { .. }));
        let (at, host, source) = (context.at(&package.place), package.host.clone(), UpdateSource::HotfixList);
        match update {
            Update::Kb(kb) if known.insert((kb.clone(), when)) => {
                records.push(Record::Update(Box::new(InstalledUpdate { at, host, kb, when, source })));
            }
            Update::Kb(_) => {}
            Update::Build(build, revision) => {
                if package.state == State::Installed && newest.is_none_or(|(_, b, r)| (b, r) < (build, revision)) {
                    newest = Some((package, build, revision));
                }
                records.push(Record::Build(Box::new(InstalledBuild { at, host, build, revision, when, source })));
            }
        }
    }
    if let Some((package, build, revision)) = newest {
        records.push(Record::Os(Box::new(Os {
            at: context.at(&package.place),
            host: package.host.clone(),
            caption: Tri::NOT_EXPORTED,
            build: Tri::Known(build),
            revision: Tri::Known(revision),
            domain: Tri::NOT_EXPORTED,
            booted: Tri::NOT_EXPORTED,
        })));
    }
    if unread > 0 {
        let what = "the state of packages is not shown, or in a language that is not known: dism /english prints it";
        context.problem("", what, count(unread, "update"));
    }
    if ambiguous > 0 {
        context.problem("", format!("day and month can't be told apart in {}", count(ambiguous, "row")), "");
    }
    records
}

/// Reads CBS.log; `None` if it is none. A package counts as installed where its change to that state was completed without
/// an error, restarts included.
pub(super) fn log(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    text.lines().take(LINES_BEFORE_LOG).find(|l| SERVICING.is_match(l))?;
    let mut records = Vec::new();
    let mut known = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((before, completed)) = line.split_once(COMPLETED) else { continue };
        let mut parts = completed.split(", ");
        let Some(update) = parts.next().and_then(update) else { continue };
        let is = |name: &str, wanted: &str| {
            parts.clone().find_map(|p| p.strip_prefix(name)).is_some_and(|v| v.eq_ignore_ascii_case(wanted))
        };
        let done = is("current: ", "Installed") && is("target: ", "Installed") && is("status: ", "0x0");
        if !done || is("original: ", "Installed") {
            continue;
        }
        let time = SERVICING.captures(before).and_then(|c| c[1].replace(' ', "T").parse().ok());
        let when = time.map_or(When::Unknown, When::Local);
        let (at, host, source) = (context.at(&format!(":{number}")), None, UpdateSource::History);
        match update {
            Update::Kb(kb) if known.insert((kb.clone(), when)) => {
                records.push(Record::Update(Box::new(InstalledUpdate { at, host, kb, when, source })));
            }
            Update::Kb(_) => {}
            Update::Build(build, revision) => {
                records.push(Record::Build(Box::new(InstalledBuild { at, host, build, revision, when, source })));
            }
        }
    }
    Some(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    #[test]
    fn identities() {
        let of = |identity: &str| match update(identity) {
            Some(Update::Kb(kb)) => kb,
            Some(Update::Build(build, revision)) => format!("{build}.{revision}"),
            None => "-".to_owned(),
        };
        assert_eq!(of("Package_for_KB5034129~31bf3856ad364e35~amd64~~20348.2322.1.8"), "KB5034129");
        assert_eq!(of("Package_2_for_KB2919355~31bf3856ad364e35~amd64~~6.3.1.14"), "KB2919355");
        assert_eq!(of("Package_for_KB4589208_RTM~31bf3856ad364e35~amd64~~10.0.1.0"), "KB4589208");
        assert_eq!(of("Package_for_RollupFix~31bf3856ad364e35~amd64~~20348.2322.1.8"), "20348.2322");
        assert_eq!(of("Package_for_ServicingStack_2322~31bf3856ad364e35~amd64~~20348.2322.1.1"), "-");
        assert_eq!(of("Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.20348.1"), "-");
    }

    #[test]
    fn a_log_shows_what_was_completed() {
        let line = |package: &str, end: &str| {
            format!(
                "2024-02-14 03:12:11, Info                  CBS    Reporting package change completion for package: \
                 {package}, {end}, failure source: Not a failure, failure details: \"(null)\", client id: \
                 WindowsUpdateAgent, initiated offline: False\n"
            )
        };
        let kb = |n: u32| format!("Package_for_KB{n}~31bf3856ad364e35~amd64~~10.0.1.1");
        let done = "current: Installed, original: Staged, target: Installed, status: 0x0";
        let text = [
            line("Package_for_RollupFix~31bf3856ad364e35~amd64~~20348.2322.1.8", done),
            line(&kb(5_034_129), done),
            line(&kb(5_000_001), &done.replace("0x0", "0x800f0922")),
            line(&kb(5_000_002), &done.replace("current: Installed", "current: Install Pending")),
            line(&kb(5_000_003), "current: Absent, original: Installed, target: Absent, status: 0x0"),
            line(&kb(5_000_004), &done.replace("Staged", "Installed")),
        ];
        let limits = Limits::default();
        let records = log(&text.concat(), &mut Context::new("CBS.log", &limits)).unwrap();
        let [Record::Build(build), Record::Update(update)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((build.build, build.revision), (20348, 2322));
        assert_eq!((update.kb.as_str(), update.at.place.to_string().as_str()), ("KB5034129", ":2"));
        assert_eq!(update.when, When::Local("2024-02-14T03:12:11".parse().unwrap()));
        assert!(log("2024-02-14 03:12:11, Info DISM x\n", &mut Context::new("x", &limits)).is_none());
    }
}
