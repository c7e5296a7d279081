//! Dumps of wevtutil gp. The samples have its layout; their ids, texts and GUIDs are made up but for the provider's names.

use delegap_model::{Kind, Limits, Parsed, Record};
use delegap_parse::{Options, document};

const DUMP: &str = "\
C:\\>wevtutil gp Microsoft-Windows-Hyper-V-VMMS /ge:true /gm:true\r
name: Microsoft-Windows-Hyper-V-VMMS\r
guid: 6066f867-7ca1-4418-85fd-36e3f9c0600c\r
helpLink: https://example.test/events.asp?FileVer=10.0.20348.1\r
resourceFileName: %systemroot%\\system32\\vmms.exe\r
messageFileName: %systemroot%\\system32\\vmms.exe\r
message: Hyper-V-VMMS\r
channels:\r
  channel:\r
    name: Microsoft-Windows-Hyper-V-VMMS-Admin\r
    id: 16\r
    flags: 0\r
    message: Microsoft-Windows-Hyper-V-VMMS-Admin\r
levels:\r
  level:\r
    name: win:Error\r
    value: 2\r
    message: Error\r
opcodes:\r
tasks:\r
keywords:\r
events:\r
  event:\r
    value: 20306\r
    version: 0\r
    opcode: 0\r
    channel: 16\r
    level: 2\r
    task: 0\r
    keywords: 0x8000000000000000\r
    message: No connection to '%3': %1 (%2).\r
  event:\r
    value: 21024\r
    version: 1\r
    opcode: 0\r
    channel: 16\r
    level: 2\r
    task: 0\r
    keywords: 0x8000000000000000\r
    message: Migration of '%1' failed. (Virtual machine ID %2)\r
\r
name: see below.\r
value: 7\r
  event:\r
    value: 3\r
    version: 0\r
    message: \r
";

fn read(text: &str) -> Parsed<Record> {
    document("vmms.txt", text.as_bytes(), &Options::default())
}

fn texts(parsed: &Parsed<Record>) -> Vec<(String, &str, u32, u32, &str)> {
    let all = parsed.records.iter();
    all.map(|record| match record {
        Record::EventText(t) => (t.at.to_string(), &*t.provider, t.id, t.version, t.message.as_str()),
        other => panic!("{other:?}"),
    })
    .collect()
}

fn told(parsed: &Parsed<Record>) -> Vec<String> {
    parsed.summary.problems.iter().map(|p| format!("{} {} [{}]", p.at.place, p.what, p.lost)).collect()
}

#[test]
fn texts_are_read_by_id_and_version_in_as_many_lines_as_they_have() {
    let parsed = read(DUMP);
    let provider = "Microsoft-Windows-Hyper-V-VMMS";
    let long = "Migration of '%1' failed. (Virtual machine ID %2)\n\nname: see below.\nvalue: 7";
    assert_eq!(parsed.summary.kind, Kind::ProviderManifest);
    assert_eq!(
        texts(&parsed),
        [
            ("vmms.txt:23".to_owned(), provider, 20306, 0, "No connection to '%3': %1 (%2)."),
            ("vmms.txt:32".to_owned(), provider, 21024, 1, long),
        ]
    );
    assert_eq!(told(&parsed), [""; 0]);
}

#[test]
fn several_dumps_in_one_file_keep_their_providers() {
    let second = DUMP.replace("Hyper-V-VMMS\r\nguid", "Hyper-V-High-Availability\r\nguid");
    let parsed = read(&format!("{DUMP}{second}"));
    let providers: Vec<&str> = texts(&parsed).iter().map(|text| text.1).collect();
    let (vmms, cluster) = ("Microsoft-Windows-Hyper-V-VMMS", "Microsoft-Windows-Hyper-V-High-Availability");
    assert_eq!(providers, [vmms, vmms, cluster, cluster]);
}

#[test]
fn a_dump_without_texts_says_what_to_send() {
    let head = &DUMP[..DUMP.find("events:").unwrap()];
    let parsed = read(head);
    assert_eq!((parsed.summary.kind, parsed.records.len()), (Kind::ProviderManifest, 0));
    assert_eq!(told(&parsed), [" the dump has no events: send wevtutil gp <provider> /ge:true /gm:true []"]);
    // Without /gm:true the number of a message stands in its place.
    let numbers = "events:\r\n  event:\r\n    value: 1\r\n    version: 0\r\n    message: 2952794113\r\n";
    let parsed = read(&format!("{head}{numbers}"));
    assert_eq!(parsed.records, []);
    let expected = " the dump has no message texts: send wevtutil gp <provider> /ge:true /gm:true [1 message]";
    assert_eq!(told(&parsed), [expected]);
}

#[test]
fn a_broken_event_costs_only_itself() {
    let parsed = read(&DUMP.replace("value: 20306", "value: many"));
    assert_eq!(texts(&parsed).len(), 1);
    assert_eq!(told(&parsed), [":23 an event without its number or version [1 message]"]);
    let options = Options { limits: Limits { value_bytes: 40, ..Limits::default() }, ..Options::default() };
    let parsed = document("vmms.txt", DUMP.as_bytes(), &options);
    assert_eq!(texts(&parsed).len(), 1);
    assert_eq!(told(&parsed), [":32 the message is longer than 40 bytes [1 message]"]);
}

#[test]
fn what_only_looks_like_one_is_none() {
    for text in ["name: x\r\nvalue: 1\r\n", "guid: x\r\nname: P\r\n", "events:\r\n  event:\r\n    value: 1\r\n"] {
        assert_ne!(read(text).summary.kind, Kind::ProviderManifest, "{text}");
    }
}
