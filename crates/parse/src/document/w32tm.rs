//! Clock differences that w32tm measured, /stripchart against one peer and /monitor of several; and the state of a host's time
//! service, /query.

use super::context::Context;
use super::value::{Pattern, begins_with_digit};
use delegap_model::{ClockSample, Record, TimeService, fold};
use std::collections::HashMap;

/// `Tracking DC01.contoso.lab [10.0.0.5:123].`
static PEER: Pattern = Pattern::new(|line| line.contains(":123]"), r"(?:^|\s)([^\s\[\]]+)\s*\[[^\]\s]+:123\]");
/// `10:00:02, d:+00.0003s o:-00.0045s`, `10:00:02, -00.0045s`.
static SAMPLE: Pattern = Pattern::new(
    |line| begins_with_digit(line.trim_start()),
    r"^\s*\d{1,2}[:.]\d\d[:.]\d\d[^+-]*?(?:d:[+-]?[\d.,]+s\s+o:)?([+-]\d+[.,]\d+)s",
);
/// `DC01.contoso.lab *** PDC ***[10.0.0.5:123]:`
static MONITORED: Pattern =
    Pattern::new(|line| line.contains(":123]"), r"^(\S+?)\s*(?:\*\*\*.*?\*\*\*)?\s*\[[^\]\s]+:123\]:?\s*$");
/// `    NTP: +0.0123456s offset from DC01.contoso.lab`
static OFFSET: Pattern =
    Pattern::new(|line| line.contains("NTP:"), r"^\s+NTP:\s*([+-]\d+[.,]\d+)s\s(?:.*\s)?(\S+)\s*$");

/// `Leap Indicator: 3(not synchronized)` and the line below it, `Stratum: 0 (unspecified)`, of /query /status in any language.
static LEAP: Pattern = Pattern::new(|line| line.contains('('), r"^[^:：]{1,60}[:：]\s*([0-3])\s?\(.*\)\s*$");
static STRATUM: Pattern = Pattern::new(|line| line.contains('('), r"^[^:：]{1,60}[:：]\s*(\d{1,3})\s?\(.*\)\s*$");
/// `Root Delay: 0.0312500s`
static DELAY: Pattern = Pattern::new(|line| line.trim_end().ends_with('s'), r"[:：]\s*[+-]?\d+[.,]\d{7}s\s*$");
/// `ReferenceId: 0xC0A80001 (source IP:  192.168.0.1)`; below it stand the last synchronisation and the source.
static REFERENCE: Pattern = Pattern::new(|line| line.contains("0x"), r"[:：]\s*0x([0-9A-Fa-f]{8})\s*(?:\(.*\))?\s*$");
/// `Type: NT5DS (Local)` of /query /configuration, whose names are the same in every language.
static TYPE: Pattern = Pattern::new(|line| line.starts_with("Type: "), r"^Type: (\w+) \(");
const OF_CONFIGURATION: [&str; 3] = ["AnnounceFlags: ", "MaxAllowedPhaseOffset: ", "MaxPosPhaseCorrection: "];
/// The leap indicator of a clock that is not synchronised.
const NOT_SYNCHRONISED: &str = "3";
/// `LOCL`, the reference of a host that follows its own clock.
const LOCAL: u32 = 0x4C4F_434C;
/// Lines of the time service's state, with what an operator typed above.
const LINES_OF_STATE: usize = 100;

/// Reads the samples, and the time service's state, which measures no difference of two clocks; `None` if there is neither.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let (samples, state) = (samples(text, context), state(text, context));
    if samples.is_none() && state.is_some() {
        let what = "the time service's state tells no difference of two clocks: send w32tm /stripchart \
                    /computer:<domain controller> /samples:3 /dataonly";
        context.problem("", what, "");
    }
    let service = state.clone().flatten().map(Box::new).map(Record::TimeService);
    (samples.is_some() || state.is_some()).then(|| samples.into_iter().flatten().chain(service).collect())
}

