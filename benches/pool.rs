//! A large pool as records: what a case of many hosts looks like to the engine, without any file.

use chrono::{DateTime, TimeDelta};
use delegap::model::{
    AuthenticationType, Case, Computer, Cover, Event, InputSummary, Kind, Record, SourceRef, Spn, Time, Tri, VmHost,
};
use std::sync::Arc;

/// Hosts of the pool: 4,032 ordered pairs.
pub const HOSTS: usize = 64;
/// Every so many moves one fails.
const FAILS: usize = 4;
/// The source that lacks its entries.
const GAP: usize = 7;

/// Moves round the pool, a quarter of which fail: those out of one source for want of delegation, the rest for a port that
/// is closed.
pub fn pool(moves: usize) -> Case {
    let mut case = Case::default();
    let start = DateTime::from_timestamp(1_790_000_000, 0).expect("a time");
    let apart = TimeDelta::milliseconds(60 * 86_400_000 / i64::try_from(moves.max(1)).expect("a count"));
    let end = start + TimeDelta::days(60);
    for host in 0..HOSTS {
        directory(&mut case, host);
        for (channel, file) in [(VMMS_CHANNEL, "vmms"), ("System", "system"), ("Security", "security")] {
            let mut input = InputSummary::new(format!("{}/{file}.evtx", name(host)), Kind::Evtx);
            input.covers.push(Cover { host: full(host), channel: channel.into(), from: start, to: end });
            case.inputs.push(input);
        }
    }
    let names = Names::new();
    let mut log = Log { names: &names, records: &mut case.records, sequence: 0 };
    for number in 0..moves {
        let at = start + apart * i32::try_from(number).expect("a count");
        log.write(number, at);
    }
    case
}

fn name(host: usize) -> String {
    format!("HV{host:03}")
}

fn full(host: usize) -> String {
    format!("hv{host:03}.contoso.lab")
}

fn directory(case: &mut Case, host: usize) {
    let place = |file: &str| SourceRef::new(file, format!(":{}", host + 2));
    let mut computer = Computer::named(place("computers.csv"), name(host));
    computer.dns_host_name = Tri::Known(full(host));
    computer.distinguished_name = Tri::Known(format!("CN={},CN=Computers,DC=contoso,DC=lab", name(host)));
    let entries = |peer: usize| {
        let services = [Spn::MIGRATION, Spn::CIFS];
        services.into_iter().flat_map(move |s| [Spn::of(s, &name(peer)), Spn::of(s, &full(peer))])
    };
    let peers = (0..HOSTS).filter(|peer| *peer != host && host != GAP);
    computer.allowed_to_delegate_to = Tri::list(peers.flat_map(entries).collect());
    computer.service_principal_names =
        Tri::list([name(host), full(host)].iter().map(|n| Spn::of(Spn::MIGRATION, n)).collect());
    computer.trusted_to_auth = Tri::Known(host != GAP);
    computer.trusted_for_delegation = Tri::Known(false);
    computer.enabled = Tri::Known(true);
    computer.allowed_to_act = Tri::KnownEmpty;
    computer.operating_system_version = Tri::Known("10.0 (20348)".into());
    case.records.push(Record::Computer(Box::new(computer)));
    case.records.push(Record::VmHost(Box::new(VmHost {
        at: place("vmhosts.csv"),
        name: name(host),
        fqdn: Some(full(host)),
        migration_enabled: Tri::Known(true),
        authentication_type: Tri::Known(AuthenticationType::Kerberos),
        any_network: Tri::NOT_EXPORTED,
        performance_option: Tri::Known("Compression".into()),
    })));
}

const VMMS_CHANNEL: &str = "Microsoft-Windows-Hyper-V-VMMS-Admin";

/// Texts that every event shares, as a parser shares them.
struct Names {
    provider: Arc<str>,
    channel: Arc<str>,
    hosts: Vec<Arc<str>>,
    files: Vec<Arc<str>>,
    fields: Vec<Arc<str>>,
}

impl Names {
    fn new() -> Names {
        Names {
            provider: "Microsoft-Windows-Hyper-V-VMMS".into(),
            channel: VMMS_CHANNEL.into(),
            hosts: (0..HOSTS).map(|h| full(h).into()).collect(),
            files: (0..HOSTS).map(|h| format!("{}/vmms.evtx", name(h)).into()).collect(),
            fields: (0..4).map(|n| format!("Parameter{n}").into()).collect(),
        }
    }
}

struct Log<'a> {
    names: &'a Names,
    records: &'a mut Vec<Record>,
    sequence: u64,
}

impl Log<'_> {
    fn write(&mut self, number: usize, at: Time) {
        let source = number % HOSTS;
        let destination = (source + 1 + (number / HOSTS) % (HOSTS - 1)) % HOSTS;
        let vm = format!("vm{:04}", number % 2_000);
        let id = format!("{:08X}-0000-4000-8000-000000000001", number % 2_000);
        self.event(source, 20413, at, &[&vm, &id, &full(destination)]);
        let later = |milliseconds| at + TimeDelta::milliseconds(milliseconds);
        if source == GAP || number.is_multiple_of(FAILS) {
            let code = if source == GAP { "0x8009030E" } else { "0x8007274C" };
            self.event(source, 20306, later(900), &[&full(destination), "%%2148074254", code]);
            if source == GAP {
                self.event(source, 20309, later(910), &[]);
            }
            self.event(source, 21024, later(950), &[&vm, &id]);
        } else {
            self.event(source, 20415, later(9_000), &[&vm, &id, "8.1"]);
            self.event(destination, 20418, later(9_100), &[&vm, &id, &format!("10.0.0.{}", source + 1)]);
        }
    }

    fn event(&mut self, host: usize, id: u32, time: Time, values: &[&str]) {
        self.sequence += 1;
        let names = self.names;
        self.records.push(Record::Event(Box::new(Event {
            at: SourceRef { file: names.files[host].clone(), place: format!("#{}", self.sequence).into() },
            provider: names.provider.clone(),
            source_name: None,
            id,
            version: 0,
            level: Some(2),
            time,
            computer: names.hosts[host].clone(),
            channel: names.channel.clone(),
            record_id: self.sequence,
            sequence: self.sequence,
            activity_id: None,
            user_sid: None,
            fields: names.fields.iter().cloned().zip(values).collect(),
            rendering: None,
        })));
    }
}
