//! Reports of Group Policy in XML: gpresult /x of a host, Get-GPOReport of one object. Names of policies are in the
//! report's language; rights, registry keys and identifiers are not.

use super::context::Context;
use super::principals;
use crate::xml;
use delegap_model::{PolicyScope, Principal, Record, SecurityPolicy, Sid, fold};
use std::collections::BTreeMap;

/// Namespaces of the two roots.
const RESULT: &str = "http://www.microsoft.com/GroupPolicy/Rsop";
const OBJECT: &str = "http://www.microsoft.com/GroupPolicy/Settings";
/// Classes of the HTML that gpresult /h writes.
const HTML: [&str; 3] = ["rsopheader", "rsopsummary", "rsopname"];
const HEAD: usize = 64 << 10;
/// Elements of one setting each.
const SETTINGS: [&str; 3] = ["SecurityOptions", "RegistrySetting", "UserRightsAssignment"];

/// Reads a report; `None` if it is none. Of an HTML report only its kind is told: the values in it have no fixed names.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let head = text.get(..text.floor_char_boundary(HEAD)).unwrap_or(text);
    let of_host = head.contains("<Rsop") && head.contains(RESULT);
    let of_object = head.contains("<GPO") && head.contains(OBJECT);
    if !of_host && !of_object {
        return is_html(head).then(|| {
            let what = "an HTML report names its values in the language of its reader only: gpresult /x has them all";
            context.problem("", what, "the values of its policies");
            Vec::new()
        });
    }
    let mut report = Report::default();
    let damages = xml::walk(text, context.limits.depth, &SETTINGS, |path, text| match text {
        Some(text) => report.closed(path, text),
        None => report.forget(),
    });
    context.broken_xml(text, &damages);
    report.finish();
    let (file, host) = (context.name().to_owned(), report.host.take().filter(|_| of_host));
    let policy = |(object, rights, registry): Settings| {
        let scope = match of_host {
            true => PolicyScope::Host,
            false => PolicyScope::GroupPolicyObject(object.unwrap_or_else(|| file.clone())),
        };
        let host = host.clone();
        Record::SecurityPolicy(SecurityPolicy { at: context.at(""), host, scope, rights, registry })
    };
    Some(std::mem::take(&mut report.finished).into_iter().map(policy).collect())
}

/// What gpresult prints on a console, /r or /z: its first line names the program in every language, the rest is in one.
pub(super) fn printed(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    text.lines().find(|l| l.contains("Group Policy Result tool"))?;
    let what = "what gpresult prints names its values in the language of its reader only: gpresult /x has them all";
    context.problem("", what, "the values of its policies");
    Some(Vec::new())
}

fn is_html(head: &str) -> bool {
    let start = head.trim_start().get(..9).unwrap_or_default().to_ascii_lowercase();
    (start.starts_with("<!doctype") || start.starts_with("<html")) && HTML.iter().any(|class| head.contains(class))
}

/// The name of a Group Policy object, its rights and its registry values.
type Settings = (Option<String>, BTreeMap<String, Vec<Principal>>, BTreeMap<String, String>);

/// What was read of a report, and the parts of the setting that is open.
#[derive(Default)]
struct Report {
    finished: Vec<Settings>,
    host: Option<String>,
    /// The Group Policy object's name.
    object: Option<String>,
    rights: BTreeMap<String, Vec<Principal>>,
    registry: BTreeMap<String, String>,
    key: Option<String>,
    value: Option<String>,
    data: Option<String>,
    right: Option<String>,
    holders: Vec<Principal>,
    name: Option<String>,
    sid: Option<Sid>,
}

