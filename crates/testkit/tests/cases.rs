//! The committed cases are what the builder makes, and what it makes says what the case says.

use delegap_testkit::case::{
    Case, Channel, Delegation, DirectoryFormat, Ending, Initiator, Join, Move, Os, Payloads, UpdateFormat, directory,
    updates,
};
use delegap_testkit::scenarios::{at, node_pool, scenario, scenarios, standalone_pool};
use evtx::EvtxParser;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cases")
}

#[test]
fn committed_cases_are_what_the_builder_makes() {
    for (name, case) in scenarios() {
        let folder = fixtures().join(name);
        let made = case.folder(name);
        for (path, bytes) in &made {
            let committed = fs::read(folder.join(path)).unwrap_or_else(|e| panic!("{name}/{path}: {e}"));
            assert!(committed == *bytes, "{name}/{path} differs: run make-cases and review the change");
        }
        let mut committed = BTreeSet::new();
        list(&folder.join("input"), "input", &mut committed);
        let expected: BTreeSet<String> = made.keys().filter(|p| p.starts_with("input/")).cloned().collect();
        assert_eq!(committed, expected, "{name}");
    }
}

fn list(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            list(&entry.path(), &path, found);
        } else {
            found.insert(path);
        }
    }
}

#[test]
fn logs_decode_and_show_every_move() {
    for (name, case) in scenarios() {
        let truth: Value = serde_json::from_slice(&case.folder(name)["truth.json"]).unwrap();
        let attempts = truth["attempts"].as_array().unwrap();
        let events = events(&case);
        assert_eq!(events.is_empty(), attempts.is_empty(), "{name}");
        for attempt in attempts {
            let [vm_id, source, destination] =
                ["vm_id", "source", "destination"].map(|key| attempt[key].as_str().unwrap().to_uppercase());
            let day = &attempt["started"].as_str().unwrap()[..13];
            let on_source = |ids: &[&str]| {
                events
                    .iter()
                    .filter(|e| e.file.starts_with(&format!("{source}/")) && e.xml.contains(&vm_id))
                    .filter(|e| e.has_id(ids) && e.xml.contains(&format!("SystemTime=\"{day}")))
                    .count()
            };
            let ended = match attempt["outcome"].as_str() {
                Some("completed") => on_source(&["20415"]),
                _ => on_source(&["21024", "21502"]),
            };
            assert!(ended >= 1, "{name}: {attempt}");
            assert!(case.hosts.iter().any(|h| h.name == destination));
        }
    }
}

#[test]
fn a_refusal_on_standalone_hosts_is_the_known_chain_in_one_second() {
    let events = events(&scenario("standalone-kcd-missing").unwrap());
    let chain: Vec<_> = events
        .iter()
        .filter(|e| e.file == "HV01/Microsoft-Windows-Hyper-V-VMMS-Admin.evtx")
        .filter(|e| e.xml.contains("SystemTime=\"2026-10-21T09:12:0"))
        .collect();
    let ids: Vec<_> = chain.iter().map(|e| e.id()).collect();
    assert_eq!(ids, ["20413", "20306", "20309", "21024"]);
    for value in ["<Parameter0>%%2148074254<", "<Parameter1>0x8009030E<", "<Parameter2>HV02<"] {
        assert!(chain[1].xml.contains(value), "{}", chain[1].xml);
    }
    assert!(!chain[2].xml.contains("UserData"));
    assert!(chain[3].xml.contains("<Parameter2>HV01<"));
}

#[test]
fn payloads_can_be_named() {
    let mut case = scenario("standalone-kcd-missing").unwrap();
    case.payloads = Payloads::Named;
    let events = events(&case);
    assert!(events.iter().all(|e| !e.xml.contains("<Parameter0>")));
    assert!(events.iter().any(|e| e.id() == "20306" && e.xml.contains("<ErrorCode>0x8009030E</ErrorCode>")));
}

#[test]
fn a_skewed_clock_moves_one_hosts_events_alone() {
    let straight = scenario("standalone-kcd-missing").unwrap();
    let mut skewed = straight.clone();
    skewed.host_mut("HV02").clock_ahead = chrono::TimeDelta::minutes(3);
    let (before, after) = (straight.input_files(), skewed.input_files());
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let changed: Vec<_> = before.keys().filter(|path| before[*path] != after[*path]).collect();
    assert_eq!(changed, ["HV02/Microsoft-Windows-Hyper-V-VMMS-Admin.evtx"]);
    let start = |case| events(case).into_iter().find(|e| e.file.starts_with("HV02/")).unwrap().time();
    assert_eq!(start(&skewed) - start(&straight), chrono::TimeDelta::minutes(3));
}

