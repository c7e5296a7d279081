//! Everything that is not an event log: recognises what a document is, and reads it.

mod accounts;
mod agent_log;
mod attributes;
mod clixml;
mod cluster;
mod cluster_report;
mod console;
mod context;
mod dates;
mod delegation_table;
mod delimited;
mod descriptor;
mod events;
mod graph;
mod history;
mod hosts;
mod html;
mod json;
mod klist;
mod ldif;
mod list;
mod machine;
mod msinfo;
mod netlogon;
mod packages;
mod pingcastle;
mod policy;
mod principals;
mod publisher;
mod registry;
mod repadmin;
mod row;
mod rsop;
mod rsop_html;
mod rsop_text;
mod setspn;
mod shape;
mod systeminfo;
mod text;
mod updates;
mod value;
mod w32tm;

use crate::Options;
use context::Context;
use delegap_model::{InputSummary, Kind, Parsed, Problem, Record, SourceRef, Written};
use ldif::Class;
use row::Row;
use shape::Shape;
use std::collections::{BTreeMap, BTreeSet};

/// Reads one whole document that is not an event log, recognising what it is by its content.
///
/// `name` is the input's path; it goes into every reference, and names a group where the content can't. What is not
/// recognised is [`Kind::Unknown`] without problems.
pub fn document(name: &str, bytes: &[u8], options: &Options) -> Parsed<Record> {
    let mut context = Context::new(name, &options.limits);
    let mut written = None;
    let read = if bytes.starts_with(b"MTAFile\0") {
        Read { kind: Kind::Mta, seen: None, records: Vec::new() }
    } else if registry::is_policy_file(bytes) {
        let (records, seen) = registry::policy_file(bytes, &mut context);
        Read { kind: Kind::Registry, seen: Some(seen), records }
    } else if crate::is_evtx(bytes) || text::is_binary(bytes) {
        Read::unknown()
    } else {
        let limit = usize::try_from(options.limits.document_bytes).unwrap_or(usize::MAX);
        let head = bytes.get(..limit).unwrap_or(bytes);
        let text = text::decode(head);
        let log = crate::evtx_log::read_markup(name, &text, options);
        if let Some(mut log) = log.or_else(|| events::read(name, &text, options)) {
            if head.len() < bytes.len() {
                log.summary.problems.push(too_long(name, limit, bytes.len()));
            }
            return log;
        }
        let read = recognise(&text, &mut context);
        written = dates::transcript(&text);
        if head.len() < bytes.len() && read.kind != Kind::Unknown {
            let Problem { what, lost, .. } = too_long(name, limit, bytes.len());
            context.problem("", what, lost);
        }
        read
    };
    let mut summary = InputSummary::new(name, read.kind);
    summary.records = read.seen;
    summary.selected = read.seen.map(|_| read.records.len() as u64);
    summary.host = only_host(&read.records);
    summary.written = written.map(|when| Written { when, archive: None });
    if read.kind != Kind::Unknown {
        summary.problems = context.into_problems();
    }
    Parsed { records: read.records, summary }
}

fn too_long(name: &str, limit: usize, length: usize) -> Problem {
    let what = format!("the document is longer than the limit of {limit} bytes");
    Problem { at: SourceRef::new(name, ""), what, lost: format!("{} bytes", length - limit) }
}

/// False if a file that begins with `head` can't be a document: a disk image, an archive, a program. Such a file need not
/// be read at all.
pub fn may_be_document(head: &[u8]) -> bool {
    head.starts_with(b"MTAFile\0") || registry::is_policy_file(head) || !text::is_binary(head)
}

/// What became of a document.
struct Read {
    kind: Kind,
    /// Rows, objects or entries, good and bad.
    seen: Option<u64>,
    records: Vec<Record>,
}

impl Read {
    fn unknown() -> Self {
        Read { kind: Kind::Unknown, seen: None, records: Vec::new() }
    }
}

