//! What a whole run of the program costs, beside `cat` and `evtx_dump` on the same files:
//! `cargo bench -p delegap --bench whole`.
//!
//! The logs are made at the first run and kept under `target/bench-logs` (about 9 GiB); `evtx_dump` is installed from the
//! crate `evtx` beside them. Every figure is the median of five runs, and those that are compared take turns.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

mod mixes;

use mixes::Like;

const RUNS: usize = 5;
const MIB: u64 = 1 << 20;
const CHUNK: usize = 65536;
const HEADER: usize = 4096;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    // Criterion's arguments, and those of a test run, mean nothing here.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench-logs");
    fs::create_dir_all(&folder)?;
    let bench = Bench { dump: installed(&folder)?, folder };
    bench.mixes()?;
    bench.corpus()?;
    bench.small()?;
    bench.memory()?;
    bench.start()
}

struct Bench {
    folder: PathBuf,
    dump: PathBuf,
}

impl Bench {
    fn mixes(&self) -> Result<()> {
        for (wanted, share) in [(1, "0.1 %"), (100, "10 %"), (1000, "100 %")] {
            let logs = self.mix(wanted, 1024)?;
            let bytes: u64 = logs.iter().map(|log| Ok(fs::metadata(log)?.len())).sum::<Result<u64>>()?;
            let [one, two, cat, dump] =
                medians([&|| analyze(&logs, 1), &|| analyze(&logs, 2), &|| cat(&logs), &|| self.dump(&logs)])?;
            let rate = |time: Duration| bytes as f64 / time.as_secs_f64() / 1e9;
            println!(
                "{share} wanted, {} MiB: 1 thread {one:.2?} ({:.2} GB/s), 2 threads {two:.2?}, cat {cat:.2?}, evtx_dump {dump:.2?}",
                bytes / MIB,
                rate(one)
            );
            println!("  analyze / cat            {:.2}", ratio(one, cat));
            println!("  evtx_dump / analyze      {:.2}", ratio(dump, one));
            println!("  1 thread / 2 threads     {:.2}", ratio(one, two));
            if wanted == 1 {
                self.copied(&logs)?;
            }
        }
        Ok(())
    }

    /// The same logs, just copied: how fast a file is read depends on how its pages came to lie in memory.
    fn copied(&self, logs: &[PathBuf]) -> Result<()> {
        let folder = self.folder.join("copy");
        fs::create_dir_all(&folder)?;
        let copies: Vec<PathBuf> = logs.iter().filter_map(|log| Some(folder.join(log.file_name()?))).collect();
        logs.iter().zip(&copies).try_for_each(|(log, copy)| fs::copy(log, copy).map(drop))?;
        let [one, cat] = medians([&|| analyze(&copies, 1), &|| cat(&copies)])?;
        println!("  just copied: 1 thread {one:.2?}, cat {cat:.2?}, analyze / cat {:.2}", ratio(one, cat));
        Ok(fs::remove_dir_all(folder)?)
    }

    /// Chunks of real logs, as many as make 64 MiB.
    fn corpus(&self) -> Result<()> {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/evtx");
        if !corpus.is_dir() {
            println!("real chunks: there is no corpus");
            return Ok(());
        }
        let log = self.folder.join("corpus.evtx");
        if !log.exists() {
            let mut chunks = Vec::new();
            for path in files(&corpus)? {
                let bytes = fs::read(path)?;
                chunks.extend(bytes.get(HEADER..).unwrap_or_default().chunks_exact(CHUNK).map(<[u8]>::to_vec));
            }
            chunks.retain(|chunk| chunk.starts_with(b"ElfChnk\0"));
            let count = 64 * MIB as usize / CHUNK;
            let mut file = File::create(&log)?;
            file.write_all(&mixes::header(count as u64, 1 << 40))?;
            for chunk in chunks.iter().cycle().take(count) {
                file.write_all(chunk)?;
            }
        }
        let logs = [log];
        let [ours, dump] = medians([&|| analyze(&logs, 1), &|| self.dump(&logs)])?;
        println!("real chunks, 64 MiB: 1 thread {ours:.2?}, evtx_dump {dump:.2?}");
        println!("  analyze / evtx_dump      {:.2}", ratio(ours, dump));
        Ok(())
    }

