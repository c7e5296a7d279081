//! What gpresult prints: /r names the Group Policy objects that a host applies, /v and /z their values too. Headings and
//! labels are in the language of the reader; keys, constants of rights and the order of the parts are not.

use super::context::Context;
use super::principals;
use super::value::pattern;
use delegap_model::{Os, PolicyScope, Principal, Record, SecurityPolicy, Sid, Tri, User, When, Why, fold, same_name};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// `RSOP data for CONTOSO\admin on HV01 : Logging Mode`, with a line of dashes below it.
static TITLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bRSOP\b.*\s(\S+)\s+:\s+\S"));
/// The account in it; names may have blanks.
static ACCOUNT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^RSOP data for [^\\]+\\(.+) on \S+ :"));
/// `OS Version:                  10.0.20348`
static VERSION: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\S[^:：]*[:：]\s+\d+\.\d+\.(\d{4,6})\s*$"));
/// `    CN=HV01,OU=Hosts,DC=contoso,DC=test`, the object whose settings follow.
static OBJECT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^    CN=([^,]+),.*?((?:,DC=[^,\s]+)+)\s*$"));
/// `                Policy:            ServiceLogonRight`
static LABELLED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s{12,}([^:：]{1,60})[:：]\s*(.*)$"));
/// A right's constant, without its `Se`.
static RIGHT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Z][A-Za-z]+(?:Privilege|LogonRight)$"));
/// `1, 0, 0, 0`, the bytes of a value.
static BYTES: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d{1,3}(?:, \d{1,3})*$"));
/// What the program calls itself; whether other languages translate it is not known.
const TOOL: [&str; 2] = ["Group Policy Result tool", "Gruppenrichtlinienergebnis"];
/// Lines that may stand before the title.
const LINES_BEFORE_TITLE: usize = 60;
/// The heading of a computer's part, where its object does not tell.
const COMPUTER: [&str; 2] = ["COMPUTER SETTINGS", "COMPUTEREINSTELLUNGEN"];
/// The state of a value that is set; one that a policy takes away has another.
const ENABLED: [&str; 2] = ["Enabled", "Aktiviert"];
/// The label of the accounts that hold a right: in other languages their names are not known either.
const HOLDERS: &str = "Computer Setting";
/// The heading of the groups that a user is in. In other languages their names are not known either.
const GROUPS: &str = "The user is a part of the following security groups";
const NOTHING: [&str; 2] = ["N/A", "Nicht zutreffend"];
/// `NT VIRTUAL MACHINE\Virtual Machines`: the group's own name is translated.
const MACHINES: (&str, &str) = ("NT VIRTUAL MACHINE", "S-1-5-83-0");

/// Reads one result; `None` if it is none.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let lines: Vec<&str> = text.lines().collect();
    let head = 0..lines.len().min(LINES_BEFORE_TITLE);
    let title = head.clone().find(|at| is_heading(&lines, *at) && TITLE.is_match(line(&lines, *at)));
    let Some(title) = title else {
        head.clone().find(|at| TOOL.iter().any(|name| line(&lines, *at).contains(name)))?;
        let what = "the result has no heading that names its host: send gpresult /z";
        context.problem("", what, "the values of its policies");
        return Some(Vec::new());
    };
    let host = TITLE.captures(line(&lines, title)).map(|c| c[1].to_owned())?;
    let part = computer_part(&lines, title + 2, &host);
    let object = part.clone().find_map(|at| OBJECT.captures(line(&lines, at)));
    let domain = object.map(|o| fold(o[2].trim_start_matches(',')).replace("dc=", "").replace(',', "."));
    let build = lines.iter().skip(title).take(LINES_BEFORE_TITLE).find_map(|l| VERSION.captures(l)?[1].parse().ok());
    let mut records = Vec::new();
    if let Some(build) = build {
        records.push(Record::Os(Box::new(Os {
            at: context.at(&format!(":{}", title + 1)),
            host: Some(host.clone()),
            caption: Tri::NOT_EXPORTED,
            build: Tri::Known(build),
            revision: Tri::NOT_EXPORTED,
            domain: domain.map_or(Tri::NOT_EXPORTED, Tri::Known),
            booted: Tri::NOT_EXPORTED,
        })));
    }
    records.extend(user(&lines, title, context));
    if part.is_empty() {
        context.problem("", "the result has no part of a computer: run gpresult /z as an administrator", "");
        return Some(records);
    }
    let mut settings = Settings::default();
    let mut blocks = blocks(&lines, part.clone());
    // A blank line stands below each setting: half a list of accounts would show a right as taken away.
    if blocks.last().is_some_and(|b| b.end == lines.len()) {
        context.problem(&format!(":{}", lines.len()), "the file ends inside a setting", "1 setting");
        blocks.pop();
    }
    for block in &blocks {
        settings.take(lines.get(block.clone()).unwrap_or_default());
    }
    let untold = settings.is_empty();
    let (rights, registry) = settings.finish(part.start, context);
    if untold {
        context.problem("", "the summary has no values of policies: send gpresult /z", "the values of its policies");
    }
    let objects = applied(&lines, part.clone());
    records.push(Record::SecurityPolicy(Box::new(SecurityPolicy {
        at: context.at(&format!(":{}", part.start + 1)),
        host: Some(host),
        scope: PolicyScope::Host,
        rights,
        registry,
        lists_all_rights: false,
        applied: objects,
    })));
    Some(records)
}

