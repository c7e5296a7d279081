//! The causes: each looks at every failed attempt and at the estate, and claims, notes, or says what it lacks.

mod authentication_policy_silo;
mod authentication_type_mismatch;
mod client_address_blocked;
mod clock_skew;
mod cluster_resource;
mod configuration_version_unsupported;
mod connection_lost_in_transfer;
mod credssp_credential_guard;
mod credssp_policy_blocked;
mod credssp_remote_initiation;
mod delegation_not_effective_yet;
mod device_attached;
mod encryption_type_mismatch;
mod gap;
mod initiator_not_authorized;
pub(crate) mod initiator_not_delegable;
mod insufficient_memory;
mod kcd_cifs_missing;
mod kcd_cross_domain;
mod kcd_kerberos_only;
mod kcd_missing;
mod kcd_name_form_incomplete;
mod kcd_wrong_service;
mod kcd_wrong_target;
mod kdc_delegation_regression;
mod kdc_hardening_enforced;
mod listener;
mod logon_right_denied;
mod machine_account_broken;
mod machine_id_duplicate;
mod management_service_fault;
mod migration_limit_or_cleanup;
mod migration_listener_down;
mod migration_network_unavailable;
mod migration_port_blocked;
mod migration_spn_missing;
mod name_resolution;
mod no_domain_controller;
mod ntlm_blocked;
mod processor_incompatible;
pub(crate) mod refusal;
mod settings;
mod spn_duplicate;
mod stated;
mod storage_path_or_permission;
mod support;
mod switch_missing;
mod transfer_timeout;
mod unconstrained_delegation;
mod vm_owner_sid_unresolvable;
mod wrong_principal;

pub(crate) use self::support::hosts_in;
use crate::attempts::{Attempt, CLOCKS, Joined};
use crate::catalogue;
use crate::estate::Estate;
use crate::hosts::HostId;
use crate::knowledge::{CodeFact, CodeGroup, Meaning, cluster_tests, knowledge, policies};
use crate::pairs::{PairState, Pairs};
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::{Code, Confidence, Evidence, Severity, Step, Time};
use std::collections::BTreeMap;

/// Tests of a cluster's validation that are shown with one failed move.
const CLUSTER_TESTS: usize = 3;

/// What a cause looks at.
pub(crate) struct Context<'a> {
    pub estate: &'a Estate,
    pub joined: &'a Joined,
    pub pairs: &'a Pairs,
}

/// One cause's explanation of one failed attempt.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    /// Index into the attempts.
    pub attempt: usize,
    pub confidence: Confidence,
    /// The attempt's own signs; never empty.
    pub evidence: Vec<Evidence>,
    /// Configuration facts behind it.
    pub facts: Vec<Evidence>,
    pub against: Vec<Evidence>,
    pub caveats: Vec<String>,
    pub raise: Vec<String>,
    /// Nothing in the attempt's events points to the cause: it is only not ruled out.
    pub bare: bool,
}

/// A gap or fault that stands by itself, without a failed attempt.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub severity: Severity,
    pub confidence: Confidence,
    pub pairs: Vec<(HostId, HostId)>,
    pub hosts: Vec<HostId>,
    /// Never empty.
    pub evidence: Vec<Evidence>,
    pub says: String,
}

impl Note {
    /// What likely stops moves toward a host.
    fn toward(context: &Context<'_>, host: HostId, evidence: Vec<Evidence>, says: String) -> Note {
        Note::of_pairs(context, host, evidence, says, |(_, destination)| *destination == host)
    }

    /// What likely stops moves out of a host.
    fn out_of(context: &Context<'_>, host: HostId, evidence: Vec<Evidence>, says: String) -> Note {
        Note::of_pairs(context, host, evidence, says, |(source, _)| *source == host)
    }

