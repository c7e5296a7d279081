//! Events as a console shows them, one line each: Get-WinEvent and Get-EventLog without a format. Their messages are cut, and
//! with them go the virtual machine, the host and the code: such a table is named, and not read.

use super::super::console;
use super::super::context::Context;
use crate::words::count;
use delegap_model::Record;

/// Columns of Get-WinEvent and of Get-EventLog.
const TABLES: [&[&str]; 2] = [&["timecreated", "id"], &["index", "entrytype", "source"]];

/// True for such a table, of which nothing is read; `None` if there is none.
pub(in super::super) fn named(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let is_events = |keys: &[String]| TABLES.iter().any(|names| names.iter().all(|n| keys.iter().any(|k| k == n)));
    let table = console::table(text, is_events).filter(|table| table.dashed)?;
    let what = "a table of a console shows no values of events, and their messages cut: send the log itself \
                (wevtutil epl Microsoft-Windows-Hyper-V-VMMS-Admin VMMS-Admin.evtx)";
    // Where no table of another source follows.
    let lost = count(table.rows.len() as u64, "event");
    context.problem("", what, format!("{lost} or more"));
    Some(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    fn run(text: &str) -> Option<Vec<String>> {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        named(text, &mut context)?;
        Some(context.into_problems().into_iter().map(|p| format!("{} {}", p.what, p.lost)).collect())
    }

    #[test]
    fn tables_of_a_console_are_named() {
        let newer = "\r\n   ProviderName: Microsoft-Windows-Hyper-V-VMMS\r\n\r\n\
            TimeCreated                     Id LevelDisplayName Message\r\n-----------                     -- ---------------- -------\r\n\
            11/10/2026 9:00:00 AM        20306 Error            The Virtual Machine Management Service failed to esta...\r\n\
            11/10/2026 8:59:00 AM        21024 Error            Virtual machine migration operation for 'app01' faile...\r\n\r\n";
        let problems = run(newer).unwrap();
        assert!(problems[0].contains("wevtutil epl") && problems[0].ends_with("2 events or more"), "{problems:?}");
        let older = "   Index Time          EntryType   Source                 InstanceID Message\n   ----- ----          ---------   ------                 ---------- -------\n\
            \x20   1234 Nov 10 09:00  Error       NETLOGON               3221231191 This computer was not able to set up a secure...\n";
        assert!(run(older).is_some());
        assert_eq!(run("Id Name\n-- ----\n1  x\n"), None);
        assert_eq!(run(&newer.replace("-", " ")), None, "no table of PowerShell");
    }
}
