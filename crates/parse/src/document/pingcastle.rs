//! PingCastle's health check (`ad_hc_*.xml`): which accounts it lists as trusted for delegation.
//!
//! Its lists are named `…TrustedToAuthenticateForDelegation` and are filled by the flag TRUSTED_FOR_DELEGATION: they show
//! unconstrained delegation. Lists of services and service principal names are not in the file.

use super::accounts;
use super::context::Context;
use super::ldif::Class;
use super::row::{Cell, Row, key};
use crate::xml::resolve;
use delegap_model::Record;
use quick_xml::Reader;
use quick_xml::events::Event as Token;

/// How far into a text its root element may stand.
const ROOT_WITHIN: usize = 4096;

const LIST: &str = "TrustedToAuthenticateForDelegation";

/// The accounts that the file lists; `None` if the text is no such file.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let head = text.get(..text.floor_char_boundary(ROOT_WITHIN)).unwrap_or(text);
    if !head.contains("<HealthcheckData") {
        return None;
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut records = Vec::new();
    let mut state = State::default();
    let (mut counted, mut line) = (0, 1);
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event() {
            Ok(Token::Start(element)) => {
                line += text.get(counted..before).map_or(0, |t| t.matches('\n').count());
                counted = before;
                state.begin(&String::from_utf8_lossy(element.local_name().as_ref()), line);
            }
            Ok(Token::Text(part)) => state.text(&String::from_utf8_lossy(&part)),
            Ok(Token::GeneralRef(reference)) => state.text(&resolve(&reference)),
            Ok(Token::End(element)) => {
                let done = state.end(&String::from_utf8_lossy(element.local_name().as_ref()));
                let record = done.and_then(|(class, mut row)| {
                    context.bound(&mut row);
                    accounts::record(class, &row, context)
                });
                records.extend(record);
            }
            Ok(Token::Eof) if state.closed => return Some(records),
            Ok(Token::Eof) => break context.problem("", "XML ends here: its end is missing", ""),
            Ok(_) => {}
            Err(e) => {
                let lost = format!("{} bytes", text.len().saturating_sub(before));
                break context.problem(&format!(":{line}"), format!("XML breaks here: {e}"), lost);
            }
        }
    }
    Some(records)
}

#[derive(Default)]
struct State {
    class: Option<Class>,
    /// The list that is read, and what it says about its accounts being enabled.
    list: Option<Option<bool>>,
    row: Option<Row>,
    /// The property that is read, and its text.
    property: Option<(String, String)>,
    closed: bool,
}

impl State {
    fn begin(&mut self, name: &str, line: usize) {
        match name {
            "ComputerAccountData" => self.class = Some(Class::Computer),
            "UserAccountData" => self.class = Some(Class::User),
            "HealthcheckAccountDetailData" if self.list.is_some() => self.row = Some(Row::new(format!(":{line}"))),
            _ if self.row.is_some() => self.property = Some((key(name), String::new())),
            _ => {
                if let Some(which) = name.strip_prefix("List").and_then(|n| n.strip_suffix(LIST)) {
                    self.list = Some(match which {
                        "Enabled" => Some(true),
                        "Disabled" => Some(false),
                        _ => None,
                    });
                }
            }
        }
    }

    fn text(&mut self, part: &str) {
        if let Some((_, text)) = &mut self.property {
            text.push_str(part);
        }
    }

    /// An account, if this is its end.
    fn end(&mut self, name: &str) -> Option<(Class, Row)> {
        match name {
            "HealthcheckData" => self.closed = true,
            "ComputerAccountData" | "UserAccountData" => self.class = None,
            "HealthcheckAccountDetailData" => {
                let mut row = self.row.take()?;
                row.put("trustedfordelegation".into(), Cell::Text("True".to_owned()));
                if let Some(enabled) = self.list.flatten() {
                    row.put("enabled".into(), Cell::Text(enabled.to_string()));
                }
                return self.class.map(|class| (class, row));
            }
            _ if self.row.is_some() => {
                let (name, text) = self.property.take()?;
                // Its dates are those of creation and last logon.
                if matches!(name.as_str(), "name" | "distinguishedname") {
                    self.row.as_mut()?.put(name.into(), Cell::Text(text));
                }
            }
            _ if name.ends_with(LIST) => self.list = None,
            _ => {}
        }
        None
    }
}
