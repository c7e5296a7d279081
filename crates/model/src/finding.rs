//! Findings: a cause, what proves it, and what puts it right.

use crate::{Class, Confidence, HostPair, RuledOut, Severity, SourceRef, Time};
use std::sync::Arc;

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
    pub host: Option<Arc<str>>,
    /// Which side of the migration that host is.
    pub side: Option<Side>,
    /// The place.
    pub at: SourceRef,
    /// What it says.
    pub says: Arc<str>,
}

/// A cause or a gap, with its proof. There is none without evidence: see [`Finding::new`].
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// `F1`, `F2`, … in report order.
    pub id: String,
    /// Catalogue id; `exports-disagree` for what inputs say differently, which is no cause.
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
    pub fn stated(at: SourceRef, host: Option<String>, says: impl Into<Arc<str>>) -> Self {
        Evidence { time: None, host: host.map(Arc::from), side: None, at, says: says.into() }
    }
}
