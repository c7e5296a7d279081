//! What each input of a case tells, fact by fact.

use crate::diagnose::named_inputs;
use crate::estate::Estate;
use crate::knowledge::cluster_tests;
use crate::threads::Threads;
use delegap_model::{Answer, Case, Event, InspectedInput, Inspection, Record, Tri, When, Why};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Looks at the inputs of a case one by one. A host that only a path names is looked for among the hosts of all of them.
pub fn inspect(case: Case) -> Inspection {
    let mut tallies: BTreeMap<Arc<str>, Tally> = BTreeMap::new();
    for record in &case.records {
        let file = &record.at().file;
        if !tallies.contains_key(file) {
            tallies.insert(Arc::clone(file), Tally::default());
        }
        if let Some(tally) = tallies.get_mut(file) {
            tally.record(record);
        }
    }
    let mut inputs: Vec<InspectedInput> = named_inputs(&Estate::new(case, Threads::new(NonZeroUsize::MIN)))
        .into_iter()
        .map(|summary| {
            let answers = tallies.remove(summary.path.as_str()).unwrap_or_default().answers();
            InspectedInput { summary, answers }
        })
        .collect();
    inputs.sort_by(|a, b| a.summary.path.cmp(&b.summary.path));
    Inspection { inputs }
}

/// The facts of a file in the order in which they were met first, which is that of [`Tally::record`].
#[derive(Default)]
struct Tally(Vec<(Answer, BTreeMap<String, u64>)>);

impl Tally {
    fn answers(self) -> Vec<Answer> {
        let reasons =
            |(answer, why): (Answer, BTreeMap<String, u64>)| Answer { not_told: why.into_iter().collect(), ..answer };
        self.0.into_iter().map(reasons).collect()
    }

    fn slot(&mut self, about: &'static str, fact: &'static str) -> &mut (Answer, BTreeMap<String, u64>) {
        let place = self.0.iter().position(|(a, _)| a.fact == fact && a.about == about);
        let place = place.unwrap_or_else(|| {
            let answer = Answer { fact, about, told: 0, not_told: Vec::new() };
            self.0.push((answer, BTreeMap::new()));
            self.0.len() - 1
        });
        &mut self.0[place]
    }

    fn told(&mut self, about: &'static str, fact: &'static str) {
        self.slot(about, fact).0.told += 1;
    }

    fn not_told(&mut self, about: &'static str, fact: &'static str, why: String) {
        *self.slot(about, fact).1.entry(why).or_default() += 1;
    }

    fn tri<T>(&mut self, about: &'static str, fact: &'static str, value: &Tri<T>) {
        match value {
            Tri::Known(_) | Tri::KnownEmpty => self.told(about, fact),
            Tri::Unknown(why) => self.not_told(about, fact, reason(why)),
        }
    }

    fn when(&mut self, about: &'static str, fact: &'static str, when: When) {
        match when {
            When::Exact(_) | When::Local(_) | When::Day(_) => self.told(about, fact),
            When::Ambiguous { .. } => self.not_told(about, fact, "day and month can't be told apart".to_owned()),
            When::Unknown => self.not_told(about, fact, "no date".to_owned()),
        }
    }