fn line<'t>(lines: &[&'t str], at: usize) -> &'t str {
    lines.get(at).copied().unwrap_or_default()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// True for a line with dashes of the same indent below it.
fn is_heading(lines: &[&str], at: usize) -> bool {
    let (own, below) = (line(lines, at), line(lines, at + 1));
    let dashes = below.trim();
    !own.trim().is_empty() && dashes.len() >= 5 && dashes.bytes().all(|b| b == b'-') && indent(own) == indent(below)
}

/// The lines of the computer's part: below the heading whose object is the host.
fn computer_part(lines: &[&str], from: usize, host: &str) -> std::ops::Range<usize> {
    let heads: Vec<usize> =
        (from..lines.len()).filter(|at| indent(line(lines, *at)) == 0 && is_heading(lines, *at)).collect();
    for (n, head) in heads.iter().enumerate() {
        let end = heads.get(n + 1).copied().unwrap_or(lines.len());
        let object = (head + 2..end).find_map(|at| OBJECT.captures(line(lines, at)));
        let of_host =
            object.map_or_else(|| COMPUTER.contains(&line(lines, *head).trim()), |o| same_name(o[1].trim(), host));
        if of_host {
            return head + 2..end;
        }
    }
    0..0
}

/// The objects that the host applies: the first list of its part.
fn applied(lines: &[&str], part: std::ops::Range<usize>) -> Option<BTreeSet<String>> {
    let head = part.clone().find(|at| is_heading(lines, *at))?;
    let items = (head + 2..part.end)
        .map(|at| line(lines, at))
        .take_while(|l| indent(l) > indent(line(lines, head)) && !l.trim().is_empty());
    Some(items.map(str::trim).filter(|name| !NOTHING.contains(name)).map(fold).collect())
}

/// The user whose result it is, with the groups of the session: Protected Users is what matters among them.
fn user(lines: &[&str], title: usize, context: &Context) -> Option<Record> {
    let name = ACCOUNT.captures(line(lines, title))?[1].to_owned();
    let head = (title..lines.len()).find(|at| line(lines, *at).trim() == GROUPS && is_heading(lines, *at))?;
    let items = (head + 2..lines.len()).take_while(|at| indent(line(lines, *at)) > indent(line(lines, head)));
    let items: Vec<usize> = items.filter(|at| !line(lines, *at).trim().is_empty()).collect();
    let groups: Vec<String> =
        items.iter().map(|at| line(lines, *at).rsplit('\\').next().unwrap_or_default().trim().to_owned()).collect();
    let cut = items.last().is_none_or(|last| last + 1 >= lines.len());
    Some(Record::User(Box::new(User {
        at: context.at(&format!(":{}", head + 1)),
        name,
        user_principal_name: Tri::NOT_EXPORTED,
        distinguished_name: Tri::NOT_EXPORTED,
        sid: Tri::NOT_EXPORTED,
        not_delegated: Tri::NOT_EXPORTED,
        enabled: Tri::NOT_EXPORTED,
        member_of: if cut { Tri::Unknown(Why::Partly(groups)) } else { Tri::list(groups) },
        is_session: true,
        service_principal_names: Tri::NOT_EXPORTED,
        authentication_policy: Tri::NOT_EXPORTED,
        authentication_silo: Tri::NOT_EXPORTED,
        when_changed: Tri::NOT_EXPORTED,
        changed: When::Unknown,
    })))
}

/// Runs of lines that are set in as deep as settings are.
fn blocks(lines: &[&str], part: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for at in part {
        if indent(line(lines, at)) < 12 {
            continue;
        }
        match found.last_mut().filter(|block| block.end == at) {
            Some(block) => block.end += 1,
            None => found.push(at..at + 1),
        }
    }
    found
}

