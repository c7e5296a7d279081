//! From events to signals: what one event says about a migration.

use crate::hosts::{HostId, Hosts};
use crate::knowledge::{EventRule, Meaning, knowledge};
use crate::threads::Shared;
use delegap_model::{Code, Event, Evidence, Guid, Side, Time, fold};
use regex::Regex;
use std::borrow::Cow;
use std::ops::Index;
use std::sync::Arc;
use std::sync::OnceLock;

/// What one event says, with the names in it resolved.
#[derive(Debug, Clone)]
pub(crate) struct Signal {
    pub time: Time,
    /// The host that logged it.
    pub host: HostId,
    /// Which side that host is, where the event or its text tells.
    pub side: Option<Side>,
    /// The meanings of the sentences inside.
    inside: Box<[Meaning]>,
    pub vm_name: Option<Arc<str>>,
    pub vm_id: Option<Guid>,
    pub source: Option<HostId>,
    pub destination: Option<HostId>,
    pub codes: Box<[Code]>,
    /// Text that names a UNC or drive path together with the codes.
    pub path: Option<Box<str>>,
    pub rule: &'static EventRule,
    /// Named values of the event, for rules that need more.
    pub event: Box<Event>,
    /// The event's message, where a dump of its provider has the text. It is only shown.
    pub message: Option<Box<str>>,
}

/// Signals in their order, as they were read in parts.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    parts: Vec<Vec<Signal>>,
    /// Which signal each part begins with.
    begins: Vec<usize>,
    count: usize,
}

