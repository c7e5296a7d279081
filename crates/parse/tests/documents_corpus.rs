//! Documents on real files, where they lie beside the repository: exports of a real directory, systeminfo and wmic
//! output in seven languages.
#![expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test reads files and prints its table")]

use delegap_model::{Computer, Kind, Parsed, Record, Tri};
use delegap_parse::{Options, document};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(folder);
    let Ok(entries) = std::fs::read_dir(&root) else {
        println!("skipped: no corpus folder {folder}");
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .filter_map(|e| {
            let e = e.ok()?;
            Some((e.file_name().into_string().ok()?, std::fs::read(e.path()).ok()?))
        })
        .collect();
    files.sort();
    files
}

fn read(name: &str, bytes: &[u8]) -> Parsed<Record> {
    document(name, bytes, &Options::default())
}

fn computers(parsed: &Parsed<Record>) -> Vec<&Computer> {
    fn computer(r: &Record) -> Option<&Computer> {
        match r {
            Record::Computer(c) => Some(c),
            _ => None,
        }
    }
    parsed.records.iter().filter_map(computer).collect()
}

/// Every KB number in a file whatever its encoding: NUL bytes are dropped, the rest is ASCII where it matters.
fn kbs_in_bytes(bytes: &[u8]) -> BTreeSet<String> {
    let flat: Vec<u8> = bytes.iter().copied().filter(|b| *b != 0).collect();
    let text = String::from_utf8_lossy(&flat);
    let pattern = regex::Regex::new(r"KB(\d{6,7})").unwrap();
    pattern.captures_iter(&text).map(|c| format!("KB{}", &c[1])).collect()
}

#[test]
fn update_lists_yield_every_kb_of_the_file() {
    let mut of_kind = std::collections::BTreeMap::new();
    for (name, bytes) in corpus("updates/wesng") {
        let parsed = read(&name, &bytes);
        let found: BTreeSet<String> = parsed
            .records
            .iter()
            .filter_map(|r| match r {
                Record::Update(u) => Some(u.kb.clone()),
                _ => None,
            })
            .collect();
        let os = parsed.records.iter().find_map(|r| match r {
            Record::Os(os) => Some(os),
            _ => None,
        });
        println!(
            "{name:<66} {:<10} kbs {:>3} host {:<16} build {:<6} domain {:<20} {} [{}]",
            parsed.summary.kind.as_str(),
            found.len(),
            parsed.summary.host.as_deref().unwrap_or("-"),
            os.and_then(|o| o.build.known().copied()).unwrap_or_default(),
            os.and_then(|o| o.domain.known().cloned()).unwrap_or_default(),
            os.and_then(|o| o.caption.known().cloned()).unwrap_or_default(),
            parsed.summary.problems.iter().map(|p| p.what.as_str()).collect::<Vec<_>>().join("; "),
        );
        *of_kind.entry(parsed.summary.kind.as_str()).or_insert(0u32) += 1;
        let expected =
            if name.ends_with("systeminfo.txt") || name.contains("_systeminfo_") || name.ends_with("systeminfo2.txt") {
                Kind::Systeminfo
            } else if name.ends_with("_qfe.txt") && bytes.len() > 10 {
                Kind::WmicQfe
            } else {
                // Lists of updates that are *not* installed (the script searches IsInstalled=0), and no updates at all.
                Kind::Unknown
            };
        assert_eq!(parsed.summary.kind, expected, "{name}");
        if expected == Kind::Unknown {
            assert!(parsed.records.is_empty() && parsed.summary.problems.is_empty(), "{name}");
            continue;
        }
        let in_file = kbs_in_bytes(&bytes);
        let missing: Vec<_> = in_file.difference(&found).collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
        // Some rows of Vista name the update by its bare number.
        for extra in found.difference(&in_file) {
            let flat: Vec<u8> = bytes.iter().copied().filter(|b| *b != 0).collect();
            assert!(String::from_utf8_lossy(&flat).contains(&format!(" {} ", &extra[2..])), "{name}: {extra}");
        }
        if expected == Kind::Systeminfo && !name.contains("es-ar") && !name.contains("education_es_") {
            assert!(os.is_some_and(|o| o.build.known().is_some() && o.domain.known().is_some()), "{name}");
        }
    }
    println!("{of_kind:?}");
}

#[test]
fn a_real_directory() {
    let files = corpus("ad/samba");
    for (name, bytes) in &files {
        let parsed = read(name, bytes);
        assert_eq!((parsed.summary.kind, parsed.summary.problems.len()), (Kind::Ldif, 0), "{name}");
        println!("{name}: {} records of {:?}", parsed.records.len(), parsed.summary.records);
        if name.starts_with("computers") {
            let computers = computers(&parsed);
            for c in &computers {
                println!(
                    "  {} at {}: delegate to {:?}, any protocol {:?}, unconstrained {:?}, act {:?}, spns {:?}",
                    c.name,
                    c.at,
                    c.allowed_to_delegate_to,
                    c.trusted_to_auth,
                    c.trusted_for_delegation,
                    c.allowed_to_act,
                    c.service_principal_names.known().map(Vec::len),
                );
            }
            let names: Vec<&str> = computers.iter().map(|c| c.name.as_str()).collect();
            assert_eq!(names, ["HV03", "VM", "HV02", "HV01"]);
            assert_eq!(computers[0].trusted_for_delegation, Tri::Known(true));
            assert_eq!(computers[0].allowed_to_delegate_to, Tri::KnownEmpty);
            assert!(computers.iter().all(|c| c.allowed_to_delegate_to.is_told() && c.when_changed.known().is_some()));
            assert!(computers.iter().all(|c| c.sid.known().is_some() && c.password_last_set.known().is_some()));
        } else {
            let [Record::User(user), Record::Group(group)] = parsed.records.as_slice() else {
                panic!("{:?}", parsed.records)
            };
            assert_eq!((user.name.as_str(), &user.not_delegated), ("alice", &Tri::Known(false)));
            assert_eq!(user.member_of, Tri::KnownEmpty);
            assert_eq!((group.sid.known().and_then(|s| s.rid()), &group.members), (Some(525), &Tri::KnownEmpty));
        }
    }
}

