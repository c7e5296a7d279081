//! Directory state as consoles show it: lists that are wrapped or cut, and programs of Windows.

use delegap_model::{Computer, Kind, Parsed, Record, Spn, Tri, User, Why};
use delegap_parse::{Options, document};

fn read(text: &str) -> Parsed<Record> {
    document("console.txt", text.as_bytes(), &Options::default())
}

fn computers(parsed: &Parsed<Record>) -> Vec<&Computer> {
    parsed.records.iter().filter_map(|r| if let Record::Computer(c) = r { Some(&**c) } else { None }).collect()
}

fn users(parsed: &Parsed<Record>) -> Vec<&User> {
    parsed.records.iter().filter_map(|r| if let Record::User(u) = r { Some(&**u) } else { None }).collect()
}

fn known(list: &Tri<Vec<Spn>>) -> Vec<&str> {
    list.known().map(|l| l.iter().map(Spn::as_str).collect()).unwrap_or_default()
}

/// Get-ADComputer -Properties … | Format-List in a window of 90 columns, Windows PowerShell 5.1; `·` is a blank at a line's
/// end.
const LIST: &str = "

DistinguishedName                          : CN=HV01,OU=Hyper-V Hosts,DC=contoso,DC=com
DNSHostName                                : HV01.contoso.com
Enabled                                    : True
msDS-AllowedToDelegateTo                   : {Microsoft Virtual System Migration·
                                             Service/HV02.contoso.com, Microsoft Virtual·
                                             System Migration Service/HV02,·
                                             cifs/HV02.contoso.com, cifs/HV02...}
Name                                       : HV01
ObjectClass                                : computer
PrincipalsAllowedToDelegateToAccount       : {CN=HV02,OU=Hyper-V Hosts,DC=contoso,DC=com}
SamAccountName                             : HV01$
SID                                        : S-1-5-21-1111-2222-3333-1104
TrustedToAuthForDelegation                 : True
UserPrincipalName                          :·

DistinguishedName                          : CN=HV02,OU=Hyper-V Hosts,DC=contoso,DC=com
DNSHostName                                : HV02.contoso.com
Enabled                                    : True
msDS-AllowedToDelegateTo                   : {}
Name                                       : HV02
ObjectClass                                : computer
PrincipalsAllowedToDelegateToAccount       : {}
SamAccountName                             : HV02$
SID                                        : S-1-5-21-1111-2222-3333-1105
TrustedToAuthForDelegation                 : False
UserPrincipalName                          :·


";

fn list() -> String {
    LIST.replace('·', " ").replace('\n', "\r\n")
}

#[test]
fn a_list_that_the_console_wrapped_and_cut() {
    let migration = |host: &str| format!("{}/{host}", Spn::MIGRATION);
    let shown = [migration("HV02.contoso.com"), migration("HV02"), "cifs/HV02.contoso.com".into(), "cifs/HV02".into()];
    let seven = list().replace("...}", "…}");
    let mailed = list().replace(" \r\n", "\r\n");
    for text in [list(), seven, mailed] {
        let parsed = read(&text);
        assert_eq!((parsed.summary.kind, parsed.summary.records), (Kind::AdText, Some(2)));
        let [first, second] = computers(&parsed).try_into().unwrap();
        assert_eq!(first.allowed_to_delegate_to, Tri::Unknown(Why::Partly(shown.to_vec())));
        assert_eq!((first.at.to_string().as_str(), &first.trusted_to_auth), ("console.txt:3", &Tri::Known(true)));
        assert_eq!(first.allowed_to_act.known().map(Vec::len), Some(1));
        assert_eq!(second.allowed_to_delegate_to, Tri::KnownEmpty);
        assert_eq!((&second.allowed_to_act, &second.trusted_to_auth), (&Tri::KnownEmpty, &Tri::Known(false)));
        assert_eq!(second.service_principal_names, Tri::NOT_EXPORTED);
    }
}

#[test]
fn a_whole_list_is_known_and_a_torn_one_is_not() {
    let whole = read(&list().replace("cifs/HV02...}", "cifs/HV02}"));
    assert_eq!(known(&computers(&whole)[0].allowed_to_delegate_to).len(), 4);
    let torn = read(list().split(", cifs/HV02...").next().unwrap());
    let told = &computers(&torn)[0].allowed_to_delegate_to;
    assert!(matches!(told, Tri::Unknown(Why::Partly(shown)) if shown.len() == 2), "{told:?}");
}

