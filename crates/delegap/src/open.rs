//! From paths to a case: finds the files, reads them on several threads, and puts the results in one order.

use crate::walk::Origin;
use crate::{Case, OpenError, Settings, Unreadable, mta, read, threads, walk};
use delegap_model::Selection;
use delegap_parse::Options;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) fn open(paths: impl IntoIterator<Item = impl AsRef<Path>>, settings: &Settings) -> Result<Case, OpenError> {
    let paths: Vec<PathBuf> = paths.into_iter().map(|p| p.as_ref().to_owned()).collect();
    if paths.is_empty() {
        return Err(OpenError::NoPaths);
    }
    let files = walk::files(&paths, settings);
    let usable: Vec<Option<&Path>> =
        files.iter().map(|f| (f.skipped.is_none() && f.origin == Origin::File).then_some(f.real.as_path())).collect();
    let strings: Vec<Option<PathBuf>> =
        mta::assign(&usable).into_iter().map(|index| Some(files.get(index?)?.real.clone())).collect();
    let selection = if settings.all_events { Selection::everything() } else { delegap_engine::selection() };
    let options = Arc::new(Options { selection, limits: settings.limits, mta: None, recover: settings.recover });
    let progress = settings.progress.as_ref();
    if let Some(progress) = progress {
        let sizes = usable.iter().flatten().filter_map(|path| Some(path.metadata().ok()?.len()));
        progress.begin(sizes.sum());
    }

    let most = settings.threads.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let all = threads::each(files.len(), most, &options, |number, thread| {
        let (Some(file), Some(strings)) = (files.get(number), strings.get(number)) else { return Vec::new() };
        read::read(file, strings.as_deref(), &options, settings.hash, progress, thread)
    });
    let all = all.map_err(|e| OpenError::Threads(e.to_string()))?;

    let mut case = Case {
        records: delegap_model::Case { testimony: settings.testimony, ..delegap_model::Case::default() },
        unreadable: Vec::new(),
        threads: most,
    };
    for (file, reads) in files.into_iter().zip(all) {
        for read in reads {
            if let Some(why) = read.unreadable.filter(|_| file.named) {
                case.unreadable.push(Unreadable { path: file.shown.clone(), why });
            }
            case.records.records.extend(read.parsed.records);
            case.records.inputs.push(read.parsed.summary);
        }
    }
    Ok(case)
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::{Record, Time};
    use delegap_testkit::evtx::LogFile;
    use delegap_testkit::mta::{DEFAULT_PUBLISHER, MtaWriter, PublisherNames};
    use delegap_testkit::record::EventSpec;
    use std::fs;

    const VMMS: &str = "Microsoft-Windows-Hyper-V-VMMS";

    fn log() -> Vec<u8> {
        let mut log = LogFile::new();
        let time = Time::from_timestamp(1_795_255_200, 0).unwrap();
        log.push(EventSpec { record_id: Some(7), ..EventSpec::new(VMMS, 20306, "VMMS-Admin", "hv01", time) });
        log.to_bytes()
    }

    fn strings(message: &str) -> Vec<u8> {
        let mut strings = MtaWriter::new();
        strings.message(7, message);
        for publisher in [VMMS, DEFAULT_PUBLISHER] {
            strings.publisher(publisher, PublisherNames::standard());
        }
        strings.to_bytes()
    }

    /// The message of the one event of `folder/log`, when `named` is opened.
    fn message(folder: &Path, named: &str) -> Option<String> {
        let settings = Settings { base: Some(folder.to_owned()), ..Settings::default() };
        let case = open([named], &settings).unwrap();
        let mut messages = case.records.records.into_iter().map(|record| match record {
            Record::Event(event) => event.rendering.and_then(|r| r.message),
            other => panic!("{other:?}"),
        });
        let message = messages.next().expect("an event");
        assert_eq!(messages.next(), None);
        message
    }

    #[test]
    fn strings_beside_a_log_are_its_texts() {
        let stem = "Microsoft-Windows-Hyper-V-VMMS%4Admin";
        for (files, wanted) in [
            (&[][..], None),
            (&[("LocaleMetaData", "1031", "German"), ("LocaleMetaData", "1036", "French")], Some("German")),
            (&[("LocaleMetaData", "1031", "German"), ("localemetadata", "1033", "English")], Some("English")),
            (&[("elsewhere", "1033", "English")], None),
            (&[("LocaleMetaData", "x", "no language")], None),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(format!("{stem}.evtx")), log()).unwrap();
            for (beside, lcid, text) in files {
                fs::create_dir_all(folder.path().join(beside)).unwrap();
                fs::write(folder.path().join(format!("{beside}/{}_{lcid}.mta", stem.to_uppercase())), strings(text))
                    .unwrap();
            }
            let log = format!("{stem}.evtx");
            for named in [".", &log] {
                assert_eq!(message(folder.path(), named).as_deref(), wanted, "{named} {files:?}");
            }
        }
    }
}
