//! What a cluster's own log and its validation report tell: which nodes belong together.

use super::context::Context;
use super::delimited;
use super::row::{Row, key};
use super::value::pattern;
use delegap_model::{ClusterNode, Record};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// `00001a2c.00002b3c::2024/02/14-03:12:11.123 INFO  [RCM] …`
static LINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[0-9a-fA-F]{8}\.[0-9a-fA-F]{8}::\d{4}/\d\d/\d\d-\d\d:\d\d:\d\d\.\d{3}\s"));
/// `[=== Nodes ===]`
static SECTION: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\[=+\s*(.{1,80}?)\s*=+\]\s*$"));
/// `Current node: name (HV01) id (1)`
static CURRENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^Current node: name \(([^)\s]{1,255})\) id \(\d+\)"));
/// Lines that may stand before the first one that tells the log.
const LINES_BEFORE_LOG: usize = 50;
/// More nodes than a cluster can have.
const MOST_NODES: usize = 1000;
/// The report's title; whether translations have another one is not known.
const TITLE: &str = "Failover Cluster Validation Report";
const HEAD: usize = 64 << 10;

/// Reads the nodes that Get-ClusterLog lists; `None` if it is no such log. Its tables are those of the service's memory: a
/// table without a column of names is passed over.
pub(super) fn log(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    text.lines().take(LINES_BEFORE_LOG).find(|l| LINE.is_match(l) || is_section(l))?;
    let mut nodes: BTreeSet<String> = BTreeSet::new();
    let mut records = Vec::new();
    let mut add = |number: u64, node: &str, context: &Context| {
        if !node.is_empty() && nodes.len() < MOST_NODES && nodes.insert(node.to_uppercase()) {
            let at = context.at(&format!(":{number}"));
            records.push(Record::ClusterNode(ClusterNode { at, node: node.to_owned(), cluster: None }));
        }
    };
    let mut lines = (1_u64..).zip(text.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        // The service's lines, nearly all, begin with a hexadecimal digit.
        if line.starts_with('C')
            && let Some(current) = CURRENT.captures(line)
        {
            add(number, &current[1], context);
        }
        if !line.starts_with('[') || SECTION.captures(line).is_none_or(|s| !s[1].eq_ignore_ascii_case("nodes")) {
            continue;
        }
        let mut names = None;
        while let Some((number, row)) = lines.next_if(|(_, l)| !l.starts_with('[')) {
            let Some((_, cells)) = delimited::records(row).next().filter(|(_, c)| c.len() > 1) else { continue };
            match names {
                None => names = cells.iter().position(|c| matches!(key(c.trim()).as_str(), "name" | "nodename")),
                Some(at) => add(number, cells.get(at).map_or("", |c| c.trim()), context),
            }
            if names.is_none() {
                break;
            }
        }
    }
    Some(records)
}

fn is_section(line: &str) -> bool {
    const OF_LOG: [&str; 6] = ["cluster", "nodes", "resources", "groups", "networks", "cluster logs"];
    SECTION.captures(line).is_some_and(|s| OF_LOG.iter().any(|name| s[1].eq_ignore_ascii_case(name)))
}

/// The validation report, as HTML, MHT or XML: nothing in it is used.
pub(super) fn report(text: &str, _: &mut Context) -> Option<Vec<Record>> {
    let head = text.get(..text.floor_char_boundary(HEAD)).unwrap_or(text);
    let is_markup = head.contains("<html") || head.contains("<HTML") || head.trim_start().starts_with("<?xml");
    (is_markup && head.contains(TITLE)).then(Vec::new)
}

/// The nodes that own the groups and resources of a cluster, each once.
pub(super) fn owners(rows: &[&Row], context: &mut Context) -> Vec<Record> {
    let mut known = BTreeSet::new();
    let owner = |row: &&Row| {
        let node = row.some_text(&["ownernode"])?;
        if node.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"') {
            context.problem(&row.place, "an owner that is no name of a node", "1 node");
            return None;
        }
        let cluster = row.some_text(&["cluster"]);
        let is_new = known.insert((node.to_uppercase(), cluster.as_deref().map(str::to_uppercase)));
        is_new.then(|| Record::ClusterNode(ClusterNode { at: context.at(&row.place), node, cluster }))
    };
    rows.iter().filter_map(owner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use delegap_model::Limits;

    fn nodes(text: &str) -> Option<Vec<String>> {
        let limits = Limits::default();
        let records = log(text, &mut Context::new("x", &limits))?;
        let name = |r: Record| match r {
            Record::ClusterNode(node) => Some(node.node),
            _ => None,
        };
        Some(records.into_iter().filter_map(name).collect())
    }

    #[test]
    fn a_log_lists_its_nodes() {
        let text = "[=== Cluster ===]\r\nBuild Number 20348\r\nThe logs were generated using local time\r\n\
            Current node: name (HV01) id (1)\r\n\r\n[=== Nodes ===]\r\nName,Id,State\r\nHV01,1,Up\r\nHV02,2,Up\r\n\r\n\
            [=== Cluster Logs ===]\r\n00001a2c.00002b3c::2024/02/14-03:12:11.123 INFO  [RCM] x\r\n";
        assert_eq!(nodes(text), Some(vec!["HV01".to_owned(), "HV02".to_owned()]));
        assert_eq!(nodes("00001a2c.00002b3c::2024/02/14-03:12:11.123 INFO  [RCM] x\n"), Some(vec![]));
        assert_eq!(nodes(&text.replace("Name,Id", "_a,_b")), Some(vec!["HV01".to_owned()]));
        assert_eq!(nodes("[=== Summary ===]\nx\n"), None);
    }

    #[test]
    fn reports_are_told_by_their_title() {
        let limits = Limits::default();
        let of = |text: &str| report(text, &mut Context::new("x", &limits)).is_some();
        assert!(of("<html><head><title>Failover Cluster Validation Report</title>"));
        assert!(of("From: <Saved by Microsoft>\nSubject: x\n\n<html><body>Failover Cluster Validation Report"));
        assert!(!of("Please send the Failover Cluster Validation Report") && !of("<html><title>x"));
    }
}