fn recognise(text: &str, context: &mut Context) -> Read {
    if text.trim_start().starts_with('<') || text.trim().is_empty() {
        if let Some(records) = pingcastle::read(text, context) {
            return Read { kind: Kind::AdTool, seen: Some(records.len() as u64), records };
        }
        if let Some((kind, records)) = first_of(&MARKUP, text, context) {
            return Read { kind, seen: None, records };
        }
        let Some(rows) = clixml::read(text, context) else { return Read::unknown() };
        let seen = rows.len() as u64;
        return of_rows(rows, seen, Format::Clixml, "", Shape::Accounts, context);
    }
    if let Some(graph) = graph::read(text, context) {
        return Read { kind: Kind::AdTool, seen: Some(graph.seen), records: graph.records };
    }
    if let Some(rows) = json::read(text, context) {
        let seen = rows.len() as u64;
        return of_rows(rows, seen, Format::Json, "", Shape::Accounts, context);
    }
    if let Some((kind, records)) = first_of(&LOGS, text, context) {
        return Read { kind, seen: None, records };
    }
    if let Some((records, seen)) = registry::read(text, context) {
        return Read { kind: Kind::Registry, seen: Some(seen), records };
    }
    if ldif::is_ldif(text) {
        let (accounts, seen) = ldif::read(text, context);
        let records = accounts.iter().filter_map(|(class, row)| accounts::record(*class, row, context)).collect();
        return Read { kind: Kind::Ldif, seen: Some(seen), records };
    }
    if let Some(records) = systeminfo::read(text, context) {
        return Read { kind: Kind::Systeminfo, seen: Some(records.len() as u64), records };
    }
    if let Some((kind, records)) = about_hosts(text, context) {
        return Read { kind, seen: Some(records.len() as u64), records };
    }
    if let Some(document) = delimited::read(text, context) {
        let shape = document.shape;
        let rows = document.rows.into_iter().map(|row| (shape, row)).collect();
        return of_rows(rows, document.seen, Format::Text, &document.type_name, shape, context);
    }
    if let Some(rows) = console::accounts(text, context) {
        let seen = rows.len() as u64;
        let rows = rows.into_iter().map(|row| (Shape::Accounts, row)).collect();
        return of_rows(rows, seen, Format::Table, "", Shape::Accounts, context);
    }
    let mut rows = console_rows(text);
    if rows.is_empty() {
        rows = attributes::read(text);
    }
    if let Some((shape, _)) = rows.first() {
        let (seen, shape) = (rows.len() as u64, *shape);
        rows.iter_mut().for_each(|(_, row)| context.bound(row));
        return of_rows(rows, seen, Format::Console, "", shape, context);
    }
    if let Some(records) = events::named(text, context) {
        return Read { kind: Kind::EventExport, seen: None, records };
    }
    if let Some(records) = rsop_text::read(text, context) {
        return Read { kind: Kind::PolicyResult, seen: None, records };
    }
    if let Some(records) = machine::version(text, context) {
        return Read { kind: Kind::OsVersion, seen: Some(records.len() as u64), records };
    }
    Read::unknown()
}

type Reader = fn(&str, &mut Context) -> Option<Vec<Record>>;

/// Logs and reports in text, which are told by their first lines: nothing else has to look through them.
const LOGS: [(Kind, Reader); 7] = [
    (Kind::ServicingLog, packages::log),
    (Kind::UpdateLog, agent_log::read),
    (Kind::ClusterLog, cluster::log),
    (Kind::NetlogonLog, netlogon::log),
    (Kind::ClusterReport, cluster_report::read),
    (Kind::SystemInformation, msinfo::report),
    (Kind::ProviderManifest, publisher::read),
];

/// Documents in XML and HTML that are told by their root.
const MARKUP: [(Kind, Reader); 5] = [
    (Kind::SystemInformation, msinfo::read),
    (Kind::PolicyResult, rsop::read),
    (Kind::PolicyResult, rsop_html::read),
    (Kind::ClusterReport, cluster_report::read),
    (Kind::ProviderManifest, publisher::read_xml),
];

/// What the first reader that knows the text makes of it.
fn first_of(readers: &[(Kind, Reader)], text: &str, context: &mut Context) -> Option<(Kind, Vec<Record>)> {
    readers.iter().find_map(|(kind, read)| Some((*kind, read(text, context)?)))
}

/// What programs of Windows print about a host or an object.
fn about_hosts(text: &str, context: &mut Context) -> Option<(Kind, Vec<Record>)> {
    let readers: [(Kind, Reader); 9] = [
        (Kind::Packages, packages::read),
        (Kind::Tickets, klist::read),
        (Kind::AttributeMetadata, repadmin::read),
        (Kind::SecurityPolicy, policy::read),
        (Kind::Clocks, w32tm::read),
        (Kind::MachineSid, machine::sids),
        (Kind::AdText, setspn::read),
        (Kind::AdText, delegation_table::read),
        (Kind::SecureChannel, netlogon::channel),
    ];
    first_of(&readers, text, context)
}

