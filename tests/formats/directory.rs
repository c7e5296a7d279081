//! Computer objects in every directory format: what is told is true, and the answer differs by nothing else.

use super::{Fact, Table, read};
use crate::diagnosing::{Answer, answer};
use delegap::model::{Computer, Diagnosis, HostPair, Parsed, Record, Tri, Why};
use delegap_engine::diagnose;
use delegap_testkit::case::directory::{self, ComputerRow, tools};
use delegap_testkit::case::{Case, Delegation, DirectoryFormat, Ending, Initiator, Join, Move, Os};
use delegap_testkit::scenarios::{DOMAIN, at, standalone_pool};

/// Every kind of delegation, and a host of each: a long list for any protocol, a short one for Kerberos only, any service,
/// none; one that another may act toward. The moves fail where the directory lets them.
fn estate() -> Case {
    let mut case = standalone_pool(
        Os::W2022,
        vec![
            Delegation::complete(DOMAIN, &["HV02", "HV03"]),
            Delegation::complete(DOMAIN, &["HV01"]).kerberos_only(),
            Delegation::unconstrained(),
            Delegation::none(),
        ],
    );
    case.host_mut("HV01").allowed_to_act = vec!["HV04".to_owned()];
    let moved = |vm: &str, from: &str, to: &str, minute, ending| {
        Move::new(vm, from, to, at(10, 21, 9, minute), Initiator::Remote, ending)
    };
    case.moves = vec![
        moved("app01", "HV01", "HV02", 0, Ending::Completed),
        moved("app02", "HV02", "HV03", 10, Ending::NO_CREDENTIALS),
        moved("app03", "HV03", "HV01", 20, Ending::NO_CREDENTIALS),
        moved("app04", "HV04", "HV02", 30, Ending::NO_CREDENTIALS),
    ];
    case
}

fn rows(case: &Case) -> Vec<ComputerRow> {
    let mut rows = directory::computer_rows(case);
    // One host whose encryption types nobody set.
    rows[3].encryption_types = None;
    rows
}

/// Every format with its name for a reader.
fn exports(case: &Case) -> Vec<(String, Vec<u8>)> {
    let named = |format: DirectoryFormat| match format {
        DirectoryFormat::Csv51(Join::Semicolon) => "Export-Csv, lists joined by `;`",
        DirectoryFormat::Csv51(Join::Pipe) => "Export-Csv, lists joined by `\\|`",
        DirectoryFormat::Csv51(Join::Comma) => "Export-Csv, lists joined by `,`",
        DirectoryFormat::Csv51(Join::Newline) => "Export-Csv, lists joined by line ends",
        DirectoryFormat::Csv51Lost => "Export-Csv, lists not joined",
        DirectoryFormat::Csv51Utf16(_) => "ConvertTo-Csv >",
        DirectoryFormat::CsvCulture => "Export-Csv -UseCulture, German",
        DirectoryFormat::Csv7(_) => "Export-Csv of PowerShell 7",
        DirectoryFormat::Json51 => "ConvertTo-Json of 5.1",
        DirectoryFormat::Json51ValueCount => "ConvertTo-Json of 5.1, `value` and `Count`",
        DirectoryFormat::Json7 => "ConvertTo-Json of PowerShell 7",
        DirectoryFormat::Clixml => "Export-Clixml",
        DirectoryFormat::Ldifde => "ldifde",
        DirectoryFormat::LdapSearch => "ldapsearch",
        DirectoryFormat::LdbSearch => "ldbsearch",
    };
    let rows = rows(case);
    let formats = DirectoryFormat::COMPLETE.into_iter().chain([DirectoryFormat::Csv51Lost]);
    let own = formats.map(|f| (named(f).to_owned(), directory::export(&rows, &case.domain, f)));
    own.chain(tools::all(&rows, &case.domain).into_iter().map(|(name, bytes)| (name.to_owned(), bytes))).collect()
}

/// A value in a form in which upper case, order and the way of naming an account do not count.
fn compared<T>(value: &Tri<T>, text: impl Fn(&T) -> String) -> Tri<String> {
    match value {
        Tri::Known(value) => Tri::Known(text(value).to_lowercase()),
        Tri::KnownEmpty => Tri::KnownEmpty,
        Tri::Unknown(why) => Tri::Unknown(why.clone()),
    }
}

fn sorted(values: impl IntoIterator<Item = String>) -> String {
    let mut values: Vec<String> = values.into_iter().map(|v| v.to_lowercase()).collect();
    values.sort();
    values.join(", ")
}

