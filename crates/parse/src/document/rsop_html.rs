//! The page that gpresult /h writes. Its names are in the language of its reader: of other languages than English only the
//! registry values are read that it shows by their keys.

use super::context::Context;
use super::html::{self, Piece, Rows};
use super::rsop_text::holder;
use delegap_model::{PolicyScope, Principal, Record, SecurityPolicy, fold};
use std::collections::BTreeMap;

const HEAD: usize = 256 << 10;
/// Classes that the page has in every language, beside others that it shares with reports of Microsoft's collectors.
const RESULT: &str = "rsopsettings";
const NAME: &str = "rsopname";
/// What those reports write in its place.
const COLLECTORS: [&str; 2] = ["Machine name:", "Operating System:"];
/// Headings of the computer's and of the user's part, in the languages that are known.
const COMPUTER: [&str; 4] = ["Computer Details", "Computer Configuration", "Computerdetails", "Computerkonfiguration"];
const USER: [&str; 4] = ["User Details", "User Configuration", "Benutzerdetails", "Benutzerkonfiguration"];
const RIGHTS_OF: &str = "Local Policies/User Rights Assignment";

/// User rights that bear on migrations, by their English names (Microsoft, User Rights Assignment).
const RIGHTS: [(&str, &str); 7] = [
    ("Access this computer from the network", "SeNetworkLogonRight"),
    ("Deny access to this computer from the network", "SeDenyNetworkLogonRight"),
    ("Deny log on as a service", "SeDenyServiceLogonRight"),
    ("Deny log on locally", "SeDenyInteractiveLogonRight"),
    ("Deny log on through Remote Desktop Services", "SeDenyRemoteInteractiveLogonRight"),
    ("Enable computer and user accounts to be trusted for delegation", "SeEnableDelegationPrivilege"),
    ("Log on as a service", "SeServiceLogonRight"),
];

/// Settings by their English names: key, and the words for its values, from 0 on.
type KnownOption = (&'static str, &'static str, &'static [&'static str]);
const OPTIONS: [KnownOption; 5] = [
    (
        "Network security: Restrict NTLM: Outgoing NTLM traffic to remote servers",
        r"machine\system\currentcontrolset\control\lsa\msv1_0\restrictsendingntlmtraffic",
        &["Allow all", "Audit all", "Deny all"],
    ),
    (
        "Network security: Restrict NTLM: Incoming NTLM traffic",
        r"machine\system\currentcontrolset\control\lsa\msv1_0\restrictreceivingntlmtraffic",
        &["Allow all", "Deny all domain accounts", "Deny all accounts"],
    ),
    (
        "Network security: LAN Manager authentication level",
        r"machine\system\currentcontrolset\control\lsa\lmcompatibilitylevel",
        &[
            "Send LM & NTLM responses",
            "Send LM & NTLM - use NTLMv2 session security if negotiated",
            "Send NTLM response only",
            "Send NTLMv2 response only",
            "Send NTLMv2 response only. Refuse LM",
            "Send NTLMv2 response only. Refuse LM & NTLM",
        ],
    ),
    (
        "Credential Guard Configuration:",
        r"machine\software\policies\microsoft\windows\deviceguard\lsacfgflags",
        &["Disabled", "Enabled with UEFI lock", "Enabled without lock"],
    ),
    (
        "Protection Level:",
        r"machine\software\microsoft\windows\currentversion\policies\system\credssp\parameters\allowencryptionoracle",
        &["Force Updated Clients", "Mitigated", "Vulnerable"],
    ),
];

