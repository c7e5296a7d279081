//! Exports as customers really send them: joined, re-saved, printed without the names, asked without `-Properties`.

use delegap_model::{AuthenticationType, Computer, Kind, Parsed, Record, Spn, Tri, Why};
use delegap_parse::{Options, document};

fn read(text: &str) -> Parsed<Record> {
    document("input", text.as_bytes(), &Options::default())
}

fn computers(parsed: &Parsed<Record>) -> Vec<&Computer> {
    let all = parsed.records.iter();
    all.filter_map(|r| if let Record::Computer(c) = r { Some(&**c) } else { None }).collect()
}

fn whats(parsed: &Parsed<Record>) -> Vec<String> {
    parsed.summary.problems.iter().map(|p| format!("{}: {}", p.at.place, p.what)).collect()
}

/// The list as told: its entries joined by `|`, `empty`, `lost` or `unknown`.
fn list(told: &Tri<Vec<Spn>>) -> String {
    match told {
        Tri::Known(list) => list.iter().map(Spn::as_str).collect::<Vec<_>>().join("|"),
        Tri::KnownEmpty => "empty".into(),
        Tri::Unknown(Why::Lost(_)) => "lost".into(),
        Tri::Unknown(_) => "unknown".into(),
    }
}

fn delegate_to(text: &str) -> Vec<String> {
    computers(&read(text)).iter().map(|c| format!("{} {}", c.name, list(&c.allowed_to_delegate_to))).collect()
}

#[test]
fn a_list_inside_a_powershell_string_is_lost_not_one_long_name() {
    let text = "Name,Enabled,AllowedToDelegateTo\nHV01,True,cifs/HV02 cifs/HV02.c.l\nHV02,True,Some Service/HV01\n";
    assert_eq!(delegate_to(text), ["HV01 lost", "HV02 Some Service/HV01"]);
}

#[test]
fn blank_lists_that_nobody_may_have_asked_for_are_unknown() {
    for text in [
        "\"Name\",\"AllowedToDelegateTo\"\n\"HV01\",\"\"\n\"HV02\",\"\"\n",
        "\"Name\",\"DNSHostName\",\"msDS-AllowedToDelegateTo\"\n\"HV01\",\"hv01.c.l\",\n\"HV02\",\"hv02.c.l\",\n",
        "[{\"Name\":\"HV01\",\"SID\":\"S-1-5-21-1-2-3-4\",\"msDS-AllowedToDelegateTo\":null},{\"Name\":\"HV02\",\"SID\":\"S-1-5-21-1-2-3-5\",\"msDS-AllowedToDelegateTo\":null}]",
        "[{\"Name\":\"HV01\",\"AllowedToDelegateTo\":\"\"},{\"Name\":\"HV02\",\"AllowedToDelegateTo\":\"\"}]",
    ] {
        assert_eq!(delegate_to(text), ["HV01 unknown", "HV02 unknown"], "{text}");
        assert!(whats(&read(text))[0].contains("-Properties"), "{text}");
    }
    for text in [
        // The column shows values, another one that must be asked for does, or JSON shows empty collections.
        "Name,AllowedToDelegateTo\nHV01,\nHV02,\nHV03,cifs/HV01\n",
        "Name,AllowedToDelegateTo,TrustedForDelegation\nHV01,,False\nHV02,,False\n",
        "[{\"Name\":\"HV01\",\"msDS-AllowedToDelegateTo\":[]},{\"Name\":\"HV02\",\"msDS-AllowedToDelegateTo\":[]}]",
    ] {
        assert_eq!(delegate_to(text)[..2], ["HV01 empty", "HV02 empty"], "{text}");
        assert_eq!(whats(&read(text)), [""; 0]);
    }
}

#[test]
fn of_two_columns_for_one_list_the_one_that_tells_counts() {
    let lost = "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection";
    let text = format!(
        "Name,Enabled,msDS-AllowedToDelegateTo,AllowedToDelegateTo\nHV01,True,{lost},cifs/HV02;cifs/x\nHV02,True,{lost},\n"
    );
    assert_eq!(delegate_to(&text), ["HV01 cifs/HV02|cifs/x", "HV02 empty"]);
}

