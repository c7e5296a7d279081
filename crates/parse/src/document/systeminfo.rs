//! systeminfo in any language: fields by position around the version line, updates by number.

use super::context::Context;
use super::delimited;
use super::list::is_lost;
use super::updates::kbs;
use super::value::excerpt;
use delegap_model::{DeviceGuard, InstalledUpdate, Os, Record, Tri, UpdateSource, When, Why};

/// Lines below the version line at which the time of the last boot stands: manufacturer, configuration, build type,
/// owner, organisation, product id, installation date, boot time.
const BOOT_AFTER_VERSION: usize = 8;

/// Rows looked at in a CSV file that may hold the output of several hosts.
const MOST_HOSTS: usize = 10_000;

/// Reads one or several outputs, one below the other; `None` if there is no version line.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let lines: Vec<&str> = text.lines().collect();
    let fields: Vec<Field> = lines.iter().zip(1..).filter_map(|(l, n)| field(l, n)).collect();
    let versions: Vec<usize> =
        fields.iter().enumerate().filter(|(i, f)| *i > 0 && build(f.value).is_some()).map(|(i, _)| i).collect();
    if versions.is_empty() {
        return of_csv(text, context);
    }
    let mut records = Vec::new();
    for (n, version) in versions.iter().enumerate() {
        let next = versions.get(n + 1).map_or(fields.len(), |v| v.saturating_sub(2));
        let own = fields.get(*version..next).unwrap_or_default();
        let end = fields.get(next).map_or(lines.len(), |f| f.line - 1);
        one(&fields, *version, own, lines.get(..end).unwrap_or_default(), context, &mut records);
    }
    if !text.ends_with('\n') {
        context.problem(
            &format!(":{}", lines.len()),
            "the file ends without a line end: its last value may be cut",
            "",
        );
    }
    Some(records)
}

/// `systeminfo /fo csv`: the same fields in the same order, one host a row.
fn of_csv(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let head = text.get(..64 << 10).unwrap_or(text);
    if !head.trim_start().starts_with('"') {
        return None;
    }
    let mut records = Vec::new();
    for (line, cells) in delimited::records(text.trim_start()).take(MOST_HOSTS) {
        let [host, caption, version, ..] = cells.as_slice() else { continue };
        let (Some(build), false) = (build(version), host.is_empty() || is_lost(host)) else { continue };
        let at = context.at(&format!(":{line}"));
        let server = cells.iter().position(|c| c.starts_with("\\\\"));
        let domain = server.and_then(|i| i.checked_sub(1)).and_then(|i| cells.get(i));
        records.push(Record::Os(Box::new(Os {
            at: at.clone(),
            host: Some(host.clone()),
            caption: told(caption),
            build: Tri::Known(build),
            revision: Tri::NOT_EXPORTED,
            domain: domain.map_or(Tri::NOT_EXPORTED, |d| told(d)),
            booted: cells.get(2 + BOOT_AFTER_VERSION).map_or(Tri::NOT_EXPORTED, |t| boot_time(t)),
        })));
        // The list stands in one cell: `2 Hotfix(s) Installed.,[01]: KB5004330,[02]: KB5005039`.
        let list = cells.iter().find(|c| c.contains("[01]:") && !kbs(c).is_empty());
        for kb in list.map(|c| kbs(c)).unwrap_or_default() {
            let (at, host, source) = (at.clone(), Some(host.clone()), UpdateSource::HotfixList);
            records.push(Record::Update(Box::new(InstalledUpdate { at, host, kb, when: When::Unknown, source })));
        }
    }
    (!records.is_empty()).then_some(records)
}

/// A line that begins with a label.
struct Field<'t> {
    line: usize,
    value: &'t str,
}

fn field(line: &str, number: usize) -> Option<Field<'_>> {
    if line.starts_with(char::is_whitespace) {
        return None;
    }
    let (label, value) = line.split_once([':', '：'])?;
    (!label.is_empty() && !label.contains('\\')).then(|| Field { line: number, value: value.trim() })
}

/// The build number of `10.0.20348 N/A Build 20348`: the last word repeats the version's third part in all languages.
fn build(value: &str) -> Option<u32> {
    let version = value.split_whitespace().next()?;
    let last = value.split_whitespace().next_back()?;
    let mut parts = version.split('.');
    let (major, minor, third) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
    let is_version = version != last && digits(major) && digits(minor) && third == last && parts.next().is_none();
    (is_version && (4..=5).contains(&third.len())).then(|| third.parse().ok()).flatten()
}

