//! The delegation matrix: every ordered pair of Hyper-V hosts, now and at the time of an attempt.

use crate::attempts::Joined;
use crate::delegation::{Answer, SourceState, WINRM_BUILD, complete_entries, judge};
use crate::directory_changes::{Change, ChangeKind};
use crate::estate::Estate;
use crate::findings::plural;
use crate::hosts::HostId;
use delegap_model::{
    AuthenticationType, Evidence, Initiator, Outcome, Pair, PairVerdict, Spn, Time, Tri, Why, same_name, short_name,
    uac,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// One ordered pair.
#[derive(Debug, Clone)]
pub(crate) struct PairState {
    pub source: HostId,
    pub destination: HostId,
    /// By the directory as exported.
    pub now: Answer,
    pub same_cluster: bool,
    /// The source relies on unconstrained delegation: the flag is set and nothing serves the destination.
    pub unconstrained: bool,
    /// Entries of a complete list that are not there; `None` when the list is not known.
    pub missing_entries: Option<Vec<Spn>>,
    /// Where the state was read, once somebody asked.
    shown: OnceLock<Vec<Evidence>>,
}

/// All pairs, by source and destination.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    pub list: Vec<PairState>,
    index: BTreeMap<(HostId, HostId), usize>,
}

impl Pairs {
    /// Judges every ordered pair of Hyper-V hosts and parties of attempts.
    pub fn new(estate: &Estate, joined: &Joined) -> Pairs {
        let mut hosts: BTreeSet<HostId> = estate.hyper_v_hosts().into_iter().collect();
        hosts.extend(joined.attempts.iter().flat_map(|a| [a.source, a.destination]).flatten());
        let clusters = Clusters::new(estate, joined);
        let mut pairs = Pairs::default();
        for source in &hosts {
            let from = estate.source_state(*source);
            for destination in hosts.iter().filter(|d| *d != source) {
                let same_cluster = clusters.together(*source, *destination);
                let to = estate.target_state(*destination, *source);
                let now = judge(&from, &to);
                let unconstrained = from.unconstrained.known() == Some(&true)
                    && !estate.of(*source).domain_controller
                    && from.list.told_items().is_some_and(<[Spn]>::is_empty);
                let missing_entries = from.list.told_items().map(|list| {
                    complete_entries(&to).into_iter().filter(|e| !list.iter().any(|l| l.serves(e))).collect()
                });
                pairs.index.insert((*source, *destination), pairs.list.len());
                pairs.list.push(PairState {
                    source: *source,
                    destination: *destination,
                    now,
                    same_cluster,
                    unconstrained,
                    missing_entries,
                    shown: OnceLock::new(),
                });
            }
        }
        pairs
    }

    /// One pair.
    pub fn get(&self, source: HostId, destination: HostId) -> Option<&PairState> {
        self.index.get(&(source, destination)).map(|i| &self.list[*i])
    }
}

/// Which hosts are nodes of one cluster: by cluster dumps, and because the cluster service moved a VM between them.
struct Clusters(BTreeMap<HostId, HostId>);

impl Clusters {
    fn new(estate: &Estate, joined: &Joined) -> Clusters {
        let mut clusters = Clusters(BTreeMap::new());
        let hosts: Vec<HostId> = estate.hosts.ids().collect();
        for (i, a) in hosts.iter().enumerate() {
            for b in hosts[i + 1..].iter().filter(|b| estate.same_cluster(*a, **b)) {
                clusters.join(*a, *b);
            }
        }
        let moved = joined.attempts.iter().filter(|a| a.initiator == Some(Initiator::Cluster));
        for (a, b) in moved.filter_map(|a| a.source.zip(a.destination)) {
            clusters.join(a, b);
        }
        clusters
    }

    fn of(&self, mut host: HostId) -> HostId {
        while let Some(next) = self.0.get(&host).filter(|n| **n != host) {
            host = *next;
        }
        host
    }

