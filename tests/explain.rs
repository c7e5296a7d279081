//! `delegap explain`, and the generated page of the causes.

use crate::support::{delegap, repository, run};
use delegap::report::markdown_explanation;
use std::fs;

fn explain(topic: &[&str]) -> crate::support::Run {
    run(&mut delegap(&repository(), &[&["explain"], topic].concat()))
}

#[test]
fn topics_are_answered_with_their_source() {
    for (topic, words) in [
        ("kcd-kerberos-only", "Use any authentication protocol"),
        ("0x8009030e", "SEC_E_NO_CREDENTIALS"),
        ("-2146893042", "SEC_E_NO_CREDENTIALS"),
        ("21502", "envelope"),
        ("KB5073381", "2026-04-14"),
        ("CVE-2022-37967", "KB5020805"),
        ("SeServiceLogonRight", "S-1-5-83-0"),
    ] {
        let run = explain(&[topic]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{topic}");
        assert!(run.stdout.contains(words), "{topic}: {}", run.stdout);
        let (_, sources) = run.stdout.split_once("\nSources\n").expect(topic);
        assert!(sources.contains("* "), "{topic}: {sources}");
    }
    assert!(explain(&["KDC", "0xd"]).stdout.contains("KDC_ERR_BADOPTION"));
}

#[test]
fn an_unknown_topic_is_wrong_use() {
    let wrong = explain(&["kcd-mising"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
    assert!(wrong.stderr.contains("kcd-missing"), "{}", wrong.stderr);
    let evil = explain(&["\u{1b}[31m\u{202e}"]);
    assert_eq!(evil.code, 2);
    assert!(!evil.stderr.contains('\u{1b}') && !evil.stderr.contains('\u{202e}'), "{:?}", evil.stderr);
}

#[test]
fn markdown_for_a_ticket() {
    let run = explain(&["clock-skew", "--format", "markdown"]);
    assert!(run.stdout.starts_with("# clock-skew: "), "{}", run.stdout);
    assert!(run.stdout.contains("```bat\nw32tm /stripchart"), "{}", run.stdout);
}

/// `crates/engine/docs/causes.md`, as the catalogue has it.
fn causes_page() -> String {
    let mut page =
        "# The causes that delegap tells apart\n\nMade from `crates/engine/causes/*.toml`; a test compares it.\n\n"
            .to_owned();
    for (_, cause) in delegap::every_cause() {
        page.push_str(&markdown_explanation(&cause, 2));
        page.push('\n');
    }
    page.trim_end().to_owned() + "\n"
}

#[test]
fn the_page_of_the_causes_is_as_the_catalogue_has_it() {
    let path = repository().join("crates/engine/docs/causes.md");
    let page = causes_page();
    if std::env::var_os("DELEGAP_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).expect("a folder");
        fs::write(&path, &page).expect("a file");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "DELEGAP_BLESS=1 writes {} anew", path.display());
}
