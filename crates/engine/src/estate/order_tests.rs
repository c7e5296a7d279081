use super::*;
use delegap_model::Kind;

fn exact(seconds: i64) -> When {
    When::Exact(Time::from_timestamp(seconds, 0).unwrap())
}

fn local(text: &str) -> When {
    When::Local(text.parse().unwrap())
}

fn input(path: &str, written: Option<(When, Option<&str>)>) -> InputSummary {
    let written = written.map(|(when, archive)| Written { when, archive: archive.map(Into::into) });
    InputSummary { written, ..InputSummary::new(path, Kind::AdCsv) }
}

/// The order of two files without dates of the object itself.
fn files(a: InputSummary, b: InputSummary) -> Compared {
    let at = [&a, &b].map(|i| SourceRef::new(i.path.as_str(), ":2"));
    let order = Order::new(&[a, b]);
    let found = order.compare((&at[0], When::Unknown), (&at[1], When::Unknown));
    let back = order.compare((&at[1], When::Unknown), (&at[0], When::Unknown));
    assert_eq!(back, found.map(|(o, by)| (o.reverse(), by)));
    found
}

#[test]
fn the_object_itself_goes_first() {
    let at = [SourceRef::new("2026-01-02.csv", ""), SourceRef::new("2026-01-01.csv", "")];
    let order = Order::default();
    let compare = |a, b| order.compare((&at[0], a), (&at[1], b));
    assert_eq!(compare(exact(1), exact(2)), Ok((Ordering::Less, By::Object)));
    assert_eq!(compare(exact(2), exact(2)), Err(Open::SameMoment));
    // A local time may be of any zone: a day apart is not enough, two are.
    assert_eq!(compare(local("2026-03-02T10:00:00"), local("2026-03-04T10:00:00")), Ok((Ordering::Less, By::Object)));
    assert_eq!(
        compare(local("2026-03-02T10:00:00"), local("2026-03-03T10:00:00")),
        Ok((Ordering::Greater, By::FileName))
    );
    assert_eq!(compare(exact(2), When::Unknown), Ok((Ordering::Greater, By::FileName)));
}

#[test]
fn other_objects_order_two_files() {
    let at = [SourceRef::new("a", ""), SourceRef::new("b", "")];
    let hour = 3600;
    let with = |objects: &[(&str, i64, i64)]| {
        let mut order = Order::default();
        for (name, a, b) in objects {
            order.object(&at[0], (*name).to_owned(), exact(*a), None);
            order.object(&at[1], (*name).to_owned(), exact(*b), None);
        }
        order.compare((&at[0], When::Unknown), (&at[1], When::Unknown))
    };
    assert_eq!(with(&[("x", 0, 0), ("y", 0, 7 * hour)]), Ok((Ordering::Less, By::Others)));
    assert_eq!(with(&[("y", 0, 5 * hour)]), Err(Open::Untold), "another domain controller may know it later");
    assert_eq!(with(&[("x", 7 * hour, 0), ("y", 0, 7 * hour)]), Err(Open::Contradicting));
    assert_eq!(with(&[("y", 0, 7 * hour), ("y", 0, 7 * hour)]), Err(Open::Untold), "two objects of one name");
    let mut passwords = Order::default();
    let set = |seconds| Time::from_timestamp(seconds, 0);
    passwords.object(&at[0], "x".into(), When::Unknown, set(7 * hour));
    passwords.object(&at[1], "x".into(), When::Unknown, set(0));
    let found = passwords.compare((&at[0], When::Unknown), (&at[1], When::Unknown));
    assert_eq!(found, Ok((Ordering::Greater, By::Others)));
}

#[test]
fn what_documents_and_archives_say() {
    let (early, late) = (local("2026-03-02T10:00:00"), local("2026-03-02T10:20:00"));
    let days_later = local("2026-03-05T10:00:00");
    let plain = |when| Some((when, None));
    assert_eq!(files(input("a", plain(early)), input("b", plain(days_later))), Ok((Ordering::Less, By::Stated)));
    assert_eq!(files(input("a", plain(early)), input("b", plain(late))), Err(Open::Untold), "zones may differ");
    let member = |when, archive| Some((when, Some(archive)));
    let order = |a, b| files(input("x.zip/a", a), input("x.zip/b", b));
    assert_eq!(order(member(early, "x.zip"), member(late, "x.zip")), Ok((Ordering::Less, By::Member)));
    assert_eq!(order(member(early, "x.zip"), member(late, "y.zip")), Err(Open::Untold));
    assert_eq!(order(member(early, "x.zip"), member(local("2026-03-02T10:09:00"), "x.zip")), Err(Open::Untold));
    assert_eq!(order(member(early, "x.zip"), plain(days_later)), Err(Open::Untold), "each says another thing");
}

#[test]
fn dates_in_names() {
    let order = |a: &str, b: &str| files(input(a, None), input(b, None)).map(|(o, by)| (o.is_lt(), by));
    for (old, new) in [
        ("ad-2026-11-20.csv", "ad-2026-11-21.csv"),
        ("20261120090000_computers.json", "20261120100000_computers.json"),
        ("ad_20261120.csv", "20261121_100000.csv"),
        ("2026.11.20_09-30.txt", "2026.11.20_09-31.txt"),
        ("c/2026-11-20/x.csv", "c/2026-11-21/x.csv"),
        ("2027-01-01/ad-2026-11-20.csv", "2026-01-01/ad-2026-11-21.csv"),
    ] {
        assert_eq!(order(old, new), Ok((true, By::FileName)), "{old} {new}");
    }
    for (a, b) in [
        ("ad-20-11-2026.csv", "ad-21-11-2026.csv"),
        ("ad-2026-11-20.csv", "ad.csv"),
        ("2026-11-20_to_2026-11-21.csv", "2026-12-20.csv"),
        ("2026-11-20_10-00.csv", "2026-11-20.csv"),
        ("120261120.csv", "120261121.csv"),
        ("202611201.csv", "202611211.csv"),
        ("2026-13-20.csv", "2026-14-21.csv"),
        ("KB5034129.csv", "KB5034130.csv"),
    ] {
        assert_eq!(order(a, b), Err(Open::Untold), "{a} {b}");
    }
}
