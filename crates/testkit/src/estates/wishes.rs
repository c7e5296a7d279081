//! What an estate needs so that a cause has a place in it.

use super::dice::Dice;
use super::faults;
use super::landscape::date;
use crate::case::{Authentication, Os};
use chrono::NaiveDate;

/// Wishes of a cause toward the landscape.
#[derive(Debug, Clone, Default)]
pub(super) struct Wishes {
    pub authentication: Option<Authentication>,
    /// There are moves that administrators make.
    pub remote: bool,
    pub cluster: bool,
    pub domains: usize,
    pub hosts: usize,
    /// Hosts run different releases.
    pub mixed: bool,
    /// No host runs 2012 R2.
    pub modern: bool,
    /// The first hosts run these releases.
    pub os: Vec<Os>,
    /// Releases of the domain controllers; empty: any.
    pub controllers: Vec<Os>,
    pub not_before: Option<NaiveDate>,
    /// The logs hold that day.
    pub around: Option<NaiveDate>,
}

impl Wishes {
    pub fn os_of(&self, host: usize) -> Option<Os> {
        self.os.get(host).copied()
    }
}

/// The wishes of a cause.
pub(super) fn wishes(cause: &str, d: &mut Dice) -> Wishes {
    use Authentication::{CredSsp, Kerberos};
    let any = Wishes::default();
    let kerberos = Wishes { authentication: Some(Kerberos), ..Wishes::default() };
    let remote = Wishes { remote: true, ..kerberos.clone() };
    let local = Wishes { authentication: Some(CredSsp), remote: true, ..Wishes::default() };
    let day = |d: &mut Dice, days: &[(i32, u32, u32)]| {
        let (year, month, day) = d.pick(days);
        date(year, month, day)
    };
    match cause {
        "kcd-wrong-target" => Wishes { cluster: d.chance(50), hosts: 3, ..remote },
        "kcd-kerberos-only" | "unconstrained-delegation" => Wishes { modern: true, ..remote },
        "kcd-cross-domain" => Wishes { domains: 2, hosts: 3, ..remote },
        "kcd-missing"
        | "kcd-wrong-service"
        | "kcd-name-form-incomplete"
        | "kcd-cifs-missing"
        | "initiator-not-delegable"
        | "delegation-not-effective-yet"
        | "authentication-policy-silo"
        | "authentication-type-mismatch" => remote,
        "credssp-remote-initiation" | "credssp-policy-blocked" => local,
        "credssp-credential-guard" => {
            Wishes { not_before: Some(date(2024, 12, 5)), mixed: true, os: vec![Os::W2025], ..local }
        }
        "migration-spn-missing"
        | "spn-duplicate"
        | "wrong-principal"
        | "encryption-type-mismatch"
        | "clock-skew"
        | "machine-account-broken"
        | "no-domain-controller" => kerberos,
        "initiator-not-authorized" | "ntlm-blocked" => Wishes { remote: true, ..any },
        "kdc-hardening-enforced" => Wishes { around: Some(day(d, &faults::HARDENED)), ..remote },
        "kdc-delegation-regression" => {
            let around = day(d, &faults::BROKEN);
            let mut controllers = vec![Os::W2012R2, Os::W2016, Os::W2019];
            if around > date(2022, 1, 1) {
                controllers.push(Os::W2022);
            }
            Wishes { around: Some(around), controllers, hosts: 3, ..remote }
        }
        "vm-owner-sid-unresolvable" => Wishes { not_before: Some(date(2024, 12, 5)), os: vec![Os::W2025; 2], ..any },
        "machine-id-duplicate" => Wishes { not_before: Some(date(2025, 9, 20)), os: vec![Os::W2025; 2], ..kerberos },
        "switch-missing" | "cluster-resource" => Wishes { cluster: true, ..any },
        "configuration-version-unsupported" => Wishes { remote: true, os: vec![Os::W2019, Os::W2016], hosts: 3, ..any },
        _ => any,
    }
}
