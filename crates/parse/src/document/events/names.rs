//! What columns and properties of events are called, in the languages of Windows, and the names of sources.
//!
//! Names are compared as [`key`](super::super::row::key) leaves them: without case, blanks, `_` and `-`.

pub(super) const SOURCE: &[&str] = &[
    "providername",
    "source",
    "eventsource",
    "provider",
    "quelle",
    "origen",
    "origine",
    "ソース",
    "来源",
    "來源",
    "источник",
    "bron",
    "fonte",
    "origem",
    "원본",
];
pub(super) const ID: &[&str] = &[
    "id",
    "eventid",
    "ereignisid",
    "idévénement",
    "iddel’événement",
    "iddel'événement",
    "iddel’évènement",
    "iddel'évènement",
    "id.deevento",
    "id.delevento",
    "iddeevento",
    "iddelevento",
    "idevento",
    "イベントid",
    "事件id",
    "事件識別碼",
    "кодсобытия",
    "gebeurtenisid",
    "iddoevento",
    "identificaçãodoevento",
    "이벤트id",
];
/// Exact times before local ones; `data` is Italian, and Get-EventLog's raw bytes.
pub(super) const TIME: &[&str] = &[
    "timecreated",
    "timegenerated",
    "dateandtime",
    "date",
    "datumunduhrzeit",
    "datum",
    "dateetheure",
    "fechayhora",
    "fecha",
    "dataeora",
    "日付と時刻",
    "日付",
    "日期和时间",
    "日期",
    "日期及時間",
    "датаивремя",
    "дата",
    "datumentijd",
    "dataehora",
    "날짜및시간",
    "data",
];
pub(super) const COMPUTER: &[&str] = &[
    "machinename",
    "computer",
    "computername",
    "ordinateur",
    "equipo",
    "コンピューター",
    "计算机",
    "電腦",
    "компьютер",
    "computador",
    "컴퓨터",
    "pscomputername",
];
pub(super) const LOG: &[&str] = &[
    "logname",
    "containerlog",
    "log",
    "protokollname",
    "protokoll",
    "nomdujournal",
    "journal",
    "nombrederegistro",
    "registro",
    "nomeregistro",
    "nomedoregistro",
    "ログの名前",
    "ログ",
    "日志名称",
    "日志",
    "имяжурнала",
    "журнал",
    "logboeknaam",
    "logboek",
];
pub(super) const LEVEL: &[&str] = &[
    "leveldisplayname",
    "level",
    "ebene",
    "stufe",
    "niveau",
    "nivel",
    "nível",
    "livello",
    "レベル",
    "级别",
    "等級",
    "уровень",
    "수준",
    "entrytype",
];
pub(super) const TASK: &[&str] = &[
    "taskdisplayname",
    "taskcategory",
    "aufgabenkategorie",
    "catégoriedelatâche",
    "catégorie",
    "categoríadelatarea",
    "categoriaattività",
    "タスクのカテゴリ",
    "任务类别",
    "工作類別",
    "категориязадачи",
    "taakcategorie",
    "categoriadatarefa",
    "작업범주",
];
pub(super) const MESSAGE: &[&str] = &[
    "message",
    "description",
    "beschreibung",
    "descripción",
    "descrizione",
    "説明",
    "描述",
    "описание",
    "beschrijving",
    "descrição",
    "설명",
];
pub(super) const KEYWORDS: &[&str] = &[
    "keywordsdisplaynames",
    "keywords",
    "keyword",
    "schlüsselwörter",
    "motsclés",
    "palabrasclave",
    "parolechiave",
    "キーワード",
    "关键字",
    "關鍵字",
    "ключевыеслова",
    "trefwoorden",
    "palavraschave",
    "키워드",
];
pub(super) const USER: &[&str] = &["userid", "user"];
pub(super) const RECORD: &[&str] = &["recordid", "eventrecordid", "index"];
pub(super) const ACTIVITY: &[&str] = &["activityid"];
pub(super) const VALUES: &[&str] = &["properties", "replacementstrings"];

/// Languages in whose dates the day comes first, by what they call date and time; in the others dates have points, begin
/// with the year, or the order differs from country to country.
pub(super) const DAY_FIRST: [&str; 6] =
    ["dateetheure", "fechayhora", "dataeora", "datumentijd", "dataehora", "датаивремя"];

/// The same of what Event Viewer copies as text: names that only these languages have.
pub(super) const DAY_FIRST_LABELS: [&str; 8] = [
    "nomdujournal",
    "nombrederegistro",
    "nomeregistro",
    "nomedoregistro",
    "logboeknaam",
    "имяжурнала",
    "fecha",
    "источник",
];

/// Sources that are shown without `Microsoft-Windows-`: Event Viewer's list and tools that copy from it.
const SHORTENED: [&str; 13] = [
    "Directory-Services-SAM",
    "DNS-Client",
    "FailoverClustering",
    "GroupPolicy",
    "Kerberos-Key-Distribution-Center",
    "Kernel-General",
    "NTLM",
    "Security-Auditing",
    "Security-Kerberos",
    "Time-Service",
    "WindowsUpdateClient",
    "WinRM",
    "Wininit",
];
const PREFIX: &str = "Microsoft-Windows-";

/// The name under which a source logs, from the one that it is shown by.
pub(super) fn source(shown: &str) -> String {
    let shown = shown.trim();
    let hyper_v = shown.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("Hyper-V-"));
    if hyper_v || SHORTENED.iter().any(|name| name.eq_ignore_ascii_case(shown)) {
        return format!("{PREFIX}{shown}");
    }
    // The display name of the only source of the Security log that has one.
    if shown.trim_end_matches('.').eq_ignore_ascii_case("Microsoft Windows security auditing") {
        return format!("{PREFIX}Security-Auditing");
    }
    shown.to_owned()
}

/// The one source that writes to a log.
pub(super) fn source_of_log(log: &str) -> Option<&'static str> {
    const SOURCES: [&str; 3] = [
        "Microsoft-Windows-Hyper-V-VMMS",
        "Microsoft-Windows-Hyper-V-High-Availability",
        "Microsoft-Windows-Hyper-V-Worker",
    ];
    SOURCES.into_iter().find(|source| {
        let rest = log.get(source.len()..).filter(|r| r.starts_with(['-', '/']));
        rest.is_some() && log.get(..source.len()).is_some_and(|start| start.eq_ignore_ascii_case(source))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_by_the_names_they_are_shown_by() {
        for (shown, logged) in [
            ("Hyper-V-VMMS", "Microsoft-Windows-Hyper-V-VMMS"),
            ("Microsoft-Windows-Hyper-V-VMMS", "Microsoft-Windows-Hyper-V-VMMS"),
            ("Security-Kerberos", "Microsoft-Windows-Security-Kerberos"),
            ("Microsoft Windows security auditing.", "Microsoft-Windows-Security-Auditing"),
            ("NETLOGON", "NETLOGON"),
        ] {
            assert_eq!(source(shown), logged);
        }
        assert_eq!(source_of_log("Microsoft-Windows-Hyper-V-VMMS-Admin"), Some("Microsoft-Windows-Hyper-V-VMMS"));
        assert_eq!(source_of_log("Microsoft-Windows-Hyper-V-VMMSX"), None);
        assert_eq!(source_of_log("System"), None);
    }
}
