//! cab: what makecab and the diagnostic collectors of Windows write.

use super::{Archive, Member, Source, Visit};
use cab::Cabinet as Reader;

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
        let files = self.reader.folder_entries().flat_map(|folder| {
            folder.file_entries().map(|f| (f.name().to_owned(), u64::from(f.uncompressed_size()))).collect::<Vec<_>>()
        });
        let members: Vec<Member> = files.map(|(name, size)| Member { name, size: Some(size), skipped: None }).collect();
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
