//! JSON as ConvertTo-Json writes it, in Windows PowerShell 5.1 and in PowerShell 7.

use chrono::{DateTime, FixedOffset, Utc};

/// A value of a PowerShell object.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Str(String),
    /// A DateTime, which each version writes in its own way.
    Date(DateTime<Utc>),
    /// An array.
    List(Vec<Json>),
    /// An object, its members in order.
    Object(Vec<(String, Json)>),
}

/// Whose ConvertTo-Json.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PowerShell {
    /// Two blanks after the colon, nested values in line with their bracket, dates as `\/Date(ms)\/`.
    V51,
    /// Two blanks per level, ISO dates with the zone of the machine (here UTC+2).
    V7,
}

impl Json {
    /// An object from its members.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Json)>) -> Json {
        Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A list of texts.
    pub fn texts(texts: &[String]) -> Json {
        Json::List(texts.iter().cloned().map(Json::Str).collect())
    }

    /// A list that carries extended members: 5.1 writes it as an object of `value` and `Count`.
    pub fn value_and_count(list: Json) -> Json {
        let count = if let Json::List(items) = &list { items.len() } else { 1 };
        Json::object([("value", list), ("Count", Json::Int(i64::try_from(count).unwrap_or(i64::MAX)))])
    }

    /// The document with its final line break.
    pub fn to_text(&self, shell: PowerShell) -> String {
        let mut out = String::new();
        self.write(shell, 0, &mut out);
        out + "\r\n"
    }

    /// `column` is where the value's bracket stands (5.1), or the indentation of its level (7).
    fn write(&self, shell: PowerShell, column: usize, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Json::Int(n) => out.push_str(&n.to_string()),
            Json::Str(text) => out.push_str(&quoted(text, shell)),
            Json::Date(time) => out.push_str(&date(*time, shell)),
            Json::List(items) => {
                let items = items.iter().map(|value| (String::new(), value));
                write_members('[', items.collect(), ']', shell, column, out);
            }
            Json::Object(members) => {
                let colon = if shell == PowerShell::V51 { ":  " } else { ": " };
                let members = members.iter().map(|(name, value)| (quoted(name, shell) + colon, value));
                write_members('{', members.collect(), '}', shell, column, out);
            }
        }
    }
}

fn write_members(
    open: char,
    members: Vec<(String, &Json)>,
    close: char,
    shell: PowerShell,
    column: usize,
    out: &mut String,
) {
    out.push(open);
    if members.is_empty() && shell == PowerShell::V7 {
        out.push(close);
        return;
    }
    let inner = column + if shell == PowerShell::V51 { 4 } else { 2 };
    for (i, (name, value)) in members.iter().enumerate() {
        out.push_str(if i == 0 { "\r\n" } else { ",\r\n" });
        out.push_str(&" ".repeat(inner));
        out.push_str(name);
        let nested = if shell == PowerShell::V51 { inner + name.chars().count() } else { inner };
        value.write(shell, nested, out);
    }
    if members.is_empty() {
        out.push_str("\r\n");
    }
    out.push_str("\r\n");
    out.push_str(&" ".repeat(column));
    out.push(close);
}

fn quoted(text: &str, shell: PowerShell) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\'' if shell == PowerShell::V51 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out + "\""
}

fn date(time: DateTime<Utc>, shell: PowerShell) -> String {
    match shell {
        PowerShell::V51 => format!("\"\\/Date({})\\/\"", time.timestamp_millis()),
        PowerShell::V7 => {
            let zone = FixedOffset::east_opt(2 * 3600).expect("a valid offset");
            format!("\"{}\"", time.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%:z"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts() {
        let value = Json::List(vec![Json::object([
            ("Name", Json::Str("O'Hara".into())),
            ("List", Json::texts(&["a".into()])),
            ("Empty", Json::List(vec![])),
            ("When", Json::Date(DateTime::from_timestamp(1_638_308_922, 0).unwrap())),
        ])]);
        assert_eq!(
            value.to_text(PowerShell::V51),
            "[\r\n    {\r\n        \"Name\":  \"O\\u0027Hara\",\r\n        \"List\":  [\r\n                     \"a\"\r\n  \
             \x20              ],\r\n        \"Empty\":  [\r\n\r\n                  ],\r\n        \"When\":  \
             \"\\/Date(1638308922000)\\/\"\r\n    }\r\n]\r\n"
        );
        let seven = value.to_text(PowerShell::V7);
        assert!(seven.contains("  {\r\n    \"Name\": \"O'Hara\",\r\n    \"List\": [\r\n      \"a\"\r\n    ],\r\n"));
        assert!(seven.contains("\"When\": \"2021-11-30T23:48:42+02:00\""), "{seven}");
        for shell in [PowerShell::V51, PowerShell::V7] {
            let parsed: serde_json::Value = serde_json::from_str(&value.to_text(shell)).unwrap();
            assert_eq!(parsed[0]["List"][0], "a");
        }
    }
}