    fn join(&mut self, a: HostId, b: HostId) {
        let (a, b) = (self.of(a), self.of(b));
        self.0.insert(a.max(b), a.min(b));
    }

    fn together(&self, a: HostId, b: HostId) -> bool {
        self.of(a) == self.of(b)
    }
}

impl PairState {
    /// The catalogue id of what refuses or endangers a move, as the directory is now.
    pub fn gap(&self) -> Option<&'static str> {
        gap_of(&self.now)
    }

    /// What a KDC would have answered at `time`: later changes that a domain controller logged are taken back.
    pub fn at(&self, estate: &Estate, time: Time) -> Answer {
        if ![self.source, self.destination].iter().any(|end| estate.of(*end).last_change > Some(time)) {
            return self.now.clone();
        }
        let mut source = estate.source_state(self.source);
        let mut target = estate.target_state(self.destination, self.source);
        take_back(&mut source, estate, self.source, time);
        let opened = |c: &Change| matches!(c.what, ChangeKind::ResourceBased { .. }) && c.time > time;
        if estate.changes.iter().any(|c| c.host == Some(self.destination) && opened(c)) {
            target.allowed_to_act = Tri::Unknown(Why::Unreadable("changed later".to_owned()));
        }
        judge(&source, &target)
    }

    /// The verdict of the report.
    pub fn verdict(&self) -> PairVerdict {
        match &self.now {
            Answer::Allowed { .. } => PairVerdict::Ok,
            Answer::OneForm { .. } | Answer::ResourceBlocked => PairVerdict::Warning,
            Answer::Refused { .. } => PairVerdict::Gap,
            Answer::Unknown(_) => PairVerdict::Unknown,
            Answer::NotConsulted => PairVerdict::NotRequired,
        }
    }

    /// Does a move need delegation here? Not known where the cluster may run it, or the authentication type is not known.
    pub fn required(&self, estate: &Estate) -> Option<bool> {
        match estate.of(self.source).authentication.as_ref().map(|a| a.value) {
            Some(AuthenticationType::CredSsp) => Some(false),
            Some(AuthenticationType::Kerberos) if !self.same_cluster => Some(true),
            _ => None,
        }
    }

    /// Where the state was read.
    pub fn evidence(&self, estate: &Estate) -> Vec<Evidence> {
        self.shown.get_or_init(|| self.find_evidence(estate)).clone()
    }

    fn find_evidence(&self, estate: &Estate) -> Vec<Evidence> {
        let facts = estate.of(self.source);
        let name = || Some(estate.name(self.source));
        let mut evidence = Vec::new();
        if let Some(computer) = &facts.computer {
            let list = match &computer.allowed_to_delegate_to {
                Tri::Known(list) => self.entries_shown(estate, list),
                Tri::KnownEmpty => "empty".to_owned(),
                Tri::Unknown(why) => why.to_string(),
            };
            let flag = |value: &Tri<bool>| match value.known() {
                Some(true) => "on",
                Some(false) => "off",
                None => "not known",
            };
            let says = format!(
                "computer object {}: msDS-AllowedToDelegateTo: {list}; protocol transition {}; unconstrained delegation {}",
                computer.name,
                flag(&computer.trusted_to_auth),
                flag(&computer.trusted_for_delegation),
            );
            evidence.push(Evidence::stated(computer.at.clone(), name(), says));
        }
        if let Some(fact) = &facts.authentication {
            let kind = match fact.value {
                AuthenticationType::Kerberos => "Kerberos",
                AuthenticationType::CredSsp => "CredSSP",
            };
            evidence.push(Evidence::stated(
                fact.at.clone(),
                name(),
                format!("live migration authenticates with {kind}"),
            ));
        }
        if let (Answer::Refused { gap: crate::delegation::Gap::KerberosOnly }, Some(build)) = (&self.now, &facts.build)
        {
            let os = facts.os.as_deref().unwrap_or("Windows");
            evidence.push(Evidence::stated(build.at.clone(), name(), format!("{os}, build {}", build.value)));
        }
        evidence
    }

    /// The entries that name the destination, and how many name others.
    fn entries_shown(&self, estate: &Estate, list: &[Spn]) -> String {
        let short = &estate.hosts.name(self.destination).short;
        let named: Vec<&str> =
            list.iter().filter(|e| same_name(short_name(e.host()), short)).map(Spn::as_str).collect();
        let others = list.len() - named.len();
        match (named.is_empty(), others) {
            (true, n) => format!("nothing for {}, {}", estate.name(self.destination), plural(n, "other entry")),
            (false, 0) => named.join(", "),
            (false, n) => format!("{} and {}", named.join(", "), plural(n, "other entry")),
        }
    }

    /// Why the verdict is what it is, in sentences.
    pub fn reasons(&self, estate: &Estate) -> Vec<String> {
        let (a, b) = (estate.name(self.source), estate.name(self.destination));
        let mut reasons = vec![match &self.now {
            Answer::Allowed { by_resource: false } => {
                format!(
                    "The list of {a} holds the migration service of {b} by short and full name, and a ticket for the user can be had."
                )
            }
            Answer::Allowed { by_resource: true } => format!("Resource-based delegation on {b} names {a}."),
            Answer::OneForm { listed, missing } => {
                format!("Only \"{listed}\" is listed; a request for \"{missing}\" is refused.")
            }
            Answer::ResourceBlocked => format!(
                "Resource-based delegation on {b} names {a}, but {a} has a list of its own and no protocol transition: \
                 the ticket it gets for the user is not forwardable and is refused on this path too."
            ),
            Answer::Refused { gap } => refusal(gap, &a, &b),
            Answer::Unknown(why) => format!("Not known: {why}."),
            Answer::NotConsulted => {
                format!("{a} authenticates with CredSSP, which never asks for constrained delegation.")
            }
        }];
        if self.unconstrained && !matches!(self.now, Answer::NotConsulted) {
            reasons.push(format!(
                "{a} has unconstrained delegation instead of a list: it is not the documented setup, it is dangerous, and it does not let {a} \
                 ask the domain controller for a ticket in a user's name."
            ));
        }
        let cifs = self.missing_entries.as_ref().is_some_and(|m| m.iter().any(|e| e.has_class(Spn::CIFS)));
        if matches!(self.now, Answer::Allowed { by_resource: false }) && cifs {
            reasons.push(format!(
                "The file service (cifs) of {b} is not fully listed: moves that also move storage are refused."
            ));
        }
        if matches!(self.now, Answer::Refused { .. })
            && !estate.of(self.destination).computer.as_ref().is_some_and(|c| c.allowed_to_act.is_told())
        {
            reasons.push(format!(
                "Resource-based delegation on {b} is not part of the export; it would be an alternative."
            ));
        }
        if self.same_cluster && !matches!(self.now, Answer::NotConsulted) {
            reasons.push(
                "Both are nodes of one cluster: delegation matters for moves started outside the cluster service."
                    .to_owned(),
            );
        }
        reasons
    }

    /// The pair in the report's shape.
    pub fn to_pair(&self, estate: &Estate, joined: &Joined) -> Pair {
        let of_pair = |outcome: Outcome| {
            let here = joined.of_pair(self.source, self.destination).filter(move |a| a.outcome == outcome);
            let times: Vec<Time> = here.map(|a| a.ended.unwrap_or(a.started)).collect();
            (u32::try_from(times.len()).unwrap_or(u32::MAX), times.into_iter().max())
        };
        let (failed, last_failed) = of_pair(Outcome::Failed);
        let (completed, last_completed) = of_pair(Outcome::Completed);
        Pair {
            source: estate.name(self.source),
            destination: estate.name(self.destination),
            verdict: self.verdict(),
            gap: self.gap(),
            reasons: self.reasons(estate),
            evidence: self.evidence(estate),
            required: self.required(estate),
            failed,
            completed,
            last_failed,
            last_completed,
        }
    }
}

