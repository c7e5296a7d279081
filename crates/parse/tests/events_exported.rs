//! Events in other shapes than a log, through the public door: what each shape yields, and what stays unknown.

use delegap_model::{Event, Kind, Parsed, Record, Selection};
use delegap_parse::{Options, document};

fn read(text: &str) -> Parsed<Record> {
    document("x", text.as_bytes(), &Options { selection: Selection::everything(), ..Options::default() })
}

fn events(parsed: &Parsed<Record>) -> Vec<&Event> {
    let mut found = Vec::new();
    for record in &parsed.records {
        let Record::Event(event) = record else { panic!("{record:?}") };
        found.push(&**event);
    }
    found
}

fn problems(parsed: &Parsed<Record>) -> Vec<String> {
    parsed.summary.problems.iter().map(|p| format!("{}: {}; {}", p.at, p.what, p.lost)).collect()
}

fn head(e: &Event) -> String {
    let time = e.time.format("%Y-%m-%dT%H:%M:%S%.f");
    format!("{} {} {} {time} {} {}", e.at, e.provider, e.id, e.computer, e.channel)
}

fn values(e: &Event) -> Vec<(&str, &str)> {
    e.fields.iter().map(|f| (f.name, f.value)).collect()
}

const VMMS: &str = "Microsoft-Windows-Hyper-V-VMMS";

/// What evtx_dump writes for an event with `UserData`.
const DUMPED: &str = r##"{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Hyper-V-VMMS","Guid":"6066F867-7CA1-4418-85FD-36E3F9C0600C"}},"EventID":20306,"Version":0,"Level":2,"Task":0,"Opcode":0,"Keywords":"0x8000000000000000","TimeCreated":{"#attributes":{"SystemTime":"2026-11-10T09:00:00.123456Z"}},"EventRecordID":71,"Correlation":null,"Execution":{"#attributes":{"ProcessID":4,"ThreadID":8}},"Channel":"Microsoft-Windows-Hyper-V-VMMS-Admin","Computer":"HV01.contoso.com","Security":{"#attributes":{"UserID":"S-1-5-18"}}},"UserData":{"VmlEventLog":{"#attributes":{"xmlns:auto-ns2":"x","xmlns":"http://www.microsoft.com/Windows/Virtualization/Events"},"Parameter0":"%%2148074254","Parameter1":"0x8009030E","Parameter10":5,"Parameter2":"HV02"}}}}"##;

#[test]
fn json_of_evtx_dump() {
    let wanted = "x#71 Microsoft-Windows-Hyper-V-VMMS 20306 2026-11-10T09:00:00.123456 HV01.contoso.com Microsoft-Windows-Hyper-V-VMMS-Admin";
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(DUMPED).unwrap()).unwrap();
    for text in [
        format!("{DUMPED}\n{DUMPED}\n"),
        format!("Record 71\n{pretty}\nRecord 72\n{pretty}\n"),
        format!("[{DUMPED},\n{DUMPED}]"),
        format!("{{\"events\": [{DUMPED}, {DUMPED}]}}"),
    ] {
        let parsed = read(&text);
        assert_eq!((parsed.summary.kind, parsed.summary.records), (Kind::EventExport, Some(2)), "{text}");
        assert_eq!(problems(&parsed), [""; 0]);
        for event in events(&parsed) {
            assert_eq!(head(event), wanted);
            let named = [
                ("Parameter0", "%%2148074254"),
                ("Parameter1", "0x8009030E"),
                ("Parameter10", "5"),
                ("Parameter2", "HV02"),
            ];
            assert_eq!(values(event), named);
            assert_eq!(
                (event.level, event.user_sid.as_ref().map(ToString::to_string)),
                (Some(2), Some("S-1-5-18".into()))
            );
        }
        assert_eq!(parsed.summary.host.as_deref(), Some("HV01.contoso.com"));
    }
}

