//! Times, unknown texts and enum values of the JSON report.
//!
//! Every conversion names every value, so that a value the model gains has to be placed here.

use super::v1;
use chrono::{DateTime, Datelike, Timelike};
use delegap_model as model;

/// RFC 3339 in UTC with the 100 ns steps that Windows keeps.
///
/// The format has four digits for the year and Windows timestamps go further; a later one, which only damage or
/// forgery brings about, is printed as the last moment that can be written.
pub fn time(t: model::Time) -> String {
    let last = DateTime::from_timestamp(253_402_300_799, 999_999_900).unwrap_or(t);
    let t = if t.year() > 9999 { last } else { t };
    // A leap second is kept as second 59 and more than 10^9 ns.
    let steps = t.nanosecond().min(999_999_999) / 100;
    let (hour, minute, second) = (t.hour(), t.minute(), t.second());
    format!("{}T{hour:02}:{minute:02}:{second:02}.{steps:07}Z", t.format("%Y-%m-%d"))
}

/// A text that may be missing: an empty one says nothing.
pub fn known(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// [`known`] of an optional text.
pub fn known_of<T: std::ops::Deref<Target = str>>(text: &Option<T>) -> Option<&str> {
    text.as_deref().and_then(known)
}

/// Converts plain enums variant by variant.
macro_rules! same_variants {
    ($($name:ident: $($variant:ident)+;)+) => {
        $(impl From<model::$name> for v1::$name {
            fn from(value: model::$name) -> Self {
                match value {
                    $(model::$name::$variant => v1::$name::$variant,)+
                }
            }
        })+
    };
}

same_variants! {
    Agreement: Agrees Disagrees Open;
    AuthenticationType: Kerberos CredSsp;
    CheckOutcome: Found Clear NotChecked Faulted;
    Class: Delegation Authentication Network Compatibility Resource Storage Cluster Service Input;
    Confidence: Possible Likely Confirmed;
    DelegationKind: None Unconstrained KerberosOnly AnyProtocol Unknown;
    Effect: ReadOnly Changes Destructive;
    FailedSide: Source Destination Both;
    HostSource: Content Path;
    Initiator: Local Remote Cluster;
    OnsetKind: Update DirectoryChange OsUpgrade Policy Reboot;
    Outcome: Failed Completed Unknown;
    PairVerdict: Ok Gap Warning Unknown NotRequired;
    Phase: Listen Connect Authenticate Plan Compatibility Transfer HandOver;
    Severity: Info Warning Error;
    Shell: PowerShell Cmd;
    Side: Source Destination;
    Status: CauseFound GapsOnly NoCauseProven NoFailures InsufficientEvidence;
    Weight: Weak Strong;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_seven_fraction_digits() {
        let t = |seconds, nanos| time(DateTime::from_timestamp(seconds, nanos).unwrap());
        assert_eq!(t(1_795_209_243, 12_345_678), "2026-11-20T21:14:03.0123456Z");
        assert_eq!(t(1_795_209_243, 0), "2026-11-20T21:14:03.0000000Z");
        assert_eq!(t(-11_644_473_600, 0), "1601-01-01T00:00:00.0000000Z");
        assert_eq!(t(900_000_000_000, 0), "9999-12-31T23:59:59.9999999Z");
        assert_eq!(t(1_483_228_799, 1_500_000_000), "2016-12-31T23:59:59.9999999Z");
    }
}