    fn of_pairs(
        context: &Context<'_>,
        host: HostId,
        evidence: Vec<Evidence>,
        says: String,
        concerned: impl Fn(&(HostId, HostId)) -> bool,
    ) -> Note {
        let all = context.pairs.list.iter().map(|p| (p.source, p.destination));
        let (severity, confidence) = (Severity::Warning, Confidence::Likely);
        Note { severity, confidence, pairs: all.filter(concerned).collect(), hosts: vec![host], evidence, says }
    }
}

/// Why a cause that the signs of a failed attempt would fit is not it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exclusion {
    /// Index into the attempts.
    pub attempt: usize,
    /// One sentence.
    pub why: String,
    /// What rules it out; never empty.
    pub evidence: Vec<Evidence>,
}

/// What one cause concludes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ruling {
    pub claims: Vec<Claim>,
    pub notes: Vec<Note>,
    /// Attempts whose signs this cause would fit, with what rules it out.
    pub excluded: Vec<Exclusion>,
    /// How many attempts, pairs or objects were looked at.
    pub examined: u64,
    /// What was missing for a full answer.
    pub missing: Vec<String>,
    /// What "clear" means here, where the catalogue's words would say too much.
    pub clear: Option<&'static str>,
    /// The finding's title, where it can say more than the catalogue's.
    pub title: Option<&'static str>,
    /// Repair of what failed, where it needs the hosts at hand; the catalogue's steps are used where this is empty.
    pub steps: Vec<Step>,
    /// Repair of what the notes name.
    pub note_steps: Vec<Step>,
}

/// Every cause's ruling by its id; `None` where its rule failed.
pub(crate) type Rulings = BTreeMap<&'static str, Option<Ruling>>;

/// A cause that is built.
pub(crate) struct Rule {
    pub id: &'static str,
    pub judge: fn(&Context<'_>) -> Ruling,
}

/// Every cause that is built. A cause of the catalogue that is not here is reported as not implemented.
pub(crate) const RULES: &[Rule] = &[
    kcd_missing::RULE,
    kcd_wrong_service::RULE,
    kcd_wrong_target::RULE,
    kcd_name_form_incomplete::RULE,
    kcd_kerberos_only::RULE,
    kcd_cifs_missing::RULE,
    unconstrained_delegation::RULE,
    kcd_cross_domain::RULE,
    initiator_not_delegable::RULE,
    delegation_not_effective_yet::RULE,
    credssp_remote_initiation::RULE,
    credssp_credential_guard::RULE,
    authentication_type_mismatch::RULE,
    migration_spn_missing::RULE,
    spn_duplicate::RULE,
    wrong_principal::RULE,
    encryption_type_mismatch::RULE,
    credssp_policy_blocked::RULE,
    initiator_not_authorized::RULE,
    authentication_policy_silo::RULE,
    kdc_hardening_enforced::RULE,
    kdc_delegation_regression::RULE,
    clock_skew::RULE,
    machine_account_broken::RULE,
    no_domain_controller::RULE,
    logon_right_denied::RULE,
    ntlm_blocked::RULE,
    vm_owner_sid_unresolvable::RULE,
    machine_id_duplicate::RULE,
    migration_port_blocked::RULE,
    migration_listener_down::RULE,
    client_address_blocked::RULE,
    migration_network_unavailable::RULE,
    name_resolution::RULE,
    connection_lost_in_transfer::RULE,
    transfer_timeout::RULE,
    processor_incompatible::RULE,
    switch_missing::RULE,
    configuration_version_unsupported::RULE,
    device_attached::RULE,
    insufficient_memory::RULE,
    migration_limit_or_cleanup::RULE,
    storage_path_or_permission::RULE,
    cluster_resource::RULE,
    management_service_fault::RULE,
];

impl<'a> Context<'a> {
    /// Failed attempts with their index.
    pub fn failed(&self) -> impl Iterator<Item = (usize, &'a Attempt)> + use<'a> {
        self.joined.failed()
    }

    /// The pair of an attempt, when both hosts are known.
    pub fn pair(&self, attempt: &Attempt) -> Option<&'a PairState> {
        self.pairs.get(attempt.source?, attempt.destination?)
    }