#[test]
fn synthetic_exports() {
    let spns = |c: &Computer| c.allowed_to_delegate_to.known().map_or(0, Vec::len);
    for (name, bytes) in corpus("ad/synthetic") {
        let parsed = read(&name, &bytes);
        println!(
            "{name:<28} {:<10} {} records, {:?}",
            parsed.summary.kind.as_str(),
            parsed.records.len(),
            parsed.summary.problems
        );
        assert_eq!(parsed.summary.problems.iter().filter(|p| !p.what.contains("day and month")).count(), 0, "{name}");
        let computers = computers(&parsed);
        let lists: Vec<usize> = computers.iter().map(|c| spns(c)).collect();
        match name.as_str() {
            "51_raw_lost.csv" => {
                assert!(computers.len() == 3 && computers.iter().all(|c| !c.allowed_to_delegate_to.is_told()))
            }
            n if n.ends_with(".csv") && n != "wmic_qfe.csv" => {
                assert_eq!((parsed.summary.kind, lists), (Kind::AdCsv, vec![4, 4, 0]), "{name}");
                assert_eq!(computers[2].allowed_to_delegate_to, Tri::KnownEmpty);
                assert_eq!(computers[0].service_principal_names.known().map(Vec::len), Some(14));
                assert_eq!(computers[2].trusted_for_delegation, Tri::Known(true));
            }
            n if n.ends_with(".json") => {
                assert_eq!((parsed.summary.kind, lists[0]), (Kind::AdJson, 4), "{name}");
                assert_eq!(computers[0].trusted_to_auth, Tri::Known(true));
                assert_eq!(computers[0].service_principal_names, Tri::NOT_EXPORTED);
            }
            n if n.ends_with(".clixml") => {
                assert_eq!(parsed.summary.kind, Kind::AdClixml, "{name}");
                assert!(lists == [4, 4, 0] || lists == [4], "{name}: {lists:?}");
                assert_eq!(computers[0].trusted_to_auth, Tri::Known(true));
            }
            "ldifde.ldf" => {
                assert_eq!(lists, [5]);
                let act = computers[0].allowed_to_act.known().unwrap();
                assert_eq!(act[0].sid.as_ref().and_then(|s| s.rid()), Some(1105));
            }
            "wmic_qfe.csv" => assert_eq!(parsed.summary.kind, Kind::WmicQfe),
            "format_list_truncated.txt" => {
                assert_eq!((parsed.summary.kind, lists), (Kind::AdText, vec![0]));
                assert_eq!(computers[0].allowed_to_delegate_to.shown().len(), 4);
                assert_eq!(computers[0].trusted_to_auth, Tri::Known(true));
            }
            "get-vmhost_fl.txt" => assert_eq!((parsed.summary.kind, parsed.records.len()), (Kind::VmHost, 1)),
            _ => assert_eq!((parsed.summary.kind, parsed.records.len()), (Kind::Unknown, 0), "{name}"),
        }
    }
}

#[test]
fn truncation_at_every_byte() {
    for (name, bytes) in corpus("ad/synthetic") {
        let whole = read(&name, &bytes).records.len();
        for length in 0..bytes.len() {
            let cut = read(&name, &bytes[..length]);
            assert!(cut.records.len() <= whole, "{name} cut at {length}");
        }
    }
}

#[test]
fn files_of_directory_collectors() {
    for (name, bytes) in corpus("ad/detectionlab") {
        let parsed = read(&name, &bytes);
        let computers = computers(&parsed);
        let names: Vec<&str> = computers.iter().map(|c| c.name.as_str()).collect();
        if name.ends_with("_computers.json") {
            assert_eq!((parsed.summary.kind, names), (Kind::AdTool, vec!["DC", "WEF", "WIN10"]));
            assert!(
                computers.iter().all(|c| c.allowed_to_delegate_to == Tri::NOT_EXPORTED && c.allowed_to_act.is_told())
            );
        } else if name.ends_with("_objects.ndjson") {
            assert_eq!((parsed.summary.kind, names), (Kind::AdJson, vec!["DC", "WEF", "WIN10"]));
            assert!(computers.iter().all(|c| c.allowed_to_delegate_to == Tri::KnownEmpty));
            assert!(computers.iter().all(|c| c.when_changed.known().is_some() && c.allowed_to_act == Tri::KnownEmpty));
        } else if name.ends_with("_groups.json") {
            let protected =
                |r: &&Record| matches!(r, Record::Group(g) if g.sid.known().and_then(|s| s.rid()) == Some(525));
            let Some(Record::Group(group)) = parsed.records.iter().find(protected) else { panic!("{name}") };
            assert_eq!((parsed.records.len(), &group.members), (53, &Tri::KnownEmpty));
        }
    }
}
