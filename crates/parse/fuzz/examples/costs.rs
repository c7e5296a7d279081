//! Times hostile documents at two sizes: what costs more than three times as much at twice the size is not linear.
use delegap_model::Selection;
use delegap_parse::{Options, document};
use std::time::Instant;

fn main() {
    let only = std::env::args().nth(1);
    let makers: Vec<(&str, fn(usize) -> String)> = vec![
        ("braces", |n| "{".repeat(n)),
        ("brackets", |n| "[".repeat(n)),
        ("json nested", |n| "[".repeat(n) + &"]".repeat(n)),
        ("json objects nested", |n| "{\"a\":".repeat(n) + "1" + &"}".repeat(n)),
        ("json open objects", |n| "[".to_owned() + &"{\"Name\":\"a\",".repeat(n)),
        ("json many docs", |n| "{\"Name\":\"a\",\"SamAccountName\":\"b$\"}\n".repeat(n)),
        ("json many keys", |n| "[{".to_owned() + &(0..n).map(|i| format!("\"k{i}\":1,")).collect::<String>() + "\"Name\":\"a\",\"SamAccountName\":\"a$\"}]"),
        ("json broken records", |n| "{\"Event\":{\n".repeat(n)),
        ("quotes", |n| "\"".repeat(n)),
        ("csv quotes", |n| "Name,SamAccountName\n".to_owned() + &"\"".repeat(n)),
        ("csv quotes 2", |n| "Name,SamAccountName\n".to_owned() + &"a\"b,\"\"\n\"".repeat(n)),
        ("csv columns", |n| "Name,SamAccountName,".to_owned() + &(0..n).map(|i| format!("c{i},")).collect::<String>() + "\nHV01,HV01$\n"),
        ("csv same columns", |n| "Name,SamAccountName,".to_owned() + &"c,".repeat(n) + "\nHV01,HV01$" + &",x".repeat(n)),
        ("csv wide rows", |n| "Name,SamAccountName\n".to_owned() + &",".repeat(n)),
        ("csv short rows", |n| "Name,SamAccountName\n".to_owned() + &"a\n".repeat(n)),
        ("csv one dn", |n| "DistinguishedName,Name,SamAccountName\nCN=a".to_owned() + &",DC=c".repeat(n)),
        ("csv stripped dns", |n| "DistinguishedName,msDS-AllowedToDelegateTo,Name,Enabled\n".to_owned() + &"CN=HV01,OU=x,DC=c,cifs/HV02,cifs/HV02.c,HV01,True\n".repeat(n)),
        ("csv stripped one", |n| "DistinguishedName,msDS-AllowedToDelegateTo,Name,Enabled\nCN=HV01,OU=x,DC=c".to_owned() + &",cifs/HV02".repeat(n) + ",HV01,True\n"),
        ("name blocks", |n| "Name : a\n\n".repeat(n)),
        ("host blocks", |n| "Name : a\nVirtualMachineMigrationEnabled : True\n\n".repeat(n)),
        ("host block many keys", |n| "Name : a\nVirtualMachineMigrationEnabled : True\n".to_owned() + &(0..n).map(|i| format!("k{i} : x\n")).collect::<String>()),
        ("block same key", |n| "Name : a\nVirtualMachineMigrationEnabled : True\n".to_owned() + &"k : x\n".repeat(n)),
        ("block continuation", |n| "DistinguishedName        : CN=HV01,DC=c\nSPN : {a, \n".to_owned() + &"                           x,\n".repeat(n)),
        ("computer blocks", |n| "DistinguishedName : CN=HV01,OU=Hosts,DC=c\nName : HV01\nObjectClass : computer\n\n".repeat(n)),
        ("long line", |n| "a".repeat(n)),
        ("long line spaces", |n| "a ".repeat(n)),
        ("colons", |n| ":".repeat(n)),
        ("colon lines", |n| ":\n".repeat(n)),
        ("equals", |n| "=".repeat(n)),
        ("blank lines", |n| "\n".repeat(n)),
        ("dashes", |n| "-- ".repeat(n)),
        ("dash lines", |n| "---\n".repeat(n)),
        ("table heads", |n| "Name State\n---- -----\n".repeat(n)),
        ("table cols", |n| "Name ID State ".to_owned() + &"c ".repeat(n) + "\n" + &"- ".repeat(n)),
        ("nodes table", |n| "Name ID State\n---- -- -----\n".to_owned() + &"HV01 1  Up\n".repeat(n)),
        ("hotfix table", |n| "Source  Description HotFixID  InstalledBy         InstalledOn\n------  ----------- --------  -----------         -----------\n".to_owned() + &"HV01    Update      KB5004330 NT AUTHORITY\\SYSTEM 10/1/2021 12:00:00 AM\n".repeat(n)),
        ("wmic table", |n| "HotFixID  InstalledOn\n".to_owned() + &"KB5004330 10/1/2021\n".repeat(n)),
        ("clixml nested", |n| "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">".to_owned() + &"<Obj><MS>".repeat(n)),
        ("clixml ref chain", |n| "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"><Obj RefId=\"0\"><LST><S>x</S></LST></Obj>".to_owned() + &(1..n).map(|i| format!("<Obj RefId=\"{i}\"><LST><Ref RefId=\"{0}\"/><Ref RefId=\"{0}\"/></LST></Obj>", i - 1)).collect::<String>() + "</Objs>"),
        ("clixml big ref", |n| "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"><Obj RefId=\"0\"><LST>".to_owned() + &"<S>x</S>".repeat(n) + "</LST></Obj>" + &"<Obj><MS><S N=\"Name\">a</S><S N=\"SamAccountName\">a</S><Ref N=\"SPN\" RefId=\"0\"/></MS></Obj>".repeat(n / 10) + "</Objs>"),
        ("clixml self refs", |n| "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">".to_owned() + &"<Obj RefId=\"0\"><MS><S N=\"Name\">a</S><Ref N=\"b\" RefId=\"0\"/></MS></Obj>".repeat(n) + "</Objs>"),
        ("clixml events", |n| "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">".to_owned() + &"<Obj RefId=\"0\"><Props><I32 N=\"Id\">1</I32><DT N=\"TimeCreated\">2026-11-10T09:00:00Z</DT></Props></Obj>".repeat(n) + "</Objs>"),
        ("markup open", |n| "<a>".repeat(n)),
        ("lt", |n| "<".repeat(n)),
        ("html rows", |n| "<html><title>x</title><body>".to_owned() + &"<tr><td>x</td>".repeat(n)),
        ("event starts", |n| "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>".repeat(n)),
        ("event nested", |n| "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/><EventID>1</EventID></System><EventData>".to_owned() + &"<a>".repeat(n) + &"</a>".repeat(n) + "</EventData></Event>"),
        ("event entity", |n| "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/><EventID>1</EventID></System><EventData><Data>".to_owned() + &"&amp;".repeat(n) + "</Data></EventData></Event>"),
        ("event listing", |n| "Event[0]:\n  Log Name: System\n  Source: P\n  Date: 2026-11-10T09:00:00.000\n  Event ID: 1\n  Computer: HV01\n  Description: \nx\n".repeat(n)),
        ("event heads", |n| "Event[0]:\n".repeat(n)),
        ("event csv", |n| "Level,Date and Time,Source,Event ID,Task Category\n".to_owned() + &"Error,11/10/2026 9:00:00 PM,P,1,None,\"a\n".repeat(n)),
        ("ldif folds", |n| "dn: CN=HV01,DC=c\nobjectClass: computer\nservicePrincipalName: a\n".to_owned() + &" b\n".repeat(n)),
        ("ldif dn folds", |n| "dn: CN\n".to_owned() + &" b\n".repeat(n)),
        ("ldif values", |n| "dn: CN=HV01,DC=c\nobjectClass: computer\n".to_owned() + &"servicePrincipalName: b\n".repeat(n)),
        ("ldif attributes", |n| "dn: CN=HV01,DC=c\nobjectClass: computer\n".to_owned() + &(0..n).map(|i| format!("a{i}: b\n")).collect::<String>()),
        ("ldif dns", |n| "dn: CN=HV01,DC=c\n".repeat(n)),
        ("ldif entries", |n| "dn: CN=HV01,DC=c\nobjectClass: computer\ncn: x\n\n".repeat(n)),
        ("ldif range", |n| "dn: CN=HV01,DC=c\nobjectClass: computer\n".to_owned() + &(0..n).map(|i| format!("member;range={i}-{i}: b\n")).collect::<String>()),
        ("attributes", |n| "objectClass: computer\ncn: HV01\ndistinguishedName: CN=HV01,DC=c\n".to_owned() + &"servicePrincipalName: b\n".repeat(n)),
        ("setspn", |n| "Registered ServicePrincipalNames for CN=HV01,DC=c:\n".to_owned() + &"\tHOST/HV01\n".repeat(n)),
        ("setspn heads", |n| "Registered ServicePrincipalNames for CN=HV01,DC=c:\n".repeat(n)),
        ("setspn -x", |n| "Checking domain DC=c\nProcessing entry 0\n".to_owned() + &"cifs/HV02 is registered on these accounts:\n\tCN=HV02,DC=c\n".repeat(n)),
        ("delegation table", |n| "AccountName  AccountType  DelegationType                      DelegationRightsTo  SPN Exists\n-----------  -----------  ----------------------------------  ------------------  ----------\n".to_owned() + &"HV01$        Computer     Constrained w/ Protocol Transition  cifs/HV02           Yes\n".repeat(n)),
        ("klist", |n| "Current LogonId is 0:0x3e7\n\nCached Tickets: (1)\n\n".to_owned() + &"#0>\tClient: HV01$ @ C.L\n\tServer: krbtgt/C.L @ C.L\n".repeat(n)),
        ("klist heads", |n| "Current LogonId is 0:0x3e7\nCached Tickets: (1)\n".repeat(n)),
        ("repadmin", |n| "1 entries.\nLoc.USN Originating DSA Org.USN Org.Time/Date Ver Attribute\n".to_owned() + &" 1 Site\\DC01 1 2026-01-15 10:00:00 1 userAccountControl\n".repeat(n)),
        ("secedit", |n| "[Unicode]\nUnicode=yes\n[Privilege Rights]\nSeServiceLogonRight = *S-1-5-83-0".to_owned() + &",x".repeat(n)),
        ("secedit heads", |n| "[Unicode]\nUnicode=yes\n".to_owned() + &"[Privilege Rights]\nSeServiceLogonRight = *S-1-5-83-0\n".repeat(n)),
        ("reg", |n| "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa]\n\"Bounds\"=hex:00".to_owned() + &",\\\n  00".repeat(n)),
        ("reg keys", |n| "Windows Registry Editor Version 5.00\n\n".to_owned() + &"[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa]\n\"LsaCfgFlags\"=dword:00000002\n".repeat(n)),
        ("reg slashes", |n| "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa]\n\"a\"=\"".to_owned() + &"\\".repeat(n)),
        ("w32tm", |n| "Tracking HV02 [10.0.0.2:123].\n".to_owned() + &"10:00:00, +312.5s\n".repeat(n)),
        ("w32tm monitor", |n| "HV01*** PDC ***[10.0.0.1:123]:\n    NTP: +0.0000000s offset from HV01\n".repeat(n)),
        ("sids", |n| "SID for \\\\HV01:\nS-1-5-21-1-2-3\n".repeat(n)),
        ("sid long", |n| "SID for \\\\HV01:\nS-1-5-21".to_owned() + &"-1".repeat(n)),
        ("systeminfo", |n| "Host Name: HV01\nOS Name: Windows\nOS Version: 10.0.20348 N/A Build 20348\nDomain: c.l\nHotfix(s): 1\n".to_owned() + &"    [01]: KB5004330\n".repeat(n)),
        ("systeminfo heads", |n| "Host Name: HV01\nOS Name: Windows\nOS Version: 10.0.20348 N/A Build 20348\n".repeat(n)),
        ("packages", |n| "Package Identity : Package_for_RollupFix~31bf3856ad364e35~amd64~~20348.2322.1.8\nState : Installed\n".repeat(n)),
        ("cbs", |n| "2024-02-14 03:12:11, Info                  CBS    Reporting package change completion for package: Package_for_KB5034129~31bf3856ad364e35~amd64~~10.0.1.4, current: Installed, original: Staged, target: Installed, status: 0x0\n".repeat(n)),
        ("cbs distinct", |n| (0..n).map(|i| format!("2024-02-14 03:12:11, Info                  CBS    Reporting package change completion for package: Package_for_KB{i}~31bf3856ad364e35~amd64~~10.0.1.4, current: Installed, original: Staged, target: Installed, status: 0x0\n")).collect()),
        ("agent", |n| (0..n).map(|i| format!("{{A1B2C3D4-0000-4000-8000-{i:012}}}\t2024-02-14 03:12:11:123+0100\t1\t183 [AGENT_INSTALLING_SUCCEEDED]\t101\tx\tSuccess\tContent Install\tx (KB5034770)\n")).collect()),
        ("cluster log", |n| "[=== Cluster ===]\nCurrent node: name (HV01) id (1)\n[=== Nodes ===]\nName,Id\n".to_owned() + &"HV01,1\n".repeat(n)),
        ("cluster sections", |n| "[=== Cluster ===]\nCurrent node: name (HV01) id (1)\n".to_owned() + &"[=== Nodes ===]\nName,Id\nHV01,1\n".repeat(n)),
        ("msinfo nested", |n| "<MsInfo>".to_owned() + &"<Category name=\"x\">".repeat(n)),
        ("sharphound", |n| "{\"meta\":{\"methods\":1,\"type\":\"computers\",\"count\":1,\"version\":6},\"data\":[".to_owned() + &"{\"ObjectIdentifier\":\"S-1-5-21-1-2-3-4\",\"Properties\":{\"name\":\"A\"}},".repeat(n)),
        ("rsop", |n| "<Rsop xmlns=\"http://www.microsoft.com/GroupPolicy/Rsop\"><ComputerResults>".to_owned() + &"<SecurityOptions><KeyName>MACHINE\\X</KeyName>".repeat(n)),
        ("netlogon log", |n| "01/15 10:00:00 [MISC] [1234] C: DsGetDcName function called\n".repeat(n)),
        ("pairs", |n| (0..n).map(|i| format!("Name : HV{i}\nSamAccountName : HV{i}$\nDistinguishedName : CN=HV{i},DC=c\nObjectClass : computer\nk{i} : x\n\n")).collect()),
        ("json pairs", |n| "[".to_owned() + &(0..n).map(|i| format!("{{\"Name\":\"HV{i}\",\"SamAccountName\":\"HV{i}$\",\"k{i}\":1}}")).collect::<Vec<_>>().join(",") + "]"),
    ];
    let options = Options { selection: Selection::everything(), ..Options::default() };
    for (name, make) in makers {
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let mut cost = Vec::new();
        let mut kind = "";
        let mut from: usize = std::env::args().nth(2).map_or(2000, |n| n.parse().unwrap());
        loop {
            let text = make(from);
            let start = Instant::now();
            kind = document("x", text.as_bytes(), &options).summary.kind.as_str();
            cost.push((from, start.elapsed().as_secs_f64()));
            if start.elapsed().as_secs_f64() > 0.25 || from > 300_000 {
                break;
            }
            from *= 4;
        }
        let last: Vec<f64> = cost.iter().rev().take(2).map(|(_, c)| *c).collect();
        let ratio = if last.len() > 1 { last[0] / last[1].max(1e-6) } else { f64::INFINITY };
        println!("{} {name}: {kind} n={} {:.3}s ratio {ratio:.1}", if ratio > 6.0 && last[0] > 0.02 { "!!" } else { "  " }, cost.last().map_or(0, |c| c.0), last[0]);
    }
}
