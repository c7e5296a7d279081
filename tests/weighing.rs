//! What is weighed beside the causes: rivals, the customer's word, what would have helped, what to ask, and the summary.

use crate::causes::fixture::{self, Fixture};
use delegap::model::{
    Agreement, Case, Confidence, Diagnosis, PairVerdict, Principal, Record, Severity, Spn, Tri, ValueChange,
};

const LIST: &str = "msDS-AllowedToDelegateTo";
const FLAGS: &str = "userAccountControl";
const RESOURCE: &str = "msDS-AllowedToActOnBehalfOfOtherIdentity";

fn case(text: &str) -> Case {
    let fixture: Fixture = toml::from_str(text).unwrap_or_else(|e| panic!("{e}"));
    fixture::read(&fixture)
}

fn diagnose(text: &str) -> Diagnosis {
    delegap_engine::diagnose(case(text))
}

/// A refused move from HV01 to HV02, with nothing in the directory.
const REFUSED: &str = r#"
delegation = "none"
moves = [{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "no-credentials" }]
"#;

#[test]
fn a_late_stall_disagrees_with_a_refusal_at_connect() {
    let d = diagnose(&format!("stall = [80, 90]\n{REFUSED}"));
    let stall = d.reported_stall.expect("it is weighed");
    assert_eq!((stall.from, stall.to, stall.agreement), (80, 90, Agreement::Disagrees));
    assert!(stall.says.contains("disagree") && stall.says.contains("usually"), "{}", stall.says);
    assert!(!stall.evidence.is_empty());
    assert_eq!(d.verdict.primary_cause, Some("kcd-missing"), "testimony does not outweigh the logs");
    assert!(d.escalation.iter().any(|line| line.contains("80 to 90 %")), "{:?}", d.escalation);
}

#[test]
fn a_late_stall_agrees_with_a_transfer_that_broke() {
    let d = diagnose(
        r#"
stall = [80, 90]
moves = [{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "transfer-lost:0x80072746" }]
"#,
    );
    assert_eq!(d.reported_stall.expect("it is weighed").agreement, Agreement::Agrees);
    assert_eq!(d.verdict.is_delegation, Some(false));
}

#[test]
fn an_early_stall_agrees_with_a_refusal_and_none_is_weighed_unasked() {
    let d = diagnose(&format!("stall = [0, 5]\n{REFUSED}"));
    assert_eq!(d.reported_stall.expect("it is weighed").agreement, Agreement::Agrees);
    assert!(diagnose(REFUSED).reported_stall.is_none());
}

#[test]
fn rivals_are_ruled_out_with_evidence() {
    let d = diagnose(REFUSED);
    let finding = d.findings.iter().find(|f| f.cause == "kcd-missing").expect("the cause");
    assert!(finding.ruled_out.iter().any(|r| r.cause.starts_with("credssp-") || r.cause == "clock-skew"));
    for rival in &finding.ruled_out {
        assert!(!rival.evidence.is_empty() && !rival.why.is_empty(), "{rival:?}");
        assert!(rival.attempts.iter().all(|a| finding.attempts.contains(a)), "{rival:?}");
    }
}

#[test]
fn a_success_under_the_same_state_lowers_the_confidence_and_is_printed() {
    let alone = diagnose(REFUSED);
    let also = diagnose(
        r#"
delegation = "none"
moves = [
    { vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "no-credentials" },
    { vm = "app02", from = "HV01", to = "HV02", at = "2026-11-10T10:00:00Z", ending = "completed" },
]
"#,
    );
    let of = |d: &Diagnosis| d.findings.iter().find(|f| f.cause == "kcd-missing").expect("the cause").clone();
    assert!(of(&also).confidence < of(&alone).confidence);
    assert!(!of(&also).against.is_empty());
}

#[test]
fn the_summary_can_be_pasted_and_the_questions_are_distinct() {
    let d = diagnose(&format!("without = [\"directory\"]\n{REFUSED}"));
    let text = d.escalation.join("\n");
    for part in
        ["Environment: 3 Hyper-V hosts", "HV01 -> HV02", "First failure: 2026-11-10", "0x8009030e", "Not checked"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(d.ask[0].contains("Get-ADComputer"), "the directory decides here: {:?}", d.ask);
    let mut distinct = d.ask.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), d.ask.len());
    assert_eq!(
        d.findings.iter().filter(|f| f.confidence > Confidence::Possible && f.severity == Severity::Error).count(),
        0
    );
}

#[test]
fn what_explains_a_move_is_not_called_looked_for_and_not_the_cause() {
    for text in [
        REFUSED,
        r#"
delegation = "kerberos-only"
moves = [
    { vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "no-credentials" },
    { vm = "app02", from = "HV01", to = "HV03", at = "2026-11-10T09:10:00Z", ending = "connect:0x80090324" },
]
"#,
    ] {
        let d = diagnose(text);
        let line = d.escalation.iter().find(|l| l.starts_with("Looked for")).expect("a line");
        let listed: Vec<&str> = line.split(": ").nth(1).unwrap_or("").split(", ").collect();
        for finding in d.findings.iter().filter(|f| f.severity == Severity::Error) {
            assert!(!listed.contains(&finding.cause), "{}: {line}", finding.cause);
        }
    }
}

