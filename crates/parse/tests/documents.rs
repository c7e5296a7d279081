//! Literal documents through the public door: what each kind yields, and what stays unknown.

use delegap_model::{AuthenticationType, Computer, Group, InstalledUpdate, Kind, Parsed, Record, Tri, User, When, Why};
use delegap_parse::{Options, document};

fn read(name: &str, text: &str) -> Parsed<Record> {
    document(name, text.as_bytes(), &Options::default())
}

macro_rules! pick {
    ($name:ident, $variant:ident, $type:ty) => {
        fn $name(parsed: &Parsed<Record>) -> Vec<$type> {
            let one = |r: &Record| match r {
                Record::$variant(x) => {
                    let x: &$type = x;
                    Some(x.clone())
                }
                _ => None,
            };
            parsed.records.iter().filter_map(one).collect()
        }
    };
}
pick!(computers, Computer, Computer);
pick!(users, User, User);
pick!(groups, Group, Group);
pick!(updates, Update, InstalledUpdate);

fn problems(parsed: &Parsed<Record>) -> Vec<String> {
    parsed.summary.problems.iter().map(|p| format!("{}: {}", p.at, p.what)).collect()
}

fn spns(list: &Tri<Vec<delegap_model::Spn>>) -> Vec<&str> {
    list.known().map(|l| l.iter().map(|s| s.as_str()).collect()).unwrap_or_default()
}

#[test]
fn computers_of_a_csv() {
    let parsed = read(
        "ad/computers.csv",
        "#TYPE Selected.Microsoft.ActiveDirectory.Management.ADComputer\r\n\
         \"Name\",\"SamAccountName\",\"Trusted To Auth_For-Delegation\",\"userAccountControl\",\"msDS-AllowedToDelegateTo\",\"whenChanged\",\"pwdLastSet\",\"PrincipalsAllowedToDelegateToAccount\"\r\n\
         \"HV01\",\"HV01$\",\"False\",\"16781312\",\"cifs/HV02; cifs/HV02.c.l \",\"11/30/2021 10:48:42 PM\",\"132827825220000000\",\"CN=HV02,OU=x,DC=c, CN=HV03,OU=x,DC=c\"\r\n\
         \"Hv02\",\"Hv02$\",\"False\",\"4098\",,\"2021-11-30T21:48:42Z\",\"0\",\r\n",
    );
    assert_eq!((parsed.summary.kind, parsed.summary.records), (Kind::AdCsv, Some(2)));
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!((first.name.as_str(), first.at.to_string()), ("HV01", "ad/computers.csv:3".to_owned()));
    assert_eq!(spns(&first.allowed_to_delegate_to), ["cifs/HV02", "cifs/HV02.c.l "]);
    assert_eq!(first.trusted_to_auth, Tri::Known(true), "the raw attribute counts");
    assert_eq!(first.trusted_for_delegation, Tri::Known(false));
    assert_eq!(first.when_changed, Tri::Unknown(Why::Unreadable("11/30/2021 10:48:42 PM".into())));
    assert_eq!(first.password_last_set.known().unwrap().to_rfc3339(), "2021-11-30T21:48:42+00:00");
    assert_eq!(first.allowed_to_act.known().unwrap().len(), 2);
    assert_eq!((second.name.as_str(), &second.enabled), ("Hv02", &Tri::Known(false)));
    assert_eq!((&second.allowed_to_delegate_to, &second.allowed_to_act), (&Tri::KnownEmpty, &Tri::KnownEmpty));
    assert_eq!(second.service_principal_names, Tri::NOT_EXPORTED);
    assert_eq!(second.when_changed.known().unwrap().timestamp(), 1_638_308_922);
    let problems = problems(&parsed);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("ad/computers.csv:3: userAccountControl 16781312"), "{problems:?}");
}

