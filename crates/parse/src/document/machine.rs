//! Short texts about one machine: PsGetSid, and the version line of a command prompt.

use super::context::Context;
use super::value::Pattern;
use delegap_model::{MachineSid, Os, Record, Sid, Tri};

/// `SID for \\HV01:`
static SID_OF: Pattern = Pattern::new(|line| line.contains(r"\\"), r"^\s*\S.*\s\\\\([^\s\\:]+):?\s*$");
/// `Microsoft Windows [Version 10.0.20348.2322]`
static VERSION: Pattern = Pattern::new(
    |line| line.contains("Microsoft Windows ["),
    r"^\s*Microsoft Windows \[[^\]\d]*\d+\.\d+\.(\d{4,5})\.(\d{1,6})\]\s*$",
);

/// Machine identifiers that PsGetSid printed; `None` if there is none.
pub(super) fn sids(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let mut records = Vec::new();
    let mut host: Option<String> = None;
    let mut lost = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let place = format!(":{number}");
        match (host.take(), machine_sid(line)) {
            (Some(host), Some(sid)) => {
                let at = context.at(&place);
                records.push(Record::MachineSid(Box::new(MachineSid { at, host: Some(host), sid })));
            }
            (before, _) => {
                // An account's identifier is another matter.
                let whole = |sid: Sid| sid.as_str().matches('-').count() > 6;
                if before.is_some() && !Sid::parse(line).is_some_and(whole) {
                    lost.push(place);
                }
                host = SID_OF.captures(line).map(|c| c[1].to_owned());
            }
        }
    }
    if records.is_empty() {
        return None;
    }
    for place in lost {
        context.problem(&place, "no identifier stands below a machine's name", "1 identifier");
    }
    Some(records)
}

/// `S-1-5-21-a-b-c`: an account's has one number more.
fn machine_sid(line: &str) -> Option<Sid> {
    let sid = Sid::parse(line)?;
    (sid.as_str().starts_with("S-1-5-21-") && sid.as_str().matches('-').count() == 6).then_some(sid)
}

/// The version that `ver` prints. It stands above every session of a command prompt, so it comes after everything else that
/// a text may be. Whose it is only the file's name tells.
pub(super) fn version(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let found = (1..).zip(text.lines()).find_map(|(n, l)| VERSION.captures(l).map(|c| (n, c)))?;
    let (number, parts): (usize, _) = found;
    Some(vec![Record::Os(Box::new(Os {
        at: context.at(&format!(":{number}")),
        host: None,
        caption: Tri::NOT_EXPORTED,
        build: Tri::Known(parts[1].parse().ok()?),
        revision: parts[2].parse().map_or(Tri::NOT_EXPORTED, Tri::Known),
        domain: Tri::NOT_EXPORTED,
        booted: Tri::NOT_EXPORTED,
    }))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    #[test]
    fn identifiers() {
        let limits = Limits::default();
        let text = "PsGetSid v1.46 - Translates SIDs to names and vice versa\nSysinternals - www.sysinternals.com\n\n\
                    SID for \\\\HV01:\nS-1-5-21-1004336348-1177238915-682003330\n\n\
                    SID for \\\\HV02:\nS-1-5-21-1004336348-1177238915-682003330-500\n";
        let records = sids(text, &mut Context::new("x", &limits)).unwrap();
        let [Record::MachineSid(one)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((one.host.as_deref(), one.sid.as_str()), (Some("HV01"), "S-1-5-21-1004336348-1177238915-682003330"));
        assert!(sids("S-1-5-21-1-2-3\n", &mut Context::new("x", &limits)).is_none());
    }

    #[test]
    fn versions() {
        let limits = Limits::default();
        let of = |text: &str| match version(text, &mut Context::new("x", &limits))?.pop()? {
            Record::Os(os) => Some((os.build.known().copied()?, os.revision.known().copied()?)),
            _ => None,
        };
        assert_eq!(of("\r\nMicrosoft Windows [Version 10.0.20348.2322]\r\n"), Some((20348, 2322)));
        assert_eq!(of("Microsoft Windows [版本 10.0.26100.1742]\n"), Some((26100, 1742)));
        assert_eq!(of("Microsoft Windows [Version 10.0.20348]\n"), None);
    }
}