impl Signals {
    /// Adds those that come next.
    pub fn add(&mut self, part: Vec<Signal>) {
        self.begins.push(self.count);
        self.count += part.len();
        self.parts.push(part);
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn iter(&self) -> impl Iterator<Item = &Signal> {
        self.parts.iter().flatten()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Signal> {
        self.parts.iter_mut().flatten()
    }

    /// The signals from this one on.
    pub fn from(&self, index: usize) -> impl Iterator<Item = &Signal> {
        (index..self.count).map(|index| &self[index])
    }
}

impl Index<usize> for Signals {
    type Output = Signal;

    fn index(&self, index: usize) -> &Signal {
        let part = self.begins.partition_point(|begin| *begin <= index) - 1;
        &self.parts[part][index - self.begins[part]]
    }
}

impl Signal {
    /// The event's own meaning.
    pub fn meaning(&self) -> Meaning {
        self.rule.meaning
    }

    /// The event's own meaning, then those of the sentences inside.
    pub fn meanings(&self) -> impl Iterator<Item = Meaning> {
        std::iter::once(self.rule.meaning).chain(self.inside.iter().copied())
    }

    /// True if the event or a sentence in it has this meaning.
    pub fn means(&self, meaning: Meaning) -> bool {
        self.meanings().any(|own| own == meaning)
    }

    /// True for any of several meanings.
    pub fn means_any(&self, meanings: &[Meaning]) -> bool {
        self.meanings().any(|m| meanings.contains(&m))
    }

    /// True if the event names a UNC or drive path.
    pub fn names_path(&self) -> bool {
        static DRIVE: OnceLock<Option<Regex>> = OnceLock::new();
        let drive = DRIVE.get_or_init(|| Regex::new(r"(?i)(?:^|[^a-z])[a-z]:\\[^\s]").ok()).as_ref();
        self.path.is_some() || drive.is_some_and(|d| self.event.fields.iter().any(|f| d.is_match(f.value)))
    }

    /// The address that the event's rule names, if the value is one.
    pub fn address(&self) -> Option<String> {
        let rule = knowledge().event(&self.event.provider, self.event.id)?;
        let value = field_of(&self.event, rule, "address")?.trim();
        value.parse::<std::net::IpAddr>().is_ok_and(|ip| !ip.is_unspecified()).then(|| value.to_owned())
    }

    /// True if the cluster's own provider logged it.
    pub fn is_cluster_log(&self) -> bool {
        self.event.provider.eq_ignore_ascii_case("Microsoft-Windows-Hyper-V-High-Availability")
    }

    /// The signal as evidence.
    pub fn evidence(&self, hosts: &Hosts) -> Evidence {
        self.evidence_by(hosts, &mut Shared::not_copied())
    }

    /// [`Signal::evidence`] with texts of one's own.
    pub fn evidence_by(&self, hosts: &Hosts, shared: &mut Shared) -> Evidence {
        Evidence {
            time: Some(self.time),
            host: Some(shared.text(hosts.display(self.host))),
            side: self.side,
            at: shared.place(&self.event.at),
            says: match self.fixed_words() {
                Some(words) => shared.text(words),
                None => self.words(),
            },
        }
    }

    /// Its words, if they are those of all events of its kind.
    fn fixed_words(&self) -> Option<&Arc<str>> {
        (self.inside.is_empty() && self.codes.is_empty() && self.message.is_none()).then_some(&self.rule.words)
    }

    /// `event 20306: no connection to the destination; 0x8009030e (no credentials are available)`
    pub fn words(&self) -> Arc<str> {
        if let Some(words) = self.fixed_words() {
            return Arc::clone(words);
        }
        let mut text = self.rule.words.to_string();
        for words in self.inside.iter().filter_map(|m| knowledge().words_of(*m)) {
            text.push_str("; inside: ");
            text.push_str(words);
        }
        for code in &self.codes {
            text.push_str("; ");
            text.push_str(&code.to_string());
            if let Some(fact) = knowledge().code(*code) {
                text.extend([" ", &fact.name, " (", &fact.means, ")"]);
            }
        }
        if let Some(message) = &self.message {
            text.extend(["; its message: ", message]);
        }
        text.into()
    }
}

/// Reads one event of `host`; `None` if no rule knows it.
pub(crate) fn read(whole: Box<Event>, host: HostId, hosts: &Hosts) -> Option<Signal> {
    let event = &whole;
    let rule = knowledge().event(&event.provider, event.id)?;
    let domain = domain_of(hosts, host);
    let resolve = |name: &str| hosts.find(name, domain);
    let text = text_of(event);

    let mut inside = Vec::new();
    let mut side = rule.side;
    // Sentences have blanks.
    if !rule.about_host && text.contains(' ') {
        let folded = fold(&squeeze(&text));
        for sentence in knowledge().sentences_in(&folded) {
            if sentence.meaning != rule.meaning && !inside.contains(&sentence.meaning) {
                inside.push(sentence.meaning);
            }
        }
    }
    let named = |what: &str| field_of(event, rule, what);
    let mut vm_id = named("vm-id").and_then(Guid::parse).filter(|g| !g.is_nil());
    vm_id = vm_id.or_else(|| event.user_sid.as_ref().and_then(|sid| sid.vm_id()));
    let mut vm_name = named("vm").map(str::trim).filter(|n| is_vm_name(n)).map(str::to_owned);
    let mut source = named("source").and_then(resolve);
    let mut destination = named("destination").and_then(resolve);

    let quotes = QuotedNames::find(&text);
    source = source.or_else(|| quotes.source.as_deref().and_then(resolve));
    destination = destination.or_else(|| quotes.destination.as_deref().and_then(resolve));
    let cluster = event.provider.eq_ignore_ascii_case("Microsoft-Windows-Hyper-V-High-Availability");
    vm_name = vm_name.map(|n| if cluster { plain_vm_name(&n).to_owned() } else { n });
    // An export may have lost the values and kept the message.
    let only_message = event.fields.is_empty() && !rule.about_host && !text.is_empty();
    if rule.fields.iter().any(|f| f == "text") || rule.meaning == Meaning::Envelope || only_message {
        // The cluster's resource name is the VM's with words around it; the text has the VM's own.
        vm_name = quotes.vm.clone().or(vm_name).map(|n| plain_vm_name(&n).to_owned());
        vm_id = vm_id.or_else(|| Guid::find_all(&text).into_iter().find(|g| !g.is_nil()));
        if source.is_none() && destination.is_none() {
            (source, destination) = by_order(&text, host, &resolve);
        }
    }
    match rule.meaning {
        Meaning::FailedAtSource => source = source.or(Some(host)),
        Meaning::FailedAtDestination => destination = destination.or(Some(host)),
        _ => {}
    }
    if side.is_none() && !rule.about_host {
        side = side_of(host, source, destination);
        if side == Some(Side::Source) {
            source = source.or(Some(host));
        }
    }
    match side {
        Some(Side::Source) => source = source.or(Some(host)),
        Some(Side::Destination) if destination.is_none() => destination = Some(host),
        _ => {}
    }
    // A rule's side is the template's; an event that names the other host as that side was logged by its peer.
    if let (Some(s), Some(d)) = (source, destination) {
        side = if host == s && host != d {
            Some(Side::Source)
        } else if host == d && host != s {
            Some(Side::Destination)
        } else {
            side
        };
    }
    let codes = codes_of(event, rule, &text);
    let path = find_path(&text);
    Some(Signal {
        time: event.time,
        host,
        side,
        inside: inside.into(),
        vm_name: vm_name.map(Arc::from),
        vm_id,
        source,
        destination,
        codes: codes.into(),
        path: path.map(Box::from),
        rule,
        message: None,
        event: whole,
    })
}

fn side_of(host: HostId, source: Option<HostId>, destination: Option<HostId>) -> Option<Side> {
    if source == Some(host) && destination != Some(host) {
        return Some(Side::Source);
    }
    if destination == Some(host) && source != Some(host) {
        return Some(Side::Destination);
    }
    // Who names another host as the destination is the source. An envelope that names nobody may be either's.
    let names_other = destination.is_some_and(|d| d != host);
    (source.is_none() && names_other).then_some(Side::Source)
}

/// Names of VMs hold at most 100 characters; ids, and texts that carry a code, are none.
fn is_vm_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= 100
        && !text.contains(['\r', '\n'])
        && Guid::parse(text).is_none()
        && Code::find_all(text).is_empty()
}

/// The value called `what` in the rule: by the names that newer builds write, else by its position.
pub(crate) fn field_of<'a>(event: &'a Event, rule: &EventRule, what: &str) -> Option<&'a str> {
    let position = rule.fields.iter().position(|f| f == what)?;
    let aliases: &[&str] = match what {
        "vm" => &["VmName", "ResourceName"],
        "vm-id" => &["VmId", "VirtualMachineId"],
        "error-message" => &["ErrorMessage"],
        "error-code" => &["ErrorCode"],
        "destination" => &["DestinationHost", "DestinationNode", "Host", "HostName"],
        "source" => &["SourceHost", "Host", "HostName"],
        "spn" => &["SPN", "ServicePrincipalName"],
        "address" => &["ClientAddress", "ListenAddress", "SourceIpAddress", "Address"],
        "addresses" => &["ListenAddresses"],
        _ => &[],
    };
    let by_name = aliases.iter().find_map(|a| event.field(a));
    let by_number = || event.fields.iter().find(|f| is_parameter(f.name, position)).map(|f| f.value);
    by_name.or_else(by_number).or_else(|| event.value(position))
}