    fn record(&mut self, record: &Record) {
        match record {
            Record::Event(event) => self.told("event", subject(event)),
            Record::Computer(c) => {
                let about = "computer";
                self.tri(about, "delegation-list", &c.allowed_to_delegate_to);
                self.tri(about, "any-protocol", &c.trusted_to_auth);
                self.tri(about, "unconstrained", &c.trusted_for_delegation);
                self.tri(about, "resource-based-delegation", &c.allowed_to_act);
                self.tri(about, "service-principal-names", &c.service_principal_names);
                self.tri(about, "dns-host-name", &c.dns_host_name);
                self.tri(about, "distinguished-name", &c.distinguished_name);
                self.tri(about, "sid", &c.sid);
                self.tri(about, "enabled", &c.enabled);
                self.tri(about, "encryption-types", &c.supported_encryption_types);
                self.tri(about, "operating-system", &c.operating_system);
                self.tri(about, "last-changed", &c.when_changed);
                self.tri(about, "password-last-set", &c.password_last_set);
                self.tri(about, "authentication-policy", &c.authentication_policy);
            }
            Record::User(u) => {
                let about = "user";
                self.tri(about, "not-delegated", &u.not_delegated);
                self.tri(about, "member-of", &u.member_of);
                self.tri(about, "enabled", &u.enabled);
                self.tri(about, "sid", &u.sid);
                self.tri(about, "authentication-policy", &u.authentication_policy);
            }
            Record::Group(g) => {
                self.tri("group", "members", &g.members);
                self.tri("group", "sid", &g.sid);
            }
            Record::Update(u) => {
                self.told("update", "installed-updates");
                self.when("update", "installation-time", u.when);
            }
            Record::Build(b) => {
                self.told("update", "installed-updates");
                self.when("update", "installation-time", b.when);
            }
            Record::VmHost(h) => {
                self.tri("host", "authentication-type", &h.authentication_type);
                self.tri("host", "migration-enabled", &h.migration_enabled);
                self.tri("host", "any-network", &h.any_network);
            }
            Record::ClusterNode(n) => match &n.cluster {
                Some(_) => self.told("node", "cluster"),
                None => self.not_told("node", "cluster", "the dump does not name it".to_owned()),
            },
            Record::Cluster(_) => self.told("cluster", "cluster"),
            Record::Os(o) => {
                self.tri("host", "build", &o.build);
                self.tri("host", "build-revision", &o.revision);
                self.tri("host", "last-boot", &o.booted);
            }
            Record::Tickets(t) => {
                match t.logon_id {
                    Some(_) => self.told("ticket list", "logon-session"),
                    None => self.not_told("ticket list", "logon-session", "the listing does not name it".to_owned()),
                }
                for ticket in &t.tickets {
                    self.when("ticket", "ticket-start", ticket.start);
                }
            }
            Record::DeviceGuard(g) => self.tri("host", "credential-guard", &g.credential_guard_running),
            Record::SecurityPolicy(p) => {
                p.rights.keys().for_each(|_| self.told("right", "user-rights"));
                p.registry.keys().for_each(|_| self.told("value", "policy-registry"));
                p.applied.iter().flatten().for_each(|_| self.told("object", "applied-policies"));
            }
            Record::AttributeMetadata(m) => self.when("attribute", "attribute-change", m.changed),
            Record::ClockSample(s) => match s.peer {
                Some(_) => self.told("measurement", "clock-difference"),
                None => self.not_told("measurement", "clock-difference", "the peer is not named".to_owned()),
            },
            Record::ClusterNetwork(n) => {
                self.tri("network", "cluster-network-state", &n.up);
                self.tri("network", "cluster-network-role", &n.used_by_cluster);
            }
            Record::ClusterTest(t) => {
                let about = if t.failed { "failed test" } else { "warned test" };
                self.told(about, cluster_tests::known(&t.name).unwrap_or("cluster-test"));
            }
            Record::VirtualMachine(m) => {
                self.tri("virtual machine", "vm-id", &m.id);
                self.tri("virtual machine", "configuration-version", &m.version);
                self.tri("virtual machine", "processor-compatibility", &m.processor_compatibility);
            }
            Record::MigrationNetwork(_) => self.told("network", "migration-networks"),
            Record::MachineSid(_) => self.told("host", "machine-sid"),
            Record::EventText(_) => self.told("event", "message-text"),
            Record::SecureChannel(_) | Record::ChannelFailures(_) => self.told("host", "secure-channel"),
            Record::TimeService(_) => self.told("host", "time-service"),
        }
    }
}

/// Why a value is not told, without the text that stands in its place: that differs from row to row.
fn reason(why: &Why) -> String {
    match why {
        Why::NotExported => why.to_string(),
        Why::Partly(_) => "cut in the export".to_owned(),
        Why::Lost(_) => "lost in the export".to_owned(),
        Why::Unreadable(_) => "not readable".to_owned(),
    }
}

/// What a selected event is about.
fn subject(event: &Event) -> &'static str {
    let provider = event.provider.to_ascii_lowercase();
    let has = |part: &str| provider.contains(part);
    match event.id {
        _ if has("hyper-v-vmms") => "moves",
        _ if has("hyper-v-high-availability") || has("failoverclustering") => "cluster-moves",
        _ if has("hyper-v") || has("vmmemulated") => "virtual-machines",
        4624..=4648 | 4672 if has("security-auditing") => "sign-ins",
        4768..=4777 | 4820..=4824 if has("security-auditing") => "ticket-requests",
        _ if has("security-auditing") => "directory-changes",
        _ if has("kerberos") || provider == "kdc" => "kerberos-errors",
        _ if has("windowsupdateclient") || has("servicing") || has("wusa") => "updates",
        _ if provider == "eventlog" || has("kernel-general") => "restarts",
        _ => "other-signals",
    }
}
