//! Virtual machines, networks of clusters, policies and services as Windows' own tools write them, through the public door.

use delegap_model::{ClusterNetwork, Guid, Kind, Parsed, Record, Tri, VirtualMachine, Why};
use delegap_parse::{Options, document};

fn read(name: &str, text: &str) -> Parsed<Record> {
    document(name, text.as_bytes(), &Options::default())
}

fn machines(parsed: &Parsed<Record>) -> Vec<VirtualMachine> {
    let one = |r: &Record| match r {
        Record::VirtualMachine(m) => Some((**m).clone()),
        _ => None,
    };
    parsed.records.iter().filter_map(one).collect()
}

fn networks(parsed: &Parsed<Record>) -> Vec<ClusterNetwork> {
    let one = |r: &Record| match r {
        Record::ClusterNetwork(n) => Some((**n).clone()),
        _ => None,
    };
    parsed.records.iter().filter_map(one).collect()
}

const ID: &str = "6f2b1b1a-52b0-4d4a-9b0c-0c3f1e6a7d01";

#[test]
fn virtual_machines_in_every_format() {
    let list = format!(
        "\r\n\r\nVMName                 : app01\r\nVMId                   : {ID}\r\nId                     : {ID}\r\nName                   : app01\r\n\
         State                  : Running\r\nIntegrationServicesState : \r\nUptime                 : 2.03:12:44\r\nVersion                : 9.0\r\n\
         ComputerName           : HV01\r\nIsClustered            : False\r\nConfigurationLocation  : C:\\ClusterStorage\\Volume1\\app01\r\n\r\n"
    );
    let csv = format!(
        "#TYPE Selected.Microsoft.HyperV.PowerShell.VirtualMachine\r\n\"ComputerName\",\"Name\",\"VMId\",\"State\",\"Version\"\r\n\
         \"HV01\",\"app01\",\"{ID}\",\"Running\",\"9.0\"\r\n"
    );
    let json = format!(
        "{{\"VMName\": \"app01\", \"VMId\": \"{ID}\", \"Id\": \"{ID}\", \"Name\": \"app01\", \"State\": 2, \"Version\": \"9.0\", \
         \"ComputerName\": \"HV01\", \"ProcessorCount\": 2, \"HardDrives\": [{{\"Path\": \"x\"}}], \"Uptime\": {{\"Ticks\": 1}}}}"
    );
    let clixml = format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"><Obj RefId=\"0\"><TN RefId=\"0\">\
         <T>Microsoft.HyperV.PowerShell.VirtualMachine</T></TN><ToString>VirtualMachine (Name = 'app01')</ToString><Props>\
         <S N=\"VMName\">app01</S><G N=\"VMId\">{ID}</G><G N=\"Id\">{ID}</G><S N=\"Name\">app01</S><Obj N=\"State\" RefId=\"1\"><TN RefId=\"1\">\
         <T>Microsoft.HyperV.PowerShell.VMState</T></TN><ToString>Running</ToString><I32>2</I32></Obj><S N=\"Version\">9.0</S>\
         <S N=\"ComputerName\">HV01</S><I64 N=\"ProcessorCount\">2</I64></Props></Obj></Objs>"
    );
    for (what, text) in [("list", list), ("csv", csv), ("json", json), ("clixml", clixml)] {
        let parsed = read("vm", &text);
        assert_eq!((parsed.summary.kind, parsed.summary.problems.len()), (Kind::VirtualMachines, 0), "{what}");
        let [machine] = machines(&parsed).try_into().unwrap();
        let told = (machine.host.as_deref(), machine.name.as_str(), machine.id, machine.version);
        assert_eq!(told, (Some("HV01"), "app01", Tri::Known(Guid::parse(ID).unwrap()), Tri::Known((9, 0))), "{what}");
        assert_eq!(machine.processor_compatibility, Tri::NOT_EXPORTED, "{what}");
    }
}

#[test]
fn tables_of_virtual_machines_and_of_their_processors() {
    let table = "Name        State   CPUUsage(%) MemoryAssigned(M) Uptime           Status             Version\n\
                 ----        -----   ----------- ----------------- ------           ------             -------\n\
                 VM300098957 Off     0           0                 00:00:00         Operating normally 10.0\n\
                 a-very-l... Running 12          4096              12.03:12:44.1230000 Operating normally 9.0\n";
    let parsed = read("HV01/vm.txt", table);
    let [machine] = machines(&parsed).try_into().unwrap();
    assert_eq!((machine.host, machine.id, machine.version), (None, Tri::NOT_EXPORTED, Tri::Known((10, 0))));
    assert_eq!(parsed.summary.problems.len(), 1, "a name that is cut is none");
    let processors = "VMName      Count CompatibilityForMigrationEnabled CompatibilityForOlderOperatingSystemsEnabled\n\
                      ------      ----- -------------------------------- --------------------------------------------\n\
                      VM300098957 2     False                            False\n";
    let [machine] = machines(&read("processors.txt", processors)).try_into().unwrap();
    assert_eq!((machine.name.as_str(), machine.processor_compatibility), ("VM300098957", Tri::Known(false)));
    assert_eq!(machine.version, Tri::NOT_EXPORTED);
    let json = "[{\"Name\": \"Processor\", \"VMName\": \"app01\", \"Id\": \"Microsoft:6F2B\\\\b637f346\", \"VMId\": null, \
                \"CompatibilityForMigrationEnabled\": true, \"ComputerName\": \".\"}]";
    let [machine] = machines(&read("processors.json", json)).try_into().unwrap();
    assert_eq!((machine.name.as_str(), machine.id, machine.host), ("app01", Tri::NOT_EXPORTED, None));
    assert_eq!(machine.processor_compatibility, Tri::Known(true));
    let odd = "ComputerName,Name,VMId,Version\nHV01,app01,x,nine\n";
    let [machine] = machines(&read("vm.csv", odd)).try_into().unwrap();
    let unreadable = |text: &str| Why::Unreadable(text.to_owned());
    assert_eq!((machine.id, machine.version), (Tri::Unknown(unreadable("x")), Tri::Unknown(unreadable("nine"))));
}

