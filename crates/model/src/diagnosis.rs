//! What the engine concludes. Host names are display names: upper-case short names, the full name where two hosts
//! share a short one. All lists are in the order in which reports print them.

use crate::{
    AuthenticationType, Code, Counterfactual, Guid, InputSummary, Onset, ReportedStall, RuledOut, SourceRef, Spn, Time,
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

/// One end of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The host the VM leaves.
    Source,
    /// The host the VM is to run on.
    Destination,
}

/// A statement and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// When, if it is an event.
    pub time: Option<Time>,
    /// The host it speaks of or was logged on.
    pub host: Option<String>,
    /// Which side of the migration that host is.
    pub side: Option<Side>,
    /// The place.
    pub at: SourceRef,
    /// What it says.
    pub says: String,
}

/// A cause or a gap, with its proof. There is none without evidence: see [`Finding::new`].
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// `F1`, `F2`, … in report order.
    pub id: String,
    /// Catalogue id.
    pub cause: &'static str,
    /// Its class.
    pub class: Class,
    /// How much it matters now.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// One line.
    pub title: String,
    /// What is wrong here, with hosts and numbers.
    pub summary: String,
    /// What it does to the customer.
    pub impact: String,
    /// What puts it right, in short; the steps are in `remediation`.
    pub resolution: String,
    /// Hosts concerned.
    pub hosts: Vec<String>,
    /// Ordered pairs concerned.
    pub pairs: Vec<HostPair>,
    /// Users concerned.
    pub users: Vec<String>,
    /// Ids of the attempts it explains.
    pub attempts: Vec<String>,
    /// Those of them for which it is only likely, where the finding as a whole is confirmed by the others.
    pub only_likely: Vec<String>,
    /// What proves it; never empty.
    pub evidence: Vec<Evidence>,
    /// What speaks against it.
    pub against: Vec<Evidence>,
    /// Causes with the same signs that evidence rules out.
    pub ruled_out: Vec<RuledOut>,
    /// Reasons that hold the confidence down or name rivals, in sentences.
    pub caveats: Vec<String>,
    /// What would raise the confidence, with the command that collects it.
    pub raise_confidence: Vec<String>,
    /// What lets the customer move VMs now.
    pub workaround: Vec<String>,
    /// The repair, in order.
    pub remediation: Vec<Step>,
    /// Where to read more.
    pub references: Vec<Reference>,
}

/// A source and a destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPair {
    /// The host the VM leaves.
    pub source: String,
    /// The host the VM is to run on.
    pub destination: String,
}

/// One step of a repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to do and why.
    pub text: String,
    /// The command, if there is one.
    pub command: Option<String>,
    /// The shell the command is for.
    pub shell: Option<Shell>,
    /// The way through a console (ADUC, ADAC), if there is one.
    pub console: Option<String>,
    /// `domain`, or the host's name.
    pub runs_on: String,
    /// The right or tool it needs.
    pub requires: String,
    /// What it does to the environment.
    pub effect: Effect,
    /// How to take it back; every step that changes something has it.
    pub undo: Option<String>,
    /// How long to wait afterwards.
    pub wait: Option<String>,
    /// How to see that it worked.
    pub verify: Option<String>,
}

/// The shell a command is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shell {
    /// Windows PowerShell.
    PowerShell,
    /// cmd.exe
    Cmd,
}

/// What a step does to the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Reads only.
    ReadOnly,
    /// Changes configuration and can be undone.
    Changes,
    /// Interrupts work or loses something.
    Destructive,
}

/// A page to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its address.
    pub url: String,
    /// What it says, in our words.
    pub says: String,
}