#[test]
fn joined_files_repeat_their_header_with_other_columns() {
    let text = "\"Name\",\"SamAccountName\",\"AllowedToDelegateTo\"\n\"HV01\",\"HV01$\",\"cifs/HV02\"\n\
                \u{feff}\"SamAccountName\",\"DNSHostName\",\"Name\",\"AllowedToDelegateTo\"\n\"HV02$\",\"hv02.c.l\",\"HV02\",\"cifs/HV01\"\n";
    assert_eq!(delegate_to(text), ["HV01$ cifs/HV02", "HV02$ cifs/HV01"].map(|t| t.replace('$', "")));
    let parsed = read(text);
    assert_eq!((parsed.summary.records, whats(&parsed).len()), (Some(2), 0));
    assert_eq!(computers(&parsed)[1].dns_host_name.known().map(String::as_str), Some("hv02.c.l"));
}

#[test]
fn an_export_of_which_no_row_can_be_read_is_still_one() {
    // Quotes stripped from names with commas and from lists over several lines.
    let text = "DistinguishedName,Enabled,Name,AllowedToDelegateTo\nCN=HV01,OU=x,DC=c,True,HV01,cifs/HV02\ncifs/HV03\nCN=HV02,OU=x\n";
    let parsed = read(&text.replace(",HV01,cifs", "\ncifs"));
    assert_eq!((parsed.summary.kind, parsed.records.len()), (Kind::AdCsv, 0));
    assert!(whats(&parsed).iter().any(|w| w.contains("stand under wrong names")), "{:?}", whats(&parsed));
}

#[test]
fn line_ends_of_an_old_macintosh_and_two_marks() {
    let text = "Name,SamAccountName,AllowedToDelegateTo\nHV01,HV01$,cifs/HV02\nHV02,HV02$,\n";
    assert_eq!(delegate_to(&text.replace('\n', "\r")), delegate_to(text));
    assert_eq!(delegate_to(&format!("\u{feff}\u{feff}{text}")), delegate_to(text));
    let ldif = "dn: CN=HV01,DC=c\robjectClass: computer\rmsDS-AllowedToDelegateTo: cifs/HV\r 02\r\r";
    assert_eq!(delegate_to(ldif), ["HV01 cifs/HV02"]);
}

#[test]
fn account_control_as_spreadsheets_and_tools_write_it() {
    let text = "Name;SamAccountName;userAccountControl\nHV01;HV01$;16.781.312\nHV02;HV02$;528,384\n\
                HV03;HV03$;WORKSTATION_TRUST_ACCOUNT, TRUSTED_TO_AUTH_FOR_DELEGATION\nHV04;HV04$;1,6781312E+07\nHV05;HV05$;4.0\n";
    let parsed = read(text);
    let told: Vec<_> = computers(&parsed)
        .iter()
        .map(|c| (c.trusted_to_auth.known().copied(), c.trusted_for_delegation.known().copied()))
        .collect();
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(told, [(yes, no), (no, yes), (yes, no), (None, None), (None, None)]);
    assert_eq!(
        whats(&parsed),
        [":5: userAccountControl can't be read: \"1,6781312E+07\"", ":6: userAccountControl can't be read: \"4.0\""]
    );
}

#[test]
fn a_flag_that_cannot_be_read_is_reported() {
    let parsed = read("Name,SamAccountName,TrustedToAuthForDelegation\nHV01,HV01$,perhaps\n");
    assert_eq!(computers(&parsed)[0].trusted_to_auth, Tri::Unknown(Why::Unreadable("perhaps".into())));
    assert_eq!(whats(&parsed), [":2: TrustedToAuthForDelegation can't be read: \"perhaps\""]);
}

