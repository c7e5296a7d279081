//! The files of the catalogue in its order.

macro_rules! files {
    ($($id:literal)*) => {
        &[$(($id, include_str!(concat!(env!("OUT_DIR"), "/causes/", $id, ".json")))),*]
    };
}

/// Id and file of every cause, in the order of reports.
pub(super) const FILES: &[(&str, &str)] = files![
    "kcd-missing"
    "kcd-wrong-service"
    "kcd-wrong-target"
    "kcd-name-form-incomplete"
    "kcd-kerberos-only"
    "kcd-cifs-missing"
    "unconstrained-delegation"
    "kcd-cross-domain"
    "initiator-not-delegable"
    "delegation-not-effective-yet"
    "credssp-remote-initiation"
    "credssp-credential-guard"
    "authentication-type-mismatch"
    "migration-spn-missing"
    "spn-duplicate"
    "wrong-principal"
    "encryption-type-mismatch"
    "credssp-policy-blocked"
    "initiator-not-authorized"
    "authentication-policy-silo"
    "kdc-hardening-enforced"
    "kdc-delegation-regression"
    "clock-skew"
    "machine-account-broken"
    "no-domain-controller"
    "logon-right-denied"
    "ntlm-blocked"
    "vm-owner-sid-unresolvable"
    "machine-id-duplicate"
    "migration-port-blocked"
    "migration-listener-down"
    "client-address-blocked"
    "migration-network-unavailable"
    "name-resolution"
    "connection-lost-in-transfer"
    "transfer-timeout"
    "processor-incompatible"
    "switch-missing"
    "configuration-version-unsupported"
    "device-attached"
    "insufficient-memory"
    "migration-limit-or-cleanup"
    "storage-path-or-permission"
    "cluster-resource"
    "management-service-fault"
];
