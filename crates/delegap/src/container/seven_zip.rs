//! 7z.

use super::{Archive, Member, Source, Visit, unix};
use delegap_model::Limits;
use sevenz_rust2::{ArchiveEntry, ArchiveReader, Error, Password};

/// FILETIME: steps of 100 ns since 1601.
const TICKS: i64 = 10_000_000;
/// Seconds from 1601 to 1970.
const BEFORE_UNIX: i64 = 11_644_473_600;

pub(super) fn open<'a>(source: Box<dyn Source + 'a>, limits: &Limits) -> Result<Box<dyn Archive + 'a>, String> {
    let memory = usize::try_from(limits.nested_bytes / 1024).unwrap_or(usize::MAX);
    let reader = ArchiveReader::new_with_memory_limit(source, Password::empty(), memory).map_err(|e| words(&e))?;
    Ok(Box::new(SevenZip { reader }))
}

struct SevenZip<'a> {
    reader: ArchiveReader<Box<dyn Source + 'a>>,
}

impl SevenZip<'_> {
    fn files(&self) -> impl Iterator<Item = &ArchiveEntry> {
        self.reader.archive().files.iter().filter(|f| !f.is_directory())
    }
}

impl Archive for SevenZip<'_> {
    fn members(&mut self) -> Result<Vec<Member>, String> {
        let written = |f: &ArchiveEntry| {
            let ticks = i64::try_from(u64::from(f.last_modified_date())).ok()?;
            unix(ticks / TICKS - BEFORE_UNIX).filter(|_| f.has_last_modified_date)
        };
        let member = |f: &ArchiveEntry| Member {
            name: f.name().to_owned(),
            size: Some(f.size()),
            written: written(f),
            skipped: None,
        };
        Ok(self.files().map(member).collect())
    }

    fn visit(&mut self, wanted: &dyn Fn(usize) -> bool, each: &mut Visit<'_>) -> Result<(), String> {
        // Entries without content come last, not in the archive's order: names tell which is which.
        let mut numbers: std::collections::HashMap<String, Vec<usize>> = std::collections::HashMap::new();
        for (number, file) in self.files().enumerate() {
            numbers.entry(file.name().to_owned()).or_default().push(number);
        }
        numbers.values_mut().for_each(|n| n.reverse());
        let result = self.reader.for_each_entries(|entry, content| {
            if entry.is_directory() {
                return Ok(true);
            }
            let number = numbers.get_mut(entry.name()).and_then(Vec::pop);
            if let Some(number) = number.filter(|n| wanted(*n)) {
                each(number, Ok(content));
            }
            Ok(true)
        });
        result.map_err(|e| words(&e))
    }
}

fn words(error: &Error) -> String {
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => "encrypted".to_owned(),
        // Reading what is encrypted is not built in.
        Error::UnsupportedCompressionMethod(method) if method.starts_with("AES") => "encrypted".to_owned(),
        other => other.to_string(),
    }
}
