//! The causes: each looks at every failed attempt and at the estate, and claims, notes, or says what it lacks.

mod authentication;
mod cifs;
mod compatibility;
mod delegation_pairs;
mod network;
pub(crate) mod refusal;
mod timing;
mod unconstrained;
mod user;

use crate::attempts::{Attempt, Joined};
use crate::catalogue;
use crate::estate::Estate;
use crate::hosts::HostId;
use crate::knowledge::Meaning;
use crate::pairs::{PairState, Pairs};
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::{Confidence, Evidence, Severity, Step};

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

/// What one cause concludes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ruling {
    pub claims: Vec<Claim>,
    pub notes: Vec<Note>,
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

/// A cause that is built.
pub(crate) struct Rule {
    pub id: &'static str,
    pub judge: fn(&Context<'_>) -> Ruling,
}

/// Every cause that is built. A cause of the catalogue that is not here is reported as not implemented.
pub(crate) const RULES: &[Rule] = &[
    Rule { id: "kcd-missing", judge: |c| delegation_pairs::judge(c, "kcd-missing") },
    Rule { id: "kcd-wrong-service", judge: |c| delegation_pairs::judge(c, "kcd-wrong-service") },
    Rule { id: "kcd-wrong-target", judge: |c| delegation_pairs::judge(c, "kcd-wrong-target") },
    Rule { id: "kcd-name-form-incomplete", judge: |c| delegation_pairs::judge(c, "kcd-name-form-incomplete") },
    Rule { id: "kcd-kerberos-only", judge: |c| delegation_pairs::judge(c, "kcd-kerberos-only") },
    Rule { id: "kcd-cross-domain", judge: |c| delegation_pairs::judge(c, "kcd-cross-domain") },
    Rule { id: "kcd-cifs-missing", judge: cifs::cifs_missing },
    Rule { id: "unconstrained-delegation", judge: unconstrained::unconstrained },
    Rule { id: "initiator-not-delegable", judge: user::not_delegable },
    Rule { id: "delegation-not-effective-yet", judge: timing::not_effective_yet },
    Rule { id: "credssp-remote-initiation", judge: authentication::credssp_remote },
    Rule { id: "credssp-policy-blocked", judge: authentication::credssp_policy },
    Rule { id: "authentication-type-mismatch", judge: authentication::type_mismatch },
    Rule { id: "initiator-not-authorized", judge: authentication::not_authorized },
    Rule { id: "migration-spn-missing", judge: authentication::spn_missing },
    Rule { id: "logon-right-denied", judge: authentication::logon_right },
    Rule { id: "migration-port-blocked", judge: network::port_blocked },
    Rule { id: "migration-listener-down", judge: network::listener_down },
    Rule { id: "connection-lost-in-transfer", judge: network::connection_lost },
    Rule { id: "switch-missing", judge: compatibility::switch_missing },
    Rule { id: "processor-incompatible", judge: compatibility::processor },
    Rule { id: "insufficient-memory", judge: compatibility::memory },
];

impl<'a> Context<'a> {
    /// Failed attempts with their index.
    pub fn failed(&self) -> impl Iterator<Item = (usize, &'a Attempt)> + use<'a> {
        let joined = self.joined;
        joined.attempts.iter().enumerate().filter(|(_, a)| a.failed())
    }

    /// The pair of an attempt, when both hosts are known.
    pub fn pair(&self, attempt: &Attempt) -> Option<&'a PairState> {
        self.pairs.get(attempt.source?, attempt.destination?)
    }

    /// An attempt's own signals as evidence, without bare starts.
    pub fn signs(&self, attempt: &Attempt) -> Vec<Evidence> {
        let told = attempt.signals(self.estate).filter(|s| s.meanings[0] != Meaning::Started);
        told.map(|s| attempt.evidence(self.estate, s)).collect()
    }

    /// Host events of one meaning around an attempt.
    pub fn near(
        &self,
        meaning: Meaning,
        attempt: &Attempt,
        slack: Duration,
    ) -> impl Iterator<Item = &'a Signal> + use<'a> {
        let end = attempt.ended.unwrap_or(attempt.started);
        let estate: &'a Estate = self.estate;
        estate.between(meaning, attempt.started - slack, end + slack)
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
