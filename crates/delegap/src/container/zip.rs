//! zip: deflate, deflate64, bzip2, LZMA, zip64.

use super::{Archive, Member, Source, Visit, dos};
use delegap_model::When;
use std::io::SeekFrom;
use zip::ZipArchive;
use zip::read::{ZipFile, read_zipfile_from_stream};

pub(super) fn open<'a>(mut source: Box<dyn Source + 'a>) -> Result<Box<dyn Archive + 'a>, String> {
    match ZipArchive::new(&mut source) {
        Ok(_) => {
            let archive = ZipArchive::new(source).map_err(|e| e.to_string())?;
            Ok(Box::new(Zip { archive, files: Vec::new() }))
        }
        Err(e) => Ok(Box::new(Cut { source, why: e.to_string() })),
    }
}

const LINK: &str = "a link: links are not followed";
const ENCRYPTED: &str = "encrypted";

/// A zip whose end, with the list of its members, is missing: they are found one after the other from its beginning.
struct Cut<'a> {
    source: Box<dyn Source + 'a>,
    why: String,
}

impl Cut<'_> {
    fn pass(&mut self, mut each: impl FnMut(&mut ZipFile<'_, Box<dyn Source + '_>>)) -> Result<(), String> {
        self.source.seek(SeekFrom::Start(0)).map_err(|e| e.to_string())?;
        let mut source: Box<dyn Source + '_> = Box::new(&mut self.source);
        while let Some(mut file) = read_zipfile_from_stream(&mut source).map_err(|e| e.to_string())? {
            if !file.is_dir() {
                each(&mut file);
            }
        }
        Ok(())
    }
}

impl Archive for Cut<'_> {
    fn members(&mut self) -> Result<Vec<Member>, String> {
        let mut members = Vec::new();
        // Where the members end, the cut is; `visit` says so.
        let result = self.pass(|file| {
            let name = name(file.name_raw(), || file.name().ok().map(|n| n.into_owned()));
            members.push(Member {
                name,
                size: Some(file.size()),
                written: written(file.last_modified()),
                skipped: file.is_symlink().then_some(LINK),
            });
        });
        match result {
            Err(_) if members.is_empty() => Err(self.why.clone()),
            _ => Ok(members),
        }
    }

    fn visit(&mut self, wanted: &dyn Fn(usize) -> bool, each: &mut Visit<'_>) -> Result<(), String> {
        let mut number = 0;
        let _ = self.pass(|file| {
            if wanted(number) {
                each(number, Ok(file));
            }
            number += 1;
        });
        Err(format!("the list of its members is missing ({}); those that lie before the damage were read", self.why))
    }
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
                    written: written(file.last_modified()),
                    skipped: if file.is_symlink() {
                        Some(LINK)
                    } else if file.encrypted() {
                        Some(ENCRYPTED)
                    } else {
                        None
                    },
                },
                Err(_) => Member {
                    name: format!("entry {index}"),
                    size: None,
                    written: None,
                    skipped: Some("its header is damaged"),
                },
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

fn written(time: Option<zip::DateTime>) -> Option<When> {
    let t = time?;
    let clock = [t.hour(), t.minute(), t.second()].map(u32::from);
    dos([u32::from(t.year()), u32::from(t.month()), u32::from(t.day()), clock[0], clock[1], clock[2]])
}

/// UTF-8 where it is such, whatever the flag says; else in the code page of MS-DOS.
fn name(raw: &[u8], told: impl FnOnce() -> Option<String>) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => told().unwrap_or_else(|| String::from_utf8_lossy(raw).into_owned()),
    }
}