/// True for `Parameter3` and 3, case aside.
fn is_parameter(name: &str, position: usize) -> bool {
    let digits = name.get(..9).filter(|p| p.eq_ignore_ascii_case("Parameter")).and(name.get(9..));
    digits.is_some_and(|d| d.parse() == Ok(position))
}

/// All values of the event in one text, and the display text where it has one.
fn text_of(event: &Event) -> Cow<'_, str> {
    let values = event.fields.text();
    match event.rendering.as_ref().and_then(|r| r.message.as_deref()) {
        Some(message) => Cow::Owned(format!("{values}{message}")),
        None => Cow::Borrowed(values),
    }
}

/// Runs of white space as one blank: several VMMS sentences have two blanks before the VM's name.
fn squeeze(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !squeezed.is_empty() {
            squeezed.push(' ');
        }
        squeezed.push_str(word);
    }
    squeezed
}

/// Codes of the fields that hold codes, then those in the text.
fn codes_of(event: &Event, rule: &EventRule, text: &str) -> Vec<Code> {
    let mut codes: Vec<Code> = Vec::new();
    let mut add = |code: Code| {
        if code.0 != 0 && !codes.contains(&code) {
            codes.push(code);
        }
    };
    for what in ["error-code", "error-message"] {
        if let Some(code) = field_of(event, rule, what).and_then(Code::parse_field) {
            add(code);
        }
    }
    if !rule.about_host {
        Code::find_all(text).into_iter().for_each(&mut add);
    }
    codes
}

/// `Virtual Machine APP01` and `SCVMM APP01 Resources` are how cluster resources call the VM `APP01`.
pub(crate) fn plain_vm_name(name: &str) -> &str {
    let mut name = name.trim();
    for prefix in ["Virtual Machine ", "SCVMM "] {
        if let Some(rest) =
            name.get(..prefix.len()).filter(|p| p.eq_ignore_ascii_case(prefix)).and(name.get(prefix.len()..))
        {
            name = rest.trim();
        }
    }
    for suffix in [" Resources", " Configuration"] {
        let cut = name.len().saturating_sub(suffix.len());
        if name.get(cut..).is_some_and(|s| s.eq_ignore_ascii_case(suffix)) && cut > 0 {
            name = name[..cut].trim();
        }
    }
    name
}

/// Source and destination of a text in a language whose sentences are not known: the hosts it quotes, in the order in
/// which every known version of these messages names them. A single other host is the one the move goes to.
fn by_order(text: &str, host: HostId, resolve: &impl Fn(&str) -> Option<HostId>) -> (Option<HostId>, Option<HostId>) {
    static QUOTED: OnceLock<Option<Regex>> = OnceLock::new();
    let Some(quoted) = QUOTED.get_or_init(|| Regex::new(&format!("{OPENING}({INSIDE}){CLOSING}")).ok()) else {
        return (None, None);
    };
    let mut hosts: Vec<HostId> = Vec::new();
    for id in quoted.captures_iter(text).filter_map(|c| resolve(c[1].trim())) {
        if !hosts.contains(&id) {
            hosts.push(id);
        }
    }
    match hosts.as_slice() {
        [one] if *one == host => (Some(*one), None),
        [one] => (Some(host), Some(*one)),
        [first, second] => (Some(*first), Some(*second)),
        _ => (None, None),
    }
}

