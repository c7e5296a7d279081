//! Format 1 of the JSON report, frozen: fields and enum values may be added, never renamed, removed or given another
//! meaning. It is a copy of the model on purpose, so that the model may change without the report changing.
//!
//! Field order is print order. What is not known is `None` and printed as `null`.

#![expect(missing_docs, reason = "the contract names each field and the model documents what stands in it")]

use serde::Serialize;

#[derive(Serialize)]
pub struct Report<'a> {
    pub format: u8,
    pub schema: &'static str,
    pub tool: Tool,
    pub knowledge_as_of: &'a str,
    pub verdict: Verdict<'a>,
    pub ask: &'a [String],
    pub directory: Directory<'a>,
    pub findings: Vec<Finding<'a>>,
    pub attempts: Vec<Attempt<'a>>,
    pub pairs: Vec<Pair<'a>>,
    pub hosts: Vec<Host<'a>>,
    pub onset: Option<Onset<'a>>,
    pub timeline: Vec<TimelineEntry<'a>>,
    pub checks: Vec<Check<'a>>,
    pub inputs: Vec<Input<'a>>,
    pub escalation: &'a [String],
    pub reported_stall: Option<ReportedStall<'a>>,
    pub counterfactual: Option<Counterfactual<'a>>,
}

#[derive(Serialize)]
pub struct Tool {
    pub name: &'static str,
    pub version: &'static str,
}

#[derive(Serialize)]
pub struct Verdict<'a> {
    pub status: Status,
    pub primary_cause: Option<&'a str>,
    pub class: Option<Class>,
    pub is_delegation: Option<bool>,
    pub confidence: Option<Confidence>,
    pub headline: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    CauseFound,
    GapsOnly,
    NoCauseProven,
    NoFailures,
    InsufficientEvidence,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    Delegation,
    Authentication,
    Network,
    Compatibility,
    Resource,
    Storage,
    Cluster,
    Service,
    Input,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    Confirmed,
    Likely,
    Possible,
}

#[derive(Serialize)]
pub struct Directory<'a> {
    pub exported: Option<String>,
    pub domain_controller: Option<&'a str>,
}

#[derive(Serialize)]
pub struct Finding<'a> {
    pub id: &'a str,
    pub cause: &'a str,
    pub class: Class,
    pub severity: Severity,
    pub confidence: Confidence,
    pub title: &'a str,
    pub summary: &'a str,
    pub impact: &'a str,
    pub hosts: &'a [String],
    pub pairs: Vec<HostPair<'a>>,
    pub users: &'a [String],
    pub attempts: &'a [String],
    pub only_likely: &'a [String],
    pub evidence: Vec<Evidence<'a>>,
    pub against: Vec<Evidence<'a>>,
    pub caveats: &'a [String],
    pub raise_confidence: &'a [String],
    pub workaround: &'a [String],
    pub remediation: Vec<Step<'a>>,
    pub references: Vec<Reference<'a>>,
    pub ruled_out: Vec<RuledOut<'a>>,
}

#[derive(Serialize)]
pub struct RuledOut<'a> {
    pub cause: &'a str,
    pub title: &'a str,
    pub why: &'a str,
    pub attempts: &'a [String],
    pub evidence: Vec<Evidence<'a>>,
}

#[derive(Serialize)]
pub struct ReportedStall<'a> {
    pub from: u8,
    pub to: u8,
    pub agreement: Agreement,
    pub says: &'a str,
    pub evidence: Vec<Evidence<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    Agrees,
    Disagrees,
    Open,
}

#[derive(Serialize)]
pub struct Counterfactual<'a> {
    pub changes: Vec<ValueChange<'a>>,
    pub allowed: &'a [String],
    pub failed: usize,
    pub smallest: Vec<ValueChange<'a>>,
    pub notes: &'a [String],
}

#[derive(Serialize)]
pub struct ValueChange<'a> {
    pub object: &'a str,
    pub attribute: &'a str,
    pub value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Error,
    Warning,
    Info,
}

