//! System information as msinfo32 saves it (.nfo) or prints it (/report). Labels, and even names of elements, are in the system's language, so the
//! first lines are told by their place around the version.

use super::context::Context;
use super::value::excerpt;
use crate::xml;
use delegap_model::{DeviceGuard, Os, Record, Tri, Why};

const ROOT_WITHIN: usize = 4096;
/// Pairs of the summary that are kept: it has about forty.
const MOST_PAIRS: usize = 1000;
/// Lines above the first section of a printed report: when, and of which machine.
const LINES_BEFORE_SUMMARY: usize = 10;
/// Below the version: other description, manufacturer of the system, the computer's name.
const NAME_AFTER_VERSION: usize = 3;
const GUARD: &str = "Credential Guard";

/// Reads a saved summary; `None` if it is none.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let head = text.get(..text.floor_char_boundary(ROOT_WITHIN)).unwrap_or(text);
    if !head.contains("<MsInfo") {
        return None;
    }
    // Pairs of the first category: `<Data><Item>…</Item><Value>…</Value></Data>`.
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut summary_ended = false;
    // Which line is which is told by their order: none may be passed over.
    let damages = xml::walk(text, context.limits.depth, &[], |path, text| match path {
        [_, category, data, _] if category == "Category" && data == "Data" && !summary_ended => {
            open.push(text.unwrap_or_default().to_owned());
        }
        [_, category, data] if category == "Category" && data == "Data" && !summary_ended => {
            if let [label, value] = open.as_slice()
                && pairs.len() < MOST_PAIRS
            {
                pairs.push((label.clone(), value.clone()));
            }
            open.clear();
        }
        [_, category] if category == "Category" => summary_ended = true,
        // Categories inside the summary end it, too: its own lines come first.
        [_, outer, category, ..] if outer == "Category" && category == "Category" => summary_ended = true,
        _ => {}
    });
    context.broken_xml(text, &damages);
    Some(records(&pairs, context))
}

/// Reads the text of `msinfo32 /report`: sections in brackets, a tab between label and value; `None` if it is none.
pub(super) fn report(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let is_section = |l: &&str| l.starts_with('[') && l.trim_end().ends_with(']');
    let mut lines = text.lines();
    lines.by_ref().take(LINES_BEFORE_SUMMARY).find(is_section)?;
    let own = lines.take_while(|l| !is_section(l)).take(MOST_PAIRS);
    let pairs = own.filter_map(|l| l.split_once('\t')).map(|(l, v)| (l.trim().to_owned(), v.trim().to_owned()));
    let pairs: Vec<(String, String)> = pairs.collect();
    pairs.iter().any(|(_, value)| build(value).is_some()).then(|| records(&pairs, context))
}

fn records(pairs: &[(String, String)], context: &mut Context) -> Vec<Record> {
    let Some((at, build)) = pairs.iter().enumerate().find_map(|(i, (_, v))| Some((i, build(v)?))) else {
        context.problem("", "the summary's line with the version is missing", "operating system facts of 1 host");
        return Vec::new();
    };
    let name = pairs.get(at + NAME_AFTER_VERSION).map(|(_, v)| v.as_str());
    let host = name.filter(|n| !n.is_empty() && !n.contains(char::is_whitespace)).map(str::to_owned);
    if host.is_none() {
        context.problem("", "the computer's name is not where the summary has it", "");
    }
    let caption = at.checked_sub(1).and_then(|i| pairs.get(i)).map(|(_, v)| v.clone()).filter(|v| !v.is_empty());
    let mut records = vec![Record::Os(Box::new(Os {
        at: context.at(""),
        host: host.clone(),
        caption: caption.map_or(Tri::NOT_EXPORTED, Tri::Known),
        build: Tri::Known(build),
        revision: Tri::NOT_EXPORTED,
        domain: Tri::NOT_EXPORTED,
        booted: Tri::NOT_EXPORTED,
    }))];
    let (running, configured) = (guard(pairs, "running"), guard(pairs, "configured"));
    if running.is_told() || configured.is_told() {
        records.push(Record::DeviceGuard(Box::new(DeviceGuard {
            at: context.at(""),
            host,
            credential_guard_running: running,
            credential_guard_configured: configured,
        })));
    }
    records
}

/// The build number of `10.0.20348 Build 20348`: the last word repeats the version's third part in all languages.
fn build(value: &str) -> Option<u32> {
    let mut words = value.split_whitespace();
    let (version, last) = (words.next()?, words.next_back()?);
    let third = version.split('.').nth(2)?;
    (third == last && version.split('.').count() == 3).then(|| third.parse().ok()).flatten()
}

