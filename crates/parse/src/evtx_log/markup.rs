//! Events as XML text: what Event Viewer saves, `wevtutil qe` prints, and dumping tools write.

use super::chunk::Decoded;
use super::collect::Collector;
use crate::Options;
use delegap_model::{Kind, Parsed, Record};

const NAMESPACE: &str = "schemas.microsoft.com/win/2004/08/events/event";
const START: &str = "<Event";
const END: &str = "</Event>";

/// How far into a text its first event may begin.
const WITHIN: usize = 8192;

/// Reads `text` if events stand in it; the kinds of root element around them, or none, do not matter.
pub(crate) fn read(name: &str, text: &str, options: &Options) -> Option<Parsed<Record>> {
    let head = text.get(..text.floor_char_boundary(WITHIN)).unwrap_or(text);
    if !head.contains(NAMESPACE) || begins(head).next().is_none() {
        return None;
    }
    let mut collector = Collector::of_text(name, options);
    let (mut line, mut counted) = (1_u64, 0);
    let (mut rest_from, mut number) = (0, 0);
    for start in begins(text) {
        if start < rest_from {
            continue;
        }
        line += text.get(counted..start).map_or(0, |t| t.matches('\n').count() as u64);
        counted = start;
        let from = text.get(start..).unwrap_or_default();
        // The end is looked for up to the next beginning only: else many beginnings would cost the square of the length.
        let next = from.get(START.len()..).and_then(|t| begins(t).next()).map_or(from.len(), |n| n + START.len());
        match from.get(..next).and_then(|own| own.find(END)) {
            Some(end) => {
                rest_from = start + end + END.len();
                let xml = text.get(start..rest_from).unwrap_or_default().to_owned();
                let sequence = number;
                // An event that does not tell its record id is known by its place in the text.
                number += 1;
                collector.take(Decoded { offset: line, sequence, record_id: number, time: None, xml });
            }
            None => collector.problems().at(line, "an event without its end", "1 record"),
        }
    }
    Some(collector.part().finish(name, Kind::EventXml))
}

/// Where elements called `Event` begin.
fn begins(text: &str) -> impl Iterator<Item = usize> {
    let is_event =
        |at: usize| matches!(text.as_bytes().get(at + START.len()), Some(b' ' | b'>' | b'\t' | b'\r' | b'\n'));
    text.match_indices(START).map(|(at, _)| at).filter(move |at| is_event(*at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Selection;

    const ONE: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
        <Provider Name='Microsoft-Windows-Hyper-V-VMMS'/><EventID>20306</EventID>\
        <TimeCreated SystemTime='2026-11-10T09:00:00.1234567Z'/><EventRecordID>7</EventRecordID>\
        <Channel>VMMS-Admin</Channel><Computer>HV01.c.l</Computer></System>\
        <EventData><Data Name='Parameter0'>a &lt;Event&gt; b</Data></EventData></Event>";

    fn run(text: &str) -> Option<(Vec<String>, Vec<String>)> {
        let options = Options { selection: Selection::everything(), ..Options::default() };
        let parsed = read("x", text, &options)?;
        let shown = |r: &Record| match r {
            Record::Event(e) => format!("{} {} {} {}", e.id, e.computer, e.at, e.value(0).unwrap()),
            other => panic!("{other:?}"),
        };
        let problems = parsed.summary.problems.iter().map(|p| format!("{} {}", p.at, p.what)).collect();
        Some((parsed.records.iter().map(shown).collect(), problems))
    }

    #[test]
    fn roots_of_all_makers() {
        let wanted = vec!["20306 HV01.c.l x#7 a <Event> b".to_owned(); 2];
        for text in [
            format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><Events>{ONE}{ONE}</Events>"),
            format!("{ONE}\r\n{ONE}\r\n"),
            format!("Record 1\n<?xml version=\"1.0\"?>\n{ONE}\nRecord 2\n<?xml version=\"1.0\"?>\n{ONE}\n"),
        ] {
            assert_eq!(run(&text), Some((wanted.clone(), vec![])), "{text}");
        }
        assert_eq!(run("<Events><EventData/></Events>"), None);
    }

    #[test]
    fn a_broken_event_costs_itself() {
        let broken = ONE.replace("</Event>", "");
        let (events, problems) = run(&format!("<Events>\n{ONE}\n{broken}\n{ONE}\n{broken}")).unwrap();
        assert_eq!(events.len(), 2);
        assert_eq!(problems, ["x:3 an event without its end", "x:5 an event without its end"]);
        let (events, problems) = run(&format!("{ONE}\n{}\n", ONE.replace("20306", "x"))).unwrap();
        assert_eq!((events.len(), problems.len()), (1, 1), "{problems:?}");
    }
}