    fn small(&self) -> Result<()> {
        let folder = self.folder.join("small");
        let logs: Vec<PathBuf> = (0..1000).map(|n| folder.join(format!("{n:04}.evtx"))).collect();
        if !folder.exists() {
            fs::create_dir_all(&folder)?;
            for log in &logs {
                mixes::write(log, Like::Security, 1, CHUNK as u64)?;
            }
        }
        let [ours, cat] = medians([&|| analyze(std::slice::from_ref(&folder), 1), &|| cat(&logs)])?;
        println!("1,000 logs of 68 KiB: 1 thread {ours:.2?}, cat {cat:.2?}");
        println!("  analyze / cat            {:.2}", ratio(ours, cat));
        Ok(())
    }

    fn memory(&self) -> Result<()> {
        for mib in [1024, 4096] {
            for threads in [1, 2] {
                println!(
                    "peak memory, 0.1 % wanted, {mib} MiB, {threads} threads: {} MiB",
                    peak(&self.mix(1, mib)?, threads)?
                );
            }
        }
        Ok(())
    }

    fn start(&self) -> Result<()> {
        let case = [Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cases/standalone-kcd-missing/input")];
        let help = || run(Command::new(env!("CARGO_BIN_EXE_delegap")).arg("--version"));
        let [ours, nothing] = medians([&|| analyze(&case, 1), &help])?;
        println!("a small case: {ours:.2?}; --version: {nothing:.2?}");
        Ok(())
    }

    /// Two logs of which so many of 1,000 records are wanted, together of this size.
    fn mix(&self, wanted: u64, mib: u64) -> Result<Vec<PathBuf>> {
        let folder = self.folder.join(format!("mix-{wanted}-{mib}"));
        let logs = [(Like::Security, "Security.evtx"), (Like::Vmms, "VMMS.evtx")];
        if !folder.exists() {
            let made = self.folder.join("making");
            fs::create_dir_all(&made)?;
            thread::scope(|scope| {
                let makers = logs.map(|(like, name)| {
                    let path = made.join(name);
                    scope.spawn(move || mixes::write(&path, like, wanted, mib * MIB / 2))
                });
                makers.into_iter().try_for_each(|maker| maker.join().expect("a log is made"))
            })?;
            fs::rename(&made, &folder)?;
        }
        Ok(logs.map(|(_, name)| folder.join(name)).to_vec())
    }

    fn dump(&self, logs: &[PathBuf]) -> Result<()> {
        logs.iter().try_for_each(|log| run(Command::new(&self.dump).args(["-t", "1", "-o", "jsonl"]).arg(log)))
    }
}

/// Installs the program that is compared with.
fn installed(folder: &Path) -> Result<PathBuf> {
    let root = folder.join("evtx_dump");
    let program = root.join("bin/evtx_dump");
    if !program.exists() {
        run(Command::new("cargo").args(["install", "evtx", "--version", "0.15.1", "--locked", "--root"]).arg(&root))?;
    }
    Ok(program)
}

fn analyze(paths: &[PathBuf], threads: u32) -> Result<()> {
    run(Command::new(env!("CARGO_BIN_EXE_delegap")).args(["analyze", "--threads", &threads.to_string()]).args(paths))
}

fn cat(logs: &[PathBuf]) -> Result<()> {
    run(Command::new("cat").args(logs))
}

/// A verdict is no failure: exit codes 0 and 1.
fn run(command: &mut Command) -> Result<()> {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    match status.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(format!("{command:?}: {status}").into()),
    }
}

/// The peak of a process's memory in MiB, as Linux tells it while the process runs.
fn peak(paths: &[PathBuf], threads: u32) -> Result<u64> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_delegap"));
    let mut child =
        command.args(["analyze", "--threads", &threads.to_string()]).args(paths).stdout(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0).max(peak);
        thread::sleep(Duration::from_millis(1));
    }
    Ok(peak / 1024)
}

/// The median time of each, in turns, after one turn that doesn't count.
fn medians<const N: usize>(works: [&dyn Fn() -> Result<()>; N]) -> Result<[Duration; N]> {
    let mut times = [const { Vec::new() }; N];
    for round in 0..=RUNS {
        for (work, times) in works.iter().zip(&mut times) {
            let start = Instant::now();
            work()?;
            if round > 0 {
                times.push(start.elapsed());
            }
        }
    }
    Ok(times.map(|mut times| {
        times.sort_unstable();
        times[RUNS / 2]
    }))
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|e| e == "evtx") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
