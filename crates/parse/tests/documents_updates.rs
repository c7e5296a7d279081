//! Histories of updates and lists of packages in the shapes in which they are exported.

use delegap_model::{Kind, Parsed, Record, Tri, When};
use delegap_parse::{Options, document};

fn read(text: &str) -> Parsed<Record> {
    document("input", text.as_bytes(), &Options::default())
}

/// `HV01 KB5034129 2024-02-14T03:12:11`, `- 20348.2322 2024-02-14`.
fn told(parsed: &Parsed<Record>) -> Vec<String> {
    let when = |w: When| match w {
        When::Exact(t) => t.format("%FT%TZ").to_string(),
        When::Local(t) => t.format("%FT%T").to_string(),
        When::Day(d) => d.to_string(),
        When::Ambiguous { .. } => "ambiguous".to_owned(),
        When::Unknown => "undated".to_owned(),
    };
    let host = |h: &Option<String>| h.as_deref().unwrap_or("-").to_owned();
    let line = |r: &Record| match r {
        Record::Update(u) => Some(format!("{} {} {}", host(&u.host), u.kb, when(u.when))),
        Record::Build(b) => Some(format!("{} {}.{} {}", host(&b.host), b.build, b.revision, when(b.when))),
        _ => None,
    };
    parsed.records.iter().filter_map(line).collect()
}

fn whats(parsed: &Parsed<Record>) -> Vec<String> {
    parsed.summary.problems.iter().map(|p| format!("{} ({})", p.what, p.lost)).collect()
}

#[test]
fn a_history_in_every_export() {
    let expected = ["HV01 KB5034129 2024-02-14T03:12:11"];
    let table = "\n\
        ComputerName Operationname Result    Date                  Title\n\
        ------------ ------------- ------    ----                  -----\n\
        HV01         Installation  Succeeded 2/14/2024 3:12:11 AM  2024-02 Update for Windows Server (KB5034129)\n\
        HV01         Installation  Failed    2/13/2024 3:12:11 AM  2024-02 Update for Windows Server (KB5034770)\n\
        HV01         Installation  Succeeded 2/13/2024 1:00:00 AM  Security Intelligence Update - KB2267602 (Version 1.4)\n\n";
    let list = "\nComputerName  : HV01\nOperationname : Installation\nResult        : Succeeded\n\
        Date          : 2/14/2024 3:12:11 AM\nTitle         : 2024-02 Update (KB5034129)\nKB            : KB5034129\n\n";
    let csv = "\"ComputerName\",\"Operation\",\"ResultCode\",\"Date\",\"Title\"\r\n\
        \"HV01\",\"1\",\"2\",\"2/14/2024 3:12:11 AM\",\"2024-02 Update (KB5034129)\"\r\n\
        \"HV01\",\"1\",\"4\",\"2/13/2024 3:12:11 AM\",\"2024-02 Update (KB5034770)\"\r\n\
        \"HV01\",\"1\",\"3\",\"2/13/2024 3:12:11 AM\",\"2024-02 Update (KB5034771)\"\r\n";
    // 1707880331000 ms are 2024-02-14 03:12:11, in a zone that nobody knows.
    let json = "[{\"ComputerName\":\"HV01\",\"Operation\":1,\"ResultCode\":2,\"Date\":\"\\/Date(1707880331000)\\/\",\
        \"Title\":\"2024-02 Update (KB5034129)\"}]";
    let clixml = "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\
        <Obj RefId=\"0\"><TN RefId=\"0\"><T>PSWindowsUpdate.UpdateHistory</T></TN><Props><S N=\"ComputerName\">HV01</S>\
        <S N=\"OperationName\">Installation</S><S N=\"Result\">Succeeded</S><DT N=\"Date\">2024-02-14T03:12:11</DT>\
        <S N=\"Title\">2024-02 Update (KB5034129)</S></Props></Obj></Objs>";
    for text in [table, list, csv, json, clixml] {
        let parsed = read(text);
        assert_eq!(
            (parsed.summary.kind, told(&parsed)),
            (Kind::UpdateHistory, expected.map(str::to_owned).to_vec()),
            "{text}"
        );
        assert_eq!(whats(&parsed), [""; 0], "{text}");
    }
}

#[test]
fn a_title_that_goes_on_below_and_one_that_is_cut() {
    let head = "ComputerName Operationname Result    Date                 Title\n\
                ------------ ------------- ------    ----                 -----\n";
    let wrapped = format!(
        "{head}HV01         Installation  Succeeded 2/14/2024 3:12:11 AM 2024-02 Cumulative Update for Windows\n\
         {blank:58}Server 2022 (KB5034770)\n\
         HV01         Installation  Succeeded 2/13/2024 3:12:11 AM 2024-02 Update (KB5034129)\n",
        blank = ""
    );
    assert_eq!(told(&read(&wrapped)), ["HV01 KB5034770 2024-02-14T03:12:11", "HV01 KB5034129 2024-02-13T03:12:11"]);
    let cut = format!(
        "{head}HV01         Installation  Succeeded 2/14/2024 3:12:11 AM 2024-02 Cumulative Update for Win...\n"
    );
    let parsed = read(&cut);
    assert_eq!(told(&parsed), [""; 0]);
    assert_eq!(
        whats(&parsed),
        ["titles are cut before the update's number: Get-WUHistory | ConvertTo-Json shows them whole (1 update)"]
    );
}

