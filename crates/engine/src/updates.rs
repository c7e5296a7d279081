//! Updates that logs report as installed.

use delegap_model::EventKey;
use delegap_model::{Event, InstalledUpdate, Selection, UpdateSource, When};
use regex::Regex;
use std::sync::OnceLock;

const CLIENT: &str = "microsoft-windows-windowsupdateclient";
const SERVICING: &str = "microsoft-windows-servicing";

/// The events read here.
pub(crate) fn select(selection: &mut Selection) {
    for (provider, id) in [(CLIENT, 19), (SERVICING, 2)] {
        selection.keys.insert(EventKey { provider: provider.to_owned(), id });
    }
}

/// WindowsUpdateClient 19 (installed) or Servicing 2 (package changed to the installed state) as an update.
pub(crate) fn from_event(event: &Event) -> Option<InstalledUpdate> {
    match event.id {
        19 if event.provider.eq_ignore_ascii_case(CLIENT) => {}
        2 if event.provider.eq_ignore_ascii_case(SERVICING) => {
            // The state 112 is "installed" (CBS_STATE_INSTALLED); its text is localised, so either will do.
            let installed = event.fields.iter().any(|f| {
                let value = f.value.trim();
                let textual = f.name.to_ascii_lowercase().contains("state") && value.eq_ignore_ascii_case("installed");
                textual || (f.name.to_ascii_lowercase().contains("packagestate") && matches!(value, "112" | "0x70"))
            });
            if !installed {
                return None;
            }
        }
        _ => return None,
    }
    let kb = event.fields.iter().find_map(|f| find_kb(f.value))?;
    Some(InstalledUpdate {
        at: event.at.clone(),
        host: Some(event.computer.to_string()),
        kb,
        when: When::Exact(event.time),
        source: UpdateSource::Event,
    })
}

fn find_kb(text: &str) -> Option<String> {
    static KB: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = KB.get_or_init(|| Regex::new(r"(?i)\bKB(\d{6,7})\b").ok()).as_ref()?;
    pattern.captures(text).map(|c| format!("KB{}", &c[1]))
}