/// Reads a page; `None` if it is none.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let head = text.get(..text.floor_char_boundary(HEAD)).unwrap_or(text);
    if !html::is_page(text) || !head.contains(NAME) {
        return None;
    }
    let mut page = Page::default();
    let mut rows = Rows::default();
    let mut open: Option<(Heading, String)> = None;
    for (at, piece) in html::pieces(text) {
        match (piece, &mut open) {
            (Piece::Open(name, attributes), _) => {
                let class = html::attribute(attributes, "class").unwrap_or_default();
                page.is_result |= class == RESULT;
                let heading = match class.as_str() {
                    "sectionTitle" => Some(Heading::Section),
                    NAME => Some(Heading::Name),
                    _ => None,
                };
                if let Some(heading) = heading.filter(|_| !name.is_empty()) {
                    open = Some((heading, String::new()));
                }
            }
            (Piece::Text(more), Some((_, title))) => title.push_str(more),
            (Piece::Close(_), Some((heading, title))) => {
                page.heading(*heading, &html::plain(title));
                open = None;
            }
            _ => {}
        }
        if let Some(row) = rows.take(at, piece) {
            page.row(&row.cells);
        }
    }
    if page.of_collector || (!page.is_result && page.host.is_none()) {
        return None;
    }
    if rows.is_open() || !text.trim_end().ends_with("</html>") {
        context.problem("", "the page has no end: settings may be missing", "what stands behind");
    }
    if !page.in_english {
        let what = "the page names its settings in another language: send secedit /export and gpresult /z";
        context.problem("", what, "the settings that have no key in it");
    }
    for setting in std::mem::take(&mut page.unclear) {
        context.problem("", format!("the value of {setting} is not known"), "1 setting");
    }
    let Page { host, rights, registry, .. } = page;
    let at = context.at("");
    let policy =
        SecurityPolicy { at, host, scope: PolicyScope::Host, rights, registry, lists_all_rights: false, applied: None };
    let is_empty = policy.rights.is_empty() && policy.registry.is_empty();
    Some(if is_empty { Vec::new() } else { vec![Record::SecurityPolicy(Box::new(policy))] })
}

#[derive(Clone, Copy)]
enum Heading {
    Section,
    Name,
}

/// What was read of a page so far.
#[derive(Default)]
struct Page {
    is_result: bool,
    in_english: bool,
    of_collector: bool,
    host: Option<String>,
    /// Inside of the computer's part.
    of_computer: bool,
    section: String,
    rights: BTreeMap<String, Vec<Principal>>,
    registry: BTreeMap<String, String>,
    unclear: Vec<String>,
}

impl Page {
    fn heading(&mut self, heading: Heading, title: &str) {
        match heading {
            // `CONTOSO\admin on CONTOSO\HV01`
            Heading::Name => {
                self.of_collector |= COLLECTORS.iter().any(|begin| title.starts_with(begin));
                let computer = title.rsplit(' ').next().and_then(|last| last.rsplit_once('\\')).map(|(_, name)| name);
                self.host = computer.map(|name| name.trim_end_matches('$').to_owned()).filter(|name| !name.is_empty());
            }
            Heading::Section => {
                if COMPUTER.contains(&title) {
                    self.of_computer = true;
                } else if USER.contains(&title) {
                    self.of_computer = false;
                }
                self.in_english |= title == COMPUTER[0] || title == COMPUTER[1];
                title.clone_into(&mut self.section);
            }
        }
    }

    fn row(&mut self, cells: &[String]) {
        let [name, value, ..] = cells else { return };
        if !self.of_computer {
            return;
        }
        if let Some(key) = key(name) {
            self.registry.entry(key).or_insert_with(|| value.clone());
        } else if self.section == RIGHTS_OF
            && let Some((_, right)) = RIGHTS.iter().find(|(known, _)| known == name)
        {
            let holders = value.split(", ").map(str::trim).filter(|n| !n.is_empty()).map(holder).collect();
            self.rights.entry((*right).to_owned()).or_insert(holders);
        } else if let Some((name, key, values)) = OPTIONS.iter().find(|(known, ..)| known == name) {
            match values.iter().position(|known| fold(known) == fold(value)) {
                Some(number) => drop(self.registry.entry((*key).to_owned()).or_insert_with(|| number.to_string())),
                None if value == "Not Configured" => {}
                None => self.unclear.push((*name).to_owned()),
            }
        }
    }
}