#[test]
fn json_of_other_dumping_tools() {
    let system = r#""Channel":"System","Computer":"HV01","EventRecordID":9"#;
    for (text, fields) in [
        // evtx_dump --separate-json-attributes, which tools built on its library use.
        (
            format!(
                r##"{{"Event":{{"System":{{"Provider_attributes":{{"Name":"NETLOGON"}},"EventID_attributes":{{"Qualifiers":0}},"EventID":5719,"TimeCreated_attributes":{{"SystemTime":"2026-11-10T09:00:00.500000Z"}},{system}}},"EventData":{{"Data":{{"#text":["CONTOSO","%%1311"]}},"Binary":"5E0000C0"}}}}}}"##
            ),
            vec![("", "CONTOSO"), ("", "%%1311")],
        ),
        // python-evtx by way of xmltodict.
        (
            format!(
                r##"{{"Event":{{"@xmlns":"x","System":{{"Provider":{{"@Name":"NETLOGON","@Guid":""}},"EventID":{{"@Qualifiers":"0","#text":"5719"}},"TimeCreated":{{"@SystemTime":"2026-11-10T09:00:00.500000+00:00"}},{system}}},"EventData":{{"Data":[{{"@Name":"Domain","#text":"CONTOSO"}},{{"@Name":"Empty"}}]}}}}}}"##
            ),
            vec![("Domain", "CONTOSO"), ("Empty", "")],
        ),
        // Velociraptor.
        (
            format!(
                r#"{{"System":{{"Provider":{{"Name":"NETLOGON"}},"EventID":{{"Value":5719}},"TimeCreated":{{"SystemTime":1794301200.5}},{system}}},"EventData":{{"Domain":"CONTOSO"}},"Message":"no controller"}}"#
            ),
            vec![("Domain", "CONTOSO")],
        ),
    ] {
        let parsed = read(&text);
        let [event] = events(&parsed)[..] else { panic!("{text}") };
        assert_eq!(head(event), "x#9 NETLOGON 5719 2026-11-10T09:00:00.500 HV01 System");
        assert_eq!((values(event), problems(&parsed)), (fields, vec![]), "{text}");
    }
}

#[test]
fn a_broken_object_costs_itself() {
    let cut = &DUMPED[..400];
    let parsed = read(&format!("{DUMPED}\n{cut}\n{DUMPED}\n{cut}"));
    assert_eq!(events(&parsed).len(), 2);
    assert_eq!(problems(&parsed).len(), 2, "{:?}", problems(&parsed));
    assert!(problems(&parsed)[0].starts_with("x:2: an object that is no JSON"), "{:?}", problems(&parsed));
    let no_id = DUMPED.replace("20306", "\"none\"");
    let parsed = read(&format!("{no_id}\n{DUMPED}"));
    assert_eq!((events(&parsed).len(), parsed.summary.records, problems(&parsed).len()), (1, Some(2), 1));
    // Each of these breaks only at the end of the text, whichever line it is begun at.
    let hostile = format!("{DUMPED}\n{}", "{\"a\":[1,\n{},\n".repeat(20_000));
    assert_eq!(events(&read(&hostile)).len(), 1);
}

#[test]
fn other_json_holds_no_events() {
    for text in [
        r#"[{"Name": "HV01", "SamAccountName": "HV01$", "TimeCreated": "2026-11-10T09:00:00Z"}]"#,
        r#"{"EventID": 5, "System": "x"}"#,
        r#"{"Event": {"System": {"Provider": 5}}, "EventID": 1}"#,
    ] {
        assert_ne!(read(text).summary.kind, Kind::EventExport, "{text}");
    }
}

/// Get-WinEvent | ConvertTo-Json of Windows PowerShell.
const WIN_EVENT: &str = r#"{
    "Id":  20306,
    "Version":  0,
    "Qualifiers":  null,
    "Level":  2,
    "Task":  0,
    "Opcode":  0,
    "Keywords":  -9223372036854775808,
    "RecordId":  71,
    "ProviderName":  "Microsoft-Windows-Hyper-V-VMMS",
    "ProviderId":  "6066f867-7ca1-4418-85fd-36e3f9c0600c",
    "LogName":  "Microsoft-Windows-Hyper-V-VMMS-Admin",
    "ProcessId":  3012,
    "MachineName":  "HV01.contoso.com",
    "UserId":  {
                   "BinaryLength":  12,
                   "AccountDomainSid":  null,
                   "Value":  "S-1-5-18"
               },
    "TimeCreated":  "\/Date(1794301200123)\/",
    "ActivityId":  null,
    "ContainerLog":  "microsoft-windows-hyper-v-vmms-admin",
    "LevelDisplayName":  "Error",
    "TaskDisplayName":  null,
    "KeywordsDisplayNames":  [

                             ],
    "Properties":  [
                       {
                           "Value":  "%%2148074254"
                       },
                       {
                           "Value":  "0x8009030E"
                       },
                       {
                           "Value":  "HV02"
                       }
                   ],
    "Message":  "Failed to establish a connection with host \u0027HV02\u0027: No credentials are available (0x8009030E)."
}"#;

