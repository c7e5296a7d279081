//! The secure channel to the domain: nltest /sc_query and /sc_verify, and Netlogon's own debug log.

use super::context::Context;
use super::value::{Pattern, begins_with_digit};
use chrono::NaiveTime;
use delegap_model::{ChannelFailures, Record, SecureChannel, Yearless};
use std::collections::BTreeMap;

/// `Trusted DC Name \\DC01.contoso.test`
static CONTROLLER: Pattern =
    Pattern::new(|line| line.contains("Trusted DC Name"), r"^\s*Trusted DC Name(?:\s+\\\\(\S+))?\s*$");
/// `Trusted DC Connection Status Status = 0 0x0 NERR_Success`, `Trust Verification Status = 5 0x5 ERROR_ACCESS_DENIED`.
/// What nltest prints of its own failure, `I_NetLogonControl failed: Status = 5 …`, says nothing of the channel.
static STATUS: Pattern = Pattern::new(
    |line| line.contains("Status"),
    r"^\s*Trust(?:ed DC Connection Status Status|\s+Verification Status)\s*=\s*(\d{1,10})\s+0x[0-9a-fA-F]{1,8}",
);
/// `nltest /server:HV01 /sc_query:contoso.test` as an operator typed it.
static SERVER: Pattern = Pattern::new(|line| line.contains('/'), r"(?i)\bnltest(?:\.exe)?\b.*\s/server:([^\s/]+)");
/// `02/14 03:12:11 [LOGON] [1234] CONTOSO: …`
static LOG: Pattern = Pattern::new(
    begins_with_digit,
    concat!(
        r"^\d\d/\d\d \d\d:\d\d:\d\d \[(?:INIT|LOGON|SESSION|CRITICAL|MISC|MAILSLOT|SITE|DNS|CHALLENGE_RESPONSE|",
        r"PERF|ENCRYPT|SERVER|PACKET|DOMAIN|DSGETDC|KERBEROS|ALLOCATE|TRANSPORT|UNSAFE|CHANGELOG|\d+)\]"
    ),
);
/// `02/14 03:12:11 [SESSION] [3036] CONTOSO: NlSetStatusClientSession: Set connection status to c0000022`. A domain
/// controller names its own domain before the other one: that is a trust's channel.
static SETUP: Pattern = Pattern::new(
    |line| line.contains("NlSetStatusClientSession"),
    concat!(
        r"^(\d\d)/(\d\d) (\d\d:\d\d:\d\d) \[SESSION\] (?:\[\d+\] )?([^:\s]{1,255}): ",
        r"NlSetStatusClientSession: Set connection status to ([0-9a-fA-F]{1,8})\s*$"
    ),
);
const LINES_BEFORE_LOG: usize = 50;
/// Runs of failures that are kept, from the end: a log may hold years of them.
const MOST_RUNS: usize = 10_000;

/// Reads what nltest printed, one query below the other; `None` if it is none.
pub(super) fn channel(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    text.find("Trusted DC Name")?;
    let mut found: Vec<SecureChannel> = Vec::new();
    let (mut host, mut open) = (None, false);
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(server) = SERVER.captures(line) {
            host = Some(server[1].trim_start_matches('\\').to_owned());
        } else if let Some(controller) = CONTROLLER.captures(line) {
            let controller = controller.get(1).map(|c| c.as_str().to_owned());
            let at = context.at(&format!(":{number}"));
            found.push(SecureChannel { at, host: host.take(), controller, status: 0 });
            open = true;
        } else if let (Some(status), Some(last)) = (STATUS.captures(line), found.last_mut().filter(|_| open)) {
            // The first that is no success counts.
            if last.status == 0 {
                last.status = status[1].parse().unwrap_or(u32::MAX);
                last.at = context.at(&format!(":{number}"));
            }
        }
    }
    (!found.is_empty() && text.lines().any(|l| STATUS.is_match(l)))
        .then(|| found.into_iter().map(Box::new).map(Record::SecureChannel).collect())
}

