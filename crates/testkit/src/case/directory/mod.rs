//! Exports of directory objects.

mod accounts;
mod ad_csv;
mod ad_json;
mod ldif;
mod rows;
pub mod tools;

pub use accounts::{group_members, users};
pub use rows::{ComputerRow, computer_rows, rbcd_descriptor};

use super::json::PowerShell;
use super::{Case, text};

/// How computer objects were exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryFormat {
    /// Export-Csv of Windows PowerShell 5.1: `#TYPE` line, ASCII, lists joined by the script.
    Csv51(Join),
    /// The same without joining: lists are lost, the cells hold a type name.
    Csv51Lost,
    /// ConvertTo-Csv of 5.1 redirected to a file: UTF-16.
    Csv51Utf16(Join),
    /// `-UseCulture` where the list separator is `;`, with local dates: lists joined by `|`, UTF-8 with mark.
    CsvCulture,
    /// Export-Csv of PowerShell 7: UTF-8, no mark, no `#TYPE`.
    Csv7(Join),
    /// ConvertTo-Json of 5.1 redirected to a file: UTF-16.
    Json51,
    /// The same with `{"value": …, "Count": n}` for lists.
    Json51ValueCount,
    /// ConvertTo-Json of PowerShell 7.
    Json7,
    /// Export-Clixml of 5.1: UTF-16.
    Clixml,
    /// ldifde -f
    Ldifde,
    /// ldapsearch of OpenLDAP.
    LdapSearch,
    /// ldbsearch of Samba.
    LdbSearch,
}

/// What a script put between the values of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// `; `
    Semicolon,
    /// `|`
    Pipe,
    /// `,`
    Comma,
    /// A line feed.
    Newline,
}

impl DirectoryFormat {
    /// One of each, for tests that write a case in every format that keeps the lists.
    pub const COMPLETE: [DirectoryFormat; 14] = [
        DirectoryFormat::Csv51(Join::Semicolon),
        DirectoryFormat::Csv51(Join::Pipe),
        DirectoryFormat::Csv51(Join::Comma),
        DirectoryFormat::Csv51(Join::Newline),
        DirectoryFormat::Csv51Utf16(Join::Semicolon),
        DirectoryFormat::CsvCulture,
        DirectoryFormat::Csv7(Join::Newline),
        DirectoryFormat::Json51,
        DirectoryFormat::Json51ValueCount,
        DirectoryFormat::Json7,
        DirectoryFormat::Clixml,
        DirectoryFormat::Ldifde,
        DirectoryFormat::LdapSearch,
        DirectoryFormat::LdbSearch,
    ];

    /// What a customer would call the file.
    pub fn file_name(self) -> &'static str {
        match self {
            DirectoryFormat::Json51 | DirectoryFormat::Json51ValueCount | DirectoryFormat::Json7 => "computers.json",
            DirectoryFormat::Clixml => "computers.xml",
            DirectoryFormat::Ldifde => "computers.ldf",
            DirectoryFormat::LdapSearch | DirectoryFormat::LdbSearch => "computers.ldif",
            _ => "computers.csv",
        }
    }
}

impl Join {
    /// The text between two values.
    pub fn separator(self) -> &'static str {
        match self {
            Join::Semicolon => "; ",
            Join::Pipe => "|",
            Join::Comma => ",",
            Join::Newline => "\n",
        }
    }
}

/// The computer objects of `case` as one file.
pub fn computers(case: &Case, format: DirectoryFormat) -> Vec<u8> {
    export(&computer_rows(case), &case.domain, format)
}

/// Computer objects of `domain` as one file.
pub fn export(rows: &[ComputerRow], domain: &str, format: DirectoryFormat) -> Vec<u8> {
    match format {
        DirectoryFormat::Csv51(join) => text::ascii(&ad_csv::computers(rows, ad_csv::Style::us(Some(join), true))),
        DirectoryFormat::Csv51Lost => text::ascii(&ad_csv::computers(rows, ad_csv::Style::us(None, true))),
        DirectoryFormat::Csv51Utf16(join) => {
            text::utf16(&ad_csv::computers(rows, ad_csv::Style::us(Some(join), false)))
        }
        DirectoryFormat::CsvCulture => text::utf8_with_mark(&ad_csv::computers(rows, ad_csv::Style::german())),
        DirectoryFormat::Csv7(join) => ad_csv::computers(rows, ad_csv::Style::us(Some(join), false)).into_bytes(),
        DirectoryFormat::Json51 => text::utf16(&ad_json::computers(rows, PowerShell::V51, false)),
        DirectoryFormat::Json51ValueCount => text::utf16(&ad_json::computers(rows, PowerShell::V51, true)),
        DirectoryFormat::Json7 => ad_json::computers(rows, PowerShell::V7, false).into_bytes(),
        DirectoryFormat::Clixml => text::utf16(&ad_json::clixml(rows)),
        DirectoryFormat::Ldifde => ldif::ldifde(rows).into_bytes(),
        DirectoryFormat::LdapSearch => ldif::ldapsearch(rows, domain).into_bytes(),
        DirectoryFormat::LdbSearch => ldif::ldbsearch(rows).into_bytes(),
    }
}