#[test]
fn one_text_with_the_output_of_two_commands() {
    let host = "\nName                                      : HV01\nVirtualMachineMigrationEnabled            : True\n\
                VirtualMachineMigrationAuthenticationType : Kerberos\n\n";
    let parsed = read(&format!("{host}{}", list()));
    assert_eq!(computers(&parsed).len(), 2);
    assert!(parsed.records.iter().any(|r| matches!(r, Record::VmHost(_))));
}

#[test]
fn names_of_one_account() {
    let parsed = read(
        "C:\\>setspn -L HV01\r\n\
         Registered ServicePrincipalNames for CN=HV01,OU=Hyper-V Hosts,DC=contoso,DC=com:\r\n\
         \tMicrosoft Virtual System Migration Service/HV01\r\n\tHOST/HV01.contoso.com\r\n\
         Registered ServicePrincipalNames for CN=HV02,OU=Hyper-V Hosts,DC=contoso,DC=com:\r\n\
         C:\\>setspn -L svc-hv\r\n\
         Registered ServicePrincipalNames for CN=svc-hv,CN=Users,DC=contoso,DC=com:\r\n\
         \tMicrosoft Virtual System Migration Service/HV02\r\n",
    );
    assert_eq!(parsed.summary.kind, Kind::AdText);
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!((first.name.as_str(), first.at.to_string().as_str()), ("HV01", "console.txt:2"));
    assert_eq!(
        known(&first.service_principal_names),
        ["Microsoft Virtual System Migration Service/HV01", "HOST/HV01.contoso.com"]
    );
    assert_eq!(first.allowed_to_delegate_to, Tri::NOT_EXPORTED);
    assert_eq!((second.name.as_str(), &second.service_principal_names), ("HV02", &Tri::KnownEmpty));
    let [service] = users(&parsed).try_into().unwrap();
    assert_eq!((service.name.as_str(), known(&service.service_principal_names).len()), ("svc-hv", 1));
    // Windows in German.
    let german = "Registrierte Dienstprinzipalnamen (SPN) f\u{fc}r CN=HV01,DC=contoso,DC=com:\n        HOST/HV01\n";
    assert_eq!(known(&computers(&read(german))[0].service_principal_names), ["HOST/HV01"]);
}

#[test]
fn holders_of_one_name() {
    let name = "Microsoft Virtual System Migration Service/HV02";
    let found = format!(
        "Checking domain DC=contoso,DC=com\r\nCN=HV02,OU=Hosts,DC=contoso,DC=com\r\n\tHOST/HV02\r\n\t{name}\r\n\
         CN=svc-hv,CN=Users,DC=contoso,DC=com\r\n\t{name}\r\n\r\nExisting SPN found!\r\n"
    );
    let doubled = format!(
        "Checking domain DC=contoso,DC=com\r\nProcessing entry 0\r\nHOST/HV02 is registered on these accounts:\r\n\
         \tCN=HV02,OU=Hosts,DC=contoso,DC=com\r\n\tCN=svc-hv,CN=Users,DC=contoso,DC=com\r\n\r\n\
         {name} is registered on these accounts:\r\n\
         \tCN=HV02,OU=Hosts,DC=contoso,DC=com\r\n\tCN=svc-hv,CN=Users,DC=contoso,DC=com\r\n\r\n\
         found 2 groups of duplicate SPNs.\r\n"
    );
    for text in [found, doubled] {
        let parsed = read(&text);
        let ([host], [service]) =
            (computers(&parsed).try_into().unwrap(), <[&User; 1]>::try_from(users(&parsed)).unwrap());
        assert_eq!((host.name.as_str(), service.name.as_str()), ("HV02", "svc-hv"));
        assert!(!host.service_principal_names.is_told(), "what else it holds is not known");
        for held in [&host.service_principal_names, &service.service_principal_names] {
            assert!(held.shown().iter().any(|s| s.as_str() == name), "{held:?}");
        }
    }
    let none = read("Checking domain DC=contoso,DC=com\r\n\r\nfound 0 group of duplicate SPNs.\r\n");
    assert_eq!((none.summary.kind, none.records.len()), (Kind::AdText, 0));
}

