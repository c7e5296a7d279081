//! Clock differences that w32tm measured: /stripchart against one peer, /monitor of several.

use super::context::Context;
use super::value::pattern;
use delegap_model::{ClockSample, Record, fold};
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// `Tracking DC01.contoso.lab [10.0.0.5:123].`
static PEER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|\s)([^\s\[\]]+)\s*\[[^\]\s]+:123\]"));
/// `10:00:02, d:+00.0003s o:-00.0045s`, `10:00:02, -00.0045s`.
static SAMPLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s*\d{1,2}[:.]\d\d[:.]\d\d[^+-]*?(?:d:[+-]?[\d.,]+s\s+o:)?([+-]\d+[.,]\d+)s"));
/// `DC01.contoso.lab *** PDC ***[10.0.0.5:123]:`
static MONITORED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\S+?)\s*(?:\*\*\*.*?\*\*\*)?\s*\[[^\]\s]+:123\]:?\s*$"));
/// `    NTP: +0.0123456s offset from DC01.contoso.lab`
static OFFSET: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s+NTP:\s*([+-]\d+[.,]\d+)s\s(?:.*\s)?(\S+)\s*$"));

/// `Root Delay: 0.0312500s` of /query /status, in any language.
static DELAY: LazyLock<Regex> = LazyLock::new(|| pattern(r"[:：]\s*[+-]?\d+[.,]\d{7}s\s*$"));
/// `ReferenceId: 0xC0A80001 (source IP:  192.168.0.1)`
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"[:：]\s*0x[0-9A-Fa-f]{8}\s*(?:\(.*\))?\s*$"));
/// Lines of the time service's state, with what an operator typed above.
const LINES_OF_STATE: usize = 100;

/// Reads the samples; `None` if there are none. The time service's own state is told apart: it measures no difference of
/// two clocks.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    samples(text, context).or_else(|| {
        let head = || text.lines().take(LINES_OF_STATE);
        let is_state = head().filter(|l| DELAY.is_match(l)).count() > 1 && head().any(|l| REFERENCE.is_match(l));
        is_state.then(|| {
            let what = "the time service's state tells no difference of two clocks: send w32tm /stripchart \
                        /computer:<domain controller> /samples:3 /dataonly";
            context.problem("", what, "");
            Vec::new()
        })
    })
}

fn samples(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let samples =
        if text.lines().any(|l| OFFSET.is_match(l)) { monitored(text, context) } else { charted(text, context) };
    (!samples.is_empty()).then(|| samples.into_iter().map(Record::ClockSample).collect())
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

    #[test]
    fn the_state_of_the_service_is_no_measurement() {
        let text = "Sprungindikator: 0(keine Warnung)\nStratum: 4 (x)\nPräzision: -23 (119.209ns pro Tick)\n\
                    Stammverzögerung: 0.0312500s\nStammabweichung: 7,7902343s\nReferenz-ID: 0x0A000005 (Quell-IP:  10.0.0.5)\n\
                    Letzte erfolgr. Synchronisierungszeit: 02.03.2026 10:00:00\nQuelle: DC01.contoso.test\n";
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        assert_eq!(read(text, &mut context), Some(Vec::new()));
        assert!(context.into_problems()[0].what.contains("/stripchart"));
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "10:00:00, +1.5s\n", "x [10.0.0.1:123]\n", "    NTP: +1.5s offset from x\n"] {
            assert_eq!(run(text), [], "{text}");
        }
    }
}
