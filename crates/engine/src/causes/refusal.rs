//! Signs that Kerberos or CredSSP found nothing to authenticate with: what every delegation cause starts from.

use super::{Claim, Context, ask_management_log};
use crate::attempts::Attempt;
use crate::knowledge::{CodeGroup, Meaning};
use crate::signals::Signal;
use crate::testimony;
use chrono::Duration;
use delegap_model::{Confidence, Evidence, Initiator, Spn};

/// How an attempt was refused.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// A code that missing delegation (or CredSSP without credentials) produces, seen outside the transfer.
    pub code: bool,
    /// The no-credentials text.
    pub text: bool,
    /// The code stands only in a transfer error: a second connection or an SMB session, which is unusual.
    pub late: bool,
    /// A domain controller's refusal of the ticket within seconds.
    pub kdc: Vec<Evidence>,
}

/// What happens after authentication: who shows one of these was not refused there.
const LATER: [Meaning; 7] = [
    Meaning::SendFailed,
    Meaning::ReceiveFailed,
    Meaning::DataCorrupt,
    Meaning::PlannedVmFailed,
    Meaning::ProcessorIncompatible,
    Meaning::SwitchMissing,
    Meaning::MemoryShort,
];

/// The refusal an attempt shows, if it shows one that a delegation cause can explain.
pub(crate) fn of<'a>(context: &Context<'_>, attempt: &'a Attempt) -> Option<&'a Refusal> {
    attempt.asked.refusal.get_or_init(|| find(context, attempt)).as_ref()
}

fn find(context: &Context<'_>, attempt: &Attempt) -> Option<Refusal> {
    let estate = context.estate;
    // The code is the source's: what the destination says of its own side is another matter.
    let at_destination = [Meaning::AuthenticationFailedAtDestination, Meaning::Denied];
    let coded: Vec<&Signal> = attempt
        .coded(estate, CodeGroup::Delegation)
        .map(|(_, s)| s)
        .filter(|s| !s.means_any(&at_destination))
        .collect();
    let text = attempt.means(&[Meaning::NoCredentials]);
    let transfer = [Meaning::SendFailed, Meaning::ReceiveFailed];
    let connecting = [Meaning::ConnectFailed, Meaning::AuthenticationFailedAtSource, Meaning::NoCredentials];
    let early = coded.iter().any(|s| !s.means_any(&transfer) || s.means_any(&connecting));
    // A ticket refused in the same seconds says nothing of a move that came further or never got so far.
    let winsock = attempt.coded(estate, CodeGroup::Winsock).next().is_some();
    let kdc = if winsock || attempt.means(&LATER) { Vec::new() } else { kdc_refusals(context, attempt) };
    // Another authentication code has a cause of its own and never supports delegation.
    let other = attempt.coded(estate, CodeGroup::Sspi).next().is_some()
        || attempt.coded(estate, CodeGroup::Credssp).next().is_some();
    if coded.is_empty() && (other || (!text && kdc.is_empty())) {
        return None;
    }
    Some(Refusal { code: early, text, late: !coded.is_empty() && !early && !text, kdc })
}

impl Refusal {
    /// True if the connection itself was refused, in one way or another.
    pub fn at_connect(&self) -> bool {
        self.code || self.text || !self.kdc.is_empty()
    }
}

/// 4769 with status 0xD (the KDC can't do what was asked) in the seconds of the failure, for the destination's migration
/// service or account, from the source's address or name. A bare 0xD is background noise.
fn kdc_refusals(context: &Context<'_>, attempt: &Attempt) -> Vec<Evidence> {
    let (Some(source), Some(destination)) = (attempt.source, attempt.destination) else { return Vec::new() };
    let hosts = &context.estate.hosts;
    let slack = Duration::seconds(10);
    let failed_at = attempt.ended.unwrap_or(attempt.started);
    let near = context.estate.between(Meaning::ServiceTicket, failed_at - slack, failed_at + slack);
    near.filter(|s| {
        let field = |name: &str| s.event.field(name).map(str::trim).unwrap_or("");
        let refused = matches!(u32::from_str_radix(field("Status").trim_start_matches("0x"), 16), Ok(0xd));
        let service = Spn::new(field("ServiceName").split('@').next().unwrap_or(""));
        let asked = match service.as_str().contains('/') {
            true if service.has_class(Spn::MIGRATION) => hosts.find(service.host(), None),
            true => None,
            false => Some(service.as_str()).filter(|n| n.ends_with('$')).and_then(|n| hosts.find(n, None)),
        };
        let address = field("IpAddress").trim_start_matches("::ffff:");
        let named = |n: &str| hosts.find(n.split('@').next().unwrap_or(n), None) == Some(source);
        let from_source = context.estate.of(source).addresses.contains(address)
            || field("TransmittedServices").split([',', ' ', '\n']).any(named);
        refused && asked == Some(destination) && from_source
    })
    .map(|s| Evidence {
        says: "the domain controller refused the source a ticket for the destination (4769, status 0xd)".into(),
        ..s.evidence(hosts)
    })
    .collect()
}

/// What a setting under which no authentication works makes of a failure that gives no reason: a sign only. None where the
/// events say more than that the move failed, or where moves are said to stop late: those were not refused at connect.
pub(crate) fn unnamed(context: &Context<'_>, index: usize, attempt: &Attempt) -> Option<Claim> {
    const WRAPPERS: [Meaning; 5] = [
        Meaning::Started,
        Meaning::Envelope,
        Meaning::FailedAtSource,
        Meaning::FailedAtDestination,
        Meaning::ConnectFailed,
    ];
    let wraps = |s: &Signal| s.meanings().all(|m| WRAPPERS.contains(&m));
    if !attempt.codes.is_empty() || !attempt.signals(context.estate).all(wraps) || testimony::is_late(context) {
        return None;
    }
    let mut claim = Claim::new(context, index, Confidence::Possible);
    claim.bare = true;
    claim
        .caveats
        .push("The events of this move give neither a sentence nor a code that points to authentication.".to_owned());
    claim.raise.push(format!("Send {}", ask_management_log()));
    Some(claim)
}

/// Did the cluster service run this move? `None`: both are nodes of one cluster and nothing tells.
pub(crate) fn cluster_run(context: &Context<'_>, attempt: &Attempt) -> Option<bool> {
    if attempt.initiator == Some(Initiator::Cluster) {
        return Some(true);
    }
    let same_cluster = context.pair(attempt).is_some_and(|p| p.same_cluster);
    if !same_cluster {
        return Some(false);
    }
    // A cluster-run move leaves a notice in the High-Availability log, if that log covers the time.
    let covered = attempt.source.is_some_and(|s| context.estate.covers(s, "high-availability", attempt.started));
    covered.then_some(false)
}
