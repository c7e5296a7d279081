//! zip: deflate, deflate64, bzip2, LZMA, zip64.

use super::{Archive, Member, Source, Visit};
use zip::ZipArchive;

pub(super) fn open<'a>(source: Box<dyn Source + 'a>) -> Result<Box<dyn Archive + 'a>, String> {
    let archive = ZipArchive::new(source).map_err(|e| e.to_string())?;
    Ok(Box::new(Zip { archive, files: Vec::new() }))
}

struct Zip<'a> {
    archive: ZipArchive<Box<dyn Source + 'a>>,
    /// Indices of what is no folder.
    files: Vec<usize>,
}

impl Archive for Zip<'_> {
    fn members(&mut self) -> Result<Vec<Member>, String> {
        let mut members = Vec::new();
        self.files.clear();
        for index in 0..self.archive.len() {
            let member = match self.archive.by_index_raw(index) {
                Ok(file) if file.is_dir() => continue,
                Ok(file) => Member {
                    name: name(file.name_raw(), || file.name().ok().map(|n| n.into_owned())),
                    size: Some(file.size()),
                    skipped: if file.is_symlink() {
                        Some("a link: links are not followed")
                    } else if file.encrypted() {
                        Some("encrypted")
                    } else {
                        None
                    },
                },
                Err(_) => Member { name: format!("entry {index}"), size: None, skipped: Some("its header is damaged") },
            };
            self.files.push(index);
            members.push(member);
        }
        Ok(members)
    }

    fn visit(&mut self, wanted: &dyn Fn(usize) -> bool, each: &mut Visit<'_>) -> Result<(), String> {
        for (number, index) in self.files.iter().enumerate().filter(|(number, _)| wanted(*number)) {
            match self.archive.by_index(*index) {
                Ok(mut file) => each(number, Ok(&mut file)),
                Err(e) => each(number, Err(e.to_string())),
            }
        }
        Ok(())
    }
}

/// UTF-8 where it is such, whatever the flag says; else in the code page of MS-DOS.
fn name(raw: &[u8], told: impl FnOnce() -> Option<String>) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => told().unwrap_or_else(|| String::from_utf8_lossy(raw).into_owned()),
    }
}