/// Reads the failed setups of the secure channel from Netlogon's log, whose times lack year and zone; `None` if it is no
/// such log. What it says of other computers' sites and logons is not used.
pub(super) fn log(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    text.lines().take(LINES_BEFORE_LOG).find(|l| LOG.is_match(l))?;
    let whole = text.ends_with(['\n', '\r']);
    let mut runs: Vec<ChannelFailures> = Vec::new();
    // The run of each domain that the next failure may go on with.
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    let mut setups = 0_u64;
    let mut lines = (1..).zip(text.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        let Some(setup) = SETUP.captures(line) else {
            continue;
        };
        let place = format!(":{number}");
        if lines.peek().is_none() && !whole {
            context.problem(&place, "the log ends inside a line", "1 line");
            break;
        }
        let parsed = (time(&setup), u32::from_str_radix(&setup[5], 16));
        let (Some(at), Ok(status)) = parsed else {
            context.problem(&place, "a time that is none", "1 line");
            continue;
        };
        setups += 1;
        let domain = setup[4].to_uppercase();
        match open.get(&domain).and_then(|run| runs.get_mut(*run)).filter(|run| run.status == status) {
            Some(run) => (run.last, run.count) = (at, run.count + 1),
            None if status == 0 => drop(open.remove(&domain)),
            None => {
                open.insert(domain.clone(), runs.len());
                let place = context.at(&place);
                runs.push(ChannelFailures { at: place, host: None, domain, status, first: at, last: at, count: 1 });
            }
        }
    }
    if setups == 0 {
        let what = "the log has no setup of the host's secure channel: it may have begun after the last one, or be a domain \
                    controller's";
        context.problem("", what, "");
    }
    let surplus = runs.len().saturating_sub(MOST_RUNS);
    if surplus > 0 {
        context.problem("", format!("more than {MOST_RUNS} runs of failures"), format!("the first {surplus}"));
    }
    Some(runs.into_iter().skip(surplus).map(Box::new).map(Record::ChannelFailures).collect())
}