/// One migration of one VM from one host to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// `A1`, `A2`, … by start.
    pub id: String,
    /// The VM's name.
    pub vm_name: Option<String>,
    /// The VM's id.
    pub vm_id: Option<Guid>,
    /// The host the VM leaves.
    pub source: Option<String>,
    /// The host the VM is to run on.
    pub destination: Option<String>,
    /// First trace.
    pub started: Option<Time>,
    /// Last trace, once it has ended.
    pub ended: Option<Time>,
    /// How it ended.
    pub outcome: Outcome,
    /// Where it stopped, if it failed and the events tell.
    pub stopped_in: Option<Phase>,
    /// Who started it, when evidence shows it.
    pub initiator: Option<Initiator>,
    /// The user it was started for, when evidence shows it.
    pub user: Option<String>,
    /// Codes in its events, in order of appearance.
    pub codes: Vec<Code>,
    /// Which side reported the failure that decides.
    pub failed_side: Option<FailedSide>,
    /// Everything that was logged about it.
    pub signals: Vec<Signal>,
    /// Ids of the findings that explain it.
    pub explained_by: Vec<String>,
    /// If it failed and nothing that is at least likely explains it: the further causes that its messages can stand for and
    /// that nothing excludes.
    pub open_causes: Vec<&'static str>,
}

/// How a migration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It failed.
    Failed,
    /// It completed.
    Completed,
    /// The logs don't tell.
    Unknown,
}

/// The phases of a migration in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The destination listens.
    Listen,
    /// The source connects.
    Connect,
    /// The hosts authenticate.
    Authenticate,
    /// The destination creates the planned VM.
    Plan,
    /// The destination checks the VM against its hardware and switches.
    Compatibility,
    /// Memory and state are copied.
    Transfer,
    /// The destination takes over.
    HandOver,
}

impl Phase {
    /// The percent range that consoles show in this phase, as the public cases support it: everything up to the
    /// planned VM is documented as failing before 10 %, registration at the destination as failing past 90 %.
    pub fn progress_band(self) -> (u8, u8) {
        match self {
            Phase::Listen | Phase::Connect | Phase::Authenticate | Phase::Plan | Phase::Compatibility => (0, 10),
            Phase::Transfer => (10, 90),
            Phase::HandOver => (90, 100),
        }
    }
}

/// Who starts a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Initiator {
    /// Someone logged on to the source host.
    Local,
    /// A tool on another machine.
    Remote,
    /// The cluster service.
    Cluster,
}

/// Which side of a migration failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailedSide {
    /// The source.
    Source,
    /// The destination.
    Destination,
    /// Both report failure.
    Both,
}

/// One event that belongs to an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Time, host, side, place, and the event's content in short.
    pub evidence: Evidence,
    /// The event's provider.
    pub provider: Arc<str>,
    /// The event's id.
    pub event_id: u32,
    /// What it means for a migration.
    pub meaning: &'static str,
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
    pub host: String,
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

impl Finding {
    /// A finding about `cause`, proved by `first` and further evidence pushed later.
    pub fn new(cause: &'static str, class: Class, confidence: Confidence, first: Evidence) -> Self {
        Finding {
            id: String::new(),
            cause,
            class,
            severity: Severity::Info,
            confidence,
            title: String::new(),
            summary: String::new(),
            impact: String::new(),
            resolution: String::new(),
            hosts: Vec::new(),
            pairs: Vec::new(),
            users: Vec::new(),
            attempts: Vec::new(),
            only_likely: Vec::new(),
            evidence: vec![first],
            against: Vec::new(),
            ruled_out: Vec::new(),
            caveats: Vec::new(),
            raise_confidence: Vec::new(),
            workaround: Vec::new(),
            remediation: Vec::new(),
            references: Vec::new(),
        }
    }
}

impl Finding {
    /// How sure the cause is for one of the attempts that the finding explains.
    pub fn confidence_for(&self, attempt: &str) -> Confidence {
        if self.only_likely.iter().any(|id| id == attempt) { Confidence::Likely } else { self.confidence }
    }
}

impl Evidence {
    /// A statement of a file about `host`, without a time of its own.
    pub fn stated(at: SourceRef, host: Option<String>, says: impl Into<String>) -> Self {
        Evidence { time: None, host, side: None, at, says: says.into() }
    }
}
