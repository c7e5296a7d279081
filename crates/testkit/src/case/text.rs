//! Encodings and tables as Windows tools write them.

/// UTF-16 with its mark, as `>` and Out-File of Windows PowerShell 5.1 write.
pub fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

/// UTF-8 with its mark, as `-Encoding UTF8` of Windows PowerShell 5.1 writes.
pub fn utf8_with_mark(text: &str) -> Vec<u8> {
    [b"\xef\xbb\xbf", text.as_bytes()].concat()
}

/// ASCII, what is outside it as `?`: the default of Export-Csv in Windows PowerShell 5.1.
pub fn ascii(text: &str) -> Vec<u8> {
    text.chars().map(|c| if c.is_ascii() { c as u8 } else { b'?' }).collect()
}

/// One line of a CSV file. Every cell is quoted; a missing value leaves nothing between the delimiters.
pub fn csv_line(cells: &[Option<String>], delimiter: char) -> String {
    let quoted = cells.iter().map(|cell| match cell {
        Some(text) => format!("\"{}\"", text.replace('"', "\"\"")),
        None => String::new(),
    });
    quoted.collect::<Vec<_>>().join(&delimiter.to_string()) + "\r\n"
}

/// A CSV file: header and rows.
pub fn csv(columns: &[&str], rows: &[Vec<Option<String>>], delimiter: char) -> String {
    let header: Vec<_> = columns.iter().map(|c| Some((*c).to_owned())).collect();
    csv_line(&header, delimiter) + &rows.iter().map(|row| csv_line(row, delimiter)).collect::<String>()
}

/// `Format-List`: one block per object, names padded to one width.
pub fn format_list(objects: &[Vec<(&str, String)>]) -> String {
    let mut text = String::from("\r\n\r\n");
    for object in objects {
        let width = object.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in object {
            text.push_str(&format!("{name:<width$} : {value}\r\n"));
        }
        text.push_str("\r\n");
    }
    text + "\r\n\r\n"
}

/// `Format-Table`: columns as wide as their widest value, names underlined.
pub fn format_table(columns: &[&str], rows: &[Vec<String>]) -> String {
    let width = |i: usize| rows.iter().map(|r| r[i].len()).chain([columns[i].len()]).max().unwrap_or(0);
    let line = |cells: Vec<String>| {
        let padded = cells.iter().enumerate().map(|(i, c)| format!("{c:<w$}", w = width(i)));
        padded.collect::<Vec<_>>().join(" ").trim_end().to_owned() + "\r\n"
    };
    let mut text = String::from("\r\n") + &line(columns.iter().map(|c| (*c).to_owned()).collect());
    text.push_str(&line(columns.iter().map(|c| "-".repeat(c.len())).collect()));
    text.extend(rows.iter().map(|row| line(row.clone())));
    text + "\r\n\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_cells() {
        assert_eq!(csv_line(&[Some("a\"b".into()), None, Some(String::new())], ','), "\"a\"\"b\",,\"\"\r\n");
    }

    #[test]
    fn encodings() {
        assert_eq!(utf16("é"), [0xff, 0xfe, 0xe9, 0]);
        assert_eq!(ascii("é1"), b"?1");
    }
}