#[test]
fn other_text_with_names_is_not_setspn() {
    for text in ["CN=HV01,DC=contoso,DC=com\n", "see http://example.test/a b:\n  CN=x\n", "for CN=a,DC=b:\n"] {
        assert_eq!(read(text).summary.kind, Kind::Unknown, "{text}");
    }
}

#[test]
fn objects_of_dsquery() {
    // dsquery * -filter "(objectCategory=computer)" -attr *
    let object = |name: &str, list: &str| {
        format!(
            "objectClass: top\r\nobjectClass: person\r\nobjectClass: user\r\nobjectClass: computer\r\ncn: {name}\r\n\
             distinguishedName: CN={name},OU=Hosts,DC=contoso,DC=com\r\nwhenChanged: 05/16/2020 17:37:11\r\n\
             uSNChanged: 38683\r\nname: {name}\r\nuserAccountControl: 16781312\r\nlogonCount: 12\r\n\
             sAMAccountName: {name}$\r\n{list}ADsPath: LDAP://DC01/CN={name},OU=Hosts,DC=contoso,DC=com\r\n"
        )
    };
    let list = "msDS-AllowedToDelegateTo: cifs/HV02\r\nmsDS-AllowedToDelegateTo: cifs/HV02.contoso.com\r\n";
    let parsed = read(&(object("HV01", list) + &object("HV02", "")));
    assert_eq!((parsed.summary.kind, parsed.summary.records), (Kind::AdText, Some(2)));
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!(known(&first.allowed_to_delegate_to), ["cifs/HV02", "cifs/HV02.contoso.com"]);
    assert_eq!((&first.trusted_to_auth, &second.allowed_to_delegate_to), (&Tri::Known(true), &Tri::KnownEmpty));
    assert!(!first.when_changed.is_told(), "the order of day and month is not told");
    // dsquery * -attr sAMAccountName msDS-AllowedToDelegateTo -l
    let parsed = read("sAMAccountName: HV01$\r\nmsDS-AllowedToDelegateTo: cifs/HV02;cifs/HV02.contoso.com\r\n");
    assert_eq!(known(&computers(&parsed)[0].allowed_to_delegate_to).len(), 2);
    assert_eq!(computers(&parsed)[0].service_principal_names, Tri::NOT_EXPORTED);
}

#[test]
fn event_text_is_no_object() {
    let event =
        "A computer account was changed.\r\nSAM Account Name: HV01$\r\nDisplay Name: -\r\nUser Account Control: -\r\n";
    assert_eq!(read(event).summary.kind, Kind::Unknown);
}

#[test]
fn objects_of_powerview() {
    let parsed = read(
        "pwdlastset                    : 3/3/2023 10:39:12 AM\r\nlogoncount                    : 7\r\n\
         objectsid                     : {S-1-5-21-1-2-3-1104}\r\nusnchanged                    : 24608\r\n\
         useraccountcontrol            : WORKSTATION_TRUST_ACCOUNT, TRUSTED_TO_AUTH_FOR_DELEGATION, PASSWD_NOTREQD\r\n\
         distinguishedname             : CN=HV01,OU=Hosts,DC=contoso,DC=com\r\n\
         objectclass                   : {top, person, organizationalPerson, user...}\r\n\
         msds-allowedtodelegateto      : {cifs/HV02, cifs/HV02.contoso.com}\r\n\
         samaccountname                : HV01$\r\ndnshostname                   : HV01.contoso.com\r\n\r\n",
    );
    let [host] = computers(&parsed).try_into().unwrap();
    assert_eq!(known(&host.allowed_to_delegate_to), ["cifs/HV02", "cifs/HV02.contoso.com"]);
    assert_eq!((&host.trusted_to_auth, &host.user_account_control), (&Tri::Known(true), &Tri::Known(0x0100_1020)));
    assert_eq!(host.sid.known().and_then(|s| s.rid()), Some(1104));
    assert_eq!(host.allowed_to_act, Tri::KnownEmpty, "the whole object is shown");
    assert!(!host.password_last_set.is_told(), "a local time is there, and no empty value");
}