/// What was read so far. Of several objects that set one thing, /z shows all, and not which one wins.
#[derive(Default)]
struct Settings {
    rights: BTreeMap<String, Vec<Vec<Principal>>>,
    registry: BTreeMap<String, Vec<String>>,
    /// Values in a state that is not known.
    unclear: u64,
    /// Rights whose holders are named in another language.
    unread: u64,
}

impl Settings {
    fn take(&mut self, block: &[&str]) {
        let parts: Vec<(&str, &str)> = block
            .iter()
            .filter_map(|l| LABELLED.captures(l))
            .filter_map(|c| Some((c.get(1)?.as_str().trim(), c.get(2)?.as_str().trim())))
            .collect();
        let [_, (_, what), rest @ ..] = parts.as_slice() else { return };
        if let Some(at) =
            parts.iter().position(|(_, value)| value.get(..8).is_some_and(|v| v.eq_ignore_ascii_case("MACHINE\\")))
        {
            if let (Some((_, key)), Some((_, data))) = (parts.get(at), parts.get(at + 1)) {
                self.registry.entry(fold(key)).or_default().push((*data).to_owned());
            }
        } else if RIGHT.is_match(what) {
            match rest {
                [(HOLDERS, first), ..] => {
                    // Further accounts stand below the first, without a label.
                    let more = block.iter().skip(3).map(|l| l.trim());
                    let names = std::iter::once(*first).chain(more).filter(|n| !n.is_empty() && !NOTHING.contains(n));
                    self.rights.entry(format!("Se{what}")).or_default().push(names.map(holder).collect());
                }
                _ => self.unread += 1,
            }
        } else if let [(_, bytes), (_, state), ..] = rest
            && what.contains('\\')
            && BYTES.is_match(bytes)
        {
            match (ENABLED.contains(state), data(bytes)) {
                (true, Some(data)) => self.registry.entry(format!("machine\\{}", fold(what))).or_default().push(data),
                (true, None) => {}
                (false, _) => self.unclear += 1,
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.rights.is_empty() && self.registry.is_empty() && self.unclear + self.unread == 0
    }

    fn finish(
        self,
        start: usize,
        context: &mut Context,
    ) -> (BTreeMap<String, Vec<Principal>>, BTreeMap<String, String>) {
        let place = format!(":{}", start + 1);
        let mut disputed: Vec<String> = Vec::new();
        let rights = agreed(self.rights, &mut disputed);
        let registry = agreed(self.registry, &mut disputed);
        for name in disputed {
            let what = format!("several objects set {name} differently, and the result does not tell which one wins");
            context.problem(&place, what, "1 setting");
        }
        if self.unclear > 0 {
            let lost = crate::words::count(self.unclear, "value");
            context.problem(&place, "values that are not enabled, or whose state is named in another language", lost);
        }
        if self.unread > 0 {
            let lost = crate::words::count(self.unread, "right");
            context.problem(&place, "the holders of rights are named in another language: send secedit /export", lost);
        }
        (rights, registry)
    }
}

/// What all that set one thing agree on.
fn agreed<T: PartialEq>(all: BTreeMap<String, Vec<T>>, disputed: &mut Vec<String>) -> BTreeMap<String, T> {
    let mut found = BTreeMap::new();
    for (name, values) in all {
        let mut values = values.into_iter();
        let Some(first) = values.next() else { continue };
        if values.any(|other| other != first) { disputed.push(name) } else { drop(found.insert(name, first)) }
    }
    found
}

/// `*S-1-5-80-…`, `CONTOSO\svc`, `Administrators`.
pub(super) fn holder(name: &str) -> Principal {
    let mut holder = principals::of_text(name.strip_prefix('*').unwrap_or(name));
    if name.split('\\').next().is_some_and(|domain| domain.eq_ignore_ascii_case(MACHINES.0)) {
        holder.sid = holder.sid.or_else(|| Sid::parse(MACHINES.1));
    }
    holder
}

/// A number of four bytes, or a text in UTF-16.
fn data(bytes: &str) -> Option<String> {
    let bytes: Vec<u8> = bytes.split(", ").map(|b| b.parse().ok()).collect::<Option<_>>()?;
    if let Ok(number) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Some(u32::from_le_bytes(number).to_string());
    }
    let units: Vec<u16> =
        bytes.chunks_exact(2).filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?))).collect();
    let text = String::from_utf16(&units).ok()?;
    let text = text.trim_end_matches('\0');
    (bytes.len().is_multiple_of(2) && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    const RESULT: &str = "\r\nMicrosoft (R) Windows (R) Operating System Group Policy Result tool v2.0\r\n\
        \u{a9} 2018 Microsoft Corporation. All rights reserved.\r\n\r\nCreated on 11/5/2020 at 7:37:45 PM\r\n\r\n\r\n\
        RSOP data for CONTOSO\\admin on HV01 : Logging Mode\r\n---------------------------------------------------\r\n\r\n\
        OS Configuration:            Member Server\r\nOS Version:                  10.0.20348\r\n\
        Site Name:                   City\r\nRoaming Profile:             N/A\r\nConnected over a slow link?: No\r\n\r\n\r\n\
        COMPUTER SETTINGS\r\n------------------\r\n    CN=HV01,OU=Hosts,DC=contoso,DC=test\r\n\
        \x20   Last time Group Policy was applied: 11/5/2020 at 7:33:05 PM\r\n    Group Policy was applied from:      DC01.contoso.test\r\n\r\n\
        \x20   Applied Group Policy Objects\r\n    -----------------------------\r\n        Hosts\r\n        Default Domain Policy\r\n\r\n\
        \x20   The following GPOs were not applied because they were filtered out\r\n    -------------------------------------------------------------------\r\n\
        \x20       Old\r\n            Filtering:  Denied (Security)\r\n\r\n\
        \x20   The computer is a part of the following security groups\r\n    -------------------------------------------------------\r\n\
        \x20       BUILTIN\\Administrators\r\n        HV01$\r\n\r\n\
        \x20   Resultant Set Of Policies for Computer\r\n    ---------------------------------------\r\n\r\n\
        \x20       User Rights\r\n        -----------\r\n\
        \x20           GPO: Hosts\r\n                Policy:            ServiceLogonRight\r\n\
        \x20               Computer Setting:  *S-1-5-80-0\r\n                                   CONTOSO\\svc\r\n                                   NT VIRTUAL MACHINE\\Virtuelle Computer\r\n\r\n\
        \x20           GPO: Hosts\r\n                Policy:            DenyServiceLogonRight\r\n                Computer Setting:  N/A\r\n\r\n\
        \x20       Security Options\r\n        ----------------\r\n\
        \x20           GPO: Hosts\r\n                Policy:            @wsecedit.dll,-59059\r\n\
        \x20               ValueName:         MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\LmCompatibilityLevel\r\n                Computer Setting:  5\r\n\r\n\
        \x20           N/A\r\n\r\n\
        \x20       Administrative Templates\r\n        ------------------------\r\n\
        \x20           GPO: Hosts\r\n                Folder Id: SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceGuard\\LsaCfgFlags\r\n\
        \x20               Value:       1, 0, 0, 0\r\n                State:       Enabled\r\n\r\n\
        \x20           GPO: Hosts\r\n                KeyName:     Software\\Policies\\X\\Name\r\n\
        \x20               Value:       104, 0, 118, 0, 0, 0\r\n                State:       Enabled\r\n\r\n\
        USER SETTINGS\r\n--------------\r\n    CN=admin,CN=Users,DC=contoso,DC=test\r\n\r\n\
        \x20       Administrative Templates\r\n        ------------------------\r\n\
        \x20           GPO: Users\r\n                Folder Id: Software\\Policies\\Y\\Z\r\n                Value:       1, 0, 0, 0\r\n                State:       Enabled\r\n\r\n";

    fn run(text: &str) -> (Option<Vec<Record>>, Vec<String>) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let records = read(text, &mut context);
        (records, context.into_problems().into_iter().map(|p| p.what).collect())
    }

    fn policy(text: &str) -> (SecurityPolicy, Vec<String>) {
        let (records, problems) = run(text);
        match records.unwrap().pop() {
            Some(Record::SecurityPolicy(policy)) => (*policy, problems),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_of_a_host() {
        let (policy, problems) = policy(RESULT);
        assert_eq!((policy.host.as_deref(), problems), (Some("HV01"), vec![]));
        assert!(!policy.lists_all_rights);
        let objects: Vec<&str> = policy.applied.iter().flatten().map(String::as_str).collect();
        assert_eq!(objects, ["default domain policy", "hosts"]);
        let registry: Vec<(&str, &str)> = policy.registry.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            registry,
            [
                (r"machine\software\policies\microsoft\windows\deviceguard\lsacfgflags", "1"),
                (r"machine\software\policies\x\name", "hv"),
                (r"machine\system\currentcontrolset\control\lsa\lmcompatibilitylevel", "5"),
            ]
        );
        assert_eq!(policy.rights.len(), 2);
        let service = &policy.rights["SeServiceLogonRight"];
        let sids: Vec<Option<&str>> = service.iter().map(|h| h.sid.as_ref().map(|s| s.as_str())).collect();
        assert_eq!(sids, [Some("S-1-5-80-0"), None, Some("S-1-5-83-0")]);
        assert_eq!(service[1].name.as_deref(), Some("svc"));
        assert!(policy.rights["SeDenyServiceLogonRight"].is_empty());
        let Some(Record::Os(os)) = run(RESULT).0.map(|mut r| r.remove(0)) else { panic!("no version") };
        assert_eq!((os.build, os.domain), (Tri::Known(20348), Tri::Known("contoso.test".to_owned())));
    }

    #[test]
    fn groups_of_the_user() {
        let groups = "    The user is a part of the following security groups\r\n    ---------------------------------------------------\r\n\
            \x20       Domain Users\r\n        BUILTIN\\Administrators\r\n        CONTOSO\\Protected Users\r\n";
        let member_of = |text: &str| match run(text).0.as_deref() {
            Some([Record::Os(_), Record::User(user), Record::SecurityPolicy(_)]) => {
                (user.name.clone(), user.member_of.clone())
            }
            other => panic!("{other:?}"),
        };
        let listed = ["Domain Users", "Administrators", "Protected Users"].map(str::to_owned).to_vec();
        let whole = format!("{RESULT}{groups}\r\n");
        assert_eq!(member_of(&whole), ("admin".to_owned(), Tri::Known(listed.clone())));
        let cut = format!("{RESULT}{groups}");
        assert_eq!(member_of(&cut).1, Tri::Unknown(Why::Partly(listed)), "nobody knows what stood behind");
    }

    #[test]
    fn a_summary_in_another_language() {
        let german = "Microsoft (R) Windows (R) Gruppenrichtlinienergebnis-Tool v2.0\n\n\
            RSOP-Daten f\u{fc}r CONTOSO\\admin auf HV01 : Protokollierungsmodus\n----------------------------------------\n\n\
            Betriebssystemkonfiguration:  Mitgliedsserver\nBetriebssystemversion:        10.0.20348\n\n\
            COMPUTEREINSTELLUNGEN\n---------------------\n    CN=HV01,OU=Hosts,DC=contoso,DC=test\n\n\
            \x20   Angewendete Gruppenrichtlinienobjekte\n    --------------------------------------\n        Basis\n\n\
            BENUTZEREINSTELLUNGEN\n---------------------\n    CN=admin,CN=Users,DC=contoso,DC=test\n\n\
            \x20   Angewendete Gruppenrichtlinienobjekte\n    --------------------------------------\n        Benutzer\n";
        let (policy, problems) = policy(german);
        assert_eq!(policy.applied.map(|o| o.into_iter().collect::<Vec<_>>()), Some(vec!["basis".to_owned()]));
        assert!(problems.len() == 1 && problems[0].contains("/z"), "{problems:?}");
        let only_user = german.replace("CN=HV01", "CN=X").replace("COMPUTEREINSTELLUNGEN", "BENUTZEREINSTELLUNGEN");
        let (records, problems) = run(&only_user);
        assert_eq!((records.map(|r| r.len()), problems.len()), (Some(1), 1), "no computer");
    }

    #[test]
    fn disputes_and_cuts() {
        let other = RESULT.replace(
            "            N/A\r\n",
            "            GPO: Old\r\n                Policy:            x\r\n                ValueName:         MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\LmCompatibilityLevel\r\n                Computer Setting:  2\r\n",
        );
        let (disputed, problems) = policy(&other);
        assert_eq!((disputed.registry.len(), problems.len()), (2, 1), "{problems:?}");
        for cut in ["\\svc", "                                   NT VIRTUAL"] {
            let (policy, problems) = policy(&RESULT[..RESULT.find(cut).unwrap()]);
            assert_eq!((policy.rights.len(), problems.len()), (0, 2), "half a list is no list: {problems:?}");
        }
        let cut = &RESULT[..RESULT.find("                Computer Setting:  N/A").unwrap()];
        let (policy, problems) = policy(cut);
        assert_eq!((policy.rights.len(), problems.len()), (1, 1), "{problems:?}");
        assert_eq!(run("RSOP data\n").0, None);
    }
}