fn facts(c: &Computer) -> Vec<Fact> {
    let moment = |t: &delegap::model::Time| t.format("%F %T").to_string();
    vec![
        ("account", Tri::Known(c.name.to_lowercase())),
        ("DNS name", compared(&c.dns_host_name, Clone::clone)),
        ("delegation list", compared(&c.allowed_to_delegate_to, |l| sorted(l.iter().map(ToString::to_string)))),
        ("any protocol", compared(&c.trusted_to_auth, ToString::to_string)),
        ("unconstrained", compared(&c.trusted_for_delegation, ToString::to_string)),
        ("RBCD", compared(&c.allowed_to_act, |l| format!("{} principals", l.len()))),
        ("SPNs", compared(&c.service_principal_names, |l| sorted(l.iter().map(ToString::to_string)))),
        ("encryption types", compared(&c.supported_encryption_types, ToString::to_string)),
        ("account control", compared(&c.user_account_control, ToString::to_string)),
        ("enabled", compared(&c.enabled, ToString::to_string)),
        ("distinguished name", compared(&c.distinguished_name, Clone::clone)),
        ("SID", compared(&c.sid, ToString::to_string)),
        ("operating system", compared(&c.operating_system, Clone::clone)),
        ("authentication policy", compared(&c.authentication_policy, Clone::clone)),
        ("last changed", compared(&c.when_changed, moment)),
        ("password set", compared(&c.password_last_set, moment)),
    ]
}

fn truth(row: &ComputerRow) -> Vec<Fact> {
    let list = |values: &[String]| match values {
        [] => Tri::KnownEmpty,
        values => Tri::Known(sorted(values.iter().cloned())),
    };
    let text = |t: &str| Tri::Known(t.to_lowercase());
    let truth = |b: bool| Tri::Known(b.to_string());
    let actors = row.allowed_to_act.len();
    vec![
        ("account", text(&row.name)),
        ("DNS name", text(&row.dns_host_name)),
        ("delegation list", list(&row.services)),
        ("any protocol", truth(row.any_protocol)),
        ("unconstrained", truth(row.unconstrained)),
        ("RBCD", if actors == 0 { Tri::KnownEmpty } else { Tri::Known(format!("{actors} principals")) }),
        ("SPNs", list(&row.spns)),
        ("encryption types", row.encryption_types.map_or(Tri::KnownEmpty, |types| Tri::Known(types.to_string()))),
        ("account control", Tri::Known(row.account_control.to_string())),
        ("enabled", truth(row.enabled())),
        ("distinguished name", text(&row.distinguished_name)),
        ("SID", text(row.sid.as_str())),
        ("operating system", text(&row.operating_system)),
        ("authentication policy", Tri::KnownEmpty),
        ("last changed", Tri::Known(row.when_changed.format("%F %T").to_string())),
        ("password set", Tri::Known(row.password_set.format("%F %T").to_string())),
    ]
}

fn computers(parsed: &Parsed<Record>) -> Vec<&Computer> {
    parsed.records.iter().filter_map(|r| if let Record::Computer(c) = r { Some(&**c) } else { None }).collect()
}

pub fn table() -> String {
    let case = estate();
    let mut table = Table::default();
    for (format, bytes) in exports(&case) {
        let parsed = read("computers", &bytes);
        let told = computers(&parsed);
        for row in rows(&case) {
            let object = told.iter().find(|c| c.name.eq_ignore_ascii_case(&row.name)).map(|c| facts(c));
            table.note(&format, &truth(&row), object.as_deref());
        }
    }
    table.to_markdown("Computer objects of the directory")
}

