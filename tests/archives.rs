//! Archives: what lies in them is read as if it lay in a folder, and what is wrong with them is listed.

use crate::support::{analyze, diagnose, report, scenario};
use delegap::model::{Diagnosis, InputSummary, Kind, Limits};
use delegap::{Case, Settings};
use delegap_testkit::archives::{self, Files};
use delegap_testkit::scenarios;
use serde_json::Value;
use std::fs;
use std::path::Path;

const SCENARIO: &str = "one-direction";

fn files() -> Files {
    scenarios::scenario(SCENARIO).expect("a scenario").input_files()
}

/// The diagnosis of one file.
fn of(name: &str, bytes: &[u8]) -> Diagnosis {
    with(name, bytes, &Settings::default())
}

fn with(name: &str, bytes: &[u8], settings: &Settings) -> Diagnosis {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), bytes).expect("a file");
    let settings = Settings { base: Some(folder.path().to_owned()), ..settings.clone() };
    Case::open_with([name], &settings).expect("a case").diagnose()
}

fn input<'a>(d: &'a Diagnosis, path: &str) -> &'a InputSummary {
    let all: Vec<&str> = d.inputs.iter().map(|i| i.path.as_str()).collect();
    d.inputs.iter().find(|i| i.path == path).unwrap_or_else(|| panic!("{path} is no input: {all:?}"))
}

fn problems(d: &Diagnosis, path: &str) -> Vec<String> {
    input(d, path).problems.iter().map(|p| p.what.clone()).collect()
}