/// Tables and blocks as consoles print them.
fn console_rows(text: &str) -> Vec<(Shape, Row)> {
    let table = console_table(text);
    table.map_or_else(|| console::blocks(text), |(shape, rows)| rows.into_iter().map(|row| (shape, row)).collect())
}

fn console_table(text: &str) -> Option<(Shape, Vec<Row>)> {
    // In a list every line has a colon between name and value.
    let is_hotfixes =
        |keys: &[String]| keys.len() > 1 && keys.iter().any(|k| k == "hotfixid") && !keys.iter().any(|k| k == ":");
    if let Some(table) = console::table(text, is_hotfixes) {
        // Get-HotFix has a line of dashes below its header, wmic has none.
        return Some((if table.dashed { Shape::Hotfix } else { Shape::WmicQfe }, table.rows));
    }
    let is_nodes = |keys: &[String]| {
        let has = |n: &str| keys.iter().any(|k| k == n);
        (2..=5).contains(&keys.len())
            && has("name")
            && has("state")
            && (has("id") || has("cluster") || has("type") || keys.len() == 2)
    };
    if let Some(table) = console::table(text, is_nodes).filter(|t| t.dashed && !t.rows.is_empty())
        && 2 * table.rows.iter().filter(|r| hosts::has_node_state(r)).count() > table.rows.len()
        && table.rows.iter().all(|r| r.some_text(&["type"]).is_none_or(|t| t.eq_ignore_ascii_case("node")))
    {
        return Some((Shape::ClusterNodes, table.rows));
    }
    let is_networks = |keys: &[String]| ["subnet", "priority"].iter().all(|n| keys.iter().any(|k| k == n));
    if let Some(table) = console::table(text, is_networks).filter(|t| t.dashed) {
        return Some((Shape::MigrationNetworks, table.rows));
    }
    let is_hosts = |keys: &[String]| keys.iter().any(|k| k == "virtualmachinemigrationauthenticationtype");
    if let Some(table) = console::table(text, is_hosts).filter(|t| t.dashed) {
        return Some((Shape::VmHost, table.rows));
    }
    let is_object = |keys: &[String]| shape::is_cluster_object(|name| keys.iter().any(|k| k == name));
    if let Some(table) = console::table(text, is_object).filter(|t| t.dashed) {
        return Some((Shape::ClusterObjects, table.rows));
    }
    let is_vms = |keys: &[String]| shape::is_vm(|name| keys.iter().any(|k| k == name));
    if let Some(table) = console::table(text, is_vms).filter(|t| t.dashed) {
        return Some((Shape::VirtualMachines, table.rows));
    }
    let is_history = |keys: &[String]| shape::is_history(|name| keys.iter().any(|k| k == name));
    if let Some(table) = console::table(text, is_history).filter(|t| t.dashed) {
        return Some((Shape::UpdateHistory, history::joined(table.rows)));
    }
    None
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// CSV.
    Text,
    /// Objects of a console.
    Console,
    /// A table of a console.
    Table,
    Json,
    Clixml,
}

