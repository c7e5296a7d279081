//! Inputs that say different things of one object: what each says, which one counts, and what settles it.

use crate::catalogue;
use crate::causes::Context;
use crate::estate::{By, Open};
use crate::findings::{listed, plural};
use crate::hosts::HostId;
use delegap_model::{
    Class, Confidence, Effect, Evidence, Explanation, Finding, Item, Part, Severity, Shell, SourceRef, Step, same_name,
};
use std::collections::BTreeSet;

/// What findings of this kind are called where others name a cause. It is none: it explains no failure.
pub(crate) const ID: &str = "exports-disagree";
/// Differences written out in a summary before the rest is counted.
const SHOWN: usize = 6;
/// Differences shown with what each input says.
const PROVED: usize = 40;

/// What an object is, and with that how it is exported again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Computer,
    User,
    Group,
    /// Migration settings of a host.
    Settings,
    CredentialGuard,
    MachineSid,
    SecureChannel,
}

impl Kind {
    /// What is exported again, and the cause whose check asks for it.
    fn collected(self) -> (&'static str, &'static str) {
        match self {
            Kind::Computer => ("the computer objects", "kcd-missing"),
            Kind::User => ("the user", "initiator-not-delegable"),
            Kind::Group => ("the group's members", "initiator-not-delegable"),
            Kind::Settings => ("the migration settings", "credssp-remote-initiation"),
            Kind::CredentialGuard => ("the state of Credential Guard", "credssp-credential-guard"),
            Kind::MachineSid => ("the machine's SID", "machine-id-duplicate"),
            Kind::SecureChannel => ("the state of the secure channel", "machine-account-broken"),
        }
    }

    fn is_in_directory(self) -> bool {
        matches!(self, Kind::Computer | Kind::User | Kind::Group)
    }
}

/// An object of which several inputs speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub kind: Kind,
    pub host: Option<HostId>,
    pub name: String,
}

/// One attribute of one object on which inputs differ.
#[derive(Debug, Clone)]
pub(crate) struct Disagreement {
    pub object: Object,
    pub attribute: &'static str,
    /// The answer about delegation can rest on it.
    pub decisive: bool,
    /// Each value once, with the newest place that has it; the one that counts stands first if there is one.
    pub statements: Vec<(SourceRef, String)>,
    /// By what the first statement is known to be the newest.
    pub settled: Result<By, Open>,
}

impl Disagreement {
    /// True if the value that counts is not known, or counts by a weak sign only.
    fn is_doubtful(&self) -> bool {
        self.settled.map_or(true, By::is_weak)
    }

    fn says(&self) -> String {
        let places = listed(self.statements.iter().map(|(at, _)| at.to_string()));
        let (attribute, name) = (self.attribute, &self.object.name);
        match (self.settled, self.statements.first()) {
            (Ok(by), Some((used, _))) => {
                format!("{attribute} of {name} differs ({places}): {used} counts, the newer one {}.", by.words())
            }
            (Err(open), _) => {
                format!("{attribute} of {name} differs ({places}): it counts as not known, because {}.", open.words())
            }
            (Ok(_), None) => String::new(),
        }
    }

    fn evidence(&self, host: Option<&str>) -> impl Iterator<Item = Evidence> {
        self.statements.iter().enumerate().map(move |(index, (at, value))| {
            let role = match (index, self.settled) {
                (0, Ok(_)) => " (this counts)",
                (_, Ok(_)) => " (older: does not count)",
                (_, Err(_)) => "",
            };
            let says = format!("{} of {}: {value}{role}", self.attribute, self.object.name);
            Evidence::stated(at.clone(), host.map(str::to_owned), says)
        })
    }
}

/// At most two findings: what keeps the answer open, and what is only worth knowing.
pub(crate) fn findings(context: &Context<'_>) -> Vec<Finding> {
    let bears = |d: &&Disagreement| bears(context, d);
    let (doubtful, settled): (Vec<_>, Vec<_>) =
        context.estate.disagreements.iter().filter(bears).partition(|d| d.decisive && d.is_doubtful());
    [(doubtful, Severity::Warning), (settled, Severity::Info)]
        .into_iter()
        .filter_map(|(all, severity)| finding(context, &all, severity))
        .collect()
}

/// A sentence on what the delegation of a move rests on, if that counts by a weak sign only.
pub(crate) fn weak_ground(context: &Context<'_>, hosts: [HostId; 2]) -> Option<String> {
    let of_move = |d: &&Disagreement| d.object.host.is_some_and(|h| hosts.contains(&h));
    let weak = |d: &&Disagreement| d.decisive && d.settled.is_ok_and(By::is_weak);
    let all = &context.estate.disagreements;
    let found = all.iter().filter(of_move).find(weak)?;
    let by = found.settled.ok()?.words();
    Some(format!(
        "Two inputs differ in {} of {}, and which one is the newer is known {by}.",
        found.attribute, found.object.name
    ))
}

