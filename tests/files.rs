//! Which files a case is made of: folders, links, special files, strange names, files that are reached twice.

use crate::support::{diagnose, report, repository, scenario, write};
use delegap::model::{Diagnosis, InputSummary, Kind};
use delegap::{Case, OpenError, Settings};
use delegap_testkit::archives::{self, Files};
use delegap_testkit::mta::MtaWriter;
use std::fs;

fn input<'a>(diagnosis: &'a Diagnosis, path: &str) -> &'a InputSummary {
    let found = diagnosis.inputs.iter().find(|i| i.path == path);
    found.unwrap_or_else(|| panic!("{path} is no input: {:?}", paths(diagnosis)))
}

fn paths(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis.inputs.iter().map(|i| i.path.as_str()).collect()
}

#[test]
fn every_file_is_listed_with_what_it_was_taken_for() {
    let folder = scenario("one-direction");
    let office = Files::from([("[Content_Types].xml".to_owned(), b"<Types/>".to_vec())]);
    write(folder.path(), "notes/readme.docx", &archives::zip(&office));
    write(folder.path(), "notes/empty.txt", b"");
    let diagnosis = diagnose(folder.path(), &["."]);
    let kinds: Vec<_> = diagnosis.inputs.iter().map(|i| (i.path.as_str(), i.kind)).collect();
    let wanted = [
        ("HV01/Microsoft-Windows-Hyper-V-VMMS-Admin.evtx", Kind::Evtx),
        ("HV01/hotfix.json", Kind::Hotfix),
        ("HV02/Microsoft-Windows-Hyper-V-VMMS-Admin.evtx", Kind::Evtx),
        ("HV02/hotfix.json", Kind::Hotfix),
        ("computers.csv", Kind::AdCsv),
        ("notes/empty.txt", Kind::Unknown),
        ("notes/readme.docx", Kind::Unknown),
        ("vmhost.txt", Kind::VmHost),
    ];
    assert_eq!(kinds, wanted);
    assert_eq!(diagnosis.verdict.primary_cause, Some("kcd-missing"));
}

#[test]
fn a_file_that_is_reached_twice_counts_once() {
    let folder = scenario("one-direction");
    let once = diagnose(folder.path(), &["HV02", "HV01", "computers.csv", "vmhost.txt"]);
    let twice =
        diagnose(folder.path(), &["vmhost.txt", "computers.csv", "HV01/../HV02", "HV01", "./HV02/", "computers.csv"]);
    assert_eq!(paths(&once), paths(&twice));
    assert_eq!(once, twice);
}

#[test]
fn two_copies_of_a_log_change_no_answer() {
    let folder = scenario("one-direction");
    let once = diagnose(folder.path(), &["."]);
    let log = "HV02/Microsoft-Windows-Hyper-V-VMMS-Admin.evtx";
    fs::copy(folder.path().join(log), folder.path().join("HV02/zz copy.evtx")).unwrap();
    let twice = diagnose(folder.path(), &["."]);
    assert_eq!(twice.inputs.len(), once.inputs.len() + 1);
    assert_eq!(report(&twice)["attempts"], report(&once)["attempts"]);
    assert_eq!(twice.verdict, once.verdict);
}

#[test]
fn a_missing_path_is_remembered_and_the_rest_is_read() {
    let folder = scenario("one-direction");
    let settings = Settings { base: Some(folder.path().to_owned()), ..Settings::default() };
    let case = Case::open_with(["./HV03/gone.evtx", "."], &settings).unwrap();
    let unreadable: Vec<_> = case.unreadable().iter().map(|u| (u.path.as_str(), u.why.as_str())).collect();
    assert_eq!(unreadable, [("HV03/gone.evtx", "no such file or folder")]);
    let diagnosis = case.diagnose();
    assert_eq!(diagnosis.verdict.primary_cause, Some("kcd-missing"));
    let gone = input(&diagnosis, "HV03/gone.evtx");
    assert_eq!((gone.kind, gone.problems.len()), (Kind::Unknown, 1));
    assert_eq!(gone.problems[0].what, "can't be read: no such file or folder");
}

