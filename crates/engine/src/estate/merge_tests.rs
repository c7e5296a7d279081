use super::*;
use crate::disagreements::Kind;
use delegap_model::{Sid, Time};

/// An export of HV01 from a file, changed at that second, with that list.
fn export(file: &str, changed: Option<i64>, list: Tri<Vec<Spn>>) -> Computer {
    let mut computer = Computer::named(SourceRef::new(file, ":2"), "HV01");
    computer.changed = changed.and_then(|s| Time::from_timestamp(s, 0)).map_or(When::Unknown, When::Exact);
    computer.allowed_to_delegate_to = list;
    computer
}

fn set(entries: &[&str]) -> Tri<Vec<Spn>> {
    Tri::list(entries.iter().map(|e| Spn::new((*e).to_owned())).collect())
}

fn cut(entries: &[&str]) -> Tri<Vec<Spn>> {
    Tri::Unknown(Why::Partly(entries.iter().map(|e| (*e).to_owned()).collect()))
}

fn principals(named: &[&str]) -> Tri<Vec<Principal>> {
    let principal = |text: &&str| match text.starts_with("S-") {
        true => Principal { sid: Sid::parse(text), ..Principal::default() },
        false if text.contains('=') => {
            Principal { distinguished_name: Some((*text).to_owned()), ..Principal::default() }
        }
        false => Principal { name: Some((*text).to_owned()), ..Principal::default() },
    };
    Tri::list(named.iter().map(principal).collect())
}

fn object() -> Object {
    Object { kind: Kind::Computer, host: None, name: "HV01".to_owned() }
}

fn merged_with(exports: &[Computer], accounts: &Accounts) -> (Computer, Vec<Disagreement>) {
    let (mut found, order) = (Vec::new(), Order::default());
    let merging = Merging::new(exports.iter().collect(), &order, object(), &mut found);
    (computer(merging, accounts).unwrap(), found)
}

fn merged(exports: &[Computer]) -> (Computer, Vec<Disagreement>) {
    merged_with(exports, &Accounts::default())
}