/// The state by /query /status, else what /query /configuration or /peers tell of it; `None` if it is none of them.
fn state(text: &str, context: &mut Context) -> Option<Option<TimeService>> {
    let lines: Vec<&str> = text.lines().take(LINES_OF_STATE).collect();
    let after = |at: usize| lines.get(at).copied().unwrap_or_default();
    let status =
        lines.iter().zip(0..).find_map(|(line, at)| Some((at, LEAP.captures(line)?, STRATUM.captures(after(at + 1))?)));
    let delays = lines.iter().filter(|l| DELAY.is_match(l)).count();
    if let Some((at, leap, stratum)) = status.filter(|_| delays > 1) {
        let below = (at..at + 10).find_map(|at| Some((at, REFERENCE.captures(after(at))?)));
        let local = below.as_ref().is_some_and(|(_, id)| u32::from_str_radix(&id[1], 16) == Ok(LOCAL));
        let source = below.and_then(|(at, _)| after(at + 2).split_once([':', '：'])).map(|(_, source)| source.trim());
        return Some(Some(TimeService {
            at: context.at(&format!(":{}", at + 1)),
            host: None,
            synchronised: &leap[1] != NOT_SYNCHRONISED && !stratum[1].trim_start_matches('0').is_empty() && !local,
            source: source.filter(|s| !s.is_empty()).map(str::to_owned),
        }));
    }
    if OF_CONFIGURATION.iter().filter(|name| lines.iter().any(|l| l.starts_with(*name))).count() > 1 {
        let kind = lines.iter().zip(1..).find_map(|(line, number)| Some((number, TYPE.captures(line)?)));
        // Every other type names a source, and says nothing of whether it is followed.
        let off = kind.filter(|(_, kind)| kind[1].eq_ignore_ascii_case("NoSync"));
        return Some(off.map(|(number, _)| TimeService {
            at: context.at(&format!(":{number}")),
            host: None,
            synchronised: false,
            source: None,
        }));
    }
    lines.iter().any(|l| l.starts_with("#Peers: ")).then_some(None)
}

fn samples(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let samples =
        if text.lines().any(|l| OFFSET.is_match(l)) { monitored(text, context) } else { charted(text, context) };
    (!samples.is_empty()).then(|| samples.into_iter().map(Box::new).map(Record::ClockSample).collect())
}

/// Against each peer the middle one of its samples: a single answer may have been late.
fn charted(text: &str, context: &mut Context) -> Vec<ClockSample> {
    let mut charts: Vec<(String, Vec<(i64, usize)>)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(peer) = PEER.captures(line) {
            charts.push((peer[1].to_owned(), Vec::new()));
        } else if let Some(offset) = SAMPLE.captures(line).and_then(|c| milliseconds(&c[1]))
            && let Some((_, samples)) = charts.last_mut()
        {
            samples.push((offset, number));
        }
    }
    let mut found = Vec::new();
    for (peer, mut samples) in charts {
        samples.sort_unstable();
        if let Some((offset_ms, line)) = samples.get(samples.len() / 2).copied() {
            let at = context.at(&format!(":{line}"));
            found.push(ClockSample { at, host: None, peer: Some(peer), offset_ms });
        }
    }
    found
}

fn monitored(text: &str, context: &mut Context) -> Vec<ClockSample> {
    let named = text.lines().filter_map(|l| MONITORED.captures(l)).filter_map(|c| c.get(1)).map(|m| m.as_str());
    let mut names: HashMap<String, &str> = HashMap::new();
    named.for_each(|name| _ = names.entry(fold(name)).or_insert(name));
    let mut of: Option<&str> = None;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(name) = MONITORED.captures(line).and_then(|c| c.get(1)) {
            of = Some(name.as_str());
        } else if let (Some(c), Some(peer)) = (OFFSET.captures(line), of) {
            // `offset from local clock`: by the clock of whoever asked.
            let reference = names.get(&fold(&c[2])).map(|n| (*n).to_owned());
            if reference.as_deref() == Some(peer) {
                continue;
            }
            match milliseconds(&c[1]) {
                Some(offset_ms) => found.push(ClockSample {
                    at: context.at(&format!(":{number}")),
                    host: reference,
                    peer: Some(peer.to_owned()),
                    offset_ms,
                }),
                None => context.problem(&format!(":{number}"), "a clock difference that can't be read", "1 sample"),
            }
        }
    }
    found
}

