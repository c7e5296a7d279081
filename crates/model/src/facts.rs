//! Facts about hosts beside their settings: tickets, virtualization-based security, policy, clocks, migration networks,
//! and when attributes changed.

use crate::{Principal, Sid, SourceRef, Spn, Time, Tri, When};
use chrono::{Datelike, Duration, NaiveDate, NaiveTime};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A `klist` listing of one logon session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketCache {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the listing names it.
    pub host: Option<String>,
    /// The logon session, such as 0x3e7 (SYSTEM) or 0x3e4 (NETWORK SERVICE).
    pub logon_id: Option<u64>,
    /// Its tickets, in their order.
    pub tickets: Vec<Ticket>,
}

/// One cached ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The client as written, such as `HV01$ @ CONTOSO.LAB`.
    pub client: String,
    /// The service, without its realm.
    pub server: Spn,
    /// The service's realm.
    pub realm: Option<String>,
    /// The ticket flags.
    pub flags: Option<u32>,
    /// The ticket's encryption type as written.
    pub encryption: Option<String>,
    /// When it became valid.
    pub start: When,
    /// When it ends.
    pub end: When,
    /// The domain controller that gave it.
    pub kdc: Option<String>,
}

/// What virtualization-based security runs (Win32_DeviceGuard, msinfo32, systeminfo).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceGuard {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the dump names it.
    pub host: Option<String>,
    /// Credential Guard runs.
    pub credential_guard_running: Tri<bool>,
    /// Credential Guard is configured to run.
    pub credential_guard_configured: Tri<bool>,
}

/// Rights and registry values of a security policy export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityPolicy {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the export names it.
    pub host: Option<String>,
    /// Whose policy it is.
    pub scope: PolicyScope,
    /// User rights and who holds them.
    pub rights: BTreeMap<String, Vec<Principal>>,
    /// Registry values by key path and value name in lower case (`machine\…\value`).
    pub registry: BTreeMap<String, String>,
    /// True if a right that is not there is held by nobody: an export of what is in force. Of what policies set, nobody
    /// knows who holds the others.
    pub lists_all_rights: bool,
    /// Names and identifiers in lower case of the Group Policy objects that the host applies, where they are told.
    pub applied: Option<BTreeSet<String>>,
}

/// Whose policy an export shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyScope {
    /// What a host applies (secedit /export).
    Host,
    /// One Group Policy object (GptTmpl.inf), by its name or identifier.
    GroupPolicyObject(String),
}

/// When an attribute last changed, by replication metadata (repadmin /showobjmeta).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeMetadata {
    /// File and line.
    pub at: SourceRef,
    /// The object's distinguished name, or its name.
    pub object: String,
    /// The attribute's LDAP name.
    pub attribute: String,
    /// How often it was written.
    pub version: u32,
    /// When it was last written where it was written.
    pub changed: When,
    /// The domain controller it was written on.
    pub originating_dc: Option<String>,
}

/// A measured clock difference (w32tm).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockSample {
    /// File and line.
    pub at: SourceRef,
    /// Who measured, if the output names it.
    pub host: Option<String>,
    /// Against whom.
    pub peer: Option<String>,
    /// The peer's clock minus the host's, in milliseconds.
    pub offset_ms: i64,
}

/// The state of a host's time service (w32tm /query /status, /configuration). It measures nothing: a host that is called
/// synchronised may be hours off, one that is not may be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeService {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the output names it.
    pub host: Option<String>,
    /// False if it follows no other clock.
    pub synchronised: bool,
    /// The clock that it follows as written, in the language of the host for its own.
    pub source: Option<String>,
}

/// Setups of a host's secure channel that failed one after the other with one error (Netlogon's debug log).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelFailures {
    /// File and line of the first.
    pub at: SourceRef,
    /// The host, if the log names it.
    pub host: Option<String>,
    /// The domain.
    pub domain: String,
    /// Status (NTSTATUS).
    pub status: u32,
    /// When the first was.
    pub first: Yearless,
    /// When the last was.
    pub last: Yearless,
    /// How many.
    pub count: u64,
}

/// A local time without year and zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Yearless {
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// The time of the day.
    pub time: NaiveTime,
}

impl Yearless {
    /// True if `time` may lie between two such times, or up to `slack` outside of them, in any year and zone.
    pub fn may_span(first: Yearless, last: Yearless, time: Time, slack: Duration) -> bool {
        // Zones reach from UTC-14 to UTC+14.
        let slack = slack + Duration::hours(14);
        let at =
            |t: Yearless, year: i32| Some(NaiveDate::from_ymd_opt(year, t.month, t.day)?.and_time(t.time).and_utc());
        let year = time.year();
        (year - 1..=year + 1).any(|year| {
            let from = at(first, year);
            let to = at(last, year).filter(|to| from.is_some_and(|from| from <= *to)).or_else(|| at(last, year + 1));
            matches!((from, to), (Some(from), Some(to)) if from - slack <= time && time <= to + slack)
        })
    }
}

impl fmt::Display for Yearless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}/{:02} {}", self.month, self.day, self.time.format("%H:%M:%S"))
    }
}

/// One network that a host uses for migrations (Get-VMMigrationNetwork).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationNetwork {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the dump names it.
    pub host: Option<String>,
    /// The subnet, such as `10.20.0.0/24`.
    pub subnet: String,
}

/// A machine's own security identifier (PsGetSid, or that of its built-in administrator without the last number).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineSid {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the output names it.
    pub host: Option<String>,
    /// The identifier.
    pub sid: Sid,
}

/// The state of a host's secure channel to its domain (nltest /sc_query, /sc_verify).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecureChannel {
    /// File and line.
    pub at: SourceRef,
    /// The host, if the output names it.
    pub host: Option<String>,
    /// The domain controller at its other end.
    pub controller: Option<String>,
    /// Windows error code; 0 for a channel that works.
    pub status: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_without_a_year() {
        let at = |month, day| Yearless { month, day, time: NaiveTime::from_hms_opt(12, 0, 0).unwrap() };
        let time = |text: &str| text.parse::<Time>().unwrap();
        let hour = Duration::hours(1);
        let spans = |a, b, t: &str| Yearless::may_span(a, b, time(t), hour);
        assert!(spans(at(2, 14), at(2, 16), "2026-02-15T00:00:00Z"));
        assert!(spans(at(2, 14), at(2, 14), "2026-02-15T02:59:00Z"));
        assert!(!spans(at(2, 14), at(2, 14), "2026-02-15T03:01:00Z"));
        assert!(spans(at(12, 30), at(1, 2), "2026-01-01T00:00:00Z"), "over the turn of the year");
        assert!(spans(at(12, 31), at(12, 31), "2027-01-01T00:00:00Z"));
        assert!(!spans(at(12, 30), at(1, 2), "2026-06-01T00:00:00Z"));
        assert!(!spans(at(2, 30), at(2, 30), "2026-03-01T00:00:00Z"), "no such day");
        assert_eq!(at(2, 3).to_string(), "02/03 12:00:00");
    }
}