#[derive(Serialize)]
pub struct HostPair<'a> {
    pub source: &'a str,
    pub destination: &'a str,
}

#[derive(Serialize)]
pub struct Evidence<'a> {
    pub file: &'a str,
    pub at: Option<String>,
    pub time: Option<String>,
    pub host: Option<&'a str>,
    pub side: Option<Side>,
    pub says: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Source,
    Destination,
}

#[derive(Serialize)]
pub struct Step<'a> {
    pub step: usize,
    pub text: &'a str,
    pub command: Option<&'a str>,
    pub shell: Option<Shell>,
    pub console: Option<&'a str>,
    pub runs_on: &'a str,
    pub requires: Option<&'a str>,
    pub effect: Effect,
    pub undo: Option<&'a str>,
    pub wait: Option<&'a str>,
    pub verify: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shell {
    PowerShell,
    Cmd,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    ReadOnly,
    Changes,
    Destructive,
}

#[derive(Serialize)]
pub struct Reference<'a> {
    pub url: &'a str,
    pub says: &'a str,
}

#[derive(Serialize)]
pub struct Attempt<'a> {
    pub id: &'a str,
    pub vm: Vm<'a>,
    pub source: Option<&'a str>,
    pub destination: Option<&'a str>,
    pub started: Option<String>,
    pub ended: Option<String>,
    pub outcome: Outcome,
    pub stopped_in: Option<Phase>,
    pub progress_band: Option<(u8, u8)>,
    pub initiator: Option<Initiator>,
    pub user: Option<&'a str>,
    pub codes: Vec<String>,
    pub failed_side: Option<FailedSide>,
    pub signals: Vec<Signal<'a>>,
    pub explained_by: &'a [String],
    pub open_causes: &'a [&'static str],
}

#[derive(Serialize)]
pub struct Vm<'a> {
    pub name: Option<&'a str>,
    pub id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Failed,
    Completed,
    Unknown,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Listen,
    Connect,
    Authenticate,
    Plan,
    Compatibility,
    Transfer,
    HandOver,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initiator {
    Local,
    Remote,
    Cluster,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailedSide {
    Source,
    Destination,
    Both,
}

/// Evidence, and which event it is.
#[derive(Serialize)]
pub struct Signal<'a> {
    #[serde(flatten)]
    pub evidence: Evidence<'a>,
    pub provider: &'a str,
    pub event_id: u32,
    pub meaning: &'a str,
}

#[derive(Serialize)]
pub struct Pair<'a> {
    pub source: &'a str,
    pub destination: &'a str,
    pub delegation: PairDelegation<'a>,
    pub required: Option<bool>,
    pub attempts: PairAttempts,
}

#[derive(Serialize)]
pub struct PairDelegation<'a> {
    pub verdict: PairVerdict,
    pub gap: Option<&'a str>,
    pub reasons: &'a [String],
    pub evidence: Vec<Evidence<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairVerdict {
    Ok,
    Gap,
    Warning,
    Unknown,
    NotRequired,
}

#[derive(Serialize)]
pub struct PairAttempts {
    pub failed: u32,
    pub completed: u32,
    pub last_failed: Option<String>,
    pub last_completed: Option<String>,
}

#[derive(Serialize)]
pub struct Host<'a> {
    pub name: &'a str,
    pub fqdn: Option<&'a str>,
    pub os: Option<&'a str>,
    pub build: Option<u32>,
    pub roles: &'a [&'static str],
    pub cluster: Option<&'a str>,
    pub domain: Option<&'a str>,
    pub authentication_type: Option<AuthenticationType>,
    pub credential_guard: Option<bool>,
    pub delegation: HostDelegation<'a>,
    pub updates: Updates<'a>,
    pub clock_offset_s: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthenticationType {
    Kerberos,
    CredSsp,
}

#[derive(Serialize)]
pub struct HostDelegation<'a> {
    pub kind: DelegationKind,
    pub services: Option<Vec<&'a str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DelegationKind {
    None,
    Unconstrained,
    KerberosOnly,
    AnyProtocol,
    Unknown,
}

