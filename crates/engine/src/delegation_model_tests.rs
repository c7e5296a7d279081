//! The pair judgement against a second, naive model of the KDC, over random states.
//!
//! The model works on plain strings and knows nothing of the engine: [MS-SFU] 3.2.5.2.1 and 3.2.5.2.3, checked against the
//! same 112 answers of a real KDC.

use super::*;
use proptest::prelude::*;

/// The state a request meets.
#[derive(Debug, Clone)]
struct Directory {
    list: Vec<String>,
    any_protocol: bool,
    /// Names of accounts that may act toward the destination.
    act: Vec<String>,
    /// The source holds the user's own ticket.
    own_ticket: bool,
    sensitive_user: bool,
}

/// Would the KDC give HV01 a ticket for `requested`?
fn kdc(directory: &Directory, requested: &str) -> bool {
    let mut listed = false;
    for entry in &directory.list {
        if entry.eq_ignore_ascii_case(requested) {
            listed = true;
        }
    }
    let mut may_act = false;
    for name in &directory.act {
        let name = name.to_ascii_uppercase();
        if ["HV01", "HV01$", "CONTOSO\\HV01", "CONTOSO\\HV01$"].contains(&name.as_str()) {
            may_act = true;
        }
    }
    if directory.sensitive_user {
        return false;
    }
    let classic = listed && (directory.own_ticket || directory.any_protocol);
    let by_resource = may_act && (directory.list.is_empty() || directory.any_protocol);
    classic || by_resource
}

#[test]
fn the_model_gives_the_112_answers() {
    let mut rows = 0;
    for line in include_str!("../../../fixtures/oracle/kdc-matrix.tsv").lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let directory = Directory {
            list: cells[1].split('|').filter(|e| !e.is_empty()).map(str::to_owned).collect(),
            any_protocol: cells[2] == "1",
            act: Vec::new(),
            own_ticket: cells[7] == "kerberos-evidence",
            sensitive_user: cells[4] != "normal",
        };
        let requested = if cells[6] == "short" { "vsms/HV02" } else { "vsms/HV02.contoso.lab" };
        assert_eq!(kdc(&directory, requested), cells[8] == "allowed", "{line}");
        rows += 1;
    }
    assert_eq!(rows, 112);
}

/// The text with the case of some letters changed.
fn any_case(text: String) -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<bool>(), text.len()).prop_map(move |flips| {
        let flip = |(c, up): (char, bool)| if up { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        text.chars().zip(flips).map(flip).collect()
    })
}

/// Entries near the right ones: other classes, hosts, ports, instances and blanks.
fn entry() -> impl Strategy<Value = String> {
    let migration = Just("Microsoft Virtual System Migration Service");
    let class = prop_oneof![
        6 => migration,
        1 => Just("Microsoft Virtual System Migration"),
        1 => Just("Microsoft Virtual System  Migration Service"),
        1 => Just("Hyper-V Replica Service"),
        1 => Just("cifs"),
        1 => Just("HOST"),
    ];
    let host = prop_oneof![
        4 => Just("HV02"),
        4 => Just("HV02.contoso.lab"),
        1 => Just("HV02.other.lab"),
        1 => Just("HV03.contoso.lab"),
        1 => Just("HV020"),
        1 => Just("10.0.0.2"),
    ];
    let tail = prop_oneof![
        8 => Just(""),
        1 => Just(":6600"),
        1 => Just("/contoso.lab"),
        1 => Just("/HV02"),
        1 => Just(" "),
        1 => Just("."),
        1 => Just("$"),
    ];
    (class, host, tail).prop_flat_map(|(class, host, tail)| any_case(format!("{class}/{host}{tail}")))
}

fn account() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("HV01$"),
        Just("HV01"),
        Just("CONTOSO\\HV01$"),
        Just("HV03$"),
        Just("HV011$"),
        Just("Hyper-V hosts"),
    ];
    name.prop_flat_map(|name| any_case(name.to_owned()))
}