    /// An attempt's own signals as evidence, without bare starts.
    pub fn signs(&self, attempt: &Attempt) -> Vec<Evidence> {
        let told = attempt.signals(self.estate).filter(|s| s.meaning() != Meaning::Started);
        told.map(|s| attempt.evidence(self.estate, s)).collect()
    }

    /// Host events of one meaning around an attempt, by the source's clock as far as clocks could be compared.
    pub fn near(
        &self,
        meaning: Meaning,
        attempt: &Attempt,
        slack: Duration,
    ) -> impl Iterator<Item = &'a Signal> + use<'a> {
        let (start, end) = (attempt.started - slack, attempt.ended.unwrap_or(attempt.started) + slack);
        let (joined, estate, source) = (self.joined, self.estate, attempt.source);
        estate.between(meaning, start - CLOCKS, end + CLOCKS).filter(move |s| {
            let time = joined.by_clock_of(source, s);
            start <= time && time <= end
        })
    }

    /// Codes of an attempt that by themselves can lead to a cause of the catalogue, each with its signal.
    pub fn leading(&self, attempt: &'a Attempt, cause: &str) -> Vec<(Code, &'a Signal)> {
        let leads = |c: &&Code| self.leads(**c, cause);
        if !attempt.codes.iter().any(|c| leads(&c)) {
            return Vec::new();
        }
        attempt
            .signals(self.estate)
            .flat_map(|s| s.codes.iter().filter(leads).map(move |c| (*c, s)).collect::<Vec<_>>())
            .collect()
    }

    /// True if a code by itself can lead to a cause.
    pub fn leads(&self, code: Code, cause: &str) -> bool {
        knowledge().code(code).is_some_and(|f| f.causes.iter().any(|id| id == cause))
    }

    /// True if a code leaves its cause open: it leads to several, or never decides alone.
    pub fn is_ambiguous(&self, code: Code) -> bool {
        knowledge().code(code).is_none_or(|f| !f.alone || f.causes.len() != 1)
    }

    /// True for an authentication code that has causes of its own: no other cause claims what shows it.
    pub fn decides(&self, code: Code) -> bool {
        let own =
            |f: &CodeFact| matches!(f.group, CodeGroup::Sspi | CodeGroup::Credssp) && f.alone && !f.causes.is_empty();
        knowledge().code(code).is_some_and(own)
    }

    /// A cause's ruling. Tests of the cluster's validation that did not pass support what it says of moves in the cluster.
    pub fn ruling(&self, rule: &Rule) -> Ruling {
        let mut ruling = (rule.judge)(self);
        let tests = self.estate.cluster_tests.iter().filter(|t| cluster_tests::bears_on(&t.name, rule.id));
        let shown: Vec<Evidence> = tests
            .map(|test| {
                let result = if test.failed { "failed" } else { "gave a warning" };
                let says = format!("the cluster's validation: \"{}\" {result}", test.name);
                Evidence::stated(test.at.clone(), None, says)
            })
            .take(CLUSTER_TESTS)
            .collect();
        for claim in ruling.claims.iter_mut().filter(|_| !shown.is_empty()) {
            let attempt = &self.joined.attempts[claim.attempt];
            if self.pair(attempt).is_some_and(|pair| pair.same_cluster) {
                claim.evidence.extend(shown.iter().cloned());
            }
        }
        ruling
    }

    /// Registry values of security policies of a move's hosts that bear on a cause.
    pub fn policy_facts(&self, attempt: &Attempt, cause: &str) -> Vec<Evidence> {
        let mut out = Vec::new();
        for host in [attempt.source, attempt.destination].into_iter().flatten() {
            for policy in self.estate.policies_of(host) {
                for (key, known) in policies::of_cause(cause) {
                    if let Some(value) = policy.registry.get(key).filter(|value| *value != "0") {
                        let says = format!("policy \"{}\" ({key}) is {value}", known.name);
                        out.push(Evidence::stated(policy.at.clone(), Some(self.estate.name(host)), says));
                    }
                }
            }
        }
        out
    }

