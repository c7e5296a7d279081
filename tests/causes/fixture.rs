//! A fixture of a cause: its shape in TOML, and the case it describes. `fixtures/causes/README.md` explains it.

use crate::diagnosing::{AUDITING, VMMS, VMMS_ADMIN, log, read_files};
use delegap::model::{Diagnosis, Time};
use delegap_testkit::case::{
    Authentication, Case, Channel, Delegation, DirectoryFormat, DumpFormat, Ending, Group, Host, Initiator, Move, Os,
    Role, Update, User,
};
use delegap_testkit::record::{EventSpec, Payload, Value};
use delegap_testkit::scenarios::{DOMAIN, standalone_pool};
use serde::Deserialize;
use std::collections::BTreeMap;

/// All cases of one cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixtureFile {
    pub case: Vec<Fixture>,
}

/// One case.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fixture {
    pub kind: String,
    pub name: String,
    hosts: Option<usize>,
    os: Option<String>,
    authentication: Option<String>,
    delegation: Option<String>,
    cluster: Option<String>,
    without: Vec<String>,
    pub stall: Option<[u8; 2]>,
    pub moves: Vec<Moved>,
    host: BTreeMap<String, HostChange>,
    user: Vec<Person>,
    event: Vec<Logged>,
    file: Vec<Document>,
    pub expect: Expect,
}

