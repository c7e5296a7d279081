//! Cases in memory: built, changed, and diagnosed.

use delegap::model::{Confidence, Diagnosis, Outcome, Status, Time};
use delegap_parse::Options;
use delegap_testkit::case::{Case, Delegation, DirectoryFormat, Ending, Initiator, Move, Os};
use delegap_testkit::evtx::LogFile;
use delegap_testkit::record::{EventSpec, Payload, Value};
use delegap_testkit::scenarios::{DOMAIN, at, standalone_pool};
use std::collections::BTreeMap;
use std::sync::Arc;

pub type Answer = (Status, Option<&'static str>, Option<bool>, Option<Confidence>);

pub fn diagnose_files(files: &BTreeMap<String, Vec<u8>>) -> Diagnosis {
    delegap_engine::diagnose(read_files(files))
}

/// [`diagnose_files`] with the stale records of the logs.
pub fn diagnose_recovering(files: &BTreeMap<String, Vec<u8>>) -> Diagnosis {
    delegap_engine::diagnose(read_files_as(files, true))
}

pub fn read_files(files: &BTreeMap<String, Vec<u8>>) -> delegap::model::Case {
    read_files_as(files, false)
}

fn read_files_as(files: &BTreeMap<String, Vec<u8>>, recover: bool) -> delegap::model::Case {
    let options = Options { selection: delegap_engine::selection(), recover, ..Options::default() };
    let mut case = delegap::model::Case::default();
    for (name, bytes) in files {
        let parsed = if delegap_parse::is_evtx(bytes) {
            delegap_parse::read_evtx(name, bytes.as_slice(), &options)
        } else {
            delegap_parse::document(name, bytes, &options)
        };
        case.records.extend(parsed.records);
        case.inputs.push(parsed.summary);
    }
    case
}

pub fn diagnose(case: &Case) -> Diagnosis {
    diagnose_files(&case.input_files())
}

pub fn answer(d: &Diagnosis) -> Answer {
    (d.verdict.status, d.verdict.primary_cause, d.verdict.is_delegation, d.verdict.confidence)
}

/// (VM, source, destination, completed) of every attempt, sorted.
pub fn moves_of(d: &Diagnosis) -> Vec<(String, String, String, bool)> {
    let mut moves: Vec<_> = d
        .attempts
        .iter()
        .map(|a| {
            let text = |t: &Option<Arc<str>>| t.as_deref().unwrap_or("?").to_owned();
            (text(&a.vm_name), text(&a.source), text(&a.destination), a.outcome == Outcome::Completed)
        })
        .collect();
    moves.sort();
    moves
}

pub fn moves_made(case: &Case) -> Vec<(String, String, String, bool)> {
    let made = |m: &Move| (m.vm.clone(), m.from.clone(), m.to.clone(), m.ending == Ending::Completed);
    let mut moves: Vec<_> = case.moves.iter().map(made).collect();
    moves.sort();
    moves
}

/// Three standalone hosts with complete delegation, one VM's move changed.
pub fn one_failure(ending: Ending) -> Case {
    let peers = |own: &str| {
        let others: Vec<&str> = ["HV01", "HV02", "HV03"].into_iter().filter(|h| *h != own).collect();
        Delegation::complete(DOMAIN, &others)
    };
    let mut case = standalone_pool(Os::W2022, ["HV01", "HV02", "HV03"].map(peers).to_vec());
    case.moves = vec![Move::new("app01", "HV01", "HV02", at(11, 10, 9, 0), Initiator::Remote, ending)];
    case
}

pub fn without_delegation(mut case: Case) -> Case {
    for host in ["HV01", "HV02", "HV03"] {
        case.host_mut(host).delegation = Delegation::none();
    }
    case
}

pub const VMMS: &str = "Microsoft-Windows-Hyper-V-VMMS";
pub const VMMS_ADMIN: &str = "Microsoft-Windows-Hyper-V-VMMS-Admin";
pub const AUDITING: &str = "Microsoft-Windows-Security-Auditing";

/// A log with further events, to lie beside a case's own.
pub fn log(events: Vec<EventSpec>) -> Vec<u8> {
    let mut log = LogFile::new();
    log.extend(events);
    log.to_bytes()
}

pub fn host_event(id: u16, host: &str, time: Time, values: &[&str]) -> EventSpec {
    let mut event = EventSpec::new(VMMS, id, VMMS_ADMIN, &format!("{host}.{DOMAIN}"), time);
    let fields = values.iter().enumerate().map(|(i, v)| (format!("Parameter{i}"), Value::from(*v))).collect();
    let xmlns = "http://www.microsoft.com/Windows/Virtualization/Events".to_owned();
    event.payload = Payload::UserData { element: "VmlEventLog".into(), xmlns, fields };
    event.record_id = Some(900_000 + u64::from(id));
    event
}

pub fn audit(id: u16, host: &str, time: Time, data: &[(&str, &str)]) -> EventSpec {
    let mut event = EventSpec::new(AUDITING, id, "Security", &format!("{host}.{DOMAIN}"), time);
    event.payload = Payload::EventData(data.iter().map(|(n, v)| (Some((*n).to_owned()), Value::from(*v))).collect());
    event
}

/// The case with more files.
pub fn diagnose_with(case: &Case, extra: &[(&str, Vec<u8>)]) -> Diagnosis {
    let mut files = case.input_files();
    files.extend(extra.iter().map(|(n, b)| ((*n).to_owned(), b.clone())));
    diagnose_files(&files)
}

pub fn services(list: &[&str], any_protocol: bool) -> Delegation {
    Delegation { services: list.iter().map(|s| (*s).to_owned()).collect(), any_protocol, unconstrained: false }
}

/// The case's files with one computer object of a JSON export changed.
pub fn with_computer(case: &Case, name: &str, change: impl Fn(&mut serde_json::Value)) -> BTreeMap<String, Vec<u8>> {
    let mut case = case.clone();
    case.exports.directory = Some(DirectoryFormat::Json7);
    let mut files = case.input_files();
    let mut objects: Vec<serde_json::Value> = serde_json::from_slice(&files["computers.json"]).unwrap();
    let object = objects.iter_mut().find(|o| o["Name"] == name).expect("the export holds the computer");
    change(object);
    files.insert("computers.json".into(), serde_json::to_vec(&objects).unwrap());
    files
}