/// Seconds with a point or comma, to milliseconds.
fn milliseconds(text: &str) -> Option<i64> {
    let seconds: f64 = text.replace(',', ".").parse().ok()?;
    let ms = (seconds * 1000.0).round();
    // A clock that is centuries off is a line that was read wrong.
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    (ms.abs() < 1e13).then_some(ms as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    fn run(text: &str) -> Vec<(Option<String>, Option<String>, i64)> {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let records = read(text, &mut context).unwrap_or_default();
        let samples = records.into_iter().filter_map(|r| match r {
            Record::ClockSample(s) => Some((s.host, s.peer, s.offset_ms)),
            _ => None,
        });
        samples.collect()
    }

    #[test]
    fn a_chart() {
        let peer = Some("HV02.contoso.lab".to_owned());
        let chart = "Tracking HV02.contoso.lab [10.0.0.12:123].\r\nCollecting 3 samples.\r\n\
                     The current time is 3/2/2026 10:00:00 AM.\r\n10:00:00, +312.0000100s\r\n10:00:02, +312.5000000s\r\n\
                     10:00:04, error: 0x800705B4\r\n10:00:06, +999.0000000s\r\n";
        assert_eq!(run(chart), [(None, peer.clone(), 312_500)]);
        let full = "Es wird HV02.contoso.lab [10.0.0.12:123] verfolgt.\n\
                    10:00:00 d:+00.0003000s o:-61,2500000s  [    *     ]\n";
        assert_eq!(run(full), [(None, peer, -61_250)]);
    }

    #[test]
    fn a_monitor() {
        let text = "DC01.contoso.lab *** PDC ***[10.0.0.5:123]:\n    ICMP: 0ms delay\n    NTP: +0.0000000s offset from DC01.contoso.lab\n\
                    \x20       RefID: 'LOCL'\nHV02.contoso.lab[10.0.0.12:123]:\n    ICMP: 1ms delay\n\
                    \x20   NTP: -301.5000000s offset from DC01.contoso.lab\n";
        let expected = (Some("DC01.contoso.lab".to_owned()), Some("HV02.contoso.lab".to_owned()), -301_500);
        assert_eq!(run(text), [expected]);
        let local = "HV02[10.0.0.12:123]:\n    NTP: +2.5000000s offset from local clock\n";
        assert_eq!(run(local), [(None, Some("HV02".to_owned()), 2500)]);
    }

    /// The state, and how many problems there are.
    fn service(text: &str) -> (Option<Vec<Record>>, usize) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        (read(text, &mut context), context.into_problems().len())
    }

    #[test]
    fn states_of_the_service() {
        let synced = "Leap Indicator: 0(no warning)\r\nStratum: 5 (secondary reference - syncd by (S)NTP)\r\n\
            Precision: -23 (119.209ns per tick)\r\nRoot Delay: 0.0161789s\r\nRoot Dispersion: 7.7770884s\r\n\
            ReferenceId: 0xC0000210 (source IP:  192.0.2.16)\r\nLast Successful Sync Time: 14.08.2026 20:55:55\r\n\
            Source: ntp1.example.org,0x9 \r\nPoll Interval: 15 (32768s)\r\n";
        let state = |text: &str| match service(text) {
            (Some(records), 1) => match records.as_slice() {
                [Record::TimeService(s)] => Some((s.synchronised, s.source.clone())),
                _ => None,
            },
            _ => None,
        };
        assert_eq!(state(synced), Some((true, Some("ntp1.example.org,0x9".to_owned()))));
        let never = synced
            .replace("0(no warning)", "3(not synchronized)")
            .replace("5 (secondary", "0 (secondary")
            .replace("ntp1.example.org,0x9", "Local CMOS Clock");
        assert_eq!(state(&never), Some((false, Some("Local CMOS Clock".to_owned()))));
        let own = synced.replace("0xC0000210", "0x4C4F434C").replace("Stratum: 5", "Stratum: 1");
        assert_eq!(state(&own).map(|s| s.0), Some(false));
        let both = format!("{synced}\r\nTracking HV02 [10.0.0.12:123].\r\n10:00:00, +312.0000100s\r\n");
        assert_eq!(service(&both).0.map(|r| r.len()), Some(2));
        let cut = &synced[..synced.find("Last").unwrap()];
        assert_eq!(state(cut), Some((true, None)));
        let configuration = "[Configuration]\n\nEventLogFlags: 2 (Local)\nAnnounceFlags: 10 (Local)\nMaxPosPhaseCorrection: 172800 (Local)\n\
            MaxAllowedPhaseOffset: 300 (Local)\n\n[TimeProviders]\n\nNtpClient (Local)\nType: NoSync (Local)\n";
        assert_eq!(state(configuration), Some((false, None)));
        assert_eq!(service(&configuration.replace("NoSync", "NT5DS")), (Some(Vec::new()), 1));
        assert_eq!(service("#Peers: 1\n\nPeer: DC01\nState: Active\n"), (Some(Vec::new()), 1));
        assert_eq!(service("Leap: 0(x)\nStratum: 5 (x)\n"), (None, 0));
    }

    #[test]
    fn the_state_of_the_service_is_no_measurement() {
        let text = "Sprungindikator: 0(keine Warnung)\nStratum: 4 (x)\nPräzision: -23 (119.209ns pro Tick)\n\
                    Stammverzögerung: 0.0312500s\nStammabweichung: 7,7902343s\nReferenz-ID: 0x0A000005 (Quell-IP:  10.0.0.5)\n\
                    Letzte erfolgr. Synchronisierungszeit: 02.03.2026 10:00:00\nQuelle: DC01.contoso.test\n";
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let read = read(text, &mut context);
        assert!(matches!(read.as_deref(), Some([Record::TimeService(s)]) if s.synchronised), "{read:?}");
        assert!(context.into_problems()[0].what.contains("/stripchart"));
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "10:00:00, +1.5s\n", "x [10.0.0.1:123]\n", "    NTP: +1.5s offset from x\n"] {
            assert_eq!(run(text), [], "{text}");
        }
    }
}
