//! Directory state as consoles show it: lists that are wrapped or cut, and programs of Windows.

use delegap_model::{Computer, Kind, Parsed, Record, Spn, Tri, Why};
use delegap_parse::{Options, document};

fn read(text: &str) -> Parsed<Record> {
    document("console.txt", text.as_bytes(), &Options::default())
}

fn computers(parsed: &Parsed<Record>) -> Vec<&Computer> {
    let computer = |r| if let &Record::Computer(ref c) = r { Some(c) } else { None };
    parsed.records.iter().filter_map(computer).collect()
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
