//! What the engine concludes. Host names are display names: upper-case short names, the full name where two hosts
//! share a short one. All lists are in the order in which reports print them.

use crate::{
    Attempt, AuthenticationType, Counterfactual, Evidence, Finding, InputSummary, Onset, ReportedStall, SourceRef, Spn,
    Time,
};
use std::sync::Arc;

/// The whole answer for one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// The answer in short.
    pub verdict: Verdict,
    /// The day up to which the built-in knowledge was collected, `YYYY-MM-DD`.
    pub knowledge_as_of: &'static str,
    /// What to ask the customer, most decisive first, each with the command that collects it.
    pub ask: Vec<String>,
    /// Lines to paste into a ticket: environment, failing pairs, onset, codes, what was ruled out, what is missing.
    pub escalation: Vec<String>,
    /// What the customer says of the progress at which moves stop, against what the logs show.
    pub reported_stall: Option<ReportedStall>,
    /// Directory changes with which the failed attempts would not have been refused.
    pub counterfactual: Option<Counterfactual>,
    /// When the directory state was exported, if that is known.
    pub directory_exported: Option<Time>,
    /// The domain controller the export came from, if that is known.
    pub directory_domain_controller: Option<String>,
    /// Causes and gaps, most severe first.
    pub findings: Vec<Finding>,
    /// Migrations, by start.
    pub attempts: Vec<Attempt>,
    /// Every ordered pair of Hyper-V hosts.
    pub pairs: Vec<Pair>,
    /// Every host.
    pub hosts: Vec<HostSummary>,
    /// When it began, if there are failures.
    pub onset: Option<Onset>,
    /// What happened, in order of time.
    pub timeline: Vec<TimelineEntry>,
    /// One per cause of the catalogue, in its order.
    pub checks: Vec<Check>,
    /// One per input, by path.
    pub inputs: Vec<InputSummary>,
}

/// The answer in short.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What kind of answer this is.
    pub status: Status,
    /// The cause that explains most failed attempts with the best proof: a catalogue id.
    pub primary_cause: Option<&'static str>,
    /// Its class.
    pub class: Option<Class>,
    /// Is the delegation configuration at fault? `None`: can't be told.
    pub is_delegation: Option<bool>,
    /// How sure the primary cause is.
    pub confidence: Option<Confidence>,
    /// One sentence that stands alone.
    pub headline: String,
}

/// What kind of answer a verdict is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// At least one failed attempt has a cause that is at least possible.
    CauseFound,
    /// No failed attempt was seen, but there are warnings.
    GapsOnly,
    /// Failures, the decisive inputs are there, nothing fits.
    NoCauseProven,
    /// Neither failures nor warnings.
    NoFailures,
    /// Failures, and a decisive input is missing.
    InsufficientEvidence,
}

/// The group a cause belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Kerberos delegation between the hosts.
    Delegation,
    /// Other authentication, rights and policy.
    Authentication,
    /// Connections and names.
    Network,
    /// VM against destination.
    Compatibility,
    /// Capacity and limits.
    Resource,
    /// Paths, shares, permissions.
    Storage,
    /// Failover clustering.
    Cluster,
    /// The management service.
    Service,
    /// What was supplied: no cause, but what keeps one from being told.
    Input,
}

impl Class {
    /// The name in texts and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Delegation => "delegation",
            Class::Authentication => "authentication",
            Class::Network => "network",
            Class::Compatibility => "compatibility",
            Class::Resource => "resource",
            Class::Storage => "storage",
            Class::Cluster => "cluster",
            Class::Service => "service",
            Class::Input => "input",
        }
    }
}

/// How sure a finding is. The order is ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Signs only.
    Possible,
    /// The mechanism's own code or sentence, or the configuration fact, and rivals ruled out.
    Likely,
    /// Both, on the same attempt, and nothing against.
    Confirmed,
}

