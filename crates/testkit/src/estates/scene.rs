//! What both hosts, the cluster and the domain controllers log of one move.
//!
//! The order is VMMS's own: start, connection, authentication, planned virtual machine, compatibility, transfer,
//! registration. A failed move ends with 21024 on the source; a move of the cluster service has High-Availability's
//! envelope on top, whose text is made of the sentences of the events below it.

use super::audit::{self, Logon, Ticket};
use super::dice::Dice;
use super::faults;
use super::log::{self, ERROR, Fields, INFORMATION, and};
use super::moves::{Ending, Move};
use super::sentences::sentence;
use super::world::{Entry, HostId, Time, World};
use crate::case::events::{error_fields, vm_fields, vml};
use crate::case::{Authentication, Initiator, Os, Payloads, names};
use chrono::TimeDelta;

/// All events of a move.
pub(super) fn events(w: &World, m: &Move, d: &mut Dice) -> Vec<Entry> {
    let mut out = initiator(w, m, d);
    match m.ending {
        Ending::Completed => out.extend(completed(w, m, d)),
        Ending::Unfinished => out.push(started(w, m, w.name(m.to))),
        Ending::Failed(fault) => {
            let fault = &w.faults[fault];
            let mut scene = Scene::new(w, m, d);
            faults::write(fault, &mut scene);
            out.extend(scene.finish());
        }
    }
    out
}

/// 20413: the source begins a live migration.
fn started(w: &World, m: &Move, destination: &str) -> Entry {
    log::vmms(w, m.from, m.at, 20413, INFORMATION, &and(vm_fields(&m.vm), &[("DestinationHost", destination)]))
}

/// Who starts it: a network logon seconds before, a session on the source, or the cluster service's own notice.
fn initiator(w: &World, m: &Move, d: &mut Dice) -> Vec<Entry> {
    let session = 0x10_0000 + (m.at.timestamp_millis() as u64 & 0xff_ffff);
    match m.by {
        Initiator::Remote => {
            let logon = Logon::of_user(w, m.user, 3, &w.workstation);
            let at = m.at - TimeDelta::milliseconds(d.range(300, 2_500));
            let off = at + TimeDelta::seconds(d.range(70, 400));
            vec![audit::logged_on(w, m.from, at, &logon, session), audit::logged_off(w, m.from, off, &logon, session)]
        }
        Initiator::Local => {
            let console = d.chance(25);
            let address = if console { "127.0.0.1" } else { w.workstation.as_str() };
            let logon = Logon::of_user(w, m.user, if console { 2 } else { 10 }, address);
            let at = m.at - TimeDelta::seconds(d.range(60, 1_500));
            let off = m.at + TimeDelta::seconds(d.range(300, 2_400));
            vec![audit::logged_on(w, m.from, at, &logon, session), audit::logged_off(w, m.from, off, &logon, session)]
        }
        Initiator::Cluster => {
            let fields = vec![
                ("ResourceGroup", m.vm.clone()),
                ("SourceNode", w.name(m.from).to_owned()),
                ("DestinationNode", w.name(m.to).to_owned()),
            ];
            vec![log::clustering(
                w,
                m.from,
                m.at - TimeDelta::milliseconds(d.range(80, 600)),
                1641,
                INFORMATION,
                &fields,
            )]
        }
    }
}