/// The catalogue id behind an answer.
pub(crate) fn gap_of(answer: &Answer) -> Option<&'static str> {
    match answer {
        Answer::Refused { gap } => Some(gap.id()),
        Answer::OneForm { .. } => Some("kcd-name-form-incomplete"),
        // The list blocks the resource-based path for want of protocol transition.
        Answer::ResourceBlocked => Some("kcd-missing"),
        Answer::Allowed { .. } | Answer::Unknown(_) | Answer::NotConsulted => None,
    }
}

fn refusal(gap: &crate::delegation::Gap, a: &str, b: &str) -> String {
    use crate::delegation::Gap;
    let shown = |spns: &[Spn]| spns.iter().map(|s| format!("\"{s}\"")).collect::<Vec<_>>().join(", ");
    match gap {
        Gap::Missing => format!("Nothing on the list of {a} names {b}."),
        Gap::WrongService(others) => {
            format!(
                "The list of {a} names {b}, but not its migration service in the form that is asked for: {}.",
                shown(others)
            )
        }
        Gap::WrongTarget(entries) => {
            format!("The migration entry is for or on the wrong object: {}.", entries.join(", "))
        }
        Gap::KerberosOnly => format!(
            "The list of {a} is right, but set to \"Use Kerberos only\": from build {WINRM_BUILD} (Server 2016) on, a remotely started move \
             needs \"Use any authentication protocol\"."
        ),
        Gap::CrossDomain => format!("{a} and {b} are in different domains, where a list on the source does not work."),
    }
}