/// How much a finding matters now. The order is ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A gap or fault that explains no failed attempt.
    Warning,
    /// Explains at least one failed attempt.
    Error,
}

/// A source and a destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPair {
    /// The host the VM leaves.
    pub source: String,
    /// The host the VM is to run on.
    pub destination: String,
}

/// An ordered pair of Hyper-V hosts.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The host the VM leaves.
    pub source: String,
    /// The host the VM is to run on.
    pub destination: String,
    /// Does the delegation suffice?
    pub verdict: PairVerdict,
    /// What is missing: a catalogue id.
    pub gap: Option<&'static str>,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// Where the state was read.
    pub evidence: Vec<Evidence>,
    /// Does a move need delegation here? `None`: that depends on who starts it, or is not known.
    pub required: Option<bool>,
    /// Failed attempts.
    pub failed: u32,
    /// Completed attempts.
    pub completed: u32,
    /// Time of the last failed one.
    pub last_failed: Option<Time>,
    /// Time of the last completed one.
    pub last_completed: Option<Time>,
}

/// What the directory state means for an ordered pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PairVerdict {
    /// It suffices.
    Ok,
    /// A remotely started move is refused.
    Gap,
    /// It suffices under conditions that are easily broken.
    Warning,
    /// The inputs don't tell.
    Unknown,
    /// This pair does not use delegation.
    NotRequired,
}

/// What is known of a host.
#[derive(Debug, Clone, PartialEq)]
pub struct HostSummary {
    /// Display name.
    pub name: String,
    /// Full name.
    pub fqdn: Option<String>,
    /// Operating system.
    pub os: Option<String>,
    /// Build number.
    pub build: Option<u32>,
    /// `hyper-v`, `domain-controller`, `cluster-name`.
    pub roles: Vec<&'static str>,
    /// The failover cluster it is a node of.
    pub cluster: Option<String>,
    /// DNS domain in lower case.
    pub domain: Option<String>,
    /// How its migrations authenticate.
    pub authentication_type: Option<AuthenticationType>,
    /// Is Credential Guard running?
    pub credential_guard: Option<bool>,
    /// Delegation of its computer object.
    pub delegation: DelegationKind,
    /// Its list of services; `None` when unknown.
    pub services: Option<Vec<Spn>>,
    /// Is its update history known?
    pub updates_known: bool,
    /// The newest update.
    pub latest_update: Option<String>,
    /// Its clock minus the other hosts', in seconds, measured from exchanges both sides logged.
    pub clock_offset_s: Option<i64>,
}

/// Kinds of delegation on a computer object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DelegationKind {
    /// "Do not trust this computer for delegation".
    None,
    /// "Trust this computer for delegation to any service".
    Unconstrained,
    /// A list, "Use Kerberos only".
    KerberosOnly,
    /// A list, "Use any authentication protocol".
    AnyProtocol,
    /// Not known.
    Unknown,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimelineEntry {
    /// When.
    pub time: Time,
    /// Where.
    pub host: Arc<str>,
    /// `attempt-started`, `attempt-failed`, `attempt-completed`, `directory-change`, `update`, `boot`.
    pub kind: &'static str,
    /// What.
    pub text: String,
    /// The place that says so.
    pub at: SourceRef,
}

/// What became of one cause of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Catalogue id.
    pub cause: &'static str,
    /// What became of it.
    pub outcome: CheckOutcome,
    /// How many things were looked at (attempts, pairs, objects).
    pub examined: u64,
    /// What was missing.
    pub missing: Vec<String>,
    /// The command that collects it.
    pub collect: Option<String>,
    /// For [`CheckOutcome::Clear`]: what that means, in words.
    pub text: Option<String>,
}

/// Outcomes of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckOutcome {
    /// There is a finding.
    Found,
    /// Looked, and it is not so.
    Clear,
    /// Could not look.
    NotChecked,
    /// The check itself failed.
    Faulted,
}