/// 20415 or 20417 on the source, 18304 and 20418 on the destination, and the ticket that made it possible.
fn completed(w: &World, m: &Move, d: &mut Dice) -> Vec<Entry> {
    let end = m.at + TimeDelta::milliseconds(d.range(9_000, 55_000));
    let slow = d.chance(8);
    let seconds = if slow { "7.4" } else { "0.8" };
    let mut out = vec![
        started(w, m, w.name(m.to)),
        log::vmms(
            w,
            m.from,
            end,
            if slow { 20417 } else { 20415 },
            if slow { log::WARNING } else { INFORMATION },
            &and(vm_fields(&m.vm), &[("BlackoutTime", seconds)]),
        ),
        log::vmms(
            w,
            m.to,
            end + TimeDelta::milliseconds(60),
            20418,
            INFORMATION,
            &and(vm_fields(&m.vm), &[("SourceIpAddress", w.address(m.from))]),
        ),
    ];
    // VM state events have named values whatever the migration events have.
    let (host, mut realized) =
        log::vmms(w, m.to, end - TimeDelta::milliseconds(450), 18304, INFORMATION, &vm_fields(&m.vm));
    realized.payload = vml(&vm_fields(&m.vm), Payloads::Named);
    out.push((host, realized));
    if m.by == Initiator::Cluster && w.os(m.from) == Os::W2012R2 {
        let fields = |_| vec![("VmId", names::vm_id_text(&m.vm)), ("ResourceName", resource(m))];
        let notices = [(22501, m.from, m.at), (22502, m.to, m.at), (22503, m.from, end), (22504, m.to, end)];
        out.extend(notices.map(|(id, host, at)| log::high_availability(w, host, at, id, INFORMATION, &fields(id))));
    }
    if w.machines[m.from].base.authentication == Authentication::Kerberos {
        let through = format!("{}$@{}", w.name(m.from), w.realm(m.from));
        let (account, through) = if m.by == Initiator::Remote {
            (format!("{}@{}", w.users[m.user].name, w.realm(m.from)), through.as_str())
        } else {
            (through.clone(), "-")
        };
        let service = format!("{}$", w.name(m.to));
        let ticket = Ticket { account: &account, service: &service, address: w.address(m.from), status: 0, through };
        out.push(audit::service_ticket(w, w.controller(m.from), m.at + TimeDelta::milliseconds(350), &ticket));
        let logon = Logon {
            account: &w.users[m.user].name,
            sid: names::account_sid(&w.users[m.user].name),
            kind: 3,
            package: "Kerberos",
            address: w.address(m.from),
            through,
        };
        if m.by == Initiator::Remote {
            out.push(audit::logged_on(w, m.to, m.at + TimeDelta::milliseconds(400), &logon, 0x77_1234));
        }
    }
    out
}

fn resource(m: &Move) -> String {
    format!("Virtual Machine {}", m.vm)
}

/// The failure of a move while it is being written.
pub(super) struct Scene<'a> {
    pub w: &'a World,
    pub m: &'a Move,
    pub d: &'a mut Dice,
    /// When the source gives up.
    pub end: Time,
    /// The name by which the destination was asked for.
    pub destination: String,
    /// The side named in the envelope is the destination.
    pub at_destination: bool,
    /// The envelope's id up to 2012 R2 is 22505; later one of 21500 to 21503.
    pub envelope: u16,
    reasons: Vec<Entry>,
    others: Vec<Entry>,
    sentences: Vec<String>,
}

impl<'a> Scene<'a> {
    fn new(w: &'a World, m: &'a Move, d: &'a mut Dice) -> Self {
        Scene {
            w,
            m,
            end: m.at + TimeDelta::milliseconds(d.range(700, 2_600)),
            d,
            destination: w.name(m.to).to_owned(),
            at_destination: false,
            envelope: 21502,
            reasons: Vec::new(),
            others: Vec::new(),
            sentences: Vec::new(),
        }
    }

    /// The move gets so far before it fails.
    pub fn lasts(&mut self, from_ms: i64, to_ms: i64) {
        self.end = self.m.at + TimeDelta::milliseconds(self.d.range(from_ms, to_ms));
    }

    /// A moment before the end.
    pub fn before(&self, ms: i64) -> Time {
        self.end - TimeDelta::milliseconds(ms)
    }

    /// The next of the source's reasons.
    pub fn source(&mut self, id: u16, fields: Fields) {
        self.reason(self.m.from, id, fields);
    }

    /// The next of the destination's reasons.
    pub fn destination(&mut self, id: u16, fields: Fields) {
        self.reason(self.m.to, id, fields);
    }

    fn reason(&mut self, host: HostId, id: u16, fields: Fields) {
        let at = self.before(95 - 3 * self.reasons.len() as i64);
        self.sentences.push(sentence(self.w, self.m, id, &fields));
        self.reasons.push(log::vmms(self.w, host, at, id, ERROR, &fields));
    }

    /// The destination's worker process says why.
    pub fn worker(&mut self, host: HostId, id: u16, fields: Fields) {
        let at = self.before(180);
        self.sentences.push(sentence(self.w, self.m, id, &fields));
        self.others.push(log::worker(self.w, host, at, id, ERROR, &self.m.vm, &fields));
    }

    /// A sentence that no event of VMMS stands for.
    pub fn say(&mut self, text: String) {
        self.sentences.push(text);
    }

    /// An event of any other provider.
    pub fn also(&mut self, entry: Entry) {
        self.others.push(entry);
    }

    /// 20306: no connection to the destination, with this code.
    pub fn no_connection(&mut self, code: u32) {
        let host = self.destination.clone();
        self.source(20306, and(error_fields(code), &[("Host", &host)]));
    }