/// States of HV01 whose moves to both other hosts are refused.
const STATES: [(&str, &str); 7] = [
    ("nothing", "delegation = \"none\""),
    ("Kerberos only", "delegation = \"kerberos-only\""),
    ("files only", "delegation = \"files-only\""),
    ("nothing on 2012 R2", "os = \"2012r2\"\ndelegation = \"none\""),
    (
        "one short form",
        "[host.HV01]\nany_protocol = true\nservices = [\"Microsoft Virtual System Migration Service/HV02\"]",
    ),
    (
        "one of two, Kerberos only",
        "[host.HV01]\nany_protocol = false\nservices = [\"Microsoft Virtual System Migration Service/HV02\", \"Microsoft Virtual System Migration Service/HV02.contoso.lab\"]",
    ),
    ("named at one", "delegation = \"none\"\n[host.HV02]\nallowed_to_act = [\"HV01\"]"),
];

#[test]
fn the_smallest_set_of_changes_does_it_and_no_smaller_one_does() {
    for (name, state) in STATES {
        let (top, tables) = state.split_once("\n[").map_or((state, String::new()), |(a, b)| (a, format!("[{b}")));
        let (top, tables) = if state.starts_with('[') { ("", state.to_owned()) } else { (top, tables) };
        let text = format!(
            r#"
{top}
moves = [
    {{ vm = "app01", from = "HV01", to = "HV02", at = "2026-11-10T09:00:00Z", ending = "no-credentials" }},
    {{ vm = "app02", from = "HV01", to = "HV03", at = "2026-11-10T09:10:00Z", ending = "no-credentials" }},
]
{tables}
"#
        );
        let before = case(&text);
        let found = delegap_engine::diagnose(before.clone()).counterfactual.unwrap_or_else(|| panic!("{name}: none"));
        let refused: Vec<&str> =
            ["HV02", "HV03"].into_iter().filter(|to| !open(&delegap_engine::diagnose(before.clone()), to)).collect();
        assert_eq!((found.allowed.len(), found.failed), (refused.len(), 2), "{name}");
        let helps = |changes: &[&ValueChange]| {
            let d = delegap_engine::diagnose(changed(before.clone(), changes));
            refused.iter().all(|to| open(&d, to))
        };
        assert!(helps(&found.changes.iter().collect::<Vec<_>>()), "{name}: {:?}", found.changes);
        assert!(helps(&found.smallest.iter().collect::<Vec<_>>()), "{name}: {:?}", found.smallest);
        assert!(found.smallest.len() <= found.changes.len());
        let all = candidates();
        for subset in 0u32..1 << all.len() {
            if (subset.count_ones() as usize) < found.smallest.len() {
                let chosen: Vec<&ValueChange> =
                    all.iter().enumerate().filter(|(i, _)| subset >> i & 1 == 1).map(|(_, c)| c).collect();
                assert!(!helps(&chosen), "{name}: {chosen:?} is smaller than {:?}", found.smallest);
            }
        }
    }
}

/// True if a domain controller would give HV01 the ticket for `to`.
fn open(d: &Diagnosis, to: &str) -> bool {
    d.pairs.iter().any(|p| p.source == "HV01" && p.destination == to && p.verdict == PairVerdict::Ok)
}

/// Every single value that could matter for moves from HV01 to the two others.
fn candidates() -> Vec<ValueChange> {
    let change = |object: &str, attribute, value: String| ValueChange { object: object.into(), attribute, value };
    let mut all = vec![change("HV01", FLAGS, "TRUSTED_TO_AUTH_FOR_DELEGATION".into())];
    for to in ["HV02", "HV03"] {
        all.push(change("HV01", LIST, format!("{}/{to}", Spn::MIGRATION)));
        all.push(change("HV01", LIST, format!("{}/{to}.contoso.lab", Spn::MIGRATION)));
        all.push(change(to, RESOURCE, "HV01".into()));
    }
    all
}

/// The case as it would be read after the changes.
fn changed(mut case: Case, changes: &[&ValueChange]) -> Case {
    let same = |name: &str, object: &str| name.trim_end_matches('$').eq_ignore_ascii_case(object);
    let identity = |case: &Case, object: &str| {
        let computers = case.records.iter().filter_map(|r| if let Record::Computer(c) = r { Some(c) } else { None });
        let own = computers.into_iter().find(|c| same(&c.name, object)).expect("its object");
        Principal {
            distinguished_name: own.distinguished_name.known().cloned(),
            sid: own.sid.known().cloned(),
            name: Some(own.name.clone()),
        }
    };
    for change in changes {
        let who = (change.attribute == RESOURCE).then(|| identity(&case, &change.value));
        let computers =
            case.records.iter_mut().filter_map(|r| if let Record::Computer(c) = r { Some(c) } else { None });
        for computer in computers.filter(|c| same(&c.name, &change.object)) {
            match change.attribute {
                LIST => {
                    let mut list = computer.allowed_to_delegate_to.told_items().unwrap_or(&[]).to_vec();
                    list.push(Spn::new(&change.value));
                    computer.allowed_to_delegate_to = Tri::list(list);
                }
                FLAGS => computer.trusted_to_auth = Tri::Known(true),
                _ => {
                    let mut list = computer.allowed_to_act.told_items().unwrap_or(&[]).to_vec();
                    list.extend(who.clone());
                    computer.allowed_to_act = Tri::list(list);
                }
            }
        }
    }
    case
}
