//! klist: the cached tickets of logon sessions. Labels are in the system's language, so lines are told by position and by
//! what they hold.

use super::context::Context;
use super::dates::{self, Moment, Order};
use super::value::Pattern;
use crate::words::count;
use chrono::TimeDelta;
use delegap_model::{Record, Spn, Ticket, TicketCache, When};

/// `Current LogonId is 0:0x3e7`, `Targeted LogonId is 0:0x3e4`.
static LOGON: Pattern = Pattern::new(|line| line.contains(":0"), r"(?i)(?:^|\s)([0-9a-f]{1,8}):0x([0-9a-f]{1,8})\s*$");
/// `Cached Tickets: (2)`.
static COUNT: Pattern = Pattern::new(|line| line.contains('('), r"[:：]\s*\((\d{1,6})\)\s*$");
/// `#0>     Client: HV01$ @ CONTOSO.LAB`.
static CLIENT: Pattern = Pattern::new(|line| line.contains('#'), r"^\s*#\d+>\s*[^:：]{1,40}[:：]\s*(.*?)\s*$");
static FLAGS: Pattern = Pattern::new(|line| line.contains("->"), r"(?i)(?:^|\s)0x([0-9a-f]{1,8})\s*->");

/// A ticket is renewable for days, not months: the reading of a date that says otherwise is wrong.
const LONGEST_RENEWAL: TimeDelta = TimeDelta::days(60);

/// The sessions of the machine account: SYSTEM and NETWORK SERVICE.
const OF_MACHINE: [u64; 2] = [0x3e7, 0x3e4];

/// One listing while it is read.
struct Listing {
    line: usize,
    logon_id: Option<u64>,
    announced: Option<usize>,
    tickets: Vec<Lines>,
}

/// The lines of one ticket.
struct Lines {
    line: usize,
    client: String,
    below: Vec<String>,
}

/// Reads one or several listings, one below the other; `None` if there is none.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let listings = listings(text);
    if !listings.iter().any(|l| !l.tickets.is_empty() || (l.logon_id.is_some() && l.announced.is_some())) {
        return None;
    }
    let times: Vec<[Moment; 3]> = listings.iter().flat_map(|l| l.tickets.iter().map(times)).collect();
    let order = order(&times);
    let mut times = times.into_iter();
    let mut records = Vec::new();
    for listing in listings {
        let place = format!(":{}", listing.line);
        let found = listing.tickets.len();
        let mut tickets = Vec::new();
        for lines in &listing.tickets {
            let times = times.next().unwrap_or_default();
            match ticket(lines, &times, order) {
                Some(ticket) => tickets.push(ticket),
                None => context.problem(&format!(":{}", lines.line), "a ticket without its service", "1 ticket"),
            }
        }
        if let Some(announced) = listing.announced.filter(|n| *n != found) {
            let lost = announced.checked_sub(found).map(|n| count(n as u64, "ticket")).unwrap_or_default();
            context.problem(&place, format!("the list announces {announced} tickets and has {found}"), lost);
        }
        let of_machine = listing.logon_id.is_some_and(|id| OF_MACHINE.contains(&id));
        let host = of_machine.then(|| machine(&tickets)).flatten();
        records.push(Record::Tickets(Box::new(TicketCache {
            at: context.at(&place),
            host,
            logon_id: listing.logon_id,
            tickets,
        })));
    }
    if order == Order::Untold && records.iter().any(undated) {
        context.problem("", "day and month can't be told apart in the times of tickets", "");
    }
    Some(records)
}

fn listings(text: &str) -> Vec<Listing> {
    let mut listings: Vec<Listing> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(client) = CLIENT.captures(line).filter(|c| c[1].contains('@')) {
            let lines = Lines { line: number, client: client[1].to_owned(), below: Vec::new() };
            match listings.last_mut() {
                Some(listing) => listing.tickets.push(lines),
                None => listings.push(Listing { line: number, logon_id: None, announced: None, tickets: vec![lines] }),
            }
        } else if let Some(id) = LOGON.captures(line).and_then(|c| logon_id(&c[1], &c[2])) {
            // The session that was asked for stands below the one that asked.
            match listings.last_mut() {
                Some(l) if l.tickets.is_empty() && l.announced.is_none() => l.logon_id = Some(id),
                _ => listings.push(Listing { line: number, logon_id: Some(id), announced: None, tickets: Vec::new() }),
            }
        } else if let Some(announced) = COUNT.captures(line).and_then(|c| c[1].parse().ok()) {
            if let Some(listing) = listings.last_mut() {
                listing.announced.get_or_insert(announced);
            }
        } else if let Some(ticket) = listings.last_mut().and_then(|l| l.tickets.last_mut())
            && !line.trim().is_empty()
        {
            ticket.below.push(line.trim().to_owned());
        }
    }
    listings
}