/// Whether Credential Guard is among the services that run, or are configured. The service's name is in no language; its
/// line is, and in another one only two lines that name it say that it is in the second, which is what runs.
fn guard(pairs: &[(String, String)], what: &str) -> Tri<bool> {
    let of_security = |label: &str| label.starts_with("virtualization-based security");
    let own = pairs.iter().find(|(label, _)| {
        let label = label.to_lowercase();
        of_security(&label) && label.contains("services") && label.ends_with(what)
    });
    if let Some((_, services)) = own {
        return Tri::Known(services.contains(GUARD));
    }
    if let Some((_, state)) = pairs.iter().find(|(label, _)| of_security(&label.to_lowercase())) {
        let off = state.to_lowercase().contains("not enabled");
        return if off { Tri::Known(false) } else { Tri::Unknown(Why::Unreadable(excerpt(state))) };
    }
    match (pairs.iter().filter(|(_, value)| value.contains(GUARD)).count(), what) {
        (2, _) | (1, "configured") => Tri::Known(true),
        _ => Tri::NOT_EXPORTED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    fn nfo(pairs: &[(&str, &str)]) -> String {
        let data: String = pairs
            .iter()
            .map(|(l, v)| {
                format!("<Data>\r\n<Item><![CDATA[{l}]]></Item>\r\n<Value><![CDATA[{v}]]></Value>\r\n</Data>\r\n")
            })
            .collect();
        format!(
            "<?xml version=\"1.0\"?>\r\n<MsInfo>\r\n<Metadata>\r\n<Version>8.0</Version>\r\n</Metadata>\r\n\
             <Category name=\"System Summary\">\r\n{data}<Category name=\"Hardware Resources\">\r\n<Data><Item>x</Item>\
             <Value>10.0.1 x 1</Value></Data>\r\n</Category>\r\n</Category>\r\n</MsInfo>\r\n"
        )
    }

    fn run(text: &str) -> (Vec<Record>, usize) {
        let limits = Limits::default();
        let mut context = Context::new("x.nfo", &limits);
        (read(text, &mut context).unwrap(), context.into_problems().len())
    }

    const SUMMARY: [(&str, &str); 5] = [
        ("OS Name", "Microsoft Windows Server 2022 Datacenter"),
        ("Version", "10.0.20348 Build 20348"),
        ("Other OS Description", "Not Available"),
        ("OS Manufacturer", "Microsoft Corporation"),
        ("System Name", "HV01"),
    ];

    fn of(more: &[(&str, &str)]) -> Option<(Tri<bool>, Tri<bool>)> {
        let (records, problems) = run(&nfo(&[&SUMMARY[..], more].concat()));
        let Some(Record::Os(os)) = records.first() else { panic!("{records:?}") };
        assert_eq!((os.host.as_deref(), &os.build, problems), (Some("HV01"), &Tri::Known(20348), 0));
        assert_eq!(os.caption.known().map(String::as_str), Some("Microsoft Windows Server 2022 Datacenter"));
        match records.get(1) {
            Some(Record::DeviceGuard(g)) => {
                Some((g.credential_guard_running.clone(), g.credential_guard_configured.clone()))
            }
            _ => None,
        }
    }

    #[test]
    fn a_summary_and_credential_guard() {
        let (yes, no) = (Tri::Known(true), Tri::Known(false));
        let configured = ("Virtualization-based security Services Configured", "Credential Guard");
        let running = |v| ("Virtualization-based security Services Running", v);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[configured, running("Credential Guard, x")]), Some((yes.clone(), yes.clone())));
        assert_eq!(of(&[configured, running("")]), Some((no.clone(), yes.clone())));
        assert_eq!(of(&[("Virtualization-based security", "Not enabled")]), Some((no.clone(), no)));
        let german = ("Konfigurierte Dienste", "Credential Guard");
        assert_eq!(of(&[german, ("Ausgeführte Dienste", "Credential Guard")]), Some((yes.clone(), yes.clone())));
        assert_eq!(of(&[german]), Some((Tri::NOT_EXPORTED, yes)));
    }

    #[test]
    fn a_printed_report() {
        let lines: String = SUMMARY.iter().map(|(l, v)| format!("{l}\t{v}\r\n")).collect();
        let text = format!(
            "System Information report written at: 02/14/24 03:12:11\r\nSystem Name: HV01\r\n[System Summary]\r\n\r\n\
             Item\tValue\r\n{lines}[Hardware Resources]\r\nx\t10.0.1 Build 1\r\n"
        );
        let limits = Limits::default();
        let records = report(&text, &mut Context::new("x", &limits)).unwrap();
        let [Record::Os(os)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((os.host.as_deref(), &os.build), (Some("HV01"), &Tri::Known(20348)));
        assert!(report("[Unicode]\r\nUnicode=yes\r\n", &mut Context::new("x", &limits)).is_none());
    }

    #[test]
    fn damage_is_told() {
        let whole = nfo(&SUMMARY);
        let (records, problems) = run(&whole[..whole.find("<Category name=\"Hardware").unwrap()]);
        assert_eq!((records.len(), problems), (1, 1));
        assert_eq!(run(&nfo(&SUMMARY[2..])).1, 1);
        assert!(read("<xml/>", &mut Context::new("x", &Limits::default())).is_none());
    }
}
