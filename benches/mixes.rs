//! Large logs with a known share of wanted records, written to files.

use chrono::{DateTime, TimeDelta, Utc};
use delegap::model::{Guid, Sid};
use delegap_testkit::evtx::{FILE_HEADER_SIZE, LogFile};
use delegap_testkit::record::{EventSpec, Payload, Value};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

const SECURITY: &str = "Microsoft-Windows-Security-Auditing";
const VMMS: &str = "Microsoft-Windows-Hyper-V-VMMS";
/// Records that are written at a time.
const PART: u64 = 50_000;

/// What a log is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Like {
    /// A domain controller's Security log: logons, tickets, processes, file accesses.
    Security,
    /// A host's VMMS-Admin log: migrations among much else.
    Vmms,
}

impl Like {
    /// Milliseconds between two records: a domain controller writes its log full in a day, a host in months.
    fn apart(self) -> i64 {
        match self {
            Like::Security => 80,
            Like::Vmms => 20_000,
        }
    }
}

/// Writes a log of at least `bytes`, in which `wanted` of every 1,000 records are of use for a diagnosis.
pub fn write(path: &Path, like: Like, wanted: u64, bytes: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(&header(0, 0))?;
    let (mut number, mut chunks) = (1_u64, 0_u64);
    while chunks * 65536 < bytes {
        // A chunk holds some hundred records.
        let records = PART.min((bytes - chunks * 65536).div_ceil(1000));
        let mut part = LogFile::new().numbered_from(number);
        // Spread evenly: a record is wanted when the share of all that came before falls behind.
        part.extend((number..number + records).map(|n| {
            let so_far = n * wanted / 1000;
            event(like, n, (so_far != (n - 1) * wanted / 1000).then_some(so_far))
        }));
        number += records;
        let log = part.to_bytes();
        let more = log.get(FILE_HEADER_SIZE..).unwrap_or_default();
        file.write_all(more)?;
        chunks += more.len() as u64 / 65536;
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header(chunks, number))
}

/// The header of a log of so many chunks, which counts them as Windows does, up to 65,535.
pub fn header(chunks: u64, next_record: u64) -> Vec<u8> {
    let mut header = LogFile::new().to_bytes();
    header.truncate(FILE_HEADER_SIZE);
    header.splice(24..32, next_record.to_le_bytes());
    header.splice(42..44, (chunks as u16).to_le_bytes());
    let sum = crc32fast::hash(header.get(..120).unwrap_or_default());
    header.splice(124..128, sum.to_le_bytes());
    header
}

/// The record of this `number`; `wanted` counts those that are of use.
fn event(like: Like, number: u64, wanted: Option<u64>) -> EventSpec {
    let start = DateTime::<Utc>::from_timestamp(1_790_000_000, 0).expect("a time");
    let time = start + TimeDelta::milliseconds(i64::try_from(number).expect("a number") * like.apart());
    match like {
        Like::Security => security(number, time, wanted),
        Like::Vmms => vmms(number, time, wanted),
    }
}

