//! One event of a log in every shape in which it is exported.

use super::{Fact, Table, read};
use crate::diagnosing::{VMMS, VMMS_ADMIN};
use crate::variations::{as_objects, dumped, xml_of};
use chrono::{DateTime, TimeDelta, Utc};
use delegap::model::{Event, Record, Tri};
use delegap_testkit::evtx::LogFile;
use delegap_testkit::record::{EventSpec, Payload, Value};
use delegap_testkit::scenarios::at;

const MESSAGE: &str = "Failed to establish a connection with host 'HV02' (0x8009030E).";
const VALUES: [&str; 3] = ["%%2148074254", "0x8009030E", "HV02"];
const HOST: &str = "HV01.contoso.lab";

fn moment() -> DateTime<Utc> {
    at(11, 20, 21, 46) + TimeDelta::seconds(54)
}

/// The event as a log.
fn log() -> Vec<u8> {
    let mut event = EventSpec::new(VMMS, 20306, VMMS_ADMIN, HOST, moment());
    let fields = VALUES.iter().enumerate().map(|(i, v)| (format!("Parameter{i}"), Value::from(*v))).collect();
    let xmlns = "http://www.microsoft.com/Windows/Virtualization/Events".to_owned();
    event.payload = Payload::UserData { element: "VmlEventLog".into(), xmlns, fields };
    event.record_id = Some(71);
    let mut log = LogFile::new();
    log.extend(vec![event]);
    log.to_bytes()
}

/// Shapes in which the machine that exports writes the message.
fn written_out() -> Vec<(&'static str, String)> {
    let json = serde_json::json!([{
        "Id": 20306, "Level": 2, "RecordId": 71, "ProviderName": VMMS, "LogName": VMMS_ADMIN, "MachineName": HOST,
        "UserId": {"BinaryLength": 12, "Value": "S-1-5-18"},
        "TimeCreated": format!("\\/Date({})\\/", moment().timestamp_millis()), "LevelDisplayName": "Error",
        "Properties": VALUES.map(|v| serde_json::json!({"Value": v})), "Message": MESSAGE,
    }]);
    let json = json.to_string().replace("\\\\/", "\\/");
    let values: String = VALUES.iter().map(|v| format!("<Obj><Props><S N=\"Value\">{v}</S></Props></Obj>")).collect();
    let clixml = format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"><Obj RefId=\"0\">\
         <TN RefId=\"0\"><T>System.Diagnostics.Eventing.Reader.EventLogRecord</T></TN><Props><I32 N=\"Id\">20306</I32>\
         <By N=\"Level\">2</By><I64 N=\"RecordId\">71</I64><S N=\"ProviderName\">{VMMS}</S><S N=\"LogName\">{VMMS_ADMIN}</S>\
         <S N=\"MachineName\">{HOST}</S><Obj N=\"UserId\" RefId=\"1\"><ToString>S-1-5-18</ToString><Props>\
         <S N=\"Value\">S-1-5-18</S></Props></Obj><DT N=\"TimeCreated\">2026-11-20T21:46:54Z</DT>\
         <Obj N=\"Properties\" RefId=\"2\"><LST>{values}</LST></Obj></Props><MS><S N=\"Message\">{MESSAGE}</S></MS></Obj></Objs>"
    );
    let csv = format!(
        "#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n\"Message\",\"Id\",\"Level\",\"RecordId\",\"ProviderName\",\
         \"LogName\",\"MachineName\",\"UserId\",\"TimeCreated\",\"LevelDisplayName\",\"Properties\"\r\n\"{MESSAGE}\",\"20306\",\
         \"2\",\"71\",\"{VMMS}\",\"{VMMS_ADMIN}\",\"{HOST}\",\"S-1-5-18\",\"11/20/2026 9:46:54 PM\",\"Error\",\
         \"System.Collections.Generic.List`1[System.Diagnostics.Eventing.Reader.EventProperty]\"\r\n"
    );
    let list = format!(
        "\r\n\r\nTimeCreated  : 11/20/2026 9:46:54 PM\r\nProviderName : {VMMS}\r\nId           : 20306\r\n\
         Message      : {MESSAGE}\r\n\r\n"
    );
    let viewer = format!(
        "Level,Date and Time,Source,Event ID,Task Category\r\nError,11/20/2026 9:46:54 PM,{VMMS},20306,None,\"{MESSAGE}\"\r\n"
    );
    let copied = format!(
        "Log Name:      {VMMS_ADMIN}\r\nSource:        {VMMS}\r\nDate:          11/20/2026 9:46:54 PM\r\n\
         Event ID:      20306\r\nTask Category: None\r\nLevel:         Error\r\nKeywords:      \r\nUser:          SYSTEM\r\n\
         Computer:      {HOST}\r\nDescription:\r\n{MESSAGE}\r\n"
    );
    let wevtutil = format!(
        "Event[0]:\r\n  Log Name: {VMMS_ADMIN}\r\n  Source: {VMMS}\r\n  Date: 2026-11-20T21:46:54.0000000Z\r\n  \
         Event ID: 20306\r\n  Task: N/A\r\n  Level: Error\r\n  Opcode: Info\r\n  Keyword: N/A\r\n  User: S-1-5-18\r\n  \
         User Name: NT AUTHORITY\\SYSTEM\r\n  Computer: {HOST}\r\n  Description: \r\n{MESSAGE}\r\n\r\n"
    );
    vec![
        ("Get-WinEvent \\| ConvertTo-Json", json),
        ("Get-WinEvent \\| Export-Clixml", clixml),
        ("Get-WinEvent \\| Export-Csv", csv),
        ("Get-WinEvent \\| Format-List", list),
        ("Event Viewer, saved as CSV", viewer),
        ("Event Viewer, copied as text", copied),
        ("wevtutil qe /f:text", wevtutil),
    ]
}

