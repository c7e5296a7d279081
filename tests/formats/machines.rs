//! Virtual machines and policies in every format.

use super::{Fact, Table, read};
use delegap::model::{Guid, PolicyScope, Record, SecurityPolicy, Tri, VirtualMachine};

pub fn tables() -> String {
    [virtual_machines(), policies()].concat()
}

const ID: &str = "6f2b1b1a-52b0-4d4a-9b0c-0c3f1e6a7d01";

/// One VM, `app01` on HV01, of version 9.0, with its processor's compatibility off.
fn virtual_machines() -> String {
    let formats = [
        (
            "Get-VM \\| ConvertTo-Json",
            format!(
                r#"{{"VMName":"app01","VMId":"{ID}","Id":"{ID}","Name":"app01","State":2,"Version":"9.0","ComputerName":"HV01","ProcessorCount":2}}"#
            ),
        ),
        (
            "Get-VM \\| Export-Clixml",
            format!(
                "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"><Obj RefId=\"0\"><Props>\
                 <S N=\"VMName\">app01</S><G N=\"VMId\">{ID}</G><S N=\"Name\">app01</S><S N=\"State\">Running</S>\
                 <S N=\"Version\">9.0</S><S N=\"ComputerName\">HV01</S></Props></Obj></Objs>"
            ),
        ),
        (
            "Get-VM \\| Select-Object … \\| Export-Csv",
            format!(
                "\"ComputerName\",\"Name\",\"VMId\",\"State\",\"Version\"\r\n\"HV01\",\"app01\",\"{ID}\",\"Running\",\"9.0\"\r\n"
            ),
        ),
        (
            "Get-VM \\| Format-List -Property *",
            format!(
                "\nVMName       : app01\nVMId         : {ID}\nId           : {ID}\nName         : app01\nState        : Running\n\
                 Version      : 9.0\nComputerName : HV01\n\n"
            ),
        ),
        (
            "Get-VM",
            "Name  State   CPUUsage(%) MemoryAssigned(M) Uptime   Status             Version\n\
             ----  -----   ----------- ----------------- ------   ------             -------\n\
             app01 Running 0           4096              01:00:00 Operating normally 9.0\n"
                .to_owned(),
        ),
        (
            "Get-VMProcessor \\| ConvertTo-Json",
            format!(
                r#"{{"VMName":"app01","VMId":"{ID}","Id":"Microsoft:x","CompatibilityForMigrationEnabled":false,"ComputerName":"HV01"}}"#
            ),
        ),
        (
            "Get-VMProcessor",
            "VMName Count CompatibilityForMigrationEnabled CompatibilityForOlderOperatingSystemsEnabled\n\
             ------ ----- -------------------------------- --------------------------------------------\n\
             app01  2     False                            False\n"
                .to_owned(),
        ),
    ];
    let facts = |m: &VirtualMachine| -> Vec<Fact> {
        vec![
            ("name", Tri::Known(m.name.clone())),
            ("host", m.host.clone().map_or(Tri::NOT_EXPORTED, Tri::Known)),
            ("id", m.id.clone().map(|id| id.to_string())),
            ("configuration version", m.version.clone().map(|(major, minor)| format!("{major}.{minor}"))),
            ("processor compatibility", m.processor_compatibility.clone().map(|on| on.to_string())),
        ]
    };
    let real = ["app01", "HV01", ID, "9.0", "false"];
    assert!(Guid::parse(ID).is_some());
    let mut table = Table::default();
    for (format, text) in formats {
        let parsed = read("vm", text.as_bytes());
        let told = parsed.records.iter().find_map(|r| match r {
            Record::VirtualMachine(m) => Some(facts(m)),
            _ => None,
        });
        let told = told.unwrap_or_else(|| panic!("{format}: {parsed:?}"));
        table.note(format, &truth(&told, &real), Some(&told));
    }
    table.to_markdown("Virtual machines")
}

fn truth(told: &[Fact], real: &[&str]) -> Vec<Fact> {
    told.iter().zip(real).map(|((fact, _), real)| (*fact, Tri::Known((*real).to_owned()))).collect()
}

const GPO: &str = "{6AC1786C-016F-11D2-945F-00C04FB984F9}";