fn time(setup: &regex::Captures<'_>) -> Option<Yearless> {
    let (month, day) = (setup[1].parse().ok()?, setup[2].parse().ok()?);
    let time = NaiveTime::parse_from_str(&setup[3], "%H:%M:%S").ok()?;
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Yearless { month, day, time })
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    /// Host, domain controller and status.
    type Told = (Option<String>, Option<String>, u32);

    fn run(text: &str) -> Option<Vec<Told>> {
        let limits = Limits::default();
        let records = channel(text, &mut Context::new("x", &limits))?;
        let told = records.into_iter().filter_map(|r| match r {
            Record::SecureChannel(c) => Some((c.host, c.controller, c.status)),
            _ => None,
        });
        Some(told.collect())
    }

    #[test]
    fn channels_that_work_and_that_do_not() {
        let good = "Flags: b0 HAS_IP  HAS_TIMESERV \r\nTrusted DC Name \\\\DC01.contoso.test \r\n\
                    Trusted DC Connection Status Status = 0 0x0 NERR_Success\r\n\
                    Trust Verification Status = 0 0x0 NERR_Success\r\nThe command completed successfully\r\n";
        let controller = Some("DC01.contoso.test".to_owned());
        assert_eq!(run(good), Some(vec![(None, controller.clone(), 0)]));
        let bad =
            good.replace("Verification Status = 0 0x0 NERR_Success", "Verification Status = 5 0x5 ERROR_ACCESS_DENIED");
        let two = format!("{good}C:\\>nltest /server:HV02 /sc_verify:contoso.test\r\n{bad}");
        assert_eq!(run(&two), Some(vec![(None, controller.clone(), 0), (Some("HV02".to_owned()), controller, 5)]));
        let none = "Flags: 0\r\nTrusted DC Name \r\nTrusted DC Connection Status Status = 1311 0x51f ERROR_NO_LOGON_SERVERS\r\n";
        assert_eq!(run(none), Some(vec![(None, None, 1311)]));
        assert_eq!(run("I_NetLogonControl failed: Status = 5 0x5 ERROR_ACCESS_DENIED\r\n"), None);
    }

    /// Domain, status, first, last, count.
    type Run = (String, u32, String, String, u64);

    /// The runs of failures, and the problems.
    fn failures(text: &str) -> (Vec<Run>, Vec<String>) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let told = log(text, &mut context).unwrap_or_default().into_iter().filter_map(|r| match r {
            Record::ChannelFailures(f) => Some((f.domain, f.status, f.first.to_string(), f.last.to_string(), f.count)),
            _ => None,
        });
        (told.collect(), context.into_problems().into_iter().map(|p| p.what).collect())
    }

    const BROKEN: &str = "02/14 03:12:11 [CRITICAL] [1872] CORP: NlSessionSetup: Session setup: cannot I_NetServerAuthenticate 0xc0000022\r\n\
        02/14 03:12:11 [CRITICAL] [1872] NlPrintRpcDebug: Couldn't get EEInfo for I_NetServerAuthenticate3: 1761 (may be legitimate for 0xc0000022)\r\n\
        02/14 03:12:11 [MISC] [1872] Eventlog: 3210 (1) \"CORP\" \"\\\\DC01.corp.test\" 2f8270f1 5bc8d5e7   .p./\r\n\
        02/14 03:12:11 [SESSION] [1872] CORP: NlSetStatusClientSession: Set connection status to c0000022\r\n\
        02/14 03:12:11 [SESSION] [1872] CORP: NlSessionSetup: Session setup Failed\r\n\
        02/14 07:12:11 [SESSION] [1872] CORP: NlSetStatusClientSession: Set connection status to c0000022\r\n\
        02/14 08:00:00 [SESSION] [1872] CORP: NlSetStatusClientSession: Set connection status to 0\r\n\
        02/14 08:00:00 [SESSION] [1872] CORP: NlSessionSetup: Session setup succeeded\r\n\
        02/15 04:21:31 [SESSION] CORP: NlSetStatusClientSession: Set connection status to c000005e\r\n";

    #[test]
    fn failed_setups_of_the_log() {
        let corp = |status, first: &str, last: &str, count| {
            ("CORP".to_owned(), status, first.to_owned(), last.to_owned(), count)
        };
        let expected = vec![
            corp(0xc000_0022, "02/14 03:12:11", "02/14 07:12:11", 2),
            corp(0xc000_005e, "02/15 04:21:31", "02/15 04:21:31", 1),
        ];
        assert_eq!(failures(BROKEN), (expected.clone(), vec![]));
        // Cut inside the last status, which would be another one.
        let (told, problems) = failures(&BROKEN[..BROKEN.len() - 4]);
        assert_eq!((told.as_slice(), problems.len()), (&expected[..1], 1));
        let (told, problems) = failures(&BROKEN.replace("02/14 07", "13/14 07"));
        assert_eq!((told[0].4, problems.len()), (1, 1));
    }

    #[test]
    fn trusts_of_a_domain_controller_are_no_channel_of_the_host() {
        let of_controller = "04/30 04:21:31 [SESSION] CIGAR: CONTOSO: NlSetStatusClientSession: Set connection status to c000005e\n\
            04/30 04:21:32 [LOGON] [648] CIGAR: SamLogon: Network logon of CONTOSO\\a from HV01 Entered\n\
            04/30 04:21:33 [1148] CIGAR: NO_CLIENT_SITE: HV01 10.0.0.1\n";
        let (told, problems) = failures(of_controller);
        assert_eq!((told.len(), problems.len()), (0, 1));
    }

    #[test]
    fn the_log_is_told_by_its_lines() {
        let limits = Limits::default();
        let of = |text: &str| log(text, &mut Context::new("x", &limits)).is_some();
        assert!(of("02/14 03:12:11 [LOGON] [1234] CONTOSO: SamLogon: Network logon of CONTOSO\\a from HV01 Entered\n"));
        assert!(!of("02/14 03:12:11 something [LOGON]\n"));
    }
}