#[derive(Serialize)]
pub struct Updates<'a> {
    pub known: bool,
    pub latest: Option<&'a str>,
}

#[derive(Serialize)]
pub struct Onset<'a> {
    pub first_failure: String,
    pub last_success_before: Option<String>,
    pub left_censored: bool,
    pub candidates: Vec<Candidate<'a>>,
    pub change_points: Vec<ChangePoint<'a>>,
    pub weeks: Vec<Week>,
    pub missing: &'a [String],
}

#[derive(Serialize)]
pub struct ChangePoint<'a> {
    pub after: Option<String>,
    pub until: String,
    pub pairs: Vec<HostPair<'a>>,
}

#[derive(Serialize)]
pub struct Week {
    pub starts: String,
    pub completed: u32,
    pub failed: u32,
}

#[derive(Serialize)]
pub struct Candidate<'a> {
    pub time: String,
    pub what: OnsetKind,
    pub id: &'a str,
    pub host: Option<&'a str>,
    pub mechanism: Option<&'a str>,
    pub weight: Weight,
    pub programme: Option<&'a str>,
    pub note: Option<&'a str>,
    pub evidence: Vec<Evidence<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnsetKind {
    Update,
    DirectoryChange,
    OsUpgrade,
    Policy,
    Reboot,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    Strong,
    Weak,
}

#[derive(Serialize)]
pub struct TimelineEntry<'a> {
    pub time: String,
    pub host: Option<&'a str>,
    pub kind: &'a str,
    pub text: &'a str,
    #[serde(rename = "ref")]
    pub place: Place<'a>,
}

#[derive(Serialize)]
pub struct Place<'a> {
    pub file: &'a str,
    pub at: Option<String>,
}

#[derive(Serialize)]
pub struct Check<'a> {
    pub cause: &'a str,
    pub outcome: CheckOutcome,
    pub examined: u64,
    pub missing: &'a [String],
    pub collect: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckOutcome {
    Found,
    Clear,
    NotChecked,
    Faulted,
}

#[derive(Serialize)]
pub struct Input<'a> {
    pub path: &'a str,
    pub kind: &'static str,
    pub sha256: Option<&'a str>,
    pub records: Option<u64>,
    pub selected: Option<u64>,
    /// Only where stale records were looked for and some were found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovered: Option<Recovered>,
    pub first: Option<String>,
    pub last: Option<String>,
    pub host: Option<&'a str>,
    pub host_source: Option<HostSource>,
    pub covers: Vec<Cover<'a>>,
    pub problems: Vec<Problem<'a>>,
}

#[derive(Serialize)]
pub struct Recovered {
    pub records: u64,
    pub unreadable: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostSource {
    Content,
    Path,
}

#[derive(Serialize)]
pub struct Cover<'a> {
    pub host: Option<&'a str>,
    pub channel: Option<&'a str>,
    pub from: String,
    pub to: String,
}

#[derive(Serialize)]
pub struct Problem<'a> {
    pub at: Option<String>,
    pub what: &'a str,
    pub lost: Option<&'a str>,
}

/// What `delegap inspect` prints, format 1 of its own.
#[derive(Serialize)]
pub struct Inspection<'a> {
    pub format: u8,
    pub schema: &'static str,
    pub tool: Tool,
    pub inputs: Vec<InspectedInput<'a>>,
}

#[derive(Serialize)]
pub struct InspectedInput<'a> {
    #[serde(flatten)]
    pub input: Input<'a>,
    pub taken_for: &'static str,
    pub because: &'static str,
    pub answers: Vec<Answer<'a>>,
}

#[derive(Serialize)]
pub struct Answer<'a> {
    pub fact: &'static str,
    pub about: &'static str,
    pub told: u64,
    pub not_told: Vec<NotTold<'a>>,
}

#[derive(Serialize)]
pub struct NotTold<'a> {
    pub why: &'a str,
    pub count: u64,
}