/// A registry value by its key: `Software\Policies\…\Name`, `MACHINE\System\…\Name`.
fn key(name: &str) -> Option<String> {
    let folded = fold(name);
    let of_machine = folded.strip_prefix(r"machine\").unwrap_or(&folded);
    let is_key = [r"software\", r"system\"].iter().any(|root| of_machine.starts_with(root)) && !folded.ends_with('\\');
    is_key.then(|| format!(r"machine\{of_machine}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    const PAGE: &str = r##"<html dir="ltr"><head><title>CONTOSO\admin on CONTOSO\HV01</title><style>.he0 { }</style></head><body>
<table class="title"><tr><td colspan="2" class="rsopheader">Group Policy Results</td></tr>
<tr><td colspan="2" class="rsopname">CONTOSO\admin on CONTOSO\HV01</td></tr></table>
<div class="rsopsettings"><div class="he0_expanded"><span class="sectionTitle" tabindex="0">Computer Details</span><a class="expando" href="#"></a></div>
<div class="container"><div class="he3"><span class="sectionTitle" tabindex="0">Local Policies/User Rights Assignment</span></div>
<div class="he4i"><table class="info3"><tr><th scope="col">Policy</th><th scope="col">Setting</th><th scope="col">Winning GPO</th></tr>
<tr><td>Log on as a service</td><td>CONTOSO\svc, NT VIRTUAL MACHINE\Virtual Machines</td><td>Hosts</td></tr>
<tr><td>Deny log on as a service</td><td></td><td>Hosts</td></tr></table></div>
<div class="he3"><span class="sectionTitle" tabindex="0">Local Policies/Security Options</span></div>
<table class="info3"><tr><td>Network security: LAN Manager authentication level</td><td>Send NTLMv2 response only. Refuse LM &amp; NTLM</td><td>Hosts</td></tr>
<tr><td>Network security: Restrict NTLM: Incoming NTLM traffic</td><td>Something new</td><td>Hosts</td></tr></table>
<div class="he3"><span class="sectionTitle">System/Device Guard</span></div><table class="info3"><tr><th>Policy</th><th>Setting</th></tr>
<tr><td><span class="explainlink" gpmc_settingName="Turn On Virtualization Based Security">Turn On Virtualization Based Security</span></td>
<td>Enabled<table><tr><td>Credential Guard Configuration:</td><td>Enabled with UEFI lock</td></tr></table></td><td>Hosts</td></tr></table>
<div class="he3"><span class="sectionTitle">Extra Registry Settings</span></div>
<table class="info3"><tr><td>Software\Policies\Microsoft\X\Y</td><td>1</td><td>Hosts</td></tr></table></div>
<div class="he0_expanded"><span class="sectionTitle">User Details</span></div>
<table><tr><td>Software\Policies\Microsoft\X\Z</td><td>1</td><td>Hosts</td></tr></table></div></body></html>
"##;

    fn run(text: &str) -> (Option<Option<SecurityPolicy>>, Vec<String>) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let records = read(text, &mut context).map(|records| {
            records.into_iter().find_map(|r| match r {
                Record::SecurityPolicy(policy) => Some(*policy),
                _ => None,
            })
        });
        (records, context.into_problems().into_iter().map(|p| p.what).collect())
    }

    #[test]
    fn settings_of_the_computer() {
        let (Some(Some(policy)), problems) = run(PAGE) else { panic!("not read") };
        assert_eq!(policy.host.as_deref(), Some("HV01"));
        assert!(problems.len() == 1 && problems[0].contains("Incoming NTLM"), "{problems:?}");
        let registry: Vec<(&str, &str)> = policy.registry.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            registry,
            [
                (r"machine\software\policies\microsoft\windows\deviceguard\lsacfgflags", "1"),
                (r"machine\software\policies\microsoft\x\y", "1"),
                (r"machine\system\currentcontrolset\control\lsa\lmcompatibilitylevel", "5"),
            ]
        );
        let service = &policy.rights["SeServiceLogonRight"];
        assert_eq!(service[1].sid.as_ref().map(|s| s.as_str()), Some("S-1-5-83-0"));
        assert!(policy.rights["SeDenyServiceLogonRight"].is_empty() && !policy.lists_all_rights);
    }

    #[test]
    fn other_languages_tell_keys_only() {
        let german = PAGE.replace("Computer Details", "Computerdetails").replace("User Details", "Benutzerdetails");
        let german =
            german.replace("Local Policies/User Rights Assignment", "Lokale Richtlinien/Zuweisen von Benutzerrechten");
        let (Some(Some(policy)), problems) = run(&german) else { panic!("not read") };
        assert!(policy.rights.is_empty() && policy.registry.contains_key(r"machine\software\policies\microsoft\x\y"));
        assert!(problems.iter().any(|p| p.contains("another language")), "{problems:?}");
        let unknown = PAGE.replace("Computer Details", "?");
        assert_eq!(run(&unknown).0, Some(None));
    }

    #[test]
    fn cuts_and_other_pages() {
        let (policy, problems) = run(&PAGE[..PAGE.find("CONTOSO\\svc").unwrap()]);
        assert_eq!((policy, problems.len()), (Some(None), 1), "{problems:?}");
        assert_eq!(run("<html><body>").0, None);
        let collector = "<html><td class=\"rsopname\">Machine name: HV01</td><div class=\"rsopsettings\"></html>";
        assert_eq!(run(collector).0, None, "a report of a collector");
        let named = PAGE.replace("Extra Registry Settings", "Operating System: x");
        assert!(matches!(run(&named).0, Some(Some(_))));
    }
}
