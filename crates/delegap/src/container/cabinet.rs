//! cab: what makecab and the diagnostic collectors of Windows write.

use super::{Archive, Member, Source, Visit, dos};
use cab::{Cabinet as Reader, FileEntry};

pub(super) fn open<'a>(source: Box<dyn Source + 'a>) -> Result<Box<dyn Archive + 'a>, String> {
    let reader = Reader::new(source).map_err(|e| e.to_string())?;
    Ok(Box::new(Cabinet { reader, names: Vec::new() }))
}

struct Cabinet<'a> {
    reader: Reader<Box<dyn Source + 'a>>,
    names: Vec<String>,
}

impl Archive for Cabinet<'_> {
    fn members(&mut self) -> Result<Vec<Member>, String> {
        let member = |f: &FileEntry| Member {
            name: f.name().to_owned(),
            size: Some(u64::from(f.uncompressed_size())),
            written: f.datetime().and_then(|t| {
                let year = u32::try_from(t.year()).ok()?;
                let time = [t.hour(), t.minute(), t.second()].map(u32::from);
                dos([year, u32::from(u8::from(t.month())), u32::from(t.day()), time[0], time[1], time[2]])
            }),
            skipped: None,
        };
        let folders = self.reader.folder_entries();
        let members: Vec<Member> = folders.flat_map(|f| f.file_entries().map(member).collect::<Vec<_>>()).collect();
        self.names = members.iter().map(|m| m.name.clone()).collect();
        Ok(members)
    }

    fn visit(&mut self, wanted: &dyn Fn(usize) -> bool, each: &mut Visit<'_>) -> Result<(), String> {
        for (number, name) in self.names.iter().enumerate().filter(|(number, _)| wanted(*number)) {
            match self.reader.read_file(name) {
                Ok(mut file) => each(number, Ok(&mut file)),
                Err(e) => each(number, Err(e.to_string())),
            }
        }
        Ok(())
    }
}
