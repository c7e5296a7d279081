//! Renders reports and puts them where they belong.

use super::settings::{Rendering, folder_of};
use super::stderr::Complaint;
use delegap::model::Diagnosis;
use delegap::report::{json, markdown, terminal};
use std::fs::Permissions;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::Mutex;

pub fn render(diagnosis: &Diagnosis, rendering: Rendering) -> String {
    match rendering {
        Rendering::Terminal(style) => terminal(diagnosis, style),
        Rendering::Json => json::to_string(diagnosis),
        Rendering::Markdown => markdown(diagnosis),
    }
}

/// Prints a report. A reader who has seen enough (`| head`) is no error.
pub fn print(text: &str) -> Result<(), Complaint> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(cant_write("to standard output", &e)),
        _ => Ok(()),
    }
}

/// Held while a file is being written.
static WRITING: Mutex<()> = Mutex::new(());

/// What the shell gives for a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// From now on Ctrl-C, and a request to end, wait until the file that is being written has its name. Where that can't
/// be arranged they end the process at once, as usual.
pub fn finish_files_when_interrupted() {
    let _ = ctrlc::set_handler(|| {
        let _writing = WRITING.lock();
        std::process::exit(INTERRUPTED);
    });
}

/// Writes a report to a new file and then gives it its name, so that there is never half a report.
pub fn write_file(path: &Path, text: &str) -> Result<(), Complaint> {
    let _writing = WRITING.lock();
    let write = || -> io::Result<()> {
        let mut builder = tempfile::Builder::new();
        if let Some(permissions) = as_usual() {
            builder.permissions(permissions);
        }
        let mut file = builder.prefix(".delegap-").tempfile_in(folder_of(path))?;
        file.write_all(text.as_bytes())?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|e| cant_write(&path.display().to_string(), &e))
}

fn cant_write(what: &str, error: &io::Error) -> Complaint {
    let help = "check the room on the disk and your rights there";
    Complaint::new(format!("can't write {what}: {}", error.kind()), help)
}

/// What other programs give their files: temporary ones are for their owner alone otherwise.
#[cfg(unix)]
fn as_usual() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn as_usual() -> Option<Permissions> {
    None
}