/// Quotation marks of the languages that Windows speaks: those that open, those that close, and any.
const OPENING: &str = "['\"\u{2018}\u{2019}\u{201c}\u{201d}\u{201e}\u{201a}«»‹›「『]\\s*";
const CLOSING: &str = "\\s*['\"\u{2018}\u{2019}\u{201c}\u{201d}«»‹›」』]";
const INSIDE: &str = "[^'\"\u{2018}\u{2019}\u{201c}\u{201d}\u{201e}\u{201a}«»‹›「」『』\\r\\n]+?";
const QUOTES: [char; 16] = [
    '\'', '"', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{201e}', '\u{201a}', '«', '»', '‹', '›', '「', '」',
    '『', '』',
];

/// Words before a quoted name that say whose it is, the surest first.
const BEFORE_VM: [&str; 5] = [
    "migration operation for",
    "live migration of",
    "live migration of virtual machine",
    "virtual machine",
    "resource",
];
const BEFORE_SOURCE: [&str; 4] = ["at migration source", "from source host", "source host", "source node"];
const BEFORE_DESTINATION: [&str; 7] = [
    "at migration destination",
    "with host",
    "destination host",
    "destination node",
    "physical computer",
    "on host",
    "to host",
];

/// Names that a message puts between quotation marks.
#[derive(Debug, Default)]
struct QuotedNames {
    vm: Option<String>,
    source: Option<String>,
    destination: Option<String>,
}

impl QuotedNames {
    fn find(text: &str) -> QuotedNames {
        if !text.bytes().fold(false, |any, byte| any | matches!(byte, b'\'' | b'"' | 0x80..)) {
            return QuotedNames::default();
        }
        let (mut vm, mut source, mut destination) = (None, None, None);
        for (before, name, after) in quoted(text) {
            let before = last_words(before);
            prefer(&mut vm, BEFORE_VM.iter().position(|words| before.ends_with(words)), name);
            prefer(&mut source, BEFORE_SOURCE.iter().position(|words| before.ends_with(words)), name);
            prefer(&mut destination, BEFORE_DESTINATION.iter().position(|words| before.ends_with(words)), name);
            // A line that begins with a quoted name is about that VM.
            let begins = before.is_empty() && after.starts_with(char::is_whitespace);
            prefer(&mut vm, begins.then_some(BEFORE_VM.len()), name);
        }
        let name = |found: Option<(usize, &str)>| found.map(|(_, name)| name.to_owned());
        QuotedNames { vm: name(vm), source: name(source), destination: name(destination) }
    }
}

/// Keeps the surest name, of equals the first.
fn prefer<'a>(best: &mut Option<(usize, &'a str)>, rank: Option<usize>, name: &'a str) {
    if let Some(rank) = rank
        && best.is_none_or(|(known, _)| rank < known)
    {
        *best = Some((rank, name));
    }
}

/// What stands between two quotation marks of one line, with the text before and after it.
fn quoted(text: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let closes = |mark: char| !matches!(mark, '\u{201e}' | '\u{201a}' | '「' | '『');
    text.match_indices(QUOTES).filter_map(move |(at, mark)| {
        let rest = text.get(at + mark.len()..).filter(|_| !matches!(mark, "」" | "』"))?;
        let (end, closing) = rest.match_indices(QUOTES).find(|(end, _)| !rest[..*end].trim().is_empty())?;
        let name = rest[..end].trim();
        let closed = closing.chars().all(closes) && !name.contains(['\r', '\n']) && !name.contains(QUOTES);
        closed.then(|| (&text[..at], name, &rest[end + closing.len()..]))
    })
}

/// The last words of the line that `text` ends in, in lower case with single blanks.
fn last_words(text: &str) -> String {
    let tail = &text[text.floor_char_boundary(text.len().saturating_sub(WIDEST))..];
    fold(&squeeze(tail.rsplit(['\r', '\n']).next().unwrap_or(tail)))
}

/// Bytes in which the words before a name stand.
const WIDEST: usize = 100;

/// The first UNC path in a text. `\\?\` and `\\.\` begin local paths.
fn find_path(text: &str) -> Option<String> {
    static PATH: OnceLock<Option<Regex>> = OnceLock::new();
    let path = PATH.get_or_init(|| Regex::new(r#"\\\\[^\\\s'"?.][^\\\s'"]*\\[^\s'"]+"#).ok()).as_ref()?;
    path.find(text).map(|m| m.as_str().to_owned())
}

/// The domain of a host, in lower case, from its full name.
pub(crate) fn domain_of(hosts: &Hosts, host: HostId) -> Option<&str> {
    hosts.name(host).full.as_deref().and_then(|f| f.split_once('.')).map(|(_, d)| d)
}

#[cfg(test)]
#[path = "signals_tests.rs"]
mod tests;
