//! Hosts that got another name, which older events and lists of services go on to use.

use delegap_model::{Event, EventKey, Selection, Time, fold, short_name};
use std::collections::{BTreeMap, BTreeSet};

const EVENT_LOG: &str = "eventlog";
const AUDITING: &str = "microsoft-windows-security-auditing";

/// New short names by former ones, both in lower case.
#[derive(Debug, Default)]
pub(super) struct Renames(BTreeMap<String, String>);

/// The events read here.
pub(crate) fn select(selection: &mut Selection) {
    for (provider, id) in [(EVENT_LOG, 6011), (AUDITING, 4781)] {
        selection.keys.insert(EventKey { provider: provider.to_owned(), id });
    }
}

impl Renames {
    /// The renames that events state, of two the later one. A former name that an object of the directory bears today is
    /// left alone: it means that one.
    pub fn new(stated: BTreeSet<Stated>, current: &BTreeSet<String>) -> Renames {
        let renames = stated.into_iter().filter(|stated| !current.contains(&stated.old));
        Renames(renames.map(|stated| (stated.old, stated.new)).collect())
    }

    /// The name that a host bears today, if `name` is a former one.
    pub fn today(&self, name: &str) -> Option<&str> {
        let mut today = self.0.get(short_name(&fold(name.trim().trim_end_matches('$'))))?;
        // A name given back and forth ends nowhere.
        for _ in 0..self.0.len() {
            match self.0.get(today) {
                Some(next) => today = next,
                None => return Some(today),
            }
        }
        None
    }

    /// Every former name.
    pub fn former(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// What an event states: the former and the new short name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stated {
    time: Time,
    old: String,
    new: String,
}

/// The former and the new name that an event states.
pub(super) fn stated(event: &Event) -> Option<Stated> {
    if !matches!(event.id, 6011 | 4781) {
        return None;
    }
    let provider = fold(&event.provider);
    let (old, new) = match (provider.as_str(), event.id) {
        (EVENT_LOG, 6011) => (event.value(0)?, event.value(1)?),
        // 4781 is also written for users; accounts of computers end in `$`.
        (AUDITING, 4781) => {
            let account = |name: &str| event.field(name).and_then(|n| n.trim().strip_suffix('$'));
            (account("OldTargetUserName")?, account("NewTargetUserName")?)
        }
        _ => return None,
    };
    let name = |text: &str| Some(fold(text.trim())).filter(|n| !n.is_empty() && !n.contains(char::is_whitespace));
    let (old, new) = (short_name(&name(old)?).to_owned(), short_name(&name(new)?).to_owned());
    (old != new).then_some(Stated { time: event.time, old, new })
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::{SourceRef, Time};

    fn event(provider: &str, id: u32, values: &[(&str, &str)]) -> Event {
        let fields = values.iter().copied().collect();
        Event {
            at: SourceRef::new("System.evtx", "#1"),
            provider: provider.into(),
            source_name: None,
            id,
            version: 0,
            level: None,
            time: Time::UNIX_EPOCH,
            computer: "HV03.contoso.lab".into(),
            channel: "System".into(),
            record_id: 1,
            sequence: 0,
            activity_id: None,
            user_sid: None,
            fields,
            rendering: None,
        }
    }

    #[test]
    fn renames_lead_to_the_name_of_today() {
        let events = [
            event("EventLog", 6011, &[("", "WIN-1AB"), ("", "HV03")]),
            event(
                "Microsoft-Windows-Security-Auditing",
                4781,
                &[("OldTargetUserName", "HV03$"), ("NewTargetUserName", "NODE3$")],
            ),
            event(
                "Microsoft-Windows-Security-Auditing",
                4781,
                &[("OldTargetUserName", "anna"), ("NewTargetUserName", "berta")],
            ),
            event("EventLog", 6011, &[("", "X1"), ("", "X2")]),
            event("EventLog", 6011, &[("", "X2"), ("", "X1")]),
        ];
        let said = || events.iter().filter_map(stated).collect();
        let renames = Renames::new(said(), &BTreeSet::new());
        assert_eq!(renames.today("win-1ab.contoso.lab"), Some("node3"));
        assert_eq!(renames.today("NODE3"), None);
        assert_eq!(renames.today("anna"), None);
        assert_eq!(renames.today("x1"), None);
        let reused = Renames::new(said(), &BTreeSet::from(["win-1ab".to_owned()]));
        assert_eq!(reused.today("WIN-1AB"), None);
    }
}