#[test]
fn no_path_is_an_error() {
    assert!(matches!(Case::open([] as [&str; 0]), Err(OpenError::NoPaths)));
}

#[test]
fn excluded_files_are_no_input() {
    let folder = scenario("one-direction");
    write(folder.path(), "old.json", b"{}");
    let settings = Settings {
        base: Some(folder.path().to_owned()),
        exclude: vec!["old.json".into(), "not there.json".into()],
        ..Settings::default()
    };
    let diagnosis = Case::open_with(["."], &settings).unwrap().diagnose();
    assert!(!paths(&diagnosis).contains(&"old.json"));
    assert_eq!(diagnosis, {
        fs::remove_file(folder.path().join("old.json")).unwrap();
        diagnose(folder.path(), &["."])
    });
}

#[test]
fn a_document_beyond_the_limit_is_read_up_to_it() {
    let folder = scenario("one-direction");
    let size = fs::metadata(folder.path().join("computers.csv")).unwrap().len();
    let mut settings = Settings { base: Some(folder.path().to_owned()), ..Settings::default() };
    settings.limits.document_bytes = size;
    let problems = |settings: &Settings| {
        let diagnosis = Case::open_with(["computers.csv"], settings).unwrap().diagnose();
        input(&diagnosis, "computers.csv").problems.clone()
    };
    assert_eq!(problems(&settings), []);
    settings.limits.document_bytes = size - 7;
    let beyond = problems(&settings);
    let beyond = beyond.iter().find(|p| p.what.contains("longer than the limit")).expect("a problem");
    assert_eq!(beyond.lost, "7 bytes");
}

#[test]
fn strings_of_a_log_that_is_named_alone_come_with_it() {
    let folder = scenario("one-direction");
    let (log, strings) =
        ("Microsoft-Windows-Hyper-V-VMMS-Admin", "HV02/LocaleMetaData/Microsoft-Windows-Hyper-V-VMMS-Admin");
    write(folder.path(), &format!("{strings}_1033.MTA"), &MtaWriter::new().to_bytes());
    write(folder.path(), &format!("{strings}_1031.MTA"), b"MTAFile\0 and then nothing of it");
    write(folder.path(), &format!("{strings}2_1033.MTA"), &MtaWriter::new().to_bytes());
    let diagnosis = diagnose(folder.path(), &[&format!("HV02/{log}.evtx")]);
    let wanted = [format!("{strings}_1031.MTA"), format!("{strings}_1033.MTA"), format!("HV02/{log}.evtx")];
    assert_eq!(paths(&diagnosis), wanted);
    let (bad, good) = (&diagnosis.inputs[0], &diagnosis.inputs[1]);
    assert_eq!((bad.kind, bad.problems.len()), (Kind::Mta, 1), "{:?}", bad.problems);
    assert_eq!((good.kind, good.problems.len()), (Kind::Mta, 0), "{:?}", good.problems);
    let whole = diagnose(folder.path(), &["."]);
    assert_eq!(input(&whole, &format!("{strings}2_1033.MTA")).kind, Kind::Mta);
}

#[test]
fn hashes_are_the_known_ones() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "abc.txt", b"abc");
    let settings = Settings { base: Some(folder.path().to_owned()), hash: true, ..Settings::default() };
    let diagnosis = Case::open_with(["."], &settings).unwrap().diagnose();
    // FIPS 180-2, appendix B.1.
    let wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(input(&diagnosis, "abc.txt").sha256.as_deref(), Some(wanted));
    assert_eq!(input(&diagnose(folder.path(), &["."]), "abc.txt").sha256, None);
}