impl Report {
    fn closed(&mut self, path: &[String], text: &str) {
        let own = |n: usize| path.len().checked_sub(n).and_then(|i| path.get(i)).map_or("", String::as_str);
        let of_user = path.iter().take(3).any(|n| n == "UserResults" || n == "User");
        if of_user {
            return;
        }
        match (own(2), own(1)) {
            // `CONTOSO\HV01$`
            ("ComputerResults", "Name") => {
                let name = text.rsplit('\\').next().unwrap_or(text).trim_end_matches('$');
                self.host = Some(name.to_owned()).filter(|n| !n.is_empty());
            }
            ("GPO", "Name") if path.len() == 2 || own(3) == "report" => self.object = Some(text.to_owned()),
            ("report", "GPO") => self.finish(),
            ("SecurityOptions" | "RegistrySetting", "KeyName" | "KeyPath") => self.key = Some(fold(text)),
            ("SecurityOptions", "SettingNumber" | "SettingString") => self.data = Some(text.to_owned()),
            (_, "SecurityOptions") => self.option(),
            ("Value", "Name") => self.value = Some(fold(text)),
            ("Value", "Number" | "String") => self.data = Some(text.to_owned()),
            ("RegistrySetting", "Value") => self.setting(),
            (_, "RegistrySetting") => (self.key, self.value, self.data) = (None, None, None),
            ("UserRightsAssignment", "Name") => self.right = Some(text.to_owned()),
            ("Member", "Name") => self.name = Some(text.to_owned()),
            ("Member", "SID") => self.sid = Sid::parse(text),
            ("UserRightsAssignment", "Member") => {
                let mut holder =
                    self.name.take().filter(|n| !n.is_empty()).map(|n| principals::of_text(&n)).unwrap_or_default();
                holder.sid = self.sid.take().or(holder.sid);
                self.holders.push(holder);
            }
            (_, "UserRightsAssignment") => {
                let holders = std::mem::take(&mut self.holders);
                if let Some(right) = self.right.take() {
                    // Several objects may define it; the one that won comes first.
                    self.rights.entry(right).or_insert(holders);
                }
            }
            _ => {}
        }
    }

    /// What was read of a setting that is broken.
    fn forget(&mut self) {
        (self.key, self.value, self.data, self.right) = (None, None, None, None);
        (self.name, self.sid) = (None, None);
        self.holders.clear();
    }

    /// The end of an object, or of the report.
    fn finish(&mut self) {
        let (rights, registry) = (std::mem::take(&mut self.rights), std::mem::take(&mut self.registry));
        let object = self.object.take();
        if !rights.is_empty() || !registry.is_empty() {
            self.finished.push((object, rights, registry));
        }
    }

    /// `MACHINE\System\…\Value`, as in a security template.
    fn option(&mut self) {
        if let (Some(key), Some(data)) = (self.key.take(), self.data.take()) {
            self.registry.entry(key).or_insert(data);
        }
    }