#[test]
fn networks_of_a_cluster() {
    let list = "\nAddress           : 172.16.0.0\nAddressMask       : 255.248.0.0\nAutoMetric        : True\nCluster           : cluster1\n\
                Description       :\nId                : 8674967e-aef4-4815-8567-cd7bd15ebc1e\nIpv4Addresses     : {172.16.0.0}\n\
                Metric            : 30241\nName              : DC2 Private Traffic\nRole              : Cluster\nState             : Up\n";
    let parsed = read("networks.txt", list);
    assert_eq!((parsed.summary.kind, parsed.summary.host.as_deref()), (Kind::ClusterObjects, None));
    let [network] = networks(&parsed).try_into().unwrap();
    let told = (network.name.as_str(), network.cluster.as_deref(), network.up, network.used_by_cluster);
    assert_eq!(told, ("DC2 Private Traffic", Some("cluster1"), Tri::Known(true), Tri::Known(true)));
    let table = "Name              State Metric             Role\n----              ----- ------             ----\n\
                 Cluster Network 1    Up  70240 ClusterAndClient\nCluster Network 2  Down  30240             None\n";
    let states = |text: &str| -> Vec<(Tri<bool>, Tri<bool>)> {
        networks(&read("networks", text)).into_iter().map(|n| (n.up, n.used_by_cluster)).collect()
    };
    let expected = [(Tri::Known(true), Tri::Known(true)), (Tri::Known(false), Tri::Known(false))];
    assert_eq!(states(table), expected);
    let member = |name: &str, kind: &str, word: &str, number: u32| {
        format!(
            "<Obj N=\"{name}\" RefId=\"{number}1\"><TN RefId=\"{number}1\"><T>Microsoft.FailoverClusters.PowerShell.{kind}</T>\
             <T>System.Enum</T></TN><ToString>{word}</ToString><I32>{number}</I32></Obj>"
        )
    };
    let object = |id: u32, state: &str, role: &str| {
        format!(
            "<Obj RefId=\"{id}\"><Props><S N=\"Name\">n{id}</S><S N=\"Address\">10.0.{id}.0</S>{state}{role}<I64 N=\"Metric\">1</I64>\
             <S N=\"Cluster\">cluster1</S></Props></Obj>"
        )
    };
    let clixml = format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">{}{}</Objs>",
        object(
            1,
            &member("State", "ClusterNetworkState", "Up", 3),
            &member("Role", "ClusterNetworkRole", "ClusterAndClient", 3)
        ),
        object(2, &member("State", "ClusterNetworkState", "Down", 1), &member("Role", "ClusterNetworkRole", "None", 0)),
    );
    assert_eq!(states(&clixml), expected);
    let json = "[{\"Name\": \"a\", \"State\": 3, \"Role\": 3, \"Metric\": 1}, {\"Name\": \"b\", \"State\": 1, \"Role\": 0, \"Metric\": 1}]";
    assert_eq!(states(json), expected);
    assert_eq!(states("[{\"Name\": \"a\", \"State\": -1, \"Role\": 9, \"Metric\": 1}]").len(), 1);
    assert!(
        states("[{\"Name\": \"a\", \"State\": -1, \"Role\": 9, \"Metric\": 1}]")
            .iter()
            .all(|(a, b)| !a.is_told() && !b.is_told())
    );
}

#[test]
fn documents_are_told_apart() {
    let of = |text: &str| read("x", text).summary.kind;
    let result = "RSOP-Daten f\u{fc}r C\\a auf HV01 : Protokollierungsmodus\n-------------------------------------\n\n\
                  Betriebssystemversion:        10.0.20348\n\nCOMPUTEREINSTELLUNGEN\n---------------------\n    CN=HV01,DC=c,DC=l\n\n";
    assert_eq!(of(result), Kind::PolicyResult);
    assert_eq!(of("TimeCreated Id Message\n----------- -- -------\n1/1/2026    1  x\n"), Kind::EventExport);
    assert_eq!(of("name,version,computername\nx,9.0,HV01\n"), Kind::Unknown, "a list of software");
    let collector = "<html><td class=\"rsopname\">Machine name: HV01</td><div class=\"rsopsettings\"></html>";
    assert_eq!(of(collector), Kind::Unknown);
    let network = "<html><head><title>Failover Cluster Validation Report</title></head></html>";
    assert_eq!(of(network), Kind::ClusterReport);
}

#[test]
fn a_result_of_policies_names_its_host() {
    let text = "RSOP data for C\\a on HV01 : Logging Mode\r\n-------------------------------------\r\n\r\nCOMPUTER SETTINGS\r\n------------------\r\n\
                \x20   CN=HV01,OU=x,DC=c,DC=l\r\n\r\n            GPO: x\r\n                KeyName:     Software\\Policies\\X\\Y\r\n\
                \x20               Value:       1, 0, 0, 0\r\n                State:       Enabled\r\n\r\n";
    let parsed = read("x", text);
    assert_eq!((parsed.summary.kind, parsed.summary.host.as_deref()), (Kind::PolicyResult, Some("HV01")));
    let [Record::SecurityPolicy(policy)] = parsed.records.as_slice() else { panic!("{:?}", parsed.records) };
    assert_eq!(policy.registry.get(r"machine\software\policies\x\y").map(String::as_str), Some("1"));
    assert_eq!(policy.applied, None, "no list of objects");
}
