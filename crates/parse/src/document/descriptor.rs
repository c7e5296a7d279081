//! Security descriptors: which accounts an allow list names, in binary ([MS-DTYP] 2.4.6) and as SDDL (2.5.1).

use delegap_model::{Principal, Sid};
use std::collections::BTreeSet;

/// The accounts of all allow entries of a self-relative descriptor; a lowercase fragment says what is wrong.
pub(super) fn allowed_by_bytes(bytes: &[u8]) -> Result<Vec<Principal>, &'static str> {
    const DACL_PRESENT: u16 = 0x4;
    let control = u16_at(bytes, 2).ok_or("a security descriptor is cut")?;
    if bytes.first() != Some(&1) {
        return Err("a security descriptor has an unknown revision");
    }
    let dacl = u32_at(bytes, 16).ok_or("a security descriptor is cut")?;
    if control & DACL_PRESENT == 0 || dacl == 0 {
        return Err("a security descriptor has no access list");
    }
    let acl =
        usize::try_from(dacl).ok().and_then(|o| bytes.get(o..)).ok_or("an access list lies outside its descriptor")?;
    let count = u16_at(acl, 4).ok_or("an access list is cut")?;
    let mut entries = acl.get(8..).ok_or("an access list is cut")?;
    let mut allowed = Allowed::default();
    for _ in 0..count {
        let size = u16_at(entries, 2).map(usize::from).filter(|s| *s >= 8).ok_or("an access list entry is cut")?;
        let (entry, rest) = entries.split_at_checked(size).ok_or("an access list entry is cut")?;
        // ACCESS_ALLOWED_ACE has its SID behind the mask, ACCESS_ALLOWED_OBJECT_ACE behind flags and up to two GUIDs.
        let sid_at = match entry.first() {
            Some(0) => Some(8),
            Some(5) => {
                u32_at(entry, 8).map(|flags| 12 + 16 * usize::from(flags & 1 != 0) + 16 * usize::from(flags & 2 != 0))
            }
            _ => None,
        };
        if let Some(at) = sid_at {
            let sid = entry.get(at..).and_then(Sid::from_bytes).ok_or("an access list entry has no readable SID")?;
            allowed.push(Principal { sid: Some(sid), ..Principal::default() });
        }
        entries = rest;
    }
    Ok(allowed.list)
}

/// The accounts of all allow entries of an SDDL text; `None` if it is none.
pub(super) fn allowed_by_sddl(text: &str) -> Option<Vec<Principal>> {
    let start = text.find("D:").filter(|at| *at == 0 || text.starts_with("O:") || text.starts_with("G:"))?;
    let dacl = text.get(start + 2..)?;
    let dacl = dacl.split_once(")S:").map_or(dacl, |(d, _)| d);
    let mut allowed = Allowed::default();
    for entry in dacl.split('(').skip(1) {
        let fields: Vec<&str> = entry.trim_end_matches(')').split(';').collect();
        let [kind, _, _, _, _, account, ..] = fields.as_slice() else { return None };
        if matches!(*kind, "A" | "OA") {
            allowed.push(by_sddl_name(account));
        }
    }
    Some(allowed.list)
}

/// SDDL writes well-known accounts as two letters; those of a domain can't be resolved without the domain.
fn by_sddl_name(name: &str) -> Principal {
    let sid = match name {
        "WD" => "S-1-1-0",
        "AN" => "S-1-5-7",
        "ED" => "S-1-5-9",
        "PS" => "S-1-5-10",
        "AU" => "S-1-5-11",
        "SY" => "S-1-5-18",
        "BA" => "S-1-5-32-544",
        "AO" => "S-1-5-32-548",
        other => other,
    };
    match Sid::parse(sid) {
        Some(sid) => Principal { sid: Some(sid), ..Principal::default() },
        None => Principal { name: Some(name.to_owned()), ..Principal::default() },
    }
}

/// Each account once, in the order of the entries.
#[derive(Default)]
struct Allowed {
    list: Vec<Principal>,
    seen: BTreeSet<Principal>,
}

impl Allowed {
    fn push(&mut self, principal: Principal) {
        if self.seen.insert(principal.clone()) {
            self.list.push(principal);
        }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk::<2>().map(|b| u16::from_le_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|b| u32::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::value::base64;

    const RBCD: &str =
        "AQAEgBQAAAAAAAAAAAAAACQAAAABAgAAAAAABSAAAAAgAgAABAAsAAEAAAAAACQA/wEPAAEFAAAAAAAFFQAAAMf3/td8d1XIlFrOAVEEAAA=";

    #[test]
    fn one_allowed_account() {
        let bytes = base64(RBCD).unwrap();
        let allowed = allowed_by_bytes(&bytes).unwrap();
        assert_eq!(allowed.len(), 1);
        assert_eq!(allowed[0].sid.as_ref().unwrap().as_str(), "S-1-5-21-3623811015-3361044348-30300820-1105");
        for length in 0..bytes.len() {
            assert!(allowed_by_bytes(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn sddl() {
        let text = "O:BAD:(A;;CCDC;;;S-1-5-21-1-2-3-1105)(D;;CC;;;S-1-5-21-1-2-3-9)(A;;CC;;;BA)S:(AU;SA;WP;;;WD)";
        let sids: Vec<String> =
            allowed_by_sddl(text).unwrap().into_iter().filter_map(|p| p.sid).map(|s| s.to_string()).collect();
        assert_eq!(sids, ["S-1-5-21-1-2-3-1105", "S-1-5-32-544"]);
        assert_eq!(allowed_by_sddl("CN=HV01,OU=AD:x"), None);
        assert_eq!(allowed_by_sddl("O:BAD:(A;;CC"), None);
    }
}