/// HV01 applies the object `Hosts`, which sets `LsaCfgFlags` to 1 and gives the virtual machines the right to sign in as a
/// service; nobody has the right to sign in as a batch job.
fn policies() -> String {
    let rights = "[Privilege Rights]\r\nSeServiceLogonRight = *S-1-5-83-0\r\n";
    let values =
        "[Registry Values]\r\nMACHINE\\Software\\Policies\\Microsoft\\Windows\\DeviceGuard\\LsaCfgFlags=4,1\r\n";
    let template = |more: &str| format!("[Unicode]\r\nUnicode=yes\r\n{values}{rights}{more}[Version]\r\n");
    let setting = "<q1:UserRightsAssignment><q1:Name>SeServiceLogonRight</q1:Name><q1:Member><SID>S-1-5-83-0</SID></q1:Member></q1:UserRightsAssignment>\
                   <q2:RegistrySetting><q2:KeyPath>Software\\Policies\\Microsoft\\Windows\\DeviceGuard</q2:KeyPath>\
                   <q2:Value><q2:Name>LsaCfgFlags</q2:Name><q2:Number>1</q2:Number></q2:Value></q2:RegistrySetting>";
    let heading = "RSOP data for C\\a on HV01 : Logging Mode\n----------------------------------------\n\n\
                   COMPUTER SETTINGS\n------------------\n    CN=HV01,OU=x,DC=c,DC=l\n\n\
                   \x20   Applied Group Policy Objects\n    -----------------------------\n        Hosts\n\n";
    let printed = "            GPO: Hosts\n                Policy:            ServiceLogonRight\n                Computer Setting:  *S-1-5-83-0\n\n\
                   \x20           GPO: Hosts\n                Folder Id: Software\\Policies\\Microsoft\\Windows\\DeviceGuard\\LsaCfgFlags\n\
                   \x20               Value:       1, 0, 0, 0\n                State:       Enabled\n\n";
    let page = "<html><td class=\"rsopname\">C\\a on C\\HV01</td><div class=\"rsopsettings\"><span class=\"sectionTitle\">Computer Details</span>\
                <span class=\"sectionTitle\">Local Policies/User Rights Assignment</span><table><tr><td>Log on as a service</td>\
                <td>NT VIRTUAL MACHINE\\Virtual Machines</td></tr><tr><td>Credential Guard Configuration:</td><td>Enabled with UEFI lock</td></tr>\
                </table></div></html>";
    let key = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceGuard";
    let formats = [
        ("secedit /export", "HV01/policy.inf".to_owned(), template("")),
        ("GptTmpl.inf of an object", format!("sysvol/{GPO}/GptTmpl.inf"), template("")),
        (
            "Get-GPOReport -ReportType Xml",
            "report.xml".to_owned(),
            format!(
                "<GPO xmlns=\"http://www.microsoft.com/GroupPolicy/Settings\"><Name>Hosts</Name><Computer><ExtensionData><Extension>{setting}\
                 </Extension></ExtensionData></Computer></GPO>"
            ),
        ),
        (
            "gpresult /x",
            "result.xml".to_owned(),
            format!(
                "<Rsop xmlns=\"http://www.microsoft.com/GroupPolicy/Rsop\"><ComputerResults><Name>C\\HV01$</Name><GPO><Name>Hosts</Name>\
                 <Link><AppliedOrder>1</AppliedOrder></Link></GPO><ExtensionData><Extension>{setting}</Extension></ExtensionData></ComputerResults></Rsop>"
            ),
        ),
        ("gpresult /h, in English", "result.html".to_owned(), page.to_owned()),
        ("gpresult /z, in English", "result.txt".to_owned(), format!("{heading}{printed}")),
        ("gpresult /r", "result.txt".to_owned(), heading.to_owned()),
        (
            "reg export",
            "HV01/guard.reg".to_owned(),
            format!("Windows Registry Editor Version 5.00\r\n\r\n[{key}]\r\n\"LsaCfgFlags\"=dword:00000001\r\n"),
        ),
        ("reg query", "HV01/guard.txt".to_owned(), format!("\r\n{key}\r\n    LsaCfgFlags    REG_DWORD    0x1\r\n")),
    ];
    let mut table = Table::default();
    for (format, name, text) in formats {
        let parsed = read(&name, text.as_bytes());
        let told = parsed.records.iter().find_map(|r| match r {
            Record::SecurityPolicy(policy) => Some(policy_facts(policy)),
            _ => None,
        });
        let told = told.unwrap_or_else(|| panic!("{format}: {parsed:?}"));
        table.note(format, &truth(&told, &["HV01", "1", "S-1-5-83-0", "all listed", "hosts"]), Some(&told));
    }
    table.to_markdown("Policies")
}

fn policy_facts(policy: &SecurityPolicy) -> Vec<Fact> {
    let or_untold = |text: Option<String>| text.map_or(Tri::NOT_EXPORTED, Tri::Known);
    let value = policy.registry.get(r"machine\software\policies\microsoft\windows\deviceguard\lsacfgflags").cloned();
    let holder = policy.rights.get("SeServiceLogonRight").and_then(|h| h.first()?.sid.as_ref().map(|s| s.to_string()));
    let applied = policy.applied.as_ref().map(|objects| objects.iter().cloned().collect::<Vec<_>>().join(", "));
    vec![
        ("host", or_untold(policy.host.clone().filter(|_| policy.scope == PolicyScope::Host))),
        ("registry values", or_untold(value)),
        ("rights", or_untold(holder)),
        ("rights that nobody has", or_untold(policy.lists_all_rights.then(|| "all listed".to_owned()))),
        ("objects that the host applies", or_untold(applied)),
    ]
}
