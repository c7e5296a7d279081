//! Logs of the update agent: WindowsUpdate.log, ReportingEvents.log, what Get-WindowsUpdateLog makes of traces.

use super::context::Context;
use super::updates::{SIGNATURES, kbs};
use super::value::{Pattern, begins_with_digit};
use chrono::DateTime;
use delegap_model::{InstalledUpdate, Record, UpdateSource, When};
use std::collections::BTreeSet;

/// A reported event: identifier, time with its zone, sequence, number and perhaps name, then outcome and text. The number
/// 183 is AGENT_INSTALLING_SUCCEEDED; it and the outcome are in no language.
static REPORTED: Pattern = Pattern::new(
    |line| line.contains('{'),
    concat!(
        r"\{[0-9A-Fa-f-]{36}\}\s+(\d{4}-\d\d-\d\d)\s+(\d\d:\d\d:\d\d)[:.,]\d{3}([+-]\d{4})\s+",
        r"\d+\s+(\d{1,5})(?:\s*\[(\w+)\])?\s+(.*)$"
    ),
);
/// `2014-02-14 03:12:11:123  832 a54 Agent`, `2024/02/14 03:12:11.1234567 1036 3012 Agent`
static LINE: Pattern = Pattern::new(
    begins_with_digit,
    concat!(
        r"^\d{4}[-/.]\d\d[-/.]\d\d\s+\d\d:\d\d:\d\d[:.,]\d{3,7}\s+\d+\s+[0-9a-f]+\s+",
        r"(?:Agent|AU|Report|Reporter|Misc|COMAPI|ComApi|Handler|Setup|DnldMgr|DownloadManager|Shared|PT|ProtocolTalker|",
        r"SLS|EP|IdleTimer|WebServices|DtaStor|DataStore|Driver|Service|CltUI|Inv|Trace|UpdSess|UDM|EEHndlr)\s"
    ),
);

const INSTALLED: u32 = 183;
const LINES_BEFORE_LOG: usize = 50;

/// Reads the installations that succeeded; `None` if it is no such log.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    text.lines().take(LINES_BEFORE_LOG).find(|l| LINE.is_match(l) || REPORTED.is_match(l))?;
    let mut records = Vec::new();
    let mut known = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        // Most lines report nothing, and a look for two letters is cheap.
        if !line.contains("KB") {
            continue;
        }
        let Some(event) = REPORTED.captures(line) else { continue };
        let is_installed = event[4].parse() == Ok(INSTALLED)
            && event.get(5).is_none_or(|name| name.as_str() == "AGENT_INSTALLING_SUCCEEDED")
            && event[6].split_whitespace().any(|word| word == "Success");
        let Some(kb) = kbs(&event[6]).into_iter().next().filter(|_| is_installed) else { continue };
        let time =
            DateTime::parse_from_str(&format!("{} {} {}", &event[1], &event[2], &event[3]), "%Y-%m-%d %H:%M:%S %z");
        let when = time.map_or(When::Unknown, |t| When::Exact(t.to_utc()));
        if SIGNATURES.contains(&kb.as_str()) || !known.insert((kb.clone(), when)) {
            continue;
        }
        let (at, source) = (context.at(&format!(":{number}")), UpdateSource::History);
        records.push(Record::Update(Box::new(InstalledUpdate { at, host: None, kb, when, source })));
    }
    Some(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    const ID: &str = "{A1B2C3D4-0000-4000-8000-000000000001}";

    fn run(text: &str) -> Option<Vec<(String, When)>> {
        let limits = Limits::default();
        let records = read(text, &mut Context::new("x", &limits))?;
        let told = records.into_iter().filter_map(|r| match r {
            Record::Update(u) => Some((u.kb, u.when)),
            _ => None,
        });
        Some(told.collect())
    }

    fn exact(text: &str) -> When {
        When::Exact(text.parse().unwrap())
    }

    #[test]
    fn reported_events_in_any_language() {
        let line = |code: &str, outcome: &str, kb: &str| {
            format!(
                "{ID}\t2024-02-14 03:12:11:123+0100\t1\t{code}\t101\t{ID}\t201\t0\tUpdateOrchestrator\t{outcome}\tContent Install\t\
                 Installation erfolgreich: Das folgende Update wurde installiert: 2024-02 Update ({kb})\t4IDxs\r\n"
            )
        };
        let text = [
            line("183 [AGENT_INSTALLING_SUCCEEDED]", "Success", "KB5034770"),
            line("182 [AGENT_INSTALLING_FAILED]", "Failure", "KB5034129"),
            line("190 [AGENT_INSTALLING_PENDING]", "Success", "KB5034130"),
            line("183 [AGENT_INSTALLING_SUCCEEDED]", "Success", "KB2267602"),
            line("183\t[AGENT_INSTALLING_SUCCEEDED]", "Success", "KB5034440"),
        ];
        let at = exact("2024-02-14T02:12:11Z");
        assert_eq!(run(&text.concat()), Some(vec![("KB5034770".into(), at), ("KB5034440".into(), at)]));
    }

    #[test]
    fn the_log_of_old_systems() {
        let text = format!(
            "2014-02-14\t03:12:10:001\t 832\ta54\tAgent\t** START **  Agent: Installing updates\r\n\
             2014-02-14\t03:12:16:124\t 832\ta54\tReport\tREPORT EVENT: {ID}\t2014-02-14 03:12:11:123-0500\t1\t183\t101\t{ID}\t1\t0\t\
             AutomaticUpdates\tSuccess\tContent Install\tInstallation Successful: Windows successfully installed the following \
             update: Security Update for Windows Server 2012 R2 (KB2919355)\r\n"
        );
        assert_eq!(run(&text), Some(vec![("KB2919355".into(), exact("2014-02-14T08:12:11Z"))]));
    }

    #[test]
    fn traces_name_no_success() {
        let text = "2024/02/14 03:12:11.1234567 1036  3012  Agent           * Title = 2024-02 Update (KB5034770)\n";
        assert_eq!(run(text), Some(vec![]));
        assert_eq!(run("2024-02-14 03:12:11, Info   CBS    x KB5034770\n"), None);
    }
}