#[test]
fn names_of_encryption_types_in_an_array() {
    let parsed = read(r#"{"Name":"HV01","SamAccountName":"HV01$","KerberosEncryptionType":["RC4","AES128"]}"#);
    assert_eq!(computers(&parsed)[0].supported_encryption_types, Tri::Known(0xc));
}

#[test]
fn a_column_that_scripts_call_computer() {
    let text = "Computer,Allowed Services,Protocol Transition\nHV01,cifs/HV02,True\n";
    assert_eq!(delegate_to(text), ["HV01 cifs/HV02"]);
}

#[test]
fn ldif_records_that_no_blank_line_parts() {
    for between in ["", " \n", "# HV02\n"] {
        let text = format!(
            "dn: CN=HV01,DC=c\nobjectClass: computer\nsAMAccountName: HV01$\n{between}DN: CN=HV02,DC=c\nobjectClass: computer\n\
             sAMAccountName: HV02$\nmsDS-AllowedToDelegateTo: cifs/HV01\n\n"
        );
        assert_eq!(delegate_to(&text), ["HV01 empty", "HV02 cifs/HV01"], "{between:?}");
    }
}

#[test]
fn ldap_text_with_all_values_on_one_line() {
    let text = "dn: CN=HV01,DC=c\nobjectClass: top, person, organizationalPerson, user, computer\n\
                msDS-AllowedToDelegateTo: cifs/HV02, Some Service/HV02.c.l\n\n";
    assert_eq!(delegate_to(text), ["HV01 cifs/HV02|Some Service/HV02.c.l"]);
}

#[test]
fn an_ldif_record_without_its_name_is_reported() {
    let text = "dn: CN=HV01,DC=c\nobjectClass: computer\n\nobjectClass: computer\nsAMAccountName: HV02$\n\n# search result\nsearch: 2\nresult: 0 Success\n";
    let parsed = read(text);
    assert_eq!(computers(&parsed).len(), 1);
    assert_eq!(whats(&parsed), [":4: a record without its first line, the name of the object"]);
}

#[test]
fn what_ldapsearch_says_about_its_login_is_no_obstacle() {
    let text = "SASL/GSSAPI authentication started\nSASL username: admin@C.L\nSASL SSF: 56\n# extended LDIF\n\
                dn: CN=HV01,DC=c\nobjectClass: computer\nmsDS-AllowedToDelegateTo: cifs/HV02\n\n";
    assert_eq!(delegate_to(text), ["HV01 cifs/HV02"]);
    assert_eq!(whats(&read(text)), [""; 0]);
}

#[test]
fn many_attribute_names_do_not_cost_rows_times_names() {
    let names: String = (0..20_000).map(|n| format!("a{n}: x\n")).collect();
    let hosts: String = (0..20_000).map(|n| format!("\ndn: CN=H{n},DC=c\nobjectClass: computer\n")).collect();
    // 400 million cells otherwise.
    let parsed = read(&format!("dn: CN=HV01,DC=c\nobjectClass: computer\n{names}{hosts}\n"));
    assert_eq!(parsed.records.len(), 20_001);
}

#[test]
fn host_settings_printed_without_a_name() {
    let nobody =
        "\nVirtualMachineMigrationEnabled            : True\nVirtualMachineMigrationAuthenticationType : Kerberos\n\n";
    let parsed = read(nobody);
    assert_eq!((parsed.summary.kind, parsed.records.len()), (Kind::VmHost, 0));
    assert_eq!(whats(&parsed), [":2: the settings of a host whose name is not there"]);
    for (computer, known) in [("HV01", true), ("10.0.0.1", false), ("localhost", false)] {
        let parsed = read(&format!("{}PSComputerName : {computer}\n\n", nobody.trim_end().to_owned() + "\n"));
        let hosts: Vec<_> = parsed.records.iter().collect();
        assert_eq!(hosts.len(), usize::from(known), "{computer}");
        if let [Record::VmHost(host)] = hosts[..] {
            assert_eq!(
                (host.name.as_str(), host.authentication_type.known()),
                ("HV01", Some(&AuthenticationType::Kerberos))
            );
        }
    }
}

#[test]
fn updates_as_a_list() {
    let text = "\nSource              : HV01\nDescription         : Update\nHotFixID            : KB5034439\n\
                InstalledBy         : NT AUTHORITY\\SYSTEM\nInstalledOn         : 2/14/2024 12:00:00 AM\n\n";
    let parsed = read(text);
    assert_eq!(parsed.summary.kind, Kind::Hotfix);
    let [Record::Update(update)] = parsed.records.as_slice() else { panic!("{parsed:?}") };
    assert_eq!((update.host.as_deref(), update.kb.as_str()), (Some("HV01"), "KB5034439"));
}

#[test]
fn a_table_of_nodes_with_their_type() {
    let table =
        |kind: &str| read(&format!("\nName State Type\n---- ----- ----\nhv01 Up    {kind}\nhv02 Down  {kind}\n\n"));
    assert_eq!((table("Node").summary.kind, table("Node").records.len()), (Kind::ClusterNodes, 2));
    assert_eq!(table("Disk").summary.kind, Kind::Unknown);
}

#[test]
fn objects_of_a_cluster_tell_their_owners() {
    let nodes = |text: &str| -> Vec<(String, Option<String>)> {
        let parsed = read(text);
        assert_eq!(parsed.summary.kind, Kind::ClusterObjects, "{text}");
        let node = |r: &Record| match r {
            Record::ClusterNode(n) => Some((n.node.clone(), n.cluster.clone())),
            _ => None,
        };
        parsed.records.iter().filter_map(node).collect()
    };
    let groups = "\nName              OwnerNode State\n----              --------- -----\nAvailable Storage hv01      Offline\n\
                  app01             hv02      Online\napp02             hv02      Online\n\n";
    assert_eq!(nodes(groups), [("hv01".to_owned(), None), ("hv02".to_owned(), None)]);
    let json = r#"[{"Name":"app01","OwnerNode":{"Name":"hv02"},"State":0,"Cluster":{"Name":"HVCL01"}}]"#;
    assert_eq!(nodes(json), [("hv02".to_owned(), Some("HVCL01".to_owned()))]);
    assert_eq!(nodes("Cluster,Name,State,Metric,Role\nHVCL01,Cluster Network 1,Up,39984,1\n"), []);
    let resources = "\nName  State  OwnerGroup ResourceType\n----  -----  ---------- ------------\nDisk1 Online app01      Physical Disk\n\n";
    assert_eq!(nodes(resources), []);
}

#[test]
fn what_tells_nothing_is_named_for_what_it_is() {
    let kind = |text: &str| {
        let parsed = read(text);
        assert!(parsed.records.is_empty(), "{text}");
        parsed.summary.kind
    };
    assert_eq!(kind("02/14 03:12:11 [SESSION] [1234] CONTOSO: NlSessionSetup: Try Session setup\n"), Kind::NetlogonLog);
    let printed = "C:\\>gpresult /r\n\nMicrosoft (R) Windows (R) Operating System Group Policy Result tool v2.0\n\nCréé le 05/04/2026\n";
    assert_eq!(kind(printed), Kind::PolicyResult);
    assert_eq!(kind("<html><title>Failover Cluster Validation Report</title></html>"), Kind::ClusterReport);
    assert_eq!(kind("00001a2c.00002b3c::2024/02/14-03:12:11.123 INFO  [RCM] x\n"), Kind::ClusterLog);
}

#[test]
fn a_policy_file_is_binary_and_read_all_the_same() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut bytes = b"PReg\x01\0\0\0".to_vec();
    bytes.extend(wide("[Software\\Policies\\X\0;Y\0;"));
    bytes.extend(
        [&4_u32.to_le_bytes()[..], &wide(";"), &4_u32.to_le_bytes(), &wide(";"), &7_u32.to_le_bytes(), &wide("]")]
            .concat(),
    );
    assert!(delegap_parse::may_be_document(&bytes));
    let parsed = document("HV01/GroupPolicy/Machine/Registry.pol", &bytes, &Options::default());
    let [Record::SecurityPolicy(policy)] = parsed.records.as_slice() else { panic!("{parsed:?}") };
    assert_eq!((parsed.summary.kind, parsed.summary.records), (Kind::Registry, Some(1)));
    assert_eq!(policy.registry[r"machine\software\policies\x\y"], "7");
}
