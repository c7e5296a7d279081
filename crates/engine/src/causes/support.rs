//! Events beside an attempt that may support a cause: who logged them, whom they name, how near they lie.

use super::{Claim, Context};
use crate::attempts::Attempt;
use crate::hosts::{HostId, Hosts};
use crate::knowledge::{Meaning, knowledge};
use crate::signals::Signal;
use chrono::Duration;
use delegap_model::{ChannelFailures, Code, Confidence, Evidence, fold};
use std::collections::BTreeSet;

/// How far a domain controller's or host's own event may lie from the failure it belongs to: clocks that Kerberos still
/// accepts differ by less than 5 min, and the failure is logged within seconds.
pub(super) const NEAR: Duration = Duration::minutes(5);

impl<'a> Context<'a> {
    /// Events of one meaning around an attempt that a host of the move or a domain controller logged.
    pub(super) fn witnessed(
        &self,
        meaning: Meaning,
        attempt: &'a Attempt,
        slack: Duration,
    ) -> impl Iterator<Item = &'a Signal> + use<'a> {
        let estate = self.estate;
        self.near(meaning, attempt, slack)
            .filter(move |s| is_party(attempt, s.host) || estate.of(s.host).domain_controller || is_kdc(s))
    }

    /// Those of [`Context::witnessed`] that name a host of the move or its user in one of their values.
    pub(super) fn naming(
        &self,
        meaning: Meaning,
        attempt: &'a Attempt,
        slack: Duration,
    ) -> impl Iterator<Item = &'a Signal> + use<'a> {
        let hosts = &self.estate.hosts;
        self.witnessed(meaning, attempt, slack).filter(move |s| names_party(s, attempt, hosts))
    }

    /// Failed setups of a host's secure channel as evidence.
    pub(super) fn channel_failure(&self, host: HostId, failures: &ChannelFailures) -> Evidence {
        let ChannelFailures { domain, status, first, last, count, .. } = failures;
        let when = match count {
            1 => format!("at {first}"),
            n => format!("{n} times from {first} to {last}"),
        };
        let mut says =
            format!("netlogon.log: no secure channel to {domain} {when} (local time, year not told): {status:#010x}");
        if let Some(fact) = knowledge().code(Code(*status)) {
            says.extend([" ", &fact.name, " (", &fact.means, ")"]);
        }
        Evidence::stated(failures.at.clone(), Some(self.estate.name(host)), says)
    }

    /// A signal as evidence of this case.
    pub(crate) fn shown(&self, signal: &Signal) -> Evidence {
        signal.evidence(&self.estate.hosts)
    }

    /// The attempt's events give no reason of their own: wrappers without a code.
    pub(super) fn is_silent(&self, attempt: &Attempt) -> bool {
        attempt.stopped_in.is_none() && attempt.codes.is_empty()
    }

    /// Names of the hosts of failed attempts whose log of `channel` does not reach the failure.
    pub(super) fn unlogged(
        &self,
        channel: &str,
        side: fn(&Attempt) -> Option<HostId>,
        concerns: impl Fn(&Attempt) -> bool,
    ) -> BTreeSet<String> {
        self.failed()
            .filter(|(_, a)| concerns(a))
            .filter_map(|(_, a)| Some((side(a)?, a)))
            .filter(|(host, a)| !self.estate.reaches(*host, channel, a.started))
            .map(|(host, _)| self.estate.name(host))
            .collect()
    }
}

impl Claim {
    /// A claim that rests on events of which only hearsay is known: never more than possible by them.
    pub(super) fn supported_by(&mut self, context: &Context<'_>, signals: &[&Signal], lifted: Confidence) {
        self.evidence.extend(signals.iter().map(|s| context.shown(s)));
        if signals.iter().any(|s| s.rule.alone) {
            self.confidence = self.confidence.max(lifted);
        }
    }
}

/// True for a host of the move.
pub(super) fn is_party(attempt: &Attempt, host: HostId) -> bool {
    attempt.source == Some(host) || attempt.destination == Some(host)
}

/// Only a domain controller logs as the key distribution center.
fn is_kdc(signal: &Signal) -> bool {
    let provider = signal.event.provider.to_ascii_lowercase();
    provider.contains("kerberos-key-distribution-center") || matches!(provider.as_str(), "kdc" | "kdcsvc")
}

/// True if a value of the event names a host of the move or its user.
pub(super) fn names_party(signal: &Signal, attempt: &Attempt, hosts: &Hosts) -> bool {
    signal.event.fields.iter().any(|f| {
        let user = attempt.user.as_deref().is_some_and(|u| is_user_name(f.value, u));
        user || hosts_in(f.value, hosts).iter().any(|h| is_party(attempt, *h))
    })
}

/// The hosts that a value names: `HV02$@CONTOSO.LAB`, `CONTOSO\HV02$`, `service/hv02.contoso.lab`.
pub(crate) fn hosts_in(value: &str, hosts: &Hosts) -> BTreeSet<HostId> {
    let pieces = value.split(['/', '\\', ' ', ',', ';', '\n', '\r', '\t', '"', '\'', '(', ')', '[', ']']);
    pieces.filter_map(|piece| hosts.find(piece.split('@').next().unwrap_or(piece), None)).collect()
}

/// The hosts named in the value called `name`, or at `position` where the event names none of its values.
pub(super) fn hosts_of_field(signal: &Signal, name: &str, position: usize, hosts: &Hosts) -> BTreeSet<HostId> {
    let value = signal.event.field(name).or_else(|| signal.event.value(position)).unwrap_or("");
    hosts_in(value, hosts)
}

/// A hexadecimal status such as `0x12`.
pub(super) fn status(signal: &Signal) -> Option<u32> {
    let text = signal.event.field("Status").or_else(|| signal.event.field("ErrorCode"))?.trim();
    u32::from_str_radix(text.trim_start_matches("0x").trim_start_matches("0X"), 16).ok()
}

/// True if a value is the user's name in one of its forms: `admin`, `CONTOSO\admin`, `admin@contoso.lab`.
fn is_user_name(value: &str, user: &str) -> bool {
    let plain = |text: &str| {
        let text = text.trim();
        let text = text.rsplit('\\').next().unwrap_or(text);
        fold(text.split('@').next().unwrap_or(text))
    };
    !value.trim().is_empty() && plain(value) == plain(user)
}

/// `HV01, HV02`
pub(super) fn joined(names: BTreeSet<String>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}