fn security(n: u64, time: DateTime<Utc>, wanted: Option<u64>) -> EventSpec {
    let account = format!("user{:04}", n % 3000);
    let sid = |n: u64| Value::Sid(Sid::parse(&format!("S-1-5-21-1004336348-1177238915-682003330-{n}")).expect("a SID"));
    let text = |text: &str| Value::from(text);
    let address = format!("::ffff:10.1.{}.{}", n % 16, n % 250);
    let (id, task, fields) = match (wanted.is_some(), n % 5) {
        // A ticket that is refused.
        (true, _) => (4769, 14337, ticket(&account, &address, Value::Hex32(0xd))),
        // The same, granted: only its status tells the two apart.
        (false, 0) => (4769, 14337, ticket(&account, &address, Value::Hex32(0))),
        (false, 1 | 2) => {
            let fields = vec![
                ("SubjectUserSid", sid(1000 + n % 3000)),
                ("SubjectUserName", Value::Str(account)),
                ("SubjectDomainName", text("CONTOSO")),
                ("SubjectLogonId", Value::Hex64(0x3e7 + n)),
                ("ObjectServer", text("Security")),
                ("ObjectType", text("File")),
                ("ObjectName", Value::Str(format!("C:\\Shares\\Projects\\{}\\report-{n}.docx", n % 97))),
                ("HandleId", Value::Hex64(0x1a4 + n % 4096)),
                ("AccessList", text("%%4416\r\n\t\t\t\t")),
                ("AccessMask", Value::Hex32(1)),
                ("ProcessId", Value::Hex64(4)),
                ("ProcessName", text("")),
                ("ResourceAttributes", text("S:AI")),
            ];
            (4663, 12800, fields)
        }
        (false, 3) => {
            let fields = vec![
                ("TargetUserSid", sid(1000 + n % 3000)),
                ("TargetUserName", Value::Str(account)),
                ("TargetDomainName", text("CONTOSO")),
                ("TargetLogonId", Value::Hex64(0x3e7 + n)),
                ("LogonType", Value::U32(3)),
            ];
            (4634, 12545, fields)
        }
        (false, _) => {
            let fields = vec![
                ("SubjectUserSid", Value::Sid(Sid::parse("S-1-5-18").expect("a SID"))),
                ("SubjectUserName", text("DC01$")),
                ("SubjectDomainName", text("CONTOSO")),
                ("SubjectLogonId", Value::Hex64(0x3e7)),
                ("NewProcessId", Value::Hex64(0x1000 + n % 60_000)),
                ("NewProcessName", text("C:\\Windows\\System32\\svchost.exe")),
                ("TokenElevationType", text("%%1936")),
                ("ProcessId", Value::Hex64(0x2ac)),
                ("CommandLine", Value::Str(format!("svchost.exe -k netsvcs -p -s Service{}", n % 40))),
                ("ParentProcessName", text("C:\\Windows\\System32\\services.exe")),
            ];
            (4688, 13312, fields)
        }
    };
    EventSpec {
        task,
        level: 0,
        keywords: 0x8020_0000_0000_0000,
        provider_guid: Guid::parse("{54849625-5478-4994-a5ba-3e3b0328c30d}"),
        payload: named(fields),
        ..EventSpec::new(SECURITY, id, "Security", "dc01.contoso.lab", time)
    }
}

fn ticket(account: &str, address: &str, status: Value) -> Vec<(&'static str, Value)> {
    vec![
        ("TargetUserName", Value::Str(format!("{account}@CONTOSO.LAB"))),
        ("TargetDomainName", Value::from("CONTOSO.LAB")),
        ("ServiceName", Value::from("FS01$")),
        ("ServiceSid", Value::Sid(Sid::parse("S-1-5-21-1004336348-1177238915-682003330-1105").expect("a SID"))),
        ("TicketOptions", Value::Hex32(0x4081_0000)),
        ("TicketEncryptionType", Value::Hex32(0x12)),
        ("IpAddress", Value::Str(address.to_owned())),
        ("IpPort", Value::from("52114")),
        ("Status", status),
        ("LogonGuid", Value::Guid(Guid::parse("{d1a3f5b7-0102-0304-0506-0708090a0b0c}").expect("a GUID"))),
        ("TransmittedServices", Value::from("-")),
    ]
}

fn vmms(n: u64, time: DateTime<Utc>, wanted: Option<u64>) -> EventSpec {
    // Each migration begins and ends well.
    let machine = wanted.unwrap_or(n) / 2 % 400;
    let vm = format!("vm-{machine:03}");
    let id = format!("{machine:08X}-1111-4222-8333-{machine:012X}");
    let (event, fields) = match (wanted.map(|w| w % 2), n % 3) {
        (Some(0), _) => (20413, vec![vm, id, format!("HV{:02}", 2 + machine % 14)]),
        (Some(_), _) => (20415, vec![vm, id, "0.8".to_owned()]),
        // Checkpoints, replication, virtual disks.
        (None, 0) => (19060, vec![vm, id]),
        (None, 1) => (32022, vec![vm, id, "%%2147954407".to_owned(), "0x80072F87".to_owned()]),
        (None, _) => (27268, vec![vm, id, format!("C:\\ClusterStorage\\Volume{}\\disk.vhdx", n % 8)]),
    };
    let fields =
        fields.into_iter().enumerate().map(|(i, value)| (format!("Parameter{i}"), Value::Str(value))).collect();
    EventSpec {
        user_sid: Sid::parse("S-1-5-18"),
        provider_guid: Guid::parse("{6066f867-7ca1-4418-85fd-36e3f9c0600c}"),
        payload: Payload::UserData {
            element: "VmlEventLog".to_owned(),
            xmlns: "http://www.microsoft.com/Windows/Virtualization/Events".to_owned(),
            fields,
        },
        ..EventSpec::new(VMMS, event, "Microsoft-Windows-Hyper-V-VMMS-Admin", "hv01.contoso.lab", time)
    }
}

fn named(fields: Vec<(&str, Value)>) -> Payload {
    Payload::EventData(fields.into_iter().map(|(name, value)| (Some(name.to_owned()), value)).collect())
}
