//! Reports of Group Policy in XML: gpresult /x of a host, Get-GPOReport of one object. Names of policies are in the
//! report's language; rights, registry keys and identifiers are not.

use super::context::Context;
use super::principals;
use crate::words::count;
use crate::xml;
use delegap_model::{PolicyScope, Principal, Record, SecurityPolicy, Sid, fold};
use std::collections::{BTreeMap, BTreeSet};

/// Namespaces of the two roots.
const RESULT: &str = "http://www.microsoft.com/GroupPolicy/Rsop";
const OBJECT: &str = "http://www.microsoft.com/GroupPolicy/Settings";
const HEAD: usize = 64 << 10;
/// Elements of one setting each.
const SETTINGS: [&str; 3] = ["SecurityOptions", "RegistrySetting", "UserRightsAssignment"];

/// Reads a report; `None` if it is none.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let head = text.get(..text.floor_char_boundary(HEAD)).unwrap_or(text);
    let of_host = head.contains("<Rsop") && head.contains(RESULT);
    let of_object = head.contains("<GPO") && head.contains(OBJECT);
    if !of_host && !of_object {
        return None;
    }
    let mut report = Report::default();
    let damages = xml::walk(text, context.limits.depth, &SETTINGS, |path, text| match text {
        Some(text) => report.closed(path, text),
        None => report.forget(),
    });
    context.broken_xml(text, &damages);
    report.finish();
    let (file, host) = (context.name().to_owned(), report.host.take().filter(|_| of_host));
    let applied = report.applied.take().filter(|_| damages.is_empty());
    if of_host && report.finished.is_empty() && applied.is_some() {
        report.finished.push(Settings::default());
    }
    if report.templates > 0 {
        let what = "the report names settings of administrative templates in the language of its reader: gpresult /z has \
                    their registry values";
        context.problem("", what, count(report.templates, "setting"));
    }
    let policy = |(object, rights, registry): Settings| {
        let scope = match of_host {
            true => PolicyScope::Host,
            false => PolicyScope::GroupPolicyObject(object.unwrap_or_else(|| file.clone())),
        };
        let (host, applied) = (host.clone(), applied.clone());
        let at = context.at("");
        Record::SecurityPolicy(Box::new(SecurityPolicy {
            at,
            host,
            scope,
            rights,
            registry,
            lists_all_rights: false,
            applied,
        }))
    };
    Some(std::mem::take(&mut report.finished).into_iter().map(policy).collect())
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
    /// Another object's value of the open setting counts: its precedence is not 1.
    loses: bool,
    /// Names and identifiers of the objects that the host applies.
    applied: Option<BTreeSet<String>>,
    /// Of the object that is open.
    names: Vec<String>,
    order: u32,
    /// Settings that only have a name of their own.
    templates: u64,
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
            ("GPO", "Name") if own(3) == "ComputerResults" => self.names.push(fold(text)),
            ("Path", "Identifier") if own(4) == "ComputerResults" => self.names.push(fold(text)),
            ("Link", "AppliedOrder") if own(4) == "ComputerResults" => self.order = text.parse().unwrap_or(0),
            ("ComputerResults", "GPO") => {
                let (names, order) = (std::mem::take(&mut self.names), std::mem::take(&mut self.order));
                // 0: filtered out, disabled or empty.
                self.applied.get_or_insert_default().extend(names.into_iter().filter(|_| order > 0));
            }
            ("Extension", "Policy") => self.templates += 1,
            ("GPO", "Name") if path.len() == 2 || own(3) == "report" => self.object = Some(text.to_owned()),
            ("report", "GPO") => self.finish(),
            ("UserRightsAssignment" | "SecurityOptions" | "RegistrySetting", "Precedence") => self.loses = text != "1",
            ("SecurityOptions" | "RegistrySetting", "KeyName" | "KeyPath") => self.key = Some(fold(text)),
            ("SecurityOptions", "SettingNumber" | "SettingString") => self.data = Some(text.to_owned()),
            (_, "SecurityOptions") => self.option(),
            ("Value", "Name") => self.value = Some(fold(text)),
            ("Value", "Number" | "String") => self.data = Some(text.to_owned()),
            ("RegistrySetting", "Value") => self.setting(),
            (_, "RegistrySetting") => {
                (self.key, self.value, self.data) = (None, None, None);
                self.loses = false;
            }
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
                let loses = std::mem::take(&mut self.loses);
                if let Some(right) = self.right.take().filter(|_| !loses) {
                    // Where several objects define it and none says that it lost, the first counts.
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
        let loses = std::mem::take(&mut self.loses);
        if let (Some(key), Some(data), false) = (self.key.take(), self.data.take(), loses) {
            self.registry.entry(key).or_insert(data);
        }
    }

    /// A key below the machine's root, and a value of it.
    fn setting(&mut self) {
        let (value, data) = (self.value.take(), self.data.take());
        if let (Some(key), Some(value), Some(data), false) = (&self.key, value, data, self.loses) {
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
    fn the_setting_that_won_counts() {
        let lost = "<q1:UserRightsAssignment><Precedence xmlns=\"http://www.microsoft.com/GroupPolicy/Settings/Base\">2</Precedence>\
            <q1:Name>SeServiceLogonRight</q1:Name></q1:UserRightsAssignment>\
            <q1:SecurityOptions><Precedence>2</Precedence><q1:KeyName>MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\MSV1_0\\RestrictSendingNTLMTraffic</q1:KeyName>\
            <q1:SettingNumber>1</q1:SettingNumber></q1:SecurityOptions>";
        let text = RESULTS.replacen(
            "<q1:SecurityOptions><GPO",
            &format!("{lost}<q1:SecurityOptions><Precedence>1</Precedence><GPO"),
            1,
        );
        assert_eq!(run(&text), run(RESULTS));
        let registry = "<q2:RegistrySetting><Precedence>2</Precedence><q2:KeyPath>Software\\Policies\\Microsoft\\Windows\\DeviceGuard</q2:KeyPath>\
            <q2:Value><q2:Name>LsaCfgFlags</q2:Name><q2:Number>0</q2:Number></q2:Value></q2:RegistrySetting>";
        let text = RESULTS.replacen("<q2:RegistrySetting>", &format!("{registry}<q2:RegistrySetting>"), 1);
        assert_eq!(run(&text), run(RESULTS));
    }

    #[test]
    fn objects_that_a_host_applies() {
        let object = |name: &str, id: u32, order: u32| {
            format!(
                "<GPO><Name>{name}</Name><Path><Identifier xmlns=\"http://www.microsoft.com/GroupPolicy/Types\">{{{id}}}</Identifier></Path>\
                 <Enabled>true</Enabled><Link><SOMPath>contoso.test</SOMPath><AppliedOrder>{order}</AppliedOrder></Link></GPO>"
            )
        };
        let objects = object("Basis", 1, 2) + &object("Local Group Policy", 2, 0);
        let text = RESULTS.replace("<GPO><Name>Basis</Name></GPO>", &objects);
        let applied = |text: &str| match run(text).0.as_deref() {
            Some([Record::SecurityPolicy(policy)]) => policy.applied.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(applied(&text), Some(["basis".to_owned(), "{1}".to_owned()].into()));
        assert_eq!(applied(&text[..text.len() - 9]), None, "cut: some may be missing");
        let template =
            text.replace("<q2:RegistrySetting>", "<q2:Policy><q2:Name>x</q2:Name></q2:Policy><q2:RegistrySetting>");
        assert_eq!(run(&template).1, 1, "a setting without its registry value");
    }

    #[test]
    fn one_object_and_several() {
        let object = r#"<GPO xmlns="http://www.microsoft.com/GroupPolicy/Settings"><Identifier/><Name>Basis</Name><Computer>
            <ExtensionData><Extension><q1:SecurityOptions><q1:KeyName>MACHINE\X\Y</q1:KeyName><q1:SettingNumber>2</q1:SettingNumber>
            </q1:SecurityOptions></Extension></ExtensionData></Computer></GPO>"#;
        let (records, _) = run(object);
        let Some([Record::SecurityPolicy(policy)]) = records.as_deref() else { panic!("{records:?}") };
        assert_eq!(policy.scope, PolicyScope::GroupPolicyObject("Basis".to_owned()));
        let second = object.replace("Basis", "Second");
        let (records, _) = run(&format!("<report>{object}{second}</report>"));
        assert_eq!(records.map(|r| r.len()), Some(2));
        assert_eq!(run("<html><body>"), (None, 0));
    }
}
