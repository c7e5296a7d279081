//! Directory state as consoles show it: lists that are wrapped or cut, and programs of Windows.

use delegap_model::{Computer, Kind, Parsed, Record, Spn, Tri, User, Why};
use delegap_parse::{Options, document};

fn read(text: &str) -> Parsed<Record> {
    document("console.txt", text.as_bytes(), &Options::default())
}

fn computers(parsed: &Parsed<Record>) -> Vec<&Computer> {
    let computer = |r| if let &Record::Computer(ref c) = r { Some(c) } else { None };
    parsed.records.iter().filter_map(computer).collect()
}

fn users(parsed: &Parsed<Record>) -> Vec<&User> {
    let user = |r| if let &Record::User(ref u) = r { Some(u) } else { None };
    parsed.records.iter().filter_map(user).collect()
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
