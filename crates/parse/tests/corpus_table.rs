//! What is read of every real file beside the repository: `corpus_table.tsv` holds path, kind, records, problems, and of
//! update lists the distinct updates in them. `DELEGAP_BLESS=1` writes it anew.
#![expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test reads files and says what it skips")]

use delegap_model::{Kind, Limits, Record, Selection};
use delegap_parse::{Options, document, is_evtx, read_evtx};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_real_file_yields_what_the_table_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = folder.join("../../../shared/corpus");
    if !root.is_dir() {
        return println!("corpus not present");
    }
    let read: BTreeMap<String, String> = ["ad", "evtx", "updates"]
        .iter()
        .flat_map(|part| files(&root.join(part)))
        // The licence and the script that lie beside the lists.
        .filter(|path| path.extension().is_some_and(|end| end != "vbs") && !path.ends_with("LICENSE.txt"))
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            let row = row(&name, &fs::read(&path).unwrap());
            (name, row)
        })
        .collect();
    let table = folder.join("tests/corpus_table.tsv");
    if std::env::var_os("DELEGAP_BLESS").is_some() {
        let lines = read.iter().map(|(name, row)| format!("{name}\t{row}\n"));
        fs::write(&table, HEADER.to_owned() + &lines.collect::<String>()).unwrap();
    }
    let table = fs::read_to_string(&table).unwrap();
    let rows = table.strip_prefix(HEADER).expect("the table's header").lines();
    let listed: BTreeMap<&str, &str> = rows.map(|line| line.split_once('\t').expect("path and facts")).collect();
    let kind = |row: &&&str, kind: &str| row.starts_with(&format!("{kind}\t"));
    let logs = listed.values().filter(|row| kind(row, Kind::Evtx.as_str())).count();
    let updates = listed.keys().filter(|name| name.starts_with("updates/")).count();
    assert_eq!((logs, updates), (306, 69));
    let differing: Vec<String> = listed
        .iter()
        .filter(|(name, row)| read.get(**name).map(String::as_str) != Some(row))
        .map(|(name, row)| format!("{name}: {:?}, not {row:?}", read.get(*name)))
        .collect();
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
    for name in read.keys().filter(|name| !listed.contains_key(name.as_str())) {
        println!("not in the table: {name}");
    }
}

const HEADER: &str = "path\tkind\trecords\tproblems\tupdates\n";

fn row(name: &str, bytes: &[u8]) -> String {
    let limits = Limits { problems: usize::MAX, ..Limits::default() };
    let options = Options { selection: Selection::everything(), limits, ..Options::default() };
    let parsed = if is_evtx(bytes) { read_evtx(name, bytes, &options) } else { document(name, bytes, &options) };
    let updates: BTreeSet<&str> = parsed
        .records
        .iter()
        .filter_map(|record| if let Record::Update(update) = record { Some(update.kb.as_str()) } else { None })
        .collect();
    let summary = &parsed.summary;
    format!("{}\t{}\t{}\t{}", summary.kind.as_str(), parsed.records.len(), summary.problems.len(), updates.len())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