fn one(
    fields: &[Field],
    version: usize,
    own: &[Field],
    lines: &[&str],
    context: &mut Context,
    records: &mut Vec<Record>,
) {
    let above = |n: usize| version.checked_sub(n).and_then(|i| fields.get(i));
    let host = above(2).map(|f| f.value).filter(|h| !h.is_empty() && !is_lost(h) && !h.contains(char::is_whitespace));
    let Some(at) = own.first().map(|f| f.line) else { return };
    match host {
        Some(host) => records.push(Record::Os(Box::new(Os {
            at: context.at(&format!(":{at}")),
            host: Some(host.to_owned()),
            caption: above(1).map_or(Tri::NOT_EXPORTED, |f| told(f.value)),
            build: own.first().and_then(|f| build(f.value)).map_or(Tri::NOT_EXPORTED, Tri::Known),
            revision: Tri::NOT_EXPORTED,
            domain: domain(own, lines),
            booted: booted(own),
        }))),
        None => context.problem(
            &format!(":{at}"),
            "the line with the host's name is missing",
            "operating system facts of 1 host",
        ),
    }
    if let Some((number, running)) = credential_guard(at, lines) {
        records.push(Record::DeviceGuard(Box::new(DeviceGuard {
            at: context.at(&format!(":{number}")),
            host: host.map(str::to_owned),
            credential_guard_running: running,
            credential_guard_configured: Tri::NOT_EXPORTED,
        })));
    }
    for (number, line) in (at + 1..).zip(lines.get(at..).unwrap_or_default()) {
        if !is_list_item(line) {
            continue;
        }
        for kb in kbs(line).into_iter().take(1) {
            let at = context.at(&format!(":{number}"));
            let host = host.map(str::to_owned);
            let source = UpdateSource::HotfixList;
            records.push(Record::Update(Box::new(InstalledUpdate { at, host, kb, when: When::Unknown, source })));
        }
    }
}

