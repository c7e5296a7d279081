//! Archives as customers send them.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

/// Paths and contents.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A zip with deflated members.
pub fn zip(files: &Files) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip_with(files, options)
}

/// A zip whose members are stored, with zip64 fields.
pub fn zip64(files: &Files) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip_with(files, options.large_file(true))
}

fn zip_with(files: &Files, options: zip::write::SimpleFileOptions) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer.start_file(path.as_str(), options).expect("a member");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

/// A tar.
pub fn tar(files: &Files) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, bytes.as_slice()).expect("memory");
    }
    builder.into_inner().expect("memory")
}

/// One compressed file.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// A solid 7z.
pub fn seven_zip(files: &Files) -> Vec<u8> {
    let mut writer = sevenz_rust2::ArchiveWriter::new(Cursor::new(Vec::new())).expect("memory");
    let entries = files.keys().map(|path| sevenz_rust2::ArchiveEntry::new_file(path)).collect();
    let contents = files.values().map(|bytes| sevenz_rust2::SourceReader::new(bytes.as_slice())).collect();
    writer.push_archive_entries(entries, contents).expect("memory");
    writer.finish().expect("memory").into_inner()
}

/// A cabinet.
pub fn cabinet(files: &Files) -> Vec<u8> {
    let mut builder = cab::CabinetBuilder::new();
    let folder = builder.add_folder(cab::CompressionType::MsZip);
    for path in files.keys() {
        folder.add_file(path.replace('/', "\\"));
    }
    let mut writer = builder.build(Cursor::new(Vec::new())).expect("memory");
    let mut contents = files.values();
    while let Some(mut file) = writer.next_file().expect("memory") {
        file.write_all(contents.next().expect("a file for every name")).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}