#[test]
fn json_of_get_winevent() {
    let newer = WIN_EVENT.replace(r#""\/Date(1794301200123)\/""#, r#""2026-11-10T10:00:00.123+01:00""#);
    let wrapped = WIN_EVENT.replace(
        r#""\/Date(1794301200123)\/""#,
        r#"{"value": "\/Date(1794301200123)\/", "DateTime": "Tuesday, 10 November 2026 10:00:00"}"#,
    );
    for text in [WIN_EVENT.to_owned(), format!("[{newer}, {WIN_EVENT}]"), wrapped] {
        let parsed = read(&text);
        assert_eq!((parsed.summary.kind, problems(&parsed)), (Kind::EventExport, vec![]));
        let event = events(&parsed)[0];
        assert_eq!(
            head(event),
            "x#71 Microsoft-Windows-Hyper-V-VMMS 20306 2026-11-10T09:00:00.123 HV01.contoso.com Microsoft-Windows-Hyper-V-VMMS-Admin"
        );
        assert_eq!(values(event), [("", "%%2148074254"), ("", "0x8009030E"), ("", "HV02")]);
        let rendering = event.rendering.as_ref().unwrap();
        assert!(rendering.message.as_ref().unwrap().contains("'HV02'"));
        assert_eq!((rendering.level.as_deref(), event.level), (Some("Error"), Some(2)));
    }
}

#[test]
fn what_an_export_of_objects_lost_is_said() {
    let lost = r#"[{"TimeCreated": "\/Date(1794301200123)\/", "Id": 20306, "LogName": "Microsoft-Windows-Hyper-V-VMMS-Admin", "Message": "m", "Properties": ["System.Diagnostics.Eventing.Reader.EventProperty"]}]"#;
    let parsed = read(lost);
    let [event] = events(&parsed)[..] else { panic!() };
    assert_eq!(
        (&*event.provider, &*event.computer, event.fields.len(), event.at.to_string()),
        (VMMS, "", 0, "x:1".into())
    );
    assert_eq!(
        problems(&parsed),
        [
            "x: the export does not hold the values of events, only their messages; the values of 1 record",
            "x: 1 record names no source: it is taken from the log's name; "
        ]
    );
    let nameless =
        r#"[{"TimeCreated": "\/Date(1794301200123)\/", "Id": 20306, "LevelDisplayName": "Error", "Message": "m"}]"#;
    let wanted = Selection::default();
    let parsed = document("x", nameless.as_bytes(), &Options { selection: wanted, ..Options::default() });
    assert_eq!((parsed.summary.records, parsed.records.len()), (Some(1), 0));
    assert!(
        problems(&parsed)[1].ends_with("an id alone does not tell what an event is; 1 record"),
        "{:?}",
        problems(&parsed)
    );
}

#[test]
fn clixml_of_get_winevent() {
    let text = r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">
  <Obj RefId="0">
    <TN RefId="0"><T>System.Diagnostics.Eventing.Reader.EventLogRecord</T><T>System.Object</T></TN>
    <ToString>System.Diagnostics.Eventing.Reader.EventLogRecord</ToString>
    <Props>
      <I32 N="Id">20306</I32><By N="Version">0</By><Nil N="Qualifiers" /><By N="Level">2</By>
      <I64 N="RecordId">71</I64><S N="ProviderName">Microsoft-Windows-Hyper-V-VMMS</S>
      <S N="LogName">Microsoft-Windows-Hyper-V-VMMS-Admin</S><S N="MachineName">HV01.contoso.com</S>
      <Obj N="UserId" RefId="1"><ToString>S-1-5-18</ToString><Props><S N="Value">S-1-5-18</S></Props></Obj>
      <DT N="TimeCreated">2026-11-10T10:00:00.1234567+01:00</DT>
      <Obj N="Properties" RefId="2"><LST>
        <Obj RefId="3"><ToString>System.Diagnostics.Eventing.Reader.EventProperty</ToString><Props><S N="Value">%%2148074254</S></Props></Obj>
        <Obj RefId="4"><Props><S N="Value">0x8009030E</S></Props></Obj>
      </LST></Obj>
    </Props>
    <MS><S N="Message">Failed to connect._x000D__x000A_See 0x8009030E.</S></MS>
  </Obj>
</Objs>"#;
    let parsed = read(text);
    assert_eq!((parsed.summary.kind, problems(&parsed)), (Kind::EventExport, vec![]));
    let [event] = events(&parsed)[..] else { panic!("{parsed:?}") };
    assert_eq!(
        head(event),
        "x#71 Microsoft-Windows-Hyper-V-VMMS 20306 2026-11-10T09:00:00.123456700 HV01.contoso.com Microsoft-Windows-Hyper-V-VMMS-Admin"
    );
    assert_eq!(values(event), [("", "%%2148074254"), ("", "0x8009030E")]);
    assert_eq!(event.rendering.as_ref().unwrap().message.as_deref(), Some("Failed to connect.\r\nSee 0x8009030E."));
    let cut = read(&text.replace("</Objs>", "<Obj><Props>"));
    assert_eq!((events(&cut).len(), problems(&cut).len()), (1, 1));
}

fn messages<'e>(events: &[&'e Event]) -> Vec<&'e str> {
    let message = |e: &&'e Event| e.rendering.as_ref().and_then(|r| r.message.as_deref()).unwrap_or("");
    events.iter().map(message).collect()
}