/// Takes from `whole` what `told` does not tell.
fn without_the_untold(whole: &Computer, told: &Computer) -> Computer {
    fn untold<T: Clone>(whole: &Tri<T>, told: &Tri<T>) -> Tri<T> {
        match told {
            Tri::Unknown(why) => Tri::Unknown(why.clone()),
            _ => whole.clone(),
        }
    }
    let kept = |field: fn(&Computer) -> &Tri<String>| untold(field(whole), field(told));
    Computer {
        at: told.at.clone(),
        name: whole.name.clone(),
        dns_host_name: kept(|c| &c.dns_host_name),
        distinguished_name: kept(|c| &c.distinguished_name),
        sid: untold(&whole.sid, &told.sid),
        allowed_to_delegate_to: untold(&whole.allowed_to_delegate_to, &told.allowed_to_delegate_to),
        user_account_control: untold(&whole.user_account_control, &told.user_account_control),
        trusted_for_delegation: untold(&whole.trusted_for_delegation, &told.trusted_for_delegation),
        trusted_to_auth: untold(&whole.trusted_to_auth, &told.trusted_to_auth),
        enabled: untold(&whole.enabled, &told.enabled),
        allowed_to_act: untold(&whole.allowed_to_act, &told.allowed_to_act),
        service_principal_names: untold(&whole.service_principal_names, &told.service_principal_names),
        member_of: untold(&whole.member_of, &told.member_of),
        supported_encryption_types: untold(&whole.supported_encryption_types, &told.supported_encryption_types),
        operating_system: kept(|c| &c.operating_system),
        operating_system_version: kept(|c| &c.operating_system_version),
        when_changed: untold(&whole.when_changed, &told.when_changed),
        changed: told.changed,
        password_last_set: untold(&whole.password_last_set, &told.password_last_set),
        authentication_policy: kept(|c| &c.authentication_policy),
        authentication_silo: kept(|c| &c.authentication_silo),
    }
}

pub type Result = (Answer, Vec<(&'static str, Vec<String>)>, Vec<(HostPair, String)>);

/// The verdict, what each attempt is explained by, and what the directory says of each pair.
pub fn result(d: &Diagnosis) -> Result {
    let mut causes: Vec<_> = d.findings.iter().map(|f| (f.cause, f.attempts.clone())).collect();
    causes.sort();
    let pair = |p: &delegap::model::Pair| {
        let pair = HostPair { source: p.source.clone(), destination: p.destination.clone() };
        (pair, format!("{:?} {:?}", p.verdict, p.gap))
    };
    (answer(d), causes, d.pairs.iter().map(pair).collect())
}

#[test]
fn the_answer_differs_by_what_a_format_does_not_tell_and_by_nothing_else() {
    let mut case = estate();
    case.exports.directory = None;
    let others = crate::diagnosing::read_files(&case.input_files());
    let with = |records: Vec<Record>, parsed: &Parsed<Record>| {
        let mut whole = others.clone();
        whole.records.extend(records);
        whole.inputs.push(parsed.summary.clone());
        result(&diagnose(whole))
    };
    let complete = read("computers", &directory::export(&rows(&case), &case.domain, DirectoryFormat::LdapSearch));
    let mut same = Vec::new();
    let full = with(complete.records.clone(), &complete);
    assert_eq!(full.0.1, Some("kcd-missing"), "{full:?}");
    for (format, bytes) in exports(&case) {
        let parsed = read("computers", &bytes);
        let told = computers(&parsed);
        let records = computers(&complete).into_iter().filter_map(|whole| {
            let told = told.iter().find(|c| c.name.eq_ignore_ascii_case(&whole.name))?;
            Some(Record::Computer(Box::new(without_the_untold(whole, told))))
        });
        let expected = with(records.collect(), &parsed);
        let got = with(parsed.records.clone(), &parsed);
        assert_eq!(got, expected, "{format}");
        if got == full {
            same.push(format);
        }
    }
    // What else they leave out does not matter here.
    let lists_told = ["csvde", "BloodHound.py", "ldapdomaindump", "ADExplorerSnapshot.py objects"];
    for format in lists_told {
        assert!(same.iter().any(|f| f == format), "{format} is not among {same:?}");
    }
    assert!(same.len() >= DirectoryFormat::COMPLETE.len() + lists_told.len(), "{same:?}");
    for format in ["setspn -L", "PingCastle", "Export-Csv, lists not joined"] {
        assert!(!same.iter().any(|f| f == format), "{format} can't lead to the whole answer");
    }
}

#[test]
fn why_is_told_where_a_list_is_not_whole() {
    let case = estate();
    let of = |name: &str| {
        let (_, bytes) = exports(&case).into_iter().find(|(format, _)| format == name).expect("a format");
        let parsed = read("computers", &bytes);
        let host = computers(&parsed).into_iter().find(|c| c.name == "HV01").expect("HV01").clone();
        host.allowed_to_delegate_to
    };
    assert!(matches!(of("Export-Csv, lists not joined"), Tri::Unknown(Why::Lost(_))));
    assert!(matches!(of("Get-ADComputer \\| Format-List"), Tri::Unknown(Why::Partly(shown)) if shown.len() == 4));
    assert_eq!(of("setspn -L"), Tri::NOT_EXPORTED);
}