#[test]
fn every_directory_format_holds_every_service() {
    let mut case = scenario("standalone-kcd-missing").unwrap();
    case.host_mut("HV02").allowed_to_act = vec!["HV03".to_owned()];
    let rows = directory::computer_rows(&case);
    for format in DirectoryFormat::COMPLETE {
        let text = decoded(&directory::computers(&case, format));
        let lists = match format {
            DirectoryFormat::Ldifde | DirectoryFormat::LdapSearch | DirectoryFormat::LdbSearch => ldif_lists(&text),
            DirectoryFormat::Json51 | DirectoryFormat::Json51ValueCount | DirectoryFormat::Json7 => json_lists(&text),
            DirectoryFormat::Clixml => clixml_lists(&text),
            DirectoryFormat::CsvCulture => csv_lists(&text, b';', Join::Pipe),
            DirectoryFormat::Csv51(join) | DirectoryFormat::Csv51Utf16(join) | DirectoryFormat::Csv7(join) => {
                csv_lists(&text, b',', join)
            }
            DirectoryFormat::Csv51Lost => unreachable!("not a complete format"),
        };
        let expected: Vec<_> = rows.iter().map(|row| (row.name.clone(), row.services.clone())).collect();
        assert_eq!(lists, expected, "{format:?}");
    }
    let lost = decoded(&directory::computers(&case, DirectoryFormat::Csv51Lost));
    assert!(!lost.contains("cifs/") && lost.contains("ADPropertyValueCollection"));
}

/// Name and services of every object, by the tags around them.
fn clixml_lists(text: &str) -> Vec<(String, Vec<String>)> {
    let inside = |text: &str, from: &str, to: &str| -> String {
        let rest = text.split_once(from).expect("the tag").1;
        rest.split_once(to).expect("its end").0.to_owned()
    };
    let objects = text.split("<S N=\"DistinguishedName\">").skip(1);
    let of = |object: &str| {
        let list = inside(object, "N=\"msDS-AllowedToDelegateTo\"", "</LST>");
        let services = list.split("<S>").skip(1).map(|s| s.split_once('<').expect("an end").0.to_owned());
        (inside(object, "<S N=\"Name\">", "</S>"), services.collect())
    };
    objects.map(of).collect()
}

#[test]
fn resource_based_delegation_is_a_security_descriptor() {
    let sid = delegap_model::Sid::parse("S-1-5-21-1-2-3-1104").unwrap();
    let bytes = directory::rbcd_descriptor(std::slice::from_ref(&sid));
    // Revision 1, self-relative with a list; the one entry allows, and its SID begins 36 bytes in.
    assert_eq!(bytes[..4], [1, 0, 4, 0x80]);
    assert_eq!(bytes[28], 0);
    assert_eq!(delegap_model::Sid::from_bytes(&bytes[36..]), Some(sid));
    let owner = usize::from(bytes[4]);
    assert_eq!(delegap_model::Sid::from_bytes(&bytes[owner..]).unwrap().as_str(), "S-1-5-32-544");
}

#[test]
fn every_ending_shows_its_sign_on_its_side() {
    // Ending, the event and the host that show it outside a cluster, the phrase of the cluster's envelope.
    let signs = [
        (Ending::NO_CREDENTIALS, "20309", "HV01", "no suitable credentials available"),
        (Ending::CredSspPolicy, "20310", "HV01", "credential delegation not enabled"),
        (Ending::Connect(0x8007_274c), "20306", "HV01", "with host 'HV02': it was not accepted (0x8007274C)"),
        (Ending::RefusedByDestination(0x8009_030c), "20402", "HV02", "at the destination host 'HV02' (0x8009030C)"),
        (Ending::DeniedByDestination(0x8007_0005), "20403", "HV02", "at the destination host 'HV02' (0x80070005)"),
        (
            Ending::TransferLost(0x8007_2746),
            "22040",
            "HV02",
            "failed to send data during the virtual machine migration",
        ),
        (Ending::SwitchMissing, "21024", "HV01", "does not exist, seen from destination node 'HV02'"),
        (Ending::ProcessorIncompatible, "24004", "HV01", "processor-specific features not supported"),
        (Ending::MemoryShort, "3050", "HV02", "could not initialize memory"),
        (Ending::LogonRightMissing, "21002", "HV01", "failed to create Planned Virtual Machine"),
    ];
    for (ending, id, host, phrase) in signs {
        let mut case = standalone_pool(Os::W2022, vec![Delegation::none(), Delegation::none()]);
        case.exports.channels.push(Channel::Worker);
        case.moves = vec![Move::new("web01", "HV01", "HV02", at(10, 9, 9, 0), Initiator::Local, ending)];
        let alone = events(&case);
        assert!(alone.iter().any(|e| e.file.starts_with(host) && e.id() == id), "{ending:?}");
        assert!(alone.iter().all(|e| e.id() != "21502"));

        let mut case = node_pool(vec![Delegation::none(), Delegation::none()]);
        case.moves = vec![Move::new("web01", "HV01", "HV02", at(10, 9, 9, 0), Initiator::Cluster, ending)];
        let clustered = events(&case);
        let envelopes: Vec<_> = clustered.iter().filter(|e| e.id() == "21502").collect();
        assert_eq!(envelopes.len(), 1, "{ending:?}");
        assert!(envelopes[0].xml.contains(phrase), "{ending:?}: {}", envelopes[0].xml);
    }
}

