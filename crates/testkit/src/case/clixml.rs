//! CLIXML as Export-Clixml writes it.

use super::json::Json;
use std::fmt::Write;

/// The document of some objects of one type.
pub fn document(objects: &[Json], type_name: &str) -> String {
    let mut writer = Writer { out: String::new(), next: 0, type_name };
    for object in objects {
        writer.value(None, object, true);
    }
    format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\r\n{}</Objs>",
        writer.out
    )
}

struct Writer<'a> {
    out: String,
    next: u32,
    type_name: &'a str,
}

impl Writer<'_> {
    fn value(&mut self, name: Option<&str>, value: &Json, first: bool) {
        let named = name.map(|n| format!(" N=\"{}\"", escape(n))).unwrap_or_default();
        match value {
            Json::Null => self.line(&format!("<Nil{named} />")),
            Json::Bool(b) => self.line(&format!("<B{named}>{b}</B>")),
            Json::Int(n) => {
                let tag = if i32::try_from(*n).is_ok() { "I32" } else { "I64" };
                self.line(&format!("<{tag}{named}>{n}</{tag}>"));
            }
            Json::Str(text) => self.line(&format!("<S{named}>{}</S>", escape(text))),
            Json::Date(time) => {
                let ticks = time.timestamp_subsec_nanos() / 100;
                self.line(&format!("<DT{named}>{}.{ticks:07}Z</DT>", time.format("%Y-%m-%dT%H:%M:%S")));
            }
            Json::List(items) => {
                self.begin(&named, "System.Collections.ArrayList");
                self.line("<LST>");
                items.iter().for_each(|item| self.value(None, item, false));
                self.line("</LST>");
                self.line("</Obj>");
            }
            Json::Object(members) => {
                self.begin(&named, if first { self.type_name } else { "System.Management.Automation.PSCustomObject" });
                self.line("<Props>");
                members.iter().for_each(|(name, value)| self.value(Some(name), value, false));
                self.line("</Props>");
                self.line("</Obj>");
            }
        }
    }

    fn begin(&mut self, named: &str, type_name: &str) {
        let id = self.next;
        self.next += 1;
        self.line(&format!("<Obj{named} RefId=\"{id}\">"));
        self.line(&format!("<TN RefId=\"{id}\"><T>{type_name}</T><T>System.Object</T></TN>"));
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push_str("\r\n");
    }
}

/// Control characters and `_x` become `_xHHHH_`.
fn escape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '_' if chars.peek() == Some(&'x') => out.push_str("_x005F_"),
            c if c.is_control() => {
                let _ = write!(out, "_x{:04X}_", u32::from(c));
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
