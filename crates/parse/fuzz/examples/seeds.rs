//! Writes what the targets begin with to the folder given as argument: `evtx`, `mta`, and `documents` for all others.

use delegap_testkit::evtx::FILE_HEADER_SIZE;
use delegap_testkit::mta::{DEFAULT_PUBLISHER, MtaWriter, PublisherNames};
use samples::SAMPLES;
use std::path::Path;

#[path = "../../tests/samples/mod.rs"]
mod samples;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).expect("usage: seeds FOLDER");
    let (logs, texts) = (Path::new(&folder).join("evtx"), Path::new(&folder).join("mta"));
    std::fs::create_dir_all(&logs)?;
    std::fs::create_dir_all(&texts)?;
    for sample in delegap_testkit::samples::samples() {
        // The first chunk up to its last record: the rest is zeros, which are not worth mutating.
        let mut log = sample.log.to_bytes();
        let free = log
            .get(FILE_HEADER_SIZE + 48..FILE_HEADER_SIZE + 52)
            .map_or(0, |free| u32::from_le_bytes([free[0], free[1], free[2], free[3]]));
        log.truncate(FILE_HEADER_SIZE + free as usize);
        std::fs::write(logs.join(sample.name), log)?;
    }
    let documents = Path::new(&folder).join("documents");
    std::fs::create_dir_all(&documents)?;
    for (number, sample) in SAMPLES.iter().enumerate() {
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(sample.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        std::fs::write(documents.join(format!("{number:03}")), sample)?;
        std::fs::write(documents.join(format!("{number:03}-utf16")), wide)?;
    }
    let mut mta = MtaWriter::new();
    mta.publisher(DEFAULT_PUBLISHER, PublisherNames::standard());
    std::fs::write(texts.join("names"), mta.to_bytes())?;
    (1..8).for_each(|number| mta.message(number, &format!("text {number}")));
    mta.publisher("Microsoft-Windows-Hyper-V-VMMS", PublisherNames::new().task(7, "Moves").keyword(3, "Word"));
    std::fs::write(texts.join("messages"), mta.to_bytes())
}