#[test]
fn clusters_up_to_2012_r2_log_their_successes() {
    let mut case = node_pool(vec![Delegation::none(), Delegation::none()]);
    case.hosts.iter_mut().for_each(|h| h.os = Os::W2012R2);
    case.moves = vec![Move::new("web01", "HV01", "HV02", at(10, 9, 9, 0), Initiator::Cluster, Ending::Completed)];
    let ids = |host: &str| -> Vec<String> {
        let log = events(&case).into_iter().filter(|e| e.file.starts_with(host) && e.file.contains("High-Av"));
        log.map(|e| e.id().to_owned()).collect()
    };
    assert_eq!(ids("HV01"), ["22501", "22503"]);
    assert_eq!(ids("HV02"), ["22502", "22504"]);
}

#[test]
fn every_update_format_names_every_update() {
    let case = scenario("seed-cluster-hardening").unwrap();
    let host = case.host("HV01");
    let formats = [
        (UpdateFormat::HotfixCsv, "10/13/2026"),
        (UpdateFormat::HotfixTable, "10/13/2026"),
        (UpdateFormat::HotfixJson51, "Tuesday, October 13, 2026"),
        (UpdateFormat::HotfixJson7, "2026-10-13T"),
        (UpdateFormat::WmicTable, "10/13/2026"),
        (UpdateFormat::WmicCsv, "10/13/2026"),
        (UpdateFormat::Systeminfo, "[02]: KB5099540"),
    ];
    for (format, shown) in formats {
        let text = decoded(&updates::history(&case, host, format).1);
        assert!(text.contains("KB5094128") && text.contains("KB5099540") && text.contains(shown), "{text}");
    }
}

struct Seen {
    file: String,
    xml: String,
}

impl Seen {
    fn id(&self) -> &str {
        let from = self.xml.find("<EventID").unwrap();
        let text = &self.xml[from..];
        &text[text.find('>').unwrap() + 1..text.find("</").unwrap()]
    }

    fn has_id(&self, ids: &[&str]) -> bool {
        ids.contains(&self.id())
    }

    fn time(&self) -> chrono::DateTime<chrono::Utc> {
        let from = self.xml.find("SystemTime=\"").unwrap() + 12;
        self.xml[from..].split('"').next().unwrap().parse().unwrap()
    }
}

fn events(case: &Case) -> Vec<Seen> {
    let mut seen = Vec::new();
    for (file, bytes) in case.input_files().into_iter().filter(|(path, _)| path.ends_with(".evtx")) {
        let mut parser = EvtxParser::from_buffer(bytes).unwrap();
        for record in parser.records() {
            seen.push(Seen { file: file.clone(), xml: record.unwrap().data });
        }
    }
    seen
}

fn decoded(bytes: &[u8]) -> String {
    match bytes {
        [0xff, 0xfe, rest @ ..] => encoding_rs::UTF_16LE.decode(rest).0.into_owned(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).unwrap(),
        _ => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

type Lists = Vec<(String, Vec<String>)>;

fn csv_lists(text: &str, delimiter: u8, join: Join) -> Lists {
    let table = if text.starts_with("#TYPE") { text.split_once('\n').unwrap().1 } else { text };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(table.as_bytes());
    let column = |name: &str, headers: &csv::StringRecord| headers.iter().position(|h| h == name).unwrap();
    let headers = reader.headers().unwrap().clone();
    let (name, list) = (column("Name", &headers), column("msDS-AllowedToDelegateTo", &headers));
    let items = |cell: &str| cell.split(join.separator()).filter(|s| !s.is_empty()).map(str::to_owned).collect();
    reader.records().map(|r| r.unwrap()).map(|r| (r[name].to_owned(), items(&r[list]))).collect()
}

fn json_lists(text: &str) -> Lists {
    let document: Value = serde_json::from_str(text).unwrap();
    let list = |computer: &Value| {
        let list = &computer["msDS-AllowedToDelegateTo"];
        let items = list.as_array().or_else(|| list["value"].as_array()).unwrap();
        items.iter().map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    let computers = document.as_array().unwrap().iter();
    computers.map(|c| (c["Name"].as_str().unwrap().to_owned(), list(c))).collect()
}

fn ldif_lists(text: &str) -> Lists {
    let unfolded = text.replace('\r', "").replace("\n ", "");
    let mut lists = Lists::new();
    for line in unfolded.lines() {
        if let Some(name) = line.strip_prefix("cn: ") {
            lists.push((name.to_owned(), Vec::new()));
        } else if let Some(service) = line.strip_prefix("msDS-AllowedToDelegateTo: ") {
            lists.last_mut().unwrap().1.push(service.to_owned());
        }
    }
    lists
}