fn facts(event: &Event, local: bool) -> Vec<Fact> {
    let text = |t: &str| if t.is_empty() { Tri::NOT_EXPORTED } else { Tri::Known(t.to_owned()) };
    let named = event.fields.iter().all(|f| !f.name.is_empty()) && !event.fields.is_empty();
    let values = event.fields.iter().map(|f| f.value).collect::<Vec<_>>().join(" ");
    let message = event.rendering.as_ref().and_then(|r| r.message.as_deref()).unwrap_or_default();
    vec![
        ("source and id", Tri::Known(format!("{} {}", event.provider, event.id))),
        ("time", Tri::Known(event.time.to_rfc3339())),
        ("its zone", text(if local { "" } else { "UTC" })),
        ("computer", text(&event.computer)),
        ("log", text(&event.channel)),
        ("record id", text(event.at.place.to_string().strip_prefix('#').unwrap_or_default())),
        ("values", text(&values)),
        ("their names", text(if named { "named" } else { "" })),
        ("message", text(message)),
    ]
}

pub fn table() -> String {
    let shapes = [
        ("event log (.evtx)", log()),
        ("Event Viewer, saved as XML", xml_of(log())),
        ("evtx_dump, JSON lines", dumped(log())),
        ("Get-WinEvent \\| ConvertTo-Json, without texts", as_objects(log())),
    ];
    let written = written_out().into_iter().map(|(name, text)| (name, text.into_bytes()));
    let mut table = Table::default();
    for (format, bytes) in shapes.into_iter().chain(written) {
        let parsed = read("events", &bytes);
        let [Record::Event(event)] = parsed.records.as_slice() else { panic!("{format}: {parsed:?}") };
        let local = parsed.summary.problems.iter().any(|p| p.what.contains("name no zone"));
        let told = facts(event, local);
        let (source, time) = (format!("{VMMS} 20306"), moment().to_rfc3339());
        let values = VALUES.join(" ");
        let real = [&*source, &time, "UTC", HOST, VMMS_ADMIN, "71", &values, "named", MESSAGE];
        let truth: Vec<Fact> =
            told.iter().zip(real).map(|((fact, _), real)| (*fact, Tri::Known(real.to_owned()))).collect();
        table.note(format, &truth, Some(&told));
    }
    table.to_markdown("Events")
}