#[test]
fn paths_of_this_machine_are_in_no_report() {
    let folder = scenario("one-direction");
    let text = report(&diagnose(folder.path(), &["."])).to_string();
    assert!(!text.contains(&*folder.path().to_string_lossy()) && !text.contains(&*repository().to_string_lossy()));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    #[test]
    fn links_in_folders_are_listed_and_not_followed() {
        let (folder, elsewhere) = (scenario("one-direction"), scenario("kerberos-only-2016"));
        let plain = diagnose(folder.path(), &["."]);
        symlink(elsewhere.path(), folder.path().join("a folder")).unwrap();
        symlink(elsewhere.path().join("computers.json"), folder.path().join("a file.json")).unwrap();
        symlink("nowhere", folder.path().join("broken")).unwrap();
        symlink(".", folder.path().join("endless")).unwrap();
        let diagnosis = diagnose(folder.path(), &["."]);
        for link in ["a folder", "a file.json", "broken", "endless"] {
            let link = input(&diagnosis, link);
            assert_eq!((link.kind, link.problems.len()), (Kind::Unknown, 1));
            assert!(link.problems[0].what.contains("link"), "{:?}", link.problems);
        }
        assert_eq!(diagnosis.inputs.len(), plain.inputs.len() + 4);
        assert_eq!(diagnosis.verdict, plain.verdict);
    }

    #[test]
    fn a_named_link_is_followed() {
        let folder = scenario("one-direction");
        symlink("HV02", folder.path().join("second")).unwrap();
        let diagnosis = diagnose(folder.path(), &["second"]);
        assert_eq!(paths(&diagnosis), ["second/Microsoft-Windows-Hyper-V-VMMS-Admin.evtx", "second/hotfix.json"]);
        symlink("loop", folder.path().join("loop")).unwrap();
        let settings = Settings { base: Some(folder.path().to_owned()), ..Settings::default() };
        assert_eq!(Case::open_with(["loop"], &settings).unwrap().unreadable().len(), 1);
    }

    #[test]
    fn special_files_are_never_opened() {
        let folder = scenario("one-direction");
        let made = Command::new("mkfifo").arg(folder.path().join("pipe.evtx")).status().expect("mkfifo");
        assert!(made.success());
        // Opening the pipe would wait for a writer for ever.
        let diagnosis = diagnose(folder.path(), &["."]);
        assert_eq!(input(&diagnosis, "pipe.evtx").problems.len(), 1);
        let settings = Settings { base: Some(folder.path().to_owned()), ..Settings::default() };
        let case = Case::open_with(["pipe.evtx", "/dev/zero"], &settings).unwrap();
        let unreadable: Vec<_> = case.unreadable().iter().map(|u| u.path.as_str()).collect();
        assert_eq!(unreadable, ["/dev/zero", "pipe.evtx"]);
    }

    #[test]
    fn a_file_without_permission_is_listed() {
        let folder = scenario("one-direction");
        for name in ["HV02/hotfix.json", "HV01"] {
            fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o000)).unwrap();
        }
        let diagnosis = diagnose(folder.path(), &["."]);
        let is_root = fs::read(folder.path().join("HV02/hotfix.json")).is_ok();
        fs::set_permissions(folder.path().join("HV01"), fs::Permissions::from_mode(0o700)).unwrap();
        if is_root {
            println!("this user may read everything: nothing to check");
            return;
        }
        for name in ["HV02/hotfix.json", "HV01"] {
            assert_eq!(input(&diagnosis, name).problems[0].what, "can't be read: permission denied");
        }
        assert_eq!(diagnosis.verdict.primary_cause, Some("kcd-missing"));
    }

    #[test]
    fn names_that_are_not_utf_8_are_opened() {
        let folder = scenario("one-direction");
        let name = OsStr::from_bytes(b"M\xfcnchen.csv");
        fs::rename(folder.path().join("computers.csv"), folder.path().join(name)).unwrap();
        let diagnosis = diagnose(folder.path(), &["."]);
        assert_eq!(input(&diagnosis, "M\u{fffd}nchen.csv").kind, Kind::AdCsv);
        assert_eq!(diagnosis.verdict.primary_cause, Some("kcd-missing"));
    }
}
