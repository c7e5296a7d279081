//! What the tests share.

use assert_cmd::Command;
use delegap::model::Diagnosis;
use delegap::report::{SCHEMA, json};
use delegap::{Case, Settings};
use delegap_testkit::scenarios;
use jsonschema::Validator;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// The folders of the committed cases with their names, in order.
pub fn cases() -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(repository().join("fixtures/cases")).expect("the cases");
    let folders = entries.map(|e| e.expect("an entry").path()).filter(|path| path.is_dir());
    let mut cases: Vec<_> =
        folders.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path)).collect();
    cases.sort();
    cases
}

pub fn case(name: &str) -> PathBuf {
    repository().join("fixtures/cases").join(name)
}

/// Real files, which are no part of the repository. Says so where they are not at hand.
pub fn corpus() -> Option<PathBuf> {
    let folder = repository().join("../shared/corpus");
    if !folder.is_dir() {
        println!("no corpus beside the repository: nothing to check");
        return None;
    }
    Some(folder)
}

/// The diagnosis of `paths`, which start from `base`.
pub fn diagnose(base: &Path, paths: &[&str]) -> Diagnosis {
    let settings = Settings { base: Some(base.to_owned()), ..Settings::default() };
    Case::open_with(paths, &settings).expect("a case").diagnose()
}

pub fn report(diagnosis: &Diagnosis) -> Value {
    serde_json::from_str(&json::to_string(diagnosis)).expect("JSON")
}

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let schema = serde_json::from_str(SCHEMA).expect("JSON");
    jsonschema::draft202012::new(&schema).expect("a schema")
});

/// Where `report` differs from its schema.
pub fn complaints(report: &Value) -> Vec<String> {
    VALIDATOR.iter_errors(report).map(|e| format!("{}: {e}", e.instance_path)).collect()
}

/// The program with nothing of this machine's environment, started in `folder`.
pub fn delegap(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("delegap"));
    command.env_clear().current_dir(folder).args(arguments);
    command
}

/// What a run of the program left behind.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// `delegap analyze` with `arguments`.
pub fn analyze(folder: &Path, arguments: &[&str]) -> Run {
    run(delegap(folder, &["analyze"]).args(arguments))
}

pub fn run(command: &mut Command) -> Run {
    let output = command.output().expect("the program starts");
    Run {
        code: output.status.code().expect("an exit code"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A new folder with the inputs of a scenario.
pub fn scenario(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, bytes) in scenarios::scenario(name).expect("a scenario").input_files() {
        write(folder.path(), &path, &bytes);
    }
    folder
}

/// Writes `folder/path`, with the folders it needs.
pub fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).expect("a folder");
    fs::write(path, bytes).expect("a file");
}