/// Builds the records of rows. `fallback` is what the document is when no row of it could be read.
fn of_rows(
    mut rows: Vec<(Shape, Row)>,
    seen: u64,
    format: Format,
    type_name: &str,
    fallback: Shape,
    context: &mut Context,
) -> Read {
    // With columns picked from Get-ADGroupMember's only the file's name tells members from other accounts.
    for (shape, row) in &mut rows {
        let hinted = *shape == Shape::Accounts && shape::may_be_member(row);
        if hinted && principals::is_protected_users(context.name(), &row.place) {
            *shape = Shape::Members;
        }
    }
    let mut accounts: Vec<&mut Row> =
        rows.iter_mut().filter(|(shape, _)| *shape == Shape::Accounts).map(|(_, row)| row).collect();
    // A table of PowerShell has the columns of its first object. csvde (whose tables begin with `DN`) has those of all
    // objects, and every other format shows what each object has.
    let shows_all = match format {
        Format::Table => false,
        Format::Text => accounts.iter().all(|row| row.has(&["dn"])),
        Format::Console | Format::Json | Format::Clixml => true,
    };
    if shows_all {
        ldif::tell_whole(&mut accounts);
    }
    context.date_order = accounts::date_order(&accounts);
    accounts::forget_unrequested(&mut accounts, context);
    let mut records = Vec::new();
    let mut kinds = BTreeSet::new();
    let mut members: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    let mut updates: Vec<&Row> = Vec::new();
    let mut metadata: Vec<&Row> = Vec::new();
    let (mut history, mut packages, mut owned): (Vec<&Row>, Vec<&Row>, Vec<&Row>) = Default::default();
    for (shape, row) in &rows {
        let mut kind = kind_of(*shape, format);
        let record = match shape {
            Shape::Accounts => {
                let Some(class) = accounts::class_of(row, type_name) else { continue };
                if class != Class::Computer {
                    kind = kind_of(Shape::Members, format);
                }
                accounts::record(class, row, context)
            }
            Shape::Members => {
                let list = row.place.rsplit_once('[').map_or("", |(list, _)| list);
                members.entry(list).or_default().push(row);
                None
            }
            Shape::Hotfix | Shape::WmicQfe => {
                updates.push(row);
                None
            }
            Shape::VmHost => hosts::vm_host(row, context),
            Shape::ClusterNodes => hosts::cluster_node(row, context),
            Shape::Cluster => hosts::cluster(row, context),
            Shape::MigrationNetworks => hosts::migration_network(row, context),
            Shape::DeviceGuard => Some(hosts::device_guard(row, context)),
            Shape::Os => {
                records.extend(hosts::version(row, context));
                None
            }
            Shape::AttributeMetadata => {
                metadata.push(row);
                None
            }
            Shape::UpdateHistory => {
                history.push(row);
                None
            }
            Shape::Packages => {
                packages.push(row);
                None
            }
            Shape::ClusterObjects if shape::is_cluster_network(|name| row.has(&[name])) => {
                hosts::cluster_network(row, context)
            }
            Shape::ClusterObjects => {
                owned.push(row);
                None
            }
            Shape::VirtualMachines => hosts::virtual_machine(row, context),
        };
        records.extend(record);
        kinds.insert(kind);
    }
    records.extend(
        members
            .values()
            .filter_map(|rows| principals::group_of_members(rows, context))
            .map(Box::new)
            .map(Record::Group),
    );
    records.extend(updates::installed(&updates, context));
    records.extend(repadmin::rows(&metadata, context));
    if !history.is_empty() {
        records.extend(history::installed(&history, context));
    }
    records.extend(packages::rows(&packages, context));
    records.extend(cluster::owners(&owned, context));
    // Other objects of the directory; but if rows could not be read, nobody knows what was among them.
    if kinds.is_empty() && !rows.is_empty() && seen == rows.len() as u64 {
        return Read::unknown();
    }
    // Of several kinds in one file the first of the closed list names it: computers before users.
    let kind = kinds.into_iter().next().unwrap_or(kind_of(fallback, format));
    Read { kind, seen: Some(seen), records }
}

fn kind_of(shape: Shape, format: Format) -> Kind {
    match (shape, format) {
        (Shape::Accounts, Format::Text) => Kind::AdCsv,
        (Shape::Accounts | Shape::Members, Format::Console | Format::Table) => Kind::AdText,
        (Shape::Accounts, Format::Json) => Kind::AdJson,
        (Shape::Accounts, Format::Clixml) => Kind::AdClixml,
        (Shape::Members, Format::Text) => Kind::AdUsersCsv,
        (Shape::Members, Format::Json) => Kind::AdUsersJson,
        (Shape::Members, Format::Clixml) => Kind::AdUsersClixml,
        (Shape::Hotfix, _) => Kind::Hotfix,
        (Shape::WmicQfe, _) => Kind::WmicQfe,
        (Shape::VmHost, _) => Kind::VmHost,
        (Shape::ClusterNodes, _) => Kind::ClusterNodes,
        (Shape::Cluster, _) => Kind::Cluster,
        (Shape::Os, _) => Kind::OsVersion,
        (Shape::DeviceGuard, _) => Kind::DeviceGuard,
        (Shape::MigrationNetworks, _) => Kind::MigrationNetworks,
        (Shape::AttributeMetadata, _) => Kind::AttributeMetadata,
        (Shape::UpdateHistory, _) => Kind::UpdateHistory,
        (Shape::Packages, _) => Kind::Packages,
        (Shape::ClusterObjects, _) => Kind::ClusterObjects,
        (Shape::VirtualMachines, _) => Kind::VirtualMachines,
    }
}

/// The host that all records name, if it is one. A user beside it belongs to no host.
fn only_host(records: &[Record]) -> Option<String> {
    let mut only: Option<&str> = None;
    for record in records.iter().filter(|r| !matches!(r, Record::User(_))) {
        let host = record.host().flatten()?;
        if only.is_some_and(|o| !delegap_model::same_name(o, host)) {
            return None;
        }
        only = Some(host);
    }
    only.map(str::to_owned)
}
