//! Writes the sample logs and `expected.json`, which says what is in them, to the folder given as argument.

use std::path::Path;
use std::process::ExitCode;

use delegap_testkit::expected::{Item, items};
use delegap_testkit::samples::{Sample, samples};
use serde::Serialize;

/// A log in `expected.json`.
#[derive(Serialize)]
struct ExpectedLog {
    file: String,
    records: Vec<ExpectedRecord>,
}

/// A record in `expected.json`. python-evtx reads only those with a template.
#[derive(Serialize)]
struct ExpectedRecord {
    number: u64,
    template: bool,
    items: Vec<Item>,
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: writer-samples FOLDER");
        return ExitCode::from(2);
    };
    match write_all(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("can't write to {}: {error}", Path::new(&folder).display());
            ExitCode::FAILURE
        }
    }
}

fn write_all(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut logs = Vec::new();
    for sample in samples() {
        let file = format!("{}.evtx", sample.name);
        std::fs::write(folder.join(&file), sample.log.to_bytes())?;
        logs.push(ExpectedLog { file, records: records(&sample) });
    }
    std::fs::write(folder.join("expected.json"), serde_json::to_vec_pretty(&logs)?)
}

fn records(sample: &Sample) -> Vec<ExpectedRecord> {
    let record = |(number, event): (u64, &delegap_testkit::record::EventSpec)| ExpectedRecord {
        number,
        template: event.template,
        items: items(event, number),
    };
    (sample.first_number..).zip(&sample.events).map(record).collect()
}