    /// True if a domain controller's log of a channel (a part of its name, lower case) reaches every failed authentication.
    pub fn controllers_logged(&self, channel: &str) -> bool {
        let controllers = self.estate.controllers();
        let reached = |a: &Attempt| controllers.iter().any(|c| self.estate.reaches(*c, channel, a.started));
        !controllers.is_empty() && self.failed().filter(|(_, a)| self.authentication_failed(a)).all(|(_, a)| reached(a))
    }

    /// True if the hosts could not authenticate: an authentication code at connect, or a sentence that says so.
    pub fn authentication_failed(&self, attempt: &Attempt) -> bool {
        *attempt.asked.unauthenticated.get_or_init(|| self.find_authentication_failed(attempt))
    }

    fn find_authentication_failed(&self, attempt: &Attempt) -> bool {
        let said = [
            Meaning::NoCredentials,
            Meaning::AuthenticationFailedAtSource,
            Meaning::AuthenticationFailedAtDestination,
            Meaning::RefusedByPeer,
            Meaning::Denied,
        ];
        let transfer = [Meaning::SendFailed, Meaning::ReceiveFailed];
        let groups = [CodeGroup::Delegation, CodeGroup::Sspi, CodeGroup::Credssp];
        let coded = |group: &CodeGroup| attempt.coded(self.estate, *group).any(|(_, s)| !s.means_any(&transfer));
        attempt.means(&said) || groups.iter().any(coded)
    }

    /// How many moves were seen, whatever became of them.
    pub fn moves(&self) -> u64 {
        self.joined.attempts.len() as u64
    }
}

impl Claim {
    /// A claim with its attempt's signs.
    pub fn new(context: &Context<'_>, attempt: usize, confidence: Confidence) -> Claim {
        Claim {
            attempt,
            confidence,
            evidence: context.signs(&context.joined.attempts[attempt]),
            facts: Vec::new(),
            against: Vec::new(),
            caveats: Vec::new(),
            raise: Vec::new(),
            bare: false,
        }
    }

    /// Not more than `most`, and why.
    pub fn cap(&mut self, most: Confidence, why: impl Into<String>) {
        self.confidence = self.confidence.min(most);
        self.caveats.push(why.into());
    }

    /// One step less.
    pub fn lower(&mut self, against: Evidence) {
        self.confidence = match self.confidence {
            Confidence::Confirmed => Confidence::Likely,
            Confidence::Likely | Confidence::Possible => Confidence::Possible,
        };
        self.against.push(against);
    }
}

/// The last of some host events before a moment.
fn last_of<'a>(
    context: &Context<'a>,
    host: HostId,
    meanings: &[Meaning],
    before: Time,
    keep: impl Fn(&Signal) -> bool,
) -> Option<&'a Signal> {
    let estate = context.estate;
    let last = |m: &Meaning| estate.between(*m, Time::MIN_UTC, before).rfind(|s| s.host == host && keep(s));
    meanings.iter().filter_map(last).max_by_key(|s| s.time)
}

/// What to ask for, with the command that a cause of the catalogue names for it.
fn ask(what: &str, cause: &str) -> String {
    let collect = catalogue::all().iter().find(|c| c.id == cause).map_or("", |c| c.collect.as_str());
    format!("{what}: {collect}")
}

/// The delegation state of the hosts.
pub(crate) fn ask_directory() -> String {
    ask(
        "the computer objects of all hosts with their delegation attributes (Export-Csv would lose the lists)",
        "kcd-missing",
    )
}

/// How the hosts authenticate.
pub(crate) fn ask_vm_host() -> String {
    ask("the migration settings of both hosts", "credssp-remote-initiation")
}

/// The management logs.
pub(crate) fn ask_management_log() -> String {
    ask("the management log of source and destination", "migration-port-blocked")
}
