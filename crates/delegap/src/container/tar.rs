//! tar, also inside gzip: one pass names the members, a second one reads them.

use super::{Archive, Budget, Member, Source, Visit, unix};
use delegap_model::Limits;
use flate2::read::MultiGzDecoder;
use std::io::{Read, SeekFrom};
use tar::Archive as Reader;

pub(super) fn open<'a>(source: Box<dyn Source + 'a>, limits: &Limits) -> Box<dyn Archive + 'a> {
    Box::new(Tar { source, limits: *limits })
}

struct Tar<'a> {
    source: Box<dyn Source + 'a>,
    limits: Limits,
}

impl Tar<'_> {
    /// Calls `each` with every file and link until it returns false.
    fn pass(&mut self, mut each: impl FnMut(&mut tar::Entry<'_, Box<dyn Read + '_>>) -> bool) -> Result<(), String> {
        let text = |e: std::io::Error| e.to_string();
        // What lies between the members, and what nobody reads of them, is unpacked too.
        let budget = Budget::new(self.source.seek(SeekFrom::End(0)).map_err(text)?, &self.limits);
        self.source.seek(SeekFrom::Start(0)).map_err(text)?;
        let mut head = [0; 2];
        let packed = self.source.read_exact(&mut head).is_ok() && head == [0x1f, 0x8b];
        self.source.seek(SeekFrom::Start(0)).map_err(text)?;
        let stream: Box<dyn Read + '_> = if packed {
            Box::new(budget.limited(MultiGzDecoder::new(&mut self.source)))
        } else {
            Box::new(&mut self.source)
        };
        let mut reader = Reader::new(stream);
        for entry in reader.entries().map_err(text)? {
            let mut entry = entry.map_err(text)?;
            let kind = entry.header().entry_type();
            let named = kind.is_file()
                || kind.is_contiguous()
                || kind.is_gnu_sparse()
                || kind.is_symlink()
                || kind.is_hard_link();
            if named && !each(&mut entry) {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Archive for Tar<'_> {
    fn members(&mut self) -> Result<Vec<Member>, String> {
        let mut members = Vec::new();
        let result = self.pass(|entry| {
            let kind = entry.header().entry_type();
            members.push(Member {
                name: String::from_utf8_lossy(&entry.path_bytes()).into_owned(),
                size: Some(entry.size()),
                written: entry.header().mtime().ok().and_then(|s| unix(i64::try_from(s).ok()?)),
                skipped: (kind.is_symlink() || kind.is_hard_link()).then_some("a link: links are not followed"),
            });
            true
        });
        // A tar that is cut has the members before the cut.
        if members.is_empty() { result.map(|()| members) } else { Ok(members) }
    }

    fn visit(&mut self, wanted: &dyn Fn(usize) -> bool, each: &mut Visit<'_>) -> Result<(), String> {
        let mut number = 0;
        self.pass(|entry| {
            if wanted(number) {
                each(number, Ok(entry));
            }
            number += 1;
            true
        })
    }
}