    /// 20306 with a refusal of credentials and, as the long text, 20309.
    pub fn no_credentials(&mut self, code: u32) {
        self.no_connection(code);
        let id = self.d.pick(&[20309, 20309, 20309, 20309, 20308]);
        self.source(id, vec![]);
    }

    /// 4769 on the domain controller: the source asked for a ticket and got none.
    pub fn ticket_refused(&mut self, service: &str, status: u32) {
        let w = self.w;
        let account = format!("{}$@{}", w.name(self.m.from), w.realm(self.m.from));
        let ticket = Ticket { account: &account, service, address: w.address(self.m.from), status, through: "-" };
        let early = self.d.range(120, 420);
        let at = self.before(early);
        self.also(audit::service_ticket(w, w.controller(self.m.from), at, &ticket));
    }

    /// Security-Kerberos 3 on the source: the error that the domain controller answered with.
    pub fn kerberos_error(&mut self, target: &str, code: &str, extended: &str) {
        let w = self.w;
        let realm = w.realm(self.m.from);
        let at = self.before(110);
        let fields = vec![
            ("LogonSession", String::new()),
            ("ClientTime", String::new()),
            ("ServerTime", at.format("%-H:%M:%S.0000 %-m/%-d/%Y Z").to_string()),
            ("ErrorCode", code.split(' ').next().unwrap_or_default().to_owned()),
            ("ErrorMessage", code.split(' ').nth(1).unwrap_or_default().to_owned()),
            ("ExtendedError", extended.to_owned()),
            ("ClientRealm", String::new()),
            ("ClientName", String::new()),
            ("ServerRealm", realm.clone()),
            ("ServerName", target.to_owned()),
            ("TargetName", format!("{target}@{realm}")),
            ("ErrorText", String::new()),
            ("File", "onecore\\ds\\security\\protocols\\kerberos\\client2\\kerbtick.cxx".to_owned()),
            ("Line", "1287".to_owned()),
        ];
        self.also(log::kerberos(w, self.m.from, at, 3, &fields));
    }

    /// The migration service of the destination, by one of its two names.
    pub fn requested_spn(&mut self) -> String {
        let [short, full] = self.w.migration_spns(self.m.to);
        if self.d.chance(50) { short } else { full }
    }

    fn finish(self) -> Vec<Entry> {
        let (w, m, end) = (self.w, self.m, self.end);
        let by_cluster = m.by == Initiator::Cluster;
        let mut out = vec![started(w, m, &self.destination)];
        out.extend(self.reasons);
        out.extend(self.others);
        let names = and(vm_fields(&m.vm), &[("SourceHost", w.name(m.from))]);
        out.push(log::vmms(w, m.from, end, 21024, ERROR, &names));
        if by_cluster {
            let mut sides = vec![m.from];
            if self.d.chance(20) {
                sides.push(m.to);
            }
            let text = envelope_text(w, m, self.at_destination, &self.sentences);
            for host in sides {
                let id = match (w.os_at(m.from, m.at), host == m.from) {
                    (Os::W2012R2, true) => 22505,
                    (Os::W2012R2, false) => 22506,
                    _ => self.envelope,
                };
                let fields =
                    vec![("VmId", names::vm_id_text(&m.vm)), ("ResourceName", resource(m)), ("Message", text.clone())];
                let at = end + TimeDelta::milliseconds(if host == m.from { 120 } else { 340 });
                out.push(log::high_availability(w, host, at, id, ERROR, &fields));
            }
        }
        if m.drain {
            let code = vec![("ResourceGroup", m.vm.clone()), ("ErrorCode", "0x80004005".to_owned())];
            out.push(log::clustering(w, m.from, end + TimeDelta::milliseconds(600), 1137, ERROR, &code));
            let node = vec![("NodeName", w.name(m.from).to_owned())];
            out.push(log::clustering(w, m.from, end + TimeDelta::milliseconds(2_200), 1677, ERROR, &node));
        }
        out
    }
}

fn envelope_text(w: &World, m: &Move, at_destination: bool, sentences: &[String]) -> String {
    let (side, host) = if at_destination { ("destination", w.name(m.to)) } else { ("source", w.name(m.from)) };
    let head = [
        format!("Live migration of '{}' failed.", resource(m)),
        format!(
            "Virtual machine migration operation for '{}' failed at migration {side} '{host}'. (Virtual machine ID {})",
            m.vm,
            names::vm_id_text(&m.vm)
        ),
    ];
    head.into_iter().chain(sentences.iter().cloned()).collect::<Vec<_>>().join("\r\n\r\n")
}
