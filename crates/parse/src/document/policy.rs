//! Security policies: what `secedit /export` writes, and GptTmpl.inf of a Group Policy object.

use super::context::Context;
use super::principals;
use delegap_model::{PolicyScope, Record, SecurityPolicy, fold};
use std::collections::BTreeMap;

const SECTIONS: [&str; 5] =
    ["[privilege rights]", "[registry values]", "[system access]", "[kerberos policy]", "[event audit]"];

/// Reads one policy; `None` if it is none.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let is_section = |l: &str| SECTIONS.contains(&fold(l.trim()).as_str());
    let marked = |l: &str| matches!(fold(l.trim()).as_str(), "[unicode]" | "[version]");
    if !text.lines().any(is_section) || !text.lines().any(marked) {
        return None;
    }
    let mut policy = SecurityPolicy {
        at: context.at(""),
        host: None,
        scope: scope(context.name()),
        rights: BTreeMap::new(),
        registry: BTreeMap::new(),
        lists_all_rights: false,
        applied: None,
    };
    // Half a list of accounts would show a right as taken away.
    let cut = !text.ends_with(['\n', '\r']);
    let lines: Vec<&str> = text.lines().collect();
    if cut {
        context.problem(
            &format!(":{}", lines.len()),
            "the file ends without a line end: its last line may be cut",
            "1 line",
        );
    }
    let mut section = String::new();
    for (number, line) in (1..).zip(lines.iter().take(lines.len() - usize::from(cut))) {
        let line = line.trim();
        if line.starts_with('[') {
            section = fold(line);
            continue;
        }
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        let Some((name, value)) = line.split_once('=').map(|(n, v)| (n.trim(), v.trim())) else {
            if section == "[privilege rights]" || section == "[registry values]" {
                context.problem(&format!(":{number}"), "a line that is no setting", "1 line");
            }
            continue;
        };
        match section.as_str() {
            "[privilege rights]" => {
                let holders = value.split(',').map(str::trim).filter(|v| !v.is_empty());
                let holders = holders.map(|v| principals::of_text(v.strip_prefix('*').unwrap_or(v)));
                policy.rights.insert(name.to_owned(), holders.collect());
            }
            // `4,1`: the registry's type, then the data.
            "[registry values]" => {
                let data = value.split_once(',').map_or(value, |(_, data)| data).trim().trim_matches('"');
                policy.registry.insert(fold(name), data.to_owned());
            }
            _ => {}
        }
    }
    policy.lists_all_rights = policy.scope == PolicyScope::Host && !cut && !policy.rights.is_empty();
    Some(vec![Record::SecurityPolicy(Box::new(policy))])
}

/// A template lies in its Group Policy object's folder, `{…}\MACHINE\Microsoft\Windows NT\SecEdit\GptTmpl.inf`.
fn scope(path: &str) -> PolicyScope {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let is_template = parts.last().is_some_and(|name| name.eq_ignore_ascii_case("GptTmpl.inf"));
    if !is_template {
        return PolicyScope::Host;
    }
    let id = object_of(&parts);
    PolicyScope::GroupPolicyObject(id.map_or_else(|| path.to_owned(), str::to_owned))
}

/// Registry.pol lies in its object's folder, `{…}\Machine\Registry.pol`, or is a host's local policy.
pub(super) fn scope_of_policy_file(path: &str) -> PolicyScope {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    object_of(&parts).map_or(PolicyScope::Host, |id| PolicyScope::GroupPolicyObject(id.to_owned()))
}

fn object_of<'p>(parts: &[&'p str]) -> Option<&'p str> {
    parts.iter().rev().copied().find(|p| p.starts_with('{') && p.ends_with('}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    const EXPORT: &str = "[Unicode]\r\nUnicode=yes\r\n[System Access]\r\nMinimumPasswordAge = 1\r\n[Registry Values]\r\n\
        MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\MSV1_0\\RestrictSendingNTLMTraffic=4,2\r\n\
        MACHINE\\Software\\X\\Banner=1,\"a\"\r\n[Privilege Rights]\r\n\
        SeServiceLogonRight = *S-1-5-80-0,*S-1-5-83-0,CONTOSO\\svc\r\nSeDenyNetworkLogonRight =\r\n\
        [Version]\r\nsignature=\"$CHICAGO$\"\r\nRevision=1\r\n";

    fn run(name: &str, text: &str) -> (SecurityPolicy, usize) {
        let limits = Limits::default();
        let mut context = Context::new(name, &limits);
        let Some(Record::SecurityPolicy(policy)) = read(text, &mut context).and_then(|mut r| r.pop()) else {
            panic!("not read")
        };
        (*policy, context.into_problems().len())
    }

    #[test]
    fn rights_and_values() {
        let (policy, problems) = run("HV01/rights.inf", EXPORT);
        assert_eq!((&policy.scope, problems), (&PolicyScope::Host, 0));
        assert!(policy.lists_all_rights);
        let service = &policy.rights["SeServiceLogonRight"];
        assert_eq!(service[1].sid.as_ref().map(|s| s.as_str()), Some("S-1-5-83-0"));
        assert_eq!(service[2].name.as_deref(), Some("svc"));
        assert!(policy.rights["SeDenyNetworkLogonRight"].is_empty());
        let key = "machine\\system\\currentcontrolset\\control\\lsa\\msv1_0\\restrictsendingntlmtraffic";
        assert_eq!(policy.registry[key], "2");
        assert_eq!(policy.registry["machine\\software\\x\\banner"], "a");
    }

    #[test]
    fn templates_and_cuts() {
        let path = "Policies/{6AC1786C-016F-11D2-945F-00C04fB984F9}/MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf";
        let scope = PolicyScope::GroupPolicyObject("{6AC1786C-016F-11D2-945F-00C04fB984F9}".to_owned());
        assert_eq!(run(path, EXPORT).0.scope, scope);
        let cut = &EXPORT[..EXPORT.find(",*S-1-5-83-0").unwrap()];
        let (policy, problems) = run("x", cut);
        assert_eq!((policy.rights.len(), problems), (0, 1), "half a list is no list");
        assert!(!policy.lists_all_rights);
        assert!(read("[Unicode]\nUnicode=yes\n", &mut Context::new("x", &Limits::default())).is_none());
    }
}