#[test]
fn columns_that_were_not_asked_for_are_not_empty() {
    let text = "Name,SamAccountName,TrustedToAuthForDelegation,msDS-AllowedToDelegateTo\nHV01,HV01$,,\nHV02,HV02$,,\n";
    let parsed = read("c.csv", text);
    for computer in computers(&parsed) {
        assert_eq!(computer.allowed_to_delegate_to, Tri::NOT_EXPORTED);
        assert_eq!(computer.trusted_to_auth, Tri::NOT_EXPORTED);
    }
    assert_eq!(parsed.summary.problems.len(), 1);
    let asked = computers(&read("c.csv", &text.replace("HV02$,,", "HV02$,False,")));
    assert_eq!(asked[0].allowed_to_delegate_to, Tri::KnownEmpty);
}

#[test]
fn computers_of_other_tools() {
    let parsed = read(
        "Computers.csv",
        "\"UserName\",\"Name\",\"DNSHostName\",\"Delegation Type\",\"Delegation Protocol\",\"Delegation Services\"\n\
         \"HV01$\",\"HV01\",\"HV01.c.l\",\"Constrained\",\"Any\",\"cifs/HV02,cifs/HV02.c.l\"\n\
         \"HV02$\",\"HV02\",\"HV02.c.l\",\"Unconstrained\",\"\",\"\"\n",
    );
    let found = computers(&parsed);
    assert_eq!((&found[0].trusted_to_auth, &found[0].trusted_for_delegation), (&Tri::Known(true), &Tri::NOT_EXPORTED));
    assert_eq!(found[1].trusted_for_delegation, Tri::Known(true));
    assert_eq!(spns(&found[0].allowed_to_delegate_to).len(), 2);
}

#[test]
fn computers_of_json() {
    let parsed = read(
        "c.json",
        r#"{"Computers": [
            {"Name": "HV01", "SID": {"BinaryLength": 28, "Value": "S-1-5-21-1-2-3-1104"}, "KerberosEncryptionType": [28],
             "msDS-AllowedToDelegateTo": ["cifs/HV02 "], "whenChanged": {"value": "\/Date(1638308922000)\/", "DateTime": "x"},
             "msDS-AllowedToActOnBehalfOfOtherIdentity": {"Sddl": "O:BAD:(A;;CCDC;;;S-1-5-21-1-2-3-1105)"}},
            {"Name": "HV02", "msDS-AllowedToDelegateTo": [], "servicePrincipalName": "HOST/HV02 HOST/HV02.c.l",
             "TrustedForDelegation": true, "objectSid": [1,2,0,0,0,0,0,5,32,0,0,0,32,2,0,0],
             "PrincipalsAllowedToDelegateToAccount": ["CN=HV01,DC=c"]},
            {"Name": "HV03", "msDS-AllowedToDelegateTo": "Microsoft Virtual System Migration Service/HV02",
             "msDS-AllowedToActOnBehalfOfOtherIdentity": "System.DirectoryServices.ActiveDirectorySecurity"}]}"#,
    );
    assert_eq!((parsed.summary.kind, problems(&parsed)), (Kind::AdJson, vec![]));
    let [a, b, c] = computers(&parsed).try_into().unwrap();
    assert_eq!(a.at.to_string(), "c.json:$.Computers[0]");
    assert_eq!((a.sid.known().unwrap().rid(), a.supported_encryption_types), (Some(1104), Tri::Known(28)));
    assert_eq!((spns(&a.allowed_to_delegate_to), a.when_changed.is_told()), (vec!["cifs/HV02 "], true));
    assert_eq!(a.allowed_to_act.known().unwrap()[0].sid.as_ref().unwrap().rid(), Some(1105));
    assert_eq!(b.allowed_to_delegate_to, Tri::KnownEmpty);
    assert!(matches!(b.service_principal_names, Tri::Unknown(Why::Lost(_))));
    assert_eq!(b.sid.known().unwrap().as_str(), "S-1-5-32-544");
    assert_eq!(b.allowed_to_act.known().unwrap()[0].distinguished_name.as_deref(), Some("CN=HV01,DC=c"));
    assert_eq!(spns(&c.allowed_to_delegate_to), ["Microsoft Virtual System Migration Service/HV02"]);
    assert!(matches!(c.allowed_to_act, Tri::Unknown(Why::Lost(_))));
}

