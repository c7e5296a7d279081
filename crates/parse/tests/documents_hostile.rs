//! Documents made of arbitrary and mutated bytes: no input makes the parser panic, and limits hold.

use delegap_model::{Kind, Limits, Record, Selection, Tri};
use delegap_parse::{Options, document};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const SAMPLES: [&str; 48] = [
    "#TYPE X\r\n\"Name\",\"SamAccountName\",\"msDS-AllowedToDelegateTo\",\"userAccountControl\"\r\n\"HV01\",\"HV01$\",\"cifs/HV02; cifs/HV02.c.l\",\"4096\"\r\n\"HV02\",\"HV02$\",,\"4096\"\r\n",
    "[{\"Name\": \"HV01\", \"SID\": {\"Value\": \"S-1-5-21-1-2-3-4\"}, \"msDS-AllowedToDelegateTo\": {\"value\": [\"cifs/HV02\"], \"Count\": 1}, \"whenChanged\": \"\\/Date(1638308922000)\\/\"}, {\"Name\": \"HV02\", \"msDS-AllowedToActOnBehalfOfOtherIdentity\": [1, 0, 4, 128]}]",
    "dn: CN=HV01,DC=c\nchangetype: add\nobjectClass: computer\nmsDS-AllowedToDelegateTo: cifs/HV\n 02\nobjectSid:: AQUAAAAAAAUVAAAAx/f+13x3VciUWs4BUgQAAA==\nmsDS-AllowedToActOnBehalfOfOtherIdentity:: AQAEgBQAAAAAAAAAAAAAACQAAAABAgAAAAAABSAAAAAgAgAABAAsAAEAAAAAACQA/wEPAAEFAAAAAAAFFQAAAMf3/td8d1XIlFrOAVEEAAA=\n\n",
    "Node,CSName,HotFixID,InstalledOn\r\nHV01,HV01,KB5004330,10/1/2021\r\nHV01,HV01,KB5004331,10/13/2021\r\n",
    "Source  Description HotFixID  InstalledBy         InstalledOn\n------  ----------- --------  -----------         -----------\nHV01    Update      KB5004330 NT AUTHORITY\\SYSTEM 10/1/2021 12:00:00 AM\n",
    "Host Name: HV01\nOS Name: Windows\nOS Version: 10.0.20348 N/A Build 20348\nDomain: c.l\nLogon Server: \\\\DC\nHotfix(s): 1\n    [01]: KB5004330\n",
    "Name : HV01\nVirtualMachineMigrationEnabled : True\nVirtualMachineMigrationAuthenticationType : Kerberos\n\n",
    "DistinguishedName        : CN=HV01,OU=Hosts,DC=c\r\nmsDS-AllowedToDelegateTo : {cifs/HV02, Microsoft Virtual System \r\n                           Migration Service/HV02, cifs/HV03...}\r\nName                     : HV01\r\nObjectClass              : computer\r\n\r\n",
    "{\"data\": [{\"ObjectIdentifier\": \"S-1-5-21-1-2-3-4\", \"AllowedToAct\": [], \"Properties\": {\"name\": \"HV01.C.L\", \"samaccountname\": \"HV01$\", \"trustedtoauth\": true, \"allowedtodelegate\": [\"cifs/HV02\"], \"serviceprincipalnames\": []}}], \"meta\": {\"methods\": 521215, \"type\": \"computers\", \"count\": 1, \"version\": 6}}",
    "Registered ServicePrincipalNames for CN=HV01,DC=c:\r\n\tHOST/HV01\r\n\tMicrosoft Virtual System Migration Service/HV01\r\n",
    "Checking domain DC=c\r\nProcessing entry 0\r\ncifs/HV02 is registered on these accounts:\r\n\tCN=HV02,DC=c\r\n\tCN=svc,DC=c\r\n\r\nfound 1 group of duplicate SPNs.\r\n",
    "AccountName  AccountType  DelegationType                      DelegationRightsTo  SPN Exists\n-----------  -----------  ----------------------------------  ------------------  ----------\nHV01$        Computer     Constrained w/ Protocol Transition  cifs/HV02           Yes\n",
    "objectClass: top\r\nobjectClass: computer\r\ncn: HV01\r\ndistinguishedName: CN=HV01,DC=c\r\nuserAccountControl: 4096\r\nmsDS-AllowedToDelegateTo: cifs/HV02\r\nmsDS-AllowedToDelegateTo: cifs/HV02.c\r\n",
    "DN,objectClass,cn,sAMAccountName,userAccountControl,objectSid,msDS-AllowedToDelegateTo\r\n\"CN=HV01,DC=c\",top;person;computer,HV01,HV01$,4096,X'010500000000000515000000c7f7fed77c7755c8945ace0152040000',cifs/HV02;cifs/HV02.c\r\n",
    "<?xml version=\"1.0\"?>\r\n<HealthcheckData><ComputerAccountData><ListEnabledTrustedToAuthenticateForDelegation><HealthcheckAccountDetailData><DistinguishedName>CN=HV01,DC=c</DistinguishedName><Name>HV01</Name></HealthcheckAccountDetailData></ListEnabledTrustedToAuthenticateForDelegation></ComputerAccountData></HealthcheckData>",
    "Name ID State\n---- -- -----\nHV01 1  Up\nHV02 2  Down\n",
    "DistinguishedName,msDS-AllowedToDelegateTo,Name,Enabled\nCN=HV01,OU=x,DC=c,cifs/HV02,cifs/HV02.c,HV01,True\n",
    "Current LogonId is 0:0x3e7\r\n\r\nCached Tickets: (1)\r\n\r\n#0>\tClient: HV01$ @ C.L\r\n\tServer: krbtgt/C.L @ C.L\r\n\tKerbTicket Encryption Type: AES-256\r\n\tTicket Flags 0x40e10000 -> forwardable\r\n\tStart Time: 1/15/2026 10:00:00 (local)\r\n\tEnd Time:   1/15/2026 20:00:00 (local)\r\n",
    "repadmin /showobjmeta dc \"CN=HV01,DC=c\"\n1 entries.\nLoc.USN Originating DSA Org.USN Org.Time/Date Ver Attribute\n 1 Site\\DC01 1 2026-01-15 10:00:00 1 userAccountControl\n",
    "[Unicode]\r\nUnicode=yes\r\n[Registry Values]\r\nMACHINE\\System\\x=4,1\r\n[Privilege Rights]\r\nSeServiceLogonRight = *S-1-5-83-0,x\r\n[Version]\r\n",
    "Tracking HV02 [10.0.0.2:123].\r\n10:00:00, +312.5s\r\n10:00:02 d:+00.0003000s o:-61,25s  [    *     ]\r\n",
    "HV01*** PDC ***[10.0.0.1:123]:\n    NTP: +0.0000000s offset from HV01\nHV02[10.0.0.2:123]:\n    NTP: +1.5s offset from HV01\n",
    "SID for \\\\HV01:\nS-1-5-21-1-2-3\n",
    "Microsoft Windows [Version 10.0.20348.2322]\n(c) Microsoft Corporation.\n",
    "SecurityServicesRunning : {1, 2}\nSecurityServicesConfigured : {1}\nPSComputerName : HV01\n\n",
    "{\"OsBuildNumber\": \"20348\", \"CsName\": \"HV01\", \"WindowsUBR\": 2322, \"DeviceGuardSecurityServicesRunning\": [1]}",
    "Subnet       Priority ComputerName\n------       -------- ------------\n10.0.0.0/24  0        HV01\n",
    "\"AttributeName\",\"LastOriginatingChangeTime\",\"Object\",\"Version\"\r\n\"userAccountControl\",\"1/15/2026 10:00:00 AM\",\"CN=HV01,DC=c\",\"2\"\r\n",
    "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\r\n<Obj RefId=\"0\"><TN RefId=\"0\"><T>X</T></TN><Props><S N=\"Name\">HV01</S><S N=\"SamAccountName\">HV01$</S><Obj N=\"msDS-AllowedToDelegateTo\" RefId=\"1\"><LST><S>cifs/HV02_x0020_</S></LST></Obj><Ref N=\"SPN\" RefId=\"1\" /></Props></Obj>\r\n</Objs>",
    "<Events><Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/><EventID>1</EventID><TimeCreated SystemTime='2026-11-10T09:00:00Z'/><Computer>HV01</Computer></System><EventData><Data>x</Data></EventData></Event></Events>",
    "ComputerName Operationname Result    Date                 Title\n------------ ------------- ------    ----                 -----\nHV01         Installation  Succeeded 2/14/2024 3:12:11 AM 2024-02 Update (KB5034129)\n",
    "[{\"Operation\": 1, \"ResultCode\": 2, \"Date\": \"\\/Date(1707880331000)\\/\", \"Title\": \"x (KB5034129)\"}, {\"Operation\": 2, \"ResultCode\": 2, \"Date\": \"\\/Date(1707000000000)\\/\", \"Title\": \"x (KB5034129)\"}]",
    "Package Identity | State | Release Type | Install Time\n---- | ---- | ---- | ----\nPackage_for_KB5034129~31bf3856ad364e35~amd64~~10.0.1.4 | Installed | Update | 2/14/2024 3:12 AM\n",
    "Package Identity : Package_for_RollupFix~31bf3856ad364e35~amd64~~20348.2322.1.8\nState : Installed\nRelease Type : Update\nInstall Time : 2/14/2024 3:12 AM\n",
    "2024-02-14 03:12:11, Info                  CBS    Reporting package change completion for package: Package_for_KB5034129~31bf3856ad364e35~amd64~~10.0.1.4, current: Installed, original: Staged, target: Installed, status: 0x0, failure source: Not a failure\n",
    "{A1B2C3D4-0000-4000-8000-000000000001}\t2024-02-14 03:12:11:123+0100\t1\t183 [AGENT_INSTALLING_SUCCEEDED]\t101\tx\tSuccess\tContent Install\tx (KB5034770)\n",
    "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa]\r\n\"LsaCfgFlags\"=dword:00000002\r\n\"Bounds\"=hex:00,30,\\\r\n  00,20\r\n",
    "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa\r\n    LsaCfgFlags    REG_DWORD    0x2\r\n",
    "<Rsop xmlns=\"http://www.microsoft.com/GroupPolicy/Rsop\"><ComputerResults><Name>C\\HV01$</Name><SecurityOptions><KeyName>MACHINE\\X</KeyName><SettingNumber>2</SettingNumber></SecurityOptions></ComputerResults></Rsop>",
    "<MsInfo><Category name=\"x\"><Data><Item>n</Item><Value>Windows</Value></Data><Data><Item>v</Item><Value>10.0.20348 Build 20348</Value></Data><Data><Item>o</Item><Value/></Data><Data><Item>m</Item><Value/></Data><Data><Item>s</Item><Value>HV01</Value></Data></Category></MsInfo>",
    "Trusted DC Name \\\\DC01.contoso.test\r\nTrusted DC Connection Status Status = 0 0x0 NERR_Success\r\nTrust Verification Status = 5 0x5 ERROR_ACCESS_DENIED\r\n",
    "[=== Cluster ===]\nCurrent node: name (HV01) id (1)\n[=== Nodes ===]\nName,Id\nHV01,1\nHV02,2\n[=== Cluster Logs ===]\n",
    "Name  OwnerNode State\n----  --------- -----\napp01 HV01      Online\napp02 HV02      Online\n",
    "{\"Event\":{\"System\":{\"Provider\":{\"#attributes\":{\"Name\":\"P\"}},\"EventID\":1,\"TimeCreated\":{\"#attributes\":{\"SystemTime\":\"2026-11-10T09:00:00Z\"}},\"Computer\":\"HV01\"},\"EventData\":{\"Data\":{\"#text\":[\"a\",\"b\"]}}}}\n",
    "[{\"Id\": 1, \"ProviderName\": \"P\", \"TimeCreated\": \"\\/Date(1794301200123)\\/\", \"MachineName\": \"HV01\", \"Properties\": [{\"Value\": \"x\"}], \"Message\": \"m\"}]",
    "Level,Date and Time,Source,Event ID,Task Category\r\nError,11/10/2026 9:00:00 PM,P,1,None,\"a\r\nb\"\r\n",
    "Event[0]:\r\n  Log Name: System\r\n  Source: P\r\n  Date: 2026-11-10T09:00:00.000\r\n  Event ID: 1\r\n  Computer: HV01\r\n  Description: \r\nx\r\n",
    "name: P\r\nguid: 6066f867-7ca1-4418-85fd-36e3f9c0600c\r\nevents:\r\n  event:\r\n    value: 1\r\n    version: 0\r\n    opcode: 0\r\n    message: a %1\r\nb\r\n",
];