    /// A key below the machine's root, and a value of it.
    fn setting(&mut self) {
        let (value, data) = (self.value.take(), self.data.take());
        if let (Some(key), Some(value), Some(data)) = (&self.key, value, data) {
            self.registry.entry(format!("machine\\{key}\\{value}")).or_insert(data);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    const RESULTS: &str = r#"<?xml version="1.0" encoding="utf-16"?>
<Rsop xmlns="http://www.microsoft.com/GroupPolicy/Rsop" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <UserResults><Name>CONTOSO\admin</Name><ExtensionData><Extension xmlns:q9="http://www.microsoft.com/GroupPolicy/Settings/Registry">
    <q9:RegistrySetting><q9:KeyPath>Software\Policies\X</q9:KeyPath><q9:Value><q9:Name>y</q9:Name><q9:Number>1</q9:Number></q9:Value></q9:RegistrySetting>
  </Extension></ExtensionData></UserResults>
  <ComputerResults><Version>1</Version><Name>CONTOSO\HV01$</Name><Domain>contoso.test</Domain>
    <GPO><Name>Basis</Name></GPO>
    <ExtensionData><Extension xmlns:q1="http://www.microsoft.com/GroupPolicy/Settings/Security" xsi:type="q1:SecuritySettings">
      <q1:SecurityOptions><GPO xmlns="http://www.microsoft.com/GroupPolicy/Settings"><Identifier>{1}</Identifier></GPO>
        <q1:KeyName>MACHINE\System\CurrentControlSet\Control\Lsa\MSV1_0\RestrictSendingNTLMTraffic</q1:KeyName>
        <q1:SettingNumber>2</q1:SettingNumber><q1:Display><q1:Name>Netzwerksicherheit</q1:Name></q1:Display></q1:SecurityOptions>
      <q1:UserRightsAssignment><q1:Name>SeServiceLogonRight</q1:Name>
        <q1:Member><SID xmlns="http://www.microsoft.com/GroupPolicy/Types">S-1-5-83-0</SID>
          <Name xmlns="http://www.microsoft.com/GroupPolicy/Types">NT VIRTUAL MACHINE\Virtual Machines</Name></q1:Member>
        <q1:Member><Name xmlns="http://www.microsoft.com/GroupPolicy/Types">CONTOSO\svc</Name></q1:Member>
      </q1:UserRightsAssignment>
    </Extension></ExtensionData>
    <ExtensionData><Extension xmlns:q2="http://www.microsoft.com/GroupPolicy/Settings/Registry">
      <q2:RegistrySetting><q2:KeyPath>Software\Policies\Microsoft\Windows\DeviceGuard</q2:KeyPath><q2:AdmSetting>false</q2:AdmSetting>
        <q2:Value><q2:Name>LsaCfgFlags</q2:Name><q2:Number>1</q2:Number></q2:Value></q2:RegistrySetting>
    </Extension></ExtensionData>
  </ComputerResults>
</Rsop>"#;

    fn run(text: &str) -> (Option<Vec<Record>>, usize) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        (read(text, &mut context), context.into_problems().len())
    }

    #[test]
    fn results_of_a_host() {
        let (records, problems) = run(RESULTS);
        let Some([Record::SecurityPolicy(policy)]) = records.as_deref() else { panic!("{records:?}") };
        assert_eq!((policy.host.as_deref(), &policy.scope, problems), (Some("HV01"), &PolicyScope::Host, 0));
        let holders = &policy.rights["SeServiceLogonRight"];
        assert_eq!(holders.len(), 2);
        assert_eq!(holders[0].sid.as_ref().map(|s| s.as_str()), Some("S-1-5-83-0"));
        assert_eq!(holders[1].name.as_deref(), Some("svc"));
        let registry: Vec<(&str, &str)> = policy.registry.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            registry,
            [
                (r"machine\software\policies\microsoft\windows\deviceguard\lsacfgflags", "1"),
                (r"machine\system\currentcontrolset\control\lsa\msv1_0\restrictsendingntlmtraffic", "2"),
            ]
        );
        let (cut, problems) = run(&RESULTS[..RESULTS.find("<q2:RegistrySetting>").unwrap()]);
        assert_eq!((cut.map(|r| r.len()), problems), (Some(1), 1));
    }

    #[test]
    fn one_object_and_html() {
        let object = r#"<GPO xmlns="http://www.microsoft.com/GroupPolicy/Settings"><Identifier/><Name>Basis</Name><Computer>
            <ExtensionData><Extension><q1:SecurityOptions><q1:KeyName>MACHINE\X\Y</q1:KeyName><q1:SettingNumber>2</q1:SettingNumber>
            </q1:SecurityOptions></Extension></ExtensionData></Computer></GPO>"#;
        let (records, _) = run(object);
        let Some([Record::SecurityPolicy(policy)]) = records.as_deref() else { panic!("{records:?}") };
        assert_eq!(policy.scope, PolicyScope::GroupPolicyObject("Basis".to_owned()));
        let second = object.replace("Basis", "Second");
        let (records, _) = run(&format!("<report>{object}{second}</report>"));
        assert_eq!(records.map(|r| r.len()), Some(2));
        assert_eq!(run("<html dir=\"ltr\"><body><div class=\"rsopheader\">"), (Some(Vec::new()), 1));
        assert_eq!(run("<html><body>"), (None, 0));
    }
}