#[test]
fn csv_of_event_viewer_in_many_languages() {
    let message = "\"Failed to connect with host 'HV02'.\r\nSee \"\"0x8009030E\"\", please.\"";
    for (header, time) in [
        ("Level,Date and Time,Source,Event ID,Task Category", "11/20/2026 9:46:54 PM"),
        ("Ebene,Datum und Uhrzeit,Quelle,Ereignis-ID,Aufgabenkategorie", "20.11.2026 21:46:54"),
        ("Niveau,Date et heure,Source,ID de l’événement,Catégorie de la tâche", "20/11/2026 21:46:54"),
        ("Nivel,Fecha y hora,Origen,Id. del evento,Categoría de la tarea", "20/11/2026 21:46:54"),
        ("Livello,Data e ora,Origine,ID evento,Categoria attività", "20/11/2026 21:46:54"),
        ("レベル,日付と時刻,ソース,イベント ID,タスクのカテゴリ", "2026/11/20 21:46:54"),
        ("级别,日期和时间,来源,事件 ID,任务类别", "2026/11/20 21:46:54"),
        ("Уровень,Дата и время,Источник,Код события,Категория задачи", "20.11.2026 21:46:54"),
        ("Niveau,Datum en tijd,Bron,Gebeurtenis-id,Taakcategorie", "20-11-2026 21:46:54"),
        // A language whose names are not known: Event Viewer's order tells.
        ("Taso,Päivämäärä ja aika,Lähde,Tapahtuman tunnus,Tehtäväluokka", "20.11.2026 21:46:54"),
    ] {
        let text = format!(
            "{header}\r\nError,{time},Microsoft-Windows-Hyper-V-VMMS,20306,None,{message}\r\nError,{time},Hyper-V-VMMS,20308,None,b\r\n"
        );
        for text in [text.clone(), resaved(&text, ';'), resaved(&text, '\t')] {
            let parsed = read(&text);
            assert_eq!((parsed.summary.kind, parsed.summary.records), (Kind::EventExport, Some(2)), "{text}");
            let found = events(&parsed);
            assert_eq!(head(found[0]), "x:2 Microsoft-Windows-Hyper-V-VMMS 20306 2026-11-20T21:46:54  ", "{text}");
            assert_eq!(head(found[1]), "x:4 Microsoft-Windows-Hyper-V-VMMS 20308 2026-11-20T21:46:54  ", "{text}");
            assert_eq!(messages(&found), ["Failed to connect with host 'HV02'.\r\nSee \"0x8009030E\", please.", "b"]);
            assert_eq!(found[0].rendering.as_ref().unwrap().level.as_deref(), Some("Error"));
            assert_eq!(
                problems(&parsed),
                [
                    "x: the times of 2 records are local and name no zone: they are shown as UTC; ",
                    "x: the export does not hold the values of events, only their messages; the values of 2 records"
                ],
                "{text}"
            );
        }
    }
}

