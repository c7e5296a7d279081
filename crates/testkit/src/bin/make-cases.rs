//! Writes the committed cases: `make-cases fixtures/cases`.
//!
//! Per scenario it replaces `input/`, `truth.json` and `PROVENANCE.md`, and leaves every other file alone.

use delegap_testkit::scenarios::scenarios;
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(target), None) = (arguments.next().map(PathBuf::from), arguments.next()) else {
        eprintln!("usage: make-cases FOLDER");
        std::process::exit(2);
    };
    for (name, case) in scenarios() {
        let folder = target.join(name);
        let files = case.folder(name);
        replace(&folder, &files)?;
        println!("{}: {} files, {} bytes", folder.display(), files.len(), files.values().map(Vec::len).sum::<usize>());
    }
    Ok(())
}

fn replace(folder: &Path, files: &std::collections::BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    let input = folder.join("input");
    if input.exists() {
        fs::remove_dir_all(&input)?;
    }
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a path inside the folder"))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}