/// `   [01]: …`
fn is_list_item(line: &str) -> bool {
    let item = line.trim_start().strip_prefix('[').and_then(|l| l.split_once(']'));
    item.is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// The line at which the last list of the block on virtualization-based security begins, that of the services that run, and
/// whether Credential Guard is in it. The block's headings are in the system's language; that name is not.
fn credential_guard(start: usize, lines: &[&str]) -> Option<(usize, Tri<bool>)> {
    let is_guard = |l: &str| l.trim().eq_ignore_ascii_case("Credential Guard");
    let named = |l: &&str| l.to_ascii_lowercase().starts_with("virtualization-based security");
    let from = lines.iter().skip(start).position(named).map(|i| start + i);
    let block_of = |from: usize| lines.iter().skip(from + 1).take_while(|l| l.starts_with([' ', '\t'])).count();
    let heading = |from: usize| {
        let block = lines.get(from + 1..=from + block_of(from))?;
        block.iter().rposition(|l| l.trim_end().ends_with([':', '：'])).map(|i| from + 1 + i)
    };
    match from {
        Some(from) => {
            let Some(last) = heading(from) else {
                // `Status: Not enabled`, and nothing below.
                let off = lines.get(from)?.to_ascii_lowercase().contains("not enabled");
                return off.then_some((from + 1, Tri::Known(false)));
            };
            let own = lines.get(last + 1..=from + block_of(from)).unwrap_or_default();
            Some((last + 1, Tri::Known(own.iter().any(|l| is_guard(l)))))
        }
        // Another language: its block is the one that lists Credential Guard, and only a hit says something.
        None => {
            let last = (start..lines.len()).rev().find(|i| lines.get(*i).is_some_and(|l| is_guard(l)))?;
            let from = (start..last).rev().find(|i| lines.get(*i).is_some_and(|l| !l.starts_with([' ', '\t'])))?;
            let running = heading(from)?;
            (running < last).then_some((running + 1, Tri::Known(true)))
        }
    }
}

fn told(value: &str) -> Tri<String> {
    if is_lost(value) {
        Tri::Unknown(Why::Lost(excerpt(value)))
    } else if value.is_empty() {
        Tri::KnownEmpty
    } else {
        Tri::Known(value.to_owned())
    }
}

/// The domain stands above the logon server, which begins with `\\` (or is N/A), which stands above the list of updates.
fn domain(own: &[Field], lines: &[&str]) -> Tri<String> {
    let by_server = own.iter().position(|f| f.value.starts_with("\\\\")).and_then(|i| i.checked_sub(1));
    let by_list = || {
        let list = own
            .iter()
            .position(|f| lines.get(f.line).is_some_and(|next| is_list_item(next) && !kbs(next).is_empty()))?;
        list.checked_sub(2)
    };
    by_server.or_else(by_list).and_then(|i| own.get(i)).map_or(Tri::NOT_EXPORTED, |f| told(f.value))
}

/// The boot time is local, and the zone line shows the offset of winter time only: never certain.
fn booted(own: &[Field]) -> Tri<delegap_model::Time> {
    own.get(BOOT_AFTER_VERSION).map_or(Tri::NOT_EXPORTED, |f| boot_time(f.value))
}

fn boot_time(text: &str) -> Tri<delegap_model::Time> {
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(':') {
        Tri::Unknown(Why::Unreadable(excerpt(text)))
    } else {
        Tri::NOT_EXPORTED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    const FRENCH: &str = "\nNom de l'hôte:                HV01\nNom du système:               Microsoft Windows Server 2022\n\
        Version du système:           10.0.20348 N/A version 20348\nFabricant:   Microsoft Corporation\n\
        Configuration: x\nType: y\nPropriétaire: z\nOrganisation:  \nIdentificateur: i\nInstallation: 29/04/2019, 18:52:20\n\
        Démarrage:  30/04/2019, 18:56:01\nDomaine:   contoso.lab\nServeur:   \\\\DC01\n\
        Correctif(s):   2 Corrections.\n                [01]\u{a0}: KB5004330\n                [02]: KB5005039\n\
        Carte:  1 carte\n                [01]: Adapter\n";

    fn run(text: &str) -> (Vec<Record>, usize) {
        let limits = Limits::default();
        let mut context = Context::new("x", &limits);
        let records = read(text, &mut context).unwrap_or_default();
        (records, context.into_problems().len())
    }

    fn os(record: &Record) -> &Os {
        match record {
            Record::Os(os) => os,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn fields_by_position() {
        let (records, problems) = run(FRENCH);
        assert_eq!((records.len(), problems), (3, 0));
        let os = os(&records[0]);
        assert_eq!(
            (os.host.as_deref(), os.build.known(), os.at.place.to_string().as_str()),
            (Some("HV01"), Some(&20348), ":4")
        );
        assert_eq!(os.caption.known().unwrap(), "Microsoft Windows Server 2022");
        assert_eq!(os.domain.known().unwrap(), "contoso.lab");
        assert_eq!(os.booted, Tri::Unknown(Why::Unreadable("30/04/2019, 18:56:01".into())));
        let Record::Update(update) = &records[2] else { panic!("{records:?}") };
        assert_eq!(
            (update.kb.as_str(), update.host.as_deref(), update.at.place.to_string().as_str()),
            ("KB5005039", Some("HV01"), ":17")
        );
    }

    #[test]
    fn credential_guard_runs_if_it_is_in_the_last_list() {
        let of = |block: &str| {
            let (records, _) = run(&format!("{FRENCH}{block}"));
            records.into_iter().find_map(|r| match r {
                Record::DeviceGuard(guard) => {
                    Some((guard.host, guard.credential_guard_running, guard.at.place.to_string()))
                }
                _ => None,
            })
        };
        let block = |services: &str| {
            format!(
                "Virtualization-based security: Status: Running\n     Required Security Properties:\n          Secure Boot\n     \
                 Services Configured:\n          Credential Guard\n     Services Running:\n{services}\
                 Hyper-V Requirements: A hypervisor has been detected.\n"
            )
        };
        let host = Some("HV01".to_owned());
        let running = block("          Credential Guard\n          Hypervisor enforced Code Integrity\n");
        assert_eq!(of(&running), Some((host.clone(), Tri::Known(true), ":25".into())));
        assert_eq!(of(&block("")), Some((host.clone(), Tri::Known(false), ":25".into())));
        let off = "Virtualization-based security: Status: Not enabled\n";
        assert_eq!(of(off), Some((host.clone(), Tri::Known(false), ":20".into())));
        let french = running.replace("Virtualization-based security", "Sécurité basée sur la virtualisation");
        assert_eq!(of(&french), Some((host, Tri::Known(true), ":25".into())));
        assert_eq!(of(&block("").replace("Virtualization-based security", "Sécurité")), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn rows_of_csv() {
        let text = "\r\n\"Hostname\",\"Name\",\"Version\",\"m\",\"Domäne\",\"Server\",\"Hotfix(es)\"\r\n\
                    \"HV01\",\"Microsoft Windows Server 2022\",\"10.0.20348 Nicht zutreffend Build 20348\",\"m\",\"c.l\",\
                    \"\\\\DC01\",\"2 Hotfix(es),[01]: KB5004330,[02]: KB5005039\"\r\n";
        let (records, problems) = run(text);
        assert_eq!((records.len(), problems), (3, 0));
        assert_eq!(
            (os(&records[0]).host.as_deref(), os(&records[0]).domain.known().unwrap().as_str()),
            (Some("HV01"), "c.l")
        );
    }

    #[test]
    fn several_hosts_and_a_lost_name() {
        let two = format!("{FRENCH}{}", FRENCH.replace("HV01", "HV02").replace("KB5004330", "KB5030216"));
        let (records, _) = run(&two);
        let hosts: Vec<_> = records
            .iter()
            .filter_map(|r| match r {
                Record::Update(u) => Some((u.host.clone().unwrap(), u.kb.clone())),
                _ => None,
            })
            .collect();
        assert_eq!(hosts.len(), 4);
        assert_eq!(hosts[2], ("HV02".to_owned(), "KB5030216".to_owned()));
        let headless = FRENCH.lines().skip(2).collect::<Vec<_>>().join("\n");
        let (records, problems) = run(&headless);
        assert_eq!((records.len(), problems), (2, 2), "and no line end");
        assert!(read("Version: 1.2.3 4\n", &mut Context::new("x", &Limits::default())).is_none());
    }
}