#[test]
fn the_table_of_find_delegation() {
    let table = "Impacket v0.12.0 - Copyright Fortra, LLC and its affiliated companies \n\n\
                 AccountName  AccountType  DelegationType                      DelegationRightsTo                                SPN Exists \n\
                 -----------  -----------  ----------------------------------  ------------------------------------------------  ----------\n\
                 HV01$        Computer     Constrained w/ Protocol Transition  cifs/HV02                                         Yes        \n\
                 HV01$        Computer     Constrained w/ Protocol Transition  Microsoft Virtual System Migration Service/HV02   Yes        \n\
                 HV02$        Computer     Constrained                         cifs/HV01                                         Yes        \n\
                 HV03$        Computer     Unconstrained                       N/A                                               Yes        \n\
                 HV01$        Computer     Resource-Based Constrained          HV04$                                             No         \n\
                 svc-hv       Person       Constrained                         cifs/HV01                                         Yes        \n";
    // NetExec prints the same behind what it puts before every line.
    let prefixed: String =
        table.lines().map(|l| format!("LDAP        10.0.0.1        389    DC01             {l}\n")).collect();
    for text in [table, &prefixed] {
        let parsed = read(text);
        assert_eq!(parsed.summary.kind, Kind::AdText);
        let [first, second, third, fourth] = computers(&parsed).try_into().unwrap();
        assert_eq!(
            known(&first.allowed_to_delegate_to),
            ["cifs/HV02", "Microsoft Virtual System Migration Service/HV02"]
        );
        assert_eq!((first.name.as_str(), &first.trusted_to_auth), ("HV01", &Tri::Known(true)));
        assert_eq!((&second.trusted_to_auth, &second.trusted_for_delegation), (&Tri::Known(false), &Tri::NOT_EXPORTED));
        assert_eq!(
            (&third.trusted_for_delegation, &third.allowed_to_delegate_to),
            (&Tri::Known(true), &Tri::NOT_EXPORTED)
        );
        assert_eq!(fourth.allowed_to_act.known().unwrap()[0].name.as_deref(), Some("HV01$"));
        assert_eq!(users(&parsed).len(), 1);
    }
}

#[test]
fn tables_of_accounts() {
    // dsquery * -filter ... -attr sAMAccountName userAccountControl msDS-AllowedToDelegateTo
    let parsed = read(
        "  sAMAccountName    userAccountControl    msDS-AllowedToDelegateTo                                       \r\n\
         \x20 HV01$             16781312              Microsoft Virtual System Migration Service/HV02;cifs/HV02;    \r\n\
         \x20 HV02$             4096                                                                                 \r\n\
         \x20 A-NAME-OF-MORE-THAN-16$  4096                                                                          \r\n",
    );
    assert_eq!(parsed.summary.kind, Kind::AdText);
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!(known(&first.allowed_to_delegate_to), ["Microsoft Virtual System Migration Service/HV02", "cifs/HV02"]);
    assert_eq!((first.at.to_string().as_str(), &second.allowed_to_delegate_to), ("console.txt:2", &Tri::KnownEmpty));
    assert_eq!(first.service_principal_names, Tri::NOT_EXPORTED);
    assert_eq!(parsed.summary.problems[0].at.to_string(), "console.txt:4");
    // Get-ADComputer ... | Format-Table: a column cuts what is too long for it.
    let parsed = read(
        "\r\nName TrustedToAuthForDelegation msDS-AllowedToDelegateTo\r\n\
         ---- -------------------------- ------------------------\r\n\
         HV01                       True {cifs/HV02, Microsoft...\r\nHV02                      False {}\r\n\r\n",
    );
    let [first, second] = computers(&parsed).try_into().unwrap();
    assert_eq!(first.allowed_to_delegate_to, Tri::Unknown(Why::Partly(vec!["cifs/HV02".into()])));
    assert_eq!((&first.trusted_to_auth, &second.trusted_to_auth), (&Tri::Known(true), &Tri::Known(false)));
    assert_eq!(second.allowed_to_delegate_to, Tri::KnownEmpty);
}