fn logon_id(high: &str, low: &str) -> Option<u64> {
    Some(u64::from_str_radix(high, 16).ok()? << 32 | u64::from_str_radix(low, 16).ok()?)
}

/// Start, end and end of renewal, in this order in every language.
fn times(lines: &Lines) -> [Moment; 3] {
    let mut found = lines.below.iter().filter_map(|l| l.split_once([':', '：'])).map(|(_, v)| dates::moment(v));
    let mut next = || found.find(Moment::has_time).unwrap_or_default();
    [next(), next(), next()]
}

/// Which number is the month. Where no date above 12 tells, one does whose end of renewal makes sense one way only.
fn order(times: &[[Moment; 3]]) -> Order {
    let told = dates::order(times.iter().flatten().map(|m| &m.date));
    if told != Order::Untold {
        return told;
    }
    let sensible = |order: Order, [start, _, renewal]: &[Moment; 3]| match (start.when(order), renewal.when(order)) {
        (When::Local(start), When::Local(renewal)) => {
            let lives = renewal - start;
            lives >= TimeDelta::zero() && lives <= LONGEST_RENEWAL
        }
        _ => true,
    };
    let all = |order: Order| times.iter().all(|t| sensible(order, t));
    match (all(Order::DayFirst), all(Order::MonthFirst)) {
        (true, false) => Order::DayFirst,
        (false, true) => Order::MonthFirst,
        _ => Order::Untold,
    }
}

fn undated(record: &Record) -> bool {
    let ambiguous = |t: &Ticket| matches!(t.start, When::Ambiguous { .. });
    matches!(record, Record::Tickets(cache) if cache.tickets.iter().any(ambiguous))
}

fn ticket(lines: &Lines, [start, end, _]: &[Moment; 3], order: Order) -> Option<Ticket> {
    let value = |line: &str| line.split_once([':', '：']).map(|(_, v)| v.trim().to_owned());
    let at = lines.below.iter().position(|l| value(l).is_some_and(|v| v.contains('/') && v.contains('@')))?;
    let server = value(lines.below.get(at)?)?;
    let (server, realm) = server.rsplit_once('@').map(|(s, r)| (s.trim_end(), r.trim()))?;
    let flags = lines.below.iter().find_map(|l| FLAGS.captures(l));
    let kdc = lines.below.iter().find(|l| l.split(':').next().is_some_and(|l| l.to_lowercase().contains("kdc")));
    Some(Ticket {
        client: lines.client.clone(),
        server: Spn::new(server),
        realm: (!realm.is_empty()).then(|| realm.to_owned()),
        flags: flags.and_then(|c| u32::from_str_radix(&c[1], 16).ok()),
        encryption: lines.below.get(at + 1).and_then(|l| value(l)).filter(|v| !v.is_empty()),
        start: start.when(order),
        end: end.when(order),
        kdc: kdc.and_then(|l| value(l)).filter(|v| !v.is_empty()),
    })
}

