//! Dumps of host and cluster settings: Get-VMHost, Get-Cluster, Get-ClusterNode.

use super::json::{Json, PowerShell};
use super::{Authentication, Case, Host, text};

/// How PowerShell objects were saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DumpFormat {
    /// `ConvertTo-Json >` of Windows PowerShell 5.1: UTF-16.
    Json51,
    /// `ConvertTo-Json >` of PowerShell 7: UTF-8.
    Json7,
    /// Export-Clixml of 5.1: UTF-16.
    Clixml,
    /// `Export-Csv -NoTypeInformation`
    Csv,
    /// `Format-List >` of 5.1: UTF-16.
    List,
    /// The default table, saved as UTF-8.
    Table,
}

impl DumpFormat {
    /// Whose ConvertTo-Json, for the JSON formats.
    pub fn shell(self) -> Option<PowerShell> {
        match self {
            DumpFormat::Json51 => Some(PowerShell::V51),
            DumpFormat::Json7 => Some(PowerShell::V7),
            DumpFormat::Clixml | DumpFormat::Csv | DumpFormat::List | DumpFormat::Table => None,
        }
    }

    /// The bytes of the file.
    pub fn encode(self, file: &str) -> Vec<u8> {
        match self {
            DumpFormat::Json51 | DumpFormat::Clixml | DumpFormat::List => text::utf16(file),
            DumpFormat::Json7 | DumpFormat::Table => file.as_bytes().to_vec(),
            DumpFormat::Csv => text::ascii(file),
        }
    }

    fn extension(self) -> &'static str {
        match self {
            DumpFormat::Json51 | DumpFormat::Json7 => "json",
            DumpFormat::Clixml => "xml",
            DumpFormat::Csv => "csv",
            DumpFormat::List | DumpFormat::Table => "txt",
        }
    }
}

/// Get-VMHost of all Hyper-V hosts: the path and the file.
pub fn vm_hosts(case: &Case, format: DumpFormat) -> (String, Vec<u8>) {
    let objects: Vec<_> = case.hyper_v_hosts().map(|host| vm_host(case, host)).collect();
    (format!("vmhost.{}", format.extension()), format.encode(&dump(&objects, format)))
}

/// Get-Cluster and Get-ClusterNode: paths and files. Empty without a cluster.
pub fn cluster(case: &Case, format: DumpFormat) -> Vec<(String, Vec<u8>)> {
    let Some(cluster) = &case.cluster else { return Vec::new() };
    let name = |text: &str| Cell::Text(text.to_owned());
    let node = |(i, host): (usize, &Host)| {
        vec![
            ("Name", name(&host.name)),
            ("ID", Cell::Text((i + 1).to_string())),
            ("State", Cell::Enum(0, "Up")),
            ("Cluster", name(cluster)),
        ]
    };
    let nodes: Vec<_> = case.hyper_v_hosts().enumerate().map(node).collect();
    let clusters = [vec![
        ("Name", name(cluster)),
        ("Domain", name(&case.domain)),
        ("ClusterFunctionalLevel", Cell::Number(11)),
        ("SharedVolumesRoot", name("C:\\ClusterStorage")),
    ]];
    let extension = format.extension();
    // As a table, Get-Cluster shows a name and nothing that tells whose: customers who know send the list.
    let cluster_format = if format == DumpFormat::Table { DumpFormat::List } else { format };
    vec![
        (format!("cluster.{extension}"), cluster_format.encode(&dump(&clusters, cluster_format))),
        (format!("clusternodes.{extension}"), format.encode(&dump(&nodes, format))),
    ]
}

/// A value that formats show differently: JSON writes an enumeration's number, everything else its name.
enum Cell {
    Text(String),
    Number(i64),
    Bool(bool),
    Enum(i64, &'static str),
}

fn vm_host(case: &Case, host: &Host) -> Vec<(&'static str, Cell)> {
    let authentication = match host.authentication {
        Authentication::CredSsp => Cell::Enum(0, "CredSSP"),
        Authentication::Kerberos => Cell::Enum(1, "Kerberos"),
    };
    vec![
        ("ComputerName", Cell::Text(host.name.clone())),
        ("Name", Cell::Text(host.name.clone())),
        ("FullyQualifiedDomainName", Cell::Text(case.domain.clone())),
        ("VirtualMachineMigrationEnabled", Cell::Bool(true)),
        ("VirtualMachineMigrationAuthenticationType", authentication),
        ("VirtualMachineMigrationPerformanceOption", Cell::Enum(1, "Compression")),
        ("MaximumVirtualMachineMigrations", Cell::Number(2)),
        ("MaximumStorageMigrations", Cell::Number(2)),
        ("UseAnyNetworkForMigration", Cell::Bool(false)),
    ]
}

fn dump(objects: &[Vec<(&'static str, Cell)>], format: DumpFormat) -> String {
    let shown = |object: &Vec<(&'static str, Cell)>| -> Vec<(&str, String)> {
        object.iter().map(|(name, cell)| (*name, cell.shown())).collect()
    };
    let columns: Vec<&str> = objects[0].iter().map(|(name, _)| *name).collect();
    let values = |object| shown(object).into_iter().map(|(_, value)| value);
    match format {
        DumpFormat::Json51 | DumpFormat::Json7 => {
            let shell = format.shell().expect("a JSON format");
            let mut list: Vec<Json> =
                objects.iter().map(|o| Json::object(o.iter().map(|(n, c)| (*n, c.json())))).collect();
            let document = if list.len() == 1 { list.remove(0) } else { Json::List(list) };
            document.to_text(shell)
        }
        DumpFormat::Clixml => {
            let list: Vec<Json> = objects.iter().map(|o| Json::object(o.iter().map(|(n, c)| (*n, c.json())))).collect();
            super::clixml::document(&list, "Microsoft.HyperV.PowerShell.VMHost")
        }
        DumpFormat::Csv => {
            let rows: Vec<_> = objects.iter().map(|o| values(o).map(Some).collect()).collect();
            text::csv(&columns, &rows, ',')
        }
        DumpFormat::List => text::format_list(&objects.iter().map(shown).collect::<Vec<_>>()),
        DumpFormat::Table => {
            text::format_table(&columns, &objects.iter().map(|o| values(o).collect()).collect::<Vec<_>>())
        }
    }
}

impl Cell {
    fn shown(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Number(n) => n.to_string(),
            Cell::Bool(b) => if *b { "True" } else { "False" }.to_owned(),
            Cell::Enum(_, name) => (*name).to_owned(),
        }
    }

    fn json(&self) -> Json {
        match self {
            Cell::Text(text) => Json::Str(text.clone()),
            Cell::Number(n) | Cell::Enum(n, _) => Json::Int(*n),
            Cell::Bool(b) => Json::Bool(*b),
        }
    }
}
