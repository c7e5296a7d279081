//! What a cluster's own log and its objects tell: which nodes belong together.

use super::context::Context;
use super::delimited;
use super::row::{Row, key};
use super::value::Pattern;
use delegap_model::{ClusterNode, Record};
use std::collections::BTreeSet;

/// `00001a2c.00002b3c::2024/02/14-03:12:11.123 INFO  [RCM] …`
static LINE: Pattern = Pattern::new(
    |line| line.as_bytes().get(8) == Some(&b'.'),
    r"^[0-9a-fA-F]{8}\.[0-9a-fA-F]{8}::\d{4}/\d\d/\d\d-\d\d:\d\d:\d\d\.\d{3}\s",
);
/// `[=== Nodes ===]`
static SECTION: Pattern = Pattern::new(|line| line.starts_with("[="), r"^\[=+\s*(.{1,80}?)\s*=+\]\s*$");
/// `Current node: name (HV01) id (1)`
static CURRENT: Pattern =
    Pattern::new(|line| line.starts_with("Current node: "), r"^Current node: name \(([^)\s]{1,255})\) id \(\d+\)");
/// Lines that may stand before the first one that tells the log.
const LINES_BEFORE_LOG: usize = 50;
/// More nodes than a cluster can have.
const MOST_NODES: usize = 1000;

/// Reads the nodes that Get-ClusterLog lists; `None` if it is no such log. Its tables are those of the service's memory: a
/// table without a column of names is passed over.
pub(super) fn log(text: &str, context: &mut Context) -> Option<Vec<Record>> {
    text.lines().take(LINES_BEFORE_LOG).find(|l| LINE.is_match(l) || is_section(l))?;
    let mut nodes: BTreeSet<String> = BTreeSet::new();
    let mut records = Vec::new();
    let mut add = |number: u64, node: &str, context: &Context| {
        if !node.is_empty() && nodes.len() < MOST_NODES && nodes.insert(node.to_uppercase()) {
            let at = context.at(&format!(":{number}"));
            records.push(Record::ClusterNode(Box::new(ClusterNode { at, node: node.to_owned(), cluster: None })));
        }
    };
    let mut lines = (1_u64..).zip(text.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        if let Some(current) = CURRENT.captures(line) {
            add(number, &current[1], context);
        }
        if SECTION.captures(line).is_none_or(|s| !s[1].eq_ignore_ascii_case("nodes")) {
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
        is_new.then(|| Record::ClusterNode(Box::new(ClusterNode { at: context.at(&row.place), node, cluster })))
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
}
