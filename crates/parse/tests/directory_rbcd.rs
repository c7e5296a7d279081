//! Resource-based delegation in every form an export has for it.

use delegap_model::{Computer, Principal, Record, Tri, Why};
use delegap_parse::{Options, document};
use serde_json::{Value, json};

/// A descriptor with one entry: S-1-5-21-3623811015-3361044348-30300820-1105.
const BASE64: &str =
    "AQAEgBQAAAAAAAAAAAAAACQAAAABAgAAAAAABSAAAAAgAgAABAAsAAEAAAAAACQA/wEPAAEFAAAAAAAFFQAAAMf3/td8d1XIlFrOAVEEAAA=";
const BYTES: [u8; 80] = [
    1, 0, 4, 128, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 36, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0,
    4, 0, 44, 0, 1, 0, 0, 0, 0, 0, 36, 0, 255, 1, 15, 0, 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 199, 247, 254, 215, 124,
    119, 85, 200, 148, 90, 206, 1, 81, 4, 0, 0,
];
const ATTRIBUTE: &str = "msDS-AllowedToActOnBehalfOfOtherIdentity";

fn only(text: &str) -> Tri<Vec<Principal>> {
    let parsed = document("x", text.as_bytes(), &Options::default());
    let computers: Vec<&Computer> =
        parsed.records.iter().filter_map(|r| if let Record::Computer(c) = r { Some(&**c) } else { None }).collect();
    let [one] = computers.as_slice() else { panic!("{text}: {:?}", parsed.records) };
    one.allowed_to_act.clone()
}

fn in_json(value: &Value) -> Tri<Vec<Principal>> {
    only(&json!({"Name": "HV02", "SamAccountName": "HV02$", ATTRIBUTE: value}).to_string())
}

fn in_csv(cell: &str) -> Tri<Vec<Principal>> {
    let cell = cell.replace('"', "\"\"");
    only(&format!(
        "\"Name\",\"SamAccountName\",\"Enabled\",\"{ATTRIBUTE}\"\r\n\"HV02\",\"HV02$\",\"True\",\"{cell}\"\r\n"
    ))
}

fn names(told: &Tri<Vec<Principal>>) -> Vec<String> {
    let name = |p: &Principal| {
        let sid = p.sid.as_ref().map(ToString::to_string);
        sid.or(p.distinguished_name.clone()).or(p.name.clone()).unwrap_or_default()
    };
    told.known().map(|l| l.iter().map(name).collect()).unwrap_or_default()
}

#[test]
fn the_descriptor() {
    let numbers = BYTES.map(|b| b.to_string());
    let hex: String = BYTES.iter().map(|b| format!("{b:02x}")).collect();
    let in_braces = format!("{{{}}}", numbers.join(", "));
    let told = [
        in_csv(BASE64),
        in_csv(&numbers.join(" ")),
        in_csv(&numbers.join(",")),
        in_csv(&in_braces),
        in_csv(&hex),
        in_csv(&format!("X'{hex}'")),
        in_json(&json!(BASE64)),
        in_json(&json!(BYTES.to_vec())),
        in_csv("O:BAD:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;S-1-5-21-3623811015-3361044348-30300820-1105)"),
    ];
    for told in told {
        assert_eq!(names(&told), ["S-1-5-21-3623811015-3361044348-30300820-1105"], "{told:?}");
    }
}

#[test]
fn the_access_list_as_text() {
    let lines =
        "CONTOSO\\HV01$ Allow  GenericAll\r\nCONTOSO\\HV03$ Deny  GenericAll\r\nCONTOSO\\HV Hosts Allow  GenericAll";
    assert_eq!(names(&in_csv(lines)), ["HV01$", "HV Hosts"]);
    assert_eq!(names(&in_json(&json!({"Path": "", "AccessToString": lines}))), ["HV01$", "HV Hosts"]);
    let rule = |account: Value, kind: Value| json!({"IdentityReference": account, "AccessControlType": kind});
    let rules = json!({"Access": [
        rule(json!({"Value": "CONTOSO\\HV01$"}), json!(0)),
        rule(json!("CONTOSO\\HV03$"), json!("Deny")),
        rule(json!("S-1-5-21-1-2-3-1104"), json!("Allow")),
    ]});
    assert_eq!(names(&in_json(&rules)), ["HV01$", "S-1-5-21-1-2-3-1104"]);
    // ConvertTo-Json at its depth limit.
    let flat = json!({"Access": "System.DirectoryServices.ActiveDirectoryAccessRule"});
    assert!(!in_json(&flat).is_told());
}

#[test]
fn names_of_accounts() {
    let list = "CN=HV01,OU=Hosts,DC=contoso,DC=com; CN=Allow Hosts,OU=Groups,DC=contoso,DC=com";
    let expected = ["CN=HV01,OU=Hosts,DC=contoso,DC=com", "CN=Allow Hosts,OU=Groups,DC=contoso,DC=com"];
    assert_eq!(names(&in_csv(list)), expected);
    assert_eq!(names(&in_json(&json!(expected))), expected);
}

#[test]
fn what_is_lost_stays_unknown() {
    let type_name = "System.DirectoryServices.ActiveDirectorySecurity";
    for told in [in_csv(type_name), in_json(&json!(type_name))] {
        assert!(matches!(&told, Tri::Unknown(why @ Why::Lost(_)) if why.hides_a_value()), "{told:?}");
    }
    for cell in ["System.Byte[]", "{1, 0, 4, 128...}", "True"] {
        assert!(matches!(in_csv(cell), Tri::Unknown(Why::Lost(_))), "{cell}");
    }
    assert!(matches!(in_csv("1 0 4 128 20 0"), Tri::Unknown(Why::Unreadable(_))));
    assert_eq!(in_csv("False"), Tri::KnownEmpty);
}
