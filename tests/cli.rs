//! The program: exit codes, what goes to which stream, output files, and names that try to fool a terminal.

use crate::support::{analyze, case, complaints, delegap, run, scenario, write};
use delegap_testkit::evtx::truncate;
use serde_json::Value;
use std::fs;
use std::path::Path;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON alone on standard output")
}

#[test]
fn exit_0_when_all_is_well() {
    let run = analyze(&case("healthy"), &["input"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn exit_0_for_gaps_that_have_hurt_nobody() {
    assert_eq!(analyze(&case("directory-only"), &["input"]).code, 0);
}

#[test]
fn exit_1_for_an_error_finding_or_an_unexplained_failure() {
    let run = analyze(&case("one-direction"), &["input"]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    assert_eq!(analyze(&case("nothing-wrong-still-refused"), &["input"]).code, 1);
}

#[test]
fn exit_2_for_wrong_use() {
    for arguments in [
        &["analyze"][..],
        &[],
        &["analyze", "input", "--format", "html"],
        &["analyze", "input", "--threads", "0"],
        &["analyze", "input", "--nonsense"],
        &["analyze", "input", "-o", "report.pdf"],
        &["analyze", "input", "-o", "report"],
        &["analyze", "input", "-o", "no such folder/report.json"],
        &["analyze", "input", "-o", "input"],
    ] {
        let run = run(&mut delegap(&case("healthy"), arguments));
        assert_eq!(run.code, 2, "{arguments:?}");
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert!(!run.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn exit_2_for_a_named_file_that_cannot_be_read_and_the_rest_is_analysed() {
    let run = analyze(&case("one-direction"), &["gone/System.evtx", "input", "--format", "json"]);
    assert_eq!(run.code, 2);
    let mut lines = run.stderr.lines();
    assert_eq!(lines.next(), Some("error: can't read gone/System.evtx: no such file or folder"));
    assert!(lines.next().is_some_and(|l| l.starts_with("help: ")));
    let report = parsed(&run.stdout);
    assert_eq!(report["verdict"]["primary_cause"], "kcd-missing");
    assert!(report["inputs"].as_array().unwrap().iter().any(|i| i["path"] == "gone/System.evtx"));
}

#[test]
#[cfg(target_os = "linux")]
fn exit_2_for_a_file_that_opens_and_then_cannot_be_read() {
    // Its first page is mapped nowhere.
    let run = analyze(&case("one-direction"), &["/proc/self/mem", "input"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("error: can't read /proc/self/mem: "), "{}", run.stderr);
}

#[test]
fn exit_3_without_usable_inputs_and_the_report_comes_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let empty = analyze(folder.path(), &[".", "--format", "json"]);
    assert_eq!(empty.code, 3);
    assert_eq!(parsed(&empty.stdout)["inputs"].as_array().unwrap().len(), 0);
    assert!(empty.stderr.starts_with("error: nothing usable among the inputs\nhelp: "), "{}", empty.stderr);

    write(folder.path(), "photo.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF");
    let unknown = analyze(folder.path(), &["photo.jpg", "--format", "json"]);
    assert_eq!(unknown.code, 3);
    let report = parsed(&unknown.stdout);
    assert_eq!((&report["inputs"][0]["path"], &report["inputs"][0]["kind"]), (&"photo.jpg".into(), &"unknown".into()));
}

#[test]
fn exit_4_only_when_strict() {
    // All is well, but nobody sent what the check of the administrator's account needs.
    let unchecked = analyze(&case("healthy"), &["input", "--strict", "--format", "json"]);
    assert_eq!((unchecked.code, unchecked.stderr.as_str()), (4, ""));
    let checks = &parsed(&unchecked.stdout)["checks"];
    assert!(checks.as_array().unwrap().iter().any(|c| c["outcome"] == "not-checked" && !c["collect"].is_null()));

    let folder = scenario("healthy");
    let log = "HV01/Microsoft-Windows-Hyper-V-VMMS-Admin.evtx";
    let bytes = fs::read(folder.path().join(log)).unwrap();
    write(folder.path(), log, &cut(bytes));
    assert_eq!(analyze(folder.path(), &["."]).code, 0);
    let damaged = analyze(folder.path(), &[".", "--strict", "--format", "json"]);
    assert_eq!((damaged.code, damaged.stderr.as_str()), (4, ""));
    let report = parsed(&damaged.stdout);
    let damaged = report["inputs"].as_array().unwrap().iter().find(|i| i["path"] == log).unwrap();
    assert!(!damaged["problems"].as_array().unwrap().is_empty());
}

/// The log without its last bytes.
fn cut(bytes: Vec<u8>) -> Vec<u8> {
    let keep = bytes.len() - 100;
    truncate(bytes, keep)
}

#[test]
fn of_several_exit_codes_the_first_of_2_3_4_1_wins() {
    let failing = scenario("one-direction");
    let log = "HV02/Microsoft-Windows-Hyper-V-VMMS-Admin.evtx";
    let bytes = fs::read(failing.path().join(log)).unwrap();
    write(failing.path(), log, &cut(bytes));
    let code = |arguments: &[&str]| analyze(failing.path(), arguments).code;
    assert_eq!(code(&["."]), 1);
    assert_eq!(code(&[".", "--strict"]), 4, "4 before 1");
    assert_eq!(code(&[".", "gone", "--strict"]), 2, "2 before 4 and 1");

    let empty = tempfile::tempdir().unwrap();
    assert_eq!(analyze(empty.path(), &[".", "--strict"]).code, 3, "3 before 4");
    assert_eq!(analyze(empty.path(), &[".", "gone", "--strict"]).code, 2, "2 before 3");
}

#[test]
fn every_format_goes_to_standard_output_alone() {
    let folder = case("one-direction");
    let json = analyze(&folder, &["input", "--format", "json"]);
    assert_eq!(complaints(&parsed(&json.stdout)), [] as [String; 0]);
    let markdown = analyze(&folder, &["input", "--format", "markdown"]);
    assert!(markdown.stdout.starts_with("# "), "{}", markdown.stdout);
    let terminal = analyze(&folder, &["input"]);
    assert!(terminal.stdout.contains("kcd-missing") && !terminal.stdout.contains('\u{1b}'), "a pipe gets no colour");
    for run in [json, markdown, terminal] {
        assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    }
}

#[test]
fn colour_is_asked_for_and_no_color_takes_it_back() {
    let folder = case("one-direction");
    let always = analyze(&folder, &["input", "--color", "always"]).stdout;
    let never = analyze(&folder, &["input", "--color", "never"]).stdout;
    assert!(always.contains("\u{1b}["));
    assert!(!never.contains('\u{1b}'));
    // Colour carries no meaning of its own.
    assert_eq!(without_colour(&always), never);
    let unset = run(delegap(&folder, &["analyze", "input"]).env("NO_COLOR", "1"));
    assert_eq!(unset.stdout, never);
}

fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').expect("the end of a sequence").1)
}

#[test]
fn output_files_hold_what_the_formats_print() {
    let folder = scenario("one-direction");
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    let files = ["a.json", "b.md", "c.MARKDOWN", "d.txt"].map(path);
    let arguments: Vec<&str> = files.iter().flat_map(|file| ["-o", file]).chain(["--format", "json", "."]).collect();
    let run = analyze(folder.path(), &arguments);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let print = |format| analyze(folder.path(), &[".", "--format", format]).stdout;
    let wanted = [print("json"), print("markdown"), print("markdown"), print("terminal")];
    for (file, wanted) in files.iter().zip(wanted) {
        assert!(fs::read_to_string(file).unwrap() == wanted, "{file}");
    }
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 4, "no temporary file stays");
}

#[test]
fn reports_inside_the_analysed_folder_are_no_input() {
    let folder = scenario("one-direction");
    let arguments = [".", "--format", "json", "-o", "report.json", "-o", "report.md", "-o", "report.txt"];
    let first = analyze(folder.path(), &arguments);
    let second = analyze(folder.path(), &arguments);
    assert_eq!((first.code, second.code), (1, 1), "{}", second.stderr);
    assert!(first.stdout == second.stdout);
    assert!(fs::read_to_string(folder.path().join("report.json")).unwrap() == second.stdout);
    // A later run that writes nothing sees them, and takes them for nothing.
    let third = parsed(&analyze(folder.path(), &[".", "--format", "json"]).stdout);
    let kind =
        |path: &str| third["inputs"].as_array().unwrap().iter().find(|i| i["path"] == path).unwrap()["kind"].clone();
    assert_eq!(["report.json", "report.md", "report.txt"].map(kind), ["unknown", "unknown", "unknown"]);
}

#[test]
fn a_report_never_replaces_an_input() {
    let folder = scenario("kerberos-only-2016");
    write(folder.path(), "notes.txt", b"called at nine");
    for (arguments, file) in [
        (&[".", "-o", "computers.json"][..], "computers.json"),
        (&["HV01", "-o", "HV01/../computers.json"], "computers.json"),
        (&["notes.txt", ".", "-o", "notes.txt"], "notes.txt"),
    ] {
        let before = fs::read(folder.path().join(file)).unwrap();
        let run = analyze(folder.path(), arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains("it is an input\nhelp: "), "{}", run.stderr);
        assert_eq!(fs::read(folder.path().join(file)).unwrap(), before);
    }
}

#[test]
fn a_reader_who_has_seen_enough_causes_no_panic() {
    use std::io::Read as _;
    use std::process::{Command, Stdio};
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("delegap"))
        .current_dir(case("seed-cluster-hardening"))
        .args(["analyze", "input", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The report is longer than a pipe holds, so the program is still writing when its reader leaves.
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 100]).unwrap();
    drop(stdout);
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(1), ""));
}

#[test]
fn hashes_come_on_request() {
    let with = parsed(&analyze(&case("healthy"), &["input", "--format", "json", "--hash"]).stdout);
    for input in with["inputs"].as_array().unwrap() {
        assert_eq!(input["sha256"].as_str().map(str::len), Some(64), "{}", input["path"]);
    }
}

#[test]
#[cfg(unix)]
fn names_that_would_fool_a_terminal_come_out_inert() {
    let folder = scenario("one-direction");
    let name = "\u{1b}[2J\u{1b}]0;x\u{7}\u{202e}evil\nerror: fake.csv";
    fs::rename(folder.path().join("computers.csv"), folder.path().join(name)).unwrap();
    let missing = format!("gone {name}");
    let hostile = |text: &str| {
        text.contains(['\u{1b}', '\u{7}', '\u{202e}']) || text.lines().any(|l| l.starts_with("error: fake"))
    };
    for format in ["terminal", "markdown", "json"] {
        let run = analyze(folder.path(), &[".", &missing, "--format", format, "-o", "report.txt"]);
        assert_eq!(run.code, 2);
        assert!(!hostile(&run.stdout), "{format}");
        assert!(!hostile(&run.stderr) && run.stderr.lines().count() == 2, "{}", run.stderr);
        assert!(run.stdout.contains("kcd-missing"), "the file was read");
    }
}

#[test]
#[cfg(unix)]
fn output_files_have_the_usual_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("usual"), "").unwrap();
    assert_eq!(analyze(&case("healthy"), &["input", "-o", path(&folder.path().join("report.md"))]).code, 0);
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    assert_eq!(mode("report.md"), mode("usual"));
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Whether the signal comes before, while or after the report is written, its file is whole or not there.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_no_half_written_file() {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let program = assert_cmd::cargo::cargo_bin!("delegap");
    let mut command = Command::new(program);
    command.args(["analyze", "-", "-o", "report.json"]).current_dir(folder.path());
    // It waits for the end of its input, which does not come.
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(signal.success());
    assert!(!child.wait().unwrap().success());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}