#[test]
fn users_and_groups() {
    let parsed = read(
        "users.csv",
        "\"SamAccountName\",\"UserPrincipalName\",\"ObjectClass\",\"AccountNotDelegated\",\"Enabled\",\"MemberOf\"\n\
         \"alice\",\"alice@c.l\",\"user\",\"Wahr\",\"True\",\"CN=Protected Users,CN=Users,DC=c;CN=B,DC=c\"\n\
         \"HV01$\",\"\",\"computer\",\"False\",\"True\",\"Microsoft.ActiveDirectory.Management.ADPropertyValueCollection\"\n",
    );
    let alice = &users(&parsed)[0];
    assert_eq!((alice.name.as_str(), &alice.not_delegated), ("alice", &Tri::Known(true)));
    assert_eq!(alice.member_of.known().map(Vec::len), Some(2));
    assert_eq!((parsed.summary.kind, computers(&parsed).len()), (Kind::AdCsv, 1), "rows decide one by one");

    let members = "distinguishedName,name,objectClass,objectGUID,SamAccountName,SID\n\
                   \"CN=alice,DC=c\",alice,user,8b0e0b4e-3a55-4c52-9a0a-000000000001,alice,S-1-5-21-1-2-3-1105\n";
    let parsed = read("AD/Protected Users.csv", members);
    assert_eq!(parsed.summary.kind, Kind::AdUsersCsv);
    let group = &groups(&parsed)[0];
    assert_eq!(group.name, Tri::Known("Protected Users".into()));
    let member = &group.members.known().unwrap()[0];
    assert_eq!((member.name.as_deref(), member.sid.as_ref().and_then(|s| s.rid())), (Some("alice"), Some(1105)));
    assert_eq!(groups(&read("members.csv", members))[0].name, Tri::NOT_EXPORTED);

    let picked = "Name,SamAccountName\nalice,alice\n";
    assert_eq!(groups(&read("protected-users.csv", picked)).len(), 1);
    assert_eq!(users(&read("users.csv", picked)).len(), 1);

    let parsed = read(
        "u.json",
        r#"[{"SamAccountName": "bob", "ObjectClass": "user", "userAccountControl": 1049088, "MemberOf": []}]"#,
    );
    assert_eq!(parsed.summary.kind, Kind::AdUsersJson);
    let bob = &users(&parsed)[0];
    assert_eq!((&bob.not_delegated, &bob.member_of), (&Tri::Known(true), &Tri::KnownEmpty));
}

#[test]
fn accounts_of_ldif() {
    let parsed = read(
        "all.ldf",
        "dn: CN=HV01,DC=c\nchangetype: add\nobjectClass: top\nobjectClass: user\nobjectClass: computer\nsAMAccountName: HV01$\n\
         userAccountControl: 528384\nmsDS-AllowedToActOnBehalfOfOtherIdentity:: AQAEgBQAAAAAAAAAAAAAACQAAAABAgAA\n AAAABSAAAAAgAgAABAAsAAEAAAAAACQA/wEPAAEFAAAAAAAFFQAAAMf3/td8d1XIlFrOAVEEAAA=\n\n\
         dn: CN=HV02,DC=c\nobjectClass: computer\nuserAccountControl: x\n\n\
         dn: CN=alice,DC=c\nobjectClass: user\nsAMAccountName: alice\nuserAccountControl: 512\n\n\
         dn: CN=Protected Users,DC=c\nobjectClass: group\nsAMAccountName: Protected Users\nmember: CN=alice,DC=c\n\n\
         dn: OU=x,DC=c\nobjectClass: organizationalUnit\n\n",
    );
    assert_eq!((parsed.summary.kind, parsed.summary.records, parsed.records.len()), (Kind::Ldif, Some(5), 4));
    let found = computers(&parsed);
    assert_eq!(found[0].trusted_for_delegation, Tri::Known(true));
    assert_eq!(found[0].allowed_to_act.known().unwrap()[0].sid.as_ref().unwrap().rid(), Some(1105));
    assert_eq!((found[1].name.as_str(), &found[1].allowed_to_act), ("HV02", &Tri::KnownEmpty), "HV01 shows it");
    assert_eq!(found[1].trusted_for_delegation, Tri::Unknown(Why::Unreadable("x".into())));
    assert_eq!(found[1].user_account_control, Tri::Unknown(Why::Unreadable("x".into())));
    assert_eq!((users(&parsed)[0].name.as_str(), groups(&parsed)[0].members.known().map(Vec::len)), ("alice", Some(1)));
}