/// The machine whose session this is: the one that got its tickets for itself.
fn machine(tickets: &[Ticket]) -> Option<String> {
    let own = |t: &Ticket| t.client.split('@').next().and_then(|c| c.trim().strip_suffix('$')).map(str::to_owned);
    let mut machines = tickets.iter().filter_map(own);
    let first = machines.next()?;
    machines.all(|m| delegap_model::same_name(&m, &first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    const GERMAN: &str = "\r\nAktuelle Anmelde-ID ist 0:0x3e4f1\r\nAnmelde-ID des Ziels ist 0:0x3e7\r\n\r\n\
        Zwischengespeicherte Tickets: (2)\r\n\r\n\
        #0>\tClient: hv01$ @ CONTOSO.LAB\r\n\tServer: krbtgt/CONTOSO.LAB @ CONTOSO.LAB\r\n\
        \tKerbTicket (Verschlüsselungstyp): AES-256-CTS-HMAC-SHA1-96\r\n\
        \tTicketkennzeichen 0x40e10000 -> forwardable renewable initial pre_authent name_canonicalize\r\n\
        \tStartzeit: 3/5/2026 7:41:37 (lokal)\r\n\tEndzeit:   3/5/2026 17:41:37 (lokal)\r\n\
        \tErneuerungszeit: 3/12/2026 7:41:37 (lokal)\r\n\tSitzungsschlüsseltyp: AES-256-CTS-HMAC-SHA1-96\r\n\
        \tCachekennzeichen: 0x1 -> PRIMARY\r\n\tKDC aufgerufen: DC01.contoso.lab\r\n\r\n\
        #1>\tClient: Administrator @ CONTOSO.LAB\r\n\
        \tServer: Microsoft Virtual System Migration Service/HV02.contoso.lab @ CONTOSO.LAB\r\n\
        \tKerbTicket (Verschlüsselungstyp): AES-256-CTS-HMAC-SHA1-96\r\n\
        \tTicketkennzeichen 0x40a50000 -> forwardable renewable\r\n\
        \tStartzeit: 3/5/2026 9:00:00 (lokal)\r\n\tEndzeit:   3/5/2026 17:41:37 (lokal)\r\n\tErneuerungszeit: 0\r\n";

    fn run(text: &str) -> (Vec<TicketCache>, Vec<String>) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let records = read(text, &mut context).unwrap_or_default();
        let caches = records.into_iter().filter_map(|r| match r {
            Record::Tickets(cache) => Some(*cache),
            _ => None,
        });
        (caches.collect(), context.into_problems().into_iter().map(|p| p.what).collect())
    }

    fn local(text: &str) -> When {
        When::Local(text.parse().unwrap())
    }

    #[test]
    fn a_listing_in_another_language() {
        let (caches, problems) = run(GERMAN);
        assert_eq!((caches.len(), problems.len()), (1, 0), "{problems:?}");
        let cache = &caches[0];
        assert_eq!((cache.logon_id, cache.host.as_deref(), cache.tickets.len()), (Some(0x3e7), Some("hv01"), 2));
        let [own, delegated] = cache.tickets.as_slice() else { unreachable!() };
        assert_eq!(own.flags, Some(0x40e1_0000));
        assert_eq!(own.encryption.as_deref(), Some("AES-256-CTS-HMAC-SHA1-96"));
        assert_eq!(own.kdc.as_deref(), Some("DC01.contoso.lab"));
        assert_eq!((own.start, own.end), (local("2026-03-05T07:41:37"), local("2026-03-05T17:41:37")));
        assert!(delegated.server.has_class(Spn::MIGRATION));
        assert_eq!(
            (delegated.client.as_str(), delegated.realm.as_deref()),
            ("Administrator @ CONTOSO.LAB", Some("CONTOSO.LAB"))
        );
        assert_eq!((delegated.server.host(), delegated.kdc.as_deref()), ("HV02.contoso.lab", None));
    }

    #[test]
    fn several_sessions_an_empty_one_and_a_cut_one() {
        let empty = "Current LogonId is 0:0x5aa\nTargeted LogonId is 0:0x3e4\n\nCached Tickets: (0)\n";
        let (caches, problems) = run(&format!("{GERMAN}\n{empty}"));
        let sessions: Vec<_> = caches.iter().map(|c| (c.logon_id, c.tickets.len())).collect();
        assert_eq!((sessions, problems.len()), (vec![(Some(0x3e7), 2), (Some(0x3e4), 0)], 0));
        let cut = &GERMAN[..GERMAN.find("#1>").unwrap()];
        assert_eq!(run(cut).1, ["the list announces 2 tickets and has 1"]);
        let (caches, problems) = run(&GERMAN[..GERMAN.find("\tServer: Microsoft").unwrap()]);
        assert_eq!((caches[0].tickets.len(), problems), (1, vec!["a ticket without its service".to_owned()]));
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "#0> x: y\n", "Current LogonId is 0:0x3e7\n", "Tickets: (3)\n", "a: b @ c\n"] {
            assert!(read(text, &mut Context::new("x", &Limits::default())).is_none(), "{text}");
        }
    }
}