/// `a.csv:2 empty; b.csv:2 x`, each value once.
fn statements(found: &Disagreement) -> String {
    found.statements.iter().map(|(at, value)| format!("{at} {value}")).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_newest_export_that_tells_counts() {
    let mut old = export("a.csv", Some(100), set(&["cifs/HV02"]));
    old.trusted_to_auth = Tri::Known(true);
    let mut new = export("b.csv", Some(200), set(&["cifs/HV03"]));
    new.enabled = Tri::Known(true);
    let silent = export("c.csv", Some(300), Tri::NOT_EXPORTED);
    for order in [[&old, &new, &silent], [&silent, &new, &old], [&new, &silent, &old]] {
        let (one, found) = merged(&order.map(Clone::clone));
        assert_eq!((one.allowed_to_delegate_to, one.at.to_string().as_str()), (set(&["cifs/HV03"]), "b.csv:2"));
        assert_eq!((&one.trusted_to_auth, &one.enabled), (&Tri::Known(true), &Tri::Known(true)), "whoever tells it");
        let [found] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((found.attribute, found.settled), ("msDS-AllowedToDelegateTo", Ok(By::Object)));
        assert_eq!(statements(found), "b.csv:2 cifs/HV03; a.csv:2 cifs/HV02");
    }
}

#[test]
fn without_dates_a_difference_is_not_settled() {
    let [a, b] = [export("a.csv", None, set(&["cifs/HV02"])), export("b.csv", Some(200), Tri::KnownEmpty)];
    let third = export("c.csv", None, set(&["cifs/HV02"]));
    for exports in [vec![a.clone(), b.clone()], vec![a, b, third]] {
        let (one, found) = merged(&exports);
        assert_eq!(one.allowed_to_delegate_to, disputed());
        let [found] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((found.decisive, found.settled), (true, Err(Open::Untold)));
        assert_eq!(statements(found), "b.csv:2 empty; a.csv:2 cifs/HV02", "each value once");
    }
    let same_second = [export("a", Some(200), set(&["x/a"])), export("b", Some(200), set(&["x/b"]))];
    let (one, found) = merged(&same_second);
    assert_eq!((one.allowed_to_delegate_to, found[0].settled), (disputed(), Err(Open::SameMoment)));
}

#[test]
fn an_undated_export_of_the_newest_value_does_no_harm() {
    let old = export("a", Some(100), set(&["cifs/HV02"]));
    let (new, undated) = (export("b", Some(200), set(&["cifs/HV03"])), export("c", None, set(&["cifs/HV03"])));
    let (one, found) = merged(&[undated, old, new]);
    assert_eq!((one.allowed_to_delegate_to, found[0].settled), (set(&["cifs/HV03"]), Ok(By::Object)));
}

#[test]
fn a_change_of_flags_is_said_once() {
    let with = |file, changed, control: u32| Computer {
        user_account_control: Tri::Known(control),
        trusted_to_auth: Tri::Known(control & 0x100_0000 != 0),
        ..export(file, Some(changed), Tri::NOT_EXPORTED)
    };
    let (one, found) = merged(&[with("a", 100, 0x1000), with("b", 200, 0x100_1000)]);
    assert_eq!((one.user_account_control, one.trusted_to_auth), (Tri::Known(0x100_1000), Tri::Known(true)));
    assert_eq!(found.iter().map(statements).collect::<Vec<_>>(), ["b:2 true; a:2 false"]);
}

#[test]
fn resource_based_delegation_is_compared_whatever_it_calls_accounts() {
    let with = |file, changed, act: &[&str]| Computer {
        allowed_to_act: principals(act),
        ..export(file, changed, Tri::NOT_EXPORTED)
    };
    let dn = "CN=HV02,OU=Hosts,DC=contoso,DC=lab";
    let mut peer = Computer::named(SourceRef::new("a", ":3"), "HV02");
    peer.sid = Tri::Known(Sid::parse("S-1-5-21-1-2-3-1102").unwrap());
    peer.distinguished_name = Tri::Known(dn.to_owned());
    let known = Accounts::of(&[peer]);
    // The same account in three forms; and in two forms that nothing joins, it may be the same.
    for (a, b, accounts) in [
        (&[dn][..], &["S-1-5-21-1-2-3-1102"][..], &known),
        (&["CONTOSO\\HV02$"], &["cn=hv02,ou=hosts,dc=contoso,dc=lab"], &known),
        (&[dn], &["S-1-5-21-1-2-3-1102"], &Accounts::default()),
    ] {
        let (one, found) = merged_with(&[with("a", None, a), with("b", None, b)], accounts);
        assert_eq!((one.allowed_to_act, found.len()), (principals(a), 0), "{a:?} {b:?}");
    }
    for (a, b) in [(&[dn][..], &[][..]), (&[dn], &["CN=HV03,OU=Hosts,DC=contoso,DC=lab"]), (&[dn, "x"], &["x"])] {
        let (one, found) = merged_with(&[with("a", None, a), with("b", None, b)], &known);
        assert_eq!((one.allowed_to_act, found.len()), (disputed(), 1), "{a:?} {b:?}");
        assert_eq!((found[0].decisive, found[0].settled), (true, Err(Open::Untold)));
        let (one, found) = merged_with(&[with("a", Some(1), a), with("b", Some(2), b)], &known);
        assert_eq!((one.allowed_to_act, found[0].settled), (principals(b), Ok(By::Object)), "{a:?} {b:?}");
    }
}

#[test]
fn what_does_not_decide_is_not_decisive() {
    let with =
        |file, spns: &[&str]| Computer { service_principal_names: set(spns), ..export(file, None, Tri::NOT_EXPORTED) };
    let other = merged(&[with("a", &["HOST/HV01"]), with("b", &["HOST/HV01", "MSSQLSvc/HV01"])]).1;
    let own = merged(&[with("a", &["HOST/HV01"]), with("b", &["Microsoft Virtual System Migration Service/HV01"])]).1;
    assert_eq!((other[0].decisive, own[0].decisive), (false, true));
}

#[test]
fn many_exports_of_one_object_stay_cheap() {
    let exports: Vec<Computer> = (0..20_000).map(|i| export("a", None, set(&[&format!("cifs/HV{i}")]))).collect();
    let (one, found) = merged(&exports);
    assert_eq!((one.allowed_to_delegate_to, found[0].settled), (disputed(), Err(Open::Many)));
}

#[test]
fn case_and_order_of_entries_make_no_difference() {
    let exports = [export("a", None, set(&["cifs/HV02", "x/y"])), export("b", None, set(&["X/y", "CIFS/hv02"]))];
    let (one, differences) = merged(&exports);
    assert_eq!((one.allowed_to_delegate_to, differences.len()), (set(&["cifs/HV02", "x/y"]), 0));
}

#[test]
fn a_cut_list_beside_a_whole_one() {
    let whole = export("a", None, set(&["cifs/HV02", "cifs/HV03"]));
    let part = export("b", None, cut(&["cifs/hv03"]));
    let (one, differences) = merged(&[part.clone(), whole.clone()]);
    assert_eq!((one.allowed_to_delegate_to, differences.len()), (set(&["cifs/HV02", "cifs/HV03"]), 0));
    let other = export("c", None, cut(&["cifs/HV04"]));
    assert_eq!(merged(&[whole, other.clone()]).0.allowed_to_delegate_to, disputed());
    assert_eq!(merged(&[part, other]).0.allowed_to_delegate_to, cut(&["cifs/hv03", "cifs/HV04"]));
}
