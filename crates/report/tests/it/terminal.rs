//! What stands on the terminal, where, and how wide.

use crate::cases::{at, empty, rich, uniform};
use delegap_model::{Diagnosis, PairVerdict, Status};
use delegap_report::{TerminalStyle, terminal};

fn plain(d: &Diagnosis) -> String {
    terminal(d, TerminalStyle { width: 100, color: false })
}

#[track_caller]
fn in_order(text: &str, parts: &[&str]) {
    let mut from = 0;
    for part in parts {
        let found =
            text[from..].find(part).unwrap_or_else(|| panic!("{part:?} is not below its forerunner in\n{text}"));
        from += found + part.len();
    }
}

#[test]
fn the_verdict_comes_first_and_the_sections_follow() {
    in_order(
        &plain(&rich()),
        &[
            "Cause found: kcd-kerberos-only (delegation, likely)\n===",
            "HV01 can't hand VMs to HV02",
            "Migration attempts: 2 failed (1 explained, 1 unexplained), 1 completed",
            "Is the delegation configuration at fault? yes",
            "Examined: event log: 1 file, 61,204 records, 311 selected",
            "1 found something, 1 clear, 2 NOT CHECKED, 1 FAULTED, of 5 causes",
            "What the customer reports and the logs DISAGREE",
            "F1 ERROR: Delegation of HV01 is set to Kerberos only",
            "Confidence: likely (",
            "Problem: HV01 lists",
            "Impact: Every move",
            "Explains: 1 failed attempt: A1",
            "Evidence",
            "1. 2026-11-20 21:14:03Z HV01 (source): no credentials [HV01/VMMS-Admin.evtx#48213]",
            "What speaks against it",
            "Caveats",
            "Ruled out",
            "The clocks of both hosts agree within 5 min.",
            "What would raise the confidence",
            "Workaround",
            "Repair",
            "References",
            "F2 WARNING:",
            "What speaks against it: nothing that was found in these inputs",
            "What the directory would have had to hold",
            "With these 2 directory changes a domain controller would have given the ticket to 1 of 2 failed",
            "The smallest set that does the same has 1 change:",
            "Failed attempts (2)",
            "UNEXPLAINED",
            "Delegation between hosts",
            "2 ordered pairs: 1 GAP, 1 ?.",
            "Legend: GAP = a move started from another machine is refused; ? = the inputs don't tell: not",
            "checked; - = not a pair.",
            "Hosts (2)",
            "3 s behind",
            "When it began",
            "HV01 -> HV02: last success",
            "Week from (UTC)",
            "To tell these apart is missing:",
            "Timeline (1 line)",
            "NOT CHECKED (3)",
            "missing: the System log of HV02",
            "This version has no check yet for 1 cause: kcd-kerberos-only.",
            "Inputs (2)",
            "RECOGNISED",
            "chunk checksum does not match (lost: 1 record)",
            "Ask the customer",
            "For the escalation ticket",
            "Codes: 0x8009030e",
        ],
    );
}

#[test]
fn a_command_stands_alone_and_whole() {
    for width in [40, 80] {
        let text = terminal(&rich(), TerminalStyle { width, color: false });
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for command in [
            "Get-ADComputer HV01 | Set-ADAccountControl -TrustedToAuthForDelegation $true",
            "klist -li 0x3e7 purge",
            "w32tm /query /status",
        ] {
            let i = lines.iter().position(|l| *l == command).unwrap_or_else(|| panic!("no line {command}"));
            assert_eq!((lines[i - 1], lines[i + 1]), ("", ""), "{command}");
        }
        in_order(
            &text,
            &["Undo:\n\nGet-ADComputer HV01 | Set-ADAccountControl -TrustedToAuthForDelegation $false\n\n"],
        );
    }
}

#[test]
fn the_lines_of_a_command_stay_as_they_are() {
    let mut d = rich();
    d.findings[0].remediation[0].command = Some("$dc = 'DC01'\n@'\n  text\n'@ | Set-Content x".to_owned());
    d.findings[0].remediation[0].undo = Some("Nothing to take back.".to_owned());
    assert!(plain(&d).contains("\n\n$dc = 'DC01'\n@'\n  text\n'@ | Set-Content x\n\n"));
    d.findings[0].remediation[0].command = None;
    assert!(plain(&d).contains("Undo: Nothing to take back.\n"), "without a command the undo is a sentence");
}