/// Takes back what was changed on a computer object after `time`, as far as 5136 events state it.
fn take_back(source: &mut SourceState, estate: &Estate, host: HostId, time: Time) {
    let later = estate.changes.iter().rev().filter(|c| c.host == Some(host) && c.time > time);
    for change in later {
        match &change.what {
            ChangeKind::Added(spn) => {
                // An export that lacks the value was made before this change: then there is nothing to take back.
                if let Tri::Known(list) = &mut source.list {
                    list.retain(|e| !e.serves(spn));
                    if list.is_empty() {
                        source.list = Tri::KnownEmpty;
                    }
                }
                if let Tri::Unknown(Why::Partly(shown)) = &mut source.list {
                    shown.retain(|e| !Spn::new(e.as_str()).serves(spn));
                }
            }
            ChangeKind::Deleted(spn) => {
                let mut list = source.list.told_items().map(<[Spn]>::to_vec);
                if let Some(list) = list.as_mut().filter(|l| !l.iter().any(|e| e.serves(spn))) {
                    list.push(spn.clone());
                }
                if let Some(list) = list {
                    source.list = Tri::list(list);
                }
            }
            ChangeKind::FlagsWere(flags) => {
                source.trusted_to_auth = Tri::Known(flags & uac::TRUSTED_TO_AUTH != 0);
                source.unconstrained = Tri::Known(flags & uac::TRUSTED_FOR_DELEGATION != 0);
            }
            ChangeKind::SamFlags { to_auth, unconstrained } => {
                source.trusted_to_auth = Tri::Known(to_auth.0);
                source.unconstrained = Tri::Known(unconstrained.0);
            }
            ChangeKind::FlagsSet(_) | ChangeKind::ListNow(_) | ChangeKind::ResourceBased { .. } => {}
        }
    }
}

/// The target's names as a repair uses them.
pub(crate) fn host_name(estate: &Estate, id: HostId) -> crate::repair::HostName {
    let name = estate.hosts.name(id);
    crate::repair::HostName { short: name.short.to_uppercase(), fqdn: name.full.clone() }
}
