//! PingCastle's health check (`ad_hc_*.xml`): which accounts it lists as trusted for delegation.
//!
//! Its lists are named `…TrustedToAuthenticateForDelegation` and are filled by the flag TRUSTED_FOR_DELEGATION: they show
//! unconstrained delegation. Lists of services and service principal names are not in the file.

use super::accounts;
use super::context::Context;
use super::ldif::Class;
use super::row::{Cell, Row, key};
use crate::xml::{Damage, Tokens, resolve};
use delegap_model::Record;
use quick_xml::events::Event as Token;

/// How far into a text its root element may stand.
const ROOT_WITHIN: usize = 4096;

const LIST: &str = "TrustedToAuthenticateForDelegation";
/// One account of a list.
const ACCOUNT: &str = "HealthcheckAccountDetailData";

/// The accounts that the file lists; `None` if the text is no such file.
pub(super) fn read(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    let head = text.get(..text.floor_char_boundary(ROOT_WITHIN)).unwrap_or(text);
    if !head.contains("<HealthcheckData") {
        return None;
    }
    let mut tokens = Tokens::new(text);
    let mut records = Vec::new();
    let mut state = State::default();
    let mut damages = Vec::new();
    let (mut counted, mut line) = (0, 1);
    loop {
        let (at, token) = tokens.next();
        match token {
            Ok(Token::Start(element)) => {
                line += text.get(counted..at).map_or(0, |t| t.matches('\n').count());
                counted = at;
                let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
                // Accounts don't stand in each other.
                if name == ACCOUNT && state.row.is_some() {
                    damages.push(Damage { at, what: "an account before this one has no end".to_owned(), lost: 0 });
                    (state.row, state.property) = (None, None);
                    tokens.resume(at);
                    continue;
                }
                state.begin(&name, line);
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
            Ok(Token::Eof) => {
                if !state.closed {
                    damages.push(Damage { at: text.len(), what: "its end is missing".to_owned(), lost: 0 });
                }
                break;
            }
            Ok(_) => {}
            Err(e) => {
                let next =
                    tokens.next_of(at + 1, &[ACCOUNT], state.list_name.as_deref()).filter(|_| state.list.is_some());
                let lost = next.unwrap_or(text.len()) - at;
                damages.push(Damage { at, what: e.to_string(), lost });
                let Some(next) = next else { break };
                // The account that is broken costs itself.
                (state.row, state.property) = (None, None);
                tokens.resume(next);
            }
        }
    }
    context.broken_xml(text, &damages);
    Some(records)
}

#[derive(Default)]
struct State {
    class: Option<Class>,
    /// The list that is read, and what it says about its accounts being enabled.
    list: Option<Option<bool>>,
    list_name: Option<String>,
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
            ACCOUNT if self.list.is_some() => {
                (self.row, self.property) = (Some(Row::new(format!(":{line}"))), None);
            }
            _ if self.row.is_some() => self.property = Some((key(name), String::new())),
            _ => {
                if let Some(which) = name.strip_prefix("List").and_then(|n| n.strip_suffix(LIST)) {
                    self.list_name = Some(name.to_owned());
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
            ACCOUNT => {
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