#[test]
fn causes_that_lack_the_same_share_a_command() {
    let mut d = rich();
    let open = d.checks[2].clone();
    d.checks =
        ["kcd-missing", "kcd-wrong-service"].map(|cause| delegap_model::Check { cause, ..open.clone() }).to_vec();
    d.ask.clear();
    let text = plain(&d);
    in_order(&text, &["NOT CHECKED (2)", "* kcd-missing, kcd-wrong-service: missing: the System log of HV02"]);
    assert_eq!(text.matches("w32tm /query /status").count(), 1);
}

#[test]
fn the_effect_of_a_step_is_in_words() {
    in_order(&plain(&rich()), &["Effect: reads only", "Effect: CHANGES configuration", "Effect: DESTRUCTIVE"]);
}

#[test]
fn nothing_examined_does_not_look_fine() {
    let text = plain(&empty());
    in_order(
        &text,
        &["No failed migration seen", "none seen in these inputs; that alone is no proof", "Examined: NOTHING"],
    );
}

#[test]
fn an_all_clear_says_what_was_examined_and_what_was_not() {
    let mut d = rich();
    d.verdict = empty().verdict;
    d.verdict.status = Status::NoFailures;
    d.findings.clear();
    d.attempts.retain(|a| a.stopped_in.is_none());
    in_order(
        &plain(&d),
        &["0 failed, 1 completed", "61,204 records", "2 NOT CHECKED", "NOT CHECKED (3)", "neither found nor ruled out"],
    );
}

#[test]
fn tables_keep_to_the_width() {
    let mut many_hosts = rich();
    let pair = many_hosts.pairs[0].clone();
    for i in 0..12 {
        many_hosts.pairs.push(delegap_model::Pair { source: format!("HV{i:02}-LONG-NAME"), ..pair.clone() });
    }
    let mut eight = rich();
    for i in 3..9 {
        eight.pairs.push(delegap_model::Pair { source: format!("HYPERV-NODE-{i:02}"), ..pair.clone() });
    }
    for d in [rich(), many_hosts, eight, uniform("long-word-without-a-blank-仮想マシン-that-goes-on-and-on-and-on")]
    {
        for width in [80, 120] {
            let text = terminal(&d, TerminalStyle { width, color: false });
            let table_lines = text.lines().filter(|l| l.starts_with(['|', '+']));
            assert!(table_lines.clone().count() > 20);
            for line in table_lines {
                assert!(unicode_width::UnicodeWidthStr::width(line) <= width, "{line}");
            }
        }
    }
}

#[test]
fn prose_keeps_to_the_width() {
    let text = terminal(&rich(), TerminalStyle { width: 60, color: false });
    for line in text.lines().filter(|l| l.contains("Problem:") || l.contains("Examined:") || l.contains("Legend:")) {
        assert!(line.len() <= 60, "{line}");
    }
}

#[test]
fn few_hosts_make_a_matrix_and_many_a_list() {
    let text = plain(&rich());
    let row = text.lines().find(|l| l.starts_with("| HV01") && l.contains("GAP") && l.contains('-')).unwrap();
    assert_eq!(row.split('|').map(str::trim).collect::<Vec<_>>(), ["", "HV01", "-", "GAP", ""]);
    let mut d = rich();
    let pair = d.pairs[0].clone();
    for (i, verdict) in
        (3..80).zip([PairVerdict::Ok, PairVerdict::Warning, PairVerdict::NotRequired].into_iter().cycle())
    {
        d.pairs.push(delegap_model::Pair { source: format!("HV{i:02}"), verdict, ..pair.clone() });
    }
    in_order(
        &plain(&d),
        &["79 ordered pairs: 1 GAP, 26 warn, 1 ?, 26 ok, 25 n/a.", "| Source", "| HV01", "warn", "19 further pairs"],
    );
}

#[test]
fn long_lists_say_how_much_they_hide() {
    let mut d = rich();
    let entry = d.timeline[0].clone();
    d.timeline = (0..100).map(|i| delegap_model::TimelineEntry { time: at(i), ..entry.clone() }).collect();
    in_order(&plain(&d), &["Timeline (100 lines)", "60 lines after the first 20 not shown here"]);
}

#[test]
fn colour_adds_sequences_and_nothing_else() {
    let colored = terminal(&rich(), TerminalStyle { width: 100, color: true });
    assert!(colored.contains("\u{1b}[1;31mCause found"));
    let mut stripped = colored.clone();
    for code in ["1", "1;31", "1;32", "1;33", "0"] {
        stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(stripped, plain(&rich()));
}