/// True for hosts that VMs move between, their clusters, and the users and groups that decide a move.
fn bears(context: &Context<'_>, d: &Disagreement) -> bool {
    let attempts = &context.joined.attempts;
    match (d.object.kind, d.object.host) {
        (_, Some(host)) => {
            let facts = context.estate.of(host);
            let party = || attempts.iter().any(|a| [a.source, a.destination].contains(&Some(host)));
            facts.hyper_v || facts.cluster_name || party()
        }
        (Kind::User, None) => {
            let plain = |user: &str| {
                let name = user.rsplit('\\').next().unwrap_or(user);
                name.split('@').next().unwrap_or(name).to_owned()
            };
            attempts.iter().filter_map(|a| a.user.as_deref()).any(|u| same_name(&plain(u), &d.object.name))
        }
        (Kind::Group, None) => true,
        (_, None) => false,
    }
}

fn finding(context: &Context<'_>, all: &[&Disagreement], severity: Severity) -> Option<Finding> {
    let estate = context.estate;
    let host = |d: &Disagreement| d.object.host.map(|h| estate.name(h));
    let mut evidence = all.iter().take(PROVED).flat_map(|d| d.evidence(host(d).as_deref()).collect::<Vec<_>>());
    let mut finding = Finding::new(ID, Class::Input, Confidence::Likely, evidence.next()?);
    finding.evidence.extend(evidence);
    finding.severity = severity;
    let hosts: BTreeSet<String> = all.iter().filter_map(|d| host(d)).collect();
    finding.hosts = hosts.into_iter().collect();
    let users = all.iter().filter(|d| d.object.kind == Kind::User).map(|d| d.object.name.clone());
    finding.users = users.collect::<BTreeSet<_>>().into_iter().collect();
    let mut says: Vec<String> = all.iter().take(SHOWN).map(|d| d.says()).collect();
    if let more @ 1.. = all.len().saturating_sub(SHOWN) {
        says.push(format!("The same for {}.", plural(more, "further attribute")));
    }
    finding.summary = says.join(" ");
    (finding.title, finding.impact) = match severity {
        Severity::Warning => (
            "Inputs disagree about what the answer rests on, and which is the newest is not certain".to_owned(),
            "What counts as not known can neither prove nor rule out a cause; what counts by a weak sign proves nothing \
             beyond doubt. The delegation itself is not accused by this."
                .to_owned(),
        ),
        _ => (
            "Inputs disagree about an object".to_owned(),
            "The answer rests on the newest value where that is known. What an older input said may have been true when a \
             move failed."
                .to_owned(),
        ),
    };
    finding.resolution =
        "Export the objects once more, all in one go and with whenChanged, and send that export alone.".into();
    finding.remediation = all.iter().map(|d| d.object.kind).collect::<BTreeSet<_>>().into_iter().map(step).collect();
    Some(finding)
}

/// The export that settles it.
fn step(kind: Kind) -> Step {
    let (what, cause) = kind.collected();
    let runs_on = if kind.is_in_directory() { "domain" } else { "each host" };
    let collect = catalogue::all().iter().find(|c| c.id == cause).map(|c| c.collect.clone());
    Step {
        text: format!("Collect {what} once more."),
        shell: collect.is_some().then_some(Shell::PowerShell),
        command: collect,
        console: None,
        runs_on: runs_on.to_owned(),
        requires: if kind.is_in_directory() { "any domain user" } else { "an administrator of the host" }.to_owned(),
        effect: Effect::ReadOnly,
        undo: None,
        wait: None,
        verify: kind.is_in_directory().then(|| {
            "repadmin /showobjmeta * \"<distinguished name of the object>\" shows when each attribute was last written."
                .to_owned()
        }),
    }
}

/// The page about this kind of finding.
pub(crate) fn explanation() -> Explanation {
    let text = |words: &str| Item::Text(words.to_owned());
    let part = |heading: &str, words: &[&str]| Part {
        heading: heading.to_owned(),
        items: words.iter().map(|w| text(w)).collect(),
    };
    let order = [By::Object, By::Others, By::Stated, By::FileName, By::Member];
    let mut how = part("How the order is told, the surest first", &[]);
    how.items = order.iter().map(|by| Item::Point(by.words().to_owned())).collect();
    Explanation {
        title: format!("{ID}: Inputs disagree about an object"),
        parts: vec![
            part(
                "",
                &[
                    "Class input. No cause of a failure: two inputs hold different values for an attribute of one object.",
                ],
            ),
            part(
                "What counts",
                &[
                    "The value of the newest export that tells the attribute. Where nothing says which export is the newer \
                     one, the attribute counts as not known.",
                    "A finding is a warning where the answer about delegation can rest on the attribute and the order is not \
                     known, or known by a weak sign only; a cause that rests on a weak sign is likely at most.",
                ],
            ),
            how,
            part(
                "What is not used",
                &["Times of files in a file system: a copy, a download or a checkout sets them anew."],
            ),
        ],
        sources: Vec::new(),
    }
}