#[test]
fn update_history() {
    let parsed = read(
        "hotfix.csv",
        "\"PSComputerName\",\"InstalledOn\",\"__PATH\",\"CSName\",\"HotFixID\"\r\n\
         \"hv01.c.l\",\"8/6/2022 12:00:00 AM\",\"\\\\HV01\\root:Win32_QuickFixEngineering.HotFixID=\"\"KB5013641\"\",x\",\"HV01\",\"KB5013641\"\r\n\
         \"hv01.c.l\",\"8/16/2022 12:00:00 AM\",\"\",\"HV01\",\"KB5013642\"\r\n\
         \"hv01.c.l\",\"\",\"\",\"HV01\",\"KB5013643\"\r\n",
    );
    assert_eq!(
        (parsed.summary.kind, parsed.summary.host.as_deref(), problems(&parsed)),
        (Kind::Hotfix, Some("HV01"), vec![])
    );
    let found = updates(&parsed);
    let days: Vec<String> = found.iter().map(|u| format!("{} {:?}", u.kb, u.when)).collect();
    assert_eq!(days, ["KB5013641 Day(2022-08-06)", "KB5013642 Day(2022-08-16)", "KB5013643 Unknown"]);

    let json = read(
        "h.json",
        r#"[{"HotFixID": "KB5013641", "Source": "HV02", "InstalledOn": {"value": "\/Date(1659736800000)\/", "DateTime": "x"}}]"#,
    );
    assert_eq!(format!("{:?}", updates(&json)[0].when), "Day(2022-08-06)", "local midnight of UTC+2");

    let open = read("hv01/q.csv", "\nNode,HotFixID,InstalledOn\nHV01,KB5004330,3/2/2021\nHV01,KB5004331,4/5/2021\n");
    assert_eq!(open.summary.kind, Kind::WmicQfe);
    assert!(matches!(updates(&open)[0].when, When::Ambiguous { .. }));
    assert_eq!(problems(&open), ["hv01/q.csv: day and month can't be told apart in 2 rows"]);

    let torn = read(
        "q.csv",
        "CSName,HotFixID,InstalledOn\nHV01,KB5004330,3/2/2021\nHV01,KB5004331,13/1/2021\nHV01,KB5004332,1/13/2021\n",
    );
    assert!(matches!(updates(&torn)[0].when, When::Ambiguous { .. }));
    assert_eq!(updates(&torn)[1].when, updates(&torn)[2].when);
    assert_eq!(problems(&torn).len(), 2, "a contradiction, and a date left open");

    let list = read(
        "q.txt",
        "\n\nCSName=HV01\nHotFixID=KB5004330\nInstalledOn=10/13/2021\n\n\nCSName=HV01\nHotFixID=KB5004331\nInstalledOn=10/1/2021\n\n",
    );
    assert_eq!(updates(&list).len(), 2);
}