/// The delimiters outside of quotes replaced, as spreadsheets do.
fn resaved(text: &str, delimiter: char) -> String {
    let mut quoted = false;
    let replaced = |c: char| {
        quoted ^= c == '"';
        if c == ',' && !quoted { delimiter } else { c }
    };
    text.chars().map(replaced).collect()
}

#[test]
fn dates_that_read_both_ways_are_marked() {
    let row = |time: &str| format!("Error,{time},Hyper-V-VMMS,20306,None,m\n");
    let file = |header: &str, rows: &[&str]| format!("{header}\n{}", rows.iter().map(|t| row(t)).collect::<String>());
    let english = "Level,Date and Time,Source,Event ID,Task Category";
    let month = |text: &str| events(&read(text))[0].time.format("%m-%d").to_string();
    let doubtful = |text: &str| problems(&read(text)).iter().any(|p| p.contains("can't be told apart"));
    let both = file(english, &["03/04/2026 10:00:00"]);
    assert_eq!((month(&both).as_str(), doubtful(&both)), ("03-04", true));
    let american = file(english, &["3/4/2026 10:00:00 AM"]);
    assert_eq!((month(&american).as_str(), doubtful(&american)), ("03-04", false));
    let told = file(english, &["03/04/2026 10:00:00", "13/04/2026 10:00:00"]);
    assert_eq!((month(&told).as_str(), doubtful(&told)), ("04-03", false));
    let french = file("Niveau,Date et heure,Source,ID de l’événement,Catégorie de la tâche", &["03/04/2026 10:00:00"]);
    assert_eq!((month(&french).as_str(), doubtful(&french)), ("04-03", false));
}

#[test]
fn csv_of_powershell() {
    let text = "#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n\
        \"Message\",\"Id\",\"Version\",\"Qualifiers\",\"Level\",\"RecordId\",\"ProviderName\",\"LogName\",\"MachineName\",\"UserId\",\"TimeCreated\",\"ActivityId\",\"LevelDisplayName\",\"KeywordsDisplayNames\",\"Properties\"\r\n\
        \"Line one\r\nline, two\",\"20306\",\"0\",,\"2\",\"71\",\"Microsoft-Windows-Hyper-V-VMMS\",\"Microsoft-Windows-Hyper-V-VMMS-Admin\",\"HV01.contoso.com\",\"S-1-5-18\",\"11/20/2026 9:46:54 PM\",,\"Error\",\"System.Collections.ObjectModel.ReadOnlyCollection`1[System.String]\",\"System.Collections.Generic.List`1[System.Diagnostics.Eventing.Reader.EventProperty]\"\r\n";
    let parsed = read(text);
    let found = events(&parsed);
    assert_eq!(
        head(found[0]),
        "x#71 Microsoft-Windows-Hyper-V-VMMS 20306 2026-11-20T21:46:54 HV01.contoso.com Microsoft-Windows-Hyper-V-VMMS-Admin"
    );
    assert_eq!(messages(&found), ["Line one\r\nline, two"]);
    assert_eq!(
        (found[0].level, found[0].fields.len(), found[0].rendering.as_ref().unwrap().keywords.len()),
        (Some(2), 0, 0)
    );
    assert_eq!(problems(&parsed).len(), 2);
    // Get-EventLog.
    let text = "\"EventID\",\"MachineName\",\"Data\",\"Index\",\"Category\",\"EntryType\",\"Message\",\"Source\",\"ReplacementStrings\",\"InstanceId\",\"TimeGenerated\"\n\
        \"5719\",\"HV01.contoso.com\",\"System.Byte[]\",\"12\",\"(0)\",\"Error\",\"m\",\"NETLOGON\",\"System.String[]\",\"5719\",\"20.11.2026 21:46:54\"\n";
    assert_eq!(head(events(&read(text))[0]), "x#12 NETLOGON 5719 2026-11-20T21:46:54 HV01.contoso.com ");
}

