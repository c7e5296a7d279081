//! Records without a template: their elements stand in the record itself. Windows writes none; tools that make logs of
//! other files do.

use super::Asked;
use super::texts::{TextId, Texts};
use super::tokens::{Token, Tokens};
use super::value::{self, push_utf16};
use crate::evtx_log::event::parse_time;
use delegap_model::Limits;

/// Elements around a value of `System`, and its own.
const DEPTH: usize = 3;

/// The values that every record is asked for.
#[derive(Clone, Copy)]
enum Which {
    Id,
    Provider,
    Time,
    Computer,
    Channel,
}

/// Reads what every record is asked from the elements of `data[start..end]`; `None` if any of it is not as usual.
pub(super) fn asked(
    data: &[u8],
    (start, end): (usize, usize),
    limits: &Limits,
    texts: &mut Texts,
    [provider, computer, channel]: &mut [TextId; 3],
    scratch: &mut String,
) -> Option<Asked> {
    let values = System::read(Tokens::of_record(data, start, end)?)?;
    let of = |which: Which| values.0.get(which as usize).copied().flatten().filter(|raw| !raw.is_empty());
    let are_short = values.0.iter().flatten().all(|raw| raw.len() / 2 * 3 <= limits.value_bytes);
    if !are_short || limits.depth <= DEPTH {
        return None;
    }
    scratch.clear();
    push_utf16(of(Which::Id)?, scratch).then_some(())?;
    let id = scratch.trim().parse().ok()?;
    scratch.clear();
    push_utf16(of(Which::Time)?, scratch).then_some(())?;
    let time = value::filetime(parse_time(scratch)?)?;
    Some(Asked {
        id,
        provider: texts.id(of(Which::Provider)?, provider)?,
        time,
        computer: texts.id(of(Which::Computer)?, computer)?,
        channel: texts.id(of(Which::Channel)?, channel)?,
    })
}

/// The texts of `System`, as UTF-16.
#[derive(Default)]
struct System<'d>([Option<&'d [u8]>; 5]);

impl<'d> System<'d> {
    /// Walks to the end of `System`, which has to be the first child of the root.
    fn read(mut tokens: Tokens<'d>) -> Option<Self> {
        let mut system = System::default();
        let mut depth = 0;
        // What the next text is: of the child of `System` that is open, or of its attribute.
        let (mut element, mut attribute) = (None, None);
        let mut in_attributes = false;
        loop {
            match tokens.next().ok()?? {
                Token::Open { name, .. } => {
                    let is_expected = match depth {
                        1 => is(name, "System"),
                        depth => depth < DEPTH,
                    };
                    if in_attributes || !is_expected {
                        return None;
                    }
                    depth += 1;
                    (element, attribute, in_attributes) = (Some(name).filter(|_| depth == DEPTH), None, true);
                }
                Token::Attribute(name) if depth == DEPTH => {
                    // By its local name it could be taken for another one.
                    if name.as_chunks::<2>().0.contains(&[b':', 0]) {
                        return None;
                    }
                    attribute = match element? {
                        own if is(own, "Provider") && is(name, "Name") => Some(Which::Provider),
                        own if is(own, "TimeCreated") && is(name, "SystemTime") => Some(Which::Time),
                        _ => None,
                    };
                }
                Token::Attribute(_) => {}
                Token::Text(raw) => {
                    let which = match element {
                        _ if in_attributes => attribute,
                        Some(own) if is(own, "EventID") => Some(Which::Id),
                        Some(own) if is(own, "Computer") => Some(Which::Computer),
                        Some(own) if is(own, "Channel") => Some(Which::Channel),
                        _ => None,
                    };
                    if let Some(slot) = which.and_then(|which| system.0.get_mut(which as usize)) {
                        if slot.is_some() {
                            return None;
                        }
                        *slot = Some(raw);
                    }
                }
                Token::Content => in_attributes = false,
                Token::Empty | Token::Close => {
                    depth -= 1;
                    (element, in_attributes) = (None, false);
                    if depth < DEPTH - 1 {
                        return Some(system);
                    }
                }
                Token::Slot { .. } => return None,
            }
        }
    }
}

/// True if a name in UTF-16 is this one, of ASCII.
fn is(name: &[u8], wanted: &str) -> bool {
    let units = name.as_chunks::<2>().0;
    units.len() == wanted.len() && units.iter().zip(wanted.bytes()).all(|(unit, byte)| *unit == [byte, 0])
}
