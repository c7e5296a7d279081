//! The secure channel to the domain: nltest /sc_query and /sc_verify, and Netlogon's own log.

use super::context::Context;
use super::value::pattern;
use delegap_model::{Record, SecureChannel};
use regex::Regex;
use std::sync::LazyLock;

/// `Trusted DC Name \\DC01.contoso.test`
static CONTROLLER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*Trusted DC Name(?:\s+\\\\(\S+))?\s*$"));
/// `Trusted DC Connection Status Status = 0 0x0 NERR_Success`, `Trust Verification Status = 5 0x5 ERROR_ACCESS_DENIED`.
/// What nltest prints of its own failure, `I_NetLogonControl failed: Status = 5 …`, says nothing of the channel.
static STATUS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s*Trust(?:ed DC Connection Status Status|\s+Verification Status)\s*=\s*(\d{1,10})\s+0x[0-9a-fA-F]{1,8}")
});
/// `nltest /server:HV01 /sc_query:contoso.test` as an operator typed it.
static SERVER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bnltest(?:\.exe)?\b.*\s/server:([^\s/]+)"));
/// `02/14 03:12:11 [LOGON] [1234] CONTOSO: …`
static LOG: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^\d\d/\d\d \d\d:\d\d:\d\d \[(?:INIT|LOGON|SESSION|CRITICAL|MISC|MAILSLOT|SITE|DNS|CHALLENGE_RESPONSE|",
        r"PERF|ENCRYPT|SERVER|PACKET|DOMAIN|DSGETDC|KERBEROS|ALLOCATE|TRANSPORT|UNSAFE|CHANGELOG)\]"
    ))
});
const LINES_BEFORE_LOG: usize = 50;

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

/// Netlogon's log, of which nothing is used: its times lack the year.
pub(super) fn log(text: &str, _: &mut Context) -> Option<Vec<Record>> {
    let head = text.lines().take(LINES_BEFORE_LOG);
    (head.filter(|l| LOG.is_match(l)).count() > 0).then(Vec::new)
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

    #[test]
    fn the_log_is_told_by_its_lines() {
        let limits = Limits::default();
        let of = |text: &str| log(text, &mut Context::new("x", &limits)).is_some();
        assert!(of("02/14 03:12:11 [LOGON] [1234] CONTOSO: SamLogon: Network logon of CONTOSO\\a from HV01 Entered\n"));
        assert!(!of("02/14 03:12:11 something [LOGON]\n"));
    }
}
