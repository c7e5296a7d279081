//! What must hold for every input, whatever is in it. One function per public entry point of `delegap_parse`.

use delegap_model::{EventKey, Kind, Limits, Parsed, Record, Selection};
use delegap_parse::{Mta, Options, document, may_be_document, read_evtx, read_evtx_decoding_all};
use delegap_testkit::evtx::{CHUNK_SIZE, FILE_HEADER_SIZE, remake_sums};
use delegap_testkit::samples::samples;
use std::sync::{Arc, LazyLock};

/// Reads a document, and tells whether it is one of the documents that `target` is for. Others are not worth keeping there.
pub fn check_document(target: &str, bytes: &[u8]) -> bool {
    let options = Options { selection: Selection::everything(), ..Options::default() };
    let parsed = document("input", bytes, &options);
    holds(&parsed, bytes, &options.limits);
    assert_eq!(document("input", bytes, &options), parsed, "read twice");
    let limits = Limits { value_bytes: 16, depth: 3, problems: 2, document_bytes: 300, ..Limits::default() };
    let small = Options { limits, ..options };
    holds(&document("input", bytes, &small), bytes, &small.limits);
    target_of(parsed.summary.kind, bytes) == Some(target)
}

fn holds(parsed: &Parsed<Record>, bytes: &[u8], limits: &Limits) {
    let (summary, length) = (&parsed.summary, bytes.len());
    assert!(parsed.records.len() <= length, "{} records of {length} bytes", parsed.records.len());
    // What is said of a whole file is no problem of a place in it, and comes on top: few kinds of sentences.
    let whole = summary.problems.iter().filter(|problem| problem.at.place.is_empty()).count();
    let placed = summary.problems.len() - whole;
    assert!(placed <= limits.problems && whole <= limits.problems + 8, "{:#?}", summary.problems);
    if summary.kind == Kind::Unknown {
        assert!(parsed.records.is_empty() && summary.problems.is_empty(), "{parsed:#?}");
    } else {
        assert!(may_be_document(bytes), "{:?} passed over by its beginning", summary.kind);
    }
}

/// The target that a document belongs to: by what it is, and where several formats hold the same, by how it is written.
fn target_of(kind: Kind, bytes: &[u8]) -> Option<&'static str> {
    let text = || bytes.iter().copied().filter(|byte| byte.is_ascii() && *byte != 0);
    Some(match kind {
        Kind::Unknown | Kind::Mta | Kind::Evtx | Kind::Archive => return None,
        Kind::EventXml | Kind::EventExport => "event_text",
        Kind::Ldif => "ldif",
        Kind::SecurityPolicy | Kind::Registry | Kind::PolicyResult => "policy",
        Kind::SystemInformation | Kind::ClusterLog | Kind::ClusterReport => "reports",
        Kind::Tickets | Kind::Clocks | Kind::MachineSid | Kind::SecureChannel | Kind::NetlogonLog => {
            "tickets_and_clocks"
        }
        _ => match (text().find(|byte| !byte.is_ascii_whitespace()), kind) {
            (Some(b'{' | b'['), _) => "json",
            (Some(b'<'), Kind::AdTool) => "reports",
            (Some(b'<'), _) => "clixml",
            (_, Kind::AdCsv | Kind::AdUsersCsv) => "csv",
            (_, Kind::AttributeMetadata) => "tickets_and_clocks",
            (_, Kind::UpdateHistory | Kind::Packages | Kind::ServicingLog | Kind::UpdateLog) => "updates",
            _ if text().take_while(|byte| *byte != b'\n').any(|byte| byte == b',') => "csv",
            _ => "console",
        },
    })
}

/// Reads `bytes` as the beginning of a log, filled up with zeros, and with right checksums: those of damaged chunks
/// would keep the scan from reading them.
pub fn check_log(bytes: &[u8]) {
    let mut log = bytes.to_vec();
    log.resize(FILE_HEADER_SIZE + log.len().saturating_sub(FILE_HEADER_SIZE).next_multiple_of(CHUNK_SIZE), 0);
    remake_sums(&mut log);
    let options = |selection| Options { selection, ..Options::default() };
    let all = options(Selection::everything());
    let decoded = read_evtx_decoding_all("a", &*log, &all);
    assert!(decoded.summary.problems.len() <= all.limits.problems + 1, "{:#?}", decoded.summary.problems);
    assert_eq!(read_evtx("a", &*log, &all), decoded, "scanned and decoded");
    let event = |record: &Record| match record {
        Record::Event(event) => (event.provider.clone(), event.id),
        other => panic!("{other:?}"),
    };
    let wanted = decoded.records.iter().map(event).step_by(2);
    let keys = wanted.map(|(provider, id)| EventKey { provider: provider.to_lowercase(), id }).collect();
    let selection = Selection { keys, ..Selection::default() };
    let wants = |record: &&Record| {
        let (provider, id) = event(record);
        selection.wants(&provider, id)
    };
    let expected: Vec<&Record> = decoded.records.iter().filter(wants).collect();
    let scanned = read_evtx("a", &*log, &options(selection.clone()));
    assert_eq!(scanned.records.iter().collect::<Vec<_>>(), expected, "selected");
}

/// Reads `bytes` as the texts beside a log. They take nothing away from its events.
pub fn check_mta(bytes: &[u8]) -> bool {
    static LOG: LazyLock<(Vec<u8>, usize)> = LazyLock::new(|| {
        let sample = samples().into_iter().find(|sample| sample.name == "payloads").expect("a sample of that name");
        (sample.log.to_bytes(), sample.events.len())
    });
    let Ok(mta) = Mta::from_bytes(bytes) else { return false };
    let options = Options { selection: Selection::everything(), mta: Some(Arc::new(mta)), ..Options::default() };
    let parsed = read_evtx("a", &*LOG.0, &options);
    assert_eq!((parsed.records.len(), parsed.summary.problems.len()), (LOG.1, 0), "{:#?}", parsed.summary);
    true
}
