//! The messages of events, from the texts that a provider's dump holds. They are shown, and decide nothing.

use super::Estate;
use delegap_model::{Event, EventText, fold};
use std::collections::HashMap;

/// Longest message shown, in characters.
const LONGEST: usize = 300;

impl Estate {
    /// Gives signals their messages. A text that two dumps tell differently is none.
    pub(super) fn read_texts(&mut self, texts: &[EventText]) {
        if texts.is_empty() {
            return;
        }
        let mut known: HashMap<(String, u32, u32), Option<&str>> = HashMap::new();
        for text in texts {
            let key = (fold(&text.provider), text.id, text.version);
            let one = known.entry(key).or_insert(Some(&text.message));
            *one = one.filter(|one| *one == text.message);
        }
        for signal in self.signals.iter_mut() {
            let event = &signal.event;
            let key = (fold(&event.provider), event.id, event.version);
            let text = known.get(&key).copied().flatten();
            signal.message = text.map(|text| filled(text, event)).filter(|message| !message.is_empty()).map(Box::from);
        }
    }
}

/// A message text on one line with the event's values in the place of `%1` and so on, as FormatMessage puts them there.
fn filled(text: &str, event: &Event) -> String {
    let mut message = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        message.push_str(before);
        if message.len() > 4 * LONGEST {
            break;
        }
        let digits = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let (number, behind) = after.split_at(digits);
        rest = match number.parse::<usize>() {
            // It ends the text.
            Ok(0) => return on_one_line(&message),
            Ok(number) => {
                match event.value(number - 1) {
                    Some(value) => message.extend(value.chars().take(LONGEST)),
                    None => message.extend(["%", &after[..digits]]),
                }
                without_format(behind)
            }
            Err(_) => {
                let mut characters = after.chars();
                match characters.next() {
                    Some('n' | 'r' | 't' | 'b') => message.push(' '),
                    Some(other) => message.push(other),
                    None => message.push('%'),
                }
                characters.as_str()
            }
        };
    }
    message.push_str(rest);
    on_one_line(&message)
}

/// `!s!` behind a number says how the value is printed.
fn without_format(behind: &str) -> &str {
    let format = behind.strip_prefix('!').and_then(|rest| rest.split_once('!'));
    match format {
        Some((format, rest)) if format.len() < 10 && !format.contains(char::is_whitespace) => rest,
        _ => behind,
    }
}

fn on_one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut line = words.join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::{SourceRef, Time};

    fn event(values: &[&str]) -> Event {
        let fields = values.iter().map(|value| ("", value));
        Event {
            at: SourceRef::new("a.evtx", "#1"),
            provider: "P".into(),
            source_name: None,
            id: 1,
            version: 0,
            level: None,
            time: Time::from_timestamp(0, 0).unwrap(),
            computer: "hv01".into(),
            channel: "".into(),
            record_id: 1,
            sequence: 0,
            activity_id: None,
            user_sid: None,
            fields: fields.collect(),
            rendering: None,
        }
    }

    #[test]
    fn values_stand_where_the_text_has_their_numbers() {
        for (text, values, wanted) in [
            ("no host '%3': %1 (%2).", &["refused", "0x5", "HV02"][..], "no host 'HV02': refused (0x5)."),
            ("a%n%t b\r\n\r\nc %% d%0 rest", &[], "a b c % d"),
            ("%1!s!, %2!x, %10", &["one", "two"], "one, two!x, %10"),
            ("%1", &["100%2"], "100%2"),
            ("ends in %", &[], "ends in %"),
            ("%é%", &[], "é%"),
        ] {
            assert_eq!(filled(text, &event(values)), wanted, "{text}");
        }
    }

    #[test]
    fn a_message_is_cut_at_its_limit() {
        let long = "é".repeat(10_000);
        let message = filled(&"%1".repeat(10_000), &event(&[&long]));
        assert_eq!(message.chars().count(), LONGEST + 1);
    }
}