#[test]
fn what_was_removed_again_and_what_does_not_tell_its_outcome() {
    let text = "Date,Operation,ResultCode,Title\n2024-02-20 10:00:00,2,2,x (KB5034770)\n2024-02-14 10:00:00,1,2,x (KB5034770)\n\
                2024-03-14 10:00:00,1,2,x (KB5034770)\n";
    let parsed = read(text);
    assert_eq!(told(&parsed), ["- KB5034770 2024-03-14T10:00:00"]);
    assert_eq!(whats(&parsed).len(), 1);
    let parsed = read("Date,Operation,Title\n2024-02-14 10:00:00,1,x (KB5034770)\n");
    assert_eq!(told(&parsed), [""; 0]);
    assert_eq!(whats(&parsed), ["whether the installation succeeded is not shown (1 update)"]);
    let parsed = read("Date,ResultCode,Title\n2024-02-14 10:00:00,2,x (KB5034770)\n");
    assert_eq!((told(&parsed).len(), whats(&parsed).len()), (1, 1));
    assert_eq!(read("Date,Status,Title\n2024-02-14,2,x (KB5034770)\n").summary.kind, Kind::Unknown);
}

const ROLLUP: &str = "Package_for_RollupFix~31bf3856ad364e35~amd64~~20348";

#[test]
fn packages_as_table_list_and_objects() {
    let table = format!(
        "\r\nDeployment Image Servicing and Management tool\r\nVersion: 10.0.20348.681\r\n\r\nImage Version: 10.0.20348.2322\r\n\r\n\
         Packages listing:\r\n\r\n------- | ----- | ------------ | ------------\r\n\
         Package Identity | State | Release Type | Install Time\r\n------- | ----- | ------------ | ------------\r\n\
         Microsoft-Windows-FodMetadata-Package~31bf3856ad364e35~amd64~~10.0.20348.1 | Installed | Feature Pack | 5/8/2021 8:27 AM\r\n\
         Package_for_KB5034129~31bf3856ad364e35~amd64~~10.0.1.4 | Installed | Update | 2/14/2024 3:12 AM\r\n\
         {ROLLUP}.2322.1.8 | Installed | Security Update | 2/14/2024 3:40 AM\r\n\
         {ROLLUP}.2227.1.9 | Superseded | Security Update | 1/15/2024 3:40 AM\r\n\
         {ROLLUP}.2340.1.1 | Install Pending | Security Update |  \r\n\r\nThe operation completed successfully.\r\n"
    );
    let list = format!(
        "Paketauflistung:\n\nPaketidentität : Package_for_KB5034129~31bf3856ad364e35~amd64~~10.0.1.4\nStatus : Installiert\n\
         Versionstyp : Update\nInstallationszeit : 14.02.2024 03:12\n\n\
         Paketidentität : {ROLLUP}.2322.1.8\nStatus : Installiert\nVersionstyp : Sicherheitsupdate\n\
         Installationszeit : 14.02.2024 03:40\n\n\
         Paketidentität : {ROLLUP}.2227.1.9\nStatus : Superseded\nVersionstyp : Sicherheitsupdate\n\
         Installationszeit : 15.01.2024 03:40\n\n"
    );
    let json = format!(
        "[{{\"PackageName\":\"Package_for_KB5034129~31bf3856ad364e35~amd64~~10.0.1.4\",\"PackageState\":4,\"ReleaseType\":3,\
         \"InstallTime\":\"2024-02-14T03:12:00\"}},{{\"PackageName\":\"{ROLLUP}.2322.1.8\",\"PackageState\":4,\"ReleaseType\":5,\
         \"InstallTime\":\"2024-02-14T03:40:00\"}},{{\"PackageName\":\"{ROLLUP}.2227.1.9\",\"PackageState\":6,\"ReleaseType\":5,\
         \"InstallTime\":\"2024-01-15T03:40:00\"}}]"
    );
    for text in [table, list, json] {
        let parsed = read(&text);
        assert_eq!(parsed.summary.kind, Kind::Packages, "{text}");
        let expected =
            ["- KB5034129 2024-02-14T03:12:00", "- 20348.2322 2024-02-14T03:40:00", "- 20348.2227 2024-01-15T03:40:00"];
        assert_eq!((told(&parsed), whats(&parsed).len()), (expected.map(str::to_owned).to_vec(), 0), "{text}");
        let Some(Record::Os(os)) = parsed.records.last() else { panic!("{parsed:?}") };
        assert_eq!((&os.build, &os.revision), (&Tri::Known(20348), &Tri::Known(2322)));
    }
}

#[test]
fn packages_in_a_language_that_is_not_known() {
    let text =
        format!("Balíčky:\n\nIdentita : {ROLLUP}.2322.1.8\nStav : Nainstalováno\nTyp : x\nČas : 14.02.2024 03:12\n\n");
    let parsed = read(&text);
    assert_eq!((parsed.summary.kind, parsed.records.len()), (Kind::Packages, 0));
    assert!(whats(&parsed)[0].contains("dism /english"), "{:?}", whats(&parsed));
}