#[test]
fn a_broken_row_costs_itself() {
    let text = "Level,Date and Time,Source,Event ID,Task Category\nError,11/20/2026 9:46:54 PM,A,1,None,x\n\
        Error,11/20/2026 9:46:54 PM,A,2,None,\"open\"x\nError,never,A,3,None,x\nError,11/20/2026 9:46:54 PM,A,4,None,x, y\n\
        Error,11/20/2026 9:46:54 PM,A,5,None,\"cut";
    let parsed = read(text);
    let found = events(&parsed);
    assert_eq!(found.iter().map(|e| e.id).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(messages(&found), ["x", "x, y"]);
    let problems = problems(&parsed).join("\n");
    assert!(
        problems.contains("x:3: the quotes") && problems.contains("x:4: record") && problems.contains("x:6: "),
        "{problems}"
    );
}

#[test]
fn text_of_wevtutil_and_of_event_viewer() {
    let numbered = "Event[0]:\r\n  Log Name: Microsoft-Windows-Hyper-V-VMMS-Admin\r\n  Source: Microsoft-Windows-Hyper-V-VMMS\r\n  Date: 2026-11-20T21:46:54.1230000Z\r\n  Event ID: 20306\r\n  Task: N/A\r\n  Level: Error\r\n  Opcode: Info\r\n  Keyword: N/A\r\n  User: S-1-5-18\r\n  User Name: NT AUTHORITY\\SYSTEM\r\n  Computer: HV01.contoso.com\r\n  Description: \r\nFailed to connect.\r\nSource: x\r\n\r\n\
        Event[1]:\r\n  Log Name: System\r\n  Source: NETLOGON\r\n  Date: 2026-11-20T21:46:54.123\r\n  Event ID: 5719\r\n  Computer: HV01.contoso.com\r\n  Description: \r\nNo controller.\r\n\r\n";
    let parsed = read(numbered);
    let found = events(&parsed);
    assert_eq!(
        found.iter().map(|e| head(e)).collect::<Vec<_>>(),
        [
            "x:1 Microsoft-Windows-Hyper-V-VMMS 20306 2026-11-20T21:46:54.123 HV01.contoso.com Microsoft-Windows-Hyper-V-VMMS-Admin",
            "x:17 NETLOGON 5719 2026-11-20T21:46:54.123 HV01.contoso.com System"
        ]
    );
    assert_eq!(messages(&found), ["Failed to connect.\nSource: x", "No controller."]);
    assert!(problems(&parsed)[0].contains("the times of 1 record are local"), "{:?}", problems(&parsed));
    for text in [
        "Protokollname: System\r\nQuelle:        NETLOGON\r\nDatum:         20.11.2026 21:46:54\r\nEreignis-ID:   5719\r\nAufgabenkategorie:Keine\r\nEbene:         Fehler\r\nSchlüsselwörter:Klassisch\r\nBenutzer:      Nicht zutreffend\r\nComputer:      HV01.contoso.com\r\nBeschreibung:\r\nKein Controller.\r\n",
        "Nom du journal :System\r\nSource :       NETLOGON\r\nDate :         20/11/2026 21:46:54\r\nID de l’événement :5719\r\nNiveau :       Erreur\r\nOrdinateur :   HV01.contoso.com\r\nDescription :\r\nKein Controller.\r\n",
        "ログの名前:         System\r\nソース:           NETLOGON\r\n日付:            2026/11/20 21:46:54\r\nイベント ID:       5719\r\nレベル:           エラー\r\nコンピューター:       HV01.contoso.com\r\n説明:\r\nKein Controller.\r\n",
    ] {
        let parsed = read(&text.repeat(2));
        let found = events(&parsed);
        assert_eq!(
            (found.len(), head(found[0])),
            (2, "x:1 NETLOGON 5719 2026-11-20T21:46:54 HV01.contoso.com System".into())
        );
        assert_eq!(messages(&found), ["Kein Controller."; 2]);
    }
}

#[test]
fn lists_of_get_winevent() {
    let text = "\r\n\r\nTimeCreated  : 20.11.2026 21:46:54\r\nProviderName : Microsoft-Windows-Hyper-V-VMMS\r\nId           : 20306\r\nMessage      : Failed to connect\r\n               with host: 'HV02'.\r\n\r\nTimeCreated  : 20.11.2026 21:46:55\r\nProviderName : Microsoft-Windows-Hyper-V-VMMS\r\nId           : 20308\r\nMessage      : b\r\n\r\n";
    let parsed = read(text);
    let found = events(&parsed);
    assert_eq!(
        found.iter().map(|e| (e.id, e.at.to_string())).collect::<Vec<_>>(),
        [(20306, "x:3".into()), (20308, "x:9".into())]
    );
    assert_eq!(messages(&found), ["Failed to connect\nwith host: 'HV02'.", "b"]);
}
