use super::*;
use delegap_model::SourceRef;

/// An export of HV01 from a file, changed at that second, with that list.
fn export(file: &str, changed: Option<i64>, list: Tri<Vec<Spn>>) -> Computer {
    let mut computer = Computer::named(SourceRef::new(file, ":2"), "HV01");
    computer.when_changed = changed.and_then(|s| Time::from_timestamp(s, 0)).map_or(Tri::NOT_EXPORTED, Tri::Known);
    computer.allowed_to_delegate_to = list;
    computer
}

fn set(entries: &[&str]) -> Tri<Vec<Spn>> {
    Tri::list(entries.iter().map(|e| Spn::new((*e).to_owned())).collect())
}

fn cut(entries: &[&str]) -> Tri<Vec<Spn>> {
    Tri::Unknown(Why::Partly(entries.iter().map(|e| (*e).to_owned()).collect()))
}

fn merged(exports: &[Computer]) -> (Computer, Vec<String>) {
    let mut differences = Vec::new();
    let merged = merge(&exports.iter().collect::<Vec<_>>(), &mut differences).unwrap();
    (merged, differences.into_iter().map(|d| format!("{}: {} [{}]", d.at, d.what, d.lost)).collect())
}

#[test]
fn the_newest_export_that_tells_counts() {
    let mut old = export("a.csv", Some(100), set(&["cifs/HV02"]));
    old.trusted_to_auth = Tri::Known(true);
    let mut new = export("b.csv", Some(200), set(&["cifs/HV03"]));
    new.enabled = Tri::Known(true);
    let silent = export("c.csv", Some(300), Tri::NOT_EXPORTED);
    for order in [[&old, &new, &silent], [&silent, &new, &old], [&new, &silent, &old]] {
        let (one, differences) = merged(&order.map(Clone::clone));
        assert_eq!((one.allowed_to_delegate_to, one.at.to_string().as_str()), (set(&["cifs/HV03"]), "b.csv:2"));
        assert_eq!((&one.trusted_to_auth, &one.enabled), (&Tri::Known(true), &Tri::Known(true)), "whoever tells it");
        assert_eq!(
            differences,
            [
                "a.csv:2: msDS-AllowedToDelegateTo of HV01 differs from b.csv:2, where the object is newer (whenChanged) [the \
              older value]"
            ]
        );
    }
}

#[test]
fn without_dates_a_difference_is_not_settled() {
    let [a, b] = [export("a.csv", None, set(&["cifs/HV02"])), export("b.csv", Some(200), Tri::KnownEmpty)];
    let third = export("c.csv", None, set(&["cifs/HV02"]));
    for exports in [vec![a.clone(), b.clone()], vec![a, b, third]] {
        let (one, differences) = merged(&exports);
        assert_eq!(one.allowed_to_delegate_to, disputed());
        assert_eq!(differences.len(), exports.len() - 1);
        assert!(differences[0].ends_with("[the value: it counts as not known]"), "{differences:?}");
    }
    let same_second = [export("a", Some(200), set(&["x/a"])), export("b", Some(200), set(&["x/b"]))];
    assert_eq!(merged(&same_second).0.allowed_to_delegate_to, disputed());
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