#[test]
fn hosts_and_clusters() {
    let parsed = read(
        "h.json",
        r#"[{"ComputerName": "HV01", "FullyQualifiedDomainName": "c.l", "VirtualMachineMigrationEnabled": true,
             "VirtualMachineMigrationAuthenticationType": 1, "VirtualMachineMigrationPerformanceOption": 2},
            {"Name": "HV02", "VirtualMachineMigrationAuthenticationType": "CredSSP", "VirtualMachineMigrationEnabled": null}]"#,
    );
    let [Record::VmHost(a), Record::VmHost(b)] = parsed.records.as_slice() else { panic!("{parsed:?}") };
    assert_eq!((a.fqdn.as_deref(), &a.migration_enabled), (Some("HV01.c.l"), &Tri::Known(true)));
    assert_eq!(a.authentication_type, Tri::Known(AuthenticationType::Kerberos));
    assert_eq!(a.performance_option, Tri::Known("SMB".into()));
    assert_eq!((&b.authentication_type, &b.fqdn), (&Tri::Known(AuthenticationType::CredSsp), &None));
    assert_eq!((&b.migration_enabled, parsed.summary.host.as_deref()), (&Tri::NOT_EXPORTED, None));

    let nodes = |text: &str| -> Vec<(String, Option<String>)> {
        let parsed = read("n", text);
        assert_eq!(parsed.summary.kind, Kind::ClusterNodes, "{text}");
        let node = |r: &Record| match r {
            Record::ClusterNode(n) => (n.node.clone(), n.cluster.clone()),
            other => panic!("{other:?}"),
        };
        parsed.records.iter().map(node).collect()
    };
    let plain = vec![("HV01".to_owned(), None), ("HV02".to_owned(), None)];
    assert_eq!(nodes("\nName ID    State\n---- --    -----\nHV01 1     Up\nHV02 2     Paused\n\n"), plain);
    let named = vec![("HV01".to_owned(), Some("CL1".to_owned())), ("HV02".to_owned(), Some("CL1".to_owned()))];
    assert_eq!(
        nodes(r#"[{"Name":"HV01","State":0,"Cluster":{"Name":"CL1"}},{"Name":"HV02","State":1,"Cluster":"CL1"}]"#),
        named
    );
    assert_eq!(nodes("\"Cluster\",\"Name\",\"State\"\n\"CL1\",\"HV01\",\"Up\"\n\"CL1\",\"HV02\",\"Up\"\n"), named);
    assert_eq!(
        nodes("Name    : HV01\nState   : Up\nCluster : CL1\n\nName    : HV02\nState   : Up\nCluster : CL1\n"),
        named
    );

    let cluster = read("c", "Name                  : CL1\nDomain                : c.l\nClusterFunctionalLevel : 10\n");
    assert_eq!(cluster.summary.kind, Kind::Cluster);
    let Record::Cluster(c) = &cluster.records[0] else { panic!("{cluster:?}") };
    assert_eq!((c.name.as_str(), c.domain.as_deref()), ("CL1", Some("c.l")));
}

