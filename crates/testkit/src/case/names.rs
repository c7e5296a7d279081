//! Names and identifiers that the parts of a case share.

use super::{Host, Role};
use delegap_model::{Guid, Sid, Spn};

/// The SID of every case's domain.
pub const DOMAIN_SID: &str = "S-1-5-21-2811014021-1532719733-3904127771";

/// `HV01.contoso.lab`
pub fn fqdn(host: &str, domain: &str) -> String {
    format!("{host}.{domain}")
}

/// `DC=contoso,DC=lab`
pub fn domain_dn(domain: &str) -> String {
    domain.split('.').map(|label| format!("DC={label}")).collect::<Vec<_>>().join(",")
}

/// `CONTOSO`
pub fn netbios(domain: &str) -> String {
    domain.split('.').next().unwrap_or(domain).to_uppercase()
}

/// The distinguished name of a computer object.
pub fn computer_dn(host: &Host, domain: &str) -> String {
    let unit = match host.role {
        Role::DomainController => "OU=Domain Controllers",
        Role::HyperV | Role::ClusterName => "OU=Hyper-V,OU=Servers",
    };
    format!("CN={},{unit},{}", host.name, domain_dn(domain))
}

/// The distinguished name of a user.
pub fn user_dn(user: &str, domain: &str) -> String {
    format!("CN={user},OU=Admins,{}", domain_dn(domain))
}

/// The distinguished name of a group.
pub fn group_dn(group: &str, domain: &str) -> String {
    format!("CN={group},CN=Users,{}", domain_dn(domain))
}

/// The four entries that a complete list holds for `peer`.
pub fn delegation_services(peer: &str, domain: &str) -> Vec<String> {
    let full = fqdn(peer, domain);
    [Spn::CIFS, Spn::MIGRATION]
        .iter()
        .flat_map(|class| [format!("{class}/{peer}"), format!("{class}/{full}")])
        .collect()
}

/// What a computer of this role registers.
pub fn usual_spns(host: &Host, domain: &str) -> Vec<String> {
    let classes: &[&str] = match host.role {
        Role::HyperV => &[
            "Hyper-V Replica Service",
            Spn::MIGRATION,
            "Microsoft Virtual Console Service",
            "WSMAN",
            "TERMSRV",
            "RestrictedKrbHost",
            "HOST",
        ],
        Role::DomainController => &["ldap", "DNS", "WSMAN", "RestrictedKrbHost", "HOST"],
        Role::ClusterName => &["MSServerCluster", "MSServerClusterMgmtAPI", "MSClusterVirtualServer", "HOST"],
    };
    let full = fqdn(&host.name, domain);
    classes.iter().flat_map(|class| [format!("{class}/{}", host.name), format!("{class}/{full}")]).collect()
}

/// A GUID that depends on nothing but `seed`, in the shape of a random one (RFC 9562, version 4).
pub fn guid(seed: &str) -> Guid {
    let high = u128::from(fnv1a(seed.as_bytes(), 0xcbf2_9ce4_8422_2325));
    let low = u128::from(fnv1a(seed.as_bytes(), 0x9e37_79b9_7f4a_7c15));
    let mixed = high << 64 | low;
    Guid::from_u128(mixed & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62)
}

/// The id of the virtual machine called `name`.
pub fn vm_id(name: &str) -> Guid {
    guid(&format!("vm {name}"))
}

/// A virtual machine's id as Hyper-V writes it in events: upper case, no braces.
pub fn vm_id_text(name: &str) -> String {
    vm_id(name).to_string().to_uppercase()
}

/// `DOMAIN_SID` and a RID that depends on the account's name.
pub fn account_sid(account: &str) -> Sid {
    let rid = match account {
        "Protected Users" => 525,
        _ => 1100 + fnv1a(account.as_bytes(), 0xcbf2_9ce4_8422_2325) % 8000,
    };
    Sid::parse(&format!("{DOMAIN_SID}-{rid}")).expect("a well-formed SID")
}

/// The binary form of a SID: revision, count, authority (big-endian), sub-authorities (little-endian).
pub fn sid_bytes(sid: &Sid) -> Vec<u8> {
    let mut numbers = sid.as_str().split('-').skip(2).map(|part| part.parse::<u64>().expect("digits"));
    let authority = numbers.next().expect("an authority");
    let subs: Vec<u32> = numbers.map(|n| u32::try_from(n).expect("32 bits")).collect();
    let mut bytes = vec![1, u8::try_from(subs.len()).expect("at most 15")];
    bytes.extend(&authority.to_be_bytes()[2..]);
    bytes.extend(subs.iter().flat_map(|sub| sub.to_le_bytes()));
    bytes
}

/// A GUID's bytes as the directory stores them: the first three parts little-endian.
pub fn guid_bytes(guid: Guid) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = guid.as_u128().to_be_bytes();
    let mut stored = [d, c, b, a, f, e, h, g, 0, 0, 0, 0, 0, 0, 0, 0];
    stored[8..].copy_from_slice(&rest);
    stored
}

fn fnv1a(bytes: &[u8], basis: u64) -> u64 {
    let hash = bytes.iter().fold(basis, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    // FNV leaves short, similar texts close together: spread the bits.
    let hash = (hash ^ hash >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_stable_and_distinct() {
        assert_eq!(vm_id("web01"), vm_id("web01"));
        assert_ne!(vm_id("web01"), vm_id("web02"));
        assert_eq!(Sid::from_bytes(&sid_bytes(&account_sid("HV01$"))), Some(account_sid("HV01$")));
        let accounts = ["HV01$", "HV02$", "HV03$", "DC01$", "HVCLU1$", "admin.berg", "admin.lund"];
        let rids: std::collections::BTreeSet<_> = accounts.iter().map(|a| account_sid(a)).collect();
        assert_eq!(rids.len(), accounts.len());
    }
}
