//! `delegap inspect`: what each file is, whose it is, what it tells and what it does not.

use crate::support::{case, delegap, run};
use delegap::model::{Answer, HostSource, InspectedInput};
use delegap::report::{INSPECTION_SCHEMA, json};
use delegap::{Case, Settings};
use serde_json::Value;
use std::fs;

const ADS: &str = "Name,SamAccountName,msDS-AllowedToDelegateTo,TrustedToAuthForDelegation,servicePrincipalName\n\
                   HV01,HV01$,cifs/HV02,False,Microsoft.ActiveDirectory.Management.ADPropertyValueCollection\n\
                   HV02,HV02$,,False,HOST/HV02\n";
const HOTFIX: &str = "Description,HotFixID,InstalledOn\nUpdate,KB5004330,10/13/2021\n";

fn inspected(files: &[(&str, &str)]) -> Vec<InspectedInput> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let settings = Settings { base: Some(folder.path().to_owned()), ..Settings::default() };
    Case::open_with(["."], &settings).unwrap().inspect().inputs
}

fn answer<'a>(input: &'a InspectedInput, fact: &str) -> &'a Answer {
    input.answers.iter().find(|a| a.fact == fact).unwrap_or_else(|| panic!("no {fact}: {input:?}"))
}

#[test]
fn facts_that_a_file_tells_and_why_it_does_not_tell_others() {
    let inputs = inspected(&[("computers.csv", ADS)]);
    assert_eq!(answer(&inputs[0], "delegation-list").told, 2);
    let spns = answer(&inputs[0], "service-principal-names");
    assert_eq!((spns.told, spns.not_told.as_slice()), (1, &[("lost in the export".to_owned(), 1)][..]));
    let rbcd = answer(&inputs[0], "resource-based-delegation");
    assert_eq!((rbcd.told, rbcd.not_told.as_slice()), (0, &[("not part of the export".to_owned(), 2)][..]));
}

#[test]
fn a_host_comes_from_the_content_or_from_the_path() {
    let named = HOTFIX.replace("Description", "CSName").replace("Update", "HV02");
    let inputs =
        inspected(&[("HV01/fixes.csv", HOTFIX), ("HV01/other.csv", &named), ("ads.csv", ADS), ("z.csv", HOTFIX)]);
    let hosts: Vec<_> =
        inputs.iter().map(|i| (i.summary.path.as_str(), i.summary.host.as_deref(), i.summary.host_source)).collect();
    let wanted = [
        ("HV01/fixes.csv", Some("HV01"), Some(HostSource::Path)),
        ("HV01/other.csv", Some("HV02"), Some(HostSource::Content)),
        ("ads.csv", None, None),
        ("z.csv", None, None),
    ];
    assert_eq!(hosts, wanted);
}

#[test]
fn every_case_is_inspected_as_the_schema_says() {
    let schema: Value = serde_json::from_str(INSPECTION_SCHEMA).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for name in ["standalone-kcd-missing", "healthy"] {
        let settings = Settings { base: Some(case(name)), hash: true, ..Settings::default() };
        let inspection = Case::open_with(["input"], &settings).unwrap().inspect();
        assert!(inspection.inputs.iter().filter(|i| !i.answers.is_empty()).count() > 4, "{inspection:?}");
        let printed: Value = serde_json::from_str(&json::inspection(&inspection)).unwrap();
        let complaints: Vec<String> = schema.iter_errors(&printed).map(|e| e.to_string()).collect();
        assert_eq!(complaints, [] as [String; 0]);
    }
}

#[test]
fn the_command_prints_and_says_by_its_code_what_it_found() {
    let folder = case("standalone-kcd-missing");
    let whole = run(&mut delegap(&folder, &["inspect", "input"]));
    assert_eq!((whole.code, whole.stderr.as_str()), (0, ""));
    for part in ["Taken for: event log", "(named by the content)", "delegation-list", "moves"] {
        assert!(whole.stdout.contains(part), "{part} in\n{}", whole.stdout);
    }
    let markdown = run(&mut delegap(&folder, &["inspect", "input", "--format", "markdown"]));
    assert!(markdown.stdout.starts_with("# Inspection of "), "{}", markdown.stdout);
    assert_eq!(run(&mut delegap(&folder, &["inspect", "nowhere"])).code, 2);
    let odd = tempfile::tempdir().unwrap();
    fs::write(odd.path().join("x.bin"), [1, 2, 3]).unwrap();
    let odd = run(&mut delegap(odd.path(), &["inspect", "."]));
    assert_eq!(odd.code, 3);
    assert!(odd.stdout.contains("NOT RECOGNISED: nothing in it is known"), "{}", odd.stdout);
}

#[test]
fn what_tells_too_little_is_named_with_the_command_that_tells_it() {
    let folder = tempfile::tempdir().unwrap();
    let vms = r#"[{"Name":"app01","VMId":"x","State":2,"Uptime":"01:00:00","ComputerName":"HV01"}]"#;
    fs::write(folder.path().join("vms.json"), vms).unwrap();
    let printed = run(&mut delegap(folder.path(), &["inspect", "."])).stdout;
    for part in ["virtual machines (Get-VM)", "Does not tell", "Get-VMHost | ConvertTo-Json of every host"] {
        assert!(printed.contains(part), "{part} in\n{printed}");
    }
}

#[test]
fn tests_of_a_cluster_are_listed_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let row = |name: &str, icon: &str| {
        format!(
            "<tr><td><a href=\"#1\">{name}</a></td><td><result><IMG name=\"{icon}Img\"></result></td><td><description>{icon}</description></td></tr>"
        )
    };
    let page = format!(
        "<html><head><title>Failover Cluster Validation Report</title></head><table>{}{}{}</table></html>",
        row("Validate IP Configuration", "Failed"),
        row("Validate Software Update Levels", "Warning"),
        row("Validate Something New", "Warning"),
    );
    fs::write(folder.path().join("report.htm"), page).unwrap();
    let printed = run(&mut delegap(folder.path(), &["inspect", "."])).stdout;
    for part in ["Validate IP Configuration", "1 failed test", "Validate Software Update Levels", "cluster-test"] {
        assert!(printed.contains(part), "{part} in\n{printed}");
    }
}

#[test]
fn folders_and_files_of_collectors_name_their_host() {
    let ads = ADS.replace("Name,Sam", "DNSHostName,Name,Sam").replace("HV0", "hv0");
    let ads: String = ads
        .lines()
        .map(|l| if l.starts_with("hv0") { format!("{}.contoso.test,{l}\n", &l[..4]) } else { format!("{l}\n") })
        .collect();
    let inputs = inspected(&[
        ("ads.csv", &ads),
        ("Node_hv01.contoso.test/GetHotFix.csv", HOTFIX),
        ("HV02_Hotfixes.CSV", HOTFIX),
    ]);
    let hosts: Vec<_> = inputs.iter().map(|i| (i.summary.path.as_str(), i.summary.host.as_deref())).collect();
    let named = |path: &str| {
        let host = hosts.iter().find(|(p, _)| *p == path).and_then(|(_, h)| *h);
        host.map(str::to_uppercase)
    };
    assert_eq!(named("HV02_Hotfixes.CSV").as_deref(), Some("HV02"), "{hosts:?}");
    assert_eq!(named("Node_hv01.contoso.test/GetHotFix.csv").as_deref(), Some("HV01"), "{hosts:?}");
}