/// The report without its inputs, and with every path as it is below `archive`.
fn answer(d: &Diagnosis, archive: &str) -> Value {
    let mut report = report(d);
    report.as_object_mut().expect("an object").remove("inputs");
    let text = report.to_string().replace(&format!("{archive}/"), "");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn every_archive_gives_the_diagnosis_of_its_folder() {
    let folder = scenario(SCENARIO);
    let wanted = answer(&diagnose(folder.path(), &["."]), ".");
    let files = files();
    let nested = Files::from([("inner/case.zip".to_owned(), archives::zip(&files))]);
    for (name, bytes, root) in [
        ("case.zip", archives::zip(&files), "case.zip"),
        ("big.zip", archives::zip64(&files), "big.zip"),
        ("case.7z", archives::seven_zip(&files), "case.7z"),
        ("case.cab", archives::cabinet(&files), "case.cab"),
        ("case.tar", archives::tar(&files), "case.tar"),
        ("case.tar.gz", archives::gzip(&archives::tar(&files)), "case.tar.gz"),
        ("no-suffix", archives::zip(&files), "no-suffix"),
        ("outer.zip", archives::zip(&nested), "outer.zip/inner/case.zip"),
        ("outer.7z", archives::seven_zip(&nested), "outer.7z/inner/case.zip"),
        ("case.zip.gz", archives::gzip(&archives::zip(&files)), "case.zip.gz"),
    ] {
        let d = of(name, &bytes);
        assert_eq!(input(&d, root).kind, Kind::Archive, "{name}");
        assert_eq!(input(&d, root).records, Some(files.len() as u64), "{name}");
        let problems: Vec<_> = d.inputs.iter().flat_map(|i| &i.problems).collect();
        assert!(problems.is_empty(), "{name}: {problems:?}");
        assert_eq!(answer(&d, root), wanted, "{name}");
    }
}

#[test]
fn single_compressed_files_and_the_standard_input() {
    let folder = scenario(SCENARIO);
    let log = "HV01/Microsoft-Windows-Hyper-V-VMMS-Admin.evtx";
    let bytes = fs::read(folder.path().join(log)).expect("the log");
    let plain = of("x.evtx", &bytes);
    let packed = of("x.evtx", &archives::gzip(&bytes));
    assert_eq!(report(&plain)["attempts"], report(&packed)["attempts"]);
    assert_eq!(input(&packed, "x.evtx").kind, Kind::Evtx);
    for bytes in [bytes.clone(), archives::zip(&Files::from([(log.to_owned(), bytes)]))] {
        let mut command = crate::support::delegap(Path::new("."), &["analyze", "-", "--format", "json"]);
        let output = command.write_stdin(bytes).output().expect("it runs");
        let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(printed["attempts"].as_array().map(Vec::len), Some(plain.attempts.len()));
        assert!(printed["inputs"][0]["path"].as_str().is_some_and(|p| p.starts_with('-')));
    }
}

#[test]
fn sums_of_members_are_those_of_their_content() {
    let files = files();
    let settings = Settings { hash: true, ..Settings::default() };
    let d = with("case.7z", &archives::seven_zip(&files), &settings);
    let folder = scenario(SCENARIO);
    let plain = Settings { base: Some(folder.path().to_owned()), ..settings };
    let plain = Case::open_with(["."], &plain).expect("a case").diagnose();
    for own in &plain.inputs {
        assert_eq!(input(&d, &format!("case.7z/{}", own.path)).sha256, own.sha256, "{}", own.path);
    }
    assert!(input(&d, "case.7z").sha256.is_some());
}

#[test]
fn hostile_members_are_listed_and_harmless() {
    let log = files()["HV01/Microsoft-Windows-Hyper-V-VMMS-Admin.evtx"].clone();
    let mut named = Files::new();
    named.insert("../../escape.evtx".to_owned(), log.clone());
    let d = of("x.zip", &archives::zip(&named));
    assert_eq!(input(&d, "x.zip/escape.evtx").kind, Kind::Evtx);
    assert_eq!(problems(&d, "x.zip"), ["its path leads out of the archive"]);

    let mut linked = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    linked.append_link(&mut header, "link.evtx", "/etc/passwd").expect("memory");
    let d = of("x.tar", &linked.into_inner().expect("memory"));
    assert_eq!(problems(&d, "x.tar/link.evtx"), ["a link: links are not followed"]);

    let mut deep = archives::zip(&named);
    for level in 0..6 {
        deep = archives::zip(&Files::from([(format!("{level}.zip"), deep)]));
    }
    let d = of("x.zip", &deep);
    let all: Vec<_> = d.inputs.iter().flat_map(|i| &i.problems).map(|p| p.what.as_str()).collect();
    assert_eq!(all, ["an archive inside 4 others: only 4 are opened"]);
}

#[test]
fn archives_that_are_not_opened_are_named() {
    for (head, name) in [
        (&b"Rar!\x1a\x07\x01\x00"[..], "rar"),
        (b"\xfd7zXZ\0\0\x04", "xz"),
        (b"BZh91AY&SY\0\0", "bzip2"),
        (b"\x28\xb5\x2f\xfd\x04", "zstd"),
        (b"MSWIM\0\0\0\xd0", "wim"),
    ] {
        // What is stored in it without compression is not taken for a document.
        let bytes = [head, b"\nName,SamAccountName,msDS-AllowedToDelegateTo\nHV01,HV01$,cifs/HV02\n"].concat();
        let what = format!("can't be read as {name}: this format is not opened; unpack it, and name the folder");
        let d = of("x", &bytes);
        assert_eq!((input(&d, "x").kind, problems(&d, "x")), (Kind::Archive, vec![what.clone()]), "{name}");
        let d = of("x.zip", &archives::zip(&Files::from([("inner".to_owned(), bytes)])));
        assert_eq!(problems(&d, "x.zip/inner"), [what], "{name}");
    }
    assert_eq!(input(&of("x", b"BZh9 is a text\n"), "x").kind, Kind::Unknown);
}

#[test]
fn the_mark_of_a_split_zip_may_stand_before_it() {
    let whole = archives::zip(&files());
    for mark in [b"PK\x07\x08", b"PK00"] {
        let d = of("x.zip", &[&mark[..], &whole].concat());
        assert_eq!(input(&d, "x.zip").records, Some(files().len() as u64), "{:?}", d.inputs);
        assert!(d.inputs.iter().all(|i| i.problems.is_empty()), "{:?}", d.inputs);
    }
}

#[test]
fn limits_stop_a_bomb_and_say_so() {
    let bomb = Files::from([("a.csv".to_owned(), vec![b'a'; 1 << 20]), ("b.csv".to_owned(), vec![b'b'; 1 << 20])]);
    let limits = Limits { expansion: 1, expansion_floor: 1 << 20, ..Limits::default() };
    let settings = Settings { limits, ..Settings::default() };
    for (name, bytes) in [
        ("x.zip", archives::zip(&bomb)),
        ("x.7z", archives::seven_zip(&bomb)),
        ("x.tar.gz", archives::gzip(&archives::tar(&bomb))),
    ] {
        let d = with(name, &bytes, &settings);
        let all: Vec<_> = d.inputs.iter().flat_map(|i| &i.problems).map(|p| p.what.clone()).collect();
        assert!(all.iter().any(|p| p.contains("more than its limit")), "{name}: {all:?}");
    }
    let limits = Limits { members: 1, ..Limits::default() };
    let d = with("x.zip", &archives::zip(&files()), &Settings { limits, ..Settings::default() });
    assert_eq!(problems(&d, "x.zip"), ["more than 1 members"]);
}

#[test]
fn a_cut_archive_keeps_what_lies_before_the_cut() {
    let files = files();
    let tar = archives::tar(&files);
    let d = of("x.tar", &tar[..tar.len() / 2]);
    assert!(d.inputs.iter().any(|i| i.records.is_some_and(|n| n > 0)), "{:?}", d.inputs);
    assert!(d.inputs.iter().any(|i| !i.problems.is_empty()));
    let zip = archives::zip(&files);
    let d = of("x.zip", &zip[..zip.len() / 2]);
    assert!(d.inputs.iter().any(|i| i.records.is_some_and(|n| n > 0) && i.kind != Kind::Archive), "{:?}", d.inputs);
    assert!(problems(&d, "x.zip")[0].contains("the list of its members is missing"), "{:?}", d.inputs);
    for bytes in [archives::seven_zip(&files), archives::cabinet(&files)] {
        let d = of("x", &bytes[..bytes.len() / 2]);
        assert!(d.inputs.iter().any(|i| !i.problems.is_empty()), "{:?}", d.inputs);
    }
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("x.zip"), b"PK\x03\x04 nothing").expect("a file");
    assert_eq!(analyze(folder.path(), &["x.zip"]).code, 3, "nothing usable");
}