fn read(bytes: &[u8]) -> delegap_model::Parsed<Record> {
    document("input", bytes, &Options { selection: Selection::everything(), ..Options::default() })
}

fn utf16(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn every_sample_is_read_in_two_encodings() {
    for sample in SAMPLES {
        let plain = read(sample.as_bytes());
        assert_ne!(plain.summary.kind, Kind::Unknown, "{sample}");
        assert!(!plain.records.is_empty(), "{sample}");
        assert_eq!(read(&utf16(sample)), plain, "{sample}");
    }
}

/// Writes the samples to the folder that `DELEGAP_SEEDS` names, for the fuzz targets to begin with.
#[test]
#[expect(clippy::disallowed_methods, reason = "writes files where it is asked to")]
fn samples_are_written_for_fuzzing() {
    let Some(folder) = std::env::var_os("DELEGAP_SEEDS") else { return };
    std::fs::create_dir_all(&folder).unwrap();
    for (number, sample) in SAMPLES.iter().enumerate() {
        std::fs::write(std::path::Path::new(&folder).join(format!("{number:03}")), sample).unwrap();
        std::fs::write(std::path::Path::new(&folder).join(format!("{number:03}-utf16")), utf16(sample)).unwrap();
    }
}

#[test]
fn truncation_at_every_byte() {
    for sample in SAMPLES {
        for bytes in [sample.as_bytes().to_vec(), utf16(sample)] {
            let whole = read(&bytes).records.len();
            for length in 0..bytes.len() {
                assert!(read(&bytes[..length]).records.len() <= whole.max(1), "{sample} cut at {length}");
            }
        }
    }
}

#[test]
fn limits_hold() {
    let limits = Limits { value_bytes: 20, problems: 2, document_bytes: 400, depth: 4, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let text = "Name,SamAccountName,SPN\n".to_owned() + &"HV01,a$,cifs/a-name-that-is-too-long\n".repeat(20);
    let parsed = document("x.csv", text.as_bytes(), &options);
    assert!(parsed.records.len() < 20);
    assert_eq!(parsed.summary.problems.len(), 3, "{:?}", parsed.summary.problems);
    let Some(Record::Computer(first)) = parsed.records.first() else { panic!("{parsed:?}") };
    assert!(matches!(first.service_principal_names, Tri::Unknown(_)));
}

#[test]
fn open_quotes_do_not_cost_the_square_of_the_length() {
    // Each of these lines leaves a quoted cell open up to the end of the file, whichever line is read first.
    for line in ["x\"y,\"\n", "\"\"\"\n", "\"a\n", "\"\n"] {
        let text = "Name,SamAccountName\n".to_owned() + &line.repeat(100_000);
        assert_eq!(read(text.as_bytes()).summary.kind, Kind::AdCsv);
    }
}

#[test]
fn wide_and_repeated_documents_do_not_cost_the_square_of_the_length() {
    let wide = "Name,SamAccountName".to_owned() + &",c".repeat(100_000) + "\nHV01,HV01$" + &",x".repeat(100_000) + "\n";
    assert_eq!(read(wide.as_bytes()).records.len(), 1);
    let host = "Host Name: HV01\nOS Name: Windows\nOS Version: 10.0.20348 N/A Build 20348\n";
    assert_eq!(read(host.repeat(30_000).as_bytes()).records.len(), 30_000);
    // Past the limit on what references repeat, none is weighed any more.
    let list = format!("<Obj RefId=\"0\"><LST>{}</LST></Obj>", "<S>x</S>".repeat(60_000));
    let refs = "<Obj><LST><Ref RefId=\"0\"/></LST></Obj>".repeat(50_000);
    let host = "<Obj><MS><S N=\"Name\">HV01</S><S N=\"SamAccountName\">HV01$</S></MS></Obj>";
    let parsed = read(format!("<Objs Version=\"1.1.0.1\">{list}{refs}{host}</Objs>").as_bytes());
    assert_eq!((parsed.records.len(), parsed.summary.problems.len()), (1, 1), "{:?}", parsed.summary.problems);
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let parsed = read(&bytes);
        prop_assert!(parsed.summary.kind != Kind::Unknown || parsed.summary.problems.is_empty());
    }

    #[test]
    fn mutated_samples(
        which in 0..SAMPLES.len(),
        edits in proptest::collection::vec((any::<usize>(), any::<u8>(), 0..3u8), 1..12),
        wide in any::<bool>(),
    ) {
        let mut bytes = if wide { utf16(SAMPLES[which]) } else { SAMPLES[which].as_bytes().to_vec() };
        for (at, byte, kind) in edits {
            let at = at % bytes.len().max(1);
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => { bytes.remove(at); }
                _ => bytes.insert(at.min(bytes.len()), byte),
            }
        }
        let parsed = read(&bytes);
        prop_assert!(parsed.records.len() < 20);
    }
}