/// What the diagnosis has to say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    pub check: Option<String>,
    pub confidence: Option<String>,
    pub attempts: Option<Vec<String>>,
    pub primary: Option<String>,
    pub is_delegation: Option<bool>,
    pub severity: Option<String>,
    pub says: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    vm: String,
    from: String,
    to: String,
    at: String,
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    user: Option<String>,
    pub ending: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HostChange {
    os: Option<String>,
    authentication: Option<String>,
    delegation: Option<String>,
    services: Option<Vec<String>>,
    any_protocol: Option<bool>,
    spns: Option<Vec<String>>,
    allowed_to_act: Option<Vec<String>>,
    ahead: Option<i64>,
    updates: Option<Vec<Installed>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Installed {
    kb: String,
    day: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    name: String,
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    groups: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Logged {
    host: String,
    provider: String,
    channel: String,
    id: u16,
    at: String,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    data: Vec<(String, String)>,
    user_sid: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    path: String,
    text: String,
}

impl Fixture {
    /// True if every failed move of the case is one that the test kit wrote: the counts must then agree.
    pub fn events_replace_moves(&self) -> bool {
        !self.event.iter().any(|e| e.provider.starts_with("Microsoft-Windows-Hyper-V"))
            && !self.without.iter().any(|w| w.starts_with("logs"))
    }

    fn case(&self) -> Case {
        let count = self.hosts.unwrap_or(3);
        let names: Vec<String> = (1..=count).map(|n| format!("HV{n:02}")).collect();
        let os = os_of(self.os.as_deref().unwrap_or("2022"));
        let kind = self.delegation.as_deref().unwrap_or("complete");
        let delegations = names.iter().map(|n| delegation(kind, n, &names)).collect();
        let mut case = standalone_pool(os, delegations);
        case.cluster = self.cluster.clone();
        case.exports.cluster = self.cluster.is_some().then_some(DumpFormat::Json51);
        case.exports.directory = Some(DirectoryFormat::Json7);
        case.exports.accounts = Some(DumpFormat::Json7);
        case.exports.channels =
            vec![Channel::Vmms, Channel::HighAvailability, Channel::Worker, Channel::System, Channel::Security];
        for host in case.hosts.iter_mut().filter(|h| h.role == Role::HyperV) {
            if let Some(text) = &self.authentication {
                host.authentication = authentication(text);
            }
        }
        for (name, change) in &self.host {
            change.apply(case.host_mut(name), &names);
        }
        for person in &self.user {
            case.users.retain(|u| u.name != person.name);
            let changed = case.logs_from;
            case.users.push(User {
                name: person.name.clone(),
                sensitive: person.sensitive,
                member_of: person.groups.clone(),
                changed,
            });
            for group in &person.groups {
                match case.groups.iter_mut().find(|g| g.name == *group) {
                    Some(group) => group.members.push(person.name.clone()),
                    None => case.groups.push(Group { name: group.clone(), members: vec![person.name.clone()] }),
                }
            }
        }
        case.moves = self.moves.iter().filter(|m| m.ending != BARE).map(Moved::to_move).collect();
        for what in &self.without {
            match what.as_str() {
                "directory" => case.exports.directory = None,
                "vm-hosts" => case.exports.vm_hosts = None,
                "updates" => case.exports.updates = None,
                "cluster" => case.exports.cluster = None,
                "accounts" => case.exports.accounts = None,
                "logs" => case.exports.channels.clear(),
                other => match other.strip_prefix("logs:") {
                    Some(host) => case.exports.without_logs_of.push(host.to_owned()),
                    None => panic!("unknown export {other:?}"),
                },
            }
        }
        case
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = self.case().input_files();
        let mut by_host: BTreeMap<&str, Vec<EventSpec>> = BTreeMap::new();
        for (number, event) in self.event.iter().enumerate() {
            by_host.entry(&event.host).or_default().push(event.to_spec(number));
        }
        for (number, moved) in self.moves.iter().enumerate().filter(|(_, m)| m.ending == BARE) {
            by_host.entry(&moved.from).or_default().extend(moved.to_bare_failure(number));
        }
        for (number, moved) in self.moves.iter().enumerate() {
            by_host.entry(&moved.from).or_default().extend(moved.to_logon(number));
        }
        for (host, mut events) in by_host {
            events.sort_by_key(|e| e.time);
            files.insert(format!("{host}/more.evtx"), log(events));
        }
        files.extend(self.file.iter().map(|f| (f.path.clone(), f.text.clone().into_bytes())));
        files
    }
}

/// What is read of a fixture's files, and what its customer says.
pub fn read(fixture: &Fixture) -> delegap::model::Case {
    let mut case = read_files(&fixture.files());
    case.testimony.stall = fixture.stall.map(|[from, to]| (from, to));
    case
}

/// Diagnoses a fixture.
pub fn diagnose(fixture: &Fixture) -> Diagnosis {
    delegap_engine::diagnose(read(fixture))
}

impl HostChange {
    fn apply(&self, host: &mut Host, names: &[String]) {
        if let Some(text) = &self.os {
            host.os = os_of(text);
        }
        if let Some(text) = &self.authentication {
            host.authentication = authentication(text);
        }
        if let Some(kind) = &self.delegation {
            host.delegation = delegation(kind, &host.name, names);
        }
        if let Some(services) = &self.services {
            host.delegation.services = services.clone();
        }
        if let Some(on) = self.any_protocol {
            host.delegation.any_protocol = on;
        }
        if let Some(spns) = &self.spns {
            host.spns = Some(spns.clone());
        }
        if let Some(who) = &self.allowed_to_act {
            host.allowed_to_act = who.clone();
        }
        if let Some(seconds) = self.ahead {
            host.clock_ahead = chrono::TimeDelta::seconds(seconds);
        }
        if let Some(updates) = &self.updates {
            host.updates = updates.iter().map(|u| Update::security(&u.kb, u.day.parse().expect("a day"))).collect();
        }
    }
}

/// The ending of a move that fails and gives no reason.
const BARE: &str = "bare";

impl Moved {
    /// Its start and, six seconds later, its failure, as the source's management service logs them.
    fn to_bare_failure(&self, number: usize) -> [EventSpec; 2] {
        let start = time(&self.at);
        let id = delegap_testkit::case::names::vm_id_text(&self.vm);
        let event = |id: u16, offset: i64, fields: [&str; 3]| {
            let computer = format!("{}.{DOMAIN}", self.from);
            let at = start + chrono::TimeDelta::seconds(offset);
            let mut event = EventSpec::new(VMMS, id, VMMS_ADMIN, &computer, at);
            event.record_id = Some(810_000 + 2 * number as u64 + u64::from(offset > 0));
            event.payload = vml_event_log(&fields.map(str::to_owned));
            event
        };
        [event(20413, 0, [&self.vm, &id, &self.to]), event(21024, 6, [&self.vm, &id, &self.from])]
    }

    /// The logon on the source with which someone started it, if the fixture names who.
    fn to_logon(&self, number: usize) -> Option<EventSpec> {
        let user = self.user.as_deref()?;
        let (kind, address) = if self.by.as_deref() == Some("local") { ("2", "127.0.0.1") } else { ("3", "10.20.9.9") };
        let at = time(&self.at) - chrono::TimeDelta::seconds(3);
        let mut event = EventSpec::new(AUDITING, 4624, "Security", &format!("{}.{DOMAIN}", self.from), at);
        event.record_id = Some(820_000 + number as u64);
        let fields = [
            ("TargetUserSid", "S-1-5-21-1004336348-1177238915-682003330-1105"),
            ("TargetUserName", user),
            ("LogonType", kind),
            ("IpAddress", address),
        ];
        event.payload =
            Payload::EventData(fields.into_iter().map(|(n, v)| (Some(n.to_owned()), Value::from(v))).collect());
        Some(event)
    }

    fn to_move(&self) -> Move {
        let by = match self.by.as_deref().unwrap_or("remote") {
            "remote" => Initiator::Remote,
            "local" => Initiator::Local,
            "cluster" => Initiator::Cluster,
            other => panic!("unknown initiator {other:?}"),
        };
        let (name, code) = match self.ending.split_once(':') {
            Some((name, code)) => (name, Some(code)),
            None => (self.ending.as_str(), None),
        };
        let code = code.map(|c| u32::from_str_radix(c.trim_start_matches("0x"), 16).expect("a code"));
        let ending = match (name, code) {
            ("completed", None) => Ending::Completed,
            ("no-credentials", code) => Ending::NoCredentials(code.unwrap_or(0x8009_030e)),
            ("credssp-policy", None) => Ending::CredSspPolicy,
            ("connect", Some(code)) => Ending::Connect(code),
            ("refused-by-destination", Some(code)) => Ending::RefusedByDestination(code),
            ("denied", Some(code)) => Ending::DeniedByDestination(code),
            ("transfer-lost", Some(code)) => Ending::TransferLost(code),
            ("switch-missing", None) => Ending::SwitchMissing,
            ("processor-incompatible", None) => Ending::ProcessorIncompatible,
            ("memory-short", None) => Ending::MemoryShort,
            ("logon-right-missing", None) => Ending::LogonRightMissing,
            other => panic!("unknown ending {other:?}"),
        };
        Move::new(&self.vm, &self.from, &self.to, time(&self.at), by, ending)
    }
}

impl Logged {
    fn to_spec(&self, number: usize) -> EventSpec {
        let computer = if self.host.contains('.') { self.host.clone() } else { format!("{}.{DOMAIN}", self.host) };
        let mut event = EventSpec::new(&self.provider, self.id, &self.channel, &computer, time(&self.at));
        event.record_id = Some(800_000 + number as u64);
        event.user_sid = self.user_sid.as_deref().and_then(delegap::model::Sid::parse);
        let hyper_v = self.provider.starts_with("Microsoft-Windows-Hyper-V");
        event.payload = if !self.data.is_empty() {
            Payload::EventData(self.data.iter().map(|(n, v)| (Some(n.clone()), Value::from(v.as_str()))).collect())
        } else if hyper_v {
            vml_event_log(&self.values)
        } else {
            Payload::EventData(self.values.iter().map(|v| (None, Value::from(v.as_str()))).collect())
        };
        event
    }
}

/// How Hyper-V's providers write values.
fn vml_event_log(values: &[String]) -> Payload {
    let fields = values.iter().enumerate();
    Payload::UserData {
        element: "VmlEventLog".into(),
        xmlns: "http://www.microsoft.com/Windows/Virtualization/Events".into(),
        fields: fields.map(|(i, v)| (format!("Parameter{i}"), Value::from(v.as_str()))).collect(),
    }
}

fn time(text: &str) -> Time {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn os_of(text: &str) -> Os {
    match text {
        "2012r2" => Os::W2012R2,
        "2016" => Os::W2016,
        "2019" => Os::W2019,
        "2022" => Os::W2022,
        "2025" => Os::W2025,
        other => panic!("unknown system {other:?}"),
    }
}

fn authentication(text: &str) -> Authentication {
    match text {
        "kerberos" => Authentication::Kerberos,
        "credssp" => Authentication::CredSsp,
        other => panic!("unknown authentication {other:?}"),
    }
}

fn delegation(kind: &str, own: &str, names: &[String]) -> Delegation {
    let peers: Vec<&str> = names.iter().map(String::as_str).filter(|n| *n != own).collect();
    let complete = Delegation::complete(DOMAIN, &peers);
    match kind {
        "complete" => complete,
        "kerberos-only" => complete.kerberos_only(),
        "none" => Delegation::none(),
        "unconstrained" => Delegation::unconstrained(),
        "files-only" => {
            let services = complete.services.into_iter().filter(|s| s.starts_with("cifs/")).collect();
            Delegation { services, any_protocol: true, unconstrained: false }
        }
        other => panic!("unknown delegation {other:?}"),
    }
}
