//! How fast logs are read and cases are diagnosed: `cargo bench -p delegap`.

use chrono::{DateTime, TimeDelta};
use criterion::{BatchSize, Criterion, Throughput};
use delegap::model::{Kind, Limits, Record, Selection};
use delegap_parse::{Options, document, is_evtx, read_evtx};
use delegap_testkit::evtx::LogFile;
use delegap_testkit::record::{EventSpec, Payload};
use delegap_testkit::scenarios::scenario;
use std::hint::black_box;
use std::time::{Duration, Instant};

mod pool;

/// Moves of the largest case.
const MOST_MOVES: usize = 100_000;

fn main() {
    once();
    let mut criterion = Criterion::default().configure_from_args();
    reading(&mut criterion);
    diagnosing(&mut criterion);
    growing(&mut criterion);
    criterion.final_summary();
}

/// One diagnosis of the largest case before anything else runs: the memory of the process is then its own.
fn once() {
    let case = pool::pool(MOST_MOVES);
    let (records, input) = (case.records.len(), peak_memory());
    let start = Instant::now();
    let diagnosis = black_box(delegap_engine::diagnose(case));
    let took = start.elapsed();
    assert_eq!(diagnosis.attempts.len(), MOST_MOVES);
    if let (Some(input), Some(peak)) = (input, peak_memory()) {
        println!(
            "64 hosts, {MOST_MOVES} moves, {records} records, once: {took:.2?}, peak memory {peak} MiB, {input} MiB of it the input"
        );
    }
}

/// Records of a log, about 4 MB.
const RECORDS: u32 = 10_000;

fn reading(c: &mut Criterion) {
    let log = busy_log();
    let mut group = c.benchmark_group("read_evtx");
    group.throughput(Throughput::Bytes(log.len() as u64)).sample_size(10);
    for (name, selection) in [("selected", delegap_engine::selection()), ("everything", Selection::everything())] {
        let options = Options { selection, limits: Limits::default(), mta: None, recover: false };
        let parsed = read_evtx("System.evtx", log.as_slice(), &options);
        assert_eq!((parsed.summary.records, &parsed.summary.problems[..]), (Some(RECORDS.into()), &[][..]));
        group.bench_function(name, |b| b.iter(|| read_evtx("System.evtx", black_box(log.as_slice()), &options)));
    }
}

/// One migration event among a thousand others.
fn busy_log() -> Vec<u8> {
    let start = DateTime::from_timestamp(1_795_255_200, 0).expect("a time");
    let mut log = LogFile::new();
    log.extend((0..RECORDS).map(|n| {
        let (provider, id) =
            if n % 1000 == 0 { ("Microsoft-Windows-Hyper-V-VMMS", 20306) } else { ("Service Control Manager", 7036) };
        let texts = ["Windows Update", "running", "770075006100750073006500720076002F0034000000"];
        let fields = texts.iter().enumerate().map(|(i, text)| (Some(format!("param{i}")), (*text).into()));
        EventSpec {
            payload: Payload::EventData(fields.collect()),
            ..EventSpec::new(provider, id, "System", "HV01.contoso.lab", start + TimeDelta::seconds(n.into()))
        }
    }));
    log.to_bytes()
}

fn diagnosing(c: &mut Criterion) {
    let mut group = c.benchmark_group("diagnose");
    for name in ["standalone-kcd-missing", "seed-cluster-hardening"] {
        let case = read(name);
        group
            .bench_function(name, |b| b.iter_batched(|| case.clone(), delegap_engine::diagnose, BatchSize::SmallInput));
    }
}

/// Moves between 64 hosts: twice the moves may take little more than twice the time.
fn growing(c: &mut Criterion) {
    let mut group = c.benchmark_group("diagnose 64 hosts");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    for moves in [MOST_MOVES / 4, MOST_MOVES / 2, MOST_MOVES] {
        let case = pool::pool(moves);
        let diagnosis = delegap_engine::diagnose(case.clone());
        assert_eq!((diagnosis.attempts.len(), diagnosis.pairs.len()), (moves, 64 * 63));
        group.throughput(Throughput::Elements(moves as u64));
        group.bench_function(moves.to_string(), |b| {
            b.iter_batched(|| case.clone(), delegap_engine::diagnose, BatchSize::PerIteration);
        });
    }
}

/// The high-water mark of the process's memory in MiB, where the system tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}

/// A scenario's records, without the file system.
fn read(name: &str) -> delegap::model::Case {
    let options = Options { selection: delegap_engine::selection(), ..Options::default() };
    let mut case = delegap::model::Case::default();
    for (path, bytes) in scenario(name).expect("a scenario").input_files() {
        let parsed = if is_evtx(&bytes) {
            read_evtx(&path, bytes.as_slice(), &options)
        } else {
            document(&path, &bytes, &options)
        };
        assert_ne!(parsed.summary.kind, Kind::Unknown, "{path}");
        case.records.extend(parsed.records);
        case.inputs.push(parsed.summary);
    }
    assert!(case.records.iter().any(|r| matches!(r, Record::Event(_))));
    case
}