#[test]
fn versions_and_security_services() {
    let os = |text: &str| -> (Option<String>, Tri<u32>, Tri<u32>) {
        let parsed = read("HV01/version.txt", text);
        assert_eq!(parsed.summary.kind, Kind::OsVersion, "{text}");
        let Record::Os(os) = &parsed.records[0] else { panic!("{parsed:?}") };
        (os.host.clone(), os.build.clone(), os.revision.clone())
    };
    let key = "ProductName  : Windows Server 2022 Datacenter\nCurrentBuild : 20348\nUBR          : 2322\n";
    assert_eq!(os(key), (None, Tri::Known(20348), Tri::Known(2322)));
    let remote = format!("{key}PSComputerName : HV02\n");
    assert_eq!(os(&remote).0.as_deref(), Some("HV02"));
    let wmi = "\"CSName\",\"Caption\",\"Version\",\"BuildNumber\"\r\n\"HV01\",\"Microsoft Windows Server 2022\",\"10.0.20348\",\"20348\"\r\n";
    assert_eq!(os(wmi), (Some("HV01".into()), Tri::Known(20348), Tri::NOT_EXPORTED));
    assert_eq!(
        os("Microsoft Windows [Version 10.0.20348.2322]\n\nC:\\>\n"),
        (None, Tri::Known(20348), Tri::Known(2322))
    );

    let running = |text: &str| -> Vec<Tri<bool>> {
        let parsed = read("dg", text);
        let guard = |r: &Record| match r {
            Record::DeviceGuard(g) => Some(g.credential_guard_running.clone()),
            _ => None,
        };
        parsed.records.iter().filter_map(guard).collect()
    };
    assert_eq!(running(r#"[{"SecurityServicesRunning": [1, 2], "PSComputerName": "HV01"}]"#), [Tri::Known(true)]);
    assert_eq!(running(r#"{"SecurityServicesRunning": [0], "PSComputerName": "HV01"}"#), [Tri::Known(false)]);
    assert_eq!(running("SecurityServicesRunning    : {2}\nSecurityServicesConfigured : {1, 2}\n"), [Tri::Known(false)]);
    assert_eq!(running("SecurityServicesRunning    : {1, 2, 3, 4...}\n"), [Tri::Known(true)], "what is seen is there");
    assert!(!running("SecurityServicesRunning    : {2, 3, 4, 5...}\n")[0].is_told());
    let csv = "\"SecurityServicesRunning\",\"PSComputerName\"\r\n\"System.UInt32[]\",\"HV01\"\r\n";
    assert!(!running(csv)[0].is_told());
    let both =
        r#"{"OsBuildNumber": "26100", "CsName": "HV01", "DeviceGuardSecurityServicesRunning": ["CredentialGuard"]}"#;
    assert_eq!(running(both), [Tri::Known(true)]);
}

#[test]
fn networks_and_metadata() {
    let networks = |text: &str| -> Vec<(Option<String>, String)> {
        let parsed = read("n", text);
        assert_eq!(parsed.summary.kind, Kind::MigrationNetworks, "{text}");
        let network = |r: &Record| match r {
            Record::MigrationNetwork(n) => (n.host.clone(), n.subnet.clone()),
            other => panic!("{other:?}"),
        };
        parsed.records.iter().map(network).collect()
    };
    let expected = [(Some("HV01".to_owned()), "10.0.0.0/24".to_owned())];
    assert_eq!(
        networks("Subnet       : 10.0.0.0/24\nPriority     : 0\nComputerName : HV01\nIsDeleted    : False\n"),
        expected
    );
    assert_eq!(networks(r#"{"Subnet": "10.0.0.0/24", "Priority": 0, "ComputerName": "HV01"}"#), expected);

    let text = "AttributeName                                 : msDS-AllowedToDelegateTo\n\
                LastOriginatingChangeDirectoryServerIdentity : CN=NTDS Settings,CN=DC02,CN=Servers,CN=Site\n\
                LastOriginatingChangeTime                     : 15.01.2026 10:00:00\nObject : CN=HV01,DC=c\nVersion : 3\n";
    let parsed = read("m", text);
    assert_eq!(parsed.summary.kind, Kind::AttributeMetadata);
    let [Record::AttributeMetadata(row)] = parsed.records.as_slice() else { panic!("{parsed:?}") };
    assert_eq!((row.object.as_str(), row.version, row.originating_dc.as_deref()), ("CN=HV01,DC=c", 3, Some("DC02")));
    assert_eq!(row.changed, When::Local("2026-01-15T10:00:00".parse().unwrap()));
}

#[test]
fn what_is_nothing_stays_unknown() {
    let texts = [
        "",
        "   \r\n",
        "hello",
        "<Objs Version=\"1.1.0.1\"><Obj/></Objs>",
        "KB4486553: 2019-02 Cumulative Update (KB4486553)\n",
        "Name,DistinguishedName\nOU1,\"OU=x,DC=c\"\n",
        "Name  State   CPUUsage\n----  -----   --------\nVM1   Running 0\n",
        "Name State\n---- -----\nVM1  Running\n",
        "{\"Name\": \"VM1\", \"State\": 2}",
        "Name : VM1\nState : Running\nDescription : {a/x, b/y...}\n",
    ];
    for text in texts {
        let parsed = read("computers.csv", text);
        assert_eq!((parsed.summary.kind, parsed.records.len()), (Kind::Unknown, 0), "{text}");
        assert!(parsed.summary.problems.is_empty(), "{text}");
    }
    assert_eq!(document("x", b"MTAFile\0\x01\x02", &Options::default()).summary.kind, Kind::Mta);
    assert_eq!(document("x", b"ElfFile\0\x01\x02", &Options::default()).summary.kind, Kind::Unknown);
}
