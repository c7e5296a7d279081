//! Documents made of arbitrary and mutated bytes: no input makes the parser panic, and limits hold.

use delegap_model::{Kind, Limits, Record, Selection, Tri};
use delegap_parse::{Options, document};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use samples::SAMPLES;

mod samples;

fn read(bytes: &[u8]) -> delegap_model::Parsed<Record> {
    document("input", bytes, &Options { selection: Selection::everything(), ..Options::default() })
}

fn utf16(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn every_sample_is_read_in_two_encodings() {
    for sample in SAMPLES {
        let plain = read(sample.as_bytes());
        assert_ne!(plain.summary.kind, Kind::Unknown, "{sample}");
        assert!(!plain.records.is_empty(), "{sample}");
        assert_eq!(read(&utf16(sample)), plain, "{sample}");
    }
}

#[test]
fn truncation_at_every_byte() {
    for sample in SAMPLES {
        for bytes in [sample.as_bytes().to_vec(), utf16(sample)] {
            let whole = read(&bytes).records.len();
            for length in 0..bytes.len() {
                assert!(read(&bytes[..length]).records.len() <= whole.max(1), "{sample} cut at {length}");
            }
        }
    }
}

#[test]
fn limits_hold() {
    let limits = Limits { value_bytes: 20, problems: 2, document_bytes: 400, depth: 4, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let text = "Name,SamAccountName,SPN\n".to_owned() + &"HV01,a$,cifs/a-name-that-is-too-long\n".repeat(20);
    let parsed = document("x.csv", text.as_bytes(), &options);
    assert!(parsed.records.len() < 20);
    assert_eq!(parsed.summary.problems.len(), 3, "{:?}", parsed.summary.problems);
    let Some(Record::Computer(first)) = parsed.records.first() else { panic!("{parsed:?}") };
    assert!(matches!(first.service_principal_names, Tri::Unknown(_)));
}

#[test]
fn open_quotes_do_not_cost_the_square_of_the_length() {
    // Each of these lines leaves a quoted cell open up to the end of the file, whichever line is read first.
    for line in ["x\"y,\"\n", "\"\"\"\n", "\"a\n", "\"\n"] {
        let text = "Name,SamAccountName\n".to_owned() + &line.repeat(100_000);
        assert_eq!(read(text.as_bytes()).summary.kind, Kind::AdCsv);
    }
}

#[test]
fn wide_and_repeated_documents_do_not_cost_the_square_of_the_length() {
    let wide = "Name,SamAccountName".to_owned() + &",c".repeat(100_000) + "\nHV01,HV01$" + &",x".repeat(100_000) + "\n";
    assert_eq!(read(wide.as_bytes()).records.len(), 1);
    let host = "Host Name: HV01\nOS Name: Windows\nOS Version: 10.0.20348 N/A Build 20348\n";
    assert_eq!(read(host.repeat(30_000).as_bytes()).records.len(), 30_000);
    // Past the limit on what references repeat, none is weighed any more.
    let list = format!("<Obj RefId=\"0\"><LST>{}</LST></Obj>", "<S>x</S>".repeat(60_000));
    let refs = "<Obj><LST><Ref RefId=\"0\"/></LST></Obj>".repeat(50_000);
    let host = "<Obj><MS><S N=\"Name\">HV01</S><S N=\"SamAccountName\">HV01$</S></MS></Obj>";
    let parsed = read(format!("<Objs Version=\"1.1.0.1\">{list}{refs}{host}</Objs>").as_bytes());
    assert_eq!((parsed.records.len(), parsed.summary.problems.len()), (1, 1), "{:?}", parsed.summary.problems);
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let parsed = read(&bytes);
        prop_assert!(parsed.summary.kind != Kind::Unknown || parsed.summary.problems.is_empty());
    }

    #[test]
    fn mutated_samples(
        which in 0..SAMPLES.len(),
        edits in proptest::collection::vec((any::<usize>(), any::<u8>(), 0..3u8), 1..12),
        wide in any::<bool>(),
    ) {
        let mut bytes = if wide { utf16(SAMPLES[which]) } else { SAMPLES[which].as_bytes().to_vec() };
        for (at, byte, kind) in edits {
            let at = at % bytes.len().max(1);
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => { bytes.remove(at); }
                _ => bytes.insert(at.min(bytes.len()), byte),
            }
        }
        let parsed = read(&bytes);
        prop_assert!(parsed.records.len() < 20);
    }
}