fn state(directory: &Directory, build: u32) -> SourceState {
    SourceState {
        list: Tri::list(directory.list.iter().map(Spn::new).collect()),
        trusted_to_auth: Tri::Known(directory.any_protocol),
        unconstrained: Tri::Known(false),
        build: Some(build),
        domain: Some("contoso.lab".into()),
        authentication: Some(AuthenticationType::Kerberos),
        identities: vec![Principal { name: Some("HV01$".into()), ..Principal::default() }],
        in_directory: true,
    }
}

fn destination(directory: &Directory, full: bool) -> TargetState {
    let named = |name: &String| Principal { name: Some(name.clone()), ..Principal::default() };
    TargetState {
        short: "HV02".into(),
        full: full.then(|| "HV02.contoso.lab".into()),
        domain: Some("contoso.lab".into()),
        allowed_to_act: Tri::list(directory.act.iter().map(named).collect()),
        ..TargetState::default()
    }
}

const SHORT: &str = "Microsoft Virtual System Migration Service/HV02";
const FULL: &str = "Microsoft Virtual System Migration Service/HV02.contoso.lab";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_judgement_of_a_pair_is_the_models(
        list in proptest::collection::vec(entry(), 0..6),
        any_protocol in any::<bool>(),
        act in proptest::collection::vec(account(), 0..3),
        build in prop_oneof![Just(9200u32), Just(9600), Just(14393), Just(17763), Just(20348), Just(26100)],
    ) {
        let directory = Directory { list, any_protocol, act, own_ticket: build < 14393, sensitive_user: false };
        let (short, full) = (kdc(&directory, SHORT), kdc(&directory, FULL));
        let answer = judge(&state(&directory, build), &destination(&directory, true));
        match (short, full) {
            (true, true) => prop_assert!(matches!(answer, Answer::Allowed { .. }), "{answer:?}"),
            (false, false) => {
                prop_assert!(matches!(answer, Answer::Refused { .. } | Answer::ResourceBlocked), "{answer:?}");
                // The answer of the same list with protocol transition tells whether the protocol is what lacks.
                let with = Directory { any_protocol: true, ..directory.clone() };
                let by_protocol = matches!(answer, Answer::Refused { gap: Gap::KerberosOnly } | Answer::ResourceBlocked);
                prop_assert_eq!(by_protocol, kdc(&with, SHORT) || kdc(&with, FULL));
            }
            _ => {
                let Answer::OneForm { listed, missing } = &answer else { panic!("{answer:?}") };
                prop_assert_eq!(kdc(&directory, listed.as_str()), true);
                prop_assert_eq!(kdc(&directory, missing.as_str()), false);
            }
        }
    }

    /// Without the destination's full name, an entry in its plain full form stands for it, and nothing else does.
    #[test]
    fn an_unknown_full_name_is_guessed_from_plain_entries_only(
        list in proptest::collection::vec(entry(), 0..6),
    ) {
        let directory = Directory { list, any_protocol: true, act: vec![], own_ticket: false, sensitive_user: false };
        let answer = judge(&state(&directory, 20348), &destination(&directory, false));
        let short = kdc(&directory, SHORT);
        let other = "Microsoft Virtual System Migration Service/HV02.other.lab";
        let full = kdc(&directory, FULL) || kdc(&directory, other);
        match answer {
            Answer::Allowed { .. } => prop_assert!(short),
            Answer::OneForm { .. } => prop_assert!(!short && full),
            Answer::Refused { .. } => prop_assert!(!short && !full),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    /// What is not known of the flag never becomes a refusal.
    #[test]
    fn an_unknown_flag_refuses_nothing_that_it_could_allow(
        list in proptest::collection::vec(entry(), 0..6),
        act in proptest::collection::vec(account(), 0..3),
    ) {
        let with = Directory { list, any_protocol: true, act, own_ticket: false, sensitive_user: false };
        let mut source = state(&with, 20348);
        source.trusted_to_auth = Tri::NOT_EXPORTED;
        let answer = judge(&source, &destination(&with, true));
        if kdc(&with, SHORT) || kdc(&with, FULL) {
            prop_assert!(matches!(answer, Answer::Unknown(_) | Answer::Allowed { .. }), "{answer:?}");
        } else {
            prop_assert!(matches!(answer, Answer::Refused { .. }), "{answer:?}");
        }
    }
}
